# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: after a PME a function waits for its guest, and PME_Status outlives that, a wake that fails, and the host's sleep
# timeout: 240

# woken: by a PME, and still up after it could have been asleep again
woken() {
	guest_d3hot
	check "PME" pme_fire acpi $FN
	check "awake" wait_for 5 is_state active
	sleep 1.5
	check_eq "it waits for its guest" "$(attr $FN state)" active
	check_match "which blockers tells" "$(blockers)" woken-by-pme
	check_eq "PMCSR" "$(r $PMCSR 2)" 0x8103
}

# sleep_host TEST: as far as the test goes (kernel's pm_test)
sleep_host() {
	echo "$1" >/sys/power/pm_test
	echo mem >/sys/power/state
}

dead() {
	blockers | grep -q did-not-wake
}

d0_taken() {
	[ "$(w $PMCSR 1 0)" = 0 ]
}

check "PME-capable function bound" pme_capable
check "module inserted" module_insert devices=$FN
check "front end connects" fe_start $FN
check_eq "PME_En" "$(w $PMCSR 2 0x0100)" 0

say "PME_Status cleared"
woken
check_eq "cleared" "$(w $PMCSR 2 0x8103)" 0
check "asleep" wait_for 3 is_state asleep
check_eq "PMCSR" "$(r $PMCSR 2)" 0x0103
check_eq "D0" "$(w $PMCSR 2 0x0100)" 0

say "PME_En off and on"
woken
check_eq "off" "$(w $PMCSR 2 0x0003)" 0
check "asleep" wait_for 3 is_state asleep
check_eq "PME_Status stays" "$(r $PMCSR 2)" 0x8003
check_eq "on" "$(w $PMCSR 2 0x0103)" 0
check_eq "PME_Status stays" "$(r $PMCSR 2)" 0x8103
check_eq "D0, and cleared" "$(w $PMCSR 2 0x8100)" 0

say "D0"
woken
check_eq "D0" "$(w $PMCSR 1 0)" 0
check_eq "blockers" "$(blockers)" "guest-d0 "
check_eq "PME_Status stays" "$(r $PMCSR 2)" 0x8100
guest_d3hot
check_eq "in the next sleep, too" "$(r $PMCSR 2)" 0x8103
check_eq "D0, and cleared" "$(w $PMCSR 2 0x8100)" 0
check_eq "events" "$(attr $FN pme_count)" 3

say "nothing"
began=$(now_ms)
woken
sleep 1.5
state=$(attr $FN state)
# On a slow machine the 5 s may be over by now.
[ $(($(now_ms) - began)) -gt 5000 ] ||
	check_eq "it still waits" "$state" active
check "asleep after a while" wait_for 8 is_state asleep
check_eq "PME_Status stays" "$(r $PMCSR 2)" 0x8103
check "another PME" pme_fire acpi $FN
sleep 1
check_eq "is no event" "$(attr $FN pme_count)" 4
check_eq "PME_Status" "$(r $PMCSR 2)" 0x8103

# Dom0 freezes, suspends its devices, and thaws; Xen has no part in it.
say "the host's sleep"
echo 1 >/sys/module/suspend/parameters/pm_test_delay
for test in freezer devices; do
	check "asleep" wait_for 5 is_state asleep
	check "pm_test $test" sleep_host $test
	check_eq "PME_Status stays" "$(r $PMCSR 2)" 0x8103
	check_eq "no event of it" "$(attr $FN pme_count)" 4
	check "asleep" wait_for 8 is_state asleep
	check_eq "in D3cold" "$(sysattr $FN power_state)" D3cold
done
check_eq "cleared" "$(w $PMCSR 2 0x8103)" 0
check "pm_test devices" sleep_host devices
check_eq "PMCSR" "$(r $PMCSR 2)" 0x0103
check "asleep" wait_for 8 is_state asleep
pme_once acpi
check "PME just before it" pme_fire acpi $FN
check "pm_test devices" sleep_host devices
check_eq "PME_Status" "$(r $PMCSR 2)" 0x8103
check_eq "events" "$(attr $FN pme_count)" 6
check_eq "D0, and cleared" "$(w $PMCSR 2 0x8100)" 0
echo none >/sys/power/pm_test

say "a wake that fails"
for kind in acpi port; do
	guest_d3hot
	check_eq "in D3cold" "$(sysattr $FN power_state)" D3cold
	check "no power, once" acpi_call '\FAIL' 1
	check "PME ($kind)" pme_fire $kind $FN
	check "it did not wake" wait_for 5 dead
	check "D0, sooner or later" wait_for 15 d0_taken
	check_eq "PME_Status" "$(r $PMCSR 2)" 0x8100
	check_eq "cleared" "$(w $PMCSR 2 0x8100)" 0
done
check_eq "events" "$(attr $FN pme_count)" 8
guest_d3hot
pme_once acpi
check_eq "D0" "$(w $PMCSR 2 0x0100)" 0
check_eq "the function answers" "$(r 0 4)" 0x10d38086
check "front end leaves" fe_stop
check "module removed" module_remove
scenario_end
