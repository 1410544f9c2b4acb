# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: a PME is told once in pme-N, uevent and tracepoint, and too many of them keep the function awake
# timeout: 240

TRACING=/sys/kernel/tracing
NODE=/local/domain/0/backend/pci/0/0/pme-0

counter_is() {
	[ "$(xenstore-read $NODE)" = "$1" ]
}

counter_is_gone() {
	! xenstore-exists $NODE
}

traced() {
	grep -c " $1: " $TRACING/trace
}

# asleep_and_fire: a PME as soon as the function sleeps
asleep_and_fire() {
	POLL=0.02 wait_for 5 is_state asleep && pme_fire acpi $FN
}

pme_seen() {
	[ "$(attr $FN pme_count)" -ge "$1" ]
}

# polled: what poll() on pme_count has shown so far
polled() {
	tr '\n' ' ' </run/rig/polled | sed 's/ $//'
}

polled_is() {
	[ "$(polled)" = "$1" ]
}

mount -t tracefs tracefs $TRACING
check "PME-capable function bound" pme_capable
uevents_start
check "module inserted" module_insert devices=$FN
echo 1 >$TRACING/events/xen_pciback_pm/enable
check "uevent: hooked" wait_for 5 grep -q "^hooked owner= target= count=0 $FN" /run/rig/uevents
check "front end connects" fe_start $FN
check_eq "PME_En" "$(w $PMCSR 2 0x0100)" 0
check "the counter appears" wait_for 5 counter_is 0
attr-poll "$(sysfs $FN)/xen_pciback_pm/pme_count" >/run/rig/polled 2>&1 &
poller=$!
guest_d3hot
sleep 1
check_eq "poll() on pme_count has not returned" "$(polled)" 0
check "PME" pme_fire acpi $FN
check "counted" wait_for 5 counter_is 1
check "poll() returns, once" wait_for 5 polled_is "0 1"
check_bit "PME_Status was there before" "$(r $PMCSR 2)" 0x8000 0x8000
check "uevent" wait_for 5 grep -q "^pme owner=0 target= count=1 $FN" /run/rig/uevents
check_eq "tracepoint" "$(traced xpm_pme)" 1
check "and a wake by it" grep -q "xpm_wake: $FN from=D3cold cause=pme alive=1" $TRACING/trace
check "while PME_Status is set" wait_for 10 is_state asleep
check "one more" pme_fire acpi $FN
sleep 1
check_eq "is not an event" "$(xenstore-read $NODE)" 1
check_eq "nor a uevent" "$(grep -c ^pme /run/rig/uevents)" 1
check_eq "nor does poll() return" "$(polled)" "0 1"

say "a storm"
check_eq "PME_Status cleared" "$(w $PMCSR 2 0x8103)" 0
log_mark
began=$(now_ms)
for i in $(seq 70); do
	asleep_and_fire || break
	wait_for 5 pme_seen $((i + 1)) || break
	w $PMCSR 2 0x8103 >/dev/null
done
check_eq "seventy PMEs, none lost" "$(attr $FN pme_count)" 71
check "counted" wait_for 5 counter_is 71
check_eq "said once at most" "$(logged 'PMEs a second' | wc -l | sed 's/^[01]$/0 or 1/')" "0 or 1"
check "no more than one uevent a second" [ "$(grep -c ^pme /run/rig/uevents)" -le $((($(now_ms) - began) / 1000 + 2)) ]
check "poll() returned for the last one" wait_for 5 eval '[ "$(tail -n 1 /run/rig/polled)" = 71 ]'
check "and not more often than for each" [ "$(wc -l </run/rig/polled)" -le 72 ]
kill $poller
check "the last one has the count" wait_for 5 grep -q "^pme owner=0 target= count=71 $FN" /run/rig/uevents

check "front end leaves" fe_stop
check_not "the counter is gone" xenstore-exists $NODE
check "the next one connects" fe_start $FN
check_eq "and looks" "$(r 0 2)" 0x8086
check "from 0" wait_for 5 counter_is 0
check "the list is emptied" module_param devices ""
check "the counter goes with it" wait_for 5 counter_is_gone
check "the back end does not" xenstore-exists /local/domain/0/backend/pci/0/0/dev-0
check "uevent: unhooked" wait_for 5 grep -q "^unhooked" /run/rig/uevents
check "front end leaves" fe_stop
check "module removed" module_remove
uevents_stop
scenario_end
