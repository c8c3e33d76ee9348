/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hosts on controllers of the model, under a virtual clock. */
#include "bed.h"

#include <stdlib.h>

static bool to_host(void *user, const uint8_t *packet, size_t len)
{
	struct host *host = user;
	struct packet *slot;

	if (host->full)
		return false;
	ck_assert_uint_lt(host->count, HOST_QUEUE);
	ck_assert_uint_le(len, PACKET_SIZE);
	slot = &host->queue[(host->first + host->count++) % HOST_QUEUE];
	slot->len = len;
	memcpy(slot->data, packet, len);
	for (size_t i = 0; i < len; i++)
		host->hash = (host->hash ^ packet[i]) * UINT64_C(0x100000001b3);
	return true;
}

static void warn(void *user, const char *text)
{
	struct host *host = user;

	ck_assert_uint_gt(strlen(text), 0);
	host->warnings++;
}

static const struct qa_ops ops = {.to_host = to_host, .warn = warn};

void addr_of(unsigned host, uint8_t ret[6])
{
	const uint8_t addr[6] = {(uint8_t)(host + 1), 0x44, 0x33, 0x22, 0x11, 0x00};

	memcpy(ret, addr, 6);
}

struct bed *bed_new(unsigned n, const struct qa_config *config)
{
	struct bed *bed = calloc(1, sizeof(*bed));
	struct qa_config each;

	bed->n = n;
	bed->air = qa_air_new(7);
	ck_assert_ptr_nonnull(bed->air);
	for (unsigned i = 0; i < n; i++) {
		struct host *host = &bed->host[i];

		if (config)
			each = *config;
		else
			qa_config_init(&each);
		addr_of(i, each.address);
		host->queue = malloc(HOST_QUEUE * sizeof(*host->queue));
		host->c = qa_controller_new(bed->air, &each, &ops, host);
		ck_assert_ptr_nonnull(host->c);
		host_start(host);
	}
	return bed;
}

void host_replace_only(struct bed *bed, struct host *host, const struct qa_config *config)
{
	qa_controller_free(host->c);
	host->full = false;
	host_drain(host);
	host->c = qa_controller_new(bed->air, config, &ops, host);
	ck_assert_ptr_nonnull(host->c);
}

void host_replace(struct bed *bed, struct host *host, const struct qa_config *config)
{
	host_replace_only(bed, host, config);
	host_start(host);
}

void bed_free(struct bed *bed)
{
	for (unsigned i = 0; i < bed->n; i++) {
		qa_controller_free(bed->host[i].c);
		free(bed->host[i].queue);
	}
	/* What a controller leaves behind would fire here. */
	ck_assert_uint_eq(qa_air_next(bed->air), QB_NEVER);
	qa_air_free(bed->air);
	free(bed);
}

void bed_run(struct bed *bed, uint64_t us)
{
	bed->now += us;
	qa_air_advance(bed->air, bed->now);
}

static struct packet *pop(struct host *host)
{
	struct packet *packet = &host->queue[host->first];

	if (!host->count)
		return NULL;
	host->first = (host->first + 1) % HOST_QUEUE;
	host->count--;
	return packet;
}

/* Whether the packet answers the command; out of the queue it goes by having length 0. */
static bool take_answer(struct host *host, struct packet *packet, uint16_t opcode, uint8_t *ret)
{
	const uint8_t *p = packet->data;

	if (packet->len < 7 || p[0] != QB_H4_EVENT)
		return false;
	if (p[1] == QB_HCI_EV_COMMAND_COMPLETE && qb_get_le16(p + 4) == opcode) {
		ck_assert_uint_eq(p[3], 1);
		*ret = p[6];
		host->ret_len = packet->len - 7;
		memcpy(host->ret, p + 7, host->ret_len);
		return true;
	}
	if (p[1] == QB_HCI_EV_COMMAND_STATUS && qb_get_le16(p + 5) == opcode) {
		ck_assert_uint_eq(p[4], 1);
		*ret = p[3];
		host->ret_len = 0;
		return true;
	}
	return false;
}

uint8_t host_command(struct host *host, uint16_t opcode, const void *p, size_t len)
{
	uint8_t packet[4 + 255] = {QB_H4_COMMAND};
	unsigned before = host->count;

	qb_put_le16(packet + 1, opcode);
	packet[3] = (uint8_t)len;
	if (len)
		memcpy(packet + 4, p, len);
	ck_assert_int_eq(qa_controller_input(host->c, packet, 4 + len), 0);
	for (unsigned i = before; i < host->count; i++) {
		struct packet *candidate = &host->queue[(host->first + i) % HOST_QUEUE];
		uint8_t status;

		if (!take_answer(host, candidate, opcode, &status))
			continue;
		for (; i + 1 < host->count; i++)
			host->queue[(host->first + i) % HOST_QUEUE] =
			        host->queue[(host->first + i + 1) % HOST_QUEUE];
		host->count--;
		return status;
	}
	ck_abort_msg("command 0x%04x was not answered", opcode);
	return 0xff;
}

void host_start(struct host *host)
{
	ck_assert_uint_eq(host_command(host, QB_HCI_RESET, NULL, 0), 0);
	ck_assert_uint_eq(COMMAND(host, QB_HCI_SET_EVENT_MASK, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	                          0xff, 0xff),
	                  0);
	ck_assert_uint_eq(COMMAND(host, QB_HCI_LE_SET_EVENT_MASK, 0xff, 0xff, 0x0f, 0, 0, 0, 0, 0),
	                  0);
	host_drain(host);
}

const uint8_t *host_event(struct host *host, uint8_t code)
{
	struct packet *packet = pop(host);

	ck_assert_msg(packet, "event 0x%02x is missing", code);
	ck_assert_uint_eq(packet->data[0], QB_H4_EVENT);
	ck_assert_msg(packet->data[1] == code, "event 0x%02x (0x%02x ...), not 0x%02x",
	              packet->data[1], packet->data[3], code);
	ck_assert_uint_eq(packet->data[2], packet->len - 3);
	return packet->data + 3;
}

const uint8_t *host_le(struct host *host, uint8_t subevent)
{
	const uint8_t *p = host_event(host, QB_HCI_EV_LE_META);

	ck_assert_msg(p[0] == subevent, "LE event 0x%02x, not 0x%02x", p[0], subevent);
	return p + 1;
}

const uint8_t *host_find_le(struct host *host, uint8_t subevent)
{
	struct packet *packet;

	while ((packet = pop(host))) {
		const uint8_t *p = packet->data;

		if (p[0] == QB_H4_EVENT && p[1] == QB_HCI_EV_LE_META && p[3] == subevent)
			return p + 4;
	}
	return NULL;
}

const uint8_t *host_acl(struct host *host, uint16_t handle, uint8_t pb, size_t len)
{
	struct packet *packet = pop(host);

	ck_assert_msg(packet, "ACL data is missing");
	ck_assert_uint_eq(packet->data[0], QB_H4_ACL);
	ck_assert_uint_eq(QB_ACL_HANDLE(qb_get_le16(packet->data + 1)), handle);
	ck_assert_uint_eq(QB_ACL_PB(qb_get_le16(packet->data + 1)), pb);
	ck_assert_uint_eq(qb_get_le16(packet->data + 3), len);
	ck_assert_uint_eq(packet->len, 5 + len);
	return packet->data + 5;
}

void host_silent(struct host *host)
{
	struct packet *packet = pop(host);

	ck_assert_msg(!packet, "unexpected packet %02x %02x %02x %02x", packet->data[0],
	              packet->data[1], packet->data[2], packet->data[3]);
}

void host_drain(struct host *host)
{
	host->count = 0;
}

void host_send_acl(struct host *host, uint16_t handle, uint8_t pb, const void *data, size_t len)
{
	uint8_t packet[5 + 1024] = {QB_H4_ACL};

	qb_put_le16(packet + 1, (uint16_t)(handle | pb << 12));
	qb_put_le16(packet + 3, (uint16_t)len);
	memcpy(packet + 5, data, len);
	ck_assert_int_eq(qa_controller_input(host->c, packet, 5 + len), 0);
}

void host_advertise(struct host *host)
{
	ck_assert_uint_eq(COMMAND(host, QB_HCI_LE_SET_ADV_PARAM, 0x20, 0, 0x20, 0, 0, 0, 0, 0, 0, 0,
	                          0, 0, 0, 7, 0),
	                  0);
	ck_assert_uint_eq(COMMAND(host, QB_HCI_LE_SET_ADV_ENABLE, 1), 0);
}

uint8_t host_connect(struct host *host, uint8_t peer_type, const uint8_t peer[6])
{
	/* Interval 30 ms, no latency, supervision timeout 1 s. */
	uint8_t p[25] = {0x10, 0, 0x10, 0, 0, peer_type};

	memcpy(p + 6, peer, 6);
	p[13] = p[15] = 24;
	p[19] = 100;
	return host_command(host, QB_HCI_LE_CREATE_CONN, p, sizeof(p));
}

void bed_link(struct bed *bed, unsigned central, unsigned peripheral)
{
	uint8_t addr[6];

	addr_of(peripheral, addr);
	host_advertise(&bed->host[peripheral]);
	ck_assert_uint_eq(host_connect(&bed->host[central], QB_ADDR_PUBLIC, addr), 0);
	bed_run(bed, 100 * QB_MSEC);
	host_le(&bed->host[central], QB_HCI_LE_ENH_CONN_COMPLETE);
	host_le(&bed->host[central], QB_HCI_LE_CHANNEL_SELECTION);
	host_le(&bed->host[peripheral], QB_HCI_LE_ENH_CONN_COMPLETE);
	host_le(&bed->host[peripheral], QB_HCI_LE_CHANNEL_SELECTION);
	host_silent(&bed->host[central]);
	host_silent(&bed->host[peripheral]);
}
