// SPDX-License-Identifier: GPL-2.0-only
///
/// What may be done with a mutex held; docs/architecture.md has the table of
/// locks.
///
///   - The lists' mutexes are innermost: neither another mutex nor the PM core,
///     nor anything of ours that waits for it.
///   - `settling` is taken within `handover`, not the other way round.
///   - With `handover` or `settling` held the PM core may be waited for, since its
///     callbacks take neither (callbacks.cocci), but no work that takes them, and
///     not the device lock, which is outside.
///   - Nobody waits for xpm_function_srcu with any of them held: its readers take
///     them.
///

virtual report

@initialize:python@
@@
import re

lists = ("functions_mutex", "gates_mutex", "devices_mutex", "wrap_mutex",
	 "pciback_users_mutex")
waits_for_pm = re.compile("pm_runtime_.*|pm_request_.*|__pm_runtime_.*|wait_event.*|"
			  "xpm_(power|guest|owner|announce|sysfs|wake|restore)_.*|"
			  "xpm_function_(hook|unhook|set_options)|pci_set_power_state")
waits_for_readers = re.compile("xpm_function_quiesce|synchronize_srcu.*|xpm_gate_reap")
waits_for_holders = re.compile("device_lock|flush_.*|cancel_(delayed_)?work_sync|"
			       "xpm_power_stop|xpm_function_(hook|unhook)")

def wrong(mutex, callee):
    if waits_for_readers.fullmatch(callee):
        return True
    if mutex in lists:
        return waits_for_pm.fullmatch(callee) or waits_for_holders.fullmatch(callee)
    return waits_for_holders.fullmatch(callee)

# Lets go on each path on which it still has a function; the rule cannot tell.
knows_better = ("pmcsr_write",)

def wrong_order(outer, inner):
    if outer in lists:
        return True
    return not (outer == "handover" and inner == "settling") and inner not in lists

@shared exists@
identifier mutex;
identifier callee;
position p;
@@
mutex_lock(&mutex)
... when != mutex_unlock(&mutex)
    when any
callee@p(...)

@script:python@
p << shared.p;
mutex << shared.mutex;
callee << shared.callee;
@@
if wrong(mutex, callee):
    coccilib.report.print_report(p[0], "%s() with %s held" % (callee, mutex))

@own exists@
expression E;
identifier mutex;
identifier callee;
position p;
@@
mutex_lock(&E->mutex)
... when != mutex_unlock(&E->mutex)
    when any
callee@p(...)

@script:python@
p << own.p;
mutex << own.mutex;
callee << own.callee;
@@
if wrong(mutex, callee):
    coccilib.report.print_report(p[0], "%s() with %s held" % (callee, mutex))

@within_list exists@
identifier mutex, inner;
expression F;
position p;
@@
mutex_lock(&mutex)
... when != mutex_unlock(&mutex)
    when any
(
mutex_lock@p(&inner)
|
mutex_lock@p(&F->inner)
)

@script:python@
p << within_list.p;
mutex << within_list.mutex;
inner << within_list.inner;
@@
if wrong_order(mutex, inner):
    coccilib.report.print_report(p[0], "%s within %s" % (inner, mutex))

@within_own exists@
expression E, F;
identifier mutex, inner;
position p;
@@
mutex_lock(&E->mutex)
... when != mutex_unlock(&E->mutex)
    when any
(
mutex_lock@p(&inner)
|
mutex_lock@p(&F->inner)
)

@script:python@
p << within_own.p;
mutex << within_own.mutex;
inner << within_own.inner;
@@
if wrong_order(mutex, inner):
    coccilib.report.print_report(p[0], "%s within %s" % (inner, mutex))

@kept exists@
expression E;
position p;
@@
mutex_lock@p(E)
... when != mutex_unlock(E)
return ...;

@script:python@
p << kept.p;
@@
if p[0].current_element not in knows_better:
    coccilib.report.print_report(p[0], "a path returns with the mutex held")
