/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Encryption: keys that match, that do not, that are missing; and AES itself. */
#include "bed.h"

static uint8_t start(struct host *host, uint8_t key)
{
	uint8_t p[28] = {0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0x34, 0x12};

	memset(p + 12, key, 16);
	return host_command(host, QB_HCI_LE_START_ENCRYPT, p, sizeof(p));
}

static uint8_t reply(struct host *host, uint8_t key)
{
	uint8_t p[18] = {0, 0};

	memset(p + 2, key, 16);
	return host_command(host, QB_HCI_LE_LTK_REPLY, p, sizeof(p));
}

static void asked(struct host *host)
{
	const uint8_t *p = host_le(host, QB_HCI_LE_LTK_REQUEST);
	const uint8_t want[] = {0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0x34, 0x12};

	ck_assert_mem_eq(p, want, sizeof(want));
}

static void changed(struct host *host, uint8_t status, uint8_t on)
{
	const uint8_t *p = host_event(host, QB_HCI_EV_ENCRYPT_CHANGE);

	ck_assert_uint_eq(p[0], status);
	ck_assert_uint_eq(qb_get_le16(p + 1), 0);
	ck_assert_uint_eq(p[3], on);
}

START_TEST(same_key)
{
	struct bed *bed = bed_new(2, NULL);
	struct host *a = &bed->host[0], *b = &bed->host[1];

	bed_link(bed, 0, 1);
	ck_assert_uint_eq(reply(b, 1), QB_HCI_E_DISALLOWED);
	ck_assert_uint_eq(start(b, 1), QB_HCI_E_DISALLOWED);
	ck_assert_uint_eq(start(a, 1), 0);
	ck_assert_uint_eq(start(a, 1), QB_HCI_E_DISALLOWED);
	asked(b);
	host_silent(a);
	/* Data rests until it is done. */
	host_send_acl(a, 0, 0, "x", 1);
	host_silent(b);
	ck_assert_uint_eq(reply(b, 1), 0);
	changed(a, 0, 1);
	changed(b, 0, 1);
	host_acl(b, 0, QB_ACL_START, 1);
	bed_run(bed, 0);
	host_drain(a);
	/* A second time the key is refreshed. */
	ck_assert_uint_eq(start(a, 2), 0);
	asked(b);
	ck_assert_uint_eq(reply(b, 2), 0);
	ck_assert_uint_eq(host_event(a, QB_HCI_EV_KEY_REFRESH)[0], 0);
	ck_assert_uint_eq(host_event(b, QB_HCI_EV_KEY_REFRESH)[0], 0);
	bed_free(bed);
}
END_TEST

START_TEST(wrong_key)
{
	struct bed *bed = bed_new(2, NULL);
	struct host *a = &bed->host[0], *b = &bed->host[1];

	bed_link(bed, 0, 1);
	start(a, 1);
	asked(b);
	ck_assert_uint_eq(reply(b, 2), 0);
	ck_assert_uint_eq(host_event(a, QB_HCI_EV_DISCONNECT_COMPLETE)[3], QB_HCI_E_MIC_FAILURE);
	ck_assert_uint_eq(host_event(b, QB_HCI_EV_DISCONNECT_COMPLETE)[3], QB_HCI_E_MIC_FAILURE);
	bed_free(bed);
}
END_TEST

START_TEST(no_key)
{
	struct bed *bed = bed_new(2, NULL);
	struct host *a = &bed->host[0], *b = &bed->host[1];

	bed_link(bed, 0, 1);
	start(a, 1);
	asked(b);
	ck_assert_uint_eq(COMMAND(b, QB_HCI_LE_LTK_NEG_REPLY, 0, 0), 0);
	changed(a, QB_HCI_E_KEY_MISSING, 0);
	host_silent(b);
	/* The link lives on in the clear. */
	host_send_acl(a, 0, 0, "x", 1);
	host_acl(b, 0, QB_ACL_START, 1);
	bed_run(bed, 0);
	host_drain(a);
	/* A host that does not want to be asked has none. */
	COMMAND(b, QB_HCI_LE_SET_EVENT_MASK, 0x0f, 0, 0, 0, 0, 0, 0, 0);
	start(a, 1);
	changed(a, QB_HCI_E_KEY_MISSING, 0);
	host_start(b);
	bed_free(bed);
}
END_TEST

START_TEST(key_lost_between)
{
	struct bed *bed = bed_new(2, NULL);
	struct host *a = &bed->host[0], *b = &bed->host[1];

	bed_link(bed, 0, 1);
	start(a, 1);
	asked(b);
	reply(b, 1);
	host_drain(a);
	host_drain(b);
	start(a, 1);
	asked(b);
	COMMAND(b, QB_HCI_LE_LTK_NEG_REPLY, 0, 0);
	ck_assert_uint_eq(host_event(a, QB_HCI_EV_DISCONNECT_COMPLETE)[3], QB_HCI_E_KEY_MISSING);
	ck_assert_uint_eq(host_event(b, QB_HCI_EV_DISCONNECT_COMPLETE)[3], QB_HCI_E_KEY_MISSING);
	bed_free(bed);
}
END_TEST

START_TEST(no_answer)
{
	struct bed *bed = bed_new(2, NULL);
	struct host *a = &bed->host[0], *b = &bed->host[1];

	bed_link(bed, 0, 1);
	start(a, 1);
	bed_run(bed, 39 * QB_SEC);
	host_silent(a);
	bed_run(bed, 2 * QB_SEC);
	ck_assert_uint_eq(host_event(a, QB_HCI_EV_DISCONNECT_COMPLETE)[3], QB_HCI_E_LL_TIMEOUT);
	asked(b);
	ck_assert_uint_eq(host_event(b, QB_HCI_EV_DISCONNECT_COMPLETE)[3], QB_HCI_E_CONN_TIMEOUT);
	bed_free(bed);
}
END_TEST

/* FIPS-197, appendix C.1, least significant octet first. */
START_TEST(aes)
{
	struct bed *bed = bed_new(1, NULL);
	uint8_t p[32], want[16] = {0x5a, 0xc5, 0xb4, 0x70, 0x80, 0xb7, 0xcd, 0xd8,
	                           0x30, 0x04, 0x7b, 0x6a, 0xd8, 0xe0, 0xc4, 0x69};
	uint8_t first[8];

	for (unsigned i = 0; i < 16; i++) {
		p[15 - i] = (uint8_t)i;
		p[31 - i] = (uint8_t)(i << 4 | i);
	}
	ck_assert_uint_eq(host_command(&bed->host[0], QB_HCI_LE_ENCRYPT, p, 32), 0);
	ck_assert_uint_eq(bed->host[0].ret_len, 16);
	ck_assert_mem_eq(bed->host[0].ret, want, 16);
	host_command(&bed->host[0], QB_HCI_LE_RAND, NULL, 0);
	memcpy(first, bed->host[0].ret, 8);
	host_command(&bed->host[0], QB_HCI_LE_RAND, NULL, 0);
	ck_assert_mem_ne(bed->host[0].ret, first, 8);
	bed_free(bed);
}
END_TEST

UNIT_MAIN("air-encrypt", same_key, wrong_key, no_key, key_lost_between, no_answer, aes)
