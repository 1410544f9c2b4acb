# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: a function that nobody owns sleeps, its port with it, and is awake for whoever comes
# power: ^1?(01)*0a1b0c1d0e1f0g1h0i
# timeout: 300

# asleep_unowned WHEN
asleep_unowned() {
	check "asleep $1" wait_for 10 at_rest
	check_eq "in D3cold" "$(sysattr $FN power_state)" D3cold
	check "the port as well" wait_for 5 port_is suspended
	check_eq "D0 for whoever comes" "$(attr $FN guest_state)" D0
	check_eq "blockers" "$(attr $FN blockers)" ""
	check_eq "usage count" "$(usage)" 0
}

# works_at_once: what an owner does first finds the function awake
works_at_once() {
	local wakes

	wakes=$(wakes)
	check_eq "its first read" "$(r 0 4)" 0x10d38086
	check_eq "PowerState and PME bits" "$(r $PMCSR 2)" 0x0000
	check_eq "its first write" "$(w 4 2 6)" 0
	bar=$(r 0x10 4)
	check_match "BAR 0" "$bar" '^0x[0-9a-f]*0$'
	check_not "it answers" [ "$(devmem $((bar + 8)) 32)" = 0xFFFFFFFF ]
	check_eq "no wake for that" "$(wakes)" "$wakes"
	check_eq "usage count" "$(usage)" 1
}

# stays_awake SECONDS: longer than an unowned function does
stays_awake() {
	sleep "$1"
	check_eq "still awake after $1 s" "$(attr $FN state)" active
	check_eq "usage count" "$(usage)" 1
}

check "bound to pciback" bind_to_pciback $FN
usage=$(usage)
check "module inserted" module_insert devices=$FN
asleep_unowned "after the hook"
mark a
check "front end connects" fe_start $FN
mark b
check_eq "woken by the host" "$(woken_by host)" 1
works_at_once
stays_awake 5
check "leaves" fe_stop
asleep_unowned "after the owner has left"
mark c

check "another connects" fe_start $FN
mark d
check_eq "woken by the host" "$(woken_by host)" 2
works_at_once
fe_cmd detach 0
check_match "hot-detached" "$(fe_last)" '^0 0 '
asleep_unowned "while detached"
mark e
fe_cmd attach 0
check_match "hot-attached" "$(fe_last)" '^0 0 '
mark f
check_eq "woken by the host" "$(woken_by host)" 3
works_at_once
stays_awake 5
check "leaves" fe_stop
asleep_unowned "after that one as well"
mark g

check "libxl gives it to a domain" claim 7
check "awake" wait_for 5 is_state active
check_eq "owner" "$(attr $FN owner)" 7
check_eq "woken by the host" "$(woken_by host)" 4
mark h
check_match "blockers" "$(attr $FN blockers | tr '\n' ' ')" '^guest-d0 '
stays_awake 5
check "to another" claim 8
check "that one's" wait_for 5 owned_by 8
stays_awake 5
check "libxl takes it back" claim
check "nobody's" wait_for 5 owned_by none
asleep_unowned "after that"
mark i
check_match "woken by nothing else" "$(wakes)" '^guest 0 pme 0 config 0 host 4 reset 0 sleep 0$'

# Not a domain: not a claim.
for domid in x '' 32752 99999; do
	check "nonsense: $domid" claim "$domid"
	sleep 0.5
	check_eq "owner" "$(attr $FN owner)" none
done
claim

# As libxl does it for PV guests: both.
wakes=$(woken_by host)
claim 0
check "front end connects" fe_start $FN
works_at_once
check "leaves" fe_stop
check_eq "still claimed" "$(attr $FN owner)" 0
stays_awake 5
claim
asleep_unowned "after both"

# Around the time at which an unowned function falls asleep, and at once.
for delay in 0 0 0 2.9 3 3.05 3.1 3.2 3.3 0 0.1; do
	claim 7
	claim
	claim 9
	claim
	sleep $delay
done
for _ in $(seq 50); do
	claim 7
	claim
done
asleep_unowned "after many claims"
for delay in 3 3.05 3.1 3.2; do
	claim 7
	claim
	sleep $delay
	claim 7
	check "claimed after $delay s, awake" wait_for 5 is_state active
	check_eq "usage count" "$(usage)" 1
	claim
done

# A claim that is there already when the function is hooked.
claim 7
check "module removed" module_remove
check_eq "usage count as found" "$(usage)" "$usage"
check "module inserted" module_insert devices=$FN
stays_awake 5
check_eq "owner" "$(attr $FN owner)" 7
claim
asleep_unowned "afterwards"
check "module removed" module_remove
check_eq "usage count as found" "$(usage)" "$usage"
check_eq "power/control as found" "$(sysattr $FN power/control)" on
scenario_end
