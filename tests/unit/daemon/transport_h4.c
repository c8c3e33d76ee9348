/* SPDX-License-Identifier: GPL-2.0-or-later */
/* H4: what comes out as packets, however the stream is cut. */
#include "transport/h4.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../unit.h"

static struct qb_h4 h4;

/* What came out: each packet's octets after its length. */
static uint8_t out[512 * 1024];
static size_t out_len;
static unsigned packets;

static void on_packet(void *user, const uint8_t *packet, size_t len)
{
	ck_assert_ptr_eq(user, &h4);
	ck_assert_uint_le(out_len + len, sizeof(out));
	memcpy(out + out_len, packet, len);
	out_len += len;
	packets++;
}

static bool feed(const void *data, size_t len)
{
	/* From memory that ends right there, so that reading past it is found. */
	uint8_t *copy = malloc(len ? len : 1);
	bool ok;

	memcpy(copy, data, len);
	ok = qb_h4_input(&h4, copy, len, on_packet, &h4);
	free(copy);
	return ok;
}

static void begin(void)
{
	memset(&h4, 0, sizeof(h4));
	out_len = 0;
	packets = 0;
}

/* One of each kind: an event without and with parameters, ACL, SCO and ISO data. */
static const uint8_t stream[] = {
        0x04, 0x0f, 0x00,                            /* */
        0x04, 0x0e, 0x04, 0x01, 0x03, 0x0c, 0x00,    /* Command Complete */
        0x02, 0x40, 0x20, 0x00, 0x00,                /* ACL without data */
        0x02, 0x40, 0x20, 0x03, 0x00, 1,    2,    3, /* */
        0x03, 0x01, 0x00, 0x02, 9,    9,             /* */
        0x05, 0x40, 0x20, 0x02, 0x40, 7,    7,       /* its two top bits are no length */
        0x04, 0x10, 0x01, 0x42,
};
#define STREAM_PACKETS 7

START_TEST(whole)
{
	begin();
	ck_assert(feed(stream, sizeof(stream)));
	ck_assert_uint_eq(packets, STREAM_PACKETS);
	ck_assert_mem_eq(out, stream, sizeof(stream));
	ck_assert_uint_eq(out_len, sizeof(stream));
}
END_TEST

/* Cut in two at every place, and into octets: the same packets. */
START_TEST(cut)
{
	for (size_t at = 0; at <= sizeof(stream); at++) {
		begin();
		ck_assert(feed(stream, at));
		ck_assert(feed(stream + at, sizeof(stream) - at));
		ck_assert_uint_eq(packets, STREAM_PACKETS);
		ck_assert_mem_eq(out, stream, sizeof(stream));
	}
	begin();
	for (size_t i = 0; i < sizeof(stream); i++)
		ck_assert(feed(stream + i, 1));
	ck_assert_uint_eq(packets, STREAM_PACKETS);
	ck_assert_mem_eq(out, stream, sizeof(stream));
}
END_TEST

START_TEST(longest)
{
	static uint8_t acl[5 + 65535 + 3] = {0x02, 0x01, 0x00, 0xff, 0xff};
	size_t len = 5 + 65535;

	for (size_t i = 5; i < len; i++)
		acl[i] = (uint8_t)(i * 7);
	memcpy(acl + len, stream, 3);
	begin();
	for (size_t at = 0; at < len; at += 1000)
		ck_assert(feed(acl + at, len - at < 1000 ? len + 3 - at : 1000));
	ck_assert_uint_eq(packets, 2);
	ck_assert_uint_eq(out_len, len + 3);
	ck_assert_mem_eq(out, acl, len + 3);
	ck_assert_uint_eq(len, QB_H4_PACKET_MAX);
}
END_TEST

/* A controller sends neither commands nor what has no name; nothing after it is believed. */
START_TEST(out_of_step)
{
	for (unsigned type = 0; type < 256; type++) {
		const uint8_t data[] = {0x04, 0x0f, 0x00, (uint8_t)type, 0x0f, 0x00};
		bool known = type >= 0x02 && type <= 0x05;

		begin();
		ck_assert_int_eq(feed(data, sizeof(data)), known);
		ck_assert_uint_eq(packets, type == 0x04 ? 2 : 1);
		/* Also where it comes alone, after a packet that was cut. */
		begin();
		ck_assert(feed(data, 2));
		ck_assert_int_eq(feed(data + 2, 2), known);
		ck_assert_uint_eq(packets, 1);
	}
}
END_TEST

/* Whatever comes, cut however: the same packets as in one piece. */
START_TEST(any)
{
	static uint8_t data[4096], at_once[4096];
	static const uint8_t types[] = {0x02, 0x03, 0x04, 0x05, 0x04, 0x04, 0x04, 0x77};

	srand(1);
	for (unsigned round = 0; round < 500; round++) {
		size_t len = (size_t)rand() % sizeof(data), at_once_len;
		unsigned n;
		bool ok;

		for (size_t i = 0; i < len; i++)
			data[i] = rand() % 4 ? (uint8_t)(rand() % 6)
			                     : types[(size_t)rand() % sizeof(types)];
		begin();
		ok = feed(data, len);
		memcpy(at_once, out, out_len);
		at_once_len = out_len;
		n = packets;
		begin();
		for (size_t at = 0, size; at < len; at += size) {
			size = 1 + (size_t)rand() % 40;
			size = size < len - at ? size : len - at;
			if (!feed(data + at, size)) {
				ck_assert(!ok);
				break;
			}
		}
		ck_assert_uint_eq(packets, n);
		ck_assert_uint_eq(out_len, at_once_len);
		ck_assert_mem_eq(out, at_once, out_len);
	}
}
END_TEST

UNIT_MAIN("transport_h4", whole, cut, longest, out_of_step, any)
