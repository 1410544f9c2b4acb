# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: how long vfio-pci takes into D3cold and out of it, without Xen, on the same machine
# machine: bare
# timeout: 600
# power: (10){144}
# qemu-args: -smp 1 -device intel-iommu,intremap=on,aw-bits=48
# dom0-args: intel_iommu=on

. /rig/bin/d3cold-steps.sh

vfio() {
	case $1 in
	access) echo "vfio-read 8 4" ;;
	*) echo "vfio-$1" ;;
	esac
}

vfio_insert() {
	local file

	while read -r file; do
		insmod "/rig/bin/$file" || return
	done </rig/bin/vfio-modules
}

steps_begin
check "vfio-pci" vfio_insert
for _ in 1 2; do
	measure_driver
	sysattr $FN driver_override vfio-pci
	echo $FN >/sys/bus/pci/drivers_probe
	check_eq "bound to" "$(driver_of $FN)" vfio-pci
	check "by vfio-pci" measure vfio "-v $FN" exit access told
	unbind $FN
	sysattr $FN driver_override ""
done
steps_end vfio
scenario_end
