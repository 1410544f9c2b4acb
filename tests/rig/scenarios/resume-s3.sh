# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: the example of a udev rule wakes an HVM guest from S3 when its device wakes
# guest: hvm
# init: systemd
# timeout: 900
# slow: yes
#
# QEMU in dom0 keeps PME from its guest, so dom0 has the device armed (low_power).
# To save time the guest does not get the device; it has it by libxl's note alone.
# After S3 a Linux HVM guest does not hear of xenstore any more, so its console
# tells that it runs.

CONSOLE=/var/log/xen/console/guest-guest.log

in_s3() {
	xl qemu-monitor-command "$GUEST" "info status" | grep -q suspended
}

left_s3() {
	! in_s3
}

idle() {
	[ "$(systemctl show --property=ActiveState --value "xen-pciback-pm-resume@$GUEST")" = inactive ]
}

busy() {
	! idle
}

armed() {
	attr $FN low_power wakeup && wait_for 5 is_state asleep
}

check "PME-capable function bound" pme_capable
check "module inserted" module_insert devices=$FN
GUEST_TYPE=hvm GUEST_MODULES='' GUEST_TIMEOUT=120
check "guest starts" guest_start
claim "$GUEST"
check "the device is its" wait_for 5 owned_by "$GUEST"

say "a guest that runs"
check "armed" armed
check "PME" pme_fire acpi $FN
check "is looked at" wait_for 20 busy
check "answered" attr $FN low_power 0
check "nothing more to look at" wait_for 60 idle
check "the guest runs on" guest_run true

say "a guest in S3"
check "armed" armed
guest_send 'echo deep >/sys/power/mem_sleep; echo mem >/sys/power/state'
check "the guest goes to S3" wait_for 120 in_s3
check_eq "the device sleeps" "$(attr $FN state)" asleep
check_not "the guest as well" grep -q "PM: suspend exit" $CONSOLE
check "PME" pme_fire acpi $FN
check "the guest leaves S3" wait_for 60 left_s3
check "and its kernel has thawed" wait_for 60 grep -q "PM: suspend exit" $CONSOLE
check "guest gone" guest_destroy
check "module removed" module_remove
scenario_end
