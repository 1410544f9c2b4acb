// SPDX-License-Identifier: GPL-2.0-only
/*
 * The gate: config cycles on a guest's behalf.
 *
 * xen_pcibk_config_read() reads hardware before it asks its table, and
 * registers without an entry have no other answer. Of a function without
 * power such a read gives all ones at best. So we stand at the bus's pci_ops,
 * as drivers/pci/pcie/aer_inject.c does, and answer one caller, pciback's
 * worker, from the snapshot while the function sleeps. Everybody else, the PM
 * core above all, reaches hardware at any time: the core's polling of a child
 * while its port wakes must not be answered by us.
 *
 * Config accessors may be called in atomic context. pciback's worker calls them
 * straight from conf_space.c, and may wait here, but for two corners of the PCI
 * core: MSI code masks under a raw spinlock, which a PV dom0 suppresses
 * (pci_msi_ignore_mask, MSI_FLAG_NO_MASK), and pcie_cap_lock is held with
 * interrupts off around some registers of the PCI Express capability. And
 * aer_inject, on top of us, calls us with interrupts off. Then a read is
 * answered without waiting, and a write to a sleeping function fails; no lock
 * of ours is taken, which others hold with interrupts on. Waiting takes config
 * accessors without a lock:
 */
#include <linux/kernel.h>
#ifndef CONFIG_PCI_LOCKLESS_CONFIG
#error "xen-pciback-pm needs CONFIG_PCI_LOCKLESS_CONFIG"
#endif
/*
 * Else synchronize_rcu_tasks() is synchronize_rcu(), which does not wait for who was
 * preempted, or could have been (rcu_flavor_sched_clock_irq()).
 */
#if defined(CONFIG_PREEMPT_COUNT) && !defined(CONFIG_TASKS_RCU)
#error "xen-pciback-pm needs CONFIG_TASKS_RCU in a kernel that counts preemption"
#endif

#include <linux/kallsyms.h>
#include <linux/list.h>
#include <linux/msi.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/pm_runtime.h>
#include <linux/rculist.h>
#include <linux/slab.h>

#include "function.h"
#include "gate.h"
#include "guest.h"
#include "pciback.h"
#include "power.h"
#include "snapshot.h"
#include "wake.h"

/**
 * struct xpm_gate - our pci_ops on one bus
 * @ops: what the bus points at while the gate stands
 * @stock: what it pointed at before; not ours, outlives us
 * @bus: the bus; referenced
 * @node: in the list of gates; readers hold RCU, writers @gates_mutex
 * @users: hooked functions on this bus; under @gates_mutex
 * @hooked: likewise, at each place there, those not yet freed included; read
 *	without the lock, for what is found then is looked for once more
 * @retired: on its way out, within xpm_gate_reap(); under @gates_mutex
 * @dead: in that function's list of gates to free
 *
 * A bus created below inherits the pointer (pci_alloc_child_bus()), so the
 * gate is freed only after every bus that carries it was given its own back
 * and no reader can be in it: xpm_gate_reap().
 */
struct xpm_gate {
	struct pci_ops ops;
	struct pci_ops *stock;
	struct pci_bus *bus;
	struct list_head node;
	unsigned int users;
	u16 hooked[256];
	bool retired;
	struct list_head dead;
};

static LIST_HEAD(gates);
/*
 * Covers gates, users and the probe. Taken under the device lock or the rescan
 * lock.
 */
static DEFINE_MUTEX(gates_mutex);

/* Who asks whether a bus's accessors lead here; and the answer. */
static struct task_struct *prober;
static bool probed;

static int gate_read(struct pci_bus *bus, unsigned int devfn, int where,
		     int size, u32 *value);
static int gate_write(struct pci_bus *bus, unsigned int devfn, int where,
		      int size, u32 value);

static bool is_gate(const struct pci_ops *ops)
{
	return ops->read == gate_read;
}

/* The pci_ops that @bus would use without us; NULL only of a bus unknown. */
static noinline struct pci_ops *find_stock_ops(struct pci_bus *bus)
{
	struct pci_ops *stock = NULL;
	struct pci_bus *up;
	struct xpm_gate *gate;

	rcu_read_lock();
	for (up = bus; up && !stock; up = up->parent)
		list_for_each_entry_rcu(gate, &gates, node)
			if (gate->bus == up) {
				stock = READ_ONCE(gate->stock);
				break;
			}
	rcu_read_unlock();
	return stock;
}

/*
 * The gate that @bus leads to, for an access that came by here; NULL if something
 * stands on top of it. Who does that has at least one accessor of his own. What
 * keeps the gate is what keeps this code: see xpm_gate_reap().
 */
static __always_inline struct xpm_gate *gate_of(struct pci_bus *bus)
{
	struct pci_ops *ops = READ_ONCE(bus->ops);

	if (likely(ops->read == gate_read && ops->write == gate_write))
		return container_of(ops, struct xpm_gate, ops);
	return NULL;
}

static __always_inline struct pci_ops *stock_ops(struct xpm_gate *gate,
						 struct pci_bus *bus)
{
	return likely(gate) ? READ_ONCE(gate->stock) : find_stock_ops(bus);
}

/* May there be a hooked function? In doubt, yes. */
static __always_inline bool may_be_hooked(struct xpm_gate *gate,
					  struct pci_bus *bus,
					  unsigned int devfn)
{
	return !gate || gate->bus != bus ||
	       READ_ONCE(gate->hooked[devfn & 0xff]);
}

/*
 * Do config accesses on @bus come by here, in whatever way? If so, none is made;
 * else device 0 is read.
 */
static bool leads_here(struct pci_bus *bus)
{
	u32 value;

	lockdep_assert_held(&gates_mutex);
	probed = false;
	WRITE_ONCE(prober, current);
	pci_bus_read_config_dword(bus, 0, PCI_VENDOR_ID, &value);
	WRITE_ONCE(prober, NULL);
	return probed;
}

static void leave(struct xpm_function *f)
{
	/* The count is a full barrier, which waitqueue_active() needs. */
	if (atomic_dec_and_test(&f->inflight) && waitqueue_active(&f->waiters))
		wake_up_all(&f->waiters);
}

/*
 * Let a config cycle of pciback's worker through, unless the gate is shut.
 * Pairs with xpm_gate_close(): either that sees our count and waits for it, or
 * we see its state and turn back; the full barriers are in atomic_inc_return()
 * here and smp_mb() there. Who cannot wait goes through while the gate closes:
 * the function is in D0, and xpm_gate_closed() waits for the count as well.
 */
static bool enter(struct xpm_function *f)
{
	enum xpm_gate_state state;

	for (;;) {
		atomic_inc_return(&f->inflight);
		state = READ_ONCE(f->gate_state);
		if (state == XPM_GATE_OPEN ||
		    (state == XPM_GATE_CLOSING && irqs_disabled()))
			return true;
		leave(f);
		if (state == XPM_GATE_CLOSED)
			return false;
		/* It takes to read config space, or one D3hot delay. */
		wait_event(f->waiters,
			   READ_ONCE(f->gate_state) != XPM_GATE_CLOSING);
	}
}

/*
 * Is this read the one that xen_pcibk_config_read() makes before it asks the
 * table about PMCSR? A read of its upper byte alone may also come from the
 * handler of a quirk field that starts there. Such a field overrides what our
 * handler answers, so it does not matter what our handler takes it for.
 */
static void note_raw_read(struct xpm_function *f, int where, int size)
{
	int upper = f->pdev->pm_cap + PCI_PM_CTRL + 1;

	if (!xpm_vpm_covers_pmcsr(f->pdev->pm_cap, where, size))
		return;
	if (where == upper && xpm_pciback_has_entry_at(f->pdev, upper))
		return;
	f->raw_read = true;
}

/*
 * Stock's handler of COMMAND calls into the PCI core, which reads PMCSR to learn
 * the real state (pci_enable_device(), pci_update_current_state()). Before a hook
 * is complete, and after it is given back, stock's handlers rule. And beyond the
 * end of config space the accessors refuse without a cycle.
 *
 * xen_pcibk_config_read() and _write() take a negative offset too, and then
 * pci_conf1_read() takes the lower bits of it for a register: that is a way
 * around us, so it is closed before this is asked.
 */
static bool to_hardware(const struct xpm_function *f, int where)
{
	return f->stock_runs || !READ_ONCE(f->live) ||
	       where >= PCI_CFG_SPACE_EXP_SIZE;
}

/* The virtual registers over a raw read. */
static u32 overlay(struct xpm_function *f, int where, int size, u32 value)
{
	int pm_cap = f->pdev->pm_cap;

	if (where + size <= pm_cap || where >= pm_cap + PCI_PM_SIZEOF)
		return value;

	/* See the head of this file; each of its members is read at once. */
	if (irqs_disabled())
		return xpm_vpm_overlay(&f->vpm, f->pdev->pm_cap, where, size,
				       value);

	spin_lock(&f->lock);
	value = xpm_vpm_overlay(&f->vpm, f->pdev->pm_cap, where, size, value);
	spin_unlock(&f->lock);
	return value;
}

/*
 * An owner whose function sleeps without its doing has come just now. May sleep.
 */
static void note_owner(struct xpm_function *f)
{
	if (READ_ONCE(f->guest_seen) || irqs_disabled())
		return;
	xpm_guest_seen(f);
}

/*
 * pci_restore_msi_state() looks at MSI's descriptors without a lock, on kernels
 * without msi_lock_descs() at MSI-X's as well: a resume must not meet pciback's
 * worker as it enables or disables one of these. Both begin with a write of the
 * control register, of a function that the PM core calls D0 already, though what
 * was saved is not all restored. So from that write on the function is up, and
 * stays so until the worker is through. In D0 it does so for its guest, and the
 * worker cannot take D3hot from it meanwhile; but when the host sleeps, with the
 * option sleep (may_go_down() in sleep.c).
 *
 * pci_disable_msix() is another matter where it holds that lock, which the resume
 * wants as well: it must not wait for the wake, and need not (see deferred_where()).
 */
static bool switches_msi(const struct xpm_function *f, int where)
{
	const struct pci_dev *pdev = f->pdev;

	if (pdev->msix_cap && where == pdev->msix_cap + PCI_MSIX_FLAGS)
		return !(XPM_MSIX_IS_LOCKED && pdev->msix_enabled);
	return pdev->msi_cap && where == pdev->msi_cap + PCI_MSI_FLAGS;
}

/* Not for XPM_POWER_WAKE_MS: the PCI core would go on if the write failed. */
static void begin_msi(struct xpm_function *f)
{
	/* Before the gate is looked at, which take_down() in sleep.c has closed. */
	smp_store_mb(f->msi_at, jiffies | 1);
	if (READ_ONCE(f->vpm.state) != XPM_VPM_D0 || !xpm_power_is_up(f))
		xpm_power_wake_or_not(f, XPM_KEEP_MSI, XPM_CAUSE_CONFIG);
}

/*
 * The worker serves one operation after the other: what it does at any other
 * register is not of that one any more.
 */
static void end_msi(struct xpm_function *f, int where)
{
	const struct pci_dev *pdev = f->pdev;

	if (likely(!READ_ONCE(f->msi_at)))
		return;
	if (where == PCI_COMMAND || irqs_disabled() ||
	    xpm_function_in_cap(where, pdev->msi_cap, PCI_MSI_PENDING_64 + 4) ||
	    xpm_function_in_cap(where, pdev->msix_cap, PCI_CAP_MSIX_SIZEOF))
		return;
	WRITE_ONCE(f->msi_at, 0);
	if (READ_ONCE(f->keep) & XPM_KEEP_MSI)
		xpm_power_release(f, XPM_KEEP_MSI, false);
}

/*
 * Is it as nearly always, an access to an open gate that concerns nobody but
 * hardware? Then it is past the gate, and leave() is due.
 *
 * It needs no SRCU, which costs as much as the rest of the gate: nothing up to
 * leave() sleeps, so the first synchronize_rcu_tasks() of xpm_function_quiesce()
 * waits for it.
 */
static __always_inline bool enter_at_once(struct xpm_function *f, int where, int size)
{
	int pm_cap = f->pdev->pm_cap;

	if (where < 0 || to_hardware(f, where) || !READ_ONCE(f->guest_seen) ||
	    READ_ONCE(f->msi_at) ||
	    (where + size > pm_cap && where < pm_cap + PCI_PM_SIZEOF))
		return false;
	/* As in enter(). */
	atomic_inc_return(&f->inflight);
	if (likely(READ_ONCE(f->gate_state) == XPM_GATE_OPEN))
		return true;
	leave(f);
	return false;
}

static int read_for_guest(struct xpm_function *f, struct pci_ops *stock,
			  int where, int size, u32 *value)
{
	int pmcsr = f->pdev->pm_cap + PCI_PM_CTRL;
	int ret = PCIBIOS_SUCCESSFUL;

	if (where < 0)
		return PCIBIOS_BAD_REGISTER_NUMBER;
	if (to_hardware(f, where))
		return stock->read(f->pdev->bus, f->pdev->devfn, where, size,
				   value);

	note_owner(f);
	end_msi(f, where);
	note_raw_read(f, where, size);

	/* A Linux guest polls PMCSR every second (pci_pme_list_scan()). */
	if (where >= pmcsr && where + size <= pmcsr + 2) {
		*value = 0;
	} else if (enter(f)) {
		ret = stock->read(f->pdev->bus, f->pdev->devfn, where, size,
				  value);
		leave(f);
	} else {
		*value = xpm_snapshot_read(f, where, size);
	}

	*value = overlay(f, where, size, *value);
	return ret;
}

/*
 * pci_disable_msix() holds the lock of the MSI descriptors while it writes MSI-X
 * control and, in pci_intx(), COMMAND; and the resume takes that lock to restore
 * MSI-X (msi_lock_descs()). So a write of these registers by pciback's worker
 * does not wait for the wake that it asks for: it is kept for the end of it.
 * The function cannot raise an interrupt before that anyway.
 */
static int deferred_where(const struct xpm_function *f, enum xpm_deferred which)
{
	switch (which) {
	case XPM_DEFERRED_COMMAND:
		return PCI_COMMAND;
	case XPM_DEFERRED_MSIX:
		return f->pdev->msix_cap ? f->pdev->msix_cap + PCI_MSIX_FLAGS : -1;
	default:
		return -1;
	}
}

/*
 * The bits that a write changes (PCIe 5.0, section 7.7.2.2). Of COMMAND a
 * guest sees what command_read() makes of it.
 */
static u16 deferred_mask(enum xpm_deferred which)
{
	switch (which) {
	case XPM_DEFERRED_MSIX:
		return PCI_MSIX_FLAGS_ENABLE | PCI_MSIX_FLAGS_MASKALL;
	default:
		return 0xffff;
	}
}

static bool defer(struct xpm_function *f, int where, int size, u32 value)
{
	enum xpm_deferred which;
	bool deferred = false;
	u16 mask;

	if (size != 2)
		return false;
	for (which = 0; which < XPM_DEFERRED; which++)
		if (deferred_where(f, which) == where)
			break;
	if (which == XPM_DEFERRED)
		return false;

	/*
	 * Of one that did not come back the PCI core has merged with all ones. Such a
	 * write fails like any other.
	 */
	spin_lock(&f->lock);
	if (f->gate_state == XPM_GATE_CLOSED && !xpm_snapshot_is_forgotten(f)) {
		f->deferred[which] = value;
		f->deferred_set |= BIT(which);
		f->next_cause = XPM_CAUSE_CONFIG;
		mask = deferred_mask(which);
		xpm_snapshot_write(f, where,
				   (xpm_snapshot_read(f, where, 2) & ~mask) |
				   (value & mask));
		deferred = true;
	}
	spin_unlock(&f->lock);
	return deferred;
}

/*
 * A guest's write is about to happen. A read of VPD begins with a write of its
 * address, and is over when the device sets the upper bit there.
 */
static void note_write(struct xpm_function *f, int where, int size, u32 value)
{
	int vpd_cap = READ_ONCE(f->vpd_cap);

	xpm_snapshot_note_write(f, where, size);
	if (vpd_cap && where == vpd_cap + PCI_VPD_ADDR && size == 2 &&
	    !(value & PCI_VPD_ADDR_F))
		WRITE_ONCE(f->vpd_read_at, jiffies | 1);
}

static int write_for_guest(struct xpm_function *f, struct pci_ops *stock,
			   int where, int size, u32 value)
{
	int ret;

	if (where < 0)
		return PCIBIOS_BAD_REGISTER_NUMBER;
	if (to_hardware(f, where))
		return stock->write(f->pdev->bus, f->pdev->devfn, where, size,
				    value);

	note_owner(f);

	/* PME_En never reaches hardware as written, by a quirk field either. */
	if (xpm_vpm_covers_pmcsr(f->pdev->pm_cap, where, size))
		return PCIBIOS_SUCCESSFUL;

	end_msi(f, where);
	if (switches_msi(f, where) && !irqs_disabled())
		begin_msi(f);

	if (!enter(f)) {
		if (irqs_disabled()) {
			pm_request_resume(&f->pdev->dev);
			return PCIBIOS_DEVICE_NOT_FOUND;
		}
		if (defer(f, where, size, value)) {
			xpm_power_kick(f);
			return PCIBIOS_SUCCESSFUL;
		}
		if (xpm_power_wake(f, XPM_KEEP_CONFIG, XPM_CAUSE_CONFIG))
			return PCIBIOS_DEVICE_NOT_FOUND;
		note_write(f, where, size, value);
		ret = stock->write(f->pdev->bus, f->pdev->devfn, where, size,
				   value);
		xpm_power_release(f, XPM_KEEP_CONFIG, false);
		return ret;
	}

	note_write(f, where, size, value);
	ret = stock->write(f->pdev->bus, f->pdev->devfn, where, size, value);
	leave(f);
	return ret;
}

/* A read of what may be hooked, by a worker, which may be pciback's. */
static noinline int read_here(struct pci_bus *bus, unsigned int devfn, int where,
			      int size, u32 *value, struct pci_ops *stock)
{
	struct xpm_function *f;
	int idx, ret;

	f = xpm_pciback_in_worker() ? xpm_function_find_devfn(bus, devfn) : NULL;
	if (!f)
		return stock->read(bus, devfn, where, size, value);
	if (likely(enter_at_once(f, where, size))) {
		ret = stock->read(bus, devfn, where, size, value);
		leave(f);
		return ret;
	}

	/* Before anything sleeps. */
	idx = srcu_read_lock(&xpm_function_srcu);
	ret = read_for_guest(f, stock, where, size, value);
	srcu_read_unlock(&xpm_function_srcu, idx);
	return ret;
}

/* A read while somebody asks what leads here, maybe his. */
static noinline int read_probed(struct pci_bus *bus, unsigned int devfn, int where,
				int size, u32 *value, struct pci_ops *stock)
{
	if (WARN_ON_ONCE(!stock))
		return PCIBIOS_DEVICE_NOT_FOUND;
	if (!in_task())
		return stock->read(bus, devfn, where, size, value);
	probed = true;
	return PCIBIOS_DEVICE_NOT_FOUND;
}

static int gate_read(struct pci_bus *bus, unsigned int devfn, int where,
		     int size, u32 *value)
{
	struct xpm_gate *gate = gate_of(bus);
	struct pci_ops *stock = stock_ops(gate, bus);

	if (unlikely(!stock || READ_ONCE(prober) == current))
		return read_probed(bus, devfn, where, size, value, stock);
	/* Of all the others nobody notices that this is here. */
	if (unlikely(current->flags & PF_WQ_WORKER &&
		     may_be_hooked(gate, bus, devfn)))
		return read_here(bus, devfn, where, size, value, stock);
	return stock->read(bus, devfn, where, size, value);
}

/* Where PME_Status is in a write that begins at @where. */
static u32 pme_status_in(int pmcsr, int where)
{
	return (PCI_PM_CTRL_PME_STATUS >> 8) << (8 * (pmcsr + 1 - where));
}

/*
 * Write the upper byte of PMCSR for who has read it a while ago: Data_Select is in
 * it, which its guest may have chosen anew since. A device model writes it by itself.
 *
 * A guest's choice is in vpm.data before that writes the byte (choose_data()), so
 * who finds there what he has written was before it, and is seen there.
 */
static int write_upper_byte(struct xpm_function *f, u16 pmcsr)
{
	struct pci_ops *stock = READ_ONCE(f->gate->stock);
	int where = f->pdev->pm_cap + PCI_PM_CTRL + 1;
	u16 select = pmcsr & PCI_PM_CTRL_DATA_SEL_MASK;
	int ret;

	do {
		if (READ_ONCE(f->guest_seen))
			select = READ_ONCE(f->vpm.data) &
				 PCI_PM_CTRL_DATA_SEL_MASK;
		pmcsr &= ~PCI_PM_CTRL_DATA_SEL_MASK;
		ret = stock->write(f->pdev->bus, f->pdev->devfn, where, 1,
				   (pmcsr | select) >> 8);
		/* What has come since is not to be cleared. */
		pmcsr &= ~PCI_PM_CTRL_PME_STATUS;
		smp_mb(); /* pairs with the lock that vpm.data is written under */
	} while (READ_ONCE(f->guest_seen) &&
		 (READ_ONCE(f->vpm.data) & PCI_PM_CTRL_DATA_SEL_MASK) != select);
	return ret;
}

/*
 * The PM core clears PME_Status each time that it arms or disarms, that it
 * restores, and that it has noticed a PME (__pci_pme_active(),
 * pci_pme_restore(), pci_check_pme_status()); that is how PMEs get lost which
 * come in the wrong moment. So while somebody wants PMEs nobody but
 * xpm_gate_clear_pme() clears it, and what it was before such a write is noted,
 * since it may not survive the power.
 *
 * pci_check_pme_status() writes back PowerState as well, as it has read it, with
 * nothing to keep a resume or a suspend from coming between: that would put
 * the function back into D3hot, or into D0. It is called by work alone, of PME
 * interrupts, of ACPI's notifies and of pci_pme_list_scan(). And pci_stop_dev()
 * disarms (__pci_pme_active()) before it takes the device lock. So of a write by a
 * worker, or without that lock, which would clear PME_Status only that byte gets
 * through, unless it is by who moves the function. All else means what it writes,
 * pci_pm_reset() above all.
 */
static int write_pme_status(struct xpm_function *f, struct pci_ops *stock,
			    int where, int size, u32 value)
{
	struct pci_bus *bus = f->pdev->bus;
	unsigned int devfn = f->pdev->devfn;
	int pmcsr = f->pdev->pm_cap + PCI_PM_CTRL;
	u32 found = 0;

	if (xpm_wake_wanted(f)) {
		stock->read(bus, devfn, pmcsr, 2, &found);
		if (!PCI_POSSIBLE_ERROR((u16)found) &&
		    found & PCI_PM_CTRL_PME_STATUS)
			xpm_wake_seen(f);
		value &= ~pme_status_in(pmcsr, where);
	}
	if (where == pmcsr && size == 2 && READ_ONCE(f->mover) != current &&
	    (current->flags & PF_WQ_WORKER ||
	     !mutex_is_locked(&f->pdev->dev.mutex)))
		return write_upper_byte(f, value);
	return stock->write(bus, devfn, where, size, value);
}

/* Would the write clear PME_Status, by what it is? */
static bool has_pme_status(struct xpm_function *f, int where, int size, u32 value)
{
	int pmcsr = f->pdev->pm_cap + PCI_PM_CTRL;

	return READ_ONCE(f->live) && where <= pmcsr + 1 &&
	       where + size > pmcsr + 1 && value & pme_status_in(pmcsr, where);
}

/* A write to a function that may be hooked, by whomever. */
static noinline int write_here(struct pci_bus *bus, unsigned int devfn, int where,
			       int size, u32 value, struct pci_ops *stock)
{
	bool guest = xpm_pciback_in_worker();
	struct xpm_function *f;
	int idx, ret;

	if (WARN_ON_ONCE(!stock))
		return PCIBIOS_DEVICE_NOT_FOUND;

	if (guest) {
		f = xpm_function_find_devfn(bus, devfn);
		if (f && !switches_msi(f, where) &&
		    likely(enter_at_once(f, where, size))) {
			note_write(f, where, size, value);
			ret = stock->write(bus, devfn, where, size, value);
			leave(f);
			return ret;
		}
	}

	idx = srcu_read_lock(&xpm_function_srcu);
	f = xpm_function_find_devfn(bus, devfn);
	if (f && guest) {
		ret = write_for_guest(f, stock, where, size, value);
	} else {
		/* A device model writes for its guest too, by way of sysfs. */
		if (f && READ_ONCE(f->gate_state) == XPM_GATE_OPEN)
			xpm_snapshot_note_write(f, where, size);
		ret = f && has_pme_status(f, where, size, value) ?
			      write_pme_status(f, stock, where, size, value) :
			      stock->write(bus, devfn, where, size, value);
	}
	srcu_read_unlock(&xpm_function_srcu, idx);
	return ret;
}

static int gate_write(struct pci_bus *bus, unsigned int devfn, int where,
		      int size, u32 value)
{
	struct xpm_gate *gate = gate_of(bus);
	struct pci_ops *stock = stock_ops(gate, bus);

	if (unlikely(!stock || may_be_hooked(gate, bus, devfn)))
		return write_here(bus, devfn, where, size, value, stock);
	return stock->write(bus, devfn, where, size, value);
}

/*
 * aer_inject cannot have anything on top of it: it takes that away together with
 * its own, and when it injects once more it puts itself on top of what leads to
 * it, which is a loop (pci_bus_set_aer_ops()).
 */
static bool is_aer_inject(const struct pci_ops *ops)
{
	char symbol[KSYM_SYMBOL_LEN];

	sprint_symbol(symbol, (unsigned long)ops->read);
	return strstr(symbol, "[aer_inject]");
}

/**
 * xpm_gate_get() - put the gate on a bus, or use the one that is there
 * @bus: the bus that a function to be hooked is on
 * @devfn: the function's place there
 *
 * Context: process; the caller holds the device lock of a function on @bus,
 * which keeps @bus alive. Sleeps for a grace period where a gate is put.
 * Return: the gate; ERR_PTR(-ENOMEM), or ERR_PTR(-EBUSY) if aer_inject is there.
 */
struct xpm_gate *xpm_gate_get(struct pci_bus *bus, unsigned int devfn)
{
	struct pci_ops *ops, *found;
	struct xpm_gate *gate;
	bool stands;

	mutex_lock(&gates_mutex);
	list_for_each_entry(gate, &gates, node)
		if (gate->bus == bus && !gate->retired)
			goto found;

	gate = kzalloc(sizeof(*gate), GFP_KERNEL);
	if (!gate) {
		mutex_unlock(&gates_mutex);
		return ERR_PTR(-ENOMEM);
	}
	ops = READ_ONCE(bus->ops);
	if (is_aer_inject(ops))
		goto err_gate;
	gate->bus = bus;
	/* A bus made below another gate has inherited that one's ops. */
	gate->stock = is_gate(ops) ? find_stock_ops(bus) : ops;
	gate->ops = *gate->stock;
	gate->ops.read = gate_read;
	gate->ops.write = gate_write;
	/* Readers must find the gate from the moment that the bus leads in. */
	list_add_rcu(&gate->node, &gates);
	found = pci_bus_set_ops(bus, &gate->ops);

	/*
	 * During each of its accesses, with interrupts off, aer_inject hides
	 * itself, and it ends them with what it found.
	 */
	synchronize_rcu_expedited();
	stands = found == ops && leads_here(bus);
	if (!stands)
		goto err_ops;
	get_device(&bus->dev);
found:
	gate->users++;
	gate->hooked[devfn]++;
	mutex_unlock(&gates_mutex);
	return gate;

err_ops:
	if (bus->ops == &gate->ops)
		pci_bus_set_ops(bus, found);
	list_del_rcu(&gate->node);
	synchronize_rcu_tasks();
	synchronize_rcu();
err_gate:
	kfree(gate);
	mutex_unlock(&gates_mutex);
	return ERR_PTR(-EBUSY);
}

/**
 * xpm_gate_put() - a function on the gate's bus was given back
 * @gate: the gate; xpm_gate_reap() takes it down if nobody uses it
 * @devfn: the function's place
 *
 * Context: process.
 */
void xpm_gate_put(struct xpm_gate *gate, unsigned int devfn)
{
	mutex_lock(&gates_mutex);
	gate->users--;
	gate->hooked[devfn]--;
	mutex_unlock(&gates_mutex);
}

/*
 * Has another module put ops on top of ours, on @bus or below it? Or have ours
 * come back since they were taken away? aer_inject points bus->ops at what it
 * found there, and back again, around each access.
 */
static bool in_use_below(struct xpm_gate *gate, struct pci_bus *bus)
{
	struct pci_bus *child;

	if (is_gate(bus->ops)) {
		if (gate->retired && bus->ops == &gate->ops)
			return true;
	} else if (bus->ops != gate->stock && leads_here(bus)) {
		return true;
	}
	/* As deep as the bridges are nested. */
	list_for_each_entry(child, &bus->children, node)
		if (in_use_below(gate, child))
			return true;
	return false;
}

/* Give @bus and all below it, which may have inherited them, its ops back. */
static void restore_below(struct xpm_gate *gate, struct pci_bus *bus)
{
	struct pci_bus *child;

	if (bus->ops == &gate->ops)
		pci_bus_set_ops(bus, gate->stock);
	list_for_each_entry(child, &bus->children, node)
		restore_below(gate, child);
}

/* First part of xpm_gate_reap(): returns how many gates may go. */
static unsigned int retire(bool *all)
{
	struct xpm_gate *gate;
	unsigned int retired = 0;

	*all = true;
	pci_lock_rescan_remove();
	mutex_lock(&gates_mutex);
	list_for_each_entry(gate, &gates, node) {
		if (gate->users || gate->retired)
			continue;
		if (in_use_below(gate, gate->bus)) {
			*all = false;
			continue;
		}
		restore_below(gate, gate->bus);
		gate->retired = true;
		retired++;
	}
	mutex_unlock(&gates_mutex);
	pci_unlock_rescan_remove();
	return retired;
}

/* Second part: moves those that nobody has brought back meanwhile to @dead. */
static void bury(struct list_head *dead, bool *all)
{
	struct xpm_gate *gate, *next;

	pci_lock_rescan_remove();
	mutex_lock(&gates_mutex);
	list_for_each_entry_safe(gate, next, &gates, node) {
		if (!gate->retired)
			continue;
		if (in_use_below(gate, gate->bus)) {
			gate->retired = false;
			*all = false;
			continue;
		}
		list_del_rcu(&gate->node);
		list_add(&gate->dead, dead);
	}
	mutex_unlock(&gates_mutex);
	pci_unlock_rescan_remove();
}

/**
 * xpm_gate_reap() - take down the gates that nobody uses any more
 *
 * Where another module has put its pci_ops on top of ours, and so still calls
 * them, the gate stays and passes everything through.
 *
 * Context: process, in one place at a time (the reaper, then exit); sleeps for a
 * few grace periods. Called with no lock held: the rescan lock is outside the
 * device lock, which is outside gates_mutex.
 * Return: true if every unused gate is gone.
 */
bool xpm_gate_reap(void)
{
	struct xpm_gate *gate, *next;
	LIST_HEAD(dead);
	bool all;

	if (!retire(&all))
		return all;

	/*
	 * Whoever loaded our ops pointer before must be out of our code. Not
	 * with a lock held: readers of xpm_function_srcu take device locks, the
	 * holder of one may be in xpm_gate_get(). And whoever had pointed
	 * bus->ops elsewhere for one access, with interrupts off, has put back
	 * what he found; that shows in the second look.
	 */
	xpm_function_quiesce();
	synchronize_rcu();
	bury(&dead, &all);

	/* The accessors of other gates walk the same list. */
	synchronize_rcu();
	list_for_each_entry_safe(gate, next, &dead, dead) {
		put_device(&gate->bus->dev);
		kfree(gate);
	}
	return all;
}

/**
 * xpm_gate_init_function() - a function's gate starts open
 * @f: the function
 *
 * Context: any.
 */
void xpm_gate_init_function(struct xpm_function *f)
{
	f->gate_state = XPM_GATE_OPEN;
	atomic_set(&f->inflight, 0);
	init_waitqueue_head(&f->waiters);
}

static void move(struct xpm_function *f, enum xpm_gate_state state)
{
	spin_lock(&f->lock);
	WRITE_ONCE(f->gate_state, state);
	spin_unlock(&f->lock);
	wake_up_all(&f->waiters);
}

/**
 * xpm_gate_close() - let no config cycle of pciback's worker through any more
 * @f: the function
 *
 * Returns when the last one is through. Until xpm_gate_closed() new ones wait.
 *
 * Context: who moves the function, one at a time, see @gate_state; sleeps as long
 * as a config cycle takes.
 */
void xpm_gate_close(struct xpm_function *f)
{
	move(f, XPM_GATE_CLOSING);
	smp_mb(); /* pairs with atomic_inc_return() in enter() */
	wait_event(f->waiters, !atomic_read(&f->inflight));
}

/**
 * xpm_gate_closed() - from now on the snapshot answers
 * @f: the function, its snapshot taken
 *
 * Context: who moves the function, one at a time, see @gate_state; sleeps as long
 * as a config cycle takes.
 */
void xpm_gate_closed(struct xpm_function *f)
{
	move(f, XPM_GATE_CLOSED);
	smp_mb(); /* pairs with atomic_inc_return() in enter() */
	wait_event(f->waiters, !atomic_read(&f->inflight));
}

/*
 * Write Data_Select and what clears PME_Status; return PMCSR as it is then. Where it
 * can be chosen, and yet is another, write_upper_byte() was under way with what it
 * was before; what begins there now has the new one.
 */
static u16 choose_data(struct xpm_function *f, u16 pmcsr, u16 select, u16 status)
{
	int where = f->pdev->pm_cap + PCI_PM_CTRL;
	int tries = 2;
	u16 value;

	pmcsr &= ~(PCI_PM_CTRL_DATA_SEL_MASK | PCI_PM_CTRL_PME_STATUS);
	do {
		pci_write_config_byte(f->pdev, where + 1,
				      (pmcsr | select | status) >> 8);
		status = 0;
		pci_read_config_word(f->pdev, where, &value);
	} while ((value & PCI_PM_CTRL_DATA_SEL_MASK) != select && --tries);
	return value;
}

/**
 * xpm_gate_select_data() - bring Data_Select back
 * @f: the function, in D0, its gate closed
 *
 * It is lost with the power, and may be chosen during a sleep.
 *
 * Context: runtime PM callback, or whoever moves it by hand.
 */
void xpm_gate_select_data(struct xpm_function *f)
{
	int where = f->pdev->pm_cap + PCI_PM_CTRL;
	u16 want, pmcsr;

	/* A device model's guest has it in hardware alone. */
	spin_lock(&f->lock);
	want = f->guest_seen ? f->vpm.data : xpm_snapshot_read(f, where, 2);
	f->deferred_set &= ~BIT(XPM_DEFERRED_DATA_SELECT);
	spin_unlock(&f->lock);

	pci_read_config_word(f->pdev, where, &pmcsr);
	if (PCI_POSSIBLE_ERROR(want) || PCI_POSSIBLE_ERROR(pmcsr))
		return;
	want &= PCI_PM_CTRL_DATA_SEL_MASK;
	if ((pmcsr & PCI_PM_CTRL_DATA_SEL_MASK) == want)
		return;
	pmcsr = choose_data(f, pmcsr, want, 0);
	if (PCI_POSSIBLE_ERROR(pmcsr))
		return;

	spin_lock(&f->lock);
	if ((f->vpm.data & PCI_PM_CTRL_DATA_SEL_MASK) == want)
		xpm_vpm_set_data(&f->vpm, pmcsr);
	spin_unlock(&f->lock);
}

/**
 * xpm_gate_is_awaited() - does a write wait for the gate to be opened?
 * @f: the function; the caller holds its @lock
 *
 * Data_Select has the time until something else wakes it.
 *
 * Context: any.
 * Return: true if so.
 */
bool xpm_gate_is_awaited(struct xpm_function *f)
{
	lockdep_assert_held(&f->lock);
	return f->deferred_set & ~BIT(XPM_DEFERRED_DATA_SELECT);
}

/* For the end of the wake, unless the gate is open by now. */
static bool defer_data_select(struct xpm_function *f)
{
	bool closed;

	spin_lock(&f->lock);
	closed = f->gate_state == XPM_GATE_CLOSED;
	if (closed)
		f->deferred_set |= BIT(XPM_DEFERRED_DATA_SELECT);
	spin_unlock(&f->lock);
	return closed;
}

/**
 * xpm_gate_open() - the function answers again
 * @f: the function, in D0 with its config space restored, or on in D3hot
 *
 * What was deferred takes effect now.
 *
 * Context: who moves the function, one at a time, see @gate_state.
 */
void xpm_gate_open(struct xpm_function *f)
{
	enum xpm_deferred which;
	u16 value;

	/* The last look and the opening are one: nothing is deferred after. */
	spin_lock(&f->lock);
	while (f->deferred_set) {
		which = __ffs(f->deferred_set);
		value = f->deferred[which];
		f->deferred_set &= ~BIT(which);
		spin_unlock(&f->lock);
		if (which == XPM_DEFERRED_DATA_SELECT)
			xpm_gate_select_data(f);
		else
			pci_write_config_word(f->pdev, deferred_where(f, which),
					      value);
		spin_lock(&f->lock);
	}
	WRITE_ONCE(f->gate_state, XPM_GATE_OPEN);
	spin_unlock(&f->lock);
	wake_up_all(&f->waiters);
}

/**
 * xpm_gate_update_pmcsr() - write the parts of PMCSR that hardware gets
 * @f: the function
 * @select: PCI_PM_CTRL_DATA_SEL_MASK of what the guest wrote
 * @status: PCI_PM_CTRL_PME_STATUS to clear a stale PME, else 0
 * @pmcsr: PMCSR as hardware answers after it, with the new Data_Scale
 *
 * All of these are in the upper byte. The lower one belongs to who moves or resets
 * the function, at any time.
 *
 * Context: pciback's worker, whose config accesses are let through meanwhile.
 * Return: true, or false if the function sleeps, or does not answer.
 */
bool xpm_gate_update_pmcsr(struct xpm_function *f, u16 select, u16 status,
			   u16 *pmcsr)
{
	int where = f->pdev->pm_cap + PCI_PM_CTRL;
	u16 value = 0xffff;

	while (!enter(f))
		if (defer_data_select(f))
			return false;
	f->stock_runs = true;
	pci_read_config_word(f->pdev, where, &value);
	if (!PCI_POSSIBLE_ERROR(value))
		value = choose_data(f, value, select, status);
	f->stock_runs = false;
	leave(f);
	*pmcsr = value;
	return !PCI_POSSIBLE_ERROR(value);
}

/**
 * xpm_gate_read_pmcsr() - PMCSR as hardware has it, whoever asks
 * @f: the function, which answers
 *
 * Context: any.
 * Return: the register.
 */
u16 xpm_gate_read_pmcsr(struct xpm_function *f)
{
	struct pci_ops *stock = READ_ONCE(f->gate->stock);
	u32 value = 0xffff;

	stock->read(f->pdev->bus, f->pdev->devfn, f->pdev->pm_cap + PCI_PM_CTRL,
		    2, &value);
	return value;
}

/**
 * xpm_gate_clear_pme() - clear PME_Status in hardware
 * @f: the function, which answers
 * @pmcsr: PMCSR as it was just read
 *
 * Context: any.
 */
void xpm_gate_clear_pme(struct xpm_function *f, u16 pmcsr)
{
	write_upper_byte(f, pmcsr | PCI_PM_CTRL_PME_STATUS);
}

/**
 * xpm_gate_enable_pme() - set PME_En in hardware
 * @f: the function, which answers
 * @pmcsr: PMCSR as it was just read
 *
 * Context: any.
 */
void xpm_gate_enable_pme(struct xpm_function *f, u16 pmcsr)
{
	pmcsr &= ~PCI_PM_CTRL_PME_STATUS;
	write_upper_byte(f, pmcsr | PCI_PM_CTRL_PME_ENABLE);
}

/**
 * xpm_gate_command_enter() - before stock handles a guest's write of COMMAND
 * @f: the function
 * @value: what the guest wrote
 *
 * command_write() of conf_space_header.c calls pci_enable_device() when decoding
 * is switched on, which would power the function up behind runtime PM's back,
 * in pciback's worker. So the function is awake before. All else that it does
 * are config cycles, which the gate deals with one by one; but of a function that did
 * not come back the PCI core would note what it has not done (pci_set_master()).
 *
 * Context: pciback's worker, holding xpm_function_srcu; sleeps at most
 * XPM_POWER_WAKE_MS.
 * Return: 0, then xpm_gate_command_leave() is due; or PCIBIOS_SET_FAILED if
 * the function did not come up.
 */
int xpm_gate_command_enter(struct xpm_function *f, u16 value)
{
	if ((!(value & (PCI_COMMAND_IO | PCI_COMMAND_MEMORY)) ||
	     pci_is_enabled(f->pdev)) &&
	    !xpm_snapshot_is_forgotten(f))
		return 0;
	if (xpm_power_wake(f, XPM_KEEP_CONFIG, XPM_CAUSE_CONFIG))
		return PCIBIOS_SET_FAILED;
	f->stock_runs = true;
	return 0;
}

/**
 * xpm_gate_command_leave() - after stock handled a guest's write of COMMAND
 * @f: the function
 *
 * Context: pciback's worker, holding xpm_function_srcu.
 */
void xpm_gate_command_leave(struct xpm_function *f)
{
	if (!f->stock_runs)
		return;
	f->stock_runs = false;
	xpm_power_release(f, XPM_KEEP_CONFIG, false);
}
