# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash disable=SC2154
#
# xen-pciback-pm timeline: a trace becomes a picture, see timeline.awk; and the
# trace is taken here, in an instance of tracefs of its own, so that whatever else
# is traced goes on as it was.

how_to_record() {
	cat <<-EOF
	Which trace? Either let it take one, as root, and draw that:

	    xen-pciback-pm timeline --record 60 >timeline.svg

	An interrupt (Ctrl-C) ends it earlier. Or take one by trace-cmd:

	    trace-cmd record -e xen_pciback_pm sleep 60
	    trace-cmd report | xen-pciback-pm timeline - >timeline.svg

	or by hand, in /sys/kernel/tracing:

	    echo 1 >events/xen_pciback_pm/enable
	    sleep 60
	    echo 0 >events/xen_pciback_pm/enable
	    xen-pciback-pm timeline trace >timeline.svg
	EOF
}

find_tracefs() {
	local dir

	for dir in "$root/sys/kernel/tracing" "$root/sys/kernel/debug/tracing"; do
		[ -d "$dir/instances" ] || continue
		tracefs=$dir
		return 0
	done
	complain "tracefs is not there: as root, mount -t tracefs tracefs /sys/kernel/tracing"
	return 1
}

# mark_all: the state of things, which tracepoints tell of once it changes
mark_all() {
	local bdf own

	for bdf in $(hooked); do
		own=$functions/$bdf/xen_pciback_pm
		echo "xen-pciback-pm: $bdf host=$(power_of "$bdf") guest=$(value "$own/guest_state") pme=$(value "$own/pme_enabled") owner=$(value "$own/owner")"
	done
	mark_ports
}

# mark_ports: which no tracepoint tells of. Often called: it starts no program.
mark_ports() {
	local pair is

	for pair in $ports; do
		is=''
		read -r is <"$functions/${pair#*=}/power/runtime_status"
		echo "xen-pciback-pm: ${pair%=*} port=${pair#*=} is=$is"
	done
}

# ports_of_all: FUNCTION=PORT
ports_of_all() {
	local bdf port

	for bdf in $(hooked); do
		port=$(port_of "$bdf")
		[ -z "$port" ] || echo "$bdf=$port"
	done
}

uptime_now() {
	local up

	read -r up _ </proc/uptime
	echo "${up%.*}"
}

# give_back: tracefs is as it was before
give_back() {
	[ -d "$instance" ] || return 0
	echo 0 >"$instance/events/xen_pciback_pm/enable"
	rmdir "$instance"
}

# take_trace SECONDS FILE: or until it is interrupted; what came until then counts
take_trace() {
	local end ports now before interrupted=''

	find_tracefs || return
	if [ ! -d "$tracefs/events/xen_pciback_pm" ]; then
		complain "the module's tracepoints are not in $tracefs"
		return 1
	fi
	instance=$tracefs/instances/xen-pciback-pm-$$
	trap give_back EXIT
	trap interrupted=1 INT TERM HUP
	mkdir "$instance" || return
	# The default one stops while the host sleeps.
	echo boot >"$instance/trace_clock" &&
		echo 1 >"$instance/events/xen_pciback_pm/enable" || return
	ports=$(ports_of_all)
	mark_all >"$instance/trace_marker"
	before=$(mark_ports)
	end=$(($(uptime_now) + $1))
	while [ -z "$interrupted" ] && [ "$(uptime_now)" -lt "$end" ]; do
		now=$(mark_ports)
		[ "$now" = "$before" ] || mark_ports >"$instance/trace_marker"
		before=$now
		sleep 0.2
	done
	echo 0 >"$instance/events/xen_pciback_pm/enable"
	mark_all >"$instance/trace_marker"
	cat "$instance/trace" >"$2"
}

# draw: to standard output
draw() {
	awk -f "$share/timeline.awk"
}

record() {
	local trace=${2-} ret

	is_loaded || return
	[ -n "$trace" ] || trace=$(mktemp) || return
	take_trace "$1" "$trace" && draw <"$trace"
	ret=$?
	[ $# -gt 1 ] || rm "$trace"
	return $ret
}

do_timeline() {
	case $#,${1-} in
	0,)
		how_to_record >&2
		return 2
		;;
	1,-) draw ;;
	1,-*) wrong ;;
	1,*)
		[ -r "$1" ] || complain "cannot read $1"
		[ -r "$1" ] && draw <"$1"
		;;
	2,--record | 3,--record)
		case $2 in
		'' | 0* | *[!0-9]*) wrong ;;
		esac
		shift
		record "$@"
		;;
	*) wrong ;;
	esac
}
