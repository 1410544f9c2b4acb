/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the PM core does not bring back after a sleep.
 */
#ifndef _XPM_RESTORE_H
#define _XPM_RESTORE_H

struct xpm_function;

void xpm_restore_before_sleep(struct xpm_function *f);
void xpm_restore_before_wake(struct xpm_function *f);
void xpm_restore_keep(struct xpm_function *f);
void xpm_restore_load(struct xpm_function *f);
void xpm_restore_drop(struct xpm_function *f);
void xpm_restore_forget(struct xpm_function *f);
void xpm_restore_after_sleep(struct xpm_function *f);

#endif /* _XPM_RESTORE_H */
