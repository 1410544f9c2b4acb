# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: a bridge, and a function with ATS enabled, are refused with the reason; one that gets ATS later stays awake
# qemu-args: -global ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off
# qemu-args: -device pcie-root-port,id=rp2,addr=3.0,chassis=2,slot=2
# qemu-args: -device virtio-net-pci,bus=rp2,disable-legacy=on,iommu_platform=on,ats=on,romfile=
# qemu-args: -device pcie-root-port,id=rp3,addr=4.0,chassis=3,slot=3,hotplug=off

FN=0000:02:00.0
BRIDGE=0000:00:04.0

# Xen enables it, and dom0's kernel does not know.
ats() {
	setpci -s "${FN#0000:}" "ECAP000F+6.w=$1"
}

not_hooked() {
	check_not "no attributes" is_hooked "$1"
	check_eq "power/control untouched" "$(sysattr "$1" power/control)" "$2"
}

check "bound to pciback" bind_to_pciback $FN
check "a bridge as well" bind_to_pciback $BRIDGE
control=$(sysattr $BRIDGE power/control)
check "ATS enabled" ats 8000
check_eq "in hardware" "$(setpci -s "${FN#0000:}" ECAP000F+6.w)" 8000
log_mark
check "module inserted" module_insert devices=$BRIDGE,$FN
check "bridge refused, with reason and remedy" logged "$BRIDGE: .*not hooked: it is a bridge: name the functions below it"
not_hooked $BRIDGE "$control"
check "ATS refused, with reason and remedy" logged "$FN: .*not hooked: ATS is enabled, .*: boot Xen without ats"
not_hooked $FN on
why 'refused: .*ATS is enabled.* remedy: boot Xen without ats'
why 'refused: .*it is a bridge remedy: name the functions below it' $BRIDGE
check_eq "ATS is as it was" "$(setpci -s "${FN#0000:}" ECAP000F+6.w)" 8000

check "ATS off" ats 0000
check "taken out of the list" module_param devices "-$FN"
check "named again" module_param devices "+$FN"
check_eq "hooked" "$(sysattr $FN power/control)" auto
PMCSR=$(($(cap_offset $FN 01) + 4))
check "front end connects" fe_start $FN
guest_d3hot
guest_d0
check "ATS enabled under the guest" ats 8000
check_eq "D3hot written" "$(w $PMCSR 1 3)" 0
# Longer than all that lets a function sleep.
sleep 4
check_eq "stays awake" "$(attr $FN state)" active
check_bit "in D0" "0x$(setpci -s "${FN#0000:}" CAP_PM+4.b)" 3 0
check_match "blockers" "$(blockers)" '(^| )ats '
why 'ats: .*remedy: boot Xen without ats'
why 'port-stays-on: .*inferred, hotplug port: 0000:00:03\.0 is a hotplug port'
check_eq "PowerState" "$(r $PMCSR 1)" 0x03
check "ATS off" ats 0000
guest_d0
guest_d3hot "once more"
guest_d0
why 'not of xen-pciback: it is bound to pcieport, ' 0000:00:03.0
say "the log is not kept for ever"
dmesg -c >/dev/null
why 'named, not taken: .*remedy: write the list again' $BRIDGE
check "front end leaves" fe_stop
check "module removed" module_remove
scenario_end
