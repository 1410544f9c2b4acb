// SPDX-License-Identifier: GPL-2.0-only
/*
 * mmio - 32-bit accesses to a BAR of a function
 *
 *   mmio FILE OFFSET [VALUE [N]]
 *
 * FILE is a resourceN of sysfs. Reads; with a VALUE other than - writes it
 * before; N times.
 * Prints what was read last, and how many reads were all ones.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#define LENGTH 4096

int main(int argc, char **argv)
{
	volatile uint32_t *word;
	unsigned long n = 1, ones = 0, offset;
	uint32_t got = 0;
	char *base;
	int fd;

	if (argc < 3)
		return 2;
	offset = strtoul(argv[2], NULL, 0);
	if (offset > LENGTH - sizeof(*word))
		return 2;
	if (argc > 4)
		n = strtoul(argv[4], NULL, 0);

	fd = open(argv[1], O_RDWR | O_SYNC);
	if (fd < 0) {
		perror(argv[1]);
		return 1;
	}
	base = mmap(NULL, LENGTH, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (base == MAP_FAILED) {
		perror("mmap");
		return 1;
	}

	word = (volatile uint32_t *)(base + offset);
	while (n--) {
		if (argc > 3 && *argv[3] != '-')
			*word = strtoul(argv[3], NULL, 0);
		got = *word;
		ones += got == UINT32_MAX;
	}
	printf("0x%08x %lu\n", got, ones);
	return 0;
}
