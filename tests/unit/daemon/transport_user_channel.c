/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The user channel on a kernel that is played by this test: what is asked of it, and what a person
 * is told where it refuses.
 */
#include <bluetooth/bluetooth.h>
#include <bluetooth/hci.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../unit.h"
#include "transport/holders.h"
#include "transport/open.h"

/* The kernel: the errno that each step ends with, whether hci2 is up, and who has sockets. */
static struct {
	int socket, info, down, bind;
	bool up, hidden;
	const char *holders;
} kernel;

static char steps[128], why[QB_WHY_MAX];

static int result(const char *step, int error)
{
	strcat(steps, step);
	errno = error;
	return error ? -1 : 0;
}

int __wrap_socket(int domain, int type, int protocol);
int __wrap_socket(int domain, int type, int protocol)
{
	ck_assert_int_eq(domain, AF_BLUETOOTH);
	ck_assert_int_eq(type & SOCK_CLOEXEC, SOCK_CLOEXEC);
	ck_assert_int_eq(type & SOCK_NONBLOCK, SOCK_NONBLOCK);
	ck_assert_int_eq(protocol, BTPROTO_HCI);
	if (result("socket ", kernel.socket))
		return -1;
	return open("/dev/null", O_RDWR | O_CLOEXEC);
}

/* The kernel drops what does not fit, so there must be room for long bursts. */
int __wrap_setsockopt(int fd, int level, int name, const void *value, socklen_t len);
int __wrap_setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
	ck_assert_int_eq(level, SOL_SOCKET);
	ck_assert_int_eq(name, SO_RCVBUFFORCE);
	ck_assert_uint_eq(len, sizeof(int));
	ck_assert_int_ge(*(const int *)value, 4 * 1024 * 1024);
	return result("room ", 0);
}

int __wrap_ioctl(int fd, unsigned long request, ...);
int __wrap_ioctl(int fd, unsigned long request, ...)
{
	struct hci_dev_info *info;
	unsigned long arg;
	va_list ap;

	va_start(ap, request);
	arg = va_arg(ap, unsigned long);
	va_end(ap);
	if (request == HCIGETDEVINFO) {
		info = (struct hci_dev_info *)arg;
		ck_assert_uint_eq(info->dev_id, 2);
		info->flags = kernel.up ? 1u << HCI_UP | 1u << HCI_RUNNING : 0;
		return result("info ", kernel.info);
	}
	ck_assert_uint_eq(request, HCIDEVDOWN);
	ck_assert_uint_eq(arg, 2);
	return result("down ", kernel.down);
}

int __wrap_bind(int fd, const struct sockaddr *addr, socklen_t len);
int __wrap_bind(int fd, const struct sockaddr *addr, socklen_t len)
{
	const struct sockaddr_hci *hci = (const struct sockaddr_hci *)addr;

	ck_assert_uint_eq(len, sizeof(*hci));
	ck_assert_uint_eq(hci->hci_family, AF_BLUETOOTH);
	ck_assert_uint_eq(hci->hci_dev, 2);
	ck_assert_uint_eq(hci->hci_channel, HCI_CHANNEL_USER);
	return result("bind ", kernel.bind);
}

unsigned qb_hci_holders(const char *proc, char *ret, size_t room, bool *ret_hidden)
{
	*ret_hidden = kernel.hidden;
	ck_assert_str_eq(proc, "/proc");
	snprintf(ret, room, "%s", kernel.holders ? kernel.holders : "");
	return kernel.holders ? 1 + (strchr(kernel.holders, ',') != NULL) : 0;
}

static int try(void)
{
	steps[0] = why[0] = '\0';
	return qb_open_user_channel("hci2", why);
}

static void said(const char *part)
{
	ck_assert_msg(strstr(why, part), "said '%s', wanted '%s'", why, part);
}

static void setup(void)
{
	memset(&kernel, 0, sizeof(kernel));
}

START_TEST(is_down)
{
	int fd = try();

	ck_assert_int_ge(fd, 0);
	ck_assert_str_eq(steps, "socket room info bind ");
	close(fd);
	/* bluetoothd may run: it has other controllers. */
	kernel.holders = "bluetoothd (pid 712)";
	fd = try();
	ck_assert_int_ge(fd, 0);
	close(fd);
}
END_TEST

START_TEST(is_up)
{
	int fd;

	kernel.up = true;
	fd = try();
	ck_assert_int_ge(fd, 0);
	ck_assert_str_eq(steps, "socket room info down bind ");
	close(fd);
	kernel.holders = "btmon (pid 5)";
	fd = try();
	ck_assert_int_ge(fd, 0);
	close(fd);
}
END_TEST

/* Links that bluetoothd has on it are not cut. */
START_TEST(bluetoothd)
{
	kernel.up = true;
	kernel.holders = "bluetoothd (pid 712)";
	ck_assert_int_eq(try(), -EBUSY);
	ck_assert_str_eq(steps, "socket room info ");
	said("hci2 is in use by bluetoothd");
	said("'bluetoothctl power off'");
	said("'systemctl stop bluetooth'");
	kernel.holders = "bluetoothd (pid 712), qbled (pid 800)";
	ck_assert_int_eq(try(), -EBUSY);
	said("one of these: bluetoothd (pid 712), qbled (pid 800)");
	said("'bluetoothctl power off'");
}
END_TEST

/* As the daemon's own user it does not see who is there: then it may be bluetoothd. */
START_TEST(hidden)
{
	int fd;

	kernel.hidden = true;
	fd = try();
	ck_assert_int_ge(fd, 0);
	close(fd);
	kernel.up = true;
	ck_assert_int_eq(try(), -EBUSY);
	ck_assert_str_eq(steps, "socket room info ");
	said("hci2 is in use by a program that cannot be seen from here, most often bluetoothd");
	said("'systemctl stop bluetooth'");
	/* Our own user's are seen: the daemon of another controller is not the only suspect. */
	kernel.holders = "qbled (pid 800)";
	ck_assert_int_eq(try(), -EBUSY);
	said("hci2 is in use by qbled (pid 800) or a program that cannot be seen from here");
	said("'systemctl stop bluetooth'");
}
END_TEST

START_TEST(busy)
{
	kernel.bind = EBUSY;
	kernel.holders = "qbled (pid 800)";
	ck_assert_int_eq(try(), -EBUSY);
	said("hci2 is in use by one of these: qbled (pid 800); end it");
	ck_assert_ptr_null(strstr(why, "bluetoothctl"));
	kernel.holders = NULL;
	kernel.hidden = true;
	ck_assert_int_eq(try(), -EBUSY);
	said("hci2 is in use by a program that cannot be seen from here");
	/* As long as the kernel sets it up, or after that failed. */
	kernel.hidden = false;
	ck_assert_int_eq(try(), -EBUSY);
	said("hci2 is busy, though no program has it");
	said("'dmesg'");
	/* Another user channel keeps the interface up. */
	kernel.bind = 0;
	kernel.up = true;
	kernel.down = EBUSY;
	kernel.holders = "qbled (pid 800)";
	ck_assert_int_eq(try(), -EBUSY);
	ck_assert_str_eq(steps, "socket room info down ");
	said("qbled (pid 800)");
}
END_TEST

START_TEST(refusals)
{
	static const struct {
		int socket, info, down, bind, r;
		const char *text;
	} rows[] = {
	        {EAFNOSUPPORT, 0, 0, 0, -EAFNOSUPPORT, "'modprobe bluetooth'"},
	        {EPERM, 0, 0, 0, -EPERM, "CAP_NET_ADMIN"},
	        {0, ENODEV, 0, 0, -ENODEV,
	         "there is no controller hci2; 'ls /sys/class/bluetooth'"},
	        {0, 0, EPERM, 0, -EPERM, "CAP_NET_ADMIN"},
	        {0, 0, 0, EPERM, -EPERM, "no permission for hci2"},
	        {0, 0, 0, EACCES, -EACCES, "no permission for hci2"},
	        {0, 0, 0, ENODEV, -ENODEV, "there is no controller hci2"},
	        {0, 0, 0, ERFKILL, -ERFKILL, "hci2 is blocked by rfkill; type 'rfkill unblock"},
	        {0, 0, 0, ENOMEM, -ENOMEM, "cannot open hci2: Cannot allocate memory"},
	        /* The spec is right, so that it is tried again. */
	        {0, 0, 0, EINVAL, -EIO, "cannot open hci2: Invalid argument"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		kernel.socket = rows[i].socket;
		kernel.info = rows[i].info;
		kernel.down = rows[i].down;
		kernel.bind = rows[i].bind;
		kernel.up = rows[i].down;
		ck_assert_int_eq(try(), rows[i].r);
		said(rows[i].text);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {is_down, is_up, bluetoothd, hidden, busy, refusals};

	return unit_run_with("transport_user_channel", setup, NULL, tests, 6);
}
