/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a guest, or the device model that acts for it, asks of a function.
 */
#ifndef _XPM_GUEST_H
#define _XPM_GUEST_H

#include "function.h"

void xpm_guest_present(struct xpm_function *f, u16 hw_pmcsr, bool as_stock);
void xpm_guest_session_over(struct xpm_function *f);
void xpm_guest_forget_low_power(struct xpm_function *f);
void xpm_guest_seen(struct xpm_function *f);
int xpm_guest_pmcsr_write(struct xpm_function *f, u16 value);
int xpm_guest_set_low_power(struct xpm_function *f, enum xpm_low_power mode);

#endif /* _XPM_GUEST_H */
