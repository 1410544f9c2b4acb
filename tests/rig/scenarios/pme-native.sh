# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: a PME by message from D3hot sets the guest's PME_Status, once
# timeout: 180
# cycles: p q 0

check "PME-capable function bound" pme_capable
check "module inserted" module_insert devices=$FN=d3hot
check "front end connects" fe_start $FN
check_bit "PMC offers PME from D3hot, and from nowhere else" "$(r $PMC 2)" 0xf800 0x4000

check_eq "PME_En" "$(w $PMCSR 2 0x0100)" 0
check_eq "and D3hot" "$(w $PMCSR 2 0x0103)" 0
check "falls asleep" wait_for 5 is_state asleep
check_eq "in D3hot" "$(sysattr $FN power_state)" D3hot
check_eq "armed in hardware" "$(pme_stat $FN en)" 1
check_eq "pme_enabled" "$(attr $FN pme_enabled)" 1
check_eq "no PME yet" "$(r $PMCSR 2)" 0x0103

# What the port may not do while it sleeps, it must not be asked to do.
sysattr $PORT power/control on
check "PME" pme_fire native $FN
check "PME_Status, while PowerState and PME_En stay" wait_for 3 pme_shown
check_eq "pme_count" "$(attr $FN pme_count)" 1
check_eq "the function waits for its guest" "$(attr $FN state)" active
check_match "woken by it" "$(wakes)" '^guest 0 pme 1 '
check_eq "blockers" "$(attr $FN blockers | head -n 1)" woken-by-pme

# PME_Status goes by a 1 in its own bit, and only so.
check_eq "D0 by the low byte" "$(w $PMCSR 1 0)" 0
check_eq "leaves PME_Status" "$(r $PMCSR 2)" 0x8100
check_eq "a 0, by word" "$(w $PMCSR 2 0x0100)" 0
check_eq "leaves it" "$(r $PMCSR 2)" 0x8100
check_eq "a 0, by dword" "$(w $PMCSR 4 0x00000100)" 0
check_eq "leaves it" "$(r $PMCSR 4)" 0x00008100
check_eq "a 0, by byte" "$(w 0xcd 1 0x01)" 0
check_eq "leaves it" "$(r 0xcd 1)" 0x81
check_eq "a write beside it" "$(w $PMC 2 0xffff)" 0
check_eq "leaves it" "$(r $PMCSR 2)" 0x8100
check_eq "a 1, by byte" "$(w 0xcd 1 0x81)" 0
check_eq "clears it" "$(r $PMCSR 2)" 0x0100

# After that interrupt the kernel itself polls no more (pcie_pme_handle_request()).
guest_d3hot
mark p
check_eq "nothing came" "$(r $PMCSR 2)" 0x0103
mark q
check_eq "D0" "$(w $PMCSR 1 0)" 0

for access in "2 0x8103" "4 0x00008103"; do
	guest_d3hot
	check "PME" pme_fire native $FN
	check "PME_Status" wait_for 3 pme_shown
	check_eq "D0 by the low byte" "$(w $PMCSR 1 0)" 0
	# shellcheck disable=SC2086 # words are meant
	check_eq "a 1 with $access" "$(w $PMCSR $access)" 0
	check "asleep again" wait_for 5 is_state asleep
	check_eq "clears it" "$(r $PMCSR 2)" 0x0103
	check_eq "D0" "$(w $PMCSR 2 0x0100)" 0
done
check_eq "pme_count" "$(attr $FN pme_count)" 3

# Without PME_En none comes, and a wake that the guest asked for is none.
check_eq "PME_En off" "$(w $PMCSR 2 0)" 0
guest_d3hot
check_eq "not armed" "$(pme_stat $FN en)" 0
check "PME" pme_fire native $FN
sleep 2
check_eq "still asleep" "$(attr $FN state)" asleep
check_eq "D0" "$(w $PMCSR 2 0)" 0
check_eq "PME_Status" "$(r $PMCSR 2)" 0x0000
check_eq "pme_count" "$(attr $FN pme_count)" 3

check_eq "PME_En" "$(w $PMCSR 2 0x0100)" 0
guest_d3hot "with PME_En"
check_eq "D0" "$(w $PMCSR 1 0)" 0
check_eq "no PME for that" "$(r $PMCSR 2)" 0x0100
check_eq "pme_count" "$(attr $FN pme_count)" 3
say "wakes: $(wakes)"
check "front end leaves" fe_stop
check "module removed" module_remove
scenario_end
