// SPDX-License-Identifier: GPL-2.0-only
///
/// References of runtime PM are balanced on every path of a function: what it
/// gets it puts, error or not. There is one way to keep one: XPM_KEEP_*, whose
/// bits stand for it.
///

virtual report

@initialize:python@
@@
# Gives up what a bit in `keep` stood for, when that was the last.
owners = ("xpm_power_release",)

@leak exists@
identifier fn;
identifier get =~ "^pm_runtime_(get|get_sync|get_noresume|get_if_in_use|get_if_active)$";
identifier put =~ "^(__)?pm_runtime_put";
expression dev, E, reason;
position p;
@@
fn(...)
{
... when any
get@p(dev)
... when != put(dev)
    when != E->keep |= reason
    when strict
}

@script:python@
p << leak.p;
get << leak.get;
@@
coccilib.report.print_report(p[0], "a path ends with the reference of %s()" % get)

// Which drops its own if it fails.
@resumed exists@
identifier put =~ "^(__)?pm_runtime_put";
expression dev, ret, result;
statement S;
position p;
@@
ret = pm_runtime_resume_and_get@p(dev);
(
if (ret < 0) S
|
if (ret) S
)
... when != put(dev)
return result;

@script:python@
p << resumed.p;
@@
coccilib.report.print_report(p[0], "a path returns with the reference of pm_runtime_resume_and_get()")

@steal exists@
identifier fn;
identifier get =~ "^pm_runtime_(get|resume_and_get)";
identifier put =~ "^(__)?pm_runtime_put";
expression dev;
position p;
@@
fn(...)
{
... when != get(dev)
put@p(dev)
... when any
}

@script:python@
p << steal.p;
fn << steal.fn;
put << steal.put;
@@
if fn not in owners:
    coccilib.report.print_report(p[0], "%s() without a reference on some path" % put)
