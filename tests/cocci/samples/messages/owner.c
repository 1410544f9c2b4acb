// SPDX-License-Identifier: GPL-2.0-only
#include "function.h"

static void wrap(void)
{
	pr_warn("it is on the list\n");
}

static void expect(struct xpm_function *f)
{
	pci_info(f->pdev, "another of the same file is not\n"); /* found */
}
