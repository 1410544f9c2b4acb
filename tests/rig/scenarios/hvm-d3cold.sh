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

armed() {
	check_eq "PME is armed" "$(attr $FN low_power)" wakeup
}

check "PME-capable function bound" pme_capable
check "module inserted" module_insert devices=$FN
check "guest starts" hvm_start
check_match "its kernel knows of PME" "$(guest_run 'dmesg | grep "PME# supported"')" 'D3hot$'
check_eq "for its owner QEMU keeps it awake" "$(attr $FN low_power)" 0
hvm_cycle armed
check_eq "and again" "$(attr $FN low_power)" 0
hvm_log
check_not "QEMU has nothing to say" grep -v '^$' "$RIG/qemu.log"
check "guest powers off" guest_stop
check "comes to rest" wait_for 20 at_rest
check "module removed" module_remove
scenario_end
