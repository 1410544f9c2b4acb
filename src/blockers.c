// SPDX-License-Identifier: GPL-2.0-only
/*
 * Why is a function not in D3cold? One stable token a line, facts only.
 */
#include <linux/acpi.h>
#include <linux/pci.h>
#include <linux/pm_runtime.h>
#include <linux/sysfs.h>

#include "blockers.h"
#include "function.h"
#include "optin.h"
#include "owner.h"
#include "power.h"
#include "sleep.h"
#include "wake.h"

/**
 * xpm_blockers_show() - list what keeps a function from D3cold now
 * @f: the function
 * @page: where to, a page as sysfs gives it
 *
 * Each fact is read by itself, so two that change at once may show half.
 *
 * Context: process; evaluates ACPI methods.
 * Return: bytes written.
 */
ssize_t xpm_blockers_show(struct xpm_function *f, char *page)
{
	struct pci_dev *pdev = f->pdev;
	struct device *dev = &pdev->dev;
	struct pci_dev *port = pci_upstream_bridge(pdev);
	int n = 0;

	/* Not of D3cold, but for who has asked for it in power/wakeup. */
	if (device_may_wakeup(dev) && !xpm_sleep_can_wake_s2idle(f))
		n += sysfs_emit_at(page, n, "no-wake-from-s2idle\n");
	if (pdev->current_state == PCI_D3cold && !f->dead)
		return n;

	if (f->dead)
		n += sysfs_emit_at(page, n, "did-not-wake\n");
	if (f->low_power == XPM_LOW_POWER_OFF)
		n += sysfs_emit_at(page, n, "low-power-0\n");
	else if (f->vpm.state == XPM_VPM_D0 && f->keep & XPM_KEEP_GUEST)
		n += sysfs_emit_at(page, n, xpm_owner_of(f) < 0 ?
					    "unowned-for-now\n" : "guest-d0\n");
	if (f->ats_seen)
		n += sysfs_emit_at(page, n, "ats\n");
	if (!dev->power.runtime_auto)
		n += sysfs_emit_at(page, n, "control-on\n");
	if (f->keep & XPM_KEEP_PME)
		n += sysfs_emit_at(page, n, "woken-by-pme\n");
	if (f->keep & XPM_KEEP_STORM)
		n += sysfs_emit_at(page, n, "pme-storm\n");
	if (pdev->pme_support && !xpm_wake_has_path(f))
		n += sysfs_emit_at(page, n, "no-pme-path\n");
	if (dev->power.disable_depth)
		n += sysfs_emit_at(page, n, "runtime-pm-disabled\n");
	/* Ours, and the one that stands for power/control. */
	if (atomic_read(&dev->power.usage_count) >
	    (f->keep ? 1 : 0) + (dev->power.runtime_auto ? 0 : 1))
		n += sysfs_emit_at(page, n, "usage-count\n");
	if (pci_num_vf(pdev) || f->vfs_seen)
		n += sysfs_emit_at(page, n, "virtual-functions\n");
	if (f->options & XPM_OPT_D3HOT)
		n += sysfs_emit_at(page, n, "option-d3hot\n");
	if (f->slow)
		n += sysfs_emit_at(page, n, "exceeded-wake-time\n");
	if (f->found_no_d3cold)
		n += sysfs_emit_at(page, n, "kernel-forbids-d3cold\n");
	if (!pdev->d3cold_allowed)
		n += sysfs_emit_at(page, n, "d3cold_allowed\n");
	if (f->as_stock)
		n += sysfs_emit_at(page, n, "hooked-after-guest-start\n");
	if (f->vpm.no_soft_reset)
		n += sysfs_emit_at(page, n, "guest-read-no-soft-reset\n");
	if (f->manual_d3hot)
		n += sysfs_emit_at(page, n, "d3hot-by-hand\n");
	if (f->vpm.pme_enabled && !xpm_wake_works_from_d3cold(f))
		n += sysfs_emit_at(page, n, "no-wake-from-d3cold\n");
	if (!xpm_power_is_own(pdev)) {
		if (!port || !port->bridge_d3)
			n += sysfs_emit_at(page, n, "port-stays-on\n");
		else if (!pm_runtime_suspended(&port->dev))
			n += sysfs_emit_at(page, n, "port-active\n");
	}
	return n;
}
