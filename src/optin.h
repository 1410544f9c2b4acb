/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The language of the `devices` parameter: parse, change, print and match the
 * list of functions that the administrator opted in.
 *
 * Pure: text and plain values in, lists out.  Nothing here knows struct pci_dev,
 * takes a lock or logs; the same source is compiled in user space for its tests.
 */
#ifndef XPM_OPTIN_H
#define XPM_OPTIN_H

#include <linux/bits.h>
#include <linux/types.h>

/*
 * Bytes of a text, a final newline included, and also of what reading back
 * gives: sysfs has no room for more in its page.  A write of more is split into
 * chunks of 4096 bytes, so that this limit keeps a chunk from passing for a list.
 */
#define XPM_OPTIN_TEXT_MAX	4095

/* Bridges above a function that a path can name. */
#define XPM_OPTIN_DEPTH		16

/* A buffer of this size takes any entry as xpm_optin_entry_format() prints it. */
#define XPM_OPTIN_ENTRY_SIZE	128

/* What an entry asks for beyond being hooked; the comments give the text. */
enum xpm_optin_option {
	XPM_OPT_D3HOT	= BIT(0),	/* d3hot: never deeper than D3hot */
	XPM_OPT_NOWAKE	= BIT(1),	/* nowake: never offer PME */
	XPM_OPT_SLEEP	= BIT(2),	/* sleep: into D3 at system sleep, guest or not */
};

enum xpm_optin_kind {
	XPM_OPTIN_ADDRESS,		/* domain to hop[] are valid */
	XPM_OPTIN_ID,			/* vendor to subdevice are valid */
};

/**
 * struct xpm_optin_entry - one entry; members that its kind has no use for are 0
 * @kind: which members say what the entry matches
 * @domain: PCI domain of the function or, in a path, of its first bridge
 * @bus: bus number, likewise
 * @devfn: device and function, likewise; the function is 0 with @any_function
 * @any_function: every function of that device ("*"); never in a path
 * @hops: valid members of @hop; 0 unless the entry is a path
 * @hop: device and function of each hop below the first bridge, topmost first
 * @vendor: vendor, 0 matches all, as in the kernel's pci_dev_str_match()
 * @device: device, likewise
 * @subvendor: subsystem vendor, likewise
 * @subdevice: subsystem device, likewise
 * @options: bits of enum xpm_optin_option
 */
struct xpm_optin_entry {
	enum xpm_optin_kind kind;
	u32 domain;
	u8 bus;
	u8 devfn;
	bool any_function;
	u8 hops;
	u8 hop[XPM_OPTIN_DEPTH];
	u16 vendor;
	u16 device;
	u16 subvendor;
	u16 subdevice;
	unsigned int options;
};

/**
 * struct xpm_optin_list - entries in order of precedence, no two with the same key
 * @count: number of @entries, at least 1
 * @entries: the entries
 *
 * Never changes once it is built, so readers need nothing but its lifetime.
 * The empty list is NULL: emptying the parameter cannot fail for want of memory.
 */
struct xpm_optin_list {
	unsigned int count;
	struct xpm_optin_entry entries[];
};

/**
 * struct xpm_optin_error - why a text was refused
 * @column: where, in bytes of the text, from 1
 * @entry: the entry at fault, in the text itself, so not terminated by NUL
 * @entry_len: bytes of @entry, less than XPM_OPTIN_ENTRY_SIZE: if it is longer it
 *             is cut, to leave room for the rest of a log line; 0 where an entry
 *             is missing
 * @expected: what would have been right at @column, to follow "expected "
 *
 * The text is anyone's bytes: log @entry with "%*pE".
 */
struct xpm_optin_error {
	unsigned int column;
	const char *entry;
	unsigned int entry_len;
	const char *expected;
};

/**
 * struct xpm_optin_bridge - address of a bridge above a function
 * @domain: PCI domain of the bus that the bridge is on
 * @bus: number of that bus, so not of the one that the bridge leads to
 * @devfn: device and function
 */
struct xpm_optin_bridge {
	u32 domain;
	u8 bus;
	u8 devfn;
};

/**
 * struct xpm_optin_id - all that matching needs to know of a function
 * @domain: PCI domain
 * @bus: bus number
 * @devfn: device and function
 * @vendor: vendor
 * @device: device
 * @subvendor: subsystem vendor
 * @subdevice: subsystem device
 * @depth: valid members of @upstream; of a deeper function only the nearest
 * @upstream: what pci_upstream_bridge() gives, called again and again: nearest first
 */
struct xpm_optin_id {
	u32 domain;
	u8 bus;
	u8 devfn;
	u16 vendor;
	u16 device;
	u16 subvendor;
	u16 subdevice;
	unsigned int depth;
	struct xpm_optin_bridge upstream[XPM_OPTIN_DEPTH];
};

int xpm_optin_parse(const struct xpm_optin_list *old, const char *text,
		    struct xpm_optin_list **new, struct xpm_optin_error *err);
void xpm_optin_free(struct xpm_optin_list *list);
size_t xpm_optin_format(const struct xpm_optin_list *list, char *buf, size_t size);
size_t xpm_optin_entry_format(const struct xpm_optin_entry *entry, char *buf, size_t size);
const struct xpm_optin_entry *xpm_optin_match(const struct xpm_optin_list *list,
					      const struct xpm_optin_id *id);

#endif /* XPM_OPTIN_H */
