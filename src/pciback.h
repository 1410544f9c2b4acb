/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xen-pciback's table of config fields: prove its layout, take entries over,
 * give them back.
 */
#ifndef _XPM_PCIBACK_H
#define _XPM_PCIBACK_H

#include <linux/pci.h>

#include "pciback_abi.h"

struct xpm_function;

/**
 * struct xpm_pciback_slot - one entry of the table that we take over
 * @entry: pciback's entry. pciback never frees entries of its static fields
 *	(pcistub_device_release() loses them), and gives them up at the
 *	earliest when it unbinds, before which we have given back ours.
 * @stock: the field that pciback put there
 * @ours: the copy of it that replaces it, with handlers changed
 */
struct xpm_pciback_slot {
	struct pciback_entry *entry;
	const struct pciback_field *stock;
	struct pciback_field ours;
};

/**
 * struct xpm_pciback_table - the entries of one function
 * @owner: xen-pciback's module; referenced while entries are ours
 * @command: COMMAND
 * @pmc: PMC
 * @pmcsr: PMCSR
 */
struct xpm_pciback_table {
	struct module *owner;
	struct xpm_pciback_slot command;
	struct xpm_pciback_slot pmc;
	struct xpm_pciback_slot pmcsr;
};

bool xpm_pciback_owns(struct pci_dev *pdev);
bool xpm_pciback_is_ready(struct pci_dev *pdev);
const char *xpm_pciback_find(struct pci_dev *pdev,
			     struct xpm_pciback_table *table);
void xpm_pciback_take(struct xpm_function *f);
void xpm_pciback_give_back(struct xpm_function *f);
void xpm_pciback_release(struct xpm_function *f);
bool xpm_pciback_has_entry_at(struct pci_dev *pdev, unsigned int offset);
bool xpm_pciback_in_worker(void);

#endif /* _XPM_PCIBACK_H */
