/* SPDX-License-Identifier: GPL-2.0-or-later */
/* H4 over a serial line, 8N1, with hardware flow control unless told otherwise. */
#include <asm/termbits.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "transport/open.h"

#define BAUD_MIN 9600
#define BAUD_MAX 12000000

/*
 * Linux's own interface, since that of POSIX has only the speeds of its list. With BOTHER the
 * driver takes any number, and comes as near to it as it can.
 */
static int set_line(int fd, unsigned baud, bool flow)
{
	struct termios2 tio;

	if (ioctl(fd, TCGETS2, &tio) < 0)
		return -errno;
	tio.c_iflag = 0;
	tio.c_oflag = 0;
	tio.c_lflag = 0;
	tio.c_cflag = CS8 | CLOCAL | CREAD | BOTHER | (BOTHER << IBSHIFT);
	if (flow)
		tio.c_cflag |= CRTSCTS;
	tio.c_cc[VMIN] = 1;
	tio.c_cc[VTIME] = 0;
	tio.c_ispeed = tio.c_ospeed = baud;
	if (ioctl(fd, TCSETS2, &tio) < 0)
		return -errno;
	/* What came before belongs to nobody; and nobody else is to open it now. */
	ioctl(fd, TCFLSH, TCIOFLUSH);
	ioctl(fd, TIOCEXCL);
	return 0;
}

/* "DEV,BAUD", "DEV,BAUD,flow" or "DEV,BAUD,noflow". */
static bool parse(const char *spec, char *device, size_t size, unsigned *baud, bool *flow)
{
	const char *comma = strchr(spec, ',');
	unsigned long n;
	char *end;

	if (!comma || comma == spec || (size_t)(comma - spec) >= size || comma[1] < '0' ||
	    comma[1] > '9')
		return false;
	n = strtoul(comma + 1, &end, 10);
	*flow = !*end || !strcmp(end, ",flow");
	if (n < BAUD_MIN || n > BAUD_MAX || (!*flow && strcmp(end, ",noflow")))
		return false;
	*baud = (unsigned)n;
	memcpy(device, spec, (size_t)(comma - spec));
	device[comma - spec] = '\0';
	return true;
}

int qb_open_tty(const char *device_baud, char why[QB_WHY_MAX])
{
	char device[128];
	unsigned baud;
	bool flow;
	int fd, r;

	if (!parse(device_baud, device, sizeof(device), &baud, &flow)) {
		snprintf(why, QB_WHY_MAX,
		         "'%s' is not DEV,BAUD or DEV,BAUD,noflow with a speed from %u to %u",
		         device_baud, BAUD_MIN, BAUD_MAX);
		return -EINVAL;
	}
	fd = open(device, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	r = fd < 0 ? -errno : set_line(fd, baud, flow);
	if (r >= 0)
		return fd;
	if (fd >= 0)
		close(fd);
	snprintf(why, QB_WHY_MAX, "cannot use %s: %s", device,
	         r == -ENOTTY ? "it is no serial line" : strerror(-r));
	/* Only the spec itself is beyond mending. */
	return r == -EINVAL ? -EIO : r;
}
