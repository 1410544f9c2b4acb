# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash disable=SC2154
#
# xen-pciback-pm watch: a line for each change, by looking once a second.

# seen BDF: what can change, a line each
seen() {
	local own="$functions/$1/xen_pciback_pm" name port

	for name in state guest_state owner target low_power pme_enabled pme_count; do
		echo "$1 $name $(value "$own/$name")"
	done
	echo "$1 power_state $(power_of "$1")"
	port=$(port_of "$1")
	[ -z "$port" ] || echo "$1 port $(value "$functions/$port/power/runtime_status")"
	sed "s/^/$1 wakes:/" "$own/wakes" 2>/dev/null
	echo "$1 blockers $(words "$own/blockers")"
}

# changes OLD NEW: a line each
changes() {
	awk -v now="$(date +%T)" '
		{ key = $1 " " $2; text = $0; sub(/^[^ ]+ [^ ]+ ?/, "", text) }
		text == "" { text = "none" }
		FILENAME == ARGV[1] { old[key] = text; next }
		key in old && old[key] != text {
			print now, $1 "  " $2, old[key], "->", text
		}
		!(key in old) && $2 == "state" { print now, $1 "  managed from now on,", text }
		{ delete old[key] }
		END { for (key in old) if (key ~ / state$/) {
			sub(/ .*/, "", key); print now, key "  not managed any more" } }
	' "$1" "$2"
}

watch_once() {
	local bdf

	for bdf in ${1:-$(hooked)}; do
		[ ! -d "$functions/$bdf/xen_pciback_pm" ] || seen "$bdf"
	done
}

# Once a second; what came and went within that is in the counters.
do_watch() {
	local bdf='' one dir

	[ $# -le 1 ] || wrong
	is_loaded || return
	[ $# -eq 0 ] || bdf=$(function_named "$1") || return
	dir=$(mktemp -d) || return
	# shellcheck disable=SC2064 # as it is now
	trap "rm -r '$dir'" EXIT
	trap 'exit 0' INT TERM HUP
	watch_once "$bdf" >"$dir/old"
	for one in ${bdf:-$(hooked)}; do
		[ ! -d "$functions/$one/xen_pciback_pm" ] || echo "$(date +%T) $(headline "$one")"
	done
	while sleep 1; do
		watch_once "$bdf" >"$dir/new"
		changes "$dir/old" "$dir/new" || return
		mv "$dir/new" "$dir/old"
	done
}
