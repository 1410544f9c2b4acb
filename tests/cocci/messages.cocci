// SPDX-License-Identifier: GPL-2.0-only
///
/// No guest fills dom0's log, or hides what there is to say about another's function:
/// a message goes through xpm_function_say(), or is in a function that is listed here
/// with what bounds it. A limit of the kernel's is one for all functions. And no
/// assertion that a guest could hit more than once, since it would take a second
/// panic_on_warn.
///

virtual report

@initialize:python@
@@
bounded = {
    # Module load and unload, and what the administrator writes and binds.
    ("main.c", "apply_to"), ("main.c", "devices_set"), ("main.c", "check_domain"),
    ("main.c", "xpm_init"),
    ("function.c", "xpm_function_hook"), ("function.c", "xpm_function_unhook"),
    ("function.c", "xpm_function_exit"),
    # The limit itself.
    ("function.c", "xpm_function_say"),
    # With the first function that is hooked; with xenstore's coming up.
    ("owner.c", "wrap"), ("owner.c", "store_ready"),
    # A module of the guest's own; dom0 is trusted.
    ("xen-pcifront-pme.c", "watch_backend"), ("xen-pcifront-pme.c", "xpf_init"),
}
used = set()
files = set()

def where(p):
    return (p.file.split("/")[-1], p.current_element)

@said@
identifier say =~ "^((pci|dev|pr)_(emerg|alert|crit|err|warn|warning|notice|info|cont|printk)(_ratelimited|_once)?|_?printk(_ratelimited|_once)?|dump_stack|WARN|WARN_ON|WARN_TAINT|BUG|BUG_ON)$";
position p;
@@
say@p(...)

@script:python@
p << said.p;
say << said.say;
@@
files.add(p[0].file)
if where(p[0]) in bounded:
    used.add(where(p[0]))
else:
    coccilib.report.print_report(p[0], "%s() without a limit of its function in %s()" %
                                 (say, p[0].current_element))

@finalize:python@
@@
# Over the whole of src/: what is listed for nothing.
if any(file.endswith("src/main.c") for file in files):
    for (file, fn) in sorted(bounded - used):
        print("messages.cocci:0:0-0: %s of %s says nothing any more" % (fn, file))
