# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: a function that is reset in its sleep without a word before is the next owner's as any other
# power: a1?b1?c
#
# pciback detaches what is in state Closing also while it waits for a front end, as it
# does for a guest that has none, and tells nobody (xen_pcibk_be_watch()). libxl does
# not do that.

back=/local/domain/0/backend/pci/0/7
front=/local/domain/0/device/pci/7

back_state_is() {
	[ "$(xenstore-read $back/state)" = "$1" ]
}

dom0_reads() {
	setpci -s "${FN#0000:}" "$1"
}

check "bound to pciback" bind_to_pciback $FN
bar=$(dom0_reads BASE_ADDRESS_0)
check_not "its BAR is set" [ "$((0x$bar))" -lt 65536 ]
check "module inserted" module_insert devices=$FN
check "a back end, and no front end" xenstore-write \
	$front/backend $back $front/backend-id 0 $front/state 1 \
	$back/frontend $front $back/frontend-id 0 $back/online 1 $back/domain rig \
	$back/num_devs 1 $back/dev-0 $FN $back/key-0 $FN $back/opts-0 "" \
	$back/state-0 1 $back/state 1
check "waits for that" wait_for 10 back_state_is 3
check_eq "owner" "$(attr $FN owner)" 0
setpci -s "${FN#0000:}" CACHE_LINE_SIZE=30
check_eq "cache line size" "$(dom0_reads CACHE_LINE_SIZE)" 30
check "low_power" attr $FN low_power 1
check "asleep" wait_for 10 asleep_in D3cold
mark a

log_mark
check "detached" xenstore-write $back/state-0 5
check "reset" wait_for 90 owned_by none
mark b
check "the next one comes" fe_start $FN
mark c
check_eq "it reads" "$(r 0 4)" 0x10d38086
check_eq "nothing of the last one's" "$(r 0x0c 1)" 0x00
check_eq "BAR" "$(dom0_reads BASE_ADDRESS_0)" "$bar"
check_eq "memory decode on" "$(w 4 2 2)" 0
guest_d3hot
guest_d0
check "front end leaves" fe_stop
xenstore-write $back/online 0 $front/state 6
xenstore-rm $back
xenstore-rm $front
check "module removed" module_remove
scenario_end
