# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: a guest's memory accesses to a sleeping function do not wake it, nor harm anybody
# machine: iommu
# guest: pv
# timeout: 240
# qemu-args: -netdev user,id=net5 -device e1000e,addr=5.0,netdev=net5,romfile=
# cycles: a b 0
# cycles: a b 0 00:02.0
# cycles: c d 0
# cycles: c d 0 00:02.0
# power: .

TOP=0000:00:05.0
# Registers of the NIC: one that keeps what is written, and STATUS.
VET=0x38
STATUS=8
NOBODY='0x00000000 0'

# pmcsr VALUE: see scenario guest-msix
pmcsr() {
	guest_run "dd if=/tmp/bytes of=$GUEST_FN/config bs=1 count=1 skip=$1 seek=$((PMCSR)) conv=notrunc"
}

# mmio_in_guest OFFSET [VALUE [N]]: what was read last, how often all ones
mmio_in_guest() {
	guest_run "mmio $GUEST_FN/resource0 $*"
}

# accesses MARK MARK WHAT: to the function in the state that it is in
accesses() {
	local wakes

	wakes=$(wakes)
	mark "$1"
	single=$(mmio_in_guest $VET)
	written=$(mmio_in_guest $VET 0x55)
	status=$(mmio_in_guest $STATUS - 10000)
	mark "$2"
	say "$3: VET $single, written 0x55: $written, STATUS $status"
	check_eq "no wake" "$(wakes)" "$wakes"
	check_eq "still asleep after 10,000 accesses" "$(attr $FN state)" asleep
	check_eq "the guest's pcifront answers" \
		"$(guest_run "hexdump -n 4 -e '\"%08x\"' $GUEST_FN/config")" 10d38086
}

d0() {
	check "D0" pmcsr 0
	check_eq "awake" "$(attr $FN state)" active
	check_match "BAR 0 answers" "$(mmio_in_guest $STATUS)" '^0x[0-9a-f]{8} 0$'
	check_eq "and takes writes" "$(mmio_in_guest $VET 0x1234)" "0x00001234 0"
}

check "bound to pciback" bind_to_pciback $FN
check "another one as well" bind_to_pciback $TOP
check "module inserted" module_insert "devices=$FN,$TOP"
GUEST_MODULES=
check "guest starts" guest_start $FN
guest_run 'head -c 3 /dev/zero >/tmp/bytes; printf "\003" >>/tmp/bytes'
check "memory decode on" guest_run "echo 1 >$GUEST_FN/enable"
check_eq "BAR 0 takes writes" "$(mmio_in_guest $VET 0x1234)" "0x00001234 0"
log_mark

check "D3hot at the deepest" module_param devices "+$FN=d3hot"
check "D3hot" pmcsr 3
check "asleep" wait_for 5 is_state asleep
check_eq "in D3hot" "$(sysattr $FN power_state)" D3hot
accesses a b "in D3hot"
# Hardware would answer that as in D3cold; QEMU's NIC does not look.
check_eq "QEMU's function answers in D3hot" "$written" "0x00000055 0"
d0

check "D3cold as well" module_param devices "+$FN"
check "D3hot" pmcsr 3
check "asleep" wait_for 5 is_state asleep
check_eq "in D3cold" "$(sysattr $FN power_state)" D3cold
check "the port suspended" wait_for 5 port_is suspended
accesses c d "in D3cold"
# QEMU answers 0 where nobody does; a root port would answer all ones.
check_eq "nobody answers" "$single" "$NOBODY"
check_eq "also where it was written" "$written" "$NOBODY"
check_eq "each time" "$status" "$NOBODY"

# Of nobody's notice: another front end, dom0.
check "front end of the other one" fe_start $TOP
guest_send "mmio $GUEST_FN/resource0 $STATUS - 1000000"
reads=0
wrong=0
wakes=$(wakes)
for _ in $(seq 20); do
	[ "$(r 0 4)" = 0x10d38086 ] || wrong=$((wrong + 1))
	[ "$(setpci -s "${TOP#0000:}" 0.l)" = 10d38086 ] || wrong=$((wrong + 1))
	[ "$(setpci -s "${PORT#0000:}" 0.w)" = 1b36 ] || wrong=$((wrong + 1))
	reads=$((reads + 3))
done
check_eq "wrong answers to $reads config reads meanwhile" $wrong 0
check_eq "nobody answers throughout" "$(guest_answer)" "$NOBODY"
check_eq "no wake" "$(wakes)" "$wakes"
check_eq "still asleep" "$(attr $FN state)" asleep
check "front end leaves" fe_stop
d0
check_not "dom0 noticed nothing" logged 'AER|NMI|pcieport|Unsupported|Completion'
check "guest powers off" guest_stop
check "module removed" module_remove
scenario_end
