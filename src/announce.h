/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Telling the world outside: uevents, and a counter in xenstore.
 */
#ifndef _XPM_ANNOUNCE_H
#define _XPM_ANNOUNCE_H

struct xpm_function;

int xpm_announce_init(void);
void xpm_announce_exit(void);

void xpm_announce_init_function(struct xpm_function *f);
void xpm_announce_start(struct xpm_function *f);
void xpm_announce_stop(struct xpm_function *f);
void xpm_announce_session(struct xpm_function *f, bool over);
void xpm_announce_pme(struct xpm_function *f);

#endif /* _XPM_ANNOUNCE_H */
