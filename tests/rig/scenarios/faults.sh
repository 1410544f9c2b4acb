# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: hardware, firmware, Xen and xenstore that refuse or fail are said or passed over, and the function can be freed
# timeout: 240
#
# Power that is late or never comes is dead-power's; a port that is disconnected,
# disconnected's; memory, no-memory's.

NODE=/local/domain/0/backend/pci/0/0

hw() {
	setpci -s "${FN#0000:}" "$1"
}

counter_is() {
	[ "$(xenstore-read $NODE/pme-0)" = "$1" ]
}

d0_taken() {
	[ "$(w $PMCSR 2 0x0100)" = 0 ]
}

connect() {
	check "front end connects" fe_start $FN
	check_eq "memory decode on, and PME_En" "$(w 4 2 6) $(w $PMCSR 2 0x0100)" "0 0"
	config_keep before
}

# down: as the guest has it; and up
through() {
	check_eq "D3hot, with PME_En" "$(w $PMCSR 2 0x0103)" 0
	check "asleep" wait_for 20 is_state asleep
	check "D0" wait_for 20 d0_taken
	config_as before
}

check "PME-capable function bound" pme_capable
found=$(usage)

say "a function that does not leave D0"
check "module inserted" module_insert devices=$FN=d3hot
connect
echo 1 >/sys/module/pme_inject/parameters/stays
log_mark
check_eq "D3hot, as the guest believes" "$(w $PMCSR 2 0x0103)" 0
check "said" wait_for 5 logged "$FN: .*cannot be put to sleep .*stays awake"
check_eq "it reads D3hot" "$(r $PMCSR 2)" 0x0103
# It is said before the function is all up again, and tried again every few seconds.
check "active" wait_for 5 is_state active
check_eq "in hardware" "$(hw cc.b)" 00
check "a PME that nobody tells of" pme_fire status $FN
check "is told" wait_for 20 pme_told
check_eq "once" "$(attr $FN pme_count)" 1
check_eq "cleared" "$(w $PMCSR 2 0x8103)" 0
check_eq "D0" "$(w $PMCSR 2 0x0100)" 0
config_as before
check_eq "D3hot again" "$(w $PMCSR 2 0x0103)" 0
echo 0 >/sys/module/pme_inject/parameters/stays
check "once it can it does" wait_for 25 is_state asleep
check_eq "in D3hot" "$(sysattr $FN power_state)" D3hot
pme_once acpi
check_eq "D0" "$(w $PMCSR 2 0x0100)" 0
echo 1 >/sys/module/pme_inject/parameters/stays
check_eq "D3hot" "$(w $PMCSR 2 0x0103)" 0
check "front end leaves" fe_stop
echo 0 >/sys/module/pme_inject/parameters/stays
check "D3cold is allowed" module_param devices $FN

connect
say "firmware's _ON ends in an error, once"
check_eq "D3hot" "$(w $PMCSR 2 0x0103)" 0
check "D3cold" wait_for 5 power_is D3cold
check "once" acpi_call '\ABRT' 1
log_mark
check_eq "D0 is refused" "$(w $PMCSR 2 0x0100)" -3
check "said, with the remedy" logged "$FN: .*did not come back .*remove; echo 1 >"
check_eq "PowerState" "$(r $PMCSR 1)" 0x03
check_match "blockers" "$(blockers)" did-not-wake
check "a later try succeeds" wait_for 15 d0_taken
config_as before
through

say "what takes it out of a D3hot by hand comes too late for its guest"
check "runtime PM leaves it alone" sysattr $FN power/control on
check_eq "D3hot" "$(w $PMCSR 2 0x0103)" 0
check "by hand" wait_for 5 power_is D3hot
check "it comes late" delay_at pm_runtime_barrier $((1000 * PATIENCE))
check_match "D0 is refused, or its answer is late as well" "$(w $PMCSR 2 0x0100)" '^(-3|timeout)$'
check "late no more" rmmod delay_at
check "D0" wait_for 10 d0_taken
check "runtime PM may have it" sysattr $FN power/control auto
config_as before

say "xenstored stands still"
count=$(attr $FN pme_count) told=$(xenstore-read $NODE/pme-0)
check "stopped" xenstored STOP
check_eq "D3hot, with PME_En" "$(w $PMCSR 2 0x0103)" 0
check "asleep" wait_for 5 is_state asleep
pme_once acpi
pme_once acpi
check "D0" wait_for 5 d0_taken
check_eq "counted" $(($(attr $FN pme_count) - count)) 2
check "goes on" xenstored CONT
check "and says so" wait_for 5 counter_is $((told + 2))

say "the back end's directory is removed under it, and a PME comes"
check_eq "D3hot, with PME_En" "$(w $PMCSR 2 0x0103)" 0
check "asleep" wait_for 5 is_state asleep
xenstore-rm $NODE
pme_fire acpi $FN
check "that was the end of its owner" wait_for 20 owned_by none
check "killed" fe_kill
xenstore-rm /local/domain/0/device/pci/0
check "comes to rest" wait_for 15 at_rest
check_not "nothing is written to where it was" xenstore-exists $NODE

say "all ones, while it is in D0"
connect
log_mark
check "power cut" acpi_call '\PWRC' 0
check_eq "it is gone" "$(hw 0.l)" ffffffff
check_eq "D3hot is taken" "$(w $PMCSR 2 0x0103)" 0
check "said" wait_for 5 logged "$FN: .*does not answer, cannot be put to sleep: check it, or remove and rescan it"
check_eq "PowerState" "$(r $PMCSR 1)" 0x03
start=$(now_ms)
check "front end leaves" fe_stop
check "module removed" module_remove
check "in time" [ $(($(now_ms) - start)) -lt 20000 ]
check_eq "usage count" "$(usage)" "$found"
check "power is back" acpi_call '\PWRC' 1
check "removed and found again" reenumerate $FN
check "bound" bind_to_pciback $FN
check "module inserted" module_insert devices=$FN
check "works" works $FN
check "module removed" module_remove

say "Xen knows nothing of the function, and cannot restore its MSI"
check "unbound" unbind_from_pciback $FN
check "forgotten" map-msi $FN forget
check "bound" bind_to_pciback $FN
check "module inserted" module_insert devices=$FN
connect
check "MSI's enable bit" setpci -s "${FN#0000:}" d2.w=0081
config_keep before
log_mark
check_eq "D3hot" "$(w $PMCSR 2 0x0103)" 0
check "D3cold" wait_for 5 power_is D3cold
check "D0" wait_for 10 d0_taken
check "said" logged "$FN: .*Xen did not restore its MSI \(error -"
config_as before
check "enable bit off" setpci -s "${FN#0000:}" d2.w=0080
check "front end leaves" fe_stop
check "module removed" module_remove
check "unbound" unbind_from_pciback $FN
check "known again" map-msi $FN know
check "bound" bind_to_pciback $FN

say "firmware's _OFF ends in an error"
# The kernel takes it for off, and counts it as on from then on.
check "module inserted" module_insert devices=$FN
connect
check "from now on" acpi_call '\ABRT' 100
check_eq "D3hot, with PME_En" "$(w $PMCSR 2 0x0103)" 0
check "asleep all the same" wait_for 5 is_state asleep
check "no more" acpi_call '\ABRT' 0
pme_once acpi
check "D0" wait_for 10 d0_taken
config_as before
through
check "front end leaves" fe_stop
check "module removed" module_remove
scenario_end
