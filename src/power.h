/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the PM core asks of a hooked function, and what we ask of the PM core.
 */
#ifndef _XPM_POWER_H
#define _XPM_POWER_H

#include "function.h"

/*
 * pcifront gives an operation up after 2 s, with interrupts off
 * (do_pci_op() of drivers/pci/xen-pcifront.c). One operation must be over well
 * before that.
 */
#define XPM_POWER_WAKE_MS		1500

/* Time for a suspend that was just queued, before we look whether it came. */
#define XPM_POWER_SETTLE_MS		100

/* How long an idle function stays awake after somebody touched it. */
#define XPM_POWER_AUTOSUSPEND_MS	500

void xpm_power_init_function(struct xpm_function *f);
void xpm_power_init_dead(struct xpm_function *f);
void xpm_power_start(struct xpm_function *f);
void xpm_power_stop(struct xpm_function *f);

void xpm_power_keep(struct xpm_function *f, unsigned int reason);
void xpm_power_release(struct xpm_function *f, unsigned int reason, bool now);
int xpm_power_wake(struct xpm_function *f, unsigned int reason,
		   enum xpm_cause cause);
void xpm_power_wake_sync(struct xpm_function *f, unsigned int reason,
			 enum xpm_cause cause);
void xpm_power_wake_or_not(struct xpm_function *f, unsigned int reason,
			   enum xpm_cause cause);
void xpm_power_set_cause(struct xpm_function *f, enum xpm_cause cause);
void xpm_power_resume_sync(struct xpm_function *f);
void xpm_power_wait(struct xpm_function *f, unsigned long deadline);
void xpm_power_rearm(struct xpm_function *f);
void xpm_power_before_reset(struct xpm_function *f);
void xpm_power_after_reset(struct xpm_function *f);
void xpm_power_forget_owner(struct xpm_function *f);
void xpm_power_set_state(struct xpm_function *f, pci_power_t state);
void xpm_power_settle(struct xpm_function *f, unsigned int ms);
int xpm_power_kick(struct xpm_function *f);
bool xpm_power_is_up(struct xpm_function *f);
bool xpm_power_is_own(struct pci_dev *pdev);
bool xpm_power_d3cold_wanted(struct xpm_function *f);

/* For the callbacks of system sleep. */
struct xpm_function *xpm_power_function(struct device *dev);
bool xpm_power_is_depended_on(struct xpm_function *f);
int xpm_power_down_for_sleep(struct xpm_function *f, bool armed);
void xpm_power_came_back(struct xpm_function *f, pci_power_t from);
void xpm_power_leave_by_hand(struct xpm_function *f);

#endif /* _XPM_POWER_H */
