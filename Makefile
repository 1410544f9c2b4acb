# SPDX-License-Identifier: GPL-2.0-only
# xen-pciback-pm. The kernel's build system reads src/Kbuild, not this.

KERNELRELEASE ?= $(shell uname -r)
KDIR ?= /lib/modules/$(KERNELRELEASE)/build

version := $(shell sed -n 's/^PACKAGE_VERSION="\(.*\)"$$/\1/p' dkms.conf)
kbuild = $(MAKE) -C "$(KDIR)" M="$(CURDIR)/src"

.PHONY: module clean install demo check unit debug-kernel version

# + hands the jobserver on, which make cannot see in a variable.
module:
	+$(kbuild) modules

install: module
	+$(kbuild) INSTALL_MOD_DIR=updates modules_install

clean:
	-+$(kbuild) clean
	rm -rf tests/unit/build

# Both install what they need from Debian's packages and want to be root.
demo:
	tests/demo

check:
	tests/check

unit:
	$(MAKE) -C tests/unit check

# A dom0 kernel with lockdep and the like, for the rig; see tests/rig/debug-kernel.
debug-kernel:
	tests/rig/debug-kernel

version:
	@echo $(version)

# Not in what DKMS builds from.
-include packaging.mk
