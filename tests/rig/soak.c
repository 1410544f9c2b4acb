// SPDX-License-Identifier: GPL-2.0-only
/*
 * soak - PMEs at random moments, against a front end that cycles at random
 *
 *   soak [-i ID] [-s SEED] [-n PMES] acpi|native|poll BDF
 *
 * One thread is the guest, and now and then dom0's administrator; the other one
 * makes the function signal, through tests/kmod/pme-inject. In rounds: from D0
 * with PME_Status clear, by way of some writes, pauses and PMEs, back to D0.
 * Each write and each PME has a beginning and an end in time, and took effect
 * somewhere in between.
 *
 * An event is a PME that comes while PME_Status is clear, and while the guest
 * has set PME_En and D3hot. What hardware or host are up to at that moment
 * (falling asleep, armed or not yet, waking for whatever reason, kept awake) is
 * none of the guest's business, and changes nothing.
 *
 * - A PME that lies within a time in which both are set for certain is due: if
 *   the guest does not write 1 to PME_Status after it, PME_Status is set once
 *   the guest has written D0; and sooner, without a write, where the host is
 *   told (by firmware or a message), or polls.
 * - One that lies within a time in which PME_En is clear for certain is none.
 *   Nor is any if nothing was fired.
 * - What lies in between may be an event or not: at the same time as a write of
 *   PME_En, PowerState or PME_Status, or in D0 with PME_En set. So may be a PME
 *   with PME_En clear, if PME_En is set later without a 1 for PME_Status, or
 *   if it was cleared in D3hot just before: disarming takes a short wake, and
 *   what it finds then may be older than the write.
 * - Events are not more than PMEs, nor than the times that PME_Status was
 *   cleared, and one.
 *
 * Lost is what is due and not there. Spurious is what pme_count grew beyond
 * that, or a PME_Status without cause.
 *
 * Ways: acpi has PMEs that firmware tells of, and some that nobody tells of, in
 * D3cold and D3hot, with and without Vaux; native and poll have them in D3hot,
 * below a port that is on, by message or by the kernel's polling, which ends for
 * good with the first PME that comes otherwise; as one does that finds itself
 * armed after the fact.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/pci_regs.h>

#include "chance.h"
#include "pcifront.h"

#define INJECT		"/sys/module/pme_inject/parameters/"
#define D3HOT		3
#define DELIVERED_US	10000000
#define DISARMED_US	3000000
#define MAX_OPS		100
#define MAX_PMES	16
#define MAX_REPORTS	10

enum way { ACPI, NATIVE, POLL };
static const char * const ways[] = { "acpi", "native", "poll" };

enum kind { BY_ACPI, BY_MESSAGE, BY_NOTHING, KINDS };
static const char * const kinds[KINDS] = { "acpi", "native", "status" };

/* Something that the guest, or dom0, did; and what holds for the guest after it. */
struct op {
	char what[32];
	uint64_t from, to;
	bool enabled, down, clears;
};

struct pme {
	enum kind kind;
	int error;
	uint64_t from, to;
};

enum verdict { NONE, MAYBE, DUE };

static enum way way;
static const char *bdf;
static uint64_t seed;
static int pmcsr;

/* This round. */
static struct op ops[MAX_OPS];
static int nr_ops;
static struct pme pmes[MAX_PMES];
static int nr_pmes;
static bool enabled, down, vaux, control_on;
static unsigned int observed;
static bool status_seen;

/* What the other thread is to do next, and whether it is done. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static struct {
	bool wanted;
	int count;
	uint64_t at, gap;
	enum kind kind[3];
} burst;

static unsigned long fired[KINDS], due_ones, quiet_rounds, rounds, events;
static unsigned long lost, spurious, wrong, reports;
static uint64_t slowest;

uint64_t random_state;

/* -- saying ------------------------------------------------------------------ */

static void __attribute__((format(printf, 1, 2), noreturn))
die(const char *fmt, ...)
{
	va_list ap;

	printf("soak: %s %s, seed %llu, round %lu: ", ways[way], bdf,
	       (unsigned long long)seed, rounds);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf(" (%s)\n", strerror(errno));
	exit(1);
}

static enum verdict judge(const struct pme *p);

/* The whole round, in order of beginnings. */
static void __attribute__((format(printf, 1, 2)))
report(const char *fmt, ...)
{
	static const char * const verdicts[] = { "none", "maybe", "due" };
	int o = 0, p = 0;
	va_list ap;

	if (reports++ >= MAX_REPORTS)
		return;
	printf("%s %s, seed %llu, round %lu, vaux %d: ", ways[way], bdf,
	       (unsigned long long)seed, rounds, vaux);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	while (o < nr_ops || p < nr_pmes) {
		uint64_t zero = ops[0].from;

		if (p < nr_pmes && (o == nr_ops || pmes[p].from < ops[o].from)) {
			printf("    %9.1f %7.1f ms   PME %s, error %d: %s\n",
			       (int64_t)(pmes[p].from - zero) / 1e3,
			       (int64_t)(pmes[p].to - pmes[p].from) / 1e3,
			       kinds[pmes[p].kind], pmes[p].error,
			       verdicts[judge(&pmes[p])]);
			p++;
		} else {
			printf("    %9.1f %7.1f ms %s\n",
			       (int64_t)(ops[o].from - zero) / 1e3,
			       (int64_t)(ops[o].to - ops[o].from) / 1e3,
			       ops[o].what);
			o++;
		}
	}
}

/* -- dom0's side --------------------------------------------------------------- */

static int try_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY), error = 0;

	if (fd < 0)
		die("%s", path);
	if (write(fd, text, strlen(text)) < 0)
		error = errno;
	close(fd);
	return error;
}

static void put(const char *path, const char *text)
{
	errno = try_write(path, text);
	if (errno)
		die("writing %s to %s", text, path);
}

static void attribute_path(char *path, size_t size, const char *name)
{
	snprintf(path, size, "/sys/bus/pci/devices/%s/%s", bdf, name);
}

static void put_attribute(const char *name, const char *text)
{
	char path[96];

	attribute_path(path, sizeof(path), name);
	put(path, text);
}

static void get_attribute(const char *name, char *value, size_t size)
{
	char path[96];
	int fd, n;

	attribute_path(path, sizeof(path), name);
	fd = open(path, O_RDONLY);
	n = fd < 0 ? -1 : read(fd, value, size - 1);
	if (n < 0)
		die("%s", path);
	value[n] = '\0';
	close(fd);
}

static unsigned long pme_count(void)
{
	char value[24];

	get_attribute("xen_pciback_pm/pme_count", value, sizeof(value));
	return strtoul(value, NULL, 10);
}

static bool asleep(void)
{
	char value[16];

	get_attribute("xen_pciback_pm/state", value, sizeof(value));
	return !strcmp(value, "asleep\n");
}

/* Has the function ever sent a message? Then the kernel does not poll it. */
static bool has_sent(void)
{
	char value[4096], *line, *sent;
	int fd = open(INJECT "stat", O_RDONLY);
	int n = fd < 0 ? -1 : read(fd, value, sizeof(value) - 1);

	if (n < 0)
		die("%s", INJECT "stat");
	close(fd);
	value[n] = '\0';
	line = strstr(value, bdf);
	sent = line ? strstr(line, "messages=") : NULL;
	if (!sent)
		die("no messages of %s", bdf);
	return atoi(sent + strlen("messages="));
}

static void sleep_us(uint64_t us)
{
	if (us)
		usleep(us);
}

/* -- the function's side --------------------------------------------------------- */

static void fire(enum kind kind)
{
	struct pme *p = &pmes[nr_pmes];
	char text[40];

	snprintf(text, sizeof(text), "%s %s", kinds[kind], bdf);
	p->kind = kind;
	p->from = pcifront_now_us();
	p->error = try_write(INJECT "fire", text);
	p->to = pcifront_now_us();
	/* Without power, or below a port that sleeps, there is no message. */
	if (p->error && p->error != EHOSTDOWN)
		die("no PME: %s: error %d", text, p->error);
	fired[kind]++;
	__atomic_store_n(&nr_pmes, nr_pmes + 1, __ATOMIC_RELEASE);
}

static void *signal_pmes(void *unused)
{
	uint64_t now;
	int i;

	(void)unused;
	pthread_mutex_lock(&lock);
	for (;;) {
		while (!burst.wanted)
			pthread_cond_wait(&changed, &lock);
		pthread_mutex_unlock(&lock);
		now = pcifront_now_us();
		sleep_us(burst.at > now ? burst.at - now : 0);
		for (i = 0; i < burst.count; i++) {
			if (i)
				sleep_us(burst.gap);
			fire(burst.kind[i]);
		}
		pthread_mutex_lock(&lock);
		burst.wanted = false;
		pthread_cond_signal(&changed);
	}
	return NULL;
}

static void wait_for_burst(void)
{
	pthread_mutex_lock(&lock);
	while (burst.wanted)
		pthread_cond_wait(&changed, &lock);
	pthread_mutex_unlock(&lock);
}

/* From none at all to what a second of polling covers; mostly short. */
static uint64_t some_time(void)
{
	int what = any(100);

	if (what < 25)
		return 0;
	if (what < 55)
		return any(5000);
	if (what < 85)
		return any(60000);
	if (what < 98)
		return any(200000);
	return any(900000);
}

static enum kind some_kind(void)
{
	if (way == POLL)
		return BY_NOTHING;
	if (way == NATIVE)
		return percent(90) ? BY_MESSAGE : BY_NOTHING;
	/* Without Vaux it may be only firmware that knows. */
	if (!vaux || percent(80))
		return BY_ACPI;
	return percent(50) ? BY_MESSAGE : BY_NOTHING;
}

static void begin_burst(void)
{
	int i;

	wait_for_burst();
	pthread_mutex_lock(&lock);
	burst.count = percent(60) ? 1 : 2 + any(2);
	for (i = 0; i < burst.count; i++)
		burst.kind[i] = some_kind();
	burst.gap = percent(50) ? 0 : any(3000);
	burst.at = pcifront_now_us() + some_time();
	burst.wanted = true;
	pthread_cond_signal(&changed);
	pthread_mutex_unlock(&lock);
}

/* -- the model ----------------------------------------------------------------- */

/* What a PME may have met: the state before it, and after each op meanwhile. */
static enum verdict judge(const struct pme *p)
{
	bool may = false, must = true, later = false;
	uint64_t off = 0;
	int i;

	for (i = 0; i < nr_ops; i++) {
		const struct op *o = &ops[i], *next = o + 1;

		if (o->from > p->to) {
			later |= o->enabled && !o[-1].enabled && !o->clears;
			continue;
		}
		if (!o->down)
			off = 0;
		else if (i && o[-1].enabled && !o->enabled && o[-1].down)
			off = o->to;
		/* Overwritten before it began. */
		if (i + 1 < nr_ops && next->to < p->from)
			continue;
		may |= o->enabled;
		must &= o->enabled && o->down;
	}
	may |= later || (off && p->from < off + DISARMED_US);
	return must ? DUE : may ? MAYBE : NONE;
}

static bool is_told(const struct pme *p)
{
	return p->kind == BY_ACPI || (way == POLL && !has_sent()) ||
	       (p->kind == BY_MESSAGE && !p->error);
}

/* Is a PME due that came before, and was not cleared after? */
static bool is_due(uint64_t before, bool told)
{
	int i, n = __atomic_load_n(&nr_pmes, __ATOMIC_ACQUIRE);
	uint64_t cleared = 0;

	for (i = 0; i < nr_ops; i++)
		if (ops[i].clears)
			cleared = ops[i].to;
	for (i = 0; i < n; i++)
		if (pmes[i].from > cleared && pmes[i].to < before &&
		    judge(&pmes[i]) == DUE && (!told || is_told(&pmes[i])))
			return true;
	return false;
}

static unsigned int most_events(void)
{
	unsigned int n = 0, clears = 1;
	uint64_t first = 0;
	int i;

	for (i = 0; i < nr_pmes; i++) {
		if (judge(&pmes[i]) == NONE)
			continue;
		if (!n++)
			first = pmes[i].from;
	}
	/* Nothing comes after the last one, which ends the round. */
	for (i = 0; i < nr_ops - 1; i++)
		clears += ops[i].clears && ops[i].to > first;
	return n < clears ? n : clears;
}

/* -- the guest's side ----------------------------------------------------------- */

static struct op *begin_op(const char *what)
{
	struct op *o = &ops[nr_ops];

	if (nr_ops == MAX_OPS)
		die("a round without end");
	memset(o, 0, sizeof(*o));
	snprintf(o->what, sizeof(o->what), "%s", what);
	o->from = pcifront_now_us();
	return o;
}

static void end_op(struct op *o)
{
	o->to = pcifront_now_us();
	o->enabled = enabled;
	o->down = down;
	nr_ops++;
}

static bool read_status(void)
{
	struct pcifront_result r = pcifront_read(0, pmcsr, 2);
	unsigned int value = r.value & 0xffff;
	unsigned int expected = (enabled ? PCI_PM_CTRL_PME_ENABLE : 0) |
				(down ? D3HOT : 0);
	bool set = value & PCI_PM_CTRL_PME_STATUS;

	if (r.err)
		die("PMCSR cannot be read: error %d", r.err);
	if ((value ^ expected) & ~PCI_PM_CTRL_PME_STATUS) {
		report("PMCSR is %04x, expected %04x", value, expected);
		wrong++;
	}
	if (status_seen && !set) {
		report("PME_Status was cleared by nobody");
		wrong++;
	}
	if (set && !status_seen)
		observed++;
	status_seen = set;
	return set;
}

static void write_pmcsr(const char *what, bool enable, bool d3hot, bool clear)
{
	unsigned int high = (enable ? PCI_PM_CTRL_PME_ENABLE : 0) |
			    (clear ? PCI_PM_CTRL_PME_STATUS : 0);
	unsigned int low = d3hot ? D3HOT : 0;
	struct op *o = begin_op(what);
	struct pcifront_result r;
	int tries = 0;

	o->clears = clear;
	do {
		if (tries)
			usleep(200000);
		if (enable == enabled && !clear && percent(50))
			r = pcifront_write(0, pmcsr, 1, low);
		else if (d3hot == down && percent(50))
			r = pcifront_write(0, pmcsr + 1, 1, high >> 8);
		else
			r = pcifront_write(0, pmcsr, percent(50) ? 2 : 4,
					   high | low);
	} while (r.err && ++tries < 10);
	if (r.err)
		die("%s: error %d", what, r.err);
	enabled = enable;
	down = d3hot;
	end_op(o);
	if (clear)
		status_seen = false;
}

/* A write that wakes what sleeps. */
static void write_config(void)
{
	struct op *o = begin_op("config write");
	struct pcifront_result r = pcifront_write(0, PCI_CACHE_LINE_SIZE, 1, 0);

	if (r.err)
		die("config write: error %d", r.err);
	end_op(o);
}

static void read_config_in_dom0(void)
{
	struct op *o = begin_op("dom0 reads config");
	char value[4];

	get_attribute("config", value, sizeof(value));
	end_op(o);
}

static void set_control(bool on)
{
	struct op *o = begin_op(on ? "control on" : "control auto");

	put_attribute("power/control", on ? "on" : "auto");
	control_on = on;
	end_op(o);
}

static void pause_for(uint64_t us)
{
	struct op *o = begin_op("pause");

	sleep_us(us);
	end_op(o);
}

static void wait_until_asleep(void)
{
	struct op *o = begin_op("until asleep");
	int i;

	for (i = 0; i < 300 && !asleep(); i++)
		usleep(5000);
	end_op(o);
}

static void missing(const char *when)
{
	lost++;
	report("LOST: no PME_Status %s", when);
}

/* As a guest's handler does: looks, until what is due is there, and clears it. */
static void handle(void)
{
	uint64_t began = pcifront_now_us();
	bool due = !control_on && is_due(began, true), set;
	struct op *o = begin_op("look at PME_Status");

	while (!(set = read_status()) && due &&
	       pcifront_now_us() < began + DELIVERED_US)
		usleep(2000);
	end_op(o);
	if (due && pcifront_now_us() - began > slowest)
		slowest = pcifront_now_us() - began;
	if (due && !set)
		missing("in time");
	if (set || due)
		write_pmcsr("clear PME_Status", enabled, down, true);
}

static void to_d0(void)
{
	bool due;

	/* Linux clears PME_En with the same write (pci_power_up()). */
	if (percent(30))
		write_pmcsr("D0, PME_En off", false, false, false);
	else
		write_pmcsr("D0", enabled, false, false);
	due = is_due(ops[nr_ops - 1].from, false);
	due_ones += due;
	if (!read_status() && due) {
		missing("after D0");
		/* Once is enough. */
		write_pmcsr("clear PME_Status", enabled, down, true);
	}
}

static void do_something(void)
{
	int what = any(100);

	if (what < 25)
		pause_for(some_time());
	else if (what < 40)
		handle();
	else if (what < 50)
		write_pmcsr("PME_En off", false, down, percent(10));
	else if (what < 62)
		write_pmcsr("PME_En on", true, down, percent(20));
	else if (what < 68)
		write_pmcsr("clear PME_Status", enabled, down, true);
	else if (what < 75)
		write_config();
	else if (what < 81)
		read_config_in_dom0();
	else if (what < 86)
		set_control(!control_on);
	else if (what < 92)
		to_d0();
	else
		write_pmcsr("D3hot", enabled, true, false);
}

/* -- rounds -------------------------------------------------------------------- */

static void set_up(void)
{
	static const char * const delays[] = { "0", "20", "100", "500" };

	put_attribute("power/autosuspend_delay_ms", delays[any(4)]);
	if (way != ACPI)
		return;
	put_attribute("d3cold_allowed", percent(60) ? "1" : "0");
	vaux = percent(60);
	put(INJECT "vaux", vaux ? "Y" : "N");
}

static void round_of(bool quiet)
{
	unsigned long before = pme_count(), grown;
	int bursts = quiet ? 0 : percent(50) ? 1 : 2 + any(4);
	int steps = any(5) + 2 * bursts, i, at;
	unsigned int most;

	nr_ops = 0;
	nr_pmes = 0;
	observed = 0;
	status_seen = false;
	set_up();
	pause_for(0);
	if (read_status()) {
		spurious++;
		report("SPURIOUS: PME_Status in D0");
	}

	at = bursts && percent(20) ? any(3) : 3;
	for (i = 0; i < 4; i++) {
		if (bursts && i == at) {
			begin_burst();
			bursts--;
		}
		if (i == 0 && percent(90))
			write_pmcsr("PME_En on", true, down, percent(50));
		else if (i == 0)
			write_pmcsr("PME_En off", false, down, false);
		else if (i == 1)
			write_pmcsr("D3hot", enabled, true, false);
		else if (i == 2 && percent(40))
			wait_until_asleep();
		else if (i == 2)
			pause_for(some_time());
	}
	for (i = 0; i < steps; i++) {
		if (bursts && percent(50)) {
			begin_burst();
			bursts--;
		}
		do_something();
	}
	wait_for_burst();
	if (percent(20))
		pause_for(some_time());
	if (control_on)
		set_control(false);
	if (percent(70))
		handle();
	to_d0();
	/* Of what came in D0 nothing is left after this. */
	write_pmcsr("clear PME_Status", enabled, down, true);
	if (read_status()) {
		wrong++;
		report("PME_Status cannot be cleared");
	}

	grown = pme_count() - before;
	most = most_events();
	events += grown;
	if (grown > most) {
		spurious += grown - most;
		report("SPURIOUS: %lu events, %u at most", grown, most);
	}
	if (grown < observed) {
		wrong++;
		report("%lu events, but PME_Status was seen %u times", grown,
		       observed);
	}
}

static unsigned long all_fired(void)
{
	unsigned long n = 0;
	int i;

	for (i = 0; i < KINDS; i++)
		n += fired[i];
	return n;
}

static void sum_up(void)
{
	printf("%s %s: PMEs %lu (acpi %lu, native %lu, status %lu), rounds %lu, quiet %lu, events %lu, due %lu, slowest %llu ms, lost %lu, spurious %lu, wrong %lu\n",
	       ways[way], bdf, all_fired(), fired[BY_ACPI], fired[BY_MESSAGE],
	       fired[BY_NOTHING], rounds, quiet_rounds, events, due_ones,
	       (unsigned long long)slowest / 1000, lost, spurious, wrong);
}

static void find_pmcsr(void)
{
	int cap = pcifront_read(0, PCI_CAPABILITY_LIST, 1).value & 0xff;

	while (cap && (pcifront_read(0, cap, 1).value & 0xff) != PCI_CAP_ID_PM)
		cap = pcifront_read(0, cap + PCI_CAP_LIST_NEXT, 1).value & 0xff;
	if (!cap)
		die("no PM capability");
	pmcsr = cap + PCI_PM_CTRL;
}

int main(int argc, char **argv)
{
	unsigned long total = 100;
	pthread_t other;
	int opt, id = 0;

	while ((opt = getopt(argc, argv, "i:s:n:")) != -1) {
		if (opt == 'i')
			id = atoi(optarg);
		else if (opt == 's')
			seed = strtoull(optarg, NULL, 0);
		else if (opt == 'n')
			total = strtoul(optarg, NULL, 0);
		else
			return 2;
	}
	while (optind < argc && way <= POLL && strcmp(argv[optind], ways[way]))
		way++;
	if (argc - optind != 2 || way > POLL) {
		fprintf(stderr, "usage: soak [-i ID] [-s SEED] [-n PMES] acpi|native|poll BDF\n");
		return 2;
	}
	bdf = argv[optind + 1];
	random_state = seed;
	setvbuf(stdout, NULL, _IOLBF, 0);

	pcifront_attach(id, argv + optind + 1, 1);
	find_pmcsr();
	if (pthread_create(&other, NULL, signal_pmes, NULL))
		die("no second thread");
	for (; all_fired() < total; rounds++) {
		bool quiet = percent(20);

		quiet_rounds += quiet;
		round_of(quiet);
		if (rounds % 100 == 99)
			sum_up();
	}
	pcifront_detach();
	sum_up();
	return lost || spurious || wrong;
}
