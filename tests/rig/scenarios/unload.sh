# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: removed and inserted at any moment, the module leaves a guest none the wiser
# timeout: 150
# power: ^1?(01)*0a1b0c1d0e1$

check "bound to pciback" bind_to_pciback $FN
usage=$(sysattr $FN power/runtime_usage)
ops() {
	dmesg | grep -c 'another module stands'
}
check "module inserted" module_insert devices=$FN
check "front end connects" fe_start $FN
check_eq "memory decode on" "$(w 4 2 6)" 0
fe_dump 2 >/run/rig/awake

guest_d3hot
fe_dump 2 >/run/rig/asleep
mark a
check "removed while asleep" module_remove
mark b
check_eq "PowerState, from stock" "$(r $PMCSR 1)" 0x03
fe_dump 2 >/run/rig/after
check "config space as with the module" cmp /run/rig/asleep /run/rig/after
check_not "no attributes left" is_hooked
check_eq "power/control" "$(sysattr $FN power/control)" on
check_eq "usage count" "$(sysattr $FN power/runtime_usage)" "$usage"

check "inserted while the guest has it in D3hot" module_insert devices=$FN
check_eq "PowerState" "$(r $PMCSR 1)" 0x03
check "asleep" wait_for 5 is_state asleep
check_match "said so" "$(dmesg | grep 'hooked' | tail -n 1)" 'guest is running'
mark c
check_eq "D0 written" "$(w $PMCSR 1 0)" 0
mark d
fe_dump 2 >/run/rig/after
check "config space as in the beginning" cmp /run/rig/awake /run/rig/after

check "removed while awake" module_remove
fe_dump 2 >/run/rig/after
check "config space as in the beginning" cmp /run/rig/awake /run/rig/after
check_eq "usage count" "$(sysattr $FN power/runtime_usage)" "$usage"
check_eq "D3hot, in stock" "$(w $PMCSR 1 3)" 0
check_eq "PowerState" "$(r $PMCSR 1)" 0x03
check_eq "D0, in stock" "$(w $PMCSR 1 0)" 0

check "inserted while awake" module_insert devices=$FN
guest_d3hot
mark e
check_eq "D0 written" "$(w $PMCSR 1 0)" 0
fe_dump 2 >/run/rig/after
check "config space as in the beginning" cmp /run/rig/awake /run/rig/after

# Under traffic: a front end that never stops.
for round in $(seq 10); do
	fe_cmd time $PMCSR 2 300 >/run/rig/traffic &
	module_remove && module_insert devices=$FN
	wait $!
done
check_eq "every answer came" "$(r 0 4)" 0x10d38086
check "removed for good" module_remove
check "front end leaves" fe_stop
check_eq "nobody's ops are in the way" "$(ops)" 0
check_eq "usage count" "$(sysattr $FN power/runtime_usage)" "$usage"
check_eq "pciback can be unloaded then" "$(unbind_from_pciback $FN && rmmod xen_pciback && echo yes)" yes
scenario_end
