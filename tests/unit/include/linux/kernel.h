/* SPDX-License-Identifier: GPL-2.0-only */
/* User-space stand-in for the kernel's header, as far as the pure rooms need it. */
#ifndef UNIT_LINUX_KERNEL_H
#define UNIT_LINUX_KERNEL_H

#include <stdarg.h>
#include <stdio.h>

#include <linux/bits.h>
#include <linux/types.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* As the kernel's: the bytes that were written, not those that would have been. */
#define __printf(a, b)	__attribute__((format(printf, a, b)))

static inline __printf(3, 4)
int scnprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(buf, size, fmt, args);
	va_end(args);
	if ((size_t)len < size)
		return len;
	return size ? size - 1 : 0;
}

#endif
