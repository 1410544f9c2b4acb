/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Why is a function not in D3cold?
 */
#ifndef _XPM_BLOCKERS_H
#define _XPM_BLOCKERS_H

#include <linux/types.h>

struct seq_file;
struct xpm_function;

ssize_t xpm_blockers_show(struct xpm_function *f, char *page);
void xpm_blockers_explain(struct xpm_function *f, struct seq_file *s);

#endif /* _XPM_BLOCKERS_H */
