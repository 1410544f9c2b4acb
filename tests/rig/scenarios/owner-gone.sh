# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: an owner that goes while the function sleeps leaves the next one a working device
# power: ^1?(01)*0a1b(01)?0c1d(01)?0e1f(01)?0g1$

next_owner() {
	check "the next owner connects" fe_start $FN
	check_eq "PowerState and PME bits" "$(r $PMCSR 2)" 0x0000
	check_eq "the device answers" "$(r 0 4)" 0x10d38086
	check_eq "and can be used" "$(w 4 2 6)" 0
}

check "PME-capable function bound" pme_capable
check "module inserted" module_insert devices=$FN
check "front end connects" fe_start $FN
check_eq "PME_En" "$(w $PMCSR 2 0x0100)" 0
guest_d3hot
mark a
check "killed" fe_kill
fe_reap
mark b
check_eq "awake" "$(attr $FN state)" active
check_eq "nobody's" "$(attr $FN owner)" none
check_match "woken for the reset" "$(wakes)" 'reset 1'
next_owner

guest_d3hot
mark c
check "leaves as it should" fe_stop
mark d
next_owner

guest_d3hot
mark e
check "unbound from pciback" unbind $FN
mark f
check_not "no attributes left" is_hooked
check "front end leaves" fe_stop
check "bound again" bind_to_pciback $FN
check_eq "hooked again" "$(sysattr $FN power/control)" auto
next_owner
guest_d3hot
mark g
check "removed from the bus" sysattr $FN remove 1
check_not "which is that" test -d "$(sysfs $FN)"
check "front end leaves" fe_stop
check "module removed" module_remove
scenario_end
