// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of src/vpm.c: the PM capability as the guest sees it.
 *
 * The rules are driven as a guest drives them, through a model of the four
 * pieces in between: xen_pcibk_config_read() and xen_pcibk_config_write()
 * (conf_space.c there), the gate (src/gate.c) and the handlers of PMC and
 * PMCSR (src/pciback.c). What must come out is said once more in terms of
 * single bytes and of the specification's numbers, not of the headers' names.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <linux/kernel.h>

#include "vpm.h"

/* PCI PM 1.2: PMC at 2 and PMCSR at 4 within the capability. */
#define PMC		2
#define LOWER		4	/* of PMCSR: PowerState, NoSoftRst */
#define UPPER		5	/* of PMCSR: PME_En, Data_Select, Data_Scale, PME_Status */

#define PMC_D1_D2	0x0600
#define PMC_PME		0xf800	/* PME_Support */
#define PMC_PME_D3HOT	0x4000

#define RANDOM_DWORDS	100000
#define RANDOM_STEPS	400000

static u32 seed;

static int reseed(void **state)
{
	(void)state;
	seed = 20240229;
	return 0;
}

static u32 random32(void)
{
	/* Marsaglia's xorshift, 32 bits */
	seed ^= seed << 13;
	seed ^= seed >> 17;
	seed ^= seed << 5;
	return seed;
}

/* What a guest ought to see of PMC and PMCSR */

struct view {
	u16 pmc;
	bool d3hot;
	bool no_soft_reset;
	bool pme_enabled;
	bool pme_status;
	u8 select;
	u8 scale;
};

static u8 view_byte(const struct view *v, int offset)
{
	switch (offset) {
	case PMC:
		return v->pmc & 0xff;
	case PMC + 1:
		return v->pmc >> 8;
	case LOWER:
		return (v->d3hot ? 0x03 : 0) | (v->no_soft_reset ? 0x08 : 0);
	case UPPER:
		return (v->pme_enabled ? 0x01 : 0) | v->select << 1 | v->scale << 5 |
		       (v->pme_status ? 0x80 : 0);
	}
	fail();
	return 0;
}

static struct xpm_vpm vpm_of(const struct view *v)
{
	return (struct xpm_vpm) {
		.pmc = v->pmc,
		.data = v->select << 9 | v->scale << 13,
		.no_soft_reset = v->no_soft_reset,
		.state = v->d3hot ? XPM_VPM_D3HOT : XPM_VPM_D0,
		.pme_enabled = v->pme_enabled,
		.pme_status = v->pme_status,
	};
}

static bool shows(const struct xpm_vpm *vpm, const struct view *v)
{
	struct xpm_vpm other = vpm_of(v);

	return vpm->pmc == other.pmc && vpm->data == other.data &&
	       vpm->no_soft_reset == other.no_soft_reset && vpm->state == other.state &&
	       vpm->pme_enabled == other.pme_enabled && vpm->pme_status == other.pme_status;
}

/*
 * Everything that a guest can find: without PME_Support PME_En and PME_Status
 * are 0, for the rest there are all combinations.
 */
#define STARTS	20
#define DATAS	64

static struct view starts[STARTS][DATAS];

static int fill_starts(void **state)
{
	unsigned int n, data;

	(void)state;
	for (n = 0; n < STARTS; n++) {
		for (data = 0; data < DATAS; data++) {
			unsigned int pme = n / 4;

			starts[n][data] = (struct view) {
				.pmc = pme ? 0x41eb : 0x01eb,
				.d3hot = n & 1,
				.no_soft_reset = n & 2,
				.pme_enabled = pme && (pme - 1) & 1,
				.pme_status = pme && (pme - 1) & 2,
				.select = data & 15,
				.scale = data / 16,
			};
		}
	}
	return 0;
}

/* The model */

struct model {
	u8 hw[256];
	int cap;
	bool quirk;		/* a quirk field starts at the upper byte of PMCSR */
	struct xpm_vpm vpm;
	bool raw_read;		/* of struct xpm_function */
	unsigned int handled;	/* how often PMCSR was written */
	unsigned int request;	/* what the last write asked for */
};

enum handler { RAW, VIRTUAL_PMC, VIRTUAL_PMCSR };

/* In the order of pciback's list; RAW has no write, or one that the gate drops. */
static const struct field {
	int at;
	int size;
	enum handler handler;
	bool quirk;
} fields[] = {
	{ .at = 0, .size = 2, .handler = RAW },
	{ .at = 2, .size = 2, .handler = VIRTUAL_PMC },
	{ .at = 4, .size = 2, .handler = VIRTUAL_PMCSR },
	{ .at = 6, .size = 1, .handler = RAW },
	{ .at = 7, .size = 1, .handler = RAW },
	{ .at = 5, .size = 1, .handler = RAW, .quirk = true },
};

/* The last one reaches the end of config space. */
static const int caps[] = { 0x40, 0x44, 0xc8, 0xf8 };

#define PLACES	(2 * ARRAY_SIZE(caps))

static struct model models[PLACES];

static int place_models(void **state)
{
	unsigned int p;
	int i;

	for (p = 0; p < PLACES; p++) {
		struct model *m = &models[p];

		memset(m, 0, sizeof(*m));
		m->cap = caps[p / 2];
		m->quirk = p & 1;
		for (i = 0; i < 256; i++)
			m->hw[i] = 37 * i + 11;
		/* Nothing of these may show. */
		memset(&m->hw[m->cap + PMC], 0xff, 4);
	}
	return reseed(state);
}

static u32 gate_read(struct model *m, int where, int size)
{
	int pmcsr = m->cap + LOWER;
	u32 value = 0;
	int i;

	if (xpm_vpm_covers_pmcsr(m->cap, where, size) &&
	    !(m->quirk && where == m->cap + UPPER))
		m->raw_read = true;
	if (where < pmcsr || where + size > pmcsr + 2)
		for (i = 0; i < size; i++)
			value |= (u32)m->hw[where + i] << (8 * i);
	return xpm_vpm_overlay(&m->vpm, m->cap, where, size, value);
}

static u32 field_read(struct model *m, const struct field *f)
{
	u16 value;

	switch (f->handler) {
	case VIRTUAL_PMC:
		return m->vpm.pmc;
	case VIRTUAL_PMCSR:
		value = xpm_vpm_pmcsr(&m->vpm);
		/* Nobody read raw before: this is for a merge. */
		if (!m->raw_read)
			value &= 0x7fff;
		m->raw_read = false;
		return value;
	default:
		return gate_read(m, m->cap + f->at, f->size);
	}
}

static void field_write(struct model *m, const struct field *f, u32 value)
{
	if (f->handler != VIRTUAL_PMCSR)
		return;
	m->raw_read = false;
	m->handled++;
	m->request = xpm_vpm_write(&m->vpm, value);
}

/* Puts the @size bytes of @from over @to, @at bytes up (down if negative). */
static u32 merge(u32 to, u32 from, int size, int at)
{
	u32 mask = 0xffffffffU >> (32 - 8 * size);

	if (at < 0) {
		mask >>= -8 * at;
		from >>= -8 * at;
	} else {
		mask <<= 8 * at;
		from <<= 8 * at;
	}
	return (to & ~mask) | (from & mask);
}

static bool in_use(const struct model *m, const struct field *f, int offset, int size)
{
	int start = m->cap + f->at;

	return (!f->quirk || m->quirk) && offset < start + f->size && start < offset + size;
}

static int pciback_read(struct model *m, int offset, int size, u32 *value)
{
	const struct field *f;

	*value = 0;
	if (offset % size)
		return -EINVAL;
	*value = gate_read(m, offset, size);
	for (f = fields; f < fields + ARRAY_SIZE(fields); f++)
		if (in_use(m, f, offset, size))
			*value = merge(*value, field_read(m, f), f->size, m->cap + f->at - offset);
	return 0;
}

static int pciback_write(struct model *m, int offset, int size, u32 value)
{
	const struct field *f;

	if (offset % size)
		return -EINVAL;
	for (f = fields; f < fields + ARRAY_SIZE(fields); f++)
		if (in_use(m, f, offset, size))
			field_write(m, f, merge(field_read(m, f), value, size,
						offset - m->cap - f->at));
	return 0;
}

/* Narrow reads bring bytes along that the front end does not look at. */
static int guest_read(struct model *m, int offset, int size, u32 *value)
{
	int ret = pciback_read(m, offset, size, value);

	*value &= 0xffffffffU >> (32 - 8 * size);
	return ret;
}

static void assert_guest_reads(struct model *m, const struct view *v, int offset, int size)
{
	u32 expected = 0, value;
	int i;

	for (i = 0; i < size; i++) {
		int at = offset + i - m->cap;
		u8 byte = at >= PMC && at <= UPPER ? view_byte(v, at) : m->hw[offset + i];

		expected |= (u32)byte << (8 * i);
	}
	if (guest_read(m, offset, size, &value) || value != expected || m->raw_read)
		fail_msg("cap %#x, %d bytes at %#x: read %#x, not %#x", m->cap, size, offset,
			 value, expected);
}

/* Reads */

static void every_read_in_every_state_is_byte_exact(void **state)
{
	unsigned int p, n, data;
	int offset, size;

	(void)state;
	for (p = 0; p < PLACES; p++) {
		struct model *m = &models[p];

		for (n = 0; n < STARTS; n++) {
			for (data = 0; data < DATAS; data += 9) {
				const struct view *v = &starts[n][data];

				m->vpm = vpm_of(v);
				for (size = 1; size <= 4; size *= 2)
					for (offset = 0; offset < 256; offset += size)
						assert_guest_reads(m, v, offset, size);
				assert_true(shows(&m->vpm, v));
			}
		}
	}
}

static void pmcsr_shows_every_data_select_and_scale(void **state)
{
	unsigned int n, data;

	(void)state;
	for (n = 0; n < STARTS; n++) {
		for (data = 0; data < DATAS; data++) {
			const struct view *v = &starts[n][data];
			struct xpm_vpm vpm = vpm_of(v);

			assert_int_equal(xpm_vpm_pmcsr(&vpm),
					 view_byte(v, LOWER) | view_byte(v, UPPER) << 8);
		}
	}
}

static void unaligned_accesses_of_a_guest_reach_nothing(void **state)
{
	struct model *m = &models[0];
	int offset, size;
	u32 value;

	(void)state;
	m->vpm = vpm_of(&starts[STARTS - 1][0]);
	for (size = 2; size <= 4; size *= 2) {
		for (offset = m->cap; offset < m->cap + 8; offset++) {
			if (!(offset % size))
				continue;
			assert_int_equal(guest_read(m, offset, size, &value), -EINVAL);
			assert_int_equal(pciback_write(m, offset, size, 0xffffffff), -EINVAL);
		}
	}
	assert_int_equal(m->handled, 0);
	assert_false(m->raw_read);
	assert_true(shows(&m->vpm, &starts[STARTS - 1][0]));
}

static u32 overlaid(const struct view *v, int cap, int where, int size, u32 value)
{
	int i;

	for (i = 0; i < size; i++) {
		int at = where + i - cap;

		if (at < PMC || at > UPPER)
			continue;
		value &= ~(0xffU << (8 * i));
		value |= (u32)view_byte(v, at) << (8 * i);
	}
	return value;
}

static void assert_overlays(const struct view *v, int cap, int where, int size)
{
	static const u32 raw[] = { 0, 0xffffffff, 0xdeadbeef, 0x12345678 };
	struct xpm_vpm vpm = vpm_of(v);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(raw); i++) {
		u32 value = xpm_vpm_overlay(&vpm, cap, where, size, raw[i]);

		if (value != overlaid(v, cap, where, size, raw[i]) || !shows(&vpm, v))
			fail_msg("cap %#x, %d bytes at %#x: %#x over %#x", cap, size, where, value,
				 raw[i]);
	}
}

static void overlay_replaces_pmc_and_pmcsr_at_any_alignment_and_nothing_else(void **state)
{
	unsigned int c, n;
	int where, size;

	(void)state;
	for (c = 0; c < ARRAY_SIZE(caps); c++)
		for (n = 0; n < STARTS; n++)
			for (size = 1; size <= 4; size *= 2)
				for (where = 0; where <= 1024 - size; where++)
					assert_overlays(&starts[n][(n * 11 + 5) % DATAS], caps[c],
							where, size);
}

static void pmcsr_is_covered_by_an_access_to_either_of_its_bytes(void **state)
{
	unsigned int c;
	int where, size, i;

	(void)state;
	for (c = 0; c < ARRAY_SIZE(caps); c++) {
		for (size = 1; size <= 4; size *= 2) {
			for (where = 0; where <= 4096 - size; where++) {
				bool covered = false;

				for (i = where; i < where + size; i++)
					covered |= i == caps[c] + LOWER || i == caps[c] + UPPER;
				assert_int_equal(xpm_vpm_covers_pmcsr(caps[c], where, size),
						 covered);
			}
		}
	}
}

/* Writes */

struct write {
	int offset;	/* within the capability */
	int size;
	u32 value;
};

/* Did the guest itself write the byte at @at, and what? */
static bool wrote(const struct write *w, int at, u8 *byte)
{
	if (at < w->offset || at >= w->offset + w->size)
		return false;
	*byte = w->value >> (8 * (at - w->offset));
	return true;
}

typedef bool (*rule_fn)(const struct view *before, const struct write *w,
			const struct xpm_vpm *after, unsigned int request);

static void assert_rule(struct model *m, rule_fn rule, const struct view *before, int offset,
			int size, u32 value)
{
	struct write w = { .offset = offset, .size = size, .value = value };

	m->vpm = vpm_of(before);
	m->handled = 0;
	m->request = 0;
	if (pciback_write(m, m->cap + offset, size, value) || m->handled != 1 || m->raw_read ||
	    !rule(before, &w, &m->vpm, m->request))
		fail_msg("cap %#x, %d bytes at +%d: %#x over %#x: now %#x, request %#x", m->cap,
			 size, offset, value, view_byte(before, LOWER) |
			 view_byte(before, UPPER) << 8, xpm_vpm_pmcsr(&m->vpm), m->request);
}

/* Everything that a guest can write to PMCSR, in every state. */
static void assert_rule_of_writes(rule_fn rule)
{
	unsigned int p, n, data, i;
	u32 value;

	for (n = 0; n < STARTS; n++) {
		/*
		 * Before each upper byte there is every Data_Select and
		 * Data_Scale; half of the states have the quirk field.
		 */
		for (p = n / 2 & 1; p < PLACES; p += 2)
			for (value = 0; value < 0x10000; value++)
				assert_rule(&models[p], rule, &starts[n][(value + n) % DATAS],
					    LOWER, 2, value);

		/* Single bytes: the places share them out. */
		for (data = 0; data < DATAS; data++) {
			const struct view *v = &starts[n][data];

			for (value = 0; value < 0x100; value++) {
				p = (data + value) % PLACES;
				assert_rule(&models[p], rule, v, LOWER, 1, value);
				assert_rule(&models[p], rule, v, UPPER, 1, value);
			}
		}
	}

	for (i = 0; i < RANDOM_DWORDS; i++) {
		value = random32();
		for (n = 0; n < STARTS; n++)
			assert_rule(&models[i % PLACES], rule, &starts[n][random32() % DATAS],
				    LOWER, 4, value);
	}
}

static bool pme_status_rule(const struct view *before, const struct write *w,
			    const struct xpm_vpm *after, unsigned int request)
{
	bool cleared = request & XPM_VPM_PME_STATUS_CLEARED;
	bool one;
	u8 byte;

	one = wrote(w, UPPER, &byte) && byte & 0x80;
	return cleared == (before->pme_status && one) &&
	       after->pme_status == (before->pme_status && !one);
}

static void pme_status_is_cleared_by_a_1_in_its_own_bit_and_by_nothing_else(void **state)
{
	(void)state;
	assert_rule_of_writes(pme_status_rule);
}

static bool pme_enable_rule(const struct view *before, const struct write *w,
			    const struct xpm_vpm *after, unsigned int request)
{
	bool changed = request & XPM_VPM_PME_ENABLE_CHANGED;
	bool expected = before->pme_enabled;
	u8 byte;

	if (before->pmc & PMC_PME && wrote(w, UPPER, &byte))
		expected = byte & 0x01;
	return after->pme_enabled == expected && changed == (expected != before->pme_enabled);
}

static void pme_enable_follows_writes_of_its_byte_and_only_if_pme_is_supported(void **state)
{
	(void)state;
	assert_rule_of_writes(pme_enable_rule);
}

static bool power_state_rule(const struct view *before, const struct write *w,
			     const struct xpm_vpm *after, unsigned int request)
{
	unsigned int expected = 0;
	u8 byte;

	if (wrote(w, LOWER, &byte)) {
		if ((byte & 0x03) == 0x03 && !before->d3hot)
			expected = XPM_VPM_WANTS_D3HOT;
		if ((byte & 0x03) == 0x00 && before->d3hot)
			expected = XPM_VPM_WANTS_D0;
	}
	return (request & (XPM_VPM_WANTS_D3HOT | XPM_VPM_WANTS_D0)) == expected &&
	       after->state == (before->d3hot ? 3 : 0);
}

static void power_state_asks_for_d3hot_from_d0_and_back_and_is_left_to_the_caller(void **state)
{
	(void)state;
	assert_rule_of_writes(power_state_rule);
}

static bool data_select_rule(const struct view *before, const struct write *w,
			     const struct xpm_vpm *after, unsigned int request)
{
	bool changed = request & XPM_VPM_DATA_SELECT_CHANGED;
	u8 expected = before->select;
	u8 byte;

	if (wrote(w, UPPER, &byte))
		expected = (byte & 0x1e) >> 1;
	return (after->data & 0x1e00) >> 9 == expected && changed == (expected != before->select);
}

static void data_select_follows_writes_of_its_byte(void **state)
{
	(void)state;
	assert_rule_of_writes(data_select_rule);
}

static bool read_only_rule(const struct view *before, const struct write *w,
			   const struct xpm_vpm *after, unsigned int request)
{
	u16 pmcsr = xpm_vpm_pmcsr(after);

	(void)w;
	(void)request;
	return after->pmc == before->pmc && after->no_soft_reset == before->no_soft_reset &&
	       (pmcsr & 0x00fc) == (before->no_soft_reset ? 0x0008 : 0) &&
	       (after->data & ~0x1e00) == before->scale << 13;
}

static void no_soft_reset_data_scale_and_reserved_bits_are_read_only(void **state)
{
	(void)state;
	assert_rule_of_writes(read_only_rule);
}

/* What must have been asked of the host, given both ends. */
static bool request_rule(const struct view *before, const struct write *w,
			 const struct xpm_vpm *after, unsigned int request)
{
	unsigned int expected = 0;
	u8 byte;

	if (after->pme_enabled != before->pme_enabled)
		expected |= XPM_VPM_PME_ENABLE_CHANGED;
	if (after->pme_status != before->pme_status)
		expected |= XPM_VPM_PME_STATUS_CLEARED;
	if ((after->data >> 9 & 15) != before->select)
		expected |= XPM_VPM_DATA_SELECT_CHANGED;
	if (wrote(w, LOWER, &byte) && (byte & 3) == (before->d3hot ? 0 : 3))
		expected |= before->d3hot ? XPM_VPM_WANTS_D0 : XPM_VPM_WANTS_D3HOT;
	return request == expected;
}

static void request_names_exactly_what_changed(void **state)
{
	(void)state;
	assert_int_equal(XPM_VPM_WANTS_D3HOT | XPM_VPM_WANTS_D0 | XPM_VPM_PME_ENABLE_CHANGED |
			 XPM_VPM_PME_STATUS_CLEARED | XPM_VPM_DATA_SELECT_CHANGED, 0x1f);
	assert_rule_of_writes(request_rule);
}

static void writing_back_what_was_read_clears_pme_status_and_asks_for_no_more(void **state)
{
	unsigned int p, n;
	int size;

	(void)state;
	for (p = 0; p < PLACES; p++) {
		struct model *m = &models[p];

		for (n = 0; n < STARTS; n++) {
			for (size = 2; size <= 4; size *= 2) {
				struct view v = starts[n][(n + p) % DATAS];
				bool status = v.pme_status;
				u32 value;

				m->vpm = vpm_of(&v);
				assert_int_equal(guest_read(m, m->cap + LOWER, size, &value), 0);
				assert_int_equal(pciback_write(m, m->cap + LOWER, size, value), 0);
				v.pme_status = false;
				assert_true(shows(&m->vpm, &v));
				assert_int_equal(m->request,
						 status ? XPM_VPM_PME_STATUS_CLEARED : 0);
			}
		}
	}
}

static void writes_elsewhere_change_nothing(void **state)
{
	static const u32 values[] = { 0, 0xffffffff, 0x80008000, 0x00030003 };
	unsigned int p, n, i;
	int offset, size;

	(void)state;
	for (p = 0; p < PLACES; p++) {
		struct model *m = &models[p];

		for (n = 0; n < STARTS; n++) {
			const struct view *v = &starts[n][n];

			m->vpm = vpm_of(v);
			for (size = 1; size <= 4; size *= 2) {
				for (offset = 0; offset < 256; offset += size) {
					if (offset / 4 == (m->cap + LOWER) / 4 &&
					    (size == 4 || offset < m->cap + 6))
						continue;
					for (i = 0; i < ARRAY_SIZE(values); i++)
						pciback_write(m, offset, size, values[i]);
				}
			}
			assert_int_equal(m->handled, 0);
			assert_false(m->raw_read);
			assert_true(shows(&m->vpm, v));
		}
	}
}

/* A new owner */

static const unsigned int features[] = {
	0,
	XPM_VPM_SHOW_PME,
	XPM_VPM_HIDE_NO_SOFT_RESET,
	XPM_VPM_SHOW_PME | XPM_VPM_HIDE_NO_SOFT_RESET,
	XPM_VPM_AS_STOCK,
};

static struct xpm_vpm new_owner(u16 pmc, u16 pmcsr, unsigned int feature)
{
	struct xpm_vpm vpm;

	/* What the last owner left must not show; bool holds no more than 1. */
	memset(&vpm, 0x01, sizeof(vpm));
	xpm_vpm_init(&vpm, pmc, pmcsr, feature);
	return vpm;
}

static void new_owner_finds_pmc_with_pme_from_d3hot_or_none_and_without_d1_and_d2(void **state)
{
	unsigned int i;
	u32 pmc;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(features); i++) {
		if (features[i] & XPM_VPM_AS_STOCK)
			continue;
		for (pmc = 0; pmc < 0x10000; pmc++) {
			u16 shown = new_owner(pmc, 0x0008, features[i]).pmc;

			/* Version, clock, readiness, DSI and AUX current are hardware's. */
			if ((shown & 0x01ff) != (pmc & 0x01ff) || shown & PMC_D1_D2 ||
			    (shown & PMC_PME) !=
			    (features[i] & XPM_VPM_SHOW_PME ? PMC_PME_D3HOT : 0))
				fail_msg("features %#x: %#x shown as %#x", features[i], pmc, shown);
		}
	}
}

static void new_owner_as_stock_finds_d1_and_d2_but_no_pme(void **state)
{
	u32 pmc;

	(void)state;
	for (pmc = 0; pmc < 0x10000; pmc++)
		assert_int_equal(new_owner(pmc, 0, XPM_VPM_AS_STOCK).pmc, pmc & 0x07ff);
}

static void new_owner_finds_pmcsr_as_in_hardware_with_pme_bits_clear(void **state)
{
	unsigned int i;
	u32 hw;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(features); i++) {
		for (hw = 0; hw < 0x10000; hw++) {
			struct xpm_vpm vpm = new_owner(0xffff, hw, features[i]);
			u16 expected = hw & 0x7e00;

			/* D1 and D2 are nothing that a guest can be in. */
			if ((hw & 3) == 3)
				expected |= 3;
			if (!(features[i] & XPM_VPM_HIDE_NO_SOFT_RESET))
				expected |= hw & 0x0008;
			if (xpm_vpm_pmcsr(&vpm) != expected || vpm.pme_enabled || vpm.pme_status)
				fail_msg("features %#x: %#x shown as %#x", features[i], hw,
					 xpm_vpm_pmcsr(&vpm));
		}
	}
}

static void new_owner_finds_d3hot_only_if_hardware_is_in_it(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(features); i++) {
		assert_int_equal(new_owner(0xffff, 0xfffc, features[i]).state, XPM_VPM_D0);
		assert_int_equal(new_owner(0xffff, 0xfffd, features[i]).state, XPM_VPM_D0);
		assert_int_equal(new_owner(0xffff, 0xfffe, features[i]).state, XPM_VPM_D0);
		assert_int_equal(new_owner(0xffff, 0xffff, features[i]).state, XPM_VPM_D3HOT);
	}
}

static void new_owner_finds_no_soft_reset_unless_hidden(void **state)
{
	(void)state;
	assert_true(new_owner(0, 0x0008, 0).no_soft_reset);
	assert_true(new_owner(0, 0x0008, XPM_VPM_SHOW_PME).no_soft_reset);
	assert_true(new_owner(0, 0x0008, XPM_VPM_AS_STOCK).no_soft_reset);
	assert_false(new_owner(0, 0x0008, XPM_VPM_HIDE_NO_SOFT_RESET).no_soft_reset);
	assert_false(new_owner(0, 0xfff7, 0).no_soft_reset);
	assert_false(new_owner(0, 0xfff7, XPM_VPM_AS_STOCK).no_soft_reset);
}

static void data_fields_alone_are_taken_from_hardware(void **state)
{
	unsigned int n;
	u32 hw;

	(void)state;
	for (n = 0; n < STARTS; n++) {
		for (hw = 0; hw < 0x10000; hw++) {
			struct view v = starts[n][(hw + n) % DATAS];
			struct xpm_vpm vpm = vpm_of(&v);

			xpm_vpm_set_data(&vpm, hw);
			v.select = hw >> 9 & 15;
			v.scale = hw >> 13 & 3;
			if (!shows(&vpm, &v))
				fail_msg("state %u, hardware %#x: %#x", n, hw, xpm_vpm_pmcsr(&vpm));
		}
	}
}

/* PME */

static void pme_can_be_delivered_if_any_state_supports_it(void **state)
{
	struct xpm_vpm vpm = {};
	u32 pmc;

	(void)state;
	for (pmc = 0; pmc < 0x10000; pmc++) {
		vpm.pmc = pmc;
		assert_int_equal(xpm_vpm_can_pme(&vpm), pmc >> 11 != 0);
	}
}

static void pme_is_an_event_only_if_status_is_clear_and_pme_is_supported(void **state)
{
	unsigned int n, data;

	(void)state;
	for (n = 0; n < STARTS; n++) {
		for (data = 0; data < DATAS; data++) {
			struct view v = starts[n][data];
			struct xpm_vpm vpm = vpm_of(&v);
			bool event = v.pmc & PMC_PME && !v.pme_status;

			assert_int_equal(xpm_vpm_set_pme(&vpm), event);
			v.pme_status |= event;
			assert_true(shows(&vpm, &v));
		}
	}
}

static void second_pme_is_an_event_only_after_the_guest_cleared_the_first(void **state)
{
	struct model *m = &models[0];
	int i;

	(void)state;
	m->vpm = new_owner(0xffff, 0, XPM_VPM_SHOW_PME);
	for (i = 0; i < 3; i++) {
		assert_true(xpm_vpm_set_pme(&m->vpm));
		assert_false(xpm_vpm_set_pme(&m->vpm));
		/* PowerState's byte and a 0 in PME_Status do not clear it, */
		pciback_write(m, m->cap + LOWER, 1, 0xff);
		pciback_write(m, m->cap + LOWER, 2, 0x7fff);
		assert_false(xpm_vpm_set_pme(&m->vpm));
		/* a 1 does. */
		pciback_write(m, m->cap + UPPER, 1, 0x80);
		assert_int_equal(m->request & XPM_VPM_PME_STATUS_CLEARED,
				 XPM_VPM_PME_STATUS_CLEARED);
	}
}

static void pme_is_no_event_for_an_owner_that_was_not_told_of_it(void **state)
{
	struct xpm_vpm hidden = new_owner(0xffff, 0, 0);
	struct xpm_vpm stock = new_owner(0xffff, 0, XPM_VPM_AS_STOCK);

	(void)state;
	assert_false(xpm_vpm_set_pme(&hidden));
	assert_false(xpm_vpm_set_pme(&stock));
	assert_int_equal(xpm_vpm_pmcsr(&hidden), 0);
	assert_int_equal(xpm_vpm_pmcsr(&stock), 0);
}

/* Sequences */

/* The guest writes; the host then does what it was asked for, or fails to wake. */
static void walk_write(struct model *m, struct view *v, const struct write *w, bool wakes)
{
	u8 byte;

	m->request = 0;
	assert_int_equal(pciback_write(m, m->cap + w->offset, w->size, w->value), 0);
	if (m->request & XPM_VPM_WANTS_D3HOT)
		m->vpm.state = XPM_VPM_D3HOT;
	if (m->request & XPM_VPM_WANTS_D0 && wakes)
		m->vpm.state = XPM_VPM_D0;
	if (m->request & XPM_VPM_DATA_SELECT_CHANGED)
		xpm_vpm_set_data(&m->vpm, (m->vpm.data & 0x1e00) | (m->vpm.data & 0x0600) << 4);

	if (wrote(w, LOWER, &byte)) {
		if ((byte & 3) == 3)
			v->d3hot = true;
		else if (!(byte & 3) && wakes)
			v->d3hot = false;
	}
	if (wrote(w, UPPER, &byte)) {
		if (v->pmc & PMC_PME)
			v->pme_enabled = byte & 1;
		if (byte & 0x80)
			v->pme_status = false;
		/* This hardware's Data_Scale is the lower half of Data_Select. */
		if (v->select != (byte >> 1 & 15)) {
			v->select = byte >> 1 & 15;
			v->scale = v->select & 3;
		}
	}
}

static void random_walk(struct model *m, struct view *v)
{
	u32 choice = random32();
	int size = 1 << (choice >> 4) % 3;
	struct write w = {
		.offset = (choice >> 8) % 8 / size * size,
		.size = size,
		.value = random32(),
	};

	switch (choice % 8) {
	case 0:
		assert_int_equal(xpm_vpm_set_pme(&m->vpm), v->pmc & PMC_PME && !v->pme_status);
		v->pme_status = v->pmc & PMC_PME;
		break;
	case 1:
	case 2:
	case 3:
		walk_write(m, v, &w, choice >> 16 & 1);
		break;
	default:
		assert_guest_reads(m, v, m->cap + w.offset, size);
	}
	assert_false(m->raw_read);
}

static void random_sequences_of_reads_writes_and_pmes_follow_the_rules(void **state)
{
	unsigned int p, n;

	(void)state;
	for (p = 0; p < PLACES; p++) {
		struct model *m = &models[p];
		struct view v = {};

		for (n = 0; n < RANDOM_STEPS; n++) {
			/* Now and then it changes hands. */
			if (!(n % 1000)) {
				bool pme = n / 1000 & 1;

				m->vpm = new_owner(0xfe03, 0x8108, pme ? XPM_VPM_SHOW_PME : 0);
				v = (struct view) {
					.pmc = pme ? 0x4003 : 0x0003,
					.no_soft_reset = true,
				};
			}
			random_walk(m, &v);
		}
	}
}

#define T(name)	cmocka_unit_test_setup(name, place_models)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(every_read_in_every_state_is_byte_exact),
		T(pmcsr_shows_every_data_select_and_scale),
		T(unaligned_accesses_of_a_guest_reach_nothing),
		T(overlay_replaces_pmc_and_pmcsr_at_any_alignment_and_nothing_else),
		T(pmcsr_is_covered_by_an_access_to_either_of_its_bytes),
		T(pme_status_is_cleared_by_a_1_in_its_own_bit_and_by_nothing_else),
		T(pme_enable_follows_writes_of_its_byte_and_only_if_pme_is_supported),
		T(power_state_asks_for_d3hot_from_d0_and_back_and_is_left_to_the_caller),
		T(data_select_follows_writes_of_its_byte),
		T(no_soft_reset_data_scale_and_reserved_bits_are_read_only),
		T(request_names_exactly_what_changed),
		T(writing_back_what_was_read_clears_pme_status_and_asks_for_no_more),
		T(writes_elsewhere_change_nothing),
		T(new_owner_finds_pmc_with_pme_from_d3hot_or_none_and_without_d1_and_d2),
		T(new_owner_as_stock_finds_d1_and_d2_but_no_pme),
		T(new_owner_finds_pmcsr_as_in_hardware_with_pme_bits_clear),
		T(new_owner_finds_d3hot_only_if_hardware_is_in_it),
		T(new_owner_finds_no_soft_reset_unless_hidden),
		T(data_fields_alone_are_taken_from_hardware),
		T(pme_can_be_delivered_if_any_state_supports_it),
		T(pme_is_an_event_only_if_status_is_clear_and_pme_is_supported),
		T(second_pme_is_an_event_only_after_the_guest_cleared_the_first),
		T(pme_is_no_event_for_an_owner_that_was_not_told_of_it),
		T(random_sequences_of_reads_writes_and_pmes_follow_the_rules),
	};

	return cmocka_run_group_tests_name("vpm", tests, fill_starts, NULL);
}
