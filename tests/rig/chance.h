/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is done at random, by a seed that repeats it.
 */
#ifndef CHANCE_H
#define CHANCE_H

#include <stdbool.h>
#include <stdint.h>

/* The seed, to begin with; of the program. */
extern uint64_t random_state;

/* splitmix64 */
static inline uint64_t any64(void)
{
	uint64_t z = random_state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static inline int any(int n)
{
	return any64() % n;
}

static inline bool percent(int n)
{
	return any(100) < n;
}

#endif
