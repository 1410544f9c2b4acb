// SPDX-License-Identifier: GPL-2.0-only
/*
 * pme-inject - PCI power management events in software, for tests
 *
 * QEMU's devices cannot signal PMEs and its root ports do not receive any.
 * This module sits below every other user of config space, as aer_inject does,
 * and adds both: PME_Support, PME_En and PME_Status to the functions that it is
 * told to, and the PME bits of Root Status to the root ports above them.
 *
 *   functions=BDF,...  which ones (0000:01:00.0)
 *   support=MASK       PME_Support: 1 D0, 2 D1, 4 D2, 8 D3hot, 16 D3cold
 *   vaux=BOOL          PME_En and PME_Status outlive a loss of power
 *   stays=BOOL         PowerState does not change, whatever is written
 *   restore_ms=MS      how long pci_restore_state() takes to write COMMAND back, after
 *                      which it comes to MSI
 *   vpd=BOOL           the first function gets a VPD capability, read-only
 *   vpd_ms=MS          how long a read of it takes; for ever if negative
 *   fire               (write) "native BDF", "acpi BDF" (notify at the function),
 *                      "port BDF" (notify at the port), "status BDF" (no sign),
 *                      "late BDF" (noticed, by a slow pci_check_pme_status()),
 *                      "down BDF" (once it is in D3 next; if it is armed then,
 *                      firmware tells of it a moment later, at the function)
 *   acpi               (write) "METHOD [INTEGER]": evaluates it
 *   hold               (write) "+usage BDF", of any function: a runtime PM reference;
 *                      "+runtime-pm BDF": without runtime PM; "+d3cold BDF": D3cold
 *                      forbidden, as drivers and quirks do; "-" undoes it
 *   stat               (read) a line a function
 *   ops                (read) a line a bus: which function its config reads call
 *
 * functions= without a value adds nothing and leaves config space alone.
 *
 * The slot's power is left to ACPI alone: what the kernel writes to Slot Control,
 * as it restores what it has saved, does not change it. In s2idle it does so after
 * the function has got its power back, where the port has stayed in D0
 * (pci_pm_resume()), and would take it away again.
 *
 * What is added exists only while the real register answers. Writes to the
 * upper byte of PMCSR, native PMEs and all that vaux=0 and vpd have to find out
 * cost config reads of our own; nothing else does.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/acpi.h>
#include <linux/delay.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/irq_work.h>
#include <linux/irqdesc.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/pm_runtime.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#define MAX_FUNCTIONS 8
#define LATE_MS 500
/* Longer than a host takes that goes to sleep from there. */
#define DOWN_MS 300

/* PMC and PMCSR by bytes: only the upper one of each is of interest. */
#define PMC_HIGH	(PCI_PM_PMC + 1)
#define PMCSR_HIGH	(PCI_PM_CTRL + 1)
#define HIGH_PME_EN	(PCI_PM_CTRL_PME_ENABLE >> 8)
#define HIGH_PME_STATUS	(PCI_PM_CTRL_PME_STATUS >> 8)
#define HIGH_SUPPORT	(PCI_PM_CAP_PME_MASK >> 8)

/* Where there is nothing in QEMU's e1000e. */
#define VPD_CAP		0x40
#define VPD_SIZE	8

struct inject_bus {
	struct list_head list;
	struct pci_bus *bus;
	struct pci_ops *saved;
	struct pci_ops ops;
};

struct inject_port {
	struct list_head list;
	struct pci_dev *dev;
	u32 root_status;
	bool enabled;		/* PME Interrupt Enable */
	unsigned long interrupts;
	struct work_struct raise;
	struct irq_work interrupt;
	int irq;
};

struct inject_function {
	struct list_head list;
	struct inject_port *port;
	struct pci_bus *bus;
	unsigned int devfn;
	int pm;			/* offset of the capability */
	u8 state;		/* PowerState as last set */
	bool en;
	bool status;
	unsigned long moves;	/* PowerState was written so often */
	bool when_down;		/* a PME is due as soon as it is in D3 */
	struct delayed_work notify;
	bool message;		/* sent, but Root Status still has another */
	bool has_vpd;
	bool vpd_busy;		/* a read is under way */
	u8 vpd_next;
	u16 vpd_address;
	u32 vpd_data;
	unsigned long vpd_since;	/* in jiffies, when it began */
	unsigned long reads, writes, allones, messages;
};

/* For who waits for one of them to be. */
static DECLARE_WAIT_QUEUE_HEAD(moved);

static char *functions[MAX_FUNCTIONS] = { "0000:01:00.0" };
static int nr_functions = 1;
module_param_array(functions, charp, &nr_functions, 0444);
MODULE_PARM_DESC(functions, "functions that get PME");

static u8 support = 0x19;
module_param(support, byte, 0444);
MODULE_PARM_DESC(support, "PME_Support, bit 0 is D0, bit 4 is D3cold");

static bool vaux = true;
module_param(vaux, bool, 0644);
MODULE_PARM_DESC(vaux, "PME context survives a loss of power");

static bool stays;
module_param(stays, bool, 0644);
MODULE_PARM_DESC(stays, "PowerState does not change");

static unsigned int restore_ms;
module_param(restore_ms, uint, 0644);
MODULE_PARM_DESC(restore_ms, "how long restoring COMMAND takes");

static bool vpd;
module_param(vpd, bool, 0444);
MODULE_PARM_DESC(vpd, "the first function gets a VPD capability");

static int vpd_ms;
module_param(vpd_ms, int, 0644);
MODULE_PARM_DESC(vpd_ms, "how long a read of VPD takes, negative for ever");

/*
 * The lists change in init and exit only, when our ops are not in place. The
 * lock is for what the entries hold.
 */
static LIST_HEAD(bus_list);
static LIST_HEAD(port_list);
static LIST_HEAD(function_list);
static DEFINE_SPINLOCK(inject_lock);
static bool ready;

static struct inject_bus *find_bus(struct pci_bus *bus)
{
	struct inject_bus *b;

	/* A bus found below one of ours was given the ops of its parent. */
	for (; bus; bus = bus->parent)
		list_for_each_entry(b, &bus_list, list)
			if (b->bus == bus)
				return b;
	return NULL;
}

static struct inject_function *find_function(struct pci_bus *bus,
					     unsigned int devfn)
{
	struct inject_function *f;

	list_for_each_entry(f, &function_list, list)
		if (f->bus == bus && f->devfn == devfn)
			return f;
	return NULL;
}

static struct inject_port *find_port(struct pci_bus *bus, unsigned int devfn)
{
	struct inject_port *p;

	list_for_each_entry(p, &port_list, list)
		if (p->dev->bus == bus && p->dev->devfn == devfn)
			return p;
	return NULL;
}

static bool all_ones(u32 value, int size)
{
	return value == (u32)(~0ull >> (64 - 8 * size));
}

static u32 raw_read(struct inject_function *f, int where, int size)
{
	struct inject_bus *b = find_bus(f->bus);
	u32 value;

	if (b->saved->read(f->bus, f->devfn, where, size, &value))
		return ~0u >> (32 - 8 * size);
	return value;
}

static bool powered(struct inject_function *f)
{
	return !all_ones(raw_read(f, PCI_VENDOR_ID, 4), 4);
}

/*
 * Without Vaux the context is gone if the power is, or has been: then
 * PowerState is not what was last written. VPD's registers are gone in any
 * case.
 */
static void check_context(struct inject_function *f)
{
	bool keeps_pme = READ_ONCE(vaux);
	u16 pmcsr;

	lockdep_assert_held(&inject_lock);
	if (keeps_pme && !f->has_vpd)
		return;
	pmcsr = raw_read(f, f->pm + PCI_PM_CTRL, 2);
	if (all_ones(pmcsr, 2) ||
	    (pmcsr & PCI_PM_CTRL_STATE_MASK) != f->state) {
		if (!keeps_pme) {
			f->en = false;
			f->status = false;
			f->message = false;
		}
		f->vpd_busy = false;
		f->vpd_address = 0;
		f->vpd_data = 0;
		f->state = (__force u8)PCI_D0;
	}
}

/* Root Status holds one requester; the others wait for it to be cleared. */
static void next_message(struct inject_port *p)
{
	struct inject_function *f;

	lockdep_assert_held(&inject_lock);
	if (p->root_status & PCI_EXP_RTSTA_PME)
		return;
	p->root_status = 0;
	list_for_each_entry(f, &function_list, list) {
		if (f->port != p || !f->message)
			continue;
		if (!p->root_status) {
			f->message = false;
			p->root_status = PCI_EXP_RTSTA_PME |
					 PCI_DEVID(f->bus->number, f->devfn);
		} else {
			p->root_status |= PCI_EXP_RTSTA_PENDING;
		}
	}
}

static void send_message(struct inject_function *f)
{
	lockdep_assert_held(&inject_lock);
	f->messages++;
	f->message = true;
	next_message(f->port);
}

/* That of an APIC, without Xen, is to be handled in an interrupt alone. */
static void interrupt(struct irq_work *work)
{
	struct inject_port *p = container_of(work, struct inject_port, interrupt);

	generic_handle_irq(p->irq);
}

/* What hardware does while PME Interrupt Enable and the status are both set. */
static void raise_interrupt(struct work_struct *work)
{
	struct inject_port *p = container_of(work, struct inject_port, raise);
	u16 flags;
	int irq;

	if (!(READ_ONCE(p->root_status) & PCI_EXP_RTSTA_PME) ||
	    !READ_ONCE(p->enabled))
		return;
	pcie_capability_read_word(p->dev, PCI_EXP_FLAGS, &flags);
	irq = pci_irq_vector(p->dev, (flags & PCI_EXP_FLAGS_IRQ) >> 9);
	if (irq <= 0) {
		pci_warn(p->dev, "pme-inject: no interrupt\n");
		return;
	}
	p->interrupts++;
	p->irq = irq;
	irq_work_queue(&p->interrupt);
	irq_work_sync(&p->interrupt);
}

static bool touches(int where, int size, int from, int length)
{
	return where < from + length && where + size > from;
}

static int evaluate(const char *method, bool has_arg, u64 value)
{
	union acpi_object arg = { .integer = { ACPI_TYPE_INTEGER, value } };
	struct acpi_object_list args = { has_arg, &arg };
	acpi_status status;

	status = acpi_evaluate_object(NULL, (acpi_string)method, &args, NULL);
	if (ACPI_FAILURE(status)) {
		pr_warn("%s: %s\n", method, acpi_format_exception(status));
		return -EIO;
	}
	return 0;
}

static int notify(struct inject_function *f, bool port)
{
	int ret = evaluate(port ? "\\WAKP" :
			   PCI_FUNC(f->devfn) ? "\\WAK1" : "\\WAKE", false, 0);

	/* Where it is over for who fires, it has come for who listens. */
	acpi_os_wait_events_complete();
	return ret;
}

static void notify_work(struct work_struct *work)
{
	notify(container_of(to_delayed_work(work), struct inject_function,
			    notify), false);
}

static void went_down(struct inject_function *f)
{
	lockdep_assert_held(&inject_lock);
	f->when_down = false;
	f->status = true;
	/* Without a freezer: in S3 it waits for the end of that. */
	if (f->en)
		queue_delayed_work(system_unbound_wq, &f->notify,
				   msecs_to_jiffies(DOWN_MS));
}

static void vpd_write(struct inject_function *f, u16 address)
{
	lockdep_assert_held(&inject_lock);
	f->vpd_address = address;
	/* Writing VPD itself is left out: pciback lets no guest do it. */
	f->vpd_busy = !(address & PCI_VPD_ADDR_F);
	f->vpd_since = jiffies;
}

/* What is stored is "V", and its own address. */
static void vpd_progress(struct inject_function *f)
{
	int ms = READ_ONCE(vpd_ms);

	lockdep_assert_held(&inject_lock);
	if (!f->vpd_busy || ms < 0 ||
	    time_before(jiffies, f->vpd_since + msecs_to_jiffies(ms)))
		return;
	f->vpd_busy = false;
	f->vpd_data = ('V' << 24) | f->vpd_address;
	f->vpd_address |= PCI_VPD_ADDR_F;
}

static u8 vpd_byte(struct inject_function *f, int where, u8 below)
{
	u64 registers = PCI_CAP_ID_VPD;

	lockdep_assert_held(&inject_lock);
	if (where == PCI_CAPABILITY_LIST)
		return VPD_CAP;
	if (!touches(where, 1, VPD_CAP, VPD_SIZE))
		return below;
	registers |= (u64)f->vpd_next << (8 * PCI_CAP_LIST_NEXT);
	registers |= (u64)f->vpd_address << (8 * PCI_VPD_ADDR);
	registers |= (u64)f->vpd_data << (8 * PCI_VPD_DATA);
	return registers >> (8 * (where - VPD_CAP));
}

static u32 function_read(struct inject_function *f, int where, int size,
			 u32 value)
{
	unsigned long flags;
	bool none = all_ones(value, size);
	int i;

	spin_lock_irqsave(&inject_lock, flags);
	if (touches(where, size, f->pm, PCI_PM_CTRL + 2) ||
	    touches(where, size, VPD_CAP, VPD_SIZE))
		check_context(f);
	f->reads++;
	if (none) {
		f->allones++;
		goto out;
	}
	for (i = 0; i < size; i++) {
		u8 byte = value >> (8 * i);

		if (where + i == f->pm + PMC_HIGH) {
			byte &= ~HIGH_SUPPORT;
			byte |= (support << 3) & HIGH_SUPPORT;
		} else if (where + i == f->pm + PMCSR_HIGH) {
			byte &= ~(HIGH_PME_EN | HIGH_PME_STATUS);
			byte |= f->en ? HIGH_PME_EN : 0;
			byte |= f->status ? HIGH_PME_STATUS : 0;
		} else if (f->has_vpd) {
			vpd_progress(f);
			byte = vpd_byte(f, where + i, byte);
		}
		value &= ~(0xffu << (8 * i));
		value |= (u32)byte << (8 * i);
	}
out:
	spin_unlock_irqrestore(&inject_lock, flags);
	return value;
}

/* Returns what is to be written next to the real register, which has no PME bits. */
static u32 function_write(struct inject_function *f, int where, int size,
			  u32 value)
{
	bool high = touches(where, size, f->pm + PMCSR_HIGH, 1);
	bool low = touches(where, size, f->pm + PCI_PM_CTRL, 1);
	/* Half a write of the address starts nothing. */
	bool start = f->has_vpd && size >= 2 &&
		   touches(where, size, VPD_CAP + PCI_VPD_ADDR, 2);
	bool answers = false;

	lockdep_assert_held(&inject_lock);
	if (low && READ_ONCE(stays)) {
		int shift = 8 * (f->pm + PCI_PM_CTRL - where);

		value &= ~((u32)PCI_PM_CTRL_STATE_MASK << shift);
		value |= (raw_read(f, f->pm + PCI_PM_CTRL, 1) &
			  PCI_PM_CTRL_STATE_MASK) << shift;
	}
	if (high || low || start) {
		check_context(f);
		answers = powered(f);
	}

	f->writes++;
	if (start && answers)
		vpd_write(f, value >> (8 * (VPD_CAP + PCI_VPD_ADDR - where)));
	if (low && answers) {
		u8 state = (value >> (8 * (f->pm + PCI_PM_CTRL - where))) &
			   PCI_PM_CTRL_STATE_MASK;

		/* D1 and D2 are not there, and leave the state as it was. */
		if (state == (__force u8)PCI_D0 || state == (__force u8)PCI_D3hot)
			f->state = state;
	}
	if (high) {
		int shift = 8 * (f->pm + PMCSR_HIGH - where);
		u8 byte = value >> shift;

		if (answers) {
			bool sent = f->en && f->status;

			f->en = byte & HIGH_PME_EN;
			if (byte & HIGH_PME_STATUS)
				f->status = false;
			/* Both bits set make the event, in whichever order. */
			if (f->en && f->status && !sent) {
				send_message(f);
				schedule_work(&f->port->raise);
			}
		}
		value &= ~((u32)(HIGH_PME_EN | HIGH_PME_STATUS) << shift);
	}
	if (low && answers && f->when_down &&
	    f->state == (__force u8)PCI_D3hot)
		went_down(f);
	return value;
}

static u32 port_read(struct inject_port *p, int where, int size, u32 value)
{
	u64 added = (u64)READ_ONCE(p->root_status) << 32;
	int offset = where - (p->dev->pcie_cap + PCI_EXP_RTCTL);

	/* Root Control, Root Capabilities and Root Status are eight bytes. */
	BUILD_BUG_ON(PCI_EXP_RTSTA - PCI_EXP_RTCTL != 4);
	if (offset < 0 || offset > 7)
		return value;
	if (READ_ONCE(p->enabled))
		added |= PCI_EXP_RTCTL_PMEIE;
	added >>= 8 * offset;
	return value | (added & (~0u >> (32 - 8 * size)));
}

/* Returns true if the interrupt may have to be raised. */
static bool port_write(struct inject_port *p, int where, int size, u32 value)
{
	int status = p->dev->pcie_cap + PCI_EXP_RTSTA + 2;
	int control = p->dev->pcie_cap + PCI_EXP_RTCTL;
	unsigned long flags;
	bool raise = false;

	spin_lock_irqsave(&inject_lock, flags);
	if (where <= status && where + size > status &&
	    (value >> (8 * (status - where))) & (PCI_EXP_RTSTA_PME >> 16)) {
		p->root_status &= ~PCI_EXP_RTSTA_PME;
		next_message(p);
		raise = p->root_status;
	}
	if (where == control) {
		p->enabled = value & PCI_EXP_RTCTL_PMEIE;
		raise = p->root_status;
	}
	spin_unlock_irqrestore(&inject_lock, flags);
	return raise;
}

/* ACPI's own accesses do not come by here (acpi_os_write_pci_configuration()). */
static u32 keep_slot_power(struct inject_port *p, struct pci_ops *saved,
			   int where, int size, u32 value)
{
	u32 now;

	if (where != p->dev->pcie_cap + PCI_EXP_SLTCTL || size < 2 ||
	    saved->read(p->dev->bus, p->dev->devfn, where, size, &now))
		return value;
	value &= ~PCI_EXP_SLTCTL_PCC;
	return value | (now & PCI_EXP_SLTCTL_PCC);
}

static int inject_read(struct pci_bus *bus, unsigned int devfn, int where,
		       int size, u32 *val)
{
	struct inject_bus *b = find_bus(bus);
	struct inject_function *f;
	struct inject_port *p;
	int ret;

	ret = b->saved->read(bus, devfn, where, size, val);
	if (ret)
		return ret;
	f = find_function(bus, devfn);
	if (f)
		*val = function_read(f, where, size, *val);
	p = find_port(bus, devfn);
	if (p)
		*val = port_read(p, where, size, *val);
	return 0;
}

static int inject_write(struct pci_bus *bus, unsigned int devfn, int where,
			int size, u32 val)
{
	struct inject_bus *b = find_bus(bus);
	struct inject_function *f = find_function(bus, devfn);
	struct inject_port *p = find_port(bus, devfn);
	unsigned long flags = 0;
	bool raise = false;
	int ret;

	if (f && READ_ONCE(restore_ms) && where == PCI_COMMAND && size == 4)
		msleep(restore_ms);
	if (p) {
		raise = port_write(p, where, size, val);
		val = keep_slot_power(p, b->saved, where, size, val);
	}
	/* PowerState is at any time what it was last set to. */
	if (f) {
		spin_lock_irqsave(&inject_lock, flags);
		val = function_write(f, where, size, val);
	}
	ret = b->saved->write(bus, devfn, where, size, val);
	if (f)
		spin_unlock_irqrestore(&inject_lock, flags);
	if (f && touches(where, size, f->pm + PCI_PM_CTRL, 1)) {
		WRITE_ONCE(f->moves, f->moves + 1);
		wake_up(&moved);
	}
	/* Not from here: who writes may hold the lock that the handler takes. */
	if (raise)
		schedule_work(&p->raise);
	return ret;
}

static struct inject_function *parse_function(const char *s)
{
	unsigned int domain, bus, slot, func;
	struct inject_function *f;

	if (sscanf(s, "%x:%x:%x.%x", &domain, &bus, &slot, &func) != 4)
		return NULL;
	list_for_each_entry(f, &function_list, list)
		if (pci_domain_nr(f->bus) == domain && f->bus->number == bus &&
		    f->devfn == PCI_DEVFN(slot, func))
			return f;
	return NULL;
}

/* A PME, in whatever state the function is. */
static void set_status(struct inject_function *f)
{
	spin_lock_irq(&inject_lock);
	check_context(f);
	if (READ_ONCE(vaux) || powered(f))
		f->status = true;
	spin_unlock_irq(&inject_lock);
}

static int fire_native(struct inject_function *f)
{
	struct pci_dev *port = f->port->dev;
	u16 pmcsr = raw_read(f, f->pm + PCI_PM_CTRL, 2);
	unsigned int state = pmcsr & PCI_PM_CTRL_STATE_MASK;
	bool on = !all_ones(pmcsr, 2);
	bool send;

	set_status(f);
	if (!on) {
		pci_info(port, "pme-inject: %02x.%x has no power, it could only assert WAKE#\n",
			 PCI_SLOT(f->devfn), PCI_FUNC(f->devfn));
		return -EHOSTDOWN;
	}
	if (!(support & (1 << state))) {
		pci_info(port, "pme-inject: %02x.%x cannot signal from D%u\n",
			 PCI_SLOT(f->devfn), PCI_FUNC(f->devfn), state);
		return -EHOSTDOWN;
	}
	if (pm_runtime_suspended(&port->dev)) {
		pci_info(port, "pme-inject: the port is asleep, its interrupt does not work\n");
		return -EHOSTDOWN;
	}

	spin_lock_irq(&inject_lock);
	send = f->en;
	if (send)
		send_message(f);
	spin_unlock_irq(&inject_lock);
	if (!send) {
		pci_info(port, "pme-inject: PME_En of %02x.%x is clear, no message\n",
			 PCI_SLOT(f->devfn), PCI_FUNC(f->devfn));
		return 0;
	}
	schedule_work(&f->port->raise);
	flush_work(&f->port->raise);
	return 0;
}

struct late {
	struct work_struct work;
	struct inject_function *f;
	int ret;
};

/*
 * What pci_check_pme_status() does, which is called by work alone, by a CPU that has
 * something else to do between the read and the write: until somebody else has moved
 * the function.
 */
static void look_late(struct work_struct *work)
{
	struct late *late = container_of(work, struct late, work);
	struct inject_function *f = late->f;
	unsigned long moves = READ_ONCE(f->moves);
	int where = f->pm + PCI_PM_CTRL;
	u16 pmcsr;

	late->ret = -EIO;
	pci_bus_read_config_word(f->bus, f->devfn, where, &pmcsr);
	if (!(pmcsr & PCI_PM_CTRL_PME_STATUS))
		return;
	wait_event_timeout(moved, READ_ONCE(f->moves) != moves,
			   msecs_to_jiffies(LATE_MS));
	pmcsr &= ~PCI_PM_CTRL_PME_ENABLE;
	late->ret = pci_bus_write_config_word(f->bus, f->devfn, where, pmcsr);
}

static int fire_late(struct inject_function *f)
{
	struct late late = { .f = f };

	INIT_WORK_ONSTACK(&late.work, look_late);
	schedule_work(&late.work);
	flush_work(&late.work);
	destroy_work_on_stack(&late.work);
	return late.ret;
}

static int fire_set(const char *val, const struct kernel_param *kp)
{
	struct inject_function *f;
	char kind[8], bdf[16];

	if (!READ_ONCE(ready))
		return -ENODEV;
	if (sscanf(val, "%7s %15s", kind, bdf) != 2)
		return -EINVAL;
	f = parse_function(bdf);
	if (!f)
		return -ENODEV;

	if (!strcmp(kind, "native"))
		return fire_native(f);
	if (!strcmp(kind, "down")) {
		WRITE_ONCE(f->when_down, true);
		return 0;
	}
	if (strcmp(kind, "acpi") && strcmp(kind, "port") &&
	    strcmp(kind, "status") && strcmp(kind, "late"))
		return -EINVAL;
	set_status(f);
	if (!strcmp(kind, "late"))
		return fire_late(f);
	if (!strcmp(kind, "acpi"))
		return notify(f, false);
	if (!strcmp(kind, "port"))
		return notify(f, true);
	return 0;
}

static const struct kernel_param_ops fire_ops = { .set = fire_set };
module_param_cb(fire, &fire_ops, NULL, 0200);
MODULE_PARM_DESC(fire, "native, acpi, port, status, late or down, and BDF");

static int acpi_set(const char *val, const struct kernel_param *kp)
{
	char method[64];
	u64 arg = 0;
	int n, ret;

	n = sscanf(val, "%63s %lli", method, &arg);
	if (n < 1)
		return -EINVAL;
	ret = evaluate(method, n > 1, arg);
	/* As in notify(). */
	acpi_os_wait_events_complete();
	return ret;
}

static const struct kernel_param_ops acpi_ops = { .set = acpi_set };
module_param_cb(acpi, &acpi_ops, NULL, 0200);
MODULE_PARM_DESC(acpi, "ACPI method to evaluate, with an integer if it takes one");

static int hold_set(const char *val, const struct kernel_param *kp)
{
	unsigned int domain, bus, slot, func;
	struct pci_dev *dev;
	char what[12], sign;
	int ret = 0;

	if (sscanf(val, "%c%11s %x:%x:%x.%x", &sign, what, &domain, &bus, &slot,
		   &func) != 6 || (sign != '+' && sign != '-'))
		return -EINVAL;
	dev = pci_get_domain_bus_and_slot(domain, bus, PCI_DEVFN(slot, func));
	if (!dev)
		return -ENODEV;

	if (!strcmp(what, "usage") && sign == '+')
		pm_runtime_get_sync(&dev->dev);
	else if (!strcmp(what, "usage"))
		pm_runtime_put(&dev->dev);
	else if (!strcmp(what, "runtime-pm") && sign == '+')
		pm_runtime_disable(&dev->dev);
	else if (!strcmp(what, "runtime-pm"))
		pm_runtime_enable(&dev->dev);
	else if (!strcmp(what, "d3cold") && sign == '+')
		pci_d3cold_disable(dev);
	else if (!strcmp(what, "d3cold"))
		pci_d3cold_enable(dev);
	else
		ret = -EINVAL;
	pci_dev_put(dev);
	return ret;
}

static const struct kernel_param_ops hold_ops = { .set = hold_set };
module_param_cb(hold, &hold_ops, NULL, 0200);
MODULE_PARM_DESC(hold, "+ or - usage, runtime-pm or d3cold, and BDF");

static int stat_get(char *buffer, const struct kernel_param *kp)
{
	struct inject_function *f;
	int n = 0;

	if (!READ_ONCE(ready))
		return 0;
	spin_lock_irq(&inject_lock);
	list_for_each_entry(f, &function_list, list)
		n += scnprintf(buffer + n, PAGE_SIZE - n,
			       "%04x:%02x:%02x.%x reads=%lu writes=%lu allones=%lu en=%d status=%d messages=%lu interrupts=%lu\n",
			       pci_domain_nr(f->bus), f->bus->number,
			       PCI_SLOT(f->devfn), PCI_FUNC(f->devfn), f->reads,
			       f->writes, f->allones, f->en, f->status,
			       f->messages, f->port->interrupts);
	spin_unlock_irq(&inject_lock);
	return n;
}

static const struct kernel_param_ops stat_ops = { .get = stat_get };
module_param_cb(stat, &stat_ops, NULL, 0444);
MODULE_PARM_DESC(stat, "counters and PME bits of each function");

static int show_ops(char *buffer, int n, struct pci_bus *bus)
{
	struct pci_bus *child;

	n += scnprintf(buffer + n, PAGE_SIZE - n, "%04x:%02x %ps\n",
		       pci_domain_nr(bus), bus->number,
		       READ_ONCE(bus->ops)->read);
	list_for_each_entry(child, &bus->children, node)
		n = show_ops(buffer, n, child);
	return n;
}

/* aer_inject takes itself away for the time of an access: may be seen. */
static int ops_get(char *buffer, const struct kernel_param *kp)
{
	struct pci_bus *bus = NULL;
	int n = 0;

	pci_lock_rescan_remove();
	while ((bus = pci_find_next_bus(bus)))
		n = show_ops(buffer, n, bus);
	pci_unlock_rescan_remove();
	return n;
}

static const struct kernel_param_ops ops_ops = { .get = ops_get };
module_param_cb(ops, &ops_ops, NULL, 0444);
MODULE_PARM_DESC(ops, "what the config reads of each bus call");

static int add_bus(struct pci_bus *bus)
{
	struct inject_bus *b;

	list_for_each_entry(b, &bus_list, list)
		if (b->bus == bus)
			return 0;
	b = kzalloc(sizeof(*b), GFP_KERNEL);
	if (!b)
		return -ENOMEM;
	get_device(&bus->dev);
	b->bus = bus;
	b->saved = bus->ops;
	b->ops = *bus->ops;
	b->ops.read = inject_read;
	b->ops.write = inject_write;
	list_add_tail(&b->list, &bus_list);
	return 0;
}

static struct inject_port *add_port(struct pci_dev *dev)
{
	struct inject_port *p = find_port(dev->bus, dev->devfn);

	if (p)
		return p;
	p = kzalloc(sizeof(*p), GFP_KERNEL);
	if (!p)
		return NULL;
	p->dev = pci_dev_get(dev);
	/*
	 * QEMU drops the bit that the kernel's PME driver sets as it binds,
	 * which it did long ago.
	 */
	p->enabled = true;
	INIT_WORK(&p->raise, raise_interrupt);
	init_irq_work(&p->interrupt, interrupt);
	list_add_tail(&p->list, &port_list);
	return p;
}

static int add_function(const char *bdf)
{
	unsigned int domain, bus, slot, func;
	struct inject_function *f;
	struct pci_dev *dev, *port;
	u16 pmcsr;
	int ret;

	if (sscanf(bdf, "%x:%x:%x.%x", &domain, &bus, &slot, &func) != 4)
		return -EINVAL;
	dev = pci_get_domain_bus_and_slot(domain, bus, PCI_DEVFN(slot, func));
	if (!dev)
		return -ENODEV;

	ret = -ENODEV;
	port = pcie_find_root_port(dev);
	if (!port || port == dev || !dev->pm_cap) {
		pci_err(dev, "pme-inject: no root port or no PM capability\n");
		goto out;
	}

	ret = -ENOMEM;
	f = kzalloc(sizeof(*f), GFP_KERNEL);
	if (!f)
		goto out;
	INIT_DELAYED_WORK(&f->notify, notify_work);
	f->bus = dev->bus;
	f->devfn = dev->devfn;
	f->pm = dev->pm_cap;
	pci_read_config_word(dev, f->pm + PCI_PM_CTRL, &pmcsr);
	f->state = pmcsr & PCI_PM_CTRL_STATE_MASK;
	f->port = add_port(port);
	if (!f->port || add_bus(dev->bus) || add_bus(port->bus)) {
		kfree(f);
		goto out;
	}
	f->has_vpd = vpd && list_empty(&function_list);
	if (f->has_vpd)
		pci_read_config_byte(dev, PCI_CAPABILITY_LIST, &f->vpd_next);
	list_add_tail(&f->list, &function_list);
	ret = 0;
out:
	pci_dev_put(dev);
	return ret;
}

static void free_all(void)
{
	struct inject_function *f, *nf;
	struct inject_port *p, *np;
	struct inject_bus *b, *nb;

	list_for_each_entry_safe(f, nf, &function_list, list) {
		cancel_delayed_work_sync(&f->notify);
		kfree(f);
	}
	list_for_each_entry_safe(p, np, &port_list, list) {
		cancel_work_sync(&p->raise);
		pci_dev_put(p->dev);
		kfree(p);
	}
	list_for_each_entry_safe(b, nb, &bus_list, list) {
		put_device(&b->bus->dev);
		kfree(b);
	}
}

static int __init pme_inject_init(void)
{
	struct inject_bus *b;
	int i, ret;

	for (i = 0; i < nr_functions; i++) {
		ret = *functions[i] ? add_function(functions[i]) : 0;
		if (ret) {
			pr_err("%s: error %d\n", functions[i], ret);
			free_all();
			return ret;
		}
	}
	list_for_each_entry(b, &bus_list, list)
		b->saved = pci_bus_set_ops(b->bus, &b->ops);
	WRITE_ONCE(ready, true);
	return 0;
}

static void __exit pme_inject_exit(void)
{
	struct inject_bus *b;

	WRITE_ONCE(ready, false);
	list_for_each_entry(b, &bus_list, list) {
		/* Who came later has to leave first: it calls us. */
		if (READ_ONCE(b->bus->ops) != &b->ops)
			dev_warn(&b->bus->dev, "pme-inject: waiting for who is above\n");
		while (READ_ONCE(b->bus->ops) != &b->ops)
			msleep(100);
		pci_bus_set_ops(b->bus, b->saved);
	}
	/* Config cycles do not sleep; after this nobody is in one of ours. */
	synchronize_rcu_tasks();
	free_all();
}

module_init(pme_inject_init);
module_exit(pme_inject_exit);
MODULE_DESCRIPTION("PCI power management events in software");
MODULE_LICENSE("GPL");
