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
 *   map-msi BDF forget            Xen knows nothing of the function any more, and
 *   map-msi BDF know              does again
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xencall.h>
#include <xenctrl.h>
#include <xen/physdev.h>

static int usage(void)
{
	fprintf(stderr,
		"usage: map-msi BDF msi | BDF msix ENTRY TABLE | unmap PIRQ | BDF forget | BDF know\n");
	return 2;
}

/* As dom0's kernel tells Xen of functions that come and go. */
static int tell(int command, int bus, int devfn)
{
	xencall_handle *call = xencall_open(NULL, 0);
	struct physdev_pci_device_add *add;
	struct physdev_pci_device *remove;
	void *buffer;
	int ret;

	if (!call)
		return -1;
	buffer = xencall_alloc_buffer(call, sizeof(*add));
	if (!buffer)
		return -1;
	memset(buffer, 0, sizeof(*add));
	add = buffer;
	remove = buffer;
	if (command == PHYSDEVOP_pci_device_add) {
		add->bus = bus;
		add->devfn = devfn;
	} else {
		remove->bus = bus;
		remove->devfn = devfn;
	}
	ret = xencall2(call, __HYPERVISOR_physdev_op, command,
		       (unsigned long)buffer);
	xencall_free_buffer(call, buffer);
	xencall_close(call);
	return ret;
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
	if (!strcmp(argv[2], "forget") || !strcmp(argv[2], "know")) {
		ret = tell(*argv[2] == 'f' ? PHYSDEVOP_pci_device_remove :
					     PHYSDEVOP_pci_device_add,
			   bus, slot << 3 | func);
		if (ret)
			perror("map-msi: tell");
		xc_interface_close(xc);
		return ret != 0;
	}

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
