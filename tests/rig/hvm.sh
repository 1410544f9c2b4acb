# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# An HVM guest whose own driver has the NIC, with the patched QEMU in dom0. For
# scenarios with "# device-model: patched".

GUEST_TYPE=hvm
GUEST_TIMEOUT=60
GUEST_DEVICE_MODEL='device_model_override = "/rig/guest/qemu"
device_model_args = [ "-global", "xen-pci-passthrough.power_mgmt=on" ]'

# hvm_start: sets NIC, where the guest has it, and lets its driver save power
hvm_start() {
	guest_start $FN && hvm_nic
}

hvm_nic() {
	NIC=$(guest_run 'readlink -f /sys/class/net/eth0/device') &&
		guest_run "echo auto >$NIC/power/control"
}

# hvm_packets: the guest's interface comes up, and a ping through it is answered
hvm_packets() {
	guest_run 'ip link set eth0 up; ip addr add 10.0.2.15/24 dev eth0 2>/dev/null; for i in 1 2 3 4 5 6 7 8; do ping -c 1 -W 1 10.0.2.2 && exit 0; done; exit 1'
}

# hvm_idle: the guest's interface goes down, and the NIC to sleep
hvm_idle() {
	guest_run 'ip link set eth0 down' && wait_for 40 is_state asleep
}

# hvm_log: what QEMU has said about this guest
hvm_log() {
	cp /var/log/xen/qemu-dm-guest.log "$RIG/qemu.log"
	show "$RIG/qemu.log" qemu.log
}
