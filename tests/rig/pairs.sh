# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# What becomes of a function whose owner goes, as a table: a row for each state
# that the function is in, a column for each way to go. The scenario says who the
# owner is:
#
#   owner_start          an owner gets the function
#   owner_writes VALUE   and writes PMCSR
#   owner_posts VALUE    likewise, without waiting for the end of that
#   event_NAME           the owner goes; sets rebound if pciback was bound
#                        to the function anew
#
# and has "# slot: slow=600": a wake that takes a while is a state of its own.
# The function needs PME (pme_capable).

# So much longer than with stock, in D0, an event may take: far less than the 65 s
# of a reset that waits for a function without power.
EVENT_MS=10000

# In every state the guest wants PMEs, so that what is left of that shows.
state_D0() {
	owner_writes 0x0100 && [ "$(attr $FN state)" = active ]
}

state_D3cold() {
	state_D0 && owner_writes 0x0103 && wait_for 5 asleep_in D3cold
}

# The entry that names the function has the option; see pair().
state_D3hot() {
	state_D0 && owner_writes 0x0103 && wait_for 5 asleep_in D3hot
}

# Awake for a while, although its guest has it in D3hot.
state_held() {
	state_D3cold && pme_fire acpi $FN && wait_for 5 is_state active &&
		[ "$(attr $FN guest_state)" = D3hot ] &&
		[ "$(attr $FN pme_count)" -gt 0 ]
}

state_waking() {
	state_D3cold && owner_posts 0x0100 &&
		wait_for 5 is_state waking
}

# config_but_pm: config space but for the PM capability, which the module shows
# in a way of its own
config_but_pm() {
	fe_dump 4 | grep -v '^0c0:'
}

# config_of_next FILE: what the next owner finds
config_of_next() {
	check "a front end connects, for $1" fe_start $FN
	config_but_pm >"/run/rig/$1"
	w 4 2 6 >/dev/null
	check "and leaves" fe_stop
}

# pairs_begin EVENTS: before the module, how long the events take with stock, and
# what that leaves to the next owner
pairs_begin() {
	local event start state=stock

	# A task that is stuck for so long is in the log, which fails.
	echo $((EVENT_MS / 1000)) >/proc/sys/kernel/hung_task_timeout_secs
	config_of_next bound
	config_of_next reset
	for event in $1; do
		check "an owner for stock" owner_start
		start=$(now_ms)
		check "$event, with stock" "event_$event"
		echo $(($(now_ms) - start)) >"/run/rig/stock-$event"
	done
}

# note WHAT COMMAND...: WHAT is what is wrong with this pair, if it fails
note() {
	local what=$1

	shift
	"$@" >"$RIG/note" 2>&1 && return
	why="${why:+$why, }$what"
	return 1
}

# The status register of an e1000e.
bar_answers() {
	[ "$(devmem $(($(r 0x10 4) + 8)) 32)" != 0xFFFFFFFF ]
}

# The next owner gets a working device in the state in which stock leaves it.
# The file $1 has what that looks like.
next_owner() {
	note "the next owner does not connect" fe_start $FN || return
	note "PMCSR is left at $(r $PMCSR 2)" [ "$(r $PMCSR 2)" = 0x0000 ]
	config_but_pm >/run/rig/next
	note "config space is not as after stock's reset" \
		diff "/run/rig/$1" /run/rig/next
	note "it cannot be used" [ "$(w 4 2 6)" = 0 ]
	note "its COMMAND is $(r 4 2)" [ $(($(r 4 2) & 6)) = 6 ]
	note "it does not take D3hot" [ "$(w $PMCSR 1 3)" = 0 ]
	note "it does not fall asleep" wait_for 5 is_state asleep
	note "it does not wake" [ "$(w $PMCSR 1 0)" = 0 ]
	note "its COMMAND is lost" [ $(($(r 4 2) & 6)) = 6 ]
	note "its BAR 0 does not answer" bar_answers
	note "the next owner does not leave" fe_stop
}

# pair STATE EVENT
pair() {
	local state=$1 event=$2 entry=$FN start ms count
	local why="" rebound="" from=reset stock

	[ "$state" != D3hot ] || entry=$FN=d3hot
	module_param devices "$entry"
	note "it did not come to rest" wait_for 10 at_rest
	note "no owner" owner_start
	note "not in that state" "state_$state"
	count=$(attr $FN pme_count)
	start=$(now_ms)
	note "the event itself" "event_$event"
	note "it has an owner still" wait_for 20 owned_by none
	ms=$(($(now_ms) - start))
	stock=$(cat "/run/rig/stock-$event")
	note "stock takes $stock ms" [ $ms -lt $((stock + EVENT_MS)) ]
	# Bound anew, it counts anew, and stock has not reset it.
	if [ -n "$rebound" ]; then
		count=0
		from=bound
	fi
	note "PMEs: $(attr $FN pme_count), not $count" \
		[ "$(attr $FN pme_count)" = "$count" ]
	next_owner "$from"
	note "it does not come to rest" wait_for 10 at_rest
	note "usage count is $(usage)" [ "$(usage)" = 0 ]
	if [ -z "$why" ]; then
		passed "$event in $state, $ms ms"
		echo "$state $event ok, $ms ms" >>/run/rig/table
	else
		failed "$event in $state, $ms ms: $why"
		echo "$state $event $why" >>/run/rig/table
	fi
}

# pairs STATES EVENTS: all of them, and the table
pairs() {
	local state event row

	: >/run/rig/table
	for state in $1; do
		for event in $2; do
			pair "$state" "$event"
		done
	done
	# shellcheck disable=SC2086 # words are meant
	say "$(printf '%-8s' "")$(printf ' %-14s' $2)"
	row=$(printf '%-8s' stock)
	for event in $2; do
		row=$row$(printf ' %-14s' "$(cat "/run/rig/stock-$event") ms")
	done
	say "$row"
	for state in $1; do
		row=$(printf '%-8s' "$state")
		for event in $2; do
			row=$row$(printf ' %-14s' "$(sed -n "s/^$state $event //p" \
				/run/rig/table)")
		done
		say "$row"
	done
}
