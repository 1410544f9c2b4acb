// SPDX-License-Identifier: GPL-2.0-only
/*
 * Why is a function not in D3cold? Facts only: each has a stable token, and in
 * words what it means and what to do about it.
 */
#include <linux/bitops.h>
#include <linux/pci.h>
#include <linux/pm_runtime.h>
#include <linux/seq_file.h>
#include <linux/sysfs.h>

#include "blockers.h"
#include "function.h"
#include "optin.h"
#include "owner.h"
#include "power.h"
#include "sleep.h"
#include "wake.h"

/* In the order in which they are shown. */
enum blocker {
	NO_WAKE_FROM_S2IDLE,
	DID_NOT_WAKE,
	LOW_POWER_0,
	UNOWNED_FOR_NOW,
	GUEST_D0,
	ATS,
	CONTROL_ON,
	WOKEN_BY_PME,
	PME_STORM,
	MSI_IN_D3HOT,
	NO_PME_PATH,
	RUNTIME_PM_DISABLED,
	USAGE_COUNT,
	VIRTUAL_FUNCTIONS,
	OPTION_D3HOT,
	EXCEEDED_WAKE_TIME,
	POWER_CYCLES,
	KERNEL_FORBIDS_D3COLD,
	D3COLD_ALLOWED,
	HOOKED_AFTER_GUEST_START,
	GUEST_READ_NO_SOFT_RESET,
	D3HOT_BY_HAND,
	NO_WAKE_FROM_D3COLD,
	PORT_STAYS_ON,
	PORT_ACTIVE,
	BLOCKERS,
};

static const struct {
	const char *token;
	const char *fact;
	const char *remedy;
} blockers[] = {
	[NO_WAKE_FROM_S2IDLE] = {
		"no-wake-from-s2idle",
		"power/wakeup is enabled, and no interrupt that this kernel can arm would tell of a PME in s2idle",
		"use S3 (/sys/power/mem_sleep), or write disabled to power/wakeup; D3cold is not affected" },
	[DID_NOT_WAKE] = {
		"did-not-wake",
		"it did not come back from its last sleep",
		"it is tried again when its guest asks; if that does not help, write 1 to its attribute remove and to /sys/bus/pci/rescan" },
	[LOW_POWER_0] = {
		"low-power-0",
		"0 was written to low_power",
		"let the device model write 1 or wakeup to it" },
	[UNOWNED_FOR_NOW] = {
		"unowned-for-now",
		"nobody owns it, since a moment",
		"none needed: it sleeps in some seconds" },
	[GUEST_D0] = {
		"guest-d0",
		"its guest has it in D0",
		"have the driver in the guest use runtime power management: power/control at auto there, and whatever the driver wants besides" },
	[ATS] = {
		"ats",
		"ATS is enabled, and the IOMMU would wait for a function without power",
		"boot Xen without ats" },
	[CONTROL_ON] = {
		"control-on",
		"power/control is on in dom0",
		"write auto to it" },
	[WOKEN_BY_PME] = {
		"woken-by-pme",
		"it waits for its guest to act on a PME",
		"none needed: for 5 s at most, or where wakeup is in low_power until that is written again" },
	[PME_STORM] = {
		"pme-storm",
		"PMEs came too often, so it stays awake for a second after each",
		"look for what wakes it; the option nowake ends its PMEs" },
	[MSI_IN_D3HOT] = {
		"msi-in-d3hot",
		"its guest switches MSI while it has it in D3hot",
		"none needed: until the guest accesses another register" },
	[NO_PME_PATH] = {
		"no-pme-path",
		"it could signal PMEs, but nothing would tell of them: PME is not offered to the guest",
		"where firmware keeps the port's PMEs to itself, boot dom0 with pcie_ports=native; else use D3cold without wake" },
	[RUNTIME_PM_DISABLED] = {
		"runtime-pm-disabled",
		"runtime power management of the device is switched off",
		"wait for the end of the host's sleep, or remove and rescan it" },
	[USAGE_COUNT] = {
		"usage-count",
		"something else in dom0 holds a runtime PM reference, holder unknown, or power/autosuspend_delay_ms is negative",
		"let the devices in its consumer:* links sleep, and end what uses it in dom0" },
	[VIRTUAL_FUNCTIONS] = {
		"virtual-functions",
		"it has virtual functions enabled",
		"write 0 to sriov_numvfs" },
	[OPTION_D3HOT] = {
		"option-d3hot",
		"its entry in devices has the option d3hot",
		"write the entry without it" },
	[EXCEEDED_WAKE_TIME] = {
		"exceeded-wake-time",
		"it took longer than 1.5 s to wake, once",
		"hook it anew to try again: write -ENTRY to devices, then +ENTRY with its options" },
	[POWER_CYCLES] = {
		"power-cycles",
		"its power went off and on more than 50 times at once, or once a second, so it sleeps in D3hot for a second",
		"look for what wakes it; the option d3hot spares its power for good" },
	[KERNEL_FORBIDS_D3COLD] = {
		"kernel-forbids-d3cold",
		"a quirk of the kernel, or another driver, forbids D3cold",
		"none, for a quirk: it is known not to come back" },
	[D3COLD_ALLOWED] = {
		"d3cold_allowed",
		"that attribute is 0",
		"write 1 to it" },
	[HOOKED_AFTER_GUEST_START] = {
		"hooked-after-guest-start",
		"its guest was running, and keeps what it has read: no PME, and NoSoftRst as it was",
		"restart the guest, or detach and attach the function" },
	[GUEST_READ_NO_SOFT_RESET] = {
		"guest-read-no-soft-reset",
		"its guest was told that D3hot keeps the device's state",
		"restart the guest, or detach and attach the function" },
	[D3HOT_BY_HAND] = {
		"d3hot-by-hand",
		"runtime power management could not take it, so it was put into D3hot alone",
		"see control-on and usage-count" },
	[NO_WAKE_FROM_D3COLD] = {
		"no-wake-from-d3cold",
		"its guest wants PMEs, and they do not work from D3cold here",
		"use the option nowake, if the guest's driver sleeps without PME; else it is D3hot" },
	[PORT_STAYS_ON] = {
		"port-stays-on",
		"it has no power of its own to switch, and there is no port above, or one that may not sleep",
		"without a port none; else boot dom0 with pcie_port_pm=force, if firmware is older than 2015 or Linux handles hotplug of the port itself; and look at the functions below it: d3cold_allowed, power/wakeup" },
	[PORT_ACTIVE] = {
		"port-active",
		"it has no power of its own to switch, and the port above is awake",
		"put the other functions below that port to sleep; none needed if it sleeps in a moment" },
};

/* Each fact is read by itself, so two that change at once may show half. */
static unsigned long find(struct xpm_function *f)
{
	struct pci_dev *pdev = f->pdev;
	struct device *dev = &pdev->dev;
	struct pci_dev *port = pci_upstream_bridge(pdev);
	unsigned long found = 0;

	BUILD_BUG_ON(ARRAY_SIZE(blockers) != BLOCKERS);
	BUILD_BUG_ON(BLOCKERS > BITS_PER_LONG);

	/* Not of D3cold, but for who has asked for it in power/wakeup. */
	if (device_may_wakeup(dev) && !xpm_sleep_can_wake_s2idle(f))
		found |= BIT(NO_WAKE_FROM_S2IDLE);
	if (pdev->current_state == PCI_D3cold && !f->dead)
		return found;

	if (f->dead)
		found |= BIT(DID_NOT_WAKE);
	if (f->low_power == XPM_LOW_POWER_OFF)
		found |= BIT(LOW_POWER_0);
	else if (f->vpm.state == XPM_VPM_D0 && f->keep & XPM_KEEP_GUEST)
		found |= xpm_owner_of(f) < 0 ? BIT(UNOWNED_FOR_NOW) :
					       BIT(GUEST_D0);
	if (f->ats_seen)
		found |= BIT(ATS);
	if (!dev->power.runtime_auto)
		found |= BIT(CONTROL_ON);
	if (f->keep & XPM_KEEP_PME)
		found |= BIT(WOKEN_BY_PME);
	if (f->keep & XPM_KEEP_STORM)
		found |= BIT(PME_STORM);
	if (f->keep & XPM_KEEP_MSI && f->vpm.state == XPM_VPM_D3HOT)
		found |= BIT(MSI_IN_D3HOT);
	if (pdev->pme_support && !xpm_wake_has_path(f))
		found |= BIT(NO_PME_PATH);
	if (dev->power.disable_depth)
		found |= BIT(RUNTIME_PM_DISABLED);
	/* Ours, and the one that stands for power/control. */
	if (atomic_read(&dev->power.usage_count) >
	    (f->keep ? 1 : 0) + (dev->power.runtime_auto ? 0 : 1))
		found |= BIT(USAGE_COUNT);
	if (pci_num_vf(pdev) || f->vfs_seen)
		found |= BIT(VIRTUAL_FUNCTIONS);
	if (f->options & XPM_OPT_D3HOT)
		found |= BIT(OPTION_D3HOT);
	if (f->slow)
		found |= BIT(EXCEEDED_WAKE_TIME);
	if (f->spared)
		found |= BIT(POWER_CYCLES);
	if (f->found_no_d3cold)
		found |= BIT(KERNEL_FORBIDS_D3COLD);
	if (!pdev->d3cold_allowed)
		found |= BIT(D3COLD_ALLOWED);
	if (f->as_stock)
		found |= BIT(HOOKED_AFTER_GUEST_START);
	if (f->vpm.no_soft_reset)
		found |= BIT(GUEST_READ_NO_SOFT_RESET);
	if (f->manual_d3hot)
		found |= BIT(D3HOT_BY_HAND);
	if (f->vpm.pme_enabled && !xpm_wake_works_from_d3cold(f))
		found |= BIT(NO_WAKE_FROM_D3COLD);
	if (!xpm_power_is_own(pdev)) {
		if (!port || !port->bridge_d3)
			found |= BIT(PORT_STAYS_ON);
		else if (!pm_runtime_suspended(&port->dev))
			found |= BIT(PORT_ACTIVE);
	}
	return found;
}

/**
 * xpm_blockers_show() - list what keeps a function from D3cold now
 * @f: the function
 * @page: where to, a page as sysfs gives it
 *
 * Context: process; evaluates ACPI methods.
 * Return: bytes written.
 */
ssize_t xpm_blockers_show(struct xpm_function *f, char *page)
{
	unsigned long found = find(f);
	unsigned int i;
	int n = 0;

	for_each_set_bit(i, &found, BLOCKERS)
		n += sysfs_emit_at(page, n, "%s\n", blockers[i].token);
	return n;
}

/**
 * xpm_blockers_explain() - say in words what keeps a function from D3cold now
 * @f: the function
 * @s: where to
 *
 * Context: process; evaluates ACPI methods.
 */
void xpm_blockers_explain(struct xpm_function *f, struct seq_file *s)
{
	unsigned long found = find(f);
	unsigned int i;

	for_each_set_bit(i, &found, BLOCKERS)
		seq_printf(s, "    blocker: %s: %s\n        remedy: %s\n",
			   blockers[i].token, blockers[i].fact,
			   blockers[i].remedy);
}
