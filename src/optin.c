// SPDX-License-Identifier: GPL-2.0-only
/*
 * The language of the `devices` parameter.
 *
 *	text    = [ entry { sep entry } [ sep ] ]
 *	sep     = white space around at most one comma, or nothing after "(...)"
 *	entry   = [ "+" | "-" ] what [ "=" option { ":" option } ]
 *	what    = address | "(" address ")" | path | id
 *	address = [ domain ":" ] bus ":" device "." ( function | "*" )
 *	path    = [ domain ":" ] bus ":" device "." function { "/" device "." function }
 *	id      = "pci:" vendor ":" device [ ":" subvendor ":" subdevice ]
 *
 * Two commas with nothing between them, or one before the first entry, look like
 * an entry that got lost (an unset variable in a script), so they are refused; one
 * after the last entry is what a loop in a script leaves behind, so it is not.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "optin.h"

/* Not isspace(): the kernel's takes the byte 0xa0, a part of UTF-8 letters. */
#define SPACES		" \t\n\v\f\r"
#define SEPARATORS	SPACES ","

#define EXPECT_ENTRY	"[DDDD:]BB:DD.F, a path (BB:DD.F/DD.F) or pci:VVVV:DDDD"
#define EXPECT_DEVICE	"a device from 00 to 1f"
#define EXPECT_OPTION	"one of d3hot, nowake, sleep"
#define EXPECT_LIMIT	"a list of at most 4095 bytes"

static const struct {
	const char *name;
	unsigned int bit;
} options[] = {
	/* The order in which they are printed. */
	{ "d3hot", XPM_OPT_D3HOT },
	{ "nowake", XPM_OPT_NOWAKE },
	{ "sleep", XPM_OPT_SLEEP },
};

/*
 * text: the whole of it
 * at: what is read next
 * entry: where the current entry begins, its sign included; NULL before the first
 * modify: the entries have signs
 * sign: that of the current entry, 0 if it has none
 */
struct cursor {
	const char *text;
	const char *at;
	const char *entry;
	bool modify;
	char sign;
	struct xpm_optin_error *err;
};

static void set_error(struct xpm_optin_error *err, const char *text, const char *entry,
		      const char *at, const char *expected)
{
	bool closed = false;
	unsigned int len;

	for (len = 0; len < XPM_OPTIN_ENTRY_SIZE - 1; len++) {
		char ch = entry[len];

		/* strchr() finds the final NUL as well */
		if (strchr(SEPARATORS, ch) || (closed && strchr("(+-", ch)))
			break;
		if (ch == ')')
			closed = true;
	}

	err->column = at - text + 1;
	err->entry = entry;
	err->entry_len = len;
	err->expected = expected;
}

static int fail(const struct cursor *c, const char *at, const char *expected)
{
	set_error(c->err, c->text, c->entry, at, expected);
	return -EINVAL;
}

static int expect(struct cursor *c, char ch, const char *expected)
{
	if (*c->at != ch)
		return fail(c, c->at, expected);
	c->at++;
	return 0;
}

/* Not hex_to_bin(): its header is another one in 5.10 than in 7.x. */
static int hex_digit(char ch)
{
	if (ch >= '0' && ch <= '9')
		return ch - '0';
	if (ch >= 'a' && ch <= 'f')
		return ch - 'a' + 10;
	if (ch >= 'A' && ch <= 'F')
		return ch - 'A' + 10;
	return -1;
}

/* A number of 1 to @digits digits; an error is about it as a whole: its first digit. */
static int parse_hex(struct cursor *c, unsigned int digits, u32 *value, const char *expected)
{
	const char *start = c->at;
	int digit;

	*value = 0;
	while ((digit = hex_digit(*c->at)) >= 0) {
		if (c->at - start == digits)
			return fail(c, start, expected);
		*value = *value << 4 | digit;
		c->at++;
	}
	return c->at == start ? fail(c, start, expected) : 0;
}

/* ".F"; "*" is allowed if @any is given. */
static int parse_function(struct cursor *c, u32 *function, bool *any)
{
	int err = expect(c, '.', "'.' and a function");

	if (err)
		return err;
	if (any && *c->at == '*') {
		*any = true;
		*function = 0;
	} else if (*c->at >= '0' && *c->at <= '7') {
		*function = *c->at - '0';
	} else {
		return fail(c, c->at, any ? "a function from 0 to 7, or *" :
					    "a function from 0 to 7");
	}
	c->at++;
	return 0;
}

static int parse_hops(struct cursor *c, struct xpm_optin_entry *entry)
{
	const char *start;
	u32 device, function;
	int err;

	while (*c->at == '/') {
		if (entry->any_function)
			return fail(c, c->at - 1, "a function from 0 to 7, as a path has no *");
		if (entry->hops == XPM_OPTIN_DEPTH)
			return fail(c, c->at, "at most 16 hops");
		c->at++;
		start = c->at;
		err = parse_hex(c, 2, &device, EXPECT_DEVICE);
		if (err)
			return err;
		if (device > 0x1f)
			return fail(c, start, EXPECT_DEVICE);
		err = parse_function(c, &function, NULL);
		if (err)
			return err;
		entry->hop[entry->hops++] = PCI_DEVFN(device, function);
	}
	return 0;
}

/*
 * What a number means shows only behind it: the first is the domain or the bus,
 * the second the bus or the device.
 */
static int parse_address(struct cursor *c, struct xpm_optin_entry *entry, const char *expected)
{
	const char *first = c->at;
	const char *second;
	const char *start;
	u32 domain = 0, bus, device, function;
	int err;

	if (hex_digit(*first) < 0)
		return fail(c, first, expected);
	err = parse_hex(c, 8, &bus, "a domain of 1 to 8 or a bus of 1 or 2 hexadecimal digits");
	if (err)
		return err;
	err = expect(c, ':', "':', as in [DDDD:]BB:DD.F");
	if (err)
		return err;

	second = c->at;
	start = second;
	err = parse_hex(c, 2, &device, "a bus or a device of 1 or 2 hexadecimal digits");
	if (err)
		return err;
	if (*c->at == ':') {
		domain = bus;
		bus = device;
		c->at++;
		start = c->at;
		err = parse_hex(c, 2, &device, EXPECT_DEVICE);
		if (err)
			return err;
	} else if (*c->at != '.') {
		return fail(c, c->at, "':' and a device, or '.' and a function");
	} else if (second - first > 3) {
		return fail(c, first, "a bus of 1 or 2 hexadecimal digits");
	}
	if (device > 0x1f)
		return fail(c, start, EXPECT_DEVICE);
	err = parse_function(c, &function, &entry->any_function);
	if (err)
		return err;

	entry->kind = XPM_OPTIN_ADDRESS;
	entry->domain = domain;
	entry->bus = bus;
	entry->devfn = PCI_DEVFN(device, function);
	return 0;
}

/* What follows "pci:". */
static int parse_id(struct cursor *c, struct xpm_optin_entry *entry)
{
	static const char * const expected[] = {
		"a vendor of 1 to 4 hexadecimal digits",
		"a device of 1 to 4 hexadecimal digits",
		"a subsystem vendor of 1 to 4 hexadecimal digits",
		"a subsystem device of 1 to 4 hexadecimal digits",
	};
	u32 id[ARRAY_SIZE(expected)] = {};
	unsigned int i;
	int err;

	for (i = 0; i < ARRAY_SIZE(id); i++) {
		if (i == 2 && *c->at != ':')
			break;
		if (i) {
			err = expect(c, ':', i == 1 ? "':' and a device" :
						      "':' and a subsystem device");
			if (err)
				return err;
		}
		err = parse_hex(c, 4, &id[i], expected[i]);
		if (err)
			return err;
	}

	entry->kind = XPM_OPTIN_ID;
	entry->vendor = id[0];
	entry->device = id[1];
	entry->subvendor = id[2];
	entry->subdevice = id[3];
	return 0;
}

/* What follows "=". */
static int parse_options(struct cursor *c, struct xpm_optin_entry *entry)
{
	for (;;) {
		size_t len = strcspn(c->at, SEPARATORS ":=/()+-");
		unsigned int i;

		for (i = 0; i < ARRAY_SIZE(options); i++) {
			if (len == strlen(options[i].name) &&
			    !memcmp(c->at, options[i].name, len))
				break;
		}
		if (i == ARRAY_SIZE(options))
			return fail(c, c->at, EXPECT_OPTION);
		if (entry->options & options[i].bit)
			return fail(c, c->at, "each option only once");
		entry->options |= options[i].bit;

		c->at += len;
		if (*c->at != ':')
			return 0;
		c->at++;
	}
}

/* As in cgroup.subtree_control: every entry has a sign, or none has. */
static int parse_sign(struct cursor *c, bool first)
{
	c->sign = 0;
	if (*c->at == '+' || *c->at == '-')
		c->sign = *c->at++;

	if (first)
		c->modify = c->sign;
	else if (c->modify && !c->sign)
		return fail(c, c->at, "+ or -, as before the first entry");
	else if (!c->modify && c->sign)
		return fail(c, c->entry, "an entry without + or -, like the first one");
	return 0;
}

/* Return: 1 and an entry, 0 at the end of the text, or -EINVAL. */
static int next_entry(struct cursor *c, struct xpm_optin_entry *entry)
{
	const char *expected = "'=', ',' or white space";
	bool first = !c->entry;
	bool closed = false;
	int err;

	c->at += strspn(c->at, SPACES);
	if (!*c->at)
		return 0;

	c->entry = c->at;
	memset(entry, 0, sizeof(*entry));
	if (*c->at == ',')
		return fail(c, c->at, "an entry before ','");
	err = parse_sign(c, first);
	if (err)
		return err;

	if (!strncmp(c->at, "pci:", 4)) {
		c->at += 4;
		err = parse_id(c, entry);
	} else if (*c->at == '(') {
		closed = true;
		c->at++;
		err = parse_address(c, entry, "[DDDD:]BB:DD.F");
		if (!err)
			err = expect(c, ')', "')'");
	} else {
		err = parse_address(c, entry, EXPECT_ENTRY);
		if (!err)
			err = parse_hops(c, entry);
	}
	if (err)
		return err;

	if (c->sign == '-') {
		expected = "',' or white space, as - takes no options";
	} else if (*c->at == '=') {
		c->at++;
		err = parse_options(c, entry);
		if (err)
			return err;
		expected = "':', ',' or white space";
	}

	/* A sign that cannot stand here is reported as such by the next call. */
	if (strchr(SEPARATORS, *c->at)) {
		c->at += strspn(c->at, SPACES);
		if (*c->at == ',')
			c->at++;
	} else if (!closed || !strchr("(+-", *c->at)) {
		return fail(c, c->at, expected);
	}
	return 1;
}

static bool same_key(const struct xpm_optin_entry *a, const struct xpm_optin_entry *b)
{
	return a->kind == b->kind &&
	       a->domain == b->domain &&
	       a->bus == b->bus &&
	       a->devfn == b->devfn &&
	       a->any_function == b->any_function &&
	       a->hops == b->hops &&
	       !memcmp(a->hop, b->hop, sizeof(a->hop)) &&
	       a->vendor == b->vendor &&
	       a->device == b->device &&
	       a->subvendor == b->subvendor &&
	       a->subdevice == b->subdevice;
}

/* What an entry takes when read back, with the comma or the newline behind it. */
static size_t entry_size(const struct xpm_optin_entry *entry)
{
	char buf[XPM_OPTIN_ENTRY_SIZE];

	return xpm_optin_entry_format(entry, buf, sizeof(buf)) + 1;
}

/* Return: @size, that of @list when read back, after the change. */
static size_t apply(struct xpm_optin_list *list, const struct xpm_optin_entry *entry, char sign,
		    size_t size)
{
	struct xpm_optin_entry *pos = list->entries;
	struct xpm_optin_entry *end = pos + list->count;

	while (pos < end && !same_key(pos, entry))
		pos++;

	if (pos == end) {
		if (sign == '-')
			return size;
		*pos = *entry;
		list->count++;
		return size + entry_size(pos);
	}

	/* It is there already, and in a list that replaces another the first wins. */
	if (!sign)
		return size;

	size -= entry_size(pos);
	if (sign == '-') {
		memmove(pos, pos + 1, (end - pos - 1) * sizeof(*pos));
		list->count--;
		return size;
	}
	pos->options = entry->options;
	return size + entry_size(pos);
}

/**
 * xpm_optin_parse - make a new list from the old one and a text
 * @old: the list in force, which `+` and `-` entries change; not modified; NULL if empty
 * @text: what was written to `devices`, NUL-terminated, at most XPM_OPTIN_TEXT_MAX bytes
 * @new: on success, the new list, for xpm_optin_free(); NULL if it is empty; else untouched
 * @err: on -EINVAL, what is wrong, pointing into @text; else untouched
 *
 * A text whose entries have no sign replaces @old; of entries with the same key the
 * first one stays.  If they have signs, `+` adds an entry at the end, or gives one of
 * the same key other options where it is, and `-` removes the entry of that key, if
 * there is one.  The key is all but the options, so 03:00.* and 03:00.0 differ.
 *
 * Context: Process context, may sleep (GFP_KERNEL).
 * Return: 0; -EINVAL if @text is malformed or too long, or the list would be too long to
 *	   be read back; -ENOMEM, but never for a text without entries.
 */
int xpm_optin_parse(const struct xpm_optin_list *old, const char *text,
		    struct xpm_optin_list **new, struct xpm_optin_error *err)
{
	struct cursor c = { .text = text, .at = text, .err = err };
	const char *overflow = NULL;
	struct xpm_optin_list *list;
	struct xpm_optin_entry entry;
	unsigned int count = 0;
	size_t size = 0;
	unsigned int i;
	int ret;

	if (strnlen(text, XPM_OPTIN_TEXT_MAX + 1) > XPM_OPTIN_TEXT_MAX) {
		const char *at = text + XPM_OPTIN_TEXT_MAX;
		const char *start = at;

		while (start > text && !strchr(SEPARATORS, start[-1]))
			start--;
		set_error(err, text, start, at, EXPECT_LIMIT);
		return -EINVAL;
	}

	/* Twice through the text: to check and count, then to build what cannot fail. */
	while ((ret = next_entry(&c, &entry)) > 0)
		count++;
	if (ret < 0)
		return ret;

	if (!c.modify)
		old = NULL;
	if (old)
		count += old->count;
	if (!count) {
		*new = NULL;
		return 0;
	}

	list = kvmalloc(struct_size(list, entries, count), GFP_KERNEL);
	if (!list)
		return -ENOMEM;
	list->count = 0;
	for (i = 0; old && i < old->count; i++)
		size = apply(list, &old->entries[i], 0, size);

	c = (struct cursor){ .text = text, .at = text, .err = err };
	while (next_entry(&c, &entry) > 0) {
		size = apply(list, &entry, c.sign, size);
		/* A later removal may make it fit again, so blame none before the end. */
		if (size <= XPM_OPTIN_TEXT_MAX)
			overflow = NULL;
		else if (!overflow)
			overflow = c.entry;
	}
	if (overflow) {
		set_error(err, text, overflow, overflow, EXPECT_LIMIT " once normalised");
		xpm_optin_free(list);
		return -EINVAL;
	}

	if (!list->count) {
		xpm_optin_free(list);
		list = NULL;
	}
	*new = list;
	return 0;
}

/**
 * xpm_optin_free - free a list
 * @list: from xpm_optin_parse(), or NULL; nobody may still be reading it
 *
 * Context: Process context, may sleep.
 */
void xpm_optin_free(struct xpm_optin_list *list)
{
	kvfree(list);
}

/**
 * xpm_optin_entry_format - print one entry in its normalised form
 * @entry: the entry
 * @buf: where to, not NULL; always terminated by NUL unless @size is 0
 * @size: bytes of @buf; XPM_OPTIN_ENTRY_SIZE is enough for any entry, in less it is cut
 *
 * Context: Any.
 * Return: The bytes written, without the NUL.
 */
size_t xpm_optin_entry_format(const struct xpm_optin_entry *entry, char *buf, size_t size)
{
	char before = '=';
	size_t len;
	unsigned int i;

	if (entry->kind == XPM_OPTIN_ID) {
		len = scnprintf(buf, size, "pci:%04x:%04x", entry->vendor, entry->device);
		if (entry->subvendor || entry->subdevice)
			len += scnprintf(buf + len, size - len, ":%04x:%04x",
					 entry->subvendor, entry->subdevice);
	} else {
		len = scnprintf(buf, size, "%04x:%02x:%02x.%c", entry->domain, entry->bus,
				PCI_SLOT(entry->devfn),
				entry->any_function ? '*' : '0' + PCI_FUNC(entry->devfn));
		for (i = 0; i < entry->hops; i++)
			len += scnprintf(buf + len, size - len, "/%02x.%x",
					 PCI_SLOT(entry->hop[i]), PCI_FUNC(entry->hop[i]));
	}

	for (i = 0; i < ARRAY_SIZE(options); i++) {
		if (!(entry->options & options[i].bit))
			continue;
		len += scnprintf(buf + len, size - len, "%c%s", before, options[i].name);
		before = ':';
	}
	return len;
}

/**
 * xpm_optin_format - print a list in its normalised form
 * @list: the list, or NULL
 * @buf: where to, not NULL; always terminated by NUL unless @size is 0
 * @size: bytes of @buf; XPM_OPTIN_TEXT_MAX is enough for any list from xpm_optin_parse(),
 *	  and leaves a page room for the newline that the caller adds; in less it is cut
 *
 * Parsing what this prints gives the same list.
 *
 * Context: Any.
 * Return: The bytes written, without the NUL.
 */
size_t xpm_optin_format(const struct xpm_optin_list *list, char *buf, size_t size)
{
	size_t len = 0;
	unsigned int i;

	if (size)
		buf[0] = '\0';
	for (i = 0; list && i < list->count; i++) {
		if (i)
			len += scnprintf(buf + len, size - len, ",");
		len += xpm_optin_entry_format(&list->entries[i], buf + len, size - len);
	}
	return len;
}

/* As the kernel's pci_dev_str_match_path(): from the function up to the first bridge. */
static bool match_path(const struct xpm_optin_entry *entry, const struct xpm_optin_id *id)
{
	const struct xpm_optin_bridge *top;
	u8 devfn = id->devfn;
	unsigned int i;

	if (entry->hops > id->depth)
		return false;
	for (i = 0; i < entry->hops; i++) {
		if (devfn != entry->hop[entry->hops - 1 - i])
			return false;
		devfn = id->upstream[i].devfn;
	}
	top = &id->upstream[entry->hops - 1];
	return top->domain == entry->domain && top->bus == entry->bus &&
	       top->devfn == entry->devfn;
}

static bool match_function(const struct xpm_optin_entry *entry, const struct xpm_optin_id *id)
{
	u8 devfn = id->devfn;

	if (entry->any_function)
		devfn = PCI_DEVFN(PCI_SLOT(devfn), 0);
	return id->domain == entry->domain && id->bus == entry->bus && devfn == entry->devfn;
}

static bool match_id(const struct xpm_optin_entry *entry, const struct xpm_optin_id *id)
{
	return (!entry->vendor || entry->vendor == id->vendor) &&
	       (!entry->device || entry->device == id->device) &&
	       (!entry->subvendor || entry->subvendor == id->subvendor) &&
	       (!entry->subdevice || entry->subdevice == id->subdevice);
}

static bool match_entry(const struct xpm_optin_entry *entry, const struct xpm_optin_id *id)
{
	if (entry->kind == XPM_OPTIN_ID)
		return match_id(entry, id);
	return entry->hops ? match_path(entry, id) : match_function(entry, id);
}

/**
 * xpm_optin_match - find the entry that speaks for a function
 * @list: the list, or NULL
 * @id: the function
 *
 * Context: Any; the caller keeps @list alive.
 * Return: The first entry that matches, a part of @list, or NULL if the function is not
 *	   opted in.
 */
const struct xpm_optin_entry *xpm_optin_match(const struct xpm_optin_list *list,
					      const struct xpm_optin_id *id)
{
	unsigned int i;

	for (i = 0; list && i < list->count; i++) {
		if (match_entry(&list->entries[i], id))
			return &list->entries[i];
	}
	return NULL;
}
