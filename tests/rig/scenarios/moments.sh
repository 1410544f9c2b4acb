# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: the list written before the module has begun and while it ends, given back amid a wake, woken by all at once: nothing is lost
# timeout: 180
#
# A xenstored that stands still keeps init, and exit, where it is: both wait for
# their watch. Power that comes late makes a wake long enough to do something in.

PARAMETER=/sys/module/xen_pciback_pm/parameters/devices

# list_says LIST: how writing it ends, as the C library says it
list_says() {
	local says

	says=$( (echo "$1" >$PARAMETER) 2>&1) && echo taken || echo "${says##*: }"
}

ended() {
	[ ! -d "/proc/$1" ]
}

waking() {
	check_eq "D3hot" "$(w $PMCSR 1 3)" 0
	check "D3cold" wait_for 5 power_is D3cold
	check "a wake takes a while" acpi_call '\DLAY' 1000
}

# post_d0: the guest's D0 under way; the answer is not waited for
post_d0() {
	fe_cmd post $PMCSR 1 0
	check "waking" wait_for 2 is_state waking
}

# at_once COMMAND...: all of them; returns when each has
at_once() {
	local command pids=''

	for command; do
		$command 2>/dev/null &
		pids="$pids $!"
	done
	# shellcheck disable=SC2086 # words are meant
	wait $pids
}

check "PME-capable function bound" pme_capable
found=$(usage)

say "the list, before init is done"
check "xenstored stopped" xenstored STOP
module_insert devices=00:1f.3 >"$RIG/insmod" 2>&1 &
insmod=$!
check "loading" wait_for 5 test -e $PARAMETER
sleep 1
check_not "and not done" ended $insmod
check_eq "a list" "$(list_says "$FN=nowake")" taken
check_eq "reads back" "$(module_param devices)" "$FN=nowake"
check_eq "a malformed one" "$(list_says oops)" "Invalid argument"
check_eq "changes nothing" "$(module_param devices)" "$FN=nowake"
check_eq "one more" "$(list_says +00:1f.3)" taken
check_not "nothing is hooked" is_hooked
check "xenstored goes on" xenstored CONT
wait $insmod
check_eq "insmod" "$?" 0
check "the list counts: hooked" is_hooked
check_eq "reads" "$(module_param devices)" "$FN=nowake,0000:00:1f.3"

say "while exit runs"
check "xenstored stopped" xenstored STOP
module_remove >"$RIG/rmmod" 2>&1 &
rmmod=$!
check "given back" wait_for 10 eval '! is_hooked'
sleep 1
check_not "and not done" ended $rmmod
check_eq "a list" "$(list_says $FN)" "No such device"
check_eq "a malformed one" "$(list_says oops)" "No such device"
check_eq "an empty one" "$(list_says "")" "No such device"
check_not "nothing is hooked" is_hooked
check_eq "it can be read" "$(cat $PARAMETER >/dev/null && echo yes)" yes
check "xenstored goes on" xenstored CONT
wait $rmmod
check_eq "rmmod" "$?" 0
check_eq "usage count" "$(usage)" "$found"
check_not "a malformed list at load" module_insert devices=$FN,oops
check_not "nothing is left of that" test -d /sys/module/xen_pciback_pm

say "given back amid a wake"
check "module inserted" module_insert devices=$FN
check "front end connects" fe_start $FN
check_eq "memory decode on" "$(w 4 2 6)" 0
fe_dump 4 | grep -v '^0c0:' >"$RIG/before"
for how in 'module_param devices ""' module_remove; do
	waking
	post_d0
	check "$how" eval "$how"
	check_not "is it" is_hooked
	# By whomever it was answered: hardware and guest are of one mind.
	state=$(r $PMCSR 1)
	check_eq "hardware is where its guest has it, $state" "0x$(setpci -s "${FN#0000:}" cc.b)" "$state"
	check_eq "D0, from stock" "$(w $PMCSR 1 0)" 0
	fe_dump 4 | grep -v '^0c0:' >"$RIG/after"
	check "config space as before" cmp "$RIG/before" "$RIG/after"
	check_eq "usage count" "$(usage)" "$found"
	check "no longer slow" acpi_call '\DLAY' 0
	if [ -d /sys/module/xen_pciback_pm ]; then
		check "named again" module_param devices $FN
	else
		check "inserted again" module_insert devices=$FN
	fi
	guest_d3hot
	guest_d0
done
check "front end leaves" fe_stop
check "given back" module_param devices ""
check "hooked anew, so that it may have PME" module_param devices $FN

say "woken by all at once"
check "front end connects" fe_start $FN
check_eq "PME_En" "$(w $PMCSR 2 0x0100)" 0
for delay in 0 0 0 500 500 500; do
	check_eq "D3hot" "$(w $PMCSR 2 0x8103)" 0
	check "D3cold" wait_for 5 power_is D3cold
	acpi_call '\DLAY' $delay
	before=$(wakes_in_all) count=$(attr $FN pme_count)
	fe_cmd post $PMCSR 2 0x0100
	at_once "pme_fire acpi $FN" "sysattr $FN power/control on" \
		"sysattr $FN d3cold_allowed 0" "attr $FN low_power 0"
	check_eq "D0 ($delay ms)" "$(w $PMCSR 2 0x0100)" 0
	check_eq "state, and power" "$(attr $FN state) $(sysattr $FN power_state)" "active D0"
	check_eq "one wake" $(($(wakes_in_all) - before)) 1
	# At the same time as the write it may be an event or not.
	check_match "PMEs" $(($(attr $FN pme_count) - count)) '^[01]$'
	sysattr $FN power/control auto
	sysattr $FN d3cold_allowed 1
	check "usage count is one in the end" wait_for 10 eval '[ "$(usage)" = 1 ]'
done
acpi_call '\DLAY' 0
check "front end leaves" fe_stop
check "comes to rest" wait_for 15 at_rest
check_eq "usage count" "$(usage)" 0

say "and its next owner with them"
acpi_call '\DLAY' 300
before=$(wakes_in_all)
at_once "attr $FN low_power 0" "claim 0" "pme_fire acpi $FN" &
others=$!
check "front end connects" fe_start $FN
wait $others
check_eq "awake" "$(attr $FN state)" active
check_eq "one wake" $(($(wakes_in_all) - before)) 1
check_eq "it answers" "$(r 0 4)" 0x10d38086
check_eq "PMCSR" "$(r $PMCSR 2)" 0x0000
acpi_call '\DLAY' 0
claim
guest_d3hot
guest_d0
check "front end leaves" fe_stop
check "comes to rest" wait_for 15 at_rest
check_eq "usage count" "$(usage)" 0
check "module removed" module_remove
check_eq "usage count as found" "$(usage)" "$found"
scenario_end
