# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: what a guest has said of its function over and over is cut short, and hides nothing of another's
# slot: multifunction
# slot-args: addr=0.0,multifunction=on
# qemu-args: -netdev user,id=net2 -device e1000e,bus=rp1,addr=0.1,netdev=net2,romfile=
# qemu-args: -smp 1 -icount shift=0,sleep=off
# timeout: 180
# power: ^1?(01)*a0b1c
#
# The bound is by time, which is here what the machine executes: a slow one would not
# ask often enough.

FN1=0000:01:00.1

# said: how often of that function
said() {
	logged "$FN: xen-pciback-pm: does not answer" | wc -l
}

check "PME injector" pme_insert functions=
check "bound to pciback" bind_to_pciback $FN
check "its sibling as well" bind_to_pciback $FN1
check "module inserted" module_insert "devices=0000:01:00.*"
one check "front end connects" fe_start $FN
other check "front end connects" fe_start $FN1
mark a
# What does not answer is not put to sleep, which is said each time.
check "power cut" acpi_call '\PWRC' 0
mark b
log_mark
began=$(now_ms)
for _ in $(seq 30); do
	one w $PMCSR 1 3 >/dev/null
	sleep 0.05
	one w $PMCSR 1 0 >/dev/null
done
took=$(($(now_ms) - began))
say "said $(one said) times in $took ms"
check_eq "D3hot, of the other" "$(other w $PMCSR 1 3)" 0
check "said of the other" wait_for 5 eval '[ "$(other said)" -ge 1 ]'
check "said of the one" [ "$(one said)" -ge 2 ]
check "ten times in five seconds at most" [ "$(one said)" -le $((took / 5000 * 10 + 20)) ]
check "and fewer than asked for" [ "$(one said)" -lt 30 ]
check "power back" acpi_call '\PWRC' 1
mark c
one check "front end leaves" fe_stop
other check "front end leaves" fe_stop
check "module removed" module_remove
scenario_end
