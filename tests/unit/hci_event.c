/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Events to structs: what each field is, and what is too short or makes no sense. */
#include "host/hci/event.h"

#include <stdlib.h>
#include <string.h>

#include "script.h"
#include "unit.h"

/* The octets of an event, in memory of exactly their size. */
static uint8_t *octets(const char *hex, size_t *ret_len)
{
	uint8_t b[255], *exact;

	*ret_len = script_hex(hex, b, sizeof(b));
	exact = malloc(*ret_len + !*ret_len);
	ck_assert_ptr_nonnull(exact);
	memcpy(exact, b, *ret_len);
	return exact;
}

/*
 * Decodes hex into ev. Anything shorter is refused and changes nothing; of anything longer the
 * rest is ignored.
 */
#define DECODE(fn, hex, ev)                                                           \
	do {                                                                          \
		size_t len_;                                                          \
		uint8_t *p_ = octets(hex, &len_);                                     \
                                                                                      \
		for (size_t l_ = 0; l_ < len_; l_++) {                                \
			uint8_t before_[sizeof(*(ev))], *cut_ = malloc(l_ + !l_);     \
                                                                                      \
			memset(ev, 0x5a, sizeof(*(ev)));                              \
			memcpy(before_, ev, sizeof(*(ev)));                           \
			memcpy(cut_, p_, l_);                                         \
			ck_assert_msg(!fn(cut_, l_, ev), "%zu octets are taken", l_); \
			ck_assert_mem_eq(ev, before_, sizeof(*(ev)));                 \
			free(cut_);                                                   \
		}                                                                     \
		p_ = realloc(p_, len_ + 3);                                           \
		memset(p_ + len_, 0xee, 3);                                           \
		ck_assert(fn(p_, len_ + 3, ev));                                      \
		ck_assert(fn(p_, len_, ev));                                          \
		free(p_);                                                             \
	} while (0)

#define REFUSE(fn, hex, ev)                                         \
	do {                                                        \
		size_t len_;                                        \
		uint8_t *p_ = octets(hex, &len_);                   \
                                                                    \
		ck_assert_msg(!fn(p_, len_, ev), "taken: %s", hex); \
		free(p_);                                           \
	} while (0)

static const struct qb_addr peer = {QB_ADDR_RANDOM, {0x05, 0x04, 0x03, 0x02, 0x01, 0xc0}};
static const uint8_t none[6];

START_TEST(connection_complete)
{
	struct qb_hci_conn_complete ev;

	DECODE(qb_hci_decode_conn_complete,
	       "01 00 40 00 01 01 05 04 03 02 01 c0 18 00 02 00 c8 00 05", &ev);
	ck_assert_uint_eq(ev.status, 0);
	ck_assert_uint_eq(ev.handle, 0x40);
	ck_assert_uint_eq(ev.role, QB_ROLE_PERIPHERAL);
	ck_assert(qb_addr_equal(&ev.peer, &peer));
	ck_assert(!ev.resolved);
	ck_assert_uint_eq(ev.interval, 24);
	ck_assert_uint_eq(ev.latency, 2);
	ck_assert_uint_eq(ev.timeout, 200);
	ck_assert_mem_eq(ev.own_rpa, none, 6);
	ck_assert_mem_eq(ev.peer_rpa, none, 6);
}
END_TEST

START_TEST(enhanced_connection_complete)
{
	struct qb_hci_conn_complete ev;

	DECODE(qb_hci_decode_conn_complete,
	       "0a 00 ff 0e 00 03 05 04 03 02 01 c0 11 12 13 14 15 56 21 22 23 24 25 66 "
	       "06 00 f3 01 80 0c 00",
	       &ev);
	ck_assert_uint_eq(ev.handle, 0xeff);
	ck_assert_uint_eq(ev.role, QB_ROLE_CENTRAL);
	/* A random identity, resolved by the controller. */
	ck_assert(qb_addr_equal(&ev.peer, &peer));
	ck_assert(ev.resolved);
	ck_assert_mem_eq(ev.own_rpa, "\x11\x12\x13\x14\x15\x56", 6);
	ck_assert_mem_eq(ev.peer_rpa, "\x21\x22\x23\x24\x25\x66", 6);
	ck_assert_uint_eq(ev.interval, 6);
	ck_assert_uint_eq(ev.latency, 499);
	ck_assert_uint_eq(ev.timeout, 3200);
}
END_TEST

START_TEST(a_failed_connection_has_only_a_status)
{
	struct qb_hci_conn_complete ev;

	DECODE(qb_hci_decode_conn_complete,
	       "01 3e ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff", &ev);
	ck_assert_uint_eq(ev.status, QB_HCI_E_CONN_NOT_ESTABLISHED);
}
END_TEST

START_TEST(connections_that_cannot_be)
{
	struct qb_hci_conn_complete ev;

	/* Role 2, address type 4, handle f00, and another event of that length. */
	REFUSE(qb_hci_decode_conn_complete,
	       "01 00 40 00 02 01 05 04 03 02 01 c0 18 00 02 00 c8 00 05", &ev);
	REFUSE(qb_hci_decode_conn_complete,
	       "01 00 40 00 01 04 05 04 03 02 01 c0 18 00 02 00 c8 00 05", &ev);
	REFUSE(qb_hci_decode_conn_complete,
	       "01 00 00 0f 01 01 05 04 03 02 01 c0 18 00 02 00 c8 00 05", &ev);
	REFUSE(qb_hci_decode_conn_complete,
	       "03 00 40 00 01 01 05 04 03 02 01 c0 18 00 02 00 c8 00 05", &ev);
	/* An enhanced one that is as short as the other. */
	REFUSE(qb_hci_decode_conn_complete,
	       "0a 00 40 00 01 01 05 04 03 02 01 c0 18 00 02 00 c8 00 05", &ev);
}
END_TEST

START_TEST(the_end_of_a_link)
{
	struct qb_hci_disconnect_complete ev;

	DECODE(qb_hci_decode_disconnect_complete, "00 40 f0 13", &ev);
	ck_assert_uint_eq(ev.status, 0);
	ck_assert_uint_eq(ev.handle, 0x40);
	ck_assert_uint_eq(ev.reason, QB_HCI_E_REMOTE_TERMINATED);
}
END_TEST

START_TEST(encryption)
{
	struct qb_hci_encrypt_change change;
	struct qb_hci_key_refresh refresh;
	struct qb_hci_ltk_request ltk;

	DECODE(qb_hci_decode_encrypt_change, "06 40 00 00", &change);
	ck_assert_uint_eq(change.status, QB_HCI_E_KEY_MISSING);
	ck_assert(!change.enabled);
	DECODE(qb_hci_decode_encrypt_change, "00 40 00 01", &change);
	ck_assert_uint_eq(change.handle, 0x40);
	ck_assert(change.enabled);
	DECODE(qb_hci_decode_key_refresh, "05 41 00", &refresh);
	ck_assert_uint_eq(refresh.status, QB_HCI_E_AUTH_FAILURE);
	ck_assert_uint_eq(refresh.handle, 0x41);
	DECODE(qb_hci_decode_ltk_request, "05 42 00 08 07 06 05 04 03 02 01 34 12", &ltk);
	ck_assert_uint_eq(ltk.handle, 0x42);
	ck_assert(ltk.rand == UINT64_C(0x0102030405060708));
	ck_assert_uint_eq(ltk.ediv, 0x1234);
	REFUSE(qb_hci_decode_ltk_request, "06 42 00 08 07 06 05 04 03 02 01 34 12", &ltk);
}
END_TEST

START_TEST(connection_parameters)
{
	struct qb_hci_conn_update update;
	struct qb_hci_conn_param_request request;

	DECODE(qb_hci_decode_conn_update, "03 1a 40 00 28 00 01 00 2a 00", &update);
	ck_assert_uint_eq(update.status, QB_HCI_E_UNSUPPORTED_REMOTE);
	ck_assert_uint_eq(update.handle, 0x40);
	ck_assert_uint_eq(update.interval, 40);
	ck_assert_uint_eq(update.latency, 1);
	ck_assert_uint_eq(update.timeout, 42);
	DECODE(qb_hci_decode_conn_param_request, "06 40 00 06 00 80 0c 02 00 64 00", &request);
	ck_assert_uint_eq(request.handle, 0x40);
	ck_assert_uint_eq(request.interval_min, 6);
	ck_assert_uint_eq(request.interval_max, 3200);
	ck_assert_uint_eq(request.latency, 2);
	ck_assert_uint_eq(request.timeout, 100);
	REFUSE(qb_hci_decode_conn_update, "06 40 00 06 00 80 0c 02 00 64 00", &update);
	REFUSE(qb_hci_decode_conn_param_request, "07 40 00 06 00 80 0c 02 00 64 00", &request);
}
END_TEST

START_TEST(what_the_peer_can)
{
	struct qb_hci_remote_features features;
	struct qb_hci_remote_version version;

	DECODE(qb_hci_decode_remote_features, "04 00 40 00 01 02 03 04 05 06 07 08", &features);
	ck_assert_uint_eq(features.status, 0);
	ck_assert_uint_eq(features.handle, 0x40);
	ck_assert_mem_eq(features.features, "\1\2\3\4\5\6\7\10", 8);
	DECODE(qb_hci_decode_remote_version, "00 40 00 0c 5f 01 34 12", &version);
	ck_assert_uint_eq(version.handle, 0x40);
	ck_assert_uint_eq(version.version, 12);
	ck_assert_uint_eq(version.company, 0x15f);
	ck_assert_uint_eq(version.subversion, 0x1234);
	REFUSE(qb_hci_decode_remote_features, "05 00 40 00 01 02 03 04 05 06 07 08", &features);
}
END_TEST

START_TEST(the_link_layer)
{
	struct qb_hci_data_len_change len;
	struct qb_hci_phy_update phy;

	DECODE(qb_hci_decode_data_len_change, "07 40 00 fb 00 48 08 1b 00 48 01", &len);
	ck_assert_uint_eq(len.handle, 0x40);
	ck_assert_uint_eq(len.tx_octets, 251);
	ck_assert_uint_eq(len.tx_time, 2120);
	ck_assert_uint_eq(len.rx_octets, 27);
	ck_assert_uint_eq(len.rx_time, 328);
	DECODE(qb_hci_decode_phy_update, "0c 00 40 00 02 01", &phy);
	ck_assert_uint_eq(phy.handle, 0x40);
	ck_assert_uint_eq(phy.tx, QB_PHY_2M);
	ck_assert_uint_eq(phy.rx, QB_PHY_1M);
	REFUSE(qb_hci_decode_data_len_change, "06 40 00 fb 00 48 08 1b 00 48 01", &len);
	REFUSE(qb_hci_decode_phy_update, "0d 00 40 00 02 01", &phy);
}
END_TEST

START_TEST(the_end_of_an_advertising_set)
{
	struct qb_hci_adv_terminated ev;

	DECODE(qb_hci_decode_adv_terminated, "12 00 01 40 00 07", &ev);
	ck_assert_uint_eq(ev.status, 0);
	ck_assert_uint_eq(ev.set, 1);
	ck_assert_uint_eq(ev.handle, 0x40);
	ck_assert_uint_eq(ev.events, 7);
	REFUSE(qb_hci_decode_adv_terminated, "11 00 01 40 00 07", &ev);
}
END_TEST

UNIT_MAIN("hci_event", connection_complete, enhanced_connection_complete,
          a_failed_connection_has_only_a_status, connections_that_cannot_be, the_end_of_a_link,
          encryption, connection_parameters, what_the_peer_can, the_link_layer,
          the_end_of_an_advertising_set)
