# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: a pciback that is not as known is refused with the reason, nothing is touched, and it works as without the module
# timeout: 180
# pciback: data-moved data-longer entry-reordered field-reordered
# pciback: handler-renamed handler-foreign runtime-pm

. /rig/reference.sh

# touched FILE: what hooking would change
touched() {
	for file in power_state d3cold_allowed power/control power/runtime_usage \
		    power/autosuspend_delay_ms; do
		echo "$file $(sysattr $FN $file 2>&1)"
	done >"$1"
}

# refused VARIANT REASON
refused() {
	check "$1: inserted" pciback_insert "$1"
	check "bound" bind_to_pciback $FN
	touched before
	check "front end connects" fe_start $FN
	reference_writes >without
	log_mark
	check "module inserted" module_insert devices=$FN
	check "refused, with the reason" logged "$FN: .*not hooked: .*$2"
	check_not "no attributes" is_hooked
	reference_writes >with
	check "answers as before" cmp without with
	check_eq "D3hot" "$(w $PMCSR 1 3)" 0
	check_eq "in hardware" "$(setpci -s "${FN#0000:}" CAP_PM+4.b)" 03
	check_eq "D0" "$(w $PMCSR 1 0)" 0
	check "module removed" module_remove
	touched after
	check "nothing touched" cmp before after
	check "front end leaves" fe_stop
	check "unbound" unbind_from_pciback $FN
	check "pciback removed" rmmod xen_pciback
}

refused data-moved "table has an unknown layout"
refused data-longer "data about it has an unknown layout"
refused entry-reordered "table has an unknown layout"
refused field-reordered "handlers are not the stock ones"
refused handler-renamed "handlers are not the stock ones"
refused handler-foreign "handlers are not the stock ones"
refused runtime-pm "runtime power management of its own"
scenario_end
