// SPDX-License-Identifier: GPL-2.0-only
/*
 * Telling the world outside of a PME: a uevent for the administrator, and for
 * the guest `pme-N` beside libxl's `dev-N` in the back end's directory, so that
 * it need not poll. docs/pme-protocol.md has the guest's side.
 *
 * All of that waits for xenstored, which is frozen while the system sleeps, and
 * may be dead. So it is done by work of our own alone, on a queue that nobody
 * waits for who goes to sleep: not freezable, since tasks are frozen before
 * queues are, and without the device lock, which the PM core takes.
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

/*
 * And xenstore is written at most so often: while a function is awake a guest that
 * drives it can have a PME latched with every other write of PMCSR.
 */
#define XPM_ANNOUNCE_STORE_MS	100

static struct workqueue_struct *announcer;

/* Somebody else changes xenstore all the time; not for ever. */
#define XPM_ANNOUNCE_TRIES	10

static void uevent(struct xpm_function *f, const char *event,
		   unsigned long count)
{
	char what[40], owner[40], target[40], number[48];
	char *env[] = { what, owner, target, number, NULL };
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
	snprintf(number, sizeof(number), "XEN_PCIBACK_PM_COUNT=%lu", count);
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
		xpm_function_say(f, KERN_INFO,
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

/* How long it is, in jiffies, until @ms after @at; 0 if that is over. */
static unsigned long left(unsigned long at, unsigned int ms)
{
	unsigned long next = at + msecs_to_jiffies(ms), now = jiffies;

	return time_before(now, next) ? next - now : 0;
}

/* Returns after how many jiffies to try again, if it is too early; else 0. */
static unsigned long update_counter(struct xpm_function *f, unsigned long count)
{
	unsigned long wait;

	if (f->node_dir ? f->node_written == count : !READ_ONCE(f->guest_seen))
		return 0;
	wait = left(f->store_at, XPM_ANNOUNCE_STORE_MS);
	if (wait)
		return wait;
	f->store_at = jiffies;

	if (!f->node_dir) {
		f->node_dir = xpm_owner_backend(f, &f->node_index);
		if (!f->node_dir)
			return 0;
	}
	f->node_written = count;
	write_counter(f, count);
	return 0;
}

static void announce(struct work_struct *work)
{
	struct xpm_function *f = container_of(to_delayed_work(work),
					      struct xpm_function, announce);
	unsigned long count, session, base, said, wait, next;

	spin_lock(&f->lock);
	count = f->pme_count;
	session = f->session;
	base = f->session_base;
	said = f->uevent_count;
	spin_unlock(&f->lock);

	if (!f->hooked_said)
		uevent(f, "hooked", count);
	f->hooked_said = true;

	if (f->node_session != session)
		remove_counter(f);
	f->node_session = session;
	wait = update_counter(f, count - base);
	next = said == count ? 0 : left(f->uevent_at, XPM_ANNOUNCE_UEVENT_MS);
	if (next && (!wait || next < wait))
		wait = next;
	if (wait)
		queue_delayed_work(announcer, &f->announce, wait);
	if (said == count || next)
		return;
	f->uevent_at = jiffies;
	spin_lock(&f->lock);
	/* What is not told of one owner is not told of the next. */
	if (f->session == session)
		f->uevent_count = count;
	else
		count = said;
	spin_unlock(&f->lock);
	if (said != count)
		uevent(f, "pme", count);
}

static void announce_now(struct xpm_function *f)
{
	mod_delayed_work(announcer, &f->announce, 0);
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
	f->store_at = jiffies - msecs_to_jiffies(XPM_ANNOUNCE_STORE_MS);
}

/**
 * xpm_announce_start() - a function was hooked
 * @f: the function
 *
 * Context: any but interrupt.
 */
void xpm_announce_start(struct xpm_function *f)
{
	announce_now(f);
}

/**
 * xpm_announce_stop() - a function was given back
 * @f: the function, which nobody can reach any more
 *
 * Context: process, holding no device lock. Waits for xenstore.
 */
void xpm_announce_stop(struct xpm_function *f)
{
	cancel_delayed_work_sync(&f->announce);
	remove_counter(f);
	if (f->hooked_said)
		uevent(f, "unhooked", f->pme_count);
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
		f->uevent_count = f->pme_count;
		spin_unlock(&f->lock);
	}
	announce_now(f);
}

/**
 * xpm_announce_pme() - a PME was latched
 * @f: the function
 *
 * Context: any but interrupt.
 */
void xpm_announce_pme(struct xpm_function *f)
{
	announce_now(f);
}

/**
 * xpm_announce_init() - before anything is hooked
 *
 * Context: process.
 * Return: 0 or -ENOMEM.
 */
int xpm_announce_init(void)
{
	announcer = alloc_workqueue("xen-pciback-pm", WQ_UNBOUND, 0);
	return announcer ? 0 : -ENOMEM;
}

/**
 * xpm_announce_exit() - when nothing is hooked any more
 *
 * Context: process.
 */
void xpm_announce_exit(void)
{
	destroy_workqueue(announcer);
}
