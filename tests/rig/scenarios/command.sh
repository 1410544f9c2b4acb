# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: the command xen-pciback-pm tells what a function does, and wakes nothing by looking
# power: ^1?a0pq1?b
# cycles: p q 0
# cycles: p q 0 00:02.0

check "bound to pciback" bind_to_pciback $FN
check_not "without the module, status fails" xen-pciback-pm status
check "module inserted" module_insert devices=$FN
check "front end connects" fe_start $FN
check_match "awake: its blocker" "$(xen-pciback-pm status)" '^ *blockers +guest-d0'
mark a
guest_d3hot
check "the port sleeps" wait_for 5 port_is suspended
before=$(wakes)
mark p
xen-pciback-pm status >/run/rig/status
xen-pciback-pm report >/run/rig/report 2>&1
mark q
check_eq "nothing was woken" "$(wakes)" "$before"
check "asleep still" asleep_in D3cold
show /run/rig/status status
show /run/rig/report report
check_match "status has the function" "$(cat /run/rig/status)" "^$FN  asleep in D3cold, guest D3hot, owner 0\$"
check_match "and that nothing blocks it" "$(cat /run/rig/status)" '^ *blockers +none$'
check_match "report has the version" "$(cat /run/rig/report)" \
	"^module, loaded +$(cat /sys/module/xen_pciback_pm/version)\$"
check_match "Xen's" "$(cat /run/rig/report)" '^Xen +4\.[0-9]+\.'
check_match "the function" "$(cat /run/rig/report)" "^== function $FN\$"
check_match "the port above it" "$(cat /run/rig/report)" "^-- below $PORT\$"
check_match "the machine's model" "$(cat /run/rig/report)" '^product_name +Standard PC'
check_match "the log" "$(cat /run/rig/report)" 'xen-pciback-pm: hooked'
# QEMU's user network gives it no other.
check_eq "no MAC address" "$(grep -c 52:54:00 /run/rig/report)" 0
guest_d0
mark b
check "front end leaves" fe_stop
scenario_end
