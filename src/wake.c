// SPDX-License-Identifier: GPL-2.0-only
/*
 * PMEs: notice, latch, tell.
 *
 * The kernel notices a PME in one of three ways and then only asks for a
 * resume: pcie_pme (port interrupt) and pci_pme_list_scan (poll) by way of
 * pci_check_pme_status(), and pci_acpi_wake_dev (ACPI notify). Hardware's
 * PME_Status says whether there was one, and the gate keeps it: whoever else
 * would clear it leaves it set, and it is noted (@pme_seen), for without
 * auxiliary power it does not outlive D3cold. So it is looked at when the
 * function is about to sleep, when it is armed, and when it is back; each look
 * that finds it set counts one PME and clears it.
 *
 * Of a function that loses PME_Status in D3cold, an ACPI notify is all there is
 * (@notified). Elsewhere a notify says nothing: firmware may notify all that
 * share an event, and ACPICA does where firmware has no method for it
 * (ACPI_GPE_DISPATCH_NOTIFY).
 */
#include <linux/acpi.h>
#include <linux/pci.h>
#include <linux/pm_runtime.h>
#include <linux/pm_wakeup.h>

#include "announce.h"
#include "function.h"
#include "gate.h"
#include "optin.h"
#include "power.h"
#include "sysfs.h"
#include "trace.h"
#include "wake.h"

/* How long a woken function waits for its guest, which may poll each second. */
#define XPM_WAKE_HOLD_MS	5000

/* More PMEs than that at once, and a second, keep a function awake for a while. */
#define XPM_WAKE_STORM_BURST	50
#define XPM_WAKE_STORM_RATE	10
#define XPM_WAKE_STORM_MS	1000

/*
 * Is this one PME too many? A device that signals on and on, or a guest that
 * makes it do so, could have the function, its port and the link powered up and
 * down for ever. A PME that comes while the function is kept awake for that is
 * latched when it sleeps next.
 */
static bool is_storm(struct xpm_function *f)
{
	lockdep_assert_held(&f->lock);
	if (!xpm_bucket_has(&f->pmes, XPM_WAKE_STORM_BURST,
			    XPM_WAKE_STORM_RATE))
		return true;
	f->pmes.tokens--;
	return false;
}

/**
 * xpm_wake_wanted() - is the function's owner one to be told of PMEs?
 * @f: the function
 *
 * Context: any; the answer is stable under the function's lock.
 * Return: true if its guest has it in D3 and has set PME_En, or if its device
 * model has asked for wake-up.
 */
bool xpm_wake_wanted(struct xpm_function *f)
{
	return f->low_power == XPM_LOW_POWER_WAKEUP ||
	       (f->vpm.state == XPM_VPM_D3HOT && f->vpm.pme_enabled);
}

/* A PME came. It is an event only if PME_Status was clear for the guest. */
static void latch(struct xpm_function *f)
{
	unsigned int keep = 0;

	lockdep_assert_held(&f->lock);

	f->pme_latched = true;
	if (is_storm(f))
		keep |= XPM_KEEP_STORM;
	/* The PMCSR of a device model's guest is not ours. */
	if (f->low_power == XPM_LOW_POWER_WAKEUP || xpm_vpm_set_pme(&f->vpm)) {
		keep |= XPM_KEEP_PME;
		f->pme_hold_until = jiffies +
				    msecs_to_jiffies(XPM_WAKE_HOLD_MS);
		f->pme_count++;
		f->pme_tell = true;
		trace_xpm_pme(f->pdev, f->pme_count);
	}
	if (keep && !f->keep)
		pm_runtime_get_noresume(&f->pdev->dev);
	f->keep |= keep;
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
	WRITE_ONCE(f->notified, true);
	/* That resume does nothing where runtime PM could not take it. */
	if (READ_ONCE(f->manual_d3hot))
		xpm_power_settle(f, 0);
}

/**
 * xpm_wake_seen() - somebody was about to clear PME_Status
 * @f: the function
 *
 * Context: any.
 */
void xpm_wake_seen(struct xpm_function *f)
{
	WRITE_ONCE(f->pme_seen, true);
	if (READ_ONCE(f->manual_d3hot))
		xpm_power_settle(f, 0);
}

static void pme_hold_over(struct work_struct *work)
{
	struct xpm_function *f = container_of(to_delayed_work(work),
					      struct xpm_function, pme_hold);

	bool over;

	spin_lock(&f->lock);
	/* The one after it has a time of its own. */
	over = f->low_power != XPM_LOW_POWER_WAKEUP &&
	       time_after_eq(jiffies, f->pme_hold_until);
	spin_unlock(&f->lock);
	if (over)
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
	mutex_init(&f->looking);
	INIT_DELAYED_WORK(&f->pme_hold, pme_hold_over);
	INIT_DELAYED_WORK(&f->storm, storm_over);
	xpm_bucket_init(&f->pmes, XPM_WAKE_STORM_BURST);
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

	if (!handle)
		return;
	if (ACPI_FAILURE(acpi_install_notify_handler(handle, ACPI_SYSTEM_NOTIFY,
						     acpi_notify, f))) {
		xpm_function_say(f, KERN_WARNING,
				 "firmware's notifies cannot be heard, so that PMEs may be missed: take it out of the list and name it again\n");
		return;
	}
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
	       !strcmp(root->dev.driver->name, "pcieport");
}

static bool can_acpi_wake(struct device *dev)
{
	struct acpi_device *adev = ACPI_COMPANION(dev);

	return adev && acpi_device_can_wakeup(adev);
}

/* The deepest state from which firmware says that the function wakes. */
static int acpi_wake_state(struct device *dev)
{
	return acpi_pm_device_sleep_state(dev, NULL, ACPI_STATE_D3_COLD);
}

/*
 * Does firmware tell of a wake above the function? The next one up that can does
 * so for those below (acpi_pci_wakeup()).
 */
static bool can_acpi_wake_above(struct pci_dev *pdev)
{
	struct pci_dev *port;

	for (port = pci_upstream_bridge(pdev); port;
	     port = pci_upstream_bridge(port))
		if (can_acpi_wake(&port->dev))
			return true;
	return can_acpi_wake(&pci_find_host_bridge(pdev->bus)->dev);
}

/**
 * xpm_wake_has_path() - could a PME of this function be heard at all?
 * @f: the function
 *
 * Where firmware has given native PME away, it tells of the wakes of sleeping
 * ports alone.
 *
 * Context: process.
 * Return: true if firmware or the root port tells of it.
 */
bool xpm_wake_has_path(struct xpm_function *f)
{
	struct pci_dev *pdev = f->pdev;

	/* And what it says the PM core keeps to (acpi_pci_choose_state()). */
	if (can_acpi_wake(&pdev->dev))
		return acpi_wake_state(&pdev->dev) >= ACPI_STATE_D3_HOT;
	return pci_find_host_bridge(pdev->bus)->native_pme ?
		       is_listened_to(pdev) : can_acpi_wake_above(pdev);
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
		xpm_wake_works_from_d3cold(f) && xpm_power_d3cold_wanted(f) &&
		xpm_power_is_own(f->pdev));
}

/**
 * xpm_wake_works_from_d3cold() - may an armed function lose its power?
 * @f: the function
 *
 * Messages need a link. What is left is WAKE#, of which firmware tells (PCIe
 * 5.0, section 5.3.3.2).
 *
 * Context: process; evaluates ACPI methods.
 * Return: true if ACPI says that it signals from there (_PRW, _S0W); or, where
 * ACPI says nothing of the function, if it does so itself, with auxiliary
 * power, and firmware tells of it.
 */
bool xpm_wake_works_from_d3cold(struct xpm_function *f)
{
	struct device *dev = &f->pdev->dev;

	if (can_acpi_wake(dev))
		return acpi_wake_state(dev) == ACPI_STATE_D3_COLD;
	return pci_pme_capable(f->pdev, PCI_D3cold) &&
	       can_acpi_wake_above(f->pdev);
}

/*
 * Does PME_Status survive in D3cold? What a function claims in PME_Support
 * holds only with auxiliary power, which it reports (PCIe 5.0, section 7.5.3.5).
 */
static bool keeps_pme_status(struct pci_dev *pdev)
{
	u16 status = 0;

	if (!pci_pme_capable(pdev, PCI_D3cold))
		return false;
	pcie_capability_read_word(pdev, PCI_EXP_DEVSTA, &status);
	return status & PCI_EXP_DEVSTA_AUXPD;
}

/**
 * xpm_wake_look() - did a PME come? If so, latch it
 * @f: the function, with config space that answers
 * @from: the state that it comes from; PCI_D0 if it has not left
 *
 * A PME that comes between the read of PMCSR and the write that clears it finds
 * PME_Status set, and is the same event. What nobody wants stays: if the guest
 * comes to want PMEs, it clears what is older than that.
 *
 * Context: callback of the PM core, or process with the function kept as it is;
 * may sleep.
 * Return: true if one was latched, by this look or by another in this sleep.
 */
bool xpm_wake_look(struct xpm_function *f, pci_power_t from)
{
	struct pci_dev *pdev = f->pdev;
	bool wanted, stale, came, notified;
	u16 pmcsr;

	mutex_lock(&f->looking);
	spin_lock(&f->lock);
	wanted = xpm_wake_wanted(f);
	/* What came while it slept unarmed is older than the wish for it. */
	stale = from != PCI_D0 && !f->armed;
	spin_unlock(&f->lock);
	if (!wanted) {
		mutex_unlock(&f->looking);
		return READ_ONCE(f->pme_latched);
	}

	/* Before the read, or what is seen after it would be forgotten. */
	came = xchg(&f->pme_seen, false);
	notified = xchg(&f->notified, false);
	pmcsr = xpm_gate_read_pmcsr(f);
	if (!PCI_POSSIBLE_ERROR(pmcsr) && pmcsr & PCI_PM_CTRL_PME_STATUS) {
		came = true;
		xpm_gate_clear_pme(f, pmcsr);
		/* It may just have been seen; what is newer is still set. */
		WRITE_ONCE(f->pme_seen, false);
	}
	if (notified && from == PCI_D3cold && !keeps_pme_status(pdev))
		came = true;

	spin_lock(&f->lock);
	if (came && !stale && xpm_wake_wanted(f))
		latch(f);
	came = f->pme_latched;
	spin_unlock(&f->lock);
	mutex_unlock(&f->looking);
	return came;
}

/**
 * xpm_wake_armed() - did a PME come before it was armed, or as soon as it was?
 * @f: the function, just put to sleep with its wake armed
 *
 * Context: as xpm_wake_look().
 * Return: true if so; the resume that is due then finds it.
 */
bool xpm_wake_armed(struct xpm_function *f)
{
	struct pci_dev *pdev = f->pdev;
	u16 pmcsr;

	if (pdev->current_state == PCI_D3hot) {
		pci_read_config_word(pdev, pdev->pm_cap + PCI_PM_CTRL, &pmcsr);
		if (!PCI_POSSIBLE_ERROR(pmcsr) &&
		    pmcsr & PCI_PM_CTRL_PME_STATUS)
			WRITE_ONCE(f->pme_seen, true);
	}
	return READ_ONCE(f->pme_seen);
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

	if (storm)
		mod_delayed_work(system_freezable_wq, &f->storm,
				 msecs_to_jiffies(XPM_WAKE_STORM_MS));
	if (first)
		xpm_function_say(f, KERN_WARNING,
				 "more than %d PMEs a second: stays awake for a second after each that is one too many\n",
				 XPM_WAKE_STORM_RATE);
	if (!tell)
		return;
	/* pci_pme_wakeup() does so for the PMEs that the PM core has noticed. */
	pm_wakeup_event(&f->pdev->dev, 0);
	if (hold)
		mod_delayed_work(system_freezable_wq, &f->pme_hold,
				 msecs_to_jiffies(XPM_WAKE_HOLD_MS));
	xpm_sysfs_notify_pme(f);
	xpm_announce_pme(f);
}

/**
 * xpm_wake_forget() - the guest cleared PME_Status, and so did hardware
 * @f: the function
 *
 * Context: any.
 */
void xpm_wake_forget(struct xpm_function *f)
{
	WRITE_ONCE(f->pme_seen, false);
	WRITE_ONCE(f->notified, false);
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
