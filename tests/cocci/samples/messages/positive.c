// SPDX-License-Identifier: GPL-2.0-only
#include "function.h"

static int guest_writes(struct xpm_function *f, u16 value)
{
	if (value & 3)
		pci_warn(f->pdev, "its guest wrote %x\n", value); /* found */
	pci_warn_ratelimited(f->pdev, "and %x\n", value); /* found */
	dev_warn_once(&f->pdev->dev, "%x at first\n", value); /* found */
	WARN_ON(!f->gate); /* found */
	return 0;
}

static void otherend_changed(struct xenbus_device *xdev)
{
	pr_info("%s has changed\n", xdev->nodename); /* found */
	dev_err(&xdev->dev, /* found */
		"it has changed\n");
}
