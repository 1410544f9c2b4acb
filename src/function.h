/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One hooked function: what it holds, who keeps it alive, how it is found.
 */
#ifndef _XPM_FUNCTION_H
#define _XPM_FUNCTION_H

#include <linux/acpi.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/pm.h>
#include <linux/ratelimit.h>
#include <linux/spinlock.h>
#include <linux/srcu.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "bucket.h"
#include "pciback.h"
#include "vpm.h"

struct xpm_gate;

/* Why a function is kept awake; as long as one is set, we hold a reference. */
#define XPM_KEEP_GUEST	BIT(0)	/* its owner has it in D0 */
#define XPM_KEEP_PME	BIT(1)	/* woken by a PME, the guest may act on it */
#define XPM_KEEP_CONFIG	BIT(2)	/* a guest's config write is under way */
#define XPM_KEEP_OWNER	BIT(3)	/* it changes hands */
#define XPM_KEEP_UNHOOK	BIT(4)	/* it is being given back */
#define XPM_KEEP_STORM	BIT(5)	/* PMEs came too often */
#define XPM_KEEP_MSI	BIT(6)	/* pciback's worker switches MSI, of one in D3hot */

/* Who woke the function, in the order of the attribute `wakes`. */
enum xpm_cause {
	XPM_CAUSE_GUEST,
	XPM_CAUSE_PME,
	XPM_CAUSE_CONFIG,
	XPM_CAUSE_HOST,
	XPM_CAUSE_RESET,
	XPM_CAUSE_SLEEP,
	XPM_CAUSES,
};

/* What becomes of a function when the host sleeps. */
enum xpm_sleep_part {
	XPM_SLEEP_AS_BUS,	/* what the PCI bus does */
	XPM_SLEEP_DOWN,		/* it goes down by our doing */
	XPM_SLEEP_LEFT,		/* nothing, for it does not answer */
};

/* What a device model or a toolstack asked for, through `low_power`. */
enum xpm_low_power {
	XPM_LOW_POWER_AUTO,	/* nothing: the guest's PMCSR and ownership rule */
	XPM_LOW_POWER_OFF,	/* D0 */
	XPM_LOW_POWER_ON,	/* it may sleep */
	XPM_LOW_POWER_WAKEUP,	/* it may sleep until a PME */
};

/* May config cycles on the guest's behalf reach the function? */
enum xpm_gate_state {
	XPM_GATE_OPEN,		/* yes */
	XPM_GATE_CLOSING,	/* not any more; the snapshot is being taken */
	XPM_GATE_CLOSED,	/* no; the snapshot answers reads */
};

/* Registers of which a write may be deferred; see gate.c. */
enum xpm_deferred {
	XPM_DEFERRED_COMMAND,
	XPM_DEFERRED_MSIX,
	XPM_DEFERRED_DATA_SELECT,	/* what vpm has; no register of its own */
	XPM_DEFERRED,
};

/**
 * struct xpm_function - a hooked function
 * @pdev: the function; referenced from hook to free
 * @node: in the table of hooked functions, under RCU
 * @grave: in the list of those that wait to be freed
 * @gate: the gate on its bus
 * @pciback: the entries of pciback's table that are ours
 * @pm_domain: routes the PM core's callbacks to power.c
 * @options: XPM_OPT_* of the entry that names it
 * @found_control_auto: power/control was `auto` when we came
 * @found_autosuspend: the autosuspend delay was in use when we came
 * @found_autosuspend_ms: that delay
 * @found_no_d3cold: something had vetoed D3cold before us
 * @shown: its attributes exist; under the device lock
 * @lock: covers all members below up to @vpd_cap, but for those that say
 *	otherwise. Innermost: nothing is called with it held that sleeps or
 *	takes another lock.
 * @vpm: what the guest sees
 * @low_power: as asked for in this session
 * @guest_seen: its owner has used it through pciback in this session
 * @claim: the domain that libxl says it gives it to, or -1
 * @guest_since: when the guest's state changed last, or its session began
 * @guest_asked: its owner has asked for D3hot in this session
 * @as_stock: hooked under a running guest, which keeps what it has read
 * @keep: XPM_KEEP_*; non-zero exactly while one runtime PM usage reference
 *	is ours (at first the one that local_pci_probe() took)
 * @gate_state: written by who moves the function: callbacks of the PM core, which
 *	serialises them, or with @settling held and those kept away; read by
 *	pciback's worker, see gate.c
 * @manual_d3hot: runtime PM could not take it, so we set D3hot by hand
 * @overdue: a wake exceeded its time and is not over
 * @slow: a wake exceeded its time once: never deeper than D3hot again
 * @dead: it did not come back from its last sleep
 * @dead_said: that is in the log
 * @reset_in_vain: pciback resets it without an answer: no try until that is over
 * @retry: try once more to bring it back
 * @retrying: that is done; read without the lock
 * @retried_at: in jiffies, when that was tried last
 * @retry_ms: not before so long after that
 * @refused_ms: it cannot be put to sleep now, to be tried again after that
 * @power_cycles: how many more times its power may be switched off and on; see
 *	power.c
 * @spared: none was left, so this sleep is not as deep as it could be
 * @ats_seen: ATS was enabled at the last look
 * @vfs_seen: VFs were enabled at the last look, by whomever
 * @armed: the wake was armed for this sleep
 * @sleeping: between prepare() and complete() of the host's sleep
 * @pme_seen: hardware's PME_Status was set when somebody would have cleared it;
 *	without the lock, as is
 * @notified: firmware has told of a wake
 * @pme_latched: a PME of this sleep was latched already
 * @pme_hold_until: in jiffies, XPM_KEEP_PME stays so long at least
 * @pme_tell: a PME was latched and the world does not know yet
 * @next_cause: who asked for the wake that is under way
 * @last_cause: of the last wake that is counted in @wakes, or XPM_CAUSES
 * @slept_at: when it fell asleep
 * @slept_ms: time asleep, in D3hot and in D3cold
 * @wakes: wakes by cause
 * @pme_count: PMEs latched
 * @uevent_count: @pme_count of the last uevent
 * @session: counts sessions
 * @session_base: @pme_count when the session began
 * @pmes: how many more PMEs may come; see wake.c
 * @storm_said: said that there are too many
 * @deferred: writes that the gate could not let wait for the wake, for the end
 *	of that wake
 * @deferred_set: which of them are set
 * @vpd_cap: offset of the VPD capability, or 0; constant once it has answered, see
 *	xpm_function_find_caps(), as are the next three
 * @ats_cap: offset of the ATS capability, or 0
 * @sriov_cap: of SR-IOV's
 * @rebar_cap: of Resizable BAR's
 * @caps_found: these are found
 * @hw_pmc: PMC of the hardware; constant
 * @hw_pmcsr: PMCSR of the hardware at hook, or since the last owner left; of that
 *	NoSoftRst and Data_Select count. Under @handover
 * @handover: held by whoever handles a write of PMCSR from its first look at
 *	the state to its last change, and while that job comes from stock or goes
 *	back there. Taken under the device lock; the PM core's callbacks never
 *	take it, so that its holder may wait for them.
 * @gone: given back; under @handover
 * @inflight: config cycles of pciback's worker that are past the gate
 * @raw_read: pciback's worker has read PMCSR raw, so that the field read
 *	that follows is a guest's read and not a merge. Touched by that worker
 *	alone: one function belongs to one front end, and xen_pcibk_do_op()
 *	runs one operation of a front end at a time.
 * @stock_runs: that worker's config accesses are let through, the function is
 *	kept awake; touched by that worker alone
 * @live: the gate acts for it
 * @mover: the task that changes PowerState, or NULL: what it writes to PMCSR is
 *	meant as a whole
 * @waiters: woken when the gate moves, @manual_d3hot ends or @inflight drops
 * @snapshot: config space as it was before the sleep. Written while the gate
 *	is closing, or with @lock held; read while it is closed.
 * @written: a bit for each byte of config space that was written for the present
 *	owner; set past the gate, read while it is closed
 * @vpd_read_at: in jiffies, when the last read of VPD began; 0 for none
 * @msi_at: in jiffies, when its guest last switched MSI or MSI-X; 0 once it
 *	has accessed another register
 * @saved: what the PCI core is to restore once it answers, or NULL. Set as it turns
 *	out to be @dead, and with @settling held from then until it is not
 * @slept_serr: COMMAND's SERR# enable, taken away for the sleep
 * @slept_devctl: Device Control's error reporting, likewise
 * @armed_by_hand: armed by us, not by the bus; these three are touched by the
 *	runtime PM callbacks, and with those excluded, alone
 * @part: in the host's sleep; this and the next three are touched by the
 *	callbacks of system sleep alone
 * @slept_in: the state in which it went down; PCI_D0 if it could not
 * @slept_armed: hardware was armed to wake the host
 * @slept_command: COMMAND as it was before
 * @settling: held while the function is moved by hand; the PM core's runtime
 *	callbacks never take it, so that its holder may wait for them
 * @looking: held from the read of PMCSR to the latch, so that one PME is counted
 *	once; innermost but for @lock
 * @settle: work that brings a function to rest which runtime PM cannot take
 * @settle_at: in jiffies, when that is due; a hint
 * @pme_hold: ends XPM_KEEP_PME
 * @unowned: work that lets a function sleep that nobody owns
 * @storm: ends XPM_KEEP_STORM
 * @announce: work that tells the world outside; what follows is its alone
 * @node_dir: the back end's directory in xenstore, while pme-N is there
 * @node_index: the N
 * @node_session: @session when that was looked up
 * @node_written: the last number written
 * @hooked_said: the uevent of that was sent
 * @uevent_at: in jiffies, when the last one of a PME was
 * @store_at: in jiffies, when xenstore was asked last
 * @acpi_handle: where our wake notify handler is installed, or NULL
 * @messages: how many more messages about it; has a lock of its own
 *
 * Made by xpm_function_hook(), freed by the reaper after every path that
 * could hold a pointer has drained: pciback's worker (SRCU inside, RCU tasks
 * on the way in and where it does not sleep), the PM core (device_lock, and a
 * usage reference while pm_domain is taken away), work (cancelled), ACPI (handler
 * removed), sysfs (group removed).
 */
struct xpm_function {
	struct pci_dev *pdev;
	struct hlist_node node;
	struct list_head grave;
	struct xpm_gate *gate;
	struct xpm_pciback_table pciback;
	struct dev_pm_domain pm_domain;

	bool found_control_auto;
	bool found_autosuspend;
	int found_autosuspend_ms;
	bool found_no_d3cold;
	bool shown;

	spinlock_t lock; /* all down to vpd_cap; innermost */
	unsigned int options;
	struct xpm_vpm vpm;
	enum xpm_low_power low_power;
	bool guest_seen;
	int claim;
	ktime_t guest_since;
	bool guest_asked;
	bool as_stock;
	unsigned int keep;
	enum xpm_gate_state gate_state;
	bool manual_d3hot;
	bool overdue;
	bool slow;
	bool dead;
	bool dead_said;
	bool reset_in_vain;
	bool retry;
	bool retrying;
	unsigned long retried_at;
	unsigned int retry_ms;
	unsigned int refused_ms;
	struct xpm_bucket power_cycles;
	bool spared;
	bool ats_seen;
	bool vfs_seen;
	bool armed;
	bool sleeping;
	bool pme_seen;
	bool notified;
	bool pme_latched;
	unsigned long pme_hold_until;
	bool pme_tell;
	enum xpm_cause next_cause;
	enum xpm_cause last_cause;
	ktime_t slept_at;
	struct {
		u64 d3hot;
		u64 d3cold;
	} slept_ms;
	unsigned long wakes[XPM_CAUSES];
	unsigned long pme_count;
	unsigned long uevent_count;
	unsigned long session;
	unsigned long session_base;
	struct xpm_bucket pmes;
	bool storm_said;
	u16 deferred[XPM_DEFERRED];
	unsigned long deferred_set;

	int vpd_cap;
	int ats_cap;
	int sriov_cap;
	int rebar_cap;
	bool caps_found;
	u16 hw_pmc;
	u16 hw_pmcsr;

	struct mutex handover; /* writes of PMCSR, gone; under device_lock */
	bool gone;

	atomic_t inflight;
	bool raw_read;
	bool stock_runs;
	bool live;
	struct task_struct *mover;
	wait_queue_head_t waiters;
	u8 *snapshot;
	unsigned long *written;
	unsigned long vpd_read_at;
	unsigned long msi_at;
	struct pci_saved_state *saved;
	bool slept_serr;
	u16 slept_devctl;
	bool armed_by_hand;
	enum xpm_sleep_part part;
	pci_power_t slept_in;
	bool slept_armed;
	u16 slept_command;
	struct mutex settling; /* moves by hand; under handover */
	struct mutex looking; /* the look for a PME; under all but lock */
	struct delayed_work settle;
	unsigned long settle_at;
	struct delayed_work pme_hold;
	struct delayed_work unowned;
	struct delayed_work storm;
	struct delayed_work announce;
	char *node_dir;
	int node_index;
	unsigned long node_session;
	unsigned long node_written;
	bool hooked_said;
	unsigned long uevent_at;
	unsigned long store_at;
	acpi_handle acpi_handle;
	struct ratelimit_state messages;
};

/* Is @where in a capability at @cap, 0 for none, of @length bytes? */
static inline bool xpm_function_in_cap(int where, int cap, int length)
{
	return cap && where >= cap && where < cap + length;
}

/* Held by every path of pciback's worker that uses a function; may sleep. */
extern struct srcu_struct xpm_function_srcu;

void xpm_function_exit(void);
void xpm_function_find_caps(struct xpm_function *f);
int xpm_function_hook(struct pci_dev *pdev, unsigned int options);
void xpm_function_unhook(struct xpm_function *f, bool reset_follows);
void xpm_function_set_options(struct xpm_function *f, unsigned int options);
struct xpm_function *xpm_function_find(const struct pci_dev *pdev);
struct xpm_function *xpm_function_find_devfn(const struct pci_bus *bus,
					     unsigned int devfn);
struct pci_dev *xpm_function_next(struct pci_dev *from);
void xpm_function_quiesce(void);
__printf(3, 4)
void xpm_function_say(struct xpm_function *f, const char *level,
		      const char *format, ...);

#endif /* _XPM_FUNCTION_H */
