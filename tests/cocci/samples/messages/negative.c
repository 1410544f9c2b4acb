// SPDX-License-Identifier: GPL-2.0-only
#include "function.h"

static int guest_writes(struct xpm_function *f, u16 value)
{
	if (value & 3)
		xpm_function_say(f, KERN_WARNING, "its guest wrote %x\n", value);
	if (WARN_ON_ONCE(!f->gate))
		return -EIO;
	pci_dbg(f->pdev, "its guest wrote %x\n", value);
	return 0;
}
