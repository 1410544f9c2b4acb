# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: a PME of its NIC wakes an HVM guest from S3
# machine: iommu
# guest: hvm
# device-model: patched
# timeout: 900
# slow: yes
#
# After S3 a Linux HVM guest does not hear of xenstore any more, so its console
# tells what it does.

. /rig/hvm.sh

# Where Xen tells Linux 6.1 of events by a vector, it happens that it does not any more
# after S3: "xl debug-keys q" has upcall_pend=01 upcall_mask=00 of a processor that is
# halted with interrupts enabled. The guest's timer is such an event, and its driver's
# resume has no end then.
GUEST_ARGS=xen_no_vector_callback
CONSOLE=/var/log/xen/console/guest-guest.log

in_s3() {
	xl qemu-monitor-command "$GUEST" "info status" | grep -q suspended
}

left_s3() {
	! in_s3
}

check "PME-capable function bound" pme_capable
check "module inserted" module_insert devices=$FN
check "guest starts" hvm_start
check "packets pass" guest_packets
check "its NIC may wake it" guest_run "echo enabled >$GUEST_FN/power/wakeup"
guest_send 'ip link set eth0 down; echo deep >/sys/power/mem_sleep; echo mem >/sys/power/state
	ip link set eth0 up; for i in 1 2 3 4 5 6 7 8; do ping -c 1 -W 1 10.0.2.2 && echo packets pass >/dev/console && break; done'
check "the guest goes to S3" wait_for 120 in_s3
check "its NIC sleeps" wait_for 10 is_state asleep
check_eq "and is armed" "$(attr $FN low_power)" wakeup
check_not "the guest as well" grep -q "PM: suspend exit" $CONSOLE
check "PME" pme_fire acpi $FN
check "the guest leaves S3" wait_for 60 left_s3
check "its kernel has thawed" wait_for 60 grep -q "PM: suspend exit" $CONSOLE
check "packets pass" wait_for 60 grep -q "packets pass" $CONSOLE
check_eq "D0" "$(attr $FN low_power) $(sysattr $FN power_state)" "0 D0"
hvm_log
check "guest gone" guest_destroy
check "comes to rest" wait_for 30 at_rest
check "module removed" module_remove
scenario_end
