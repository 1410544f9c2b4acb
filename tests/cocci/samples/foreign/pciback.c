// SPDX-License-Identifier: GPL-2.0-only
#include "pciback_abi.h"

static bool is_the_room(struct pci_dev *pdev, struct xpm_function *f)
{
	const struct pciback_dev_data *data = pci_get_drvdata(pdev);

	return data && f->pciback.pmc.entry;
}
