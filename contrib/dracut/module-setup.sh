#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# For dracut. Where xen-pciback is in the initramfs, its softdep brings
# xen-pciback-pm along. Both go again, unless dracut's own configuration names
# xen-pciback-pm. dracut runs this after what brings xen-pciback, by its number.

check() {
	return 0
}

installkernel() {
	# shellcheck disable=SC2154 # dracut's
	[[ " $add_drivers $force_drivers $drivers " != *[[:space:]]xen[-_]pciback[-_]pm[[:space:]]* ]] ||
		return 0
	# shellcheck disable=SC2154
	rm -f "$initdir"/{,usr/}lib/modprobe.d/xen-pciback-pm-softdep.conf
	# shellcheck disable=SC2154
	find "$initdir"/lib/modules/ -name 'xen-pciback-pm.ko*' -delete
}
