# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: MSI-X that a PV guest has enabled works after D3cold
# machine: iommu
# guest: pv
# timeout: 240
# power: ^1?(01)?a0b1c0d1
#
# The guest's own driver cannot be asked to take its MSI-X through D3, see
# guest-driver. So the guest writes PMCSR by hand while its driver has the
# interface down with the vectors still enabled.

# pmcsr VALUE: the guest writes the low byte of PMCSR. Its shell cannot print a
# NUL, so the byte comes out of a file with all of them.
pmcsr() {
	guest_run "dd if=/tmp/bytes of=$GUEST_FN/config bs=1 count=1 skip=$1 seek=$((PMCSR)) conv=notrunc"
}

interrupts() {
	guest_run "awk '/eth0/ { n += \$2 } END { print n }' /proc/interrupts"
}

check "bound to pciback" bind_to_pciback $FN
check "module inserted" module_insert devices=$FN
check "guest starts" guest_start $FN
guest_run 'head -c 3 /dev/zero >/tmp/bytes; printf "\003" >>/tmp/bytes'
check "packets pass" guest_packets
check_match "by MSI-X" "$(guest_run 'grep eth0-rx /proc/interrupts')" 'eth0-rx-0'
table=$(setpci -s "${FN#0000:}" CAP_MSIX+2.w)
check_match "enabled in hardware" "$table" '^[89a-f]'

for marks in "a b" "c d"; do
	check "interface down" guest_link_down
	mark "${marks% *}"
	check "D3hot" pmcsr 3
	check "asleep" wait_for 5 is_state asleep
	check_eq "in D3cold" "$(sysattr $FN power_state)" D3cold
	mark "${marks#* }"
	check "D0" pmcsr 0
	check_eq "awake" "$(attr $FN state)" active
	check_eq "MSI-X control is back" "$(setpci -s "${FN#0000:}" CAP_MSIX+2.w)" "$table"
	before=$(interrupts)
	check "packets pass" guest_packets
	check_match "by interrupts" $(($(interrupts) - before)) '^[1-9]'
done
check "guest powers off" guest_stop
check "module removed" module_remove
scenario_end
