/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When a function changes hands.
 */
#ifndef _XPM_OWNER_H
#define _XPM_OWNER_H

struct xpm_function;

int xpm_owner_init(void);
void xpm_owner_exit(void);
void xpm_owner_init_function(struct xpm_function *f);
void xpm_owner_start(struct xpm_function *f);
void xpm_owner_stop(struct xpm_function *f);
void xpm_owner_leaves(struct xpm_function *f);
int xpm_owner_of(const struct xpm_function *f);
int xpm_owner_target(int owner);
char *xpm_owner_backend(struct xpm_function *f, int *index);

#endif /* _XPM_OWNER_H */
