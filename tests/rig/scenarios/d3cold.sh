# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: D3hot written by the guest cuts the power, D0 brings everything back
# power: ^1?(01)*a0pqb1c$
# cycles: p q 0

check "bound to pciback" bind_to_pciback $FN
check "module inserted" module_insert devices=$FN
check_eq "devices reads back" "$(module_param devices)" "$FN"
check_eq "power/control" "$(sysattr $FN power/control)" auto
check "front end connects" fe_start $FN
check_eq "memory decode and bus master on" "$(w 4 2 6)" 0
fe_dump 1 >/run/rig/before.1
fe_dump 2 >/run/rig/before.2
fe_dump 4 0 0x1000 >/run/rig/before.4
hardware() {
	setpci -s "${FN#0000:}" 0.l 4.l 10.l 14.l 18.l 1c.l 3c.l
}
hardware >/run/rig/hardware.before

# On a slow machine nobody owned it for long enough to sleep before.
before=$(woken_by host)
mark a
check_eq "D3hot written" "$(w $PMCSR 2 3)" 0
check "falls asleep" wait_for 5 grep -q asleep "$(sysfs $FN)/xen_pciback_pm/state"
mark p
check_eq "PowerState" "$(r $PMCSR 1)" 0x03
check_eq "host's view" "$(sysattr $FN power_state)" D3cold
check_eq "runtime PM" "$(sysattr $FN power/runtime_status)" suspended
check "the port sleeps" wait_for 5 grep -q suspended "$(sysfs $PORT)/power/runtime_status"
check_eq "no blockers" "$(attr $FN blockers)" ""
check_eq "guest_state" "$(attr $FN guest_state)" D3hot

# As in D0, but for PowerState.
fe_dump 1 >/run/rig/asleep.1
fe_dump 2 >/run/rig/asleep.2
fe_dump 4 0 0x1000 >/run/rig/asleep.4
for size in 1 2 4; do
	diff /run/rig/before.$size /run/rig/asleep.$size >/run/rig/diff.$size
	check_eq "reads of $size bytes that differ, asleep" "$(grep -c '^+[^+]' /run/rig/diff.$size)" 1
	say "asleep, $size bytes: $(grep '^[-+][^-+]' /run/rig/diff.$size | tr '\n' ' ')"
done
check_eq "still asleep" "$(attr $FN state)" asleep
mark q
mark b
check_eq "D0 written" "$(w $PMCSR 2 0)" 0
say "which took $(fe_us) us"
mark c
check_eq "PowerState" "$(r $PMCSR 2)" 0x0000
check_eq "state" "$(attr $FN state)" active
check_eq "host's view" "$(sysattr $FN power_state)" D0
for size in 1 2; do
	fe_dump $size >/run/rig/after.$size
	check "config space by $size as before" cmp /run/rig/before.$size /run/rig/after.$size
done
fe_dump 4 0 0x1000 >/run/rig/after.4
check "config space by 4 as before" cmp /run/rig/before.4 /run/rig/after.4
hardware >/run/rig/hardware.after
check "hardware's too" cmp /run/rig/hardware.before /run/rig/hardware.after
say "wakes: $(attr $FN wakes | tr '\n' ' ')"
check_match "one wake, by the guest" "$(attr $FN wakes | tr '\n' ' ')" "^guest 1 pme 0 config 0 host $before "
check_match "time in D3cold" "$(attr $FN d3cold_ms)" '^[1-9]'
check "front end leaves" fe_stop
check "module removed" module_remove
check_eq "power/control as found" "$(sysattr $FN power/control)" on
scenario_end
