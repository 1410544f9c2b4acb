// SPDX-License-Identifier: GPL-2.0-only
#include "function.h"

static void queue(struct xpm_function *f)
{
	mod_delayed_work(system_freezable_wq, &f->settle, 0);
}

static int runtime_resume(struct device *dev)
{
	struct xpm_function *f = to_function(dev);

	spin_lock(&f->lock);
	f->dead = false;
	spin_unlock(&f->lock);
	pm_runtime_mark_last_busy(dev);
	queue(f);
	return 0;
}

/* System sleep's, not runtime PM's: nobody waits for it with a mutex held. */
static int prepare(struct device *dev)
{
	struct xpm_function *f = to_function(dev);

	pm_runtime_resume(dev);
	mutex_lock(&f->settling);
	mutex_unlock(&f->settling);
	return 0;
}

static void init(struct dev_pm_ops *ops)
{
	ops->prepare = prepare;
	ops->runtime_resume = runtime_resume;
}
