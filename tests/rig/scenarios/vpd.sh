# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: a guest reads VPD of a sleeping function as in stock, however long the device takes
# timeout: 120

vpd_ms() {
	echo "$1" >/sys/module/pme_inject/parameters/vpd_ms
}

flag_set() {
	[ $(($(r $((VPD + 2)) 2) & 0x8000)) != 0 ]
}

# vpd_read WHAT ADDRESS: as a driver does it
vpd_read() {
	check_eq "$1: address written" "$(w $((VPD + 2)) 2 "$2")" 0
	check "F gets set" wait_for 5 flag_set
	check_eq "data" "$(r $((VPD + 4)) 4)" "$(printf '0x5600%04x' "$2")"
	check_eq "address" "$(r $((VPD + 2)) 2)" "$(printf '0x%04x' $(($2 | 0x8000)))"
}

asleep_meanwhile() {
	check_eq "PowerState all the while" "$(r $PMCSR 1)" 0x03
	check "asleep again" wait_for 5 is_state asleep
	check_eq "in D3cold" "$(sysattr $FN power_state)" D3cold
}

check "a function with VPD bound" pme_capable vpd=1
VPD=$(cap_offset $FN 03)
check_eq "its capability" "$VPD" 0x40
check "front end connects" fe_start $FN
vpd_ms 100
vpd_read "stock" 0x0004
check_not "a write of VPD is refused" eval 'w $((VPD + 2)) 2 0x8008'
check "front end leaves" fe_stop

check "module inserted" module_insert devices=$FN
check "front end connects" fe_start $FN
vpd_read "in D0" 0x0010
check_not "a write of VPD is refused" eval 'w $((VPD + 2)) 2 0x8008'
guest_d3hot
check_eq "what was read is still there" "$(r $((VPD + 4)) 4)" 0x56000010
for ms in 0 100 700; do
	vpd_ms $ms
	vpd_read "asleep, $ms ms" $((0x20 + ms))
	asleep_meanwhile
	vpd_read "next" $((0x24 + ms))
	asleep_meanwhile
done
check_match "the address alone wakes" "$(wakes)" '^guest 0 pme 0 config [1-9]'

vpd_ms -1
check_eq "a read that never ends" "$(w $((VPD + 2)) 2 0x0040)" 0
asleep_meanwhile
check_not "F is clear" flag_set
guest_d0
vpd_ms 0
vpd_read "in D0, later" 0x0044
check "front end leaves" fe_stop
check "module removed" module_remove
scenario_end
