# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Steps of a test run, which are said, timed and counted, and the checks that one
# of them may be made of. Whoever sources this sets $logs before, a directory.

started=$SECONDS
passed=0
failed=0
failures=

say() {
	echo "${0##*/}: $* ($((SECONDS - started)) s)"
}

note() {
	echo "    $*"
}

# attempt SAY WORD WHAT COMMAND...: passes, which SAY says with that word, if the
# command succeeds; else the end of what it said is shown
attempt() {
	local say=$1 word=$2 what=$3
	shift 3
	if "$@" >"$logs/step" 2>&1; then
		passed=$((passed + 1))
		"$say" "$word: $what"
	else
		failed=$((failed + 1))
		"$say" "FAILED: $what"
		tail -n 30 "$logs/step" | sed 's/^/    | /'
		return 1
	fi
}

# Runs a step that is one test by itself.
one() {
	attempt say passed "$@" || failures+="FAILED: $1"$'\n'
}

# check WHAT COMMAND...: for runners of several tests
check() {
	attempt note ok "$@" || true
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
	# Nothing counted is no success.
	[ "${p:-0}" -gt 0 ] || [ "${f:-0}" -gt 0 ] || f=1
	passed=$((passed + ${p:-0}))
	failed=$((failed + f))
	failures+=$(sed -n "s/^passed alone, /$what: &/p" "$logs/step" | awk '{ print } END { printf "." }')
	failures=${failures%.}
	if [ "$f" -ne 0 ]; then
		failures+="FAILED: $what"$'\n'
		failures+=$(sed -nE '/FAILED|^ *because: /s/^ */    /p' "$logs/step" |
			awk '!said[$0]++ { print } END { printf "." }')
		failures=${failures%.}
	fi
	say "ended: $what: ${p:-0} passed, $f failed"
}

# What failed once more, and the last line of a run; fails if a step has.
total() {
	printf %s "$failures"
	echo "$passed passed, $failed failed"
	[ $failed -eq 0 ]
}
