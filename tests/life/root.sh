# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# A Debian of the machine's own release in a directory, where packages are
# installed, built and removed. For tests/life/run and tests/life/rpm, which are at
# the top of the source when they source this; steps.sh comes with it.

cache=$PWD/.rig/life
# shellcheck disable=SC2034 # for steps.sh
logs=$cache/logs
root=$cache/root
version=$(make -s version)
# Made of the same source.
next=0.1.999
mkdir -p "$logs"
# shellcheck source=tests/steps.sh
. tests/steps.sh

# mounted COMMAND...: with what programs expect to be mounted in the root, for as
# long as it runs
mounted() {
	# shellcheck disable=SC2016 # the inner shell expands it
	unshare --mount --pid --fork sh -c '
		mount -t proc proc "$1/proc"
		mount -t sysfs -o ro sysfs "$1/sys"
		mount --rbind /dev "$1/dev"
		shift
		exec "$@"' sh "$root" "$@"
}

# in_root COMMAND...: in a chroot
in_root() {
	mounted chroot "$root" env -i HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
		PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"
}

suite=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)

sources() {
	local mirror=http://deb.debian.org/debian
	echo "deb $mirror $suite main"
	echo "deb $mirror $suite-updates main"
	echo "deb $mirror $suite-backports main"
	echo "deb $mirror-security $suite-security main"
}

# A dom0 as Debian has it: Xen's tools, DKMS and the headers of its kernel. Made
# once.
make_root() {
	local xen
	[ ! -s "$cache/$suite.tar" ] || return 0
	xen=$(printf '%s\n' /usr/lib/xen-4.*/bin/xl | sort -V | tail -n 1)
	[[ $xen =~ xen-(4\.[0-9]+)/ ]] || return 1
	sources | mmdebstrap --variant=minbase --aptopt='APT::Install-Recommends "false"' \
		--include=linux-image-amd64,linux-headers-amd64,dkms,initramfs-tools,zstd \
		--include=systemd-sysv,udev,dracut-core,kmod,pciutils,e2fsprogs,openssl \
		--include="xen-utils-${BASH_REMATCH[1]},xen-utils-common,xenstore-utils" \
		"$suite" "$cache/new.tar" - || return 1
	mv "$cache/new.tar" "$cache/$suite.tar"
}

unpack_root() {
	rm -rf "$root"
	mkdir -p "$root"
	tar -C "$root" -xf "$cache/$suite.tar" || return 1
	# An initramfs of all modules takes its time to make in an emulated machine.
	echo MODULES=list >"$root/etc/initramfs-tools/conf.d/life"
	printf '%s\n' virtio_blk virtio_pci ext4 >>"$root/etc/initramfs-tools/modules"
}

# make_sources DIRECTORY: the source of this version, and of the next one
make_sources() {
	local name=xen-pciback-pm source=$1/xen-pciback-pm-$next
	rm -rf "$1"
	mkdir -p "$1" && make -s dist || return 1
	tar -C "$1" -xf "dist/$name-$version.tar.gz" &&
		cp -r "$1/$name-$version" "$source" || return 1
	sed -i "s/${version//./\\.}/$next/" "$source"/{dkms.conf,src/pcifront-pme/dkms.conf} \
		"$source"/{src/command/$name,debian/changelog,rpm/$name.spec}
}

# what_is_there: each file that a package could leave behind, and each directory of
# its own. dkms keeps its key, and caches are nobody's business.
what_is_there() {
	(cd "$root" && find boot etc usr var -xdev \
		\( ! -type d -o -path '*xen-pci*' -o -path '*dkms*' \) \
		! -path 'var/cache/*' ! -path 'var/log/*' ! -path 'var/lib/apt/*' \
		! -path 'var/lib/dkms/mok.*' ! -path 'var/lib/dpkg/*' | sort)
}

# installed_for_all VERSION: that version and no other, for each kernel that has
# headers
installed_for_all() {
	local build kernel ko all=''
	for build in "$root"/lib/modules/*/build; do
		kernel=${build%/build} kernel=${kernel##*/}
		ko=$(find "$root/lib/modules/$kernel/updates/dkms" -name 'xen-pciback-pm.ko*')
		[ "$(modinfo -F version "$ko")" = "$1" ] || return 1
		[[ "$(modinfo -F vermagic "$ko")" == "$kernel "* ]] || return 1
		all=1
	done
	in_root dkms status
	[ -n "$all" ] && ! in_root dkms status | grep -vE "^xen-pci(back-pm|front-pme)/$1, .*: installed"
}

# nothing_is_left: since what_is_there was kept as "before"
nothing_is_left() {
	what_is_there >"$logs/after"
	diff "$logs/before" "$logs/after"
}
