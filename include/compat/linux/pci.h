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

/* Not exported in 5.10. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0)
static inline struct pci_host_bridge *xpm_pci_find_host_bridge(struct pci_bus *bus)
{
	while (bus->parent)
		bus = bus->parent;
	return to_pci_host_bridge(bus->bridge);
}

#define pci_find_host_bridge xpm_pci_find_host_bridge
#endif

/* The event collector of an integrated endpoint, since 5.11; NULL if unknown. */
static inline struct pci_dev *xpm_pci_event_collector(struct pci_dev *pdev)
{
#if defined(CONFIG_PCIEPORTBUS) && LINUX_VERSION_CODE >= KERNEL_VERSION(5, 11, 0)
	return pdev->rcec;
#else
	return NULL;
#endif
}

#endif /* _XPM_COMPAT_LINUX_PCI_H */
