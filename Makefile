# SPDX-License-Identifier: GPL-2.0-only
# xen-pciback-pm. The kernel's build system reads src/Kbuild, not this.

KERNELRELEASE ?= $(shell uname -r)
KDIR ?= /lib/modules/$(KERNELRELEASE)/build

# $(call version-of,DKMS.CONF)
version-of = $(shell sed -n 's/^PACKAGE_VERSION="\(.*\)"$$/\1/p' $(1))
version := $(call version-of,dkms.conf)
kbuild = $(MAKE) -C "$(KDIR)" M="$(CURDIR)/src"

.PHONY: module clean install demo check life soak races matrix lint unit fuzz
.PHONY: rig fuzz-rig debug-kernel kcsan qemu bench version

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

# The rig and a module for its kernel, for those that run it themselves.
rig:
	tests/rig/rig setup
	+$(MAKE) module KDIR="$$(tests/rig/rig kdir)"

# Ten thousand PMEs at random moments, and a hundred sleeps of the host; check
# has 200 and 10.
soak: rig
	RIG_PMES=10000 RIG_TIMEOUT=7200 tests/rig/rig run pme-soak
	RIG_SLEEPS=100 RIG_TIMEOUT=7200 tests/rig/rig run sleep-soak

# Module, functions and list come and go a thousand times each under traffic, a hundred
# on each machine, since QEMU 7.2 does not live for all of them; and each allocation
# fails. check has 10 and some of them.
races: rig
	for machine in $$(seq 10); do \
		RIG_ROUNDS=100 RIG_TIMEOUT=7200 tests/rig/rig run races || exit; \
	done
	RIG_ROUNDS=1000 RIG_TIMEOUT=7200 tests/rig/rig run no-memory

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

# A million operations of hostile front ends against a host that changes everything
# meanwhile, on ten machines; RIG_OPS=20000 has fewer on each. RIG_SEED=N, which each
# run says, has them do once more what they did at random, on one machine; see
# tests/rig/fuzz.c for what that repeats.
fuzz-rig: rig
	for machine in $(if $(RIG_SEED),1,$$(seq 10)); do \
		RIG_OPS=$(or $(RIG_OPS),100000) RIG_TIMEOUT=7200 tests/rig/rig run fuzz || exit; \
	done

# A dom0 kernel with lockdep and the like, for the rig; see tests/rig/debug-kernel.
debug-kernel:
	tests/rig/debug-kernel

# Data races of the module, on a kernel that has KCSAN.
kcsan:
	tests/rig/debug-kernel kcsan run races moments low-power pme-soak

# QEMU with our patch, for the rig's HVM guests; see tests/qemu.
qemu:
	tests/qemu build

# How fast, in emulation: docs/benchmarks.md. Figures, a plot and a table.
bench:
	tests/bench/run

version:
	@echo $(version)

# Not in what DKMS builds from.
-include packaging.mk
