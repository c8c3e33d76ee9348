/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands and their answers: credits, matching, time limits, and the end of it all. */
#include <stdlib.h>
#include <string.h>

#include "host/limits.h"
#include "script.h"
#include "unit.h"

#define RESET        "01 03 0c 00"
#define READ_ADDR    "01 09 10 00"
#define READ_VERSION "01 01 10 00"

static struct script s;

struct reply {
	unsigned calls;
	uint8_t status;
	uint8_t ret[255];
	size_t len;
	uint16_t then; /* a command to queue from within */
	bool finish;   /* ends everything from within */
	struct reply *then_reply;
};

static void note(void *user, uint8_t status, const uint8_t *ret, size_t len)
{
	struct reply *reply = user;

	reply->calls++;
	reply->status = status;
	reply->len = len;
	if (len)
		memcpy(reply->ret, ret, len);
	if (reply->then)
		qb_hci_command(&s.hci, reply->then, NULL, 0, note, reply->then_reply);
	if (reply->finish)
		qb_hci_done(&s.hci);
}

static void ask(uint16_t opcode, struct reply *reply)
{
	qb_hci_command(&s.hci, opcode, NULL, 0, note, reply);
}

START_TEST(a_command_and_its_answer)
{
	static const uint8_t mask[8] = {1, 2, 3, 4, 5, 6, 7, 8};
	struct reply addr = {0};

	script_init(&s);
	qb_hci_command(&s.hci, QB_HCI_SET_EVENT_MASK, mask, sizeof(mask), NULL, NULL);
	script_takes(&s, "01 01 0c 08 01 02 03 04 05 06 07 08");
	script_gives(&s, "04 0e 04 01 01 0c 00");
	ask(QB_HCI_READ_BD_ADDR, &addr);
	script_takes(&s, READ_ADDR);
	ck_assert_uint_eq(addr.calls, 0);
	script_gives(&s, "04 0e 0a 01 09 10 00 06 05 04 03 02 01");
	ck_assert_uint_eq(addr.calls, 1);
	ck_assert_uint_eq(addr.status, 0);
	ck_assert_uint_eq(addr.len, 7);
	ck_assert_mem_eq(addr.ret, "\0\6\5\4\3\2\1", 7);
	ck_assert_uint_eq(s.hci.commands, 2);
	ck_assert_uint_eq(s.events, 0);
	script_done(&s);
}
END_TEST

START_TEST(one_at_a_time_until_the_controller_says_more)
{
	struct reply r[5] = {{0}};

	script_init(&s);
	ask(QB_HCI_READ_BD_ADDR, &r[0]);
	ask(QB_HCI_READ_LOCAL_VERSION, &r[1]);
	ask(QB_HCI_READ_BD_ADDR, &r[2]);
	ask(QB_HCI_READ_LOCAL_VERSION, &r[3]);
	ask(QB_HCI_READ_RSSI, &r[4]);
	script_takes(&s, READ_ADDR);
	script_takes_nothing(&s);
	script_gives(&s, "04 0e 04 02 09 10 00");
	ck_assert_uint_eq(r[0].calls, 1);
	script_takes(&s, READ_VERSION);
	script_takes(&s, READ_ADDR);
	script_takes_nothing(&s);
	/* It made room for two when one was still on its way to it: that is room for one. */
	script_gives(&s, "04 0e 04 02 01 10 00");
	script_takes(&s, READ_VERSION);
	script_takes_nothing(&s);
	script_gives(&s, "04 0e 04 01 09 10 0c");
	script_takes_nothing(&s);
	script_gives(&s, "04 0e 04 02 01 10 00");
	script_takes(&s, "01 05 14 00");
	script_gives(&s, "04 0e 04 02 05 14 00");
	ck_assert_uint_eq(r[1].calls, 1);
	ck_assert_uint_eq(r[2].calls, 1);
	ck_assert_uint_eq(r[2].status, QB_HCI_E_DISALLOWED);
	ck_assert_uint_eq(r[3].calls, 1);
	ck_assert_uint_eq(r[4].calls, 1);
	script_done(&s);
}
END_TEST

START_TEST(a_status_ends_a_command_too)
{
	struct reply good = {0}, bad = {0};

	script_init(&s);
	ask(QB_HCI_LE_READ_REMOTE_FEATURES, &good);
	script_takes(&s, "01 16 20 00");
	script_gives(&s, "04 0f 04 00 01 16 20");
	ck_assert_uint_eq(good.calls, 1);
	ck_assert_uint_eq(good.status, 0);
	ck_assert_uint_eq(good.len, 0);
	ask(QB_HCI_LE_READ_REMOTE_FEATURES, &bad);
	script_takes(&s, "01 16 20 00");
	script_gives(&s, "04 0f 04 02 01 16 20");
	ck_assert_uint_eq(bad.calls, 1);
	ck_assert_uint_eq(bad.status, QB_HCI_E_UNKNOWN_CONN);
	script_done(&s);
}
END_TEST

START_TEST(no_room_until_an_event_without_a_command_gives_some)
{
	struct reply r[2] = {{0}};

	script_init(&s);
	ask(QB_HCI_READ_BD_ADDR, &r[0]);
	ask(QB_HCI_READ_LOCAL_VERSION, &r[1]);
	script_takes(&s, READ_ADDR);
	script_gives(&s, "04 0e 04 00 09 10 00");
	ck_assert_uint_eq(r[0].calls, 1);
	script_passes(&s, 1500);
	script_takes_nothing(&s);
	script_gives(&s, "04 0e 03 01 00 00");
	script_takes(&s, READ_VERSION);
	script_gives(&s, "04 0f 04 00 00 00 00");
	script_gives(&s, "04 0e 04 01 01 10 00");
	ck_assert_uint_eq(r[1].calls, 1);
	ck_assert_uint_eq(s.failures, 0);
	script_done(&s);
}
END_TEST

START_TEST(no_room_for_ever_is_a_failure)
{
	struct reply r[2] = {{0}};

	script_init(&s);
	ask(QB_HCI_READ_BD_ADDR, &r[0]);
	ask(QB_HCI_READ_LOCAL_VERSION, &r[1]);
	script_takes(&s, READ_ADDR);
	script_passes(&s, 1000);
	script_gives(&s, "04 0e 04 00 09 10 00");
	/* It goes on talking, but nothing comes of it. */
	script_passes(&s, 1999);
	script_gives(&s, "04 0e 03 00 00 00");
	ck_assert_uint_eq(s.failures, 0);
	script_passes(&s, 1);
	ck_assert_uint_eq(s.failures, 1);
	ck_assert_uint_eq(r[1].calls, 0);
	qb_hci_done(&s.hci);
	ck_assert_uint_eq(r[1].status, QB_HCI_ABORTED);
	script_done(&s);
}
END_TEST

START_TEST(reset_has_the_controller_for_itself)
{
	struct reply r[4] = {{0}};

	script_init(&s);
	script_gives(&s, "04 0e 03 04 00 00");
	ask(QB_HCI_READ_BD_ADDR, &r[0]);
	ask(QB_HCI_RESET, &r[1]);
	ask(QB_HCI_READ_LOCAL_VERSION, &r[2]);
	script_takes(&s, READ_ADDR);
	script_takes_nothing(&s);
	script_gives(&s, "04 0e 04 04 09 10 00");
	script_takes(&s, RESET);
	script_takes_nothing(&s);
	script_gives(&s, "04 0e 04 04 03 0c 00");
	script_takes(&s, READ_VERSION);
	script_gives(&s, "04 0e 04 04 01 10 00");
	ck_assert_uint_eq(r[2].calls, 1);
	script_done(&s);
}
END_TEST

START_TEST(answers_that_nobody_asked_for_are_ignored)
{
	struct reply addr = {0};

	script_init(&s);
	script_gives(&s, "04 0e 04 01 03 0c 00");
	ask(QB_HCI_READ_BD_ADDR, &addr);
	script_takes(&s, READ_ADDR);
	script_gives(&s, "04 0e 04 01 01 10 00");
	script_gives(&s, "04 0f 04 0c 01 03 0c");
	ck_assert_uint_eq(addr.calls, 0);
	script_gives(&s, "04 0e 04 01 09 10 00");
	script_gives(&s, "04 0e 04 01 09 10 0c");
	ck_assert_uint_eq(addr.calls, 1);
	ck_assert_uint_eq(addr.status, 0);
	ck_assert_uint_eq(s.events, 0);
	script_done(&s);
}
END_TEST

START_TEST(a_short_command_complete_is_an_answer)
{
	struct reply none = {0}, status = {0};

	script_init(&s);
	ask(QB_HCI_READ_BD_ADDR, &none);
	script_takes(&s, READ_ADDR);
	script_gives(&s, "04 0e 03 01 09 10");
	ck_assert_uint_eq(none.calls, 1);
	ck_assert_uint_eq(none.status, QB_HCI_E_UNSPECIFIED);
	ck_assert_uint_eq(none.len, 0);
	/* What btvirt says to LE Remote Connection Parameter Request Reply. */
	ask(QB_HCI_LE_CONN_PARAM_REPLY, &status);
	script_takes(&s, "01 20 20 00");
	script_gives(&s, "04 0e 04 01 20 20 00");
	ck_assert_uint_eq(status.calls, 1);
	ck_assert_uint_eq(status.status, 0);
	ck_assert_uint_eq(status.len, 1);
	script_done(&s);
}
END_TEST

START_TEST(malformed_packets_are_dropped)
{
	static const char *const packets[] = {
	        "04",
	        "04 0e",
	        "04 0e 04",
	        "04 0e 04 01 09 10",       /* less than it says */
	        "04 0e 04 01 09 10 00 00", /* more than it says */
	        "04 0e 02 01 09",
	        "04 0e 00",
	        "04 0f 03 00 01 09",
	        "04 10 00",
	        "04 13 00",
	        "02",
	        "02 40 20",
	        "02 40 20 05 00 01",
	        "03 40 00 01 00",
	        "05 40 00 01 00 00",
	        "01 03 0c 00",
	        "09 09 09 09",
	};
	struct reply addr = {0};

	script_init(&s);
	ask(QB_HCI_READ_BD_ADDR, &addr);
	script_takes(&s, READ_ADDR);
	for (size_t i = 0; i < sizeof(packets) / sizeof(packets[0]); i++)
		script_gives(&s, packets[i]);
	script_gives_octets(&s, NULL, 0);
	ck_assert_uint_eq(addr.calls, 0);
	ck_assert_uint_eq(s.events, 0);
	ck_assert_uint_eq(s.failures, 0);
	script_gives(&s, "04 0e 04 01 09 10 00");
	ck_assert_uint_eq(addr.calls, 1);
	script_done(&s);
}
END_TEST

START_TEST(other_events_go_up_as_they_are)
{
	script_init(&s);
	script_gives(&s, "04 05 04 00 40 00 13");
	ck_assert_uint_eq(s.events, 1);
	ck_assert_uint_eq(s.event_code, QB_HCI_EV_DISCONNECT_COMPLETE);
	ck_assert_uint_eq(s.event_len, 4);
	ck_assert_mem_eq(s.event, "\x00\x40\x00\x13", 4);
	script_gives(&s, "04 3e 02 11 22");
	ck_assert_uint_eq(s.events, 2);
	ck_assert_uint_eq(s.event_code, QB_HCI_EV_LE_META);
	ck_assert_uint_eq(s.event[0], 0x11);
	script_gives(&s, "04 ff 00");
	ck_assert_uint_eq(s.events, 3);
	ck_assert_uint_eq(s.event_len, 0);
	script_done(&s);
}
END_TEST

START_TEST(each_command_has_two_seconds)
{
	struct reply r[2] = {{0}};

	script_init(&s);
	script_gives(&s, "04 0e 03 02 00 00");
	ask(QB_HCI_READ_BD_ADDR, &r[0]);
	script_passes(&s, 1500);
	ask(QB_HCI_READ_LOCAL_VERSION, &r[1]);
	script_takes(&s, READ_ADDR);
	script_takes(&s, READ_VERSION);
	script_passes(&s, 499);
	script_gives(&s, "04 0e 04 02 09 10 00");
	script_passes(&s, 1500);
	ck_assert_uint_eq(s.failures, 0);
	script_passes(&s, 1);
	ck_assert_uint_eq(s.failures, 1);
	ck_assert_str_eq(s.why, "no answer to HCI command 0x1001");
	/* Nothing follows. */
	script_gives(&s, "04 0e 04 02 01 10 00");
	script_gives(&s, "04 05 04 00 40 00 13");
	ck_assert_uint_eq(r[1].calls, 0);
	ck_assert_uint_eq(s.events, 0);
	script_passes(&s, 10000);
	ck_assert_uint_eq(s.failures, 1);
	qb_hci_done(&s.hci);
	ck_assert_uint_eq(r[1].calls, 1);
	ck_assert_uint_eq(r[1].status, QB_HCI_ABORTED);
	script_done(&s);
}
END_TEST

static void finish(struct script *script)
{
	if (script->failures)
		qb_hci_done(&script->hci);
}

START_TEST(a_hardware_error_ends_everything)
{
	struct reply r[2] = {{0}}, late = {0};

	script_init(&s);
	s.hook = finish;
	ask(QB_HCI_READ_BD_ADDR, &r[0]);
	ask(QB_HCI_READ_LOCAL_VERSION, &r[1]);
	script_takes(&s, READ_ADDR);
	script_gives(&s, "04 10 01 42");
	ck_assert_uint_eq(s.failures, 1);
	ck_assert_str_eq(s.why, "hardware error 0x42");
	for (int i = 0; i < 2; i++) {
		ck_assert_uint_eq(r[i].calls, 1);
		ck_assert_uint_eq(r[i].status, QB_HCI_ABORTED);
	}
	ask(QB_HCI_RESET, &late);
	qb_hci_command(&s.hci, QB_HCI_RESET, NULL, 0, NULL, NULL);
	ck_assert_uint_eq(late.calls, 1);
	ck_assert_uint_eq(late.status, QB_HCI_ABORTED);
	script_done(&s);
}
END_TEST

START_TEST(an_answer_may_ask_again)
{
	struct reply second = {0},
	             first = {.then = QB_HCI_READ_LOCAL_VERSION, .then_reply = &second};

	script_init(&s);
	ask(QB_HCI_READ_BD_ADDR, &first);
	script_takes(&s, READ_ADDR);
	script_gives(&s, "04 0e 04 01 09 10 00");
	script_takes(&s, READ_VERSION);
	script_gives(&s, "04 0e 04 01 01 10 00");
	ck_assert_uint_eq(second.calls, 1);
	script_done(&s);
}
END_TEST

START_TEST(an_answer_may_end_everything)
{
	struct reply first = {.finish = true}, late = {0},
	             second = {.finish = true, .then = QB_HCI_RESET, .then_reply = &late};

	script_init(&s);
	ask(QB_HCI_READ_BD_ADDR, &first);
	ask(QB_HCI_READ_LOCAL_VERSION, &second);
	script_takes(&s, READ_ADDR);
	script_gives(&s, "04 0e 04 00 09 10 00");
	ck_assert_uint_eq(first.calls, 1);
	ck_assert_uint_eq(first.status, 0);
	ck_assert_uint_eq(second.calls, 1);
	ck_assert_uint_eq(second.status, QB_HCI_ABORTED);
	ck_assert_uint_eq(late.status, QB_HCI_ABORTED);
	script_done(&s);
}
END_TEST

START_TEST(the_queue_has_an_end)
{
	static struct reply r[QB_HCI_QUEUE_MAX + 2];

	script_init(&s);
	for (int i = 0; i < QB_HCI_QUEUE_MAX + 2; i++)
		ask(QB_HCI_READ_BD_ADDR, &r[i]);
	script_takes(&s, READ_ADDR);
	ck_assert_uint_eq(r[QB_HCI_QUEUE_MAX].calls, 0);
	ck_assert_uint_eq(r[QB_HCI_QUEUE_MAX + 1].calls, 1);
	ck_assert_uint_eq(r[QB_HCI_QUEUE_MAX + 1].status, QB_HCI_E_MEMORY_EXCEEDED);
	for (int i = 0; i <= QB_HCI_QUEUE_MAX; i++) {
		script_gives(&s, "04 0e 04 01 09 10 00");
		ck_assert_uint_eq(r[i].calls, 1);
		if (i < QB_HCI_QUEUE_MAX)
			script_takes(&s, READ_ADDR);
	}
	ck_assert_uint_eq(s.hci.commands, QB_HCI_QUEUE_MAX + 1);
	script_done(&s);
}
END_TEST

UNIT_MAIN("hci_command", a_command_and_its_answer, one_at_a_time_until_the_controller_says_more,
          a_status_ends_a_command_too, no_room_until_an_event_without_a_command_gives_some,
          no_room_for_ever_is_a_failure, reset_has_the_controller_for_itself,
          answers_that_nobody_asked_for_are_ignored, a_short_command_complete_is_an_answer,
          malformed_packets_are_dropped, other_events_go_up_as_they_are,
          each_command_has_two_seconds, a_hardware_error_ends_everything, an_answer_may_ask_again,
          an_answer_may_end_everything, the_queue_has_an_end)
