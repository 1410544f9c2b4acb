// SPDX-License-Identifier: GPL-2.0-only
/*
 * Config space while a function sleeps.
 *
 * Taken before the function leaves D0, so that each read of its guest is
 * answered as in D0 when hardware has no answer. With it goes a note of what
 * the guest ever wrote, for restore.c.
 */
#include <linux/bitmap.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <asm/unaligned.h>

#include "function.h"
#include "snapshot.h"

/**
 * xpm_snapshot_alloc() - room for a function's config space
 * @f: the function
 *
 * Context: process.
 * Return: 0 or -ENOMEM.
 */
int xpm_snapshot_alloc(struct xpm_function *f)
{
	f->snapshot = kzalloc(f->pdev->cfg_size, GFP_KERNEL);
	f->written = bitmap_zalloc(f->pdev->cfg_size, GFP_KERNEL);
	if (f->snapshot && f->written)
		return 0;
	xpm_snapshot_free(f);
	return -ENOMEM;
}

/**
 * xpm_snapshot_free() - the counterpart of xpm_snapshot_alloc()
 * @f: the function
 *
 * Context: any.
 */
void xpm_snapshot_free(struct xpm_function *f)
{
	bitmap_free(f->written);
	f->written = NULL;
	kfree(f->snapshot);
	f->snapshot = NULL;
}

static bool answers(struct xpm_function *f)
{
	u32 vendor;

	pci_read_config_dword(f->pdev, PCI_VENDOR_ID, &vendor);
	return !PCI_POSSIBLE_ERROR(vendor);
}

/**
 * xpm_snapshot_take() - read all of a function's config space
 * @f: the function, in D0 or D3hot, its gate closing, so that nobody reads the
 *	snapshot and no guest's write can come after it
 *
 * Context: process, not pciback's worker: its reads do not reach hardware.
 * Return: true; or false if the function does not answer, which is what the
 * snapshot says then.
 */
bool xpm_snapshot_take(struct xpm_function *f)
{
	u32 value;
	int where;

	for (where = 0; where < f->pdev->cfg_size; where += sizeof(value)) {
		pci_read_config_dword(f->pdev, where, &value);
		/* Each read of one that hangs may take tens of milliseconds. */
		if (PCI_POSSIBLE_ERROR(value)) {
			if (!answers(f))
				goto forget;
			/* It may have begun to only then. */
			pci_read_config_dword(f->pdev, where, &value);
		}
		put_unaligned_le32(value, f->snapshot + where);
	}
	if (!xpm_snapshot_is_forgotten(f))
		return true;
forget:
	xpm_snapshot_forget(f);
	return false;
}

/**
 * xpm_snapshot_forget() - read all ones from now on, as of what does not answer
 * @f: the function
 *
 * Context: process, holding off whoever takes one.
 */
void xpm_snapshot_forget(struct xpm_function *f)
{
	memset(f->snapshot, 0xff, f->pdev->cfg_size);
}

/**
 * xpm_snapshot_is_forgotten() - is what it says no function's?
 * @f: the function
 *
 * Context: any. The answer stays true until the next one is taken.
 * Return: true after xpm_snapshot_forget().
 */
bool xpm_snapshot_is_forgotten(struct xpm_function *f)
{
	return PCI_POSSIBLE_ERROR(xpm_snapshot_read(f, PCI_VENDOR_ID, 4));
}

/**
 * xpm_snapshot_write() - show a write that will take effect with the wake
 * @f: the function, its gate closed or about to be
 * @where: offset in bytes, of a register of two bytes that exists
 * @value: the register
 *
 * Context: pciback's worker, or who moves the function and has shut its gate.
 */
void xpm_snapshot_write(struct xpm_function *f, int where, u16 value)
{
	put_unaligned_le16(value, f->snapshot + where);
}

/**
 * xpm_snapshot_read() - answer a config read
 * @f: the function, its gate closed
 * @where: offset in bytes, a multiple of @size
 * @size: 1, 2 or 4 bytes
 *
 * Context: any.
 * Return: what hardware answered when the snapshot was taken; all ones beyond
 * the end of config space, as hardware does.
 */
u32 xpm_snapshot_read(struct xpm_function *f, int where, int size)
{
	if (where < 0 || where + size > f->pdev->cfg_size)
		return ~0U >> (32 - 8 * size);

	switch (size) {
	case 1:
		return f->snapshot[where];
	case 2:
		return get_unaligned_le16(f->snapshot + where);
	default:
		return get_unaligned_le32(f->snapshot + where);
	}
}

/**
 * xpm_snapshot_note_write() - config space is written
 * @f: the function, its gate open or the caller past it
 * @where: offset in bytes
 * @size: 1, 2 or 4 bytes
 *
 * Context: any.
 */
void xpm_snapshot_note_write(struct xpm_function *f, int where, int size)
{
	int i;

	if (where < 0 || where + size > f->pdev->cfg_size)
		return;
	/* Without a locked cycle for what was written before. */
	for (i = where; i < where + size; i++)
		if (!test_bit(i, f->written))
			set_bit(i, f->written);
}

/**
 * xpm_snapshot_was_written() - was a byte ever written for the present owner?
 * @f: the function, asleep or waking
 * @where: offset in bytes, within config space
 *
 * Context: who moves the function.
 * Return: true if so.
 */
bool xpm_snapshot_was_written(struct xpm_function *f, int where)
{
	return test_bit(where, f->written);
}

/**
 * xpm_snapshot_forget_writes() - the writes of an owner end with its session
 * @f: the function, awake and just reset
 *
 * Context: process.
 */
void xpm_snapshot_forget_writes(struct xpm_function *f)
{
	bitmap_zero(f->written, f->pdev->cfg_size);
}
