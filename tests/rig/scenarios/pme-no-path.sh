# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: where nothing would hear a PME none is offered, and D3cold is free
# slot: no-prw
# dom0-args: pcie_ports=compat

check "PME-capable function bound" pme_capable
check_match "the kernel knows of PME" "$(dmesg | grep "$FN: PME# supp" | tail -n 1)" 'D0 D3hot D3cold'
check_not "no pcieport" test -e "$(sysfs $PORT)/driver"
check "module inserted" module_insert devices=$FN
check "front end connects" fe_start $FN
pme_offered no
check_match "blockers" "$(blockers)" no-pme-path
check_eq "PME_En" "$(w $PMCSR 2 0x0100)" 0
check_eq "stays off" "$(r $PMCSR 2)" 0x0000
guest_d3hot
check_eq "in D3cold" "$(sysattr $FN power_state)" D3cold
check "a PME" pme_fire status $FN
check "a notify" acpi_call '\WAKE'
sleep 1
check_eq "nothing came" "$(r $PMCSR 2)" 0x0003
check_eq "nothing counted" "$(attr $FN pme_count)" 0
guest_d0
check "front end leaves" fe_stop
check_not "low_power wakeup" attr $FN low_power wakeup
check "low_power 1" attr $FN low_power 1
check "asleep" wait_for 5 is_state asleep
check_eq "in D3cold" "$(sysattr $FN power_state)" D3cold
check "module removed" module_remove
scenario_end
