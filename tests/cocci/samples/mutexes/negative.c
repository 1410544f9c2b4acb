// SPDX-License-Identifier: GPL-2.0-only
#include "function.h"

static void may_wait_for_the_pm_core(struct xpm_function *f)
{
	mutex_lock(&f->handover);
	xpm_power_wake(f, XPM_KEEP_GUEST, XPM_CAUSE_GUEST);
	mutex_lock(&f->settling);
	pm_runtime_barrier(&f->pdev->dev);
	mutex_unlock(&f->settling);
	mutex_lock(&functions_mutex);
	hash_del_rcu(&f->node);
	mutex_unlock(&functions_mutex);
	mutex_unlock(&f->handover);
	cancel_delayed_work_sync(&f->unowned);
}

static int lets_go_on_each_path(struct xpm_function *f)
{
	mutex_lock(&gates_mutex);
	if (!f->gate) {
		mutex_unlock(&gates_mutex);
		return -ENOMEM;
	}
	mutex_unlock(&gates_mutex);
	xpm_function_quiesce();
	return 0;
}
