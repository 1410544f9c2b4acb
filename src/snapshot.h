/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Config space while a function sleeps.
 */
#ifndef _XPM_SNAPSHOT_H
#define _XPM_SNAPSHOT_H

#include <linux/types.h>

struct xpm_function;

int xpm_snapshot_alloc(struct xpm_function *f);
void xpm_snapshot_free(struct xpm_function *f);
bool xpm_snapshot_take(struct xpm_function *f);
void xpm_snapshot_forget(struct xpm_function *f);
bool xpm_snapshot_is_forgotten(struct xpm_function *f);
void xpm_snapshot_write(struct xpm_function *f, int where, u16 value);
u32 xpm_snapshot_read(struct xpm_function *f, int where, int size);
void xpm_snapshot_note_write(struct xpm_function *f, int where, int size);
bool xpm_snapshot_was_written(struct xpm_function *f, int where);
void xpm_snapshot_forget_writes(struct xpm_function *f);

#endif /* _XPM_SNAPSHOT_H */
