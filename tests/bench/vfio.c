// SPDX-License-Identifier: GPL-2.0-only
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "vfio.h"

static int device, wakeup;
static uint64_t config;

/* Without an IOMMU domain for its group vfio gives no function away. */
static int open_group(const char *bdf)
{
	char path[PATH_MAX], link[PATH_MAX] = "";
	int container, group;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/iommu_group", bdf);
	if (readlink(path, link, sizeof(link) - 1) < 0)
		return -1;
	snprintf(path, sizeof(path), "/dev/vfio/%.32s", basename(link));
	group = open(path, O_RDWR);
	container = open("/dev/vfio/vfio", O_RDWR);
	if (group < 0 || container < 0 ||
	    ioctl(group, VFIO_GROUP_SET_CONTAINER, &container) ||
	    ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU))
		return -1;
	return group;
}

void vfio_open(const char *bdf)
{
	struct vfio_region_info region = {
		.argsz = sizeof(region),
		.index = VFIO_PCI_CONFIG_REGION_INDEX,
	};
	int group = open_group(bdf);

	device = group < 0 ? -1 : ioctl(group, VFIO_GROUP_GET_DEVICE_FD, bdf);
	wakeup = eventfd(0, EFD_NONBLOCK);
	if (device < 0 || wakeup < 0 ||
	    ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &region)) {
		perror(bdf);
		exit(1);
	}
	config = region.offset;
}

static int set_feature(uint32_t number, const void *data, size_t size)
{
	struct vfio_device_feature *feature;
	int ret;

	feature = calloc(1, sizeof(*feature) + size);
	if (!feature)
		return -1;
	feature->argsz = sizeof(*feature) + size;
	feature->flags = VFIO_DEVICE_FEATURE_SET | number;
	if (size)
		memcpy(feature->data, data, size);
	ret = ioctl(device, VFIO_DEVICE_FEATURE, feature);
	free(feature);
	return ret;
}

int vfio_entry(void)
{
	struct vfio_device_low_power_entry_with_wakeup entry = {
		.wakeup_eventfd = wakeup,
	};

	vfio_told();
	return set_feature(VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY_WITH_WAKEUP, &entry,
			   sizeof(entry));
}

int vfio_exit(void)
{
	return set_feature(VFIO_DEVICE_FEATURE_LOW_POWER_EXIT, NULL, 0);
}

ssize_t vfio_read(int offset, int size, uint32_t *value)
{
	return pread(device, value, size, config + offset);
}

bool vfio_told(void)
{
	uint64_t count;

	return read(wakeup, &count, sizeof(count)) == sizeof(count);
}
