# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash disable=SC2154
#
# xen-pciback-pm report: for whoever is to find a fault from afar.

# section TITLE
section() {
	printf '\n== %s\n' "$1"
}

# item NAME VALUE: unless there is none
item() {
	[ -z "${2-}" ] || printf '%-24s %s\n' "$1" "$2"
}

# file FILE: a file with several lines, under its name, if it is there. Those of
# debugfs have no size.
file() {
	[ -n "$(head -c 1 "$1" 2>/dev/null)" ] || return 0
	echo "-- ${1#"$root"}"
	sed 's/^/    /' "$1" 2>/dev/null
}

# have COMMAND: and not that of the machine when a test's tree is looked at
have() {
	[ -z "$root" ] && command -v "$1" >/dev/null 2>&1
}

# masked: what could name a machine, a card or a person does not get through
# here, whoever wrote it
masked() {
	local name

	name=$(value "$root/proc/sys/kernel/hostname")
	case $name in
	# Nobody's name, and parts of words.
	'' | localhost | '(none)' | dom0 | xen | *[!A-Za-z0-9.-]*) name='a name that nobody has' ;;
	esac
	sed -E -e 's/([0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}/(MAC address)/g' \
		-e 's/[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}/(UUID)/g' \
		-e "s/(^|[^A-Za-z0-9])$name([^A-Za-z0-9]|\$)/\\1(host name)\\2/g"
}

# relevant_options: of a command line, what has to do with power, PCI and this
# module; the rest can be anything
relevant_options() {
	tr ' ' '\n' | grep -E '^(xen[-_]pciback|pcie|pci=|acpi|intel_idle|intel_iommu|iommu|amd_iommu|cpuidle|max_cstate|mem_sleep|module_blacklist|modprobe\.blacklist|dom0=|ats|rd\.qubes\.(hide|dom0))' |
		tr '\n' ' '
}

report_versions() {
	local dir="$root/sys/hypervisor"

	section versions
	item "this command" "$version"
	item "module, loaded" "$(value "$module/version")"
	item "its srcversion" "$(value "$module/srcversion")"
	if have modinfo; then
		item "module, installed" "$(modinfo -F version xen-pciback-pm 2>/dev/null)"
		item "its srcversion" "$(modinfo -F srcversion xen-pciback-pm 2>/dev/null)"
	fi
	item kernel "$(value "$root/proc/sys/kernel/osrelease") $(value "$root/proc/sys/kernel/version")"
	item "its taint" "$(value "$root/proc/sys/kernel/tainted")"
	[ ! -d "$dir/version" ] ||
		item Xen "$(value "$dir/version/major").$(value "$dir/version/minor")$(value "$dir/version/extra")"
	item system "$(sed -n 's/^PRETTY_NAME="\{0,1\}\([^"]*\)"\{0,1\}$/\1/p' "$root/etc/os-release" 2>/dev/null)"
	if have dkms; then
		item DKMS "$(dkms --version 2>/dev/null)"
		dkms status 2>/dev/null | grep '^xen-pci' | sed 's/^/    /'
	fi
}

report_kernel() {
	local config

	section "kernel"
	item "command line, in part" "$(relevant_options <"$root/proc/cmdline")"
	if have xl; then
		item "Xen's, in part" "$(xl info 2>/dev/null |
			sed -n 's/^xen_commandline *: //p' | relevant_options)"
	fi
	config=$root/boot/config-$(value "$root/proc/sys/kernel/osrelease")
	item configuration "$(grep -E '^CONFIG_(XEN_PCIDEV_BACKEND|XEN_DOM0|XEN_PV|XEN_BACKEND|PM|PCIE_PME|HOTPLUG_PCI_PCIE|PCIEASPM|MODULE_SIG_FORCE|X86_KERNEL_IBT)=' "$config" 2>/dev/null |
		sed 's/^CONFIG_//' | tr '\n' ' ')"
	item "ASPM policy" "$(value "$root/sys/module/pcie_aspm/parameters/policy")"
	item "sleep states" "$(value "$root/sys/power/state"), mem: $(value "$root/sys/power/mem_sleep")"
}

report_parameter() {
	section parameter
	item devices "$(value "$module/parameters/devices")"
	if have modprobe; then
		modprobe -c 2>/dev/null |
			grep -E '^(options|softdep|blacklist|install|remove) .*xen[-_]pciback' |
			sort -u | sed 's/^/modprobe.d: /'
	fi
	return 0
}

# By name: what else is there are serial numbers, tags and UUIDs.
report_machine() {
	local name

	section machine
	for name in sys_vendor product_name product_version product_family \
		    board_vendor board_name bios_vendor bios_version bios_date; do
		item "$name" "$(value "$root/sys/class/dmi/id/$name")"
	done
	item processor "$(sed -n 's/^model name[[:space:]]*: //p' "$root/proc/cpuinfo" 2>/dev/null | head -n 1)"
}

# device BDF: what the kernel has of any function
device() {
	local dir="$functions/$1" link

	item class "$(value "$dir/class")"
	item vendor:device "$(value "$dir/vendor"):$(value "$dir/device") subsystem $(value "$dir/subsystem_vendor"):$(value "$dir/subsystem_device")"
	link=$(readlink "$dir/driver")
	item driver "${link##*/}"
	item power_state "$(power_of "$1")"
	item d3cold_allowed "$(value "$dir/d3cold_allowed")"
	item runtime_status "$(value "$dir/power/runtime_status")"
	item control "$(value "$dir/power/control")"
	item runtime_usage "$(value "$dir/power/runtime_usage")"
	item wakeup "$(value "$dir/power/wakeup")"
	if [ -d "$dir/firmware_node" ]; then
		item "ACPI" "$(value "$dir/firmware_node/path") $(value "$dir/firmware_node/power_state")"
	fi
}

report_function() {
	local own="$functions/$1/xen_pciback_pm" name port blockers

	section "function $1"
	device "$1"
	for name in state guest_state owner target low_power pme_enabled pme_count \
		    d3hot_ms d3cold_ms; do
		item "$name" "$(value "$own/$name")"
	done
	item wakes "$(words "$own/wakes")"
	blockers=$(words "$own/blockers")
	item blockers "${blockers:-none}"
	port=$1
	while port=$(port_of "$port") && [ -n "$port" ]; do
		echo "-- below $port"
		device "$port"
	done
}

report_functions() {
	local bdf

	for bdf in $(hooked); do
		report_function "$bdf"
	done
	section "functions of xen-pciback that are not managed"
	for bdf in $(not_hooked); do
		item "$bdf" "$(value "$functions/$bdf/vendor"):$(value "$functions/$bdf/device") $(power_of "$bdf")"
	done
}

report_reasons() {
	section "what the module says"
	file "$root/sys/kernel/debug/xen_pciback_pm/functions"
	section "xen-pciback-pm why"
	# shellcheck source=src/command/why.sh
	. "$share/why.sh"
	why_all
}

report_idle() {
	local dir="$root/sys/kernel/debug" name

	section "package C-states and S0ix"
	for name in low_power_idle_cpu_residency_us low_power_idle_system_residency_us; do
		item "$name" "$(value "$root/sys/devices/system/cpu/cpuidle/$name")"
	done
	for name in package_cstate_show slp_s0_residency_usec substate_residencies \
		    substate_requirements ltr_show; do
		file "$dir/pmc_core/$name"
	done
	for name in s0ix_stats smu_fw_info; do
		file "$dir/amd_pmc/$name"
	done
	if have xenpm; then
		echo "-- xenpm get-cpuidle-states 0"
		xenpm get-cpuidle-states 0 2>&1 | sed 's/^/    /'
	fi
}

report_log() {
	section "kernel log"
	kernel_log | grep -E 'xen[-_]pciback[-_]pm|dmesg:'
	return 0
}

do_report() {
	[ $# -eq 0 ] || wrong
	[ "$(id -u)" -eq 0 ] || complain "not root, so some of it is missing"
	{
		echo "xen-pciback-pm report"
		report_versions
		report_kernel
		report_parameter
		report_machine
		report_functions
		report_reasons
		report_idle
		report_log
	} | masked
}
