# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: a function with a legacy interrupt is quiet while asleep, and interrupts again after
# machine: iommu
# guest: pv
# timeout: 240
# power: .

# Interrupts so far. In dom0 pciback shares the line with its guest. The front
# end's event channel is xen-pciback's as well, without a BDF.
in_guest() {
	guest_run "awk '/eth0/ { n += \$2 } END { print n + 0 }' /proc/interrupts"
}

in_dom0() {
	awk -v fn="[$FN]" 'index($0, fn) { n += $2 } END { print n + 0 }' /proc/interrupts
}

check "PME-capable function bound" pme_capable
check "module inserted" module_insert devices=$FN
GUEST_MODULES=
check "guest starts" guest_start $FN
check "its driver" guest_run "modprobe e1000e IntMode=0"
check "packets pass" guest_packets
check_match "by a legacy interrupt" "$(guest_run 'grep eth0 /proc/interrupts')" 'pirq.*eth0$'
check "as pciback knows" grep -F "[$FN]" /proc/interrupts
say "interrupts: $(in_guest) in the guest, $(in_dom0) in dom0"
check "the guest lets its driver save power" guest_saves_power
log_mark

for cycle in 1 2 3; do
	check "$cycle: interface down" guest_link_down
	check "asleep" wait_for 20 is_state asleep
	check_eq "in D3cold" "$(sysattr $FN power_state)" D3cold
	guest=$(in_guest)
	dom0=$(in_dom0)
	sleep 5
	check_eq "interrupts in 5 s" \
		"$(($(in_guest) - guest)) $(($(in_dom0) - dom0))" "0 0"
	check_eq "asleep all the while" "$(attr $FN state)" asleep
	if [ $((cycle % 2)) = 1 ]; then
		check "PME" pme_fire acpi $FN
		check "the guest's driver resumes" wait_for 5 guest_runtime_is active
	fi
	guest=$(in_guest)
	dom0=$(in_dom0)
	check "packets pass" guest_packets
	check_match "by interrupts in the guest" $(($(in_guest) - guest)) '^[1-9]'
	check_match "and in dom0" $(($(in_dom0) - dom0)) '^[1-9]'
done
check_not "nobody cared is not said" logged 'nobody cared'
check_not "nor by the guest" guest_run 'dmesg | grep "nobody cared"'
check "guest powers off" guest_stop
check "module removed" module_remove
scenario_end
