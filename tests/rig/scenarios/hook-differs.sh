# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: hooked while the kernel takes it for in another D-state than it is in: what hardware is in counts, and it sleeps and wakes
#
# Stock's kernel gets there when its look at PME_Status crosses a guest's write of
# PMCSR (pci_check_pme_status() writes back the PowerState that it has read), and
# then pci_set_power_state() does nothing any more. Here dom0 writes the register.

hw() {
	setpci -s "${FN#0000:}" "CAP_PM+4.b$1"
}

# differs KERNEL HARDWARE: that PowerState by the front end, in stock, that behind it
differs() {
	check_eq "D$1 in stock" "$(w $PMCSR 1 "$1")" 0
	hw "=$2"
	check_eq "hardware is in another state" "$(hw)" "0$2"
	say "the kernel: $(sysattr $FN power_state)"
	check "hooked" module_param devices $FN
	check_eq "PowerState" "$(r $PMCSR 1)" "0x0$2"
}

sleeps_and_wakes() {
	check_eq "D3hot" "$(w $PMCSR 1 3)" 0
	check "falls asleep" wait_for 5 asleep_in D3cold
	check_eq "D0" "$(w $PMCSR 1 0)" 0
	check_eq "in hardware" "$(hw)" 00
	check_eq "it answers" "$(r 0 2)" 0x8086
	check "given back" module_param devices ""
}

check "bound" bind_to_pciback $FN
check "front end connects" fe_start $FN
check "module inserted" module_insert

pmc=$(r $((PMCSR - 2)) 2)
check_match "PMC in stock" "$pmc" '^0x..[0-9a-f]*[23]$'
differs 3 0
sleeps_and_wakes

differs 0 3
check_eq "D0" "$(w $PMCSR 1 0)" 0
check_eq "in hardware" "$(hw)" 00
sleeps_and_wakes

# An option that keeps it from D3cold has it go through hardware's PowerState alone.
differs 3 0
check "D3hot at the deepest" module_param devices "$FN=d3hot"
check_eq "D3hot" "$(w $PMCSR 1 3)" 0
check "falls asleep" wait_for 5 is_state asleep
check_eq "in hardware" "$(hw)" 03
check_eq "D0" "$(w $PMCSR 1 0)" 0
check_eq "in hardware" "$(hw)" 00
check "given back" module_param devices ""

say "in D2, which is no state of ours"
hw "=2"
check_eq "in hardware" "$(hw)" 02
check "hooked" module_param devices $FN
check_eq "PowerState" "$(r $PMCSR 1)" 0x00
check_eq "in hardware" "$(hw)" 00
sleeps_and_wakes

say "without power there is nothing to agree with"
check "ACPI methods can be called" pme_insert functions=
check "the power goes" acpi_call '\PWRC' 0
check_eq "vendor, by hardware" "$(setpci -s "${FN#0000:}" 00.w)" ffff
log_mark
check "named" module_param devices $FN
check_not "not hooked, or all ones would be its capabilities" is_hooked
check_not "the kernel is not asked to move it" logged "$FN: .*change power state from D0"
check "said, in the end" wait_for 20 logged "$FN: .*not hooked: it does not answer; write the list again"
why 'refused: .*it does not answer remedy: write the list again'
check "named once more" module_param devices $FN
check "the power is back" acpi_call '\PWRC' 1
check "so it is hooked" wait_for 5 is_hooked
check_eq "PMC" "$(r $((PMCSR - 2)) 2)" "$pmc"
check "given back" module_param devices ""

check "front end leaves" fe_stop

say "found in D3hot, without an owner"
hw "=3"
check_eq "in hardware" "$(hw)" 03
check "hooked" module_param devices $FN
check "a new owner" fe_start $FN
check_eq "PowerState" "$(r $PMCSR 1)" 0x00
check_eq "in hardware" "$(hw)" 00
sleeps_and_wakes
check "front end leaves" fe_stop
check "module removed" module_remove
scenario_end
