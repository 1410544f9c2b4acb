# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: buses made below a gated one, and hooked functions on both, come and go in any order
# qemu-args: -netdev user,id=net5 -device e1000e,addr=5.0,netdev=net5,romfile=
# power: .

TOP=0000:00:05.0

check "one on the root bus bound" bind_to_pciback $TOP
check "module inserted" module_insert "devices=$TOP,$FN"
works $TOP

# The port's bus is made again, below a bus that carries our ops.
check "port removed" sysattr $PORT remove 1
check "and found again" eval "echo 1 >/sys/bus/pci/rescan && wait_for 5 test -d $(sysfs $FN)"
check "the function below it bound" bind_to_pciback $FN
works $FN
works $TOP

check "the upper one given back" module_param devices "-$TOP"
works $FN
check "and hooked again" module_param devices "+$TOP"
works $TOP
check "the lower one given back" module_param devices "-$FN"
works $TOP
check "the lower one hooked again" module_param devices "+$FN"
check "port removed with it" sysattr $PORT remove 1
works $TOP
check "module removed" module_remove
check "found again without the module" eval "echo 1 >/sys/bus/pci/rescan && wait_for 5 test -d $(sysfs $FN)"
check_eq "and answers" "$(setpci -s "${FN#0000:}" 0.l)" 10d38086
scenario_end
