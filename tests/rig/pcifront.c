// SPDX-License-Identifier: GPL-2.0-only
/*
 * The front end's side of the xen-pciback protocol; see pcifront.h.
 */
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <xenevtchn.h>
#include <xengnttab.h>
#include <xenstore.h>

#include "pcifront.h"

#include <xen/io/xenbus.h>

#define STATE_TIMEOUT_US 10000000
/* pciback's reset of a function without power takes up to 65 s. */
#define REAP_TIMEOUT_US	100000000

uint64_t pcifront_timeout_us = PCIFRONT_TIMEOUT_US;

static struct xs_handle *xs;
static xenevtchn_handle *evtchn;
static evtchn_port_t port;
static struct xen_pci_sharedinfo *shared;
static char front[64], back[64];

static char *const *bdf;
static int functions;
static struct {
	uint32_t domain, bus, devfn;
} address[PCIFRONT_MAX_FUNCTIONS];

static void die(const char *what)
{
	fprintf(stderr, "front end: %s: %s\n", what, strerror(errno));
	exit(1);
}

uint64_t pcifront_now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000ull + t.tv_nsec / 1000;
}

unsigned int pcifront_patience(void)
{
	static unsigned int patience;
	FILE *file;

	if (patience)
		return patience;
	file = fopen("/rig/patience", "r");
	if (!file || fscanf(file, "%u", &patience) != 1 || !patience)
		patience = 1;
	if (file)
		fclose(file);
	return patience;
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

static bool is_closed(int state)
{
	return state == XenbusStateClosing || state == XenbusStateClosed;
}

static bool wait_back_state(int state)
{
	uint64_t end = pcifront_now_us() + STATE_TIMEOUT_US * pcifront_patience();

	while (back_state() != state) {
		/* A back end that closes instead has met an error. */
		bool closed = !is_closed(state) && is_closed(back_state());

		if (closed || pcifront_now_us() > end) {
			fprintf(stderr, "front end: back end in state %d, not %d\n",
				back_state(), state);
			return false;
		}
		usleep(2000);
	}
	return true;
}

static int read_addresses(void)
{
	char key[24];
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
	char key[24];

	snprintf(key, sizeof(key), "dev-%d", i);
	put(t, back, key, "%s", bdf[i]);
	snprintf(key, sizeof(key), "key-%d", i);
	put(t, back, key, "%s", bdf[i]);
	snprintf(key, sizeof(key), "opts-%d", i);
	put(t, back, key, "msitranslate=0,power_mgmt=0,permissive=0");
	snprintf(key, sizeof(key), "state-%d", i);
	put(t, back, key, "%d", XenbusStateInitialising);
}

static void set_paths(int id)
{
	snprintf(front, sizeof(front), "/local/domain/0/device/pci/%d", id);
	snprintf(back, sizeof(back), "/local/domain/0/backend/pci/0/%d", id);
}

void pcifront_attach(int id, char *const *names, int count)
{
	xengntshr_handle *gntshr;
	xs_transaction_t t;
	uint32_t ref;
	int i;

	bdf = names;
	functions = count;
	set_paths(id);
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
		fprintf(stderr, "front end: no addresses published\n");
		exit(1);
	}
}

void pcifront_detach(void)
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

void pcifront_state(int state)
{
	put(XBT_NULL, front, "state", "%d", state);
}

void pcifront_write_key(const char *key, const char *value)
{
	put(XBT_NULL, front, key, "%s", value);
}

static bool wait_gone(const char *path)
{
	uint64_t end = pcifront_now_us() + REAP_TIMEOUT_US * pcifront_patience();

	while (!access(path, F_OK)) {
		if (pcifront_now_us() > end)
			return false;
		usleep(2000);
	}
	return true;
}

/*
 * What a toolstack does about a domain that is dead. The device's link on the bus
 * goes before the driver is unbound, so it is the device itself that tells.
 */
bool pcifront_reap(int id)
{
	char device[64];
	bool gone;

	set_paths(id);
	snprintf(device, sizeof(device), "/sys/devices/pci-0-%d", id);
	xs = xs_open(0);
	if (!xs)
		die("xenstore");
	if (!access(device, F_OK)) {
		put(XBT_NULL, back, "online", "0");
		xs_rm(xs, XBT_NULL, front);
	}
	gone = wait_gone(device);
	xs_rm(xs, XBT_NULL, back);
	xs_rm(xs, XBT_NULL, front);
	xs_close(xs);
	return gone;
}

/* Hot-unplug or hot-plug of one function, as libxl and a Linux guest do it. */
int pcifront_reconfigure(int i, bool plug)
{
	char key[24];

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

static bool op_active(void)
{
	return __atomic_load_n(&shared->flags, __ATOMIC_SEQ_CST) &
	       XEN_PCIF_active;
}

bool pcifront_wait(uint64_t start)
{
	while (op_active()) {
		struct pollfd p = { xenevtchn_fd(evtchn), POLLIN, 0 };
		int64_t left = (int64_t)(start + pcifront_timeout_us -
					 pcifront_now_us());

		if (left <= 0) {
			/* pcifront takes the request back and reports this. */
			__atomic_and_fetch(&shared->flags,
					   ~(uint32_t)XEN_PCIF_active,
					   __ATOMIC_SEQ_CST);
			return false;
		}
		if (poll(&p, 1, left / 1000 + 1) > 0) {
			int pending = xenevtchn_pending(evtchn);

			if (pending >= 0)
				xenevtchn_unmask(evtchn, pending);
		}
	}
	return true;
}

struct xen_pci_sharedinfo *pcifront_page(void)
{
	return shared;
}

void pcifront_kick(void)
{
	xenevtchn_notify(evtchn, port);
}

void pcifront_address(int function, struct xen_pci_op *op)
{
	op->domain = address[function].domain;
	op->bus = address[function].bus;
	op->devfn = address[function].devfn;
}

void pcifront_send(const struct xen_pci_op *op)
{
	/* One that was posted before ends first. */
	pcifront_wait(pcifront_now_us());
	memcpy(&shared->op, op, sizeof(*op));
	__atomic_or_fetch(&shared->flags, XEN_PCIF_active, __ATOMIC_SEQ_CST);
	pcifront_kick();
}

void pcifront_post(int function, struct xen_pci_op *op)
{
	pcifront_address(function, op);
	pcifront_send(op);
}

struct pcifront_result pcifront_ask(struct xen_pci_op *op)
{
	struct pcifront_result r = { 0 };
	uint64_t start;

	/* So that the time is this one's alone. */
	pcifront_wait(pcifront_now_us());
	start = pcifront_now_us();
	pcifront_send(op);
	if (!pcifront_wait(start)) {
		r.timeout = true;
		r.err = XEN_PCI_ERR_dev_not_found;
		r.us = pcifront_now_us() - start;
		return r;
	}
	r.us = pcifront_now_us() - start;
	memcpy(op, &shared->op, sizeof(*op));
	r.err = op->err;
	r.value = op->value;
	return r;
}

struct pcifront_result pcifront_op(int function, struct xen_pci_op *op)
{
	pcifront_address(function, op);
	return pcifront_ask(op);
}

struct pcifront_result pcifront_read(int function, int offset, int size)
{
	struct xen_pci_op op = {
		.cmd = XEN_PCI_OP_conf_read, .offset = offset, .size = size,
	};

	return pcifront_op(function, &op);
}

struct pcifront_result pcifront_write(int function, int offset, int size,
				      uint32_t value)
{
	struct xen_pci_op op = {
		.cmd = XEN_PCI_OP_conf_write, .offset = offset, .size = size,
		.value = value,
	};

	return pcifront_op(function, &op);
}
