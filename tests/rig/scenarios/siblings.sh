# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: two functions of one device share their power: it goes when both sleep, and neither harms the other
# slot: multifunction
# slot-args: addr=0.0,multifunction=on
# qemu-args: -netdev user,id=net2 -device e1000e,bus=rp1,addr=0.1,netdev=net2,romfile=
# power: ^1?(01)*ab0c1d0e1fghi$
# timeout: 180

FN1=0000:01:00.1

connect() {
	check "front end connects" fe_start "$FN"
	check_eq "memory decode and bus master on" "$(w 4 2 6)" 0
	config_keep before
}

# A sleeping function answers from its snapshot; its sibling is asked itself.
answers() {
	check_eq "$FN answers" "$(r 0 4)" 0x10d38086
	check_eq "with memory decode on" $(($(r 4 2) & 6)) 6
	check_eq "in hardware" $((0x$(setpci -s "${FN#0000:}" 4.w) & 6)) 6
	config_as before
}

check "bound to pciback" bind_to_pciback $FN
check "its sibling as well" bind_to_pciback $FN1
found=$(usage $FN) found1=$(usage $FN1)
check "module inserted" module_insert devices=0000:01:00.*
one connect
other connect

mark a
one guest_d3hot
other answers
check "the port stays" port_is active
mark b
other guest_d3hot
check "now the port sleeps" wait_for 5 port_is suspended
check_eq "D3cold" "$(sysattr $FN1 power_state)" D3cold
check_eq "the other reads as before" "$(one r 0 4)" 0x10d38086
mark c
before=$(other woken_by host)
one guest_d0
one answers
other asleep_again "$before"
one answers
check "the port is up" port_is active
mark d
one guest_d3hot
check "the port sleeps again" wait_for 5 port_is suspended
mark e
before=$(one woken_by host)
other guest_d0
other answers
one asleep_again "$before"
other answers
one guest_d0
one config_as before
mark f

check "front end leaves" one fe_stop
check "and the other one" other fe_stop
check "module removed" module_remove
check_eq "usage count" "$(usage $FN)" "$found"
check_eq "the sibling's" "$(usage $FN1)" "$found1"

# The sibling is dom0's own.
check "dom0's driver takes the sibling" eval "unbind_from_pciback $FN1 && dom0_net $FN1"
check "packets pass" wait_for 20 packets_pass
found1=$(usage $FN1)
check "module inserted" module_insert devices=0000:01:00.*
connect
# Without the read-only and the volatile: link status and the like change.
config() {
	setpci -s "${FN1#0000:}" 0.l 4.w 10.l 14.l 18.l 1c.l 3c.l cc.w a0.l a4.l a8.l
}
config >/run/rig/config.before
mark g
for round in 1 2 3; do
	guest_d3hot "($round)"
	check "packets pass" packets_pass
	config >/run/rig/config.asleep
	check "config space of dom0's function" cmp /run/rig/config.before /run/rig/config.asleep
	guest_d0 "($round)"
	check "packets pass" packets_pass
	config_as before
done
config >/run/rig/config.after
check "config space of dom0's function" cmp /run/rig/config.before /run/rig/config.after
check_eq "its usage count" "$(usage $FN1)" "$found1"
mark h
check "front end leaves" fe_stop
check "module removed" module_remove
check_eq "usage count" "$(usage $FN)" "$found"
check_eq "dom0's" "$(usage $FN1)" "$found1"
check "packets pass" packets_pass
mark i
scenario_end
