# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: over the host's S3 a function stays as its guest has it, and wakes nothing unless it may
# s3: 00 00 00 00 20
# timeout: 150
# What sleeps and is not armed stays without power all the while (c to d).
# power: c[01]*d

# s3 WHAT
s3() {
	check "$1: S3" host_sleeps
}

check "PME-capable function bound" pme_capable
check "module inserted" module_insert devices=$FN
check "front end connects" fe_start $FN
config_keep before
count=$(usage)

say "in D0: as stock"
s3 "in D0"
check_eq "state" "$(attr $FN state)" active
config_as before
check_eq "usage count" "$(usage)" "$count"

say "in D3cold, its guest wants no PME"
guest_d3hot
before=$(wakes)
mark c
s3 "unarmed"
mark d
check "asleep" wait_for 5 is_state asleep
check_eq "in" "$(sysattr $FN power_state)" D3cold
check_eq "its guest knows nothing of it" "$(r $PMCSR 2)" 0x0003
# QEMU powers the slot on for the way out of S3, which newer kernels notice.
check_match "wakes" "$(wakes)" "^${before%sleep*}sleep [01]$"
guest_d0
config_as before

say "in D3cold, its guest wants PMEs, the host does not want to be woken"
check_eq "PME_En" "$(w $PMCSR 2 0x0100)" 0
guest_d3hot
s3 "armed"
check "asleep again" wait_for 5 is_state asleep
check_eq "its guest knows nothing of it" "$(r $PMCSR 2)" 0x0103
pme_once acpi

say "likewise, by hand"
sysattr $FN power/control on
check "in D3hot" wait_for 5 grep -q d3hot-by-hand "$(sysfs $FN)/xen_pciback_pm/blockers"
s3 "by hand"
check "in D3hot again" wait_for 5 grep -q d3hot-by-hand "$(sysfs $FN)/xen_pciback_pm/blockers"
check_eq "its guest knows nothing of it" "$(r $PMCSR 2)" 0x0103
sysattr $FN power/control auto
check "asleep" wait_for 5 is_state asleep

say "the host wants to be woken"
check_eq "blockers" "$(blockers)" ""
sysattr $FN power/wakeup enabled
check_match "blockers" "$(blockers)" no-wake-from-s2idle
s3 "wakeup"
check "asleep again" wait_for 5 is_state asleep
pme_once acpi
guest_d0
check_eq "PME_En" "$(w $PMCSR 2 0)" 0
config_as before
check_eq "usage count" "$(usage)" "$count"

check "front end leaves" fe_stop
check "module removed" module_remove
scenario_end
