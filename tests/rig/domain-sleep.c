// SPDX-License-Identifier: GPL-2.0-only
/*
 * domain-sleep - suspend and resume a domain by libxl
 *
 *   domain-sleep suspend DOMID
 *   domain-sleep resume DOMID
 *
 * As `xl suspend` and `xl resume` of Xen 4.19 do, which older ones do not have.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libxl.h>
#include <xentoollog.h>

int main(int argc, char **argv)
{
	xentoollog_logger_stdiostream *log;
	libxl_ctx *ctx;
	int domid, ret;

	if (argc != 3 ||
	    (strcmp(argv[1], "suspend") && strcmp(argv[1], "resume"))) {
		fprintf(stderr, "usage: domain-sleep suspend|resume DOMID\n");
		return 2;
	}
	domid = atoi(argv[2]);
	log = xtl_createlogger_stdiostream(stderr, XTL_ERROR, 0);
	if (!log || libxl_ctx_alloc(&ctx, LIBXL_VERSION, 0,
				    (xentoollog_logger *)log)) {
		fprintf(stderr, "domain-sleep: no libxl\n");
		return 1;
	}
	if (!strcmp(argv[1], "suspend"))
		ret = libxl_domain_suspend_only(ctx, domid, NULL);
	else
		ret = libxl_domain_resume(ctx, domid, 1, NULL);
	libxl_ctx_free(ctx);
	return ret != 0;
}
