/* SPDX-License-Identifier: GPL-2.0-or-later */
/* H4 over a serial line, 8N1, with hardware flow control unless told otherwise. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "transport/open.h"

static const struct {
	unsigned long baud;
	speed_t speed;
} speeds[] = {
        {9600, B9600},       {19200, B19200},     {38400, B38400},     {57600, B57600},
        {115200, B115200},   {230400, B230400},   {460800, B460800},   {500000, B500000},
        {576000, B576000},   {921600, B921600},   {1000000, B1000000}, {1500000, B1500000},
        {2000000, B2000000}, {3000000, B3000000}, {4000000, B4000000},
};

static int find_speed(unsigned long baud, speed_t *ret)
{
	for (size_t i = 0; i < sizeof(speeds) / sizeof(speeds[0]); i++)
		if (speeds[i].baud == baud) {
			*ret = speeds[i].speed;
			return 0;
		}
	return -EINVAL;
}

static int set_line(int fd, speed_t speed, int flow)
{
	struct termios tio;

	if (tcgetattr(fd, &tio) < 0)
		return -errno;
	cfmakeraw(&tio);
	tio.c_cflag |= CLOCAL | CREAD;
	tio.c_cflag &= ~(tcflag_t)(CSTOPB | CRTSCTS);
	if (flow)
		tio.c_cflag |= CRTSCTS;
	cfsetispeed(&tio, speed);
	cfsetospeed(&tio, speed);
	if (tcsetattr(fd, TCSANOW, &tio) < 0)
		return -errno;
	tcflush(fd, TCIOFLUSH);
	return 0;
}

int qb_open_tty(const char *device_baud, char why[QB_WHY_MAX])
{
	char device[128];
	const char *comma = strchr(device_baud, ',');
	unsigned long baud = 0;
	char *end = NULL;
	speed_t speed;
	int fd, r, flow = 1;

	if (comma && comma != device_baud && (size_t)(comma - device_baud) < sizeof(device))
		baud = strtoul(comma + 1, &end, 10);
	if (end && !strcmp(end, ",noflow"))
		flow = 0;
	else if (!end || end == comma + 1 || *end)
		baud = 0;
	if (find_speed(baud, &speed) < 0) {
		snprintf(why, QB_WHY_MAX,
		         "'%s' is not DEV,BAUD or DEV,BAUD,noflow with a usual speed from 9600 to "
		         "4000000",
		         device_baud);
		return -EINVAL;
	}
	memcpy(device, device_baud, (size_t)(comma - device_baud));
	device[comma - device_baud] = '\0';
	fd = open(device, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	r = fd < 0 ? -errno : set_line(fd, speed, flow);
	if (r >= 0)
		return fd;
	if (fd >= 0)
		close(fd);
	snprintf(why, QB_WHY_MAX, "cannot use %s: %s", device,
	         r == -ENOTTY ? "it is no serial line" : strerror(-r));
	return r;
}
