# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: an HVM guest's own e1000e puts its NIC into D3cold, its polling wakes nothing, a PME does
# machine: iommu
# guest: hvm
# device-model: patched
# timeout: 900
# slow: yes
# power: ^1?(01)?(01)?0pq1m0n1(01)?$
# cycles: p q 0
#
# Through contrib/qemu's patch: QEMU in dom0 writes low_power, and polls pme_count.

. /rig/hvm.sh

# The NIC as Xen has programmed it for the guest: MSI-X control, two vectors.
msix() {
	local word all

	all=$(setpci -s "${FN#0000:}" CAP_MSIX+2.w)
	for word in 0 4 8 12 16 20 24 28; do
		all="$all $(mmio "$(sysfs $FN)/resource3" $word | cut -d ' ' -f 1)"
	done
	echo "$all"
}

d0_seen() {
	guest_run "grep -q active $NIC/power/runtime_status"
}

check "PME-capable function bound" pme_capable
check "module inserted" module_insert devices=$FN
check "guest starts" hvm_start
check_match "its kernel knows of PME" "$(guest_run 'dmesg | grep "PME# supported"')" 'D3hot$'
check_eq "for its owner QEMU keeps it awake" "$(attr $FN low_power)" 0
check "packets pass" hvm_packets
check_match "by MSI-X" "$(guest_run 'grep eth0-rx /proc/interrupts')" 'eth0-rx-0'
before=$(msix)
check_match "enabled in hardware" "$before" '^[89a-f]... 0xfee'

check "the NIC is idle" hvm_idle
check_eq "PME is armed" "$(attr $FN low_power)" wakeup
check "in D3cold" asleep_in D3cold
check "the port as well" wait_for 10 port_is suspended
check_eq "for its guest in D3hot" "$(guest_run "cat $NIC/power_state")" D3hot
woken=$(wakes)
mark p
say "a minute of the guest's polling"
sleep 60
mark q
check_eq "has woken nothing" "$(wakes)" "$woken"
check_eq "config space reads in the guest" "$(guest_run "od -A n -t x2 -N 4 $NIC/config")" " 8086 10d3"
check_eq "and that neither" "$(wakes)" "$woken"

check "PME" pme_fire acpi $FN
check "the guest's driver resumes" wait_for 30 d0_seen
check_eq "one PME" "$(attr $FN pme_count)" 1
check_eq "D0" "$(attr $FN low_power) $(sysattr $FN power_state)" "0 D0"
check_eq "MSI-X as Xen had programmed it" "$(msix)" "$before"
check "packets pass" hvm_packets
mark m
check "idle again" hvm_idle
mark n
check "and up again, by the guest itself" hvm_packets
check_eq "no PME" "$(attr $FN pme_count)" 1
check_eq "MSI-X as Xen had programmed it" "$(msix)" "$before"
hvm_log
check_not "QEMU has nothing to say" grep -v '^$' "$RIG/qemu.log"
check "guest powers off" guest_stop
check "comes to rest" wait_for 20 at_rest
check "module removed" module_remove
scenario_end
