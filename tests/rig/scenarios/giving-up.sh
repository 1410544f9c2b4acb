# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: reset awake: beside another back end of its domain that ends first, and hooked while its back end ends
# qemu-args: -device pcie-root-port,id=rp2,addr=3.0,chassis=2,slot=2,hotplug=off
# qemu-args: -netdev user,id=net2 -device e1000e,bus=rp2,netdev=net2,romfile=
# timeout: 180

FN1=0000:02:00.0

bar() {
	setpci -s "${FN#0000:}" BASE_ADDRESS_0
}

# over PID: the back end has given up what it had
over() {
	wait "$1"
	check_eq "its back end is gone" $? 0
}

check "bound to pciback" bind_to_pciback $FN
check "and another" bind_to_pciback $FN1
found=$(usage $FN) found1=$(usage $FN1)
# As its owner leaves, pciback brings that back.
before=$(bar)
check_match "it has a BAR" "$before" '^[0-9a-f]*[1-9a-f]'
check "module inserted" module_insert devices=$FN,$FN1

say "two back ends of one domain"
check "front end connects" fe_start $FN
check "and another" other fe_start $FN1
guest_d3hot
check "in D3cold" wait_for 5 power_is D3cold
# One that resets at a time (pcistub_sem): the first ends before the second begins.
check "each reset takes a while to begin" delay_at __pci_reset_function_locked 3000
unbind_backend 1 &
first=$!
check "the first is about to" wait_for 5 was_delayed
unbind_backend 0 &
over $first
over $!
check_eq "each did" "$(cat /sys/module/delay_at/parameters/hits)" 2
check "no more" rmmod delay_at
check "the front ends leave" went_away
check "both" other went_away
check "awake" attr $FN low_power 0
check_eq "BAR" "$(bar)" "$before"
check "low_power 1" attr $FN low_power 1
check_eq "reads back" "$(attr $FN low_power)" 1
check "at rest" wait_for 15 power_is D3cold
check_eq "usage count" "$(usage $FN)" 0

say "hooked while its back end ends"
check "not hooked" module_param devices ""
check "front end connects" fe_start $FN
check_eq "D3hot, in stock" "$(w $PMCSR 1 3)" 0
# Unregistering its watch waits for xenstored; and so does what looks for a claim.
check "xenstored stopped" xenstored STOP
unbind_backend 0 &
leaving=$!
sleep 1
module_param devices $FN &
check "asleep, since its guest had it so" wait_for 10 power_is D3cold
check "xenstored goes on" xenstored CONT
wait $!
check_eq "hooked" $? 0
over $leaving
check "the front end leaves" went_away
check "awake" attr $FN low_power 0
check_eq "BAR" "$(bar)" "$before"

check "module removed" module_remove
check_eq "usage count" "$(usage $FN)" "$found"
check_eq "the other's" "$(usage $FN1)" "$found1"
scenario_end
