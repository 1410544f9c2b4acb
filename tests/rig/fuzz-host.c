// SPDX-License-Identifier: GPL-2.0-only
/*
 * A host that changes everything while front ends are at work; see fuzz.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "chance.h"
#include "fuzz.h"
#include "pcifront.h"

#define INJECT		"/sys/module/pme_inject/parameters/"
#define MODULE		"/sys/module/xen_pciback_pm/parameters/"
#define DRIVER		"/sys/bus/pci/drivers/pciback/"
#define RECOVERY_US	300000000
#define PROGRESS_US	60000000
/* Of our module's messages, but for those that what is done here says of itself. */
#define SAID_A_SECOND	20

static const char * const ports[] = { "0000:00:02.0", "0000:00:04.0" };

static bool loaded = true;
static bool listed[2] = { true, true };
/* Power is as it should be again, but the function may not be yet. */
static uint64_t recovering;

static int messages = -1;
static unsigned long said, log_lines;
static char last_said[200];

/* -- files ---------------------------------------------------------------------- */

static void remember(const char *path, const char *text)
{
	uint32_t n = __atomic_fetch_add(&fuzz->nr_did, 1, __ATOMIC_SEQ_CST);

	snprintf(fuzz->did[n % HOST_HISTORY], sizeof(fuzz->did[0]),
		 "%.3f %s > %s", pcifront_now_us() / 1e6, text, path);
}

static int try_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY), error = 0;

	remember(path, text);

	if (fd < 0)
		return errno;
	if (write(fd, text, strlen(text)) < 0)
		error = errno;
	close(fd);
	return error;
}

static void put(const char *path, const char *text)
{
	int error = try_write(path, text);

	if (error)
		wrong("host: writing %s to %s: %s", text, path, strerror(error));
}

static bool get(const char *path, char *value, int size)
{
	int fd = open(path, O_RDONLY), n;

	value[0] = '\0';
	if (fd < 0)
		return false;
	n = read(fd, value, size - 1);
	close(fd);
	if (n < 0)
		return false;
	value[n] = '\0';
	return true;
}

/* Of what is not there now, or refuses: the host may try. */
static int attribute(const char *bdf, const char *name, const char *text)
{
	char path[120];

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/%s", bdf, name);
	return try_write(path, text);
}

static bool has_directory(int function)
{
	char path[120];

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/xen_pciback_pm",
		 fuzz->bdf[function]);
	return !access(path, F_OK);
}

/* Is it hooked or not, as @wanted? What does not answer just then is in a moment. */
static bool comes_to(int function, bool wanted)
{
	int tries = 1200 * pcifront_patience();

	while (has_directory(function) != wanted && tries--)
		usleep(10000);
	return has_directory(function) == wanted;
}

static void begin_firing(int function)
{
	while (__atomic_exchange_n(&fuzz->firing, true, __ATOMIC_SEQ_CST))
		usleep(1000);
	/* What firmware notifies of is the slot, or its port. */
	begin_change(&fuzz->pmes[SLOT]);
	if (function != SLOT)
		begin_change(&fuzz->pmes[function]);
}

static void end_firing(int function)
{
	if (function != SLOT)
		end_change(&fuzz->pmes[function], true);
	end_change(&fuzz->pmes[SLOT], true);
	__atomic_store_n(&fuzz->firing, false, __ATOMIC_SEQ_CST);
}

void fire_pme(int function, const char *kind)
{
	char text[64];

	snprintf(text, sizeof(text), "%s %s", kind, fuzz->bdf[function]);
	begin_firing(function);
	try_write(INJECT "fire", text);
	end_firing(function);
}

static int any_function(void)
{
	return percent(60) ? SLOT : OTHER;
}

static const char *one_of(const char * const *words, int n)
{
	return words[any(n)];
}

#define ONE_OF(words) one_of(words, sizeof(words) / sizeof((words)[0]))

/* -- the log -------------------------------------------------------------------- */

static bool is_of_what_we_do(const char *line)
{
	static const char * const expected[] = {
		"matched by", "hooked", "given back", "version", "devices: entry",
		/* Once for each failure of the power that we make. */
		"did not come back", "not awake after", "answers again",
	};
	unsigned int i;

	for (i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
		if (strstr(line, expected[i]))
			return true;
	return false;
}

static void read_messages(void)
{
	char line[2048], *ours;
	int n;

	for (;;) {
		n = read(messages, line, sizeof(line) - 1);
		if (n < 0 && errno == EPIPE)
			continue;
		if (n <= 0)
			return;
		line[n] = '\0';
		log_lines++;
		ours = strstr(line, "xen-pciback-pm: ");
		if (!ours || strstr(line, "rig: ") || is_of_what_we_do(line))
			continue;
		said++;
		ours[strcspn(ours, "\n")] = '\0';
		snprintf(last_said, sizeof(last_said), "%s", ours);
	}
}

/* -- what it does ------------------------------------------------------------------ */

static void do_pme(void)
{
	static const char * const kinds[] = { "acpi", "native", "port", "status",
					      "late" };
	int function = any_function();
	const char *kind = ONE_OF(kinds);

	/* In stock it would undo whatever a guest writes meanwhile. */
	if (!strcmp(kind, "late") && !fuzz->hooked[function].is)
		kind = "status";
	fire_pme(function, kind);
}

/* Firmware notifies, and there was no PME. */
static void do_notify(void)
{
	static const char * const methods[] = { "\\WAKE", "\\WAKP" };

	begin_firing(SLOT);
	try_write(INJECT "acpi", ONE_OF(methods));
	end_firing(SLOT);
}

static void do_attribute(void)
{
	static const char * const controls[] = { "on", "auto", "auto", "auto",
						  "auto", "auto" };
	static const char * const yes_no[] = { "0", "1", "1", "1", "1" };
	static const char * const delays[] = { "0", "0", "0", "20", "20", "100",
						"500", "-1" };
	static const char * const wakeups[] = { "enabled", "disabled", "disabled" };
	const char *bdf = fuzz->bdf[any_function()];

	switch (any(7)) {
	case 0:
	case 1:
		attribute(bdf, "power/control", ONE_OF(controls));
		break;
	case 2:
		attribute(bdf, "d3cold_allowed", ONE_OF(yes_no));
		break;
	case 3:
	case 4:
		attribute(bdf, "power/autosuspend_delay_ms", ONE_OF(delays));
		break;
	case 5:
		attribute(bdf, "power/wakeup", ONE_OF(wakeups));
		break;
	default:
		attribute(ONE_OF(ports), "power/control", ONE_OF(controls));
	}
}

static void do_low_power(void)
{
	static const char * const values[] = { "0", "1", "wakeup", "1", "auto", "" };

	attribute(fuzz->bdf[any_function()], "xen_pciback_pm/low_power",
		  ONE_OF(values));
}

static void do_look(void)
{
	static const char * const names[] = {
		"config", "vendor", "power_state", "power/runtime_status",
		"xen_pciback_pm/state", "xen_pciback_pm/blockers",
		"xen_pciback_pm/wakes", "xen_pciback_pm/owner",
		"xen_pciback_pm/d3cold_ms", "xen_pciback_pm/pme_count",
	};
	char path[120], value[4096];

	if (percent(20)) {
		get("/sys/kernel/debug/xen_pciback_pm/functions", value,
		    sizeof(value));
		return;
	}
	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/%s",
		 fuzz->bdf[any_function()], ONE_OF(names));
	get(path, value, sizeof(value));
}

/* As libxl notes a domain that gets the function. */
static void do_claim(void)
{
	static bool claimed;
	char command[160];

	claimed = !claimed;
	snprintf(command, sizeof(command), claimed ?
		 "xenstore-write /libxl/pci/0000-01-00-0/domid %d" :
		 "xenstore-rm /libxl/pci/0000-01-00-0", any(5));
	if (system(command))
		wrong("host: %s", command);
}

static const char *some_options(void)
{
	static const char * const options[] = { "", "", "", "", "=d3hot",
						"=nowake", "=sleep",
						"=d3hot:nowake" };

	return ONE_OF(options);
}

/* Which functions are to be hooked from now on; by what is done in between. */
static void begin_hooking(const bool *wanted)
{
	int i;

	for (i = SLOT; i <= OTHER; i++)
		if (wanted[i] != fuzz->hooked[i].is)
			begin_change(&fuzz->hooked[i]);
}

static void end_hooking(const bool *wanted)
{
	int i;

	for (i = SLOT; i <= OTHER; i++) {
		if (!(count_of(&fuzz->hooked[i]) & 1))
			continue;
		if (!comes_to(i, wanted[i]))
			wrong("host: %s is%s hooked", fuzz->bdf[i],
			      wanted[i] ? " not" : "");
		end_change(&fuzz->hooked[i], wanted[i]);
	}
}

/* Into devices, or as an argument of the module. */
static void some_list(char *text, int size, bool *wanted)
{
	int i, n = 0;

	text[0] = '\0';
	for (i = SLOT; i <= OTHER; i++) {
		wanted[i] = percent(85);
		if (wanted[i])
			n += snprintf(text + n, size - n, "%s%s%s", n ? "," : "",
				      fuzz->bdf[i], some_options());
	}
}

static void write_list(const char *text, const bool *wanted)
{
	begin_hooking(wanted);
	/* Of nothing at all sysfs says nothing to the module (sysfs_kf_write()). */
	put(MODULE "devices", *text ? text : "\n");
	end_hooking(wanted);
	memcpy(listed, wanted, sizeof(listed));
}

static void do_options(void)
{
	int function = any_function();
	char text[80];

	if (!loaded || !listed[function])
		return;
	snprintf(text, sizeof(text), "+%s%s", fuzz->bdf[function],
		 some_options());
	write_list(text, (bool []) { listed[SLOT], listed[OTHER] });
}

static void do_malformed_list(void)
{
	static const char * const lists[] = {
		"01:00.8", "01:00.0=d3warm", "01:00.0 +00:1f.3", "pci:8086", "=",
		"+", "-", "01:00.0=", "(01:00.0", "00:02.0/", ",,,:",
	};
	const char *list = ONE_OF(lists);

	if (loaded && try_write(MODULE "devices", list) != EINVAL)
		wrong("host: '%s' was taken", list);
}

static void do_list(void)
{
	bool wanted[2] = { listed[SLOT], listed[OTHER] };
	int function = any_function();
	char text[160];

	if (!loaded || recovering)
		return;
	switch (any(3)) {
	case 0:
		wanted[function] = false;
		snprintf(text, sizeof(text), "-%s", fuzz->bdf[function]);
		break;
	case 1:
		wanted[function] = true;
		snprintf(text, sizeof(text), "+%s%s", fuzz->bdf[function],
			 some_options());
		break;
	default:
		some_list(text, sizeof(text), wanted);
	}
	write_list(text, wanted);
}

static void unload(void)
{
	bool none[2] = { false, false };
	int i;

	begin_hooking(none);
	for (i = 0; syscall(SYS_delete_module, "xen_pciback_pm", O_NONBLOCK); i++) {
		if (errno != EAGAIN || i == 1000) {
			wrong("host: unloading: %s", strerror(errno));
			break;
		}
		usleep(10000);
	}
	end_hooking(none);
	loaded = false;
}

static void load(const char *list, const bool *wanted)
{
	char path[160], parameters[200];
	struct utsname name;
	int fd;

	uname(&name);
	snprintf(path, sizeof(path), "/lib/modules/%s/updates/xen-pciback-pm.ko",
		 name.release);
	snprintf(parameters, sizeof(parameters), "devices=%s", list);
	begin_hooking(wanted);
	fd = open(path, O_RDONLY);
	if (fd < 0 || syscall(SYS_finit_module, fd, parameters, 0))
		wrong("host: loading: %s", strerror(errno));
	close(fd);
	loaded = true;
	end_hooking(wanted);
	memcpy(listed, wanted, sizeof(listed));
}

static void do_reload(void)
{
	bool wanted[2];
	char text[160];
	int pause = any(300000);

	some_list(text, sizeof(text), wanted);
	if (recovering)
		return;
	unload();
	usleep(pause);
	load(text, wanted);
}

/* Front ends stay away from what @flag stands for, and @busy of each of them ends. */
static void keep_away(bool *flag, const bool *busy)
{
	__atomic_store_n(flag, true, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(busy, __ATOMIC_SEQ_CST))
		usleep(1000);
}

static void let_on(bool *flag)
{
	__atomic_store_n(flag, false, __ATOMIC_SEQ_CST);
}

/* From pciback and back, or from the bus and back. */
static void rebind(int function, bool remove, int pause)
{
	const char *bdf = fuzz->bdf[function];
	bool hooked = fuzz->hooked[function].is;
	int i;

	keep_away(&fuzz->leaving[function],
		  &fuzz->guest[function == OTHER].meddles);
	begin_change(&fuzz->bound[function]);
	begin_change(&fuzz->hooked[function]);
	if (remove)
		attribute(bdf, "remove", "1");
	else
		put(DRIVER "unbind", bdf);
	usleep(pause);
	if (remove) {
		put("/sys/bus/pci/rescan", "1");
		/* Whoever else may want it has not been told to. */
		for (i = 0; i < 500 && attribute(bdf, "driver_override", "\n"); i++)
			usleep(10000 * pcifront_patience());
	}
	try_write(DRIVER "bind", bdf);
	if (!comes_to(function, hooked))
		wrong("host: %s, bound again, is%s hooked", bdf,
		      hooked ? " not" : "");
	end_change(&fuzz->hooked[function], hooked);
	end_change(&fuzz->bound[function], true);
	let_on(&fuzz->leaving[function]);
}

static void do_rebind(void)
{
	int function = any_function(), pause = any(100000);

	if (!recovering)
		rebind(function, false, pause);
}

static void do_remove(void)
{
	int function = any_function(), pause = any(100000);

	if (!recovering)
		rebind(function, true, pause);
}

/* The machine is not powered down, all else happens. */
static void do_sleep(void)
{
	static const char * const levels[] = { "freezer", "devices", "platform",
					       "processors", "core" };
	bool freeze = percent(50);
	/*
	 * s2idle goes no further here: what comes then warns of the interrupt of
	 * ACPI, whose chip, Xen's, cannot be armed (acpi_s2idle_restore()).
	 */
	const char *level = levels[any(freeze ? 2 : percent(80) ? 3 : 5)];
	int i;

	if (recovering)
		return;
	put("/sys/power/pm_test", level);
	for (i = 0; i < FRONT_ENDS; i++)
		keep_away(&fuzz->sleepy, &fuzz->guest[i].talks);
	begin_change(&fuzz->awake);
	/* A PME that is found on the way down ends it. */
	try_write("/sys/power/state", freeze ? "freeze" : "mem");
	end_change(&fuzz->awake, true);
	let_on(&fuzz->sleepy);
	put("/sys/power/pm_test", "none");
}

static bool has_recovered(void)
{
	char path[120], value[400];

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/xen_pciback_pm/state",
		 fuzz->bdf[SLOT]);
	if (!get(path, value, sizeof(value)))
		return true;
	if (!strcmp(value, "waking\n"))
		return false;
	snprintf(path, sizeof(path),
		 "/sys/bus/pci/devices/%s/xen_pciback_pm/blockers",
		 fuzz->bdf[SLOT]);
	get(path, value, sizeof(value));
	return !strstr(value, "did-not-wake");
}

static void see_recovery(void)
{
	if (!recovering)
		return;
	if (has_recovered()) {
		recovering = 0;
		end_change(&fuzz->powered[SLOT], true);
	} else if (pcifront_now_us() > recovering + RECOVERY_US) {
		wrong("host: %s does not come back", fuzz->bdf[SLOT]);
		recovering = pcifront_now_us();
	}
}

/* Power comes late, or not at all; then it is as it should be again. */
static void bad_power(const char *method, int n, int pause)
{
	char text[40];

	if (recovering || !fuzz->hooked[SLOT].is)
		return;
	begin_change(&fuzz->powered[SLOT]);
	snprintf(text, sizeof(text), "%s %d", method, n);
	put(INJECT "acpi", text);
	usleep(pause);
	snprintf(text, sizeof(text), "%s 0", method);
	put(INJECT "acpi", text);
	recovering = pcifront_now_us();
}

static void do_slow_power(void)
{
	int ms = percent(70) ? any(900) : 1000 + any(3000);

	bad_power("\\DLAY", ms, any(2000000));
}

static void do_no_power(void)
{
	bad_power("\\FAIL", 1 + any(2), any(1500000));
}

/* Of ten thousand. */
static const struct {
	const char *name;
	void (*what)(void);
	int often;
} things[] = {
	{ "PMEs", do_pme, 3200 },
	{ "notifies", do_notify, 250 },
	{ "attributes", do_attribute, 2500 },
	{ "low_power", do_low_power, 500 },
	{ "looks", do_look, 1800 },
	{ "claims", do_claim, 150 },
	{ "options", do_options, 500 },
	{ "malformed lists", do_malformed_list, 150 },
	{ "lists", do_list, 350 },
	{ "reloads", do_reload, 100 },
	{ "rebinds", do_rebind, 150 },
	{ "removals", do_remove, 40 },
	{ "sleeps", do_sleep, 150 },
	{ "slow power", do_slow_power, 60 },
	{ "no power", do_no_power, 60 },
};

#define THINGS (sizeof(things) / sizeof(things[0]))

static unsigned long done[THINGS];

static void do_something(void)
{
	int what = any(10000);
	unsigned int i;

	for (i = 0; i < THINGS; i++) {
		what -= things[i].often;
		if (what < 0) {
			things[i].what();
			done[i]++;
			return;
		}
	}
}

/* -- beginning and end ------------------------------------------------------------- */

static void restore(void)
{
	static const bool all[2] = { true, true };
	char text[80];
	unsigned int i;

	/* Nobody asks for it any more. */
	for (i = 0; i < 300 * pcifront_patience() && recovering; i++) {
		attribute(fuzz->bdf[SLOT], "xen_pciback_pm/low_power", "0");
		usleep(100000);
		see_recovery();
	}
	attribute(fuzz->bdf[SLOT], "xen_pciback_pm/low_power", "1");
	if (!loaded)
		load("", (bool []) { false, false });
	snprintf(text, sizeof(text), "%s,%s", fuzz->bdf[SLOT], fuzz->bdf[OTHER]);
	write_list(text, all);
	for (i = SLOT; i <= OTHER; i++) {
		attribute(fuzz->bdf[i], "power/control", "auto");
		attribute(fuzz->bdf[i], "d3cold_allowed", "1");
		attribute(fuzz->bdf[i], "power/autosuspend_delay_ms", "0");
		attribute(fuzz->bdf[i], "power/wakeup", "disabled");
		attribute(ports[i], "power/control", "auto");
	}
	if (system("xenstore-rm /libxl/pci/0000-01-00-0 2>/dev/null"))
		return;
}

static bool guests_done(void)
{
	int i;

	for (i = 0; i < FRONT_ENDS; i++)
		if (!__atomic_load_n(&fuzz->guest[i].done, __ATOMIC_SEQ_CST))
			return false;
	return true;
}

static void so_far(void)
{
	uint64_t operations = 0;
	int i;

	for (i = 0; i < FRONT_ENDS; i++)
		operations += fuzz->guest[i].operations;
	printf("so far: operations %llu, wrong %u\n",
	       (unsigned long long)operations, fuzz->wrong);
}

void fuzz_host(void)
{
	uint64_t began = pcifront_now_us(), told = began, seconds;
	unsigned int i;

	messages = open("/dev/kmsg", O_RDONLY | O_NONBLOCK);
	lseek(messages, 0, SEEK_END);
	put("/sys/module/suspend/parameters/pm_test_delay", "0");
	while (!guests_done()) {
		usleep(any(30000));
		do_something();
		see_recovery();
		read_messages();
		if (pcifront_now_us() > told + PROGRESS_US) {
			told += PROGRESS_US;
			so_far();
		}
	}
	restore();
	read_messages();

	seconds = (pcifront_now_us() - began) / 1000000 + 1;
	printf("host:");
	for (i = 0; i < THINGS; i++)
		printf(" %s %lu,", things[i].name, done[i]);
	printf(" in %llu s\n", (unsigned long long)seconds);
	printf("log: %lu lines, %lu of ours that nobody asked for; the last one: %s\n",
	       log_lines, said, last_said);
	if (said > seconds * SAID_A_SECOND)
		wrong("host: %lu lines in the log", said);
}
