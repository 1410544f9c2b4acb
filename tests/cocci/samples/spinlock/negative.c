// SPDX-License-Identifier: GPL-2.0-only
#include "function.h"

static void counts(struct xpm_function *f, unsigned int reason)
{
	spin_lock(&f->lock);
	if (!f->keep)
		pm_runtime_get_noresume(&f->pdev->dev);
	f->keep |= reason;
	spin_unlock(&f->lock);
	wake_up_all(&f->waiters);
}

static void lets_go_in_between(struct xpm_function *f)
{
	spin_lock(&f->lock);
	while (f->deferred_set) {
		f->deferred_set &= ~BIT(__ffs(f->deferred_set));
		spin_unlock(&f->lock);
		pci_write_config_word(f->pdev, 4, 0);
		spin_lock(&f->lock);
	}
	WRITE_ONCE(f->gate_state, XPM_GATE_OPEN);
	spin_unlock(&f->lock);
}

static int returns_unlocked(struct xpm_function *f)
{
	spin_lock(&f->lock);
	if (f->dead) {
		spin_unlock(&f->lock);
		return -EIO;
	}
	spin_unlock(&f->lock);
	return pm_request_resume(&f->pdev->dev);
}

static void asserts(struct xpm_function *f)
{
	lockdep_assert_held(&f->lock);
	if (!xpm_vpm_set_pme(&f->vpm))
		return;
	f->pme_count++;
}

static void others_lock(struct device *dev, struct dev_pm_domain *domain)
{
	spin_lock_irq(&dev->power.lock);
	dev->pm_domain = domain;
	spin_unlock_irq(&dev->power.lock);
}
