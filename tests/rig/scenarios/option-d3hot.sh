# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: with =d3hot the function sleeps in D3hot and never loses its power
# power: ^1?ab$

check "bound to pciback" bind_to_pciback $FN
check "module inserted" module_insert devices=$FN=d3hot
check "front end connects" fe_start $FN
check_eq "memory decode on" "$(w 4 2 6)" 0
fe_dump 4 >/run/rig/before
mark a
for cycle in 1 2 3; do
	guest_d3hot "in cycle $cycle"
	check_eq "host's view" "$(sysattr $FN power_state)" D3hot
	# In D3 it could not promise its child any power.
	check_eq "the port stays" "$(sysattr $PORT power/runtime_status)" active
	check_match "blockers" "$(attr $FN blockers | tr '\n' ' ')" '^option-d3hot '
	check_eq "D0 written" "$(w $PMCSR 1 0)" 0
	fe_dump 4 >/run/rig/after
	check "config space as before" cmp /run/rig/before /run/rig/after
done

mark b
check "front end leaves" fe_stop
scenario_end
