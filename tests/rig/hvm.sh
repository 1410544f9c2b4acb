# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# An HVM guest whose own driver has the NIC, with the patched QEMU: in dom0, for
# scenarios with "# device-model: patched", or after hvm_in_stubdomain in a
# stubdomain, for those with "# device-model: stubdomain".

GUEST_TYPE=hvm
GUEST_TIMEOUT=60
GUEST_DEVICE_MODEL='device_model_override = "/usr/libexec/qemu-patched"
device_model_args = [ "-global", "xen-pci-passthrough.power_mgmt=on" ]'

hvm_in_stubdomain() {
	GUEST_DEVICE_MODEL='device_model_version = "qemu-xen"
device_model_stubdomain_override = 1
stubdomain_kernel = "/rig/guest/vmlinux"
stubdomain_ramdisk = "/rig/guest/stubdomain"
stubdomain_memory = 320
device_model_args = [ "-global", "xen-pci-passthrough.power_mgmt=on" ]'
}

# hvm_start: sets GUEST_FN, where the guest has it, and lets its driver save power
hvm_start() {
	guest_start $FN && hvm_nic
}

hvm_nic() {
	GUEST_FN=$(guest_run 'readlink -f /sys/class/net/eth0/device') &&
		guest_saves_power
}

# hvm_idle: the guest's interface goes down, and the NIC to sleep. The driver looks
# for a link when its interface goes, and may still see one, on a slow machine.
hvm_idle() {
	local try

	for try in 1 2 3; do
		guest_link_down
		wait_for 20 is_state asleep && return
		guest_run 'ip link set eth0 up; sleep 3'
	done
	return 1
}

# hvm_msix: the NIC as Xen has programmed it: MSI-X control, two vectors
hvm_msix() {
	local word all

	all=$(setpci -s "${FN#0000:}" CAP_MSIX+2.w)
	for word in 0 4 8 12 16 20 24 28; do
		all="$all $(mmio "$(sysfs $FN)/resource3" $word | cut -d ' ' -f 1)"
	done
	echo "$all"
}

# hvm_cycle [COMMAND...]: from packets that pass to D3cold, by the guest's driver, a
# minute of its polling between the marks p and q, the command, and back by a PME
hvm_cycle() {
	local msix woken

	check "packets pass" guest_packets
	check_match "by MSI-X" "$(guest_run 'grep eth0-rx /proc/interrupts')" 'eth0-rx-0'
	msix=$(hvm_msix)
	check_match "enabled in hardware" "$msix" '^[89a-f]... 0xfee'
	check "the NIC is idle" hvm_idle
	check "in D3cold" asleep_in D3cold
	check "the port as well" wait_for 10 port_is suspended
	check_eq "for its guest in D3hot" "$(guest_run "cat $GUEST_FN/power_state")" D3hot
	woken=$(wakes)
	mark p
	say "a minute of the guest's polling"
	sleep 60
	mark q
	check_eq "has woken nothing" "$(wakes)" "$woken"
	check_eq "config space reads in the guest" "$(guest_run "od -A n -t x2 -N 4 $GUEST_FN/config")" " 8086 10d3"
	check_eq "and that neither" "$(wakes)" "$woken"
	[ $# = 0 ] || "$@"
	check "PME" pme_fire acpi $FN
	check "the guest's driver resumes" wait_for 30 guest_runtime_is active
	check_eq "one PME" "$(attr $FN pme_count)" 1
	check_eq "in D0" "$(sysattr $FN power_state)" D0
	check_eq "MSI-X as Xen had programmed it" "$(hvm_msix)" "$msix"
	check "packets pass" guest_packets
	mark m
	check "idle again" hvm_idle
	mark n
	check "and up again, by the guest itself" guest_packets
	check_eq "no PME" "$(attr $FN pme_count)" 1
	check_eq "MSI-X as Xen had programmed it" "$(hvm_msix)" "$msix"
}

# hvm_log: what QEMU in dom0 has said about this guest
hvm_log() {
	cp /var/log/xen/qemu-dm-guest.log "$RIG/qemu.log"
	show "$RIG/qemu.log" qemu.log
}
