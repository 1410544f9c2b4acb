# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: a function that is not named answers as with stock, beside a hooked one or none

. /rig/reference.sh

run() {
	check "front end connects" fe_start $FN
	{
		reference_reads
		reference_writes
		reference_reads
	} >"$1" 2>&1
	check "front end leaves" fe_stop
	check_not "every operation was answered" grep -E 'timeout|E-1|no-answer' "$1"
}

check "bound to pciback" bind_to_pciback $FN
run stock
say "$(wc -l <stock) lines of reference"

check "module inserted, another function named" module_insert devices=00:1f.3
run other-named
check "as with stock" cmp stock other-named

check "named and taken out again" eval "module_param devices +$FN && module_param devices -$FN"
run given-back
check "as with stock" cmp stock given-back

check "module removed" module_remove
run without
check "as with stock" cmp stock without
scenario_end
