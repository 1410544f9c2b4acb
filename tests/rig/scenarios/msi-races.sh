# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: MSI that a guest switches while its function wakes is not restored in the midst of that
# timeout: 150
# dom0-args: no_console_suspend
#
# To the PM core it is in D0 long before pci_restore_state() comes to MSI, of which it
# then takes what it finds, without a lock. Here COMMAND, which it restores before, takes
# its time; so do Xen's parts of enabling and of restoring.

# waking: asleep, and woken by a write for whose wake nobody waits
waking() {
	guest_d3hot "$1"
	check "D3cold" wait_for 5 power_is D3cold
	check_eq "a write that wakes" "$(w 4 2 "$2")" 0
}

control() {
	setpci -s "${FN#0000:}" d2.w
}

# msi on|off: is it, in hardware? Of one that took too long the answer is lost.
msi() {
	fe_cmd msi "$1"
	[ "$(control)" = "$([ "$1" = on ] && echo 0081 || echo 0080)" ]
}

still_on() {
	[ "$(control)" = 0081 ]
}

still() {
	check_eq "still $1, in hardware" "$(control)" "$2"
}

check "PME-capable function bound" pme_capable restore_ms=300
check "module inserted" module_insert devices=$FN
check "front end connects" fe_start $FN
check_eq "memory decode and bus master on" "$(w 4 2 6)" 0

say "enabled as it wakes"
check "enabling takes long" delay_at xen_bind_pirq_msi_to_irq 1000
waking "without MSI" 2
# Refused while the PM core does not call it D0.
POLL=0.002
check "enabled" wait_for 10 msi on
unset POLL
check_eq "it is in D3hot, and awake for that" "$(attr $FN guest_state) $(attr $FN state)" "D3hot active"
why 'msi-in-d3hot: '
still on 0081
check_eq "any other register" "$(r 0 2)" 0x8086
check "asleep" wait_for 5 is_state asleep
check_eq "D0" "$(w $PMCSR 1 0)" 0
still on 0081
check "it took long" was_delayed
probes=$(cat /sys/kernel/debug/kprobes/list)
check "no more" rmmod delay_at

say "disabled as it wakes"
check "restoring takes until then" delay_at xen_initdom_restore_msi 1000 pci_disable_msi
waking "with MSI" 6
check "it is being restored" wait_for 10 was_delayed
check "disabled" wait_for 10 msi off
check_eq "not before that was over" "$(attr $FN state)" active
check "no more" rmmod delay_at
check_eq "D0" "$(w $PMCSR 1 0)" 0
still off 0080

# Who has it wake for that must not be the worker, whose config cycles the gate takes
# for the guest's.
say "disabled as it sleeps"
check "enabled" msi on
guest_d3hot "with MSI"
check "D3cold" wait_for 5 power_is D3cold
check "disabled" wait_for 10 msi off
check_eq "woken for that" "$(attr $FN state)" active
check_eq "any other register" "$(w $PMCSR 1 3)" 0
check "asleep" wait_for 5 is_state asleep
check_eq "D0" "$(w $PMCSR 1 0)" 0
still off 0080

say "disabled in D3hot by hand"
check "enabled" msi on
check "runtime PM leaves it alone" sysattr $FN power/control on
check_eq "D3hot" "$(w $PMCSR 1 3)" 0
check "D3hot by hand" wait_for 5 power_is D3hot
check "disabled" wait_for 10 msi off
check_eq "D0" "$(w $PMCSR 1 0)" 0
still off 0080
check "runtime PM has it" sysattr $FN power/control auto

say "disabled and enabled, over and over, asleep and awake"
check "no delay" eval "echo 0 >/sys/module/pme_inject/parameters/restore_ms"
i=0
while [ $i -lt 12 ]; do
	w $PMCSR 1 3
	[ $((i % 4)) -ne 0 ] || wait_for 5 is_state asleep
	w 4 2 $((2 + 4 * (i & 1)))
	fe_cmd msi on
	fe_cmd msi off
	[ $((i % 3)) -ne 0 ] || w $PMCSR 1 0
	i=$((i + 1))
done >/dev/null
check_eq "D0" "$(w $PMCSR 1 0)" 0
check "enabled" msi on
check "disabled" msi off

# The operation is over before the host wakes, unless somebody stops it. The first of
# these comes once all devices are down.
ended_asleep() {
	logged 'Preparing to enter|Waking up|late enough' | grep -A1 Preparing |
		grep -q late
}

say "enabled as the host falls asleep, with the option sleep"
check "the option" module_param devices "+$FN=sleep"
# Where a probe is a breakpoint (a kernel without ftrace) it spins with interrupts off,
# and the host does not get to sleep meanwhile.
case $probes in
*\[FTRACE\]*)
	check "as far as to the interrupt controllers" pm_test platform
	echo 5 >/sys/module/suspend/parameters/pm_test_delay
	# Which is called once all devices are down.
	check "enabling takes until then" delay_at xen_bind_pirq_msi_to_irq 15000 suspend_nvs_save
	log_mark
	fe_cmd msi on &
	check "it is being enabled" wait_for 10 was_delayed
	check "the host sleeps" host_sleeps
	wait $!
	check "which came in the midst of that, and ended after it" ended_asleep
	check "no more" rmmod delay_at
	check "enabled" wait_for 10 still_on
	check_eq "D0" "$(w $PMCSR 1 0)" 0
	check "disabled" msi off
	;;
*)
	say "not here: probes are breakpoints"
	;;
esac

# It is woken to be armed, and goes down again.
say "switched before D3hot, and then the host falls asleep at once"
check "as far as to the interrupt controllers" pm_test platform
sysattr $FN power/wakeup enabled
check "enabled" msi on
check "disabled" msi off
check_eq "D3hot" "$(w $PMCSR 1 3)" 0
check "asleep" wait_for 5 is_state asleep
before=$(woken_by sleep)
check "the host sleeps" host_sleeps
check_eq "D0" "$(w $PMCSR 1 0)" 0
check_eq "it went down with it" $(($(woken_by sleep) - before)) 2
sysattr $FN power/wakeup disabled
check "no test any more" pm_test none
check "front end leaves" fe_stop
check "module removed" module_remove
scenario_end
