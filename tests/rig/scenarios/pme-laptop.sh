# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: where power and wake are the port's alone, a PME from below reaches the function that signalled, and no other
# slot: no-prw port-prw port-power multifunction
# slot-args: addr=0.0,multifunction=on
# qemu-args: -netdev user,id=net2 -device e1000e,bus=rp1,addr=0.1,netdev=net2,romfile=
# qemu-args: -global pcie-root-port.x-speed=2_5
# power: ^1?(01)+$
# timeout: 180
#
# Why the speed, see scenario port-power.

FN1=0000:01:00.1

# both_asleep STATE: and the port
both_asleep() {
	check "asleep" wait_for 5 one is_state asleep
	check "both" wait_for 5 other is_state asleep
	check "and the port" wait_for 5 port_is suspended
	check_eq "$PORT" "$(sysattr $PORT power_state)" "$1"
	check_eq "$FN" "$(sysattr $FN power_state)" "$1"
	check_eq "$FN1" "$(sysattr $FN1 power_state)" "$1"
}

check "PME-capable function bound" pme_capable functions=$FN,$FN1
check "its sibling" reenumerate $FN1
check "bound" bind_to_pciback $FN1
check "module inserted" module_insert devices=0000:01:00.*
one pme_connect
other pme_connect
one guest_d3hot
other guest_d3hot

# QEMU's port has no PM capability, and without one the kernel begins with 0.
say "from D3hot below D3hot"
sysattr $PORT d3cold_allowed 0
both_asleep D3hot
# Not so after the first of those below has been disarmed, until all have been
# (acpi_device_wakeup_disable() of the kernel).
check "the port is armed" gpe_is enabled 6
one pme_once port
both_asleep D3hot
other no_pme_told $FN1 0

say "from D3cold"
sysattr $PORT d3cold_allowed 1
sysattr $PORT power/control on
sysattr $PORT power/control auto
both_asleep D3cold
for round in first second; do
	say "the $round PME"
	before=$(other woken_by host)
	one pme_once port
	check "the other one woke along" wait_for 5 other host_woke_since "$before"
	both_asleep D3cold
	check "the port is armed" gpe_is enabled 6
	other no_pme_told $FN1 0
done

say "both at once"
check "one signals" pme_fire status $FN1
check "and the other" pme_fire port $FN
check "PME_Status of one" wait_for 5 one pme_told
check "PME_Status of the other" wait_for 5 other pme_told
check_eq "cleared" "$(one w $PMCSR 2 0x8103)" 0
check_eq "cleared" "$(other w $PMCSR 2 0x8103)" 0
both_asleep D3cold
one no_pme_told $FN 4
other no_pme_told $FN1 1

say "a wake that is nobody's"
before=$(one woken_by host)
check "notify" acpi_call '\WAKP'
check "they wake" wait_for 5 one host_woke_since "$before"
both_asleep D3cold
one no_pme_told $FN 4
other no_pme_told $FN1 1

check "front end leaves" one fe_stop
check "and the other one" other fe_stop
check "module removed" module_remove

say "PME from D3cold alone, which is not in the function's hands"
check "injector removed" rmmod pme_inject
pme_session 16
pme_offered no
pme_session_over
scenario_end
