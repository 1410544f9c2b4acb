# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: the PME injector behaves as hardware does
# power: ^1?0101$

BDF=${FN#0000:}

# get REGISTER, set REGISTER VALUE, in setpci's way: ca.w
get() {
	setpci -s "$BDF" "$1"
}

set_to() {
	setpci -s "$BDF" "$1=$2"
}

# set_status: as the hardware would, without a message
set_status() {
	pme_fire status "$FN"
}

check_eq "PME_Support without it" $(($(get cb.b) >> 3)) 0
check "inserted" pme_insert
sysattr $FN power/control on
check "found again" reenumerate $FN
sysattr $FN power/control on
check_match "the kernel knows" "$(dmesg | grep "$FN: PME# supp" | tail -n 1)" 'D0 D3hot D3cold'
check_eq "PMC by word" "$(get ca.w)" c822
check_eq "its upper byte" "$(get cb.b)" c8
check_eq "its dword" "$(get c8.l)" c822d001

for access in "cd.b 01 00" "cc.w 0100 0000" "cc.l 00000100 00000000"; do
	# shellcheck disable=SC2086 # words are meant
	set -- $access
	set_to "$1" "$2"
	check_eq "PME_En set by $1" "$(get "$1")" "$2"
	check_eq "seen as a word" "$(get cc.w)" 0100
	set_to cc.b 00
	check_eq "not by the other byte" "$(get cc.w)" 0100
	set_to "$1" "$3"
	check_eq "cleared by $1" "$(get "$1")" "$3"
done

for access in "cd.b 80 00" "cc.w 8000 0000" "cc.l 00008000 00000000"; do
	# shellcheck disable=SC2086 # words are meant
	set -- $access
	set_status
	check_eq "PME_Status by $1" "$(get "$1")" "$2"
	set_to "$1" "$3"
	check_eq "a 0 written does not clear it" "$(get "$1")" "$2"
	set_to cc.b 00
	check_eq "nor does the other byte" "$(get cc.w)" 8000
	set_to "$1" "$2"
	check_eq "a 1 does" "$(get "$1")" "$3"
done

check "a PME without PME_En" pme_fire native $FN
check_eq "sends nothing" "$(pme_stat $FN messages)" 0
check_eq "but its status is set" "$(get cc.w)" 8000
set_to cc.w 8000

set_to cc.w 0100
check "a PME with PME_En" pme_fire native $FN
check_eq "one message" "$(pme_stat $FN messages)" 1
check_eq "one interrupt" "$(pme_stat $FN interrupts)" 1
pme_cleared() {
	[ "$(pme_stat $FN en)$(pme_stat $FN status)" = 00 ]
}
check "the kernel's handler found the function" wait_for 2 pme_cleared
check_eq "the port has no PME left" "$(setpci -s "${PORT#0000:}" CAP_EXP+20.l)" 00000000

set_status
set_to cc.w 0100
check_eq "PME_En after the fact sends as well" "$(pme_stat $FN messages)" 2
check "found too" wait_for 2 pme_cleared

set_to cc.w 0100
check "power cut" acpi_call '\PWRC' 0
check_eq "all ones" "$(get cc.w)" ffff
check_not "no message without power" pme_fire native $FN
check "power back" acpi_call '\PWRC' 1
check_eq "with Vaux all is kept" "$(get cc.w)" 8100
check "a PME by ACPI" pme_fire acpi $FN
echo 0 >/sys/module/pme_inject/parameters/vaux
set_to cc.w 8100
check "power cut" acpi_call '\PWRC' 0
get cc.w >/dev/null
check "power back" acpi_call '\PWRC' 1
check_eq "without Vaux nothing is" "$(get cc.w)" 0000
say "$(cat /sys/module/pme_inject/parameters/stat)"

check "removed" rmmod pme_inject
check_eq "PME_Support is gone" $(($(get cb.b) >> 3)) 0
scenario_end
