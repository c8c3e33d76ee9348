/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The yardstick of throughput: H4 packets made by hand, one blocking read and one write after the
 * other, no stack at all. What a host reaches is told as a share of what this reaches.
 */
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "host/hci/spec.h"
#include "scenario.h"
#include "util/le.h"

struct bare {
	struct scenario scenario;
	int fd;
	uint8_t in[32768];
	size_t pos, have;
	uint8_t out[4 + SCENARIO_MTU];
	size_t out_pos, out_len;
	size_t acl_len; /* of the controller's buffers */
	unsigned credits, commands;
	uint16_t handle;
	bool subscribed;
	unsigned sent;
};

static size_t packet_len(const uint8_t *p, size_t have)
{
	if (have < 5)
		return p[0] == QB_H4_EVENT && have >= 3 ? 3u + p[2] : 5;
	return p[0] == QB_H4_EVENT ? 3u + p[2] : 5u + qb_get_le16(p + 3);
}

static void count_completed(struct bare *b, const uint8_t *p)
{
	if (p[0] != QB_H4_EVENT || p[1] != QB_HCI_EV_NUM_COMPLETED)
		return;
	for (unsigned i = 0; i < p[3]; i++)
		b->credits += qb_get_le16(p + 4 + 4 * i + 2);
}

/* The next whole packet; valid until the next call. */
static const uint8_t *next(struct bare *b)
{
	for (;;) {
		size_t left = b->have - b->pos;
		ssize_t n;

		if (left && left >= packet_len(b->in + b->pos, left)) {
			const uint8_t *packet = b->in + b->pos;

			b->pos += packet_len(packet, left);
			count_completed(b, packet);
			return packet;
		}
		memmove(b->in, b->in + b->pos, left);
		b->pos = 0;
		b->have = left;
		n = read(b->fd, b->in + left, sizeof(b->in) - left);
		if (n <= 0)
			scenario_fail("the controller is gone");
		b->have += (size_t)n;
	}
}

static void put(struct bare *b, const uint8_t *packet, size_t len)
{
	if (write(b->fd, packet, len) != (ssize_t)len)
		scenario_fail("the controller takes no packet");
}

/* Sends a command and waits for its answer; returns the octets from the status on. */
static const uint8_t *try_command(struct bare *b, uint16_t opcode, const void *param, size_t len)
{
	uint8_t packet[64] = {QB_H4_COMMAND, (uint8_t)opcode, (uint8_t)(opcode >> 8), (uint8_t)len};

	if (len)
		memcpy(packet + 4, param, len);
	put(b, packet, 4 + len);
	b->commands++;
	for (;;) {
		const uint8_t *p = next(b), *status = NULL;

		if (p[0] == QB_H4_EVENT && p[1] == QB_HCI_EV_COMMAND_COMPLETE &&
		    qb_get_le16(p + 4) == opcode)
			status = p + 6;
		if (p[0] == QB_H4_EVENT && p[1] == QB_HCI_EV_COMMAND_STATUS &&
		    qb_get_le16(p + 5) == opcode)
			status = p + 3;
		if (status)
			return status;
	}
}

static const uint8_t *command(struct bare *b, uint16_t opcode, const void *param, size_t len)
{
	const uint8_t *status = try_command(b, opcode, param, len);

	if (*status)
		scenario_fail("a command was refused");
	return status;
}

/* Sends what the controller has buffers for of the PDU in out. */
static void pump(struct bare *b)
{
	while (b->credits && b->out_pos < b->out_len) {
		uint8_t packet[5 + sizeof(b->out)] = {QB_H4_ACL};
		size_t len = b->out_len - b->out_pos;

		if (len > b->acl_len)
			len = b->acl_len;
		qb_put_le16(packet + 1,
		            b->handle | (b->out_pos ? QB_ACL_CONTINUE : QB_ACL_START_NO_FLUSH)
		                                << 12);
		qb_put_le16(packet + 3, (uint16_t)len);
		memcpy(packet + 5, b->out + b->out_pos, len);
		put(b, packet, 5 + len);
		b->out_pos += len;
		b->credits--;
	}
}

static void send_att(struct bare *b, const void *pdu, size_t len)
{
	if (b->out_pos < b->out_len)
		scenario_fail("two PDUs at once");
	qb_put_le16(b->out, (uint16_t)len);
	qb_put_le16(b->out + 2, 0x04);
	memcpy(b->out + 4, pdu, len);
	b->out_pos = 0;
	b->out_len = 4 + len;
	pump(b);
}

/* The link is up, its handle known. */
static bool is_connected(struct bare *b, const uint8_t *p)
{
	if (p[0] != QB_H4_EVENT || p[1] != QB_HCI_EV_LE_META || p[3] != QB_HCI_LE_CONN_COMPLETE)
		return false;
	if (p[4])
		scenario_fail("no connection came about");
	b->handle = qb_get_le16(p + 5);
	return true;
}

static bool is_att(const uint8_t *p, uint8_t opcode)
{
	return p[0] == QB_H4_ACL && QB_ACL_PB(qb_get_le16(p + 1)) == QB_ACL_START &&
	       qb_get_le16(p + 7) == 0x04 && p[9] == opcode;
}

static void notify_all(struct bare *b)
{
	uint8_t pdu[3 + SCENARIO_VALUE_MAX] = {0x1b, HANDLE_VALUE};

	while (b->subscribed && b->out_pos == b->out_len && b->credits &&
	       b->sent < b->scenario.count) {
		send_att(b, pdu, 3 + b->scenario.size);
		b->sent++;
	}
}

static void answer(struct bare *b, const uint8_t *request)
{
	static const uint8_t mtu[] = {0x03, SCENARIO_MTU, 0}, written[] = {0x13};
	uint8_t value[1 + SCENARIO_VALUE_MAX] = {0x0b};
	uint8_t error[] = {0x01, request[0], request[1], request[2], 0x06};

	switch (request[0]) {
	case 0x02: send_att(b, mtu, sizeof(mtu)); break;
	case 0x0a: send_att(b, value, 1 + b->scenario.size); break;
	case 0x12:
		send_att(b, written, sizeof(written));
		b->subscribed |= request[1] == HANDLE_CCCD;
		break;
	default: send_att(b, error, sizeof(error));
	}
}

static void serve(struct bare *b)
{
	static const uint8_t param[15] = {0x20, 0, 0x20, 0, [13] = 7};
	uint8_t addr[6];

	memcpy(addr, command(b, QB_HCI_READ_BD_ADDR, NULL, 0) + 1, 6);
	command(b, QB_HCI_LE_SET_ADV_PARAM, param, sizeof(param));
	command(b, QB_HCI_LE_SET_ADV_ENABLE, "\1", 1);
	scenario_ready(addr, b->commands);
	for (;;) {
		const uint8_t *p = next(b);

		if (p[0] == QB_H4_EVENT && p[1] == QB_HCI_EV_DISCONNECT_COMPLETE)
			return;
		if (p[0] == QB_H4_ACL && qb_get_le16(p + 7) == 0x04)
			answer(b, p + 9);
		else if (!is_connected(b, p))
			pump(b);
		notify_all(b);
	}
}

static void wait_for(struct bare *b, uint8_t opcode)
{
	while (!is_att(next(b), opcode))
		pump(b);
}

static void ask(struct bare *b)
{
	static const uint8_t mtu[] = {0x02, SCENARIO_MTU, 0};
	static const uint8_t subscribe[] = {0x12, HANDLE_CCCD, 0, 1, 0};
	static const uint8_t value[] = {0x0a, HANDLE_VALUE, 0};
	const struct scenario *s = &b->scenario;
	uint8_t create[25] = {0x60, 0, 0x30, 0}, disconnect[3];
	double start;

	memcpy(create + 6, s->addr, 6);
	create[13] = create[15] = 0x18; /* interval 30 ms, supervision timeout 20 s */
	qb_put_le16(create + 19, 2000);
	command(b, QB_HCI_LE_CREATE_CONN, create, sizeof(create));
	while (!is_connected(b, next(b)))
		;
	send_att(b, mtu, sizeof(mtu));
	wait_for(b, 0x03);
	start = scenario_now();
	if (s->task == TASK_NOTIFY) {
		send_att(b, subscribe, sizeof(subscribe));
		for (unsigned i = 0; i < s->count; i++)
			wait_for(b, 0x1b);
	} else {
		for (unsigned i = 0; i < s->count; i++) {
			send_att(b, value, sizeof(value));
			wait_for(b, 0x0b);
		}
	}
	while (s->task == TASK_HOLD)
		next(b);
	scenario_result(s->count, scenario_now() - start);
	qb_put_le16(disconnect, b->handle);
	disconnect[2] = QB_HCI_E_REMOTE_TERMINATED;
	command(b, QB_HCI_DISCONNECT, disconnect, sizeof(disconnect));
	for (;;) {
		const uint8_t *p = next(b);

		if (p[0] == QB_H4_EVENT && p[1] == QB_HCI_EV_DISCONNECT_COMPLETE)
			return;
	}
}

int main(int argc, char **argv)
{
	static struct bare b;
	/* 251 octets, 2120 us; not every controller knows the command. */
	static const uint8_t data_len[] = {0xfb, 0, 0x48, 0x08};
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	const uint8_t *buffers;
	uint8_t mask[8];

	b.scenario = scenario_parse(argc, argv);
	strncpy(un.sun_path, b.scenario.place, sizeof(un.sun_path) - 1);
	b.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (b.fd < 0 || connect(b.fd, (struct sockaddr *)&un, sizeof(un)) < 0)
		scenario_fail("cannot connect to the controller");
	command(&b, QB_HCI_RESET, NULL, 0);
	memset(mask, 0xff, sizeof(mask)); /* LE Meta is not among the events of the default */
	command(&b, QB_HCI_SET_EVENT_MASK, mask, sizeof(mask));
	try_command(&b, QB_HCI_LE_WRITE_DEF_DATA_LEN, data_len, sizeof(data_len));
	buffers = command(&b, QB_HCI_LE_READ_BUFFER_SIZE, NULL, 0);
	b.acl_len = qb_get_le16(buffers + 1);
	b.credits = buffers[3];
	if (b.scenario.server)
		serve(&b);
	else
		ask(&b);
	return 0;
}
