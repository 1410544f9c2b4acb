# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: beside a pciback that puts functions to sleep with the host, hooked ones are ours and the others are its own
# pciback: qubes
# qemu-args: -device e1000e,addr=5.0,romfile=
# s3: 00( 00)*
# timeout: 300
# acpi_s2idle_restore() gives back what acpi_s2idle_prepare() did not get, as Xen's
# interrupts cannot wake; with stock pciback as well.
# allow: irq_set_irq_wake
# allow: Call Trace:
# S3 and s2idle of the function that pciback puts to sleep, without the module and with.
# power: a(0[01]*1)bc(0[01]*1)da\1bc\2d
# The same one hooked, in D0.
# power: e0[01]*1f
# Hooked, and not named to pciback: in D0 it stays, in D3 it is woken, put down, woken,
# and asleep again.
# power: gh
# power: i1[01]*01[01]*0j

# The other one, of which the module has one at first.
OTHER=0000:00:05.0

other_one() {
	as_fe 1 $OTHER "$@"
}

# opt_in BDF: what that pciback has for it
opt_in() {
	echo "$1" >/sys/bus/pci/drivers/pciback/qubes_exp_pm_suspend
}

# looks NAME: what there is to see of the function
looks() {
	{
		for file in power_state d3cold_allowed power/control \
			    power/runtime_status power/runtime_usage power/wakeup; do
			echo "$file $(sysattr $FN $file)"
		done
		echo "PMCSR $(setpci -s "${FN#0000:}" CAP_PM+4.w) $(r $PMCSR 2)"
		fe_dump 4 0 0x1000
	} >"$RIG/$1"
}

s3() {
	check "S3, $1" host_sleeps
}

# Of s2idle the end is left out, from which nothing of the rig would wake.
s2idle() {
	check "s2idle, $1" eval "pm_test platform && host_sleeps freeze && pm_test none"
}

# sleeps WHAT: both, and what is to be seen after each
sleeps() {
	mark a
	s3 "$1"
	mark b
	looks "s3.$1"
	mark c
	s2idle "$1"
	mark d
	looks "s2idle.$1"
}

check "altered pciback" pciback_insert qubes
check "PME-capable function bound" pme_capable
check "the other bound" bind_to_pciback $OTHER
check "named to pciback" opt_in $FN
check "front end connects" fe_start $FN
check_eq "memory decode and bus master on" "$(w 4 2 6)" 0
check "the other's as well" other_one fe_start $OTHER

say "not hooked"
sleeps without
check "module inserted, the other named" module_insert devices=$OTHER
other_one guest_d3hot
sleeps with
check "after S3 as without the module" cmp "$RIG/s3.without" "$RIG/s3.with"
check "after s2idle as well" cmp "$RIG/s2idle.without" "$RIG/s2idle.with"
check "the other is asleep again" other_one wait_for 5 is_state asleep $OTHER
check_eq "its guest knows nothing of it" "$(other_one r $PMCSR 1)" 0x03
other_one guest_d0
check "its front end leaves" other_one fe_stop

say "hooked"
check "named" module_param devices $FN
config_keep before
mark e
s3 "in D0, named to pciback"
mark f
check_eq "state" "$(attr $FN state)" active
config_as before
# Hooked under its guest, which is offered no PME then.
guest_d3hot
s3 "in D3, named to pciback"
check "asleep again" wait_for 5 is_state asleep
check_eq "its guest knows nothing of it" "$(r $PMCSR 2)" 0x0003
guest_d0
config_as before
check "front end leaves" fe_stop

say "hooked, and not named to pciback"
check "bound anew" eval "unbind_from_pciback $FN && bind_to_pciback $FN"
check "hooked" wait_for 5 is_hooked
check "front end connects" fe_start $FN
config_keep before
mark g
s3 "in D0"
mark h
check_eq "state" "$(attr $FN state)" active
config_as before
check_eq "PME_En" "$(w $PMCSR 2 0x0100)" 0
guest_d3hot
mark i
s3 "in D3"
check "asleep again" wait_for 5 is_state asleep
mark j
check_eq "its guest knows nothing of it" "$(r $PMCSR 2)" 0x0103
pme_once acpi
guest_d0
check "front end leaves" fe_stop
check "module removed" module_remove
scenario_end
