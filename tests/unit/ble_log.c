/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The numbered log: what a caller who was away sees of what happened. */
#include "ble/log.h"

#include <stdio.h>
#include <string.h>

#include "unit.h"

/* What a read brought: "1:19=ab/name 2:…". */
static char got[4096];

static void on_event(void *user, uint64_t seq, const struct qb_event *event)
{
	size_t n = strlen(got);

	snprintf(got + n, sizeof(got) - n, "%s%llu:%u=%.*s/%s", n ? " " : "",
	         (unsigned long long)seq, event->id, (int)event->len, (const char *)event->data,
	         event->name ? event->name : "-");
}

static uint64_t look(struct qb_event_log *log, uint64_t since, unsigned max)
{
	got[0] = '\0';
	return qb_event_log_read(log, since, max, on_event, NULL);
}

static uint64_t add(struct qb_event_log *log, uint8_t id, const char *data, const char *name)
{
	char d[64], n[64];
	struct qb_event event = {.id = id, .data = (uint8_t *)d, .len = strlen(data)};

	/* From memory that does not last. */
	snprintf(d, sizeof(d), "%s", data);
	if (name) {
		snprintf(n, sizeof(n), "%s", name);
		event.name = n;
	}
	return qb_event_log_add(log, &event);
}

START_TEST(events_are_numbered_from_one)
{
	struct qb_event_log *log = qb_event_log_new(4);

	ck_assert_uint_eq(qb_event_log_next(log), 1);
	ck_assert_uint_eq(look(log, 0, 10), 1);
	ck_assert_str_eq(got, "");
	ck_assert_uint_eq(add(log, 19, "ab", "qble"), 1);
	ck_assert_uint_eq(add(log, 16, "", NULL), 2);
	ck_assert_uint_eq(look(log, 0, 10), 3);
	ck_assert_str_eq(got, "1:19=ab/qble 2:16=/-");
	ck_assert_uint_eq(look(log, 2, 10), 3);
	ck_assert_str_eq(got, "2:16=/-");
	ck_assert_uint_eq(look(log, 3, 10), 3);
	ck_assert_str_eq(got, "");
	ck_assert_uint_eq(look(log, 1, 1), 2);
	ck_assert_str_eq(got, "1:19=ab/qble");
	qb_event_log_free(log);
}
END_TEST

START_TEST(the_oldest_go_first)
{
	struct qb_event_log *log = qb_event_log_new(3);

	for (int i = 0; i < 5; i++) {
		char data[2] = {(char)('a' + i)};

		add(log, 32, data, NULL);
	}
	ck_assert_uint_eq(look(log, 0, 10), 6);
	ck_assert_str_eq(got, "3:32=c/- 4:32=d/- 5:32=e/-");
	ck_assert_uint_eq(look(log, 1, 2), 5);
	ck_assert_str_eq(got, "3:32=c/- 4:32=d/-");
	ck_assert_uint_eq(look(log, 77, 10), 6);
	ck_assert_uint_eq(look(log, UINT64_MAX, 10), 6);
	ck_assert_str_eq(got, "");
	qb_event_log_free(log);
}
END_TEST

/* A slot that held a long event holds a short one, and the other way about. */
START_TEST(slots_are_used_again)
{
	struct qb_event_log *log = qb_event_log_new(1);

	add(log, 32, "a", "b");
	add(log, 32, "a much longer value than before", "and name");
	look(log, 0, 1);
	ck_assert_str_eq(got, "2:32=a much longer value than before/and name");
	add(log, 25, "", NULL);
	look(log, 0, 1);
	ck_assert_str_eq(got, "3:25=/-");
	qb_event_log_free(log);
	qb_event_log_free(NULL);
}
END_TEST

UNIT_MAIN("ble_log", events_are_numbered_from_one, the_oldest_go_first, slots_are_used_again)
