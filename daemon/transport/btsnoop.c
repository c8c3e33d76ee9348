/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The btsnoop file format with H4 packets. */
#include "transport/btsnoop.h"

#include <string.h>

#include "host/hci/spec.h"

#define VERSION     1
#define DATALINK_H4 1002

/* Flags of a record. */
#define RECEIVED      0x01
#define COMMAND_EVENT 0x02

/* Times count from the year 0 of the proleptic calendar; that is 1970 there, in microseconds. */
#define EPOCH_US UINT64_C(0x00dcddb30f2f8000)

static const uint8_t magic[8] = "btsnoop";

static void put_be32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 24);
	p[1] = (uint8_t)(v >> 16);
	p[2] = (uint8_t)(v >> 8);
	p[3] = (uint8_t)v;
}

static void put_be64(uint8_t *p, uint64_t v)
{
	put_be32(p, (uint32_t)(v >> 32));
	put_be32(p + 4, (uint32_t)v);
}

static uint32_t get_be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint64_t get_be64(const uint8_t *p)
{
	return (uint64_t)get_be32(p) << 32 | get_be32(p + 4);
}

static bool is_command_or_event(uint8_t h4_type)
{
	return h4_type == QB_H4_COMMAND || h4_type == QB_H4_EVENT;
}

void qb_btsnoop_put_header(uint8_t ret[QB_BTSNOOP_HEADER])
{
	memcpy(ret, magic, sizeof(magic));
	put_be32(ret + 8, VERSION);
	put_be32(ret + 12, DATALINK_H4);
}

void qb_btsnoop_put_record(uint8_t ret[QB_BTSNOOP_RECORD], const struct qb_btsnoop_record *record,
                           uint8_t h4_type)
{
	put_be32(ret, record->len);
	put_be32(ret + 4, record->len);
	put_be32(ret + 8, (record->received ? RECEIVED : 0) |
	                          (is_command_or_event(h4_type) ? COMMAND_EVENT : 0));
	put_be32(ret + 12, record->drops);
	put_be64(ret + 16, record->unix_us + EPOCH_US);
}

const char *qb_btsnoop_check_header(const uint8_t *p, size_t len)
{
	if (len < QB_BTSNOOP_HEADER || memcmp(p, magic, sizeof(magic)))
		return "it does not begin as a btsnoop file does";
	if (get_be32(p + 8) != VERSION)
		return "its version of btsnoop is not 1";
	if (get_be32(p + 12) != DATALINK_H4)
		return "its packets are not H4 ones (datalink 1002)";
	return NULL;
}

/* Whose packets these are. */
static bool may_send(uint8_t h4_type, bool controller)
{
	switch (h4_type) {
	case QB_H4_COMMAND: return !controller;
	case QB_H4_EVENT: return controller;
	default: return h4_type == QB_H4_ACL || h4_type == QB_H4_SYNC || h4_type == QB_H4_ISO;
	}
}

const char *qb_btsnoop_get_record(const uint8_t *p, size_t len, struct qb_btsnoop_record *ret,
                                  bool *ret_cut)
{
	uint64_t time;

	*ret_cut = len < QB_BTSNOOP_RECORD;
	if (*ret_cut)
		return "the file ends inside of a record's header";
	ret->len = get_be32(p + 4);
	ret->received = get_be32(p + 8) & RECEIVED;
	ret->drops = get_be32(p + 12);
	time = get_be64(p + 16);
	ret->unix_us = time > EPOCH_US ? time - EPOCH_US : 0;
	if (!ret->len)
		return "a packet without octets";
	if (ret->len > QB_BTSNOOP_PACKET_MAX)
		return "a packet longer than 16384 octets";
	*ret_cut = ret->len > len - QB_BTSNOOP_RECORD;
	if (*ret_cut)
		return "the file ends inside of a packet";
	if (get_be32(p) != ret->len)
		return "a packet of which not all was captured";
	if (!may_send(p[QB_BTSNOOP_RECORD], ret->received))
		return ret->received ? "a packet that no controller sends"
		                     : "a packet that no host sends";
	return NULL;
}
