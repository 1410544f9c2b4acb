# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: shutdown, destroy, crash or hot-detach of a PV guest, in any state, leaves a working device
# machine: iommu
# guest: pv
# slot: slow=600
# timeout: 660
#
# A guest from which the function is detached gets it back for the next event,
# which saves a boot. One that goes in the middle of a wake has a CPU waiting in
# pcifront, so it needs another one to go by.

. /rig/pairs.sh

CONFIG=/sys/bus/pci/devices/0000:00:00.0/config

# pmcsr_command VALUE: one write of a word, as a driver's. xenstore-write takes
# one of two backslashes for itself.
pmcsr_command() {
	echo "printf '\\\\$(printf %o $(($1 & 0xff)))\\\\$(printf %o $(($1 >> 8)))' |" \
		"dd of=$CONFIG bs=2 seek=$((PMCSR / 2)) conv=notrunc 2>/dev/null"
}

# shellcheck disable=SC2034 # for guest_start()
owner_start() {
	GUEST_MODULES=
	GUEST_CONFIG=
	# shellcheck disable=SC2154 # pair() has it
	[ "$state" != waking ] || GUEST_CONFIG="vcpus = 2"
	if guest_gone; then
		guest_start $FN
	else
		xl pci-attach guest $FN &&
			guest_run "until test -e $CONFIG; do sleep 0.1; done"
	fi
}

owner_writes() {
	guest_run "$(pmcsr_command "$1")"
}

owner_posts() {
	guest_send "$(pmcsr_command "$1") &"
}

# What its kernel says from here on is not judged; see guest_stop().
event_detach() {
	guest_log
	xl pci-detach guest $FN
}

# pciback is done with the guest; the device's link on the bus goes before that.
no_back_end() {
	[ -z "$(find /sys/devices -maxdepth 2 -name 'pci-[0-9]*-[0-9]*')" ]
}

event_shutdown() {
	guest_stop && wait_for 20 no_back_end
}

event_destroy() {
	guest_destroy && wait_for 20 no_back_end
}

event_crash() {
	guest_log
	guest_send "echo c >/proc/sysrq-trigger"
	POLL=0.3 wait_for 30 guest_gone && wait_for 20 no_back_end
}

check "PME-capable function bound" pme_capable
events="detach shutdown destroy crash"
pairs_begin "$events"
check "module inserted" module_insert devices=$FN
pairs "D0 held D3hot D3cold waking" "$events"
check "module removed" module_remove
scenario_end
