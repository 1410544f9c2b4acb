// SPDX-License-Identifier: GPL-2.0-only
/*
 * attr-poll - an attribute of sysfs, each time that poll() says it has changed
 *
 *   attr-poll FILE
 *
 * Prints what is there, then what is there after each wake, a line each. Nobody
 * wakes it when the attribute goes away.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct pollfd p = { .events = POLLPRI };
	char value[256];
	ssize_t n;

	if (argc != 2)
		return 2;
	p.fd = open(argv[1], O_RDONLY);
	setvbuf(stdout, NULL, _IOLBF, 0);
	/* To read is what makes poll() wait for the next change. */
	while (p.fd >= 0 && (n = pread(p.fd, value, sizeof(value), 0)) >= 0) {
		fwrite(value, 1, n, stdout);
		poll(&p, 1, -1);
	}
	perror(argv[1]);
	return 1;
}
