// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzzes src/optin.c, with a second implementation of the language beside it,
 * made of regular expressions and strings: whatever is written to `devices`, one
 * text after another, both have the same list, refuse the same texts, and have
 * the same entry speak for a function.
 *
 * The input is texts, each ended by a NUL byte or the end. Memory is short for
 * one that begins with the byte NO_MEMORY.
 */
#include <errno.h>
#include <regex.h>
#include <string.h>

#include <linux/kernel.h>
#include <linux/pci.h>
#include <linux/slab.h>

#include "fuzz.h"
#include "optin.h"

#define NO_MEMORY	0x01

/* The contract's number, not the header's. */
#define LIMIT	4095

/* Functions that are looked for in each list. */
#define PROBES	4

/* The second implementation */

#define X	"[0-9a-fA-F]"
#define BUS	"^(" X "{1,8}:)?" X "{1,2}:"
#define DEVICE	"[01]?" X "\\."
#define OPTION	"(d3hot|nowake|sleep)"

static const struct {
	const char *pattern;
	bool closed;
} forms[] = {
	{ "^pci:" X "{1,4}:" X "{1,4}(:" X "{1,4}:" X "{1,4})?", false },
	{ "^\\((" X "{1,8}:)?" X "{1,2}:" DEVICE "[0-7*]\\)", true },
	{ BUS DEVICE "[0-7](/" DEVICE "[0-7]){0,16}", false },
	{ BUS DEVICE "\\*", false },
};

/* In the order in which they are printed. */
static const char * const option_names[] = { "d3hot", "nowake", "sleep" };

static regex_t form_regex[ARRAY_SIZE(forms)];
static regex_t options_regex;

/* No entry is longer. */
#define WINDOW	256

/* The shortest entry takes six bytes of a text, thirteen of a list. */
#define MAX_ITEMS	(LIMIT / 6 + LIMIT / 13 + 2)

struct item {
	char key[WINDOW];	/* all but the options, normalised */
	unsigned int options;	/* a bit for each of option_names */
};

struct model {
	unsigned int count;
	struct item items[MAX_ITEMS];
};

static void prepare(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(forms); i++)
		CLAIM(!regcomp(&form_regex[i], forms[i].pattern, REG_EXTENDED));
	CLAIM(!regcomp(&options_regex, "^=" OPTION "(:" OPTION ")*", REG_EXTENDED));
}

static size_t matched(const regex_t *regex, const char *text)
{
	regmatch_t m;

	return regexec(regex, text, 1, &m, 0) ? 0 : m.rm_eo;
}

static void name_id(char *key, const char *text)
{
	unsigned int id[4] = {};

	sscanf(text, "pci:%x:%x:%x:%x", &id[0], &id[1], &id[2], &id[3]);
	key += sprintf(key, "pci:%04x:%04x", id[0], id[1]);
	if (id[2] || id[3])
		sprintf(key, ":%04x:%04x", id[2], id[3]);
}

/* An address, with or without brackets, or a path. */
static void name_place(char *key, const char *text, size_t len)
{
	unsigned int domain, bus, device;
	char place[WINDOW], function;
	char *hop;

	snprintf(place, sizeof(place), "%.*s", (int)len, text + strspn(text, "("));
	if (sscanf(place, "%x:%x:%x.%c", &domain, &bus, &device, &function) != 4) {
		domain = 0;
		sscanf(place, "%x:%x.%c", &bus, &device, &function);
	}
	key += sprintf(key, "%04x:%02x:%02x.%c", domain, bus, device, function);
	for (hop = strchr(place, '/'); hop; hop = strchr(hop + 1, '/')) {
		sscanf(hop, "/%x.%c", &device, &function);
		key += sprintf(key, "/%02x.%c", device, function);
	}
}

/* Fills *@options in; false if one is there twice. */
static bool read_options(const char *text, size_t len, unsigned int *options)
{
	char copy[WINDOW];
	unsigned int i;
	char *option;

	snprintf(copy, sizeof(copy), "%.*s", (int)len, text);
	for (option = strtok(copy, "=:"); option; option = strtok(NULL, "=:"))
		for (i = 0; i < ARRAY_SIZE(option_names); i++) {
			if (strcmp(option, option_names[i]))
				continue;
			if (*options & 1U << i)
				return false;
			*options |= 1U << i;
		}
	return true;
}

/* Returns what the entry at the start of @text takes, or 0 if there is none. */
static size_t read_item(const char *text, bool removal, struct item *item, bool *closed)
{
	char window[WINDOW];
	size_t len = 0, more;
	unsigned int i;

	snprintf(window, sizeof(window), "%s", text);
	memset(item, 0, sizeof(*item));
	for (i = 0; !len && i < ARRAY_SIZE(forms); i++) {
		len = matched(&form_regex[i], window);
		*closed = forms[i].closed;
	}
	if (!len)
		return 0;
	if (window[0] == 'p')
		name_id(item->key, window);
	else
		name_place(item->key, window, len);
	if (removal)
		return len;
	more = matched(&options_regex, window + len);
	return read_options(window + len, more, &item->options) ? len + more : 0;
}

static size_t print_item(const struct item *item, char *buf)
{
	size_t len = sprintf(buf, "%s", item->key);
	char before = '=';
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(option_names); i++)
		if (item->options & 1U << i) {
			len += sprintf(buf + len, "%c%s", before, option_names[i]);
			before = ':';
		}
	return len;
}

static void print_model(const struct model *m, char *buf)
{
	unsigned int i;

	*buf = '\0';
	for (i = 0; i < m->count; i++) {
		if (i)
			*buf++ = ',';
		buf += print_item(&m->items[i], buf);
	}
}

static void change(struct model *m, const struct item *item, char sign)
{
	unsigned int i;

	for (i = 0; i < m->count; i++)
		if (!strcmp(m->items[i].key, item->key))
			break;
	if (sign == '-' && i < m->count) {
		m->count--;
		memmove(&m->items[i], &m->items[i + 1], (m->count - i) * sizeof(*item));
	} else if (sign == '+' && i < m->count) {
		m->items[i].options = item->options;
	} else if (sign != '-' && i == m->count) {
		CLAIM(m->count < MAX_ITEMS);
		m->items[m->count++] = *item;
	}
}

/*
 * Reads @len bytes of @text, changing @m. Returns the number of entries, or -1
 * if the text is malformed.
 */
static int model_parse(struct model *m, const char *text, size_t len)
{
	char copy[2 * LIMIT], signs = 0;
	const char *at = copy;
	struct item item;
	int entries = 0;

	snprintf(copy, sizeof(copy), "%.*s", (int)len, text);
	for (;;) {
		bool closed;
		char sign = 0;
		size_t size;

		at += strspn(at, " \t\n\v\f\r");
		if (!*at)
			return entries;
		if (*at == '+' || *at == '-')
			sign = *at++;
		if (!entries)
			signs = sign;
		if (!signs != !sign)
			return -1;
		size = read_item(at, sign == '-', &item, &closed);
		if (!size)
			return -1;
		at += size;
		if (!*at || strchr(" \t\n\v\f\r,", *at)) {
			at += strspn(at, " \t\n\v\f\r");
			at += *at == ',';
		} else if (!closed || !strchr("(+-", *at)) {
			return -1;
		}

		if (!entries++ && !sign)
			m->count = 0;
		change(m, &item, sign);
	}
}

static bool model_matches(const struct item *item, const struct xpm_optin_id *id)
{
	const struct xpm_optin_bridge *top;
	const char *hop = item->key;
	unsigned int v[4] = {}, hops = 0;
	char name[WINDOW], *end = name;

	if (sscanf(item->key, "pci:%x:%x:%x:%x", &v[0], &v[1], &v[2], &v[3]) >= 2)
		return (!v[0] || v[0] == id->vendor) && (!v[1] || v[1] == id->device) &&
		       (!v[2] || v[2] == id->subvendor) && (!v[3] || v[3] == id->subdevice);

	while ((hop = strchr(hop, '/'))) {
		hops++;
		hop++;
	}
	if (!hops) {
		end += sprintf(name, "%04x:%02x:%02x.", id->domain, id->bus, id->devfn >> 3);
		sprintf(end, "%x", id->devfn & 7);
		if (!strcmp(name, item->key))
			return true;
		sprintf(end, "*");
		return !strcmp(name, item->key);
	}

	if (hops > id->depth)
		return false;
	top = &id->upstream[hops - 1];
	end += sprintf(end, "%04x:%02x:%02x.%x", top->domain, top->bus, top->devfn >> 3,
		       top->devfn & 7);
	while (--hops)
		end += sprintf(end, "/%02x.%x", id->upstream[hops - 1].devfn >> 3,
			       id->upstream[hops - 1].devfn & 7);
	sprintf(end, "/%02x.%x", id->devfn >> 3, id->devfn & 7);
	return !strcmp(name, item->key);
}

/* The claims */

static u32 random32(u32 *seed)
{
	/* Marsaglia's xorshift, 32 bits */
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

/* A function that @entry speaks for, or one that differs in one thing. */
static struct xpm_optin_id neighbour(const struct xpm_optin_entry *entry, u32 *seed)
{
	struct xpm_optin_id id = {
		.domain = entry->domain,
		.bus = entry->bus,
		.devfn = entry->devfn,
		.vendor = entry->vendor ?: random32(seed),
		.device = entry->device ?: random32(seed),
		.subvendor = entry->subvendor ?: random32(seed),
		.subdevice = entry->subdevice ?: random32(seed),
	};
	unsigned int i;

	if (entry->any_function)
		id.devfn |= random32(seed) & 7;
	/* The bridges, nearest first: the last one has the domain and the bus. */
	if (entry->hops) {
		id.devfn = entry->hop[entry->hops - 1];
		id.bus = random32(seed);
		id.depth = entry->hops;
		for (i = 0; i < id.depth; i++) {
			struct xpm_optin_bridge *b = &id.upstream[i];

			b->domain = entry->domain;
			b->bus = i == id.depth - 1 ? entry->bus : random32(seed);
			b->devfn = i == id.depth - 1 ? entry->devfn :
						       entry->hop[entry->hops - 2 - i];
		}
		/* Deeper still, below bridges that the entry does not name. */
		if (id.depth < XPM_OPTIN_DEPTH && random32(seed) & 1)
			id.upstream[id.depth++].bus = random32(seed);
	}

	i = random32(seed) & 15;
	switch (random32(seed) & 15) {
	case 0:
		id.domain ^= 1U << i;
		break;
	case 1:
		id.bus ^= 1U << (i & 7);
		break;
	case 2:
		id.devfn ^= 1U << (i & 7);
		break;
	case 3:
		id.vendor ^= 1U << i;
		break;
	case 4:
		id.device ^= 1U << i;
		break;
	case 5:
		id.subvendor ^= 1U << i;
		break;
	case 6:
		id.subdevice ^= 1U << i;
		break;
	case 7:
		id.depth = 0;
		break;
	case 8:
		id.upstream[i].devfn ^= 1U << (i & 7);
		break;
	case 9:
		id.upstream[i].bus ^= 1U << (i & 7);
		break;
	case 10:
		id.upstream[i].domain ^= 1U << i;
		break;
	}
	return id;
}

/* The first entry that matches is the one that speaks for it. */
static void check_match(const struct xpm_optin_list *list, const struct model *m, u32 seed)
{
	unsigned int probe, i;

	CLAIM(list || !m->count);
	for (probe = 0; list && probe < PROBES; probe++) {
		const struct xpm_optin_entry *from, *entry;
		struct xpm_optin_id id;

		from = &list->entries[random32(&seed) % list->count];
		id = neighbour(from, &seed);
		for (i = 0; i < m->count; i++)
			if (model_matches(&m->items[i], &id))
				break;
		entry = xpm_optin_match(list, &id);
		CLAIM(entry == (i < m->count ? &list->entries[i] : NULL));
	}
}

/* What is read back says the same, in whatever way it is written again. */
static void check_format(const struct xpm_optin_list *list, const struct model *m)
{
	static char text[XPM_OPTIN_TEXT_MAX], expected[2 * LIMIT], shorter[XPM_OPTIN_TEXT_MAX];
	const struct xpm_optin_list *olds[] = { NULL, list };
	struct xpm_optin_list *again;
	struct xpm_optin_error err;
	size_t len, size;
	unsigned int i;

	print_model(m, expected);
	len = xpm_optin_format(list, text, sizeof(text));
	CLAIM(len == strlen(text) && len < LIMIT);
	CLAIM(!strcmp(text, expected));

	for (i = 0; i < ARRAY_SIZE(olds); i++) {
		CLAIM(!xpm_optin_parse(olds[i], text, &again, &err));
		CLAIM(!again == !list);
		CLAIM(!list || (again->count == list->count &&
				!memcmp(again->entries, list->entries,
					list->count * sizeof(*list->entries))));
		xpm_optin_free(again);
	}

	/* In less room it is cut. */
	size = len * 2 / 3;
	CLAIM(xpm_optin_format(list, shorter, size) == (size ? size - 1 : 0));
	CLAIM(!size || (!strncmp(shorter, text, size - 1) && !shorter[size - 1]));
	for (i = 0; list && i < list->count; i++) {
		char entry[XPM_OPTIN_ENTRY_SIZE];

		len = xpm_optin_entry_format(&list->entries[i], entry, sizeof(entry));
		CLAIM(len < sizeof(entry) - 1);
	}
}

/* The line in the log: it names a place in the text, after sound entries. */
static void check_error(const struct xpm_optin_error *err, const char *text, size_t len,
			bool malformed)
{
	static struct model before;

	CLAIM(err->column >= 1 && err->column <= len + 1);
	CLAIM(err->entry >= text && err->entry < text + err->column);
	CLAIM(err->entry_len < XPM_OPTIN_ENTRY_SIZE);
	CLAIM(err->entry + err->entry_len <= text + len);
	CLAIM(err->expected && *err->expected);
	before.count = 0;
	if (malformed)
		CLAIM(model_parse(&before, text, err->entry - text) >= 0);
}

/* Writes @text to `devices`; returns the list that is in force after it. */
static struct xpm_optin_list *store(struct xpm_optin_list *old, struct model *m,
				    const char *text, size_t len, bool no_memory)
{
	static struct model changed;
	static char expected[3 * LIMIT];
	struct xpm_optin_list *untouched = (struct xpm_optin_list *)&changed, *new = untouched;
	const struct xpm_optin_error no_error = { .column = ~0U };
	struct xpm_optin_error err = no_error;
	size_t old_size = old ? sizeof(*old) + old->count * sizeof(*old->entries) : 0;
	void *old_copy = malloc(old_size + 1);
	int entries = -1, ret;

	CLAIM(old_copy);
	if (old)
		memcpy(old_copy, old, old_size);
	changed.count = m->count;
	memcpy(changed.items, m->items, m->count * sizeof(*m->items));
	if (len <= LIMIT)
		entries = model_parse(&changed, text, len);
	if (!entries)
		changed.count = 0;

	unit_alloc_fail = no_memory;
	ret = xpm_optin_parse(old, text, &new, &err);
	unit_alloc_fail = 0;

	CLAIM(!old || !memcmp(old_copy, old, old_size));
	free(old_copy);
	CLAIM(ret == -EINVAL || !memcmp(&err, &no_error, sizeof(err)));
	if (entries < 0) {
		CLAIM(ret == -EINVAL);
		check_error(&err, text, len, len <= LIMIT);
	} else if (entries && no_memory) {
		CLAIM(ret == -ENOMEM);
	} else {
		print_model(&changed, expected);
		/* With the newline it has to fit into what can be written. */
		if (strlen(expected) + 1 > LIMIT) {
			CLAIM(ret == -EINVAL);
			check_error(&err, text, len, false);
		} else {
			CLAIM(!ret);
		}
	}
	if (ret) {
		CLAIM(new == untouched);
		return old;
	}

	xpm_optin_free(old);
	m->count = changed.count;
	memcpy(m->items, changed.items, m->count * sizeof(*m->items));
	check_format(new, m);
	return new;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	static struct model model;
	static bool prepared;
	struct xpm_optin_list *list = NULL;
	u32 seed = size + 1;

	if (!prepared)
		prepare();
	prepared = true;
	model.count = 0;

	while (size) {
		bool no_memory = *data == NO_MEMORY;
		size_t len;
		char *text;

		data += no_memory;
		size -= no_memory;
		len = size ? strnlen((const char *)data, size) : 0;
		/* Of its own, so that a read beyond its end is seen. */
		text = malloc(len + 1);
		CLAIM(text);
		memcpy(text, data, len);
		text[len] = '\0';
		list = store(list, &model, text, len, no_memory);
		check_match(list, &model, seed += len);
		free(text);
		data += len;
		size -= len;
		if (size) {
			data++;
			size--;
		}
	}

	xpm_optin_free(list);
	CLAIM(!unit_alloc_live);
	return 0;
}
