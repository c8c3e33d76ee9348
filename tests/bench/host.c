/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The host alone: one packet's way through it, between a controller and a peer that are a few
 * lines of this file. Everything that is to be counted happens inside of a function measure_…(),
 * so that callgrind can count just that; allocations are counted here, by the wrapped malloc().
 */
#include "host/host.h"
#include "scenario.h"
#include "util/le.h"

#define LINK    0x0040
#define BUFFERS 8

struct bench {
	struct qb_timers timers;
	struct qb_host *host;
	struct qb_link *link;
	/* Of the controller: what it has taken and not answered yet. */
	uint16_t command;
	unsigned packets;
	unsigned done; /* notifications ended, values received, reads ended */
};

/* The measured program's allocations. */

static bool counting;
static unsigned allocations;

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);

void *__wrap_malloc(size_t size)
{
	allocations += counting;
	return __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
	allocations += counting;
	return __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t size)
{
	allocations += counting;
	return __real_realloc(p, size);
}

/* The floors around the host. */

static void on_send(void *user, const uint8_t *packet, size_t len)
{
	struct bench *b = user;

	if (packet[0] == QB_H4_COMMAND)
		b->command = qb_get_le16(packet + 1);
	else
		b->packets++;
}

static void on_ready(void *user, uint8_t status)
{
	if (status)
		scenario_fail("the controller does not start");
}

static void on_failed(void *user, const char *why)
{
	scenario_fail(why);
}

static void on_connected(void *user, struct qb_link *link)
{
	((struct bench *)user)->link = link;
}

static void on_disconnected(void *user, struct qb_link *link, uint8_t reason)
{
}

static void on_connect_failed(void *user, const struct qb_addr *peer, uint8_t status)
{
}

static void on_param(void *user, struct qb_link *link, uint8_t status)
{
}

static void on_adv_ended(void *user, uint8_t status)
{
}

static void on_report(void *user, const struct qb_adv_report *report)
{
}

static void on_mtu(void *user, struct qb_link *link, uint16_t mtu)
{
}

static void on_notified(void *user, uint8_t status)
{
	if (!status)
		((struct bench *)user)->done++;
}

static struct bench *of_link(void *link)
{
	return ((struct qb_link *)link)->host->user;
}

static void on_written(void *user, const struct qb_attr *attr, const uint8_t *data, size_t len)
{
}

static void on_read(void *user, const struct qb_attr *attr, const uint8_t *data, size_t len)
{
	of_link(user)->done++;
}

static void on_service(void *user, unsigned tag, uint16_t start, uint16_t end,
                       const struct qb_uuid *uuid)
{
}

static void on_data(void *user, unsigned tag, const uint8_t *data, size_t len)
{
}

static void on_done(void *user, unsigned tag, unsigned end)
{
	if (!end)
		of_link(user)->done++;
}

static void on_value(void *user, bool indication, uint16_t handle, const uint8_t *data, size_t len)
{
	of_link(user)->done++;
}

static const struct qb_gatt_server_ops server_ops = {.written = on_written, .read = on_read};

static const struct qb_gatt_client_ops client_ops = {
        .service = on_service,
        .data = on_data,
        .done = on_done,
        .value = on_value,
};

static const struct qb_host_ops host_ops = {
        .send = on_send,
        .ready = on_ready,
        .failed = on_failed,
        .connected = on_connected,
        .disconnected = on_disconnected,
        .connect_failed = on_connect_failed,
        .param_updated = on_param,
        .adv_ended = on_adv_ended,
        .report = on_report,
        .mtu = on_mtu,
        .server = &server_ops,
        .client = &client_ops,
};

/* Number Of Completed Packets for one packet. */
static const uint8_t completed[] = {
        QB_H4_EVENT, QB_HCI_EV_NUM_COMPLETED, 5, 1, LINK & 0xff, LINK >> 8, 1, 0,
};

/* Answers what the host sent, until it sends nothing more. Commands succeed with zeros. */
static void settle(struct bench *b)
{
	while (b->command || b->packets) {
		uint8_t answer[3 + 4 + 64] = {QB_H4_EVENT, QB_HCI_EV_COMMAND_COMPLETE, 68, 1};

		if (!b->command) {
			b->packets--;
			qb_host_input(b->host, completed, sizeof(completed));
			continue;
		}
		qb_put_le16(answer + 4, b->command);
		if (b->command == QB_HCI_LE_READ_BUFFER_SIZE) {
			qb_put_le16(answer + 7, 251);
			answer[9] = BUFFERS;
		}
		b->command = 0;
		qb_host_input(b->host, answer, sizeof(answer));
	}
}

/* A PDU of the peer as the controller hands it over; returns the packet's length. */
static size_t peer_packet(uint8_t *packet, const uint8_t *pdu, size_t len)
{
	packet[0] = QB_H4_ACL;
	qb_put_le16(packet + 1, LINK | QB_ACL_START << 12);
	qb_put_le16(packet + 3, (uint16_t)(4 + len));
	qb_put_le16(packet + 5, (uint16_t)len);
	qb_put_le16(packet + 7, QB_L2CAP_CID_ATT);
	memcpy(packet + 9, pdu, len);
	return 9 + len;
}

/* What is measured: calls into the host, and nothing of this file but the callbacks. */

static __attribute__((noinline)) void measure_notify(struct bench *b, const uint8_t *value,
                                                     size_t len)
{
	qb_gatt_server_notify(&b->link->server, HANDLE_VALUE, value, len, on_notified, b);
	qb_host_input(b->host, completed, sizeof(completed));
}

static __attribute__((noinline)) void measure_receive(struct bench *b, const uint8_t *packet,
                                                      size_t len)
{
	qb_host_input(b->host, packet, len);
}

static __attribute__((noinline)) void measure_answer(struct bench *b, const uint8_t *packet,
                                                     size_t len)
{
	qb_host_input(b->host, packet, len);
	qb_host_input(b->host, completed, sizeof(completed));
}

static __attribute__((noinline)) void measure_read(struct bench *b, const uint8_t *packet,
                                                   size_t len)
{
	static const struct qb_gatt_proc_args args = {.type = QB_PROC_READ, .start = HANDLE_VALUE};

	qb_gatt_client_start(&b->link->client, &args);
	qb_host_input(b->host, completed, sizeof(completed));
	qb_host_input(b->host, packet, len);
}

/* A link with an MTU that holds every value, to a database with one. */
static void begin(struct bench *b, size_t size)
{
	static const struct qb_addr addr = {QB_ADDR_RANDOM, {1, 2, 3, 4, 5, 0xc0}};
	static const uint8_t value[SCENARIO_VALUE_MAX], mtu[] = {0x02, SCENARIO_MTU, 0};
	uint8_t event[22] = {
	        QB_H4_EVENT, QB_HCI_EV_LE_META,        19,          QB_HCI_LE_CONN_COMPLETE,
	        [5] = LINK,  [7] = QB_ROLE_PERIPHERAL, [15] = 0x18, [19] = 0xd0,
	        [20] = 0x07};
	struct qb_uuid service = qb_uuid_from_16(0x180f), chara = qb_uuid_from_16(0x2a19);
	uint8_t packet[16];

	b->host = qb_host_new(&b->timers, &addr, SCENARIO_MTU, &host_ops, b);
	if (!b->host)
		scenario_fail("out of memory");
	qb_gatt_db_add_service(b->host->db, HANDLE_SERVICE, true, &service);
	if (qb_gatt_db_add_characteristic(b->host->db, QB_PROP_READ | QB_PROP_NOTIFY, &chara,
	                                  QB_PERM_READ, value, size) != HANDLE_VALUE)
		scenario_fail("the database takes no service");
	qb_host_start(b->host);
	settle(b);
	qb_host_input(b->host, event, sizeof(event));
	settle(b);
	if (!b->link)
		scenario_fail("no link");
	qb_host_input(b->host, packet, peer_packet(packet, mtu, sizeof(mtu)));
	settle(b);
}

int main(int argc, char **argv)
{
	static const uint8_t opcodes[] = {0x1b, 0x1b, 0x0a, 0x0b};
	static const char *const tasks[] = {"notify", "receive", "answer", "read"};
	enum { NOTIFY, RECEIVE, ANSWER, READ } task = NOTIFY;
	struct bench b = {0};
	uint8_t value[SCENARIO_VALUE_MAX] = {0}, pdu[SCENARIO_MTU] = {0};
	uint8_t packet[9 + SCENARIO_MTU];
	size_t size, len;
	unsigned count;

	if (argc != 4)
		scenario_fail("usage: host notify|receive|answer|read SIZE COUNT");
	while (strcmp(argv[1], tasks[task]))
		if (++task > READ)
			scenario_fail("that is no task");
	size = strtoul(argv[2], NULL, 10);
	count = (unsigned)strtoul(argv[3], NULL, 10);
	if (size > SCENARIO_VALUE_MAX)
		scenario_fail("the value does not fit");

	begin(&b, size);
	b.done = 0;
	pdu[0] = opcodes[task];
	/* A response is its opcode and the value; the others name the handle. */
	if (task != READ)
		pdu[1] = HANDLE_VALUE;
	len = peer_packet(packet, pdu, task == READ ? 1 + size : task == ANSWER ? 3 : 3 + size);
	counting = true;
	for (unsigned i = 0; i < count; i++) {
		switch (task) {
		case NOTIFY: measure_notify(&b, value, size); break;
		case RECEIVE: measure_receive(&b, packet, len); break;
		case ANSWER: measure_answer(&b, packet, len); break;
		case READ: measure_read(&b, packet, len); break;
		}
	}
	counting = false;
	if (b.done != count)
		scenario_fail("not everything came to its end");
	printf("%u allocations in %u\n", allocations, count);
	qb_host_free(b.host);
	return 0;
}
