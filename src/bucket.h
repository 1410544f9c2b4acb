/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A bound of how often something may happen to one function: so many times at
 * once, and so many a second.
 */
#ifndef _XPM_BUCKET_H
#define _XPM_BUCKET_H

#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/types.h>

/**
 * struct xpm_bucket - what is left of such a bound
 * @tokens: that many times at once; whoever uses one up takes it away
 * @filled_at: in jiffies, when the last token was added
 */
struct xpm_bucket {
	unsigned int tokens;
	unsigned long filled_at;
};

static inline void xpm_bucket_init(struct xpm_bucket *bucket, unsigned int burst)
{
	bucket->tokens = burst;
	bucket->filled_at = jiffies;
}

/* Is there a token left, if there are @burst at most, and @rate more a second? */
static inline bool xpm_bucket_has(struct xpm_bucket *bucket, unsigned int burst,
				  unsigned int rate)
{
	unsigned long fill = (jiffies - bucket->filled_at) * rate / HZ;

	if (bucket->tokens + fill >= burst) {
		bucket->tokens = burst;
		bucket->filled_at = jiffies;
	} else if (fill) {
		bucket->tokens += fill;
		bucket->filled_at += fill * HZ / rate;
	}
	return bucket->tokens;
}

#endif /* _XPM_BUCKET_H */
