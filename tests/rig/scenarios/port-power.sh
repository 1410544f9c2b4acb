# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: where the power is the port's, waking one function wakes both, and the other one sleeps again
# slot: port-power multifunction
# slot-args: addr=0.0,multifunction=on
# qemu-args: -netdev user,id=net2 -device e1000e,bus=rp1,addr=0.1,netdev=net2,romfile=
# qemu-args: -global pcie-root-port.x-speed=2_5
# power: ^1?(01)*a0b1c0d1e
#
# Of links faster than this the kernel waits for a sign that they are up, which
# QEMU's never give once the power was off. See scenario disconnected.

FN1=0000:01:00.1
HOLD=/sys/module/pme_inject/parameters/hold

connect() {
	check "front end connects" fe_start "$FN"
	check_eq "memory decode on" "$(w 4 2 6)" 0
	config_keep before
}

both_asleep() {
	one guest_d3hot
	other guest_d3hot
	check "the port sleeps" wait_for 5 port_is suspended
	check_eq "in D3cold" "$(sysattr $PORT power_state)" D3cold
	check_eq "and the function" "$(sysattr $FN power_state)" D3cold
	check_eq "its sibling as well" "$(sysattr $FN1 power_state)" D3cold
	check_eq "no blockers" "$(blockers)" ""
}

# QEMU's port has no PM capability, and without one the kernel begins with 0.
sysattr $PORT d3cold_allowed 1
check "PME injector" pme_insert functions=
check "bound to pciback" bind_to_pciback $FN
check "its sibling as well" bind_to_pciback $FN1
found=$(usage $FN) found1=$(usage $FN1) found_port=$(usage $PORT)
check "module inserted" module_insert devices=0000:01:00.*
one connect
other connect
mark a
both_asleep
mark b
before=$(other woken_by host)
one guest_d0
one config_as before
other asleep_again "$before"
check "the port stays up" port_is active
why 'port-active: .*inferred, sibling awake: 0000:01:00\.0, ' $FN1
why 'port-active: .*inferred, child awake: '
echo "+usage $PORT" >$HOLD
why 'inferred, usage count of the port: .*usage count [0-9]+, holder unknown' $FN1
echo "-usage $PORT" >$HOLD
sysattr $PORT power/control on
why 'inferred, power/control of the port: .*remedy: echo auto >' $FN1
sysattr $PORT power/control auto
sysattr $PORT d3cold_allowed 0
why 'inferred, d3cold_allowed of the port: ' $FN1
sysattr $PORT d3cold_allowed 1
sysattr $FN d3cold_allowed 0
why 'port-stays-on: .*inferred, sibling that may not go to D3cold: 0000:01:00\.0, ' $FN1
sysattr $FN power/wakeup enabled
sysattr $FN d3cold_allowed 1
why 'port-stays-on: .*inferred, sibling that wakes: 0000:01:00\.0, ' $FN1
sysattr $FN power/wakeup disabled
sysattr $FN1 d3cold_allowed 0
why 'd3cold_allowed: .*port-stays-on: .*inferred, its own blockers: .*see d3cold_allowed' $FN1
sysattr $FN1 d3cold_allowed 1
mark c
other guest_d0
other config_as before
both_asleep
mark d
before=$(one woken_by host)
other guest_d0
other config_as before
one asleep_again "$before"
one guest_d0
one config_as before
mark e
unbind $PORT
why 'inferred, port not pcieport: .*driven by no driver, ' $FN1
echo $PORT >/sys/bus/pci/drivers/pcieport/bind
check "front end leaves" one fe_stop
check "and the other one" other fe_stop
check "one of them is named no more" module_param devices "$FN1"
sysattr $FN d3cold_allowed 0
why 'port-stays-on: .*inferred, d3cold_allowed of a sibling: d3cold_allowed of 0000:01:00\.0, ' $FN1
sysattr $FN d3cold_allowed 1
check "module removed" module_remove
check_eq "usage count" "$(usage $FN)" "$found"
check_eq "the sibling's" "$(usage $FN1)" "$found1"
check_eq "the port's usage count" "$(usage $PORT)" "$found_port"
scenario_end
