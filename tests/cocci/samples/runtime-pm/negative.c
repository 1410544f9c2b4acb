// SPDX-License-Identifier: GPL-2.0-only
#include "function.h"

static int puts_on_error_too(struct device *dev)
{
	int ret;

	pm_runtime_get_noresume(dev);
	ret = work(dev);
	if (ret)
		goto out;
	ret = work(dev->parent);
out:
	pm_runtime_put(dev);
	return ret;
}

static int resumes_or_has_none(struct device *dev)
{
	int ret;

	ret = pm_runtime_resume_and_get(dev);
	if (ret)
		return ret;
	ret = work(dev);
	pm_runtime_put(dev);
	return ret;
}

static void keeps_with_a_bit(struct xpm_function *f, unsigned int reason)
{
	spin_lock(&f->lock);
	if (!f->keep)
		pm_runtime_get_noresume(&f->pdev->dev);
	f->keep |= reason;
	spin_unlock(&f->lock);
}

static void twice(struct device *dev)
{
	pm_runtime_get_noresume(dev);
	pm_runtime_barrier(dev);
	pm_runtime_put_noidle(dev);
	pm_runtime_get_noresume(dev);
	if (pm_runtime_active(dev))
		work(dev);
	pm_runtime_put(dev);
}
