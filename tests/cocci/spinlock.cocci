// SPDX-License-Identifier: GPL-2.0-only
///
/// A function's `lock` is innermost: with it held nothing is called that sleeps,
/// takes another lock or runs a callback. What may be called is listed below, by
/// name, so that whatever is new has to be looked at.
///

virtual report

@initialize:python@
@@
import re

may_be_called = re.compile("|".join([
	# The count alone, no callback.
	"pm_runtime_(get_noresume|put_noidle)",
	# Pure rules, and memory.
	"xpm_vpm_[a-z_]+", "xpm_snapshot_(read|write|forget|is_forgotten)", "trace_xpm_[a-z_]+",
	# They only read.
	"xpm_power_(is_up|d3cold_wanted)", "xpm_gate_is_awaited", "xpm_wake_wanted", "pci_num_vf", "may_go_down",
	# They assert that the lock is held, and are looked at below.
	"latch", "is_storm", "came_back", "account", "may_cycle_power",
	# Macros and inlines that compute.
	"READ_ONCE", "WRITE_ONCE", "BIT", "__ffs", "min", "min_t", "max",
	"ktime_get_boottime", "ktime_ms_delta", "msecs_to_jiffies",
	"time_after(_eq)?", "time_before(_eq)?", "lockdep_assert_held", "deferred_mask",
	"xpm_bucket_has",
]))

def forbidden(callee):
    return not may_be_called.fullmatch(callee)

@locked exists@
expression E;
identifier callee != spin_unlock;
position p : script:python(callee) { forbidden(callee) };
@@
spin_lock(&E->lock)
... when != spin_unlock(&E->lock)
    when any
callee@p(...)

@script:python@
p << locked.p;
callee << locked.callee;
@@
coccilib.report.print_report(p[0], "%s() with the function's lock held" % callee)

@asserted exists@
identifier fn;
expression E;
identifier callee;
position p : script:python(callee) { forbidden(callee) };
@@
fn(...)
{
... when any
lockdep_assert_held(&E->lock);
... when any
callee@p(...)
... when any
}

@script:python@
p << asserted.p;
callee << asserted.callee;
@@
coccilib.report.print_report(p[0], "%s() with the function's lock held" % callee)

@kept exists@
expression E;
position p;
@@
spin_lock@p(&E->lock)
... when != spin_unlock(&E->lock)
return ...;

@script:python@
p << kept.p;
@@
coccilib.report.print_report(p[0], "a path returns with the function's lock held")
