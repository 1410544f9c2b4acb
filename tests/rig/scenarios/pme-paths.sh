# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: a PME by poll, message or ACPI, at the function or its port, is told once, and to no sibling
# slot: multifunction port-prw
# slot-args: addr=0.0,multifunction=on
# qemu-args: -netdev user,id=net2 -device e1000e,bus=rp1,addr=0.1,netdev=net2,romfile=
# timeout: 240

FN1=0000:01:00.1

# both_asleep STATE: and armed
both_asleep() {
	check "asleep" wait_for 5 one is_state asleep
	check "both" wait_for 5 other is_state asleep
	check_eq "$FN" "$(sysattr $FN power_state)" "$1"
	check_eq "$FN1" "$(sysattr $FN1 power_state)" "$1"
	check "ACPI is armed" gpe_is enabled
}

# arrives KIND: at $FN, and not at its sibling
arrives() {
	local count

	count=$(attr $FN1 pme_count)
	one pme_once "$1"
	check "the sibling sleeps" wait_for 5 other is_state asleep
	other no_pme_told $FN1 "$count"
}

# at_once KIND STATE: both have signalled, and the kernel is told by KIND
at_once() {
	local count count1

	count=$(attr $FN pme_count) count1=$(attr $FN1 pme_count)
	check "$FN1 signals" pme_fire status $FN1
	check "$FN as well ($1)" pme_fire "$1" $FN
	case $1 in
	native | acpi) check "told of the first" pme_fire "$1" $FN1 ;;
	esac
	check "PME_Status of one" wait_for 5 one pme_told
	check "PME_Status of the other" wait_for 5 other pme_told
	check_eq "cleared" "$(one w $PMCSR 2 0x8103)" 0
	check_eq "cleared" "$(other w $PMCSR 2 0x8103)" 0
	both_asleep "$2"
	one no_pme_told $FN $((count + 1))
	other no_pme_told $FN1 $((count1 + 1))
}

check "PME-capable function bound" pme_capable functions=$FN,$FN1
check "its sibling" reenumerate $FN1
check "bound" bind_to_pciback $FN1
check "module inserted, D3hot at the deepest" module_insert devices=0000:01:00.*=d3hot
one pme_connect
other pme_connect
check "nothing is armed" gpe_is disabled
one guest_d3hot
other guest_d3hot
both_asleep D3hot
check "the port stays" port_is active
# After the first PME that is told of otherwise, the kernel polls no more.
for kind in status native acpi port; do
	arrives $kind
done
at_once native D3hot
at_once port D3hot

check "D3cold is allowed" module_param devices 0000:01:00.*
for control in on auto; do
	say "from D3cold, power/control of the port is $control"
	sysattr $PORT power/control $control
	sleep 1
	both_asleep D3cold
	[ $control = on ] || check "the port sleeps" wait_for 5 port_is suspended
	for kind in acpi port; do
		arrives $kind
		both_asleep D3cold
	done
done
at_once acpi D3cold
at_once port D3cold

# The kernel reads all ones of a function without power, and resumes it. Without
# Vaux there is nothing else to read.
for vaux in 1 0; do
	echo $vaux >/sys/module/pme_inject/parameters/vaux
	count=$(attr $FN pme_count) count1=$(attr $FN1 pme_count)
	before=$(one woken_by host)
	check "a wake at the port that is nobody's" acpi_call '\WAKP'
	check "is seen by the kernel" wait_for 5 one host_woke_since "$before"
	both_asleep D3cold
	one no_pme_told $FN "$count"
	other no_pme_told $FN1 "$count1"
done
arrives acpi
echo 1 >/sys/module/pme_inject/parameters/vaux

check_eq "PME_En off" "$(one w $PMCSR 2 3)" 0
sleep 1
check "asleep" wait_for 5 one is_state asleep
count=$(attr $FN pme_count) count1=$(attr $FN1 pme_count)
for kind in status acpi port; do
	check "PME without PME_En ($kind)" pme_fire $kind $FN
	sleep 1
	check_eq "PME_Status" "$(one r $PMCSR 2)" 0x0003
	other no_pme_told $FN1 "$count1"
done
check_eq "no event" "$(attr $FN pme_count)" "$count"
check_eq "D0" "$(one w $PMCSR 2 0)" 0
check_eq "D0" "$(other w $PMCSR 2 0)" 0
check_match "wakes" "$(one wakes)" 'guest 1 '
check "the other sleeps no more" other is_state active
check "ACPI is not armed" gpe_is disabled
check "front end leaves" one fe_stop
check "and the other one" other fe_stop
check "module removed" module_remove
scenario_end
