# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Steps of a test run: each is said, timed and counted. For tests/check and
# tests/lint, which set $logs, a directory, before they source this.

started=$SECONDS
passed=0
failed=0

say() {
	echo "${0##*/}: $* ($((SECONDS - started)) s)"
}

# Runs a step that is one test by itself.
one() {
	local what=$1
	shift
	if "$@" >"$logs/step" 2>&1; then
		passed=$((passed + 1))
		say "passed: $what"
	else
		failed=$((failed + 1))
		say "FAILED: $what"
		tail -n 30 "$logs/step" | sed 's/^/    | /'
	fi
}

# Counts what a runner of several tests has counted: "N passed, N failed".
several() {
	local what=$1 p f
	shift
	say "begins: $what"
	"$@" 2>&1 | tee "$logs/step" |
		grep --line-buffered -vE '^    (ok|mark):' | sed -u 's/^/    /'
	p=$(tail -n 1 "$logs/step" | sed -nE 's/^([0-9]+) passed, ([0-9]+) failed$/\1/p')
	f=$(tail -n 1 "$logs/step" | sed -nE 's/^([0-9]+) passed, ([0-9]+) failed$/\2/p')
	passed=$((passed + ${p:-0}))
	failed=$((failed + ${f:-1}))
	say "ended: $what: ${p:-0} passed, ${f:-no count, so 1} failed"
}

# The last line of a run; fails if a step has.
total() {
	echo "$passed passed, $failed failed"
	[ $failed -eq 0 ]
}
