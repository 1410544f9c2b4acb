// SPDX-License-Identifier: GPL-2.0-only
#include "function.h"

static void leave(struct xpm_function *f)
{
	mutex_lock(&f->handover); /* found */
	f->gone = true;
	mutex_unlock(&f->handover);
}

static void stop(struct xpm_function *f)
{
	if (f->live)
		cancel_delayed_work_sync(&f->settle); /* found */
	leave(f);
}

static int runtime_suspend(struct device *dev)
{
	stop(to_function(dev));
	return 0;
}

static int runtime_resume(struct device *dev)
{
	int ret = pm_runtime_get_sync(dev->parent); /* found */

	if (ret < 0)
		return ret;
	mutex_lock(&to_function(dev)->settling); /* found */
	return 0;
}

static void init(struct dev_pm_ops *ops)
{
	ops->runtime_suspend = runtime_suspend;
	ops->runtime_resume = runtime_resume;
}
