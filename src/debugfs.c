// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/kernel/debug/xen_pciback_pm/functions
 *
 * What the attributes say in a word each, in prose, with what to do about it.
 * Nothing but people and xen-pciback-pm(8) reads it, so it may change.
 */
#include <linux/debugfs.h>
#include <linux/device.h>
#include <linux/ktime.h>
#include <linux/pci.h>
#include <linux/seq_file.h>

#include "blockers.h"
#include "debugfs.h"
#include "function.h"
#include "owner.h"
#include "sysfs.h"

static struct dentry *dir;

/* What has to be read at one moment. */
struct facts {
	bool d3hot;
	bool asked;
	bool offered;
	bool enabled;
	bool armed;
	bool asleep;
	unsigned int ours;
	enum xpm_cause last_cause;
	ktime_t guest_since;
	ktime_t slept_at;
};

static u64 seconds_since(ktime_t then)
{
	return ktime_divns(ktime_sub(ktime_get_boottime(), then), NSEC_PER_SEC);
}

static void look(struct xpm_function *f, struct facts *facts)
{
	spin_lock(&f->lock);
	*facts = (struct facts) {
		.d3hot = f->vpm.state == XPM_VPM_D3HOT,
		.asked = f->guest_asked,
		.offered = xpm_vpm_can_pme(&f->vpm),
		.enabled = f->vpm.pme_enabled,
		.armed = f->armed && (f->gate_state == XPM_GATE_CLOSED ||
				      f->manual_d3hot),
		.asleep = f->gate_state == XPM_GATE_CLOSED,
		.ours = f->keep ? 1 : 0,
		.last_cause = f->last_cause,
		.guest_since = f->guest_since,
		.slept_at = f->slept_at,
	};
	spin_unlock(&f->lock);
}

static void show_guest(struct seq_file *s, int owner, const struct facts *facts)
{
	seq_printf(s, "    guest: domain %d has it in %s for %llu s%s\n", owner,
		   facts->d3hot ? "D3hot" : "D0",
		   seconds_since(facts->guest_since),
		   facts->d3hot || facts->asked ?
			   "" : ", and never asked for D3hot");
}

/* Who else holds a reference nobody notes down. */
static void show_usage(struct seq_file *s, struct device *dev,
		       unsigned int ours)
{
	unsigned int control = dev->power.runtime_auto ? 0 : 1;
	int count = atomic_read(&dev->power.usage_count);

	seq_printf(s, "    usage count: %d (%u is ours, %u is power/control's",
		   count, ours, control);
	if (count > (int)(ours + control))
		seq_printf(s, ", %d unknown", count - (int)(ours + control));
	seq_puts(s, ")\n");
}

static void show_wakes(struct seq_file *s, struct xpm_function *f,
		       enum xpm_cause last)
{
	int cause;

	seq_puts(s, "    wakes:");
	for (cause = 0; cause < XPM_CAUSES; cause++)
		seq_printf(s, " %s %lu", xpm_sysfs_causes[cause],
			   READ_ONCE(f->wakes[cause]));
	if (last < XPM_CAUSES)
		seq_printf(s, "; the last by %s", xpm_sysfs_causes[last]);
	seq_putc(s, '\n');
}

static void show(struct seq_file *s, struct xpm_function *f)
{
	struct pci_dev *pdev = f->pdev;
	int owner = xpm_owner_of(f);
	struct facts facts;

	look(f, &facts);
	seq_printf(s, "%s\n    host: %s in %s", pci_name(pdev),
		   xpm_sysfs_state(f), pci_power_name(pdev->current_state));
	if (facts.asleep)
		seq_printf(s, " for %llu s", seconds_since(facts.slept_at));
	seq_putc(s, '\n');
	if (owner >= 0)
		show_guest(s, owner, &facts);
	seq_printf(s, "    PME: %s, %s by the guest, %s; %lu so far\n",
		   facts.offered ? "offered" : "not offered",
		   facts.enabled ? "enabled" : "not enabled",
		   facts.armed ? "armed" : "not armed",
		   READ_ONCE(f->pme_count));
	show_wakes(s, f, facts.last_cause);
	show_usage(s, &pdev->dev, facts.ours);
	xpm_blockers_explain(f, s);
}

static int functions_show(struct seq_file *s, void *unused)
{
	struct pci_dev *pdev = NULL;
	struct xpm_function *f;
	int ret;

	while ((pdev = xpm_function_next(pdev))) {
		/* Functions come and go under it, and so do their ACPI nodes. */
		ret = device_lock_interruptible(&pdev->dev);
		if (ret) {
			pci_dev_put(pdev);
			return ret;
		}
		f = xpm_function_find(pdev);
		if (f)
			show(s, f);
		device_unlock(&pdev->dev);
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(functions);

/**
 * xpm_debugfs_init() - show the file; without debugfs there is none
 *
 * Context: process.
 */
void xpm_debugfs_init(void)
{
	dir = debugfs_create_dir("xen_pciback_pm", NULL);
	debugfs_create_file("functions", 0400, dir, NULL, &functions_fops);
}

/**
 * xpm_debugfs_exit() - hide it; waits for whoever reads
 *
 * Context: process, not holding a device lock.
 */
void xpm_debugfs_exit(void)
{
	debugfs_remove_recursive(dir);
}
