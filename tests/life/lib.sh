# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# What the stages of a package's life share, beside the rig's own functions. It
# is on the disk, with the packages.

LIFE=/srv/life

# apt COMMAND...: apt-get; what it said is kept with the log, and a warning of DKMS
# or of a maintainer script is a failure
apt() {
	DEBIAN_FRONTEND=noninteractive apt-get -y --no-install-recommends "$@" \
		</dev/null >/run/rig/apt 2>&1 &&
		! grep -iE '^(dkms|depmod|update-initramfs|E|W): .*(warn|error|fail)|deprecated|BUILD_EXCLUSIVE' /run/rig/apt
	set -- $?
	cat /run/rig/apt >>/run/rig/apt.all
	return "$1"
}

# packages VERSION: by path, as README.md has it
packages() {
	echo "$LIFE/xen-pciback-pm_$1-1_all.deb $LIFE/xen-pciback-pm-dkms_$1-1_all.deb"
}

# OLD, the version that is installed first, and NEXT
OLD=$(cat $LIFE/version)
NEXT=$(cat $LIFE/next)

loaded() {
	[ -d /sys/module/xen_pciback_pm ]
}

loaded_version() {
	cat /sys/module/xen_pciback_pm/version
}

# installed_only VERSION [KERNEL...]: what DKMS has installed, for the running
# kernel or those
installed_only() {
	local version=$1 kernel

	shift
	[ $# -gt 0 ] || set -- "$(uname -r)"
	! dkms status | grep '^xen-pciback-pm/' | grep -v "^xen-pciback-pm/$version, .*: installed" || return
	for kernel; do
		[ "$(modinfo -k "$kernel" -F version xen-pciback-pm)" = "$version" ] || return
	done
}

# sleeps_on BEFORE: since wakes said BEFORE nothing has woken it
sleeps_on() {
	check_eq "it slept all the while" "$(wakes)" "$1"
	check "in D3cold" asleep_in D3cold
}

# left_behind: whatever is there of the packages. Their user's own file in /etc stays.
left_behind() {
	local image

	find / -xdev \( -path $LIFE -o -path /rig -o -path /var/log -o -path /var/cache \) -prune -o \
		! -path /etc/modprobe.d/xen-pciback-pm.conf \
		\( -name '*xen*pciback*pm*' -o -path '/lib/modules/*/updates*' \
		-o -path '/usr/lib/modules/*/updates*' \) -print
	for image in /boot/initrd.img-*; do
		lsinitramfs "$image" | grep 'pciback.pm' | grep -v '^etc/modprobe.d/'
	done
	dkms status | grep '^xen-pci'
	dpkg -l | grep 'xen-pciback-pm'
}

# purge: and looks what is left
purge() {
	check "purged" dpkg --purge xen-pciback-pm xen-pciback-pm-dkms
	left_behind >/run/rig/left
	show /run/rig/left left
	check_not "nothing is left" test -s /run/rig/left
}

# life_end: with all that apt has said
life_end() {
	show /run/rig/apt.all apt
	scenario_end
}
