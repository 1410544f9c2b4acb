# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: hardware is armed while the guest's PME_En is set, whenever the guest changes it, and no PME is lost to that
# slot: s0w=3
# timeout: 240

# armed: asleep in D3hot, which _S0W demands of a function that shall wake
armed() {
	asleep_in D3hot && [ "$(pme_stat $FN en)" = 1 ] && gpe_is enabled
}

# unarmed: asleep in D3cold, for nothing limits it
unarmed() {
	asleep_in D3cold && [ "$(pme_stat $FN en)" = 0 ] && gpe_is disabled
}

pme_en() {
	w $PMCSR 2 "$1" >>"$RIG/writes"
}

events_are() {
	[ "$(attr $FN pme_count)" = "$1" ]
}

# told_once COUNT WHAT: by now, and the guest takes it
told_once() {
	check "$2: PME_Status" wait_for 5 pme_told
	check_eq "cleared" "$(w $PMCSR 2 0x8103)" 0
	check "armed again" wait_for 5 armed
	check_eq "it stays clear" "$(r $PMCSR 2)" 0x0103
	check_eq "events" "$(attr $FN pme_count)" "$1"
}

check "PME-capable function bound" pme_capable
check "module inserted" module_insert devices=$FN
check "front end connects" fe_start $FN
guest_d3hot "without PME_En"
check "not armed" wait_for 5 unarmed
check_eq "PME_En, asleep" "$(w $PMCSR 2 0x0103)" 0
check "armed" wait_for 5 armed
check_match "which blockers tells" "$(blockers)" no-wake-from-d3cold
pme_once status
pme_once acpi
check_eq "PME_En off, asleep" "$(w $PMCSR 2 0x0003)" 0
check "not armed" wait_for 5 unarmed

say "off and on"
count=$(attr $FN pme_count)
for last in 0x0003 0x0103; do
	: >"$RIG/writes"
	for i in $(seq 20); do
		pme_en 0x0103
		sleep "0.0$((i % 10))"
		pme_en 0x0003
	done
	pme_en $last
	case $last in
	0x0003) check "off: not armed" wait_for 5 unarmed ;;
	0x0103) check "on: armed" wait_for 5 armed ;;
	esac
	check_eq "each write was taken" "$(sort -u "$RIG/writes")" 0
	check_eq "PMCSR" "$(r $PMCSR 2)" $last
	check "so it stays" eval "sleep 1; is_state asleep"
done
check_eq "no event of it" "$(attr $FN pme_count)" "$count"

# A function that is on signals by message, for which the port has to be up.
say "a PME while the function is armed anew"
sysattr $PORT power/control on
for s in 0 0.1 0.3 0.5 0.6; do
	pme_en 0x0003
	pme_en 0x0103
	sleep $s
	pme_fire native $FN
	count=$((count + 1))
	told_once $count "$s s after PME_En off and on"
done
# Of a function without power the wake takes its time.
check "slow" acpi_call '\DLAY' 600
for s in 0 0.3 0.6; do
	pme_en 0x0003
	check "not armed" wait_for 5 unarmed
	pme_en 0x0103
	sleep $s
	pme_fire native $FN
	count=$((count + 1))
	told_once $count "$s s after PME_En"
done
check "no longer slow" acpi_call '\DLAY' 0

# In D0 the host has no reason to look, and nothing else has.
say "a PME before the guest's D3hot"
for s in 0 1; do
	check_eq "D0" "$(w $PMCSR 2 0x0100)" 0
	pme_fire native $FN
	sleep $s
	check_eq "D3hot" "$(w $PMCSR 2 0x0103)" 0
	count=$((count + 1))
	told_once $count "$s s before D3hot"
done

say "a PME that is older than PME_En"
check_eq "D0" "$(w $PMCSR 2 0)" 0
check "PME" pme_fire native $FN
check_eq "PME_En" "$(w $PMCSR 2 0x8100)" 0
guest_d3hot
check "armed" wait_for 5 armed
check_eq "is none" "$(r $PMCSR 2)" 0x0103
check_eq "no event" "$(attr $FN pme_count)" "$count"

check_eq "D0" "$(w $PMCSR 2 0x0100)" 0
check "not armed" gpe_is disabled
check "front end leaves" fe_stop
check "module removed" module_remove
check "injector removed" rmmod pme_inject

say "PME from D3cold alone, where _S0W is D3hot"
pme_session 16
pme_offered no
pme_session_over
scenario_end
