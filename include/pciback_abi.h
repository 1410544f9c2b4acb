/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The mirror of xen-pciback's private structures: the only place that knows
 * them. They are the same in every kernel from 5.10 to 7.3
 * (drivers/xen/xen-pciback/pciback.h and conf_space.h), and src/pciback.c
 * proves them of each function before it uses them.
 */
#ifndef _XPM_PCIBACK_ABI_H
#define _XPM_PCIBACK_ABI_H

#include <linux/list.h>
#include <linux/pci.h>
#include <linux/types.h>

/* What xen-pciback's driver calls itself towards the driver core. */
#define PCIBACK_DRIVER_NAME	"pciback"
#define PCIBACK_MODULE_NAME	"xen_pciback"
#define PCIBACK_IRQ_NAME	"xen-pciback[%s]"

/* struct config_field of conf_space.h */
struct pciback_field {
	unsigned int offset;
	unsigned int size;
	unsigned int mask;
	void *(*init)(struct pci_dev *dev, int offset);
	void (*reset)(struct pci_dev *dev, int offset, void *data);
	void (*release)(struct pci_dev *dev, int offset, void *data);
	void (*clean)(struct pciback_field *field);
	union {
		struct {
			int (*write)(struct pci_dev *dev, int offset,
				     u32 value, void *data);
			int (*read)(struct pci_dev *dev, int offset,
				    u32 *value, void *data);
		} dw;
		struct {
			int (*write)(struct pci_dev *dev, int offset,
				     u16 value, void *data);
			int (*read)(struct pci_dev *dev, int offset,
				    u16 *value, void *data);
		} w;
		struct {
			int (*write)(struct pci_dev *dev, int offset, u8 value,
				     void *data);
			int (*read)(struct pci_dev *dev, int offset, u8 *value,
				    void *data);
		} b;
	} u;
	struct list_head list;
};

/* struct config_field_entry of conf_space.h */
struct pciback_entry {
	struct list_head list;
	const struct pciback_field *field;
	unsigned int base_offset;
	void *data;
};

/* struct xen_pcibk_dev_data of pciback.h: the driver data of each function */
struct pciback_dev_data {
	struct list_head config_fields;
	void *pci_saved_state;
	unsigned int flags; /* a bitfield there; Qubes' kernel has two more */
	unsigned long handled;
	unsigned int irq;
	char irq_name[];
};

static inline unsigned int pciback_entry_offset(const struct pciback_entry *e)
{
	return e->base_offset + e->field->offset;
}

#endif /* _XPM_PCIBACK_ABI_H */
