# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: the kernel writes PMCSR as well: what its guest has chosen stays, and so does what a wake or a reset makes of PowerState
# timeout: 180

TRACING=/sys/kernel/tracing
PROBE=$TRACING/events/kprobes/pmcsr

# hw MASK: so much of PMCSR, in hardware
hw() {
	echo $((0x$(setpci -s "${FN#0000:}" cc.w) & $1))
}

# as_known: it is in the D-state that the kernel takes it for
as_known() {
	local state hw

	state=$(sysattr $FN power_state)
	hw=$(hw 3)
	# It may fall asleep between the two.
	[ "$(sysattr $FN power_state)" = "$state" ] || { as_known; return; }
	say "$state, PowerState $hw"
	case $state,$hw in D0,0 | D3hot,3) ;; *) return 1 ;; esac
}

check "PME-capable function bound" pme_capable
check "module inserted" module_insert devices=$FN=d3hot
check "front end connects" fe_start $FN
check_eq "PME_En" "$(w $PMCSR 2 0x0100)" 0

say "as it was before a wake"
guest_d3hot
pme_fire late $FN &
sleep 0.2
check_eq "D0, while the kernel notices a PME" "$(w $PMCSR 1 0)" 0
check_eq "PME_Status" "$(r $PMCSR 2)" 0x8100
wait $!
check_eq "it stays in D0" "$(hw 3)" 0
check_eq "and answers" "$(r 0 4)" 0x10d38086
check_eq "pme_count" "$(attr $FN pme_count)" 1
check_eq "PME_Status cleared" "$(w $PMCSR 2 0x8100)" 0

say "Data_Select, which is in the byte that does get through"
pme_fire late $FN &
sleep 0.2
check_eq "3, while the kernel notices a PME" "$(w $PMCSR 2 0x0700)" 0
wait $!
check_bit "it is as chosen" "$(r $PMCSR 2)" 0x1e00 0x0600
check_eq "in hardware" "$(hw 0x1e00)" $((0x0600))

say "and which is chosen in the midst of a wake"
guest_d3hot
# Who spins there keeps his CPU from pciback's worker, which runs where it is told to.
for irq in $(sed -n 's/^ *\([0-9]*\):.*pciback.*/\1/p' /proc/interrupts); do
	check "irq $irq on CPU 0" eval 'echo 1 >/proc/irq/$irq/smp_affinity'
done
check "waking takes long" delay_at xpm_wake_look 1000
taskset 2 sh -c 'echo on >"$1"' - "$(sysfs $FN)/power/control" &
check "waking" wait_for 5 was_delayed
check_eq "5" "$(w $PMCSR 2 0x0b03)" 0
check_eq "while it wakes" "$(attr $FN state)" waking
wait $!
check "no more" rmmod delay_at
check_eq "in hardware" "$(hw 0x1e00)" $((0x0a00))
sysattr $FN power/control auto
check_eq "D0, and as before" "$(w $PMCSR 2 0x8000)" 0

say "PowerState, as it is reset for somebody else"
mount -t tracefs tracefs $TRACING
echo pm >"$(sysfs $FN)/reset_method"
echo 'p:pmcsr pci_conf1_write reg=%cx len=%r8 value=%r9' >$TRACING/kprobe_events
echo 'reg == 0xcc && len == 2' >$PROBE/filter
echo 1 >$PROBE/enable
check "PME_Status in hardware" pme_fire status $FN
check_eq "it is" "$(hw 0x8000)" $((0x8000))
check "reset" sysattr $FN reset 1
echo 0 >$PROBE/enable
check_eq "D3hot and D0 came through" \
	"$(sed -n 's/.* value=0x.*\(.\)$/\1/p' $TRACING/trace | tr '\n' ' ')" "3 0 "
show $TRACING/trace trace
check_eq "it is in D0" "$(hw 3)" 0

say "PowerState, as it is woken to be reset"
check_eq "PME_En" "$(w $PMCSR 2 0x0100)" 0
guest_d3hot
log_mark
check "waking takes long" delay_at pci_update_current_state 200
pme_fire late $FN &
check "front end leaves, while the kernel notices a PME" fe_stop
wait $!
check "it did take long" was_delayed
check "no more" rmmod delay_at
check_not "it came back all the same" logged 'did not come back'
# On a busy machine it sleeps again by now, for want of an owner.
check "in D0, or in what the kernel has put it into" as_known
check "the next one comes" fe_start $FN
check_bit "Data_Select, as hardware has it" "$(r $PMCSR 2)" 0x1e00 "$(hw 0x1e00)"
check "and leaves" fe_stop
check "module removed" module_remove
scenario_end
