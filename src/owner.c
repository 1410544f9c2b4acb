// SPDX-License-Identifier: GPL-2.0-only
/*
 * When a function changes hands.
 *
 * A function that nobody owns sleeps, like one whose guest has it in D3, some
 * seconds after the last sign of an owner. It is woken by the signs that one
 * comes, all of which come before the owner can touch the function:
 *
 * - libxl writes to its own /libxl/pci, for any kind of guest, first of all;
 * - a back end device of xen-pciback is made, at the creation of a guest;
 * - hot-attach, see below;
 * - and if all of that was missed, pciback's worker acts for an owner
 *   (xpm_guest_seen()).
 *
 * pcistub_put_pci_dev() resets a function whose guest is gone, and knows
 * nothing of power: on a function without any, the reset waits for up to a
 * minute with locks held and leaves a dead device. So the function is woken
 * before. There are two ways there:
 *
 * - the front end is gone: the back end device is unbound from xen-pciback,
 *   which the bus of back ends notifies of before it happens;
 * - hot-detach: the front end says Reconfiguring and xen-pciback looks for
 *   functions in state Closing, within its otherend_changed callback
 *   (xen_pcibk_reconfigure()). No bus event tells, so that callback is wrapped.
 *
 * Both of these end with a call of the PMCSR field's reset handler for each function
 * that was taken away, which is where xpm_guest_session_over() is called from.
 */
#include <linux/device.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <xen/interface/xen.h>
#include <xen/pci.h>
#include <xen/xenbus.h>

#include "function.h"
#include "guest.h"
#include "owner.h"
#include "power.h"
#include "sleep.h"

/* What xen-pciback calls its xenbus driver. */
#define XPM_OWNER_XENBUS_DRIVER	"xen-pciback"

/* Where libxl notes whom it gives a function to (libxl_pci.c there). */
#define XPM_OWNER_CLAIMS	"/libxl/pci"

/* How long a function that nobody owns stays awake after the last sign. */
#define XPM_OWNER_LEAVES_MS	3000

/* Of toolstack-written counts: libxl's own limit is far lower. */
#define XPM_OWNER_MAX_DEVICES	4096

/* More back ends than are unbound at once. */
#define XPM_OWNER_GIVING_UP	32

/*
 * xen-pciback's xenbus driver and its callback while it is wrapped. Both under
 * @wrap_mutex, with the count of hooked functions that need it; read by the
 * wrapper itself, which cannot run before they are set, and which has returned
 * when xpm_function_quiesce() has, after which they may change again.
 */
static struct xenbus_driver *wrapped_driver;
static void (*wrapped_callback)(struct xenbus_device *xdev,
				enum xenbus_state state);
static unsigned int wrap_users;
static DEFINE_MUTEX(wrap_mutex); /* under the device lock; innermost */

/* Matches no device; it is here for the bus that it leads to. */
static const struct xenbus_device_id bus_finder_ids[] = {
	{ "xen-pciback-pm" },
	{ "" },
};

static struct xenbus_driver bus_finder = {
	.name = "xen-pciback-pm",
	.ids = bus_finder_ids,
};

static bool is_pci_backend(const struct xenbus_device *xdev)
{
	return !strcmp(xdev->devicetype, "pci");
}

/**
 * xpm_owner_of() - who owns a function?
 * @f: the function
 *
 * Context: any.
 * Return: the domain's id, or a negative value for nobody.
 */
int xpm_owner_of(const struct xpm_function *f)
{
	int owner = xen_find_device_domain_owner(f->pdev);

	return owner >= 0 ? owner : READ_ONCE(f->claim);
}

/**
 * xpm_owner_target() - whom does a stubdomain act for?
 * @owner: a domain's id
 *
 * Context: process; waits for xenstore.
 * Return: the id of its guest, as the toolstack notes it in xenstore; or a
 * negative value if there is none.
 */
int xpm_owner_target(int owner)
{
	unsigned int target;
	char dir[32];

	snprintf(dir, sizeof(dir), "/local/domain/%d", owner);
	if (xenbus_scanf(XBT_NIL, dir, "target", "%u", &target) != 1 ||
	    target >= DOMID_FIRST_RESERVED)
		return -1;
	return target;
}

static bool is_wanted(struct xpm_function *f)
{
	return xpm_owner_of(f) >= 0 ||
	       READ_ONCE(f->low_power) != XPM_LOW_POWER_AUTO;
}

static void unowned(struct work_struct *work)
{
	struct xpm_function *f = container_of(to_delayed_work(work),
					      struct xpm_function, unowned);

	/* Who makes it wanted by low_power holds this as well. */
	mutex_lock(&f->handover);
	if (is_wanted(f))
		goto out;
	/*
	 * xen_pcibk_remove_device() does not wait for the worker, which may have
	 * seen a guest after the session was over.
	 */
	WRITE_ONCE(f->guest_seen, false);
	xpm_power_release(f, XPM_KEEP_GUEST | XPM_KEEP_MSI, true);
	/* Who came between the two counts on it. */
	if (is_wanted(f) && READ_ONCE(f->vpm.state) == XPM_VPM_D0) {
		xpm_power_keep(f, XPM_KEEP_GUEST);
		xpm_power_kick(f);
	}
out:
	mutex_unlock(&f->handover);
}

/**
 * xpm_owner_leaves() - a function may have no owner any more, or not yet
 * @f: the function
 *
 * Context: any but interrupt.
 */
void xpm_owner_leaves(struct xpm_function *f)
{
	/* Freezable: nothing of ours moves power while the system sleeps. */
	mod_delayed_work(system_freezable_wq, &f->unowned,
			 msecs_to_jiffies(XPM_OWNER_LEAVES_MS));
}

/* An owner is about to come. */
static void expect(struct xpm_function *f)
{
	spin_lock(&f->lock);
	if (f->gate_state != XPM_GATE_OPEN)
		f->next_cause = XPM_CAUSE_HOST;
	spin_unlock(&f->lock);
	if (READ_ONCE(f->vpm.state) == XPM_VPM_D0)
		xpm_power_keep(f, XPM_KEEP_GUEST);
	xpm_power_kick(f);
	xpm_owner_leaves(f);
}

/* Calls @act for a function, if it is hooked. */
static void with_function(struct pci_dev *pdev, unsigned long arg,
			  void (*act)(struct xpm_function *f, unsigned long arg))
{
	struct xpm_function *f;
	int idx;

	idx = srcu_read_lock(&xpm_function_srcu);
	f = xpm_function_find(pdev);
	if (f)
		act(f, arg);
	srcu_read_unlock(&xpm_function_srcu, idx);
}

static void ask_awake(struct xpm_function *f, unsigned long unused)
{
	expect(f);
}

/* So that the first thing that its owner does finds it awake. */
static void wait_awake(struct xpm_function *f, unsigned long deadline)
{
	xpm_power_wait(f, deadline);
}

static void ask_for_reset(struct xpm_function *f, unsigned long domain)
{
	if (xen_find_device_domain_owner(f->pdev) != domain)
		return;
	xpm_power_keep(f, XPM_KEEP_OWNER);
	xpm_power_kick(f);
}

/* It is reset next, so it has to be awake, however long that takes. */
static void hold_for_reset(struct xpm_function *f, unsigned long domain)
{
	if (xen_find_device_domain_owner(f->pdev) != domain)
		return;
	xpm_sleep_hold(f, XPM_KEEP_OWNER, XPM_CAUSE_RESET);
	xpm_power_before_reset(f);
}

/* Those that were not given up in the end may sleep as before. */
static void let_go(struct xpm_function *f, unsigned long unused)
{
	xpm_power_after_reset(f);
	xpm_power_release(f, XPM_KEEP_OWNER, false);
}

static void for_all(unsigned long arg,
		    void (*act)(struct xpm_function *f, unsigned long arg))
{
	struct pci_dev *pdev = NULL;

	while ((pdev = xpm_function_next(pdev)))
		with_function(pdev, arg, act);
}

/*
 * The back ends that give up functions at the moment. What is held for one may be
 * another's, of the same domain or hooked meanwhile, so all are let go by the last.
 * Where there are more, those beyond are not waited for. One that had begun before we
 * were told of any is not among them, and ends none.
 */
static const struct xenbus_device *giving_up[XPM_OWNER_GIVING_UP];
/*
 * Covers giving_up. Taken under the device lock, and with nothing of a function held;
 * for_all() runs under it.
 */
static DEFINE_MUTEX(giving_up_mutex);

static bool replace_giving_up(const struct xenbus_device *old,
			      const struct xenbus_device *new)
{
	int i;

	lockdep_assert_held(&giving_up_mutex);
	for (i = 0; i < ARRAY_SIZE(giving_up); i++)
		if (giving_up[i] == old) {
			giving_up[i] = new;
			return true;
		}
	return false;
}

static bool any_is_giving_up(void)
{
	lockdep_assert_held(&giving_up_mutex);
	return memchr_inv(giving_up, 0, sizeof(giving_up));
}

static void begin_giving_up(const struct xenbus_device *xdev)
{
	mutex_lock(&giving_up_mutex);
	replace_giving_up(NULL, xdev);
	mutex_unlock(&giving_up_mutex);
}

static void end_giving_up(const struct xenbus_device *xdev)
{
	mutex_lock(&giving_up_mutex);
	replace_giving_up(xdev, NULL);
	if (!any_is_giving_up())
		for_all(0, let_go);
	mutex_unlock(&giving_up_mutex);
}

/* How many functions a back end has, or had: the numbers are not given twice. */
static int backend_count(struct xenbus_device *xdev)
{
	return min_t(unsigned int, XPM_OWNER_MAX_DEVICES,
		     xenbus_read_unsigned(xdev->nodename, "num_devs", 0));
}

/* The function that a back end has at @index, referenced, or NULL. */
static struct pci_dev *backend_function(struct xenbus_device *xdev, int index)
{
	unsigned int domain, bus, slot, func;
	char node[16];

	snprintf(node, sizeof(node), "dev-%d", index);
	if (xenbus_scanf(XBT_NIL, xdev->nodename, node, "%x:%x:%x.%x", &domain,
			 &bus, &slot, &func) != 4)
		return NULL;
	return pci_get_domain_bus_and_slot(domain, bus, PCI_DEVFN(slot, func));
}

/* For those functions of a back end that are in @state, or for all of them. */
static void for_backend(struct xenbus_device *xdev, enum xenbus_state state,
			unsigned long arg,
			void (*act)(struct xpm_function *f, unsigned long arg))
{
	int i, count = backend_count(xdev);
	struct pci_dev *pdev;
	char node[16];

	for (i = 0; i < count; i++) {
		snprintf(node, sizeof(node), "state-%d", i);
		if (state != XenbusStateUnknown &&
		    xenbus_read_unsigned(xdev->nodename, node,
					 XenbusStateUnknown) != state)
			continue;
		pdev = backend_function(xdev, i);
		if (!pdev)
			continue;
		with_function(pdev, arg, act);
		pci_dev_put(pdev);
	}
}

/* What is looked for, and what was found, among the back ends. */
struct backend_search {
	const struct pci_dev *pdev;
	int owner;
	char *dir;
	int index;
};

static int search_backend(struct device *dev, void *data)
{
	struct xenbus_device *xdev = to_xenbus_device(dev);
	struct backend_search *search = data;
	struct pci_dev *pdev;
	int i, count;

	if (!is_pci_backend(xdev) || xdev->otherend_id != search->owner)
		return 0;
	count = backend_count(xdev);
	/* A number that was given up still has its function: the last counts. */
	for (i = count - 1; i >= 0; i--) {
		pdev = backend_function(xdev, i);
		pci_dev_put(pdev);
		if (pdev != search->pdev)
			continue;
		search->dir = kstrdup(xdev->nodename, GFP_KERNEL);
		search->index = i;
		return 1;
	}
	return 0;
}

/**
 * xpm_owner_backend() - where in xenstore a function is given to its owner
 * @f: the function
 * @index: set to the N of its dev-N
 *
 * Context: process; waits for xenstore.
 * Return: the back end's directory, to be freed by kfree(); or NULL.
 */
char *xpm_owner_backend(struct xpm_function *f, int *index)
{
	struct backend_search search = {
		.pdev = f->pdev,
		.owner = xen_find_device_domain_owner(f->pdev),
	};

	if (search.owner < 0)
		return NULL;
	bus_for_each_dev(bus_finder.driver.bus, NULL, &search, search_backend);
	*index = search.index;
	return search.dir;
}

/* All are asked before one is waited for: they wake at the same time. */
static int backend_event(struct notifier_block *nb, unsigned long event,
			 void *data)
{
	struct xenbus_device *xdev = to_xenbus_device((struct device *)data);
	unsigned long deadline = jiffies + msecs_to_jiffies(XPM_POWER_WAKE_MS);

	if (!is_pci_backend(xdev))
		return NOTIFY_DONE;

	switch (event) {
	case BUS_NOTIFY_BIND_DRIVER:
		for_backend(xdev, XenbusStateUnknown, 0, ask_awake);
		for_backend(xdev, XenbusStateUnknown, deadline, wait_awake);
		break;
	case BUS_NOTIFY_UNBIND_DRIVER:
		begin_giving_up(xdev);
		for_all(xdev->otherend_id, ask_for_reset);
		for_all(xdev->otherend_id, hold_for_reset);
		break;
	case BUS_NOTIFY_UNBOUND_DRIVER:
		end_giving_up(xdev);
		break;
	}
	return NOTIFY_DONE;
}

static struct notifier_block backend_nb = { .notifier_call = backend_event };

static void otherend_changed(struct xenbus_device *xdev,
			     enum xenbus_state state)
{
	unsigned long deadline = jiffies + msecs_to_jiffies(XPM_POWER_WAKE_MS);
	bool changes = state == XenbusStateReconfiguring;
	int idx;

	idx = srcu_read_lock(&xpm_function_srcu);
	/*
	 * The front end's word alone would let a guest have its functions woken
	 * in the xenwatch thread at will; the back end's state is the
	 * toolstack's. xen_pcibk_reconfigure() looks at it as well, and does
	 * nothing if it is another; what it would see a moment later must not
	 * count, since nothing is awake for it. The toolstack's change comes
	 * before the front end's answer to it.
	 */
	if (changes &&
	    xenbus_read_unsigned(xdev->nodename, "state", XenbusStateUnknown) !=
		    XenbusStateReconfiguring)
		goto out;

	if (changes) {
		begin_giving_up(xdev);
		for_backend(xdev, XenbusStateInitialising, 0, ask_awake);
		for_backend(xdev, XenbusStateClosing, xdev->otherend_id,
			    ask_for_reset);
		for_backend(xdev, XenbusStateInitialising, deadline,
			    wait_awake);
		for_backend(xdev, XenbusStateClosing, xdev->otherend_id,
			    hold_for_reset);
	}
	wrapped_callback(xdev, state);
	if (changes)
		end_giving_up(xdev);
out:
	srcu_read_unlock(&xpm_function_srcu, idx);
}

/*
 * The domain that libxl says it gives a function to, or -1 for none. Returns
 * false if that could not be learnt.
 */
static bool read_claim(const struct pci_dev *pdev, int *claim)
{
	char dir[sizeof(XPM_OWNER_CLAIMS) + 20];
	unsigned int domain;
	int ret;

	snprintf(dir, sizeof(dir), XPM_OWNER_CLAIMS "/%04x-%02x-%02x-%01x",
		 pci_domain_nr(pdev->bus), pdev->bus->number,
		 PCI_SLOT(pdev->devfn), PCI_FUNC(pdev->devfn));
	ret = xenbus_scanf(XBT_NIL, dir, "domid", "%u", &domain);
	if (ret != 1 && ret != -ENOENT && ret != -ERANGE)
		return false;
	*claim = ret == 1 && domain < DOMID_FIRST_RESERVED ? domain : -1;
	return true;
}

/* The xenwatch thread alone, so that the last look counts. */
static void update_claim(struct xpm_function *f, unsigned long unused)
{
	int claim;

	if (!read_claim(f->pdev, &claim) ||
	    xchg(&f->claim, claim) == claim)
		return;
	xpm_guest_forget_low_power(f);
	if (claim >= 0)
		expect(f);
	else
		xpm_owner_leaves(f);
}

/*
 * A change below XPM_OWNER_CLAIMS. Called by the xenwatch thread alone, which
 * must not wait for a device.
 */
static void claims_changed(struct xenbus_watch *watch, const char *path,
			   const char *token)
{
	unsigned int domain, bus, slot, func;
	struct pci_dev *pdev;

	if (sscanf(path, XPM_OWNER_CLAIMS "/%x-%x-%x-%x", &domain, &bus, &slot,
		   &func) != 4) {
		for_all(0, update_claim);
		return;
	}
	pdev = pci_get_domain_bus_and_slot(domain, bus, PCI_DEVFN(slot, func));
	if (!pdev)
		return;
	with_function(pdev, 0, update_claim);
	pci_dev_put(pdev);
}

static struct xenbus_watch claims_watch = {
	.node = XPM_OWNER_CLAIMS,
	.callback = claims_changed,
};

/*
 * Xenstore is there and watched. Early at boot it is not, and who asks it then
 * waits for it to come.
 */
static bool store_watched;

/* The watch fires once when it is set. */
static int store_ready(struct notifier_block *nb, unsigned long event,
		       void *data)
{
	int ret;

	/* A function that is hooked from here on looks for itself. */
	WRITE_ONCE(store_watched, true);
	ret = register_xenbus_watch(&claims_watch);
	if (!ret)
		return NOTIFY_DONE;
	pr_warn("xenstore's " XPM_OWNER_CLAIMS " cannot be watched (error %d): device models of libxl must write low_power\n",
		ret);
	WRITE_ONCE(store_watched, false);
	return NOTIFY_DONE;
}

static struct notifier_block store_nb = { .notifier_call = store_ready };

/**
 * xpm_owner_init_function() - before anything else can reach the function
 * @f: the function
 *
 * Context: any.
 */
void xpm_owner_init_function(struct xpm_function *f)
{
	INIT_DELAYED_WORK(&f->unowned, unowned);
	f->claim = -1;
}

static void wrap(void)
{
	struct device_driver *driver;

	lockdep_assert_held(&wrap_mutex);
	driver = driver_find(XPM_OWNER_XENBUS_DRIVER, bus_finder.driver.bus);
	if (!driver) {
		pr_warn("xen-pciback has no back end driver: a function that is detached from a running guest while asleep will need remove and rescan\n");
		return;
	}
	wrapped_driver = container_of(driver, struct xenbus_driver, driver);
	wrapped_callback = wrapped_driver->otherend_changed;
	WRITE_ONCE(wrapped_driver->otherend_changed, otherend_changed);
}

/**
 * xpm_owner_start() - follow who owns a function
 * @f: the function, found by xpm_function_find() from now on
 *
 * Context: process; the caller holds the device lock, and a reference on
 * xen-pciback's module. Sleeps as long as the PM core takes to resume the function,
 * if a back end is giving one up.
 */
void xpm_owner_start(struct xpm_function *f)
{
	bool held;
	int claim;

	device_lock_assert(&f->pdev->dev);
	mutex_lock(&wrap_mutex);
	wrap_users++;
	if (!wrapped_driver)
		wrap();
	mutex_unlock(&wrap_mutex);

	/* What the watch has found out meanwhile is newer. */
	if (READ_ONCE(store_watched) && read_claim(f->pdev, &claim) &&
	    claim >= 0 && cmpxchg(&f->claim, -1, claim) == -1)
		expect(f);
	xpm_owner_leaves(f);

	/* It may be reset once the caller lets go of the device lock. */
	mutex_lock(&giving_up_mutex);
	held = any_is_giving_up();
	if (held)
		xpm_power_keep(f, XPM_KEEP_OWNER);
	mutex_unlock(&giving_up_mutex);
	if (!held)
		return;
	xpm_power_resume_sync(f);
	mutex_lock(&giving_up_mutex);
	if (any_is_giving_up())
		xpm_power_before_reset(f);
	mutex_unlock(&giving_up_mutex);
}

/**
 * xpm_owner_stop() - the counterpart of xpm_owner_start()
 * @f: the function, not found by xpm_function_find() any more
 *
 * Callbacks may still run until xpm_function_quiesce() has returned, so this
 * module and xen-pciback must stay until then.
 *
 * Context: process; the caller still has its reference on xen-pciback.
 */
void xpm_owner_stop(struct xpm_function *f)
{
	mutex_lock(&wrap_mutex);
	if (!--wrap_users && wrapped_driver) {
		WRITE_ONCE(wrapped_driver->otherend_changed, wrapped_callback);
		wrapped_driver = NULL;
	}
	mutex_unlock(&wrap_mutex);
}

/**
 * xpm_owner_init() - watch the back ends
 *
 * Context: process, before anything is hooked.
 * Return: 0, or an errno of the bus of back ends.
 */
int xpm_owner_init(void)
{
	int ret;

	ret = xenbus_register_backend(&bus_finder);
	if (ret)
		return ret;
	ret = bus_register_notifier(bus_finder.driver.bus, &backend_nb);
	if (ret)
		goto err_driver;
	/* At once if xenstore is there. */
	register_xenstore_notifier(&store_nb);
	return 0;

err_driver:
	xenbus_unregister_driver(&bus_finder);
	return ret;
}

/**
 * xpm_owner_exit() - the counterpart of xpm_owner_init()
 *
 * Context: process, when nothing is hooked any more.
 */
void xpm_owner_exit(void)
{
	unregister_xenstore_notifier(&store_nb);
	if (store_watched)
		unregister_xenbus_watch(&claims_watch);
	bus_unregister_notifier(bus_finder.driver.bus, &backend_nb);
	xenbus_unregister_driver(&bus_finder);
}
