# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: modprobe brings it along with xen-pciback, and modprobe -r takes it away alone
# init: systemd

kmod_programs
mkdir -p /etc/modprobe.d
echo "softdep xen-pciback post: xen-pciback-pm" >/etc/modprobe.d/softdep.conf
echo "options xen-pciback-pm devices=$FN" >/etc/modprobe.d/xen-pciback-pm.conf
check "depmod" depmod
check "modprobe xen-pciback" modprobe xen-pciback
check "the module came along" test -d /sys/module/xen_pciback_pm
check_eq "with its parameter" "$(module_param devices)" $FN
check "a function that is bound later is managed" bind_to_pciback $FN
check "at once" is_hooked
check "front end connects" fe_start $FN
guest_d3hot
check "modprobe -r, while it sleeps" modprobe -r xen-pciback-pm
check_not "the module is gone" test -d /sys/module/xen_pciback_pm
check_eq "xen-pciback has the function still" "$(driver_of $FN)" pciback
check_eq "whose guest sees what it saw" "$(r $PMCSR 1)" 0x03
check "modprobe, by its own name" modprobe xen-pciback-pm
check "asleep" wait_for 5 is_state asleep
guest_d0
check "front end leaves" fe_stop
check "modprobe -r" modprobe -r xen-pciback-pm
scenario_end
