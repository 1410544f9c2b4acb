// SPDX-License-Identifier: GPL-2.0-only
/*
 * xen-pciback's table of config fields.
 *
 * xen-pciback keeps, for each function, a list of the registers that it
 * emulates: struct config_field_entry, each pointing at a constant struct
 * config_field with the handlers (conf_space.h there). Its worker walks that
 * list without a lock for each operation of a front end. We change the field
 * pointer of three entries to copies of our own and nothing else: same offset,
 * same size, so that a worker which loads the pointer twice within one access
 * (conf_space_read() and conf_space_write() do) finds its arithmetic
 * unchanged.
 */
#include <linux/kallsyms.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <xen/pci.h>

#include "function.h"
#include "gate.h"
#include "guest.h"
#include "pciback.h"
#include "trace.h"

/* More entries than any device has; a longer walk means a wrong layout. */
#define XPM_PCIBACK_MAX_ENTRIES	4096

/*
 * xen-pciback's module while at least one function's entries are ours, for
 * xpm_pciback_in_worker(). A reader may hold the pointer for as long as it
 * does not sleep; the module reference is dropped after a quiescence that
 * follows the clearing.
 */
static struct module *pciback_module;
static unsigned int pciback_users;
static DEFINE_MUTEX(pciback_users_mutex); /* both of them; innermost */

/**
 * xpm_pciback_owns() - is xen-pciback the driver of a function?
 * @pdev: the function
 *
 * Context: process; the caller holds the device lock.
 * Return: true if it is bound to the driver that xen-pciback registers.
 */
bool xpm_pciback_owns(struct pci_dev *pdev)
{
	const struct device_driver *driver = pdev->dev.driver;

	device_lock_assert(&pdev->dev);
	return driver && !strcmp(driver->name, PCIBACK_DRIVER_NAME);
}

/**
 * xpm_pciback_is_ready() - has xen-pciback done all that it does for a function?
 * @pdev: the function, bound to xen-pciback
 *
 * pcistub_init_devices_late() sets the driver data first and then fills the
 * table, without the device lock, from the module's init, which also registers
 * the back end driver in the end.
 *
 * Context: process; the caller holds the device lock.
 * Return: true if so.
 */
bool xpm_pciback_is_ready(struct pci_dev *pdev)
{
	const struct module *owner = pdev->dev.driver->owner;

	device_lock_assert(&pdev->dev);
	return pci_get_drvdata(pdev) &&
	       (!owner || READ_ONCE(owner->state) == MODULE_STATE_LIVE);
}

/* Is @function the symbol @name of @owner? */
static bool is_symbol(const struct module *owner, const void *function,
		      const char *name)
{
	char found[KSYM_SYMBOL_LEN];
	size_t len = strlen(name);

	if (!function || !within_module((unsigned long)function, owner))
		return false;
	sprint_symbol(found, (unsigned long)function);
	return !strncmp(found, name, len) && !strncmp(found + len, "+0x0/", 5);
}

static bool is_stock_command(const struct module *owner,
			     const struct pciback_field *field)
{
	return field->size == 2 && !field->clean &&
	       is_symbol(owner, field->init, "command_init") &&
	       is_symbol(owner, field->release, "bar_release") &&
	       is_symbol(owner, field->u.w.read, "command_read") &&
	       is_symbol(owner, field->u.w.write, "command_write");
}

static bool is_stock_pmc(const struct module *owner,
			 const struct pciback_field *field)
{
	return field->size == 2 && !field->clean && !field->init &&
	       !field->reset && !field->release && !field->u.w.write &&
	       is_symbol(owner, field->u.w.read, "pm_caps_read");
}

static bool is_stock_pmcsr(const struct module *owner,
			   const struct pciback_field *field)
{
	return field->size == 2 && !field->clean && !field->reset &&
	       !field->release &&
	       is_symbol(owner, field->init, "pm_ctrl_init") &&
	       is_symbol(owner, field->u.w.read, "xen_pcibk_read_config_word") &&
	       is_symbol(owner, field->u.w.write, "pm_ctrl_write");
}

/* Enough to tell a list of ours from memory that is something else. */
static bool looks_like_entry(const struct list_head *node,
			     const struct list_head *prev)
{
	return virt_addr_valid(node) && IS_ALIGNED((unsigned long)node, 8) &&
	       node->prev == prev;
}

/**
 * xpm_pciback_find() - prove the layout of a function's table, find entries
 * @pdev: the function, bound to xen-pciback and initialised by it
 * @table: filled in
 *
 * Nothing is assumed that is not checked first: the name that xen-pciback
 * builds into its driver data pins down that structure's tail, the back
 * pointers that list, and the names of the handlers the fields.
 *
 * Context: process; the caller holds the device lock.
 * Return: NULL, then xpm_pciback_release() is due at the end; or in words why
 * the table is not one that we know.
 */
const char *xpm_pciback_find(struct pci_dev *pdev,
			     struct xpm_pciback_table *table)
{
	const struct pciback_dev_data *data = pci_get_drvdata(pdev);
	struct list_head *node, *prev;
	unsigned int walked = 0;
	char name[40];
	int len;

	device_lock_assert(&pdev->dev);
	memset(table, 0, sizeof(*table));

	table->owner = pdev->dev.driver->owner;
	if (!table->owner ||
	    strcmp(module_name(table->owner), PCIBACK_MODULE_NAME))
		return "its driver is not the module xen-pciback";

	len = snprintf(name, sizeof(name), PCIBACK_IRQ_NAME, pci_name(pdev));
	if (ksize(data) < sizeof(*data) + len + 1 ||
	    memcmp(data->irq_name, name, len + 1))
		return "xen-pciback's data about it has an unknown layout";

	prev = (struct list_head *)&data->config_fields;
	for (node = prev->next; node != &data->config_fields;
	     prev = node, node = node->next) {
		struct pciback_entry *entry;
		struct xpm_pciback_slot *slot;
		const struct pciback_field *field;
		bool stock;

		if (++walked > XPM_PCIBACK_MAX_ENTRIES ||
		    !looks_like_entry(node, prev))
			return "xen-pciback's table has an unknown layout";

		entry = list_entry(node, struct pciback_entry, list);
		field = entry->field;
		if (!within_module((unsigned long)field, table->owner) &&
		    !virt_addr_valid(field))
			return "xen-pciback's table has an unknown layout";

		if (pciback_entry_offset(entry) == PCI_COMMAND) {
			slot = &table->command;
			stock = is_stock_command(table->owner, field);
		} else if (pciback_entry_offset(entry) ==
			   pdev->pm_cap + PCI_PM_PMC) {
			slot = &table->pmc;
			stock = is_stock_pmc(table->owner, field);
		} else if (pciback_entry_offset(entry) ==
			   pdev->pm_cap + PCI_PM_CTRL) {
			slot = &table->pmcsr;
			stock = is_stock_pmcsr(table->owner, field);
		} else {
			continue;
		}

		if (slot->entry || !stock)
			return "xen-pciback's handlers are not the stock ones";
		slot->entry = entry;
		slot->stock = field;
		slot->ours = *field;
	}

	if (!table->command.entry || !table->pmc.entry || !table->pmcsr.entry)
		return "xen-pciback's table lacks an entry";
	/* A driver may still be bound while its module goes. */
	if (!try_module_get(table->owner))
		return "xen-pciback is being unloaded";
	return NULL;
}

/**
 * xpm_pciback_has_entry_at() - does an entry start at an offset?
 * @pdev: a hooked function
 * @offset: the offset, in bytes
 *
 * Context: pciback's worker, which walks the same list in the same way, with
 * no lock either, right after.
 * Return: true if so.
 */
bool xpm_pciback_has_entry_at(struct pci_dev *pdev, unsigned int offset)
{
	const struct pciback_dev_data *data = pci_get_drvdata(pdev);
	const struct pciback_entry *entry;

	if (!data)
		return false;
	list_for_each_entry(entry, &data->config_fields, list)
		if (pciback_entry_offset(entry) == offset)
			return true;
	return false;
}

/**
 * xpm_pciback_in_worker() - are we in xen-pciback's worker?
 *
 * Its only work item is xen_pcibk_do_op(), so a work function within its text
 * is that one (pciback.h there, op_work).
 *
 * Context: any.
 * Return: true if the caller runs on a front end's behalf.
 */
bool xpm_pciback_in_worker(void)
{
	struct work_struct *work = current_work();
	struct module *owner = READ_ONCE(pciback_module);

	return work && owner && within_module((unsigned long)work->func, owner);
}

/*
 * The handlers. pciback's worker may have loaded one just before the field was
 * given back and enter it late. Then xpm_function_find() does not find the
 * function any more, and the field that the table names by now answers.
 */
static const struct pciback_field *field_now(struct pci_dev *dev, int offset)
{
	const struct pciback_dev_data *data = pci_get_drvdata(dev);
	const struct pciback_entry *entry;

	if (!data)
		return NULL;
	list_for_each_entry(entry, &data->config_fields, list)
		if (pciback_entry_offset(entry) == offset)
			return READ_ONCE(entry->field);
	return NULL;
}

static int command_write(struct pci_dev *dev, int offset, u16 value, void *data)
{
	const struct pciback_field *field;
	struct xpm_function *f;
	int idx, ret;

	idx = srcu_read_lock(&xpm_function_srcu);
	f = xpm_function_find(dev);
	if (f) {
		ret = xpm_gate_command_enter(f, value);
		if (!ret) {
			field = f->pciback.command.stock;
			ret = field->u.w.write(dev, offset, value, data);
			xpm_gate_command_leave(f);
		}
	} else {
		field = field_now(dev, offset);
		ret = PCIBIOS_SET_FAILED;
		if (field && field->u.w.write != command_write)
			ret = field->u.w.write(dev, offset, value, data);
	}
	srcu_read_unlock(&xpm_function_srcu, idx);
	return ret;
}

static int pmc_read(struct pci_dev *dev, int offset, u16 *value, void *data)
{
	const struct pciback_field *field;
	struct xpm_function *f;
	int idx, ret;

	idx = srcu_read_lock(&xpm_function_srcu);
	f = xpm_function_find(dev);
	if (f) {
		*value = READ_ONCE(f->vpm.pmc);
		ret = PCIBIOS_SUCCESSFUL;
	} else {
		field = field_now(dev, offset);
		ret = PCIBIOS_DEVICE_NOT_FOUND;
		if (field && field->u.w.read != pmc_read)
			ret = field->u.w.read(dev, offset, value, data);
	}
	srcu_read_unlock(&xpm_function_srcu, idx);
	return ret;
}

static int pmcsr_read(struct pci_dev *dev, int offset, u16 *value, void *data)
{
	const struct pciback_field *field;
	struct xpm_function *f;
	int idx, ret;

	idx = srcu_read_lock(&xpm_function_srcu);
	f = xpm_function_find(dev);
	if (f && !READ_ONCE(f->live)) {
		ret = f->pciback.pmcsr.stock->u.w.read(dev, offset, value, data);
	} else if (f) {
		spin_lock(&f->lock);
		*value = xpm_vpm_pmcsr(&f->vpm);
		spin_unlock(&f->lock);
		/*
		 * xen_pcibk_config_read() reads raw before it asks us;
		 * xen_pcibk_config_write() asks us alone, and merges the bytes
		 * that the guest did not write from our answer. PME_Status is
		 * write-one-to-clear: a merged 1 would clear it.
		 */
		if (!f->raw_read)
			*value &= ~PCI_PM_CTRL_PME_STATUS;
		f->raw_read = false;
		ret = PCIBIOS_SUCCESSFUL;
	} else {
		field = field_now(dev, offset);
		ret = PCIBIOS_DEVICE_NOT_FOUND;
		if (field && field->u.w.read != pmcsr_read)
			ret = field->u.w.read(dev, offset, value, data);
	}
	srcu_read_unlock(&xpm_function_srcu, idx);
	return ret;
}

/*
 * Until a hook is complete stock's handler acts; it is complete only when that is
 * through. False if there is nothing to wait for any more.
 */
static bool write_as_stock(struct xpm_function *f, int offset, u16 value,
			   void *data, int *ret)
{
	bool stock;

	mutex_lock(&f->handover);
	stock = !f->live && !f->gone;
	if (stock)
		*ret = f->pciback.pmcsr.stock->u.w.write(f->pdev, offset, value,
							 data);
	mutex_unlock(&f->handover);
	return stock;
}

static int pmcsr_write(struct pci_dev *dev, int offset, u16 value, void *data)
{
	const struct pciback_field *field;
	struct xpm_function *f;
	int idx, ret;

	idx = srcu_read_lock(&xpm_function_srcu);
	f = xpm_function_find(dev);
	if (f && !READ_ONCE(f->live) &&
	    write_as_stock(f, offset, value, data, &ret)) {
		srcu_read_unlock(&xpm_function_srcu, idx);
		return ret;
	}
	if (f) {
		f->raw_read = false;
		xpm_guest_seen(f);
		mutex_lock(&f->handover);
		if (f->gone) {
			mutex_unlock(&f->handover);
			f = NULL;
		}
	}
	if (f) {
		/*
		 * xen_pcibk_remove_device() does not wait for the worker, which
		 * must not leave the next owner what the last one wanted. A claim
		 * of libxl's may outlive that.
		 */
		ret = PCIBIOS_SET_FAILED;
		if (xen_find_device_domain_owner(dev) >= 0)
			ret = xpm_guest_pmcsr_write(f, value);
		trace_xpm_guest_write(dev, value, xpm_vpm_pmcsr(&f->vpm), ret);
		mutex_unlock(&f->handover);
	} else {
		field = field_now(dev, offset);
		ret = PCIBIOS_SET_FAILED;
		if (field && field->u.w.write != pmcsr_write)
			ret = field->u.w.write(dev, offset, value, data);
	}
	srcu_read_unlock(&xpm_function_srcu, idx);
	return ret;
}

/* The session of an owner ended: xen_pcibk_config_reset_dev() */
static void pmcsr_reset(struct pci_dev *dev, int offset, void *data)
{
	struct xpm_function *f;
	int idx;

	idx = srcu_read_lock(&xpm_function_srcu);
	f = xpm_function_find(dev);
	if (f)
		xpm_guest_session_over(f);
	srcu_read_unlock(&xpm_function_srcu, idx);
}

static void slot_take(struct xpm_pciback_slot *slot)
{
	/* Pairs with the dependent loads of pciback's worker. */
	smp_store_release(&slot->entry->field, &slot->ours);
}

static void slot_give_back(struct xpm_pciback_slot *slot)
{
	/* As in slot_take(). */
	smp_store_release(&slot->entry->field, slot->stock);
}

/**
 * xpm_pciback_take() - take the entries of a function over
 * @f: the function, complete but for this, and found by xpm_function_find()
 *
 * Context: process; the caller holds the device lock.
 */
void xpm_pciback_take(struct xpm_function *f)
{
	struct xpm_pciback_table *table = &f->pciback;

	device_lock_assert(&f->pdev->dev);
	mutex_lock(&pciback_users_mutex);
	pciback_users++;
	WRITE_ONCE(pciback_module, table->owner);
	mutex_unlock(&pciback_users_mutex);

	table->command.ours.u.w.write = command_write;
	table->pmc.ours.u.w.read = pmc_read;
	table->pmcsr.ours.u.w.read = pmcsr_read;
	table->pmcsr.ours.u.w.write = pmcsr_write;
	table->pmcsr.ours.reset = pmcsr_reset;

	slot_take(&table->command);
	slot_take(&table->pmc);
	slot_take(&table->pmcsr);
}

/**
 * xpm_pciback_give_back() - put the stock fields back
 * @f: the function
 *
 * The copies must live until xpm_function_quiesce() has returned.
 *
 * Context: process; the caller holds the device lock.
 */
void xpm_pciback_give_back(struct xpm_function *f)
{
	struct xpm_pciback_table *table = &f->pciback;

	device_lock_assert(&f->pdev->dev);
	slot_give_back(&table->pmcsr);
	slot_give_back(&table->pmc);
	slot_give_back(&table->command);

	mutex_lock(&pciback_users_mutex);
	if (!--pciback_users)
		WRITE_ONCE(pciback_module, NULL);
	mutex_unlock(&pciback_users_mutex);
}

/**
 * xpm_pciback_release() - let xen-pciback go
 * @f: the function, never taken, or given back and quiesced
 *
 * Context: process.
 */
void xpm_pciback_release(struct xpm_function *f)
{
	module_put(f->pciback.owner);
}
