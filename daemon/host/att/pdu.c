/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The PDUs of the Attribute Protocol: one table, a decoder and an encoder that follow it. */
#include "host/att/pdu.h"

#include <string.h>

#include "host/limits.h"
#include "util/le.h"

#define SIGNATURE_LEN 12

/* What follows the opcode, on its way in. len is within the bounds of the PDU's row. */
typedef bool (*decode_fn)(struct qb_att_pdu *pdu, const uint8_t *p, size_t len);

struct writer {
	uint8_t *p;
	size_t room;
	bool full;
};

typedef void (*encode_fn)(struct writer *w, const struct qb_att_pdu *pdu);

static uint8_t *take(struct writer *w, size_t len)
{
	uint8_t *p = w->p;

	if (w->full || len > w->room) {
		w->full = true;
		return NULL;
	}
	w->p += len;
	w->room -= len;
	return p;
}

static void put_u8(struct writer *w, uint8_t v)
{
	uint8_t *p = take(w, 1);

	if (p)
		*p = v;
}

static void put_u16(struct writer *w, uint16_t v)
{
	uint8_t *p = take(w, 2);

	if (p)
		qb_put_le16(p, v);
}

static void put_data(struct writer *w, const uint8_t *data, size_t len)
{
	uint8_t *p = take(w, len);

	if (p && len && p != data)
		memmove(p, data, len);
}

static void put_uuid(struct writer *w, const struct qb_uuid *uuid)
{
	uint16_t u;

	if (qb_uuid_to_16(uuid, &u))
		put_u16(w, u);
	else
		put_data(w, uuid->b, sizeof(uuid->b));
}

static bool decode_none(struct qb_att_pdu *pdu, const uint8_t *p, size_t len)
{
	return true;
}

static void encode_none(struct writer *w, const struct qb_att_pdu *pdu)
{
}

static bool decode_error(struct qb_att_pdu *pdu, const uint8_t *p, size_t len)
{
	pdu->error.request = p[0];
	pdu->error.handle = qb_get_le16(p + 1);
	pdu->error.code = p[3];
	return true;
}

static void encode_error(struct writer *w, const struct qb_att_pdu *pdu)
{
	put_u8(w, pdu->error.request);
	put_u16(w, pdu->error.handle);
	put_u8(w, pdu->error.code);
}

static bool decode_mtu(struct qb_att_pdu *pdu, const uint8_t *p, size_t len)
{
	pdu->mtu = qb_get_le16(p);
	return true;
}

static void encode_mtu(struct writer *w, const struct qb_att_pdu *pdu)
{
	put_u16(w, pdu->mtu);
}

static bool decode_flags(struct qb_att_pdu *pdu, const uint8_t *p, size_t len)
{
	pdu->flags = p[0];
	return p[0] == QB_ATT_EXECUTE_CANCEL || p[0] == QB_ATT_EXECUTE_WRITE;
}

static void encode_flags(struct writer *w, const struct qb_att_pdu *pdu)
{
	put_u8(w, pdu->flags);
}

static void decode_bounds(struct qb_att_pdu *pdu, const uint8_t *p)
{
	pdu->find.start = qb_get_le16(p);
	pdu->find.end = qb_get_le16(p + 2);
}

static bool decode_range(struct qb_att_pdu *pdu, const uint8_t *p, size_t len)
{
	decode_bounds(pdu, p);
	return true;
}

static void encode_range(struct writer *w, const struct qb_att_pdu *pdu)
{
	put_u16(w, pdu->find.start);
	put_u16(w, pdu->find.end);
}

static bool decode_type(struct qb_att_pdu *pdu, const uint8_t *p, size_t len)
{
	decode_bounds(pdu, p);
	return qb_uuid_from_le(&pdu->find.type, p + 4, len - 4);
}

static void encode_type(struct writer *w, const struct qb_att_pdu *pdu)
{
	encode_range(w, pdu);
	put_uuid(w, &pdu->find.type);
}

static bool decode_type_value(struct qb_att_pdu *pdu, const uint8_t *p, size_t len)
{
	decode_bounds(pdu, p);
	pdu->find.type = qb_uuid_from_16(qb_get_le16(p + 4));
	pdu->find.value = p + 6;
	pdu->find.len = len - 6;
	return true;
}

static void encode_type_value(struct writer *w, const struct qb_att_pdu *pdu)
{
	encode_type(w, pdu);
	put_data(w, pdu->find.value, pdu->find.len);
}

static bool decode_entries(struct qb_att_pdu *pdu, uint8_t size, const uint8_t *p, size_t len)
{
	pdu->list.size = size;
	pdu->list.data = p;
	pdu->list.len = len;
	return len && len % size == 0;
}

/* Find Information Response: the format stands for the size of an entry. */
static bool decode_formatted(struct qb_att_pdu *pdu, const uint8_t *p, size_t len)
{
	switch (p[0]) {
	case QB_ATT_FORMAT_16: return decode_entries(pdu, 2 + 2, p + 1, len - 1);
	case QB_ATT_FORMAT_128: return decode_entries(pdu, 2 + 16, p + 1, len - 1);
	}
	return false;
}

static void encode_formatted(struct writer *w, const struct qb_att_pdu *pdu)
{
	put_u8(w, pdu->list.size == 2 + 2 ? QB_ATT_FORMAT_16 : QB_ATT_FORMAT_128);
	put_data(w, pdu->list.data, pdu->list.len);
}

/* Read By Type Response: an entry is a handle and a value. */
static bool decode_sized(struct qb_att_pdu *pdu, const uint8_t *p, size_t len)
{
	return p[0] >= 2 && decode_entries(pdu, p[0], p + 1, len - 1);
}

/* Read By Group Type Response: an entry is two handles and a value. */
static bool decode_groups(struct qb_att_pdu *pdu, const uint8_t *p, size_t len)
{
	return p[0] >= 4 && decode_entries(pdu, p[0], p + 1, len - 1);
}

static void encode_sized(struct writer *w, const struct qb_att_pdu *pdu)
{
	put_u8(w, pdu->list.size);
	put_data(w, pdu->list.data, pdu->list.len);
}

static bool decode_found(struct qb_att_pdu *pdu, const uint8_t *p, size_t len)
{
	return decode_entries(pdu, 4, p, len);
}

static bool decode_handles(struct qb_att_pdu *pdu, const uint8_t *p, size_t len)
{
	return decode_entries(pdu, 2, p, len);
}

static void encode_list(struct writer *w, const struct qb_att_pdu *pdu)
{
	put_data(w, pdu->list.data, pdu->list.len);
}

static bool decode_value(struct qb_att_pdu *pdu, const uint8_t *p, size_t len)
{
	pdu->attr.value = p;
	pdu->attr.len = len;
	return true;
}

static void encode_value(struct writer *w, const struct qb_att_pdu *pdu)
{
	put_data(w, pdu->attr.value, pdu->attr.len);
}

static bool decode_handle(struct qb_att_pdu *pdu, const uint8_t *p, size_t len)
{
	pdu->attr.handle = qb_get_le16(p);
	return decode_value(pdu, p + 2, len - 2);
}

static void encode_handle(struct writer *w, const struct qb_att_pdu *pdu)
{
	put_u16(w, pdu->attr.handle);
	encode_value(w, pdu);
}

static bool decode_offset(struct qb_att_pdu *pdu, const uint8_t *p, size_t len)
{
	pdu->attr.handle = qb_get_le16(p);
	pdu->attr.offset = qb_get_le16(p + 2);
	return decode_value(pdu, p + 4, len - 4);
}

static void encode_offset(struct writer *w, const struct qb_att_pdu *pdu)
{
	put_u16(w, pdu->attr.handle);
	put_u16(w, pdu->attr.offset);
	encode_value(w, pdu);
}

/* Length and value, one after the other; the last value may be cut short (3.4.4.12). */
static bool decode_lengths(struct qb_att_pdu *pdu, const uint8_t *p, size_t len)
{
	for (size_t pos = 0; pos < len;) {
		if (len - pos < 2)
			return false;
		pos += (size_t)2 + qb_get_le16(p + pos);
	}
	return decode_value(pdu, p, len);
}

/* Handle, length and value, one after the other, all whole (3.4.7.4). */
static bool decode_tuples(struct qb_att_pdu *pdu, const uint8_t *p, size_t len)
{
	for (size_t pos = 0; pos < len;) {
		size_t value_len;

		if (len - pos < 4)
			return false;
		value_len = qb_get_le16(p + pos + 2);
		if (value_len > QB_VALUE_MAX || value_len > len - pos - 4)
			return false;
		pos += 4 + value_len;
	}
	return decode_value(pdu, p, len);
}

struct row {
	const char *name;
	enum qb_att_kind kind;
	uint16_t min, max; /* octets after the opcode */
	decode_fn decode;
	encode_fn encode;
};

#define ANY UINT16_MAX

/* By opcode; the two commands, whose opcodes lie far off, are at the end. */
enum { ROW_WRITE_CMD = 0x24, ROW_SIGNED_WRITE_CMD, ROW_COUNT };

/* clang-format off */
static const struct row rows[ROW_COUNT] = {
	[QB_ATT_ERROR_RSP] =
		{"Error Response", QB_ATT_RESPONSE, 4, 4, decode_error, encode_error},
	[QB_ATT_EXCHANGE_MTU_REQ] =
		{"Exchange MTU Request", QB_ATT_REQUEST, 2, 2, decode_mtu, encode_mtu},
	[QB_ATT_EXCHANGE_MTU_RSP] =
		{"Exchange MTU Response", QB_ATT_RESPONSE, 2, 2, decode_mtu, encode_mtu},
	[QB_ATT_FIND_INFORMATION_REQ] =
		{"Find Information Request", QB_ATT_REQUEST, 4, 4, decode_range, encode_range},
	[QB_ATT_FIND_INFORMATION_RSP] =
		{"Find Information Response", QB_ATT_RESPONSE, 5, ANY,
		 decode_formatted, encode_formatted},
	[QB_ATT_FIND_BY_TYPE_VALUE_REQ] =
		{"Find By Type Value Request", QB_ATT_REQUEST, 6, ANY,
		 decode_type_value, encode_type_value},
	[QB_ATT_FIND_BY_TYPE_VALUE_RSP] =
		{"Find By Type Value Response", QB_ATT_RESPONSE, 4, ANY,
		 decode_found, encode_list},
	[QB_ATT_READ_BY_TYPE_REQ] =
		{"Read By Type Request", QB_ATT_REQUEST, 6, 20, decode_type, encode_type},
	[QB_ATT_READ_BY_TYPE_RSP] =
		{"Read By Type Response", QB_ATT_RESPONSE, 3, ANY, decode_sized, encode_sized},
	[QB_ATT_READ_REQ] =
		{"Read Request", QB_ATT_REQUEST, 2, 2, decode_handle, encode_handle},
	[QB_ATT_READ_RSP] =
		{"Read Response", QB_ATT_RESPONSE, 0, QB_VALUE_MAX, decode_value, encode_value},
	[QB_ATT_READ_BLOB_REQ] =
		{"Read Blob Request", QB_ATT_REQUEST, 4, 4, decode_offset, encode_offset},
	[QB_ATT_READ_BLOB_RSP] =
		{"Read Blob Response", QB_ATT_RESPONSE, 0, QB_VALUE_MAX,
		 decode_value, encode_value},
	[QB_ATT_READ_MULTIPLE_REQ] =
		{"Read Multiple Request", QB_ATT_REQUEST, 4, ANY, decode_handles, encode_list},
	[QB_ATT_READ_MULTIPLE_RSP] =
		{"Read Multiple Response", QB_ATT_RESPONSE, 0, ANY, decode_value, encode_value},
	[QB_ATT_READ_BY_GROUP_TYPE_REQ] =
		{"Read By Group Type Request", QB_ATT_REQUEST, 6, 20, decode_type, encode_type},
	[QB_ATT_READ_BY_GROUP_TYPE_RSP] =
		{"Read By Group Type Response", QB_ATT_RESPONSE, 5, ANY,
		 decode_groups, encode_sized},
	[QB_ATT_WRITE_REQ] =
		{"Write Request", QB_ATT_REQUEST, 2, ANY, decode_handle, encode_handle},
	[QB_ATT_WRITE_RSP] =
		{"Write Response", QB_ATT_RESPONSE, 0, 0, decode_none, encode_none},
	[QB_ATT_PREPARE_WRITE_REQ] =
		{"Prepare Write Request", QB_ATT_REQUEST, 4, ANY, decode_offset, encode_offset},
	[QB_ATT_PREPARE_WRITE_RSP] =
		{"Prepare Write Response", QB_ATT_RESPONSE, 4, ANY,
		 decode_offset, encode_offset},
	[QB_ATT_EXECUTE_WRITE_REQ] =
		{"Execute Write Request", QB_ATT_REQUEST, 1, 1, decode_flags, encode_flags},
	[QB_ATT_EXECUTE_WRITE_RSP] =
		{"Execute Write Response", QB_ATT_RESPONSE, 0, 0, decode_none, encode_none},
	[QB_ATT_HANDLE_VALUE_NTF] =
		{"Handle Value Notification", QB_ATT_NOTIFICATION, 2, 2 + QB_VALUE_MAX,
		 decode_handle, encode_handle},
	[QB_ATT_HANDLE_VALUE_IND] =
		{"Handle Value Indication", QB_ATT_INDICATION, 2, 2 + QB_VALUE_MAX,
		 decode_handle, encode_handle},
	[QB_ATT_HANDLE_VALUE_CFM] =
		{"Handle Value Confirmation", QB_ATT_CONFIRMATION, 0, 0,
		 decode_none, encode_none},
	[QB_ATT_READ_MULTIPLE_VARIABLE_REQ] =
		{"Read Multiple Variable Request", QB_ATT_REQUEST, 4, ANY,
		 decode_handles, encode_list},
	[QB_ATT_READ_MULTIPLE_VARIABLE_RSP] =
		{"Read Multiple Variable Response", QB_ATT_RESPONSE, 4, ANY,
		 decode_lengths, encode_value},
	[QB_ATT_MULTIPLE_HANDLE_VALUE_NTF] =
		{"Multiple Handle Value Notification", QB_ATT_NOTIFICATION, 8, ANY,
		 decode_tuples, encode_value},
	[ROW_WRITE_CMD] =
		{"Write Command", QB_ATT_COMMAND, 2, ANY, decode_handle, encode_handle},
	[ROW_SIGNED_WRITE_CMD] =
		{"Signed Write Command", QB_ATT_COMMAND, 2 + SIGNATURE_LEN, ANY,
		 decode_handle, encode_handle},
};
/* clang-format on */

/* NULL for an opcode that there is none of. */
static const struct row *find_row(uint8_t opcode)
{
	if (opcode == QB_ATT_WRITE_CMD)
		return &rows[ROW_WRITE_CMD];
	if (opcode == QB_ATT_SIGNED_WRITE_CMD)
		return &rows[ROW_SIGNED_WRITE_CMD];
	return opcode < ROW_WRITE_CMD && rows[opcode].name ? &rows[opcode] : NULL;
}

enum qb_att_result qb_att_decode(struct qb_att_pdu *ret, const uint8_t *p, size_t len)
{
	const struct row *row = find_row(p[0]);

	ret->opcode = p[0];
	ret->param = p + 1;
	ret->param_len = --len;
	if (!row)
		return QB_ATT_UNKNOWN_OPCODE;
	if (len < row->min || len > row->max || !row->decode(ret, p + 1, len))
		return QB_ATT_MALFORMED;
	return QB_ATT_OK;
}

size_t qb_att_encode(const struct qb_att_pdu *pdu, uint8_t *out, size_t room)
{
	const struct row *row = find_row(pdu->opcode);
	struct writer w = {.p = out, .room = room};

	put_u8(&w, pdu->opcode);
	row->encode(&w, pdu);
	return w.full ? 0 : (size_t)(w.p - out);
}

enum qb_att_kind qb_att_kind(uint8_t opcode)
{
	const struct row *row = find_row(opcode);

	return row ? row->kind : QB_ATT_UNKNOWN;
}

const char *qb_att_name(uint8_t opcode)
{
	const struct row *row = find_row(opcode);

	return row ? row->name : "Unknown";
}
