# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: the command xen-pciback-pm tells what a function does, and wakes nothing by looking
# timeout: 180
# power: ^1?(01)*a0pq1?b
# cycles: p q 0
# cycles: p q 0 00:02.0

check "bound to pciback" bind_to_pciback $FN
check_not "without the module, status fails" xen-pciback-pm status
check "module inserted" module_insert devices=$FN

# records: has it begun to?
records() {
	grep -q 1 /sys/kernel/debug/tracing/instances/*/events/xen_pciback_pm/enable
}

check "front end connects" fe_start $FN
check_match "awake: its blocker" "$(xen-pciback-pm status)" '^ *blockers +guest-d0'
why 'guest-d0: its guest has it in D0 for [0-9]+ s remedy: .*power/control.*inferred, guest never asked for D3hot'
xen-pciback-pm timeline --record 120 /run/rig/trace >/run/rig/timeline.svg &
recorder=$!
check "a trace is taken" wait_for 10 records
sysattr $FN power/control on
sysattr $FN d3cold_allowed 0
why 'control-on: .*remedy: echo auto >.*d3cold_allowed: .*remedy: echo 1 >'
sysattr $FN d3cold_allowed 1
sysattr $FN power/control auto
mark a
guest_d3hot
check "the port sleeps" wait_for 5 port_is suspended
before=$(wakes)
mark p
xen-pciback-pm status >/run/rig/status
xen-pciback-pm status --json >/run/rig/status.json
xen-pciback-pm why dom0:00_02.0-00_00.0 >/run/rig/why
xen-pciback-pm report >/run/rig/report 2>&1
xen-pciback-pm watch >/run/rig/watch &
watch=$!
check "watch says how things are" wait_for 20 grep -q "$FN  asleep in D3cold" /run/rig/watch
kill $watch
wait $watch
mark q
check_eq "nothing was woken" "$(wakes)" "$before"
check "asleep still" asleep_in D3cold
for file in status status.json why report watch; do
	show /run/rig/$file $file
done
check_match "why knows qvm-pci's name, and that nothing blocks it" "$(cat /run/rig/why)" 'nothing keeps it from D3cold'
check_match "status --json has the function" "$(cat /run/rig/status.json)" '"power_state": "D3cold"'
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
check_match "who woke it last" "$(xen-pciback-pm status)" 'the last by guest$'
mark b
kill $recorder
check "a signal ends the recording" wait $recorder
show /run/rig/trace trace
show /run/rig/timeline.svg timeline.svg
check_not "and leaves nothing in tracefs" eval 'ls -d /sys/kernel/debug/tracing/instances/*'
check_eq "the trace has the sleep" "$(grep -c "xpm_sleep: $FN state=D3cold" /run/rig/trace)" 1
check_eq "and the wake" "$(grep -c "xpm_wake: $FN from=D3cold cause=guest" /run/rig/trace)" 1
check_match "the port, before and after" "$(sed -n 's/.*port=/port=/p' /run/rig/trace | uniq | tr '\n' ' ')" \
	"^port=$PORT is=active port=$PORT is=suspended port=$PORT is=active \$"
check "the picture has D3cold" grep -q '>D3cold, from' /run/rig/timeline.svg
check_eq "and ends" "$(tail -n 1 /run/rig/timeline.svg)" "</svg>"
check "front end leaves" fe_stop
scenario_end
