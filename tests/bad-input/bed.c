/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A whole host whose controller is in the hands of a script. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bed-internal.h"
#include "rows.h"
#include "util/le.h"

#define BUFFERS 4

struct bed bed;

/* Sent by the host and not taken yet. */
static struct packet {
	struct packet *next;
	size_t len;
	uint8_t b[];
} * sent, **sent_tail;

/* Commands not answered yet, and data packets of the link that the controller holds. */
static uint16_t commands[QB_HCI_QUEUE_MAX];
static unsigned n_commands, held;

static char book[8192];

void bed_tell(const char *format, ...)
{
	size_t len = strlen(book);
	va_list args;

	if (len)
		len += (size_t)snprintf(book + len, sizeof(book) - len, "; ");
	va_start(args, format);
	ck_assert_int_lt(vsnprintf(book + len, sizeof(book) - len, format, args),
	                 (int)(sizeof(book) - len));
	va_end(args);
}

void bed_told(const char *text)
{
	ck_assert_str_eq(book, text);
	book[0] = 0;
}

const char *bed_hex(const uint8_t *p, size_t len)
{
	static char text[2048];

	ck_assert_uint_lt(2 * len, sizeof(text));
	text[0] = 0;
	for (size_t i = 0; i < len; i++)
		sprintf(text + 2 * i, "%02x", p[i]);
	return text;
}

/* Octets of "04 13 [01 4000]", of which "00*5" are five. */
static size_t octets(const char *hex, uint8_t *ret, size_t size)
{
	size_t n = 0, open[8], depth = 0;

	for (; *hex; hex++) {
		unsigned octet, times = 1;
		int used = 0;

		switch (*hex) {
		case ' ': continue;
		case '[':
		case '(':
			ck_assert_uint_lt(depth, 8);
			open[depth++] = n;
			n += *hex == '[' ? 1 : 2;
			continue;
		case ']':
			ck_assert_uint_gt(depth, 0);
			ret[open[depth - 1]] = (uint8_t)(n - open[depth - 1] - 1);
			depth--;
			continue;
		case ')':
			ck_assert_uint_gt(depth, 0);
			qb_put_le16(ret + open[depth - 1], (uint16_t)(n - open[depth - 1] - 2));
			depth--;
			continue;
		}
		ck_assert_msg(sscanf(hex, "%2x", &octet) == 1, "not hexadecimal: %s", hex);
		hex++;
		if (hex[1] == '*') {
			ck_assert_int_eq(sscanf(hex + 2, "%u%n", &times, &used), 1);
			hex += 1 + used;
		}
		ck_assert_uint_le(n + times, size);
		memset(ret + n, (int)octet, times);
		n += times;
	}
	ck_assert_uint_eq(depth, 0);
	return n;
}

/* The controller. */

static void give(const uint8_t *packet, size_t len)
{
	/* A copy that ends where the packet does, so that reading on is seen. */
	uint8_t *copy = malloc(len ? len : 1);

	ck_assert_ptr_nonnull(copy);
	/*
	 * With its link a controller forgets the data that it held of it (Vol 4, Part E, 4.3); one
	 * that gives the handle to another link has done so.
	 */
	if (len == 7 && packet[0] == QB_H4_EVENT && packet[1] == QB_HCI_EV_DISCONNECT_COMPLETE &&
	    !packet[3] && qb_get_le16(packet + 4) == BED_HANDLE)
		held = 0;
	if (len > 6 && packet[0] == QB_H4_EVENT && packet[1] == QB_HCI_EV_LE_META &&
	    packet[3] == QB_HCI_LE_CONN_COMPLETE && !packet[4] &&
	    qb_get_le16(packet + 5) == BED_HANDLE)
		held = 0;
	memcpy(copy, packet, len);
	qb_host_input(bed.host, copy, len);
	free(copy);
}

static void give_hex(const char *hex)
{
	uint8_t packet[1100];

	give(packet, octets(hex, packet, sizeof(packet)));
}

void bed_on_send(void *user, const uint8_t *data, size_t len)
{
	struct packet *packet = malloc(sizeof(*packet) + len);

	ck_assert_ptr_nonnull(packet);
	packet->next = NULL;
	packet->len = len;
	memcpy(packet->b, data, len);
	*sent_tail = packet;
	sent_tail = &packet->next;
	if (data[0] == QB_H4_COMMAND) {
		ck_assert_uint_lt(n_commands, QB_HCI_QUEUE_MAX);
		commands[n_commands++] = qb_get_le16(data + 1);
	} else {
		ck_assert_uint_eq(data[0], QB_H4_ACL);
		held++;
		ck_assert_uint_le(held, BUFFERS);
	}
}

static void complete(unsigned n)
{
	char hex[40];

	held -= n;
	snprintf(hex, sizeof(hex), "04 13 [01 4000 %02x00]", n);
	give_hex(hex);
}

/* What a good controller answers; those that are not here are answered with success alone. */
static const struct answer {
	uint16_t opcode;
	bool status; /* ends in a Command Status */
	const char *ret;
} answers[] = {
        /* No command that is optional, but for the ones of the scripts. */
        {QB_HCI_READ_LOCAL_COMMANDS, false, "00*64"},
        {QB_HCI_LE_READ_LOCAL_FEATURES, false, "00*8"},
        {QB_HCI_READ_BD_ADDR, false, "665544332211"},
        {QB_HCI_LE_READ_BUFFER_SIZE, false, "fb00 04"},
        {QB_HCI_READ_RSSI, false, "4000 d8"},
        {QB_HCI_DISCONNECT, true, NULL},
        {QB_HCI_LE_CREATE_CONN, true, NULL},
        {QB_HCI_LE_CONN_UPDATE, true, NULL},
        {QB_HCI_LE_READ_REMOTE_FEATURES, true, NULL},
};

static void answer(uint16_t opcode)
{
	const struct answer *found = NULL;
	char hex[200];

	for (size_t i = 0; i < sizeof(answers) / sizeof(*answers); i++)
		if (answers[i].opcode == opcode)
			found = &answers[i];
	snprintf(hex, sizeof(hex),
	         found && found->status ? "04 0f [00 01 %02x%02x]" : "04 0e [01 %02x%02x 00 %s]",
	         opcode & 0xff, opcode >> 8, found && found->ret ? found->ret : "");
	give_hex(hex);
	if (opcode == QB_HCI_DISCONNECT)
		give_hex("04 05 [00 4000 16]");
}

static void answer_all(void)
{
	while (n_commands && !bed.quiet) {
		uint16_t opcode = commands[0];

		memmove(commands, commands + 1, --n_commands * sizeof(commands[0]));
		answer(opcode);
	}
}

static struct packet *take(void)
{
	struct packet *packet = sent;

	ck_assert_msg(packet, "nothing was sent");
	sent = packet->next;
	if (!sent)
		sent_tail = &sent;
	return packet;
}

static void take_this(const uint8_t *want, size_t len, bool completing)
{
	char text[2048];
	struct packet *packet;

	strcpy(text, bed_hex(want, len));
	ck_assert_msg(sent, "expected %s, but nothing was sent", text);
	packet = take();
	ck_assert_str_eq(bed_hex(packet->b, packet->len), text);
	if (packet->b[0] == QB_H4_ACL && completing)
		complete(1);
	free(packet);
}

void bed_sent_nothing(void)
{
	if (sent)
		ck_abort_msg("expected nothing, but %s was sent", bed_hex(sent->b, sent->len));
}

static void take_away(void)
{
	while (sent)
		free(take());
}

/* Steps. */

void bed_give(const char *text)
{
	uint8_t packet[1100];

	give(packet, octets(text, packet, sizeof(packet)));
	answer_all();
}

static void take_hex(const char *hex, bool completing)
{
	uint8_t packet[1100];

	take_this(packet, octets(hex, packet, sizeof(packet)), completing);
	answer_all();
}

void bed_take(const char *text)
{
	take_hex(text, true);
}

static void step_keep(const char *text)
{
	take_hex(text, false);
}

void bed_act(const char *text)
{
	bed_do(text);
	answer_all();
}

static void pass(uint64_t msec)
{
	qb_timers_advance(&bed.timers, bed.timers.now + msec * QB_MSEC);
	answer_all();
}

void bed_pass(const char *text)
{
	pass(strtoul(text, NULL, 10));
}

void bed_script(const char *script)
{
	static const struct step steps[] = {
	        {'<', bed_give}, {'>', bed_take}, {'=', step_keep}, {'+', bed_pass}, {'!', bed_act},
	};

	run_script(script, steps, sizeof(steps) / sizeof(*steps));
}

/* An SDU with the headers of L2CAP, ACL and H4; the packet boundary flag says whose it is. */
static size_t frame(uint8_t packet[1100], uint8_t pb, uint16_t cid, const char *hex)
{
	size_t len = octets(hex, packet + 9, 1100 - 9);

	packet[0] = QB_H4_ACL;
	qb_put_le16(packet + 1, (uint16_t)(BED_HANDLE | pb << 12));
	qb_put_le16(packet + 3, (uint16_t)(len + 4));
	qb_put_le16(packet + 5, (uint16_t)len);
	qb_put_le16(packet + 7, cid);
	return 9 + len;
}

void bed_peer_sends(uint16_t cid, const char *hex)
{
	uint8_t packet[1100];

	give(packet, frame(packet, QB_ACL_START, cid, hex));
	answer_all();
}

void bed_peer_gets(uint16_t cid, const char *hex)
{
	uint8_t packet[1100];

	take_this(packet, frame(packet, QB_ACL_START_NO_FLUSH, cid, hex), true);
	answer_all();
}

/* The beginning and the end. */

static void fill(struct qb_gatt_db *db)
{
	struct qb_uuid service = qb_uuid_from_16(QB_GATT_SERVICE_GENERIC_ACCESS);
	struct qb_uuid value = qb_uuid_from_16(QB_GATT_DEVICE_NAME);
	struct qb_uuid cccd = qb_uuid_from_16(QB_GATT_CCCD);
	const uint16_t open = QB_PERM_READ | QB_PERM_WRITE;

	ck_assert_int_eq(qb_gatt_db_add_service(db, 1, true, &service), 1);
	ck_assert_int_eq(qb_gatt_db_add_characteristic(db,
	                                               QB_PROP_READ | QB_PROP_WRITE |
	                                                       QB_PROP_NOTIFY | QB_PROP_INDICATE,
	                                               &value, open, (const uint8_t *)"abc", 3),
	                 3);
	ck_assert_int_eq(qb_gatt_db_add_descriptor(db, &cccd, open, (const uint8_t *)"\0\0", 2), 4);
}

static void connect_as(uint8_t role)
{
	char hex[100];

	if (role == QB_ROLE_CENTRAL)
		bed_act("connect");
	snprintf(hex, sizeof(hex), "04 3e [01 00 4000 %02x 00 1122334455c0 1800 0000 9001 00]",
	         role);
	bed_give(hex);
	bed_told(role == QB_ROLE_CENTRAL ? "connected 0040 central" : "connected 0040 peripheral");
	take_away();
}

static void bring_up(void)
{
	bed_act("start");
	bed_told("ready 00");
	take_away();
}

void bed_begin(enum bed_start start)
{
	const struct qb_addr own = {QB_ADDR_RANDOM, {1, 2, 3, 4, 5, 0xc0}};

	memset(&bed, 0, sizeof(bed));
	sent_tail = &sent;
	n_commands = held = 0;
	book[0] = 0;
	bed.host = qb_host_new(&bed.timers, &own, QB_ATT_MTU_DEFAULT, &bed_host_ops, NULL);
	ck_assert_ptr_nonnull(bed.host);
	fill(bed.host->db);
	if (start == BED_OFF)
		return;
	bring_up();
	switch (start) {
	case BED_PERIPHERAL: connect_as(QB_ROLE_PERIPHERAL); break;
	case BED_CENTRAL: connect_as(QB_ROLE_CENTRAL); break;
	case BED_SCANNING:
		bed_act("scan");
		bed_told("scanning 00");
		take_away();
		break;
	default: break;
	}
}

static void check_idle(void)
{
	const struct qb_host *host = bed.host;

	ck_assert_uint_eq(host->hci.n_flying, 0);
	ck_assert_uint_eq(host->hci.n_waiting, 0);
	ck_assert_uint_eq(host->hci.acl.total, BUFFERS);
	ck_assert_uint_eq(host->hci.acl.credits, BUFFERS);
	ck_assert_uint_eq(host->hci.acl.early_count, 0);
	ck_assert(qb_list_empty(&host->hci.acl.ghosts));
	ck_assert_uint_eq(host->pool.used, 0);
	ck_assert_uint_eq(qb_gap_connects(host), 0);
	ck_assert_ptr_null(bed.timers.root);
}

void bed_end(void)
{
	bed.quiet = false;
	answer_all();
	if (held)
		complete(held);
	take_away();
	book[0] = 0;
	/* Data that came without its link is held for a moment, and so is a failed connect. */
	pass(QB_EARLY_ACL_MSEC + 100);
	if (!bed.host->up)
		bring_up();
	if (!qb_host_link(bed.host, BED_HANDLE))
		connect_as(QB_ROLE_PERIPHERAL);
	ck_assert_uint_eq(bed.host->n_links, 1);
	bed_peer_sends(QB_L2CAP_CID_ATT, "0a 0300");
	bed_peer_gets(QB_L2CAP_CID_ATT, "0b 616263");
	bed_told("read 0003 616263");
	bed_sent_nothing();
	check_idle();
	bed_give("04 05 [00 4000 13]");
	bed_told("disconnected 0040 13");
	ck_assert_uint_eq(bed.host->n_links, 0);
	bed_sent_nothing();
	check_idle();
	qb_host_free(bed.host);
	bed_told("");
	ck_assert_ptr_null(bed.timers.root);
}
