# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: ACPI wakes also from a D3cold that PME_Support does not have; PME from D3cold alone needs D3cold
# timeout: 180

from_d3cold() {
	pme_offered yes
	check_eq "PME_En" "$(w $PMCSR 2 0x0100)" 0
	guest_d3hot
	check_eq "in D3cold" "$(sysattr $FN power_state)" D3cold
	check_eq "no blockers" "$(blockers)" ""
	check "ACPI is armed" gpe_is enabled
	pme_once acpi
	pme_once acpi
	check_eq "PME_En off" "$(w $PMCSR 2 0x0003)" 0
	check "ACPI is not armed" wait_for 5 gpe_is disabled
	check "asleep" wait_for 5 is_state asleep
	check_eq "D0" "$(w $PMCSR 2 0)" 0
}

say "PME from D0 and D3hot, no Vaux"
pme_session 9
echo 0 >/sys/module/pme_inject/parameters/vaux
from_d3cold
pme_session_over

say "PME from D3cold alone"
pme_session 16
from_d3cold
check "front end leaves" fe_stop
check "D3hot at the deepest" module_param devices $FN=d3hot
check "front end connects" fe_start $FN
pme_offered no
pme_session_over
scenario_end
