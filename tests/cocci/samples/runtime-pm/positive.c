// SPDX-License-Identifier: GPL-2.0-only
#include "function.h"

static int forgets_on_error(struct device *dev)
{
	int ret;

	pm_runtime_get_noresume(dev); /* found */
	ret = work(dev);
	if (ret)
		return ret;
	pm_runtime_put(dev);
	return 0;
}

/* pm_runtime_get_sync() keeps its reference if it fails. */
static int trusts_the_error(struct device *dev)
{
	int ret = pm_runtime_get_sync(dev); /* found */

	if (ret < 0)
		return ret;
	work(dev);
	pm_runtime_put_autosuspend(dev);
	return 0;
}

static void forgets_altogether(struct device *dev)
{
	pm_runtime_get_sync(dev); /* found */
	work(dev);
}

static int forgets_after_success(struct device *dev)
{
	int ret;

	ret = pm_runtime_resume_and_get(dev); /* found */
	if (ret)
		return ret;
	if (work(dev))
		return -EIO;
	pm_runtime_put(dev);
	return 0;
}

static void puts_what_it_has_not(struct device *dev, bool first)
{
	if (first)
		pm_runtime_get_noresume(dev);
	work(dev);
	pm_runtime_put_noidle(dev); /* found */
}

static void keeps_without_a_bit(struct xpm_function *f)
{
	spin_lock(&f->lock);
	if (!f->keep)
		pm_runtime_get_noresume(&f->pdev->dev); /* found */
	spin_unlock(&f->lock);
}
