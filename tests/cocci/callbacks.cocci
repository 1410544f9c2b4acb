// SPDX-License-Identifier: GPL-2.0-only
///
/// What the PM core's runtime callbacks call, however far down, neither takes
/// `handover` or `settling`, whose holders wait for them, nor the device lock, nor
/// waits for runtime PM, nor for work that may wait for it.
///
/// All files have to be given at once.
///

virtual report

@initialize:python@
@@
import re

roots = set()		# (file, function)
calls = {}		# (file, function) -> {(callee, position)}
forbidden = re.compile("pm_runtime_(get_sync|resume|suspend|autosuspend|barrier|put_sync.*|"
		       "forbid|allow)|flush_.*|cancel_(delayed_)?work_sync|device_lock|"
		       "xpm_function_quiesce|synchronize_srcu")
forbidden_mutexes = ("handover", "settling")

def note(fn, p, what):
    calls.setdefault((p.file, fn), set()).add((what, p.line, p.column, p.column_end))

@root@
expression ops;
identifier member =~ "^runtime_(suspend|resume|idle)$";
identifier fn;
position p;
@@
ops->member@p = fn;

@script:python@
p << root.p;
fn << root.fn;
@@
roots.add((p[0].file, fn))

@call@
identifier fn, callee;
position p;
@@
fn(...)
{
<...
callee@p(...)
...>
}

@script:python@
p << call.p;
fn << call.fn;
callee << call.callee;
@@
note(fn, p[0], callee)

@takes@
identifier fn, mutex;
expression E;
position p;
@@
fn(...)
{
<...
mutex_lock@p(&E->mutex)
...>
}

@script:python@
p << takes.p;
fn << takes.fn;
mutex << takes.mutex;
@@
if mutex in forbidden_mutexes:
    note(fn, p[0], "mutex " + mutex)

@finalize:python@
@@
defined = {}		# function -> files
for (file, fn) in calls:
    defined.setdefault(fn, set()).add(file)

seen = set()
found = set()
queue = [(root, root[1]) for root in roots]
while queue:
    (where, way) = queue.pop()
    if where in seen:
        continue
    seen.add(where)
    for (callee, line, column, end) in calls.get(where, ()):
        if callee.startswith("mutex ") or forbidden.fullmatch(callee):
            found.add("%s:%s:%s-%s: %s, within the PM core's callback: %s" %
                      (where[0], line, column, end, callee, way))
        files = defined.get(callee, set())
        # One of the same file first: it may be static.
        for file in {where[0]} & files or files:
            queue.append(((file, callee), way + " > " + callee))
for line in sorted(found):
    print(line)
if not roots:
    print("callbacks.cocci:0:0-0: no callback found")
