# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: with aer_inject on top of our config accessors nothing dangles, whoever goes first
# timeout: 240
# cycles: a b 0
# cycles: a b 0 00:02.0
# power: .

OURS='gate_read [xen_pciback_pm]'
AER='aer_inj_read_config [aer_inject]'
BUS=0000:01

top_is() {
	[ "$(bus_ops $BUS)" = "$1" ]
}

gone() {
	[ ! -d "/sys/module/$1" ]
}

cycle() {
	guest_d3hot
	check_eq "reads asleep" "$(r 0 4)" 0x10d38086
	check_eq "D0" "$(w $PMCSR 1 0)" 0
	check_eq "reads awake" "$(r 0 4)" 0x10d38086
}

# Without our module the function answers, and bus->ops are stock's.
stock_again() {
	check_eq "the bus has its own ops" "$(bus_ops)" "$stock"
	check_eq "setpci reads" "$(setpci -s "${FN#0000:}" 0.l)" 10d38086
	check_match "lspci as well" "$(lspci -n -s "${FN#0000:}")" '8086:10d3'
}

# remove_with_patience: rmmod in the background, which waits for aer_inject
remove_with_patience() {
	log_mark
	module_remove &
	removing=$!
	check "says whom it waits for" wait_for 10 logged 'unload that one \(aer_inject, say\)'
	check "waits" [ -d /sys/module/xen_pciback_pm ]
	check "aer_inject removed" rmmod aer_inject
	check "then it goes" wait_for 10 gone xen_pciback_pm
	wait $removing
}

check "something to see bus->ops with" pme_insert functions=
stock=$(bus_ops)
check_not "stock's are neither" eval "echo '$stock' | grep -E 'gate_read|aer_inj'"
check "bound to pciback" bind_to_pciback $FN

say "ours, aer_inject on top of it"
check "module inserted" module_insert devices=$FN
check_eq "ours" "$(bus_ops $BUS)" "$OURS"
check "front end connects" fe_start $FN
check "aer_inject inserted" aer_insert
log_mark
check "an error injected, awake" aer_inject $FN
check "the port's AER driver has it" wait_for 5 logged 'Corrected error.* 0000:01:00.0'
check_eq "on top" "$(bus_ops $BUS)" "$AER"
cycle

guest_d3hot "below aer_inject"
wakes=$(wakes)
check "the port suspended" wait_for 5 port_is suspended
mark a
check_eq "reads asleep" "$(r 0 4)" 0x10d38086
check_eq "PMCSR" "$(r $PMCSR 1)" 0x03
fe_dump 1 >/run/rig/bytes
fe_dump 4 >/run/rig/words
mark b
check_match "memory decode as in D0" "$(grep '^000:' /run/rig/words)" '^000: 10d38086 0010'
check_not "no error" grep E- /run/rig/bytes /run/rig/words
check_eq "no wake" "$(wakes)" "$wakes"
check_eq "still asleep" "$(attr $FN state)" asleep
# Its accessors run with interrupts off, so ours cannot wait there.
check_not "a write is refused" w 0x0c 1 0x20
check "and wakes" wait_for 5 is_state active
check_eq "the next one succeeds" "$(w 0x0c 1 0x20)" 0
check_eq "reads back" "$(r 0x0c 1)" 0x20
check "asleep again" wait_for 5 is_state asleep
check_eq "reads back asleep" "$(r 0x0c 1)" 0x20
check "an error injected, asleep" aer_inject $FN

say "aer_inject goes first, asleep, under traffic"
traffic_start
check "aer_inject removed" rmmod aer_inject
check_eq "ours again" "$(bus_ops $BUS)" "$OURS"
check "on top once more" eval "aer_insert && aer_inject $FN"
traffic_stop
check_eq "D0" "$(w $PMCSR 1 0)" 0
cycle

say "aer_inject goes first, awake, under traffic"
traffic_start
check "aer_inject removed" rmmod aer_inject
traffic_stop
cycle
check "front end leaves" fe_stop
check "module removed" module_remove
stock_again

say "ours goes first, awake, under traffic"
check "module inserted" module_insert devices=$FN
check "front end connects" fe_start $FN
check "aer_inject on top" eval "aer_insert && aer_inject $FN"
cycle
traffic_start
remove_with_patience
traffic_stop
stock_again
check "front end leaves" fe_stop

say "ours goes first, asleep, under traffic"
check "module inserted" module_insert devices=$FN
check "front end connects" fe_start $FN
check "aer_inject on top" eval "aer_insert && aer_inject $FN"
guest_d3hot
traffic_start
remove_with_patience
traffic_stop
check_eq "stock's D0" "$(w $PMCSR 1 0)" 0
check_eq "reads awake" "$(r 0 4)" 0x10d38086
stock_again
check "front end leaves" fe_stop

# What is on top of aer_inject goes with it, or calls itself at its next error.
say "aer_inject first"
check "aer_inject on the bus" eval "aer_insert && aer_inject $FN"
check_eq "as seen" "$(bus_ops $BUS)" "$AER"
log_mark
check "module inserted" module_insert devices=$FN
check "says why it does not hook" logged 'not hooked: aer_inject .* unload that and write the list again'
check_eq "aer_inject's left alone" "$(bus_ops $BUS)" "$AER"
check_not "not hooked" is_hooked
check "an error injected" aer_inject $FN
check "aer_inject removed" rmmod aer_inject
check "the list written again" module_param devices $FN
check_eq "ours" "$(bus_ops $BUS)" "$OURS"
check "front end connects" fe_start $FN
cycle
check "front end leaves" fe_stop
check "module removed" module_remove
stock_again
scenario_end
