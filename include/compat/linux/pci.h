/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _XPM_COMPAT_LINUX_PCI_H
#define _XPM_COMPAT_LINUX_PCI_H

#include_next <linux/pci.h>
#include <linux/version.h>

/* Since 5.17, and in stable series from some point on. */
#ifndef PCI_POSSIBLE_ERROR
#define PCI_ERROR_RESPONSE	(~0ULL)
#define PCI_POSSIBLE_ERROR(val)	((val) == ((typeof(val))PCI_ERROR_RESPONSE))
#endif

#endif /* _XPM_COMPAT_LINUX_PCI_H */
