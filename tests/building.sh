# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What scripts share that build something for long: each step with the time of day,
# and a log. Whoever sources this has $log, a file, by when something is logged.

die() {
	echo "${0##*/}: $*" >&2
	exit 1
}

step() {
	printf '%s: %s  %s\n' "${0##*/}" "$(date +%T)" "$*"
}

# logged COMMAND...: its output goes to the log, whose end is shown if it fails
# shellcheck disable=SC2154 # log, by who sources this
logged() {
	"$@" >>"$log" 2>&1 || {
		tail -n 20 "$log" >&2
		die "$1 failed, see $log"
	}
}

# Whoever sources this and has another of these names is told so at once, and not
# by what is called instead.
readonly -f die step logged
