/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the host and the front ends of fuzz know of each other; see fuzz.c.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stdint.h>

/* In a slot with power of its own; with none; and never hooked. */
enum { SLOT, OTHER, BYSTANDER, FUNCTIONS };

#define FRONT_ENDS	2

#define HOST_HISTORY	12

/* Nothing was run for longer than that: the machine did not get its processors. */
#define STOOD_STILL_US	300000

/*
 * Something that the host changes. While it does so the count is odd: what lies
 * between two looks at the same even count had it as it is.
 */
struct changing {
	uint32_t count;
	bool is;
};

struct fuzz_guest {
	uint64_t operations, malformed, torn, writes, d3hot, d0, checked;
	/* PMC and PMCSR in all bits; with PME_En; with PME_Status. */
	uint64_t exact, enabled, told;
	uint64_t sessions, failed_sessions, refused;
	uint64_t longest_us;
	bool connected, done;
	/* To xenstore, and waits for what comes of it. */
	bool talks;
	/* With its function, in a way that stock does not have beside a reset. */
	bool meddles;
};

struct fuzz_shared {
	const char *bdf[FUNCTIONS];
	uint64_t seed;
	/* How long the machine stood still, all in all; noted until it is over. */
	uint64_t stood_us;
	bool over;
	struct changing hooked[FUNCTIONS], bound[FUNCTIONS], powered[FUNCTIONS];
	/* The host itself. */
	struct changing awake;
	/*
	 * It is about to sleep. xenstored is frozen then, and xenwatch may wait for
	 * it with the lock of a back end that the PM core wants, also in stock. So
	 * no back end comes or goes meanwhile.
	 */
	bool sleepy;
	/*
	 * About to be taken from its front end, and reset. xen_pcibk_control_isr() is
	 * called by the worker and by who unbinds, without a lock, and frees an
	 * interrupt twice, after a read as well if it decodes; what the worker writes
	 * after the reset is there for good; and __xen_pcibk_release_devices() may find
	 * that it is not stock's any more. So nobody meddles with it meanwhile.
	 */
	bool leaving[FUNCTIONS];
	/* One is fired, and those are told that listen; by one at a time. */
	struct changing pmes[FUNCTIONS];
	bool firing;
	struct fuzz_guest guest[FRONT_ENDS];
	uint32_t wrong;
	/* What the host has written last, for who wonders about an answer. */
	char did[HOST_HISTORY][100];
	uint32_t nr_did;
};

extern struct fuzz_shared *fuzz;

/* Prints a line; the first ones of many. */
void wrong(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* A PME of that kind (pme-inject), told to who listens when it returns. */
void fire_pme(int function, const char *kind);

/* Front end @id makes @total operations, then returns. */
void fuzz_guest(int id, uint64_t total);

/* The host does what it does until the front ends are done; then all is as before. */
void fuzz_host(void);

static inline void begin_change(struct changing *c)
{
	__atomic_add_fetch(&c->count, 1, __ATOMIC_SEQ_CST);
}

static inline void end_change(struct changing *c, bool is)
{
	__atomic_store_n(&c->is, is, __ATOMIC_SEQ_CST);
	__atomic_add_fetch(&c->count, 1, __ATOMIC_SEQ_CST);
}

static inline uint32_t count_of(const struct changing *c)
{
	return __atomic_load_n(&c->count, __ATOMIC_SEQ_CST);
}

/* Was it the same all the while, between two looks at the count? */
static inline bool steady(uint32_t before, uint32_t after)
{
	return before == after && !(before & 1);
}

#endif
