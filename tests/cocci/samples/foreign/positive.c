// SPDX-License-Identifier: GPL-2.0-only
#include "function.h"
#include "pciback_abi.h" /* found */

static void reach_into_the_table(struct xpm_function *f)
{
	struct pciback_dev_data *data = pci_get_drvdata(f->pdev); /* found */
	const struct pciback_entry *entry; /* found */
	struct xen_pcibk_config_quirk *quirk; /* found */

	list_for_each_entry(entry, &data->config_fields, list)
		use(entry->field, quirk);
}

static void reach_into_a_slot(struct xpm_function *f)
{
	use(f->pciback.pmcsr.entry); /* found */
}

static size_t size(void *data)
{
	return sizeof(struct config_field) + ((struct pciback_field *)data)->size; /* found */
}
