// SPDX-License-Identifier: GPL-2.0-only
/*
 * frontend - a PCI front end in user space
 *
 * Speaks the xen-pciback protocol from dom0 itself, with domain id 0 on both
 * sides, so that everything a guest can ask of the back end can be asked
 * without a guest. Usage: frontend [-i ID] BDF...
 *
 * One command a line on stdin. Every command is answered by exactly one line
 * that begins with "= ", possibly after some that begin with "- ":
 *
 *   read OFF SIZE            = VALUE ERR MICROSECONDS [timeout]
 *   write OFF SIZE VALUE     = VALUE ERR MICROSECONDS [timeout]
 *   post OFF SIZE VALUE      = VALUE 0 0   as write, but the answer is not
 *                              waited for before the next operation
 *   time OFF SIZE N          = MIN MEAN MAX ERRORS
 *   repeat MS OFF SIZE VALUE [OFF SIZE VALUE...]
 *                            = COUNT MAX ERRORS     writes one after the other, or
 *                              reads where VALUE is r, again and again for so long;
 *                              COUNT of single ones, the longest in MICROSECONDS
 *   dump WIDTH [FROM TO]     - OFF: VALUE VALUE...   = 0 ERRORS MICROSECONDS [timeout]
 *                              up to the first that is not answered
 *   raw on|off               = 1|0 0 0     see pcifront_read()
 *   msi on|off               = VALUE ERR MICROSECONDS [timeout]
 *   msix N|off               = VALUE ERR MICROSECONDS [timeout]
 *   dev N                    = N 0 0       later commands go to the Nth BDF
 *   detach N                 = N ERR MICROSECONDS    hot-unplug of the Nth BDF
 *   attach N                 = N ERR MICROSECONDS    and its return
 *   state N                  = N 0 0       of the front end, whatever comes of it
 *   quit                     = 0 0 0       detach cleanly, as does end of file
 *   die                      (no answer)   leave at once, xenstore as it is
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pcifront.h"

#define CONFIG_SPACE	256
#define CONFIG_SPACE_EXT 4096

static int functions;
static int current;
static bool raw;

/* Linux takes what it asked for; "raw on" shows all that came. */
static struct pcifront_result config_read(int offset, int size)
{
	struct pcifront_result r = pcifront_read(current, offset, size);

	if (!raw && (size == 1 || size == 2))
		r.value &= (1u << (8 * size)) - 1;
	return r;
}

static void answer(struct pcifront_result r, int size)
{
	printf("= 0x%0*x %d %llu%s\n", size == 1 || size == 2 ? size * 2 : 8,
	       r.value, r.err, (unsigned long long)r.us,
	       r.timeout ? " timeout" : "");
}

static void cmd_post(int offset, int size, uint32_t value)
{
	struct xen_pci_op op = {
		.cmd = XEN_PCI_OP_conf_write, .offset = offset, .size = size,
		.value = value,
	};

	pcifront_post(current, &op);
	printf("= 0x%x 0 0\n", value);
}

static void cmd_time(int offset, int size, int n)
{
	uint64_t min = UINT64_MAX, max = 0, sum = 0;
	int i, errors = 0;

	for (i = 0; i < n; i++) {
		struct pcifront_result r = config_read(offset, size);

		errors += r.err != 0;
		sum += r.us;
		if (r.us < min)
			min = r.us;
		if (r.us > max)
			max = r.us;
	}
	printf("= %llu %llu %llu %d\n", n ? (unsigned long long)min : 0,
	       n ? (unsigned long long)sum / n : 0, (unsigned long long)max,
	       errors);
}

static void cmd_repeat(int ms, const char *list)
{
	uint64_t end = pcifront_now_us() + ms * 1000ull, max = 0;
	int count = 0, errors = 0, n;
	long offset, size;
	char value[16];
	const char *at;

	while (pcifront_now_us() < end) {
		for (at = list; sscanf(at, "%li %li %15s%n", &offset, &size,
				       value, &n) == 3; at += n) {
			struct pcifront_result r;

			r = *value == 'r' ? config_read(offset, size) :
					    pcifront_write(current, offset, size,
							   strtoul(value, NULL, 0));
			count++;
			errors += r.err != 0;
			if (r.us > max)
				max = r.us;
		}
		if (at == list)
			break;
	}
	printf("= %d %llu %d\n", count, (unsigned long long)max, errors);
}

static void cmd_dump(int width, int from, int to)
{
	struct pcifront_result total = { 0 };
	int offset, i;

	for (offset = from; offset < to; offset += 16) {
		printf("- %03x:", offset);
		for (i = 0; i < 16; i += width) {
			struct pcifront_result r = config_read(offset + i, width);

			total.us += r.us;
			/* Who does not answer would not answer all the rest. */
			total.timeout = r.timeout;
			if (r.timeout) {
				printf(" timeout\n");
				answer(total, 4);
				return;
			}
			if (r.err) {
				total.err++;
				printf(" E%d", r.err);
			} else {
				printf(" %0*x", width * 2, r.value);
			}
		}
		printf("\n");
	}
	answer(total, 4);
}

static void cmd_msi(const char *arg)
{
	struct xen_pci_op op = {
		.cmd = strcmp(arg, "on") ? XEN_PCI_OP_disable_msi :
					   XEN_PCI_OP_enable_msi,
	};

	answer(pcifront_op(current, &op), 4);
}

static void cmd_msix(const char *arg)
{
	struct xen_pci_op op = { .cmd = XEN_PCI_OP_disable_msix };
	unsigned int i;

	if (strcmp(arg, "off")) {
		op.cmd = XEN_PCI_OP_enable_msix;
		op.value = strtoul(arg, NULL, 0);
		if (op.value > SH_INFO_MAX_VEC)
			op.value = SH_INFO_MAX_VEC;
		for (i = 0; i < op.value; i++)
			op.msix_entries[i].entry = i;
	}
	answer(pcifront_op(current, &op), 4);
}

static bool command(char *line)
{
	char word[16] = "", arg[16] = "";
	long a = 0, b = 0, v;
	int n;
	uint64_t start;

	n = sscanf(line, "%15s", word);
	if (n < 1)
		return true;
	if (!strcmp(word, "quit"))
		return false;
	if (!strcmp(word, "die"))
		_exit(0);

	if (!strcmp(word, "read") && sscanf(line, "%*s %li %li", &a, &b) == 2) {
		answer(config_read(a, b), b);
	} else if (!strcmp(word, "write") &&
		   sscanf(line, "%*s %li %li %li", &a, &b, &v) == 3) {
		struct pcifront_result r = pcifront_write(current, a, b, v);

		r.value = v;
		answer(r, b);
	} else if (!strcmp(word, "post") &&
		   sscanf(line, "%*s %li %li %li", &a, &b, &v) == 3) {
		cmd_post(a, b, v);
	} else if (!strcmp(word, "state") && sscanf(line, "%*s %li", &a) == 1) {
		pcifront_state(a);
		printf("= %ld 0 0\n", a);
	} else if (!strcmp(word, "time") &&
		   sscanf(line, "%*s %li %li %li", &a, &b, &v) == 3) {
		cmd_time(a, b, v);
	} else if (!strcmp(word, "repeat") &&
		   sscanf(line, "%*s %li%n", &a, &n) == 1) {
		cmd_repeat(a, line + n);
	} else if (!strcmp(word, "dump") && sscanf(line, "%*s %li", &a) == 1 &&
		   (a == 1 || a == 2 || a == 4)) {
		int from = 0, to = CONFIG_SPACE;

		if (sscanf(line, "%*s %*s %i %i", &from, &to) == 2 &&
		    (from & 15 || from < 0 || to > CONFIG_SPACE_EXT))
			goto bad;
		cmd_dump(a, from, to);
	} else if (!strcmp(word, "raw") && sscanf(line, "%*s %15s", arg) == 1) {
		raw = !strcmp(arg, "on");
		printf("= %d 0 0\n", raw);
	} else if (!strcmp(word, "msi") && sscanf(line, "%*s %15s", arg) == 1) {
		cmd_msi(arg);
	} else if (!strcmp(word, "msix") && sscanf(line, "%*s %15s", arg) == 1) {
		cmd_msix(arg);
	} else if (sscanf(line, "%*s %li", &a) == 1 && a >= 0 && a < functions) {
		start = pcifront_now_us();
		if (!strcmp(word, "dev"))
			current = a;
		else if (!strcmp(word, "detach"))
			b = pcifront_reconfigure(a, false);
		else if (!strcmp(word, "attach"))
			b = pcifront_reconfigure(a, true);
		else
			goto bad;
		printf("= %ld %ld %llu\n", a, b,
		       (unsigned long long)(pcifront_now_us() - start));
	} else {
		goto bad;
	}
	return true;

bad:
	printf("= - bad-command 0\n");
	return true;
}

int main(int argc, char **argv)
{
	char line[256];
	int opt, id = 0;

	while ((opt = getopt(argc, argv, "i:")) != -1) {
		if (opt != 'i')
			return 2;
		id = atoi(optarg);
	}
	functions = argc - optind;
	if (functions < 1 || functions > PCIFRONT_MAX_FUNCTIONS) {
		fprintf(stderr, "usage: frontend [-i ID] BDF...\n");
		return 2;
	}

	setvbuf(stdout, NULL, _IOLBF, 0);
	pcifront_attach(id, argv + optind, functions);
	printf("= ready 0 0\n");
	while (fgets(line, sizeof(line), stdin) && command(line))
		;
	pcifront_detach();
	printf("= 0 0 0\n");
	return 0;
}
