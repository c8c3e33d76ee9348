/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A link that ends in a script. */
#include "att_peer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct link at;

static struct qb_buf *air, **air_tail;
static unsigned n_air;
static char book[32768];
static bool linked;

/* What is below ATT. */

void qb_l2cap_send(struct qb_l2cap *l2cap, uint16_t cid, struct qb_buf *buf, size_t len)
{
	ck_assert_uint_eq(cid, QB_L2CAP_CID_ATT);
	ck_assert_uint_gt(len, 0);
	ck_assert_uint_le(len, QB_SDU_MAX);
	buf->end = (uint16_t)(QB_BUF_HEADROOM + len);
	buf->next = NULL;
	*air_tail = buf;
	air_tail = &buf->next;
	n_air++;
}

static void land(uint8_t status)
{
	struct qb_buf *buf = air;

	air = buf->next;
	if (!air)
		air_tail = &air;
	n_air--;
	if (buf->done)
		buf->done(buf, status);
	qb_buf_free(&at.pool, buf);
}

/* What is above it. */

void tell(const char *format, ...)
{
	size_t len = strlen(book);
	va_list args;
	int n;

	if (len)
		len += (size_t)snprintf(book + len, sizeof(book) - len, "; ");
	va_start(args, format);
	n = vsnprintf(book + len, sizeof(book) - len, format, args);
	va_end(args);
	ck_assert_int_lt(n, (int)(sizeof(book) - len));
}

void tell_octets(const uint8_t *data, size_t len)
{
	size_t pos = strlen(book);

	ck_assert_uint_lt(pos + 1 + 2 * len, sizeof(book));
	book[pos++] = ' ';
	book[pos] = 0;
	for (size_t i = 0; i < len; i++)
		pos += (size_t)sprintf(book + pos, "%02x", data[i]);
}

static void on_request(void *user, const struct qb_att_pdu *pdu)
{
	qb_gatt_server_receive(&at.server, pdu);
}

static void on_value(void *user, const struct qb_att_pdu *pdu)
{
	qb_gatt_client_receive(&at.client, pdu);
}

static void on_mtu(void *user, uint16_t mtu)
{
	tell("mtu %u", mtu);
}

static void on_timeout(void *user)
{
	tell("timeout");
}

static const struct qb_att_ops att_ops = {on_request, on_value, on_mtu, on_timeout};

static void on_written(void *user, const struct qb_attr *attr, const uint8_t *data, size_t len)
{
	tell("written %04x", attr->handle);
	tell_octets(data, len);
}

static void on_read(void *user, const struct qb_attr *attr, const uint8_t *data, size_t len)
{
	tell("read %04x", attr->handle);
	tell_octets(data, len);
}

static const struct qb_gatt_server_ops server_ops = {on_written, on_read};

static void on_service(void *user, unsigned tag, uint16_t first, uint16_t last,
                       const struct qb_uuid *u)
{
	char str[QB_UUID_STR_SIZE];

	tell("#%u service %04x-%04x %s", tag, first, last, qb_uuid_str(u, str));
}

static void on_data(void *user, unsigned tag, const uint8_t *data, size_t len)
{
	tell("#%u data", tag);
	tell_octets(data, len);
}

static void on_done(void *user, unsigned tag, unsigned end)
{
	tell("#%u ends %x", tag, end);
}

static void on_client_value(void *user, bool indication, uint16_t handle, const uint8_t *data,
                            size_t len)
{
	tell("%s %04x", indication ? "indicated" : "notified", handle);
	tell_octets(data, len);
}

static const struct qb_gatt_client_ops client_ops = {on_service, on_data, on_done, on_client_value};

/* Hexadecimal. */

size_t octets(const char *hex, uint8_t *ret, size_t size)
{
	size_t n = 0;

	for (;;) {
		unsigned first, count = 1;
		bool rising;
		int used;

		if (sscanf(hex, " %2x%n", &first, &used) != 1)
			break;
		hex += used;
		rising = *hex == '+';
		if (rising || *hex == '*') {
			ck_assert_int_eq(sscanf(hex + 1, "%u%n", &count, &used), 1);
			hex += 1 + used;
		}
		for (unsigned i = 0; i < count; i++) {
			ck_assert_uint_lt(n, size);
			ret[n++] = (uint8_t)(rising ? first + i : first);
		}
	}
	ck_assert_msg(!hex[strspn(hex, " ")], "not hexadecimal: %s", hex);
	return n;
}

struct qb_uuid uuid(const char *hex)
{
	uint8_t b[16];
	struct qb_uuid u;

	ck_assert(qb_uuid_from_le(&u, b, octets(hex, b, sizeof(b))));
	return u;
}

static const char *to_hex(char *str, const uint8_t *p, size_t len)
{
	*str = 0;
	for (size_t i = 0; i < len; i++)
		sprintf(str + 2 * i, "%02x", p[i]);
	return str;
}

/* The peer. */

void peer_sends(const char *hex)
{
	uint8_t b[1024], *sdu;
	size_t len = octets(hex, b, sizeof(b));

	/* A copy that ends where the PDU ends, so that reading on is seen. */
	sdu = malloc(len ? len : 1);
	memcpy(sdu, b, len);
	qb_att_receive(&at.att, sdu, len);
	free(sdu);
}

const char *peer_takes(void)
{
	static char got[2 * QB_SDU_MAX + 1];

	ck_assert_msg(n_air, "nothing was sent");
	to_hex(got, qb_buf_sdu(air), air->end - QB_BUF_HEADROOM);
	land(0);
	return got;
}

void peer_gets(const char *hex)
{
	char want[2 * QB_SDU_MAX + 1];
	uint8_t b[QB_SDU_MAX];

	ck_assert_msg(n_air, "expected %s, but nothing was sent", hex);
	to_hex(want, b, octets(hex, b, sizeof(b)));
	ck_assert_str_eq(peer_takes(), want);
}

void peer_gets_nothing(void)
{
	ck_assert_msg(!n_air, "expected nothing, but got %s", peer_takes());
}

unsigned in_the_air(void)
{
	return n_air;
}

void dialog(const char *script)
{
	char line[4096];

	while (*script) {
		size_t len = strcspn(script + 1, "<>");

		ck_assert(*script == '<' || *script == '>');
		ck_assert_uint_lt(len, sizeof(line));
		memcpy(line, script + 1, len);
		line[len] = 0;
		(*script == '<' ? peer_sends : peer_gets)(line);
		script += 1 + len;
	}
	peer_gets_nothing();
}

void told(const char *text)
{
	ck_assert_str_eq(book, text);
	book[0] = 0;
}

void forget(void)
{
	book[0] = 0;
}

void told_nothing(void)
{
	told("");
}

void passes(uint64_t msec)
{
	qb_timers_advance(&at.timers, at.timers.now + msec * QB_MSEC);
}

/* The link. */

void link_begins(void)
{
	qb_att_init(&at.att, &at.l2cap, &at.timers, &att_ops, NULL);
	qb_gatt_server_init(&at.server, &at.att, at.db, &server_ops, NULL);
	qb_gatt_client_init(&at.client, &at.att, &client_ops, NULL);
	linked = true;
}

void begin_empty(void)
{
	memset(&at, 0, sizeof(at));
	air = NULL;
	air_tail = &air;
	n_air = 0;
	book[0] = 0;
	at.l2cap.pool = &at.pool;
	at.db = qb_gatt_db_new();
	link_begins();
}

static void service(uint16_t handle, bool primary, const char *hex)
{
	struct qb_uuid u = uuid(hex);

	ck_assert_int_eq(qb_gatt_db_add_service(at.db, handle, primary, &u), handle);
}

static void characteristic(uint16_t handle, uint8_t properties, uint16_t permissions,
                           const char *hex, const char *value)
{
	struct qb_uuid u = uuid(hex);
	uint8_t b[QB_VALUE_MAX];
	size_t len = octets(value, b, sizeof(b));

	ck_assert_int_eq(qb_gatt_db_add_characteristic(at.db, properties, &u, permissions, b, len),
	                 handle);
}

static void descriptor(uint16_t handle, const char *hex, const char *value)
{
	struct qb_uuid u = uuid(hex);
	uint8_t b[QB_VALUE_MAX];
	size_t len = octets(value, b, sizeof(b));

	ck_assert_int_eq(qb_gatt_db_add_descriptor(at.db, &u, QB_PERM_READ | QB_PERM_WRITE, b, len),
	                 handle);
}

void begin(void)
{
	const uint16_t open = QB_PERM_READ | QB_PERM_WRITE;

	begin_empty();
	service(0x0001, true, "0018");
	characteristic(0x0003, QB_PROP_READ | QB_PROP_WRITE | QB_PROP_WRITE_CMD, open, "002a",
	               "616263");
	service(0x0004, true, "0118");
	characteristic(0x0006, QB_PROP_INDICATE, 0, "052a", "00*4");
	descriptor(0x0007, "0229", "0000");
	service(0x0008, true, "0f18");
	ck_assert_int_eq(qb_gatt_db_add_include(at.db, 0x0001), 0x0009);
	characteristic(0x000b, QB_PROP_READ | QB_PROP_NOTIFY, QB_PERM_READ, "192a", "64");
	descriptor(0x000c, "0229", "0000");
	characteristic(0x000e, QB_PROP_READ | QB_PROP_WRITE, open, LONG_UUID, "00+60");
	descriptor(0x000f, "0129", "74657874");
	service(0x0010, true, LONG_SERVICE);
	characteristic(0x0012, QB_PROP_WRITE_CMD, open, "562a", "");
	characteristic(0x0014, QB_PROP_READ | QB_PROP_WRITE | QB_PROP_NOTIFY | QB_PROP_INDICATE,
	               open | QB_PERM_READ_ENCRYPT | QB_PERM_WRITE_ENCRYPT, "572a", "736563726574");
	descriptor(0x0015, "0229", "0000");
	service(0x0016, false, "0a18");
	characteristic(0x0018, QB_PROP_READ, QB_PERM_READ, "292a", "6d616b6572");
}

/* In the order of the host. */
void link_ends(uint8_t reason)
{
	qb_gatt_client_done(&at.client);
	qb_att_done(&at.att, reason);
	while (n_air)
		land(reason);
	qb_gatt_server_done(&at.server);
	linked = false;
}

void finish(void)
{
	told_nothing();
	if (linked) {
		link_ends(0x13);
		forget();
	}
	ck_assert_uint_eq(at.pool.used, 0);
	ck_assert_uint_eq(at.att.waiting, 0);
	ck_assert_uint_eq(at.att.responses, 0);
	ck_assert_uint_eq(at.client.queued, 0);
	ck_assert_ptr_null(at.timers.root);
	qb_pool_done(&at.pool);
	qb_gatt_db_free(at.db);
}

static void on_sent(void *user, uint8_t status)
{
	tell("sent %u %02x", (unsigned)(uintptr_t)user, status);
}

int notify(uint16_t handle, const char *hex, unsigned tag)
{
	uint8_t b[1024];

	return qb_gatt_server_notify(&at.server, handle, b, octets(hex, b, sizeof(b)), on_sent,
	                             (void *)(uintptr_t)tag);
}

int indicate(uint16_t handle, const char *hex, unsigned tag)
{
	uint8_t b[1024];

	return qb_gatt_server_indicate(&at.server, handle, b, octets(hex, b, sizeof(b)), on_sent,
	                               (void *)(uintptr_t)tag);
}

int start(struct qb_gatt_proc_args args, const char *hex)
{
	uint8_t b[1024];

	if (!args.tag)
		args.tag = 1;
	args.data = b;
	args.len = hex ? octets(hex, b, sizeof(b)) : 0;
	return qb_gatt_client_start(&at.client, &args);
}
