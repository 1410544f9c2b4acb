// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzzes src/vpm.c: whatever a guest writes and reads at whatever width and
 * offset, and whatever hardware does meanwhile, it sees the PM capability of the
 * contract.
 *
 * What it must see is kept beside it as a guest's driver would note it down, one
 * field a variable, with the specification's bit numbers and not the headers'
 * names. tests/unit/test_vpm.c goes through single steps exhaustively; here it is
 * sequences, from any content of the hardware's registers.
 */
#include "fuzz.h"
#include "vpm.h"

/* Offsets in the PM capability (PCI PM 1.2, section 3.2). */
#define PMC	2
#define LOWER	4	/* of PMCSR: PowerState 1:0, NoSoftRst 3 */
#define UPPER	5	/* of PMCSR: PME_En 0, Data_Select 4:1, Data_Scale 6:5, PME_Status 7 */

/* What the guest must see. */
struct seen {
	int cap;
	u16 pmc;
	bool no_soft_reset;
	bool d3hot;
	bool pme_enabled;
	bool pme_status;
	u8 select;
	u8 scale;
};

static bool shows_pme(const struct seen *s)
{
	return s->pmc >> 11;
}

/* A byte of the capability, or -1 where hardware's own is seen. */
static int seen_byte(const struct seen *s, int where)
{
	switch (where - s->cap) {
	case PMC:
		return s->pmc & 0xff;
	case PMC + 1:
		return s->pmc >> 8;
	case LOWER:
		return (s->d3hot ? 3 : 0) | (s->no_soft_reset ? 8 : 0);
	case UPPER:
		return s->pme_enabled | s->select << 1 | s->scale << 5 | s->pme_status << 7;
	}
	return -1;
}

static void check_read(const struct xpm_vpm *vpm, const struct seen *s, int where, int size,
		       u32 raw)
{
	u32 got = xpm_vpm_overlay(vpm, s->cap, where, size, raw);
	bool covers = false;
	int i;

	for (i = 0; i < 4; i++) {
		int byte = i < size ? seen_byte(s, where + i) : -1;

		CLAIM((got >> 8 * i & 0xff) == (byte < 0 ? raw >> 8 * i & 0xff : (u32)byte));
		covers |= i < size && (where + i == s->cap + LOWER || where + i == s->cap + UPPER);
	}
	CLAIM(xpm_vpm_covers_pmcsr(s->cap, where, size) == covers);
}

static void check(const struct xpm_vpm *vpm, const struct seen *s)
{
	u16 pmcsr = xpm_vpm_pmcsr(vpm);

	CLAIM((pmcsr & 0xff) == seen_byte(s, s->cap + LOWER));
	CLAIM(pmcsr >> 8 == seen_byte(s, s->cap + UPPER));
	CLAIM(vpm->pmc == s->pmc);
	CLAIM(xpm_vpm_can_pme(vpm) == shows_pme(s));
	/* Never D1 or D2, never PME without having been told of it. */
	CLAIM((pmcsr & 3) == 0 || (pmcsr & 3) == 3);
	CLAIM(shows_pme(s) || !(pmcsr & 0x8100));
	check_read(vpm, s, s->cap + LOWER, 4, ~0U);
}

/* A new owner, or a hook under a running guest. */
static void start(struct xpm_vpm *vpm, struct seen *s, struct input *in)
{
	unsigned int features = take8(in) & (XPM_VPM_SHOW_PME | XPM_VPM_HIDE_NO_SOFT_RESET |
					     XPM_VPM_AS_STOCK);
	u16 pmc = take16(in), pmcsr = take16(in);

	/* It is set up anew for each owner, whatever the last one left. */
	xpm_vpm_init(vpm, pmc, pmcsr, features);

	/* Nothing but what stock has shown, to one that runs. */
	s->pmc = pmc & 0x07ff;
	s->no_soft_reset = pmcsr & 8;
	if (!(features & XPM_VPM_AS_STOCK)) {
		/* Neither D1 nor D2, and PME from D3hot alone. */
		s->pmc &= ~0x0600;
		if (features & XPM_VPM_SHOW_PME)
			s->pmc |= 0x4000;
		if (features & XPM_VPM_HIDE_NO_SOFT_RESET)
			s->no_soft_reset = false;
	}
	s->d3hot = (pmcsr & 3) == 3;
	s->pme_enabled = false;
	s->pme_status = false;
	s->select = pmcsr >> 9 & 15;
	s->scale = pmcsr >> 13 & 3;

	/* Where D3cold is allowed, no guest counts on its state. */
	if (features == XPM_VPM_HIDE_NO_SOFT_RESET)
		CLAIM(!(xpm_vpm_pmcsr(vpm) & 8));
}

/*
 * As conf_space.c writes a field of two bytes: what the guest did not write is
 * merged from a read, in which src/pciback.c leaves PME_Status out.
 */
static u16 merge(const struct xpm_vpm *vpm, int pmcsr, int where, int size, u32 value)
{
	u8 bytes[2];
	u16 old = xpm_vpm_pmcsr(vpm) & 0x7fff;
	int i;

	bytes[0] = old & 0xff;
	bytes[1] = old >> 8;
	for (i = 0; i < size; i++)
		if (where + i == pmcsr || where + i == pmcsr + 1)
			bytes[where + i - pmcsr] = value >> 8 * i;
	return bytes[0] | bytes[1] << 8;
}

static void guest_writes(struct xpm_vpm *vpm, struct seen *s, int where, int size, u32 value,
			 bool wakes)
{
	unsigned int request, expected = 0;
	struct seen was = *s;
	int i;

	if (!xpm_vpm_covers_pmcsr(s->cap, where, size))
		return;
	request = xpm_vpm_write(vpm, merge(vpm, s->cap + LOWER, where, size, value));

	for (i = 0; i < size; i++) {
		u8 byte = value >> 8 * i;

		if (where + i == s->cap + LOWER) {
			if (s->d3hot && (byte & 3) == 0)
				expected |= XPM_VPM_WANTS_D0;
			else if (!s->d3hot && (byte & 3) == 3)
				expected |= XPM_VPM_WANTS_D3HOT;
		} else if (where + i == s->cap + UPPER) {
			s->pme_enabled = (byte & 1) && shows_pme(s);
			if (byte & 0x80)
				s->pme_status = false;
			s->select = byte >> 1 & 15;
		}
	}
	if (was.pme_enabled != s->pme_enabled)
		expected |= XPM_VPM_PME_ENABLE_CHANGED;
	if (was.pme_status && !s->pme_status)
		expected |= XPM_VPM_PME_STATUS_CLEARED;
	if (was.select != s->select)
		expected |= XPM_VPM_DATA_SELECT_CHANGED;
	CLAIM(request == expected);

	/* PowerState waits for the host (src/guest.c), which may fail to wake it. */
	check(vpm, s);
	if (request & XPM_VPM_WANTS_D3HOT) {
		vpm->state = XPM_VPM_D3HOT;
		s->d3hot = true;
	} else if (request & XPM_VPM_WANTS_D0 && wakes) {
		vpm->state = XPM_VPM_D0;
		s->d3hot = false;
	}
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct input in = { data, size };
	struct xpm_vpm vpm;
	struct seen s;
	u16 pmcsr;

	/* Capabilities are aligned to four bytes and behind the header. */
	s.cap = 0x40 + (take8(&in) % 0x30) * 4;
	start(&vpm, &s, &in);
	check(&vpm, &s);

	while (in.left) {
		u8 op = take8(&in);
		int width = 1 << (op >> 4 & 3) % 3;
		/* Also what pciback refuses: not aligned, and half beside it. */
		int where = s.cap - 4 + take8(&in) % 16;

		switch (op & 7) {
		case 0:
		case 1:
		case 2:
		case 3:
			guest_writes(&vpm, &s, where, width, take32(&in), op & 0x80);
			break;
		case 4:
			check_read(&vpm, &s, where, width, take32(&in));
			break;
		case 5:
			/* An event is a PME that comes while PME_Status is clear. */
			CLAIM(xpm_vpm_set_pme(&vpm) == (shows_pme(&s) && !s.pme_status));
			s.pme_status = shows_pme(&s);
			break;
		case 6:
			pmcsr = take16(&in);
			xpm_vpm_set_data(&vpm, pmcsr);
			s.select = pmcsr >> 9 & 15;
			s.scale = pmcsr >> 13 & 3;
			break;
		case 7:
			start(&vpm, &s, &in);
			break;
		}
		check(&vpm, &s);
	}
	return 0;
}
