// SPDX-License-Identifier: GPL-2.0-only
/*
 * xen-pcifront-pme: a Linux PV guest is told of its devices' PMEs at once.
 *
 * A PV guest has no PME interrupt and polls PME_Status each second. A dom0 with
 * xen-pciback-pm counts the PMEs of a function in `pme-N` of the back end's
 * directory in xenstore; docs/pme-protocol.md has the rules. This module
 * watches it and does what the kernel does on a PME (pci_pme_wakeup() of
 * drivers/pci/pci.c): report a wakeup event, ask for a resume. The resume is
 * what clears PME_Status, as after a poll. Without such a dom0 nothing happens.
 */
#include <linux/list.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/pm_runtime.h>
#include <linux/pm_wakeup.h>
#include <linux/slab.h>
#include <linux/xarray.h>
#include <xen/xen.h>
#include <xen/xenbus.h>

#define XPF_FRONTENDS	"device/pci"

/* As pci_wakeup_event() has it: time for the resume before a system sleep. */
#define XPF_WAKEUP_MS	100

/**
 * struct xpf_backend - a back end that gives us functions
 * @node: in the list of them
 * @watch: for its directory; its callbacks run one at a time, in the xenwatch
 *	thread, and none after unregister_xenbus_watch()
 * @counts: the last number seen of each pme-N; touched by that thread alone
 * @known: those that were there before us were read; likewise
 * @wanted: a front end names it; likewise
 * @dir: its directory
 */
struct xpf_backend {
	struct list_head node;
	struct xenbus_watch watch;
	struct xarray counts;
	bool known;
	bool wanted;
	char dir[];
};

/* Touched by the xenwatch thread alone, and by exit once that leaves it alone. */
static LIST_HEAD(backends);

/* The function that a back end gives us as its Nth, referenced; or NULL. */
static struct pci_dev *find_function(struct xpf_backend *b, unsigned int index)
{
	unsigned int domain, bus, slot, func;
	char node[16];

	snprintf(node, sizeof(node), "vdev-%u", index);
	if (xenbus_scanf(XBT_NIL, b->dir, node, "%x:%x:%x.%x", &domain, &bus,
			 &slot, &func) != 4)
		return NULL;
	return pci_get_domain_bus_and_slot(domain, bus, PCI_DEVFN(slot, func));
}

/* The poll may have been first, and the function asleep again by now. */
static bool has_pme(struct pci_dev *pdev)
{
	u16 pmcsr = 0;

	if (pdev->pm_cap)
		pci_read_config_word(pdev, pdev->pm_cap + PCI_PM_CTRL, &pmcsr);
	return pmcsr & PCI_PM_CTRL_PME_STATUS;
}

static void wake(struct xpf_backend *b, unsigned int index)
{
	struct pci_dev *pdev = find_function(b, index);

	if (!pdev)
		return;
	pci_dbg(pdev, "PME, by way of %s/pme-%u\n", b->dir, index);
	if (!has_pme(pdev))
		goto out;
	pm_wakeup_event(&pdev->dev, XPF_WAKEUP_MS);
	pm_request_resume(&pdev->dev);
out:
	pci_dev_put(pdev);
}

/* Looks at pme-N; wakes its function if there is news and that is wanted. */
static void look(struct xpf_backend *b, unsigned int index, bool may_wake)
{
	unsigned long count, last;
	char node[16];

	snprintf(node, sizeof(node), "pme-%u", index);
	if (xenbus_scanf(XBT_NIL, b->dir, node, "%lu", &count) != 1) {
		/* Detached; what comes next under this number begins at 0. */
		xa_erase(&b->counts, index);
		return;
	}

	/* A value in an xarray has a bit less. */
	count &= LONG_MAX;
	last = xa_to_value(xa_load(&b->counts, index) ?: xa_mk_value(0));
	/* A number that went back is that of a new session. */
	if (count && count != last && may_wake)
		wake(b, index);
	xa_store(&b->counts, index, xa_mk_value(count), GFP_KERNEL);
}

static void look_at_all(struct xpf_backend *b, bool may_wake)
{
	unsigned int index, n = 0, i;
	unsigned long seen;
	char **names;
	void *count;

	/* Those that are there no more are forgotten. */
	xa_for_each(&b->counts, seen, count)
		look(b, seen, may_wake);

	names = xenbus_directory(XBT_NIL, b->dir, "", &n);
	if (IS_ERR(names))
		return;
	for (i = 0; i < n; i++)
		if (sscanf(names[i], "pme-%u", &index) == 1)
			look(b, index, may_wake);
	kfree(names);
}

static void backend_changed(struct xenbus_watch *watch, const char *path,
			    const char *token)
{
	struct xpf_backend *b = container_of(watch, struct xpf_backend, watch);
	unsigned int index;

	/*
	 * For the directory itself it fires once when it is set, where nothing
	 * is news; again when the guest has been restored, and events may be
	 * lost; and when the directory goes, which says nothing of the nodes.
	 */
	if (!strcmp(path, b->dir)) {
		look_at_all(b, b->known);
		b->known = true;
	} else if (strstarts(path, b->dir) &&
		   sscanf(path + strlen(b->dir), "/pme-%u", &index) == 1) {
		look(b, index, true);
	}
}

static struct xpf_backend *find_backend(const char *dir)
{
	struct xpf_backend *b;

	list_for_each_entry(b, &backends, node)
		if (!strcmp(b->dir, dir))
			return b;
	return NULL;
}

static struct xpf_backend *watch_backend(const char *dir)
{
	struct xpf_backend *b;
	int ret;

	b = kzalloc(struct_size(b, dir, strlen(dir) + 1), GFP_KERNEL);
	if (!b)
		return NULL;
	strcpy(b->dir, dir);
	xa_init(&b->counts);
	b->watch.node = b->dir;
	b->watch.callback = backend_changed;
	ret = register_xenbus_watch(&b->watch);
	if (ret) {
		pr_warn("%s cannot be watched (error %d): its functions' PMEs are polled\n",
			dir, ret);
		kfree(b);
		return NULL;
	}
	list_add(&b->node, &backends);
	return b;
}

static void forget_backend(struct xpf_backend *b)
{
	unregister_xenbus_watch(&b->watch);
	list_del(&b->node);
	xa_destroy(&b->counts);
	kfree(b);
}

/* The back end that a front end names; to be freed, or NULL. */
static char *backend_of(const char *id)
{
	char dir[64], *backend;

	snprintf(dir, sizeof(dir), XPF_FRONTENDS "/%s", id);
	backend = xenbus_read(XBT_NIL, dir, "backend", NULL);
	return IS_ERR(backend) ? NULL : backend;
}

/* A front end has come, changed or gone. */
static void frontends_changed(struct xenbus_watch *watch, const char *path,
			      const char *token)
{
	struct xpf_backend *b, *next;
	unsigned int count = 0, i;
	char **ids, *dir;

	ids = xenbus_directory(XBT_NIL, XPF_FRONTENDS, "", &count);
	if (IS_ERR(ids)) {
		if (PTR_ERR(ids) != -ENOENT)
			return;
		ids = NULL;
	}

	list_for_each_entry(b, &backends, node)
		b->wanted = false;
	for (i = 0; i < count; i++) {
		dir = backend_of(ids[i]);
		if (!dir)
			continue;
		b = find_backend(dir) ?: watch_backend(dir);
		if (b)
			b->wanted = true;
		kfree(dir);
	}
	kfree(ids);
	list_for_each_entry_safe(b, next, &backends, node)
		if (!b->wanted)
			forget_backend(b);
}

static struct xenbus_watch frontends_watch = {
	.node = XPF_FRONTENDS,
	.callback = frontends_changed,
};

static int __init xpf_init(void)
{
	int ret;

	/* As udev has it loaded in an HVM guest as well, that is no error. */
	if (!xen_pv_domain() || xen_initial_domain()) {
		pr_info("not a PV guest of Xen: there is nothing to do here\n");
		return -ENODEV;
	}
	ret = register_xenbus_watch(&frontends_watch);
	if (ret)
		pr_err("xenstore's " XPF_FRONTENDS " cannot be watched (error %d)\n",
		       ret);
	return ret;
}

static void __exit xpf_exit(void)
{
	struct xpf_backend *b, *next;

	/* Nothing is added to the list after this. */
	unregister_xenbus_watch(&frontends_watch);
	list_for_each_entry_safe(b, next, &backends, node)
		forget_backend(b);
}

module_init(xpf_init);
module_exit(xpf_exit);

MODULE_DESCRIPTION("Tells a Xen PV guest of its PCI devices' PMEs at once");
MODULE_AUTHOR("The xen-pciback-pm developers");
MODULE_LICENSE("GPL");
MODULE_VERSION(XPF_VERSION);
/* That of xen-pcifront: udev loads all that have the alias when one appears. */
MODULE_ALIAS("xen:pci");
