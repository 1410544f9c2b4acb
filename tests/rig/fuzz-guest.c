// SPDX-License-Identifier: GPL-2.0-only
/*
 * A hostile front end, and what it must be answered; see fuzz.c.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "accesses.h"
#include "chance.h"
#include "fuzz.h"
#include "pcifront.h"

/* An answer that took so long has met the promised bound, which no machine shortens. */
#define OVERDUE_US	1300000
/*
 * These grow with pcifront_patience(). Twice of what is promised, for a machine that is
 * emulated; after what takes power away, so long D0 may be refused; and no answer
 * at all.
 */
#define BOUND_US	3000000
#define RECOVERY_US	10000000
/* Of what the host does to it D0 is refused meanwhile, and no longer. */
#define CHANGED_US	500000
#define GIVE_UP_US	20000000

#define SESSION		600
/* So much is asked of a function that is not there any more. */
#define POINTLESS	20
#define HISTORY		12

/* More errors than one are right. */
#define ANY_ERROR	1

/* One function as its guest has it. */
struct view {
	int function;			/* of fuzz->... */
	/* When the session began, or it was plugged; hooked: or was looked at anew. */
	uint32_t hooked, bound, pmes;
	/* It is this front end's, unless it was bound anew since. */
	bool certain;
	/* vpm holds in all bits; at least its PowerState does; neither. */
	bool exact, state_known;
	/* In stock: the kernel may take it for in another state than it is in. */
	bool adrift;
	struct xpm_vpm vpm;
	bool line_known;
	uint8_t line;
	/* Stock has an interrupt for it, maybe (command_write()). */
	bool decodes;
	/* At the last operation. */
	uint32_t awake, hooked_last, pmes_last;
	uint64_t doubt_until;
	/* What it was asked for last: by the seed alone. */
	bool down;
};

/* What the host has changed until now. */
struct moment {
	uint32_t hooked, bound, powered, awake, pmes;
	bool is_hooked;
	uint64_t stood_us;
};

/* Two, one before and one after an operation. */
struct span {
	struct moment from, to;
};

static struct fuzz_guest *counts;
static int front_end, functions;
static uint64_t session;
static struct view views[2];
static char *names[2];

/* As it was first, and which bytes of it never change. */
static uint8_t reference[FUNCTIONS][CONFIG_SPACE];
static bool fixed[CONFIG_SPACE];

static char history[HISTORY][120];
static int nr_history;

/* -- saying ------------------------------------------------------------------ */

static void __attribute__((format(printf, 1, 2))) remember(const char *fmt, ...)
{
	char *line = history[nr_history++ % HISTORY];
	double now = pcifront_now_us() / 1e6;
	va_list ap;
	int n;

	/* The kernel's log has the same time. */
	n = snprintf(line, sizeof(history[0]), "%.3f ", now);
	va_start(ap, fmt);
	vsnprintf(line + n, sizeof(history[0]) - n, fmt, ap);
	va_end(ap);
}

static void __attribute__((format(printf, 2, 3)))
blame(const struct view *v, const char *fmt, ...)
{
	uint32_t j, did = __atomic_load_n(&fuzz->nr_did, __ATOMIC_SEQ_CST);
	int i = nr_history - HISTORY;
	char text[200];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	wrong("front end %d, session %llu, %s: %s", front_end,
	      (unsigned long long)session, fuzz->bdf[v->function], text);
	if (fuzz->wrong > 3)
		return;
	for (i = i < 0 ? 0 : i; i < nr_history; i++)
		printf("    %s\n", history[i % HISTORY]);
	for (j = did < HOST_HISTORY ? 0 : did - HOST_HISTORY; j < did; j++)
		printf("    host: %s\n", fuzz->did[j % HOST_HISTORY]);
}

/* -- what is certain ------------------------------------------------------------ */

static struct moment look(const struct view *v)
{
	return (struct moment) {
		.hooked = count_of(&fuzz->hooked[v->function]),
		.bound = count_of(&fuzz->bound[v->function]),
		.powered = count_of(&fuzz->powered[v->function]),
		.awake = count_of(&fuzz->awake),
		.pmes = count_of(&fuzz->pmes[v->function]),
		.is_hooked = fuzz->hooked[v->function].is,
		.stood_us = __atomic_load_n(&fuzz->stood_us, __ATOMIC_SEQ_CST),
	};
}

static bool is_served(const struct view *v, const struct span *s)
{
	return v->certain && s->from.bound == v->bound &&
	       s->to.bound == v->bound;
}

static bool is_hooked(const struct span *s)
{
	return steady(s->from.hooked, s->to.hooked) && s->from.is_hooked;
}

static bool has_power(const struct span *s)
{
	return steady(s->from.powered, s->to.powered);
}

static bool host_is_awake(const struct span *s)
{
	return steady(s->from.awake, s->to.awake);
}

/*
 * What is shown depends on none of these, if it is hooked. In stock the kernel's
 * look at a PME writes PowerState as it was before (pci_check_pme_status()).
 */
static bool is_left_alone(const struct span *s)
{
	return is_hooked(s) || (has_power(s) && host_is_awake(s) &&
				steady(s->from.pmes, s->to.pmes));
}

static bool can_be_told(const struct view *v, const struct span *s)
{
	return is_served(v, s) && steady(s->from.hooked, s->to.hooked) &&
	       is_left_alone(s);
}

static void forget(struct view *v)
{
	v->exact = false;
	v->state_known = false;
	v->line_known = false;
}

/* From now on D0 may be refused for a while. */
static void doubt(struct view *v, uint64_t us)
{
	uint64_t until = pcifront_now_us() + us * pcifront_patience();

	if (v->doubt_until < until)
		v->doubt_until = until;
}

/* What the host did since the last operation. */
static void note_changes(struct view *v, const struct span *s, uint64_t us)
{
	if (v->hooked != s->to.hooked || s->to.hooked & 1)
		v->exact = false;
	/*
	 * In stock it comes out of the host's sleep in D0; of PMEs see above. What
	 * pci_set_power_state() is told afterwards may be what it takes it for
	 * already; a hook ends that, and so does a reset.
	 */
	if (is_hooked(s) && v->hooked_last == s->to.hooked) {
		v->adrift = false;
	} else if (v->awake != s->to.awake || v->pmes_last != s->to.pmes ||
		   s->to.pmes & 1 || !has_power(s)) {
		v->state_known = false;
		v->adrift = true;
	}
	v->hooked_last = s->to.hooked;
	v->pmes_last = s->to.pmes;
	if (!has_power(s) && !is_hooked(s))
		v->line_known = false;
	v->awake = s->to.awake;
	if (!has_power(s) || us > OVERDUE_US)
		doubt(v, RECOVERY_US);
	else if (!host_is_awake(s) || !steady(s->from.hooked, s->to.hooked))
		doubt(v, CHANGED_US);
}

static bool switches_msi(int cmd)
{
	return cmd >= XEN_PCI_OP_enable_msi && cmd <= XEN_PCI_OP_disable_msix;
}

static void check_time(const struct view *v, const struct span *s,
		       struct pcifront_result r, int cmd)
{
	uint64_t stood;

	if (!host_is_awake(s))
		return;
	/* These wait until the function is up (xpm_power_wake_or_not()). */
	if (switches_msi(cmd) && !has_power(s) && !r.timeout)
		return;
	if (r.us > counts->longest_us)
		counts->longest_us = r.us;
	if (r.us <= BOUND_US * pcifront_patience() && !r.timeout)
		return;
	/* Who watches was not run either. */
	usleep(STOOD_STILL_US);
	stood = look(v).stood_us - s->from.stood_us;
	if (r.timeout || r.us > BOUND_US * pcifront_patience() + stood)
		blame(v, "%s after %llu ms, in which all stood still for %llu ms",
		      r.timeout ? "no answer" : "answered",
		      (unsigned long long)r.us / 1000,
		      (unsigned long long)stood / 1000);
}

static void check_error(const struct view *v, const struct span *s, int err,
			int expected)
{
	if (!v->certain || !steady(s->from.bound, s->to.bound))
		return;
	/* Bound anew, it is not this front end's. */
	if (s->from.bound != v->bound)
		expected = XEN_PCI_ERR_dev_not_found;
	if (expected == ANY_ERROR)
		return;
	counts->checked++;
	if (err != expected)
		blame(v, "error %d, expected %d", err, expected);
}

/* -- what the host must not do meanwhile ------------------------------------------- */

/* @mine is set from now on, and was while the host's flag was not. */
static void begin_without(const bool *hosts, bool *mine)
{
	while (!*mine) {
		while (__atomic_load_n(hosts, __ATOMIC_SEQ_CST))
			usleep(2000);
		__atomic_store_n(mine, true, __ATOMIC_SEQ_CST);
		if (__atomic_load_n(hosts, __ATOMIC_SEQ_CST))
			__atomic_store_n(mine, false, __ATOMIC_SEQ_CST);
	}
}

static void end_without(bool *mine)
{
	__atomic_store_n(mine, false, __ATOMIC_SEQ_CST);
}

static void begin_talk(void)
{
	begin_without(&fuzz->sleepy, &counts->talks);
}

static void end_talk(void)
{
	end_without(&counts->talks);
}

/* A front end has one function at most that the host takes away, its first. */
static void begin_meddling(void)
{
	begin_without(&fuzz->leaving[views[0].function], &counts->meddles);
}

static void end_meddling(void)
{
	end_without(&counts->meddles);
}

/* Its function is taken from it, or given to it once more. */
static void begin_handover(void)
{
	begin_talk();
	begin_meddling();
}

static void end_handover(void)
{
	end_meddling();
	end_talk();
}

/*
 * Reads do not, nor does PMCSR, which is what this is about; but for one that decodes,
 * whose interrupt is seen to after each operation.
 */
static bool is_meddling(const struct view *v, const struct xen_pci_op *op)
{
	if (v->decodes)
		return true;
	if (op->cmd == XEN_PCI_OP_conf_write)
		return op->offset < pm_cap ||
		       op->offset >= pm_cap + PCI_PM_SIZEOF;
	return switches_msi(op->cmd);
}

/* -- operations ------------------------------------------------------------------ */

static struct pcifront_result ask(struct view *v, struct xen_pci_op *op,
				  struct span *s)
{
	bool meddling = is_meddling(v, op);
	struct pcifront_result r;
	int written = op->value, cmd = op->cmd;

	if (meddling)
		begin_meddling();
	s->from = look(v);
	r = pcifront_ask(op);
	s->to = look(v);
	if (meddling)
		end_meddling();
	counts->operations++;
	remember("%s %c cmd %x, %x %x %x, size %d, offset %x, value %x: %d, %x, %llu us",
		 fuzz->bdf[v->function] + 5, v->exact ? 'e' : v->state_known ? 's' : '-',
		 op->cmd, op->domain, op->bus, op->devfn, op->size, op->offset,
		 written, r.err, r.value, (unsigned long long)r.us);
	note_changes(v, s, r.us);
	check_time(v, s, r, cmd);
	return r;
}

static bool in_config(int offset, int size)
{
	return valid(offset, size) && offset >= 0 && offset < CONFIG_SPACE;
}

static uint8_t byte_of(uint32_t value, int offset, int where)
{
	return value >> 8 * (where - offset);
}

static void check_pmcsr_state(struct view *v, int offset, int size,
			      uint32_t value)
{
	int state = byte_of(value, offset, pm_cap + PCI_PM_CTRL) &
		    PCI_PM_CTRL_STATE_MASK;

	if (!v->state_known || !covers(offset, size, pm_cap + PCI_PM_CTRL, 1))
		return;
	counts->checked++;
	if (state == v->vpm.state)
		return;
	blame(v, "PowerState is %d, expected %d", state, v->vpm.state);
	v->state_known = false;
}

/* Each bit of PMC and PMCSR. */
static void check_pm(struct view *v, int offset, int size, uint32_t value)
{
	int high = pm_cap + PCI_PM_CTRL + 1, i;
	uint32_t expected;

	if (covers(offset, size, high, 1) &&
	    byte_of(value, offset, high) & (PCI_PM_CTRL_PME_STATUS >> 8) &&
	    (v->pmes & 1 || count_of(&fuzz->pmes[v->function]) != v->pmes))
		xpm_vpm_set_pme(&v->vpm);
	model = v->vpm;
	expected = model_over(offset, size, value);
	counts->checked++;
	if (covers(offset, size, high, 1)) {
		counts->exact++;
		counts->enabled += model.pme_enabled;
		counts->told += model.pme_status;
	}
	for (i = 0; i < size; i++)
		if (byte_of(value ^ expected, 0, i)) {
			blame(v, "read %x, expected %x", value, expected);
			v->exact = false;
			return;
		}
}

static void check_value(struct view *v, const struct span *s, int offset,
			int size, uint32_t value)
{
	int i;

	if (v->exact && is_hooked(s))
		check_pm(v, offset, size, value);
	else
		check_pmcsr_state(v, offset, size, value);
	for (i = offset; i < offset + size; i++) {
		/* As that of a function that the last owner has left so. */
		if (!has_power(s) && byte_of(value, offset, i) == 0xff)
			continue;
		if (fixed[i] && byte_of(value, offset, i) !=
				reference[v->function][i]) {
			blame(v, "byte %x is %02x, and was %02x", i,
			      byte_of(value, offset, i),
			      reference[v->function][i]);
			return;
		}
		if (i == PCI_CACHE_LINE_SIZE && v->line_known &&
		    byte_of(value, offset, i) != v->line) {
			blame(v, "Cache Line Size is %02x, and was %02x",
			      byte_of(value, offset, i), v->line);
			v->line_known = false;
		}
	}
	counts->checked++;
}

static struct xen_pci_op config_op(const struct view *v, int cmd, int offset,
				   int size, uint32_t value)
{
	struct xen_pci_op op = {
		.cmd = cmd, .offset = offset, .size = size, .value = value,
	};

	pcifront_address(v - views, &op);
	return op;
}

static void do_read(struct view *v, int offset, int size)
{
	struct xen_pci_op op = config_op(v, XEN_PCI_OP_conf_read, offset, size, 0);
	int expected = ANY_ERROR;
	struct pcifront_result r;
	struct span s;

	r = ask(v, &op, &s);
	if (!valid(offset, size))
		expected = XEN_PCI_ERR_invalid_offset;
	else if (in_config(offset, size) && can_be_told(v, &s))
		expected = XEN_PCI_ERR_success;
	else if (offset < 0 && is_hooked(&s))
		expected = XEN_PCI_ERR_invalid_offset;
	check_error(v, &s, r.err, expected);
	if (!r.err && in_config(offset, size) && can_be_told(v, &s))
		check_value(v, &s, offset, size, r.value);
}

/* A refusal has a reason, which is known. */
static void check_refusal(struct view *v, const struct span *s, int err)
{
	if (!is_served(v, s))
		return;
	counts->refused++;
	if (v->doubt_until < pcifront_now_us())
		blame(v, "refused with error %d", err);
}

static void take_pmcsr(struct view *v, uint32_t value)
{
	v->vpm.state = value & PCI_PM_CTRL_STATE_MASK;
	v->vpm.no_soft_reset = value & PCI_PM_CTRL_NO_SOFT_RESET;
	v->vpm.pme_enabled = value & PCI_PM_CTRL_PME_ENABLE;
	v->vpm.pme_status = value & PCI_PM_CTRL_PME_STATUS;
	v->vpm.data = value & (PCI_PM_CTRL_DATA_SEL_MASK |
			       PCI_PM_CTRL_DATA_SCALE_MASK);
}

/* PMC or PMCSR as it is, whatever it should be. */
static struct pcifront_result ask_pm(struct view *v, int offset, struct span *s)
{
	struct xen_pci_op op = config_op(v, XEN_PCI_OP_conf_read,
					 pm_cap + offset, 2, 0);

	return ask(v, &op, s);
}

static void look_again(struct view *v)
{
	struct pcifront_result r;
	struct span s;

	r = ask_pm(v, PCI_PM_CTRL, &s);
	v->state_known = !r.err && can_be_told(v, &s);
	if (!v->state_known || !is_hooked(&s))
		v->exact = false;
	take_pmcsr(v, r.value);
	if (v->exact && v->vpm.state != XPM_VPM_D0 &&
	    v->vpm.state != XPM_VPM_D3HOT)
		blame(v, "PMCSR is %x", r.value);
}

/* Is PowerState as it was written? If that cannot be told, yes. */
static bool is_taken(struct view *v)
{
	struct pcifront_result r;
	struct span s;

	r = ask_pm(v, PCI_PM_CTRL, &s);
	if (r.err || !v->exact || !can_be_told(v, &s)) {
		v->state_known = false;
		v->exact = false;
		return true;
	}
	return (r.value & PCI_PM_CTRL_STATE_MASK) == v->vpm.state;
}

/* Does a write set a PowerState that there is? */
static bool is_whole(int offset, uint32_t value)
{
	int state = value & PCI_PM_CTRL_STATE_MASK;

	return offset == pm_cap + PCI_PM_CTRL &&
	       (state == XPM_VPM_D0 || state == XPM_VPM_D3HOT);
}

static void written_pmcsr(struct view *v, const struct span *s, int offset,
			  int size, uint32_t value, int err)
{
	struct xpm_vpm before = v->vpm;

	model = v->vpm;
	model_write(offset, size, value);
	if (model.state == XPM_VPM_D3HOT)
		counts->d3hot++;
	else
		counts->d0++;
	if (!err && v->exact) {
		v->vpm = model;
		/* It has looked for PMEs, and forgotten what it found. */
		if (before.state == XPM_VPM_D3HOT && before.pme_enabled &&
		    before.pme_status && !model.pme_status &&
		    steady(s->from.pmes, s->to.pmes) &&
		    v->doubt_until < pcifront_now_us())
			v->pmes = s->to.pmes;
		/*
		 * Of several fields that a write covers pciback reports the last
		 * one's error (xen_pcibk_config_write()), so whether D0 was
		 * refused shows in PowerState alone.
		 */
		if (size == 4 && model.state != before.state && !is_taken(v)) {
			check_refusal(v, s, err);
			v->vpm.state = before.state;
			do_read(v, pm_cap + PCI_PM_CTRL, 2);
		}
		return;
	}
	/* Stock has an error for states that are not supported. */
	if (err && is_hooked(s)) {
		check_refusal(v, s, err);
		if (v->exact && model.state == before.state &&
		    is_served(v, s) && has_power(s))
			blame(v, "refused, though it is to stay as it is");
		/* But for PowerState it is as if it had not been. */
		if (v->exact && size < 4 && is_served(v, s)) {
			v->vpm = model;
			v->vpm.state = before.state;
			do_read(v, pm_cap + PCI_PM_CTRL, 2);
			return;
		}
	}
	/* Whoever has it, and though it changes hands meanwhile. */
	if (!err && size < 4 && is_served(v, s) && is_left_alone(s) &&
	    !v->adrift && (v->state_known || is_whole(offset, value))) {
		v->vpm.state = model.state;
		v->state_known = true;
		do_read(v, pm_cap + PCI_PM_CTRL, 2);
		return;
	}
	look_again(v);
}

static void do_write(struct view *v, int offset, int size, uint32_t value)
{
	struct xen_pci_op op = config_op(v, XEN_PCI_OP_conf_write, offset, size,
					 value);
	bool pmcsr = in_config(offset, size) &&
		     covers(offset, size, pm_cap + PCI_PM_CTRL, 2);
	bool line = in_config(offset, size) &&
		    covers(offset, size, PCI_CACHE_LINE_SIZE, 1);
	struct pcifront_result r;
	struct span s;
	bool heard;

	r = ask(v, &op, &s);
	counts->writes++;
	check_error(v, &s, r.err, valid(offset, size) ?
		    ANY_ERROR : XEN_PCI_ERR_invalid_offset);
	if (r.err == XEN_PCI_ERR_dev_not_found && valid(offset, size))
		check_refusal(v, &s, r.err);
	if (line) {
		/* Of more than this field pciback reports the last one's error. */
		if (size == 1)
			heard = (is_hooked(&s) || has_power(&s)) &&
				host_is_awake(&s);
		else
			heard = has_power(&s) && pcifront_now_us() > v->doubt_until;
		v->line_known = heard && !r.err && is_served(v, &s);
		v->line = byte_of(value, offset, PCI_CACHE_LINE_SIZE);
	}
	/* Dom0 has its own idea of it for MWI (pci_set_mwi()). */
	if (in_config(offset, size) && covers(offset, size, PCI_COMMAND, 1) &&
	    byte_of(value, offset, PCI_COMMAND) & PCI_COMMAND_INVALIDATE)
		v->line_known = false;
	/* Stock brings a function to D0 that decodes from then on (pci_enable_device()). */
	if (in_config(offset, size) && covers(offset, size, PCI_COMMAND, 2) &&
	    !is_hooked(&s))
		v->state_known = false;
	if (in_config(offset, size) && covers(offset, size, PCI_COMMAND, 1))
		v->decodes = r.err || byte_of(value, offset, PCI_COMMAND) &
				      (PCI_COMMAND_IO | PCI_COMMAND_MEMORY);
	if (pmcsr)
		written_pmcsr(v, &s, offset, size, value, r.err);
}

/* -- what a hostile one does ------------------------------------------------------ */

static int garbage(void)
{
	return any64();
}

static int some_wrong_size(void)
{
	static const int sizes[] = { 0, 3, 5, 8, 64, -1, -4, 0x7fffffff,
				     -0x7fffffff - 1 };

	return sizes[any(sizeof(sizes) / sizeof(sizes[0]))];
}

static int some_wrong_offset(int size)
{
	switch (any(4)) {
	case 0:
		return -(any(64) * size + size);
	case 1:
		return (int)(any64() | 0x80000000) & -size;
	case 2:
		return CONFIG_SPACE + any(0x10000) * size;
	default:
		return 0x7fffffff & -size;
	}
}

static void do_malformed(struct view *v)
{
	int what = any(3), size = 1 << any(3), offset = some_offset(size);
	uint32_t value = some_value(size);
	bool write = percent(30);

	if (what == 0)
		size = some_wrong_size();
	else if (what == 1)
		offset = some_wrong_offset(size);
	else if (size > 1)
		offset |= 1;
	counts->malformed++;
	/* By chance it may be a good one: of PMCSR. */
	if (write && !(in_config(offset, size) &&
		       covers(offset, size, pm_cap + PCI_PM_CTRL, 2)))
		do_write(v, offset, size, value);
	else
		do_read(v, offset, size);
}

/* A function that this front end does not have. */
static void do_elsewhere(struct view *v)
{
	struct xen_pci_op op = config_op(v, any(6), some_offset(4), 4, any64());
	struct pcifront_result r;
	struct span s;

	switch (any(3)) {
	case 0:
		op.domain = percent(50) ? 1 + any(8) : garbage() | 1;
		break;
	case 1:
		op.bus = percent(50) ? 1 + any(255) : garbage() | 1;
		break;
	default:
		/* None has function 7; pciback looks at eight bits alone. */
		op.devfn = (percent(50) ? garbage() : any(256)) | 7;
	}
	r = ask(v, &op, &s);
	counts->malformed++;
	counts->checked++;
	if (r.err != XEN_PCI_ERR_dev_not_found)
		blame(v, "error %d of a function that is not there", r.err);
}

static void do_unknown(struct view *v)
{
	static const unsigned int commands[] = {
		XEN_PCI_OP_aer_detected, XEN_PCI_OP_aer_resume,
		XEN_PCI_OP_aer_mmio, XEN_PCI_OP_aer_slotreset, 10, 0x80000000,
		0xffffffff,
	};
	struct xen_pci_op op = config_op(v, 0, any64(), any64(), any64());
	struct pcifront_result r;
	struct span s;

	op.cmd = commands[any(sizeof(commands) / sizeof(commands[0]))];
	if (percent(20))
		op.cmd = garbage() | 16;
	r = ask(v, &op, &s);
	counts->malformed++;
	check_error(v, &s, r.err, XEN_PCI_ERR_not_implemented);
}

/* Some that work, and some whose vectors and entries are garbage. */
static void fill_msi(struct xen_pci_op *op)
{
	unsigned int i;

	op->cmd = XEN_PCI_OP_enable_msi + any(4);
	op->value = percent(70) ? any(6) : percent(50) ? any(300) : garbage();
	for (i = 0; i < SH_INFO_MAX_VEC; i++) {
		op->msix_entries[i].entry = i;
		op->msix_entries[i].vector = 0;
	}
	for (i = any(100) < 30 ? any(8) : 0; i; i--) {
		op->msix_entries[any(8)].entry = any64();
		op->msix_entries[any(8)].vector = any64();
	}
}

static void do_msi(struct view *v)
{
	struct xen_pci_op op = config_op(v, 0, any64(), any64(), 0);
	int expected = ANY_ERROR;
	struct pcifront_result r;
	struct span s;

	fill_msi(&op);
	/* This wakes it, and the resume restores MSI. */
	if (v->down && percent(50))
		do_write(v, PCI_COMMAND, 2, 6);
	if (op.cmd == XEN_PCI_OP_disable_msi || op.cmd == XEN_PCI_OP_disable_msix)
		expected = XEN_PCI_ERR_success;
	r = ask(v, &op, &s);
	check_error(v, &s, r.err, expected);
}

static void some_op(const struct view *v, struct xen_pci_op *op)
{
	memset(op, 0, sizeof(*op));
	if (percent(20)) {
		fill_msi(op);
	} else {
		op->cmd = percent(90) ? any(2) : garbage();
		op->size = some_size();
		op->offset = some_offset(op->size);
		op->value = some_value(op->size);
		if (percent(30))
			some_pmcsr_write(&op->offset, &op->size, &op->value);
	}
	pcifront_address(v - views, op);
	if (percent(10))
		op->devfn = any64();
}

static void spin(int n)
{
	volatile int i;

	for (i = 0; i < n; i++)
		;
}

/* One thing of the page, while the back end may look at it. */
static void scribble(struct xen_pci_sharedinfo *page, const struct xen_pci_op *op)
{
	volatile uint32_t *words = (volatile uint32_t *)page;

	switch (any(12)) {
	case 0:
		page->op.cmd = op->cmd;
		break;
	case 1:
		page->op.offset = op->offset;
		break;
	case 2:
		page->op.size = op->size;
		break;
	case 3:
		page->op.value = op->value;
		break;
	case 4:
		page->op.devfn = op->devfn;
		break;
	case 5:
		memcpy(&page->op, op, sizeof(*op));
		break;
	case 6:
		/* Another one, while one is active, or not any more. */
		__atomic_or_fetch(&page->flags, XEN_PCIF_active, __ATOMIC_SEQ_CST);
		pcifront_kick();
		break;
	case 7:
		__atomic_and_fetch(&page->flags, ~(uint32_t)XEN_PCIF_active,
				   __ATOMIC_SEQ_CST);
		break;
	case 8:
		/* Of these the back end would wait for an answer. */
		__atomic_xor_fetch(&page->flags, any64() << 1, __ATOMIC_SEQ_CST);
		break;
	default:
		/* Flags, the operation, AER's operation, or beyond. */
		words[1 + any(sizeof(*page) / 4 + 32)] = any64();
	}
}

/*
 * The back end may be at an operation that has been taken back; what it answers
 * then must not be taken for an answer to the next one. An operation that does not
 * exist comes back with the value that it had.
 */
static void drain(struct view *v)
{
	struct xen_pci_sharedinfo *page = pcifront_page();
	struct pcifront_result r;
	struct xen_pci_op op;
	uint32_t mark;
	int i;

	pcifront_wait(pcifront_now_us());
	page->flags = 0;
	for (i = 0; i < 100; i++) {
		mark = 0x5a000000 + counts->operations + i;
		op = config_op(v, 99, 0, 0, mark);
		op.err = ANY_ERROR;
		r = pcifront_ask(&op);
		if (r.timeout)
			break;
		if (r.value == mark && (r.err == XEN_PCI_ERR_not_implemented ||
					r.err == XEN_PCI_ERR_dev_not_found))
			return;
	}
	blame(v, "no answer after what was torn");
}

static void do_torn(struct view *v)
{
	struct xen_pci_sharedinfo *page = pcifront_page();
	struct xen_pci_op first, other;
	int rounds = any(40), i;
	uint64_t began;

	some_op(v, &first);
	some_op(v, &other);
	remember("torn: cmd %x size %d offset %x value %x, cmd %x size %d offset %x value %x",
		 first.cmd, first.size, first.offset, first.value, other.cmd,
		 other.size, other.offset, other.value);
	begin_meddling();
	pcifront_send(&first);
	began = pcifront_now_us();
	for (i = 0; i < rounds; i++) {
		spin(any(4000));
		scribble(page, &other);
	}
	counts->operations++;
	counts->torn++;
	drain(v);
	end_meddling();
	for (i = 0; i < functions; i++) {
		/* It may have waited, of which no answer says. */
		if (pcifront_now_us() - began > OVERDUE_US)
			doubt(&views[i], RECOVERY_US);
		views[i].line_known = false;
		views[i].decodes = true;
		look_again(&views[i]);
	}
}

/* Those that leave the back end connected; and garbage where it has been read. */
static void do_xenstore(struct view *v)
{
	static const int states[] = { 1, 2, 3, 4, 7, 8 };
	static const char * const keys[] = { "pci-op-ref", "event-channel", "magic",
					     "backend-id", "nonsense" };
	static const char * const values[] = { "", "0", "-1", "4294967295", "x" };
	int i;

	(void)v;
	for (i = 1 + any(6); i; i--) {
		if (percent(80))
			pcifront_state(states[any(6)]);
		else
			pcifront_write_key(keys[any(5)], values[any(5)]);
		if (percent(20))
			usleep(any(5000));
	}
	pcifront_state(4);
}

static void session_of(struct view *v, const struct moment *before);

static bool plug_anew(const struct view *v)
{
	uint64_t began;
	int ret;

	began = pcifront_now_us();
	ret = pcifront_reconfigure(v - views, false) ||
	      pcifront_reconfigure(v - views, true);
	if (ret)
		printf("front end %d, session %llu: %s not plugged after %llu ms, bound %u, powered %u\n",
		       front_end, (unsigned long long)session,
		       fuzz->bdf[v->function],
		       (unsigned long long)(pcifront_now_us() - began) / 1000,
		       look(v).bound, look(v).powered);
	return !ret;
}

/*
 * What was bound anew has lost its virtual slot, and the one that is plugged now may
 * have got it: from then on that one answers.
 */
static void forget_lost(const struct view *plugged)
{
	struct view *v;

	for (v = views; v < views + functions; v++) {
		if (v == plugged || look(v).bound == v->bound)
			continue;
		forget(v);
		v->certain = false;
	}
}

static void do_plug(struct view *v)
{
	struct moment before;
	bool plugged;

	begin_handover();
	before = look(v);
	/* Of one that it does not have stock says nothing, ever. */
	if (!v->certain || before.bound != v->bound) {
		end_handover();
		return;
	}
	plugged = plug_anew(v);
	end_handover();
	if (plugged) {
		remember("plugged %s", fuzz->bdf[v->function] + 5);
		forget_lost(v);
		session_of(v, &before);
	} else {
		/* The host may have taken it away; or it is plugged in yet. */
		remember("not plugged");
		forget_lost(v);
		forget(v);
		v->certain = false;
	}
}

/* PMC and PMCSR as they are: from then on they have to stay so. */
static bool learn(struct view *v)
{
	struct pcifront_result r;
	struct span s;

	r = ask_pm(v, PCI_PM_PMC, &s);
	if (r.err || !can_be_told(v, &s))
		return false;
	/* What is offered is the host's choice, and stays. */
	v->vpm.pmc = r.value;
	if (v->vpm.pmc & PCI_PM_CAP_PME_MASK & ~PCI_PM_CAP_PME_D3hot ||
	    v->vpm.pmc & (PCI_PM_CAP_D1 | PCI_PM_CAP_D2))
		blame(v, "PMC is %x", v->vpm.pmc);
	r = ask_pm(v, PCI_PM_CTRL, &s);
	if (r.err || !can_be_told(v, &s) || s.to.hooked != v->hooked)
		return false;
	check_pmcsr_state(v, pm_cap + PCI_PM_CTRL, 2, r.value);
	take_pmcsr(v, r.value);
	v->state_known = true;
	v->exact = true;
	return true;
}

/* It was hooked in the midst of a session, to whose guest no PME is offered then. */
static void learn_anew(struct view *v)
{
	struct moment now = look(v);
	bool meanwhile = v->hooked != now.hooked && !(v->hooked & 1);

	if (v->exact || !v->certain || now.bound != v->bound ||
	    now.hooked & 1 || !now.is_hooked)
		return;
	v->hooked = now.hooked;
	if (learn(v) && meanwhile && v->vpm.pmc & PCI_PM_CAP_PME_MASK)
		blame(v, "hooked meanwhile, and PMC is %x", v->vpm.pmc);
}

static void do_pause(struct view *v)
{
	(void)v;
	usleep(any(percent(90) ? 30000 : 400000));
}

static void do_pmcsr(struct view *v)
{
	int offset, size;
	uint32_t value;

	some_pmcsr_write(&offset, &size, &value);
	if (percent(10) && v->down)
		value = 0;
	if (offset == pm_cap + PCI_PM_CTRL)
		v->down = (value & PCI_PM_CTRL_STATE_MASK) == XPM_VPM_D3HOT;
	do_write(v, offset, size, value);
	/* So that it does fall asleep. */
	if (v->down && percent(40))
		usleep(any(150000));
	if (v->down && percent(25))
		do_msi(v);
	if (percent(50))
		do_read(v, pm_cap + PCI_PM_CTRL, 2);
}

/* Of its own function, in whatever it has done to that. */
static void do_pme(struct view *v)
{
	static const char * const kinds[] = { "native", "acpi", "port", "status" };

	if (v->function == BYSTANDER)
		return;
	fire_pme(v->function, kinds[any(4)]);
	usleep(any(30000));
	do_read(v, pm_cap + PCI_PM_CTRL, 2);
}

static void do_line(struct view *v)
{
	do_write(v, PCI_CACHE_LINE_SIZE, 1, any(256));
	do_read(v, PCI_CACHE_LINE_SIZE, 4);
}

static void do_any_write(struct view *v)
{
	int size = some_size(), offset = some_offset(size);

	do_write(v, offset, size, some_value(size));
}

static void do_any_read(struct view *v)
{
	int size = some_size(), offset = some_offset(size);

	do_read(v, offset, size);
}

static void do_pm_read(struct view *v)
{
	int size = 1 << any(3);

	learn_anew(v);
	if (percent(50))
		do_read(v, pm_cap + PCI_PM_CTRL, 2);
	else
		do_read(v, pm_cap + (any(8) & -size), size);
}

/* How often, of ten thousand: in D0, and in D3hot where many of them wake. */
static const struct {
	void (*what)(struct view *v);
	int awake, asleep;
} things[] = {
	{ do_any_read, 3850, 4600 },
	{ do_pm_read, 1000, 1500 },
	{ do_any_write, 1900, 120 },
	{ do_line, 300, 60 },
	{ do_pmcsr, 300, 350 },
	{ do_pme, 50, 300 },
	{ do_malformed, 1000, 1300 },
	{ do_elsewhere, 600, 700 },
	{ do_unknown, 500, 600 },
	{ do_msi, 200, 200 },
	{ do_torn, 100, 60 },
	{ do_pause, 40, 60 },
	{ do_xenstore, 20, 20 },
	{ do_plug, 5, 5 },
};

static void do_something(struct view *v)
{
	int what = any(10000);
	unsigned int i;

	for (i = 0; i < sizeof(things) / sizeof(things[0]); i++) {
		what -= v->down ? things[i].asleep : things[i].awake;
		if (what < 0) {
			things[i].what(v);
			return;
		}
	}
	do_any_read(v);
}

/* -- sessions -------------------------------------------------------------------- */

static bool is_waking(int function)
{
	char path[120], state[16] = "";
	FILE *file;

	snprintf(path, sizeof(path),
		 "/sys/bus/pci/devices/%s/xen_pciback_pm/state",
		 fuzz->bdf[function]);
	file = fopen(path, "r");
	if (!file)
		return false;
	if (!fgets(state, sizeof(state), file))
		state[0] = '\0';
	fclose(file);
	return !strcmp(state, "waking\n");
}

/* The owner has it from now on; @before is from before it was asked for. */
static void session_of(struct view *v, const struct moment *before)
{
	struct moment now = look(v);

	v->hooked = now.hooked;
	v->bound = now.bound;
	v->certain = steady(before->bound, now.bound);
	v->awake = now.awake;
	v->pmes = now.pmes;
	v->pmes_last = now.pmes;
	v->adrift = !now.is_hooked;
	forget(v);
	v->down = false;
	v->decodes = false;
	memset(&v->vpm, 0, sizeof(v->vpm));
	/* The last owner's wake may have taken too long, and go on. */
	if (is_waking(v->function))
		doubt(v, RECOVERY_US);
	if (!now.is_hooked || now.hooked & 1 || !v->certain)
		return;
	/* Stock leaves a function in D3hot that it is told to leave there. */
	if (learn(v) && steady(before->hooked, now.hooked) &&
	    (v->vpm.state || v->vpm.pme_enabled || v->vpm.pme_status))
		blame(v, "a new owner finds PMCSR at %x",
		      xpm_vpm_pmcsr(&v->vpm));
	/* Stock has reset what the last owner wrote, if it could (pcistub_put_pci_dev()). */
	v->line_known = v->exact && steady(before->powered, now.powered);
	v->line = reference[v->function][PCI_CACHE_LINE_SIZE];
	do_read(v, PCI_CACHE_LINE_SIZE, 1);
}

/* As a domain may do that has lost its mind, before it is killed. */
static void last_moves(void)
{
	static const char * const states[] = { "0", "1", "2", "3", "4", "5", "6", "7",
					       "8", "9", "-1", "x", "" };
	int i;

	for (i = any(12); i; i--) {
		pcifront_write_key("state", states[any(13)]);
		if (percent(30))
			usleep(any(20000));
	}
}

static void one_session(int operations)
{
	struct moment before[2];
	int i, pointless = 0;
	uint64_t until;

	counts->connected = false;
	begin_talk();
	for (i = 0; i < functions; i++)
		before[i] = look(&views[i]);
	pcifront_attach(front_end, names, functions);
	end_talk();
	counts->connected = true;
	for (i = 0; i < functions; i++)
		session_of(&views[i], &before[i]);
	/* Memory and bus mastering, as drivers have it in D0. */
	if (percent(50))
		do_write(&views[0], PCI_COMMAND, 2, 6);
	for (until = counts->operations + operations;
	     counts->operations < until && pointless < POINTLESS;) {
		do_something(&views[functions > 1 && percent(15)]);
		pointless += !views[0].certain ||
			     count_of(&fuzz->bound[views[0].function]) !=
				     views[0].bound;
	}
	/* Until it is reaped. */
	begin_handover();
	switch (any(4)) {
	case 0:
		return;
	case 1:
		last_moves();
		return;
	default:
		pcifront_detach();
	}
}

static bool all_bound(void)
{
	int i;

	for (i = 0; i < functions; i++)
		if (count_of(&fuzz->bound[views[i].function]) & 1)
			return false;
	return !(count_of(&fuzz->awake) & 1);
}

/* Of all functions: the toolstack's side is one thread (xenwatch). */
static uint64_t changes(void)
{
	uint64_t sum = count_of(&fuzz->awake);
	int i;

	for (i = 0; i < FUNCTIONS; i++)
		sum += count_of(&fuzz->bound[i]) + count_of(&fuzz->powered[i]);
	return sum;
}

static bool all_powered(void)
{
	int i;

	for (i = 0; i < FUNCTIONS; i++)
		if (count_of(&fuzz->powered[i]) & 1)
			return false;
	return true;
}

/*
 * One session is one process, so that it can be gone from one moment to the next.
 * What it leaves is for the toolstack.
 */
static void run_session(uint64_t left)
{
	uint64_t seed = any64(), before;
	int operations = 1 + any(2 * SESSION), status, i;
	pid_t pid;

	if (left < (uint64_t)operations)
		operations = left;

	for (i = 0; i < 10000 && !all_bound(); i++)
		usleep(2000);
	before = changes();
	fflush(stdout);
	pid = fork();
	if (!pid) {
		random_state = seed;
		one_session(operations);
		fflush(stdout);
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		wrong("front end %d: no session", front_end);
	counts->sessions++;
	if (status) {
		counts->failed_sessions++;
		if (!counts->connected && before == changes() && all_bound() &&
		    all_powered())
			wrong("front end %d, session %llu does not connect",
			      front_end, (unsigned long long)session);
		else if (counts->connected)
			wrong("front end %d, session %llu ends with status %x",
			      front_end, (unsigned long long)session, status);
	}
	begin_handover();
	if (!pcifront_reap(front_end))
		wrong("front end %d, session %llu: its back end stays", front_end,
		      (unsigned long long)session);
	end_handover();
	session++;
}

/* -- the beginning ---------------------------------------------------------------- */

static void fix(int offset, int size)
{
	while (size--)
		fixed[offset++] = true;
}

/* What no write, sleep or reset changes, and no layer of dom0's makes up. */
static void find_fixed(const uint8_t *config)
{
	int cap, header;

	fix(PCI_VENDOR_ID, 4);
	fix(PCI_CLASS_REVISION, 4);
	fix(PCI_HEADER_TYPE, 1);
	fix(PCI_SUBSYSTEM_VENDOR_ID, 4);
	fix(PCI_CAPABILITY_LIST, 1);
	for (cap = config[PCI_CAPABILITY_LIST]; cap;
	     cap = config[cap + PCI_CAP_LIST_NEXT]) {
		fix(cap, 2);
		if (config[cap] == PCI_CAP_ID_EXP)
			fix(cap + PCI_EXP_FLAGS, 6);
		if (config[cap] == PCI_CAP_ID_MSIX)
			fix(cap + PCI_MSIX_TABLE, 8);
	}
	for (cap = 256; cap; cap = PCI_EXT_CAP_NEXT(header)) {
		header = config[cap] | config[cap + 1] << 8 |
			 config[cap + 2] << 16 | config[cap + 3] << 24;
		fix(cap, 4);
	}
}

/* Hardware as dom0 has it. */
static void read_reference(int function)
{
	char path[80];
	FILE *file;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/config",
		 fuzz->bdf[function]);
	file = fopen(path, "r");
	if (!file || fread(reference[function], CONFIG_SPACE, 1, file) != 1) {
		perror(path);
		exit(1);
	}
	fclose(file);
}

void fuzz_guest(int id, uint64_t total)
{
	int i;

	front_end = id;
	counts = &fuzz->guest[id];
	pcifront_timeout_us = GIVE_UP_US * pcifront_patience();
	views[functions++].function = id ? OTHER : SLOT;
	if (!id)
		views[functions++].function = BYSTANDER;
	for (i = 0; i < functions; i++) {
		names[i] = (char *)fuzz->bdf[views[i].function];
		read_reference(views[i].function);
	}
	if (!find_registers(reference[views[0].function])) {
		wrong("this is not the function that the rig has");
		return;
	}
	find_fixed(reference[views[0].function]);
	while (counts->operations < total && fuzz->wrong < 1000)
		run_session(total - counts->operations);
}
