# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: over the host's S3 sleep as well: who is owned by nobody, who has the option sleep, who is a device model's
# s3: 00 00 00 20 00 00
# timeout: 240
# With the option sleep the power of a function in D0 is cut (c to d), without
# it is not (e to f).
# power: c[01]*0[01]*d.*e1*f

# pme_comes COUNT
pme_comes() {
	[ "$(attr $FN pme_count)" = "$1" ]
}

# A function that did not come back is tried again when asked, not at once.
back_in_d0() {
	[ "$(w $PMCSR 2 0)" = 0 ]
}

check "PME-capable function bound" pme_capable
check "module inserted" module_insert devices=$FN=sleep

say "nobody owns it"
check "asleep" wait_for 10 at_rest
before=$(wakes)
check "S3" host_sleeps
check "asleep" wait_for 10 at_rest
# QEMU powers the slot on for the way out of S3, which may be noticed.
check_match "wakes" "$(wakes)" "^${before%sleep*}sleep [01]$"

say "its guest has it in D0, its option is sleep"
check "front end connects" fe_start $FN
config_keep before
slept=$(woken_by sleep)
mark c
check "S3" host_sleeps
mark d
check_eq "state" "$(attr $FN state)" active
check_eq "PMCSR" "$(r $PMCSR 2)" 0x0000
check_eq "wakes by sleep" $(($(woken_by sleep) - slept)) 1
config_as before

say "its guest has it in D0, no option"
module_param devices "+$FN"
mark e
check "S3" host_sleeps
mark f
check_eq "state" "$(attr $FN state)" active
check_match "blockers" "$(blockers)" guest-d0
check_eq "wakes by sleep" $(($(woken_by sleep) - slept)) 1
config_as before
check "front end leaves" fe_stop

say "a device model's"
check "libxl gives it to a domain" claim 77
check "low_power" attr $FN low_power wakeup
check "asleep" wait_for 10 is_state asleep
sysattr $FN power/wakeup enabled
check "a PME as soon as it is in D3 next" pme_fire down $FN
check "S3" host_sleeps
check "told" wait_for 5 pme_comes 1
check "awake until the device model has acted" is_state active
check "low_power" attr $FN low_power 0
check_eq "events" "$(attr $FN pme_count)" 1
check "S3, awake" host_sleeps
check_eq "state" "$(attr $FN state)" active
sysattr $FN power/wakeup disabled
check "libxl takes it back" claim
check "asleep" wait_for 10 at_rest

say "it does not come back from S3"
log_mark
check "front end connects" fe_start $FN
guest_d3hot
check_eq "PME_En" "$(w $PMCSR 2 0x0103)" 0
check "armed" wait_for 5 is_state asleep
acpi_call '\FAIL' 100
check "S3" host_sleeps
check "reported" wait_for 10 logged 'did not come back from D3cold'
check "its guest reads" r 0 4
check_match "blockers" "$(blockers)" did-not-wake
acpi_call '\FAIL' 0
check "with power again it comes back for its guest" wait_for 20 back_in_d0
config_as before
check "front end leaves" fe_stop
check "module removed" module_remove
scenario_end
