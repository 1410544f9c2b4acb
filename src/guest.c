// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a guest asks of a function through PMCSR, and a device model or toolstack
 * through `low_power`, within one session: from when a domain gets the function
 * until it is taken away.
 */
#include <linux/ktime.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <xen/pci.h>

#include "announce.h"
#include "gate.h"
#include "guest.h"
#include "owner.h"
#include "power.h"
#include "snapshot.h"
#include "trace.h"
#include "wake.h"

/**
 * xpm_guest_present() - set up what an owner sees
 * @f: the function
 * @hw_pmcsr: PMCSR as hardware has it
 * @as_stock: it has an owner already, to which nothing may change
 *
 * Context: process; evaluates ACPI methods. Called before the first owner, and
 * between two, when none is there to look.
 */
void xpm_guest_present(struct xpm_function *f, u16 hw_pmcsr, bool as_stock)
{
	unsigned int features = 0;
	bool pme = !as_stock && xpm_wake_deliverable(f);

	spin_lock(&f->lock);
	f->as_stock = as_stock;
	f->guest_since = ktime_get_boottime();
	if (as_stock)
		features |= XPM_VPM_AS_STOCK;
	if (pme)
		features |= XPM_VPM_SHOW_PME;
	if (xpm_power_d3cold_wanted(f))
		features |= XPM_VPM_HIDE_NO_SOFT_RESET;
	xpm_vpm_init(&f->vpm, f->hw_pmc, hw_pmcsr, features);
	f->guest_asked = f->vpm.state == XPM_VPM_D3HOT;
	/* What the last one left for a wake that did not come. */
	f->deferred_set = 0;
	spin_unlock(&f->lock);
}

/**
 * xpm_guest_session_over() - the session of an owner is over
 * @f: the function, in D0, just reset by pciback; or it does not answer
 *
 * Context: process; pciback holds the device lock.
 */
void xpm_guest_session_over(struct xpm_function *f)
{
	u16 pmcsr;

	mutex_lock(&f->handover);
	xpm_power_keep(f, XPM_KEEP_GUEST);
	xpm_power_forget_owner(f);
	xpm_snapshot_forget_writes(f);
	WRITE_ONCE(f->vpd_read_at, 0);
	WRITE_ONCE(f->msi_at, 0);
	spin_lock(&f->lock);
	f->low_power = XPM_LOW_POWER_AUTO;
	f->guest_seen = false;
	f->armed = false;
	f->storm_said = false;
	spin_unlock(&f->lock);
	/* Data_Select is as the reset has left it, or the last owner. */
	pmcsr = xpm_gate_read_pmcsr(f);
	if (!PCI_POSSIBLE_ERROR(pmcsr))
		f->hw_pmcsr = pmcsr;
	xpm_guest_present(f, f->hw_pmcsr & ~PCI_PM_CTRL_STATE_MASK, false);
	xpm_power_release(f, XPM_KEEP_OWNER | XPM_KEEP_PME | XPM_KEEP_MSI,
			  false);
	mutex_unlock(&f->handover);
	trace_xpm_owner(f->pdev, -1);
	xpm_announce_session(f, true);
	xpm_owner_leaves(f);
}

/**
 * xpm_guest_forget_low_power() - a session in libxl's sense begins or ends
 * @f: the function
 *
 * What a device model asked for ends with that, since it may be gone.
 *
 * Context: the xenwatch thread; does not wait.
 */
void xpm_guest_forget_low_power(struct xpm_function *f)
{
	bool armed;

	spin_lock(&f->lock);
	armed = f->low_power == XPM_LOW_POWER_WAKEUP;
	f->low_power = XPM_LOW_POWER_AUTO;
	/* A PME that comes before it is disarmed is nobody's. */
	if (armed)
		f->armed = false;
	spin_unlock(&f->lock);
	if (armed) {
		xpm_power_release(f, XPM_KEEP_PME, false);
		xpm_power_rearm(f);
	}
}

/**
 * xpm_guest_seen() - an owner uses the function through pciback
 * @f: the function
 *
 * From then on its PMCSR rules, and not `low_power`. A function that slept for
 * want of an owner is woken.
 *
 * Context: pciback's worker; sleeps at most XPM_POWER_WAKE_MS.
 */
void xpm_guest_seen(struct xpm_function *f)
{
	bool d0;

	/* The worker may be late, see pmcsr_write(). */
	if (READ_ONCE(f->guest_seen) || xen_find_device_domain_owner(f->pdev) < 0)
		return;

	mutex_lock(&f->handover);
	spin_lock(&f->lock);
	WRITE_ONCE(f->guest_seen, true);
	f->guest_since = ktime_get_boottime();
	/* What was armed for a device model is not this guest's. */
	if (f->low_power == XPM_LOW_POWER_WAKEUP)
		f->armed = false;
	f->low_power = XPM_LOW_POWER_AUTO;
	f->next_cause = XPM_CAUSE_GUEST;
	d0 = f->vpm.state == XPM_VPM_D0;
	spin_unlock(&f->lock);
	trace_xpm_owner(f->pdev, xpm_owner_of(f));
	xpm_announce_session(f, false);
	/* It stays wanted even if it does not come up in time. */
	if (d0)
		xpm_power_keep(f, XPM_KEEP_GUEST);
	mutex_unlock(&f->handover);

	/* If that takes too long, what comes next in this operation does not wait. */
	if (d0 && !xpm_power_wake(f, XPM_KEEP_CONFIG, XPM_CAUSE_GUEST))
		xpm_power_release(f, XPM_KEEP_CONFIG, false);
}

/**
 * xpm_guest_pmcsr_write() - a guest writes PMCSR
 * @f: the function; the caller holds its @handover
 * @value: the whole register, with PME_Status 0 where the guest did not write
 *
 * Context: pciback's worker; sleeps at most XPM_POWER_WAKE_MS.
 * Return: PCIBIOS_SUCCESSFUL, or PCIBIOS_SET_FAILED if the function did not
 * come up: it still reads D3hot then.
 */
int xpm_guest_pmcsr_write(struct xpm_function *f, u16 value)
{
	bool down, enables, clears, wanted, wants, woken = false;
	unsigned int request;
	u16 pmcsr, status = 0;
	enum xpm_cause cause;
	int ret = 0;

	lockdep_assert_held(&f->handover);
	/* The worker is through with what it did to MSI. */
	xpm_power_release(f, XPM_KEEP_MSI, false);

	/*
	 * A guest that begins to want PMEs has use for what comes once the write
	 * has returned; one that ceases to, for what came before it; one that
	 * clears PME_Status wants the next one. Hardware tells the one from the
	 * other only while it answers.
	 */
	wanted = f->vpm.state == XPM_VPM_D3HOT && f->vpm.pme_enabled;
	wants = value & PCI_PM_CTRL_STATE_MASK &&
		value & PCI_PM_CTRL_PME_ENABLE && xpm_vpm_can_pme(&f->vpm);
	clears = wanted && f->vpm.pme_status && value & PCI_PM_CTRL_PME_STATUS;
	if (f->vpm.state == XPM_VPM_D3HOT && (wants != wanted || clears)) {
		cause = value & PCI_PM_CTRL_STATE_MASK ? XPM_CAUSE_CONFIG :
							 XPM_CAUSE_GUEST;
		woken = !xpm_power_wake(f, XPM_KEEP_CONFIG, cause);
		if (woken && wanted) {
			xpm_wake_look(f, PCI_D0);
			xpm_wake_tell(f);
		}
	}

	spin_lock(&f->lock);
	request = xpm_vpm_write(&f->vpm, value);
	if (request & XPM_VPM_WANTS_D3HOT) {
		f->vpm.state = XPM_VPM_D3HOT;
		f->guest_since = ktime_get_boottime();
		f->guest_asked = true;
	}
	down = f->vpm.state == XPM_VPM_D3HOT;
	enables = request & XPM_VPM_PME_ENABLE_CHANGED && f->vpm.pme_enabled;
	/* What comes from here on is nobody's, though hardware is armed still. */
	if (request & XPM_VPM_PME_ENABLE_CHANGED && !enables)
		f->armed = false;
	spin_unlock(&f->lock);

	/*
	 * A guest that enables PME, or clears PME_Status, has no use for what
	 * hardware latched before.
	 */
	if (value & PCI_PM_CTRL_PME_STATUS || enables)
		status = PCI_PM_CTRL_PME_STATUS;
	if ((status || request & XPM_VPM_DATA_SELECT_CHANGED) &&
	    xpm_gate_update_pmcsr(f, value & PCI_PM_CTRL_DATA_SEL_MASK, status,
				  &pmcsr)) {
		spin_lock(&f->lock);
		xpm_vpm_set_data(&f->vpm, pmcsr);
		spin_unlock(&f->lock);
		if (status)
			xpm_wake_forget(f);
	}
	if (request & (XPM_VPM_PME_STATUS_CLEARED | XPM_VPM_PME_ENABLE_CHANGED))
		xpm_wake_guest_acted(f);

	if (request & XPM_VPM_WANTS_D3HOT) {
		xpm_power_release(f, XPM_KEEP_GUEST | XPM_KEEP_PME, true);
	} else if (request & XPM_VPM_WANTS_D0) {
		ret = xpm_power_wake(f, XPM_KEEP_GUEST, XPM_CAUSE_GUEST);
		if (!ret) {
			spin_lock(&f->lock);
			f->vpm.state = XPM_VPM_D0;
			f->guest_since = ktime_get_boottime();
			/* A wake notify from here on is not of that sleep. */
			f->armed = false;
			spin_unlock(&f->lock);
			xpm_wake_guest_acted(f);
		}
	} else if (request & XPM_VPM_PME_ENABLE_CHANGED && down && !woken) {
		xpm_power_rearm(f);
	}
	if (woken)
		xpm_power_release(f, XPM_KEEP_CONFIG, false);

	return ret ? PCIBIOS_SET_FAILED : PCIBIOS_SUCCESSFUL;
}

/* A PME that is older than the wish for one is not an event. */
static void clear_pme_status(struct xpm_function *f)
{
	int where = f->pdev->pm_cap + PCI_PM_CTRL;
	u16 pmcsr;

	pci_read_config_word(f->pdev, where, &pmcsr);
	if (!PCI_POSSIBLE_ERROR(pmcsr) && pmcsr & PCI_PM_CTRL_PME_STATUS)
		xpm_gate_clear_pme(f, pmcsr);
	xpm_wake_forget(f);
}

/**
 * xpm_guest_set_low_power() - what is written to `low_power`
 * @f: the function
 * @mode: XPM_LOW_POWER_OFF, _ON or _WAKEUP
 *
 * Context: process, holding neither the device lock nor one of ours; for
 * XPM_LOW_POWER_OFF sleeps as long as the PM core takes to resume the function.
 * Return: 0; -EBUSY if the guest manages the function through pciback;
 * -EOPNOTSUPP if no PME can be delivered; -EIO if it did not come up.
 */
int xpm_guest_set_low_power(struct xpm_function *f, enum xpm_low_power mode)
{
	bool wakeup = mode == XPM_LOW_POWER_WAKEUP;
	bool had, rearm, owned;

	if (wakeup && !xpm_wake_deliverable(f))
		return -EOPNOTSUPP;

	mutex_lock(&f->handover);
	owned = xpm_owner_of(f) >= 0;
	spin_lock(&f->lock);
	if ((f->guest_seen && owned) || f->gone) {
		spin_unlock(&f->lock);
		mutex_unlock(&f->handover);
		return -EBUSY;
	}
	/* Who gives this one up holds @handover. */
	had = f->keep & XPM_KEEP_GUEST;
	rearm = !had && wakeup != (f->low_power == XPM_LOW_POWER_WAKEUP);
	f->low_power = mode;
	if (mode == XPM_LOW_POWER_OFF)
		f->next_cause = XPM_CAUSE_GUEST;
	spin_unlock(&f->lock);

	if (mode == XPM_LOW_POWER_OFF)
		xpm_power_keep(f, XPM_KEEP_GUEST);
	/* What comes once the write has returned is an event. */
	if (rearm && wakeup &&
	    !xpm_power_wake(f, XPM_KEEP_CONFIG, XPM_CAUSE_CONFIG)) {
		clear_pme_status(f);
		xpm_power_release(f, XPM_KEEP_CONFIG, false);
		rearm = false;
	} else if (had && wakeup && xpm_power_is_up(f)) {
		clear_pme_status(f);
	}
	xpm_power_release(f, mode == XPM_LOW_POWER_OFF ?
				     XPM_KEEP_PME :
				     XPM_KEEP_GUEST | XPM_KEEP_PME, true);
	if (rearm)
		xpm_power_rearm(f);
	mutex_unlock(&f->handover);

	if (mode != XPM_LOW_POWER_OFF)
		return 0;
	/* A guest that comes now must not wait for a wake that takes long. */
	xpm_power_resume_sync(f);
	return xpm_power_is_up(f) ? 0 : -EIO;
}
