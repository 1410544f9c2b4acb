/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PMEs: notice, latch, tell the guest.
 */
#ifndef _XPM_WAKE_H
#define _XPM_WAKE_H

#include <linux/pci.h>

struct xpm_function;

void xpm_wake_init_function(struct xpm_function *f);
void xpm_wake_start(struct xpm_function *f);
void xpm_wake_stop(struct xpm_function *f);
bool xpm_wake_has_path(struct xpm_function *f);
bool xpm_wake_deliverable(struct xpm_function *f);
bool xpm_wake_works_from_d3cold(struct xpm_function *f);
bool xpm_wake_wanted(struct xpm_function *f);
void xpm_wake_seen(struct xpm_function *f);
bool xpm_wake_look(struct xpm_function *f, pci_power_t from);
bool xpm_wake_armed(struct xpm_function *f);
void xpm_wake_tell(struct xpm_function *f);
void xpm_wake_forget(struct xpm_function *f);
void xpm_wake_guest_acted(struct xpm_function *f);

#endif /* _XPM_WAKE_H */
