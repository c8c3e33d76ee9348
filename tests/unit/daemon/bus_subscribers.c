/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Subscribe: events as signals to one caller, complete, numbered, from whichever on. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "ble/event.h"
#include "bus_bed.h"

/* What a caller has got, without a match: the last one as text. */
struct ear {
	unsigned n;
	char last[1024];
};

static int on_message(sd_bus_message *m, void *user, sd_bus_error *error)
{
	struct ear *ear = user;

	if (!sd_bus_message_is_signal(m, QB_BUS_EXTENDED, "Event"))
		return 0;
	ear->n++;
	bed_show(m, ear->last, sizeof(ear->last));
	return 0;
}

static void listen(sd_bus *bus, struct ear *ear)
{
	*ear = (struct ear){0};
	ck_assert_int_ge(sd_bus_add_filter(bus, NULL, on_message, ear), 0);
}

static const char *subscribe(uint64_t since)
{
	return bed_call(QB_BUS_EXTENDED, "Subscribe", "t", since);
}

/* Event number n has the status n. */
static void emit(unsigned first, unsigned last)
{
	for (unsigned n = first; n <= last; n++) {
		struct qb_event event = {.id = 25, .status = (int32_t)n, .connect_id = 3};

		qb_bus_event(bed_bus, &event);
	}
}

static const struct {
	struct qb_event event;
	const char *said;
} rows[] = {
        {{.id = 0, .status = 3, .connect_id = QB_NO_CONNECTION}, "4294967295, (0, 3), {}"},
        {{.id = 16, .u = {2}, .connect_id = 2, .role = 1, .addr = {1, {6, 5, 4, 3, 2, 0xc1}}},
         "2, (16, 0, 2, <c1 02 03 04 05 06>), {role: 'peripheral', addr_type: 1}"},
        {{.id = 17, .u = {2}, .connect_id = 2, .reason = 0x13},
         "2, (17, 0, 2, <00 00 00 00 00 00>), {role: 'central', addr_type: 0, reason: 19, "
         "reason_text: 'Remote User Terminated Connection (0x13)'}"},
        {{.id = 23, .connect_id = 1, .data = (const uint8_t[]){3, 0, 0xaa}, .len = 3, .handle = 3},
         "1, (23, 0, 3, <03 00 aa>), {}"},
        {{.id = 25, .status = 22, .call = "SendIndication", .handle = 3},
         "0, (25, 22), {call: 'SendIndication', handle: 3}"},
        {{.id = 27, .u = {1, 9, 0x0100}, .uuid = {{7}}},
         "0, (27, 0, 1, 9, 256), {uuid: '00000000-0000-0000-0000-000000000007'}"},
        {{.id = 37, .u = {0x0a}, .call = "ReadCharaByUUID"},
         "0, (37, 0, 10), {error_text: 'Attribute Not Found', call: 'ReadCharaByUUID'}"},
};

START_TEST(events_come_complete)
{
	struct ear ear;

	listen(bed_client, &ear);
	ck_assert_str_eq(subscribe(UINT64_MAX), "(1)");
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char want[1024];

		qb_bus_event(bed_bus, &rows[i].event);
		bed_until(&ear.n, i + 1);
		snprintf(want, sizeof(want), "(%u, %s)", i + 1, rows[i].said);
		ck_assert_str_eq(ear.last, want);
	}
}
END_TEST

START_TEST(every_event)
{
	struct ear ear;
	unsigned n = 0;

	listen(bed_client, &ear);
	subscribe(UINT64_MAX);
	for (const struct qb_event_def *def = qb_events; def->signal; def++) {
		char want[32];

		qb_bus_event(bed_bus, &(struct qb_event){.id = def->id});
		bed_until(&ear.n, ++n);
		snprintf(want, sizeof(want), "(%u, 0, (%u, 0", n, def->id);
		ck_assert_int_eq(strncmp(ear.last, want, strlen(want)), 0);
	}
	ck_assert_uint_eq(n, 24);
}
END_TEST

START_TEST(only_who_asked_and_only_once)
{
	sd_bus *other = bed_client_new();
	struct ear ear, others;

	listen(bed_client, &ear);
	listen(other, &others);
	subscribe(UINT64_MAX);
	ck_assert_str_eq(subscribe(UINT64_MAX), "(1)");
	emit(1, 2);
	bed_until(&ear.n, 2);
	/* The answer comes behind all that was sent before it. */
	bed_call_async(other, QB_BUS_INTERFACE, "Plain", "");
	bed_until(&bed_answers, 3);
	ck_assert_uint_eq(ear.n, 2);
	ck_assert_uint_eq(others.n, 0);
	ck_assert_str_eq(bed_call(QB_BUS_EXTENDED, "Unsubscribe", ""), "()");
	ck_assert_str_eq(bed_call(QB_BUS_EXTENDED, "Unsubscribe", ""), "()");
	emit(3, 3);
	bed_call(QB_BUS_INTERFACE, "Plain", "");
	ck_assert_uint_eq(ear.n, 2);
	sd_bus_close_unref(other);
}
END_TEST

START_TEST(from_an_older_one_on)
{
	struct ear ear;

	listen(bed_client, &ear);
	emit(1, 3);
	ck_assert_str_eq(subscribe(2), "(4)");
	emit(4, 4);
	bed_until(&ear.n, 3);
	ck_assert_str_eq(ear.last, "(4, 3, (25, 4), {})");
	emit(5, QB_EVENT_LOG_MAX + 10);
	bed_until(&ear.n, QB_EVENT_LOG_MAX + 9);
	/* All that are kept. */
	ck_assert_str_eq(subscribe(0), "(1035)");
	bed_until(&ear.n, 2 * QB_EVENT_LOG_MAX + 9);
	/* One from before a restart is ahead. */
	ck_assert_str_eq(subscribe(99999), "(1035)");
	bed_call(QB_BUS_INTERFACE, "Plain", "");
	ck_assert_uint_eq(ear.n, 2 * QB_EVENT_LOG_MAX + 9);
}
END_TEST

/* So many may; who leaves the bus makes room. */
START_TEST(subscribers)
{
	sd_bus *others[QB_SUBSCRIBERS_MAX];
	unsigned n = 0;

	for (; n < QB_SUBSCRIBERS_MAX; n++) {
		others[n] = bed_client_new();
		bed_call_async(others[n], QB_BUS_EXTENDED, "Subscribe", "t", UINT64_MAX);
	}
	bed_until(&bed_answers, n);
	ck_assert_str_eq(subscribe(1), "LimitExceeded: 64 callers have subscribed already");
	/* One that has, may again. */
	bed_call_async(others[0], QB_BUS_EXTENDED, "Subscribe", "t", UINT64_MAX);
	bed_until(&bed_answers, n + 2);
	ck_assert_str_eq(bed_answer, "(1)");
	sd_bus_close_unref(others[--n]);
	for (int i = 0; i < 100 && strncmp(bed_answer, "Limit", 5) == 0; i++)
		subscribe(1);
	ck_assert_str_eq(bed_answer, "(1)");
	while (n)
		sd_bus_close_unref(others[--n]);
}
END_TEST

/* On the next bus somebody else has the name of one who had subscribed. */
START_TEST(the_bus_goes)
{
	struct ear ear;

	subscribe(UINT64_MAX);
	bed_bus_signal(SIGKILL);
	emit(1, 1);
	sd_bus_close_unref(bed_client);
	bed_bus_up();
	bed_client = bed_client_new();
	listen(bed_client, &ear);
	for (int i = 0; i < 500 && strcmp(bed_call(QB_BUS_INTERFACE, "Plain", ""), "()"); i++)
		bed_turn(10);
	emit(2, 2);
	bed_call(QB_BUS_INTERFACE, "Plain", "");
	ck_assert_uint_eq(ear.n, 0);
	ck_assert_str_eq(subscribe(2), "(3)");
	bed_until(&ear.n, 1);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	        events_come_complete, every_event, only_who_asked_and_only_once,
	        from_an_older_one_on, subscribers, the_bus_goes};

	return unit_run_with("bus_subscribers", bed_setup, bed_teardown, tests, 6);
}
