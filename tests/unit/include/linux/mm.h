/* SPDX-License-Identifier: GPL-2.0-only */
/* User-space stand-in for the kernel's header: kvmalloc() was declared there once. */
#include <linux/slab.h>
