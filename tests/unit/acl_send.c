/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Outgoing data: fragments, credits, fairness, completion, and the end of a link. */
#include <stdio.h>
#include <string.h>

#include "host/limits.h"
#include "script.h"
#include "unit.h"

static struct script s;

/* What became of the buffers, as they ended: one letter for each with its status. */
static char ended[4096];
static size_t n_ended;

static struct qb_acl_link *detach_when_done; /* ended by the first buffer that ends */
static struct qb_acl_link *send_when_done;   /* gets another buffer when one ends well */

static void receive(void *user, uint8_t pb, const uint8_t *data, size_t len)
{
	ck_abort_msg("no data came");
}

static void send(struct qb_acl_link *link, char name, uint16_t sdu_len);

static void done(struct qb_buf *buf, uint8_t status)
{
	struct qb_acl_link *detach = detach_when_done, *again = send_when_done;

	ck_assert_uint_lt(n_ended + 4, sizeof(ended));
	n_ended += (size_t)sprintf(ended + n_ended, "%c%x ", *(char *)buf->user, status);
	detach_when_done = NULL;
	if (detach)
		qb_acl_detach(detach, QB_HCI_E_LOCAL_TERMINATED);
	if (again) {
		send_when_done = NULL;
		send(again, 'z', 1);
	}
}

/* A buffer that is named by a letter and filled with it. */
static void send(struct qb_acl_link *link, char name, uint16_t sdu_len)
{
	static char names[128];
	struct qb_buf *buf = qb_buf_new(&s.pool);

	ck_assert_ptr_nonnull(buf);
	names[(int)name] = name;
	buf->done = done;
	buf->user = &names[(int)name];
	memset(qb_buf_sdu(buf) - 4, name, sdu_len + 4u);
	buf->end = QB_BUF_HEADROOM + sdu_len;
	qb_acl_queue(link, buf);
}

static void takes_ended(const char *what)
{
	ck_assert_str_eq(ended, what);
	ended[0] = 0;
	n_ended = 0;
}

static void begin(uint16_t mtu, unsigned count)
{
	script_init(&s);
	qb_acl_set_buffers(&s.hci, mtu, count);
}

START_TEST(a_short_pdu_is_one_fragment)
{
	struct qb_acl_link link;

	begin(27, 2);
	qb_acl_attach(&s.hci, &link, 0x040, receive, NULL);
	send(&link, 'a', 3);
	script_takes(&s, "02 40 00 07 00 61 61 61 61 61 61 61");
	takes_ended("");
	ck_assert_uint_eq(s.hci.acl.credits, 1);
	script_gives(&s, "04 13 05 01 40 00 01 00");
	takes_ended("a0 ");
	ck_assert_uint_eq(s.hci.acl.credits, 2);
	qb_acl_detach(&link, QB_HCI_E_REMOTE_TERMINATED);
	script_done(&s);
}
END_TEST

START_TEST(a_long_pdu_continues)
{
	struct qb_acl_link link;

	begin(5, 8);
	qb_acl_attach(&s.hci, &link, 0xeff, receive, NULL);
	send(&link, 'a', 7);
	script_takes(&s, "02 ff 0e 05 00 61 61 61 61 61");
	script_takes(&s, "02 ff 1e 05 00 61 61 61 61 61");
	script_takes(&s, "02 ff 1e 01 00 61");
	ck_assert_uint_eq(link.in_flight, 3);
	script_gives(&s, "04 13 05 01 ff 0e 02 00");
	takes_ended("");
	script_gives(&s, "04 13 05 01 ff 0e 01 00");
	takes_ended("a0 ");
	qb_acl_detach(&link, QB_HCI_E_REMOTE_TERMINATED);
	script_done(&s);
}
END_TEST

START_TEST(nothing_goes_before_the_controller_told_its_buffers)
{
	struct qb_acl_link link;

	script_init(&s);
	qb_acl_attach(&s.hci, &link, 1, receive, NULL);
	send(&link, 'a', 1);
	send(&link, 'b', 1);
	qb_acl_set_buffers(&s.hci, 27, 0);
	script_takes_nothing(&s);
	qb_acl_set_buffers(&s.hci, 27, 1);
	script_takes(&s, "02 01 00 05 00 61 61 61 61 61");
	script_takes_nothing(&s);
	script_gives(&s, "04 13 05 01 01 00 01 00");
	script_takes(&s, "02 01 00 05 00 62 62 62 62 62");
	/* It finds out that it has more: what it holds already is counted. */
	qb_acl_set_buffers(&s.hci, 27, 3);
	ck_assert_uint_eq(s.hci.acl.credits, 2);
	qb_acl_detach(&link, QB_HCI_E_REMOTE_TERMINATED);
	ck_assert_uint_eq(s.hci.acl.credits, 3);
	script_done(&s);
}
END_TEST

/* Whatever one has queued before, links take turns, fragment by fragment. */
START_TEST(links_take_turns)
{
	struct qb_acl_link busy, other, idle;

	begin(5, 1);
	qb_acl_attach(&s.hci, &busy, 1, receive, NULL);
	qb_acl_attach(&s.hci, &other, 2, receive, NULL);
	qb_acl_attach(&s.hci, &idle, 3, receive, NULL);
	for (int i = 0; i < 10; i++)
		send(&busy, 'a', 6);
	send(&other, 'b', 6);
	send(&other, 'c', 1);
	script_takes(&s, "02 01 00 05 00 61 61 61 61 61");
	script_gives(&s, "04 13 05 01 01 00 01 00");
	script_takes(&s, "02 01 10 05 00 61 61 61 61 61");
	script_gives(&s, "04 13 05 01 01 00 01 00");
	script_takes(&s, "02 02 00 05 00 62 62 62 62 62");
	script_gives(&s, "04 13 05 01 02 00 01 00");
	script_takes(&s, "02 01 00 05 00 61 61 61 61 61");
	script_gives(&s, "04 13 05 01 01 00 01 00");
	script_takes(&s, "02 02 10 05 00 62 62 62 62 62");
	script_gives(&s, "04 13 05 01 02 00 01 00");
	script_takes(&s, "02 01 10 05 00 61 61 61 61 61");
	script_gives(&s, "04 13 05 01 01 00 01 00");
	script_takes(&s, "02 02 00 05 00 63 63 63 63 63");
	takes_ended("a0 b0 a0 ");
	qb_acl_detach(&busy, 8);
	takes_ended("a8 a8 a8 a8 a8 a8 a8 a8 ");
	qb_acl_detach(&other, 8);
	qb_acl_detach(&idle, 8);
	takes_ended("c8 ");
	script_done(&s);
}
END_TEST

START_TEST(two_busy_links_get_the_same)
{
	struct qb_acl_link link[2];
	unsigned sent[2] = {0, 0};

	begin(27, 3);
	qb_acl_attach(&s.hci, &link[0], 1, receive, NULL);
	qb_acl_attach(&s.hci, &link[1], 2, receive, NULL);
	for (int i = 0; i < 100; i++)
		send(&link[0], 'a', 100);
	for (int i = 0; i < 100; i++)
		send(&link[1], 'b', 3);
	for (int turn = 0; turn < 60; turn++) {
		uint8_t nocp[] = {0x04, 0x13, 5, 1, s.sent[s.first].b[1], 0, 1, 0};

		ck_assert_uint_gt(s.n, 0);
		sent[nocp[4] - 1]++;
		s.n--;
		s.first++;
		script_gives_octets(&s, nocp, sizeof(nocp));
	}
	/* The first one had its three before the second had anything to send. */
	ck_assert_uint_ge(sent[1] + 4, sent[0]);
	ck_assert_uint_ge(sent[0], sent[1]);
	s.n = s.first = 0;
	qb_acl_detach(&link[0], 8);
	s.n = s.first = 0;
	qb_acl_detach(&link[1], 8);
	ck_assert_uint_eq(s.hci.acl.credits, 3);
	script_done(&s);
}
END_TEST

START_TEST(several_completions_in_one_event)
{
	struct qb_acl_link a, b;

	begin(27, 4);
	qb_acl_attach(&s.hci, &a, 1, receive, NULL);
	qb_acl_attach(&s.hci, &b, 33, receive, NULL); /* in the same bucket */
	send(&a, 'a', 1);
	send(&b, 'b', 1);
	send(&a, 'c', 1);
	script_takes(&s, "02 01 00 05 00 61 61 61 61 61");
	script_takes(&s, "02 21 00 05 00 62 62 62 62 62");
	script_takes(&s, "02 01 00 05 00 63 63 63 63 63");
	script_gives(&s, "04 13 09 02 21 00 01 00 01 00 02 00");
	takes_ended("b0 a0 c0 ");
	ck_assert_uint_eq(s.hci.acl.credits, 4);
	qb_acl_detach(&a, 8);
	qb_acl_detach(&b, 8);
	script_done(&s);
}
END_TEST

/* testing.md: Number Of Completed Packets too high or for an unknown handle. */
START_TEST(a_lying_controller_gains_nothing)
{
	struct qb_acl_link a, b;

	begin(27, 2);
	qb_acl_attach(&s.hci, &a, 1, receive, NULL);
	qb_acl_attach(&s.hci, &b, 2, receive, NULL);
	send(&a, 'a', 1);
	send(&b, 'b', 1);
	send(&b, 'c', 1);
	script_takes(&s, "02 01 00 05 00 61 61 61 61 61");
	script_takes(&s, "02 02 00 05 00 62 62 62 62 62");
	script_gives(&s, "04 13 05 01 77 00 01 00");
	script_gives(&s, "04 13 01 ff");
	script_gives(&s, "04 13 04 01 01 00 01");
	script_gives(&s, "04 13 05 00 01 00 01 00");
	script_gives(&s, "04 13 05 01 01 00 00 00");
	takes_ended("");
	ck_assert_uint_eq(s.hci.acl.credits, 0);
	script_takes_nothing(&s);
	/* It says nine handles and gives one, and ffff fragments of the one that it had. */
	script_gives(&s, "04 13 05 09 01 00 ff ff");
	takes_ended("a0 ");
	script_takes(&s, "02 02 00 05 00 63 63 63 63 63");
	script_gives(&s, "04 13 05 01 01 00 01 00");
	ck_assert_uint_eq(s.hci.acl.credits, 0);
	script_gives(&s, "04 13 05 01 02 00 02 00");
	takes_ended("b0 c0 ");
	ck_assert_uint_eq(s.hci.acl.credits, 2);
	qb_acl_detach(&a, 8);
	qb_acl_detach(&b, 8);
	script_done(&s);
}
END_TEST

START_TEST(what_a_dead_link_held_goes_to_the_others)
{
	struct qb_acl_link a, b;

	begin(5, 2);
	qb_acl_attach(&s.hci, &a, 1, receive, NULL);
	qb_acl_attach(&s.hci, &b, 2, receive, NULL);
	send(&a, 'a', 1);
	send(&a, 'b', 6);
	send(&a, 'c', 1);
	send(&b, 'd', 1);
	script_takes(&s, "02 01 00 05 00 61 61 61 61 61");
	script_takes(&s, "02 01 00 05 00 62 62 62 62 62");
	qb_acl_detach(&a, 0x13);
	takes_ended("a13 b13 c13 ");
	script_takes(&s, "02 02 00 05 00 64 64 64 64 64");
	/* What the controller still says of it is no news. */
	script_gives(&s, "04 13 05 01 01 00 02 00");
	ck_assert_uint_eq(s.hci.acl.credits, 1);
	qb_acl_detach(&a, 0x13);
	send(&a, 'e', 1);
	takes_ended("e2 ");
	qb_acl_detach(&b, 8);
	takes_ended("d8 ");
	script_done(&s);
}
END_TEST

/* The host gives up waiting for the end of a link; the controller is still busy with its data. */
START_TEST(what_a_link_ended_by_force_holds_is_not_lent_twice)
{
	struct qb_acl_link a, b;

	begin(27, 2);
	qb_acl_attach(&s.hci, &a, 1, receive, NULL);
	qb_acl_attach(&s.hci, &b, 2, receive, NULL);
	send(&a, 'a', 1);
	send(&a, 'b', 1);
	send(&b, 'c', 1);
	a.forced = true;
	qb_acl_detach(&a, 0x16);
	takes_ended("a16 b16 ");
	ck_assert_uint_eq(s.hci.acl.credits, 0);
	ck_assert_uint_eq(b.in_flight, 0);
	/* It gives one buffer back by itself, and the rest with the connection. */
	script_gives(&s, "04 13 05 01 01 00 01 00");
	ck_assert_uint_eq(b.in_flight, 1);
	qb_acl_disconnected(&s.hci, 1);
	qb_acl_disconnected(&s.hci, 1);
	ck_assert_uint_eq(s.hci.acl.credits, 1);
	qb_acl_detach(&b, 8);
	takes_ended("c8 ");
	ck_assert_uint_eq(s.hci.acl.credits, 2);
	s.n = s.first = 0;
	script_done(&s);
}
END_TEST

/* Of such a link, too, no more is taken back than was given. */
START_TEST(a_lying_controller_gains_nothing_by_a_link_ended_by_force)
{
	struct qb_acl_link a, b;

	begin(27, 4);
	qb_acl_attach(&s.hci, &a, 1, receive, NULL);
	qb_acl_attach(&s.hci, &b, 2, receive, NULL);
	send(&a, 'a', 1);
	send(&b, 'b', 1);
	send(&b, 'c', 1);
	a.forced = true;
	qb_acl_detach(&a, 0x16);
	ck_assert_uint_eq(s.hci.acl.credits, 1);
	script_gives(&s, "04 13 05 01 01 00 03 00");
	ck_assert_uint_eq(s.hci.acl.credits, 2);
	qb_acl_disconnected(&s.hci, 1);
	ck_assert_uint_eq(s.hci.acl.credits, 2);
	qb_acl_detach(&b, 8);
	ck_assert_uint_eq(s.hci.acl.credits, 4);
	takes_ended("a16 b8 c8 ");
	s.n = s.first = 0;
	script_done(&s);
}
END_TEST

START_TEST(ending_a_link_from_its_own_completion)
{
	struct qb_acl_link link;

	begin(27, 2);
	qb_acl_attach(&s.hci, &link, 1, receive, NULL);
	for (char c = 'a'; c <= 'd'; c++)
		send(&link, c, 1);
	s.n = s.first = 0;
	detach_when_done = &link;
	script_gives(&s, "04 13 05 01 01 00 02 00");
	/* b was completed too, before the link ended. */
	takes_ended("a0 b0 c16 d16 ");
	ck_assert_uint_eq(s.hci.acl.credits, 2);
	s.n = s.first = 0;
	script_done(&s);
}
END_TEST

START_TEST(sending_from_a_completion)
{
	struct qb_acl_link a, b;

	begin(27, 1);
	qb_acl_attach(&s.hci, &a, 1, receive, NULL);
	qb_acl_attach(&s.hci, &b, 2, receive, NULL);
	send(&a, 'a', 1);
	send_when_done = &a;
	script_takes(&s, "02 01 00 05 00 61 61 61 61 61");
	script_gives(&s, "04 13 05 01 01 00 01 00");
	script_takes(&s, "02 01 00 05 00 7a 7a 7a 7a 7a");
	/* And from the end of a link, to another one and to itself. */
	send_when_done = &b;
	qb_acl_detach(&a, 8);
	script_takes(&s, "02 02 00 05 00 7a 7a 7a 7a 7a");
	send_when_done = &b;
	qb_acl_detach(&b, 9);
	takes_ended("a0 z8 z9 z2 ");
	script_done(&s);
}
END_TEST

START_TEST(no_credit_leaks_in_a_thousand_disconnects)
{
	struct qb_acl_link steady;

	begin(27, 5);
	qb_acl_attach(&s.hci, &steady, 7, receive, NULL);
	for (int i = 0; i < 1000; i++) {
		struct qb_acl_link link;

		qb_acl_attach(&s.hci, &link, (uint16_t)(8 + i % 64), receive, NULL);
		send(&link, 'a', (uint16_t)(i % 100));
		send(&link, 'b', (uint16_t)(i * 7 % 500));
		send(&steady, 'c', 1);
		if (i % 3 == 0)
			script_gives_octets(
			        &s, (uint8_t[]){4, 0x13, 5, 1, (uint8_t)(8 + i % 64), 0, 1, 0}, 8);
		qb_acl_detach(&link, 8);
		ck_assert_uint_eq(s.hci.acl.credits + steady.in_flight, 5);
		ck_assert_uint_eq(link.in_flight, 0);
		script_gives(&s, "04 13 05 01 07 00 02 00");
		s.n = s.first = 0;
		n_ended = 0;
	}
	qb_acl_detach(&steady, 8);
	ck_assert_uint_eq(s.hci.acl.credits, 5);
	script_done(&s);
}
END_TEST

START_TEST(a_dead_controller_gets_nothing)
{
	struct qb_acl_link link;

	begin(27, 5);
	qb_acl_attach(&s.hci, &link, 1, receive, NULL);
	script_gives(&s, "04 10 01 01");
	send(&link, 'a', 1);
	script_takes_nothing(&s);
	qb_hci_done(&s.hci);
	qb_acl_detach(&link, QB_HCI_E_HARDWARE_FAILURE);
	takes_ended("a3 ");
	script_done(&s);
}
END_TEST

UNIT_MAIN("acl_send", a_short_pdu_is_one_fragment, a_long_pdu_continues,
          nothing_goes_before_the_controller_told_its_buffers, links_take_turns,
          two_busy_links_get_the_same, several_completions_in_one_event,
          a_lying_controller_gains_nothing, what_a_dead_link_held_goes_to_the_others,
          ending_a_link_from_its_own_completion, sending_from_a_completion,
          what_a_link_ended_by_force_holds_is_not_lent_twice,
          a_lying_controller_gains_nothing_by_a_link_ended_by_force,
          no_credit_leaks_in_a_thousand_disconnects, a_dead_controller_gets_nothing)
