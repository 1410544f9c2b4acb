// SPDX-License-Identifier: GPL-2.0-only
/*
 * pm-refuse - devices that refuse the host's sleep, so that it fails in the middle
 *
 *   after=BDF      the function that shall be that far already
 *   stage=STAGE    (also later) prepare, suspend, suspend_late, suspend_noirq; none
 *   seen           (read) how far the function was when its sleep was refused last
 *
 * The PM core prepares devices in the order of its list, parents and suppliers
 * first, and suspends them against it. So there are two devices: a supplier of the
 * function, which comes after it in suspend, suspend_late and suspend_noirq; and one
 * that is registered after it, for prepare. The link is also what makes the supplier
 * wait: PCI functions are suspended asynchronously, and an error elsewhere keeps
 * those from it that have not begun (__device_suspend()). It goes with the
 * function, when that is removed.
 *
 * What sleeps by direct_complete is not part of suspend_late and suspend_noirq.
 */
#include <linux/device.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/pci.h>
#include <linux/platform_device.h>
#include <linux/pm.h>

#define NAME "pm-refuse"

static const char * const stages[] = {
	"none", "prepare", "suspend", "suspend_late", "suspend_noirq"
};

enum stage {
	NONE,
	PREPARE,
	SUSPEND,
	SUSPEND_LATE,
	SUSPEND_NOIRQ,
};

static char *after;
module_param(after, charp, 0444);
MODULE_PARM_DESC(after, "the function that shall be that far already");

static enum stage stage;
static char seen[64];
static struct pci_dev *function;
static struct platform_device *supplier, *last;

static int stage_set(const char *val, const struct kernel_param *kp)
{
	int i = sysfs_match_string(stages, val);

	if (i < 0)
		return i;
	WRITE_ONCE(stage, i);
	return 0;
}

static int stage_get(char *buffer, const struct kernel_param *kp)
{
	return sprintf(buffer, "%s\n", stages[stage]);
}

static const struct kernel_param_ops stage_ops = {
	.set = stage_set,
	.get = stage_get,
};
module_param_cb(stage, &stage_ops, NULL, 0644);
MODULE_PARM_DESC(stage, "where the host's sleep is refused");

module_param_string(seen, seen, sizeof(seen), 0444);
MODULE_PARM_DESC(seen, "how far the function was then");

static int refuse(struct device *dev, enum stage now)
{
	struct platform_device *who = now == PREPARE ? last : supplier;
	struct dev_pm_info *power = &function->dev.power;

	if (READ_ONCE(stage) != now || dev != &who->dev)
		return 0;
	snprintf(seen, sizeof(seen), "%s%s",
		 power->is_noirq_suspended ? "suspend_noirq" :
		 power->is_late_suspended ? "suspend_late" :
		 power->is_suspended ? "suspend" :
		 power->is_prepared ? "prepare" : "none",
		 power->direct_complete ? " direct_complete" : "");
	return -EBUSY;
}

static int refuse_prepare(struct device *dev)
{
	return refuse(dev, PREPARE);
}

static int refuse_suspend(struct device *dev)
{
	return refuse(dev, SUSPEND);
}

static int refuse_suspend_late(struct device *dev)
{
	return refuse(dev, SUSPEND_LATE);
}

static int refuse_suspend_noirq(struct device *dev)
{
	return refuse(dev, SUSPEND_NOIRQ);
}

static const struct dev_pm_ops refuse_pm = {
	.prepare = refuse_prepare,
	.suspend = refuse_suspend,
	.suspend_late = refuse_suspend_late,
	.suspend_noirq = refuse_suspend_noirq,
};

static int refuse_probe(struct platform_device *pdev)
{
	return 0;
}

static struct platform_driver refuse_driver = {
	.probe = refuse_probe,
	.driver = {
		.name = NAME,
		.pm = &refuse_pm,
	},
};

static struct pci_dev *find(const char *bdf)
{
	unsigned int domain, bus, slot, fn;

	if (!bdf || sscanf(bdf, "%x:%x:%x.%x", &domain, &bus, &slot, &fn) != 4)
		return NULL;
	return pci_get_domain_bus_and_slot(domain, bus, PCI_DEVFN(slot, fn));
}

static int __init pm_refuse_init(void)
{
	int ret;

	function = find(after);
	if (!function)
		return -ENODEV;
	ret = platform_driver_register(&refuse_driver);
	if (ret)
		goto put;
	supplier = platform_device_register_simple(NAME, 0, NULL, 0);
	ret = PTR_ERR_OR_ZERO(supplier);
	if (ret)
		goto driver;
	/* It moves the function to the end of the list. */
	ret = -EINVAL;
	if (!device_link_add(&function->dev, &supplier->dev, DL_FLAG_STATELESS))
		goto device;
	last = platform_device_register_simple(NAME, 1, NULL, 0);
	ret = PTR_ERR_OR_ZERO(last);
	if (ret)
		goto link;
	return 0;

link:
	device_link_remove(&function->dev, &supplier->dev);
device:
	platform_device_unregister(supplier);
driver:
	platform_driver_unregister(&refuse_driver);
put:
	pci_dev_put(function);
	return ret;
}

static void __exit pm_refuse_exit(void)
{
	platform_device_unregister(last);
	device_link_remove(&function->dev, &supplier->dev);
	platform_device_unregister(supplier);
	platform_driver_unregister(&refuse_driver);
	pci_dev_put(function);
}

module_init(pm_refuse_init);
module_exit(pm_refuse_exit);
MODULE_DESCRIPTION("Devices that refuse the host's sleep");
MODULE_LICENSE("GPL");
