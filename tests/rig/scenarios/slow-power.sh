# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: power that comes late keeps a guest's write for 1.5 s and no longer, and caps the function at D3hot
# slot: slow=4000
# power: ^1?(01)*0a1b$
# timeout: 120

woken() {
	wakes | grep -q "^guest 1 "
}

check "bound to pciback" bind_to_pciback $FN
check "module inserted" module_insert devices=$FN
check "front end connects" fe_start $FN
check_eq "memory decode on" "$(w 4 2 6)" 0
fe_dump 4 >/run/rig/before
guest_d3hot
mark a
log_mark
# It is there after 2 s; so what has to come before that comes first.
(
	sleep 0.7
	attr $FN state >/run/rig/state
) &
first=$(w $PMCSR 1 0)
first_us=$(fe_us)
again=$(w $PMCSR 1 0)
again_us=$(fe_us)
wait $!
check_eq "D0 is refused" "$first" -3
say "after $first_us us"
check "after 1.5 s, and before the 2 s at which a guest gives up" [ "$first_us" -gt 1400000 -a "$first_us" -lt 1900000 ]
check_eq "another try" "$again" -3
check "does not wait at all" [ "$again_us" -lt 200000 ]
check_eq "state meanwhile" "$(cat /run/rig/state)" waking
check_eq "PowerState" "$(r $PMCSR 1)" 0x03
check_eq "a read" "$(r 0 4)" 0x10d38086
check "said once" [ "$(logged 'not awake after 1500 ms' | wc -l)" = 1 ]
# It sleeps again soon, since its guest was told no.
check "it comes in the end" wait_for 8 woken
check_eq "D0 is taken then" "$(w $PMCSR 1 0)" 0
fe_dump 4 >/run/rig/after
check "config space as before" cmp /run/rig/before /run/rig/after

guest_d3hot "again"
check_eq "no deeper than D3hot" "$(sysattr $FN power_state)" D3hot
check_match "blockers" "$(attr $FN blockers | tr '\n' ' ')" exceeded-wake-time
check_eq "D0" "$(w $PMCSR 1 0)" 0
mark b
check "front end leaves" fe_stop
check "module removed" module_remove
scenario_end
