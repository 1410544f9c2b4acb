/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Config cycles that pciback's worker makes on a guest's behalf, while the
 * function sleeps and while it does not.
 */
#ifndef _XPM_GATE_H
#define _XPM_GATE_H

#include <linux/types.h>

struct pci_bus;
struct xpm_function;
struct xpm_gate;

struct xpm_gate *xpm_gate_get(struct pci_bus *bus, unsigned int devfn);
void xpm_gate_put(struct xpm_gate *gate, unsigned int devfn);
bool xpm_gate_reap(void);

void xpm_gate_init_function(struct xpm_function *f);
void xpm_gate_close(struct xpm_function *f);
void xpm_gate_closed(struct xpm_function *f);
void xpm_gate_open(struct xpm_function *f);
bool xpm_gate_is_awaited(struct xpm_function *f);
void xpm_gate_select_data(struct xpm_function *f);

bool xpm_gate_update_pmcsr(struct xpm_function *f, u16 select, u16 status,
			   u16 *pmcsr);
u16 xpm_gate_read_pmcsr(struct xpm_function *f);
void xpm_gate_clear_pme(struct xpm_function *f, u16 pmcsr);
void xpm_gate_enable_pme(struct xpm_function *f, u16 pmcsr);
int xpm_gate_command_enter(struct xpm_function *f, u16 value);
void xpm_gate_command_leave(struct xpm_function *f);

#endif /* _XPM_GATE_H */
