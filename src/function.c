// SPDX-License-Identifier: GPL-2.0-only
/*
 * One hooked function: hook, unhook, find, free.
 */
#include <linux/delay.h>
#include <linux/hashtable.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/pm_runtime.h>
#include <linux/printk.h>
#include <linux/ratelimit.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include <xen/pci.h>

#include "announce.h"
#include "function.h"
#include "gate.h"
#include "guest.h"
#include "optin.h"
#include "owner.h"
#include "power.h"
#include "restore.h"
#include "sleep.h"
#include "snapshot.h"
#include "sysfs.h"
#include "wake.h"

/* How often, and how far apart, to look whether a function answers. */
#define XPM_FUNCTION_READ_TRIES	10
#define XPM_FUNCTION_READ_MS	10

/* PCI PM 1.2's, which each function has that may lose its power. */
#define XPM_FUNCTION_PM_VERSION	3

DEFINE_SRCU(xpm_function_srcu);

/*
 * The hooked functions. Readers hold RCU or xpm_function_srcu; writers hold
 * @functions_mutex, which is taken under the device lock.
 */
static DEFINE_HASHTABLE(functions, 6);
static DEFINE_MUTEX(functions_mutex);

/* Functions that were unhooked, until the reaper; under @functions_mutex. */
static LIST_HEAD(graveyard);

static void reap(struct work_struct *work);
static DECLARE_DELAYED_WORK(reaper, reap);

/* A config access that may be to a hooked function looks in one bucket. */
static unsigned long place(const struct pci_bus *bus, unsigned int devfn)
{
	return (unsigned long)bus + devfn;
}

/**
 * xpm_function_find() - the hooked function of a pci_dev
 * @pdev: the pci_dev
 *
 * Context: any, holding xpm_function_srcu for as long as the result is used, or
 * the device lock of @pdev, under which functions come and go.
 * Return: the function, or NULL if it is not hooked.
 */
struct xpm_function *xpm_function_find(const struct pci_dev *pdev)
{
	struct xpm_function *f, *found = NULL;

	rcu_read_lock();
	hash_for_each_possible_rcu(functions, f, node,
				   place(pdev->bus, pdev->devfn))
		if (f->pdev == pdev) {
			found = f;
			break;
		}
	rcu_read_unlock();
	return found;
}

/**
 * xpm_function_find_devfn() - the hooked function at a place on a bus
 * @bus: the bus
 * @devfn: device and function number
 *
 * Context: any, holding xpm_function_srcu for as long as the result is used; or
 * pciback's worker, which may use it until it sleeps.
 * Return: the function, or NULL if it is not hooked.
 */
struct xpm_function *xpm_function_find_devfn(const struct pci_bus *bus,
					     unsigned int devfn)
{
	struct xpm_function *f;

	/* What keeps the result keeps all that is passed on the way. */
	hash_for_each_possible_rcu(functions, f, node, place(bus, devfn), true)
		if (f->pdev->bus == bus && f->pdev->devfn == devfn)
			return f;
	return NULL;
}

/**
 * xpm_function_quiesce() - wait until nobody is in code that an unhook bypassed
 *
 * pciback's worker and config accessors enter our code through a pointer that
 * they loaded before: synchronize_rcu_tasks() waits for those that have not yet
 * come to srcu_read_lock(), or do without (enter_at_once() in gate.c),
 * synchronize_srcu() for those inside, and the second synchronize_rcu_tasks() for
 * those between srcu_read_unlock() and the return, and for conf_space.c's last use
 * of the field that led in. None of these stretches sleeps outside SRCU.
 *
 * Context: process; sleeps for three grace periods.
 */
void xpm_function_quiesce(void)
{
	synchronize_rcu_tasks();
	synchronize_srcu(&xpm_function_srcu);
	synchronize_rcu_tasks();
}

/**
 * xpm_function_say() - a message that a guest can cause
 * @f: the function
 * @level: KERN_INFO and the like
 * @format: what to say, and what goes into it
 *
 * Ten in five seconds, of each function for itself: a guest neither fills the log
 * nor hides what there is to say about another's function, as it could with one
 * limit for each message.
 *
 * Context: any.
 */
void xpm_function_say(struct xpm_function *f, const char *level,
		      const char *format, ...)
{
	struct va_format text = { .fmt = format };
	va_list args;

	if (!__ratelimit(&f->messages))
		return;
	va_start(args, format);
	text.va = &args;
	dev_printk(level, &f->pdev->dev, dev_fmt("%pV"), &text);
	va_end(args);
}

static void reap(struct work_struct *work)
{
	struct xpm_function *f, *next;
	LIST_HEAD(dead);

	mutex_lock(&functions_mutex);
	list_splice_init(&graveyard, &dead);
	mutex_unlock(&functions_mutex);

	xpm_function_quiesce();
	list_for_each_entry_safe(f, next, &dead, grave) {
		/* Whoever else could queue them is gone by now; in this order they do. */
		cancel_delayed_work_sync(&f->unowned);
		cancel_delayed_work_sync(&f->settle);
		cancel_delayed_work_sync(&f->pme_hold);
		cancel_delayed_work_sync(&f->storm);
		xpm_announce_stop(f);
		xpm_gate_put(f->gate, f->pdev->devfn);
		xpm_pciback_release(f);
		xpm_restore_drop(f);
		xpm_snapshot_free(f);
		pci_dev_put(f->pdev);
		kfree(f);
	}

	if (!xpm_gate_reap())
		mod_delayed_work(system_long_wq, &reaper, HZ);
}

/**
 * xpm_function_set_options() - the entry that names a function has changed
 * @f: the function
 * @options: XPM_OPT_*
 *
 * What the present owner may have read (PME_Support, NoSoftRst) stays until the
 * function changes hands.
 *
 * Context: process; the caller holds the device lock.
 */
void xpm_function_set_options(struct xpm_function *f, unsigned int options)
{
	bool asleep;

	device_lock_assert(&f->pdev->dev);
	mutex_lock(&f->handover);
	spin_lock(&f->lock);
	f->options = options;
	asleep = f->gate_state != XPM_GATE_OPEN;
	spin_unlock(&f->lock);
	/* Nobody has read anything: who has it by libxl's note alone reads hardware. */
	if (xen_find_device_domain_owner(f->pdev) < 0)
		xpm_guest_present(f, f->hw_pmcsr & ~PCI_PM_CTRL_STATE_MASK,
				  false);
	mutex_unlock(&f->handover);

	/* The depth is decided when the function falls asleep. */
	if (asleep)
		pm_request_resume(&f->pdev->dev);
}

/* In words why a function of its kind cannot be hooked, and what to do; or NULL. */
static const char *unsuitable(struct pci_dev *pdev)
{
	const struct dev_pm_ops *pm = pdev->dev.driver->pm;

	if (pdev->is_virtfn)
		return "it is a virtual function, which has no power of its own: name its physical function, or nothing";
	if (pdev->hdr_type != PCI_HEADER_TYPE_NORMAL)
		return "it is a bridge: name the functions below it";
	if (!pdev->pm_cap)
		return "it has no PM capability: take it out of the list";
	if (pdev->dev.pm_domain)
		return "it has a PM domain already: unload the module that gave it one";
	if (!pdev->dev.bus->pm)
		return "the kernel was built without power management";
	if (pm && (pm->runtime_suspend || pm->runtime_resume ||
		   pm->runtime_idle))
		return "this xen-pciback brings runtime power management of its own: use that, and unload this module";
	return NULL;
}

/*
 * Likewise of what it is set to; it answers. Xen enables ATS by itself, so that
 * dom0's kernel does not know (ats_enabled). An invalidation that a function without
 * power does not answer takes Xen down (vtd/qinval.c there).
 */
static const char *unsuitable_for_now(struct pci_dev *pdev)
{
	int cap = pci_find_ext_capability(pdev, PCI_EXT_CAP_ID_ATS);
	u16 control = 0;

	if (cap)
		pci_read_config_word(pdev, cap + PCI_ATS_CTRL, &control);
	if (control & PCI_ATS_CTRL_ENABLE)
		return "ATS is enabled, and the IOMMU would wait for a function without power: boot Xen without ats, or take it out of the list";
	return NULL;
}

/*
 * PMCSR of a function that stock may just have written D0 to, after which some
 * answer all ones for a while.
 */
static bool read_pmcsr(struct pci_dev *pdev, u16 *pmcsr)
{
	int tries = 0;

	for (;;) {
		pci_read_config_word(pdev, pdev->pm_cap + PCI_PM_CTRL, pmcsr);
		if (!PCI_POSSIBLE_ERROR(*pmcsr))
			return true;
		if (++tries == XPM_FUNCTION_READ_TRIES)
			return false;
		msleep(XPM_FUNCTION_READ_MS);
	}
}

/*
 * PMC of a function without power, by what the kernel has read of it once. D1 and D2
 * it is not to be brought to anyway.
 */
static u16 assumed_pmc(const struct pci_dev *pdev)
{
	return pdev->pme_support << PCI_PM_CAP_PME_SHIFT | XPM_FUNCTION_PM_VERSION;
}

/* PMCSR of one that does not answer: in the state that the kernel says. */
static u16 assumed_pmcsr(const struct xpm_function *f)
{
	pci_power_t state = f->pdev->current_state == PCI_D0 ? PCI_D0 : PCI_D3hot;

	return (f->hw_pmcsr & ~PCI_PM_CTRL_STATE_MASK) | (__force u16)state;
}

/**
 * xpm_function_find_caps() - see where the capabilities are that count for a sleep
 * @f: the function, which answers, and its gate closed unless it is being hooked
 *
 * Once: they stay where they are. One that is hooked without power has none until it
 * answers, and does not sleep before that.
 *
 * Context: process, with nobody else who moves the function.
 */
void xpm_function_find_caps(struct xpm_function *f)
{
	struct pci_dev *pdev = f->pdev;

	if (f->caps_found)
		return;
	WRITE_ONCE(f->vpd_cap, pci_find_capability(pdev, PCI_CAP_ID_VPD));
	f->ats_cap = pci_find_ext_capability(pdev, PCI_EXT_CAP_ID_ATS);
	f->sriov_cap = pci_find_ext_capability(pdev, PCI_EXT_CAP_ID_SRIOV);
	f->rebar_cap = pci_find_ext_capability(pdev, PCI_EXT_CAP_ID_REBAR);
	f->caps_found = true;
}

/*
 * Kernel and hardware are to agree in which state the function is, and that is one
 * that we know.
 *
 * In stock the kernel may take it for in another one than it is in, since
 * pci_check_pme_status() writes back the PowerState that it has read before a
 * guest's write; pci_set_power_state() would do nothing. D1 and D2 are no states of
 * ours: a guest that has it there finds it in D0. So does the next owner of one that
 * nobody has, which a reset has not brought there.
 */
static void agree(struct xpm_function *f, u16 pmcsr)
{
	pci_power_t state = (__force pci_power_t)(pmcsr & PCI_PM_CTRL_STATE_MASK);

	/* To D1 and D2 the kernel does not go where they are not offered. */
	if (f->pdev->current_state != state)
		xpm_power_set_state(f, state == PCI_D0 ? PCI_D0 : PCI_D3hot);
	if (f->vpm.state == XPM_VPM_D0 && state != PCI_D0)
		xpm_power_set_state(f, PCI_D0);
}

/**
 * xpm_function_hook() - take a function over
 * @pdev: the function, bound to xen-pciback
 * @options: XPM_OPT_* of the entry that names it
 *
 * Context: process; the caller holds the device lock. Sleeps for xenstore, and for
 * grace periods if the function has an owner already or its gate is taken back;
 * while a back end gives up functions, as xpm_power_resume_sync().
 * Return: 0; -EAGAIN if xen-pciback has not initialised it yet; -EIO if it does not
 * answer; -EOPNOTSUPP if it cannot be hooked, which was logged; -ENOMEM.
 */
int xpm_function_hook(struct pci_dev *pdev, unsigned int options)
{
	struct xpm_function *f;
	bool owned, answers = false;
	const char *why;
	u16 pmcsr = 0;
	int ret;

	device_lock_assert(&pdev->dev);

	/* There is no notification when it is. */
	if (!xpm_pciback_is_ready(pdev))
		return -EAGAIN;

	why = unsuitable(pdev);
	if (!why) {
		/*
		 * What is read of it from here on is kept for as long as it is
		 * hooked. But one that did not get its power back, and was given
		 * back so, gets it by being hooked, if at all: the port above
		 * wakes with it.
		 */
		answers = read_pmcsr(pdev, &pmcsr);
		if (!answers && pdev->current_state != PCI_D3cold)
			return -EIO;
		if (answers)
			why = unsuitable_for_now(pdev);
	}
	if (why) {
		pci_warn(pdev, "not hooked: %s\n", why);
		return -EOPNOTSUPP;
	}

	f = kzalloc(sizeof(*f), GFP_KERNEL);
	if (!f)
		return -ENOMEM;
	f->pdev = pci_dev_get(pdev);
	f->options = options;
	spin_lock_init(&f->lock);
	ratelimit_default_init(&f->messages);
	mutex_init(&f->handover);

	why = xpm_pciback_find(pdev, &f->pciback);
	if (why) {
		pci_warn(pdev,
			 "not hooked: %s; report it with the kernel's version, and take it out of the list\n",
			 why);
		ret = -EOPNOTSUPP;
		goto err_function;
	}

	ret = xpm_snapshot_alloc(f);
	if (ret)
		goto err_pciback;

	f->gate = xpm_gate_get(pdev->bus, pdev->devfn);
	if (IS_ERR(f->gate)) {
		ret = PTR_ERR(f->gate);
		if (ret == -EBUSY) {
			pci_warn(pdev,
				 "not hooked: aer_inject has replaced the config accessors of its bus: unload that and write the list again\n");
			ret = -EOPNOTSUPP;
		}
		goto err_snapshot;
	}

	xpm_gate_init_function(f);
	xpm_wake_init_function(f);
	xpm_owner_init_function(f);
	xpm_announce_init_function(f);
	xpm_power_init_function(f);

	owned = xen_find_device_domain_owner(pdev) >= 0;
	if (answers) {
		xpm_function_find_caps(f);
		pci_read_config_word(pdev, pdev->pm_cap + PCI_PM_PMC, &f->hw_pmc);
	} else {
		f->hw_pmc = assumed_pmc(pdev);
		pmcsr = assumed_pmcsr(f);
		xpm_power_init_dead(f);
	}
	f->hw_pmcsr = pmcsr;
	f->found_no_d3cold = pdev->no_d3cold;
	xpm_guest_present(f, owned ? pmcsr : pmcsr & ~PCI_PM_CTRL_STATE_MASK,
			  owned);

	/* From here on pciback's worker finds it; the gate waits for live. */
	mutex_lock(&functions_mutex);
	hash_add_rcu(functions, &f->node, place(pdev->bus, pdev->devfn));
	mutex_unlock(&functions_mutex);

	xpm_pciback_take(f);
	/*
	 * A guest's write of PMCSR may have been in stock's handler when we took
	 * over. pci_set_low_power_state() and pci_power_up() write PowerState
	 * before they sleep, so it is there after this, however long the worker
	 * was kept from running. What is not waited for is a _PS0 that sleeps, of
	 * a guest that wakes its function in this very moment.
	 */
	if (owned)
		synchronize_rcu_tasks();

	/* Nor can one be half done that has come to our handler meanwhile. */
	mutex_lock(&f->handover);
	if (owned) {
		answers = read_pmcsr(pdev, &pmcsr);
		if (!answers)
			pmcsr = assumed_pmcsr(f);
		xpm_guest_present(f, pmcsr, true);
	}
	WRITE_ONCE(f->live, true);
	if (answers)
		agree(f, pmcsr);
	xpm_wake_start(f);
	xpm_power_start(f);
	mutex_unlock(&f->handover);
	xpm_owner_start(f);

	/* Who hears that it is hooked finds them. */
	if (xpm_sysfs_add(f))
		pci_warn(pdev, "its attributes cannot be shown: memory is short\n");
	xpm_announce_start(f);
	pci_info(pdev, "hooked%s%s\n",
		 f->as_stock ? ", its guest is running: no PME until it changes hands" : "",
		 f->options & XPM_OPT_D3HOT ? ", D3hot at the deepest" : "");
	return 0;

err_snapshot:
	xpm_snapshot_free(f);
err_pciback:
	xpm_pciback_release(f);
err_function:
	pci_dev_put(pdev);
	kfree(f);
	return ret;
}

/**
 * xpm_function_unhook() - give a function back to stock
 * @f: the function
 * @reset_follows: pciback is about to reset it, so leave it in D0; else leave
 *	it in the state that its guest believes it is in
 *
 * Context: process; the caller holds the device lock. Sleeps as long as the PM
 * core takes to resume the function.
 */
void xpm_function_unhook(struct xpm_function *f, bool reset_follows)
{
	struct pci_dev *pdev = f->pdev;

	device_lock_assert(&pdev->dev);

	xpm_sysfs_remove(f);
	/* Not while the device lock is ours. */
	xpm_power_after_reset(f);
	xpm_power_wake_sync(f, XPM_KEEP_UNHOOK, XPM_CAUSE_HOST);
	/* A resume that is not over yet may still tell of a PME. */
	pm_runtime_barrier(&pdev->dev);
	xpm_wake_stop(f);

	/*
	 * With @handover held no write of PMCSR is half done, and the guest sees
	 * one state throughout: first hardware takes it, then stock shows it.
	 */
	mutex_lock(&f->handover);
	if (!reset_follows && f->vpm.state == XPM_VPM_D3HOT)
		xpm_power_set_state(f, PCI_D3hot);
	WRITE_ONCE(f->live, false);
	xpm_pciback_give_back(f);
	mutex_lock(&functions_mutex);
	hash_del_rcu(&f->node);
	mutex_unlock(&functions_mutex);
	f->gone = true;
	mutex_unlock(&f->handover);

	xpm_power_stop(f);
	xpm_sleep_leave(f);
	xpm_owner_stop(f);
	mutex_lock(&functions_mutex);
	list_add(&f->grave, &graveyard);
	mutex_unlock(&functions_mutex);
	pci_info(pdev, "given back to stock xen-pciback\n");
	mod_delayed_work(system_long_wq, &reaper, 0);
}

/**
 * xpm_function_next() - walk the hooked functions
 * @from: the last one, whose reference is dropped; NULL to begin
 *
 * Functions that come or go meanwhile may be seen or not.
 *
 * Context: process.
 * Return: a hooked function's pci_dev, referenced; or NULL at the end.
 */
struct pci_dev *xpm_function_next(struct pci_dev *from)
{
	struct pci_dev *pdev = from;

	/* pci_get_device() drops the reference of the one that it is given. */
	while ((pdev = pci_get_device(PCI_ANY_ID, PCI_ANY_ID, pdev)))
		if (xpm_function_find(pdev))
			return pdev;
	return NULL;
}

/**
 * xpm_function_exit() - free all that was unhooked
 *
 * Where another module's pci_ops still lead into ours, waits until they do not:
 * our code must not go before.
 *
 * Context: process.
 */
void xpm_function_exit(void)
{
	unsigned int seconds = 0;

	mod_delayed_work(system_long_wq, &reaper, 0);
	flush_delayed_work(&reaper);
	cancel_delayed_work_sync(&reaper);
	while (!xpm_gate_reap()) {
		if (!(seconds++ % 30))
			pr_warn("another module stands on top of a PCI bus's config accessors: unload that one (aer_inject, say), then the unloading of this one ends\n");
		ssleep(1);
	}
}
