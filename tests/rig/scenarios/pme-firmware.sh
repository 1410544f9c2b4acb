# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: where firmware keeps PMEs to itself, what it tells of the root port reaches the function that signalled
# slot: no-prw port-prw
# dom0-args: pcie_ports=compat

check "PME-capable function bound" pme_capable
check_not "no pcieport" test -e "$(sysfs $PORT)/driver"
check "module inserted, D3hot at the deepest" module_insert devices=$FN=d3hot
pme_connect
check "not armed" gpe_is disabled 6
guest_d3hot
check_eq "in D3hot" "$(sysattr $FN power_state)" D3hot
check "the port is armed" gpe_is enabled 6
pme_once port
check "D3cold is allowed" module_param devices $FN
check "asleep" wait_for 5 asleep_in D3cold
check "the port is armed" gpe_is enabled 6
pme_once port
check "a wake that is nobody's" acpi_call '\WAKP'
sleep 1
no_pme_told $FN 2
check_eq "D0" "$(w $PMCSR 2 0x0100)" 0
check "not armed" wait_for 5 gpe_is disabled 6
check "front end leaves" fe_stop
check "module removed" module_remove
scenario_end
