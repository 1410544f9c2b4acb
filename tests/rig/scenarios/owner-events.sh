# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: whatever takes the owner away, in any state, the next one gets a working device
# slot: slow=600
# timeout: 330

. /rig/pairs.sh

owner_start() {
	fe_start $FN && w 4 2 6 && w 0x0c 1 0x20
}

owner_writes() {
	[ "$(w $PMCSR 2 "$1")" = 0 ]
}

owner_posts() {
	fe_cmd post $PMCSR 2 "$1"
}

event_leave() {
	fe_stop
}

event_kill() {
	fe_kill && fe_reap
}

event_detach() {
	fe_cmd detach 0 && [ "$(fe_last | cut -d ' ' -f 1-2)" = "0 0" ] &&
		fe_stop
}

event_unbind() {
	# shellcheck disable=SC2034 # for pair()
	rebound=1
	unbind $FN && fe_stop && bind_to_pciback $FN
}

event_remove() {
	# shellcheck disable=SC2034 # for pair()
	rebound=1
	sysattr $FN remove 1 && fe_stop && echo 1 >/sys/bus/pci/rescan &&
		wait_for 5 bind_to_pciback $FN
}

check "PME-capable function bound" pme_capable
events="leave kill detach unbind remove"
pairs_begin "$events"
check "module inserted" module_insert devices=$FN
pairs "D0 held D3hot D3cold waking" "$events"
check "module removed" module_remove
scenario_end
