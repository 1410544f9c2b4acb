# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: whichever allocation of memory fails, but for those that ACPI does not stand, the next try works and nothing is left behind
# timeout: 300
# power: a0b1.*c[01]*0de1
# An interrupt's entry in /proc that could not be made cannot be taken away either.
# allow: remove_proc_entry
# allow: Call Trace:
#
# Each thing is done once to count what the module allocates for it, or has
# allocated by the kernel; then again and again with another one that
# fails. Three of each, chosen at random, or as many as RIG_ROUNDS says.
#
# But for what ACPI does not stand:
# - What its interpreter allocates while it runs a method (acpi_ps_execute_method()). It
#   may go on without a pointer, or keep the mutex of a method that is Serialized.
#   Methods that end in an error are faults'.
# - What it allocates to arm or disarm a wake. It takes the function for one that
#   cannot wake from then on (acpi_device_sleep_wake()).
# - What it allocates for _OFF. It counts the power as on from then on, whether it is or
#   not (acpi_power_off_unlocked()), so that it neither switches it off again nor, if
#   it was off already, on. That is shown in the end.
#
# Nor what the bus of back ends allocates to take back its watch of the front end, which
# pciback lets it do from within a callback that we wrap: xenstored keeps the watch then,
# and refuses it to the next back end of that name (free_otherend_watch()).

POINTS=$(cat /rig/rounds 2>/dev/null || echo 3)
ALLOC=/sys/module/alloc_fail/parameters

# fails_at N COMMAND...: sets STATUS, and LEFT to what was left of N then
fails_at() {
	echo "$1" >$ALLOC/nth
	shift
	"$@" >"$RIG/act" 2>&1
	STATUS=$?
	LEFT=$(cat $ALLOC/nth)
	echo 0 >$ALLOC/nth
}

# counted COMMAND...: sets COUNT to what it allocates if nothing fails
counted() {
	fails_at 1000000 "$@"
	COUNT=$((1000000 - LEFT))
}

# points WHAT FROM ACT TO: FROM makes ready, ACT is done, TO prints what is wrong
# after it and leads back
points() {
	local what=$1 from=$2 act=$3 to=$4 all tries i=0 n why bad=0

	$from >/dev/null
	counted "$act"
	why=$($to)
	[ -z "$why" ] || say "$what, with all it wants: $why"
	all=$COUNT tries=$COUNT
	[ "$tries" -le "$POINTS" ] || tries=$POINTS
	while [ $i -lt "$tries" ]; do
		# One from each of as many parts of them.
		n=$((all * i / tries))
		random $((all * (i + 1) / tries - n))
		n=$((n + RANDOM_N + 1))
		i=$((i + 1))
		$from >/dev/null
		log_mark
		fails_at $n "$act"
		why=$why$($to)
		[ -z "$why" ] || {
			say "$what, the $n. of $all, in $(cat $ALLOC/where): $why"
			bad=$((bad + 1))
			why=
		}
	done
	check "$what: allocates" [ "$all" -gt 0 ]
	check_eq "$what: $tries of $all failed, wrong after that" "$bad" 0
}

attributes() {
	[ -d "$(sysfs $FN)/xen_pciback_pm" ]
}

# as_found: nothing is hooked, as before the module
as_found() {
	! attributes && [ "$(sysattr $FN power/control)" = on ] &&
		[ "$(usage)" = "$found" ]
}

# hooked_or_said: or else there is a line that says why; written again, it is
hooked_or_said() {
	attributes && return
	logged 'memory is short' >/dev/null || echo "not hooked, without a word; "
	module_param devices ""
	as_found || echo "something is left; "
	module_param devices $FN
	attributes || echo "not hooked at the second try; "
}

nothing() {
	:
}

insert() {
	module_insert devices=$FN
}

inserted() {
	if [ -d /sys/module/xen_pciback_pm ]; then
		hooked_or_said
		module_remove || echo "rmmod: $?; "
	elif ! grep -q 'Cannot allocate memory' "$RIG/act"; then
		echo "insmod says $(cat "$RIG/act"); "
	fi
	as_found || echo "something is left; "
}

LIST="(0000:01:00.0)(00:1f.3) pci:8086:10d3=nowake 00:02.0/00.0=d3hot"

write_list() {
	module_param devices "$LIST"
}

change_list() {
	module_param devices "+$FN=d3hot -00:1f.3"
}

# list_is BEFORE AFTER: one of the two, and which one is what was said
list_is() {
	local now

	now=$(module_param devices)
	if [ "$STATUS" != 0 ]; then
		[ "$now" = "$1" ] || echo "refused, but it is $now; "
	else
		[ "$now" = "$2" ] || echo "taken, but it is $now; "
	fi
}

listed() {
	list_is "" "0000:01:00.0,0000:00:1f.3,pci:8086:10d3=nowake,0000:00:02.0/00.0=d3hot"
	[ -z "$(module_param devices)" ] || hooked_or_said
	module_param devices ""
	as_found || echo "something is left; "
}

two_listed() {
	module_param devices "$FN,00:1f.3"
}

changed() {
	list_is "0000:01:00.0,0000:00:1f.3" "0000:01:00.0=d3hot"
	attributes || echo "not hooked any more; "
	module_param devices ""
}

unbound() {
	unbind $FN
}

bind() {
	bind_to_pciback $FN
}

bound() {
	[ "$(driver_of $FN)" = pciback ] || echo "not bound; "
	hooked_or_said
}

# answers COMMAND...: it is 0 before long
answers() {
	[ "$("$@")" = 0 ]
}

d0() {
	wait_for 20 answers w $PMCSR 2 0x8100 || echo "no D0; "
	[ "$(r 0 4)" = 0x10d38086 ] || echo "does not answer; "
	[ "$(r 0x0c 1)" = 0x20 ] || echo "has forgotten; "
}

d3() {
	w $PMCSR 2 0x8103
	wait_for 5 is_state asleep
}

# A guest that is refused asks once more, and so is asked here for long enough.
there_and_back() {
	w $PMCSR 2 0x8103
	wait_for 3 is_state asleep
	w $PMCSR 2 0x8100
}

back() {
	d0
	d3 >/dev/null || echo "does not fall asleep: $(blockers); "
	d0
}

write_asleep() {
	w 0x0c 1 0x20
	wait_for 3 is_state asleep
}

signal() {
	pme_fire acpi $FN
	wait_for 3 pme_told
	sleep 0.3
}

asleep_and_counted() {
	d3
	pmes=$(attr $FN pme_count)
}

# told: or, of a function that did not come back, once its guest has asked for D0. One
# more would be none if this one is told.
told() {
	pme_told || wait_for 2 pme_told || {
		logged "$FN: .*did not come back" >/dev/null &&
			wait_for 20 answers w $PMCSR 2 0x0100 && pme_told
	}
}

# What is not told of this one in xenstore is told with the next.
signalled() {
	told || echo "PME is not told; "
	[ "$(attr $FN pme_count)" = $((pmes + 1)) ] || echo "pme_count: $(attr $FN pme_count), not $((pmes + 1)); "
	d0
	d3 >/dev/null
	pme_fire acpi $FN
	wait_for 3 pme_told || echo "nor is the next one; "
	d0
	wait_for 3 counter_is "$(attr $FN pme_count)" || echo "xenstore says $(xenstore-read $NODE); "
}

NODE=/local/domain/0/backend/pci/0/0/pme-0

counter_is() {
	[ "$(xenstore-read $NODE)" = "$1" ]
}

unhook() {
	module_param devices ""
}

# Hardware has it in D3hot then, as its guest believes; or without power if that did
# not come, and is brought back when it is hooked anew and asked for.
unhooked() {
	attributes && echo "hooked still; "
	if ! logged "$FN: .*did not come back" >/dev/null; then
		[ "$(r $PMCSR 1)" = 0x03 ] || echo "PowerState $(r $PMCSR 1); "
		[ "$(w $PMCSR 1 0)" = 0 ] || echo "no D0 from stock; "
		[ "$(r 0 4)" = 0x10d38086 ] || echo "does not answer; "
	fi
	module_param devices $FN
	hooked_or_said
	d0
	[ "$(usage)" = 1 ] || echo "usage count $(usage); "
}

sessions() {
	fe_start $FN
	w $PMCSR 2 0x0103
	wait_for 2 is_state asleep
	fe_stop
}

after_sessions() {
	owned_by none || echo "owner $(attr $FN owner); "
	fe_start $FN
	[ "$(r $PMCSR 2)" = 0x0000 ] || echo "PMCSR $(r $PMCSR 2); "
	[ "$(w 0x0c 1 0x20)" = 0 ] || echo "cannot be written; "
	back
	fe_stop
}

low_power() {
	for mode in wakeup 0 1; do
		attr $FN low_power $mode
		sleep 0.3
	done
}

after_low_power() {
	wait_for 20 attr $FN low_power 0 || echo "low_power 0 is refused; "
	[ "$(sysattr $FN power_state)" = D0 ] || echo "not in D0; "
	attr $FN low_power 1
	wait_for 5 is_state asleep || echo "does not fall asleep: $(blockers); "
}

sleep_host() {
	host_sleeps
}

# until_dead: from the last allocation on backwards, until one is found that matters
until_dead() {
	log_mark
	until [ "$COUNT" = 0 ]; do
		fails_at "$COUNT" d3
		w $PMCSR 2 0x8100 >/dev/null
		logged "$FN: .*did not come back" >/dev/null && break
		COUNT=$((COUNT - 1))
	done
	check "the $COUNT. failed, and it did not come back: said so" [ "$COUNT" -gt 0 ]
}

check "PME-capable function bound" pme_capable
found=$(usage)
check "allocations can fail" insmod "/lib/modules/$(uname -r)/updates/alloc-fail.ko" \
	apart=acpi_power_off,acpi_ps_execute_method,wakeup_device_power,xenbus_dev_remove

points "insmod" nothing insert inserted
check "module inserted" module_insert
points "a list" nothing write_list listed
points "a list changed" two_listed change_list changed
check "named" module_param devices $FN
points "bound to xen-pciback" unbound bind bound
check "comes to rest" wait_for 10 at_rest
points "low_power" nothing low_power after_low_power
points "a session" nothing sessions after_sessions

check "front end connects" fe_start $FN
check_eq "a byte of the guest's own" "$(w 0x0c 1 0x20)" 0
points "D3hot and D0" nothing there_and_back back
points "config write asleep" d3 write_asleep back
points "a PME" asleep_and_counted signal signalled
check "dom0's devices sleep, and no more" pm_test devices
points "the host's sleep" d3 sleep_host back
points "given back" d3 unhook unhooked
check_eq "D0" "$(w $PMCSR 2 0x8000)" 0
config_keep before
mark a
guest_d3hot "and power is really cut, after all of that"
mark b
guest_d0
config_as before

say "ACPI's _OFF, when it has cut the power"
echo 1 >$ALLOC/within
counted d3
check "it allocates, $COUNT times" [ "$COUNT" -gt 0 ]
guest_d0
config_as before
mark c
until_dead
mark d
check_eq "D0 is refused" "$(w $PMCSR 2 0x8100)" -3
check_match "blockers" "$(blockers)" did-not-wake
check_eq "PowerState" "$(r $PMCSR 1)" 0x03
check_eq "reads are answered" "$(r 0 4)" 0x10d38086
check "front end leaves" fe_stop
check "module removed" module_remove
check "as found" as_found
mark e
check "somebody switches the power on" acpi_call '\PWRC' 1
check "removed and found again" reenumerate $FN
check "bound" bind_to_pciback $FN
check "module inserted" module_insert devices=$FN
works $FN
check "module removed" module_remove
check "as found" as_found
check_eq "nothing leaks" "$(leaks)" ""
scenario_end
