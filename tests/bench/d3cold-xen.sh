# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: how long a guest's function takes into D3cold and out of it
# machine: iommu
# timeout: 600
# power: (10){144}
# qemu-args: -smp 1

. /rig/bin/d3cold-steps.sh

# Its guest writes PMCSR: D3hot with PME_En; D0, with PME_Status cleared.
guest() {
	case $1 in
	entry) echo "write 0 $PMCSR 2 0x0103" ;;
	exit) echo "write 0 $PMCSR 2 0x8000" ;;
	access) echo "write 0 12 1 16" ;;
	told) echo "until 0 $PMCSR 2 0x8000" ;;
	esac
}

steps_begin
check "module inserted" module_insert devices=$FN
for _ in 1 2; do
	measure_driver
	check "bound to pciback" bind_to_pciback $FN
	check "by its guest" measure guest $FN exit access told
	check "front end gone" wait_for 10 test ! -e /sys/bus/xen-backend/devices/pci-0-0
	check "taken from pciback" unbind_from_pciback $FN
done
steps_end guest
check "module removed" module_remove
scenario_end
