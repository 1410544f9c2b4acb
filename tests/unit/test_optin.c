// SPDX-License-Identifier: GPL-2.0-only
/* Tests of src/optin.c: the language of the `devices` parameter. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <linux/kernel.h>
#include <linux/pci.h>
#include <linux/slab.h>

#include "optin.h"

#define LIMIT	XPM_OPTIN_TEXT_MAX

/* What the messages say; a user reads them, so they are spelled out here. */
#define X_ENTRY		"[DDDD:]BB:DD.F, a path (BB:DD.F/DD.F) or pci:VVVV:DDDD"
#define X_PAREN		"[DDDD:]BB:DD.F"
#define X_EMPTY		"an entry before ','"
#define X_FIRST		"a domain of 1 to 8 or a bus of 1 or 2 hexadecimal digits"
#define X_COLON		"':', as in [DDDD:]BB:DD.F"
#define X_SECOND	"a bus or a device of 1 or 2 hexadecimal digits"
#define X_BUS		"a bus of 1 or 2 hexadecimal digits"
#define X_AFTER_SECOND	"':' and a device, or '.' and a function"
#define X_DEVICE	"a device from 00 to 1f"
#define X_DOT		"'.' and a function"
#define X_FUNCTION	"a function from 0 to 7, or *"
#define X_HOP_FUNCTION	"a function from 0 to 7"
#define X_PATH_STAR	"a function from 0 to 7, as a path has no *"
#define X_HOPS		"at most 16 hops"
#define X_OPTION	"one of d3hot, nowake, sleep"
#define X_ONCE		"each option only once"
#define X_END		"'=', ',' or white space"
#define X_END_OPTIONS	"':', ',' or white space"
#define X_END_REMOVE	"',' or white space, as - takes no options"
#define X_SIGN		"+ or -, as before the first entry"
#define X_NO_SIGN	"an entry without + or -, like the first one"
#define X_LIMIT		"a list of at most 4095 bytes"
#define X_LIMIT_NORMAL	"a list of at most 4095 bytes once normalised"

static struct xpm_optin_list *const untouched = (void *)0x5a5a5a5a;

/*
 * Parses a copy that ends where its memory ends, so that ASan sees every byte read
 * behind it; err->entry is moved back into @text.
 */
static int parse(const struct xpm_optin_list *old, const char *text,
		 struct xpm_optin_list **new, struct xpm_optin_error *err)
{
	size_t len = strlen(text);
	char *copy = malloc(len + 1);
	int ret;

	assert_non_null(copy);
	memcpy(copy, text, len + 1);
	memset(err, 0xa5, sizeof(*err));
	*new = untouched;
	ret = xpm_optin_parse(old, copy, new, err);
	if (ret) {
		assert_ptr_equal(*new, untouched);
	} else {
		assert_ptr_not_equal(*new, untouched);
		if (*new)
			assert_true((*new)->count > 0);
	}
	if (ret == -EINVAL) {
		assert_in_range(err->column, 1, len + 1);
		assert_true(err->entry >= copy && err->entry + err->entry_len <= copy + len);
		assert_true(err->entry_len < XPM_OPTIN_ENTRY_SIZE);
		assert_non_null(err->expected);
		err->entry = text + (err->entry - copy);
	}
	free(copy);
	return ret;
}

static struct xpm_optin_list *must_parse(const struct xpm_optin_list *old, const char *text)
{
	struct xpm_optin_error err;
	struct xpm_optin_list *list;
	int ret = parse(old, text, &list, &err);

	if (ret == -EINVAL)
		fail_msg("\"%s\": column %u: expected %s", text, err.column, err.expected);
	assert_int_equal(ret, 0);
	return list;
}

static void assert_list(const struct xpm_optin_list *list, const char *expected)
{
	char buf[LIMIT];

	assert_int_equal(xpm_optin_format(list, buf, sizeof(buf)), strlen(expected));
	assert_string_equal(buf, expected);
}

static void assert_reads(const char *text, const char *expected)
{
	struct xpm_optin_list *list = must_parse(NULL, text);

	assert_list(list, expected);
	xpm_optin_free(list);
}

static void assert_changes(const char *before, const char *text, const char *after)
{
	struct xpm_optin_list *old = must_parse(NULL, before);
	struct xpm_optin_list *new = must_parse(old, text);

	assert_list(old, before);
	assert_list(new, after);
	xpm_optin_free(old);
	xpm_optin_free(new);
}

static void assert_refused_from(const char *before, const char *text, unsigned int column,
				const char *entry, const char *expected)
{
	struct xpm_optin_list *old = must_parse(NULL, before);
	struct xpm_optin_error err;
	struct xpm_optin_list *list;

	if (parse(old, text, &list, &err) != -EINVAL)
		fail_msg("\"%s\" was not refused", text);
	if (err.column != column || strcmp(err.expected, expected) ||
	    err.entry_len != strlen(entry) || memcmp(err.entry, entry, err.entry_len))
		fail_msg("\"%s\": got \"%.*s\", column %u: expected %s", text,
			 (int)err.entry_len, err.entry, err.column, err.expected);
	assert_list(old, before);
	xpm_optin_free(old);
}

static void assert_refused(const char *text, unsigned int column, const char *entry,
			   const char *expected)
{
	assert_refused_from("", text, column, entry, expected);
	assert_refused_from("0000:01:02.3=nowake", text, column, entry, expected);
}

static int nothing_allocated(void **state)
{
	(void)state;
	unit_alloc_fail = 0;
	unit_alloc_live = 0;
	return 0;
}

static int nothing_leaked(void **state)
{
	(void)state;
	return unit_alloc_live;
}

/* Forms */

static void design_example_reads_back_normalised(void **state)
{
	(void)state;
	assert_reads("0000:03:00.0,00:14.0=d3hot,0000:04:00.*=d3hot:nowake\n",
		     "0000:03:00.0,0000:00:14.0=d3hot,0000:04:00.*=d3hot:nowake");
}

static void address_defaults_to_domain_0(void **state)
{
	(void)state;
	assert_reads("03:00.0", "0000:03:00.0");
}

static void address_digits_may_be_few_or_upper_case(void **state)
{
	(void)state;
	assert_reads("3:0.7", "0000:03:00.7");
	assert_reads("0:3:0.7", "0000:03:00.7");
	assert_reads("A:FF:1F.0", "000a:ff:1f.0");
	assert_reads("aBcD:eF:1a.*", "abcd:ef:1a.*");
}

static void domain_may_have_eight_digits(void **state)
{
	struct xpm_optin_list *list = must_parse(NULL, "ffffffff:e1:00.0");

	(void)state;
	assert_int_equal(list->entries[0].domain, 0xffffffff);
	assert_list(list, "ffffffff:e1:00.0");
	xpm_optin_free(list);
	assert_reads("10000:e1:00.0", "10000:e1:00.0");
	assert_reads("00010000:e1:00.0", "10000:e1:00.0");
	assert_reads("00000001:02:03.4", "0001:02:03.4");
}

static void address_fields_are_parsed(void **state)
{
	struct xpm_optin_list *list = must_parse(NULL, "12:34:1d.6=nowake, 56:07.*");
	const struct xpm_optin_entry *e = list->entries;

	(void)state;
	assert_int_equal(list->count, 2);
	assert_int_equal(e[0].kind, XPM_OPTIN_ADDRESS);
	assert_int_equal(e[0].domain, 0x12);
	assert_int_equal(e[0].bus, 0x34);
	assert_int_equal(e[0].devfn, PCI_DEVFN(0x1d, 6));
	assert_false(e[0].any_function);
	assert_int_equal(e[0].hops, 0);
	assert_int_equal(e[0].options, XPM_OPT_NOWAKE);
	assert_int_equal(e[1].domain, 0);
	assert_int_equal(e[1].bus, 0x56);
	assert_int_equal(e[1].devfn, PCI_DEVFN(7, 0));
	assert_true(e[1].any_function);
	assert_int_equal(e[1].options, 0);
	xpm_optin_free(list);
}

static void pciback_form_is_accepted(void **state)
{
	(void)state;
	assert_reads("(0000:03:00.0)(00:14.0)", "0000:03:00.0,0000:00:14.0");
	assert_reads("(0000:03:00.0) (00:14.*)\n", "0000:03:00.0,0000:00:14.*");
	assert_reads("(03:00.0),(00:14.0)", "0000:03:00.0,0000:00:14.0");
	assert_reads("(03:00.0)", "0000:03:00.0");
}

static void pciback_form_takes_options_behind_the_parenthesis(void **state)
{
	(void)state;
	assert_reads("(03:00.0)=d3hot", "0000:03:00.0=d3hot");
	assert_reads("(03:00.0)=d3hot(00:14.0)=sleep:nowake(04:00.0)",
		     "0000:03:00.0=d3hot,0000:00:14.0=nowake:sleep,0000:04:00.0");
	assert_reads("(03:00.0)=d3hot,00:14.0", "0000:03:00.0=d3hot,0000:00:14.0");
}

static void pciback_form_takes_signs(void **state)
{
	(void)state;
	assert_changes("0000:01:00.0", "+(03:00.0)=d3hot-(01:00.0)+(00:14.0)",
		       "0000:03:00.0=d3hot,0000:00:14.0");
}

static void ids_are_accepted(void **state)
{
	(void)state;
	assert_reads("pci:8086:15F3", "pci:8086:15f3");
	assert_reads("pci:8086:a:1:2", "pci:8086:000a:0001:0002");
	assert_reads("pci:8086:a:0:2=sleep", "pci:8086:000a:0000:0002=sleep");
	assert_reads("pci:8086:a:1:0", "pci:8086:000a:0001:0000");
	assert_reads("pci:0:0", "pci:0000:0000");
}

static void ids_without_subsystem_are_shortened(void **state)
{
	(void)state;
	assert_reads("pci:8086:15f3:0000:0000", "pci:8086:15f3");
}

static void id_fields_are_parsed(void **state)
{
	struct xpm_optin_list *list = must_parse(NULL, "pci:1234:5678:9abc:def0");

	(void)state;
	assert_int_equal(list->entries[0].kind, XPM_OPTIN_ID);
	assert_int_equal(list->entries[0].vendor, 0x1234);
	assert_int_equal(list->entries[0].device, 0x5678);
	assert_int_equal(list->entries[0].subvendor, 0x9abc);
	assert_int_equal(list->entries[0].subdevice, 0xdef0);
	xpm_optin_free(list);
}

static void paths_are_accepted(void **state)
{
	(void)state;
	assert_reads("00:08.1/00.0", "0000:00:08.1/00.0");
	assert_reads("10000:e0:6.0/0.0/1f.7=d3hot,3:0.1/2.3",
		     "10000:e0:06.0/00.0/1f.7=d3hot,0000:03:00.1/02.3");
}

static void path_fields_are_parsed(void **state)
{
	struct xpm_optin_list *list = must_parse(NULL, "1:2:3.4/5.6/1f.7");
	const struct xpm_optin_entry *e = list->entries;

	(void)state;
	assert_int_equal(e->kind, XPM_OPTIN_ADDRESS);
	assert_int_equal(e->domain, 1);
	assert_int_equal(e->bus, 2);
	assert_int_equal(e->devfn, PCI_DEVFN(3, 4));
	assert_int_equal(e->hops, 2);
	assert_int_equal(e->hop[0], PCI_DEVFN(5, 6));
	assert_int_equal(e->hop[1], PCI_DEVFN(0x1f, 7));
	xpm_optin_free(list);
}

static void longest_entry_fits_its_buffer(void **state)
{
	const char *text = "ffffffff:ff:1f.7/1f.7/1f.7/1f.7/1f.7/1f.7/1f.7/1f.7/1f.7"
			   "/1f.7/1f.7/1f.7/1f.7/1f.7/1f.7/1f.7/1f.7=d3hot:nowake:sleep";
	struct xpm_optin_list *list = must_parse(NULL, text);
	char buf[XPM_OPTIN_ENTRY_SIZE];

	(void)state;
	assert_int_equal(list->entries[0].hops, XPM_OPTIN_DEPTH);
	assert_int_equal(xpm_optin_entry_format(&list->entries[0], buf, sizeof(buf)),
			 strlen(text));
	assert_string_equal(buf, text);
	xpm_optin_free(list);
}

/* Options */

static void every_combination_of_options_in_every_order(void **state)
{
	static const char *const name[] = { "d3hot", "nowake", "sleep" };
	static const char *const normal[] = {
		"0000:03:00.0",
		"0000:03:00.0=d3hot",
		"0000:03:00.0=nowake",
		"0000:03:00.0=d3hot:nowake",
		"0000:03:00.0=sleep",
		"0000:03:00.0=d3hot:sleep",
		"0000:03:00.0=nowake:sleep",
		"0000:03:00.0=d3hot:nowake:sleep",
	};
	char text[64];
	int i, j, k;

	(void)state;
	for (i = 0; i < 3; i++) {
		snprintf(text, sizeof(text), "03:00.0=%s", name[i]);
		assert_reads(text, normal[1 << i]);
		for (j = 0; j < 3; j++) {
			if (j == i)
				continue;
			snprintf(text, sizeof(text), "03:00.0=%s:%s", name[i], name[j]);
			assert_reads(text, normal[1 << i | 1 << j]);
			k = 3 - i - j;
			snprintf(text, sizeof(text), "03:00.0=%s:%s:%s", name[i], name[j], name[k]);
			assert_reads(text, normal[7]);
		}
	}
}

static void options_have_their_bits(void **state)
{
	struct xpm_optin_list *list = must_parse(NULL, "1:0.0=d3hot 2:0.0=nowake 3:0.0=sleep");

	(void)state;
	assert_int_equal(list->entries[0].options, XPM_OPT_D3HOT);
	assert_int_equal(list->entries[1].options, XPM_OPT_NOWAKE);
	assert_int_equal(list->entries[2].options, XPM_OPT_SLEEP);
	xpm_optin_free(list);
}

/* Separators */

static void text_without_entries_is_the_empty_list(void **state)
{
	static const char *const text[] = { "", "\n", " ", " \t\r\n\v\f" };
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(text); i++) {
		struct xpm_optin_list *old = must_parse(NULL, "3:0.0");

		assert_null(must_parse(NULL, text[i]));
		assert_null(must_parse(old, text[i]));
		xpm_optin_free(old);
	}
}

static void emptying_needs_no_memory(void **state)
{
	struct xpm_optin_list *old = must_parse(NULL, "3:0.0");

	(void)state;
	unit_alloc_fail = 1;
	assert_null(must_parse(old, "\n"));
	xpm_optin_free(old);
}

static void entries_are_separated_by_commas_or_white_space(void **state)
{
	static const char *const sep[] = {
		",", " ", "\t", "\n", "\r\n", "\v", "\f", "  \t ", ", ", " ,", " , ", "\n,\n",
	};
	char text[64];
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(sep); i++) {
		snprintf(text, sizeof(text), "1:0.0%s2:0.0=d3hot%spci:1:2%s3:0.0/1.0",
			 sep[i], sep[i], sep[i]);
		assert_reads(text, "0000:01:00.0,0000:02:00.0=d3hot,pci:0001:0002,"
				   "0000:03:00.0/01.0");
	}
}

static void white_space_around_the_list_is_ignored(void **state)
{
	(void)state;
	assert_reads(" \t\n1:0.0 \n", "0000:01:00.0");
	assert_reads("1:0.0\n", "0000:01:00.0");
	assert_reads("1:0.0=d3hot\n", "0000:01:00.0=d3hot");
}

static void one_trailing_comma_is_ignored(void **state)
{
	(void)state;
	assert_reads("1:0.0,", "0000:01:00.0");
	assert_reads("1:0.0,2:0.0 , \n", "0000:01:00.0,0000:02:00.0");
	assert_reads("(1:0.0),", "0000:01:00.0");
}

static void empty_entries_are_refused(void **state)
{
	(void)state;
	assert_refused(",", 1, "", X_EMPTY);
	assert_refused(" ,1:0.0", 2, "", X_EMPTY);
	assert_refused("1:0.0,,2:0.0", 7, "", X_EMPTY);
	assert_refused("1:0.0 , , 2:0.0", 9, "", X_EMPTY);
	assert_refused("1:0.0,,", 7, "", X_EMPTY);
}

/* Replace, + and - */

static void first_of_two_entries_with_the_same_key_wins(void **state)
{
	(void)state;
	assert_reads("3:0.0=d3hot,2:0.0,0000:03:00.0=sleep", "0000:03:00.0=d3hot,0000:02:00.0");
	assert_reads("pci:1:2,pci:1:2:0:0=d3hot", "pci:0001:0002");
	assert_reads("3:0.*,(3:0.*)=d3hot", "0000:03:00.*");
	assert_reads("3:0.0/1.0,3:0.0/1.0=d3hot", "0000:03:00.0/01.0");
}

static void entries_that_differ_in_any_part_but_options_have_different_keys(void **state)
{
	const char *text = "0000:03:00.0,0001:03:00.0,0000:04:00.0,0000:03:01.0,0000:03:00.1,"
			   "0000:03:00.*,0000:03:00.0/01.0,0000:03:00.0/01.1,"
			   "0000:03:00.0/01.0/01.0,"
			   "pci:0000:0000,pci:0001:0002,pci:0003:0002,pci:0001:0003,"
			   "pci:0001:0002:0003:0004,pci:0001:0002:0005:0004,"
			   "pci:0001:0002:0003:0005";

	(void)state;
	assert_reads(text, text);
	/* hops is part of the key: a hop of 00.0 is not the absence of a hop */
	assert_reads("0000:03:00.0/01.0,0000:03:00.0/01.0/00.0",
		     "0000:03:00.0/01.0,0000:03:00.0/01.0/00.0");
	/* kind is: of 0000:00:00.0 and pci:0:0 all else is 0 */
	assert_reads("0:0.0,pci:0:0", "0000:00:00.0,pci:0000:0000");
}

static void text_without_signs_replaces_the_list(void **state)
{
	(void)state;
	assert_changes("0000:01:00.0=d3hot,0000:02:00.0", "3:0.0,1:0.0",
		       "0000:03:00.0,0000:01:00.0");
	assert_changes("", "3:0.0", "0000:03:00.0");
}

static void plus_adds_at_the_end(void **state)
{
	(void)state;
	assert_changes("0000:01:00.0", "+3:0.0=d3hot", "0000:01:00.0,0000:03:00.0=d3hot");
	assert_changes("", "+3:0.0\n", "0000:03:00.0");
	assert_changes("0000:01:00.0", " +pci:1:2, +0:8.1/0.0 ",
		       "0000:01:00.0,pci:0001:0002,0000:00:08.1/00.0");
}

static void plus_replaces_options_in_place(void **state)
{
	(void)state;
	assert_changes("0000:01:00.0,0000:02:00.0=d3hot,0000:03:00.0", "+2:0.0=sleep",
		       "0000:01:00.0,0000:02:00.0=sleep,0000:03:00.0");
	assert_changes("0000:01:00.0=d3hot,0000:02:00.0", "+1:0.0",
		       "0000:01:00.0,0000:02:00.0");
	assert_changes("", "+1:0.0=d3hot,+1:0.0=sleep", "0000:01:00.0=sleep");
}

static void minus_removes_an_entry(void **state)
{
	const char *all = "0000:01:00.0,0000:02:00.0=d3hot,pci:0001:0002";

	(void)state;
	assert_changes(all, "-1:0.0", "0000:02:00.0=d3hot,pci:0001:0002");
	assert_changes(all, "-2:0.0", "0000:01:00.0,pci:0001:0002");
	assert_changes(all, "-pci:1:2", "0000:01:00.0,0000:02:00.0=d3hot");
	assert_changes(all, "-2:0.0 -1:0.0", "pci:0001:0002");
	assert_changes("0000:03:00.*,0000:03:00.0", "-3:0.*", "0000:03:00.0");
}

static void minus_of_the_last_entry_gives_the_empty_list(void **state)
{
	struct xpm_optin_list *old = must_parse(NULL, "1:0.0");

	(void)state;
	assert_null(must_parse(old, "-1:0.0"));
	xpm_optin_free(old);
}

static void minus_of_an_absent_entry_is_no_error(void **state)
{
	(void)state;
	assert_changes("0000:01:00.0", "-2:0.0", "0000:01:00.0");
	assert_changes("0000:03:00.*", "-3:0.0", "0000:03:00.*");
	assert_null(must_parse(NULL, "-2:0.0"));
}

static void signed_entries_apply_in_order(void **state)
{
	(void)state;
	assert_changes("0000:01:00.0,0000:02:00.0", "-1:0.0,+1:0.0=d3hot",
		       "0000:02:00.0,0000:01:00.0=d3hot");
	assert_changes("0000:01:00.0", "+2:0.0,-2:0.0", "0000:01:00.0");
}

static void mixing_signed_and_unsigned_entries_is_refused(void **state)
{
	(void)state;
	assert_refused("+1:0.0,2:0.0", 8, "2:0.0", X_SIGN);
	assert_refused("-1:0.0 pci:1:2", 8, "pci:1:2", X_SIGN);
	assert_refused("+(1:0.0)(2:0.0)", 9, "(2:0.0)", X_SIGN);
	assert_refused("1:0.0,+2:0.0", 7, "+2:0.0", X_NO_SIGN);
	assert_refused("1:0.0 -2:0.0 3:0.0", 7, "-2:0.0", X_NO_SIGN);
	assert_refused("(1:0.0)+(2:0.0)", 8, "+(2:0.0)", X_NO_SIGN);
}

static void minus_takes_no_options(void **state)
{
	(void)state;
	assert_refused("-1:0.0=d3hot", 7, "-1:0.0=d3hot", X_END_REMOVE);
	assert_refused("-(1:0.0)=d3hot", 9, "-(1:0.0)=d3hot", X_END_REMOVE);
	assert_refused("+2:0.0,-pci:1:2=", 16, "-pci:1:2=", X_END_REMOVE);
}

static void sign_alone_is_refused(void **state)
{
	(void)state;
	assert_refused("+", 2, "+", X_ENTRY);
	assert_refused("-\n", 2, "-", X_ENTRY);
	assert_refused("+ 1:0.0", 2, "+", X_ENTRY);
	assert_refused("++1:0.0", 2, "++1:0.0", X_ENTRY);
	assert_refused("+,", 2, "+", X_ENTRY);
}

/* Malformed */

struct refused {
	const char *text;
	unsigned int column;
	const char *entry;
	const char *expected;
};

static void assert_all_refused(const struct refused *r, unsigned int count)
{
	for (; count--; r++)
		assert_refused(r->text, r->column, r->entry, r->expected);
}

static void malformed_addresses_are_refused(void **state)
{
	static const struct refused r[] = {
		{ "x", 1, "x", X_ENTRY },
		{ "1:0.0 you", 7, "you", X_ENTRY },
		{ "1:0.0 = d3hot", 7, "=", X_ENTRY },
		{ ":00.0", 1, ":00.0", X_ENTRY },
		{ "*:00.0", 1, "*:00.0", X_ENTRY },
		{ "G0:00.0", 1, "G0:00.0", X_ENTRY },
		{ "`1:00.0", 1, "`1:00.0", X_ENTRY },
		{ "@1:00.0", 1, "@1:00.0", X_ENTRY },
		{ "\xc2\xa0" "1:0.0", 1, "\xc2\xa0" "1:0.0", X_ENTRY },
		{ "1:0.0 foo", 8, "foo", X_COLON },
		{ "0x3:00.0", 2, "0x3:00.0", X_COLON },
		{ "03", 3, "03", X_COLON },
		{ "03.0", 3, "03.0", X_COLON },
		{ "1:0.0,123456789:00:00.0", 7, "123456789:00:00.0", X_FIRST },
		{ "000000000", 1, "000000000", X_FIRST },
		{ "03:", 4, "03:", X_SECOND },
		{ "03:,", 4, "03:", X_SECOND },
		{ "03:000.0", 4, "03:000.0", X_SECOND },
		{ "0000:100:00.0", 6, "0000:100:00.0", X_SECOND },
		{ "0000:03", 8, "0000:03", X_AFTER_SECOND },
		{ "03:00", 6, "03:00", X_AFTER_SECOND },
		{ "03:00-0", 6, "03:00-0", X_AFTER_SECOND },
		{ "0000:03.0", 1, "0000:03.0", X_BUS },
		{ "100:00.0", 1, "100:00.0", X_BUS },
		{ "03:20.0", 4, "03:20.0", X_DEVICE },
		{ "03:ff.*", 4, "03:ff.*", X_DEVICE },
		{ "0000:03:", 9, "0000:03:", X_DEVICE },
		{ "0000:03:20.0", 9, "0000:03:20.0", X_DEVICE },
		{ "0000:03:000.0", 9, "0000:03:000.0", X_DEVICE },
		{ "0000:03:*.*", 9, "0000:03:*.*", X_DEVICE },
		{ "0000:03:00", 11, "0000:03:00", X_DOT },
		{ "0000:03:00:0", 11, "0000:03:00:0", X_DOT },
		{ "03:00.", 7, "03:00.", X_FUNCTION },
		{ "03:00.8", 7, "03:00.8", X_FUNCTION },
		{ "03:00./", 7, "03:00./", X_FUNCTION },
		{ "03:00.a", 7, "03:00.a", X_FUNCTION },
		{ "03:00.10", 8, "03:00.10", X_END },
		{ "03:00.**", 8, "03:00.**", X_END },
		{ "03:00.0;", 8, "03:00.0;", X_END },
		{ "03:00.0:d3hot", 8, "03:00.0:d3hot", X_END },
		{ "03:00.0(00:14.0)", 8, "03:00.0(00:14.0)", X_END },
		{ "03:00.0+00:14.0", 8, "03:00.0+00:14.0", X_END },
		{ "03:00.0-00:14.0", 8, "03:00.0-00:14.0", X_END },
	};

	(void)state;
	assert_all_refused(r, ARRAY_SIZE(r));
}

static void malformed_parentheses_are_refused(void **state)
{
	static const struct refused r[] = {
		{ "(", 2, "(", X_PAREN },
		{ "()", 2, "()", X_PAREN },
		{ "( 03:00.0)", 2, "(", X_PAREN },
		{ "(pci:1:2)", 2, "(pci:1:2)", X_PAREN },
		{ "(+03:00.0)", 2, "(+03:00.0)", X_PAREN },
		{ "((03:00.0))", 2, "((03:00.0))", X_PAREN },
		{ "(03:00.0", 9, "(03:00.0", "')'" },
		{ "(03:00.0 )", 9, "(03:00.0", "')'" },
		{ "(03:00.0=d3hot)", 9, "(03:00.0=d3hot)", "')'" },
		{ "(03:00.0/00.0)", 9, "(03:00.0/00.0)", "')'" },
		{ "(03:00.0,04:00.0)", 9, "(03:00.0", "')'" },
		{ "(03:00.0))", 10, "(03:00.0))", X_END },
		{ "(03:00.0)04:00.0", 10, "(03:00.0)04:00.0", X_END },
		{ "(03:00.0)pci:1:2", 10, "(03:00.0)pci:1:2", X_END },
		{ "(03:00.0)/00.0", 10, "(03:00.0)/00.0", X_END },
		{ "(03:00.0)(04:00.8)", 17, "(04:00.8)", X_FUNCTION },
		{ "(03:0.9)(04:00.0)", 7, "(03:0.9)", X_FUNCTION },
		{ "(03:0.0)=x(04:00.0)", 10, "(03:0.0)=x", X_OPTION },
		{ "(03:0.0)=sleep)", 15, "(03:0.0)=sleep)", X_END_OPTIONS },
		{ "03:00.0)", 8, "03:00.0)", X_END },
	};

	(void)state;
	assert_all_refused(r, ARRAY_SIZE(r));
}

static void malformed_ids_are_refused(void **state)
{
	static const struct refused r[] = {
		{ "pci", 1, "pci", X_ENTRY },
		{ "PCI:1:2", 1, "PCI:1:2", X_ENTRY },
		{ "pci:", 5, "pci:", "a vendor of 1 to 4 hexadecimal digits" },
		{ "pci:*:2", 5, "pci:*:2", "a vendor of 1 to 4 hexadecimal digits" },
		{ "pci:18086:2", 5, "pci:18086:2", "a vendor of 1 to 4 hexadecimal digits" },
		{ "pci:8086", 9, "pci:8086", "':' and a device" },
		{ "pci:8086.1", 9, "pci:8086.1", "':' and a device" },
		{ "pci:8086:", 10, "pci:8086:", "a device of 1 to 4 hexadecimal digits" },
		{ "pci:8086:00001", 10, "pci:8086:00001", "a device of 1 to 4 hexadecimal digits" },
		{ "pci:1:2:", 9, "pci:1:2:", "a subsystem vendor of 1 to 4 hexadecimal digits" },
		{ "pci:1:2:x", 9, "pci:1:2:x", "a subsystem vendor of 1 to 4 hexadecimal digits" },
		{ "pci:1:2:3", 10, "pci:1:2:3", "':' and a subsystem device" },
		{ "pci:1:2:3 4", 10, "pci:1:2:3", "':' and a subsystem device" },
		{ "pci:1:2:3:", 11, "pci:1:2:3:",
		  "a subsystem device of 1 to 4 hexadecimal digits" },
		{ "pci:1:2:3:4:5", 12, "pci:1:2:3:4:5", X_END },
		{ "pci:1:2/0.0", 8, "pci:1:2/0.0", X_END },
		{ "pci:1:2(3:0.0)", 8, "pci:1:2(3:0.0)", X_END },
	};

	(void)state;
	assert_all_refused(r, ARRAY_SIZE(r));
}

static void malformed_paths_are_refused(void **state)
{
	static const struct refused r[] = {
		{ "3:0.0/", 7, "3:0.0/", X_DEVICE },
		{ "3:0.0//1.0", 7, "3:0.0//1.0", X_DEVICE },
		{ "3:0.0/20.0", 7, "3:0.0/20.0", X_DEVICE },
		{ "3:0.0/000.0", 7, "3:0.0/000.0", X_DEVICE },
		{ "3:0.0/0", 8, "3:0.0/0", X_DOT },
		{ "3:0.0/4:0.0", 8, "3:0.0/4:0.0", X_DOT },
		{ "3:0.0/0.", 9, "3:0.0/0.", X_HOP_FUNCTION },
		{ "3:0.0/0.8", 9, "3:0.0/0.8", X_HOP_FUNCTION },
		{ "3:0.0/0.*", 9, "3:0.0/0.*", X_HOP_FUNCTION },
		{ "3:0.*/0.0", 5, "3:0.*/0.0", X_PATH_STAR },
		{ "3:0.0/0.0x", 10, "3:0.0/0.0x", X_END },
		{ "3:0.0/0.0/0.0/0.0/0.0/0.0/0.0/0.0/0.0/0.0/0.0/0.0/0.0/0.0/0.0/0.0/0.0/0.0",
		  70,
		  "3:0.0/0.0/0.0/0.0/0.0/0.0/0.0/0.0/0.0/0.0/0.0/0.0/0.0/0.0/0.0/0.0/0.0/0.0",
		  X_HOPS },
	};

	(void)state;
	assert_all_refused(r, ARRAY_SIZE(r));
}

static void malformed_options_are_refused(void **state)
{
	static const struct refused r[] = {
		{ "3:0.0=", 7, "3:0.0=", X_OPTION },
		{ "3:0.0=,4:0.0", 7, "3:0.0=", X_OPTION },
		{ "3:0.0= d3hot", 7, "3:0.0=", X_OPTION },
		{ "3:0.0=:", 7, "3:0.0=:", X_OPTION },
		{ "3:0.0==d3hot", 7, "3:0.0==d3hot", X_OPTION },
		{ "3:0.0=d3cold", 7, "3:0.0=d3cold", X_OPTION },
		{ "3:0.0=d3ho", 7, "3:0.0=d3ho", X_OPTION },
		{ "3:0.0=d3hott", 7, "3:0.0=d3hott", X_OPTION },
		{ "3:0.0=D3HOT", 7, "3:0.0=D3HOT", X_OPTION },
		{ "3:0.0=no_wake", 7, "3:0.0=no_wake", X_OPTION },
		{ "3:0.0=d3hot:", 13, "3:0.0=d3hot:", X_OPTION },
		{ "3:0.0=d3hot::sleep", 13, "3:0.0=d3hot::sleep", X_OPTION },
		{ "3:0.0=d3hot:wake,4:0.0", 13, "3:0.0=d3hot:wake", X_OPTION },
		{ "3:0.0=d3hot:d3hot", 13, "3:0.0=d3hot:d3hot", X_ONCE },
		{ "3:0.0=sleep:nowake:sleep", 20, "3:0.0=sleep:nowake:sleep", X_ONCE },
		{ "3:0.0=d3hot=sleep", 12, "3:0.0=d3hot=sleep", X_END_OPTIONS },
		{ "3:0.0=d3hot/0.0", 12, "3:0.0=d3hot/0.0", X_END_OPTIONS },
		{ "3:0.0=d3hot(4:0.0)", 12, "3:0.0=d3hot(4:0.0)", X_END_OPTIONS },
		{ "+3:0.0=d3hot+4:0.0", 13, "+3:0.0=d3hot+4:0.0", X_END_OPTIONS },
	};

	(void)state;
	assert_all_refused(r, ARRAY_SIZE(r));
}

static void the_first_error_is_reported(void **state)
{
	(void)state;
	assert_refused("1:0.0,2:0.8,3:0.9", 11, "2:0.8", X_FUNCTION);
}

static void long_entries_are_cut_in_the_error(void **state)
{
	struct xpm_optin_error err;
	struct xpm_optin_list *list;
	char text[300] = "1:0.0,2:0.0=";

	(void)state;
	memset(text + 12, 'x', 200);
	assert_int_equal(parse(NULL, text, &list, &err), -EINVAL);
	assert_int_equal(err.column, 13);
	assert_ptr_equal(err.entry, text + 6);
	assert_int_equal(err.entry_len, XPM_OPTIN_ENTRY_SIZE - 1);
	assert_string_equal(err.expected, X_OPTION);
}

/* Limits */

static void text_of_4095_bytes_is_accepted(void **state)
{
	char text[LIMIT + 2];

	(void)state;
	memset(text, ' ', sizeof(text));
	memcpy(text + LIMIT - 6, "1:0.0\n", 7);
	assert_int_equal(strlen(text), LIMIT);
	assert_reads(text, "0000:01:00.0");
}

static void text_of_4096_bytes_is_refused(void **state)
{
	char text[5001];

	(void)state;
	memset(text, ' ', sizeof(text));
	memcpy(text + LIMIT - 5, "1:0.0\n", 7);
	assert_int_equal(strlen(text), LIMIT + 1);
	assert_refused(text, LIMIT + 1, "1:0.0", X_LIMIT);

	memset(text, ' ', sizeof(text));
	memcpy(text + LIMIT - 2, "1:0.0", 6);
	assert_refused(text, LIMIT + 1, "1:0.0", X_LIMIT);

	memset(text, ' ', LIMIT + 1);
	text[LIMIT + 1] = '\0';
	assert_refused(text, LIMIT + 1, "", X_LIMIT);
}

static void text_too_long_in_one_entry_is_refused(void **state)
{
	struct xpm_optin_error err;
	struct xpm_optin_list *list;
	char text[5001];

	(void)state;
	memset(text, '1', 5000);
	text[5000] = '\0';
	assert_int_equal(parse(NULL, text, &list, &err), -EINVAL);
	assert_int_equal(err.column, LIMIT + 1);
	assert_ptr_equal(err.entry, text);
	assert_int_equal(err.entry_len, XPM_OPTIN_ENTRY_SIZE - 1);
	assert_string_equal(err.expected, X_LIMIT);
}

/* "0000:BB:00.F" and a separator take 13 bytes, and 13 * 315 is 4095. */
static size_t short_entries(char *text, unsigned int count)
{
	size_t len = 0;
	unsigned int i;

	for (i = 0; i < count; i++)
		len += sprintf(text + len, "%x:0.%x,", i / 8, i % 8);
	return len;
}

static void list_that_fills_the_page_reads_back(void **state)
{
	char text[LIMIT + 1], buf[LIMIT + 2];
	struct xpm_optin_list *list, *again;

	(void)state;
	short_entries(text, 315);
	list = must_parse(NULL, text);
	assert_int_equal(list->count, 315);
	assert_int_equal(xpm_optin_format(list, buf, LIMIT), LIMIT - 1);
	/* as the caller gives it to sysfs, and as it comes back */
	strcat(buf, "\n");
	assert_int_equal(strlen(buf), LIMIT);
	again = must_parse(list, buf);
	buf[LIMIT - 1] = '\0';
	assert_list(again, buf);
	xpm_optin_free(list);
	xpm_optin_free(again);
}

static void list_too_long_once_normalised_is_refused(void **state)
{
	char text[LIMIT + 1];
	struct xpm_optin_error err;
	struct xpm_optin_list *list;
	size_t start;

	(void)state;
	start = short_entries(text, 315);
	short_entries(text, 317);
	assert_int_equal(parse(NULL, text, &list, &err), -EINVAL);
	assert_int_equal(err.column, start + 1);
	assert_ptr_equal(err.entry, text + start);
	assert_int_equal(err.entry_len, strlen("27:0.3"));
	assert_string_equal(err.expected, X_LIMIT_NORMAL);
}

static void duplicates_do_not_count_for_the_limit(void **state)
{
	char text[LIMIT + 1];
	struct xpm_optin_list *list;
	unsigned int i;
	size_t len = 0;

	(void)state;
	/* the most entries that a text can hold */
	for (i = 0; i < 682; i++)
		len += sprintf(text + len, "%x:0.%x,", i % 8, i / 8 % 8);
	list = must_parse(NULL, text);
	assert_int_equal(list->count, 64);
	xpm_optin_free(list);
}

static void changes_keep_to_the_limit(void **state)
{
	char text[LIMIT + 1], full[LIMIT];
	struct xpm_optin_list *list, *new;

	(void)state;
	short_entries(text, 315);
	list = must_parse(NULL, text);
	xpm_optin_format(list, full, sizeof(full));

	assert_refused_from(full, "-99:0.0,+88:0.0", 9, "+88:0.0", X_LIMIT_NORMAL);
	assert_refused_from(full, "+0:0.0=sleep", 1, "+0:0.0=sleep", X_LIMIT_NORMAL);
	assert_refused_from(full, "+88:0.0,-0:0.0,+89:0.0", 16, "+89:0.0", X_LIMIT_NORMAL);
	assert_refused_from(full, "+88:0.0,+89:0.0,-0:0.0", 1, "+88:0.0", X_LIMIT_NORMAL);

	/* the order does not matter, as long as it fits in the end */
	new = must_parse(list, "+88:0.0,-0:0.0");
	assert_int_equal(new->count, 315);
	xpm_optin_free(new);
	new = must_parse(list, "-0:0.0,+88:0.0");
	assert_int_equal(new->count, 315);
	xpm_optin_free(new);
	xpm_optin_free(list);
}

static void format_cuts_what_does_not_fit(void **state)
{
	const char *normal = "0000:01:00.*=d3hot:nowake,pci:0001:0002:0003:0004,"
			     "0000:00:08.1/00.0=sleep";
	struct xpm_optin_list *list = must_parse(NULL, normal);
	char none = 'x';
	size_t size;

	(void)state;
	assert_int_equal(xpm_optin_format(list, &none, 0), 0);
	assert_int_equal(xpm_optin_format(NULL, &none, 0), 0);
	assert_int_equal(xpm_optin_entry_format(&list->entries[0], &none, 0), 0);
	assert_int_equal(none, 'x');
	for (size = 1; size < strlen(normal) + 3; size++) {
		char *buf = malloc(size);
		size_t len = size - 1 < strlen(normal) ? size - 1 : strlen(normal);

		assert_non_null(buf);
		assert_int_equal(xpm_optin_format(list, buf, size), len);
		assert_int_equal(strlen(buf), len);
		assert_memory_equal(buf, normal, len);
		free(buf);
	}
	xpm_optin_free(list);
}

static void format_of_the_empty_list_is_empty(void **state)
{
	char buf[2] = "x";

	(void)state;
	assert_int_equal(xpm_optin_format(NULL, buf, sizeof(buf)), 0);
	assert_string_equal(buf, "");
}

/* Match */

/* 0001:05:02.3, below 0001:04:00.0, below 0001:00:1c.4 */
static const struct xpm_optin_id function = {
	.domain = 1, .bus = 5, .devfn = PCI_DEVFN(2, 3),
	.vendor = 0x8086, .device = 0x15f3, .subvendor = 0x17aa, .subdevice = 0x22ab,
	.depth = 2,
	.upstream = {
		{ .domain = 1, .bus = 4, .devfn = PCI_DEVFN(0, 0) },
		{ .domain = 1, .bus = 0, .devfn = PCI_DEVFN(0x1c, 4) },
	},
};

static bool matches_id(const char *text, const struct xpm_optin_id *id)
{
	struct xpm_optin_list *list = must_parse(NULL, text);
	const struct xpm_optin_entry *entry = xpm_optin_match(list, id);

	if (entry)
		assert_ptr_equal(entry, &list->entries[0]);
	xpm_optin_free(list);
	return entry;
}

static bool matches(const char *text)
{
	return matches_id(text, &function);
}

static void empty_list_matches_nothing(void **state)
{
	(void)state;
	assert_null(xpm_optin_match(NULL, &function));
}

static void address_matches_its_function_alone(void **state)
{
	(void)state;
	assert_true(matches("1:5:2.3"));
	assert_false(matches("0:5:2.3"));
	assert_false(matches("5:2.3"));
	assert_false(matches("1:4:2.3"));
	assert_false(matches("1:5:3.3"));
	assert_false(matches("1:5:2.4"));
}

static void entry_with_star_matches_every_function_of_the_device(void **state)
{
	struct xpm_optin_id id = function;
	int f;

	(void)state;
	for (f = 0; f < 8; f++) {
		id.devfn = PCI_DEVFN(2, f);
		assert_true(matches_id("1:5:2.*", &id));
		assert_false(matches_id("1:5:3.*", &id));
		assert_false(matches_id("1:6:2.*", &id));
		assert_false(matches_id("5:2.*", &id));
	}
}

static void id_matches_as_in_the_kernel(void **state)
{
	(void)state;
	assert_true(matches("pci:8086:15f3"));
	assert_true(matches("pci:8086:15f3:17aa:22ab"));
	assert_false(matches("pci:8087:15f3"));
	assert_false(matches("pci:8086:15f4"));
	assert_false(matches("pci:8086:15f3:17ab:22ab"));
	assert_false(matches("pci:8086:15f3:17aa:22aa"));
}

static void id_of_0_matches_all(void **state)
{
	(void)state;
	assert_true(matches("pci:0:0"));
	assert_true(matches("pci:8086:0"));
	assert_true(matches("pci:0:15f3"));
	assert_true(matches("pci:0:0:17aa:0"));
	assert_true(matches("pci:0:0:0:22ab"));
	assert_false(matches("pci:0:0:0:22aa"));
}

static void path_matches_from_any_bridge_above(void **state)
{
	(void)state;
	assert_true(matches("1:4:0.0/2.3"));
	assert_true(matches("1:0:1c.4/0.0/2.3"));
}

static void path_matches_in_all_its_parts_or_not(void **state)
{
	(void)state;
	/* the function, a bridge between, the first bridge in its four parts */
	assert_false(matches("1:0:1c.4/0.0/2.2"));
	assert_false(matches("1:0:1c.4/0.1/2.3"));
	assert_false(matches("1:0:1c.5/0.0/2.3"));
	assert_false(matches("1:0:1d.4/0.0/2.3"));
	assert_false(matches("1:1:1c.4/0.0/2.3"));
	assert_false(matches("0:0:1c.4/0.0/2.3"));
	/* a bridge left out, and more of them than there are */
	assert_false(matches("1:0:1c.4/2.3"));
	assert_false(matches("1:0:0.0/1c.4/0.0/2.3"));
}

static void path_does_not_match_on_a_root_bus(void **state)
{
	struct xpm_optin_id id = { .devfn = PCI_DEVFN(8, 1) };

	(void)state;
	assert_false(matches_id("0:8.1/8.1", &id));
	assert_true(matches_id("0:8.1", &id));
}

static void path_of_greatest_depth_matches(void **state)
{
	struct xpm_optin_id id = { .bus = 17, .devfn = PCI_DEVFN(17, 0), .depth = XPM_OPTIN_DEPTH };
	char text[128];
	int i, len;

	(void)state;
	for (i = 0; i < XPM_OPTIN_DEPTH; i++) {
		id.upstream[i].bus = 16 - i;
		id.upstream[i].devfn = PCI_DEVFN(16 - i, 0);
	}
	len = sprintf(text, "1:1.0");
	for (i = 2; i <= 17; i++)
		len += sprintf(text + len, "/%x.0", i);
	assert_true(matches_id(text, &id));
	id.depth--;
	assert_false(matches_id(text, &id));
}

static void first_entry_that_matches_is_given(void **state)
{
	struct xpm_optin_list *list;

	(void)state;
	list = must_parse(NULL, "9:9.1,1:5:2.*=d3hot,1:5:2.3=sleep,pci:8086:15f3");
	assert_ptr_equal(xpm_optin_match(list, &function), &list->entries[1]);
	xpm_optin_free(list);
	list = must_parse(NULL, "9:9.1,pci:8086:15f3,1:5:2.*=d3hot,1:5:2.3=sleep");
	assert_ptr_equal(xpm_optin_match(list, &function), &list->entries[1]);
	xpm_optin_free(list);
	list = must_parse(NULL, "9:9.1,9:9.2");
	assert_null(xpm_optin_match(list, &function));
	xpm_optin_free(list);
}

/* Memory */

static void failed_allocation_changes_nothing(void **state)
{
	static const char *const text[] = { "3:0.0", "+3:0.0=d3hot", "-1:0.0" };
	struct xpm_optin_list *old = must_parse(NULL, "1:0.0");
	struct xpm_optin_error err, before;
	struct xpm_optin_list *new;
	unsigned int i, nth;

	(void)state;
	memset(&before, 0xa5, sizeof(before));
	for (i = 0; i < ARRAY_SIZE(text); i++) {
		/* until it succeeds, since it needed fewer allocations than that */
		for (nth = 1;; nth++) {
			int ret;

			unit_alloc_fail = nth;
			ret = parse(old, text[i], &new, &err);
			if (!ret)
				break;
			assert_int_equal(ret, -ENOMEM);
			assert_memory_equal(&err, &before, sizeof(err));
			assert_int_equal(unit_alloc_live, 1);
			assert_list(old, "0000:01:00.0");
		}
		assert_int_equal(nth, 2);
		unit_alloc_fail = 0;
		xpm_optin_free(new);
	}
	xpm_optin_free(old);
}

static void malformed_text_allocates_nothing(void **state)
{
	struct xpm_optin_error err;
	struct xpm_optin_list *new;

	(void)state;
	unit_alloc_fail = 1;
	assert_int_equal(parse(NULL, "1:0.0,2:0.0,3:0.9", &new, &err), -EINVAL);
	assert_int_equal(unit_alloc_fail, 1);
}

static void free_takes_the_empty_list(void **state)
{
	(void)state;
	xpm_optin_free(NULL);
}

/* Properties */

static u64 seed;

static u32 pick(u32 below)
{
	/* the constants are Knuth's (MMIX) */
	seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (u32)(seed >> 33) % below;
}

static int print_hex(char *text, u32 value, unsigned int digits)
{
	return sprintf(text, pick(2) ? "%0*x" : "%0*X", (int)(1 + pick(digits)), value);
}

/* A random spelling of a random entry and, by other code than optin.c's, its normal form. */
static void random_entry(char *text, char *normal, bool small)
{
	static const char *const name[] = { "d3hot", "nowake", "sleep" };
	u32 domain = pick(3) ? 0 : pick(2) ? pick(0x10000) : 0x10000 + pick(0x7ffeffff);
	u32 bus = pick(small ? 3 : 0x100), dev = pick(small ? 3 : 0x20), f = pick(8);
	u32 mask, rest, kind = pick(4), hops, i;
	u32 id[4];
	char eq = '=';

	if (kind == 0) {
		for (i = 0; i < 4; i++)
			id[i] = pick(3) ? pick(small ? 3 : 0x10000) : 0;
		text += sprintf(text, "pci:");
		text += print_hex(text, id[0], 4);
		*text++ = ':';
		text += print_hex(text, id[1], 4);
		normal += sprintf(normal, "pci:%04x:%04x", id[0], id[1]);
		if (id[2] || id[3] || pick(2)) {
			*text++ = ':';
			text += print_hex(text, id[2], 4);
			*text++ = ':';
			text += print_hex(text, id[3], 4);
		}
		if (id[2] || id[3])
			normal += sprintf(normal, ":%04x:%04x", id[2], id[3]);
	} else {
		normal += sprintf(normal, "%04x:%02x:%02x.", domain, bus, dev);
		if (kind == 1)
			*text++ = '(';
		if (domain || pick(2)) {
			text += print_hex(text, domain, 8);
			*text++ = ':';
		}
		text += print_hex(text, bus, 2);
		*text++ = ':';
		text += print_hex(text, dev, 2);
		*text++ = '.';
		if (kind != 3 && !pick(3))
			f = '*';
		else
			f += '0';
		*text++ = f;
		*normal++ = f;
		if (kind == 1)
			*text++ = ')';
		hops = kind == 3 ? 1 + pick(small ? 2 : XPM_OPTIN_DEPTH) : 0;
		for (i = 0; i < hops; i++) {
			dev = pick(0x20);
			f = pick(8);
			*text++ = '/';
			text += print_hex(text, dev, 2);
			text += sprintf(text, ".%u", f);
			normal += sprintf(normal, "/%02x.%u", dev, f);
		}
	}

	mask = pick(2) ? pick(8) : 0;
	for (i = 0; i < 3; i++) {
		if (mask & 1 << i) {
			normal += sprintf(normal, "%c%s", eq, name[i]);
			eq = ':';
		}
	}
	eq = '=';
	for (rest = mask; rest; rest &= ~(1 << i)) {
		do
			i = pick(3);
		while (!(rest & 1 << i));
		text += sprintf(text, "%c%s", eq, name[i]);
		eq = ':';
	}
	*text = '\0';
	*normal = '\0';
}

static void assert_same_entries(const struct xpm_optin_list *a, const struct xpm_optin_list *b)
{
	unsigned int i;

	assert_int_equal(!a, !b);
	if (!a)
		return;
	assert_int_equal(a->count, b->count);
	for (i = 0; i < a->count; i++) {
		const struct xpm_optin_entry *x = &a->entries[i], *y = &b->entries[i];

		assert_int_equal(x->kind, y->kind);
		assert_int_equal(x->domain, y->domain);
		assert_int_equal(x->bus, y->bus);
		assert_int_equal(x->devfn, y->devfn);
		assert_int_equal(x->any_function, y->any_function);
		assert_int_equal(x->hops, y->hops);
		assert_memory_equal(x->hop, y->hop, sizeof(x->hop));
		assert_int_equal(x->vendor, y->vendor);
		assert_int_equal(x->device, y->device);
		assert_int_equal(x->subvendor, y->subvendor);
		assert_int_equal(x->subdevice, y->subdevice);
		assert_int_equal(x->options, y->options);
	}
}

static void assert_reads_back(const struct xpm_optin_list *list)
{
	char buf[LIMIT + 1], buf2[LIMIT];
	struct xpm_optin_list *again;
	size_t len = xpm_optin_format(list, buf, LIMIT);

	memcpy(buf + len, "\n", 2);
	again = must_parse(list, buf);
	buf[len] = '\0';
	assert_same_entries(list, again);
	assert_int_equal(xpm_optin_format(again, buf2, sizeof(buf2)), len);
	assert_string_equal(buf, buf2);
	xpm_optin_free(again);
}

static void random_entries_read_back_as_they_should(void **state)
{
	char text[256], normal[256];
	int i;

	(void)state;
	seed = 1;
	for (i = 0; i < 100000; i++) {
		struct xpm_optin_list *list;

		random_entry(text, normal, false);
		list = must_parse(NULL, text);
		assert_int_equal(list->count, 1);
		assert_list(list, normal);
		assert_reads_back(list);
		xpm_optin_free(list);
	}
}

/* The list as strings, changed by the rules as design.md words them. */
struct model {
	unsigned int count;
	char entry[64][128];
};

static void model_apply(struct model *m, const char *normal, char sign)
{
	size_t key = strcspn(normal, "=");
	unsigned int i;

	for (i = 0; i < m->count; i++) {
		if (strcspn(m->entry[i], "=") == key && !memcmp(m->entry[i], normal, key))
			break;
	}
	if (i == m->count) {
		if (sign != '-')
			strcpy(m->entry[m->count++], normal);
	} else if (sign == '+') {
		strcpy(m->entry[i], normal);
	} else if (sign == '-') {
		memmove(m->entry[i], m->entry[i + 1], (--m->count - i) * sizeof(m->entry[0]));
	}
}

static void random_lists_and_changes_follow_the_model(void **state)
{
	static const char *const sep[] = { ",", " ", "\n", "\t, ", " ,\n", "   " };
	static struct model m;
	struct xpm_optin_list *list = NULL;
	char entry[256], normal[256], text[LIMIT + 1], expected[LIMIT + 1];
	int i;

	(void)state;
	seed = 2;
	for (i = 0; i < 20000; i++) {
		struct xpm_optin_list *new;
		bool modify = pick(8) && m.count < 16;
		unsigned int n = pick(8), j;
		size_t len = 0;

		/* a text without entries has no signs, so it replaces */
		if (!modify || !n)
			m.count = 0;
		for (j = 0; j < n; j++) {
			char sign = modify ? "+-"[pick(2)] : 0;

			random_entry(entry, normal, true);
			if (sign == '-')
				entry[strcspn(entry, "=")] = '\0';
			model_apply(&m, normal, sign);
			if (j && !(strchr(text, ')') && text[len - 1] == ')' &&
				   entry[0] == '(' && pick(2)))
				len += sprintf(text + len, "%s", sep[pick(ARRAY_SIZE(sep))]);
			if (sign)
				text[len++] = sign;
			len += sprintf(text + len, "%s", entry);
		}
		sprintf(text + len, "%s", pick(2) ? "\n" : "");

		new = must_parse(list, text);
		xpm_optin_free(list);
		list = new;
		for (j = 0, len = 0, expected[0] = '\0'; j < m.count; j++)
			len += sprintf(expected + len, "%s%s", j ? "," : "", m.entry[j]);
		assert_list(list, expected);
		assert_reads_back(list);
	}
	xpm_optin_free(list);
}

static void damaged_text_is_refused_or_reads_back(void **state)
{
	static const char alphabet[] = "0123456789abcfFxp ci:.,*/()=+-\n\t~d3hot\xff";
	struct xpm_optin_list *old = must_parse(NULL, "1:0.0,2:0.0=sleep,pci:1:2");
	unsigned int accepted = 0, refused = 0;
	int i;

	(void)state;
	seed = 3;
	for (i = 0; i < 200000; i++) {
		char text[] = "(0000:03:00.0)=d3hot(00:14.*),pci:8086:15f3:17aa:1=sleep:nowake "
			      "00:08.1/00.0\n";
		struct xpm_optin_error err;
		struct xpm_optin_list *list;
		u32 n = 1 + pick(3);

		while (n--)
			text[pick(sizeof(text) - 1)] = alphabet[pick(sizeof(alphabet))];
		if (parse(old, text, &list, &err)) {
			refused++;
			continue;
		}
		accepted++;
		assert_reads_back(list);
		xpm_optin_free(list);
	}
	assert_true(accepted > 1000);
	assert_true(refused > 1000);
	xpm_optin_free(old);
}

static void text_cut_at_any_length_never_crashes(void **state)
{
	static const char *const text[] = {
		"0000:03:00.0,00:14.0=d3hot,0000:04:00.*=d3hot:nowake pci:8086:15f3:17aa:22ab=sleep,"
		"(10000:e1:00.0)(00:14.*)=nowake 00:08.1/00.0/1f.7=sleep:d3hot\n",
		"+0000:03:00.0,-00:14.0 +(04:00.*)=d3hot-pci:1:2,-pci:8086:15f3:17aa:22ab "
		"+(10000:e1:00.0)-(00:14.*) +00:08.1/00.0/1f.7=sleep:d3hot\n",
	};
	char cut[256];
	unsigned int i;
	size_t len;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(text); i++) {
		for (len = 0; len <= strlen(text[i]); len++) {
			struct xpm_optin_error err;
			struct xpm_optin_list *list;

			memcpy(cut, text[i], len);
			cut[len] = '\0';
			if (parse(NULL, cut, &list, &err)) {
				assert_in_range(err.column, 1, len + 1);
				continue;
			}
			assert_reads_back(list);
			xpm_optin_free(list);
		}
	}
}

#define T(name)	cmocka_unit_test_setup_teardown(name, nothing_allocated, nothing_leaked)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(design_example_reads_back_normalised),
		T(address_defaults_to_domain_0),
		T(address_digits_may_be_few_or_upper_case),
		T(domain_may_have_eight_digits),
		T(address_fields_are_parsed),
		T(pciback_form_is_accepted),
		T(pciback_form_takes_options_behind_the_parenthesis),
		T(pciback_form_takes_signs),
		T(ids_are_accepted),
		T(ids_without_subsystem_are_shortened),
		T(id_fields_are_parsed),
		T(paths_are_accepted),
		T(path_fields_are_parsed),
		T(longest_entry_fits_its_buffer),
		T(every_combination_of_options_in_every_order),
		T(options_have_their_bits),
		T(text_without_entries_is_the_empty_list),
		T(emptying_needs_no_memory),
		T(entries_are_separated_by_commas_or_white_space),
		T(white_space_around_the_list_is_ignored),
		T(one_trailing_comma_is_ignored),
		T(empty_entries_are_refused),
		T(first_of_two_entries_with_the_same_key_wins),
		T(entries_that_differ_in_any_part_but_options_have_different_keys),
		T(text_without_signs_replaces_the_list),
		T(plus_adds_at_the_end),
		T(plus_replaces_options_in_place),
		T(minus_removes_an_entry),
		T(minus_of_the_last_entry_gives_the_empty_list),
		T(minus_of_an_absent_entry_is_no_error),
		T(signed_entries_apply_in_order),
		T(mixing_signed_and_unsigned_entries_is_refused),
		T(minus_takes_no_options),
		T(sign_alone_is_refused),
		T(malformed_addresses_are_refused),
		T(malformed_parentheses_are_refused),
		T(malformed_ids_are_refused),
		T(malformed_paths_are_refused),
		T(malformed_options_are_refused),
		T(the_first_error_is_reported),
		T(long_entries_are_cut_in_the_error),
		T(text_of_4095_bytes_is_accepted),
		T(text_of_4096_bytes_is_refused),
		T(text_too_long_in_one_entry_is_refused),
		T(list_that_fills_the_page_reads_back),
		T(list_too_long_once_normalised_is_refused),
		T(duplicates_do_not_count_for_the_limit),
		T(changes_keep_to_the_limit),
		T(format_cuts_what_does_not_fit),
		T(format_of_the_empty_list_is_empty),
		T(empty_list_matches_nothing),
		T(address_matches_its_function_alone),
		T(entry_with_star_matches_every_function_of_the_device),
		T(id_matches_as_in_the_kernel),
		T(id_of_0_matches_all),
		T(path_matches_from_any_bridge_above),
		T(path_matches_in_all_its_parts_or_not),
		T(path_does_not_match_on_a_root_bus),
		T(path_of_greatest_depth_matches),
		T(first_entry_that_matches_is_given),
		T(failed_allocation_changes_nothing),
		T(malformed_text_allocates_nothing),
		T(free_takes_the_empty_list),
		T(random_entries_read_back_as_they_should),
		T(random_lists_and_changes_follow_the_model),
		T(damaged_text_is_refused_or_reads_back),
		T(text_cut_at_any_length_never_crashes),
	};

	return cmocka_run_group_tests_name("optin", tests, NULL, NULL);
}
