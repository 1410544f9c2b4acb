# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: policy changed at any moment leaves counts balanced and the guest none the wiser
# slot: slow=600
# timeout: 500

. /rig/pairs.sh

# -- the moments ---------------------------------------------------------------

at_D0() {
	:
}

at_falling() {
	w $PMCSR 2 0x0103
}

at_asleep() {
	at_falling && wait_for 5 is_state asleep
}

at_waking() {
	at_asleep && fe_cmd post $PMCSR 2 0x0100 &&
		wait_for 5 is_state waking
}

# With power/control on the guest's D3hot is a plain one.
at_by_hand() {
	sysattr $FN power/control on && at_falling && wait_for 2 is_by_hand &&
		sysattr $FN power/control auto
}

is_by_hand() {
	attr $FN blockers | grep -q d3hot-by-hand
}

# -- the changes: made, and $1 seconds later undone -----------------------------

change_option() {
	module_param devices "$FN=d3hot"
	sleep "$1"
	module_param devices $FN
}

change_nowake() {
	module_param devices "+$FN=nowake"
	sleep "$1"
	module_param devices "+$FN"
}

change_control() {
	sysattr $FN power/control on
	sleep "$1"
	sysattr $FN power/control auto
}

change_d3cold() {
	sysattr $FN d3cold_allowed 0
	sleep "$1"
	sysattr $FN d3cold_allowed 1
}

change_delay() {
	local ms

	for ms in 0 -1 5000 -1 500; do
		sysattr $FN power/autosuspend_delay_ms $ms
		sleep "$1"
	done
}

# -- what must hold ------------------------------------------------------------

# view: what the guest sees but for PowerState
view() {
	config_but_pm
	r 0xc8 4
	echo "$(($(r $PMCSR 2) & ~3))"
}

same_view() {
	view >/run/rig/view
	diff /run/rig/expected /run/rig/view
}

# The guest has it in D3hot.
balanced_asleep() {
	[ "$(usage)" = 0 ] && asleep_in D3cold
}

balanced_awake() {
	[ "$(usage)" = 1 ] && is_state active && power_is D0
}

# change_at MOMENT CHANGE SECONDS: as in pairs.sh, why has what went wrong
change_at() {
	local why=""

	note "not at that moment" "at_$1"
	note "the change itself" "change_$2" "$3"
	note "the view changed" same_view
	note "D3hot is refused" [ "$(w $PMCSR 2 0x0103)" = 0 ]
	note "not asleep, or not balanced, usage count $(usage)" \
		wait_for 8 balanced_asleep
	note "the view changed in sleep" same_view
	note "D0 is refused" [ "$(w $PMCSR 2 0x0100)" = 0 ]
	note "not awake, or not balanced, usage count $(usage)" \
		wait_for 2 balanced_awake
	note "the view changed after sleep" same_view
	if [ -z "$why" ]; then
		passed "$2 for $3 s, $1"
	else
		failed "$2 for $3 s, $1: $why"
	fi
}

# settings: what hooking changes, and a user's d3cold_allowed
settings() {
	echo "control $(sysattr $FN power/control)" \
		"delay $(sysattr $FN power/autosuspend_delay_ms 2>/dev/null)" \
		"d3cold_allowed $(sysattr $FN d3cold_allowed)" \
		"usage $(usage)"
}

# given_back WHEN
given_back() {
	check "given back, $1" module_param devices ""
	check_eq "as found" "$(settings)" "$found"
	check_eq "in D0" "$(sysattr $FN power_state)" D0
}

check "PME-capable function bound" pme_capable
found=$(settings)
say "found: $found"
check "module inserted" module_insert devices=$FN

check "front end connects" fe_start $FN
check_eq "memory decode on" "$(w 4 2 6)" 0
check_eq "PME_En" "$(w $PMCSR 2 0x0100)" 0
view >/run/rig/expected
for moment in D0 falling asleep waking by_hand; do
	for change in option nowake control d3cold delay; do
		change_at $moment $change 0
		change_at $moment $change 0.3
	done
done

# Given back at each moment, hooked again under the same guest. It keeps what it
# has read, stock's view included.
check "given back" module_param devices ""
stock_pmc=$(r $PMC 2)
check_bit "stock offers no PME" "$stock_pmc" 0xf800 0
stock_pmcsr=$(r $PMCSR 2)
for moment in D0 falling asleep waking by_hand; do
	check "hooked under a running guest, $moment" module_param devices $FN
	check_match "which it says" "$(attr $FN blockers | tr '\n' ' ')" hooked-after-guest-start
	check_eq "PMC as before" "$(r $PMC 2)" "$stock_pmc"
	check_eq "PMCSR as before" "$(r $PMCSR 2)" "$stock_pmcsr"
	"at_$moment"
	check "given back" module_param devices ""
	check_eq "PMC as before" "$(r $PMC 2)" "$stock_pmc"
	check_eq "D0" "$(w $PMCSR 2 0)" 0
	check_eq "PMCSR as before" "$(r $PMCSR 2)" "$stock_pmcsr"
	check_eq "settings and counts as found" "$(settings)" "$found"
done
check "hooked" module_param devices $FN
guest_d3hot "under the guest of stock"
check_eq "PMC as before" "$(r $PMC 2)" "$stock_pmc"
check_eq "D0" "$(w $PMCSR 2 0)" 0
check "leaves" fe_stop
check "the next owner" fe_start $FN
check_bit "is offered PME" "$(r $PMC 2)" 0xf800 0x4000
check_not "nothing says otherwise" eval "attr $FN blockers | grep -q hooked-after"
check "leaves" fe_stop

# What was changed meanwhile is given back as well, but for what hooking does
# not touch.
for moment in awake "at rest"; do
	[ "$moment" = awake ] || check "at rest" wait_for 10 at_rest
	check "control on" sysattr $FN power/control on
	given_back "with control on"
	check "hooked" module_param devices $FN
	for ms in -1 0 5000; do
		[ "$moment" = awake ] || check "at rest" wait_for 10 at_rest
		check "delay $ms" sysattr $FN power/autosuspend_delay_ms $ms
		given_back "with a delay of $ms ms"
		check "hooked" module_param devices $FN
	done
done
check "control on" sysattr $FN power/control on
check "delay -1" sysattr $FN power/autosuspend_delay_ms -1
check "d3cold_allowed 0" sysattr $FN d3cold_allowed 0
check "given back" module_param devices ""
check "d3cold_allowed 1" sysattr $FN d3cold_allowed 1
check_eq "as found" "$(settings)" "$found"

# Options of a function that nobody owns count for its next owner.
check "named with an option" module_param devices "$FN"
check "at rest" wait_for 10 at_rest
check "nowake" module_param devices "$FN=nowake"
check "front end connects" fe_start $FN
check_bit "PME is not offered" "$(r $PMC 2)" 0xf800 0
check "leaves" fe_stop
say "nor does it matter that libxl has noted it for a domain that has not used it"
claim 7
check "claimed" wait_for 5 owned_by 7
check "with PME" module_param devices "$FN"
claim
check "no more" wait_for 5 owned_by none
check "front end connects" fe_start $FN
check_bit "PME is offered" "$(r $PMC 2)" 0xf800 0x4000
check "leaves" fe_stop
check "module removed" module_remove
check_eq "as found" "$(settings)" "$found"
scenario_end
