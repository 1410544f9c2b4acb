// SPDX-License-Identifier: GPL-2.0-only
/*
 * differential - a hooked function, an unhooked twin and the model
 *
 *   differential [-s SEED] [-n OPERATIONS] [-k] HOOKED TWIN
 *
 * A guest's view of config space, by one front end that has both functions:
 * the same random operations go to the two, and every answer is compared. All
 * of config space is as the twin has it, which is stock, also while the hooked
 * function has no power; PMC and PMCSR are as the model has them, which is
 * src/vpm.c in user space. Meanwhile the administrator turns what pciback has
 * to be turned. At the end, and after each turn, what dom0 reads from the
 * hardware of the two is compared as well.
 *
 * The sequence depends on the seed alone; when the function falls asleep in it
 * depends on the machine. -k reports mismatches and goes on.
 *
 * Not generated:
 * - Function level resets (Device Control, bit 15), which stock lets a permissive
 *   guest do: the kernel does not know of them, so neither state is defined.
 * - Writes of MSI's address and data, by a permissive guest or through a quirk
 *   field. While MSI is on they are Xen's, which may have moved them since, so
 *   after D3cold Xen restores them, and not what a guest made up there.
 * - Negative offsets. x86's accessors turn them into cycles of some other
 *   register, or not, depending on the way that they use.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "accesses.h"
#include "chance.h"
#include "pcifront.h"

#define HISTORY		20
#define MISMATCHES	40

enum { HOOKED, TWIN };

/*
 * What may differ between two functions of one kind: each shows what it showed
 * first, or both the same. Nothing else differs, so nothing else is masked.
 */
static const struct {
	int offset, size;
} own_values[] = {
	/* Addresses that dom0 gave them. */
	{ PCI_BASE_ADDRESS_0, 24 },
	/* dom0's numbers of their IRQs. */
	{ PCI_INTERRUPT_LINE, 1 },
};

static char *const *bdf;
static uint64_t seed;
static bool keep_going;
static uint8_t first[2][CONFIG_SPACE];

static int operation, mismatches;
static int done_asleep, writes_asleep, falls_asleep, awakenings, pmes;
static char history[HISTORY][160];
static int nr_history;
/* The last write of each register, which may be long ago. */
static char last_write[CONFIG_SPACE / 4][160];

uint64_t random_state;

/* -- saying ------------------------------------------------------------------ */

static void __attribute__((format(printf, 1, 2), noreturn))
die(const char *fmt, ...)
{
	va_list ap;

	printf("differential: seed %llu, operation %d: ",
	       (unsigned long long)seed, operation);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	exit(1);
}

static void __attribute__((format(printf, 1, 2)))
remember(const char *fmt, ...)
{
	char *line = history[nr_history++ % HISTORY];
	int n = snprintf(line, sizeof(history[0]), "%5d ", operation);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line + n, sizeof(history[0]) - n, fmt, ap);
	va_end(ap);
}

/* The last line of the history does not compare. */
static void mismatch(const char *what, int offset)
{
	int i = nr_history - (mismatches ? 1 : HISTORY);

	printf("MISMATCH of %s: seed %llu, operation %d\n", what,
	       (unsigned long long)seed, operation);
	for (i = i < 0 ? 0 : i; i < nr_history; i++)
		printf("    %s\n", history[i % HISTORY]);
	if (offset >= 0 && offset < CONFIG_SPACE && last_write[offset / 4][0])
		printf("    the last write there: %s\n", last_write[offset / 4]);
	if (!keep_going || ++mismatches >= MISMATCHES)
		exit(1);
}

/* -- dom0's side --------------------------------------------------------------- */

static void put_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		die("writing %s to %s: %s", text, path, strerror(errno));
	close(fd);
}

static void get_attribute(const char *name, char *value, int size)
{
	char path[128];
	int fd, n;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/xen_pciback_pm/%s",
		 bdf[HOOKED], name);
	fd = open(path, O_RDONLY);
	n = fd < 0 ? -1 : read(fd, value, size - 1);
	if (n < 0)
		die("%s: %s", path, strerror(errno));
	value[n] = '\0';
	value[strcspn(value, "\n")] = '\0';
	close(fd);
}

static bool asleep(void)
{
	char state[16];

	get_attribute("state", state, sizeof(state));
	return !strcmp(state, "asleep");
}

static int pme_count(void)
{
	char count[16];

	get_attribute("pme_count", count, sizeof(count));
	return atoi(count);
}

static void wait_until_asleep(const char *what)
{
	int i;

	/* A function that a PME woke stays awake for 5 s at most. */
	for (i = 0; !asleep(); i++) {
		if (i == 1000)
			die("does not fall asleep %s", what);
		usleep(10000);
	}
}

/* Hardware as dom0 has it, past xen-pciback. Wakes it. */
static void hardware(int function, uint8_t *config)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/config",
		 bdf[function]);
	fd = open(path, O_RDONLY);
	if (fd < 0 || read(fd, config, CONFIG_SPACE) != CONFIG_SPACE)
		die("%s: %s", path, strerror(errno));
	close(fd);
}

/* -- comparing ----------------------------------------------------------------- */

static bool is_own_value(int offset)
{
	unsigned int i;

	for (i = 0; i < sizeof(own_values) / sizeof(own_values[0]); i++)
		if (covers(offset, 1, own_values[i].offset, own_values[i].size))
			return true;
	return false;
}

static bool same_byte(int offset, uint8_t hooked, uint8_t twin)
{
	if (hooked == twin)
		return true;
	return offset >= 0 && offset < CONFIG_SPACE && is_own_value(offset) &&
	       hooked == first[HOOKED][offset] && twin == first[TWIN][offset];
}

/* Before and after an operation: what happened meanwhile is not known. */
static bool was_asleep(bool before)
{
	static bool last;
	bool now = model.state == XPM_VPM_D3HOT && asleep();

	if (before) {
		falls_asleep += now && !last;
		awakenings += last && !now;
		last = now;
	}
	return now;
}

static void do_read(int offset, int size)
{
	struct pcifront_result hooked, twin;
	bool before = was_asleep(true);
	uint32_t expected;
	int i;

	hooked = pcifront_read(HOOKED, offset, size);
	if (was_asleep(false) && before)
		done_asleep++;
	twin = pcifront_read(TWIN, offset, size);
	expected = model_over(offset, size, twin.value);
	remember("read  %03x %d: hooked %08x (%d), twin %08x (%d), expected %08x%s",
		 offset, size, hooked.value, hooked.err, twin.value, twin.err,
		 expected, before ? ", asleep" : "");

	if (hooked.timeout || twin.timeout)
		die("timeout after %s", history[(nr_history - 1) % HISTORY]);
	if (hooked.err != twin.err)
		mismatch("errors", offset);
	for (i = 0; i < 4; i++)
		if (!same_byte(offset + i, hooked.value >> 8 * i,
			       expected >> 8 * i)) {
			mismatch("values", offset + i);
			break;
		}
}

static void do_write(int offset, int size, uint32_t value, uint32_t twin_value)
{
	bool pmcsr = valid(offset, size) &&
		     covers(offset, size, pm_cap + PCI_PM_CTRL, 2);
	struct pcifront_result hooked, twin;
	bool before = was_asleep(true);
	int expected;

	hooked = pcifront_write(HOOKED, offset, size, value);
	writes_asleep += before;
	twin = pcifront_write(TWIN, offset, size, twin_value);
	/* Stock refuses states that are not supported, the model ignores them. */
	expected = pmcsr ? XEN_PCI_ERR_success : twin.err;
	remember("write %03x %d %08x: hooked (%d), twin %08x (%d)%s", offset,
		 size, value, hooked.err, twin_value, twin.err,
		 before ? ", asleep" : "");

	if (hooked.timeout || twin.timeout)
		die("timeout after %s", history[(nr_history - 1) % HISTORY]);
	if (hooked.err != expected)
		mismatch("errors", offset);
	if (!hooked.err)
		model_write(offset, size, value);
	if (offset >= 0 && offset < CONFIG_SPACE)
		strcpy(last_write[offset / 4], history[(nr_history - 1) % HISTORY]);
}

static void do_pause(int ms)
{
	remember("pause %d ms", ms);
	usleep(ms * 1000);
}

/* A PME of the sleeping function; it is the guest's once pme_count says so. */
static void do_pme(void)
{
	char text[40];
	int i, before;

	remember("PME");
	wait_until_asleep("for a PME");
	before = pme_count();
	snprintf(text, sizeof(text), "acpi %s", bdf[HOOKED]);
	put_file("/sys/module/pme_inject/parameters/fire", text);
	for (i = 0; pme_count() == before; i++) {
		if (i == 500)
			die("no PME is delivered");
		usleep(10000);
	}
	xpm_vpm_set_pme(&model);
	pmes++;
}

/* All that the guest reads. */
static void compare_all(void)
{
	int offset;

	for (offset = 0; offset < CONFIG_SPACE; offset += 4)
		do_read(offset, 4);
	for (offset = 0; offset < 256; offset++)
		do_read(offset, 1);
}

/* All that dom0 reads, of both in D0. */
static void compare_hardware(const char *when)
{
	uint8_t config[2][CONFIG_SPACE];
	int i;

	do_write(pm_cap + PCI_PM_CTRL, 2, 0, 0);
	hardware(HOOKED, config[HOOKED]);
	hardware(TWIN, config[TWIN]);
	for (i = 0; i < CONFIG_SPACE; i++) {
		/* Addresses and PM as above; firmware's note of the IRQ. */
		if (config[HOOKED][i] == config[TWIN][i] || is_own_value(i) ||
		    covers(i, 1, pm_cap + PCI_PM_PMC, 4))
			continue;
		remember("hardware %s, byte %03x: hooked %02x, twin %02x", when,
			 i, config[HOOKED][i], config[TWIN][i]);
		mismatch("hardware", i);
	}
}

/* -- choosing ------------------------------------------------------------------ */

static void write_pmcsr(void)
{
	int offset, size;
	uint32_t value;

	some_pmcsr_write(&offset, &size, &value);
	do_write(offset, size, value, value);
}

static void write_anything(void)
{
	int size = some_size(), offset = some_offset(size);
	uint32_t value = some_value(size), twin_value;
	int i;

	/* What was there at first, which may be each one's own. */
	if (percent(25) && offset >= 0 && offset + size <= CONFIG_SPACE) {
		for (i = value = twin_value = 0; i < size && i < 4; i++) {
			value |= (uint32_t)first[HOOKED][offset + i] << 8 * i;
			twin_value |= (uint32_t)first[TWIN][offset + i] << 8 * i;
		}
	} else {
		twin_value = value;
	}
	/* What is not generated. */
	if (covers(offset, size, msi_message, MSI_LENGTH - PCI_MSI_ADDRESS_LO))
		return;
	for (i = 0; i < 4; i++)
		if (offset + i == exp_devctl + 1) {
			value &= ~(0x80u << 8 * i);
			twin_value &= ~(0x80u << 8 * i);
		}
	do_write(offset, size, value, twin_value);
	if (percent(40))
		do_read(offset & ~3, 4);
}

static void do_something(void)
{
	bool down = model.state == XPM_VPM_D3HOT;
	int what = any(1000), size = some_size(), offset = some_offset(size);

	if (what < (down ? 890 : 480))
		do_read(offset, size);
	else if (what < (down ? 930 : 870))
		write_anything();
	else if (what < (down ? 970 : 990) || (model.pme_status && what < 980))
		write_pmcsr();
	else if (what < 995 || !down || !model.pme_enabled || model.pme_status)
		do_pause(any(900));
	else
		do_pme();
}

/* -- what the administrator turns ---------------------------------------------- */

static void for_both(const char *attribute, const char *fmt, ...)
{
	char path[80], text[40];
	va_list ap;
	int i, n;

	snprintf(path, sizeof(path), "/sys/bus/pci/drivers/pciback/%s", attribute);
	for (i = HOOKED; i <= TWIN; i++) {
		n = snprintf(text, sizeof(text), "%s", bdf[i]);
		va_start(ap, fmt);
		vsnprintf(text + n, sizeof(text) - n, fmt, ap);
		va_end(ap);
		put_file(path, text);
	}
	remember("%s %s", attribute, text);
}

static void interrupt_control(void)
{
	for_both("allow_interrupt_control", "%s", "");
}

static void quirk_fields(void)
{
	int i, offset, size;

	for (i = 0; i < 6; i++) {
		size = 1 << any(3);
		do {
			offset = percent(60) ? interesting[any(nr_interesting)] :
					       0x28 + any(CONFIG_SPACE - 0x28);
			/* One at an odd place fails what covers it. */
			offset -= offset % size;
			/*
			 * Stock restores the BARs on its way out of D3hot, and
			 * its PM capability is not what we show.
			 */
		} while (offset < 0x28 || covers(offset, size, pm_cap, 8));
		for_both("quirks", "-%x:%x:0", offset, size);
	}
}

static void permissive_all(const char *value)
{
	remember("permissive %s", value);
	put_file("/sys/module/xen_pciback/parameters/permissive", value);
}

static void permissive(void)
{
	permissive_all("1");
}

static void no_longer_permissive(void)
{
	permissive_all("0");
}

static void each_permissive(void)
{
	for_both("permissive", "%s", "");
}

static const struct {
	const char *name;
	int percent;
	void (*begin)(void);
} phases[] = {
	{ "plain", 40, NULL },
	{ "interrupt control", 15, interrupt_control },
	{ "quirk fields", 15, quirk_fields },
	{ "permissive", 15, permissive },
	{ "no longer permissive", 5, no_longer_permissive },
	{ "each permissive", 10, each_permissive },
};

/* ------------------------------------------------------------------------------ */

static void begin(void)
{
	int f, offset;

	for (f = HOOKED; f <= TWIN; f++) {
		/* Dom0 gives it an IRQ when it is switched on. */
		pcifront_write(f, PCI_COMMAND, 2,
			       PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
		for (offset = 0; offset < CONFIG_SPACE; offset++)
			first[f][offset] = pcifront_read(f, offset, 1).value;
	}
	if (!find_registers(first[HOOKED]))
		die("this is not the function that the rig has");
}

int main(int argc, char **argv)
{
	int opt, i, total = 4000, until = 0;
	uint8_t config[CONFIG_SPACE];

	while ((opt = getopt(argc, argv, "s:n:k")) != -1) {
		if (opt == 's')
			seed = strtoull(optarg, NULL, 0);
		else if (opt == 'n')
			total = atoi(optarg);
		else if (opt == 'k')
			keep_going = true;
		else
			return 2;
	}
	if (argc - optind != 2) {
		fprintf(stderr, "usage: differential [-s SEED] [-n OPERATIONS] [-k] HOOKED TWIN\n");
		return 2;
	}
	bdf = argv + optind;
	random_state = seed;
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("seed %llu\n", (unsigned long long)seed);

	hardware(HOOKED, config);
	pcifront_attach(0, bdf, 2);
	begin();
	/* The rig's machine cuts the power and delivers PMEs. */
	xpm_vpm_init(&model, config[pm_cap + PCI_PM_PMC] |
			     config[pm_cap + PCI_PM_PMC + 1] << 8,
		     config[pm_cap + PCI_PM_CTRL] |
		     config[pm_cap + PCI_PM_CTRL + 1] << 8,
		     XPM_VPM_SHOW_PME | XPM_VPM_HIDE_NO_SOFT_RESET);
	compare_all();

	for (i = 0; i < (int)(sizeof(phases) / sizeof(phases[0])); i++) {
		printf("from operation %d: %s\n", operation, phases[i].name);
		if (phases[i].begin)
			phases[i].begin();
		until += total * phases[i].percent / 100;
		for (; operation < until; operation++)
			do_something();
		compare_hardware(phases[i].name);
	}

	compare_all();
	do_write(pm_cap + PCI_PM_CTRL, 1, XPM_VPM_D3HOT, XPM_VPM_D3HOT);
	wait_until_asleep("at the end");
	compare_all();
	if (!asleep())
		die("did not sleep through being read");
	compare_hardware("at the end");
	compare_all();
	pcifront_detach();

	printf("operations %d, answered asleep %d, writes asleep %d, falls asleep %d, awakenings %d, PMEs %d, mismatches %d\n",
	       operation, done_asleep, writes_asleep, falls_asleep, awakenings,
	       pmes, mismatches);
	return mismatches != 0;
}
