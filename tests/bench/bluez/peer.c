/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The peer that measures a GATT server: a controller's user channel and packets made by hand, no
 * Bluetooth host of anybody's. It reads commands, a line each, and answers each with a line:
 *
 *	connect ADDR          the MTU, when the link is up and the other side's own questions are
 *over read UUID COUNT       seconds in all, p50 and p99 in milliseconds; one after the other
 *	subscribe UUID 0|1    ok
 *	collect COUNT         what numbers_tell() says, when so many notifications came or no more
 *come write UUID COUNT      seconds; write commands, as fast as the controller takes them
 *	disconnect            ok
 */
#include <bluetooth/bluetooth.h>
#include <bluetooth/hci.h>
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/hci/spec.h"
#include "numbers.h"

enum {
	ATT_CID = 0x04,
	MTU = 185, /* every PDU then fits into one packet of 192 octets */
	PDU_MAX = 256,
	TIMEOUT_MSEC = 60000,
	QUIET_MSEC = 3000, /* nothing in so long a time: nothing comes any more */
	SETTLED_MSEC = 500,
};

static struct peer {
	int fd;
	unsigned credits;
	int link; /* the connection's handle, or -1 */
	int status, command_status;
	uint16_t command;
	uint8_t reply[PDU_MAX], answer[PDU_MAX]; /* to the other side; from it */
	size_t reply_len, answer_len;
	struct numbers notified;
} peer = {.link = -1};

static void put(const void *packet, size_t len)
{
	if (write(peer.fd, packet, len) != (ssize_t)len)
		fail("the controller", strerror(errno));
}

static void put_att(const void *pdu, size_t len)
{
	uint8_t packet[9 + PDU_MAX] = {QB_H4_ACL};

	qb_put_le16(packet + 1, (uint16_t)(peer.link | QB_ACL_START_NO_FLUSH << 12));
	qb_put_le16(packet + 3, (uint16_t)(4 + len));
	qb_put_le16(packet + 5, (uint16_t)len);
	qb_put_le16(packet + 7, ATT_CID);
	memcpy(packet + 9, pdu, len);
	put(packet, 9 + len);
	peer.credits--;
}

static void reply(const void *pdu, size_t len)
{
	memcpy(peer.reply, pdu, len);
	peer.reply_len = len;
}

static void take_att(const uint8_t *pdu, size_t len)
{
	static const uint8_t mtu[] = {0x03, MTU, 0}, confirmation[] = {0x1e};
	/* There is nothing here to be found. */
	uint8_t error[] = {0x01, pdu[0], len > 2 ? pdu[1] : 0, len > 2 ? pdu[2] : 0, 0x0a};

	switch (pdu[0]) {
	case 0x1b:
		if (len >= 3)
			numbers_take(&peer.notified, pdu + 3, len - 3);
		break;
	case 0x1d: reply(confirmation, sizeof(confirmation)); break;
	case 0x02: reply(mtu, sizeof(mtu)); break;
	case 0x52:
	case 0xd2: break;
	default:
		if (!(pdu[0] & 1)) {
			reply(error, sizeof(error));
		} else if (len <= sizeof(peer.answer)) {
			memcpy(peer.answer, pdu, len);
			peer.answer_len = len;
		}
	}
}

static void take_event(const uint8_t *p)
{
	switch (p[0]) {
	case QB_HCI_EV_COMMAND_COMPLETE:
		peer.command = qb_get_le16(p + 3);
		peer.command_status = p[5];
		/* LE Read Buffer Size tells how many packets it takes at once. */
		if (peer.command == QB_HCI_LE_READ_BUFFER_SIZE)
			peer.credits = p[8];
		break;
	case QB_HCI_EV_COMMAND_STATUS:
		peer.command = qb_get_le16(p + 4);
		peer.command_status = p[2];
		break;
	case QB_HCI_EV_NUM_COMPLETED:
		for (unsigned i = 0; i < p[2]; i++)
			peer.credits += qb_get_le16(p + 3 + 4 * i + 2);
		break;
	case QB_HCI_EV_DISCONNECT_COMPLETE: peer.link = -1; break;
	case QB_HCI_EV_LE_META:
		if (p[2] == QB_HCI_LE_CONN_COMPLETE || p[2] == QB_HCI_LE_ENH_CONN_COMPLETE) {
			peer.status = p[3];
			peer.link = p[3] ? -1 : qb_get_le16(p + 4);
		}
	}
}

/* One packet; false if none came in that time. */
static bool step(int msec)
{
	struct pollfd pfd = {peer.fd, POLLIN, 0};
	uint8_t p[1024];
	ssize_t n;

	if (poll(&pfd, 1, msec) <= 0)
		return false;
	n = read(peer.fd, p, sizeof(p));
	if (n <= 0)
		fail("the controller", n ? strerror(errno) : "gone");
	if (p[0] == QB_H4_EVENT && n > 3)
		take_event(p + 1);
	else if (p[0] == QB_H4_ACL && n > 9 && qb_get_le16(p + 7) == ATT_CID)
		take_att(p + 9, (size_t)n - 9);
	if (peer.reply_len && peer.credits) {
		put_att(peer.reply, peer.reply_len);
		peer.reply_len = 0;
	}
	return true;
}

static void must_step(const char *what)
{
	if (!step(TIMEOUT_MSEC))
		fail(what, "no answer");
}

static int try_command(uint16_t opcode, const void *param, size_t len)
{
	uint8_t packet[4 + 64] = {QB_H4_COMMAND, (uint8_t)opcode, (uint8_t)(opcode >> 8),
	                          (uint8_t)len};

	if (len)
		memcpy(packet + 4, param, len);
	peer.command = 0;
	put(packet, 4 + len);
	while (peer.command != opcode)
		must_step("a command");
	return peer.command_status;
}

static void command(uint16_t opcode, const void *param, size_t len)
{
	if (try_command(opcode, param, len))
		fail("a command", "refused");
}

static void send_att(const void *pdu, size_t len)
{
	while (!peer.credits)
		must_step("the controller's buffer");
	put_att(pdu, len);
}

/* One request and its response, left in peer.answer; false if that is an error. */
static bool request(const void *pdu, size_t len)
{
	peer.answer_len = 0;
	send_att(pdu, len);
	while (!peer.answer_len)
		must_step("a request");
	return peer.answer[0] != 0x01;
}

/* The handle of the value of the characteristic with this UUID. */
static uint16_t find(const char *uuid)
{
	uint16_t wanted = (uint16_t)strtoul(uuid, NULL, 16), start = 1;

	for (;;) {
		uint8_t pdu[] = {0x08, (uint8_t)start, (uint8_t)(start >> 8), 0xff, 0xff, 0x03,
		                 0x28};
		const uint8_t *a = peer.answer;

		if (!request(pdu, sizeof(pdu)))
			fail(uuid, "not found");
		for (size_t i = 2; a[1] >= 7 && i + a[1] <= peer.answer_len; i += a[1]) {
			start = (uint16_t)(qb_get_le16(a + i) + 1);
			if (a[1] == 7 && qb_get_le16(a + i + 5) == wanted)
				return qb_get_le16(a + i + 3);
		}
	}
}

static uint16_t find_cccd(uint16_t value)
{
	for (uint16_t handle = value + 1;; handle++) {
		uint8_t pdu[] = {0x04, (uint8_t)handle, (uint8_t)(handle >> 8), (uint8_t)handle,
		                 (uint8_t)(handle >> 8)};

		if (!request(pdu, sizeof(pdu)))
			fail("the CCCD", "not found");
		if (peer.answer[1] == 1 && qb_get_le16(peer.answer + 4) == 0x2902)
			return handle;
	}
}

/* btvirt answers at once, with an error while the other one does not advertise. */
static void link_up(const char *addr)
{
	/* Public, on 1M: scan 60 ms of 30, interval 30 ms, supervision timeout 20 s. */
	uint8_t create[26] = {[9] = 1, [10] = 0x60, [12] = 0x30, [14] = 0x18, [16] = 0x18};
	static const uint8_t mtu[] = {0x02, MTU, 0};
	double end = now() + TIMEOUT_MSEC / 1e3;
	unsigned b[6];

	if (sscanf(addr, "%x:%x:%x:%x:%x:%x", &b[5], &b[4], &b[3], &b[2], &b[1], &b[0]) != 6)
		fail(addr, "no address");
	for (int i = 0; i < 6; i++)
		create[3 + i] = (uint8_t)b[i];
	qb_put_le16(create + 20, 2000);
	for (;;) {
		peer.status = -1;
		command(QB_HCI_LE_EXT_CREATE_CONN, create, sizeof(create));
		while (peer.status < 0)
			must_step("a connection");
		if (!peer.status)
			break;
		if (now() > end)
			fail(addr, "does not advertise");
		usleep(20000);
	}
	if (!request(mtu, sizeof(mtu)))
		fail("the MTU", "refused");
	/* bluetoothd looks for services here first. */
	while (step(SETTLED_MSEC))
		;
	printf("%u\n", qb_get_le16(peer.answer + 1));
}

static void link_down(void)
{
	uint8_t param[3] = {[2] = QB_HCI_E_REMOTE_TERMINATED};

	qb_put_le16(param, (uint16_t)peer.link);
	command(QB_HCI_DISCONNECT, param, sizeof(param));
	while (peer.link >= 0)
		must_step("the end of the link");
	printf("ok\n");
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void read_all(const char *uuid, unsigned count)
{
	static double took[NUMBERS_MAX];
	uint16_t handle = find(uuid);
	uint8_t pdu[] = {0x0a, (uint8_t)handle, (uint8_t)(handle >> 8)};
	double begin = now();

	for (unsigned i = 0; i < count; i++) {
		double start = now();

		if (!request(pdu, sizeof(pdu)) || peer.answer_len < 2)
			fail("a read", "refused");
		took[i] = now() - start;
	}
	printf("%.6f ", now() - begin);
	qsort(took, count, sizeof(took[0]), compare);
	printf("%.6f %.6f\n", took[count / 2] * 1e3, took[count * 99 / 100] * 1e3);
}

static void subscribe(const char *uuid, unsigned on)
{
	uint16_t handle = find_cccd(find(uuid));
	uint8_t pdu[] = {0x12, (uint8_t)handle, (uint8_t)(handle >> 8), (uint8_t)on, 0};

	if (!request(pdu, sizeof(pdu)))
		fail("a subscription", "refused");
	memset(&peer.notified, 0, sizeof(peer.notified));
	printf("ok\n");
}

static void write_all(const char *uuid, unsigned count, unsigned rate)
{
	uint16_t handle = find(uuid);
	uint8_t pdu[3 + VALUE_LEN] = {0x52, (uint8_t)handle, (uint8_t)(handle >> 8)};
	double begin = now();

	for (uint32_t i = 0; i < count; i++) {
		while (rate && now() < begin + (double)i / rate)
			step(1);
		number_put(pdu + 3, i);
		send_att(pdu, sizeof(pdu));
	}
	printf("%.6f\n", now() - begin);
}

static void collect(unsigned count)
{
	while (peer.notified.came < count && step(peer.notified.came ? QUIET_MSEC : TIMEOUT_MSEC))
		;
	numbers_tell(&peer.notified);
}

static void obey(const char *line)
{
	char what[16] = "", arg[32] = "";
	unsigned count = 0, rate = 0;

	sscanf(line, "%15s %31s %u %u", what, arg, &count, &rate);
	if (count >= NUMBERS_MAX)
		fail(line, "too many");
	if (!strcmp(what, "connect"))
		link_up(arg);
	else if (peer.link < 0)
		fail(line, "there is no link");
	else if (!strcmp(what, "read"))
		read_all(arg, count);
	else if (!strcmp(what, "subscribe"))
		subscribe(arg, count);
	else if (!strcmp(what, "collect"))
		collect((unsigned)atoi(arg));
	else if (!strcmp(what, "write"))
		write_all(arg, count, rate);
	else if (!strcmp(what, "disconnect"))
		link_down();
	else
		fail(line, "no such command");
	fflush(stdout);
}

static void start(unsigned index)
{
	struct sockaddr_hci addr = {AF_BLUETOOTH, (uint16_t)index, HCI_CHANNEL_USER};
	const int buffer = 16 * 1024 * 1024; /* nothing is to be lost here */
	uint8_t all[8];

	peer.fd = socket(AF_BLUETOOTH, SOCK_RAW | SOCK_CLOEXEC, BTPROTO_HCI);
	if (peer.fd < 0 || bind(peer.fd, (struct sockaddr *)&addr, sizeof(addr)) < 0)
		fail("the user channel", strerror(errno));
	setsockopt(peer.fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof(buffer));
	memset(all, 0xff, sizeof(all));
	command(QB_HCI_RESET, NULL, 0);
	command(QB_HCI_SET_EVENT_MASK, all, sizeof(all));
	command(QB_HCI_LE_SET_EVENT_MASK, all, sizeof(all));
	command(QB_HCI_LE_READ_BUFFER_SIZE, NULL, 0);
	if (!peer.credits)
		fail("the controller", "no buffers for LE");
	printf("ready\n");
	fflush(stdout);
}

int main(int argc, char **argv)
{
	struct pollfd pfds[2] = {{STDIN_FILENO, POLLIN, 0}};
	char line[128];

	if (argc != 2)
		fail("usage", "peer INDEX-OF-CONTROLLER");
	start((unsigned)atoi(argv[1]));
	pfds[1] = (struct pollfd){peer.fd, POLLIN, 0};
	while (poll(pfds, 2, -1) > 0) {
		if (pfds[1].revents)
			step(0);
		if (pfds[0].revents) {
			if (!fgets(line, sizeof(line), stdin))
				return 0;
			obey(line);
		}
	}
	return 1;
}
