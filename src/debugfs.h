/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hooked functions in prose, for who looks for a reason.
 */
#ifndef _XPM_DEBUGFS_H
#define _XPM_DEBUGFS_H

void xpm_debugfs_init(void);
void xpm_debugfs_exit(void);

#endif /* _XPM_DEBUGFS_H */
