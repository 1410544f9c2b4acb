// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host's own sleep: S3, s2idle, hibernation.
 *
 * A function that its guest has in D3, that nobody owns, or that has the option
 * `sleep` goes down with the host. If it sleeps already and is not to signal
 * wakes, the PM core leaves it alone (direct_complete). Else it is woken in
 * prepare(): to be disarmed, if it may not wake the host; or since the PM core
 * wants to have suspended what may (__device_suspend()). Then suspend_noirq() puts
 * it down, when nothing can need it any more.
 *
 * A function that its guest has in D0 is left to the bus, which does with it what
 * it does with stock xen-pciback; and so is the coming back of all.
 *
 * The bus's own prepare() and complete() are kept from a function that sleeps:
 * they disarm and arm PME by power/wakeup and PME_Support alone
 * (pci_dev_adjust_pme(), pci_dev_complete_resume()).
 *
 * Nothing here waits for xenstore or for a guest, which are frozen, or nearly.
 */
#include <linux/acpi.h>
#include <linux/delay.h>
#include <linux/irq.h>
#include <linux/pci.h>
#include <linux/pm.h>
#include <linux/pm_runtime.h>
#include <linux/pm_wakeup.h>
#include <linux/suspend.h>

#include "function.h"
#include "gate.h"
#include "optin.h"
#include "owner.h"
#include "power.h"
#include "restore.h"
#include "sleep.h"
#include "snapshot.h"
#include "trace.h"
#include "wake.h"

/* How often who waits for the end of a sleep looks for it. */
#define XPM_SLEEP_POLL_MS	20

/* An operation that switches MSI is over after that: hypercalls, and no wait. */
#define XPM_SLEEP_MSI_MS	10000

/* From before tasks are frozen until after they are thawed. */
static bool near;

static int pm_event(struct notifier_block *nb, unsigned long event, void *unused)
{
	switch (event) {
	case PM_SUSPEND_PREPARE:
	case PM_HIBERNATION_PREPARE:
	case PM_RESTORE_PREPARE:
		WRITE_ONCE(near, true);
		break;
	case PM_POST_SUSPEND:
	case PM_POST_HIBERNATION:
	case PM_POST_RESTORE:
		WRITE_ONCE(near, false);
		break;
	}
	return NOTIFY_DONE;
}

static struct notifier_block pm_nb = { .notifier_call = pm_event };

/**
 * xpm_sleep_is_near() - does the host fall asleep, or wake?
 *
 * Context: any.
 * Return: true if a wake that was asked for may have to wait for that.
 */
bool xpm_sleep_is_near(void)
{
	return READ_ONCE(near);
}

/**
 * xpm_sleep_hold() - bring the function to D0 and keep it there, after a sleep of
 * the host if there is one
 * @f: the function
 * @reason: one of XPM_KEEP_*
 * @cause: who wants it, for the statistics
 *
 * Either prepare() sees that it is kept awake, or this sees that the sleep has
 * begun. It waits no longer than until runtime PM acts again: with the lock of
 * another device held (a back end's, as it is unbound), it would keep the PM core
 * from complete().
 *
 * Context: process, not pciback's worker, without the function's device lock.
 */
void xpm_sleep_hold(struct xpm_function *f, unsigned int reason,
		    enum xpm_cause cause)
{
	bool sleeping;

	xpm_power_keep(f, reason);
	for (;;) {
		sleeping = READ_ONCE(f->sleeping);
		xpm_power_wake_sync(f, reason, cause);
		if (xpm_power_is_up(f) || READ_ONCE(f->dead) || !sleeping)
			return;
		msleep(XPM_SLEEP_POLL_MS);
	}
}

/**
 * xpm_sleep_leave() - the function is given back, maybe in the midst of a sleep
 * @f: the function, whose callbacks are not called any more
 *
 * Context: process; the caller holds the device lock.
 */
void xpm_sleep_leave(struct xpm_function *f)
{
	WRITE_ONCE(f->sleeping, false);
}

/* Of a sleeping function no config cycle tells. */
static void wake_for_sleep(struct xpm_function *f)
{
	struct device *dev = &f->pdev->dev;

	if (!pm_runtime_suspended(dev))
		return;
	xpm_power_set_cause(f, XPM_CAUSE_SLEEP);
	pm_runtime_resume(dev);
}

static int prepare(struct device *dev)
{
	struct xpm_function *f = xpm_power_function(dev);
	bool stays;
	int ret;

	/* The PM core holds a reference from before here to after complete(). */
	pm_runtime_barrier(dev);
	spin_lock(&f->lock);
	WRITE_ONCE(f->sleeping, true);
	/* Who is spared its power for a second would be so for all of the sleep. */
	stays = !f->keep && !f->armed && !xpm_gate_is_awaited(f) && !f->spared;
	spin_unlock(&f->lock);
	f->part = XPM_SLEEP_AS_BUS;
	if (stays && pm_runtime_suspended(dev) && !device_may_wakeup(dev))
		return 1;

	wake_for_sleep(f);
	xpm_power_leave_by_hand(f);
	ret = dev->bus->pm->prepare ? dev->bus->pm->prepare(dev) : 0;
	if (ret < 0)
		WRITE_ONCE(f->sleeping, false);
	return min(ret, 0);
}

/*
 * The bus brings back what it has saved, once (pci_restore_state()), or says that
 * it has saved nothing. What was saved of a dead function is for when it answers.
 */
static int by_bus(struct xpm_function *f, int (*callback)(struct device *dev))
{
	struct pci_dev *pdev = f->pdev;
	bool saved = pdev->state_saved;
	int ret;

	if (f->part == XPM_SLEEP_LEFT)
		pdev->state_saved = false;
	WRITE_ONCE(f->mover, current);
	ret = callback(&pdev->dev);
	WRITE_ONCE(f->mover, NULL);
	if (f->part == XPM_SLEEP_LEFT)
		pdev->state_saved = saved;
	return ret;
}

static int wake_by_bus(struct device *dev, int (*callback)(struct device *dev))
{
	struct xpm_function *f = xpm_power_function(dev);

	/*
	 * What prepare() let stay, and the PM core does not; for hibernation it
	 * never does.
	 */
	wake_for_sleep(f);
	/* The bus takes bus mastering away (pci_disable_enabled_device()). */
	if (xpm_power_is_up(f))
		pci_read_config_word(f->pdev, PCI_COMMAND, &f->slept_command);
	else
		f->part = XPM_SLEEP_LEFT;
	return by_bus(f, callback);
}

static int suspend(struct device *dev)
{
	return wake_by_bus(dev, dev->bus->pm->suspend);
}

/*
 * Does the function's owner, or the want of one, allow that it goes down? Not from D0
 * while pciback's worker may be in the midst of switching MSI: the gate would stop it
 * there, and the end of the sleep restores MSI as it is (switches_msi() in gate.c).
 * Then it sleeps as with stock, where nothing keeps that from coming to an end. In
 * D3hot there is XPM_KEEP_MSI for that.
 */
static bool may_go_down(struct xpm_function *f, bool owned)
{
	unsigned int reasons = f->keep & ~(XPM_KEEP_PME | XPM_KEEP_STORM);
	unsigned long msi_at = READ_ONCE(f->msi_at);

	if (owned && f->vpm.state == XPM_VPM_D0 && msi_at &&
	    time_before(jiffies, msi_at + msecs_to_jiffies(XPM_SLEEP_MSI_MS)))
		return false;
	if ((!owned && f->low_power != XPM_LOW_POWER_OFF) ||
	    f->options & XPM_OPT_SLEEP)
		reasons &= ~XPM_KEEP_GUEST;
	return !reasons;
}

/*
 * Shuts the gate, so that from here on nothing reaches the function for its
 * guest. Whoever wants it awake sets keep before he looks at the gate. If he saw
 * it open, we see keep.
 */
static enum xpm_sleep_part take_down(struct xpm_function *f)
{
	bool owned = xpm_owner_of(f) >= 0;
	u16 command;
	bool down;

	/*
	 * Of a function that does not answer, since it did not come back from
	 * its last sleep, say, all ones would be saved, and restored to it if
	 * this sleep brings it back.
	 */
	if (!xpm_power_is_up(f))
		return XPM_SLEEP_LEFT;
	if (!may_go_down(f, owned))
		return XPM_SLEEP_AS_BUS;

	xpm_gate_close(f);
	if (!xpm_snapshot_take(f)) {
		xpm_gate_open(f);
		return XPM_SLEEP_LEFT;
	}
	command = xpm_snapshot_read(f, PCI_COMMAND, 2);
	xpm_snapshot_write(f, PCI_COMMAND,
			   command | (f->slept_command & PCI_COMMAND_MASTER));
	if (xpm_power_is_depended_on(f)) {
		xpm_gate_open(f);
		return XPM_SLEEP_AS_BUS;
	}

	/* What came until now prevents this sleep, if it may. */
	xpm_wake_look(f, PCI_D0);

	spin_lock(&f->lock);
	down = may_go_down(f, owned);
	if (down) {
		/*
		 * Whether or not hardware is armed: PME_Status tells afterwards
		 * of what came meanwhile.
		 */
		f->armed = xpm_wake_wanted(f);
		f->pme_latched = false;
		f->slept_at = ktime_get_boottime();
	}
	spin_unlock(&f->lock);
	if (down)
		xpm_gate_closed(f);
	else
		xpm_gate_open(f);
	xpm_wake_tell(f);
	return down ? XPM_SLEEP_DOWN : XPM_SLEEP_AS_BUS;
}

/*
 * No earlier than here: the interrupt by which a guest asks pciback is off, so
 * that it is not refused what it asks while the others go down.
 */
static int suspend_noirq(struct device *dev)
{
	struct xpm_function *f = xpm_power_function(dev);
	struct pci_dev *pdev = f->pdev;
	int ret;

	f->part = take_down(f);
	if (f->part == XPM_SLEEP_LEFT)
		return 0;
	if (f->part == XPM_SLEEP_AS_BUS)
		return by_bus(f, dev->bus->pm->suspend_noirq);

	f->slept_armed = f->armed && device_may_wakeup(dev);
	xpm_restore_before_sleep(f);
	ret = xpm_power_down_for_sleep(f, f->slept_armed);
	f->slept_in = pdev->current_state;
	/* For some firmware, as pci_pm_suspend_noirq() has it. */
	if (pdev->class == PCI_CLASS_SERIAL_USB_EHCI)
		pci_write_config_word(pdev, PCI_COMMAND, 0);
	if (f->slept_in == PCI_D0)
		/* With stock it does as well; no reason to keep the host awake. */
		xpm_function_say(f, KERN_INFO,
				 "stays in D0 while the host sleeps (error %d)\n",
				 ret);
	else
		trace_xpm_sleep(pdev, f->slept_in, f->slept_armed);
	/* What would be no event must not keep the host awake for ever. */
	if (f->slept_armed && xpm_wake_armed(f) &&
	    !READ_ONCE(f->vpm.pme_status))
		pm_wakeup_event(dev, 0);
	return 0;
}

static int resume_noirq(struct device *dev)
{
	struct xpm_function *f = xpm_power_function(dev);

	if (f->part == XPM_SLEEP_LEFT)
		return 0;
	/* The port has gone after it, and maybe the whole machine. */
	if (f->part == XPM_SLEEP_DOWN && f->slept_in != PCI_D0 &&
	    (f->pdev->current_state == PCI_D3cold || pm_resume_via_firmware()))
		f->slept_in = PCI_D3cold;
	return by_bus(f, dev->bus->pm->resume_noirq);
}

/* Without the two before it, if something else has failed meanwhile. */
static int resume(struct device *dev)
{
	struct xpm_function *f = xpm_power_function(dev);
	struct pci_dev *pdev = f->pdev;
	int ret = by_bus(f, dev->bus->pm->resume);

	if (f->part != XPM_SLEEP_DOWN)
		return ret;

	/* pci_reenable_device() knows of no guest (INTX_DISABLE, say). */
	if (pdev->current_state == PCI_D0)
		pci_write_config_word(pdev, PCI_COMMAND,
				      xpm_snapshot_read(f, PCI_COMMAND, 2));
	/* What was not armed did not signal, but another that shares its event. */
	if (!f->slept_armed)
		WRITE_ONCE(f->notified, false);
	xpm_power_set_cause(f, XPM_CAUSE_SLEEP);
	xpm_power_came_back(f, f->slept_in);
	return ret;
}

/*
 * Is a function that the PM core left alone, and takes for powered off, powered
 * after all? Firmware may have done so, or the port, which it shares with others.
 */
static bool was_powered_up(struct pci_dev *pdev)
{
	struct pci_dev *port = pci_upstream_bridge(pdev);
	u16 pmcsr;

	if (port && port->current_state != PCI_D0)
		return false;
	pci_read_config_word(pdev, pdev->pm_cap + PCI_PM_CTRL, &pmcsr);
	return !PCI_POSSIBLE_ERROR(pmcsr) &&
	       (pdev->current_state == PCI_D3cold ||
		!(pmcsr & PCI_PM_CTRL_STATE_MASK));
}

/*
 * Whatever asked for a wake meanwhile asked in vain, since runtime PM was
 * disabled (rpm_resume()).
 */
static void after_stay(struct xpm_function *f)
{
	bool wanted;

	spin_lock(&f->lock);
	wanted = f->keep || f->overdue || xpm_gate_is_awaited(f) ||
		 f->armed != xpm_wake_wanted(f);
	spin_unlock(&f->lock);
	if (!wanted && !was_powered_up(f->pdev))
		return;
	xpm_power_set_cause(f, XPM_CAUSE_SLEEP);
	pm_request_resume(&f->pdev->dev);
}

/*
 * The event that woke the host is dealt with by ACPICA's own threads, while
 * devices wake: for who has nothing but that it may have come after the look.
 */
static void look_again(struct xpm_function *f)
{
	if (f->part != XPM_SLEEP_DOWN || f->slept_in != PCI_D3cold ||
	    !f->slept_armed || !f->acpi_handle)
		return;
	acpi_os_wait_events_complete();
	/* It has come, or its guest has had D0 since. */
	if (READ_ONCE(f->pme_latched) || !READ_ONCE(f->armed))
		return;
	xpm_wake_look(f, PCI_D3cold);
	xpm_wake_tell(f);
}

static void complete_sleep(struct device *dev)
{
	struct xpm_function *f = xpm_power_function(dev);

	if (pm_runtime_suspended(dev)) {
		after_stay(f);
	} else {
		if (dev->bus->pm->complete)
			dev->bus->pm->complete(dev);
		look_again(f);
	}
	WRITE_ONCE(f->sleeping, false);
	xpm_power_settle(f, XPM_POWER_SETTLE_MS);
}

/*
 * Hibernation: a function is up for it, as with stock, or does not answer and is left
 * alone.
 */
static int unless_left(struct device *dev, int (*callback)(struct device *dev))
{
	struct xpm_function *f = xpm_power_function(dev);

	return f->part == XPM_SLEEP_LEFT ? 0 : by_bus(f, callback);
}

static int freeze(struct device *dev)
{
	return wake_by_bus(dev, dev->bus->pm->freeze);
}

static int freeze_noirq(struct device *dev)
{
	return unless_left(dev, dev->bus->pm->freeze_noirq);
}

static int thaw_noirq(struct device *dev)
{
	return unless_left(dev, dev->bus->pm->thaw_noirq);
}

static int thaw(struct device *dev)
{
	return by_bus(xpm_power_function(dev), dev->bus->pm->thaw);
}

static int poweroff(struct device *dev)
{
	return wake_by_bus(dev, dev->bus->pm->poweroff);
}

static int poweroff_noirq(struct device *dev)
{
	return unless_left(dev, dev->bus->pm->poweroff_noirq);
}

static int restore_noirq(struct device *dev)
{
	return unless_left(dev, dev->bus->pm->restore_noirq);
}

static int restore(struct device *dev)
{
	return by_bus(xpm_power_function(dev), dev->bus->pm->restore);
}

/**
 * xpm_sleep_init_ops() - what the PM core calls when the host sleeps
 * @ops: the operations of a function, as the PCI bus has them
 *
 * Context: any.
 */
void xpm_sleep_init_ops(struct dev_pm_ops *ops)
{
	/* Without CONFIG_PM_SLEEP there are none. */
	if (!ops->prepare || !ops->suspend || !ops->suspend_noirq)
		return;
	ops->prepare = prepare;
	ops->complete = complete_sleep;
	ops->suspend = suspend;
	ops->suspend_noirq = suspend_noirq;
	ops->resume_noirq = resume_noirq;
	ops->resume = resume;
	/* Nor without CONFIG_HIBERNATE_CALLBACKS of these: all, or none. */
	if (!ops->freeze)
		return;
	ops->freeze = freeze;
	ops->freeze_noirq = freeze_noirq;
	ops->thaw_noirq = thaw_noirq;
	ops->thaw = thaw;
	ops->poweroff = poweroff;
	ops->poweroff_noirq = poweroff_noirq;
	ops->restore_noirq = restore_noirq;
	ops->restore = restore;
}

static bool chip_can_wake(unsigned int irq)
{
	struct irq_data *data = irq_get_irq_data(irq);
	struct irq_chip *chip = data ? irq_data_get_irq_chip(data) : NULL;

	return chip && (chip->irq_set_wake ||
			chip->flags & IRQCHIP_SKIP_SET_WAKE);
}

/**
 * xpm_sleep_can_wake_s2idle() - would a PME end the host's s2idle?
 * @f: the function
 *
 * Only an interrupt whose chip can be armed does; of stock kernels the chip of
 * Xen's physical interrupts cannot (xen_pirq_chip of events_base.c).
 *
 * Context: process.
 * Return: true if so.
 */
bool xpm_sleep_can_wake_s2idle(struct xpm_function *f)
{
	struct pci_dev *root = pcie_find_root_port(f->pdev);
	unsigned int irq;

	if (root && root->irq && chip_can_wake(root->irq))
		return true;
	return !acpi_gsi_to_irq(acpi_gbl_FADT.sci_interrupt, &irq) &&
	       chip_can_wake(irq);
}

/**
 * xpm_sleep_init() - begin to notice the host's sleep
 *
 * Context: process.
 * Return: 0 or a negative error.
 */
int xpm_sleep_init(void)
{
	return register_pm_notifier(&pm_nb);
}

/**
 * xpm_sleep_exit() - stop
 *
 * Context: process.
 */
void xpm_sleep_exit(void)
{
	unregister_pm_notifier(&pm_nb);
}
