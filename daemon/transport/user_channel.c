/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's HCI user channel: the controller as it is, without the kernel's own Bluetooth on
 * it. It can be had only while its interface is down.
 */
#include <bluetooth/bluetooth.h>
#include <bluetooth/hci.h>
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "transport/open.h"

static bool is_running(const char *program)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	bool found = false;

	while (dir && !found && (entry = readdir(dir))) {
		char path[300], comm[64] = "";
		FILE *file;

		if (entry->d_name[0] < '1' || entry->d_name[0] > '9')
			continue;
		snprintf(path, sizeof(path), "/proc/%s/comm", entry->d_name);
		file = fopen(path, "re");
		if (!file)
			continue;
		if (fgets(comm, sizeof(comm), file)) {
			comm[strcspn(comm, "\n")] = '\0';
			found = !strcmp(comm, program);
		}
		fclose(file);
	}
	if (dir)
		closedir(dir);
	return found;
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
	case EBUSY:
		if (is_running("bluetoothd"))
			snprintf(why, QB_WHY_MAX,
			         "%s is in use by bluetoothd; type 'bluetoothctl power off' for "
			         "that controller, or 'systemctl stop bluetooth'",
			         device);
		else
			snprintf(why, QB_WHY_MAX,
			         "%s is in use by another program that has it as a user channel, "
			         "or is up; type 'hciconfig %s down' or end that program",
			         device, device);
		break;
	default: snprintf(why, QB_WHY_MAX, "cannot open %s: %s", device, strerror(error));
	}
	return -error;
}

int qb_open_user_channel(const char *device, char why[QB_WHY_MAX])
{
	struct sockaddr_hci addr = {.hci_family = AF_BLUETOOTH, .hci_channel = HCI_CHANNEL_USER};
	char *end;
	unsigned long index = strtoul(device + strlen("hci"), &end, 10);
	int fd, error = 0;

	if (end == device + strlen("hci") || *end || index >= HCI_DEV_NONE) {
		snprintf(why, QB_WHY_MAX, "'%s' names no controller; hci0 is the first", device);
		return -EINVAL;
	}
	addr.hci_dev = (uint16_t)index;
	fd = socket(AF_BLUETOOTH, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, BTPROTO_HCI);
	if (fd < 0)
		return explain(errno, device, why);
	/* bind() tells what is really wrong; here only a controller that is up is brought down. */
	if (ioctl(fd, HCIDEVDOWN, index) < 0 && errno == ENODEV)
		error = ENODEV;
	else if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0)
		error = errno;
	if (!error)
		return fd;
	close(fd);
	return explain(error, device, why);
}
