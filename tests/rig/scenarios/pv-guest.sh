# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: a PV guest drives the function that was passed through to it
# machine: iommu
# guest: pv

check "bound to pciback" bind_to_pciback $FN
check "guest starts" guest_start $FN
say "guest takes commands"
check_match "the guest sees it" "$(guest_run 'cat /sys/bus/pci/devices/*/vendor')" 0x8086
check_match "its driver" "$(guest_run 'ls -d /sys/bus/pci/drivers/e1000e/*:*')" ':00\.0'
check "packets pass" guest_packets
say "$(guest_run 'ping -c 5 -i 0.2 10.0.2.2' | tail -n 2 | head -n 1)"
check_eq "status of a command that fails" "$(guest_run 'exit 3' || echo $?)" 3
check "guest is destroyed" guest_destroy
check_eq "nothing left in xenstore" "$(xenstore-ls /local/domain/0/backend/pci | grep -c dev-0)" 0
check_eq "pciback has the function again" "$(driver_of $FN)" pciback
scenario_end
