// SPDX-License-Identifier: GPL-2.0-only
/*
 * map-msi - have Xen set up MSI or MSI-X of a function for dom0
 *
 * As the device model of an HVM guest does it, with libxc, so that dom0's kernel
 * does not know. Usage:
 *
 *   map-msi BDF msi               prints the pirq
 *   map-msi BDF msix ENTRY TABLE  TABLE: physical address of the vector table
 *   map-msi unmap PIRQ
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xenctrl.h>

static int usage(void)
{
	fprintf(stderr,
		"usage: map-msi BDF msi | BDF msix ENTRY TABLE | unmap PIRQ\n");
	return 2;
}

int main(int argc, char **argv)
{
	unsigned int domain, bus, slot, func;
	uint64_t table = 0;
	int entry = 0, pirq = -1, ret;
	xc_interface *xc;

	if (argc < 3)
		return usage();
	xc = xc_interface_open(NULL, NULL, 0);
	if (!xc) {
		perror("map-msi: no Xen");
		return 1;
	}

	if (!strcmp(argv[1], "unmap")) {
		ret = xc_physdev_unmap_pirq(xc, 0, atoi(argv[2]));
		if (ret)
			perror("map-msi: unmap");
		xc_interface_close(xc);
		return ret != 0;
	}

	if (sscanf(argv[1], "%x:%x:%x.%x", &domain, &bus, &slot, &func) != 4 ||
	    domain)
		return usage();
	if (!strcmp(argv[2], "msix") && argc == 5) {
		entry = atoi(argv[3]);
		table = strtoull(argv[4], NULL, 0);
	} else if (strcmp(argv[2], "msi")) {
		return usage();
	}

	ret = xc_physdev_map_pirq_msi(xc, 0, -1, &pirq, slot << 3 | func, bus,
				      entry, table);
	if (ret)
		perror("map-msi: map");
	else
		printf("%d\n", pirq);
	xc_interface_close(xc);
	return ret != 0;
}
