# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: a kernel that wants signatures refuses the module with the reason, and xen-pciback goes on as stock
# signed: yes
# dom0-args: module.sig_enforce=1

refused_for "without a signature" xen-pciback-pm.ko \
	"Key was rejected by service" "Loading of unsigned module is rejected"
refused_for "with a key that the kernel does not know" xen-pciback-pm.unknown.ko \
	"Key was rejected by service" "Loading of module with unavailable key is rejected"
stock_works
scenario_end
