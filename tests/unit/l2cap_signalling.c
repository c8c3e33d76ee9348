/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The signalling channel: what a peer sends, what it gets. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/l2cap/l2cap.h"
#include "script.h"
#include "unit.h"

static struct script s;
static struct qb_l2cap *l2cap;

static unsigned requests, responses;
static struct qb_conn_param wish;
static bool accepting, end_on_request, end_on_response, accepted;

static void end(void)
{
	qb_l2cap_done(l2cap, QB_HCI_E_LOCAL_TERMINATED);
	free(l2cap);
	l2cap = NULL;
}

static void receive(void *user, uint16_t cid, const uint8_t *data, size_t len)
{
	ck_abort_msg("signalling is no business of the floor above");
}

static bool param_request(void *user, const struct qb_conn_param *param)
{
	requests++;
	wish = *param;
	if (end_on_request)
		end();
	return accepting;
}

static void param_response(void *user, bool yes)
{
	responses++;
	accepted = yes;
	if (end_on_response) {
		end_on_response = false;
		end();
	}
}

static const struct qb_l2cap_ops ops = {
        .receive = receive,
        .param_request = param_request,
        .param_response = param_response,
};

static void begin(bool central)
{
	script_init(&s);
	qb_acl_set_buffers(&s.hci, 251, 64);
	l2cap = malloc(sizeof(*l2cap));
	ck_assert_ptr_nonnull(l2cap);
	memset(l2cap, 0xee, sizeof(*l2cap));
	qb_l2cap_init(l2cap, &s.hci, 0x40, central, &ops, &s);
}

static void finish(void)
{
	if (l2cap)
		end();
	script_done(&s);
}

/* The peer sends an SDU on the signalling channel. */
static void peer_sends(const char *hex)
{
	uint8_t packet[SCRIPT_PACKET] = {2, 0x40, 0x20};
	size_t len = script_hex(hex, packet + 9, sizeof(packet) - 9);

	packet[3] = (uint8_t)(len + 4);
	packet[5] = (uint8_t)len;
	packet[7] = QB_L2CAP_CID_SIGNALLING;
	script_gives_octets(&s, packet, len + 9);
}

/* The peer gets one, and its controller takes it over. */
static void peer_gets(const char *hex)
{
	uint8_t sdu[64];
	size_t len = script_hex(hex, sdu, sizeof(sdu));
	char packet[SCRIPT_PACKET];

	snprintf(packet, sizeof(packet), "02 40 00 %02zx 00 %02zx 00 05 00 %s", len + 4, len, hex);
	script_takes(&s, packet);
	script_gives(&s, "04 13 05 01 40 00 01 00");
}

static void peer_gets_nothing(void)
{
	script_takes_nothing(&s);
}

START_TEST(a_central_accepts_parameters)
{
	begin(true);
	accepting = true;
	peer_sends("12 07 08 00 18 00 28 00 01 00 c8 00");
	ck_assert_uint_eq(requests, 1);
	ck_assert_uint_eq(wish.interval_min, 24);
	ck_assert_uint_eq(wish.interval_max, 40);
	ck_assert_uint_eq(wish.latency, 1);
	ck_assert_uint_eq(wish.timeout, 200);
	peer_gets("13 07 02 00 00 00");
	finish();
}
END_TEST

START_TEST(a_central_rejects_parameters)
{
	begin(true);
	peer_sends("12 07 08 00 18 00 28 00 01 00 c8 00");
	ck_assert_uint_eq(requests, 1);
	peer_gets("13 07 02 00 01 00");
	finish();
}
END_TEST

START_TEST(invalid_parameters_are_rejected_without_asking)
{
	begin(true);
	accepting = true;
	peer_sends("12 01 08 00 05 00 28 00 00 00 c8 00"); /* interval min 5 */
	peer_gets("13 01 02 00 01 00");
	peer_sends("12 02 08 00 29 00 28 00 00 00 c8 00"); /* min > max */
	peer_gets("13 02 02 00 01 00");
	peer_sends("12 03 08 00 00 00 ff ff ff ff ff ff");
	peer_gets("13 03 02 00 01 00");
	ck_assert_uint_eq(requests, 0);
	finish();
}
END_TEST

START_TEST(which_parameters_are_valid)
{
	static const struct {
		struct qb_conn_param param;
		bool valid;
	} cases[] = {
	        {{6, 6, 0, 10}, true},
	        {{5, 6, 0, 10}, false},
	        {{3200, 3200, 0, 3200}, true},
	        {{3200, 3201, 0, 3200}, false},
	        {{7, 6, 0, 10}, false},
	        {{6, 6, 499, 3200}, true},
	        {{6, 6, 500, 3200}, false},
	        {{6, 6, 0, 9}, false},
	        {{6, 6, 0, 3201}, false},
	        /* 100 ms of timeout must be more than twice an interval of 50 ms. */
	        {{6, 39, 0, 10}, true},
	        {{6, 40, 0, 10}, false},
	        {{6, 40, 0, 11}, true},
	        /* (1 + 9) * 100 ms * 2 is 2 s. */
	        {{80, 80, 9, 200}, false},
	        {{80, 80, 9, 201}, true},
	        {{3200, 3200, 499, 3200}, false},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ck_assert_msg(qb_conn_param_valid(&cases[i].param) == cases[i].valid, "case %zu",
		              i);
}
END_TEST

START_TEST(a_peripheral_does_not_know_the_request)
{
	begin(false);
	accepting = true;
	peer_sends("12 07 08 00 18 00 28 00 01 00 c8 00");
	peer_gets("01 07 02 00 00 00");
	ck_assert_uint_eq(requests, 0);
	finish();
}
END_TEST

START_TEST(a_request_of_the_wrong_length)
{
	begin(true);
	accepting = true;
	peer_sends("12 07 07 00 18 00 28 00 01 00 c8");
	peer_gets("01 07 02 00 00 00");
	peer_sends("12 08 09 00 18 00 28 00 01 00 c8 00 00");
	peer_gets("01 08 02 00 00 00");
	peer_sends("12 09 00 00");
	peer_gets("01 09 02 00 00 00");
	ck_assert_uint_eq(requests, 0);
	finish();
}
END_TEST

START_TEST(the_link_ends_inside_a_request)
{
	begin(true);
	accepting = end_on_request = true;
	peer_sends("12 07 08 00 18 00 28 00 01 00 c8 00");
	ck_assert_uint_eq(requests, 1);
	ck_assert_ptr_null(l2cap);
	peer_gets_nothing();
	finish();
}
END_TEST

/* testing.md: signalling id 0; disconnect of CID 4; unknown command. */
START_TEST(identifier_0_is_dropped)
{
	begin(true);
	accepting = true;
	peer_sends("12 00 08 00 18 00 28 00 01 00 c8 00");
	peer_sends("ff 00 00 00");
	peer_sends("06 00 04 00 04 00 04 00");
	peer_sends("08 00 01 00 00");
	peer_gets_nothing();
	ck_assert_uint_eq(requests, 0);
	finish();
}
END_TEST

START_TEST(disconnecting_a_channel_that_is_not_there)
{
	begin(true);
	peer_sends("06 05 04 00 04 00 04 00");
	peer_gets("01 05 06 00 02 00 04 00 04 00");
	/* The destination is our end, the source the peer's. */
	peer_sends("06 06 04 00 41 00 52 00");
	peer_gets("01 06 06 00 02 00 41 00 52 00");
	peer_sends("06 07 02 00 41 00");
	peer_gets("01 07 02 00 00 00");
	finish();
}
END_TEST

START_TEST(requests_that_we_do_not_know)
{
	static const uint8_t codes[] = {
	        0x00, 0x02, 0x04, 0x08, 0x0a, 0x0c, 0x0e, 0x10, /* of other bearers */
	        0x14, 0x16, 0x17, 0x19, /* channels with credits, which we do not have */
	        0x1b, 0x20, 0x7f, 0x81, 0xff,
	};
	uint8_t id = 1;

	begin(true);
	for (size_t i = 0; i < sizeof(codes); i++, id++) {
		char hex[40];

		snprintf(hex, sizeof(hex), "%02x %02x 04 00 01 02 03 04", codes[i], id);
		peer_sends(hex);
		snprintf(hex, sizeof(hex), "01 %02x 02 00 00 00", id);
		peer_gets(hex);
	}
	finish();
}
END_TEST

START_TEST(responses_to_nothing_are_ignored)
{
	static const uint8_t codes[] = {0x01, 0x03, 0x05, 0x07, 0x09, 0x0b, 0x0d,
	                                0x0f, 0x11, 0x13, 0x15, 0x18, 0x1a};

	begin(false);
	for (size_t i = 0; i < sizeof(codes); i++) {
		char hex[40];

		snprintf(hex, sizeof(hex), "%02x 01 02 00 00 00", codes[i]);
		peer_sends(hex);
		snprintf(hex, sizeof(hex), "%02x 01 09 00 00 00", codes[i]);
		peer_sends(hex);
	}
	peer_gets_nothing();
	ck_assert_uint_eq(responses, 0);
	finish();
}
END_TEST

START_TEST(one_command_in_a_pdu)
{
	begin(true);
	accepting = true;
	/* Two; one that is cut; one that says less than there is; none. */
	peer_sends("08 01 00 00 08 02 00 00");
	peer_gets("01 01 02 00 00 00");
	peer_sends("12 03 08 00 18 00 28 00 01 00");
	peer_gets("01 03 02 00 00 00");
	peer_sends("12 04 07 00 18 00 28 00 01 00 c8 00");
	peer_gets("01 04 02 00 00 00");
	peer_sends("12 05 08");
	peer_sends("12");
	peer_sends("");
	/* And one whose PDU has more than its header says, in one fragment and in two. */
	script_gives(&s, "02 40 20 09 00 04 00 05 00 08 06 00 00 ff");
	script_gives(&s, "02 40 20 05 00 04 00 05 00 08");
	script_gives(&s, "02 40 10 04 00 07 00 00 ff");
	peer_gets_nothing();
	ck_assert_uint_eq(requests, 0);
	finish();
}
END_TEST

START_TEST(more_than_the_signalling_mtu)
{
	uint8_t packet[255];

	begin(true);
	/* 23 octets are taken, 24 are not. */
	peer_sends("80 01 13 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00");
	peer_gets("01 01 02 00 00 00");
	peer_sends("80 02 14 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00");
	peer_gets("01 02 04 00 01 00 17 00");
	peer_sends("13 03 14 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00");
	peer_gets_nothing();
	/* Even if it is more than we keep: here 0300 hex in fragments. */
	memset(packet, 0, sizeof(packet));
	memcpy(packet, "\x02\x40\x20\x84\x00\x00\x03\x05\x00\x12\x04\xfc\x02", 13);
	script_gives_octets(&s, packet, 5 + 0x84);
	packet[2] = 0x10;
	packet[3] = 0x80;
	for (int i = 0; i < 5; i++) {
		peer_gets_nothing();
		script_gives_octets(&s, packet, 5 + 0x80);
	}
	peer_gets("01 04 04 00 01 00 17 00");
	finish();
}
END_TEST

static const struct qb_conn_param asked = {24, 40, 0, 200};

START_TEST(our_request_is_accepted)
{
	begin(false);
	ck_assert_int_eq(qb_l2cap_request_param(l2cap, &asked), 0);
	ck_assert_int_eq(qb_l2cap_request_param(l2cap, &asked), -EBUSY);
	peer_gets("12 01 08 00 18 00 28 00 00 00 c8 00");
	ck_assert_uint_eq(responses, 0);
	peer_sends("13 01 02 00 00 00");
	ck_assert_uint_eq(responses, 1);
	ck_assert(accepted);
	/* Once only; and the next request has another identifier. */
	peer_sends("13 01 02 00 00 00");
	ck_assert_uint_eq(responses, 1);
	ck_assert_int_eq(qb_l2cap_request_param(l2cap, &asked), 0);
	peer_gets("12 02 08 00 18 00 28 00 00 00 c8 00");
	finish();
}
END_TEST

START_TEST(our_request_is_rejected)
{
	begin(false);
	ck_assert_int_eq(qb_l2cap_request_param(l2cap, &asked), 0);
	peer_gets("12 01 08 00 18 00 28 00 00 00 c8 00");
	peer_sends("13 02 02 00 00 00"); /* another identifier */
	peer_sends("13 01 01 00 00");    /* too short */
	peer_sends("15 01 02 00 00 00"); /* another response */
	ck_assert_uint_eq(responses, 0);
	peer_sends("13 01 02 00 01 00");
	ck_assert_uint_eq(responses, 1);
	ck_assert(!accepted);
	ck_assert_int_eq(qb_l2cap_request_param(l2cap, &asked), 0);
	peer_gets("12 02 08 00 18 00 28 00 00 00 c8 00");
	peer_sends("01 02 02 00 00 00"); /* Command Reject */
	ck_assert_uint_eq(responses, 2);
	ck_assert(!accepted);
	finish();
}
END_TEST

START_TEST(our_request_is_never_answered)
{
	begin(false);
	ck_assert_int_eq(qb_l2cap_request_param(l2cap, &asked), 0);
	peer_gets("12 01 08 00 18 00 28 00 00 00 c8 00");
	script_passes(&s, 29999);
	ck_assert_uint_eq(responses, 0);
	script_passes(&s, 1);
	ck_assert_uint_eq(responses, 1);
	ck_assert(!accepted);
	peer_sends("13 01 02 00 00 00");
	ck_assert_uint_eq(responses, 1);
	finish();
}
END_TEST

START_TEST(the_link_ends_before_the_answer)
{
	begin(false);
	ck_assert_int_eq(qb_l2cap_request_param(l2cap, &asked), 0);
	peer_gets("12 01 08 00 18 00 28 00 00 00 c8 00");
	qb_l2cap_done(l2cap, QB_HCI_E_CONN_TIMEOUT);
	ck_assert_uint_eq(responses, 1);
	ck_assert(!accepted);
	ck_assert_int_eq(qb_l2cap_request_param(l2cap, &asked), -ENOTCONN);
	finish();
	ck_assert_uint_eq(responses, 1);
}
END_TEST

START_TEST(the_link_ends_inside_the_answer)
{
	begin(false);
	end_on_response = true;
	ck_assert_int_eq(qb_l2cap_request_param(l2cap, &asked), 0);
	peer_gets("12 01 08 00 18 00 28 00 00 00 c8 00");
	peer_sends("13 01 02 00 00 00");
	ck_assert_ptr_null(l2cap);
	ck_assert_uint_eq(responses, 1);
	finish();
}
END_TEST

START_TEST(a_central_has_no_need_to_ask)
{
	begin(true);
	ck_assert_int_eq(qb_l2cap_request_param(l2cap, &asked), -EINVAL);
	peer_gets_nothing();
	finish();
}
END_TEST

START_TEST(identifiers_are_never_0)
{
	begin(false);
	for (int i = 0; i < 600; i++) {
		char hex[40];
		int id = i % 255 + 1;

		ck_assert_int_eq(qb_l2cap_request_param(l2cap, &asked), 0);
		snprintf(hex, sizeof(hex), "12 %02x 08 00 18 00 28 00 00 00 c8 00", id);
		peer_gets(hex);
		snprintf(hex, sizeof(hex), "13 %02x 02 00 00 00", id);
		peer_sends(hex);
	}
	ck_assert_uint_eq(responses, 600);
	finish();
}
END_TEST

START_TEST(a_peer_that_asks_without_taking_answers)
{
	begin(true);
	accepting = true;
	qb_acl_set_buffers(&s.hci, 251, 1);
	for (int i = 0; i < 1000; i++)
		peer_sends("12 07 08 00 18 00 28 00 01 00 c8 00");
	ck_assert_uint_eq(s.pool.used, QB_RSP_QUEUE_MAX);
	/* What was not answered did not take effect either. */
	ck_assert_uint_eq(requests, QB_RSP_QUEUE_MAX);
	for (int i = 0; i < QB_RSP_QUEUE_MAX; i++)
		peer_gets("13 07 02 00 00 00");
	peer_gets_nothing();
	ck_assert_uint_eq(s.pool.used, 0);
	peer_sends("08 08 00 00");
	peer_gets("01 08 02 00 00 00");
	finish();
}
END_TEST

UNIT_MAIN("l2cap_signalling", a_central_accepts_parameters, a_central_rejects_parameters,
          invalid_parameters_are_rejected_without_asking, which_parameters_are_valid,
          a_peripheral_does_not_know_the_request, a_request_of_the_wrong_length,
          the_link_ends_inside_a_request, identifier_0_is_dropped,
          disconnecting_a_channel_that_is_not_there, requests_that_we_do_not_know,
          responses_to_nothing_are_ignored, one_command_in_a_pdu, more_than_the_signalling_mtu,
          our_request_is_accepted, our_request_is_rejected, our_request_is_never_answered,
          the_link_ends_before_the_answer, the_link_ends_inside_the_answer,
          a_central_has_no_need_to_ask, identifiers_are_never_0,
          a_peer_that_asks_without_taking_answers)
