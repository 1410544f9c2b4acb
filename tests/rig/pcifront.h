/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The front end's side of the xen-pciback protocol, from dom0 itself, with
 * domain id 0 on both sides.
 */
#ifndef PCIFRONT_H
#define PCIFRONT_H

#include <stdbool.h>
#include <stdint.h>

typedef uint32_t grant_ref_t;
#include <xen/xen.h>
#include <xen/io/pciif.h>

#define PCIFRONT_MAX_FUNCTIONS	8

struct pcifront_result {
	uint32_t value;
	int err;		/* XEN_PCI_ERR_* */
	uint64_t us;
	bool timeout;
};

uint64_t pcifront_now_us(void);

/* Connects, or ends the program with a line on stderr. */
void pcifront_attach(int id, char *const *bdf, int functions);
void pcifront_detach(void);

/* Hot-unplug or hot-plug of one function; 0 or -1. */
int pcifront_reconfigure(int function, bool plug);

/* Writes the front end's state, whatever comes of it. */
void pcifront_state(int state);

/* Waits for as long as a Linux guest does. */
struct pcifront_result pcifront_op(int function, struct xen_pci_op *op);

/* Does not wait at all; the next operation waits for the end of this one. */
void pcifront_post(int function, struct xen_pci_op *op);

/*
 * The back end may answer with more bytes than were asked for: a word where a
 * virtual field is one. Here is all of it.
 */
struct pcifront_result pcifront_read(int function, int offset, int size);
struct pcifront_result pcifront_write(int function, int offset, int size,
				      uint32_t value);

#endif
