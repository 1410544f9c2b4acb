/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The host's own sleep.
 */
#ifndef _XPM_SLEEP_H
#define _XPM_SLEEP_H

#include "function.h"

int xpm_sleep_init(void);
void xpm_sleep_exit(void);
void xpm_sleep_init_ops(struct dev_pm_ops *ops);
bool xpm_sleep_is_near(void);
void xpm_sleep_hold(struct xpm_function *f, unsigned int reason,
		    enum xpm_cause cause);
void xpm_sleep_leave(struct xpm_function *f);
bool xpm_sleep_can_wake_s2idle(struct xpm_function *f);

#endif /* _XPM_SLEEP_H */
