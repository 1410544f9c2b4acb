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

/* After as long as that a Linux guest takes its back end for dead. */
#define PCIFRONT_TIMEOUT_US	2000000
extern uint64_t pcifront_timeout_us;

struct pcifront_result {
	uint32_t value;
	int err;		/* XEN_PCI_ERR_* */
	uint64_t us;
	bool timeout;
};

uint64_t pcifront_now_us(void);

/* All that is waited for may take so many times as long (RIG_PATIENCE, lib.sh). */
unsigned int pcifront_patience(void);

/* Connects, or ends the program with a line on stderr. */
void pcifront_attach(int id, char *const *bdf, int functions);
void pcifront_detach(void);

/* Hot-unplug or hot-plug of one function; 0 or -1. */
int pcifront_reconfigure(int function, bool plug);

/* Writes the front end's state, whatever comes of it. */
void pcifront_state(int state);

/* Writes one of the front end's keys. */
void pcifront_write_key(const char *key, const char *value);

/* For a front end that is gone without a word. False: its back end stays. */
bool pcifront_reap(int id);

/* Waits for as long as a Linux guest does. */
struct pcifront_result pcifront_op(int function, struct xen_pci_op *op);

/* Does not wait at all; the next operation waits for the end of this one. */
void pcifront_post(int function, struct xen_pci_op *op);

/*
 * The same in its parts, for one that keeps to no rules: where a function is,
 * an operation as it stands, with its address and without waiting, or with; the
 * page that is shared, a notification, and the wait for the end of what is
 * active. False: not in time, and taken back.
 */
void pcifront_address(int function, struct xen_pci_op *op);
void pcifront_send(const struct xen_pci_op *op);
struct pcifront_result pcifront_ask(struct xen_pci_op *op);
struct xen_pci_sharedinfo *pcifront_page(void);
void pcifront_kick(void);
bool pcifront_wait(uint64_t start);

/*
 * The back end may answer with more bytes than were asked for: a word where a
 * virtual field is one. Here is all of it.
 */
struct pcifront_result pcifront_read(int function, int offset, int size);
struct pcifront_result pcifront_write(int function, int offset, int size,
				      uint32_t value);

#endif
