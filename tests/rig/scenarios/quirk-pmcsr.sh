# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: a quirk field over PMCSR's upper byte shows the virtual register and never arms hardware
# power: .

UPPER=0xcd

check "PME-capable function bound" pme_capable
check "module inserted" module_insert devices=$FN
check "front end connects" fe_start $FN
echo "$FN-cd:1:0" >/sys/bus/pci/drivers/pciback/quirks
check "a field over PMCSR's upper byte" grep -q '0*cd:1:' /sys/bus/pci/drivers/pciback/quirks

check_eq "PME_En by a word" "$(w $PMCSR 2 0x0100)" 0
check_eq "reads back" "$(r $PMCSR 2) $(r $UPPER 1)" "0x0100 0x01"
check_eq "not in hardware" "$(pme_stat $FN en)" 0
check_eq "off by a byte" "$(w $UPPER 1 0)" 0
check_eq "reads back" "$(r $PMCSR 2) $(r $UPPER 1)" "0x0000 0x00"
check_eq "on by a byte" "$(w $UPPER 1 1)" 0
check_eq "reads back" "$(r $PMCSR 2) $(r $UPPER 1)" "0x0100 0x01"
check_eq "not in hardware" "$(pme_stat $FN en)" 0
check_eq "the attribute agrees" "$(attr $FN pme_enabled)" 1

guest_d3hot
check_eq "armed" "$(pme_stat $FN en)" 1
check_eq "reads asleep" "$(r $PMCSR 2) $(r $UPPER 1)" "0x0103 0x01"
wakes=$(wakes)
check_eq "Data_Select is not there" "$(r $UPPER 1)" 0x01
check_eq "no wake" "$(wakes)" "$wakes"

check "PME" pme_fire acpi $FN
check "seen by a byte" wait_for 5 eval "[ \"\$(r $UPPER 1)\" = 0x81 ]"
check_eq "and by a word" "$(r $PMCSR 2)" 0x8103
check_eq "one PME" "$(attr $FN pme_count)" 1
check_eq "D0 by a byte" "$(w $PMCSR 1 0)" 0
check_eq "which leaves PME_Status" "$(r $PMCSR 2) $(r $UPPER 1)" "0x8100 0x81"
check_eq "0 leaves it as well" "$(w $UPPER 1 0x01)" 0
check_eq "still set" "$(r $UPPER 1)" 0x81
check_eq "1 clears it" "$(w $UPPER 1 0x81)" 0
check_eq "PME_En stays" "$(r $PMCSR 2) $(r $UPPER 1)" "0x0100 0x01"
check_eq "not in hardware" "$(pme_stat $FN en)" 0
guest_d3hot "once more"
check_eq "D0" "$(w $PMCSR 2 0x0100)" 0
check_eq "PME_En stays" "$(r $PMCSR 2) $(r $UPPER 1)" "0x0100 0x01"
check "front end leaves" fe_stop
check "module removed" module_remove
scenario_end
