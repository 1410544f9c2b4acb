# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: a PV guest with xen-pcifront-pme is told of a PME through xenstore, and its driver resumes before the next poll
# machine: iommu
# guest: pv
# timeout: 240

. /rig/pme-steps.sh

PMES=$(cat /rig/pmes 2>/dev/null || echo 10)

node() {
	echo "/local/domain/0/backend/pci/$GUEST/0/pme-0"
}

counter_is() {
	[ "$(xenstore-read "$(node)")" = "$1" ]
}

# quantile FILE COLUMN PERCENT
quantile() {
	awk -v c="$2" '$c != "-" { print $c }' "$1" | sort -n >/run/rig/sorted
	sed -n "$((($(wc -l </run/rig/sorted) * $3 + 99) / 100))p" /run/rig/sorted
}

# figures NAME: of what pme_steps has printed into /run/rig/NAME
figures() {
	local column=0 what

	show "/run/rig/$1" "$1"
	for what in "PME_Status" "host resumes" "host has resumed" "pme-0" \
		    "guest wrote D0" "guest's driver"; do
		column=$((column + 1))
		say "$1, ms to: $what: median $(quantile "/run/rig/$1" $column 50), 99th percentile $(quantile "/run/rig/$1" $column 99)"
	done
}

check "PME-capable function bound" pme_capable
check "module inserted" module_insert devices=$FN
check "each step is traced" pme_steps_begin
check_not "no counter without a guest" xenstore-exists /local/domain/0/backend/pci
GUEST_MODULES=
check "guest starts" guest_start $FN
check "its driver" guest_run "modprobe pm-client"
check "a counter appears" wait_for 5 counter_is 0
check_match "which the guest may read, and not write" "$(xenstore-ls -p -f | grep "$(node) ")" "\\(n0,r$GUEST\\)"
check_not "the guest cannot write it" guest_run "xenstore-write $(node) 7"

check "PMEs, the guest polls" pmes "$PMES"
pme_steps >/run/rig/polling
check_eq "resumes" "$(wc -l </run/rig/polling)" "$PMES"
check "the counter" counter_is "$PMES"

check "the companion" guest_run "modprobe xen-pcifront-pme"
check "PMEs" pmes "$PMES"
pme_steps >/run/rig/told
check_eq "resumes" "$(wc -l </run/rig/told)" "$PMES"
check "the counter" counter_is $((2 * PMES))
check_eq "PMEs in all" "$(attr $FN pme_count)" $((2 * PMES))
figures polling
figures told
check "told is sooner than half a poll" awk -v told="$(quantile /run/rig/told 5 50)" -v polling="$(quantile /run/rig/polling 5 50)" "BEGIN { exit !(2 * told < polling) }"
check "the companion can go" guest_run "rmmod xen-pcifront-pme"
check "three more, the guest polls again" pmes 3
check "the counter" counter_is $((2 * PMES + 3))
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
