// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the PM core does not bring back after a sleep.
 *
 * pci_restore_state() brings back the header, some capabilities, and MSI as far
 * as dom0's kernel has set it up. A guest can have changed more: through fields
 * of the quirks' kind, or anywhere if it is permissive. And the MSI of a device
 * model's guest is set up by Xen alone.
 */
#include <linux/pci.h>
#include <linux/slab.h>
#include <xen/interface/xen.h>
#include <xen/interface/physdev.h>
#include <asm/xen/hypercall.h>

#include "function.h"
#include "gate.h"
#include "restore.h"
#include "snapshot.h"

#define XPM_RESTORE_DEVCTL (PCI_EXP_DEVCTL_CERE | PCI_EXP_DEVCTL_NFERE | \
			    PCI_EXP_DEVCTL_FERE | PCI_EXP_DEVCTL_URRE)

/* The Resizable BAR capability's length, with a pair of registers for each of six. */
#define XPM_RESTORE_REBAR_LENGTH	(PCI_REBAR_CAP + 6 * 8)

/**
 * xpm_restore_before_sleep() - a sleeping function reports no errors
 * @f: the function, its snapshot taken, about to leave D0
 *
 * Its guest may access its BARs at any time, and in D3hot each access is an
 * unsupported request (PCIe 5.0, section 5.3.1.4.1). Reported, these are at
 * best a storm of interrupts in dom0, at worst a system error (XSA-120).
 *
 * Context: callback of the PM core, before pci_save_state().
 */
void xpm_restore_before_sleep(struct xpm_function *f)
{
	struct pci_dev *pdev = f->pdev;
	u16 command;

	pci_read_config_word(pdev, PCI_COMMAND, &command);
	f->slept_serr = command & PCI_COMMAND_SERR;
	if (f->slept_serr)
		pci_write_config_word(pdev, PCI_COMMAND,
				      command & ~PCI_COMMAND_SERR);

	f->slept_devctl = 0;
	if (!pci_is_pcie(pdev))
		return;
	pcie_capability_read_word(pdev, PCI_EXP_DEVCTL, &f->slept_devctl);
	f->slept_devctl &= XPM_RESTORE_DEVCTL;
	if (f->slept_devctl)
		pcie_capability_clear_word(pdev, PCI_EXP_DEVCTL,
					   f->slept_devctl);
}

/**
 * xpm_restore_before_wake() - what the PM core restores is to meet no refusal
 * @f: the function, its config space saved, about to be brought to D0
 *
 * While memory decoding is off, as its guest may have left it, Xen does not restore
 * MSI-X (msi.c there, memory_decoded()), and the kernel warns of that each time, with
 * a call trace (xen_initdom_restore_msi()). Newer ones turn it on for that by
 * themselves (__pci_restore_msix_state()).
 *
 * Context: callback of the PM core, or whoever moves it by hand.
 */
void xpm_restore_before_wake(struct xpm_function *f)
{
	if (f->pdev->msix_enabled)
		f->pdev->saved_config_space[PCI_COMMAND / 4] |= PCI_COMMAND_MEMORY;
}

/* The counterpart of xpm_restore_before_wake(). */
static void restore_memory_decoding(struct xpm_function *f)
{
	struct pci_dev *pdev = f->pdev;
	u16 command;

	if (!pdev->msix_enabled ||
	    xpm_snapshot_read(f, PCI_COMMAND, 2) & PCI_COMMAND_MEMORY)
		return;
	pci_read_config_word(pdev, PCI_COMMAND, &command);
	pci_write_config_word(pdev, PCI_COMMAND, command & ~PCI_COMMAND_MEMORY);
}

static void restore_error_reporting(struct xpm_function *f)
{
	struct pci_dev *pdev = f->pdev;
	u16 command;

	if (f->slept_serr) {
		pci_read_config_word(pdev, PCI_COMMAND, &command);
		pci_write_config_word(pdev, PCI_COMMAND,
				      command | PCI_COMMAND_SERR);
	}
	if (f->slept_devctl)
		pcie_capability_set_word(pdev, PCI_EXP_DEVCTL,
					 f->slept_devctl);
	f->slept_serr = false;
	f->slept_devctl = 0;
}

/* Was the interrupt capability at @cap, 0 for none, in use before the sleep? */
static bool msi_was_on(struct xpm_function *f, int cap, u16 enable)
{
	return cap && (xpm_snapshot_read(f, cap + PCI_MSI_FLAGS, 2) & enable);
}

/* Returns true if its control register is not what it was before. */
static bool msi_control_lost(struct xpm_function *f, int cap)
{
	u16 control;

	pci_read_config_word(f->pdev, cap + PCI_MSI_FLAGS, &control);
	return control != xpm_snapshot_read(f, cap + PCI_MSI_FLAGS, 2);
}

/*
 * MSI of which dom0's kernel does not know (@known), so that
 * pci_restore_msi_state() has done nothing: a device model had Xen map it. Xen
 * writes MSI-X messages only while memory decoding is on (msi.c there,
 * memory_decoded()).
 */
static void restore_msi_of_xen(struct xpm_function *f, int cap, bool known,
			       u16 enable)
{
	struct pci_dev *pdev = f->pdev;
	struct physdev_pci_device address = {
		.seg = pci_domain_nr(pdev->bus),
		.bus = pdev->bus->number,
		.devfn = pdev->devfn,
	};
	u16 command;
	int ret;

	if (known || !msi_was_on(f, cap, enable) || !msi_control_lost(f, cap))
		return;

	pci_read_config_word(pdev, PCI_COMMAND, &command);
	pci_write_config_word(pdev, PCI_COMMAND, command | PCI_COMMAND_MEMORY);
	ret = HYPERVISOR_physdev_op(PHYSDEVOP_restore_msi_ext, &address);
	if (ret)
		xpm_function_say(f, KERN_INFO,
				 "Xen did not restore its MSI (error %d): its guest may get no interrupts until it resets the device\n",
				 ret);
	if (msi_control_lost(f, cap))
		pci_write_config_word(pdev, cap + PCI_MSI_FLAGS,
				      xpm_snapshot_read(f, cap + PCI_MSI_FLAGS,
							2));
	pci_write_config_word(pdev, PCI_COMMAND, command);
}

/* The MSI capability's length in bytes. */
static int msi_length(struct xpm_function *f)
{
	u16 control = xpm_snapshot_read(f, f->pdev->msi_cap + PCI_MSI_FLAGS, 2);

	if (control & PCI_MSI_FLAGS_64BIT)
		return control & PCI_MSI_FLAGS_MASKBIT ? PCI_MSI_PENDING_64 + 4 :
							 PCI_MSI_DATA_64 + 2;
	return control & PCI_MSI_FLAGS_MASKBIT ? PCI_MSI_PENDING_32 + 4 :
						 PCI_MSI_DATA_32 + 2;
}

/*
 * Does Xen, or dom0's kernel by way of it, own the message of MSI? Then it has
 * written it again by now. Else it is a guest's own, and gone with the power.
 */
static bool msi_has_owner(struct xpm_function *f)
{
	u32 address;

	if (!msi_was_on(f, f->pdev->msi_cap, PCI_MSI_FLAGS_ENABLE))
		return false;
	pci_read_config_dword(f->pdev, f->pdev->msi_cap + PCI_MSI_ADDRESS_LO,
			      &address);
	return address;
}

/*
 * May a byte that the guest wrote be written again? The header and the PM
 * capability have their own ways. A write of VPD's address starts a transfer.
 * While MSI is on, Xen owns the messages, and may have moved them since. And
 * VFs and the sizes of BARs are the PM core's, which knows in which order.
 */
static bool may_replay(struct xpm_function *f, bool msi_owned, int where)
{
	struct pci_dev *pdev = f->pdev;

	return where >= PCI_STD_HEADER_SIZEOF &&
	       !xpm_function_in_cap(where, pdev->pm_cap, PCI_PM_SIZEOF) &&
	       !xpm_function_in_cap(where, f->vpd_cap, PCI_CAP_VPD_SIZEOF) &&
	       !xpm_function_in_cap(where, f->sriov_cap, PCI_EXT_CAP_SRIOV_SIZEOF) &&
	       !xpm_function_in_cap(where, f->rebar_cap, XPM_RESTORE_REBAR_LENGTH) &&
	       !(msi_owned &&
		 xpm_function_in_cap(where, pdev->msi_cap, msi_length(f))) &&
	       !(msi_was_on(f, pdev->msix_cap, PCI_MSIX_FLAGS_ENABLE) &&
		 xpm_function_in_cap(where, pdev->msix_cap, PCI_CAP_MSIX_SIZEOF));
}

/*
 * Bring @size bytes at @where back, if all are the guest's own. Returns false
 * if they are not.
 */
static bool replay(struct xpm_function *f, bool msi_owned, int where, int size)
{
	u32 was = xpm_snapshot_read(f, where, size);
	u32 now;
	int i;

	for (i = where; i < where + size; i++)
		if (!xpm_snapshot_was_written(f, i) || !may_replay(f, msi_owned, i))
			return false;

	pci_bus_read_config_dword(f->pdev->bus, f->pdev->devfn, where & ~3,
				  &now);
	now >>= 8 * (where & 3);
	if (((now ^ was) & (~0U >> (32 - 8 * size))) == 0)
		return true;
	if (size == 4)
		pci_write_config_dword(f->pdev, where, was);
	else if (size == 2)
		pci_write_config_word(f->pdev, where, was);
	else
		pci_write_config_byte(f->pdev, where, was);
	return true;
}

/* The first dword from @where on of which a byte was written, or the end. */
static int next_written(struct xpm_function *f, int where)
{
	return find_next_bit(f->written, f->pdev->cfg_size, where) & ~3;
}

/*
 * What the guest wrote outside of what the PM core restores. Not the values that
 * it wrote but those that were read before the sleep, as pci_restore_state()
 * does it; in the widest accesses of which every byte is the guest's, since
 * next to it may be a bit that a write clears.
 */
static void restore_guest_writes(struct xpm_function *f)
{
	bool msi_owned = msi_has_owner(f);
	int where, half, byte;

	for (where = next_written(f, PCI_STD_HEADER_SIZEOF);
	     where < f->pdev->cfg_size; where = next_written(f, where + 4)) {
		if (replay(f, msi_owned, where, 4))
			continue;
		for (half = where; half < where + 4; half += 2) {
			if (replay(f, msi_owned, half, 2))
				continue;
			for (byte = half; byte < half + 2; byte++)
				replay(f, msi_owned, byte, 1);
		}
	}
}

/**
 * xpm_restore_keep() - keep what a function that did not come back is to have
 * @f: the function
 *
 * pci_restore_state() has had its one try, and what it restores does not outlive
 * a reset of the function, such as libxl's before it gives it to a guest
 * (pci_dev_save_and_disable()), nor hibernation (pci_pm_freeze()). Where there is no
 * memory for a copy, it has to do without these. Nor is all ones kept, which is what
 * they leave if they come before the function is hooked.
 *
 * Context: process, with nobody else who moves the function.
 */
void xpm_restore_keep(struct xpm_function *f)
{
	if (!f->saved &&
	    (u16)f->pdev->saved_config_space[0] != f->pdev->vendor) {
		f->pdev->state_saved = false;
		return;
	}
	f->pdev->state_saved = true;
	if (!f->saved)
		f->saved = pci_store_saved_state(f->pdev);
}

/**
 * xpm_restore_load() - the next one who brings it back is to restore what was kept
 * @f: any function, of which nothing is kept but if it did not come back; the caller
 *	holds its @settling
 *
 * Context: process; the caller holds off pci_reset_function().
 */
void xpm_restore_load(struct xpm_function *f)
{
	lockdep_assert_held(&f->settling);
	/* Of its own capabilities, so that it does not fail. */
	if (f->saved)
		pci_load_saved_state(f->pdev, f->saved);
}

/**
 * xpm_restore_drop() - nothing has to be kept any more
 * @f: the function, alive, or given back
 *
 * Context: process, with nobody else who moves the function.
 */
void xpm_restore_drop(struct xpm_function *f)
{
	kfree(f->saved);
	f->saved = NULL;
}

/**
 * xpm_restore_forget() - the owner of a function has left, and that does not answer
 * @f: the function, which did not come back, or sleeps; the caller holds its
 *	@settling
 *
 * What it was before the sleep is not for the next one, to read or to have. What it
 * is to be, pcistub_put_pci_dev() has loaded (pci_load_saved_state()) and written
 * to nothing: the try that brings it back has to write it once more.
 *
 * Context: process; the caller holds the device lock.
 */
void xpm_restore_forget(struct xpm_function *f)
{
	lockdep_assert_held(&f->settling);
	/* Nothing is deferred after that, see defer() in gate.c. */
	spin_lock(&f->lock);
	xpm_snapshot_forget(f);
	f->deferred_set = 0;
	spin_unlock(&f->lock);
	f->slept_serr = false;
	f->slept_devctl = 0;
	/* What xen_pcibk_reset_device() does after it, to nothing as well. */
	f->pdev->saved_config_space[PCI_COMMAND / 4] &= ~PCI_COMMAND_MASTER;
	f->pdev->state_saved = true;
	if (f->dead) {
		xpm_restore_drop(f);
		xpm_restore_keep(f);
	}
}

/**
 * xpm_restore_after_sleep() - bring back what the PM core has not
 * @f: the function, in D0, the PM core's own restore done, its gate closed
 *
 * Context: runtime PM callback, or whoever moves it by hand.
 */
void xpm_restore_after_sleep(struct xpm_function *f)
{
	xpm_restore_drop(f);
	/* Nobody knows what it was before. */
	if (xpm_snapshot_is_forgotten(f))
		return;
	xpm_gate_select_data(f);
	restore_msi_of_xen(f, f->pdev->msi_cap, f->pdev->msi_enabled,
			   PCI_MSI_FLAGS_ENABLE);
	restore_msi_of_xen(f, f->pdev->msix_cap, f->pdev->msix_enabled,
			   PCI_MSIX_FLAGS_ENABLE);
	restore_memory_decoding(f);
	restore_guest_writes(f);
	restore_error_reporting(f);
}
