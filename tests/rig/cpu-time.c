// SPDX-License-Identifier: GPL-2.0-only
/*
 * cpu-time - how long dom0 has had processors, in milliseconds
 *
 * By Xen, which counts what the kernel's ticks miss: short bursts, interrupts.
 */
#include <inttypes.h>
#include <stdio.h>

#include <xenctrl.h>

int main(void)
{
	xc_interface *xc = xc_interface_open(NULL, NULL, 0);
	xc_vcpuinfo_t info;
	uint64_t ns = 0;
	uint32_t vcpu;

	if (!xc) {
		perror("cpu-time: no Xen");
		return 1;
	}
	for (vcpu = 0; !xc_vcpu_getinfo(xc, 0, vcpu, &info); vcpu++)
		ns += info.cpu_time;
	printf("%" PRIu64 "\n", ns / 1000000);
	xc_interface_close(xc);
	return 0;
}
