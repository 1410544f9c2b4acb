/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The PM capability as the guest sees it: pure rules, no kernel calls.
 *
 * Nothing here touches hardware, sleeps or takes a lock, so that the same
 * source is compiled for user space and tested at every access width and
 * offset (tests/unit/test_vpm.c). Callers serialise.
 */
#ifndef _XPM_VPM_H
#define _XPM_VPM_H

#include <linux/pci_regs.h>
#include <linux/types.h>

/* The values of PCI_PM_CTRL_STATE_MASK that a guest can be in. */
#define XPM_VPM_D0	0
#define XPM_VPM_D3HOT	3

/**
 * struct xpm_vpm - one function's virtual PMC and PMCSR
 * @pmc: what the guest reads from PMC
 * @data: Data_Select and Data_Scale as last read from hardware
 * @no_soft_reset: NoSoftRst as shown to the guest
 * @state: PowerState, %XPM_VPM_D0 or %XPM_VPM_D3HOT
 * @pme_enabled: the guest's PME_En
 * @pme_status: the guest's PME_Status
 */
struct xpm_vpm {
	u16 pmc;
	u16 data;
	bool no_soft_reset;
	u8 state;
	bool pme_enabled;
	bool pme_status;
};

/* What a write of PMCSR asks of the host; see xpm_vpm_write(). */
#define XPM_VPM_WANTS_D3HOT		0x01
#define XPM_VPM_WANTS_D0		0x02
#define XPM_VPM_PME_ENABLE_CHANGED	0x04
#define XPM_VPM_PME_STATUS_CLEARED	0x08
#define XPM_VPM_DATA_SELECT_CHANGED	0x10

/* What is shown to the next owner; see xpm_vpm_init(). */
#define XPM_VPM_SHOW_PME		0x01
#define XPM_VPM_HIDE_NO_SOFT_RESET	0x02
#define XPM_VPM_AS_STOCK		0x04

void xpm_vpm_init(struct xpm_vpm *vpm, u16 hw_pmc, u16 hw_pmcsr,
		  unsigned int features);
u16 xpm_vpm_pmcsr(const struct xpm_vpm *vpm);
u32 xpm_vpm_overlay(const struct xpm_vpm *vpm, int pm_cap, int where, int size,
		    u32 value);
bool xpm_vpm_covers_pmcsr(int pm_cap, int where, int size);
unsigned int xpm_vpm_write(struct xpm_vpm *vpm, u16 value);
void xpm_vpm_set_data(struct xpm_vpm *vpm, u16 hw_pmcsr);
bool xpm_vpm_can_pme(const struct xpm_vpm *vpm);
bool xpm_vpm_set_pme(struct xpm_vpm *vpm);

#endif /* _XPM_VPM_H */
