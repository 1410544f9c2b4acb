/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints: /sys/kernel/tracing/events/xen_pciback_pm/
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM xen_pciback_pm

#if !defined(_XPM_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _XPM_TRACE_H

#include <linux/pci.h>
#include <linux/tracepoint.h>

/* PCI_D0 to PCI_POWER_ERROR, as pci_power_name() has them. */
#define xpm_trace_state(state) \
	__print_symbolic(state, { 0, "D0" }, { 1, "D1" }, { 2, "D2" }, \
			 { 3, "D3hot" }, { 4, "D3cold" }, { 5, "unknown" })

/* In the order of enum xpm_cause. */
#define xpm_trace_cause(cause) \
	__print_symbolic(cause, { 0, "guest" }, { 1, "pme" }, { 2, "config" }, \
			 { 3, "host" }, { 4, "reset" }, { 5, "sleep" })

/* A guest wrote PMCSR; @pmcsr is what it reads from now on. */
TRACE_EVENT(xpm_guest_write,
	TP_PROTO(struct pci_dev *pdev, u16 value, u16 pmcsr, int ret),
	TP_ARGS(pdev, value, pmcsr, ret),
	TP_STRUCT__entry(
		__field(u16, domain)
		__field(u16, bdf)
		__field(u16, value)
		__field(u16, pmcsr)
		__field(int, ret)
	),
	TP_fast_assign(
		__entry->domain = pci_domain_nr(pdev->bus);
		__entry->bdf = pci_dev_id(pdev);
		__entry->value = value;
		__entry->pmcsr = pmcsr;
		__entry->ret = ret;
	),
	TP_printk("%04x:%02x:%02x.%x value=0x%04x pmcsr=0x%04x ret=%d",
		  __entry->domain, PCI_BUS_NUM(__entry->bdf),
		  PCI_SLOT(__entry->bdf), PCI_FUNC(__entry->bdf),
		  __entry->value, __entry->pmcsr, __entry->ret)
);

/* The function went to sleep. */
TRACE_EVENT(xpm_sleep,
	TP_PROTO(struct pci_dev *pdev, pci_power_t state, bool armed),
	TP_ARGS(pdev, state, armed),
	TP_STRUCT__entry(
		__field(u16, domain)
		__field(u16, bdf)
		__field(int, state)
		__field(bool, armed)
	),
	TP_fast_assign(
		__entry->domain = pci_domain_nr(pdev->bus);
		__entry->bdf = pci_dev_id(pdev);
		__entry->state = (__force int)state;
		__entry->armed = armed;
	),
	TP_printk("%04x:%02x:%02x.%x state=%s armed=%d",
		  __entry->domain, PCI_BUS_NUM(__entry->bdf),
		  PCI_SLOT(__entry->bdf), PCI_FUNC(__entry->bdf),
		  xpm_trace_state(__entry->state), __entry->armed)
);

/* The function came back, or did not. */
TRACE_EVENT(xpm_wake,
	TP_PROTO(struct pci_dev *pdev, pci_power_t from, int cause, bool alive),
	TP_ARGS(pdev, from, cause, alive),
	TP_STRUCT__entry(
		__field(u16, domain)
		__field(u16, bdf)
		__field(int, from)
		__field(int, cause)
		__field(bool, alive)
	),
	TP_fast_assign(
		__entry->domain = pci_domain_nr(pdev->bus);
		__entry->bdf = pci_dev_id(pdev);
		__entry->from = (__force int)from;
		__entry->cause = cause;
		__entry->alive = alive;
	),
	TP_printk("%04x:%02x:%02x.%x from=%s cause=%s alive=%d",
		  __entry->domain, PCI_BUS_NUM(__entry->bdf),
		  PCI_SLOT(__entry->bdf), PCI_FUNC(__entry->bdf),
		  xpm_trace_state(__entry->from),
		  xpm_trace_cause(__entry->cause), __entry->alive)
);

/* A PME was latched; @count is pme_count. */
TRACE_EVENT(xpm_pme,
	TP_PROTO(struct pci_dev *pdev, unsigned long count),
	TP_ARGS(pdev, count),
	TP_STRUCT__entry(
		__field(u16, domain)
		__field(u16, bdf)
		__field(unsigned long, count)
	),
	TP_fast_assign(
		__entry->domain = pci_domain_nr(pdev->bus);
		__entry->bdf = pci_dev_id(pdev);
		__entry->count = count;
	),
	TP_printk("%04x:%02x:%02x.%x count=%lu",
		  __entry->domain, PCI_BUS_NUM(__entry->bdf),
		  PCI_SLOT(__entry->bdf), PCI_FUNC(__entry->bdf),
		  __entry->count)
);

/* The function changed hands; @owner is a domain's id, or -1 for nobody. */
TRACE_EVENT(xpm_owner,
	TP_PROTO(struct pci_dev *pdev, int owner),
	TP_ARGS(pdev, owner),
	TP_STRUCT__entry(
		__field(u16, domain)
		__field(u16, bdf)
		__field(int, owner)
	),
	TP_fast_assign(
		__entry->domain = pci_domain_nr(pdev->bus);
		__entry->bdf = pci_dev_id(pdev);
		__entry->owner = owner;
	),
	TP_printk("%04x:%02x:%02x.%x owner=%d",
		  __entry->domain, PCI_BUS_NUM(__entry->bdf),
		  PCI_SLOT(__entry->bdf), PCI_FUNC(__entry->bdf),
		  __entry->owner)
);

#endif /* _XPM_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
