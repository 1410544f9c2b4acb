# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: a PME at any moment while a function falls asleep is told, once
# timeout: 240

# signal_after N: as hardware does, N rounds later: by message, or without power
# by WAKE#
signal_after() {
	local i=0

	while [ $i -lt "$1" ]; do
		i=$((i + 1))
	done
	pme_fire native $FN || acpi_call '\WAKE'
}

# fall STATE: time and again, and a PME meanwhile
fall() {
	local i told=0 before

	before=$(attr $FN pme_count)
	for i in $(seq 0 24); do
		# The last PME_Status goes with D0.
		[ "$(w $PMCSR 2 0x8100)" = 0 ] || break
		signal_after $((i * 25)) &
		w $PMCSR 2 0x0103 >/dev/null
		wait $!
		if POLL=0.1 wait_for 2 pme_told; then
			told=$((told + 1))
		else
			say "not told: the $i-th"
		fi
	done
	check_eq "PMEs told, on the way to $1" $told 25
	check_eq "events" $(($(attr $FN pme_count) - before)) 25
	check_eq "cleared" "$(w $PMCSR 2 0x8103)" 0
	check "asleep" wait_for 5 is_state asleep
	check_eq "where it should be" "$(sysattr $FN power_state)" "$1"
	check_eq "nothing is left" "$(r $PMCSR 2)" 0x0103
	check_eq "D0" "$(w $PMCSR 1 0)" 0
}

check "PME-capable function bound" pme_capable
check "module inserted, D3hot at the deepest" module_insert devices=$FN=d3hot
check "front end connects" fe_start $FN
check_eq "PME_En" "$(w $PMCSR 2 0x0100)" 0
# A port that sleeps has no interrupt.
sysattr $PORT power/control on
fall D3hot
check "D3cold is allowed" module_param devices $FN
fall D3cold
check "front end leaves" fe_stop
check "module removed" module_remove
scenario_end
