# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: the host's power/control is set to auto, obeyed when changed, and given back as found
# power: ^1?(01)*a0b1c0d1$

hardware_state() {
	printf '%x\n' $((0x$(setpci -s "${FN#0000:}" cc.b) & 3))
}

hardware_is() {
	[ "$(hardware_state)" = "$1" ]
}

check "bound to pciback" bind_to_pciback $FN
check_eq "found" "$(sysattr $FN power/control)" on
usage=$(sysattr $FN power/runtime_usage)
check "module inserted" module_insert devices=$FN
check_eq "hooked" "$(sysattr $FN power/control)" auto
check "front end connects" fe_start $FN
check_eq "memory decode on" "$(w 4 2 6)" 0
fe_dump 4 >/run/rig/before

check "on, while the guest has it in D0" sysattr $FN power/control on
mark a
check_eq "D3hot written" "$(w $PMCSR 1 3)" 0
check "a real D3hot, as in stock" wait_for 2 hardware_is 3
check_eq "state" "$(attr $FN state)" active
check_match "blockers" "$(attr $FN blockers | tr '\n' ' ')" 'control-on '
check_eq "PowerState" "$(r $PMCSR 1)" 0x03
check_eq "D0 written" "$(w $PMCSR 1 0)" 0
check_eq "real as well" "$(hardware_state)" 0
fe_dump 4 >/run/rig/after
check "config space as before" cmp /run/rig/before /run/rig/after

check_eq "D3hot written" "$(w $PMCSR 1 3)" 0
check "a real D3hot" wait_for 2 hardware_is 3
check "auto, while it is in that" sysattr $FN power/control auto
check "asleep then" wait_for 5 is_state asleep
check_eq "in D3cold" "$(sysattr $FN power_state)" D3cold
mark b
check "on, while asleep" sysattr $FN power/control on
check_eq "woken" "$(attr $FN state)" active
mark c
check "and in a real D3hot" wait_for 5 hardware_is 3
check_eq "PowerState" "$(r $PMCSR 1)" 0x03
check "auto again" sysattr $FN power/control auto
check "asleep again" wait_for 5 is_state asleep
mark d
check_eq "D0 written" "$(w $PMCSR 1 0)" 0
fe_dump 4 >/run/rig/after
check "config space as before" cmp /run/rig/before /run/rig/after
check "front end leaves" fe_stop

check "module removed" module_remove
check_eq "given back" "$(sysattr $FN power/control)" on
check_eq "usage count" "$(sysattr $FN power/runtime_usage)" "$usage"

check "now auto is found" sysattr $FN power/control auto
usage=$(sysattr $FN power/runtime_usage)
check "module inserted" module_insert devices=$FN
check "module removed" module_remove
check_eq "given back" "$(sysattr $FN power/control)" auto
check_eq "usage count" "$(sysattr $FN power/runtime_usage)" "$usage"
scenario_end
