/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /sys/bus/pci/devices/BDF/xen_pciback_pm/
 */
#ifndef _XPM_SYSFS_H
#define _XPM_SYSFS_H

struct xpm_function;

int xpm_sysfs_add(struct xpm_function *f);
void xpm_sysfs_remove(struct xpm_function *f);
void xpm_sysfs_notify_pme(struct xpm_function *f);

#endif /* _XPM_SYSFS_H */
