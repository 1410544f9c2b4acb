# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: each form of an entry hooks the function, and a malformed list changes nothing and says where

# accepted LIST NORMALISED: written, read back, written back
accepted() {
	check "accepted: $1" module_param devices "$1"
	check_eq "reads back" "$(module_param devices)" "$2"
	check "hooked" is_hooked
	check "written back" module_param devices "$(module_param devices)"
	check_eq "nothing changes" "$(module_param devices)" "$2"
	check "still hooked" is_hooked
	check "emptied" module_param devices ""
	check_eq "reads back" "$(module_param devices)" ""
	check_not "given back" is_hooked
}

# refused LIST COLUMN EXPECTED
refused() {
	local before

	before=$(module_param devices)
	log_mark
	check_not "refused: $1" eval "printf %s '$1' >/sys/module/xen_pciback_pm/parameters/devices"
	check "and said where: column $2" logged "xen-pciback-pm: devices: .*column $2: expected $3"
	check_eq "one line" "$(logged 'xen-pciback-pm: devices:' | wc -l)" 1
	check_eq "nothing changed" "$(module_param devices)" "$before"
}

check "bound to pciback" bind_to_pciback $FN
check "module inserted" module_insert

accepted 0000:01:00.0 0000:01:00.0
accepted 01:00.0 0000:01:00.0
accepted '01:00.*' '0000:01:00.*'
accepted '(0000:01:00.0)(00:1f.3)' 0000:01:00.0,0000:00:1f.3
accepted pci:8086:10d3 pci:8086:10d3
accepted pci:8086:10d3:0:0 pci:8086:10d3
accepted 00:02.0/00.0 0000:00:02.0/00.0
accepted '01:00.0=nowake:d3hot' 0000:01:00.0=d3hot:nowake
accepted '00:1f.3, 01:00.0=sleep' 0000:00:1f.3,0000:01:00.0=sleep
accepted "01:00.0
" 0000:01:00.0

# The first that matches wins.
log_mark
check "two that match" module_param devices "pci:8086:10d3=d3hot 01:00.0"
check "the first" logged 'matched by pci:8086:10d3=d3hot'
check_match "its option" "$(attr $FN blockers | tr '\n' ' ')" option-d3hot

# Changed in place, the function stays hooked.
check "only one" module_param devices "-pci:8086:10d3"
check_eq "reads back" "$(module_param devices)" "0000:01:00.0"
check "hooked" is_hooked
check_eq "without the option" "$(attr $FN blockers | grep -c option-d3hot)" 0
check "+ with an option" module_param devices "+01:00.0=d3hot"
check_eq "reads back" "$(module_param devices)" "0000:01:00.0=d3hot"
check_match "its option" "$(attr $FN blockers | tr '\n' ' ')" option-d3hot
check "+ and - in one" module_param devices "+00:1f.3 -01:00.0"
check_eq "reads back" "$(module_param devices)" "0000:00:1f.3"
check_not "given back" is_hooked
check "- of one that is not there" module_param devices "-05:00.0"
check_eq "reads back" "$(module_param devices)" "0000:00:1f.3"
check "replaced as a whole" module_param devices "01:00.0"
check "hooked" is_hooked

refused "01:00.8" 7 ".*"
refused "01:00.0,bogus" 10 ".*"
refused "01:00.0=d3warm" 9 "one of d3hot, nowake, sleep"
refused "01:00.0 +00:1f.3" 9 ".*"
refused "01:20.0" 4 ".*"
refused "pci:8086" 9 ".*"
check "and hooked all the while" is_hooked

check "module removed" module_remove
check "two at load" module_insert devices=$FN devices=
check_eq "the last one counts" "$(module_param devices)" ""
check_not "so nothing is hooked" is_hooked
check "module removed" module_remove
log_mark
check_not "a malformed list at load" module_insert devices=01:00.0,oops
check "said where" logged 'xen-pciback-pm: devices: .*column 9: expected'
check_not "not loaded" test -d /sys/module/xen_pciback_pm

# Refused alone, with reason and remedy, and the other is hooked.
check "a bridge's SMBus neighbour without PM bound too" bind_to_pciback 0000:00:1f.3
log_mark
check "named with it" module_insert "devices=00:1f.3,$FN"
check "reason and remedy" logged '0000:00:1f.3: xen-pciback-pm: not hooked: it has no PM capability: take it out'
check_not "not hooked" is_hooked 0000:00:1f.3
check "the other is" is_hooked
check "module removed" module_remove
scenario_end
