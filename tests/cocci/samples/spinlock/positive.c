// SPDX-License-Identifier: GPL-2.0-only
#include "function.h"

static void put_runs_idle_callbacks(struct xpm_function *f)
{
	spin_lock(&f->lock);
	f->keep = 0;
	pm_runtime_put(&f->pdev->dev); /* found */
	spin_unlock(&f->lock);
}

static void both_are_named(struct xpm_function *f)
{
	spin_lock(&f->lock);
	if (!f->keep)
		pm_runtime_get_sync(&f->pdev->dev); /* found */
	f->keep |= XPM_KEEP_GUEST;
	wake_up_all(&f->waiters); /* found */
	spin_unlock(&f->lock);
}

static void config_cycles_may_wait_at_the_gate(struct xpm_function *f)
{
	u16 pmcsr;

	spin_lock(&f->lock);
	pci_read_config_word(f->pdev, 4, &pmcsr); /* found */
	f->armed = pmcsr;
	spin_unlock(&f->lock);
}

static void takes_two(struct xpm_function *f, struct xpm_function *g)
{
	spin_lock(&f->lock);
	spin_lock(&g->lock); /* found */
	spin_unlock(&g->lock);
	spin_unlock(&f->lock);
}

static void asserts_and_queues(struct xpm_function *f)
{
	lockdep_assert_held(&f->lock);
	f->retry = true;
	mod_delayed_work(system_freezable_wq, &f->settle, 0); /* found */
}

static int forgets(struct xpm_function *f)
{
	spin_lock(&f->lock); /* found */
	if (f->dead)
		return -EIO;
	spin_unlock(&f->lock);
	return 0;
}
