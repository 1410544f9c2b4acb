/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /sys/bus/pci/devices/BDF/xen_pciback_pm/
 */
#ifndef _XPM_SYSFS_H
#define _XPM_SYSFS_H

struct xpm_function;

extern const char * const xpm_sysfs_causes[];

const char *xpm_sysfs_state(struct xpm_function *f);
int xpm_sysfs_add(struct xpm_function *f);
void xpm_sysfs_remove(struct xpm_function *f);
void xpm_sysfs_notify_pme(struct xpm_function *f);

#endif /* _XPM_SYSFS_H */
