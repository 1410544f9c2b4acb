// SPDX-License-Identifier: GPL-2.0-only
/*
 * PMEs: notice, latch, tell.
 *
 * The kernel notices a PME in one of three ways and then only asks for a
 * resume: pcie_pme (port interrupt) and pci_pme_list_scan (poll) by way of
 * pci_check_pme_status(), which clears PME_Status and PME_En in hardware, and
 * pci_acpi_wake_dev (ACPI notify), which leaves no trace at all in a function
 * without auxiliary power. The resume itself clears what is left. So we look
 * at the very start of the resume, before the bus callback, and have a notify
 * handler of our own.
 */
#include <linux/acpi.h>
#include <linux/pci.h>
#include <linux/pm_runtime.h>
#include <linux/sysfs.h>

#include "announce.h"
#include "function.h"
#include "optin.h"
#include "power.h"
#include "snapshot.h"
#include "sysfs.h"
#include "trace.h"
#include "wake.h"

/* How long a woken function waits for its guest, which may poll each second. */
#define XPM_WAKE_HOLD_MS	5000

/* More PMEs than that at once, and a second, keep a function awake for a while. */
#define XPM_WAKE_STORM_BURST	50
#define XPM_WAKE_STORM_RATE	10
#define XPM_WAKE_STORM_MS	1000

/* After so many sleeps in a row with PME_En gone at once, it does not exist. */
#define XPM_WAKE_ENABLE_LOST	2

/*
 * Is this one PME too many? A device that signals on and on, or a guest that
 * makes it do so, could have the function, its port and the link powered up and
 * down for ever. A PME that comes while the function is kept awake for that is
 * latched when it sleeps next.
 */
static bool is_storm(struct xpm_function *f)
{
	unsigned long fill = (jiffies - f->pme_filled_at) * XPM_WAKE_STORM_RATE /
			     HZ;

	lockdep_assert_held(&f->lock);
	if (fill) {
		f->pme_tokens = min_t(unsigned long, XPM_WAKE_STORM_BURST,
				      f->pme_tokens + fill);
		f->pme_filled_at = jiffies;
	}
	if (!f->pme_tokens)
		return true;
	f->pme_tokens--;
	return false;
}

/*
 * Latch a PME. The first notice in one sleep counts; where the same PME is
 * noticed twice (ACPI and PME_Status), the second is not another event, even
 * if the guest has cleared PME_Status in between.
 */
static void latch(struct xpm_function *f)
{
	lockdep_assert_held(&f->lock);

	if (!f->armed || f->pme_latched)
		return;
	f->pme_latched = true;
	/* The PMCSR of a device model's guest is not ours. */
	if (f->low_power != XPM_LOW_POWER_WAKEUP && !xpm_vpm_set_pme(&f->vpm))
		return;

	f->pme_count++;
	f->pme_tell = true;
	trace_xpm_pme(f->pdev, f->pme_count);
	if (!f->keep)
		pm_runtime_get_noresume(&f->pdev->dev);
	f->keep |= XPM_KEEP_PME;
	if (is_storm(f))
		f->keep |= XPM_KEEP_STORM;
}

/*
 * ACPICA keeps several handlers for one device (acpi_install_notify_handler());
 * the PM core's asks for the resume.
 */
static void acpi_notify(acpi_handle handle, u32 event, void *context)
{
	struct xpm_function *f = context;

	if (event != ACPI_NOTIFY_DEVICE_WAKE)
		return;

	spin_lock(&f->lock);
	latch(f);
	spin_unlock(&f->lock);

	/* Else the resume that the PM core asks for tells. */
	if (xpm_power_is_up(f))
		xpm_wake_tell(f);
}

static void pme_hold_over(struct work_struct *work)
{
	struct xpm_function *f = container_of(to_delayed_work(work),
					      struct xpm_function, pme_hold);

	if (READ_ONCE(f->low_power) != XPM_LOW_POWER_WAKEUP)
		xpm_power_release(f, XPM_KEEP_PME, false);
}

static void storm_over(struct work_struct *work)
{
	struct xpm_function *f = container_of(to_delayed_work(work),
					      struct xpm_function, storm);

	xpm_power_release(f, XPM_KEEP_STORM, false);
}

/**
 * xpm_wake_init_function() - before anything else can reach the function
 * @f: the function
 *
 * Context: any.
 */
void xpm_wake_init_function(struct xpm_function *f)
{
	INIT_DELAYED_WORK(&f->pme_hold, pme_hold_over);
	INIT_DELAYED_WORK(&f->storm, storm_over);
	f->pme_tokens = XPM_WAKE_STORM_BURST;
	f->pme_filled_at = jiffies;
}

/**
 * xpm_wake_start() - listen for wake notifies
 * @f: the function
 *
 * Context: process; the caller holds the device lock.
 */
void xpm_wake_start(struct xpm_function *f)
{
	acpi_handle handle = ACPI_HANDLE(&f->pdev->dev);

	if (handle && ACPI_SUCCESS(acpi_install_notify_handler(handle,
							       ACPI_SYSTEM_NOTIFY,
							       acpi_notify, f)))
		f->acpi_handle = handle;
}

/**
 * xpm_wake_stop() - no PME is noticed any more
 * @f: the function
 *
 * Context: process; the caller holds the device lock. Waits for a handler that
 * runs (acpi_remove_notify_handler()).
 */
void xpm_wake_stop(struct xpm_function *f)
{
	if (f->acpi_handle)
		acpi_remove_notify_handler(f->acpi_handle, ACPI_SYSTEM_NOTIFY,
					   acpi_notify);
	f->acpi_handle = NULL;
	cancel_delayed_work_sync(&f->pme_hold);
	cancel_delayed_work_sync(&f->storm);
}

/*
 * Does the kernel listen for PME messages of a function? They go to its root
 * port, or to the event collector of the root complex (PCIe 5.0, section
 * 5.3.3.2), and there the port's driver has to have got them from the firmware.
 */
static bool is_listened_to(struct pci_dev *pdev)
{
	struct pci_dev *root = pcie_find_root_port(pdev);

	if (!root && pci_pcie_type(pdev) == PCI_EXP_TYPE_RC_END)
		root = xpm_pci_event_collector(pdev);
	return root && root->dev.driver &&
	       !strcmp(root->dev.driver->name, "pcieport") &&
	       pci_find_host_bridge(root->bus)->native_pme;
}

static bool can_acpi_wake(struct device *dev)
{
	struct acpi_device *adev = ACPI_COMPANION(dev);

	return adev && acpi_device_can_wakeup(adev);
}

/**
 * xpm_wake_has_path() - could a PME of this function be heard at all?
 * @f: the function
 *
 * Context: process.
 * Return: true if firmware or the root port tells of it.
 */
bool xpm_wake_has_path(struct xpm_function *f)
{
	struct pci_dev *pdev;

	/* The next one up that can tells for those below (acpi_pci_wakeup()). */
	for (pdev = f->pdev; pdev; pdev = pci_upstream_bridge(pdev))
		if (can_acpi_wake(&pdev->dev))
			return true;
	return can_acpi_wake(&pci_find_host_bridge(f->pdev->bus)->dev) ||
	       is_listened_to(f->pdev);
}

/**
 * xpm_wake_deliverable() - can the host deliver a PME of this function?
 * @f: the function
 *
 * Where it can signal from D3cold alone, it has to get there by itself, whatever
 * its siblings keep the port from.
 *
 * Context: process; evaluates ACPI methods.
 * Return: true if hardware can signal from the state that the host chooses, and
 * something above it can hear that.
 */
bool xpm_wake_deliverable(struct xpm_function *f)
{
	if (f->options & XPM_OPT_NOWAKE || !xpm_wake_has_path(f))
		return false;
	return pci_pme_capable(f->pdev, PCI_D3hot) ||
	       (pci_pme_capable(f->pdev, PCI_D3cold) &&
		xpm_power_d3cold_wanted(f) && xpm_power_is_own(f->pdev));
}

/**
 * xpm_wake_works_from_d3cold() - may an armed function lose its power?
 * @f: the function
 *
 * Context: process; evaluates ACPI methods.
 * Return: true if ACPI says that it signals from there (_PRW, _S0W), or if it
 * does so itself, with auxiliary power.
 */
bool xpm_wake_works_from_d3cold(struct xpm_function *f)
{
	struct device *dev = &f->pdev->dev;

	if (can_acpi_wake(dev) &&
	    acpi_pm_device_sleep_state(dev, NULL, ACPI_STATE_D3_COLD) ==
		    ACPI_STATE_D3_COLD)
		return true;
	return pci_pme_capable(f->pdev, PCI_D3cold);
}

/**
 * xpm_wake_before_arming() - latch a PME that arming would clear
 * @f: the function, awake, its owner wanting PMEs and having it in D3hot
 *
 * __pci_pme_active() clears PME_Status when it arms. A status that is set here
 * came since the guest set PME_En, for that clears an older one; it came too
 * late for the last sleep and too early for the next.
 *
 * Context: runtime PM callback, holding the function's lock, with the snapshot
 * just taken.
 */
void xpm_wake_before_arming(struct xpm_function *f)
{
	lockdep_assert_held(&f->lock);
	if (!(xpm_snapshot_read(f, f->pdev->pm_cap + PCI_PM_CTRL, 2) &
	      PCI_PM_CTRL_PME_STATUS))
		return;
	f->armed = true;
	f->pme_latched = false;
	latch(f);
}

/**
 * xpm_wake_armed() - the PM core has armed the wake
 * @f: the function, just put to sleep
 *
 * pci_check_pme_status() clears PME_En with a PME that it consumes. That says
 * something only of a PME_En which was set by our own arming. Where it is gone
 * already, the PME came as soon as that; where it is gone each time, the bit
 * does not exist, and says nothing.
 *
 * Context: runtime PM callback.
 */
void xpm_wake_armed(struct xpm_function *f)
{
	struct pci_dev *pdev = f->pdev;
	bool came = false;
	u16 pmcsr;

	if (pdev->current_state != PCI_D3hot || !pdev->wakeup_prepared ||
	    !(pci_pme_capable(pdev, PCI_D3hot) ||
	      pci_pme_capable(pdev, PCI_D3cold)))
		return;
	pci_read_config_word(pdev, pdev->pm_cap + PCI_PM_CTRL, &pmcsr);
	if (PCI_POSSIBLE_ERROR(pmcsr))
		return;
	spin_lock(&f->lock);
	if (pmcsr & PCI_PM_CTRL_PME_ENABLE) {
		f->pme_enable_lost = 0;
		f->pme_enable_seen = true;
	} else if (f->pme_enable_lost < XPM_WAKE_ENABLE_LOST) {
		f->pme_enable_lost++;
		latch(f);
		came = true;
	}
	spin_unlock(&f->lock);
	/* A suspend is under way, so this is for after it. */
	if (came)
		pm_request_resume(&pdev->dev);
}

/*
 * Does PME_En survive in D3cold? What a function claims in PME_Support holds
 * only with auxiliary power, which it reports (PCIe 5.0, section 7.5.3.5).
 */
static bool keeps_pme_enable(struct pci_dev *pdev)
{
	u16 status = 0;

	if (!pci_pme_capable(pdev, PCI_D3cold))
		return false;
	pcie_capability_read_word(pdev, PCI_EXP_DEVSTA, &status);
	return status & PCI_EXP_DEVSTA_AUXPD;
}

/**
 * xpm_wake_look() - did a PME wake the function? If so, latch it
 * @f: the function, about to be resumed; what is above it is awake
 *
 * Context: runtime PM callback, before the bus's.
 * Return: true if a PME of this sleep is latched, now or before.
 */
bool xpm_wake_look(struct xpm_function *f)
{
	struct pci_dev *pdev = f->pdev;
	pci_power_t from = pdev->current_state;
	bool came = false;
	u16 pmcsr;

	if (f->armed && !f->pme_latched) {
		int where = pdev->pm_cap + PCI_PM_CTRL;

		pci_read_config_word(pdev, where, &pmcsr);
		if (PCI_POSSIBLE_ERROR(pmcsr)) {
			/*
			 * Its own power resource is still off. Powering up from
			 * D3cold keeps PME_Status (pci_power_up(); it is sticky
			 * with auxiliary power, PCIe 5.0, section 7.5.2.2).
			 */
			pci_set_power_state(pdev, PCI_D0);
			pci_read_config_word(pdev, where, &pmcsr);
		}
		if (PCI_POSSIBLE_ERROR(pmcsr))
			came = false;
		else if (pmcsr & PCI_PM_CTRL_PME_STATUS)
			came = true;
		else if (f->pme_enable_seen && !(pmcsr & PCI_PM_CTRL_PME_ENABLE))
			came = from == PCI_D3hot || keeps_pme_enable(pdev);
	}

	spin_lock(&f->lock);
	if (came)
		latch(f);
	came = f->pme_latched;
	spin_unlock(&f->lock);
	return came;
}

/**
 * xpm_wake_tell() - tell of a PME that was latched, once
 * @f: the function
 *
 * Context: process.
 */
void xpm_wake_tell(struct xpm_function *f)
{
	bool tell, hold, storm, first;

	spin_lock(&f->lock);
	tell = f->pme_tell;
	f->pme_tell = false;
	/* A device model gets all the time that it takes. */
	hold = f->low_power != XPM_LOW_POWER_WAKEUP;
	storm = f->keep & XPM_KEEP_STORM;
	first = storm && !f->storm_said;
	f->storm_said |= storm;
	spin_unlock(&f->lock);
	if (!tell)
		return;

	if (hold)
		mod_delayed_work(system_freezable_wq, &f->pme_hold,
				 msecs_to_jiffies(XPM_WAKE_HOLD_MS));
	if (storm)
		mod_delayed_work(system_freezable_wq, &f->storm,
				 msecs_to_jiffies(XPM_WAKE_STORM_MS));
	if (first)
		pci_warn(f->pdev,
			 "more than %d PMEs a second: stays awake for a second after each that is one too many\n",
			 XPM_WAKE_STORM_RATE);
	xpm_sysfs_notify_pme(f);
	xpm_announce_pme(f);
}

/**
 * xpm_wake_guest_acted() - the guest cleared PME_Status, changed PME_En or
 * wrote D0
 * @f: the function
 *
 * Context: process.
 */
void xpm_wake_guest_acted(struct xpm_function *f)
{
	xpm_power_release(f, XPM_KEEP_PME, false);
}
