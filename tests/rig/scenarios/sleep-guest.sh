# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: a running PV guest's NIC passes packets after the host's S3 and s2idle, whether it slept before or not
# machine: iommu
# guest: pv
# s3: 00 00 00 20
# timeout: 300
#
# As in guest-driver, with INTx. The guest's driver in D0 knows nothing of the
# host's sleep, and after S3 nobody has set up its registers again: that is as
# with stock xen-pciback, so then the guest does (link down and up).
#
# S3 stops guests, s2idle does not. What a guest asks of xen-pciback meanwhile runs
# out of time after 2 s, and Linux's own poll takes that for a PME (all ones): then
# the driver resumes, finds nothing to do, and goes to sleep again.

check "PME-capable function bound" pme_capable
check "module inserted" module_insert devices=$FN
GUEST_MODULES=
check "guest starts" guest_start $FN
check "its driver" guest_run "modprobe e1000e IntMode=1"
check "packets pass" guest_packets
check "the guest lets its driver save power" guest_saves_power

say "in D0"
check "S3" host_sleeps
check "interface down" guest_link_down
check "packets pass" guest_packets
check "s2idle" pm_test devices
check "s2idle" host_sleeps freeze
check "packets pass, and nobody has done anything for it" guest_packets
pm_test none

say "asleep"
check "interface down" guest_link_down
check "asleep" wait_for 20 is_state asleep
for cycle in 1 2; do
	before=$(attr $FN pme_count)
	check "S3" host_sleeps
	check "asleep again by itself" wait_for 5 is_state asleep
	check_eq "in" "$(sysattr $FN power_state)" D3cold
	check_eq "for its guest in D3hot" "$(guest_run "cat $GUEST_FN/power_state")" D3hot
	check_eq "no PME" "$(attr $FN pme_count)" "$before"
done
pm_test devices
check "s2idle" host_sleeps freeze
check "asleep again, sooner or later" wait_for 30 is_state asleep
check_eq "no PME" "$(attr $FN pme_count)" "$before"
pm_test none
check "packets pass" guest_packets

say "woken by its PME"
check "interface down" guest_link_down
check "asleep" wait_for 20 is_state asleep
sysattr $FN power/wakeup enabled
before=$(attr $FN pme_count)
check "a PME as soon as it is in D3 next" pme_fire down $FN
check "S3" host_sleeps
check "the guest's driver resumes" wait_for 10 guest_runtime_is active
check_eq "one PME" $(($(attr $FN pme_count) - before)) 1
check "packets pass" guest_packets
say "wakes: $(wakes)"
check "guest powers off" guest_stop
check "module removed" module_remove
scenario_end
