# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: as the host hibernates, functions are up as with stock and sleep again; one that does not come back has its config space at a later try
# timeout: 300
# dom0-args: no_console_suspend
# The front end is in dom0 here, as a device without a driver, which
# xenbus_frontend_dev_resume() is not made for.
# allow: __queue_work
# allow: Call Trace:
#
# All but the image: the kernel's own test of it ends when devices, or the platform
# with what goes without interrupts, are down, and goes on as after a restore.
# What sleeps has its power while the host hibernates (a to b).
# power: a(10)*b
# power: c[X0]+[X01]*d

d0_taken() {
	[ "$(w $PMCSR 1 0)" = 0 ]
}

# hibernates LEVEL
hibernates() {
	pm_test "$1" && host_sleeps disk && pm_test none
}

check "ACPI methods can be called" pme_insert
check "bound to pciback" bind_to_pciback $FN
found=$(usage $FN)
check "module inserted" module_insert devices=$FN
check "hibernation can be had" grep -qw disk /sys/power/state
check "without the platform's part" eval 'echo shutdown >/sys/power/disk'

for level in devices platform; do
	say "nobody owns it; up to: $level"
	check "asleep" wait_for 10 at_rest
	mark a
	check "hibernates" hibernates $level
	check "asleep" wait_for 10 at_rest
	mark b

	say "its guest has it in D0; up to: $level"
	check "front end connects" fe_start $FN
	check_eq "memory decode on" "$(w 4 2 6)" 0
	config_keep before
	check "hibernates" hibernates $level
	check_eq "state" "$(attr $FN state)" active
	config_as before

	say "its guest has it in D3; up to: $level"
	guest_d3hot
	check "hibernates" hibernates $level
	check "asleep" wait_for 5 is_state asleep
	check_eq "PowerState" "$(r $PMCSR 1)" 0x03
	guest_d0
	config_as before

	say "it does not come back from that; up to: $level"
	guest_d3hot
	mark c
	log_mark
	check "no power from now on" acpi_call '\FAIL' 10000
	check "hibernates" hibernates $level
	check "reported" wait_for 5 logged 'did not come back from D3cold'
	check_match "blockers" "$(blockers)" did-not-wake

	say "it has not come back before; up to: $level"
	check "hibernates" hibernates $level
	check_match "blockers" "$(blockers)" did-not-wake
	check "power works again" acpi_call '\FAIL' 0
	mark d
	check "a later try succeeds" wait_for 20 d0_taken
	config_as before
	check "front end leaves" fe_stop
done

check "module removed" module_remove
check_eq "usage count" "$(usage $FN)" "$found"
scenario_end
