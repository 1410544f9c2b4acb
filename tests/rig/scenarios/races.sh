# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: module, functions and list come and go under full traffic, over and over: every answer is right, nothing is left behind
# qemu-args: -device pcie-root-port,id=rp2,addr=3.0,chassis=2,slot=2,hotplug=off
# qemu-args: -netdev user,id=net2 -device e1000e,bus=rp2,netdev=net2,romfile=
# timeout: 300
#
# All at once, and nothing waits for anything else:
#
#   guest        a front end that writes PMCSR and reads at random, without end
#   host         PMEs, low_power, power/control, all attributes, at random
#   reinsert     rmmod, insmod
#   rebind       the other function: a front end, D3hot, unbound under it, bound
#   rewrite      the list of devices, whatever it hits: no module, one that has
#                not begun or that is gone already
#
# Ten rounds of each of the last three, or as many as RIG_ROUNDS says.

FN1=0000:02:00.0
ROUNDS=$(cat /rig/rounds 2>/dev/null || echo 10)
PARAMETER=/sys/module/xen_pciback_pm/parameters/devices

# What goes on, until it is over.
running() {
	[ ! -e "$RIG/over" ]
}

# wrong WHO WHAT: what was, counted and told in the end
wrong() {
	echo "$*" >>"$RIG/wrong"
}

# a_while: up to 0.7 s
a_while() {
	random 8
	sleep "0.$RANDOM_N"
}

# begin NAME: its own sequence of random numbers
begin() {
	SEED=$(($(printf %d "'$1") * 7919 + START))
	: >"$RIG/rounds.$1"
}

round_done() {
	echo x >>"$RIG/rounds.$1"
}

rounds() {
	wc -l <"$RIG/rounds.$1"
}

# ask COMMAND...: of the front end; sets VALUE, ERR and LATE. Where r and w are in
# a subshell each, the processor would be busy with those.
ask() {
	VALUE='' ERR=1 LATE=timeout
	fe_cmd "$@" && read -r VALUE ERR _ LATE <"$RIG/fe0/last"
	[ -z "$LATE" ] || echo x >>"$RIG/late"
}

# reads WHAT OFFSET SIZE VALUE: one that was late is not wrong
reads() {
	ask read "$2" "$3"
	[ -n "$LATE" ] || [ "$VALUE $ERR" = "$4 0" ] ||
		wrong guest "$1 read as $VALUE, error $ERR, not $4"
}

# writes OFFSET SIZE VALUE: succeeds if it was taken. What was late may yet be.
writes() {
	LATE=yet
	while [ -n "$LATE" ]; do
		ask write "$@"
	done
	[ "$ERR" != 0 ] || return 0
	[ "$ERR" = -3 ] || wrong guest "write of $3 at $1: error $ERR"
	echo x >>"$RIG/refused"
	return 1
}

guest() {
	local state=0 line=0x20 value

	begin guest
	writes 0x0c 1 $line
	while running; do
		random 8
		case $RANDOM_N in
		0 | 1) value=0x0103 ;;
		2) value=0x8103 ;;
		3) value=0x0003 ;;
		4) value=0x0100 ;;
		5) value=0x8100 ;;
		6) value=0x0000 ;;
		7)
			value=
			random 8
			writes 0x0c 1 "0x${RANDOM_N}8" && line=0x${RANDOM_N}8
			;;
		esac
		# A D0 that is refused leaves it in D3hot.
		[ -z "$value" ] || ! writes $PMCSR 2 $value ||
			state=$((value & 3))
		reads PowerState $PMCSR 1 0x0$state
		reads "vendor and device" 0 4 0x10d38086
		reads "cache line size" 0x0c 1 "$line"
		round_done guest
	done
}

host() {
	local dir=/sys/bus/pci/devices/$FN

	begin host
	while running; do
		random 10
		case $RANDOM_N in
		0 | 1 | 2) pme_fire acpi $FN ;;
		3) pme_fire native $FN ;;
		4) pme_fire status $FN ;;
		5) echo 0 >$dir/xen_pciback_pm/low_power ;;
		6) echo wakeup >$dir/xen_pciback_pm/low_power ;;
		7) echo on >$dir/power/control ;;
		8) echo auto >$dir/power/control ;;
		9) cat /sys/bus/pci/devices/*/xen_pciback_pm/* ;;
		esac
		round_done host
		sleep 0.2
	done >/dev/null 2>&1
}

reinsert() {
	begin reinsert
	for _ in $(seq "$ROUNDS"); do
		a_while
		module_remove || wrong reinsert "rmmod: $?"
		random 3
		[ "$RANDOM_N" -gt 0 ] || a_while
		module_insert devices="$FN,$FN1" || wrong reinsert "insmod"
		round_done reinsert
	done 2>>"$RIG/wrong"
}

rebind() {
	begin rebind
	for _ in $(seq "$ROUNDS"); do
		as_fe 1 $FN1 rebind_once || wrong rebind "round $(rounds rebind): $?"
		round_done rebind
	done 2>>"$RIG/wrong"
}

rebind_once() {
	local got

	fe_start $FN || return 1
	got=$(r 0 4)
	[ "$got" = 0x10d38086 ] || wrong rebind "vendor and device: $got"
	random 4
	[ "$RANDOM_N" = 0 ] || w $PMCSR 2 0x0103 >/dev/null
	a_while
	# In the midst of a wake.
	random 2
	[ "$RANDOM_N" = 0 ] || fe_cmd post $PMCSR 2 0x0100
	unbind $FN || return 2
	fe_stop || return 3
	bind_to_pciback $FN || return 4
}

# write_list LIST: taken, or refused with what can be the reason
write_list() {
	local says

	says=$( (echo "$1" >$PARAMETER) 2>&1) && return
	case $says in
	# The last is for an attribute that goes away as it is written.
	*"nonexistent directory" | *"No such file"* | *"No such device"*) ;;
	*"Invalid argument") [ "$1" = oops ] || wrong rewrite "$1: $says" ;;
	*) wrong rewrite "$1: $says" ;;
	esac
	echo "${says##*: }" >>"$RIG/lists"
}

rewrite() {
	local list

	begin rewrite
	while running; do
		random 8
		case $RANDOM_N in
		0) list=$FN ;;
		1) list=$FN,$FN1 ;;
		2) list=$FN=d3hot ;;
		3) list=-$FN ;;
		4) list=+$FN=nowake ;;
		5) list=+$FN1=d3hot ;;
		6) list="" ;;
		7) list=oops ;;
		esac
		write_list "$list"
		round_done rewrite
		sleep 0.2
	done
}

random 1000000
START=$RANDOM_N
check "PME-capable function bound" pme_capable
check "another one" bind_to_pciback $FN1
found=$(usage) found1=$(usage $FN1)
check "module inserted" module_insert devices=$FN,$FN1
check "front end connects" fe_start $FN
check_eq "memory decode on" "$(w 4 2 6)" 0
for one in guest host rewrite; do
	$one &
	eval "$one=\$!"
done
reinsert &
reinsert=$!
rebind &
rebind=$!
while sleep 60; do
	say "so far: $(rounds reinsert) inserted, $(rounds rebind) bound, $(rounds rewrite) lists, $(rounds guest) turns of the guest"
done &
progress=$!
wait $reinsert
wait $rebind
# The list is to be written as often, which the others give it the time for.
POLL=1 wait_for 600 eval '[ "$(rounds rewrite)" -ge "$ROUNDS" ]'
touch "$RIG/over"
# shellcheck disable=SC2154 # by eval
wait $guest $host $rewrite
kill $progress

say "rmmod and insmod $(rounds reinsert), unbound and bound $(rounds rebind), lists $(rounds rewrite), turns of the guest $(rounds guest), of the host $(rounds host)"
say "lists not taken: $(sort "$RIG/lists" | uniq -c | tr -s ' \n' ' ')"
say "operations: refused $(cat "$RIG/refused" 2>/dev/null | wc -l), late $(cat "$RIG/late" 2>/dev/null | wc -l)"
check_eq "as many rounds as were wanted" "$(rounds reinsert) $(rounds rebind)" "$ROUNDS $ROUNDS"
check "of lists as well" [ "$(rounds rewrite)" -ge "$ROUNDS" ]
check "the guest was at it all the while" [ "$(rounds guest)" -ge "$ROUNDS" ]
[ ! -e "$RIG/wrong" ] || show "$RIG/wrong" wrong
check_not "nothing was wrong" [ -s "$RIG/wrong" ]

sysattr $FN power/control on
check "the list is written once more" module_param devices ""
check "and again" module_param devices "$FN,$FN1"
check_eq "D0" "$(w $PMCSR 2 0x8000)" 0
guest_d3hot
guest_d0
check "front end leaves" fe_stop
works $FN
works $FN1
check "module removed" module_remove
sysattr $FN power/control on
check_eq "usage count" "$(usage)" "$found"
check_eq "the other's" "$(usage $FN1)" "$found1"
check_eq "nothing leaks" "$(leaks)" ""
check "xen-pciback can be unloaded then" eval "unbind_from_pciback $FN && unbind_from_pciback $FN1 && rmmod xen_pciback"
scenario_end
