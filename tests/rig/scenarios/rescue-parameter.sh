# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: xen_pciback_pm.devices= on dom0's command line: nothing is managed, whatever modprobe.d says
# init: systemd
# dom0-args: xen_pciback_pm.devices=

kmod_programs
mkdir -p /etc/modprobe.d
echo "softdep xen-pciback post: xen-pciback-pm" >/etc/modprobe.d/softdep.conf
echo "options xen-pciback-pm devices=$FN" >/etc/modprobe.d/xen-pciback-pm.conf
check "depmod" depmod
check_match "modprobe has both, the empty one last" \
	"$(modprobe --show-depends xen-pciback-pm)" "xen-pciback-pm\.ko devices=$FN devices= *\$"
check "bound to pciback" bind_to_pciback $FN
check "the module came along" test -d /sys/module/xen_pciback_pm
check_eq "devices" "$(module_param devices)" ""
check_not "the function has none of its attributes" test -e "$(sysfs $FN)/xen_pciback_pm"
check_eq "it is as stock has it" "$(sysattr $FN power/control)" on
check "front end connects" fe_start $FN
check_eq "D3hot written" "$(w $PMCSR 1 3)" 0
check_eq "a plain D3hot" "$(sysattr $FN power_state)" D3hot
check_eq "D0 written" "$(w $PMCSR 1 0)" 0
# What is asked for later counts.
check "a list at run time" module_param devices $FN
check "manages it" test -e "$(sysfs $FN)/xen_pciback_pm"
check "front end leaves" fe_stop
check "removed" module_remove
scenario_end
