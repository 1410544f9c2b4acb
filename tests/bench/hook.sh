# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: what it takes to hook 1, 8 and 64 functions that are bound already, and what they cost at rest
# timeout: 900
# qemu-args: -smp 1
# dom0-args: no_hash_pointers
#
# 64 functions: virtio-rng, since they are cheap and have a PM capability, eight on
# each of eight buses. tests/bench/run has QEMU make them.

TRACING=/sys/kernel/tracing
PARAMETER=/sys/module/xen_pciback_pm/parameters/devices
ONE=02:00.0
EIGHT="02:00.*"
ALL=$EIGHT
for bus in 03 04 05 06 07 08 09; do
	ALL="$ALL,$bus:00.*"
done

hooked() {
	ls -d /sys/bus/pci/devices/*/xen_pciback_pm 2>/dev/null | wc -l
}

all_hooked() {
	[ "$(hooked)" = "$1" ]
}

# What it says would take most of the time: a serial line, emulated.
quietly() {
	dmesg -n 1
	"$@"
	dmesg -n 8
}

# time_hooking N LIST
time_hooking() {
	config-time >>"$RIG/samples" <<-END
	op hook.$1 put $PARAMETER $2
	run 1 1
	END
	check "$1 hooked" all_hooked "$1"
	module_param devices ""
	check "and given back" all_hooked 0
	# What holds memory is freed after some grace periods.
	sleep 2
}

# kept: bytes that were allocated within the trace, and not freed
kept() {
	awk '{
		for (i = 5; i <= NF; i++)
			if (split($i, word, "=") == 2)
				value[word[1]] = word[2]
		pointer = value["ptr"]
	}
	/ (kmalloc|kmalloc_node|kmem_cache_alloc|kmem_cache_alloc_node):/ {
		bytes[pointer] = value["bytes_alloc"]
	}
	/ (kfree|kmem_cache_free):/ { delete bytes[pointer] }
	END {
		for (pointer in bytes)
			sum += bytes[pointer]
		print sum + 0
	}' $TRACING/trace
}

# memory NAME COMMAND...: what is kept of what is allocated during it, and while
# all comes to rest
memory() {
	local name=$1

	shift
	echo >$TRACING/trace
	echo 1 >$TRACING/events/kmem/enable
	"$@"
	sleep 20
	echo 0 >$TRACING/events/kmem/enable
	check_not "nothing is lost of the trace" grep -q LOST $TRACING/trace
	echo "bytes $name $(kept)" >>"$RIG/samples"
}

# Delayed work of the module whose timer was started and has neither expired nor
# been taken away. The timer is 32 bytes into the work.
timers_begin() {
	local work='work=%dx:x64 function=+24(%dx):symbol delay=%cx:u64'

	{
		echo "p:started mod_delayed_work_on $work"
		echo "p:startedtoo queue_delayed_work_on $work"
		echo 'p:expired delayed_work_timer_fn work=%di:x64'
		echo 'p:cancelled cancel_delayed_work_sync work=%di:x64'
		echo 'p:cancelledtoo cancel_delayed_work work=%di:x64'
	} >$TRACING/kprobe_events &&
		echo 1 >$TRACING/events/kprobes/enable
}

timers_armed() {
	awk '{
		for (i = 6; i <= NF; i++)
			if (split($i, word, "=") == 2)
				value[word[1]] = word[2]
		low = ("0x" substr(value["work"], length(value["work"]) - 7)) + 0
	}
	/ started(too)?:.*xen_pciback_pm/ {
		seen++
		if (value["delay"] > 0)
			armed[low] = 1
		else
			delete armed[low]
	}
	/ expired:/ { delete armed[low - 32] }
	/ cancelled(too)?:/ { delete armed[low] }
	END {
		for (low in armed)
			n++
		print n + 0, seen + 0
	}' $TRACING/trace
}

all_asleep() {
	local file

	for file in /sys/bus/pci/devices/*/xen_pciback_pm/state; do
		[ "$(cat "$file")" = asleep ] || return
	done
}

bind_all() {
	local bdf

	for bdf in /sys/bus/pci/devices/0000:0[2-9]:00.?; do
		bind_to_pciback "${bdf##*/}" || return
	done
}

: >"$RIG/samples"
mount -t tracefs tracefs $TRACING
echo 20000 >$TRACING/buffer_size_kb
check "all bound" quietly bind_all
check "module inserted" module_insert
for _ in 1 2 3 4 5; do
	quietly time_hooking 1 "$ONE"
	quietly time_hooking 8 "$EIGHT"
	quietly time_hooking 64 "$ALL"
done

check "timers are watched" timers_begin
memory nothing true
memory 64 quietly module_param devices "$ALL"
echo 0 >$TRACING/events/kprobes/enable
check "64 hooked" all_hooked 64
check "all asleep" all_asleep
armed=$(timers_armed)
say "timers armed at rest, of those that the module ever started: $armed"
echo "timers armed ${armed% *}" >>"$RIG/samples"
check "timers were seen at all" [ "${armed#* }" -gt 0 ]
show "$RIG/samples" samples
check "module removed" module_remove
scenario_end
