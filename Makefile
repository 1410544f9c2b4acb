# SPDX-License-Identifier: GPL-2.0-only
# xen-pciback-pm. The kernel's build system reads src/Kbuild, not this.

KERNELRELEASE ?= $(shell uname -r)
KDIR ?= /lib/modules/$(KERNELRELEASE)/build

# $(call version-of,DKMS.CONF)
version-of = $(shell sed -n 's/^PACKAGE_VERSION="\(.*\)"$$/\1/p' $(1))
version := $(call version-of,dkms.conf)
kbuild = $(MAKE) -C "$(KDIR)" M="$(CURDIR)/src"

.PHONY: module clean install demo check life soak matrix lint unit fuzz
.PHONY: debug-kernel qemu version

# + hands the jobserver on, which make cannot see in a variable.
module:
	+$(kbuild) modules

install: module
	+$(kbuild) INSTALL_MOD_DIR=updates modules_install

clean:
	-+$(kbuild) clean
	rm -rf tests/unit/build tests/fuzz/build

# They install what they need from Debian's packages and want to be root.
demo:
	tests/demo

check:
	tests/check

# The packages, from installation to purge, in dom0 as well; check has a short form.
life:
	tests/life/run
	tests/life/rpm
	tests/dkms trixie sid

# Ten thousand PMEs at random moments, and a hundred sleeps of the host; check
# has 200 and 10.
soak:
	RIG_PMES=10000 RIG_TIMEOUT=7200 tests/rig/rig run pme-soak
	RIG_SLEEPS=100 RIG_TIMEOUT=7200 tests/rig/rig run sleep-soak

# Each line of kernels that Debian has, with the versions of Xen: docs/matrix.md.
# Two hours, the first time; see tests/matrix for less.
matrix:
	tests/matrix

# All that looks at the source without running it; a part of check.
lint:
	tests/lint

unit:
	$(MAKE) -C tests/unit check

# FUZZ_SECONDS (300) for each of two targets; see tests/fuzz/Makefile.
fuzz:
	tests/install clang libclang-rt-dev llvm libcmocka-dev
	$(MAKE) -C tests/fuzz replay run coverage

# A dom0 kernel with lockdep and the like, for the rig; see tests/rig/debug-kernel.
debug-kernel:
	tests/rig/debug-kernel

# QEMU with our patch, for the rig's HVM guests; see tests/qemu.
qemu:
	tests/qemu build

version:
	@echo $(version)

# Not in what DKMS builds from.
-include packaging.mk
