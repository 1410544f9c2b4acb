/* SPDX-License-Identifier: GPL-2.0-only */
/* User-space stand-in for the kernel's header, as far as the pure rooms need it. */
#ifndef UNIT_LINUX_SLAB_H
#define UNIT_LINUX_SLAB_H

#include <stdlib.h>

#include <linux/types.h>

#define GFP_KERNEL	0
#define __weak		__attribute__((weak))

/* Weak, so that the room under test and its test share them without a file more. */
__weak unsigned int unit_alloc_fail;	/* N: the Nth from now fails; 0: none */
__weak int unit_alloc_live;		/* allocated and not freed */

static inline void *kvmalloc(size_t size, int gfp)
{
	(void)gfp;
	if (unit_alloc_fail && !--unit_alloc_fail)
		return NULL;
	unit_alloc_live++;
	return malloc(size);
}

static inline void kvfree(const void *p)
{
	if (p)
		unit_alloc_live--;
	free((void *)p);
}

#endif
