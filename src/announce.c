// SPDX-License-Identifier: GPL-2.0-only
/*
 * Telling the world outside of a PME: a uevent for the administrator, and for
 * the guest `pme-N` beside libxl's `dev-N` in the back end's directory, so that
 * it need not poll. docs/pme-protocol.md has the guest's side.
 *
 * Xenstore is written by the work below alone, which is frozen while the system
 * sleeps, as xenstored is.
 */
#include <linux/kobject.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <xen/xenbus.h>

#include "announce.h"
#include "function.h"
#include "owner.h"

/* Uevents of PMEs of one function come at most so often. */
#define XPM_ANNOUNCE_UEVENT_MS	1000

/* Somebody else changes xenstore all the time; not for ever. */
#define XPM_ANNOUNCE_TRIES	10

static void uevent(struct xpm_function *f, const char *event)
{
	char what[40], owner[40], target[40], count[48];
	char *env[] = { what, owner, target, count, NULL };
	int domain = xpm_owner_of(f);

	snprintf(what, sizeof(what), "XEN_PCIBACK_PM_EVENT=%s", event);
	snprintf(owner, sizeof(owner), "XEN_PCIBACK_PM_OWNER=");
	snprintf(target, sizeof(target), "XEN_PCIBACK_PM_TARGET=");
	if (domain >= 0) {
		snprintf(owner, sizeof(owner), "XEN_PCIBACK_PM_OWNER=%d",
			 domain);
		domain = xpm_owner_target(domain);
	}
	if (domain >= 0)
		snprintf(target, sizeof(target), "XEN_PCIBACK_PM_TARGET=%d",
			 domain);
	snprintf(count, sizeof(count), "XEN_PCIBACK_PM_COUNT=%lu",
		 READ_ONCE(f->pme_count));
	kobject_uevent_env(&f->pdev->dev.kobj, KOBJ_CHANGE, env);
}

/*
 * Xenstore makes missing directories, so a plain write could bring back the
 * one of a back end that a toolstack has just removed.
 */
static void write_counter(struct xpm_function *f, unsigned long count)
{
	struct xenbus_transaction t;
	int tries, ret = -EAGAIN;
	char node[16];

	snprintf(node, sizeof(node), "pme-%d", f->node_index);
	for (tries = 0; ret == -EAGAIN && tries < XPM_ANNOUNCE_TRIES; tries++) {
		ret = xenbus_transaction_start(&t);
		if (ret)
			break;
		if (!xenbus_exists(t, f->node_dir, "state")) {
			xenbus_transaction_end(t, 1);
			return;
		}
		ret = xenbus_printf(t, f->node_dir, node, "%lu", count);
		if (ret)
			xenbus_transaction_end(t, 1);
		else
			ret = xenbus_transaction_end(t, 0);
	}
	if (ret)
		pci_info_ratelimited(f->pdev,
				     "%s/%s cannot be written (error %d): its guest is not told of PMEs and has to poll\n",
				     f->node_dir, node, ret);
}

static void remove_counter(struct xpm_function *f)
{
	char node[16];

	if (!f->node_dir)
		return;
	snprintf(node, sizeof(node), "pme-%d", f->node_index);
	xenbus_rm(XBT_NIL, f->node_dir, node);
	kfree(f->node_dir);
	f->node_dir = NULL;
}

static void announce(struct work_struct *work)
{
	struct xpm_function *f = container_of(to_delayed_work(work),
					      struct xpm_function, announce);
	unsigned long count, session, base, next;

	/* A guest seen late must not bring back what xpm_announce_stop() removed. */
	if (!READ_ONCE(f->live))
		return;

	spin_lock(&f->lock);
	count = f->pme_count;
	session = f->session;
	base = f->session_base;
	spin_unlock(&f->lock);

	if (f->node_session != session)
		remove_counter(f);
	f->node_session = session;
	if (!f->node_dir && READ_ONCE(f->guest_seen)) {
		f->node_dir = xpm_owner_backend(f, &f->node_index);
		f->node_written = ULONG_MAX;
	}
	if (f->node_dir && f->node_written != count - base) {
		f->node_written = count - base;
		write_counter(f, count - base);
	}

	if (f->uevent_count == count)
		return;
	next = f->uevent_at + msecs_to_jiffies(XPM_ANNOUNCE_UEVENT_MS);
	if (time_before(jiffies, next)) {
		queue_delayed_work(system_freezable_wq, &f->announce,
				   next - jiffies);
		return;
	}
	f->uevent_at = jiffies;
	f->uevent_count = count;
	uevent(f, "pme");
}

/**
 * xpm_announce_init_function() - before anything else can reach the function
 * @f: the function
 *
 * Context: any.
 */
void xpm_announce_init_function(struct xpm_function *f)
{
	INIT_DELAYED_WORK(&f->announce, announce);
	f->uevent_at = jiffies - msecs_to_jiffies(XPM_ANNOUNCE_UEVENT_MS);
}

/**
 * xpm_announce_start() - a function was hooked
 * @f: the function
 *
 * Context: process; the caller holds the device lock.
 */
void xpm_announce_start(struct xpm_function *f)
{
	uevent(f, "hooked");
}

/**
 * xpm_announce_stop() - a function was given back
 * @f: the function; nothing latches a PME any more, no guest is seen
 *
 * Context: process; the caller holds the device lock. Waits for xenstore.
 */
void xpm_announce_stop(struct xpm_function *f)
{
	cancel_delayed_work_sync(&f->announce);
	remove_counter(f);
	uevent(f, "unhooked");
}

/**
 * xpm_announce_session() - a guest has begun to use a function, or has ended
 * @f: the function
 * @over: which of the two
 *
 * Context: any but interrupt.
 */
void xpm_announce_session(struct xpm_function *f, bool over)
{
	if (over) {
		spin_lock(&f->lock);
		f->session++;
		f->session_base = f->pme_count;
		spin_unlock(&f->lock);
	}
	mod_delayed_work(system_freezable_wq, &f->announce, 0);
}

/**
 * xpm_announce_pme() - a PME was latched
 * @f: the function
 *
 * Context: any but interrupt.
 */
void xpm_announce_pme(struct xpm_function *f)
{
	mod_delayed_work(system_freezable_wq, &f->announce, 0);
}
