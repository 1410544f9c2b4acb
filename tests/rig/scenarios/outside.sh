# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: the host sees the slot's power, the marks and every config cycle
# power: ^1?(01)*ab0cd1ef$
# cycles: a b 100
# cycles: c d 10
# cycles: e f 0
# cycles: a f report

# A register that no virtual field covers: one cycle a read.
REG=0x44

pme_insert
check "bound to pciback" bind_to_pciback $FN
check "front end connects" fe_start $FN
mark a
check "100 reads" fe_cmd time $REG 4 100
mark b
check "power cut by hand" acpi_call '\PWRC' 0
mark c
check "10 reads without power" fe_cmd time $REG 4 10
mark d
check_eq "all ones" "$(r $REG 4)" 0xffffffff
check "power back" acpi_call '\PWRC' 1
check_eq "the function is back" "$(r 0 4)" 0x10d38086
mark e
sleep 1
mark f
check "front end detaches" fe_stop
scenario_end
