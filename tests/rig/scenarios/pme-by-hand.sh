# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: a PME from a D3hot that runtime PM could not take sets the guest's PME_Status
# timeout: 180

# rests ARMED: in D3hot by hand, with the wake armed or not
rests() {
	check "in D3hot" wait_for 5 rests_in_d3hot "$1"
	check_match "blockers" "$(blockers)" 'control-on .*d3hot-by-hand '
}

rests_in_d3hot() {
	power_is D3hot && [ "$(pme_stat $FN en)" = "$1" ] &&
		blockers | grep -q d3hot-by-hand
}

check "PME-capable function bound" pme_capable
check "module inserted" module_insert devices=$FN
check "front end connects" fe_start $FN
check "control is on" sysattr $FN power/control on
check_eq "PME_En and D3hot" "$(w $PMCSR 2 0x0103)" 0
rests 1
count=0
# The kernel polls no more where it has once been interrupted.
for kind in status native acpi; do
	check "PME: $kind" pme_fire $kind $FN
	count=$((count + 1))
	check "PME_Status" wait_for 5 pme_shown
	check_eq "in D0, for its guest to act" "$(sysattr $FN power_state)" D0
	check_eq "pme_count" "$(attr $FN pme_count)" $count
	check_eq "PME_Status cleared" "$(w $PMCSR 2 0x8103)" 0
	rests 1
done

check_eq "PME_En off, in D3hot" "$(w $PMCSR 2 0x0003)" 0
rests 0
check "PME" pme_fire status $FN
sleep 1
check_eq "nobody is told" "$(r $PMCSR 2)" 0x0003
check_eq "PME_En on, in D3hot" "$(w $PMCSR 2 0x0103)" 0
rests 1
sleep 1
check_eq "nor of one that is older than that" "$(r $PMCSR 2)" 0x0103
check "PME" pme_fire native $FN
check "PME_Status" wait_for 5 pme_shown
count=$((count + 1))
check "while that is set" wait_for 10 rests_in_d3hot 1
check_eq "PME_Status stays" "$(r $PMCSR 2)" 0x8103
check_eq "cleared" "$(w $PMCSR 2 0x8103)" 0

check "control is auto" sysattr $FN power/control auto
check "asleep" wait_for 5 is_state asleep
check_eq "in D3cold" "$(sysattr $FN power_state)" D3cold
check "control is on" sysattr $FN power/control on
rests 1
check_eq "no PME for that" "$(r $PMCSR 2)" 0x0103
check_eq "pme_count" "$(attr $FN pme_count)" $count
guest_d0
check_eq "disarmed" "$(pme_stat $FN en)" 0
check "front end leaves" fe_stop
check "module removed" module_remove
scenario_end
