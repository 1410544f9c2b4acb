# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: aer_inject on a bus that was made below a gated one
# timeout: 180
# qemu-args: -netdev user,id=net5 -device e1000e,addr=5.0,netdev=net5,romfile=
# power: .
#
# A bus below a gated one inherits its ops, so aer_inject keeps a pointer to
# them for a bus that has no hooked function, or gets one only later.

TOP=0000:00:05.0
BUS=0000:01
AER='aer_inj_read_config [aer_inject]'
OURS='gate_read [xen_pciback_pm]'

gone() {
	[ ! -d "/sys/module/$1" ]
}

# A bus made anew below a gated one, aer_inject on both.
created() {
	check "the port removed" sysattr $PORT remove 1
	check "and found again" eval "echo 1 >/sys/bus/pci/rescan && wait_for 5 test -d $(sysfs $FN)"
	check_eq "its bus has inherited our ops" "$(bus_ops $BUS)" "$OURS"
	check "the function below bound" bind_to_pciback $FN
	check "aer_inject on top" eval "aer_insert && aer_inject $FN"
	check_eq "of the created bus" "$(bus_ops $BUS)" "$AER"
	check_eq "and of the one above" "$(bus_ops 0000:00)" "$AER"
	check_eq "which answers" "$(setpci -s "${FN#0000:}" 0.l)" 10d38086
}

stock_again() {
	check_eq "each bus has its own ops" "$(bus_ops)" "$stock"
	check_eq "setpci reads below" "$(setpci -s "${FN#0000:}" 0.l)" 10d38086
	check_eq "and above" "$(setpci -s "${TOP#0000:}" 0.l)" 10d38086
}

stock_in_time() {
	[ "$(bus_ops)" = "$stock" ]
}

check "something to see bus->ops with" pme_insert functions=
stock=$(bus_ops)
check "one on the root bus bound" bind_to_pciback $TOP

say "nothing below hooked; the upper one goes first"
check "module inserted" module_insert "devices=$TOP"
created
works $TOP
check "the upper one given back" module_param devices ""
check_eq "the created bus answers" "$(setpci -s "${FN#0000:}" 0.l)" 10d38086
check "aer_inject removed" rmmod aer_inject
check "our ops go by themselves" wait_for 10 stock_in_time
check "module removed" module_remove
stock_again

say "nothing below hooked; the module goes first"
check "module inserted" module_insert "devices=$TOP"
created
log_mark
module_remove &
removing=$!
check "says whom it waits for" wait_for 10 logged 'unload that one \(aer_inject, say\)'
check_eq "the created bus answers" "$(setpci -s "${FN#0000:}" 0.l)" 10d38086
check "aer_inject removed" rmmod aer_inject
check "then it goes" wait_for 10 gone xen_pciback_pm
wait $removing
stock_again

say "the one below hooked before aer_inject comes"
check "module inserted" module_insert "devices=$TOP"
check "the port removed" sysattr $PORT remove 1
check "and found again" eval "echo 1 >/sys/bus/pci/rescan && wait_for 5 test -d $(sysfs $FN)"
check "the function below bound" bind_to_pciback $FN
check "and hooked" module_param devices "+$FN"
check "aer_inject on top" eval "aer_insert && aer_inject $FN"
works $FN
works $TOP
check "the upper one given back" module_param devices "-$TOP"
works $FN
check "aer_inject removed" rmmod aer_inject
works $FN
check "module removed" module_remove
stock_again

say "the one below is not hooked with aer_inject between our ops and our ops"
check "module inserted" module_insert "devices=$TOP"
created
log_mark
check "asked for" module_param devices "+$FN"
check "refused" logged 'not hooked: aer_inject'
check_eq "answers" "$(setpci -s "${FN#0000:}" 0.l)" 10d38086
works $TOP
check "aer_inject removed" rmmod aer_inject
check "asked for again" module_param devices "$(module_param devices)"
works $FN
check "the upper one given back" module_param devices "-$TOP"
works $FN
check "module removed" module_remove
stock_again
scenario_end
