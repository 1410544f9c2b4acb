# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: the command says what of the machine and of dom0 keeps a function from D3cold
# qemu-args: -device pcie-root-port,id=rp2,addr=3.0,chassis=2,slot=2 -netdev user,id=net2
# qemu-args: -device e1000e,bus=rp2,netdev=net2,romfile=
# qemu-args: -smbios type=0,date=01/01/2012
# dom0-args: pcie_port_pm=off
# timeout: 180
# power: ^1?ab$
# cycles: a b 0 02:00.0
#
# Firmware of this machine knows nothing of the port and the function behind it.

FN=0000:02:00.0
HOLD=/sys/module/pme_inject/parameters/hold

check "PME injector" pme_insert functions=
check "bound to pciback" bind_to_pciback $FN
check "module inserted" module_insert
why 'not named: .*remedy: echo \+0000:02:00\.0 >'
echo "+d3cold $FN" >$HOLD
check "named" module_param devices $FN
check "front end connects" fe_start $FN
delay=$(sysattr $FN power/autosuspend_delay_ms)
sysattr $FN power/autosuspend_delay_ms -1
check_match "blockers" "$(blockers)" '(^| )usage-count '
why 'usage-count: power/autosuspend_delay_ms is -1'
sysattr $FN power/autosuspend_delay_ms "$delay"
echo "+usage $FN" >$HOLD
why 'usage-count: .*usage count [0-9]+, holder unknown'
echo "-usage $FN" >$HOLD
echo "+runtime-pm $FN" >$HOLD
why 'runtime-pm-disabled: '
echo "-runtime-pm $FN" >$HOLD
why 'kernel-forbids-d3cold: '
echo "-d3cold $FN" >$HOLD
guest_d3hot
check "in D3hot" asleep_in D3hot
mark a
why 'port-stays-on: '
why 'inferred, pcie_port_pm: .*pcie_port_pm=off'
why 'inferred, BIOS date: firmware is of 2012'
why 'inferred, hotplug port without native control: there is a slot below 0000:00:03\.0'
why 'inferred, no power resources: '
check_match "status has it as well" "$(xen-pciback-pm status)" '^ *deepest +D3hot$'
mark b
guest_d0
check "front end leaves" fe_stop
check_match "nobody owns it, since a moment" "$(blockers)" '^unowned-for-now '
check "module removed" module_remove
scenario_end
