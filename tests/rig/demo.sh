# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: the main job, told as it happens (make demo)
# machine: iommu
# guest: pv
# timeout: 170
# cycles: p q 0
# power: ^1?01a0pqb1

tell() {
	emit "rig: demo: $*"
}

tell "dom0 runs $(uname -r), unmodified; NIC $FN goes to xen-pciback"
check "PME-capable function bound" pme_capable
check "module inserted" module_insert devices=$FN
tell "modprobe xen-pciback-pm devices=$FN: $(sysattr $FN power/control) is its power/control now"
check "sleeps, as nobody owns it" wait_for 10 is_state asleep
tell "nobody owns it: it sleeps in $(sysattr $FN power_state)"
xen-pciback-pm timeline --record 600 /run/rig/trace >/dev/null &
recorder=$!
tell "a PV guest starts with the NIC passed through"
GUEST_MODULES=
check "guest starts" guest_start $FN
tell "guest: its kernel says $(guest_run 'dmesg | grep -o "PME# supported from.*"')"
check "its driver" guest_run 'modprobe e1000e IntMode=1'
check "packets pass" guest_packets
tell "guest: e1000e drives it, a ping is answered"

mark a
check "the guest lets its driver save power" guest_saves_power
check "interface down" guest_link_down
tell "guest: interface down, power/control auto; its driver suspends the NIC"
check "asleep" wait_for 20 is_state asleep
check_eq "guest's view" "$(guest_run "cat $GUEST_FN/power_state")" D3hot
check_eq "host's view" "$(sysattr $FN power_state)" D3cold
check "the port sleeps" wait_for 5 port_is suspended
tell "host: NIC in $(sysattr $FN power_state), port $(sysattr $PORT power/runtime_status); the guest reads $(guest_run "cat $GUEST_FN/power_state")"

mark p
check "a minute's worth of polls" guest_run "for i in \$(seq 60); do dd if=$GUEST_FN/config of=/dev/null bs=2 skip=$((PMCSR / 2)) count=1 2>/dev/null; done"
check_eq "wakes nothing" "$(attr $FN state)" asleep
mark q
tell "guest: PMCSR read 60 times, a minute's worth of its kernel's polling; host: NIC still $(attr $FN state)"

tell "the device signals a wake (PME)"
mark b
check "PME" pme_fire acpi $FN
check "the guest's driver resumes" wait_for 10 guest_runtime_is active
check_eq "one PME" "$(attr $FN pme_count)" 1
tell "guest: its kernel saw PME_Status, its driver resumed the NIC"
check "packets pass" guest_packets
tell "guest: a ping is answered again"

emit "rig: sum: time in D3cold        $(attr $FN d3cold_ms) ms"
emit "rig: sum: time in D3hot         $(attr $FN d3hot_ms) ms"
emit "rig: sum: wakes                 $(wakes)"
emit "rig: sum: PMEs delivered        $(attr $FN pme_count)"
GUEST_CONFIG='' guest_destroy
kill $recorder
check "the trace is taken" wait $recorder
show /run/rig/trace trace
scenario_end
