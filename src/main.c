// SPDX-License-Identifier: GPL-2.0-only
/*
 * xen-pciback-pm: runtime power management and wake events for PCI functions
 * that xen-pciback gives to Xen guests.
 *
 * Init, exit, the `devices` parameter, and functions that come and go.
 */
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/pci.h>
#include <linux/workqueue.h>
#include <xen/xen.h>

#include "announce.h"
#include "debugfs.h"
#include "function.h"
#include "optin.h"
#include "owner.h"
#include "pciback.h"
#include "sleep.h"

/* xen-pciback's late init has no event; it takes a moment at module load. */
#define XPM_RETRY_MS	500
#define XPM_RETRIES	20

/*
 * A parameter can be stored before init has run (module load) and after exit
 * has begun (sysfs removes it last).
 */
static enum {
	XPM_LOADING,	/* lists are recorded */
	XPM_LIVE,	/* lists are applied */
	XPM_GONE,	/* lists are refused */
} phase;

/* The list in force; NULL is the empty one. */
static struct xpm_optin_list *devices;

/* Covers @phase and @devices; taken under the device lock. */
static DEFINE_MUTEX(devices_mutex);

/*
 * How often what could not be hooked was tried again since the list was written or
 * a function bound last. Without a lock: two that reset it at once do so alike, and
 * one that is lost is a try more.
 */
static unsigned int retries;
static void retry(struct work_struct *work);
static DECLARE_DELAYED_WORK(retry_work, retry);

/* What the list may ask of a function. */
static void identify(struct pci_dev *pdev, struct xpm_optin_id *id)
{
	struct pci_dev *bridge = pdev;

	*id = (struct xpm_optin_id) {
		.domain = pci_domain_nr(pdev->bus),
		.bus = pdev->bus->number,
		.devfn = pdev->devfn,
		.vendor = pdev->vendor,
		.device = pdev->device,
		.subvendor = pdev->subsystem_vendor,
		.subdevice = pdev->subsystem_device,
	};

	/* A device keeps the bridges above it alive. */
	while (id->depth < XPM_OPTIN_DEPTH &&
	       (bridge = pci_upstream_bridge(bridge))) {
		id->upstream[id->depth++] = (struct xpm_optin_bridge) {
			.domain = pci_domain_nr(bridge->bus),
			.bus = bridge->bus->number,
			.devfn = bridge->devfn,
		};
	}
}

/*
 * Make what is hooked agree with the list in force. Lists may be stored, and
 * functions bound, while this runs: whoever does so comes by here afterwards, and
 * who has the device lock last sees the last list.
 */
static void apply_to(struct pci_dev *pdev)
{
	const struct xpm_optin_entry *entry;
	struct xpm_function *f = xpm_function_find(pdev);
	char name[XPM_OPTIN_ENTRY_SIZE];
	unsigned int options = 0;
	bool wanted = false;
	struct xpm_optin_id id;
	int ret;

	device_lock_assert(&pdev->dev);

	identify(pdev, &id);
	mutex_lock(&devices_mutex);
	entry = xpm_optin_match(devices, &id);
	if (entry && phase == XPM_LIVE) {
		wanted = true;
		options = entry->options;
		xpm_optin_entry_format(entry, name, sizeof(name));
	}
	mutex_unlock(&devices_mutex);

	if (wanted && !f && xpm_pciback_owns(pdev)) {
		if (!READ_ONCE(retries))
			pci_info(pdev, "matched by %s\n", name);
		ret = xpm_function_hook(pdev, options);
		if ((ret == -EAGAIN || ret == -EIO) &&
		    READ_ONCE(retries) < XPM_RETRIES)
			/* Freezable: a function must not be hooked asleep. */
			queue_delayed_work(system_freezable_wq, &retry_work,
					   msecs_to_jiffies(XPM_RETRY_MS));
		else if (ret && ret != -EOPNOTSUPP)
			pci_warn(pdev,
				 "not hooked: %s; write the list again\n",
				 ret == -ENOMEM ? "memory is short" :
				 ret == -EIO ? "it does not answer" :
					       "xen-pciback does not initialise it");
	} else if (!wanted && f) {
		xpm_function_unhook(f, false);
	} else if (wanted && f && f->options != options) {
		pci_info(pdev, "matched by %s\n", name);
		xpm_function_set_options(f, options);
	}
}

static void apply(void)
{
	struct pci_dev *pdev = NULL;

	for_each_pci_dev(pdev) {
		device_lock(&pdev->dev);
		apply_to(pdev);
		device_unlock(&pdev->dev);
	}
}

static void retry(struct work_struct *work)
{
	WRITE_ONCE(retries, retries + 1);
	apply();
}

static int devices_set(const char *text, const struct kernel_param *kp)
{
	struct xpm_optin_list *list = NULL;
	struct xpm_optin_error error;
	bool live;
	int ret;

	mutex_lock(&devices_mutex);
	if (phase == XPM_GONE) {
		mutex_unlock(&devices_mutex);
		return -ENODEV;
	}
	ret = xpm_optin_parse(devices, text, &list, &error);
	if (!ret) {
		xpm_optin_free(devices);
		devices = list;
	}
	live = phase == XPM_LIVE;
	mutex_unlock(&devices_mutex);

	if (ret == -EINVAL)
		pr_err("devices: entry '%*pE', column %u: expected %s; nothing was changed\n",
		       error.entry_len, error.entry, error.column,
		       error.expected);
	if (!ret && live) {
		WRITE_ONCE(retries, 0);
		apply();
	}
	return ret;
}

static int devices_get(char *page, const struct kernel_param *kp)
{
	int len;

	mutex_lock(&devices_mutex);
	len = xpm_optin_format(devices, page, XPM_OPTIN_TEXT_MAX);
	mutex_unlock(&devices_mutex);
	return len + sprintf(page + len, "\n");
}

static const struct kernel_param_ops devices_ops = {
	.set = devices_set,
	.get = devices_get,
};
module_param_cb(devices, &devices_ops, NULL, 0644);
MODULE_PARM_DESC(devices,
		 "functions to manage: ENTRY[,ENTRY...], ENTRY being [DDDD:]BB:DD.F, BB:DD.*, pci:VVVV:DDDD or BRIDGE/DD.F, with =d3hot, =nowake, =sleep or several of them joined by colons; at run time also +ENTRY and -ENTRY. Empty: none");

/*
 * The driver core holds the device lock around both events. At UNBIND it has
 * resumed the function already (__device_release_driver()), and pciback is about
 * to reset it.
 */
static int pci_event(struct notifier_block *nb, unsigned long event, void *data)
{
	struct pci_dev *pdev = to_pci_dev((struct device *)data);
	struct xpm_function *f;

	switch (event) {
	case BUS_NOTIFY_BOUND_DRIVER:
		WRITE_ONCE(retries, 0);
		apply_to(pdev);
		break;
	case BUS_NOTIFY_UNBIND_DRIVER:
		f = xpm_function_find(pdev);
		if (f)
			xpm_function_unhook(f, true);
		break;
	}
	return NOTIFY_DONE;
}

static struct notifier_block pci_nb = { .notifier_call = pci_event };

/* The parameter can still be read; it is empty from here on. */
static void forget_devices(void)
{
	mutex_lock(&devices_mutex);
	phase = XPM_GONE;
	xpm_optin_free(devices);
	devices = NULL;
	mutex_unlock(&devices_mutex);
}

/* Says in a line why there is nothing to do here; 0 if there is. */
static int check_domain(void)
{
	if (!xen_domain()) {
		pr_err("not running on Xen: there are no guests to manage functions of\n");
		return -ENODEV;
	}
	if (!xen_initial_domain()) {
		pr_err("not running in dom0: load it where xen-pciback is\n");
		return -ENODEV;
	}
	if (!xen_pv_domain()) {
		pr_err("dom0 is PVH, which is not supported: boot Xen without dom0=pvh\n");
		return -ENODEV;
	}
	return 0;
}

static int __init xpm_init(void)
{
	int ret;

	ret = check_domain();
	if (ret)
		goto err_devices;

	ret = xpm_announce_init();
	if (ret)
		goto err_devices;

	ret = xpm_owner_init();
	if (ret) {
		pr_err("the bus of Xen back ends cannot be watched (error %d): is this kernel built with CONFIG_XEN_BACKEND?\n",
		       ret);
		goto err_announce;
	}

	ret = xpm_sleep_init();
	if (ret)
		goto err_owner;

	ret = bus_register_notifier(&pci_bus_type, &pci_nb);
	if (ret)
		goto err_sleep;

	xpm_debugfs_init();

	/* Lists are applied as they are stored from here on: nothing may fail. */
	mutex_lock(&devices_mutex);
	phase = XPM_LIVE;
	mutex_unlock(&devices_mutex);

	apply();
	pr_info("version %s\n", XPM_VERSION);
	return 0;

err_sleep:
	xpm_sleep_exit();
err_owner:
	xpm_owner_exit();
err_announce:
	xpm_announce_exit();
err_devices:
	forget_devices();
	return ret;
}

static void __exit xpm_exit(void)
{
	mutex_lock(&devices_mutex);
	phase = XPM_GONE;
	mutex_unlock(&devices_mutex);
	xpm_debugfs_exit();

	/*
	 * Nothing is wanted any more, so this gives all back; until then an
	 * unbind must still be noticed.
	 */
	apply();
	bus_unregister_notifier(&pci_bus_type, &pci_nb);
	cancel_delayed_work_sync(&retry_work);
	xpm_function_exit();
	xpm_sleep_exit();
	xpm_owner_exit();
	xpm_announce_exit();
	forget_devices();
}

module_init(xpm_init);
module_exit(xpm_exit);

MODULE_DESCRIPTION("Power management of PCI functions that belong to Xen guests");
MODULE_AUTHOR("The xen-pciback-pm developers");
MODULE_LICENSE("GPL");
MODULE_VERSION(XPM_VERSION);
