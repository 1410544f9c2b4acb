# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: a PV guest with xen-pcifront-pme is told of a PME through xenstore, and its driver resumes before the next poll
# machine: iommu
# guest: pv
# timeout: 240

DEV=/sys/bus/pci/devices/0000:00:00.0
TRACING=/sys/kernel/tracing

node() {
	echo "/local/domain/0/backend/pci/$GUEST/0/pme-0"
}

counter_is() {
	[ "$(xenstore-read "$(node)")" = "$1" ]
}

guest_asleep() {
	guest_run "grep -q suspended $DEV/power/runtime_status"
}

# latencies: milliseconds from each PME to the guest's write of D0, in order
latencies() {
	awk '/xpm_pme:/ { sub(":", "", $4); at = $4 }
		/xpm_guest_write:/ && at && /pmcsr=0x...[048c] / {
			sub(":", "", $4); printf "%.1f\n", ($4 - at) * 1000; at = 0
		}' $TRACING/trace | sort -n
}

# median of the lines of a file
median() {
	sed -n "$((($(wc -l <"$1") + 1) / 2))p" "$1"
}

# pmes N: fires as many, each when the guest's driver has suspended again
pmes() {
	local i

	echo >$TRACING/trace
	for i in $(seq "$1"); do
		wait_for 20 is_state asleep || return
		wait_for 5 guest_asleep || return
		pme_fire acpi $FN
		wait_for 5 is_state active || return
	done
	wait_for 20 is_state asleep
}

mount -t tracefs tracefs $TRACING
check "PME-capable function bound" pme_capable
check "module inserted" module_insert devices=$FN
echo 1 >$TRACING/events/xen_pciback_pm/enable
check_not "no counter without a guest" xenstore-exists /local/domain/0/backend/pci
GUEST_MODULES=
check "guest starts" guest_start $FN
check "its driver" guest_run "modprobe pm-client"
check "a counter appears" wait_for 5 counter_is 0
check_match "which the guest may read, and not write" "$(xenstore-ls -p -f | grep "$(node) ")" "\\(n0,r$GUEST\\)"
check_not "the guest cannot write it" guest_run "xenstore-write $(node) 7"

# That driver suspends again by itself, soon after each resume.
check "ten PMEs, the guest polls" pmes 10
latencies >/run/rig/polling
show /run/rig/polling polling
check_eq "ten resumes" "$(wc -l </run/rig/polling)" 10
check "the counter" counter_is 10

check "the companion" guest_run "modprobe xen-pcifront-pme"
check "ten PMEs" pmes 10
latencies >/run/rig/told
show /run/rig/told told
check_eq "ten resumes" "$(wc -l </run/rig/told)" 10
check "the counter" counter_is 20
check_eq "PMEs in all" "$(attr $FN pme_count)" 20
say "median, ms: polling $(median /run/rig/polling), told $(median /run/rig/told)"
check "told is sooner than half a poll" awk -v told="$(median /run/rig/told)" -v polling="$(median /run/rig/polling)" "BEGIN { exit !(2 * told < polling) }"
check "the companion can go" guest_run "rmmod xen-pcifront-pme"
check "ten more, the guest polls again" pmes 3
check "the counter" counter_is 23
check_match "each wake was a PME's or the guest's" "$(wakes)" 'config 0 host [01] reset 0 sleep 0$'

check "module removed" module_remove
check_not "the counter with it" xenstore-exists "$(node)"
check "the guest's directory is still there" xenstore-exists "$(dirname "$(node)")/dev-0"
check "module inserted again" module_insert devices=$FN
check "a counter appears, from 0" wait_for 5 counter_is 0
check "guest powers off" guest_stop
check_not "nothing is left" xenstore-exists "$(node)"
check "module removed" module_remove
scenario_end
