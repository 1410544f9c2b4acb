# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: a virtual function is refused; a physical function sleeps only without any
# qemu-args: -device pcie-root-port,id=rp2,addr=3.0,chassis=2,slot=2,hotplug=off -device nvme-subsys,id=sub
# qemu-args: -device nvme,bus=rp2,serial=rig,subsys=sub,sriov_max_vfs=2,sriov_vq_flexible=4,sriov_vi_flexible=2,max_ioqpairs=6,msix_qsize=5

FN=0000:02:00.0
VF=0000:02:00.1

# Its own driver alone can enable VFs and disable them; it leaves them when it
# is unbound.
vfs() {
	unbind $FN
	modprobe nvme
	[ "$(driver_of $FN)" = nvme ] || echo $FN >/sys/bus/pci/drivers/nvme/bind
	sysattr $FN sriov_drivers_autoprobe 0
	sysattr $FN sriov_numvfs "$1"
}

check "two virtual functions" vfs 2
check "found" test -d "$(sysfs $VF)"
check "the physical one bound to pciback" bind_to_pciback $FN
check_eq "which leaves them" "$(sysattr $FN sriov_numvfs)" 2
# But pciback's reset took them away in hardware, and that of a virtual one
# would wait for it for a minute.
sysattr $VF reset_method ""
# Without this the kernel lets no driver at all have one.
sysattr $FN sriov_drivers_autoprobe 1
# Not before: pciback lets go of each whose physical function is unbound.
check "a virtual one as well" bind_to_pciback $VF
found=$(usage $FN)
log_mark
check "module inserted" module_insert devices=$VF,$FN
check "refused, with reason and remedy" logged "$VF: .*not hooked: it is a virtual function, .*: name its physical function, or nothing"
check_not "no attributes" is_hooked "$VF"
check_eq "the physical one is hooked" "$(sysattr $FN power/control)" auto

PMCSR=$(($(cap_offset $FN 01) + 4))
# Longer than all that lets a function sleep.
sleep 4
check_eq "nobody's, it is awake" "$(attr $FN state)" active
check "front end connects" fe_start $FN
check_eq "D3hot written" "$(w $PMCSR 1 3)" 0
sleep 4
check_eq "stays awake" "$(attr $FN state)" active
check_bit "in D0" "0x$(setpci -s "${FN#0000:}" CAP_PM+4.b)" 3 0
check_eq "PowerState" "$(r $PMCSR 1)" 0x03
check_match "blockers" "$(blockers)" '(^| )virtual-functions '
check_eq "D0 written" "$(w $PMCSR 1 0)" 0
check "front end leaves" fe_stop

check "the virtual one given up" unbind_from_pciback $VF
check "no virtual functions" vfs 0
check_not "they are gone" test -d "$(sysfs $VF)"
check "bound to pciback again" bind_to_pciback $FN
check "named with d3hot" module_param devices "$FN=d3hot"
check "front end connects" fe_start $FN
check_bit "which leaves NoSoftRst to see" "$(r $PMCSR 2)" 0x0008 0x0008
check "named without" module_param devices "$FN"
why 'guest-read-no-soft-reset: '
guest_d3hot
check_eq "in D3hot" "$(sysattr $FN power_state)" D3hot
guest_d0
check "front end leaves" fe_stop
check "module removed" module_remove
check_eq "usage count" "$(usage $FN)" "$found"
scenario_end
