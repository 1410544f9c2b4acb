# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash disable=SC2154
#
# xen-pciback-pm status: each function in some lines, or as JSON.

# seconds MS
seconds() {
	echo "$((${1:-0} / 1000)) s"
}

# last_wake BDF: who woke it last, as the module knows, or as there is only one
# who ever did; or nothing
last_wake() {
	local last cause count

	last=$(told "$1" | sed -n 's/^ *wakes:.*; the last by //p')
	if [ -z "$last" ]; then
		while read -r cause count; do
			[ "$count" != 0 ] || continue
			[ -z "$last" ] || return 0
			last=$cause
		done <"$functions/$1/xen_pciback_pm/wakes"
	fi
	echo "$last"
}

# deepest BDF: where it gets with what blocks it for good
deepest() {
	local token switch state=D3cold

	if [ "$(power_of "$1")" = D3cold ]; then
		echo D3cold
		return
	fi
	switch=$(power_switch "$1")
	[ -n "$switch" ] && [ "$(value "$functions/$switch/d3cold_allowed")" != 0 ] ||
		state=D3hot
	for token in $(words "$functions/$1/xen_pciback_pm/blockers"); do
		case $token in
		ats | virtual-functions | did-not-wake)
			state=D0
			break
			;;
		port-stays-on) state=D3hot ;;
		*) ! forbids_d3cold "$token" || state=D3hot ;;
		esac
	done
	echo $state
}

status_of() {
	local own="$functions/$1/xen_pciback_pm" blockers last

	headline "$1"
	printf '    deepest   %s\n' "$(deepest "$1")"
	printf '    asleep    %s in D3cold, %s in D3hot\n' \
		"$(seconds "$(value "$own/d3cold_ms")")" \
		"$(seconds "$(value "$own/d3hot_ms")")"
	last=$(last_wake "$1")
	printf '    wakes     %s%s\n' "$(words "$own/wakes")" "${last:+, the last by $last}"
	printf '    PMEs      %s, PME_En %s\n' "$(value "$own/pme_count")" \
		"$(value "$own/pme_enabled")"
	blockers=$(words "$own/blockers")
	printf '    blockers  %s\n' "${blockers:-none}"
}

do_status() {
	local bdf found='' why

	case $#,${1-} in
	0,) ;;
	1,--json)
		status_json
		return
		;;
	*) wrong ;;
	esac
	is_loaded || return
	for bdf in $(hooked); do
		status_of "$bdf"
		found=1
	done
	for bdf in $(not_hooked); do
		why=$(refusal "$bdf")
		echo "$bdf  of xen-pciback, not managed${why:+: $why}"
		found=1
	done
	[ -n "$found" ] || echo "no function is bound to xen-pciback"
}

# string TEXT: for JSON, or null if there is none. All that is not plain text is
# a question mark.
string() {
	[ -n "${1-}" ] || { printf null; return; }
	printf '"%s"' "$(printf '%s' "$1" | LC_ALL=C tr -c '\040-\176' '?' | sed 's/[\\"]/\\&/g')"
}

# number TEXT
number() {
	case ${1-} in
	'' | *[!0-9]*) printf null ;;
	*) printf %d "$1" ;;
	esac
}

# strings WORD...
strings() {
	local word comma=''

	printf '['
	for word; do
		printf %s "$comma"
		string "$word"
		comma=', '
	done
	printf ']'
}

# member NAME VALUE: that is not the first
member() {
	printf ',\n      "%s": %s' "$1" "$2"
}

# wakes_json FILE
wakes_json() {
	local cause count comma=''

	printf '{'
	while read -r cause count; do
		printf '%s%s: %s' "$comma" "$(string "$cause")" "$(number "$count")"
		comma=', '
	done <"$1"
	printf '}'
}

# shellcheck disable=SC2046 # words
function_json() {
	local own="$functions/$1/xen_pciback_pm" name port

	printf '    {\n      "bdf": %s' "$(string "$1")"
	member qvm_pci "$(strings $(qubes_names "$1"))"
	member power_state "$(string "$(power_of "$1")")"
	port=$(port_of "$1")
	member port "$(string "$port")"
	member port_status "$(string "${port:+$(value "$functions/$port/power/runtime_status")}")"
	if [ ! -d "$own" ]; then
		member managed false
		member refused "$(string "$(refusal "$1")")"
		printf '\n    }'
		return
	fi
	member managed true
	for name in state guest_state low_power; do
		member $name "$(string "$(value "$own/$name")")"
	done
	member deepest "$(string "$(deepest "$1")")"
	for name in owner target pme_enabled pme_count d3hot_ms d3cold_ms; do
		member $name "$(number "$(value "$own/$name")")"
	done
	member wakes "$(wakes_json "$own/wakes")"
	member last_wake "$(string "$(last_wake "$1")")"
	member blockers "$(strings $(words "$own/blockers"))"
	printf '\n    }'
}

status_json() {
	local bdf comma=''

	is_loaded || return
	printf '{\n  "version": %s,\n  "devices": %s,\n  "functions": [' \
		"$(string "$(value "$module/version")")" \
		"$(string "$(value "$module/parameters/devices")")"
	for bdf in $(hooked) $(not_hooked); do
		printf '%s\n' "$comma"
		function_json "$bdf"
		comma=,
	done
	printf '\n  ]\n}\n'
}
