/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest's accesses of config space: which ones are made at random, and what
 * PMC and PMCSR are after them, by src/vpm.c in user space.
 */
#ifndef ACCESSES_H
#define ACCESSES_H

#include <stdbool.h>
#include <stdint.h>

#include "vpm.h"

#define CONFIG_SPACE	4096
/* MSI with 64 bits of address, up to the end of its data. */
#define MSI_LENGTH	(PCI_MSI_DATA_64 + 2)

/* PMC and PMCSR as the guest has to see them. */
extern struct xpm_vpm model;

/* Registers with a meaning, found along the lists of capabilities. */
extern int interesting[160];
extern int nr_interesting;
extern int pm_cap, exp_devctl, msi_message;

/* Of config space as it was read first. False: not a function of the rig. */
bool find_registers(const uint8_t *config);

uint32_t mask_of(int size);
/* Does pciback take it? */
bool valid(int offset, int size);
bool covers(int offset, int size, int where, int len);

/*
 * An answer with PMC and PMCSR as the model has them. It holds more bytes than
 * asked for where a field of pciback does.
 */
uint32_t model_over(int offset, int size, uint32_t value);
void model_write(int offset, int size, uint32_t value);

/* By chance, with a preference for what has a meaning. */
int some_size(void);
int some_offset(int size);
uint32_t some_value(int size);
uint32_t some_pmcsr(void);

/* An access that changes PMCSR to that value, or one byte of it. */
void some_pmcsr_write(int *offset, int *size, uint32_t *value);

#endif
