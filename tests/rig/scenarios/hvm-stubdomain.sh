# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: an HVM guest puts its NIC into D3cold and a PME wakes it, with QEMU in a Linux stubdomain
# machine: iommu
# guest: hvm
# device-model: stubdomain
# timeout: 900
# slow: yes
# power: ^1?(01)?0pq1m0n1(01)?$
#
# What libxl and QEMU 7.2 lack for that: the stubdomain has to find the function
# where the host has it (passthrough=1), and to enable MSI-X. Config cycles are not
# looked at: that makes the machine too slow for libxl's time limits.

. /rig/hvm.sh

armed() {
	check_eq "PME is armed" "$(attr $FN pme_enabled)" 1
	check_eq "low_power is out of it" "$(attr $FN low_power)" auto
}

stubdomain() {
	xl domid guest-dm
}

hvm_in_stubdomain
check "xen-pciback keeps addresses" modprobe xen-pciback passthrough=1
check "PME-capable function bound" pme_capable
echo $FN >/sys/bus/pci/drivers/pciback/allow_interrupt_control
check "module inserted" module_insert devices=$FN
check "guest starts" hvm_start
check_eq "the stubdomain owns the NIC, for the guest" \
	"$(attr $FN owner) $(attr $FN target)" "$(stubdomain) $GUEST"
check_match "the guest's kernel knows of PME" "$(guest_run 'dmesg | grep "PME# supported"')" 'D3hot$'
hvm_cycle armed
check "guest powers off" guest_stop
check_not "its stubdomain as well" stubdomain
check "comes to rest" wait_for 20 at_rest
check "module removed" module_remove
scenario_end
