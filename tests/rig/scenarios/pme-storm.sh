# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: a function whose PMEs come too often stays awake, tells why, and sleeps again when they end
# timeout: 240
# qemu-args: -smp 1 -icount shift=0,sleep=off
#
# Too often is more than ten a second, and fifty are let through at first. By the
# clock an emulated machine need not get that far; here time is what it executes.

# stormy: one more PME, as soon as the function sleeps, and a guest that acts on it
# and goes back to sleep; is that told to be one too many?
stormy() {
	wait_for 5 is_state asleep && pme_fire acpi $FN && wait_for 5 pme_told || return
	w $PMCSR 2 0x8100
	w $PMCSR 2 0x0103
	blockers | grep -q pme-storm
}

check "PME-capable function bound" pme_capable
check "module inserted" module_insert devices=$FN=d3hot
check "front end connects" fe_start $FN
check_eq "PME_En" "$(w $PMCSR 2 0x0100)" 0
guest_d3hot
log_mark
start=$(now_ms)
POLL=0.002
check "PMEs, one after the other" wait_for 60 stormy
say "$(attr $FN pme_count) in $(($(now_ms) - start)) ms"
check_eq "stays awake, though PME_Status is clear" "$(attr $FN state) $(r $PMCSR 2)" "active 0x0103"
check_eq "said once" "$(logged 'PMEs a second' | wc -l)" 1
check "asleep again" wait_for 10 is_state asleep
check_match "more than the fifty that are let through at once" "$(attr $FN pme_count)" '^(5[1-9]|[6-9].|...)$'
pme_once acpi
check "front end leaves" fe_stop
check "module removed" module_remove
scenario_end
