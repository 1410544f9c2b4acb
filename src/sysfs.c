// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/bus/pci/devices/BDF/xen_pciback_pm/
 *
 * The group is removed under the device lock before its function goes away,
 * and removal waits for whoever is inside: so an attribute may use the function
 * without further ado, and may not take the device lock.
 */
#include <linux/device.h>
#include <linux/ktime.h>
#include <linux/pci.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "blockers.h"
#include "function.h"
#include "guest.h"
#include "owner.h"
#include "power.h"
#include "sysfs.h"

/* In the order of the attribute `wakes`. */
const char * const xpm_sysfs_causes[XPM_CAUSES] = {
	[XPM_CAUSE_GUEST] = "guest",
	[XPM_CAUSE_PME] = "pme",
	[XPM_CAUSE_CONFIG] = "config",
	[XPM_CAUSE_HOST] = "host",
	[XPM_CAUSE_RESET] = "reset",
	[XPM_CAUSE_SLEEP] = "sleep",
};

/**
 * xpm_sysfs_state() - the attribute `state`
 * @f: the function
 *
 * Context: any.
 * Return: a word.
 */
const char *xpm_sysfs_state(struct xpm_function *f)
{
	if (READ_ONCE(f->gate_state) == XPM_GATE_OPEN)
		return "active";
	if (f->overdue || f->pdev->dev.power.runtime_status == RPM_RESUMING)
		return "waking";
	return "asleep";
}

static ssize_t state_show(struct device *dev, struct device_attribute *attr,
			  char *page)
{
	return sysfs_emit(page, "%s\n",
			  xpm_sysfs_state(xpm_power_function(dev)));
}
static DEVICE_ATTR_RO(state);

static ssize_t guest_state_show(struct device *dev,
				struct device_attribute *attr, char *page)
{
	return sysfs_emit(page, "%s\n",
			  xpm_power_function(dev)->vpm.state == XPM_VPM_D0 ?
				  "D0" : "D3hot");
}
static DEVICE_ATTR_RO(guest_state);

static ssize_t owner_show(struct device *dev, struct device_attribute *attr,
			  char *page)
{
	int owner = xpm_owner_of(xpm_power_function(dev));

	if (owner < 0)
		return sysfs_emit(page, "none\n");
	return sysfs_emit(page, "%d\n", owner);
}
static DEVICE_ATTR_RO(owner);

/* The guest of a stubdomain. */
static ssize_t target_show(struct device *dev, struct device_attribute *attr,
			   char *page)
{
	int domain = xpm_owner_of(xpm_power_function(dev));

	if (domain >= 0)
		domain = xpm_owner_target(domain);
	if (domain < 0)
		return sysfs_emit(page, "none\n");
	return sysfs_emit(page, "%d\n", domain);
}
static DEVICE_ATTR_RO(target);

static ssize_t pme_enabled_show(struct device *dev,
				struct device_attribute *attr, char *page)
{
	return sysfs_emit(page, "%d\n",
			  xpm_power_function(dev)->vpm.pme_enabled);
}
static DEVICE_ATTR_RO(pme_enabled);

static ssize_t pme_count_show(struct device *dev,
			      struct device_attribute *attr, char *page)
{
	return sysfs_emit(page, "%lu\n",
			  READ_ONCE(xpm_power_function(dev)->pme_count));
}
static DEVICE_ATTR_RO(pme_count);

/* The sleep that is under way counts as well. */
static u64 asleep_ms(struct xpm_function *f, bool d3cold)
{
	bool is_d3cold = f->pdev->current_state == PCI_D3cold;
	u64 ms;

	spin_lock(&f->lock);
	ms = d3cold ? f->slept_ms.d3cold : f->slept_ms.d3hot;
	if (f->gate_state == XPM_GATE_CLOSED && d3cold == is_d3cold)
		ms += ktime_ms_delta(ktime_get_boottime(), f->slept_at);
	spin_unlock(&f->lock);
	return ms;
}

static ssize_t d3hot_ms_show(struct device *dev, struct device_attribute *attr,
			     char *page)
{
	return sysfs_emit(page, "%llu\n",
			  asleep_ms(xpm_power_function(dev), false));
}
static DEVICE_ATTR_RO(d3hot_ms);

static ssize_t d3cold_ms_show(struct device *dev, struct device_attribute *attr,
			      char *page)
{
	return sysfs_emit(page, "%llu\n",
			  asleep_ms(xpm_power_function(dev), true));
}
static DEVICE_ATTR_RO(d3cold_ms);

static ssize_t wakes_show(struct device *dev, struct device_attribute *attr,
			  char *page)
{
	struct xpm_function *f = xpm_power_function(dev);
	int cause, n = 0;

	for (cause = 0; cause < XPM_CAUSES; cause++)
		n += sysfs_emit_at(page, n, "%s %lu\n", xpm_sysfs_causes[cause],
				   READ_ONCE(f->wakes[cause]));
	return n;
}
static DEVICE_ATTR_RO(wakes);

static ssize_t blockers_show(struct device *dev, struct device_attribute *attr,
			     char *page)
{
	return xpm_blockers_show(xpm_power_function(dev), page);
}
static DEVICE_ATTR_RO(blockers);

static const char * const low_power_modes[] = {
	[XPM_LOW_POWER_AUTO] = "auto",
	[XPM_LOW_POWER_OFF] = "0",
	[XPM_LOW_POWER_ON] = "1",
	[XPM_LOW_POWER_WAKEUP] = "wakeup",
};

static ssize_t low_power_show(struct device *dev, struct device_attribute *attr,
			      char *page)
{
	enum xpm_low_power mode = READ_ONCE(xpm_power_function(dev)->low_power);

	return sysfs_emit(page, "%s\n", low_power_modes[mode]);
}

static ssize_t low_power_store(struct device *dev,
			       struct device_attribute *attr, const char *text,
			       size_t len)
{
	int mode = __sysfs_match_string(low_power_modes,
					ARRAY_SIZE(low_power_modes), text);
	int ret;

	if (mode < 0 || mode == XPM_LOW_POWER_AUTO)
		return -EINVAL;
	ret = xpm_guest_set_low_power(xpm_power_function(dev), mode);
	return ret ?: len;
}
static DEVICE_ATTR_RW(low_power);

static struct attribute *attributes[] = {
	&dev_attr_state.attr,
	&dev_attr_guest_state.attr,
	&dev_attr_owner.attr,
	&dev_attr_target.attr,
	&dev_attr_pme_enabled.attr,
	&dev_attr_pme_count.attr,
	&dev_attr_d3hot_ms.attr,
	&dev_attr_d3cold_ms.attr,
	&dev_attr_wakes.attr,
	&dev_attr_blockers.attr,
	&dev_attr_low_power.attr,
	NULL,
};

static const struct attribute_group group = {
	.name = "xen_pciback_pm",
	.attrs = attributes,
};

/**
 * xpm_sysfs_add() - show a function's attributes
 * @f: the function
 *
 * Context: process; the caller holds the device lock.
 * Return: 0 or an errno of sysfs.
 */
int xpm_sysfs_add(struct xpm_function *f)
{
	int ret = sysfs_create_group(&f->pdev->dev.kobj, &group);

	f->shown = !ret;
	return ret;
}

/**
 * xpm_sysfs_remove() - hide them again; waits for whoever reads
 * @f: the function
 *
 * Context: process; the caller holds the device lock.
 */
void xpm_sysfs_remove(struct xpm_function *f)
{
	if (f->shown)
		sysfs_remove_group(&f->pdev->dev.kobj, &group);
	f->shown = false;
}

/**
 * xpm_sysfs_notify_pme() - wake whoever polls pme_count
 * @f: the function
 *
 * Context: process.
 */
void xpm_sysfs_notify_pme(struct xpm_function *f)
{
	sysfs_notify(&f->pdev->dev.kobj, group.name, dev_attr_pme_count.attr.name);
}
