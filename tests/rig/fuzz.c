// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz - hostile front ends against a host that changes everything
 *
 *   fuzz [-s SEED] [-n OPERATIONS] SLOT OTHER BYSTANDER
 *
 * Two front ends, one of SLOT and BYSTANDER, one of OTHER, come, do whatever a
 * front end can do, and go, over and over (fuzz-guest.c). Meanwhile dom0's
 * administrator, its hardware and its own sleep do what they do (fuzz-host.c).
 * SLOT and OTHER are named in `devices`, most of the time; BYSTANDER never is.
 *
 * Each of the three is a process, and each draws what it does from the seed
 * alone: the front end I has in its session N the same operations whenever the
 * seed is the same, and the host the same things in the same order. What a seed
 * does not repeat is how the three interleave: what a front end is in the middle
 * of when the host does something; how many sessions it takes to make the
 * operations, since one that the host has just taken the function from ends at
 * once; and how many things the host does in that time.
 *
 * What an answer has to be is known where the host did not change, during the
 * operation, that which it depends on. The host says when it changes what (struct
 * changing), and the front ends look before and after. So these are checked:
 * - errors, of what is malformed or not for this front end at any time, and of
 *   reads as long as the function is bound to pciback;
 * - PMC and PMCSR, all bits, by src/vpm.c, while the function is hooked; in stock,
 *   PowerState, which is what was written last even if the function was hooked or
 *   given back meanwhile;
 * - PME_Status is not set unless a PME was fired, and nobody clears it but its
 *   guest;
 * - identity, lists of capabilities and the like: always the same;
 * - a register that a guest can write (Cache Line Size) keeps what was written,
 *   through any sleep, wake, unhook and sleep of the host;
 * - no operation takes longer than BOUND_US (fuzz-guest.c), which is generous,
 *   and longer where the rig is to be patient, not counting what the machine as a
 *   whole stood still;
 * - D0 is refused only while the power is not as it should be or the host
 *   sleeps, and shortly after that.
 * After operations that were torn apart in the shared page, PMCSR is read anew, and
 * from then on that has to stay.
 *
 * Not done:
 * - What differential leaves out: function level resets, for one, since no
 *   function is permissive here.
 * - Errors (AER), and resets by dom0's administrator.
 * - A PME of a function that stock has while a guest writes PMCSR: in stock either may
 *   undo the other (pci_check_pme_status()), so PowerState is read anew.
 * - Writes, but of PMCSR, and MSI's operations of a function that dom0 unbinds or
 *   removes in that moment, hooked before or not, and all that there is of one that
 *   decodes: xen_pcibk_control_isr() has no lock, and with who resets it,
 *   pcistub_put_pci_dev(), frees its interrupt twice. Nor does a front end then
 *   end, or plug it: pcistub_put_pci_dev() warns of a function that
 *   pcistub_remove() has just taken off its list.
 * - Sleeps of the host while a back end comes or goes: with xenstored frozen, stock
 *   does not get through them (struct fuzz_shared). Nor S3 all the way: sleep-soak
 *   has that.
 * - While the power has failed and the function is not back, names, loading, binding
 *   and sleep stay as they are: dead-power has these.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "chance.h"
#include "fuzz.h"
#include "pcifront.h"

#define MAX_REPORTS	20

uint64_t random_state;
struct fuzz_shared *fuzz;

void wrong(const char *fmt, ...)
{
	char text[600];
	va_list ap;

	if (__atomic_add_fetch(&fuzz->wrong, 1, __ATOMIC_SEQ_CST) > MAX_REPORTS)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	printf("WRONG: seed %llu: %s\n", (unsigned long long)fuzz->seed, text);
}

static pid_t begin(void (*what)(int), int number)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0) {
		perror("fork");
		exit(1);
	}
	if (pid)
		return pid;
	random_state = fuzz->seed + ((uint64_t)number << 32);
	what(number);
	exit(0);
}

static uint64_t total = 20000;

/* The one with power of its own takes longer for each. */
static void guest(int id)
{
	fuzz_guest(id, id ? total - total / 2 : total / 2);
	fuzz->guest[id].done = true;
}

static void host(int number)
{
	(void)number;
	fuzz_host();
}

/*
 * An emulated machine gets no processor for seconds where others want it: nobody is
 * late by that.
 */
static void watch(int number)
{
	uint64_t began, took;

	(void)number;
	while (!__atomic_load_n(&fuzz->over, __ATOMIC_SEQ_CST)) {
		began = pcifront_now_us();
		usleep(STOOD_STILL_US / 10);
		took = pcifront_now_us() - began;
		if (took > STOOD_STILL_US)
			__atomic_add_fetch(&fuzz->stood_us, took,
					   __ATOMIC_SEQ_CST);
	}
}

static void sum_up(int id)
{
	const struct fuzz_guest *g = &fuzz->guest[id];

	printf("front end %d: operations %llu, checked %llu, PMCSR %llu, with PME_En %llu, with PME_Status %llu, writes %llu, malformed %llu, torn %llu, D3hot %llu, D0 %llu, refused %llu, sessions %llu, failed %llu, longest %llu ms\n",
	       id, (unsigned long long)g->operations,
	       (unsigned long long)g->checked, (unsigned long long)g->exact,
	       (unsigned long long)g->enabled, (unsigned long long)g->told,
	       (unsigned long long)g->writes, (unsigned long long)g->malformed,
	       (unsigned long long)g->torn,
	       (unsigned long long)g->d3hot, (unsigned long long)g->d0,
	       (unsigned long long)g->refused, (unsigned long long)g->sessions,
	       (unsigned long long)g->failed_sessions,
	       (unsigned long long)g->longest_us / 1000);
}

static void wait_for(pid_t pid, const char *who)
{
	int status;

	if (waitpid(pid, &status, 0) != pid || status)
		wrong("%s ended with status %x", who, status);
}

int main(int argc, char **argv)
{
	uint64_t seed = 0, operations = 0;
	pid_t guests[FRONT_ENDS], other, watcher;
	int opt, i;

	while ((opt = getopt(argc, argv, "s:n:")) != -1) {
		if (opt == 's')
			seed = strtoull(optarg, NULL, 0);
		else if (opt == 'n')
			total = strtoull(optarg, NULL, 0);
		else
			return 2;
	}
	if (argc - optind != FUNCTIONS) {
		fprintf(stderr, "usage: fuzz [-s SEED] [-n OPERATIONS] SLOT OTHER BYSTANDER\n");
		return 2;
	}
	fuzz = mmap(NULL, sizeof(*fuzz), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (fuzz == MAP_FAILED) {
		perror("mmap");
		return 1;
	}
	fuzz->seed = seed;
	for (i = 0; i < FUNCTIONS; i++) {
		fuzz->bdf[i] = argv[optind + i];
		fuzz->hooked[i].is = i != BYSTANDER;
		fuzz->bound[i].is = true;
		fuzz->powered[i].is = true;
	}
	fuzz->awake.is = true;
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("seed %llu, operations %llu\n", (unsigned long long)seed,
	       (unsigned long long)total);

	for (i = 0; i < FRONT_ENDS; i++)
		guests[i] = begin(guest, i);
	other = begin(host, FRONT_ENDS);
	watcher = begin(watch, FRONT_ENDS + 1);
	for (i = 0; i < FRONT_ENDS; i++) {
		wait_for(guests[i], "a front end");
		/* However it ended. */
		fuzz->guest[i].done = true;
	}
	wait_for(other, "the host");
	__atomic_store_n(&fuzz->over, true, __ATOMIC_SEQ_CST);
	wait_for(watcher, "who watches");

	for (i = 0; i < FRONT_ENDS; i++) {
		operations += fuzz->guest[i].operations;
		sum_up(i);
	}
	printf("operations %llu, wrong %u, stood still for %llu ms\n",
	       (unsigned long long)operations, fuzz->wrong,
	       (unsigned long long)fuzz->stood_us / 1000);
	return fuzz->wrong || operations < total;
}
