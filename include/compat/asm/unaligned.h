/* SPDX-License-Identifier: GPL-2.0-only */
/* Since 6.12 this header is linux/unaligned.h. */
#ifndef _XPM_COMPAT_ASM_UNALIGNED_H
#define _XPM_COMPAT_ASM_UNALIGNED_H

#include <linux/version.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
#include <linux/unaligned.h>
#else
#include_next <asm/unaligned.h>
#endif

#endif /* _XPM_COMPAT_ASM_UNALIGNED_H */
