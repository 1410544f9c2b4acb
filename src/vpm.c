// SPDX-License-Identifier: GPL-2.0-only
/*
 * The PM capability as the guest sees it.
 *
 * PCI Bus Power Management Interface 1.2, sections 3.2.3 (PMC) and 3.2.4
 * (PMCSR); PCI Express Base 5.0, sections 7.5.2.1 and 7.5.2.2.
 */
#include "vpm.h"

/* Of PMCSR, what stays a plain view of the hardware's data register. */
#define XPM_VPM_DATA_MASK (PCI_PM_CTRL_DATA_SEL_MASK | \
			   PCI_PM_CTRL_DATA_SCALE_MASK)

/**
 * xpm_vpm_init() - what a new owner finds
 * @vpm: the capability to set up
 * @hw_pmc: PMC as read from hardware
 * @hw_pmcsr: PMCSR as read from hardware
 * @features: %XPM_VPM_SHOW_PME if a PME from D3hot can be delivered;
 *	%XPM_VPM_HIDE_NO_SOFT_RESET where the function may lose power in what
 *	the guest calls D3hot, so that the guest restores it; or
 *	%XPM_VPM_AS_STOCK alone, to keep what stock xen-pciback has shown to a
 *	guest that is already running
 *
 * PowerState is taken from hardware: a guest may have put the function into
 * D3hot before it was hooked. PME_En and PME_Status start clear, as in
 * xen-pciback's pm_ctrl_init().
 *
 * Context: any.
 */
void xpm_vpm_init(struct xpm_vpm *vpm, u16 hw_pmc, u16 hw_pmcsr,
		  unsigned int features)
{
	vpm->pmc = hw_pmc & ~PCI_PM_CAP_PME_MASK;
	vpm->no_soft_reset = hw_pmcsr & PCI_PM_CTRL_NO_SOFT_RESET;

	if (!(features & XPM_VPM_AS_STOCK)) {
		vpm->pmc &= ~(PCI_PM_CAP_D1 | PCI_PM_CAP_D2);
		if (features & XPM_VPM_SHOW_PME)
			vpm->pmc |= PCI_PM_CAP_PME_D3hot;
		if (features & XPM_VPM_HIDE_NO_SOFT_RESET)
			vpm->no_soft_reset = false;
	}

	xpm_vpm_set_data(vpm, hw_pmcsr);
	vpm->state = XPM_VPM_D0;
	if ((hw_pmcsr & PCI_PM_CTRL_STATE_MASK) == XPM_VPM_D3HOT)
		vpm->state = XPM_VPM_D3HOT;
	vpm->pme_enabled = false;
	vpm->pme_status = false;
}

/**
 * xpm_vpm_pmcsr() - PMCSR as the guest reads it
 * @vpm: the capability
 *
 * Context: any.
 * Return: the register.
 */
u16 xpm_vpm_pmcsr(const struct xpm_vpm *vpm)
{
	u16 value = vpm->data | vpm->state;

	if (vpm->no_soft_reset)
		value |= PCI_PM_CTRL_NO_SOFT_RESET;
	if (vpm->pme_enabled)
		value |= PCI_PM_CTRL_PME_ENABLE;
	if (vpm->pme_status)
		value |= PCI_PM_CTRL_PME_STATUS;
	return value;
}

/* Puts @reg, two bytes wide at @reg_where, over what a read returned. */
static u32 overlay_word(u32 value, int where, int size, int reg_where, u16 reg)
{
	int i;

	for (i = 0; i < size; i++) {
		int byte = where + i - reg_where;

		if (byte < 0 || byte > 1)
			continue;
		value &= ~(0xffU << (8 * i));
		value |= ((reg >> (8 * byte)) & 0xffU) << (8 * i);
	}
	return value;
}

/**
 * xpm_vpm_overlay() - put the virtual registers over a raw config read
 * @vpm: the capability
 * @pm_cap: its offset in config space, in bytes
 * @where: offset of the read, in bytes
 * @size: 1, 2 or 4 bytes
 * @value: what hardware or the snapshot answered
 *
 * Context: any.
 * Return: @value with every byte of PMC and PMCSR that the read covers
 * replaced by the virtual one.
 */
u32 xpm_vpm_overlay(const struct xpm_vpm *vpm, int pm_cap, int where, int size,
		    u32 value)
{
	value = overlay_word(value, where, size, pm_cap + PCI_PM_PMC, vpm->pmc);
	return overlay_word(value, where, size, pm_cap + PCI_PM_CTRL,
			    xpm_vpm_pmcsr(vpm));
}

/**
 * xpm_vpm_covers_pmcsr() - does an access touch PMCSR?
 * @pm_cap: offset of the PM capability, in bytes
 * @where: offset of the access, in bytes
 * @size: 1, 2 or 4 bytes
 *
 * Context: any.
 * Return: true if at least one of PMCSR's two bytes is covered.
 */
bool xpm_vpm_covers_pmcsr(int pm_cap, int where, int size)
{
	int pmcsr = pm_cap + PCI_PM_CTRL;

	return where < pmcsr + 2 && where + size > pmcsr;
}

/**
 * xpm_vpm_write() - a guest's write of PMCSR
 * @vpm: the capability
 * @value: the whole register; for bytes that the guest did not write, the
 *	caller merged in what is read, with PME_Status 0
 *
 * PME_En, PME_Status and Data_Select change at once. PowerState does not: the
 * caller sets @vpm->state when the host has done its part, so that a guest
 * never reads D0 of a function that is still down. D1 and D2 are not
 * supported, and a write of an unsupported state leaves PowerState (PCI PM
 * 1.2, section 3.2.4).
 *
 * Context: any.
 * Return: a mask of XPM_VPM_WANTS_D3HOT, XPM_VPM_WANTS_D0,
 * XPM_VPM_PME_ENABLE_CHANGED, XPM_VPM_PME_STATUS_CLEARED and
 * XPM_VPM_DATA_SELECT_CHANGED.
 */
unsigned int xpm_vpm_write(struct xpm_vpm *vpm, u16 value)
{
	bool enable = (value & PCI_PM_CTRL_PME_ENABLE) && xpm_vpm_can_pme(vpm);
	u8 state = value & PCI_PM_CTRL_STATE_MASK;
	unsigned int request = 0;

	if (enable != vpm->pme_enabled) {
		vpm->pme_enabled = enable;
		request |= XPM_VPM_PME_ENABLE_CHANGED;
	}

	if ((value & PCI_PM_CTRL_PME_STATUS) && vpm->pme_status) {
		vpm->pme_status = false;
		request |= XPM_VPM_PME_STATUS_CLEARED;
	}

	if ((value ^ vpm->data) & PCI_PM_CTRL_DATA_SEL_MASK) {
		vpm->data &= ~PCI_PM_CTRL_DATA_SEL_MASK;
		vpm->data |= value & PCI_PM_CTRL_DATA_SEL_MASK;
		request |= XPM_VPM_DATA_SELECT_CHANGED;
	}

	if (state != vpm->state) {
		if (state == XPM_VPM_D3HOT)
			request |= XPM_VPM_WANTS_D3HOT;
		else if (state == XPM_VPM_D0)
			request |= XPM_VPM_WANTS_D0;
	}

	return request;
}

/**
 * xpm_vpm_set_data() - take Data_Select and Data_Scale from hardware
 * @vpm: the capability
 * @hw_pmcsr: PMCSR as read from hardware
 *
 * Context: any.
 */
void xpm_vpm_set_data(struct xpm_vpm *vpm, u16 hw_pmcsr)
{
	vpm->data = hw_pmcsr & XPM_VPM_DATA_MASK;
}

/**
 * xpm_vpm_can_pme() - was the guest told that PMEs are delivered?
 * @vpm: the capability
 *
 * Context: any.
 * Return: true if PME_Support is not empty.
 */
bool xpm_vpm_can_pme(const struct xpm_vpm *vpm)
{
	return vpm->pmc & PCI_PM_CAP_PME_MASK;
}

/**
 * xpm_vpm_set_pme() - latch a PME
 * @vpm: the capability
 *
 * Context: any.
 * Return: true if this is an event: PME_Status was clear, and the guest was
 * told that PMEs are delivered.
 */
bool xpm_vpm_set_pme(struct xpm_vpm *vpm)
{
	if (!xpm_vpm_can_pme(vpm) || vpm->pme_status)
		return false;
	vpm->pme_status = true;
	return true;
}
