// SPDX-License-Identifier: GPL-2.0-only
/*
 * When a function changes hands.
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
 * Both end with a call of the PMCSR field's reset handler for each function
 * that was taken away, which is where xpm_function_new_owner() is called from.
 */
#include <linux/device.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/pci.h>
#include <xen/pci.h>
#include <xen/xenbus.h>

#include "function.h"
#include "owner.h"
#include "power.h"

/* What xen-pciback calls its xenbus driver. */
#define XPM_OWNER_XENBUS_DRIVER	"xen-pciback"

/* Of toolstack-written counts: libxl's own limit is far lower. */
#define XPM_OWNER_MAX_DEVICES	4096

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

/* Wake a function if it is the domain's, and keep it awake, or let it go. */
static void hold(struct pci_dev *pdev, domid_t domain, bool wake)
{
	struct xpm_function *f;
	int idx;

	idx = srcu_read_lock(&xpm_function_srcu);
	f = xpm_function_find(pdev);
	if (f && xen_find_device_domain_owner(pdev) == domain) {
		if (wake)
			xpm_power_wake_sync(f, XPM_KEEP_OWNER, XPM_CAUSE_RESET);
		else
			xpm_power_release(f, XPM_KEEP_OWNER, false);
	}
	srcu_read_unlock(&xpm_function_srcu, idx);
}

static void for_functions_of(domid_t domain, bool wake)
{
	struct pci_dev *pdev = NULL;

	while ((pdev = xpm_function_next(pdev)))
		hold(pdev, domain, wake);
}

static int backend_event(struct notifier_block *nb, unsigned long event,
			 void *data)
{
	struct xenbus_device *xdev = to_xenbus_device((struct device *)data);

	if (!is_pci_backend(xdev))
		return NOTIFY_DONE;

	if (event == BUS_NOTIFY_UNBIND_DRIVER)
		for_functions_of(xdev->otherend_id, true);
	else if (event == BUS_NOTIFY_UNBOUND_DRIVER)
		for_functions_of(xdev->otherend_id, false);
	return NOTIFY_DONE;
}

static struct notifier_block backend_nb = { .notifier_call = backend_event };

/* Wake what xen_pcibk_reconfigure() is about to take away. */
static void wake_closing(struct xenbus_device *xdev)
{
	unsigned int domain, bus, slot, func;
	int i, count;

	count = xenbus_read_unsigned(xdev->nodename, "num_devs", 0);
	count = min(count, XPM_OWNER_MAX_DEVICES);
	for (i = 0; i < count; i++) {
		struct pci_dev *pdev;
		char node[32];

		snprintf(node, sizeof(node), "state-%d", i);
		if (xenbus_read_unsigned(xdev->nodename, node,
					 XenbusStateUnknown) !=
		    XenbusStateClosing)
			continue;
		snprintf(node, sizeof(node), "dev-%d", i);
		if (xenbus_scanf(XBT_NIL, xdev->nodename, node, "%x:%x:%x.%x",
				 &domain, &bus, &slot, &func) != 4)
			continue;
		pdev = pci_get_domain_bus_and_slot(domain, bus,
						   PCI_DEVFN(slot, func));
		if (!pdev)
			continue;

		hold(pdev, xdev->otherend_id, true);
		pci_dev_put(pdev);
	}
}

static void otherend_changed(struct xenbus_device *xdev,
			     enum xenbus_state state)
{
	/*
	 * The front end's word alone would let a guest have its functions woken
	 * in the xenwatch thread at will; the back end's state is the
	 * toolstack's.
	 */
	bool detach = state == XenbusStateReconfiguring &&
		      xenbus_read_unsigned(xdev->nodename, "state",
					   XenbusStateUnknown) ==
			      XenbusStateReconfiguring;
	int idx;

	idx = srcu_read_lock(&xpm_function_srcu);
	if (detach)
		wake_closing(xdev);
	wrapped_callback(xdev, state);
	/* What was not taken away in the end may sleep again. */
	if (detach)
		for_functions_of(xdev->otherend_id, false);
	srcu_read_unlock(&xpm_function_srcu, idx);
}

/**
 * xpm_owner_get() - a function was hooked: follow hot-detach
 *
 * Context: process; xen-pciback cannot go away: the caller has a function
 * hooked, and with it a reference on the module.
 */
void xpm_owner_get(void)
{
	struct device_driver *driver;

	mutex_lock(&wrap_mutex);
	if (wrap_users++)
		goto out;

	driver = driver_find(XPM_OWNER_XENBUS_DRIVER, bus_finder.driver.bus);
	if (!driver) {
		pr_warn("xen-pciback has no back end driver: a function that is detached from a running guest while asleep will need remove and rescan\n");
		goto out;
	}
	wrapped_driver = container_of(driver, struct xenbus_driver, driver);
	wrapped_callback = wrapped_driver->otherend_changed;
	WRITE_ONCE(wrapped_driver->otherend_changed, otherend_changed);
out:
	mutex_unlock(&wrap_mutex);
}

/**
 * xpm_owner_put() - the counterpart of xpm_owner_get()
 *
 * The wrapper may still run until xpm_function_quiesce() has returned, so this
 * module and xen-pciback must stay until then.
 *
 * Context: process; the caller still has its reference on xen-pciback.
 */
void xpm_owner_put(void)
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
	bus_unregister_notifier(bus_finder.driver.bus, &backend_nb);
	xenbus_unregister_driver(&bus_finder);
}
