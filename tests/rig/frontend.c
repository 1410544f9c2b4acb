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
 *   time OFF SIZE N          = MIN MEAN MAX ERRORS
 *   dump WIDTH [FROM TO]     - OFF: VALUE VALUE...   = 0 ERRORS MICROSECONDS
 *   raw on|off               = 1|0 0 0     see config_read()
 *   msi on|off               = VALUE ERR MICROSECONDS [timeout]
 *   msix N|off               = VALUE ERR MICROSECONDS [timeout]
 *   dev N                    = N 0 0       later commands go to the Nth BDF
 *   detach N                 = N ERR MICROSECONDS    hot-unplug of the Nth BDF
 *   attach N                 = N ERR MICROSECONDS    and its return
 *   quit                     = 0 0 0       detach cleanly, as does end of file
 *   die                      (no answer)   leave at once, xenstore as it is
 */
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <xenevtchn.h>
#include <xengnttab.h>
#include <xenstore.h>

typedef uint32_t grant_ref_t;
#include <xen/xen.h>
#include <xen/io/pciif.h>
#include <xen/io/xenbus.h>

/* After as long as that a Linux guest takes its back end for dead. */
#define OP_TIMEOUT_US	2000000
#define STATE_TIMEOUT_US 10000000
#define MAX_FUNCTIONS	8
#define CONFIG_SPACE	256
#define CONFIG_SPACE_EXT 4096

static struct xs_handle *xs;
static xenevtchn_handle *evtchn;
static evtchn_port_t port;
static struct xen_pci_sharedinfo *shared;
static char front[64], back[64];

static const char *bdf[MAX_FUNCTIONS];
static int functions;
static struct {
	uint32_t domain, bus, devfn;
} address[MAX_FUNCTIONS];
static int current;
static bool raw;

static void die(const char *what)
{
	fprintf(stderr, "frontend: %s: %s\n", what, strerror(errno));
	exit(1);
}

static uint64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000ull + t.tv_nsec / 1000;
}

static void __attribute__((format(printf, 4, 5)))
put(xs_transaction_t t, const char *dir, const char *key, const char *fmt, ...)
{
	char path[160], value[160];
	va_list ap;

	snprintf(path, sizeof(path), "%s/%s", dir, key);
	va_start(ap, fmt);
	vsnprintf(value, sizeof(value), fmt, ap);
	va_end(ap);
	if (!xs_write(xs, t, path, value, strlen(value)))
		die(path);
}

/* The value of a key, or "" where there is none, in a static buffer. */
static const char *get(const char *dir, const char *key)
{
	static char value[160];
	char path[160], *read;
	unsigned int len;

	value[0] = '\0';
	snprintf(path, sizeof(path), "%s/%s", dir, key);
	read = xs_read(xs, XBT_NULL, path, &len);
	if (read)
		snprintf(value, sizeof(value), "%s", read);
	free(read);
	return value;
}

static int back_state(void)
{
	return atoi(get(back, "state"));
}

static bool wait_back_state(int state)
{
	uint64_t end = now_us() + STATE_TIMEOUT_US;

	while (back_state() != state) {
		if (now_us() > end) {
			fprintf(stderr, "frontend: back end in state %d, not %d\n",
				back_state(), state);
			return false;
		}
		usleep(2000);
	}
	return true;
}

static int read_addresses(void)
{
	char key[16];
	int i;

	for (i = 0; i < functions; i++) {
		unsigned int domain, bus, slot, func;

		snprintf(key, sizeof(key), "vdev-%d", i);
		if (sscanf(get(back, key), "%x:%x:%x.%x",
			   &domain, &bus, &slot, &func) != 4)
			return -1;
		address[i].domain = domain;
		address[i].bus = bus;
		address[i].devfn = slot << 3 | func;
	}
	return 0;
}

static void put_function(xs_transaction_t t, int i)
{
	char key[16];

	snprintf(key, sizeof(key), "dev-%d", i);
	put(t, back, key, "%s", bdf[i]);
	snprintf(key, sizeof(key), "key-%d", i);
	put(t, back, key, "%s", bdf[i]);
	snprintf(key, sizeof(key), "opts-%d", i);
	put(t, back, key, "msitranslate=0,power_mgmt=0,permissive=0");
	snprintf(key, sizeof(key), "state-%d", i);
	put(t, back, key, "%d", XenbusStateInitialising);
}

static void attach(int id)
{
	xengntshr_handle *gntshr;
	xs_transaction_t t;
	uint32_t ref;
	int i;

	snprintf(front, sizeof(front), "/local/domain/0/device/pci/%d", id);
	snprintf(back, sizeof(back), "/local/domain/0/backend/pci/0/%d", id);

	xs = xs_open(0);
	if (!xs)
		die("xenstore");
	gntshr = xengntshr_open(NULL, 0);
	if (!gntshr)
		die("gntshr");
	shared = xengntshr_share_pages(gntshr, 0, 1, &ref, 1);
	if (!shared)
		die("sharing a page");
	memset(shared, 0, sizeof(*shared));
	evtchn = xenevtchn_open(NULL, 0);
	if (!evtchn)
		die("evtchn");
	port = xenevtchn_bind_unbound_port(evtchn, 0);

	/* All or nothing, or the back end would start on half of it. */
	do {
		t = xs_transaction_start(xs);
		if (!t)
			die("transaction");
		put(t, front, "backend", "%s", back);
		put(t, front, "backend-id", "0");
		put(t, front, "state", "%d", XenbusStateInitialising);
		put(t, back, "frontend", "%s", front);
		put(t, back, "frontend-id", "0");
		put(t, back, "online", "1");
		put(t, back, "domain", "rig");
		put(t, back, "num_devs", "%d", functions);
		for (i = 0; i < functions; i++)
			put_function(t, i);
		put(t, back, "state", "%d", XenbusStateInitialising);
	} while (!xs_transaction_end(xs, t, false) && errno == EAGAIN);

	if (!wait_back_state(XenbusStateInitialised))
		exit(1);
	put(XBT_NULL, front, "pci-op-ref", "%u", ref);
	put(XBT_NULL, front, "event-channel", "%d", port);
	put(XBT_NULL, front, "magic", "%s", XEN_PCI_MAGIC);
	put(XBT_NULL, front, "state", "%d", XenbusStateInitialised);
	if (!wait_back_state(XenbusStateConnected))
		exit(1);
	put(XBT_NULL, front, "state", "%d", XenbusStateConnected);
	if (read_addresses()) {
		fprintf(stderr, "frontend: no addresses published\n");
		exit(1);
	}
}

static void detach(void)
{
	put(XBT_NULL, front, "state", "%d", XenbusStateClosing);
	wait_back_state(XenbusStateClosing);
	/* A toolstack says so before the last step, or the back end stays. */
	put(XBT_NULL, back, "online", "0");
	put(XBT_NULL, front, "state", "%d", XenbusStateClosed);
	wait_back_state(XenbusStateClosed);
	xs_rm(xs, XBT_NULL, back);
	xs_rm(xs, XBT_NULL, front);
}

/* Hot-unplug or hot-plug of one function, as libxl and a Linux guest do it. */
static int reconfigure(int i, bool plug)
{
	char key[16];

	snprintf(key, sizeof(key), "state-%d", i);
	put(XBT_NULL, back, key, "%d",
	    plug ? XenbusStateInitialising : XenbusStateClosing);
	put(XBT_NULL, back, "state", "%d", XenbusStateReconfiguring);
	put(XBT_NULL, front, "state", "%d", XenbusStateReconfiguring);
	if (!wait_back_state(XenbusStateReconfigured))
		return -1;
	if (!plug)
		put(XBT_NULL, back, key, "%d", XenbusStateClosed);
	put(XBT_NULL, front, "state", "%d", XenbusStateConnected);
	if (!wait_back_state(XenbusStateConnected))
		return -1;
	return plug ? read_addresses() : 0;
}

struct result {
	uint32_t value;
	int err;
	uint64_t us;
	bool timeout;
};

static struct result do_op(struct xen_pci_op *op)
{
	struct result r = { 0 };
	uint64_t start;

	op->domain = address[current].domain;
	op->bus = address[current].bus;
	op->devfn = address[current].devfn;
	memcpy(&shared->op, op, sizeof(*op));

	start = now_us();
	__atomic_or_fetch(&shared->flags, XEN_PCIF_active, __ATOMIC_SEQ_CST);
	xenevtchn_notify(evtchn, port);

	while (__atomic_load_n(&shared->flags, __ATOMIC_SEQ_CST) &
	       XEN_PCIF_active) {
		struct pollfd p = { xenevtchn_fd(evtchn), POLLIN, 0 };
		int64_t left = OP_TIMEOUT_US - (int64_t)(now_us() - start);

		if (left <= 0) {
			/* pcifront takes the request back and reports this. */
			__atomic_and_fetch(&shared->flags,
					   ~(uint32_t)XEN_PCIF_active,
					   __ATOMIC_SEQ_CST);
			r.timeout = true;
			r.err = XEN_PCI_ERR_dev_not_found;
			r.us = now_us() - start;
			return r;
		}
		if (poll(&p, 1, left / 1000 + 1) > 0) {
			int pending = xenevtchn_pending(evtchn);

			if (pending >= 0)
				xenevtchn_unmask(evtchn, pending);
		}
	}
	r.us = now_us() - start;
	memcpy(op, &shared->op, sizeof(*op));
	r.err = op->err;
	r.value = op->value;
	return r;
}

/*
 * The back end may answer with more bytes than were asked for: a word where a
 * virtual field is one. Linux takes what it wanted; "raw on" shows it all.
 */
static struct result config_read(int offset, int size)
{
	struct xen_pci_op op = {
		.cmd = XEN_PCI_OP_conf_read, .offset = offset, .size = size,
	};
	struct result r = do_op(&op);

	if (!raw && (size == 1 || size == 2))
		r.value &= (1u << (8 * size)) - 1;
	return r;
}

static struct result config_write(int offset, int size, uint32_t value)
{
	struct xen_pci_op op = {
		.cmd = XEN_PCI_OP_conf_write, .offset = offset, .size = size,
		.value = value,
	};

	return do_op(&op);
}

static void answer(struct result r, int size)
{
	printf("= 0x%0*x %d %llu%s\n", size == 1 || size == 2 ? size * 2 : 8,
	       r.value, r.err, (unsigned long long)r.us,
	       r.timeout ? " timeout" : "");
}

static void cmd_time(int offset, int size, int n)
{
	uint64_t min = UINT64_MAX, max = 0, sum = 0;
	int i, errors = 0;

	for (i = 0; i < n; i++) {
		struct result r = config_read(offset, size);

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

static void cmd_dump(int width, int from, int to)
{
	struct result total = { 0 };
	int offset, i;

	for (offset = from; offset < to; offset += 16) {
		printf("- %03x:", offset);
		for (i = 0; i < 16; i += width) {
			struct result r = config_read(offset + i, width);

			total.us += r.us;
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

	answer(do_op(&op), 4);
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
	answer(do_op(&op), 4);
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
		struct result r = config_write(a, b, v);

		r.value = v;
		answer(r, b);
	} else if (!strcmp(word, "time") &&
		   sscanf(line, "%*s %li %li %li", &a, &b, &v) == 3) {
		cmd_time(a, b, v);
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
		start = now_us();
		if (!strcmp(word, "dev"))
			current = a;
		else if (!strcmp(word, "detach"))
			b = reconfigure(a, false);
		else if (!strcmp(word, "attach"))
			b = reconfigure(a, true);
		else
			goto bad;
		printf("= %ld %ld %llu\n", a, b,
		       (unsigned long long)(now_us() - start));
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
	char line[128];
	int opt, id = 0;

	while ((opt = getopt(argc, argv, "i:")) != -1) {
		if (opt != 'i')
			return 2;
		id = atoi(optarg);
	}
	while (optind < argc && functions < MAX_FUNCTIONS)
		bdf[functions++] = argv[optind++];
	if (!functions) {
		fprintf(stderr, "usage: frontend [-i ID] BDF...\n");
		return 2;
	}

	setvbuf(stdout, NULL, _IOLBF, 0);
	attach(id);
	printf("= ready 0 0\n");
	while (fgets(line, sizeof(line), stdin) && command(line))
		;
	detach();
	printf("= 0 0 0\n");
	return 0;
}
