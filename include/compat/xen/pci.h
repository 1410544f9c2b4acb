/* SPDX-License-Identifier: GPL-2.0-only */
/* Until 5.15 the owners of functions were declared in asm/xen/pci.h. */
#ifndef _XPM_COMPAT_XEN_PCI_H
#define _XPM_COMPAT_XEN_PCI_H

#include <linux/version.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 16, 0)
#include_next <xen/pci.h>
#else
#include <asm/xen/pci.h>
#endif

#endif /* _XPM_COMPAT_XEN_PCI_H */
