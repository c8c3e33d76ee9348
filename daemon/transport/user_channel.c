/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's HCI user channel: the controller as it is, without the kernel's own Bluetooth on
 * it. It can be had only while its interface is down.
 */
#include <bluetooth/bluetooth.h>
#include <bluetooth/hci.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "transport/holders.h"
#include "transport/open.h"
#include "transport/spec.h"

/*
 * The kernel has no way to make a controller wait: what does not fit into the socket is dropped, a
 * peer's request as well, whose link is lost with it. Its usual 208 KiB are less than 300 small
 * packets; these are 20,000, for as long as the daemon, or the bus that it waits for, is behind.
 */
#define RECEIVE_BUFFER (8 * 1024 * 1024) /* which the kernel takes twice */

#define POWER_OFF "type 'bluetoothctl power off' with that controller selected"

/* bluetoothd has a socket for each controller, of which others may have one too. */
static void explain_busy(const char *device, char why[QB_WHY_MAX])
{
	char holders[QB_WHY_MAX];
	bool hidden;
	unsigned n = qb_hci_holders("/proc", holders, sizeof(holders), &hidden);
	bool bluetoothd = strstr(holders, "bluetoothd (");

	if (!n && !hidden)
		snprintf(why, QB_WHY_MAX,
		         "%s is busy, though no program has it: the kernel is still setting it up, "
		         "or could not; 'dmesg' tells, and plugging it in again helps",
		         device);
	else if (hidden && !bluetoothd)
		snprintf(why, QB_WHY_MAX,
		         "%s is in use by %.60s%sa program that cannot be seen from here, most "
		         "often bluetoothd; " POWER_OFF ", or 'systemctl stop bluetooth'",
		         device, holders, n ? " or " : "");
	else if (bluetoothd && n == 1)
		snprintf(why, QB_WHY_MAX,
		         "%s is in use by bluetoothd; " POWER_OFF ", or 'systemctl stop bluetooth'",
		         device);
	else
		snprintf(why, QB_WHY_MAX, "%s is in use by one of these: %.100s; end it%s", device,
		         holders, bluetoothd ? ", or " POWER_OFF : "");
}

/* Every way in which this fails has its own sentence and its own advice. */
static int explain(int error, const char *device, char why[QB_WHY_MAX])
{
	switch (error) {
	case EAFNOSUPPORT:
		snprintf(why, QB_WHY_MAX,
		         "this kernel has no Bluetooth; type 'modprobe bluetooth', or run qbled "
		         "outside the container");
		break;
	case ENODEV:
		snprintf(why, QB_WHY_MAX,
		         "there is no controller %s; 'ls /sys/class/bluetooth' shows those there "
		         "are",
		         device);
		break;
	case EPERM:
	case EACCES:
		snprintf(why, QB_WHY_MAX,
		         "no permission for %s; run qbled as root or with CAP_NET_ADMIN", device);
		break;
	case ERFKILL:
		snprintf(why, QB_WHY_MAX,
		         "%s is blocked by rfkill; type 'rfkill unblock bluetooth'", device);
		break;
	case EBUSY: explain_busy(device, why); break;
	default: snprintf(why, QB_WHY_MAX, "cannot open %s: %s", device, strerror(error));
	}
	/* The spec is right, and a later attempt may succeed. */
	return error == EINVAL ? -EIO : -error;
}

/*
 * An interface that is up is brought down, unless bluetoothd runs it, or somebody who cannot be
 * seen may: nobody's links are cut behind their back. Returns a positive errno.
 */
static int bring_down(int fd, unsigned index)
{
	struct hci_dev_info info = {.dev_id = (uint16_t)index};
	char holders[QB_WHY_MAX];
	bool hidden;

	if (ioctl(fd, HCIGETDEVINFO, &info) < 0)
		return errno;
	if (!(info.flags & 1u << HCI_UP))
		return 0;
	qb_hci_holders("/proc", holders, sizeof(holders), &hidden);
	if (hidden || strstr(holders, "bluetoothd ("))
		return EBUSY;
	return ioctl(fd, HCIDEVDOWN, index) < 0 ? errno : 0;
}

int qb_open_user_channel(const char *device, char why[QB_WHY_MAX])
{
	struct sockaddr_hci addr = {.hci_family = AF_BLUETOOTH, .hci_channel = HCI_CHANNEL_USER};
	const int receive_buffer = RECEIVE_BUFFER;
	unsigned index;
	int fd, error;

	if (qb_spec_hci(device, &index, why) < 0)
		return -EINVAL;
	addr.hci_dev = (uint16_t)index;
	fd = socket(AF_BLUETOOTH, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, BTPROTO_HCI);
	if (fd < 0)
		return explain(errno, device, why);
	/* Who may have a user channel may do this too. */
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &receive_buffer, sizeof(receive_buffer));
	error = bring_down(fd, index);
	if (!error && bind(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0)
		error = errno;
	if (!error)
		return fd;
	close(fd);
	return explain(error, device, why);
}
