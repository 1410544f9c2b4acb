# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: module_blacklist=xen_pciback_pm on dom0's command line: it is not loaded, xen-pciback is
# init: systemd
# dom0-args: module_blacklist=xen_pciback_pm

kmod_programs
mkdir -p /etc/modprobe.d
echo "softdep xen-pciback post: xen-pciback-pm" >/etc/modprobe.d/softdep.conf
echo "options xen-pciback-pm devices=$FN" >/etc/modprobe.d/xen-pciback-pm.conf
check "depmod" depmod
check "xen-pciback is loaded, and has the function" bind_to_pciback $FN
check_not "the module did not come along" test -e /sys/module/xen_pciback_pm
check_not "nor can it be inserted by hand" module_insert devices=$FN
check_match "the kernel says why" "$(dmesg | grep blacklisted)" 'Module xen_pciback_pm is blacklisted'
check_not "the function has none of its attributes" test -e "$(sysfs $FN)/xen_pciback_pm"
check "front end connects" fe_start $FN
check_eq "D3hot written" "$(w $PMCSR 1 3)" 0
check_eq "a plain D3hot" "$(sysattr $FN power_state)" D3hot
check_eq "D0 written" "$(w $PMCSR 1 0)" 0
check "front end leaves" fe_stop
scenario_end
