/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One function, as a user of vfio-pci has it. What fails has errno set.
 */
#ifndef BENCH_VFIO_H
#define BENCH_VFIO_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Ends the program if it cannot be had. */
void vfio_open(const char *bdf);

/* VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY_WITH_WAKEUP and _EXIT. */
int vfio_entry(void);
int vfio_exit(void);

ssize_t vfio_read(int offset, int size, uint32_t *value);

/* Has the eventfd told of a wake since the last vfio_entry()? */
bool vfio_told(void);

#endif
