# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: installed in dom0, the module is built for its kernel and works, by modprobe and by modprobe.d
# root: disk
# timeout: 3600
. /srv/life/lib.sh

conf=/etc/modprobe.d/xen-pciback-pm.conf

check_not "it is not loaded" loaded
check_eq "the NIC is xen-pciback's" "$(driver_of $FN)" pciback
# shellcheck disable=SC2046 # two packages
check "installed" apt install $(packages "$OLD")
check "built for the running kernel" installed_only "$OLD"
check_not "and not loaded by that" loaded

mv $conf /run/rig/conf
check "modprobe with a parameter" modprobe xen-pciback-pm devices=$FN
check_eq "it is this version" "$(loaded_version)" "$OLD"
check "the function sleeps" wait_for 30 at_rest
check "a guest uses it" works $FN
check "removed" rmmod xen_pciback_pm
check_eq "the NIC is xen-pciback's still" "$(driver_of $FN)" pciback
mv /run/rig/conf $conf

check "modprobe -r of xen-pciback" modprobe -r xen-pciback
check "modprobe of xen-pciback" modprobe xen-pciback
check "brings the module along" loaded
check_eq "with the parameter of modprobe.d" "$(module_param devices)" $FN
check "the function sleeps" wait_for 30 at_rest
check "a guest uses it" works $FN

life_end
