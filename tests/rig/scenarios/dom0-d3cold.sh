# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: a driver in dom0 itself gets D3cold and an ACPI wake out of this slot
# power: ^1?l1?a0b.*1.*c$
# on: l set_link net1 off
# cycles: b w 0
# cycles: a c report

# What the module under test is to do for guests works here at all.
asleep() {
	[ "$(sysattr $FN power/runtime_status)" = suspended ]
}

awake() {
	[ "$(sysattr $FN power/runtime_status)" = active ]
}

# Its driver looks once for a link, and stays awake if it finds one.
mark l
pme_insert
reenumerate $FN
check "e1000e loads" modprobe e1000e
check_eq "its driver" "$(driver_of $FN)" e1000e
mark a
sysattr $FN power/control auto
check "asleep" wait_for 30 asleep
check_eq "state" "$(sysattr $FN power_state)" D3cold
check "and so is its port" wait_for 5 port_is suspended
mark b
sleep 1
mark w
check "a PME by ACPI" pme_fire acpi $FN
check "brings it back" wait_for 5 awake
sysattr $FN power/control on
check_eq "state" "$(sysattr $FN power_state)" D0
mark c
say "$(cat /sys/module/pme_inject/parameters/stat)"
scenario_end
