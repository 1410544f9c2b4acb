/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _XPM_COMPAT_LINUX_IRQDESC_H
#define _XPM_COMPAT_LINUX_IRQDESC_H

#include_next <linux/irqdesc.h>
#include <linux/version.h>

/* Since 5.18, and in stable series from some point on. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 18, 0)
#include <linux/irqflags.h>

static inline int xpm_generic_handle_irq_safe(unsigned int irq)
{
	unsigned long flags;
	int ret;

	local_irq_save(flags);
	ret = generic_handle_irq(irq);
	local_irq_restore(flags);
	return ret;
}

#define generic_handle_irq_safe xpm_generic_handle_irq_safe
#endif

#endif /* _XPM_COMPAT_LINUX_IRQDESC_H */
