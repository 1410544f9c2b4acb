# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: a sleep of the host that fails, wherever it does, leaves a function as it was
# qemu-args: -device e1000e,addr=5.0,romfile=
# timeout: 300
# acpi_s2idle_restore() gives back what acpi_s2idle_prepare() did not get, as Xen's
# interrupts cannot wake; with stock pciback as well.
# allow: irq_set_irq_wake
# allow: Call Trace:
# What sleeps and is not armed stays without power all the while (c to d).
# power: c[01]*d

# The other one is not opted in.
OTHER=0000:00:05.0

control() {
	as_fe 1 $OTHER "$@"
}

# keep NAME: config space up to AER, which is enough for 40 times
keep() {
	fe_dump 4 0 0x200 >"$RIG/$1.$FN"
}

# before STATE GPE: what is to be found again
before() {
	state=$1 gpe=$2
	power=$(sysattr $FN power_state)
	pmcsr=$(r $PMCSR 2)
	count=$(attr $FN pme_count)
	references=$(usage)
	keep before
	control keep before
	control_usage=$(usage $OTHER)
}

usage_is() {
	[ "$(usage $FN)" = "$1" ]
}

# One line for each thing that is not as it was.
changes() {
	wait_for 5 is_state "$state" || echo "state: $(attr $FN state)"
	wait_for 5 power_is "$power" || echo "power_state: $(sysattr $FN power_state)"
	wait_for 5 usage_is "$references" || echo "usage count: $(usage)"
	[ "$(r $PMCSR 2)" = "$pmcsr" ] || echo "PMCSR: $(r $PMCSR 2)"
	[ "$(attr $FN pme_count)" = "$count" ] || echo "pme_count: $(attr $FN pme_count)"
	gpe_is "$gpe" || echo "GPE: not $gpe"
	keep now
	cmp "$RIG/before.$FN" "$RIG/now.$FN" 2>&1
	control keep now
	cmp "$RIG/before.$OTHER" "$RIG/now.$OTHER" 2>&1
	[ "$(usage $OTHER)" = "$control_usage" ] ||
		echo "the other's usage count: $(usage $OTHER)"
	power_is D0 $OTHER ||
		echo "the other's power_state: $(sysattr $OTHER power_state)"
}

unchanged() {
	! changes | grep .
}

# tested TYPE LEVEL: all is well up to that level, and then it wakes
tested() {
	pm_test "$2" && host_sleeps "$1" && unchanged
}

# refused STAGE HOW_FAR
refused() {
	pm_test none && pm_refuse "$1" && ! host_sleeps && pm_refuse none || return
	[ "$(pm_refused)" = "$2" ] || {
		echo "$FN had come to: $(pm_refused)"
		return 1
	}
	unchanged
}

# fails STATE GPE [HOW]: every way; HOW is how far it comes, if not all the way
fails() {
	before "$1" "$2"
	for stage in prepare suspend suspend_late suspend_noirq; do
		how=$stage${3:+ $3}
		[ -z "$3" ] || [ $stage = prepare ] || how="suspend $3"
		check "$stage refused, all as before" refused $stage "$how"
	done
	for level in devices platform core; do
		check "S3 up to $level, all as before" tested mem $level
	done
	for level in devices platform; do
		check "s2idle up to $level, all as before" tested freeze $level
	done
}

check "PME-capable function bound" pme_capable
check "the other bound" bind_to_pciback $OTHER
check "module inserted" module_insert devices=$FN
check "front end connects" fe_start $FN
check "the other's as well" control fe_start $OTHER
check_eq "memory decode and bus master on" "$(w 4 2 6)" 0
check "refusal at hand" pm_refuse_insert

check "frozen, and no more" pm_test freezer
check "S3 up to there" host_sleeps
say "in D0"
fails active disabled

say "in D3cold, its guest wants no PME"
guest_d3hot
mark c
fails asleep disabled direct_complete
mark d
guest_d0

say "in D3cold, its guest wants PMEs, the host does not want to be woken"
check_eq "PME_En" "$(w $PMCSR 2 0x0100)" 0
guest_d3hot
fails asleep enabled
pme_once acpi

say "the host wants to be woken"
sysattr $FN power/wakeup enabled
fails asleep enabled
pme_once acpi
guest_d0

check "refusal over" rmmod pm_refuse
check "front end leaves" fe_stop
check "the other's as well" control fe_stop
check "module removed" module_remove
scenario_end
