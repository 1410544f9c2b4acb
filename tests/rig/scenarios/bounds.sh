# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: what a front end that does its worst can cost dom0 is bounded
# power: ^[01]*a[01]{2,140}b[01]*s[01]{0,24}t[01]{4,60}c[01]{0,20}d
# timeout: 240
#
# The bounds are those of docs/security.md. Where one is of time it is generous:
# this shows that there is one, and not that the machine is fast.

TRACING=/sys/kernel/tracing
BACKEND=/local/domain/0/backend/pci/0/0
OTHER=0000:00:1f.3

# computed: CPU time of dom0 without the front end, in milliseconds. All other
# processes wait meanwhile, but for xenstored.
computed() {
	local front

	read -r front _ <"/proc/$(cat /run/rig/fe0/pid)/schedstat"
	echo $(($(cpu-time) - front / 1000000))
}

# lines: of the kernel's log since log_mark, but for this scenario's and for what the
# kernel says of a machine that is slow to start, or slow
lines() {
	logged . | grep -vc ' rig: \|random: crng\|hrtimer: interrupt took'
}

# worst WHAT MS OPERATION...: a front end does that for so long. Sets ops, longest (in
# microseconds), took, cpu (both in milliseconds), lines
worst() {
	local what=$1 began errors

	shift
	log_mark
	began=$(now_ms) cpu=$(computed)
	fe_cmd repeat "$@"
	cpu=$(($(computed) - cpu)) took=$(($(now_ms) - began))
	read -r ops longest errors </run/rig/fe0/last
	lines=$(lines)
	say "$what: $ops operations in $took ms, the longest $longest us, $errors refused; CPU $cpu ms; $lines lines in the log"
}

# in_time: pcifront gives an operation up after 2 s
in_time() {
	check "no operation took longer than its guest waits" [ "$longest" -lt 1900000 ]
}

# blocked: how many of the kernel's workers wait for something, at the most, looked
# at again and again
blocked() {
	local now most=0

	while [ ! -e /run/rig/enough ]; do
		now=$(awk '$2 ~ /kworker/ && $3 == "D"' /proc/[0-9]*/stat 2>/dev/null | wc -l)
		[ "$now" -le "$most" ] || most=$now
		echo "$most" >/run/rig/blocked
		sleep 0.5
	done
}

# signals: the device has a PME, again and again
signals() {
	while [ ! -e /run/rig/enough ]; do
		pme_fire acpi $FN
	done
}

# port_wakes: how often the port was resumed
port_wakes() {
	grep -c "rpm_resume.*:$PORT ret=0" $TRACING/trace
}

# cold: how often it went to D3cold
cold() {
	grep -c 'xpm_sleep:.* state=D3cold' $TRACING/trace
}

# spared: it sleeps in D3hot, for a second at most
spared() {
	power_is D3hot && blockers | grep -q power-cycles
}

# spare: down and up until its power is spared, and asleep then
spare() {
	local tries=0

	until spared; do
		tries=$((tries + 1))
		[ $tries -lt 50 ] || return
		fe_cmd repeat 300 $PMCSR 2 0 $PMCSR 2 3
		w $PMCSR 2 3
		wait_for 5 is_state asleep
	done
}

unreclaimable() {
	sed -n 's/^SUnreclaim: *\([0-9]*\) kB/\1/p' /proc/meminfo
}

check "PME-capable function bound" pme_capable
check "another function, too" bind_to_pciback $OTHER
mount -t tracefs tracefs $TRACING
echo "name == \"$PORT\"" >$TRACING/events/rpm/rpm_return_int/filter
echo 1 >$TRACING/events/rpm/rpm_return_int/enable

say "stock xen-pciback"
check "front end connects" fe_start $FN
cpu=$(computed)
sleep 1
say "idle: CPU $(($(computed) - cpu)) ms in about a second"
worst "reads" 1500 0 4 r
stock=$((cpu * 100 / took))
worst "D3hot and D0" 2000 $PMCSR 2 3 $PMCSR 2 0
worst "memory decode on and off" 500 4 2 2 4 2 0
check "front end leaves" fe_stop

say "with the module"
check "module inserted" module_insert devices=$FN
echo 1 >$TRACING/events/xen_pciback_pm/xpm_sleep/enable
check "front end connects" fe_start $FN
check_eq "memory decode on" "$(w 4 2 6)" 0
worst "reads" 1500 0 4 r
in_time
check_eq "lines in the log" "$lines" 0
slab=$(unreclaimable)

mark a
began=$(now_ms)
port=$(port_wakes) woken=$(woken_by guest) cold=$(cold)
worst "D3hot and D0" 5000 $PMCSR 2 3 $PMCSR 2 0
port=$(($(port_wakes) - port)) woken=$(($(woken_by guest) - woken)) cold=$(($(cold) - cold))
# These are counted for somewhat longer than the front end is at it.
counted=$(($(now_ms) - began))
say "wakes: function $woken, port $port; D3cold: $cold"
in_time
check_eq "lines in the log" "$lines" 0
check "it did sleep" [ "$woken" -gt 1 ]
# PCI gives it 10 ms on the way down and on the way up.
check "fifty times a second at most" [ "$woken" -le $((counted / 20)) ]
check "the port wakes no more often" [ "$port" -le $((woken + 1)) ]
check "its power is switched fifty times and once a second at most" [ "$cold" -le $((50 + counted / 1000 + 1)) ]
check "dom0 computes for less time than its guest waits" [ "$cpu" -lt "$took" ]
say "dom0 computes $((cpu * 100 / took)) % of the time, and $stock % if the guest just reads, with stock"
mark b

check "its power is spared then" spare
began=$(now_ms)
cold=$(cold) woken=$(woken_by guest)
mark s
worst "D3hot and D0, with its power spared" 5000 $PMCSR 2 0 $PMCSR 2 3
cold=$(($(cold) - cold)) woken=$(($(woken_by guest) - woken))
counted=$(($(now_ms) - began))
mark t
say "wakes: $woken; D3cold: $cold"
in_time
check "it went on sleeping" [ "$woken" -gt $((took / 1000 + 2)) ]
check "its power is switched once a second at most" [ "$cold" -le $((counted / 1000 + 2)) ]
check "spared again" spare
check "in D3cold before long, by itself" wait_for 10 asleep_in D3cold
check_eq "blockers" "$(blockers)" ""
check_eq "its guest knows nothing of it" "$(r $PMCSR 2) $(r 0 4)" "0x0003 0x10d38086"
guest_d0

guest_d3hot
log_mark
config=$(woken_by config) began=$(now_ms)
while [ $(($(now_ms) - began)) -lt 4000 ]; do
	w 0x0c 1 0x20 >/dev/null
	POLL=0.02 wait_for 5 is_state asleep
done
took=$(($(now_ms) - began)) config=$(($(woken_by config) - config))
say "one write in each sleep: $config wakes in $took ms"
check "it was woken" [ "$config" -gt 1 ]
check "twice a second at most" [ "$config" -le $((took / 500 + 1)) ]
check_eq "lines in the log" "$(lines)" 0
mark c
config=$(woken_by config) began=$(now_ms)
worst "writes and illegal states" 2000 0x0c 1 0x20 $PMCSR 1 1 $PMCSR 1 2 $PMCSR 2 0x00ff
in_time
check_eq "lines in the log" "$lines" 0
config=$(($(woken_by config) - config)) counted=$(($(now_ms) - began))
check "twice a second at most" [ "$config" -le $((counted / 500 + 1)) ]
mark d

# Its device signals all the time, and it takes each for a new one.
say "PMEs"
uevents_start
xenstore-watch $BACKEND/pme-0 >/run/rig/stored &
watch=$!
blocked &
blocked=$!
signals &
signals=$!
count=$(attr $FN pme_count)
worst "PME_En on and off" 4000 $PMCSR 2 0x8103 $PMCSR 2 0x8003
touch /run/rig/enough
wait $blocked $signals
in_time
sleep 1
count=$(($(attr $FN pme_count) - count)) stored=$(grep -c pme-0 /run/rig/stored)
uevents=$(wc -l </run/rig/uevents)
say "$count PMEs, $stored writes to xenstore, $uevents uevents, $(cat /run/rig/blocked) workers that wait at once"
check "more than one a second" [ "$count" -gt $((took / 1000)) ]
# One of them is the watch itself.
check "the counter was written" [ "$stored" -gt 1 ]
check "ten writes a second to xenstore at most" [ "$stored" -le $((took / 100 + 12)) ]
check_eq "the last one has the count" "$(xenstore-read $BACKEND/pme-0)" "$(attr $FN pme_count)"
check "a uevent a second at most" [ "$uevents" -le $((took / 1000 + 3)) ]
check_eq "and all of them are of PMEs" "$(grep -vc '^pme ' /run/rig/uevents)" 0
check "one line in the log at most" [ "$lines" -le 1 ]
# The front end's, the PM core's, settle and announce; and one of the rig's own.
check "five workers wait at the most" [ "$(cat /run/rig/blocked)" -le 5 ]
kill $watch
uevents_stop

worst "garbage" 2000 -4 4 r 0x1000 4 1 0 3 r 0 0 r 0xffff 1 1 $PMCSR 4 0xffffffff $PMC 4 0 0x44 4 0x1234
in_time
# Stock says once, in three, that a write came to nothing.
check "three lines in the log at most" [ "$lines" -le 3 ]
log_mark
for _ in $(seq 10); do
	for state in 1 7 2 8 3 5 4; do
		fe_cmd state $state
	done
done
say "front end's states in a loop: $(lines) lines in the log"
check "xenwatch serves others" eval "FE=1 FE_TIMEOUT=10 fe_start $OTHER"
check "and lets them leave" eval "FE=1 fe_stop"
check "memory as before, but for 4 MB" [ $(($(unreclaimable) - slab)) -lt 4096 ]
check "killed" fe_kill
check "and reaped" fe_reap
check "it comes to rest" wait_for 15 at_rest
check "front end connects" fe_start $FN
guest_d3hot
guest_d0
check "front end leaves" fe_stop
check "module removed" module_remove
scenario_end
