# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: how long a PME takes to a PV guest's driver, and what a guest costs that polls
# machine: iommu
# guest: pv
# timeout: 1500
# cycles: p q report
# xen-args: sched_ratelimit_us=0
#
# Dom0 and guest share the one processor, and Xen would have each of them wait for
# up to a millisecond, each time that it is to run.
#
# RIG_PMES of them each way.

. /rig/pme-steps.sh

PMES=$(cat /rig/pmes 2>/dev/null || echo 100)
MINUTES=10

# measure NAME: PMEs, and their steps for the host
measure() {
	check "$PMES PMEs, $1" pmes "$PMES" spread
	pme_steps >"$RIG/$1"
	check_eq "resumes" "$(wc -l <"$RIG/$1")" "$PMES"
	show "$RIG/$1" "$1"
}

# polls: how often the guest has read config space since pme_steps_begin
polls() {
	awk '$1 == "reads" { print $2 }' $TRACING/kprobe_profile
}

check "PME-capable function bound" pme_capable
check "module inserted" module_insert devices=$FN
check "each step is traced" pme_steps_begin
echo 'p:reads xen_pcibk_config_read' >>$TRACING/kprobe_events
GUEST_MODULES=
check "guest starts" guest_start $FN
check "its driver" guest_run "modprobe pm-client"
measure polling
check "the companion" guest_run "modprobe xen-pcifront-pme"
measure companion
check "the companion goes" guest_run "rmmod xen-pcifront-pme"

echo 1 >$TRACING/events/kprobes/reads/enable
check "asleep" wait_for 20 is_state asleep
before=$(wakes_in_all)
reads=$(polls)
mark p
check "lspci in the guest" guest_run "lspci -vvxxxx"
sleep $((MINUTES * 60))
mark q
reads=$(($(polls) - reads))
check_eq "$MINUTES minutes of polling" "$(attr $FN state)" asleep
check "the guest has polled: $reads reads" [ "$reads" -gt $((MINUTES * 60)) ]
echo "count wakes $(($(wakes_in_all) - before))" >"$RIG/samples"
show "$RIG/samples" samples
check "guest powers off" guest_stop
check "module removed" module_remove
scenario_end
