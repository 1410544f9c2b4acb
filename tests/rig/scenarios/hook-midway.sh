# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: hooked while stock is in the midst of its guest's write of PMCSR: what was written is what is there
# pciback: slow-pmcsr

# midway WHAT VALUE: written to PMCSR in stock, hooked meanwhile
midway() {
	check "$1, under way" fe_cmd post $PMCSR 2 "$2"
	check "hooked meanwhile" module_param devices $FN
	check "it is" is_hooked
	check_eq "PMCSR" "$(r $PMCSR 2)" "$2"
}

given_back() {
	check "given back" module_param devices ""
	check_not "it is not hooked" is_hooked
}

check "pciback inserted" pciback_insert slow-pmcsr
check "bound" bind_to_pciback $FN
check "front end connects" fe_start $FN
check "module inserted" module_insert

midway D3hot 0x0003
check "falls asleep" wait_for 5 is_state asleep
check_eq "D0" "$(w $PMCSR 2 0)" 0
check_eq "it answers" "$(r 0 2)" 0x8086
given_back

check_eq "D3hot in stock" "$(w $PMCSR 2 3)" 0
midway D0 0x0000
check_eq "in hardware" "$(setpci -s "${FN#0000:}" CAP_PM+4.w)" 0000
check_eq "state" "$(attr $FN state)" active
check_eq "D3hot" "$(w $PMCSR 2 3)" 0
check "falls asleep" wait_for 5 is_state asleep
given_back
check_eq "D3hot in stock" "$(r $PMCSR 2)" 0x0003
check_eq "D0 in stock" "$(w $PMCSR 2 0)" 0

check "front end leaves" fe_stop
check "module removed" module_remove
scenario_end
