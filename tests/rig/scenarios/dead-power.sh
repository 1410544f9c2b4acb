# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: power that comes late, never or at the second try harms that function alone; remove and rescan bring it back, or its next owner
# qemu-args: -device pcie-root-port,id=rp2,addr=3.0,chassis=2,slot=2,hotplug=off
# qemu-args: -netdev user,id=net2 -device e1000e,bus=rp2,netdev=net2,romfile=
# power: ^1?(01)*0a1(01)*b0c[X0]+d1e1?(01)*0f[X0]+1g0[X0]+1q0h[X0]+i[X0]*1j0k[X0]+l[X0]*m[X0]*1(01)?n0r[X0]+s[X0]*1t0u[X0]+v[X0]*1(01)?w0o[X0]+p
# timeout: 360

FN1=0000:02:00.0

# op WHAT COMMAND...: an operation of the front end, timed
op() {
	local what=$1

	shift
	"$@" >>"$RIG/answers"
	echo "$(fe_us) $what" >>"$RIG/times"
}

cycle() {
	op D3hot w $PMCSR 1 3
	wait_for 5 is_state asleep || echo no-sleep >>"$RIG/answers"
	op read r 0 4
	op D0 w $PMCSR 1 0
	op "read in D0" r 0 4
}

# others_go_on WHILE...: the other function works while the command succeeds
others_go_on() {
	local rounds=0

	: >"$RIG/times"
	: >"$RIG/answers"
	while "$@"; do
		other cycle
		rounds=$((rounds + 1))
	done
	check "the other one went through D3hot and D0 meanwhile, $rounds times" [ $rounds -gt 0 ]
	check_eq "with every answer right" "$(sort "$RIG/answers" | uniq -c | tr -s ' \n' ' ')" \
		" $((rounds * 2)) 0 $((rounds * 2)) 0x10d38086 "
	say "longest: $(sort -n "$RIG/times" | tail -n 1) us"
	check "none of it took a second" [ "$(sort -n "$RIG/times" | tail -n 1 | cut -d ' ' -f 1)" -lt 1000000 ]
}

# in_time MS COMMAND...: succeeds, and in less than so long
in_time() {
	local end=$(($(now_ms) + $1))

	shift
	"$@" && [ "$(now_ms)" -lt $end ]
}

connect() {
	check "front end connects" fe_start "$FN"
	check_eq "memory decode on" "$(w 4 2 6)" 0
	config_keep before
}

# refused: D0 is, within the time that a guest waits
refused() {
	check_eq "D0 is refused" "$(w $PMCSR 1 0)" -3
	say "after $(fe_us) us"
	check "before a guest gives up" [ "$(fe_us)" -lt 1900000 ]
	check_eq "PowerState" "$(r $PMCSR 1)" 0x03
	check_eq "reads are answered" "$(r 0 4)" 0x10d38086
}

not_woken() {
	[ "$(wakes)" = "$1" ]
}

d0_taken() {
	[ "$(w $PMCSR 1 0)" = 0 ]
}

# answers: and is asked to wake for that. Vendor and device are pciback's own answer.
answers() {
	w 0x0c 1 0 >/dev/null
	[ "$(r 8 4)" = "$class" ]
}

# reset_in_vain: as libxl does it before it gives a function to a guest; whether the
# kernel says that it failed depends on how it did it
reset_in_vain() {
	echo 1 >/sys/bus/pci/devices/$FN/reset || say "the reset failed"
}

check "ACPI methods can be called" pme_insert
check "bound to pciback" bind_to_pciback $FN
check "another one, behind another port" bind_to_pciback $FN1
found=$(usage $FN) found1=$(usage $FN1)
check "module inserted" module_insert devices=$FN,$FN1
connect
other connect

say "power that comes 4 s late"
check "slow" acpi_call '\DLAY' 4000
guest_d3hot
mark a
before=$(wakes)
w $PMCSR 1 0 >"$RIG/answer" &
others_go_on not_woken "$before"
wait $!
check_eq "D0 was refused" "$(cat "$RIG/answer")" -3
check_not "it came in the end" not_woken "$before"
check "no longer slow" acpi_call '\DLAY' 0
wait_for 5 is_state asleep
guest_d0
config_as before
# A function that was slow once is capped at D3hot until it is hooked anew.
check "front end leaves" fe_stop
check "given back" module_param devices "-$FN"
check "hooked anew" module_param devices "+$FN"
connect
mark b

say "power that never comes"
guest_d3hot
check_eq "D3cold" "$(sysattr $FN power_state)" D3cold
check "from now on" acpi_call '\FAIL' 10000
mark c
log_mark
refused
refused
refused
check_match "blockers" "$(blockers)" did-not-wake
check_eq "one line, with the remedy" "$(logged 'did not come back' | grep -c 'remove; echo 1 >')" 1
others_go_on eval '[ $rounds -lt 3 ]'
check "module removed in time" in_time 10000 module_remove
check_eq "the other one answers" "$(other r 0 4)" 0x10d38086
check "front end leaves" in_time 10000 fe_stop
check "and the other one" other fe_stop
check_eq "usage count" "$(usage $FN)" "$found"
check_eq "the other's" "$(usage $FN1)" "$found1"
mark d

say "power works again"
check "it does" acpi_call '\FAIL' 0
check "on" acpi_call '\PWRC' 1
mark e
check "removed and found again" reenumerate $FN
check "bound to pciback" bind_to_pciback $FN
found=$(usage $FN)
check "module inserted" module_insert devices=$FN,$FN1
bar=$(setpci -s "${FN#0000:}" BASE_ADDRESS_0)
connect
guest_d3hot
check_eq "D3cold" "$(sysattr $FN power_state)" D3cold
mark f

say "power that fails to come once"
check "once" acpi_call '\FAIL' 1
refused
reset_in_vain
check "a later try succeeds" wait_for 10 d0_taken
guest_d0
config_as before
check_eq "no blocker but its guest" "$(blockers)" "guest-d0 "
mark g

say "asked for again while a try takes long"
guest_d3hot
check "once more" acpi_call '\FAIL' 1
refused
check "late from now on" acpi_call '\DLAY' 4000
check "resumes are counted" delay_at pci_pm_runtime_resume 0
check "a later try succeeds" wait_for 15 d0_taken
sleep 1
check_eq "it was the only one" "$(cat /sys/module/delay_at/parameters/hits)" 1
check "counted no more" rmmod delay_at
check "no longer late" acpi_call '\DLAY' 0
guest_d0
config_as before
mark q

say "it changes hands without power"
class=$(r 8 4)
check_match "class code" "$class" '^0x0200'
check_eq "cache line size" "$(w 0x0c 1 0x30)" 0
guest_d3hot
mark h
check "no power from now on" acpi_call '\FAIL' 10000
refused
mark i
check "front end leaves" fe_stop
reset_in_vain
check "the next one comes" fe_start $FN
check_eq "PowerState" "$(r $PMCSR 1)" 0x00
check_eq "nothing answers" "$(r 8 4)" 0xffffffff
check_eq "nor is what the last one left to be read" "$(r 0x0c 1)" 0xff
check "power works again" acpi_call '\FAIL' 0
check "a later try succeeds" wait_for 20 answers
mark j
check_eq "BAR" "$(setpci -s "${FN#0000:}" BASE_ADDRESS_0)" "$bar"
check_eq "memory decode on" "$(w 4 2 6)" 0
config_as before

say "power that comes back as it changes hands, between its reset and the end of that"
guest_d3hot
mark k
check "no power from now on" acpi_call '\FAIL' 10000
refused
mark l
check "the reset takes long to end" delay_at xen_pcibk_reset_device 8000
log_mark
unbind_backend 0 &
leaving=$!
check "it has begun" wait_for 15 was_delayed
check "power works again" acpi_call '\FAIL' 0
# So long after the last try there is none.
sleep 2.5
# Whoever wants it now asks for one.
other fe_start $FN &
sleep 2
check_eq "the reset goes on" "$(logged 'late enough')" ""
mark m
wait $leaving
check_eq "its back end is gone" $? 0
check "late no more" rmmod delay_at
check "who wanted it leaves" other went_away
check "and who had it" went_away
check "the next one comes" fe_start $FN
check "a later try succeeds" wait_for 20 answers
mark n
check_eq "BAR" "$(setpci -s "${FN#0000:}" BASE_ADDRESS_0)" "$bar"
check_eq "memory decode on" "$(w 4 2 6)" 0
config_as before

say "given back and hooked anew without power"
guest_d3hot
mark r
check "no power from now on" acpi_call '\FAIL' 10000
refused
mark s
reset_in_vain
check "given back" module_param devices "-$FN"
log_mark
check "hooked anew" module_param devices "+$FN"
check "said" wait_for 5 logged "$FN: .*did not come back"
check_match "blockers" "$(blockers)" did-not-wake
check_eq "nothing answers" "$(r 8 4)" 0xffffffff
check_not "and nothing is said to succeed" [ "$(w 0x0c 1 0x30)" = 0 ]
check "power works again" acpi_call '\FAIL' 0
check "a later try succeeds" wait_for 20 d0_taken
mark t
check_eq "BAR" "$(setpci -s "${FN#0000:}" BASE_ADDRESS_0)" "$bar"
check_eq "memory decode is on" $(($(r 4 2) & 2)) 2

say "hooked anew without power, and nobody has it"
guest_d3hot
mark u
check "no power from now on" acpi_call '\FAIL' 10000
refused
mark v
check "front end leaves" fe_stop
check "given back" module_param devices "-$FN"
check "hooked anew" module_param devices "+$FN"
check "power works again" acpi_call '\FAIL' 0
check "a later try succeeds" wait_for 20 is_state active
connect
mark w
check_eq "PowerState of its next owner" "$(r $PMCSR 1)" 0x00
check_eq "BAR" "$(setpci -s "${FN#0000:}" BASE_ADDRESS_0)" "$bar"
check "it slept for seconds, not since the host is up" \
	[ "$(attr $FN d3cold_ms)" -lt 60000 ]

say "dead when the machine shuts down"
guest_d3hot
mark o
check "no power from now on" acpi_call '\FAIL' 10000
refused
mark p
scenario_end
