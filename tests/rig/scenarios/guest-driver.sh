# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: a PV guest's own e1000e puts its NIC into D3cold and a PME brings it back, ten times
# machine: iommu
# guest: pv
# timeout: 400
# cycles: p q 0
# power: ^1?(01)?0pq1
#
# What that driver needs before it lets go: PME_Support (pci_dev_run_wake()),
# power/control auto in the guest, and its interface down or without a link.
#
# IntMode=1 asks for MSI, and the driver falls back to INTx after its interrupt
# test. With MSI-X a Linux PV guest of today dies in its own
# pci_restore_msi_state(): xen_initdom_restore_msi() leaves the vector table to
# it, which Xen maps read-only. Scenario guest-msix shows that the host's part
# is done for MSI-X as well.

check "PME-capable function bound" pme_capable
check "module inserted" module_insert devices=$FN
GUEST_MODULES=
check "guest starts" guest_start $FN
check "its driver" guest_run "modprobe e1000e IntMode=1"
check_match "the guest knows of PME" "$(guest_run 'dmesg | grep "PME# supported"')" 'D3hot$'
check "packets pass" guest_packets
check "the guest lets its driver save power" guest_saves_power

for cycle in $(seq 10); do
	check "$cycle: interface down" guest_link_down
	check "asleep" wait_for 20 is_state asleep
	check_eq "in D3cold" "$(sysattr $FN power_state)" D3cold
	check "the port as well" wait_for 5 port_is suspended
	check_eq "for its guest in D3hot" "$(guest_run "cat $GUEST_FN/power_state")" D3hot
	if [ "$cycle" = 1 ]; then
		mark p
		sleep 10
		mark q
		check_eq "10 s of the guest's polling" "$(attr $FN state)" asleep
	fi
	if [ $((cycle % 2)) = 1 ]; then
		before=$(attr $FN pme_count)
		check "PME" pme_fire acpi $FN
		check "the guest's driver resumes" wait_for 5 guest_runtime_is active
		check_eq "one PME" $(($(attr $FN pme_count) - before)) 1
	fi
	check "packets pass" guest_packets
done
say "wakes: $(wakes), PMEs: $(attr $FN pme_count)"
say "asleep: $(attr $FN d3cold_ms) ms in D3cold, $(attr $FN d3hot_ms) ms in D3hot"
check_eq "five PMEs" "$(attr $FN pme_count)" 5
check_match "nothing else woke it, once it had an owner" "$(wakes)" 'host [01] reset 0 sleep 0$'
check "guest powers off" guest_stop
check "module removed" module_remove
scenario_end
