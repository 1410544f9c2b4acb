# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: after a reboot a module that was removed is gone, and purged, nothing is left
# root: disk
# timeout: 1800
. /srv/life/lib.sh

check_not "it is not loaded" loaded
check_not "nor can it be" modprobe xen-pciback-pm
check_eq "the NIC is xen-pciback's" "$(driver_of $FN)" pciback
check_not "and has none of its attributes" test -e "$(sysfs $FN)/xen_pciback_pm"
check "a front end comes" fe_start $FN
check_eq "and reads" "$(r 0 4)" 0x10d38086
check "it leaves" fe_stop
purge
life_end
