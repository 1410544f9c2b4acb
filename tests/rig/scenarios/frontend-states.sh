# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: a front end that moves its xenstore state about at will gains nothing
# power: ^1?(01)*0a101b0c1d
# timeout: 180
#
# Not among its moves: state 0, or a state that is gone, which is how the front
# end of a dead domain looks.

OTHER=0000:00:1f.3

back_state() {
	xenstore-read /local/domain/0/backend/pci/0/0/state
}

back_state_is() {
	[ "$(back_state)" = "$1" ]
}

# moves STATE...: 200 of them
moves() {
	local made=""

	for _ in $(seq 200); do
		random $#
		eval "made=\"\$made \${$((RANDOM_N + 1))}\""
		fe_cmd state "${made##* }"
		random 3
		[ "$RANDOM_N" -gt 0 ] || sleep 0.02
	done
	say "moves:$made"
}

still_asleep() {
	check_eq "still asleep" "$(attr $FN state)" asleep
	check_eq "in D3cold" "$(sysattr $FN power_state)" D3cold
	check_eq "no wakes" "$(wakes)" "$wakes"
	check_eq "owner" "$(attr $FN owner)" 0
}

check "bound to pciback" bind_to_pciback $FN
check "another function, too" bind_to_pciback $OTHER
check "module inserted" module_insert devices=$FN
check "front end connects" fe_start $FN
check_eq "memory decode on" "$(w 4 2 6)" 0
guest_d3hot
mark a
wakes=$(wakes)

# What the toolstack does by the front end's leave is not the front end's doing:
# it detaches nothing.
for _ in 1 2 3; do
	xenstore-write /local/domain/0/backend/pci/0/0/state 7
	fe_cmd state 7
	check "reconfigured" wait_for 5 back_state_is 8
	fe_cmd state 4
	check "connected" wait_for 5 back_state_is 4
done
still_asleep
for _ in $(seq 50); do
	fe_cmd state 7
	fe_cmd state 4
done
check_eq "Reconfiguring alone: back end's state" "$(back_state)" 4
still_asleep
check_eq "the front end is served all the same" "$(r $PMCSR 1)" 0x03

# First such moves as leave the back end connected.
moves 1 2 3 4 7 8
still_asleep
check_eq "the front end is served all the same" "$(r $PMCSR 1)" 0x03
moves 1 2 3 4 5 6 7 8
# xenwatch, which all of this runs in, still serves others.
check "another front end connects" eval "FE=1 FE_TIMEOUT=5 fe_start $OTHER"
still_asleep
# Both are of the same domain, all of whose functions are woken by this.
check "and leaves" eval "FE=1 fe_stop"
check "asleep again" wait_for 5 is_state asleep

reset=$(woken_by reset)
check "killed" fe_kill
check "and reaped" fe_reap
check_eq "owner" "$(attr $FN owner)" none
check_eq "woken for the reset" $(($(woken_by reset) - reset)) 1
mark b
check "comes to rest" wait_for 10 at_rest
mark c
check_eq "usage count" "$(usage)" 0
check "the next owner connects" fe_start $FN
mark d
check_eq "PowerState and PME bits" "$(r $PMCSR 2)" 0x0000
check_eq "and can use it" "$(w 4 2 6)" 0
guest_d3hot
check_eq "D0" "$(w $PMCSR 1 0)" 0
check "leaves" fe_stop
check "module removed" module_remove
scenario_end
