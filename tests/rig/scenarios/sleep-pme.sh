# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: a PME that comes around the host's sleep is told after it, or prevents it, and is never lost
# s3: 20 00 20 20
# timeout: 180

# told_once WHAT: since counted
counted() {
	count=$(attr $FN pme_count) woken=$(woken_by pme)
}

told_once() {
	check "$1: PME_Status" wait_for 5 pme_told
	check_eq "PowerState and PME_En as before" "$(r $PMCSR 2)" 0x8103
	check_eq "events" $(($(attr $FN pme_count) - count)) 1
	check_eq "PME_Status cleared" "$(w $PMCSR 2 0x8103)" 0
	check "asleep again" wait_for 5 is_state asleep
	check_eq "it stays clear" "$(r $PMCSR 2)" 0x0103
	check_eq "events" $(($(attr $FN pme_count) - count)) 1
}

s3_with_pme() {
	counted
	check "a PME as soon as it is in D3 next" pme_fire down $FN
	check "S3" host_sleeps
	told_once "$1"
}

check "PME-capable function bound" pme_capable
check "module inserted" module_insert devices=$FN
check "front end connects" fe_start $FN
config_keep before
check_eq "PME_En" "$(w $PMCSR 2 0x0100)" 0
guest_d3hot

say "in S3"
sysattr $FN power/wakeup enabled
s3_with_pme "it may wake the host"
check_eq "wakes by PME" $(($(woken_by pme) - woken)) 1
sysattr $FN power/wakeup disabled
s3_with_pme "it may not"

say "without auxiliary power, so that firmware's word is all that is left of it"
sysattr $FN power/wakeup enabled
echo N >/sys/module/pme_inject/parameters/vaux
s3_with_pme "no auxiliary power"
echo Y >/sys/module/pme_inject/parameters/vaux

say "from D3hot"
sysattr $FN d3cold_allowed 0
s3_with_pme "no D3cold"
sysattr $FN d3cold_allowed 1

say "in s2idle"
check "a test of s2idle" pm_test devices
counted
check "a PME as soon as it is in D3 next" pme_fire down $FN
check "s2idle" host_sleeps freeze
told_once "s2idle"
pm_test none

say "before the host has gone to sleep"
counted
cat /sys/power/wakeup_count >/sys/power/wakeup_count
check "a PME that nobody has noticed" pme_fire status $FN
check_not "S3" host_sleeps
told_once "it prevents the sleep"
sysattr $FN power/wakeup disabled
pm_test devices
counted
cat /sys/power/wakeup_count >/sys/power/wakeup_count
check "a PME that nobody has noticed" pme_fire status $FN
check "a sleep that it may not prevent" host_sleeps
told_once "it is told afterwards"
pm_test none

guest_d0
check_eq "PME_En" "$(w $PMCSR 2 0)" 0
config_as before
check "front end leaves" fe_stop
check "module removed" module_remove
scenario_end
