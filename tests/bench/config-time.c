// SPDX-License-Identifier: GPL-2.0-only
/*
 * config-time - how long operations on config space take, one beside the other
 *
 *   config-time [BDF... | -v BDF]
 *
 * It is a front end of those functions, if there are any, or the user of vfio-pci
 * who has that one. On stdin:
 *
 *   op NAME read N OFF SIZE           by xen-pciback, of the Nth function
 *   op NAME write N OFF SIZE VALUE
 *   op NAME dom0-read PATH OFF SIZE   of a config file in sysfs
 *   op NAME dom0-write PATH OFF SIZE VALUE
 *   op NAME put PATH TEXT             a line written to a file
 *   op NAME get PATH                  the file says itself how long something took
 *   op NAME wait PATH TEXT            until a file says that, and
 *   op NAME until N OFF SIZE MASK     until a bit of it reads as 1, by xen-pciback;
 *                                     since the operation before it began
 *   op NAME vfio-entry                low power, and an eventfd tells of its end
 *   op NAME vfio-exit
 *   op NAME vfio-read OFF SIZE
 *   op NAME vfio-told                 until the eventfd does; since likewise
 *   run BLOCKS ROUNDS [shuffled]      all of them in turn, so many rounds a block;
 *                                     shuffled: in another order each round, since
 *                                     each finds the caches as the last one left them
 *   clear                             there are none any more
 *
 * An op with the name "-" is done and not timed. For each other one a line
 *
 *   trip NAME NS...       or, while pciback-time is loaded,     inside NAME NS...
 *
 * says the median of each block, of how long the operation took as a whole, or
 * xen-pciback's handler within it. Whatever goes wrong ends the program.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "pcifront.h"
#include "vfio.h"

#define MAX_OPS		32
#define MAX_ROUNDS	1000
#define MAX_BLOCKS	100
#define WAIT_S		20
#define HANDLER		"/sys/module/pciback_time/parameters/last"

enum what {
	READ, WRITE, DOM0_READ, DOM0_WRITE, PUT, GET, WAIT, UNTIL,
	VFIO_ENTRY, VFIO_EXIT, VFIO_READ, VFIO_TOLD,
};

struct op {
	char name[32];
	enum what what;
	int function, offset, size;
	uint32_t value;
	char path[128], text[128];
	int fd;
	uint64_t ns[MAX_ROUNDS];
	uint64_t median[MAX_BLOCKS];
};

static struct op ops[MAX_OPS];
static int nr_ops;
static int handler = -1;
static uint64_t began;

static void __attribute__((noreturn)) die(const struct op *op, const char *why)
{
	fprintf(stderr, "config-time: %s %s: %s (%s)\n", op->name, op->path, why,
		strerror(errno));
	exit(1);
}

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static void get(const struct op *op, int fd, char *text, size_t size)
{
	ssize_t n = pread(fd, text, size - 1, 0);

	if (n < 0)
		die(op, "cannot be read");
	text[n] = '\0';
	text[strcspn(text, "\n")] = '\0';
}

static uint64_t get_ns(const struct op *op, int fd)
{
	char text[24];
	uint64_t ns;

	get(op, fd, text, sizeof(text));
	ns = strtoull(text, NULL, 10);
	if (!ns)
		die(op, "no time");
	return ns;
}

static bool is_reached(const struct op *op)
{
	struct pcifront_result r;
	char text[128];

	switch (op->what) {
	case WAIT:
		get(op, op->fd, text, sizeof(text));
		return !strcmp(text, op->text);
	case UNTIL:
		r = pcifront_read(op->function, op->offset, op->size);
		if (r.err)
			die(op, "failed");
		return r.value & op->value;
	default:
		return vfio_told();
	}
}

/* What is timed is looked at more closely, which takes the processor from others. */
static void wait_until(const struct op *op)
{
	useconds_t pause = strcmp(op->name, "-") ? 50 : 2000;
	uint64_t end = now_ns() + WAIT_S * 1000000000ull;

	while (!is_reached(op)) {
		if (now_ns() > end)
			die(op, "not reached");
		usleep(pause);
	}
}

static void do_op(struct op *op, int round)
{
	struct pcifront_result r = { 0 };
	char line[136];
	uint32_t value;
	uint64_t start;
	ssize_t n = 0;

	if (op->what == WAIT || op->what == UNTIL || op->what == VFIO_TOLD) {
		wait_until(op);
		op->ns[round] = now_ns() - began;
		return;
	} else if (op->what == GET) {
		op->ns[round] = get_ns(op, op->fd);
		return;
	}

	snprintf(line, sizeof(line), "%s\n", op->text);
	start = now_ns();
	began = start;
	switch (op->what) {
	case READ:
		r = pcifront_read(op->function, op->offset, op->size);
		break;
	case WRITE:
		r = pcifront_write(op->function, op->offset, op->size, op->value);
		break;
	case DOM0_READ:
		n = pread(op->fd, &value, op->size, op->offset);
		break;
	case DOM0_WRITE:
		n = pwrite(op->fd, &op->value, op->size, op->offset);
		break;
	case VFIO_ENTRY:
		n = vfio_entry();
		break;
	case VFIO_EXIT:
		n = vfio_exit();
		break;
	case VFIO_READ:
		n = vfio_read(op->offset, op->size, &value);
		break;
	default:
		n = pwrite(op->fd, line, strlen(line), 0);
	}
	op->ns[round] = now_ns() - start;
	if (r.err || n < 0)
		die(op, "failed");
	if (handler >= 0 && (op->what == READ || op->what == WRITE))
		op->ns[round] = get_ns(op, handler);
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static void shuffle(int *order, int n)
{
	int i, other, swap;

	for (i = n - 1; i > 0; i--) {
		other = rand() % (i + 1);
		swap = order[i];
		order[i] = order[other];
		order[other] = swap;
	}
}

static void run(int blocks, int rounds, bool shuffled)
{
	const char *what = "trip";
	int order[MAX_OPS];
	int block, round, i;

	for (i = 0; i < nr_ops; i++)
		order[i] = i;

	handler = open(HANDLER, O_RDONLY);
	if (handler >= 0)
		what = "inside";
	for (block = 0; block < blocks; block++) {
		for (round = 0; round < rounds; round++) {
			if (shuffled)
				shuffle(order, nr_ops);
			for (i = 0; i < nr_ops; i++)
				do_op(&ops[order[i]], round);
		}
		for (i = 0; i < nr_ops; i++) {
			qsort(ops[i].ns, rounds, sizeof(ops[i].ns[0]), compare);
			ops[i].median[block] = ops[i].ns[rounds / 2];
		}
	}
	for (i = 0; i < nr_ops; i++) {
		if (!strcmp(ops[i].name, "-"))
			continue;
		printf("%s %s", what, ops[i].name);
		for (block = 0; block < blocks; block++)
			printf(" %llu", (unsigned long long)ops[i].median[block]);
		printf("\n");
	}
	if (handler >= 0)
		close(handler);
}

static void clear(void)
{
	while (nr_ops)
		if (ops[--nr_ops].fd >= 0)
			close(ops[nr_ops].fd);
}

static bool parse(const char *line, struct op *op)
{
	char what[16];
	int at = 0;

	memset(op, 0, sizeof(*op));
	op->fd = -1;
	if (sscanf(line, "op %31s %15s %n", op->name, what, &at) != 2)
		return false;
	line += at;
	if (!strcmp(what, "read")) {
		op->what = READ;
		return sscanf(line, "%d %i %d", &op->function, &op->offset,
			      &op->size) == 3;
	} else if (!strcmp(what, "write")) {
		op->what = WRITE;
		return sscanf(line, "%d %i %d %i", &op->function, &op->offset,
			      &op->size, (int *)&op->value) == 4;
	} else if (!strcmp(what, "dom0-read")) {
		op->what = DOM0_READ;
		return sscanf(line, "%127s %i %d", op->path, &op->offset,
			      &op->size) == 3 && op->size <= 4;
	} else if (!strcmp(what, "dom0-write")) {
		op->what = DOM0_WRITE;
		return sscanf(line, "%127s %i %d %i", op->path, &op->offset,
			      &op->size, (int *)&op->value) == 4 &&
		       op->size <= 4;
	} else if (!strcmp(what, "put")) {
		op->what = PUT;
		return sscanf(line, "%127s %127[^\n]", op->path, op->text) == 2;
	} else if (!strcmp(what, "get")) {
		op->what = GET;
		return sscanf(line, "%127s", op->path) == 1;
	} else if (!strcmp(what, "wait")) {
		op->what = WAIT;
		return sscanf(line, "%127s %127s", op->path, op->text) == 2;
	} else if (!strcmp(what, "until")) {
		op->what = UNTIL;
		return sscanf(line, "%d %i %d %i", &op->function, &op->offset,
			      &op->size, (int *)&op->value) == 4;
	} else if (!strcmp(what, "vfio-entry")) {
		op->what = VFIO_ENTRY;
		return true;
	} else if (!strcmp(what, "vfio-exit")) {
		op->what = VFIO_EXIT;
		return true;
	} else if (!strcmp(what, "vfio-read")) {
		op->what = VFIO_READ;
		return sscanf(line, "%i %d", &op->offset, &op->size) == 2 &&
		       op->size <= 4;
	} else if (!strcmp(what, "vfio-told")) {
		op->what = VFIO_TOLD;
		return true;
	}
	return false;
}

static bool command(const char *line)
{
	char shuffled[16] = "";
	int blocks, rounds;
	struct op *op;

	if (!strcmp(line, "clear\n")) {
		clear();
		return true;
	}
	if (sscanf(line, "run %d %d %15s", &blocks, &rounds, shuffled) >= 2) {
		if (blocks < 1 || blocks > MAX_BLOCKS || rounds < 1 ||
		    rounds > MAX_ROUNDS)
			return false;
		run(blocks, rounds, !strcmp(shuffled, "shuffled"));
		return true;
	}
	if (nr_ops == MAX_OPS || !parse(line, &ops[nr_ops]))
		return false;
	op = &ops[nr_ops++];
	if (op->path[0]) {
		op->fd = open(op->path, op->what == PUT || op->what == DOM0_WRITE ?
					O_WRONLY : O_RDONLY);
		if (op->fd < 0)
			die(op, "cannot be opened");
	}
	return true;
}

int main(int argc, char **argv)
{
	bool vfio = argc == 3 && !strcmp(argv[1], "-v");
	bool pcifront = argc > 1 && !vfio;
	char line[256];

	if (argc - 1 > PCIFRONT_MAX_FUNCTIONS) {
		fprintf(stderr, "usage: config-time [BDF... | -v BDF]\n");
		return 2;
	}
	if (vfio)
		vfio_open(argv[2]);
	if (pcifront)
		pcifront_attach(0, argv + 1, argc - 1);
	while (fgets(line, sizeof(line), stdin))
		if (line[0] != '\n' && !command(line)) {
			fprintf(stderr, "config-time: what is %s", line);
			return 2;
		}
	if (pcifront)
		pcifront_detach();
	return 0;
}
