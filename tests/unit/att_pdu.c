/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The codec of ATT PDUs: what is well-formed, and that it is written as it was read. */
#include <stdlib.h>
#include <string.h>

#include "att_peer.h"
#include "unit.h"

struct pdu {
	const char *name;
	enum qb_att_kind kind;
	const char *hex;
	/* Octets after the opcode: the shortest and the longest that is well-formed. */
	unsigned min, max;
};

#define MTU 517
#define ANY (MTU - 1)

/* clang-format off */
static const struct pdu pdus[] = {
	{"Error Response", QB_ATT_RESPONSE, "01 0a 0300 02", 4, 4},
	{"Exchange MTU Request", QB_ATT_REQUEST, "02 1700", 2, 2},
	{"Exchange MTU Response", QB_ATT_RESPONSE, "03 0502", 2, 2},
	{"Find Information Request", QB_ATT_REQUEST, "04 0100 ffff", 4, 4},
	{"Find Information Response", QB_ATT_RESPONSE, "05 01 0100 0028 0200 0328", 5, 513},
	{"Find Information Response", QB_ATT_RESPONSE, "05 02 0100 " LONG_UUID, 19, 505},
	{"Find By Type Value Request", QB_ATT_REQUEST, "06 0100 ffff 0028 0f18", 6, ANY},
	{"Find By Type Value Response", QB_ATT_RESPONSE, "07 0100 0300 0800 0f00", 4, 516},
	{"Read By Type Request", QB_ATT_REQUEST, "08 0100 ffff 0328", 6, 20},
	{"Read By Type Request", QB_ATT_REQUEST, "08 0100 ffff " LONG_UUID, 20, 20},
	{"Read By Type Response", QB_ATT_RESPONSE, "09 03 0300 41 0500 42", 4, 514},
	{"Read Request", QB_ATT_REQUEST, "0a 0300", 2, 2},
	{"Read Response", QB_ATT_RESPONSE, "0b 616263", 0, 512},
	{"Read Blob Request", QB_ATT_REQUEST, "0c 0300 1600", 4, 4},
	{"Read Blob Response", QB_ATT_RESPONSE, "0d 616263", 0, 512},
	{"Read Multiple Request", QB_ATT_REQUEST, "0e 0300 0b00 0c00", 4, 516},
	{"Read Multiple Response", QB_ATT_RESPONSE, "0f 61626364", 0, ANY},
	{"Read By Group Type Request", QB_ATT_REQUEST, "10 0100 ffff 0028", 6, 20},
	{"Read By Group Type Response", QB_ATT_RESPONSE, "11 06 0100 0300 0018", 7, 511},
	{"Write Request", QB_ATT_REQUEST, "12 0300 616263", 2, ANY},
	{"Write Response", QB_ATT_RESPONSE, "13", 0, 0},
	{"Prepare Write Request", QB_ATT_REQUEST, "16 0300 0500 616263", 4, ANY},
	{"Prepare Write Response", QB_ATT_RESPONSE, "17 0300 0500 616263", 4, ANY},
	{"Execute Write Request", QB_ATT_REQUEST, "18 01", 1, 1},
	{"Execute Write Request", QB_ATT_REQUEST, "18 00", 1, 1},
	{"Execute Write Response", QB_ATT_RESPONSE, "19", 0, 0},
	{"Handle Value Notification", QB_ATT_NOTIFICATION, "1b 0300 616263", 2, 514},
	{"Handle Value Indication", QB_ATT_INDICATION, "1d 0300 616263", 2, 514},
	{"Handle Value Confirmation", QB_ATT_CONFIRMATION, "1e", 0, 0},
	{"Read Multiple Variable Request", QB_ATT_REQUEST, "20 0300 0b00", 4, 516},
	{"Read Multiple Variable Response", QB_ATT_RESPONSE, "21 0100 41 0200 4243", 5, 7},
	{"Multiple Handle Value Notification", QB_ATT_NOTIFICATION, "23 0300 0100 41 0400 0000",
	 9, 9},
	{"Write Command", QB_ATT_COMMAND, "52 0300 616263", 2, ANY},
	{"Signed Write Command", QB_ATT_COMMAND, "d2 0300 61 01000000 00+8", 14, ANY},
};
/* clang-format on */

START_TEST(every_pdu_is_written_as_it_was_read)
{
	for (size_t i = 0; i < sizeof(pdus) / sizeof(pdus[0]); i++) {
		uint8_t in[MTU], out[MTU];
		size_t len = octets(pdus[i].hex, in, sizeof(in));
		struct qb_att_pdu pdu;

		ck_assert_int_eq(qb_att_decode(&pdu, in, len), QB_ATT_OK);
		ck_assert_uint_eq(pdu.opcode, in[0]);
		ck_assert_ptr_eq(pdu.param, in + 1);
		ck_assert_uint_eq(pdu.param_len, len - 1);
		ck_assert_uint_eq(qb_att_encode(&pdu, out, sizeof(out)), len);
		ck_assert_mem_eq(in, out, len);
		/* Exactly its length is enough, and an octet less is not. */
		ck_assert_uint_eq(qb_att_encode(&pdu, out, len), len);
		for (size_t room = 0; room < len; room++)
			ck_assert_uint_eq(qb_att_encode(&pdu, out, room), 0);
	}
}
END_TEST

START_TEST(every_pdu_has_a_name_and_a_kind)
{
	bool known[256] = {false};

	for (size_t i = 0; i < sizeof(pdus) / sizeof(pdus[0]); i++) {
		uint8_t in[MTU];

		octets(pdus[i].hex, in, sizeof(in));
		ck_assert_str_eq(qb_att_name(in[0]), pdus[i].name);
		ck_assert_int_eq(qb_att_kind(in[0]), pdus[i].kind);
		known[in[0]] = true;
	}
	for (unsigned opcode = 0; opcode < 256; opcode++) {
		uint8_t in[2] = {(uint8_t)opcode, 0};
		struct qb_att_pdu pdu;

		if (known[opcode])
			continue;
		ck_assert_str_eq(qb_att_name((uint8_t)opcode), "Unknown");
		ck_assert_int_eq(qb_att_kind((uint8_t)opcode), QB_ATT_UNKNOWN);
		ck_assert_int_eq(qb_att_decode(&pdu, in, 2), QB_ATT_UNKNOWN_OPCODE);
		ck_assert_uint_eq(pdu.opcode, opcode);
	}
}
END_TEST

/* A copy that ends where the PDU ends, so that reading on is seen. */
static enum qb_att_result decode(const uint8_t *in, size_t len)
{
	uint8_t *copy = malloc(len);
	struct qb_att_pdu pdu;
	enum qb_att_result result;

	memcpy(copy, in, len);
	result = qb_att_decode(&pdu, copy, len);
	free(copy);
	return result;
}

START_TEST(too_short_and_too_long_is_malformed)
{
	for (size_t i = 0; i < sizeof(pdus) / sizeof(pdus[0]); i++) {
		uint8_t in[MTU + 1] = {0};

		octets(pdus[i].hex, in, sizeof(in));
		for (unsigned len = 0; len < pdus[i].min; len++)
			/* A 16-bit UUID is a shorter form of the same request. */
			if (pdus[i].min != 20 || len != 6)
				ck_assert_msg(decode(in, 1 + len) == QB_ATT_MALFORMED,
				              "%s of %u octets", pdus[i].name, len);
		ck_assert_msg(decode(in, 1 + pdus[i].min) == QB_ATT_OK, "%s", pdus[i].name);
		if (pdus[i].max == pdus[i].min || pdus[i].max < ANY)
			ck_assert_msg(decode(in, 2 + pdus[i].max) == QB_ATT_MALFORMED, "%s",
			              pdus[i].name);
	}
}
END_TEST

START_TEST(entries_are_whole_and_of_the_size_they_say)
{
	static const struct {
		const char *hex;
		enum qb_att_result result;
	} lists[] = {
	        {"05 01 0100 0028 02", QB_ATT_MALFORMED},
	        {"05 02 0100 00+16", QB_ATT_OK},
	        {"05 02 0100 00+15", QB_ATT_MALFORMED},
	        {"09 02 0300", QB_ATT_OK},
	        {"09 01 03", QB_ATT_MALFORMED},
	        {"09 ff 00*255", QB_ATT_OK},
	        {"09 ff 00*254", QB_ATT_MALFORMED},
	        {"11 04 0100 0200", QB_ATT_OK},
	        {"11 03 0100 02", QB_ATT_MALFORMED},
	        {"21 0300 41", QB_ATT_MALFORMED}, /* shorter than two tuples */
	        {"21 0000 0000", QB_ATT_OK},
	        {"21 0000 0300 41", QB_ATT_OK}, /* the last one may be cut */
	        {"21 0100 41 00", QB_ATT_MALFORMED},
	        {"23 0300 0000 0400 0000", QB_ATT_OK},
	        {"23 0300 0000 0400 0100", QB_ATT_MALFORMED},
	        {"23 0300 0102 00*513 0400 0000", QB_ATT_MALFORMED},
	};

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		uint8_t in[MTU + 16];
		size_t len = octets(lists[i].hex, in, sizeof(in));

		ck_assert_msg(decode(in, len) == lists[i].result, "%s", lists[i].hex);
	}
}
END_TEST

START_TEST(a_uuid_is_the_same_in_either_length)
{
	uint8_t in[32], out[32];
	struct qb_att_pdu pdu;
	size_t len;

	len = octets("08 0100 ffff fb349b5f80000080001000000328 0000", in, sizeof(in));
	ck_assert_int_eq(qb_att_decode(&pdu, in, len), QB_ATT_OK);
	ck_assert(qb_uuid_is(&pdu.find.type, QB_GATT_CHARACTERISTIC));
	/* And is written in the shorter one. */
	ck_assert_uint_eq(qb_att_encode(&pdu, out, sizeof(out)), 7);
	ck_assert_uint_eq(out[5] | out[6] << 8, QB_GATT_CHARACTERISTIC);
}
END_TEST

START_TEST(data_that_lies_in_its_place_stays_there)
{
	uint8_t out[8] = {0, 0, 0x41, 0x42, 0x43};
	const struct qb_att_pdu pdu = {
	        .opcode = QB_ATT_READ_BY_TYPE_RSP,
	        .list = {.size = 3, .data = out + 2, .len = 3},
	};

	ck_assert_uint_eq(qb_att_encode(&pdu, out, sizeof(out)), 5);
	ck_assert_mem_eq(out, "\x09\x03\x41\x42\x43", 5);
}
END_TEST

UNIT_MAIN("att_pdu", every_pdu_is_written_as_it_was_read, every_pdu_has_a_name_and_a_kind,
          too_short_and_too_long_is_malformed, entries_are_whole_and_of_the_size_they_say,
          a_uuid_is_the_same_in_either_length, data_that_lies_in_its_place_stays_there)
