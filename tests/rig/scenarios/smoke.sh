# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: dom0 boots, pciback takes the function, a front end reads it

check "running on Xen as dom0" grep -q control_d /proc/xen/capabilities
check "the function is there" test -d "$(sysfs $FN)"
check "bound to pciback" bind_to_pciback $FN
check_eq "its driver" "$(driver_of $FN)" pciback
check "front end connects" fe_start $FN
check_eq "vendor and device" "$(r 0 4)" 0x10d38086
check_eq "an odd offset" "$(r 1 2)" error:-2
check_eq "PMCSR" "$(r $PMCSR 2)" 0x0000
say "one read took $(fe_us) us"
fe_dump 4 >dump
check_eq "lines of the dump" "$(wc -l <dump)" 16
show dump config-space
fe_cmd time 0 4 200
say "200 reads: min, mean, max us, errors: $(fe_last)"
check "front end detaches" fe_stop
check_not "nothing left in xenstore" xenstore-exists /local/domain/0/backend/pci/0/0
check "connects again" fe_start $FN
check_eq "vendor and device" "$(r 0 2) $(r 2 1)" "0x8086 0xd3"
check "dies" fe_kill
check "is reaped" fe_reap
check "a third one connects" fe_start $FN
check_eq "vendor and device" "$(r 0 4)" 0x10d38086
check "detaches" fe_stop
check "given up by pciback" unbind_from_pciback $FN
scenario_end
