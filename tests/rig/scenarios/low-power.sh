# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: low_power lets a device model have the function sleep, wakes it, and gives way to pciback's guests
# power: ^1?(01)*0a1b0c(10)*1d0e1f(01)*0g
# timeout: 300

# refused VALUE ERROR: as the C library says it
refused() {
	local says

	says=$(attr $FN low_power "$1" 2>&1) || says="refused: $says"
	check_match "low_power '$1'" "$says" "^refused: .*$2"
}

asleep() {
	check "asleep" wait_for 5 is_state asleep
	check_eq "in D3cold" "$(sysattr $FN power_state)" D3cold
	check_eq "usage count" "$(usage)" 0
}

# awake: since the write has returned
awake() {
	check_eq "awake" "$(attr $FN state)" active
	check_eq "in D0" "$(sysattr $FN power_state)" D0
	check_eq "usage count" "$(usage)" 1
}

# pme KIND: wakes the function
pme() {
	local count

	count=$(attr $FN pme_count)
	check "PME" pme_fire "$1" $FN
	check "wakes it" wait_for 5 is_state active
	sleep 0.3
	check_eq "counted" $(($(attr $FN pme_count) - count)) 1
}

# all_of_it WHO: what whoever is no guest of pciback can do
all_of_it() {
	say "$1"
	check "low_power 0" attr $FN low_power 0
	awake
	check_eq "reads back" "$(attr $FN low_power)" 0
	check_match "blockers" "$(attr $FN blockers | tr '\n' ' ')" '^low-power-0 '
	sleep 5
	awake

	# As a device model does what its guest chooses.
	setpci -s "${FN#0000:}" CAP_PM+5.B=06
	check "low_power 1" attr $FN low_power 1
	check_eq "reads back" "$(attr $FN low_power)" 1
	asleep
	count=$(attr $FN pme_count)
	check "a PME" pme_fire acpi $FN
	sleep 1
	check_eq "does not count" "$(attr $FN pme_count)" "$count"
	asleep
	check "low_power 0" attr $FN low_power 0
	awake
	check_bit "Data_Select as before" "0x$(setpci -s "${FN#0000:}" CAP_PM+4.W)" 0x1e00 0x0600

	check "low_power wakeup" attr $FN low_power wakeup
	check_eq "reads back" "$(attr $FN low_power)" wakeup
	asleep
	pme acpi
	check_match "blockers" "$(attr $FN blockers | tr '\n' ' ')" woken-by-pme
	# A guest's would be over by then.
	sleep 7
	awake
	check "low_power wakeup, again" attr $FN low_power wakeup
	asleep
	pme acpi
	check "low_power 1 is an answer, too" attr $FN low_power 1
	asleep
	check "low_power wakeup, while asleep" attr $FN low_power wakeup
	sleep 1
	asleep
	pme acpi
	check "low_power 0" attr $FN low_power 0
	awake
	check "once more" attr $FN low_power 0
	awake
}

check "PME-capable function bound" pme_capable
usage=$(usage)
check "module inserted" module_insert devices=$FN
check_eq "at first" "$(attr $FN low_power)" auto
check "comes to rest" wait_for 10 at_rest
mark a
check "low_power 0" attr $FN low_power 0
mark b
awake
check "low_power 1" attr $FN low_power 1
asleep
mark c
all_of_it "nobody owns it"
mark d
check "low_power 1" attr $FN low_power 1
asleep
mark e

# libxl's note stands for an HVM guest with its device model in dom0.
claim 7
check "claimed" wait_for 5 owned_by 7
check "awake for that" wait_for 5 is_state active
mark f
check_eq "what was before does not count" "$(attr $FN low_power)" auto
all_of_it "a domain has it by libxl's note"
claim
check "nobody's" wait_for 5 owned_by none
check_eq "reset with the session" "$(attr $FN low_power)" auto
check "comes to rest" wait_for 10 at_rest
mark g

# Gone while it waits for a PME, and after that came.
claim 7
check "low_power wakeup" attr $FN low_power wakeup
asleep
claim
check "nobody's" wait_for 5 owned_by none
count=$(attr $FN pme_count)
check "a PME" pme_fire acpi $FN
check "comes to rest" wait_for 10 at_rest
check_eq "does not count" "$(attr $FN pme_count)" "$count"
claim 7
check "claimed" wait_for 5 owned_by 7
check "low_power wakeup" attr $FN low_power wakeup
asleep
pme acpi
claim
check "comes to rest" wait_for 10 at_rest
check_eq "reset" "$(attr $FN low_power)" auto
check_eq "usage count" "$(usage)" 0

for value in "" 2 on auto wakeupp 01; do
	refused "$value" "Invalid argument"
done
check_eq "and nothing changed" "$(attr $FN low_power)" auto

# A guest of pciback rules by its PMCSR.
check "front end connects" fe_start $FN
check_eq "nothing of the last owner's PMEs" "$(r $PMCSR 2)" 0x0000
check_eq "it reads" "$(r 0 4)" 0x10d38086
check_eq "and writes" "$(w 4 2 6)" 0
for value in 0 1 wakeup; do
	refused $value "busy"
done
guest_d3hot
for value in 0 1 wakeup; do
	refused $value "busy"
done
check_eq "still asleep" "$(attr $FN state)" asleep
check_eq "D0" "$(w $PMCSR 1 0)" 0
check "leaves" fe_stop
for value in 0 wakeup; do
	check "low_power $value is taken again" attr $FN low_power $value
	sleep 1
	check "front end connects" fe_start $FN
	check_eq "it reads" "$(r 0 4)" 0x10d38086
	check_eq "and low_power gives way" "$(attr $FN low_power)" auto
	awake
	# What was armed is not this one's.
	count=$(attr $FN pme_count)
	check "a PME" pme_fire acpi $FN
	sleep 0.5
	check_eq "PME_Status" "$(r $PMCSR 2)" 0x0000
	check_eq "pme_count" "$(attr $FN pme_count)" "$count"
	[ $value = wakeup ] || check "leaves" fe_stop
done
guest_d3hot
check_eq "D0" "$(w $PMCSR 1 0)" 0
check "leaves" fe_stop
check "comes to rest" wait_for 10 at_rest

# By message, from D3hot. What the port may not do asleep it is not asked to.
check "D3hot at the deepest" module_param devices "$FN=d3hot"
check "the port stays on" sysattr $PORT power/control on
check "low_power wakeup" attr $FN low_power wakeup
check "asleep" wait_for 5 is_state asleep
check_eq "in D3hot" "$(sysattr $FN power_state)" D3hot
check_eq "armed" "$(pme_stat $FN en)" 1
pme native
sleep 7
awake
check "low_power 1" attr $FN low_power 1
check "asleep" wait_for 5 is_state asleep
check_eq "not armed" "$(pme_stat $FN en)" 0
check "the port may sleep" sysattr $PORT power/control auto

check "no PME wanted" module_param devices "$FN=nowake"
refused wakeup "not supported"
check "the rest is" attr $FN low_power 0
awake

for value in 0 1 wakeup; do
	check "hooked anew" eval "module_param devices '' && module_param devices $FN"
	check "low_power $value" attr $FN low_power $value
	check "given back" module_param devices ""
	check_eq "usage count as found" "$(usage)" "$usage"
	check_eq "in D0" "$(sysattr $FN power_state)" D0
done
check "module removed" module_remove
scenario_end
