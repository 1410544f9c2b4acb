/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the fuzz targets share: the claim of a property, and the input.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdio.h>
#include <stdlib.h>

#include <linux/types.h>

/* Says which property does not hold, and lets libFuzzer keep the input. */
#define CLAIM(holds)							\
	do {								\
		if (!(holds)) {						\
			fprintf(stderr, "%s:%d: does not hold: %s\n",	\
				__FILE__, __LINE__, #holds);		\
			abort();					\
		}							\
	} while (0)

struct input {
	const u8 *at;
	size_t left;
};

/* 0 when there is no more, so that a short input is one of zeros. */
static inline u8 take8(struct input *in)
{
	if (!in->left)
		return 0;
	in->left--;
	return *in->at++;
}

static inline u16 take16(struct input *in)
{
	u16 low = take8(in);

	return low | take8(in) << 8;
}

static inline u32 take32(struct input *in)
{
	u32 low = take16(in);

	return low | (u32)take16(in) << 16;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

#endif /* FUZZ_H */
