// SPDX-License-Identifier: GPL-2.0-only
/*
 * pm-client - a guest's driver that does nothing but runtime power management
 *
 * It suspends soon after each resume, and PMEs wake it: what real drivers do, but
 * e1000e for one takes five seconds to make up its mind.
 *
 *   delay_ms=N     autosuspend delay
 *   resumes        (read) how often it was resumed
 */
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/pm_runtime.h>

static unsigned int delay_ms = 20;
module_param(delay_ms, uint, 0444);
MODULE_PARM_DESC(delay_ms, "autosuspend delay");

static unsigned long resumes;
module_param(resumes, ulong, 0444);
MODULE_PARM_DESC(resumes, "how often a device was resumed");

static int pm_client_runtime_suspend(struct device *dev)
{
	return 0;
}

static int pm_client_runtime_resume(struct device *dev)
{
	resumes++;
	pm_runtime_mark_last_busy(dev);
	return 0;
}

static int pm_client_runtime_idle(struct device *dev)
{
	pm_request_autosuspend(dev);
	return -EBUSY;
}

static const struct dev_pm_ops pm_client_pm = {
	SET_RUNTIME_PM_OPS(pm_client_runtime_suspend, pm_client_runtime_resume,
			   pm_client_runtime_idle)
};

static int pm_client_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	int ret = pcim_enable_device(pdev);

	if (ret)
		return ret;
	pm_runtime_set_autosuspend_delay(&pdev->dev, delay_ms);
	pm_runtime_use_autosuspend(&pdev->dev);
	pm_runtime_allow(&pdev->dev);
	pm_runtime_put(&pdev->dev);
	return 0;
}

static void pm_client_remove(struct pci_dev *pdev)
{
	pm_runtime_get_sync(&pdev->dev);
	pm_runtime_forbid(&pdev->dev);
	pm_runtime_put_noidle(&pdev->dev);
	/* Or it goes on for the next driver. */
	pm_runtime_dont_use_autosuspend(&pdev->dev);
	pm_runtime_get_noresume(&pdev->dev);
}

static const struct pci_device_id pm_client_ids[] = {
	{ PCI_DEVICE(PCI_VENDOR_ID_INTEL, 0x10d3) },
	{ }
};
MODULE_DEVICE_TABLE(pci, pm_client_ids);

static struct pci_driver pm_client_driver = {
	.name = "pm-client",
	.id_table = pm_client_ids,
	.probe = pm_client_probe,
	.remove = pm_client_remove,
	.driver.pm = &pm_client_pm,
};
module_pci_driver(pm_client_driver);

MODULE_DESCRIPTION("A driver that only does runtime power management");
MODULE_LICENSE("GPL");
