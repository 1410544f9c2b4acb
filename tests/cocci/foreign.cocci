// SPDX-License-Identifier: GPL-2.0-only
///
/// xen-pciback's structures are known in one room only: src/pciback.c and its
/// header, by way of include/pciback_abi.h.
///

virtual report

@initialize:python@
@@
def is_room(p):
    return p[0].file.split("/")[-1] in ("pciback.c", "pciback.h", "pciback_abi.h")

@structure@
identifier tag =~ "^(pciback_(field|entry|dev_data)|xen_pcibk_.*|config_field.*|pcistub_.*)$";
position p : script:python() { not is_room(p) };
@@
struct tag@p

@script:python@
p << structure.p;
tag << structure.tag;
@@
coccilib.report.print_report(p[0], "struct %s belongs to pciback.c" % tag)

@header@
position p : script:python() { not is_room(p) };
@@
#include "pciback_abi.h"@p

@script:python@
p << header.p;
@@
coccilib.report.print_report(p[0], "pciback_abi.h is for pciback.c")

@driverdata@
expression E;
position p : script:python() { not is_room(p) };
@@
(
pci_get_drvdata@p(E)
|
dev_get_drvdata@p(E)
)

@script:python@
p << driverdata.p;
@@
coccilib.report.print_report(p[0], "xen-pciback's driver data is for pciback.c")

@slot@
expression E;
identifier which;
identifier m =~ "^(entry|stock|ours)$";
position p : script:python() { not is_room(p) };
@@
E->pciback.which.m@p

@script:python@
p << slot.p;
@@
coccilib.report.print_report(p[0], "the entries of xen-pciback's table are for pciback.c")
