# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: a function that the kernel declares disconnected is reported with the remedy, and works after remove and rescan
# slot: port-power
# power: ^1?(01)*a0b1c
#
# The link of QEMU's port never reports that it is up once the power was off, so
# that the kernel's wait for it ends after a second and all below the port is
# taken for disconnected for good (pci_pm_bridge_power_up_actions()).

disconnected() {
	logged "$FN: .*did not come back .*remove; echo 1 >"
}

connect() {
	check "bound to pciback" bind_to_pciback $FN
	check_eq "hooked" "$(sysattr $FN power/control)" auto
	check "front end connects" fe_start $FN
	check_eq "memory decode on" "$(w 4 2 6)" 0
	config_keep before
}

# QEMU's port has no PM capability, and without one the kernel begins with 0.
sysattr $PORT d3cold_allowed 1
check "module inserted" module_insert devices=$FN
connect
mark a
guest_d3hot
check "the port sleeps" wait_for 5 port_is suspended
check_eq "in D3cold" "$(sysattr $PORT power_state)" D3cold
mark b
log_mark
check_eq "D0 is refused" "$(w $PMCSR 1 0)" -3
check "before a guest gives up" [ "$(fe_us)" -lt 1900000 ]
check "said, with the remedy" wait_for 10 disconnected
check_eq "D0 is refused again" "$(w $PMCSR 1 0)" -3
check "at once" [ "$(fe_us)" -lt 200000 ]
sleep 3
check_eq "and later" "$(w $PMCSR 1 0)" -3
check "at once" [ "$(fe_us)" -lt 200000 ]
check_eq "said once" "$(disconnected | wc -l)" 1
check_eq "PowerState" "$(r $PMCSR 1)" 0x03
check_eq "reads are answered" "$(r 0 4)" 0x10d38086
check_match "blockers" "$(blockers)" did-not-wake
start=$(now_ms)
check "front end leaves" fe_stop
check "in time" [ $(($(now_ms) - start)) -lt 10000 ]

# What the line says; and no D3cold for the port, or it would happen again.
sysattr $PORT d3cold_allowed 0
check "removed and found again" reenumerate $FN
connect
guest_d3hot
guest_d0
config_as before
mark c
check "front end leaves" fe_stop
start=$(now_ms)
check "module removed" module_remove
check "in time" [ $(($(now_ms) - start)) -lt 10000 ]
scenario_end
