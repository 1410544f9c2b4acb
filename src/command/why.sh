# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash disable=SC2154
#
# xen-pciback-pm why: what keeps a function from D3cold. First what the module
# says (src/blockers.c), in words and with what to do; then what it cannot say but
# can be told from what the kernel shows in sysfs, which is marked as inferred.

# reason NAME FACT REMEDY
reason() {
	printf '  %s: %s\n      remedy: %s\n' "$1" "$2" "$3"
	reasons=1
}

inferred() {
	reason "inferred, $1" "$2" "$3"
}

# file_of BDF: for who is told to look at a function or to write to it
file_of() {
	echo "/sys/bus/pci/devices/$1"
}

DEVICES=/sys/module/xen_pciback_pm/parameters/devices

# blocker TOKEN BDF
blocker() {
	local dir

	dir=$(file_of "$2")
	case $1 in
	guest-d0)
		reason "$1" "its guest has it in D0$(guest_since "$2")" \
			"$(in_the_guest "$2")"
		;;
	unowned-for-now)
		reason "$1" "nobody owns it, since a moment" "none needed: it sleeps in some seconds"
		;;
	low-power-0)
		reason "$1" "a device model or a toolstack wrote 0 to its low_power, which keeps it awake" \
			"whoever did so writes 1 or wakeup; or by hand: echo 1 > $dir/xen_pciback_pm/low_power"
		;;
	ats)
		reason "$1" "Xen has enabled ATS, and its IOMMU would wait for a function without power" \
			"boot Xen without ats on its command line"
		;;
	control-on)
		reason "$1" "power/control is on in dom0, so runtime power management leaves it alone" \
			"echo auto > $dir/power/control, and look what wrote on there (TLP, powertop, a udev rule)"
		;;
	usage-count)
		usage_count "$2"
		;;
	runtime-pm-disabled)
		reason "$1" "runtime power management of the function is switched off in dom0, as while the host sleeps or its driver changes" \
			"if that lasts: echo 1 > $dir/remove; echo 1 > /sys/bus/pci/rescan, with no guest using it"
		;;
	option-d3hot)
		reason "$1" "its entry in the parameter devices has the option d3hot" \
			"write the entry without that option: echo +$(without_d3hot "$(entry_of "$2")") > $DEVICES, and change it in modprobe.d"
		;;
	d3cold_allowed)
		reason "$1" "its attribute d3cold_allowed is 0" "echo 1 > $dir/d3cold_allowed"
		;;
	kernel-forbids-d3cold)
		reason "$1" "the kernel forbids D3cold for it: it has a quirk for this device, or a driver that was bound before said so" \
			"none, for a quirk: the device is known not to come back"
		;;
	no-wake-from-d3cold)
		reason "$1" "its guest wants to be woken by it, and no way is known by which a PME from D3cold gets here" \
			"give the entry the option nowake, if the guest's driver sleeps without PME (devices.md of the documentation); else it is D3hot"
		;;
	hooked-after-guest-start)
		reason "$1" "its guest was running when the module took the function, and keeps what it has read: no PME is offered, and NoSoftRst is as it was" \
			"restart the guest, or detach the function and attach it again"
		;;
	guest-read-no-soft-reset)
		reason "$1" "its guest was told that D3hot keeps the device's state (NoSoftRst), so it would not restore it after D3cold" \
			"restart the guest, or detach the function and attach it again"
		;;
	exceeded-wake-time)
		reason "$1" "bound exceeded: it took longer than 1.5 s to wake once, and a Linux guest gives a device up then" \
			"to try again have it taken anew, best while no guest has it: $(taken_anew "$2"). If it happens again: the option d3hot for good"
		;;
	power-cycles)
		reason "$1" "bound exceeded: its power was switched off and on more than 50 times at once, or once a second, so it sleeps in D3hot for a second" \
			"find out what wakes it so often: the tracepoint xpm_wake (debugging.md of the documentation), the driver in the guest; the option d3hot spares its power for good"
		;;
	did-not-wake)
		reason "$1" "it did not come back from its last sleep" \
			"it is tried again each time that its guest asks; if that does not help, give it up in its guest, then: echo 1 > $dir/remove; echo 1 > /sys/bus/pci/rescan"
		;;
	woken-by-pme)
		reason "$1" "pending PME: it woke its host, and waits for its guest to act on that" \
			"none needed, for it is 5 s at most, or where wakeup is in low_power until its device model writes that again; if it comes back all the time, the guest does not clear PME_Status: look whether its driver is bound there"
		;;
	pme-storm)
		reason "$1" "PMEs come too often: it stays awake for a second after each" \
			"find out in the guest what wakes it so often (wake-on-LAN by any packet, a chattering USB device); the option nowake ends its PMEs"
		;;
	msi-in-d3hot)
		reason "$1" "its guest switched MSI on or off while it has it in D3hot" \
			"none needed: it sleeps again when the guest accesses another register of it"
		;;
	no-wake-from-s2idle)
		reason "$1" "power/wakeup is enabled, and no interrupt that this kernel can arm would tell of a PME in s2idle. Of no matter for D3cold" \
			"S3 does wake (echo deep > /sys/power/mem_sleep, where there is S3); else echo disabled > $dir/power/wakeup"
		;;
	no-pme-path)
		reason "$1" "it could signal PMEs, but nothing would tell of them: PME is not offered to the guest" \
			"if dom0's command line has pcie_ports=compat, take that away; where firmware keeps native PME to itself, pcie_ports=native takes it; which way is missing: debugging.md of the documentation, How PMEs are heard"
		;;
	virtual-functions)
		reason "$1" "it has virtual functions (VFs) enabled, which lose their power with it" \
			"if they are not needed: echo 0 > $dir/sriov_numvfs"
		;;
	d3hot-by-hand)
		reason "$1" "runtime power management could not take it, so it is in D3hot without the PM core, and its port stays up" \
			"see the other reasons: control-on or usage-count, as a rule"
		;;
	port-stays-on)
		port_stays_on "$2"
		;;
	port-active)
		port_active "$2"
		;;
	*)
		unknown_blocker "$1" "$2"
		;;
	esac
}

# unknown_blocker TOKEN BDF: in the module's own words, for whom it tells them
unknown_blocker() {
	local fact remedy

	fact=$(told "$2" | sed -n "s/^ *blocker: $1: //p")
	remedy=$(told "$2" | sed -n "/^ *blocker: $1: /{ n; s/^ *remedy: //p; }")
	if [ -z "$fact" ]; then
		fact="this command does not know it; it is of another version than the module"
		remedy="see xen-pciback-pm(4) of the module's version"
	fi
	reason "$1" "$fact" "$remedy"
}

# -- the guest ---------------------------------------------------------------

# guest_since BDF: for how long, where the module says so
guest_since() {
	told "$1" | sed -n 's/^ *guest: .* has it in D0 \(for [0-9]* s\).*/ \1/p'
}

# never_asked BDF: as the module knows, or as no guest's D0 ever woke it
never_asked() {
	local own="$functions/$1/xen_pciback_pm" facts

	facts=$(told "$1" | grep '^ *guest: ')
	case $facts in
	*'never asked for D3hot'*) return 0 ;;
	?*) return 1 ;;
	esac
	! grep -qE '^(guest|pme|config) [1-9]' "$own/wakes" &&
		[ "$(value "$own/guest_state")" = D0 ]
}

# in_the_guest BDF: what has to be set there, by the class of the device
in_the_guest() {
	printf 'in the guest, echo auto > /sys/bus/pci/devices/BDF/power/control (its BDF there); '
	case $(value "$functions/$1/class") in
	0x0200*) echo "Ethernet drivers (e1000e, igb, igc) let it sleep once the interface is down or has no link" ;;
	0x0280*) echo "many Wi-Fi drivers have no runtime power management: then only the guest's own suspend does it, or unloading the driver" ;;
	0x0c03*) echo "and echo auto > power/control of each USB device, in /sys/bus/usb/devices; the controller sleeps when all of them do" ;;
	0x0108*) echo "Linux's nvme driver does not do so at run time, only when the guest itself suspends" ;;
	0x03*) echo "few GPU drivers do so in a guest: amdgpu by BACO, nouveau with runpm=1, i915 for an integrated one; the audio function of the card must sleep as well" ;;
	0x0403*) echo "snd_hda_intel wants power_save above 0, power_save_controller=Y, and nothing playing" ;;
	*) echo "and the driver must have runtime power management, and nothing to do" ;;
	esac
}

guest_never_asked() {
	inferred "guest never asked for D3hot" \
		"the driver in its guest has not put it to sleep so far: it does no runtime power management, or may not" \
		"as for guest-d0; if power/control is auto there, it takes another driver, or a later one"
}

# -- dom0 --------------------------------------------------------------------

usage_count() {
	local dir="$functions/$1" delay

	delay=$(value "$dir/power/autosuspend_delay_ms")
	case $delay in
	-*)
		reason usage-count "power/autosuspend_delay_ms is $delay, which keeps it awake like a reference" \
			"echo 500 > $(file_of "$1")/power/autosuspend_delay_ms"
		;;
	*)
		reason usage-count "something else in dom0 holds a reference: usage count $(value "$dir/power/runtime_usage"), holder unknown, for the kernel does not note who" \
			"look for who has it open or keeps it awake: lspci -vv and setpci do for a moment, device links (ls -d $(file_of "$1")/consumer:*) as long as their consumer is awake"
		;;
	esac
}

# -- the port ----------------------------------------------------------------

driver_of() {
	local link

	link=$(readlink "$functions/$1/driver") && echo "${link##*/}"
}

# kernel_option ERE: has dom0's command line it?
kernel_option() {
	tr ' ' '\n' <"$root/proc/cmdline" 2>/dev/null | grep -qE "^($1)\$"
}

bios_year() {
	local date

	date=$(value "$root/sys/class/dmi/id/bios_date")
	echo "${date##*/}"
}

# siblings BDF: what else is right below its port
siblings() {
	local dir port

	port=$(port_of "$1")
	for dir in "$functions/$port"/????:??:??.?; do
		dir=${dir##*/}
		[ ! -d "$functions/$port/$dir" ] || [ "$dir" = "$1" ] || echo "$dir"
	done
}

# has_native_hotplug BDF: the port's service for it, which pcieport makes
has_native_hotplug() {
	[ -d "$functions/$1/$1:pcie004" ]
}

# firmware_manages BDF: has its ACPI node power states?
firmware_manages() {
	[ -e "$functions/$1/firmware_node/power_state" ]
}

# has_slot BDF: does the kernel list one below the port?
has_slot() {
	local bus

	bus=$(bus_below "$1")
	[ -n "$bus" ] && cat "$root"/sys/bus/pci/slots/*/address 2>/dev/null | grep -q "^$bus:"
}

kernel_without_hotplug() {
	local config

	config=$root/boot/config-$(value "$root/proc/sys/kernel/osrelease")
	[ -r "$config" ] && ! grep -q '^CONFIG_HOTPLUG_PCI_PCIE=y' "$config"
}

# sibling_forbids BDF: is it managed, and has it to keep its power?
sibling_forbids() {
	local token

	for token in $(words "$functions/$1/xen_pciback_pm/blockers"); do
		! forbids_d3cold "$token" || return 0
	done
	return 1
}

# port_stays_on BDF: after pci_bridge_d3_possible() and pci_dev_check_d3cold()
port_stays_on() {
	local port one year

	port=$(port_of "$1")
	if [ -z "$port" ]; then
		reason port-stays-on "nothing switches its power: it is on a root bus, so there is no port that could, and firmware has no power resources for it" \
			"none: D3hot is the deepest that this machine has for it"
		return
	fi
	reason port-stays-on "nothing switches the function's own power, and Linux may not let the port above, $port, sleep" \
		"see what is inferred below, if anything"
	reasons=''
	if kernel_option pcie_port_pm=off; then
		inferred "pcie_port_pm" "dom0's command line has pcie_port_pm=off" "take it away"
	fi
	if has_native_hotplug "$port"; then
		firmware_manages "$port" || kernel_option pcie_port_pm=force ||
			inferred "hotplug port" "$port is a hotplug port, and firmware has no power management for it: unless it is Thunderbolt, or firmware says that it may (HotPlugSupportInD3), Linux does not let it sleep" \
				"boot dom0 with pcie_port_pm=force"
	elif has_slot "$port"; then
		inferred "hotplug port without native control" "there is a slot below $port, and it is not pcieport that has its hotplug, but firmware: Linux lets no such port sleep, whatever its command line says" \
			"firmware's setup: native hotplug, or none for this port; a kernel with CONFIG_HOTPLUG_PCI_PCIE=y in dom0"
	elif kernel_without_hotplug; then
		inferred "hotplug port without native control" "if $port is a hotplug port: this kernel has no CONFIG_HOTPLUG_PCI_PCIE, and without native control of the slot Linux lets no hotplug port sleep, whatever its command line says" \
			"a kernel with CONFIG_HOTPLUG_PCI_PCIE=y in dom0, or firmware's setup without hotplug for this port"
	fi
	year=$(bios_year)
	if [ "${year:-0}" -lt 2015 ] 2>/dev/null && ! kernel_option pcie_port_pm=force; then
		inferred "BIOS date" "firmware is of ${year:-no year that it says}, and Linux lets ports sleep from 2015 on" \
			"boot dom0 with pcie_port_pm=force; or update the firmware"
	fi
	for one in $(words "$functions/$1/xen_pciback_pm/blockers"); do
		! forbids_d3cold "$one" ||
			inferred "its own blockers" "the function must not lose its power, and for that its port may not sleep" "see $one"
	done
	for one in $(siblings "$1"); do
		if sibling_forbids "$one"; then
			inferred "sibling that may not go to D3cold" "$one, below the same port, must not lose its power, so the port may not sleep" \
				"xen-pciback-pm why $one"
		elif [ "$(value "$functions/$one/d3cold_allowed")" = 0 ]; then
			inferred "d3cold_allowed of a sibling" "d3cold_allowed of $one, below the same port, is 0, so the port may not sleep" \
				"echo 1 > $(file_of "$one")/d3cold_allowed"
		fi
		if [ "$(value "$functions/$one/power/wakeup")" = enabled ]; then
			inferred "sibling that wakes" "$one, below the same port, has power/wakeup enabled; if it cannot signal from D3cold, the port may not sleep" \
				"if the host need not be woken by it: echo disabled > $(file_of "$one")/power/wakeup"
		fi
	done
	if [ -z "$reasons" ]; then
		inferred "unknown" "why $port may not sleep is not to be seen from here: it is no PCIe port, firmware keeps hotplug to itself or lets it wake from D2 at most (_S0W), or Linux has an exception for this machine" \
			"try pcie_port_pm=force on dom0's command line, which overrides most of it"
	fi
	reasons=1
}

# port_awake_because PORT: fails if nothing is to be seen
port_awake_because() {
	local driver count

	driver=$(driver_of "$1")
	count=$(value "$functions/$1/power/runtime_usage")
	if [ "$driver" != pcieport ]; then
		inferred "port not pcieport" "the port $1 is driven by ${driver:-no driver}, and only pcieport lets it sleep" \
			"echo $1 > /sys/bus/pci/drivers/pcieport/bind, if need be after .../unbind from ${driver:-no other}; without such a directory, take pcie_ports=compat off dom0's command line"
	elif [ "$(value "$functions/$1/power/control")" = on ]; then
		inferred "power/control of the port" "the port $1 is awake: its power/control is on" \
			"echo auto > $(file_of "$1")/power/control"
	elif [ "${count:-0}" -gt 0 ] 2>/dev/null; then
		inferred "usage count of the port" "something in dom0 holds a reference to $1: usage count $count, holder unknown" \
			"look for who does: a device link (ls -d $(file_of "$1")/consumer:*), a hotplug event under way"
	else
		return 1
	fi
}

# sibling_awake BDF
sibling_awake() {
	local driver remedy

	driver=$(driver_of "$1")
	if [ -d "$functions/$1/xen_pciback_pm" ]; then
		remedy="xen-pciback-pm why $1"
	elif [ "$driver" = pciback ]; then
		remedy="name it in devices as well: echo +$1 > /sys/module/xen_pciback_pm/parameters/devices"
	elif [ "$(value "$functions/$1/power/control")" = on ]; then
		remedy="echo auto > $(file_of "$1")/power/control"
	else
		remedy="have ${driver:-a driver} suspend it, or give it to xen-pciback and name it in devices"
	fi
	inferred "sibling awake" "$1, below the same port, is awake, driven by ${driver:-no driver}" "$remedy"
}

# port_active BDF: the function may be all that keeps it up
port_active() {
	local port one found=''

	port=$(port_of "$1")
	reason port-active "nothing switches the function's own power, and the port above, $port, is awake" \
		"none needed if it sleeps in a moment; it does so once all below it do"
	if port_awake_because "$port"; then
		found=1
	fi
	for one in $(siblings "$1"); do
		[ "$(value "$functions/$one/power/runtime_status")" != suspended ] || continue
		sibling_awake "$one"
		found=1
	done
	[ -n "$found" ] || [ "$(value "$functions/$1/xen_pciback_pm/state")" = asleep ] ||
		inferred "child awake" "the function is awake itself, and that keeps its port up" "see the other reasons"
}

# -- one function ------------------------------------------------------------

# switch_of_power BDF: what would take its power away, firmware willing
switch_of_power() {
	local switch

	switch=$(power_switch "$1")
	if [ -z "$switch" ]; then
		inferred "no power resources" "firmware has no power resources (_PR0) for it nor for a port above it, so nothing can take its power away" \
			"none: D3hot is the deepest that this machine has for it; a later firmware may have them"
	elif [ "$switch" != "$1" ] && [ "$(value "$functions/$switch/d3cold_allowed")" = 0 ]; then
		inferred "d3cold_allowed of the port" "it loses its power with the port $switch, whose d3cold_allowed is 0" \
			"echo 1 > $(file_of "$switch")/d3cold_allowed"
	fi
}

why_managed() {
	local own="$functions/$1/xen_pciback_pm" token power reasons=''

	headline "$1"
	for token in $(words "$own/blockers"); do
		blocker "$token" "$1"
		[ "$token" != guest-d0 ] || ! never_asked "$1" || guest_never_asked
	done
	power=$(power_of "$1")
	[ "$power" != D3cold ] || { echo "  nothing keeps it from D3cold: it is there"; return; }
	switch_of_power "$1"
	[ -n "$reasons" ] ||
		echo "  nothing is known to keep it from D3cold: it may be on its way, so look again; if it stays, xen-pciback-pm report"
}

# fits IDS WANTED: vendor and device of an entry, where 0000 is any
fits() {
	local ids=$1: wanted=$2:

	while [ -n "$wanted" ]; do
		case ${wanted%%:*} in
		0000 | "${ids%%:*}") ;;
		*) return 1 ;;
		esac
		ids=${ids#*:}
		wanted=${wanted#*:}
	done
}

# ids_of BDF
ids_of() {
	local name

	for name in vendor device subsystem_vendor subsystem_device; do
		value "$functions/$1/$name"
	done | sed 's/^0x//' | tr '\n' :
}

# paths_of BDF: the ways to it, from each port above
paths_of() {
	local from to path

	for from in $(ports_above "$1"); do
		path=$from
		for to in $(ports_above "$1" | sed -n "/^$from\$/,\$p" | tail -n +2) "$1"; do
			path=$path/${to##*:}
		done
		echo "$path"
	done
}

# is_of ENTRY BDF: names the one the other?
is_of() {
	local entry=${1%%=*}

	case $entry in
	pci:*) fits "$(ids_of "$2")" "${entry#pci:}" ;;
	*/*) paths_of "$2" | grep -qxF "$entry" ;;
	*'*') [ "${entry%'*'}" = "${2%?}" ] ;;
	*) [ "$entry" = "$2" ] ;;
	esac
}

# entries_of BDF: those of the parameter that name it, as the parameter normalises
# them, with their options
entries_of() {
	local entry

	[ -n "${entries-}" ] || entries=$(value "$module/parameters/devices" | tr , '\n')
	while read -r entry; do
		! is_of "$entry" "$1" || echo "$entry"
	done <<-EOF
	$entries
	EOF
}

# entry_of BDF: the one that counts
entry_of() {
	entries_of "$1" | head -n 1
}

# taken_anew BDF: how; an entry that is not of this function alone is left where it is
taken_anew() {
	local entry

	entry=$(entry_of "$1")
	if [ "${entry%%=*}" = "$1" ] && [ "$(entries_of "$1" | wc -l)" -eq 1 ]; then
		echo "echo -$1 > $DEVICES; echo +$entry > $DEVICES"
	else
		echo "list=\$(cat $DEVICES); echo > $DEVICES; echo \"\$list\" > $DEVICES, which concerns all that it names"
	fi
}

# without_d3hot ENTRY
without_d3hot() {
	echo "$1" | sed -E 's/([=:])d3hot(:|$)/\1/; s/[=:]$//'
}

is_named() {
	[ -n "$(entry_of "$1")" ]
}

# named_elsewhere: functions that are named, and not xen-pciback's
named_elsewhere() {
	local dir entries

	entries=$(value "$module/parameters/devices" | tr , '\n')
	[ -n "$entries" ] || return 0
	for dir in "$functions"/*; do
		dir=${dir##*/}
		[ -d "$root/sys/bus/pci/drivers/pciback/$dir" ] || ! is_named "$dir" ||
			echo "$dir"
	done
}

why_not_managed() {
	local driver refused

	driver=$(driver_of "$1")
	refused=$(refusal "$1")
	echo "$1  not managed"
	if [ "$driver" != pciback ]; then
		reason "not of xen-pciback" "it is bound to ${driver:-no driver}, and only functions of xen-pciback are managed" \
			"give it to xen-pciback: xl pci-assignable-add $1, or assign it to a qube"
	elif [ -n "$refused" ]; then
		reason refused "the module did not take it, says the kernel's log: ${refused%%[:;] *}" \
			"$(echo "$refused" | sed -n 's/^[^:;]*[:;] //p' | grep . || echo none)"
	elif is_named "$1"; then
		reason "named, not taken" "devices names it, and the kernel's log says nothing (any more) of why it was not taken" \
			"write the list again, then look: devices=\$(cat /sys/module/xen_pciback_pm/parameters/devices); echo \"\$devices\" > /sys/module/xen_pciback_pm/parameters/devices; dmesg | grep $1"
	else
		reason "not named" "no entry of the parameter devices names it" \
			"echo +$1 > /sys/module/xen_pciback_pm/parameters/devices, and for each boot: options xen-pciback-pm devices=$1 in /etc/modprobe.d"
	fi
}

why_of() {
	if [ -d "$functions/$1/xen_pciback_pm" ]; then
		why_managed "$1"
	else
		why_not_managed "$1"
	fi
}

why_all() {
	local bdf

	for bdf in $(hooked) $(not_hooked) $(named_elsewhere); do
		why_of "$bdf"
	done
}

do_why() {
	local bdf

	[ $# -le 1 ] || wrong
	is_loaded || return
	if [ $# -eq 0 ]; then
		why_all
		return
	fi
	bdf=$(function_named "$1") && why_of "$bdf"
}
