# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: quirk fields and permissive writes answer as in stock, asleep or not, and survive D3cold
# timeout: 180
# cycles: a b 0
# power: .
#
# The MSI address and data are the place: while MSI is off the PM core neither
# saves nor restores them.

PCIBACK=/sys/bus/pci/drivers/pciback
GLOBAL=/sys/module/xen_pciback/parameters/permissive

# quirk OFFSET SIZE
quirk() {
	echo "$FN-$1:$2:0" >$PCIBACK/quirks
}

# quirk_is OFFSET SIZE: pciback lists it
quirk_is() {
	grep -qi "0*$1:$2:" $PCIBACK/quirks
}

hw() {
	setpci -s "${FN#0000:}" "$1"
}

d0() {
	check_eq "D0" "$(w $PMCSR 1 0)" 0
	check_eq "awake" "$(attr $FN state)" active
}

# through_d3cold: down and up, no write meanwhile
through_d3cold() {
	guest_d3hot
	check_eq "in D3cold" "$(sysattr $FN power_state)" D3cold
	d0
}

# drops OFFSET SIZE VALUE ERROR: no effect, no wake
drops() {
	local before wakes

	before=$(r "$1" "$2")
	wakes=$(wakes)
	check_eq "write of $1, $2 bytes, dropped" "$(w "$1" "$2" "$3")" "$4"
	check_eq "reads as before" "$(r "$1" "$2")" "$before"
	check_eq "no wake" "$(wakes)" "$wakes"
	check_eq "asleep" "$(attr $FN state)" asleep
}

wakes_are_not() {
	[ "$(wakes)" != "$1" ]
}

# takes OFFSET SIZE VALUE: effect, wakes, sleeps again
takes() {
	local wakes

	wakes=$(wakes)
	check_eq "write of $1, $2 bytes" "$(w "$1" "$2" "$3")" 0
	check_eq "reads back" "$(r "$1" "$2")" "$3"
	check "woken" wait_for 5 wakes_are_not "$wakes"
	# MSI's control register keeps it awake until another one; see write-asleep.
	[ "$1" != 0xd2 ] || check_eq "another register" "$(r 0 2)" 0x8086
	check "asleep again" wait_for 5 is_state asleep
	check_eq "reads back asleep" "$(r "$1" "$2")" "$3"
}

# What cannot be before a session ends with it: pcistub_put_pci_dev().
check "bound to pciback" bind_to_pciback $FN
check "front end connects" fe_start $FN
check_eq "dropped by stock" "$(w 0xd4 4 0xfee01234)" 0
check_eq "unchanged" "$(r 0xd4 4)" 0x00000000

say "fields from before the hook"
check "4 bytes" quirk d4 4
check "2 bytes" quirk dc 2
check "1 byte" quirk d8 1
check_eq "stock lets it through" "$(w 0xd8 1 0x5a)" 0
check "module inserted" module_insert devices=$FN
check_eq "what was written before is there" "$(r 0xd8 1)" 0x5a
check_eq "4 bytes" "$(w 0xd4 4 0xfee01234)" 0
check_eq "2 bytes" "$(w 0xdc 2 0x4321)" 0
check_eq "1 byte" "$(w 0xd8 1 0xa5)" 0
check_eq "beside it, dropped" "$(w 0xda 1 0x77)" 0
check_eq "reads" "$(r 0xd4 4) $(r 0xdc 2) $(r 0xd8 4)" "0xfee01234 0x4321 0x000000a5"
guest_d3hot
check_eq "in D3cold" "$(sysattr $FN power_state)" D3cold
wakes=$(wakes)
mark a
check_eq "reads asleep" "$(r 0xd4 4) $(r 0xdc 2) $(r 0xd8 4)" "0xfee01234 0x4321 0x000000a5"
check_eq "parts of them" "$(r 0xd6 2) $(r 0xd7 1) $(r 0xdd 1) $(r 0xdc 4)" "0xfee0 0xfe 0x43 0x00004321"
mark b
check_eq "no wake" "$(wakes)" "$wakes"
d0
check_eq "reads awake" "$(r 0xd4 4) $(r 0xdc 2) $(r 0xd8 4)" "0xfee01234 0x4321 0x000000a5"
check_eq "as hardware has them" "$(hw d4.l) $(hw dc.w) $(hw d8.l)" "fee01234 4321 000000a5"

say "written asleep"
guest_d3hot
takes 0xd4 4 0xfee05678
takes 0xdc 2 0x8765
takes 0xd8 1 0x3c
takes 0xd5 1 0x99
drops 0xda 1 0x77 0
d0
check_eq "in hardware" "$(hw d4.l) $(hw dc.w) $(hw d8.l)" "fee09978 8765 0000003c"
through_d3cold
check_eq "and after D3cold" "$(hw d4.l) $(hw dc.w) $(hw d8.l)" "fee09978 8765 0000003c"

say "fields from after the hook, made awake and asleep"
check "1 byte" quirk d9 1
check_eq "written" "$(w 0xd9 1 0x11)" 0
guest_d3hot
check_eq "reads asleep" "$(r 0xd8 4)" 0x0000113c
drops 0xda 2 0x2222 0
check "2 bytes, asleep" quirk da 2
takes 0xda 2 0x2222
takes 0xd9 1 0x12
d0
check_eq "in hardware" "$(hw d8.l)" 2222123c

check "front end leaves" fe_stop
check "module removed" module_remove

say "bytes beside the guest's are left alone"
check "a byte from before" setpci -s "${FN#0000:}" dd.b=55
check "module inserted" module_insert devices=$FN
check "front end connects" fe_start $FN
before=$(r 0xd4 4)
check_eq "the fields went with their session" "$(w 0xd4 4 0x11111100)" 0
check_eq "unchanged" "$(r 0xd4 4)" "$before"
check "1 byte" quirk dc 1
check_eq "the guest's byte" "$(w 0xdc 1 0x44)" 0
check_eq "both in hardware" "$(hw dc.w)" 5544
guest_d3hot
check_eq "both read asleep" "$(r 0xdc 2)" 0x5544
d0
check_eq "the guest's is back, the other is not" "$(hw dc.w)" 0044
check "dom0's byte, written while it is hooked" setpci -s "${FN#0000:}" dd.b=66
guest_d3hot
d0
check_eq "is back as well, as a device model's must be" "$(hw dc.w)" 6644

say "permissive, by function"
guest_d3hot
drops 0xd4 4 0xfee01230 0
drops 0x114 4 0x00002000 0
echo $FN >$PCIBACK/permissive
takes 0xd4 4 0xfee01230
takes 0x114 4 0x00002000
takes 0xd8 2 0x1357
d0
check_eq "in hardware" "$(hw d4.l) $(hw d8.l) $(hw 114.l)" "fee01230 00001357 00002000"
check_eq "awake, to extended config space" "$(w 0x10c 4 0x00062030)" 0
check_eq "reads back" "$(r 0x10c 4)" 0x00062030
through_d3cold
check_eq "all after D3cold" "$(hw d4.l) $(hw d8.l) $(hw 114.l) $(hw 10c.l)" \
	"fee01230 00001357 00002000 00062030"
check "front end leaves" fe_stop
check "module removed" module_remove
check "unbound" unbind_from_pciback $FN
check "and bound anew" bind_to_pciback $FN

say "permissive, for all, and back"
check "module inserted" module_insert devices=$FN
check "front end connects" fe_start $FN
guest_d3hot
drops 0xd4 4 0xfee04440 0
echo 1 >$GLOBAL
takes 0xd4 4 0xfee04440
echo 0 >$GLOBAL
drops 0xd4 4 0xfee05550 0
d0
check_eq "awake, dropped" "$(w 0xd4 4 0xfee06660)" 0
check_eq "in hardware" "$(hw d4.l)" fee04440
echo 1 >$GLOBAL
check_eq "awake, let through" "$(w 0xd4 4 0xfee07770)" 0
echo 0 >$GLOBAL
through_d3cold
check_eq "after D3cold" "$(hw d4.l)" fee07770

say "allow_interrupt_control"
guest_d3hot
drops 0xd2 2 0x0081 -3
echo $FN >$PCIBACK/allow_interrupt_control
drops 0xd2 2 0x0091 -3
takes 0xd2 2 0x0081
d0
check_eq "MSI on in hardware, with the guest's address" "$(hw d2.w) $(hw d4.l)" "0081 fee07770"
log_mark
through_d3cold
check_eq "and after D3cold" "$(hw d2.w) $(hw d4.l)" "0081 fee07770"
check_not "without a word" logged 'xen-pciback-pm'
guest_d3hot
takes 0xd2 2 0x0080
d0
check_eq "MSI off in hardware" "$(hw d2.w)" 0080
check_eq "on, awake" "$(w 0xd2 2 0x0081)" 0
check_eq "MSI-X as well is refused" "$(w 0xa2 2 0x8004)" -3
guest_d3hot
drops 0xa2 2 0x8004 -3
d0
check_eq "off, awake" "$(w 0xd2 2 0x0080)" 0
check_eq "MSI-X, awake" "$(w 0xa2 2 0x8004)" 0
guest_d3hot
check_eq "reads asleep" "$(r 0xa2 2)" 0x8004
d0
check_eq "MSI-X on after D3cold" "$(hw a2.w)" 8004
check_eq "off again" "$(w 0xa2 2 0x0004)" 0
check "front end leaves" fe_stop
check "module removed" module_remove
check_eq "answers" "$(hw 0.l)" 10d38086
scenario_end
