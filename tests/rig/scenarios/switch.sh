# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: two devices below a switch: each port sleeps when all below it do, and wakes for any of them
# qemu-args: -device pcie-root-port,id=rp2,addr=3.0,chassis=2,slot=2,hotplug=off -device x3130-upstream,id=up,bus=rp2
# qemu-args: -device xio3130-downstream,id=dn1,bus=up,addr=0.0,chassis=3,slot=3,hotplug=off
# qemu-args: -device xio3130-downstream,id=dn2,bus=up,addr=1.0,chassis=4,slot=4,hotplug=off
# qemu-args: -netdev user,id=net2 -device e1000e,bus=dn1,netdev=net2,romfile=
# qemu-args: -netdev user,id=net3 -device e1000e,bus=dn2,netdev=net3,romfile=
# cycles: p q 0 04:00.0
# cycles: p q 0 05:00.0
# cycles: r s 0 05:00.0
# cycles: t u 0 04:00.0
# timeout: 180

TOP=0000:00:03.0
UP=0000:02:00.0
DOWN1=0000:03:00.0
DOWN2=0000:03:01.0
FN1=0000:04:00.0
FN2=0000:05:00.0

first() {
	as_fe 0 $FN1 "$@"
}

second() {
	as_fe 1 $FN2 "$@"
}

connect() {
	check "front end connects" fe_start "$FN"
	check_eq "memory decode on" "$(w 4 2 6)" 0
	config_keep before
	dump "awake.$FN"
}

dump() {
	fe_dump 1 >"$RIG/$1.1"
	fe_dump 2 >"$RIG/$1.2"
	fe_dump 4 0 0x1000 >"$RIG/$1.4"
}

# As in D0, but for PowerState: that is one line of each dump.
reads_asleep() {
	local size

	dump "asleep.$FN"
	for size in 1 2 4; do
		diff "$RIG/awake.$FN.$size" "$RIG/asleep.$FN.$size" >"$RIG/diff"
		check_eq "$FN: reads of $size that differ" "$(grep -c '^+[^+]' "$RIG/diff")" 1
	done
	check_eq "$FN: ids" "$(r 0 4)" 0x10d38086
	check_eq "$FN: PowerState" "$(r $PMCSR 1)" 0x03
	check_eq "$FN: still asleep" "$(attr "$FN" state)" asleep
}

# ports STATUS BDF...
ports() {
	local status=$1 port

	shift
	for port; do
		check "$port is $status" wait_for 5 port_is "$status" "$port"
	done
}

# wakes_alone WHO PORT OTHER PORT: wakes the function of one front end, below that
# port; the function of the other one does not stay awake
wakes_alfirst() {
	"$1" guest_d0
	ports active "$2" $UP $TOP
	"$1" config_as before
	check "$3 sleeps by itself" wait_for 5 "$3" is_state asleep
	ports suspended "$4"
}

counts() {
	local bdf

	for bdf in $TOP $UP $DOWN1 $DOWN2 $FN1 $FN2; do
		usage $bdf
	done | tr '\n' ' '
}

# QEMU's switch has no PM capability, and without one the kernel begins with
# d3cold_allowed 0, which keeps the ports above awake. It looks at changes only.
for port in $DOWN1 $DOWN2 $UP; do
	sysattr $port d3cold_allowed 0
	sysattr $port d3cold_allowed 1
done
check "bound to pciback" bind_to_pciback $FN1
check "the other one" bind_to_pciback $FN2
found=$(counts)
check "module inserted" module_insert devices=$FN1,$FN2
first connect
second connect

first guest_d3hot
ports suspended $DOWN1
ports active $DOWN2 $UP $TOP
mark t
first reads_asleep
mark u
second guest_d3hot
ports suspended $DOWN1 $DOWN2 $UP $TOP
mark p
first reads_asleep
second reads_asleep
mark q
ports suspended $DOWN1 $DOWN2 $UP $TOP

wakes_alone first $DOWN1 second $DOWN2
mark r
second reads_asleep
mark s
first guest_d3hot
ports suspended $DOWN1 $DOWN2 $UP $TOP
wakes_alone second $DOWN2 first $DOWN1
first guest_d0
first config_as before
check "front end leaves" first fe_stop
check "and the other one" second fe_stop
check "module removed" module_remove
check_eq "usage counts" "$(counts)" "$found"
scenario_end
