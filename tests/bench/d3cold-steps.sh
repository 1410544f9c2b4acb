# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# How long FN takes into D3cold and out of it, for whoever has it, beside a driver of
# the same kernel's for which the PM core does it all. Who has it is a function that
# says what config-time is to do: to ask for sleep (entry), to ask for D0 (exit), to
# reach config space without asking (access), to notice a PME (told).

FUNCTION=$(sysfs $FN)
RUNTIME=$FUNCTION/power
FIRE=/sys/module/pme_inject/parameters/fire
ROUNDS=12

driver() {
	case $1 in
	entry) echo "put $RUNTIME/control auto" ;;
	exit) echo "put $RUNTIME/control on" ;;
	access) echo "dom0-read $FUNCTION/config 8 4" ;;
	told) echo "wait $RUNTIME/runtime_status active" ;;
	esac
}

# out_of_d3cold WHO exit|access|told: for config-time, how long that takes; with
# exit, how long it takes into it as well
out_of_d3cold() {
	local entry=-

	[ "$2" != exit ] || entry=$1.entry
	cat <<-END
	clear
	op - $($1 entry)
	op $entry wait $RUNTIME/runtime_status suspended
	op - wait $FUNCTION/power_state D3cold
	op - wait $(sysfs $PORT)/power/runtime_status suspended
	$([ "$2" != told ] || echo "op - put $FIRE acpi $FN")
	op $1.$2 $($1 "$2")
	op - $($1 exit)
	run $ROUNDS 1
	END
}

# measure WHO HOW WHAT...: HOW config-time gets hold of FN, if it has to
measure() {
	local who=$1 how=$2 what

	shift 2
	# shellcheck disable=SC2086 # words are meant
	for what; do
		out_of_d3cold "$who" "$what"
	done | config-time $how >>"$RIG/samples"
}

# measure_driver: FN is nobody's. The driver sleeps at once when it is asked to, but
# it has to be seen that a PME woke it.
measure_driver() {
	echo $FN >/sys/bus/pci/drivers/pm-client/bind
	sysattr $FN power/control on
	sysattr $FN power/autosuspend_delay_ms 0
	check "by the PM core" measure driver "" exit access
	sysattr $FN power/autosuspend_delay_ms 200
	check "by the PM core, after a PME" measure driver "" told
	unbind $FN
}

# steps_begin: the same for all that are compared
steps_begin() {
	: >"$RIG/samples"
	check "the function can signal PMEs" pme_insert
	reenumerate $FN
	check "a driver for the PM core" insmod /rig/bin/pm-client.ko
	check "has the function" unbind $FN
}

# steps_end WHO: all there, and as many
steps_end() {
	check_eq "samples" "$(sed "s/^trip \([^ ]*\).*/\1/" "$RIG/samples" | sort | uniq -c | tr -s ' \n' ' ')" \
		" $(for who in driver "$1"; do printf '2 %s ' $who.access $who.entry $who.exit $who.told; done)"
	show "$RIG/samples" samples
}
