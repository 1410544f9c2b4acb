# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: xen-pcifront-pme comes with the front end, and follows a function that is detached and attached again
# machine: iommu
# guest: pv
# timeout: 240

guest_has() {
	guest_run "grep -q '^$1 ' /proc/modules"
}

# told: how many PMEs the companion has heard of
told() {
	guest_run "dmesg | grep -c 'PME, by way of'"
}

told_is() {
	[ "$(told)" = "$1" ]
}

# pme N: is told as the Nth. Polling would wake the guest as well.
pme() {
	check "asleep" wait_for 20 is_state asleep
	check "the guest's driver suspended it" wait_for 5 guest_runtime_is suspended
	check "a PME" pme_fire acpi $FN
	check "the companion is told" wait_for 5 told_is "$1"
	check "the driver suspends it again" wait_for 20 is_state asleep
}

no_back_end() {
	[ -z "$(find /sys/devices -maxdepth 2 -name 'pci-[0-9]*-[0-9]*')" ]
}

check "PME-capable function bound" pme_capable
check "module inserted" module_insert devices=$FN
GUEST_MODULES=
check "guest starts" guest_start $FN
check "its driver" guest_run "modprobe pm-client"
check "all modules for a PCI front end" guest_run "modprobe xen:pci"
check "the companion is one" guest_has xen_pcifront_pme
check "it may talk" guest_run "mount -t debugfs debugfs /sys/kernel/debug && echo module xen_pcifront_pme +p >/sys/kernel/debug/dynamic_debug/control"
pme 1

# What its kernel says from here on is not judged; see guest_stop().
guest_log
check "detached" xl pci-detach guest $FN
check "to the end" wait_for 20 no_back_end
check "attached again" xl pci-attach guest $FN
check "there again" wait_for 10 guest_run "test -e $GUEST_FN/power"
pme 2
pme 3
check "the companion can go" guest_run "modprobe -r xen-pcifront-pme"
check "guest powers off" guest_stop
check "module removed" module_remove
scenario_end
