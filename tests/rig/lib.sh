# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# Functions for scenarios, which run in dom0 under busybox sh. README.md has
# the list. Everything said goes through /dev/kmsg: a line written there stays
# one line on the console, in order with what the kernel says, with the time.

RIG=/run/rig
NAME=$(cat /rig/name 2>/dev/null)
PATIENCE=$(cat /rig/patience 2>/dev/null || echo 1)

# The function under test, its port, and its PM capability (QEMU's e1000e).
FN=0000:01:00.0
PORT=0000:00:02.0
PMC=0xca
PMCSR=0xcc

# -- saying and checking -----------------------------------------------------

# What is longer than the kernel's buffer for a line would not be there at all
# (devkmsg_write()).
emit() {
	printf '<5>%.960s\n' "$*" >/dev/kmsg
}

# say TEXT: something worth knowing that is not a check
say() {
	emit "rig: seen: $*"
}

# show FILE NAME: a file for the log directory of the host, as NAME
show() {
	local line

	emit "rig: file $2"
	while IFS= read -r line; do
		emit "rig: | $line"
	done <"$1"
	emit "rig: end $2"
}

# Counted in files: a check in a subshell or a pipe counts as well.
passed() {
	echo x >>"$RIG/passed"
	emit "rig: ok: $*"
}

failed() {
	echo x >>"$RIG/failed"
	emit "rig: FAILED: $*"
	return 1
}

# check WHAT COMMAND...: passes if the command succeeds
check() {
	local what=$1 line

	shift
	if "$@" >"$RIG/check" 2>&1; then
		passed "$what"
		return 0
	fi
	failed "$what: $*"
	tail -n 5 "$RIG/check" | while IFS= read -r line; do
		emit "rig: | $line"
	done
	return 1
}

# check_not WHAT COMMAND...: passes if the command fails, and by itself: 124 is
# timeout's status, 126 and 127 are the shell's if there is no such command
check_not() {
	local what=$1 status=0

	shift
	"$@" >"$RIG/check" 2>&1 || status=$?
	if [ "$status" -eq 0 ]; then
		failed "$what: $* succeeded"
	else
		case $status in
		124 | 126 | 127) failed "$what: $* ended with status $status" ;;
		*) passed "$what" ;;
		esac
	fi
}

# check_eq WHAT GOT EXPECTED
check_eq() {
	if [ "$2" = "$3" ]; then
		passed "$1: $2"
	else
		failed "$1: got '$2', expected '$3'"
	fi
}

# check_match WHAT GOT ERE
check_match() {
	if printf '%s\n' "$2" | grep -qE -- "$3"; then
		passed "$1: $2"
	else
		failed "$1: got '$2', expected a match of '$3'"
	fi
}

# check_bit WHAT VALUE MASK EXPECTED: passes if VALUE & MASK = EXPECTED
check_bit() {
	case $2 in
	0x* | [0-9]*) ;;
	*)
		failed "$1: got '$2'"
		return
		;;
	esac
	if [ $(($2 & $3)) -eq $(($4)) ]; then
		passed "$1: $2 & $3 = $4"
	else
		failed "$1: got $2 & $3, expected $4"
	fi
}

# now_ms: milliseconds since boot
now_ms() {
	local up

	read -r up _ </proc/uptime
	echo "$((${up%.*} * 1000 + 1${up#*.} * 10 - 1000))"
}

# wait_for SECONDS COMMAND...: polls until the command succeeds; for longer where
# the machine is slow (RIG_PATIENCE)
wait_for() {
	local end=$(($(now_ms) + $1 * 1000 * PATIENCE))

	shift
	until "$@" >/dev/null 2>&1; do
		[ "$(now_ms)" -lt "$end" ] || return 1
		sleep "${POLL:-0.05}"
	done
}

# mark X: one lower-case letter into the record of power, and of config
# cycles, that the host keeps outside of this machine
mark() {
	printf %s "$1" | dd of=/dev/port bs=1 seek=$((0x404)) 2>/dev/null
	emit "rig: mark: $1"
}

# scenario_end: the verdict. Without it a scenario never passes.
scenario_end() {
	# Of xen-pciback's own leak, once it is gone, only addresses would be left.
	[ ! -e /sys/kernel/debug/kmemleak ] || [ ! -d /sys/module/xen_pciback ] ||
		check_eq "nothing leaks" "$(leaks)" ""
	if [ -e "$RIG/failed" ]; then
		emit "RIG-VERDICT: $NAME failed"
	elif [ ! -e "$RIG/passed" ]; then
		emit "RIG-VERDICT: $NAME checked nothing"
	else
		emit "RIG-VERDICT: $NAME passed"
	fi
}

# -- functions and drivers ---------------------------------------------------

sysfs() {
	echo "/sys/bus/pci/devices/$1"
}

# driver_of BDF: name of the driver that is bound, or nothing
driver_of() {
	local link

	link=$(readlink "$(sysfs "$1")/driver") && echo "${link##*/}"
}

# unbind BDF: from whatever driver it has
unbind() {
	[ -z "$(driver_of "$1")" ] ||
		echo "$1" >"$(sysfs "$1")/driver/unbind"
}

# bind_to_pciback BDF: loads pciback if need be
bind_to_pciback() {
	local dir=/sys/bus/pci/drivers/pciback

	[ -d $dir ] || modprobe xen-pciback || return
	[ "$(driver_of "$1")" != pciback ] || return 0
	unbind "$1"
	echo "$1" >$dir/new_slot && echo "$1" >$dir/bind
}

# pciback_insert VARIANT: an altered one ("# pciback:"), before bind_to_pciback
# would load the stock one
pciback_insert() {
	insmod "/lib/modules/$(uname -r)/updates/pciback-$1.ko"
}

# unbind_from_pciback BDF: and forgotten by it
unbind_from_pciback() {
	local dir=/sys/bus/pci/drivers/pciback

	echo "$1" >$dir/unbind && echo "$1" >$dir/remove_slot
}

# reenumerate BDF: removed and found again, as by a hot-plug
reenumerate() {
	echo 1 >"$(sysfs "$1")/remove"
	echo 1 >/sys/bus/pci/rescan
	wait_for 5 test -d "$(sysfs "$1")"
}

# sysattr BDF PATH [VALUE]: reads, or writes, an attribute of the function
sysattr() {
	local file

	file=$(sysfs "$1")/$2
	if [ $# -gt 2 ]; then
		echo "$3" >"$file"
	else
		cat "$file"
	fi
}

# attr BDF NAME [VALUE]: likewise, an attribute of the module under test
attr() {
	local bdf=$1 name=$2

	shift 2
	sysattr "$bdf" "xen_pciback_pm/$name" "$@"
}

# cap_offset BDF ID: where the capability is, in hardware; ID in two digits
cap_offset() {
	local slot=${1#0000:} at

	at=$(setpci -s "$slot" 34.b)
	until [ "$at" = 00 ] || [ "$at" = ff ]; do
		if [ "$(setpci -s "$slot" "$at.b")" = "$2" ]; then
			echo "0x$at"
			return
		fi
		at=$(setpci -s "$slot" "$at.w" | cut -c 1-2)
	done
	return 1
}

# usage [BDF]: how many references keep the function from runtime suspend
usage() {
	sysattr "${1:-$FN}" power/runtime_usage
}

# dom0_net BDF: dom0's own driver gets the function and its interface an
# address of QEMU's user network
dom0_net() {
	unbind "$1" && modprobe e1000e || return
	[ "$(driver_of "$1")" = e1000e ] ||
		echo "$1" >/sys/bus/pci/drivers/e1000e/bind || return
	set -- "$(ls "$(sysfs "$1")/net")"
	ip link set "$1" up && ip addr add 10.0.2.15/24 dev "$1"
}

# packets_pass: through dom0_net's interface
packets_pass() {
	ping -c 1 -W 1 10.0.2.2
}

# acpi_call METHOD [ARGUMENT]: evaluates a method of slot.asl
acpi_call() {
	echo "$*" >/sys/module/pme_inject/parameters/acpi
}

# -- modules -----------------------------------------------------------------

# module_insert [PARAMETER=VALUE...]: the module under test
module_insert() {
	module_insert_file xen-pciback-pm.ko "$@"
}

# module_insert_file FILE [PARAMETER=VALUE...]: that one; with "# signed: yes" there
# are xen-pciback-pm.known.ko and xen-pciback-pm.unknown.ko
module_insert_file() {
	local file=$1

	shift
	# busybox's status is errno, of which some are the shell's or timeout's own.
	insmod "/lib/modules/$(uname -r)/updates/$file" "$@" || return 1
}

# refused_for WHAT FILE ERROR ERE: the kernel does not take that module, tells
# insmod so, and says why
refused_for() {
	log_mark
	check_not "$1: refused" module_insert_file "$2" "devices=$FN"
	check_match "$1: insmod says" "$(tail -n 1 "$RIG/check")" "$3"
	check "$1: the kernel says" logged "$4"
	check_not "$1: not loaded" test -d /sys/module/xen_pciback_pm
}

# stock_works: a front end reads the function, nothing of ours is there
stock_works() {
	check "bound to pciback" bind_to_pciback $FN
	check "front end connects" fe_start $FN
	check_eq "vendor and device" "$(r 0 4)" 0x10d38086
	check "front end detaches" fe_stop
}

module_remove() {
	rmmod xen_pciback_pm
}

# kmod_programs: modprobe and depmod are kmod's ("# init: systemd"). Busybox's sh
# takes its own before it looks at PATH, and they know no softdeps.
kmod_programs() {
	modprobe() {
		/rig/kmod/modprobe "$@"
	}
	depmod() {
		/rig/kmod/depmod "$@"
	}
}

# leaks: what kmemleak, where the kernel has it, has found of the module
leaks() {
	local file=/sys/kernel/debug/kmemleak

	[ -e $file ] || return 0
	# What has just been freed may look lost at first.
	echo scan >$file
	sleep 6
	echo scan >$file
	# Of a module that is gone addresses alone are left.
	grep -E 'xpm_|xen_pciback_pm|\] 0x' $file
}

# module_param NAME [VALUE]: reads, or writes, a parameter of it
module_param() {
	local file=/sys/module/xen_pciback_pm/parameters/$1

	if [ $# -gt 1 ]; then
		printf '%s\n' "$2" >"$file"
	else
		cat "$file"
	fi
}

# pme_insert [PARAMETER=VALUE...]: the PME injector, below everything else.
# reenumerate afterwards, or the kernel does not know of PME_Support.
pme_insert() {
	insmod "/lib/modules/$(uname -r)/updates/pme-inject.ko" "$@"
}

# pme_fire native|acpi|port|status|late|down BDF
pme_fire() {
	echo "$*" >/sys/module/pme_inject/parameters/fire
}

# pme_stat BDF KEY: reads, writes, allones, en, status, messages, interrupts
pme_stat() {
	sed -n "/^$1 /s/.* $2=\([^ ]*\).*/\1/p" \
		/sys/module/pme_inject/parameters/stat
}

# uevents_start, uevents_stop: a line in $RIG/uevents for each; of the module's own
# EVENT owner=N target=N count=N BDF, of others their action and device
uevents_start() {
	: >"$RIG/uevents"
	cat >"$RIG/uevent" <<'END'
#!/bin/sh
if [ -n "$XEN_PCIBACK_PM_EVENT" ]; then
	echo "$XEN_PCIBACK_PM_EVENT owner=$XEN_PCIBACK_PM_OWNER target=$XEN_PCIBACK_PM_TARGET count=$XEN_PCIBACK_PM_COUNT $PCI_SLOT_NAME"
else
	echo "$ACTION $DEVPATH"
fi >>/run/rig/uevents
END
	chmod +x "$RIG/uevent"
	uevent "$RIG/uevent" >/dev/null 2>&1 &
	echo $! >"$RIG/uevent.pid"
}

uevents_stop() {
	kill "$(cat "$RIG/uevent.pid")"
}

# bus_ops [BUS]: what the config reads of a bus, or of each, call
bus_ops() {
	sed -n "s/^${1:-....:..} //p" /sys/module/pme_inject/parameters/ops
}

# -- the front end in dom0 ---------------------------------------------------
# FE=N before any of them chooses one of several front ends.

# as_fe N BDF COMMAND...: the command, with the front end N and the function
as_fe() {
	local FE=$1 FN=$2

	shift 2
	"$@"
}

# one COMMAND..., other COMMAND...: with $FN and $FN1, a front end each
one() {
	as_fe 0 0000:01:00.0 "$@"
}

other() {
	as_fe 1 "$FN1" "$@"
}

fe_answer() {
	local dir=$RIG/fe${FE:-0} line

	# Opened for both ways, which never waits for the other side to open.
	while read -r -t "$((${FE_TIMEOUT:-20} * PATIENCE))" line; do
		case $line in
		"= "*)
			echo "${line#= }" >"$dir/last"
			return 0
			;;
		"- "*)
			echo "${line#- }"
			;;
		esac
	done <>"$dir/out"
	echo "- no-answer 0" >"$dir/last"
	return 1
}

# fe_cmd COMMAND...: as frontend.c has them; fe_last has the answer
fe_cmd() {
	local dir=$RIG/fe${FE:-0}

	echo "$*" 1<>"$dir/in"
	fe_answer
}

fe_last() {
	cat "$RIG/fe${FE:-0}/last"
}

# fe_start BDF...: connects a front end to pciback
fe_start() {
	local dir=$RIG/fe${FE:-0}

	rm -rf "$dir"
	mkdir -p "$dir"
	mkfifo "$dir/in" "$dir/out"
	frontend -i "${FE:-0}" "$@" <>"$dir/in" 1<>"$dir/out" 2>/dev/console &
	echo $! >"$dir/pid"
	fe_answer && [ "$(fe_last)" = "ready 0 0" ] &&
		readlink -f "/sys/bus/xen-backend/devices/pci-0-${FE:-0}" \
			>"$dir/backend"
}

# r OFFSET SIZE: prints the value, or "error:N", or "timeout"
r() {
	local value err us timeout

	fe_cmd read "$1" "$2"
	read -r value err us timeout <"$RIG/fe${FE:-0}/last"
	if [ -n "$timeout" ]; then
		echo timeout
	elif [ "$err" != 0 ]; then
		echo "error:$err"
	else
		echo "$value"
	fi
	[ "$err" = 0 ]
}

# w OFFSET SIZE VALUE: prints the error, 0 for none, or "timeout"
w() {
	local value err us timeout

	fe_cmd write "$1" "$2" "$3"
	read -r value err us timeout <"$RIG/fe${FE:-0}/last"
	echo "${timeout:-$err}"
	[ "$err" = 0 ]
}

# fe_us: how long the last operation took, in microseconds
fe_us() {
	local us

	read -r _ _ us _ <"$RIG/fe${FE:-0}/last"
	echo "$us"
}

# fe_dump WIDTH [FROM TO]: config space as the front end sees it
fe_dump() {
	fe_cmd dump "$@"
}

# fe_gone: waits until pciback is done with the front end. The device itself
# tells; its link on the bus goes before the driver is unbound. Before that end
# the next front end would find its back end in a state that is not its own.
fe_gone() {
	wait_for 10 test ! -e "$(cat "$RIG/fe${FE:-0}/backend")"
}

# config_keep NAME, config_as NAME: all of config space as the front end sees
# it, kept; and compared with what was kept
config_keep() {
	fe_dump 4 0 0x1000 >"$RIG/$1.$FN"
	case $(fe_last) in
	*timeout | *no-answer*) failed "config space of $FN cannot be read: $(fe_last)" ;;
	esac
}

config_as() {
	config_keep now
	check "config space of $FN as $1" cmp "$RIG/$1.$FN" "$RIG/now.$FN"
}

# fe_stop: detaches and leaves nothing behind
fe_stop() {
	fe_cmd quit
	wait_for 10 test ! -d "/proc/$(cat "$RIG/fe${FE:-0}/pid")" && fe_gone
}

# fe_kill: the front end is gone at once, xenstore says what it said before
fe_kill() {
	echo die 1<>"$RIG/fe${FE:-0}/in"
	wait_for 5 test ! -d "/proc/$(cat "$RIG/fe${FE:-0}/pid")"
}

# fe_reap: after fe_kill, what a toolstack does about a dead domain
fe_reap() {
	local id=${FE:-0}

	xenstore-write "/local/domain/0/backend/pci/0/$id/online" 0
	xenstore-rm "/local/domain/0/device/pci/$id"
	fe_gone
	xenstore-rm "/local/domain/0/backend/pci/0/$id"
}

# unbind_backend ID: who does that is about to give up what it has, not xenwatch
unbind_backend() {
	echo "pci-0-$1" >/sys/bus/xen-backend/drivers/xen-pciback/unbind
}

# went_away: what is left of a front end whose back end was unbound
went_away() {
	local id=${FE:-0}

	fe_kill
	xenstore-rm "/local/domain/0/device/pci/$id"
	xenstore-rm "/local/domain/0/backend/pci/0/$id"
	fe_gone
}

# traffic_start: the front end reads config space over and over, from now on.
# Everything is as it was when it began, but for the PM capability.
traffic_start() {
	local dir=$RIG/fe${FE:-0}

	rm -f "$dir/stop" "$dir/wrong"
	fe_dump 4 | grep -v '^0c0:' >"$dir/right"
	while [ ! -e "$dir/stop" ]; do
		fe_dump 4 | grep -v '^0c0:' >"$dir/now"
		echo x >>"$dir/rounds"
		cmp -s "$dir/now" "$dir/right" || cat "$dir/now" >>"$dir/wrong"
	done &
	echo $! >"$dir/traffic"
}

# traffic_stop: and judges what was read
traffic_stop() {
	local dir=$RIG/fe${FE:-0}

	touch "$dir/stop"
	wait "$(cat "$dir/traffic")"
	check "config space was read all the while" [ -s "$dir/rounds" ]
	check "and there was something to compare" [ -s "$dir/right" ]
	if [ -e "$dir/wrong" ]; then
		diff "$dir/right" "$dir/wrong" >"$dir/diff"
		show "$dir/diff" traffic.diff
	fi
	check_not "and never read anything else" [ -e "$dir/wrong" ]
	rm -f "$dir/rounds"
}

# aer_insert, aer_inject BDF: the module stands on the function's bus from its
# first error on. The mask is overridden, for a function without power has all
# errors masked.
aer_insert() {
	modprobe aer_inject aer_mask_override=1
}

# A corrected error: bus, device, function, and six words (aer_inject.c).
aer_inject() {
	local at

	at=$(echo "$1" | sed 's/^....:\(..\):\(..\)\.\(.\)$/\\x\1\\x\2\\x\3/')
	printf %b "$at"'\0\0\0\0\0\01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0' \
		>/dev/aer_inject
}

# -- the guest -----------------------------------------------------------------

GUEST_DEVICE_MODEL='device_model_override = "/usr/libexec/xen-qemu-system-i386"'

# guest_config: what xl has to know of its type
guest_config() {
	case ${GUEST_TYPE-pv} in
	pv)
		cat <<-EOF
		kernel = "/rig/guest/vmlinux"
		EOF
		;;
	hvm)
		cat <<-EOF
		type = "hvm"
		kernel = "/rig/guest/vmlinuz"
		serial = "file:/var/log/xen/console/guest-guest.log"
		vga = "none"
		vnc = 0
		$GUEST_DEVICE_MODEL
		EOF
		;;
	esac
}

# guest_start [BDF...]: returns once the guest takes commands. GUEST_TYPE: pv or,
# with "# guest: hvm" alone, hvm; GUEST_MODULES: what it loads by itself (e1000e),
# GUEST_ARGS: more for its kernel, GUEST_CONFIG: further lines for xl;
# GUEST_DEVICE_MODEL: likewise, instead of Debian's QEMU for an HVM guest.
guest_start() {
	local bdf console=hvc0 pci=''

	[ "${GUEST_TYPE-pv}" = pv ] || console=ttyS0
	for bdf; do
		pci="$pci\"$bdf\","
	done
	if [ ! -e /run/rig/consoled ]; then
		xenconsoled --log=guest --log-dir=/var/log/xen/console \
			--pid-file=/run/rig/consoled
	fi
	cat >/run/rig/guest.cfg <<-EOF
	name = "guest"
	$(guest_config)
	ramdisk = "/rig/guest/initramfs"
	memory = 320
	vcpus = 1
	pci = [ $pci ]
	extra = "console=$console loglevel=5 panic=-1 mitigations=off cryptomgr.notests ${GUEST_ARGS-} rig.modules=${GUEST_MODULES-e1000e}"
	on_crash = "destroy"
	on_reboot = "destroy"
	${GUEST_CONFIG-}
	EOF
	: >/var/log/xen/console/guest-guest.log
	xl create -q /run/rig/guest.cfg || return
	guest_again
}

# guest_again: and of a guest that was started anew by itself
guest_again() {
	local patience=60 poll=0.3

	# On an emulated machine another one within is slow.
	[ "${GUEST_TYPE-pv}" = pv ] || patience=400 poll=3
	# Of each guest what it said itself is judged.
	rm -f "$RIG/guest.logged"
	GUEST=$(xl domid guest) || return
	echo "$GUEST" >/run/rig/guest.id
	echo 0 >/run/rig/guest.number
	# Dom0 should not take the guest's time while that boots.
	POLL=$poll wait_for "$patience" xenstore-exists \
		"/local/domain/$GUEST/data/status"
}

# guest_send COMMAND: does not wait
guest_send() {
	local dir number

	dir=/local/domain/$(cat /run/rig/guest.id)/data
	number=$(($(cat /run/rig/guest.number) + 1))
	echo $number >/run/rig/guest.number
	xenstore-write "$dir/cmd" "$number $*"
}

guest_answered() {
	case $(xenstore-read "$1/status" 2>/dev/null) in
	"$2 "*) return 0 ;;
	esac
	return 1
}

# guest_answer: waits for the last guest_send, GUEST_TIMEOUT (30) seconds at
# most; prints its output, returns its status
guest_answer() {
	local dir number status

	dir=/local/domain/$(cat /run/rig/guest.id)/data
	number=$(cat /run/rig/guest.number)
	wait_for "${GUEST_TIMEOUT:-30}" guest_answered "$dir" "$number" ||
		return 124
	status=$(xenstore-read "$dir/status")
	xenstore-read -R "$dir/out"
	return "${status#* }"
}

# guest_run COMMAND: runs it in the guest: its output, its status
guest_run() {
	guest_send "$*" && guest_answer
}

# A PV guest has a function that is its only one on a bus of its own.
GUEST_FN=/sys/bus/pci/devices/0000:00:00.0

# guest_runtime_is STATUS: the guest's own runtime PM of GUEST_FN
guest_runtime_is() {
	guest_run "grep -q $1 $GUEST_FN/power/runtime_status"
}

# guest_saves_power: it lets its driver suspend GUEST_FN
guest_saves_power() {
	guest_run "echo auto >$GUEST_FN/power/control"
}

# guest_packets: the guest's interface comes up, and a ping through it is answered
guest_packets() {
	guest_run 'ip link set eth0 up; ip addr add 10.0.2.15/24 dev eth0 2>/dev/null; for i in 1 2 3 4 5 6 7 8; do ping -c 1 -W 1 10.0.2.2 && exit 0; done; exit 1'
}

# guest_link_down: a driver that saves power lets its function sleep after that
guest_link_down() {
	guest_run 'ip link set eth0 down'
}

guest_gone() {
	! xl domid guest >/dev/null 2>&1
}

# guest_stop: the guest powers itself off, xl cleans up. What its kernel says
# from then on is not judged: pcifront is at odds with the removal of what is
# removed already (WARNING in sysfs_remove_group()), with stock pciback as well.
guest_stop() {
	guest_log
	guest_send "poweroff -f"
	POLL=0.3 wait_for 40 guest_gone
}

# guest_destroy: the guest is not asked
guest_destroy() {
	guest_log
	xl destroy guest
	wait_for 20 guest_gone
}

# guest_log: the guest's console into ours, once
guest_log() {
	local line

	[ -d /var/log/xen/console ] && [ ! -e "$RIG/guest.logged" ] || return 0
	: >"$RIG/guest.logged"
	cat /var/log/xen/console/guest-*.log 2>/dev/null | tr -d '\r' |
		while IFS= read -r line; do
			emit "guest| $line"
		done
}

# -- the module under test -----------------------------------------------------

# is_state STATE [BDF]: what the attribute `state` says
is_state() {
	[ "$(attr "${2:-$FN}" state)" = "$1" ]
}

# is_hooked [BDF]: the module has it
is_hooked() {
	[ -d "$(sysfs "${1:-$FN}")/xen_pciback_pm" ]
}

# power_is D0|D3hot|D3cold [BDF]: its host's state
power_is() {
	[ "$(sysattr "${2:-$FN}" power_state)" = "$1" ]
}

# asleep_in D3hot|D3cold: and that deep
asleep_in() {
	is_state asleep && power_is "$1"
}

# port_is STATUS [BDF]: runtime status of the port, that above $FN by default
port_is() {
	[ "$(sysattr "${2:-$PORT}" power/runtime_status)" = "$1" ]
}

# wakes [BDF]: the attribute of that name in one line
wakes() {
	attr "${1:-$FN}" wakes | tr '\n' ' ' | sed 's/ $//'
}

# wakes_in_all: how many, for whatever reason
wakes_in_all() {
	attr "$FN" wakes | awk '{ n += $2 } END { print n }'
}

# woken_by CAUSE: how often that was
woken_by() {
	attr "$FN" wakes | sed -n "s/^$1 //p"
}

# owned_by DOMID|none
owned_by() {
	[ "$(attr $FN owner)" = "$1" ]
}

# at_rest: nobody owns the function, and it sleeps
at_rest() {
	owned_by none && is_state asleep
}

# xenstored STOP|CONT: it stands still, or goes on
xenstored() {
	kill -"$1" "$(cat /run/xenstored.pid)"
}

# claim [DOMID]: libxl gives the function to a domain, or takes it back
claim() {
	local dir=/libxl/pci/0000-01-00-0

	if [ $# -gt 0 ]; then
		xenstore-write "$dir/domid" "$1"
	else
		xenstore-rm "$dir"
	fi
}

# seed: sets SEED, and says it; RIG_SEED repeats it
seed() {
	SEED=$(cat /rig/seed 2>/dev/null || hexdump -n 4 -e '1/4 "%u"' /dev/urandom)
	say "seed $SEED"
}

# random N: sets RANDOM_N to a number below N. The sequence depends on the seed.
random() {
	[ -n "$SEED" ] || seed
	# Its low bits have short periods.
	SEED=$(((SEED * 1103515245 + 12345) & 0x7fffffff))
	RANDOM_N=$(((SEED >> 8) % $1))
}

host_woke_since() {
	[ "$(woken_by host)" -gt "$1" ]
}

# asleep_again BEFORE: since woken_by host said BEFORE, the function was woken along
# with its sibling, and is asleep by itself soon, its guest none the wiser
asleep_again() {
	check "$FN is woken along" wait_for 5 host_woke_since "$1"
	say "$FN: wakes: $(wakes "$FN")"
	check "and asleep again by itself" wait_for 5 is_state asleep
	check_eq "its guest knows nothing of it" "$(r $PMCSR 1)" 0x03
}

# pme_capable: gives the function PME_Support, and binds it to pciback
pme_capable() {
	pme_insert "$@" && reenumerate $FN && bind_to_pciback $FN
}

# pme_session SUPPORT: a front end of a function with that PME_Support
pme_session() {
	check "PME-capable function bound, $1" pme_capable support="$1"
	check "module inserted" module_insert devices=$FN
	check "front end connects" fe_start $FN
}

# pme_session_over: so that there can be another one
pme_session_over() {
	check "front end leaves" fe_stop
	check "module removed" module_remove
	check "injector removed" rmmod pme_inject
}

# pme_offered yes|no: whether PMC says that it signals from D3hot, and from nowhere
# else, or not at all
pme_offered() {
	if [ "$1" = yes ]; then
		check_bit "PME from D3hot is offered" "$(r $PMC 2)" 0xf800 0x4000
	else
		check_bit "PME is not offered" "$(r $PMC 2)" 0xf800 0
	fi
}

# pme_connect: a front end of a function that offers PME, with PME_En set
pme_connect() {
	check "front end connects" fe_start "$FN"
	pme_offered yes
	check_eq "PME_En" "$(w $PMCSR 2 0x0100)" 0
}

# host_sleeps [freeze|disk]: S3, until the machine is woken ("# s3:"); or s2idle or
# hibernation, which nothing would end but pm_test
host_sleeps() {
	echo "${1:-mem}" >/sys/power/state
}

# pm_test LEVEL: how far a sleep goes, for pm_test_delay seconds: freezer, devices,
# platform, processors, core, or none for all the way
pm_test() {
	echo 1 >/sys/module/suspend/parameters/pm_test_delay &&
		echo "$1" >/sys/power/pm_test
}

# delay_at SYMBOL MS [UNTIL]: who calls that function of the kernel is delayed there, or
# until somebody calls the other one; until rmmod delay_at
delay_at() {
	insmod "/lib/modules/$(uname -r)/updates/delay-at.ko" symbol="$1" ms="$2" \
		${3:+until="$3"}
}

# was_delayed: somebody was, or still is
was_delayed() {
	[ "$(cat /sys/module/delay_at/parameters/hits)" -ge 1 ]
}

# pm_refuse_insert: from now on the host's sleep can fail, once $FN has had its turn
pm_refuse_insert() {
	insmod "/lib/modules/$(uname -r)/updates/pm-refuse.ko" after="$FN"
}

# pm_refuse prepare|suspend|suspend_late|suspend_noirq|none: where it does
pm_refuse() {
	echo "$1" >/sys/module/pm_refuse/parameters/stage
}

# pm_refused: how far $FN was when it did last
pm_refused() {
	cat /sys/module/pm_refuse/parameters/seen
}

# gpe_is enabled|disabled [N]: whether ACPI is armed: the GPE of the functions'
# _PRW, 5, or of the port's, 6
gpe_is() {
	grep -q "[^a-z]$1[^a-z]" "/sys/firmware/acpi/interrupts/gpe0${2:-5}"
}

# pme_told: PME_Status, as the guest reads it
pme_told() {
	[ $(($(r $PMCSR 2) & 0x8000)) -ne 0 ]
}

# pme_shown: and PowerState and PME_En as they were
pme_shown() {
	[ "$(r $PMCSR 2)" = 0x8103 ]
}

# pme_once KIND: a PME of the sleeping function, whose guest has set PME_En, by
# pme_fire KIND. It is told once; the guest clears it, and the function sleeps.
pme_once() {
	local count woken

	count=$(attr "$FN" pme_count) woken=$(woken_by pme)
	check "$FN: PME ($1)" pme_fire "$1" "$FN"
	check "PME_Status" wait_for 5 pme_told
	check "awake" wait_for 5 is_state active
	check_eq "PowerState and PME_En as before" "$(r $PMCSR 2)" 0x8103
	check_eq "PME_Status cleared" "$(w $PMCSR 2 0x8103)" 0
	check "asleep again" wait_for 5 is_state asleep
	check_eq "it stays clear" "$(r $PMCSR 2)" 0x0103
	check_eq "events" $(($(attr "$FN" pme_count) - count)) 1
	check_eq "wakes by PME" $(($(woken_by pme) - woken)) 1
}

# no_pme_told BDF COUNT: since its pme_count was COUNT
no_pme_told() {
	check_eq "$1: no event" "$(attr "$1" pme_count)" "$2"
	check_eq "$1: PME_Status" "$(r $PMCSR 2)" 0x0103
}

# guest_d3hot: the front end writes D3hot, and the function falls asleep
guest_d3hot() {
	check_eq "D3hot written${1:+ $1}" "$(w $PMCSR 1 3)" 0
	check "falls asleep" wait_for 5 is_state asleep
}

# guest_d0: the front end writes D0, and the function is there
guest_d0() {
	check_eq "D0 written${1:+ $1}" "$(w $PMCSR 1 0)" 0
	check_eq "state" "$(attr "$FN" state)" active
	check_eq "it answers" "$(r 0 2)" "$(sysattr "$FN" vendor)"
}

# works BDF: a front end of its own reads the function, has it sleep and wake
works() {
	fe_start "$1" || return
	check_eq "$1 reads" "$(r 0 4)" 0x10d38086
	check_eq "D3hot" "$(w $PMCSR 1 3)" 0
	check "asleep" wait_for 5 is_state asleep "$1"
	check_eq "reads asleep" "$(r 0 4)" 0x10d38086
	check_eq "D0" "$(w $PMCSR 1 0)" 0
	check_eq "reads awake" "$(r 0 4)" 0x10d38086
	fe_stop
}

# blockers: the attribute of that name in one line
blockers() {
	attr "$FN" blockers | tr '\n' ' '
}

# why ERE [BDF]: what xen-pciback-pm why says of the function, in one line
why() {
	check "why: $1" why_says "$1" "${2:-$FN}"
}

why_says() {
	xen-pciback-pm why "$2" >"$RIG/why"
	cat "$RIG/why"
	tr -s ' \n' ' ' <"$RIG/why" | grep -qE -- "$1"
}

# logged ERE: whether the kernel has said so since the last log_mark
log_mark() {
	dmesg >"$RIG/log.before"
}

logged() {
	dmesg | tail -n "+$(($(wc -l <"$RIG/log.before") + 1))" |
		grep -E -- "$1"
}
