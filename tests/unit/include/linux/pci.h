/* SPDX-License-Identifier: GPL-2.0-only */
/* User-space stand-in for the kernel's header: PCI_DEVFN() and the registers. */
#include_next <linux/pci.h>
