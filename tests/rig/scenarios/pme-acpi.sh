# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: a PME through ACPI from D3cold sets the guest's PME_Status, with and without Vaux
# power: ^1?(01)*0a1b(01)?0c1d(01)?0e(10)?f1$

cycle() {
	check_eq "PME_En" "$(w $PMCSR 2 0x0100)" 0
	guest_d3hot
	check_eq "in D3cold" "$(sysattr $FN power_state)" D3cold
	check "the port sleeps" wait_for 5 port_is suspended
	check "ACPI is armed" gpe_is enabled
	mark "$1"
	check "PME" pme_fire acpi $FN
	check "wakes" wait_for 5 is_state active
	check "ACPI is not armed" gpe_is disabled
	mark "$2"
	check_eq "PME_Status" "$(r $PMCSR 2)" 0x8103
	check_eq "pme_count" "$(attr $FN pme_count)" "$3"
	check_eq "PME_Status cleared" "$(w 0xcd 1 0x81)" 0
	check_eq "and gone" "$(r $PMCSR 2)" 0x0103
	check_eq "D0" "$(w $PMCSR 1 0)" 0
	check_eq "MSI-X and BAR 0 answer" "$(r 0 4)" 0x10d38086
}

check "PME-capable function bound" pme_capable
check "module inserted" module_insert devices=$FN
check "front end connects" fe_start $FN
cycle a b 1
echo 0 >/sys/module/pme_inject/parameters/vaux
cycle c d 2
# On a busy machine it sleeps again before its guest writes D0.
check_match "wakes" "$(wakes)" '^guest [0-2] pme 2 config 0 host 0'

# Not asked for: not delivered, although ACPI notifies.
check_eq "PME_En off" "$(w $PMCSR 2 0)" 0
guest_d3hot
check_eq "in D3cold" "$(sysattr $FN power_state)" D3cold
check "ACPI is not armed" gpe_is disabled
mark e
check "a notify all the same" acpi_call '\WAKE'
sleep 1
check_eq "PME_Status" "$(r $PMCSR 2)" 0x0003
check_eq "pme_count" "$(attr $FN pme_count)" 2
check "asleep, again or still" wait_for 5 is_state asleep
mark f
check_eq "D0" "$(w $PMCSR 1 0)" 0
check "front end leaves" fe_stop
check "module removed" module_remove
scenario_end
