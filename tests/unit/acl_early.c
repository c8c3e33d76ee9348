/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Incoming data: to its link, or held for a link that the host has not heard of yet. */
#include <stdio.h>
#include <string.h>

#include "host/limits.h"
#include "script.h"
#include "unit.h"

static struct script s;

/* What was received: handle, flag and octets of each fragment. */
static char got[512];

static struct qb_acl_link *detach_on_data;
static bool finish_on_data;

static void receive(void *user, uint8_t pb, const uint8_t *data, size_t len)
{
	struct qb_acl_link *link = user, *detach = detach_on_data;
	size_t n = strlen(got);

	n += (size_t)snprintf(got + n, sizeof(got) - n, "%x/%u:", link->handle, pb);
	for (size_t i = 0; i < len; i++)
		n += (size_t)snprintf(got + n, sizeof(got) - n, "%02x", data[i]);
	snprintf(got + n, sizeof(got) - n, " ");
	detach_on_data = NULL;
	if (detach)
		qb_acl_detach(detach, QB_HCI_E_LOCAL_TERMINATED);
	if (finish_on_data)
		qb_hci_done(&s.hci);
}

static void takes_got(const char *what)
{
	ck_assert_str_eq(got, what);
	got[0] = 0;
}

static void attach(struct qb_acl_link *link, uint16_t handle)
{
	qb_acl_attach(&s.hci, link, handle, receive, link);
}

START_TEST(data_finds_its_link)
{
	struct qb_acl_link a, b;

	script_init(&s);
	attach(&a, 0x001);
	attach(&b, 0x021);
	script_gives(&s, "02 21 20 02 00 aa bb");
	script_gives(&s, "02 01 10 01 00 cc");
	script_gives(&s, "02 21 00 00 00");
	takes_got("21/2:aabb 1/1:cc 21/0: ");
	qb_acl_detach(&a, 8);
	qb_acl_detach(&b, 8);
	script_done(&s);
}
END_TEST

START_TEST(malformed_data_finds_nobody)
{
	struct qb_acl_link link;

	script_init(&s);
	attach(&link, 0x040);
	script_gives(&s, "02 40 20 01");
	script_gives(&s, "02 40 20 03 00 aa bb");
	script_gives(&s, "02 40 20 01 00 aa bb");
	script_gives(&s, "02 40 20 ff ff aa");
	takes_got("");
	qb_acl_detach(&link, 8);
	script_done(&s);
}
END_TEST

START_TEST(data_before_its_connection_waits)
{
	struct qb_acl_link link;

	script_init(&s);
	script_gives(&s, "02 40 20 02 00 aa bb");
	script_gives(&s, "02 40 10 01 00 cc");
	script_passes(&s, 20);
	takes_got("");
	/* Not from within: the floor above is still putting the link together. */
	attach(&link, 0x040);
	takes_got("");
	script_passes(&s, 0);
	takes_got("40/2:aabb 40/1:cc ");
	ck_assert(qb_timers_next(&s.timers) == QB_NEVER);
	qb_acl_detach(&link, 8);
	script_done(&s);
}
END_TEST

START_TEST(early_data_comes_before_later_data)
{
	struct qb_acl_link link;

	script_init(&s);
	script_gives(&s, "02 40 20 01 00 01");
	attach(&link, 0x040);
	script_gives(&s, "02 40 10 01 00 02");
	takes_got("40/2:01 40/1:02 ");
	script_passes(&s, 100);
	takes_got("");
	qb_acl_detach(&link, 8);
	script_done(&s);
}
END_TEST

START_TEST(it_does_not_wait_for_ever)
{
	struct qb_acl_link link;

	script_init(&s);
	script_gives(&s, "02 40 20 01 00 01");
	script_passes(&s, QB_EARLY_ACL_MSEC / 2);
	script_gives(&s, "02 40 20 01 00 02");
	script_passes(&s, QB_EARLY_ACL_MSEC / 2);
	ck_assert_uint_eq(s.hci.acl.early_count, 1);
	attach(&link, 0x040);
	script_passes(&s, 0);
	takes_got("40/2:02 ");
	qb_acl_detach(&link, 8);
	script_gives(&s, "02 41 20 01 00 03");
	script_passes(&s, QB_EARLY_ACL_MSEC);
	ck_assert_uint_eq(s.hci.acl.early_count, 0);
	ck_assert(qb_timers_next(&s.timers) == QB_NEVER);
	script_done(&s);
}
END_TEST

START_TEST(a_flood_for_nobody_is_cut_off)
{
	struct qb_acl_link link;

	script_init(&s);
	for (uint8_t i = 0; i < 100; i++)
		script_gives_octets(&s, (uint8_t[]){2, 0x40, 0x20, 1, 0, i}, 6);
	ck_assert_uint_eq(s.hci.acl.early_count, QB_EARLY_ACL_MAX);
	attach(&link, 0x040);
	script_passes(&s, 0);
	takes_got("40/2:00 40/2:01 40/2:02 40/2:03 40/2:04 40/2:05 40/2:06 40/2:07 ");
	qb_acl_detach(&link, 8);
	script_done(&s);
}
END_TEST

START_TEST(each_handle_gets_its_own)
{
	struct qb_acl_link a, b;

	script_init(&s);
	script_gives(&s, "02 40 20 01 00 01");
	script_gives(&s, "02 60 20 01 00 02");
	script_gives(&s, "02 40 10 01 00 03");
	attach(&a, 0x060);
	script_passes(&s, 0);
	takes_got("60/2:02 ");
	script_passes(&s, QB_EARLY_ACL_MSEC - 1);
	attach(&b, 0x040);
	script_passes(&s, 0);
	takes_got("40/2:01 40/1:03 ");
	qb_acl_detach(&a, 8);
	qb_acl_detach(&b, 8);
	script_done(&s);
}
END_TEST

START_TEST(a_link_that_ends_takes_its_early_data_along)
{
	struct qb_acl_link first, second;

	script_init(&s);
	script_gives(&s, "02 40 20 01 00 01");
	script_gives(&s, "02 40 10 01 00 02");
	attach(&first, 0x040);
	qb_acl_detach(&first, 8);
	attach(&second, 0x040);
	script_passes(&s, 0);
	takes_got("");
	qb_acl_detach(&second, 8);
	/* And in the middle of it. */
	script_gives(&s, "02 41 20 01 00 01");
	script_gives(&s, "02 41 10 01 00 02");
	attach(&first, 0x041);
	detach_on_data = &first;
	script_passes(&s, 0);
	takes_got("41/2:01 ");
	attach(&second, 0x041);
	script_passes(&s, 0);
	takes_got("");
	qb_acl_detach(&second, 8);
	script_done(&s);
}
END_TEST

START_TEST(the_host_may_stop_in_the_middle)
{
	struct qb_acl_link link;

	script_init(&s);
	script_gives(&s, "02 40 20 01 00 01");
	script_gives(&s, "02 41 20 01 00 02");
	attach(&link, 0x040);
	finish_on_data = true;
	script_gives(&s, "02 40 10 01 00 03");
	takes_got("40/2:01 ");
	ck_assert_uint_eq(s.hci.acl.early_count, 0);
	qb_acl_detach(&link, 8);
	script_done(&s);
}
END_TEST

UNIT_MAIN("acl_early", data_finds_its_link, malformed_data_finds_nobody,
          data_before_its_connection_waits, early_data_comes_before_later_data,
          it_does_not_wait_for_ever, a_flood_for_nobody_is_cut_off, each_handle_gets_its_own,
          a_link_that_ends_takes_its_early_data_along, the_host_may_stop_in_the_middle)
