/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When a function changes hands.
 */
#ifndef _XPM_OWNER_H
#define _XPM_OWNER_H

int xpm_owner_init(void);
void xpm_owner_get(void);
void xpm_owner_put(void);
void xpm_owner_exit(void);

#endif /* _XPM_OWNER_H */
