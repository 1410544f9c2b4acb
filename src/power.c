// SPDX-License-Identifier: GPL-2.0-only
/*
 * Power: what the PM core asks of a hooked function, and what we ask of it.
 *
 * The function's dev_pm_domain is ours, with the PCI bus's own callbacks in it
 * but for the few below. A usage reference of ours keeps the function awake
 * while there is a reason to (XPM_KEEP_*); without one, runtime PM takes it as
 * deep as the platform goes. Where runtime PM cannot take it (power/control is
 * `on`, somebody else holds a reference), the guest's D3hot is a D3hot made by
 * hand, as stock xen-pciback makes it.
 *
 * No callback runs in pciback's worker: it only queues requests and waits, for
 * a bounded time but for where it switches MSI (xpm_power_wake_or_not()).
 */
#include <linux/acpi.h>
#include <linux/ktime.h>
#include <linux/pci.h>
#include <linux/pm_runtime.h>
#include <linux/workqueue.h>

#include "function.h"
#include "gate.h"
#include "optin.h"
#include "power.h"
#include "restore.h"
#include "sleep.h"
#include "snapshot.h"
#include "trace.h"
#include "wake.h"

/*
 * A function that did not come back is tried again after so long at the
 * earliest, and twice as long each time that it does not.
 */
#define XPM_POWER_RETRY_MS	1000
#define XPM_POWER_RETRY_MAX_MS	(1000 << 8)

/* After so long a function that could not be put to sleep is tried again. */
#define XPM_POWER_REFUSED_MS	10000

/* In a D3hot by hand nobody is told of PMEs for sure; PCI's own poll's interval. */
#define XPM_POWER_BY_HAND_MS	1000

/*
 * After more power cycles than that at once, and a second, a function sleeps in
 * D3hot: a guest must not wear out what switches its power, nor a device that does
 * not like that.
 */
#define XPM_POWER_CYCLES_BURST	50
#define XPM_POWER_CYCLES_RATE	1

/* A transfer of VPD takes tens of milliseconds; pci_vpd_wait() gives it 125. */
#define XPM_POWER_VPD_MS	1000

/**
 * xpm_power_function() - whose callback, or whose attribute, is it?
 * @dev: a device whose PM domain is ours
 *
 * Context: callback of the PM core, or an attribute: both keep the function.
 * Return: the function.
 */
struct xpm_function *xpm_power_function(struct device *dev)
{
	return container_of(dev->pm_domain, struct xpm_function, pm_domain);
}

static void settle(struct xpm_function *f);
static void resume(struct xpm_function *f);

static unsigned int autosuspend_ms(struct xpm_function *f)
{
	return max(READ_ONCE(f->pdev->dev.power.autosuspend_delay), 0);
}

/**
 * xpm_power_settle() - bring a function to rest that runtime PM may not take
 * @f: the function
 * @ms: not before so long
 *
 * Context: any.
 */
void xpm_power_settle(struct xpm_function *f, unsigned int ms)
{
	unsigned long at = jiffies + msecs_to_jiffies(ms);

	/*
	 * A guest that asks again and again must not put it off. What is pending
	 * has not begun, and will see what we have done.
	 */
	if (delayed_work_pending(&f->settle) &&
	    time_before_eq(READ_ONCE(f->settle_at), at))
		return;
	WRITE_ONCE(f->settle_at, at);
	/* Freezable: nothing of ours moves power while the system sleeps. */
	mod_delayed_work(system_freezable_wq, &f->settle, msecs_to_jiffies(ms));
}

/**
 * xpm_power_set_state() - move a function, past the gate
 * @f: the function
 * @state: where to
 *
 * Context: process; nobody else moves the function.
 */
void xpm_power_set_state(struct xpm_function *f, pci_power_t state)
{
	WRITE_ONCE(f->mover, current);
	pci_set_power_state(f->pdev, state);
	WRITE_ONCE(f->mover, NULL);
}

/**
 * xpm_power_is_own() - does the platform switch the function's own power?
 * @pdev: the function
 *
 * Context: any.
 * Return: true if so; else it loses its power with the port's at most.
 */
bool xpm_power_is_own(struct pci_dev *pdev)
{
	struct acpi_device *adev = ACPI_COMPANION(&pdev->dev);

	return adev && acpi_device_power_manageable(adev) &&
	       adev->power.states[ACPI_STATE_D3_COLD].flags.valid;
}

/**
 * xpm_power_d3cold_wanted() - may a function lose its power, by policy?
 * @f: the function
 *
 * Context: any; the answer is advice unless the caller is a runtime PM
 * callback.
 * Return: true if neither the administrator nor experience forbids it.
 */
bool xpm_power_d3cold_wanted(struct xpm_function *f)
{
	return !(f->options & XPM_OPT_D3HOT) && !f->slow &&
	       !f->found_no_d3cold && f->pdev->d3cold_allowed;
}

/*
 * A guest that has read NoSoftRst as 1 restores nothing when it comes back from
 * what it calls D3hot.
 */
static bool d3cold_allowed(struct xpm_function *f)
{
	return xpm_power_d3cold_wanted(f) && !f->vpm.no_soft_reset &&
	       !f->spared;
}

static bool may_cycle_power(struct xpm_function *f)
{
	lockdep_assert_held(&f->lock);
	return xpm_bucket_has(&f->power_cycles, XPM_POWER_CYCLES_BURST,
			      XPM_POWER_CYCLES_RATE);
}

/* Tell the PM core, and through it the port, whether D3cold is wanted. */
static void veto_d3cold(struct xpm_function *f, bool veto)
{
	if (veto || f->found_no_d3cold)
		pci_d3cold_disable(f->pdev);
	else
		pci_d3cold_enable(f->pdev);
}

/**
 * xpm_power_is_up() - does the function answer, in D0?
 * @f: the function
 *
 * Context: any. The answer stays true only while the caller has the function
 * kept awake.
 * Return: true if so.
 */
bool xpm_power_is_up(struct xpm_function *f)
{
	return READ_ONCE(f->gate_state) == XPM_GATE_OPEN &&
	       !READ_ONCE(f->manual_d3hot) && !READ_ONCE(f->dead);
}

/**
 * xpm_power_keep() - keep the function awake, without waking it
 * @f: the function
 * @reason: one of XPM_KEEP_*
 *
 * Context: any but interrupt.
 */
void xpm_power_keep(struct xpm_function *f, unsigned int reason)
{
	spin_lock(&f->lock);
	if (!f->keep)
		pm_runtime_get_noresume(&f->pdev->dev);
	f->keep |= reason;
	spin_unlock(&f->lock);
}

/**
 * xpm_power_release() - a reason to keep the function awake is gone
 * @f: the function
 * @reason: one or more of XPM_KEEP_*
 * @now: let it sleep at once and not after the autosuspend delay
 *
 * Context: process; does not wait for the sleep.
 */
void xpm_power_release(struct xpm_function *f, unsigned int reason, bool now)
{
	struct device *dev = &f->pdev->dev;
	bool last;
	int ret;

	spin_lock(&f->lock);
	last = f->keep && !(f->keep & ~reason);
	f->keep &= ~reason;
	if (last)
		pm_runtime_put_noidle(dev);
	spin_unlock(&f->lock);
	if (!last)
		return;

	if (now) {
		ret = __pm_runtime_suspend(dev, RPM_ASYNC);
		/* An error says that it will not come. */
		if (ret < 0 && ret != -EINPROGRESS)
			xpm_power_settle(f, 0);
		else
			xpm_power_settle(f, XPM_POWER_SETTLE_MS);
	} else {
		pm_runtime_mark_last_busy(dev);
		pm_request_autosuspend(dev);
		xpm_power_settle(f, autosuspend_ms(f) + XPM_POWER_SETTLE_MS);
	}
}

/*
 * A guest may ask at will, and a try may take long, and the PM core says each
 * time that it failed. One that is disconnected for the PM core cannot succeed.
 */
static void want_retry(struct xpm_function *f)
{
	spin_lock(&f->lock);
	if (f->dead && f->pdev->error_state != pci_channel_io_perm_failure &&
	    time_after(jiffies,
		       f->retried_at + msecs_to_jiffies(f->retry_ms))) {
		f->retried_at = jiffies;
		f->retry_ms = min_t(unsigned int, 2 * f->retry_ms,
				    XPM_POWER_RETRY_MAX_MS);
		WRITE_ONCE(f->retry, true);
	}
	spin_unlock(&f->lock);
}

/**
 * xpm_power_kick() - ask for a wake, without waiting and without staying awake
 * @f: the function
 *
 * Context: process.
 * Return: what pm_request_resume() says.
 */
int xpm_power_kick(struct xpm_function *f)
{
	int ret = pm_request_resume(&f->pdev->dev);

	want_retry(f);
	/* If it is up for runtime PM, it may be down by our hand, or dead. */
	if (READ_ONCE(f->manual_d3hot) || READ_ONCE(f->retry))
		xpm_power_settle(f, 0);
	return ret;
}

/**
 * xpm_power_set_cause() - say who asks for the wake that comes next
 * @f: the function
 * @cause: who, for the statistics
 *
 * Context: any but interrupt.
 */
void xpm_power_set_cause(struct xpm_function *f, enum xpm_cause cause)
{
	spin_lock(&f->lock);
	f->next_cause = cause;
	spin_unlock(&f->lock);
}

/*
 * Notes that the function was not awake after XPM_POWER_WAKE_MS. Where no resume was
 * queued (@ret: runtime PM disabled), or the host goes to sleep or wakes (@near: did
 * so before), whose runtime PM stands still meanwhile, that is not the device's doing.
 */
static void waited_in_vain(struct xpm_function *f, bool near, int ret)
{
	bool first = false;

	near |= xpm_sleep_is_near();
	spin_lock(&f->lock);
	if (!f->dead && !xpm_power_is_up(f)) {
		f->overdue = true;
		first = !f->slow && !near && (!ret || ret == -EINPROGRESS);
		f->slow |= first;
	}
	spin_unlock(&f->lock);
	if (first)
		xpm_function_say(f, KERN_WARNING,
				 "not awake after %d ms, which is as long as a guest waits; from now on it sleeps in D3hot at the deepest, until it is hooked anew\n",
				 XPM_POWER_WAKE_MS);
}

/**
 * xpm_power_wake() - bring the function to D0 and keep it there
 * @f: the function
 * @reason: one of XPM_KEEP_*, set on success
 * @cause: who wants it, for the statistics
 *
 * After one wake that took too long, nobody waits until that wake is over.
 * Several may ask at once: the PM core makes one resume of it, each has a reason
 * of its own that keeps the function awake, and the last one is the cause.
 *
 * Context: process; sleeps for XPM_POWER_WAKE_MS at most.
 * Return: 0, or -ETIMEDOUT: the wake goes on, @reason is not set.
 */
int xpm_power_wake(struct xpm_function *f, unsigned int reason,
		   enum xpm_cause cause)
{
	bool near = xpm_sleep_is_near();
	bool wait;
	int ret;

	xpm_power_keep(f, reason);
	if (xpm_power_is_up(f))
		return 0;

	spin_lock(&f->lock);
	wait = !f->overdue && !f->dead;
	if (wait)
		f->next_cause = cause;
	spin_unlock(&f->lock);

	/* Also when nobody waits: the last request may have come to nothing. */
	ret = xpm_power_kick(f);
	if (wait) {
		wait_event_timeout(f->waiters,
				   xpm_power_is_up(f) || READ_ONCE(f->dead),
				   msecs_to_jiffies(XPM_POWER_WAKE_MS));
		if (xpm_power_is_up(f))
			return 0;

		waited_in_vain(f, near, ret);
	}
	xpm_power_release(f, reason, false);
	return -ETIMEDOUT;
}

/**
 * xpm_power_wake_or_not() - bring the function to D0, or see that it does not come
 * @f: the function
 * @reason: one of XPM_KEEP_*, set in any case
 * @cause: who wants it, for the statistics
 *
 * After it no resume is under way, unless runtime PM is disabled, or the function was
 * given back. While @reason is
 * XPM_KEEP_MSI none begins either, of a function that does not answer.
 *
 * Context: process, pciback's worker above all; sleeps as long as the PM core takes
 * to resume the function and what is above it, and as long as the host sleeps.
 */
void xpm_power_wake_or_not(struct xpm_function *f, unsigned int reason,
			   enum xpm_cause cause)
{
	bool sleeping, near;
	int ret;

	xpm_power_keep(f, reason);
	/* One that is given back meanwhile is not woken any more. */
	while (!xpm_power_is_up(f) && !READ_ONCE(f->dead) &&
	       READ_ONCE(f->live)) {
		near = xpm_sleep_is_near();
		/* Before and after it is asked for: it may begin or end in between. */
		sleeping = READ_ONCE(f->sleeping);
		xpm_power_set_cause(f, cause);
		ret = xpm_power_kick(f);
		sleeping |= READ_ONCE(f->sleeping);
		/* Runtime PM is disabled, and not because the host sleeps. */
		if (ret < 0 && ret != -EINPROGRESS && !sleeping)
			break;
		if (!wait_event_timeout(f->waiters,
					xpm_power_is_up(f) || READ_ONCE(f->dead),
					msecs_to_jiffies(XPM_POWER_WAKE_MS)))
			waited_in_vain(f, near, ret);
	}
	/* See out a later try that had begun before, see settle(). */
	wait_event(f->waiters, !READ_ONCE(f->retrying));
}

/**
 * xpm_power_wait() - give a wake that was asked for some time
 * @f: the function
 * @deadline: until when, in jiffies
 *
 * Context: process.
 */
void xpm_power_wait(struct xpm_function *f, unsigned long deadline)
{
	long left = deadline - jiffies;

	if (left > 0)
		wait_event_timeout(f->waiters,
				   xpm_power_is_up(f) || READ_ONCE(f->dead),
				   left);
}

/**
 * xpm_power_resume_sync() - bring the function to D0, however long it takes
 * @f: the function
 *
 * Context: process, not pciback's worker, whose config cycles are the guest's;
 * sleeps as long as the PM core takes to resume the function and what is above it.
 */
void xpm_power_resume_sync(struct xpm_function *f)
{
	if (xpm_power_is_up(f))
		return;
	pm_runtime_resume(&f->pdev->dev);
	want_retry(f);
	/* Not by way of its work: that is frozen while the system sleeps. */
	settle(f);
}

/**
 * xpm_power_wake_sync() - bring the function to D0 and keep it there
 * @f: the function
 * @reason: one of XPM_KEEP_*, set in any case
 * @cause: who wants it, for the statistics
 *
 * Context: as xpm_power_resume_sync().
 */
void xpm_power_wake_sync(struct xpm_function *f, unsigned int reason,
			 enum xpm_cause cause)
{
	xpm_power_keep(f, reason);
	if (xpm_power_is_up(f))
		return;

	xpm_power_set_cause(f, cause);
	xpm_power_resume_sync(f);
}

/**
 * xpm_power_rearm() - the guest changed PME_En of a function that it has in D3
 * @f: the function
 *
 * What is armed was decided when the function fell asleep; it is decided anew
 * after a short wake. If a suspend is under way, the PM core resumes after it.
 *
 * Context: process; does not wait.
 */
void xpm_power_rearm(struct xpm_function *f)
{
	if (READ_ONCE(f->manual_d3hot))
		xpm_power_settle(f, 0);
	if (READ_ONCE(f->gate_state) == XPM_GATE_OPEN)
		return;
	xpm_power_set_cause(f, XPM_CAUSE_CONFIG);
	pm_request_resume(&f->pdev->dev);
}

/**
 * xpm_power_before_reset() - pciback is about to reset a function for its next owner
 * @f: the function, which was woken for that
 *
 * If it has not come, it must not come between the reset, which does nothing then,
 * and xpm_power_forget_owner(): it would have what it was before the sleep.
 *
 * Context: process; may wait for a try that is under way.
 */
void xpm_power_before_reset(struct xpm_function *f)
{
	mutex_lock(&f->settling);
	spin_lock(&f->lock);
	f->reset_in_vain = f->dead;
	spin_unlock(&f->lock);
	mutex_unlock(&f->settling);
}

/**
 * xpm_power_after_reset() - pciback has reset the function, or will not any more
 * @f: any function
 *
 * A try that was asked for meanwhile is made with the next one that is.
 *
 * Context: any but interrupt.
 */
void xpm_power_after_reset(struct xpm_function *f)
{
	spin_lock(&f->lock);
	f->reset_in_vain = false;
	spin_unlock(&f->lock);
}

/**
 * xpm_power_forget_owner() - nothing of a sleep is for the next owner
 * @f: the function; the caller holds its @handover
 *
 * One that did not come back is in the midst of one still; nobody but settle()
 * tries to bring it back. So is one that was reset without our being told of it
 * before (xen_pcibk_be_watch() in state Initialised).
 *
 * Context: process; pciback holds the device lock, and we a usage reference. May
 * wait for a try that is under way.
 */
void xpm_power_forget_owner(struct xpm_function *f)
{
	bool asleep;

	lockdep_assert_held(&f->handover);
	mutex_lock(&f->settling);
	asleep = !f->dead && READ_ONCE(f->gate_state) != XPM_GATE_OPEN;
	if (f->dead || asleep)
		xpm_restore_forget(f);
	xpm_power_after_reset(f);
	mutex_unlock(&f->settling);
	if (asleep)
		xpm_power_kick(f);
}

/* Did the function come back? Neither the PM core nor the bus says. */
static bool is_alive(struct pci_dev *pdev)
{
	u16 vendor;

	if (pdev->current_state != PCI_D0)
		return false;
	pci_read_config_word(pdev, PCI_VENDOR_ID, &vendor);
	return vendor == pdev->vendor;
}

/* Once, however often it is tried. */
static void report_dead(struct xpm_function *f, pci_power_t from)
{
	bool said;

	spin_lock(&f->lock);
	said = f->dead_said;
	f->dead_said = true;
	spin_unlock(&f->lock);
	if (said)
		return;
	xpm_function_say(f, KERN_ERR,
			 "did not come back from %s: give it up in its guest, then: echo 1 > /sys/bus/pci/devices/%s/remove; echo 1 > /sys/bus/pci/rescan\n",
			 pci_power_name(from), pci_name(f->pdev));
}

static void came_back(struct xpm_function *f, bool alive)
{
	lockdep_assert_held(&f->lock);
	f->overdue = false;
	f->retried_at = jiffies;
	if (alive || !f->dead)
		f->retry_ms = XPM_POWER_RETRY_MS;
	f->dead = !alive;
	f->dead_said &= !alive;
	/* Who asked for another try meanwhile has what he wanted. */
	if (alive)
		WRITE_ONCE(f->retry, false);
	f->spared = false;
}

/*
 * Arms what the bus would not. Native or through firmware: what does not exist
 * does nothing.
 */
static void arm_by_hand(struct xpm_function *f)
{
	if (f->armed_by_hand)
		return;
	pci_pme_active(f->pdev, true);
	acpi_pm_set_device_wakeup(&f->pdev->dev, true);
	f->armed_by_hand = true;
}

static void disarm_by_hand(struct xpm_function *f)
{
	if (!f->armed_by_hand)
		return;
	f->armed_by_hand = false;
	acpi_pm_set_device_wakeup(&f->pdev->dev, false);
	pci_pme_active(f->pdev, false);
}

/*
 * pci_check_pme_status() disables what it notices, for a resume to enable it
 * again. There is none by hand, and no other PME has to be an event.
 */
static void stay_armed(struct xpm_function *f)
{
	u16 pmcsr = xpm_gate_read_pmcsr(f);

	if (f->pdev->pme_support && !(pmcsr & PCI_PM_CTRL_PME_ENABLE))
		xpm_gate_enable_pme(f, pmcsr);
}

/* D3hot by hand. The caller holds a usage reference, runtime PM is active. */
static void manual_leave(struct xpm_function *f)
{
	struct pci_dev *pdev = f->pdev;
	bool answers, alive;

	/*
	 * Config space keeps its contents in D3hot and may lose them on the
	 * way out (PCI PM 1.2, section 5.4.1); pci_set_power_state() restores
	 * the BARs alone. A guest's write that came in between would be undone,
	 * so the gate is shut meanwhile, as in any sleep.
	 */
	xpm_gate_close(f);
	answers = xpm_snapshot_take(f);
	spin_lock(&f->lock);
	f->slept_at = ktime_get_boottime();
	spin_unlock(&f->lock);
	xpm_gate_closed(f);

	if (answers)
		pci_save_state(pdev);
	disarm_by_hand(f);
	xpm_power_set_state(f, PCI_D0);
	if (answers) {
		xpm_restore_before_wake(f);
		pci_restore_state(pdev);
	}
	/* What did not answer before may have been reset since. */
	alive = answers && is_alive(pdev);
	if (alive) {
		xpm_restore_after_sleep(f);
		xpm_wake_look(f, PCI_D3hot);
	} else {
		xpm_restore_keep(f);
	}

	spin_lock(&f->lock);
	WRITE_ONCE(f->manual_d3hot, false);
	came_back(f, alive);
	spin_unlock(&f->lock);
	if (alive) {
		xpm_gate_open(f);
	} else {
		report_dead(f, PCI_D3hot);
		wake_up_all(&f->waiters);
	}
}

/**
 * xpm_power_leave_by_hand() - end a D3hot by hand
 * @f: the function; the caller holds a usage reference, runtime PM is active
 *
 * Context: callback of the PM core for system sleep.
 */
void xpm_power_leave_by_hand(struct xpm_function *f)
{
	mutex_lock(&f->settling);
	if (f->manual_d3hot)
		manual_leave(f);
	mutex_unlock(&f->settling);
}

/*
 * Once more, of a function that did not come back. For the PM core it is up, and
 * for ACPI its power is on: after an _OFF alone there is another _ON
 * (acpi_power_on_unlocked() counts). If _ON has ended in an error, ACPI does not
 * know its state, and changes none that it does not know until it is told to look
 * (acpi_power_transition()).
 */
static void retry_resume(struct xpm_function *f)
{
	struct acpi_device *adev = ACPI_COMPANION(&f->pdev->dev);

	/*
	 * Whoever resets it restores it too: pci_reset_function(), and pciback
	 * (pcistub_put_pci_dev()), with the device lock held both. Runtime PM does
	 * not keep these apart: for it, one that did not come back is up. Who holds
	 * that lock may be waiting for us, or be who called us.
	 */
	if (!device_trylock(&f->pdev->dev)) {
		spin_lock(&f->lock);
		WRITE_ONCE(f->retry, true);
		spin_unlock(&f->lock);
		xpm_power_settle(f, XPM_POWER_RETRY_MS);
		return;
	}

	if (f->pdev->current_state == PCI_D3cold && xpm_power_is_own(f->pdev)) {
		if (adev->power.state == ACPI_STATE_UNKNOWN)
			acpi_device_update_power(adev, NULL);
		acpi_device_set_power(adev, ACPI_STATE_D3_COLD);
	}
	xpm_restore_load(f);
	resume(f);
	device_unlock(&f->pdev->dev);
}

/* A function that was spared a power cycle sleeps deeper once that is over. */
static void deepen(struct xpm_function *f)
{
	bool spared, over;

	spin_lock(&f->lock);
	spared = f->spared;
	over = spared && may_cycle_power(f);
	spin_unlock(&f->lock);
	if (over)
		pm_request_resume(&f->pdev->dev);
	else if (spared)
		xpm_power_settle(f, MSEC_PER_SEC / XPM_POWER_CYCLES_RATE);
}

/*
 * Bring to rest a function that its guest has in D3hot and that runtime PM
 * cannot take, and back. pm_runtime_barrier() sees out what had begun, and the
 * reference taken before keeps runtime PM away for the time being; the last put
 * lets runtime PM take the function over if it can by then.
 */
static void settle(struct xpm_function *f)
{
	bool enter, leave, again, retry, down, arm;
	struct device *dev = &f->pdev->dev;
	unsigned int refused_ms;
	int ret;

	mutex_lock(&f->settling);
	/* complete_sleep() asks for it again. */
	if (READ_ONCE(f->sleeping))
		goto out;

	pm_runtime_get_noresume(dev);
	pm_runtime_barrier(dev);
	pm_runtime_put_noidle(dev);

	/*
	 * Give runtime PM the chance first. It refuses for more reasons than the
	 * usage count (rpm_check_suspend_allowed()), and so do we. Newer kernels'
	 * pm_runtime_autosuspend() calls the function busy first, which would put
	 * the sleep off each time that we look.
	 */
	spin_lock(&f->lock);
	f->refused_ms = 0;
	spin_unlock(&f->lock);
	ret = __pm_runtime_suspend(dev, RPM_AUTO);

	pm_runtime_get_noresume(dev);
	pm_runtime_barrier(dev);
	if (pm_runtime_active(dev)) {
		/* Nobody else does while runtime PM does not take it. */
		if (!f->dead && (f->armed || !f->manual_d3hot))
			xpm_wake_look(f, PCI_D0);
		spin_lock(&f->lock);
		arm = xpm_wake_wanted(f);
		down = f->vpm.state == XPM_VPM_D3HOT && !f->keep;
		/* A resume would restore MSI, see switches_msi() in gate.c. */
		retry = f->dead && f->retry && !f->reset_in_vain &&
			!(f->keep & XPM_KEEP_MSI);
		if (retry)
			f->retry = false;
		WRITE_ONCE(f->retrying, retry);
		refused_ms = f->keep ? 0 : f->refused_ms;
		/* VFs have no power but their PF's. */
		again = down && !f->manual_d3hot && !f->dead &&
			!pci_num_vf(f->pdev);
		enter = again && ret < 0 && !refused_ms;
		/* Who asked for D0 may have given up before this came to run. */
		leave = f->manual_d3hot &&
			(!down || f->overdue || arm != f->armed_by_hand);
		if (enter) {
			WRITE_ONCE(f->manual_d3hot, true);
			f->armed = arm;
			f->pme_latched = false;
		}
		spin_unlock(&f->lock);

		if (retry) {
			retry_resume(f);
			WRITE_ONCE(f->retrying, false);
			wake_up_all(&f->waiters);
		} else if (enter) {
			/* No config cycle during the transition (section 5.4). */
			xpm_gate_close(f);
			xpm_power_set_state(f, PCI_D3hot);
			if (arm)
				arm_by_hand(f);
			xpm_gate_open(f);
			if (arm)
				xpm_power_settle(f, xpm_wake_armed(f) ? 0 :
						 XPM_POWER_BY_HAND_MS);
		} else if (leave) {
			manual_leave(f);
			if (down)
				xpm_power_settle(f, 0);
		} else if (f->armed_by_hand) {
			stay_armed(f);
			xpm_power_settle(f, XPM_POWER_BY_HAND_MS);
		} else if (refused_ms) {
			xpm_power_settle(f, refused_ms);
		} else if (again) {
			/* Runtime PM wants to wait; see whether it succeeds. */
			xpm_power_settle(f, autosuspend_ms(f) + XPM_POWER_SETTLE_MS);
		}
	} else {
		deepen(f);
	}
	pm_runtime_put(dev);

out:
	mutex_unlock(&f->settling);
	xpm_wake_tell(f);
}

static void settle_work(struct work_struct *work)
{
	settle(container_of(to_delayed_work(work), struct xpm_function,
			    settle));
}

/*
 * Puts the function down without arming a wake: pci_finish_runtime_suspend()
 * arms whenever hardware can (pci_dev_run_wake()), and lets _S0W limit the
 * state even if nobody asked for a wake.
 */
static int suspend_unarmed(struct xpm_function *f)
{
	bool cold = d3cold_allowed(f);

	veto_d3cold(f, !cold);
	pci_save_state(f->pdev);
	return pci_set_power_state(f->pdev, cold ? PCI_D3cold : PCI_D3hot);
}

static int suspend_armed(struct xpm_function *f)
{
	bool cold = d3cold_allowed(f) &&
		    xpm_wake_works_from_d3cold(f);
	struct device *dev = &f->pdev->dev;

	/*
	 * pci_dev_run_wake() asks PME_Support alone, so where firmware signals
	 * from D3cold for a function that cannot, the bus would arm nothing.
	 */
	if (cold && xpm_power_is_own(f->pdev) &&
	    !pci_pme_capable(f->pdev, PCI_D3cold)) {
		arm_by_hand(f);
		return suspend_unarmed(f);
	}

	veto_d3cold(f, !cold);
	return dev->bus->pm->runtime_suspend(dev);
}

/**
 * xpm_power_down_for_sleep() - as deep as it goes, since the host sleeps
 * @f: the function, in D0
 * @armed: it shall wake the host
 *
 * Context: callback of the PM core for system sleep.
 * Return: 0 or a negative error.
 */
int xpm_power_down_for_sleep(struct xpm_function *f, bool armed)
{
	int ret;

	WRITE_ONCE(f->mover, current);
	if (armed) {
		veto_d3cold(f, !(d3cold_allowed(f) &&
				 xpm_wake_works_from_d3cold(f)));
		pci_save_state(f->pdev);
		ret = pci_prepare_to_sleep(f->pdev);
	} else {
		ret = suspend_unarmed(f);
	}
	WRITE_ONCE(f->mover, NULL);
	return ret;
}

static void bus_resume(struct xpm_function *f)
{
	struct device *dev = &f->pdev->dev;

	xpm_restore_before_wake(f);
	WRITE_ONCE(f->mover, current);
	dev->bus->pm->runtime_resume(dev);
	WRITE_ONCE(f->mover, NULL);
	disarm_by_hand(f);
}

/*
 * A transfer of VPD goes on without its guest, which polls for the end of it in
 * the register that the snapshot would freeze.
 */
static bool vpd_is_read(struct xpm_function *f)
{
	unsigned long began = READ_ONCE(f->vpd_read_at);
	u16 address;

	if (!began ||
	    time_after(jiffies, began + msecs_to_jiffies(XPM_POWER_VPD_MS)))
		return false;
	pci_read_config_word(f->pdev, f->vpd_cap + PCI_VPD_ADDR, &address);
	return !(address & PCI_VPD_ADDR_F);
}

/**
 * xpm_power_is_depended_on() - does something need the function's power?
 * @f: the function, its snapshot just taken
 *
 * Xen may have enabled ATS since the function was hooked (ats.h there). VFs have
 * no power but their PF's; the PCI core knows of those that a driver enabled,
 * also after pciback's reset has taken them away, and not of those of a guest
 * that may write anything.
 *
 * Context: callback of the PM core.
 * Return: true if so.
 */
bool xpm_power_is_depended_on(struct xpm_function *f)
{
	bool ats = f->ats_cap &&
		   (xpm_snapshot_read(f, f->ats_cap + PCI_ATS_CTRL, 2) &
		    PCI_ATS_CTRL_ENABLE);
	bool vfs = pci_num_vf(f->pdev) ||
		   (f->sriov_cap &&
		    (xpm_snapshot_read(f, f->sriov_cap + PCI_SRIOV_CTRL, 2) &
		     PCI_SRIOV_CTRL_VFE));

	WRITE_ONCE(f->ats_seen, ats);
	WRITE_ONCE(f->vfs_seen, vfs);
	return ats || vfs;
}

/*
 * The function cannot be put to sleep now; settle() tries again in @ms. With
 * -EBUSY runtime PM goes on as if nothing had happened. The guest has been told
 * D3hot by then, and cannot tell the difference: its registers are virtual, D0
 * costs it nothing, and settle() looks for the PMEs that nobody signals.
 */
static int refuse(struct xpm_function *f, unsigned int ms)
{
	spin_lock(&f->lock);
	f->refused_ms = ms;
	f->spared = false;
	spin_unlock(&f->lock);
	return -EBUSY;
}

static int runtime_suspend(struct device *dev)
{
	struct xpm_function *f = xpm_power_function(dev);
	pci_power_t from;
	bool wanted, armed;
	int ret;

	if (READ_ONCE(f->dead))
		return -EBUSY;
	if (vpd_is_read(f)) {
		pm_runtime_mark_last_busy(dev);
		return refuse(f, XPM_POWER_SETTLE_MS);
	}

	xpm_gate_close(f);
	if (!xpm_snapshot_take(f)) {
		xpm_gate_open(f);
		xpm_function_say(f, KERN_INFO,
				 "does not answer, cannot be put to sleep: check it, or remove and rescan it\n");
		return refuse(f, XPM_POWER_REFUSED_MS);
	}
	if (xpm_power_is_depended_on(f)) {
		xpm_gate_open(f);
		return refuse(f, XPM_POWER_REFUSED_MS);
	}

	/* One that came too late for the last sleep keeps it awake. */
	xpm_wake_look(f, PCI_D0);

	/*
	 * Whoever wants the function awake sets keep before he looks at the
	 * gate. If he saw it open, we see keep; else he waits for the gate.
	 */
	spin_lock(&f->lock);
	armed = xpm_wake_wanted(f);
	wanted = f->keep;
	if (!wanted) {
		f->armed = armed;
		f->pme_latched = false;
		f->slept_at = ktime_get_boottime();
		f->overdue = false;
		f->refused_ms = 0;
		f->spared = !may_cycle_power(f);
		/* Whoever asked for a wake that was not needed after all. */
		f->next_cause = XPM_CAUSE_HOST;
		WRITE_ONCE(f->manual_d3hot, false);
	}
	spin_unlock(&f->lock);
	if (wanted) {
		xpm_gate_open(f);
		xpm_wake_tell(f);
		return -EBUSY;
	}

	xpm_gate_closed(f);
	/* From a D3hot by hand; what is armed from here on has another end. */
	disarm_by_hand(f);
	xpm_restore_before_sleep(f);
	WRITE_ONCE(f->mover, current);
	ret = armed ? suspend_armed(f) : suspend_unarmed(f);
	WRITE_ONCE(f->mover, NULL);
	/* pci_pm_runtime_suspend() does not say, nor does a refusal. */
	if (ret || f->pdev->current_state == PCI_D0) {
		xpm_function_say(f, KERN_INFO,
				 "cannot be put to sleep (error %d), stays awake\n",
				 ret);
		from = f->pdev->current_state;
		bus_resume(f);
		xpm_restore_after_sleep(f);
		xpm_wake_look(f, from);
		xpm_gate_open(f);
		xpm_wake_tell(f);
		return refuse(f, XPM_POWER_REFUSED_MS);
	}
	trace_xpm_sleep(f->pdev, f->pdev->current_state, armed);
	if (READ_ONCE(f->spared))
		xpm_power_settle(f, MSEC_PER_SEC / XPM_POWER_CYCLES_RATE);
	/*
	 * A suspend is under way, so this is for after it. What would be no
	 * event is not worth it, or a PME_Status that cannot be cleared would
	 * have the function sleep and wake for ever.
	 */
	if (armed && xpm_wake_armed(f) && !READ_ONCE(f->vpm.pme_status))
		pm_request_resume(dev);
	return 0;
}

static void account(struct xpm_function *f, pci_power_t from,
		    enum xpm_cause cause)
{
	u64 ms = ktime_ms_delta(ktime_get_boottime(), f->slept_at);

	lockdep_assert_held(&f->lock);
	if (from == PCI_D3cold) {
		f->slept_ms.d3cold += ms;
		if (f->power_cycles.tokens)
			f->power_cycles.tokens--;
	} else {
		f->slept_ms.d3hot += ms;
	}
	f->wakes[cause]++;
	f->last_cause = cause;
}

/**
 * xpm_power_came_back() - a function should be in D0 again
 * @f: the function, its config space restored as far as the PM core does that
 * @from: what it slept in; PCI_D0 if the host's sleep ended before that
 *
 * Context: callback of the PM core, or process with those excluded.
 */
void xpm_power_came_back(struct xpm_function *f, pci_power_t from)
{
	unsigned int later = autosuspend_ms(f) + XPM_POWER_SETTLE_MS;
	struct pci_dev *pdev = f->pdev;
	bool alive = is_alive(pdev);
	bool pme = false;
	enum xpm_cause cause;

	if (alive) {
		xpm_function_find_caps(f);
		xpm_restore_after_sleep(f);
		pme = xpm_wake_look(f, from);
	} else {
		xpm_restore_keep(f);
	}

	spin_lock(&f->lock);
	came_back(f, alive);
	cause = pme ? XPM_CAUSE_PME : f->next_cause;
	if (alive && from != PCI_D0)
		account(f, from, cause);
	f->next_cause = XPM_CAUSE_HOST;
	/* Runtime PM could take it a moment ago: nothing for our hand. */
	f->refused_ms = later;
	spin_unlock(&f->lock);
	if (from != PCI_D0)
		trace_xpm_wake(pdev, from, cause, alive);

	if (alive) {
		xpm_gate_open(f);
	} else {
		report_dead(f, from);
		wake_up_all(&f->waiters);
	}

	xpm_wake_tell(f);
	pm_runtime_mark_last_busy(&pdev->dev);
	xpm_power_settle(f, later);
}

/* Runtime PM's, or a later try. */
static void resume(struct xpm_function *f)
{
	pci_power_t from = f->pdev->current_state;

	bus_resume(f);
	xpm_power_came_back(f, from);
}

/* What it reports would stick; the PCI bus's reports no failure either. */
static int runtime_resume(struct device *dev)
{
	resume(xpm_power_function(dev));
	return 0;
}

static int runtime_idle(struct device *dev)
{
	/* Without it, 5.10 and 6.1 answer -ENOSYS for a driver without PM. */
	return READ_ONCE(xpm_power_function(dev)->keep) ? -EBUSY : 0;
}

/**
 * xpm_power_init_function() - before anything else can reach the function
 * @f: the function
 *
 * Context: any.
 */
void xpm_power_init_function(struct xpm_function *f)
{
	struct dev_pm_ops *ops = &f->pm_domain.ops;

	mutex_init(&f->settling);
	INIT_DELAYED_WORK(&f->settle, settle_work);
	*ops = *f->pdev->dev.bus->pm;
	xpm_sleep_init_ops(ops);
	ops->runtime_suspend = runtime_suspend;
	ops->runtime_resume = runtime_resume;
	ops->runtime_idle = runtime_idle;

	xpm_bucket_init(&f->power_cycles, XPM_POWER_CYCLES_BURST);
	f->next_cause = XPM_CAUSE_HOST;
	f->last_cause = XPM_CAUSES;
	/* local_pci_probe() took a reference that pciback never drops: ours. */
	f->keep = XPM_KEEP_GUEST;
}

/**
 * xpm_power_init_dead() - a function that is hooked without power did not come back
 * @f: the function, which nothing else can reach yet
 *
 * It is tried as soon as it is hooked.
 *
 * Context: process.
 */
void xpm_power_init_dead(struct xpm_function *f)
{
	xpm_snapshot_forget(f);
	f->gate_state = XPM_GATE_CLOSED;
	f->retry_ms = XPM_POWER_RETRY_MS;
	f->retried_at = jiffies;
	f->retry = true;
	f->dead = true;
	f->slept_at = ktime_get_boottime();
	xpm_restore_keep(f);
}

/**
 * xpm_power_start() - let runtime PM have the function
 * @f: the function, hooked but for this
 *
 * Context: process; the caller holds the device lock.
 */
void xpm_power_start(struct xpm_function *f)
{
	struct device *dev = &f->pdev->dev;

	device_lock_assert(dev);
	f->found_autosuspend = dev->power.use_autosuspend;
	f->found_autosuspend_ms = dev->power.autosuspend_delay;
	f->found_control_auto = dev->power.runtime_auto;
	veto_d3cold(f, !d3cold_allowed(f));

	/*
	 * dev_pm_domain_set() warns of a bound device. We may: the function is
	 * active and our reference keeps it so, and system sleep takes the
	 * device lock before it looks (device_prepare()).
	 */
	spin_lock_irq(&dev->power.lock);
	dev->pm_domain = &f->pm_domain;
	spin_unlock_irq(&dev->power.lock);

	pm_runtime_set_autosuspend_delay(dev, XPM_POWER_AUTOSUSPEND_MS);
	pm_runtime_use_autosuspend(dev);
	pm_runtime_allow(dev);

	/* Its guest had it in D3hot already: stock made that by hand. */
	if (f->vpm.state == XPM_VPM_D3HOT) {
		WRITE_ONCE(f->manual_d3hot, !f->dead);
		xpm_power_release(f, XPM_KEEP_GUEST, true);
	}
	if (f->dead)
		xpm_power_settle(f, 0);
}

/**
 * xpm_power_stop() - take the function back from runtime PM
 * @f: the function, kept awake with XPM_KEEP_UNHOOK, which turns into the
 *	reference that local_pci_probe() took
 *
 * Context: process; the caller holds the device lock.
 */
void xpm_power_stop(struct xpm_function *f)
{
	struct device *dev = &f->pdev->dev;

	device_lock_assert(dev);
	/*
	 * Waits out a callback that runs, which may still queue work; none
	 * starts, we hold a reference.
	 */
	pm_runtime_barrier(dev);
	cancel_delayed_work_sync(&f->settle);
	cancel_delayed_work_sync(&f->unowned);
	mutex_lock(&f->settling);
	xpm_restore_load(f);
	mutex_unlock(&f->settling);
	disarm_by_hand(f);
	spin_lock_irq(&dev->power.lock);
	dev->pm_domain = NULL;
	spin_unlock_irq(&dev->power.lock);

	pm_runtime_set_autosuspend_delay(dev, f->found_autosuspend_ms);
	if (!f->found_autosuspend)
		pm_runtime_dont_use_autosuspend(dev);
	if (f->found_control_auto)
		pm_runtime_allow(dev);
	else
		pm_runtime_forbid(dev);
	veto_d3cold(f, f->found_no_d3cold);
}
