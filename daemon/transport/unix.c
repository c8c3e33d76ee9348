/* SPDX-License-Identifier: GPL-2.0-or-later */
/* H4 over a unix stream socket: qble-air, btvirt and other virtual controllers. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "transport/open.h"
#include "transport/spec.h"

int qb_open_unix(const char *path, char why[QB_WHY_MAX])
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd, error;

	if (qb_spec_unix(path, why) < 0)
		return -EINVAL;
	strcpy(addr.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0 && !connect(fd, (struct sockaddr *)&addr, sizeof(addr)))
		return fd;
	error = errno;
	if (fd >= 0)
		close(fd);
	snprintf(why, QB_WHY_MAX, "cannot connect to %s: %s", path,
	         error == ECONNREFUSED ? "nobody listens there" : strerror(error));
	return -error;
}
