// SPDX-License-Identifier: GPL-2.0-only
#include "function.h"

static void wakes_within_a_list(struct xpm_function *f)
{
	mutex_lock(&functions_mutex);
	xpm_power_wake_sync(f, XPM_KEEP_UNHOOK, XPM_CAUSE_HOST); /* found */
	mutex_unlock(&functions_mutex);
}

static void resumes_within_a_list(struct device *dev)
{
	mutex_lock(&devices_mutex);
	if (dev)
		pm_runtime_get_sync(dev); /* found */
	mutex_unlock(&devices_mutex);
}

static void takes_two_lists(void)
{
	mutex_lock(&gates_mutex);
	mutex_lock(&functions_mutex); /* found */
	mutex_unlock(&functions_mutex);
	mutex_unlock(&gates_mutex);
}

static void turns_the_order_round(struct xpm_function *f)
{
	mutex_lock(&f->settling);
	mutex_lock(&f->handover); /* found */
	mutex_unlock(&f->handover);
	mutex_unlock(&f->settling);
}

static void waits_for_work_that_wants_it(struct xpm_function *f)
{
	mutex_lock(&f->handover);
	cancel_delayed_work_sync(&f->unowned); /* found */
	mutex_unlock(&f->handover);
}

static void waits_for_readers(struct xpm_function *f)
{
	mutex_lock(&f->handover);
	xpm_function_quiesce(); /* found */
	mutex_unlock(&f->handover);
}

static int forgets(struct xpm_function *f)
{
	mutex_lock(&f->handover); /* found */
	if (f->gone)
		return -EBUSY;
	mutex_unlock(&f->handover);
	return 0;
}
