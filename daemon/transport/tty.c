/* SPDX-License-Identifier: GPL-2.0-or-later */
/* H4 over a serial line, 8N1, with hardware flow control unless told otherwise. */
#include <asm/termbits.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "transport/open.h"
#include "transport/spec.h"

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

int qb_open_tty(const char *device_baud, char why[QB_WHY_MAX])
{
	struct qb_spec_tty spec;
	int fd, r;

	r = qb_spec_tty(device_baud, &spec, why);
	if (r < 0)
		return r;
	fd = open(spec.device, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	r = fd < 0 ? -errno : set_line(fd, spec.baud, spec.flow);
	if (r >= 0)
		return fd;
	if (fd >= 0)
		close(fd);
	snprintf(why, QB_WHY_MAX, "cannot use %s: %s", spec.device,
	         r == -ENOTTY ? "it is no serial line" : strerror(-r));
	/* Only the spec itself is beyond mending. */
	return r == -EINVAL ? -EIO : r;
}
