# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: functions are hooked whether bound before or after the module loads, and xen-pciback with it
# power: .

check "inert without devices" module_insert
check "bound to pciback" bind_to_pciback $FN
check_not "nothing is hooked" is_hooked
check_eq "power/control is left alone" "$(sysattr $FN power/control)" on
check "named at run time" module_param devices "+$FN"
check "hooked at once" is_hooked
check_not "xen-pciback stays while it is" rmmod xen_pciback
check "taken out at run time" module_param devices "-$FN"
check_not "given back at once" is_hooked
check_eq "power/control" "$(sysattr $FN power/control)" on
check "unbound" unbind_from_pciback $FN

check "named before it is bound" module_param devices "$FN"
check_not "waits" is_hooked
check "bound" bind_to_pciback $FN
check "hooked when bound" is_hooked
check "rebound" eval "unbind $FN && echo $FN >/sys/bus/pci/drivers/pciback/bind"
check "hooked again" is_hooked
check "reenumerated" reenumerate $FN
check "bound" eval "wait_for 5 bind_to_pciback $FN"
check "hooked again" wait_for 5 is_hooked
check "module removed" module_remove

# What a dom0 does that binds in its initramfs: xen-pciback has it first.
check "named at load" module_insert devices=$FN
check "hooked" is_hooked
check "front end connects" fe_start $FN
guest_d3hot
check_eq "D0" "$(w $PMCSR 1 0)" 0
check "front end leaves" fe_stop
check "module removed" module_remove
unbind_from_pciback $FN
wait_for 10 rmmod xen_pciback

# As with xen-pciback.hide=: it seizes at load, and initialises late.
check "module first" module_insert devices=$FN
check "pciback with hide" modprobe xen-pciback "hide=($FN)"
check "hooked" wait_for 5 is_hooked
check "front end connects" fe_start $FN
guest_d3hot
check_eq "D0" "$(w $PMCSR 1 0)" 0
check "front end leaves" fe_stop
check "module removed" module_remove
scenario_end
