/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _XPM_COMPAT_LINUX_MSI_H
#define _XPM_COMPAT_LINUX_MSI_H

#include_next <linux/msi.h>
#include <linux/version.h>

/* Do pci_disable_msix() and the restoring of MSI-X hold msi_lock_descs()? */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 17, 0)
#define XPM_MSIX_IS_LOCKED	1
#else
#define XPM_MSIX_IS_LOCKED	0
#endif

#endif /* _XPM_COMPAT_LINUX_MSI_H */
