# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: reboot, shutdown, destruction of an HVM guest, or its QEMU killed, in any state, leaves a working device
# machine: iommu
# guest: hvm
# device-model: patched
# timeout: 2400
# slow: yes
#
# Each guest is what the next one is to the one before: its driver has to find a NIC
# that works, and to put it to sleep.

. /rig/hvm.sh

state_D0() {
	guest_packets && power_is D0
}

state_D3cold() {
	guest_packets && hvm_idle && asleep_in D3cold
}

# A PME has woken it, and the guest has not looked yet.
state_held() {
	state_D3cold && pme_fire acpi $FN && wait_for 5 is_state active
}

event_shutdown() {
	guest_stop
}

event_destroy() {
	guest_destroy
}

event_killed() {
	kill -9 "$(xenstore-read "/local/domain/$GUEST/image/device-model-pid")" &&
		sleep 3 && guest_destroy
}

rebooted() {
	[ "$(xl domid guest)" -gt "$GUEST" ]
}

event_reboot() {
	guest_log
	guest_send "reboot -f"
	POLL=1 wait_for 60 rebooted && guest_again && hvm_nic
}

check "PME-capable function bound" pme_capable
check "a guest without the module" hvm_start
check "packets pass" guest_packets
hvm_log
check_eq "QEMU says what is missing, once" "$(grep -c 'power_mgmt has no effect' "$RIG/qemu.log")" 1
check_not "and offers no PME" guest_run 'dmesg | grep "PME# supported"'
check "it powers off" guest_stop

check "module inserted" module_insert devices=$FN
GUEST_CONFIG='on_reboot = "restart"'
for state in D0 D3cold held; do
	for event in reboot shutdown destroy killed; do
		! guest_gone || check "$state, $event: a guest" hvm_start
		check "$state, $event: the state" "state_$state"
		check "$state, $event: the event" "event_$event"
		! guest_gone ||
			check "$state, $event: at rest" wait_for 30 at_rest
	done
done
check "a last guest" hvm_start
check "works as well" state_D3cold
check "packets pass" guest_packets
check "it powers off" guest_stop
check "module removed" module_remove
scenario_end
