/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ATT and GATT when memory is out: each allocation fails once, and nothing is broken by it. */
#include <errno.h>
#include <stdlib.h>

#include "att_peer.h"
#include "unit.h"

/* The code that is tested here calls these, libcheck the real ones: see meson.build. */
#undef malloc
#undef calloc
#undef realloc
void *malloc(size_t size);
void *calloc(size_t n, size_t size);
void *realloc(void *p, size_t size);

static int left = -1; /* allocations until the one that fails; negative: none does */

static bool fails(void)
{
	return left >= 0 && left-- == 0;
}

void *unit_malloc(size_t size)
{
	return fails() ? NULL : malloc(size);
}

void *unit_calloc(size_t n, size_t size)
{
	return fails() ? NULL : calloc(n, size);
}

void *unit_realloc(void *p, size_t size)
{
	return fails() ? NULL : realloc(p, size);
}

/* The next allocation fails; no buffer is spare, so that the next one must be allocated. */
static void exhaust(int after)
{
	qb_pool_done(&at.pool);
	left = after;
}

static void recover(void)
{
	left = -1;
}

START_TEST(a_database_that_cannot_be_made_is_not)
{
	left = 0;
	ck_assert_ptr_null(qb_gatt_db_new());
}
END_TEST

/*
 * The steps of filling a database: a service, an include of the one before it, a characteristic, a
 * descriptor, again and again. Returns what the call returns, and the handle that it should.
 */
static int step(unsigned i, int *ret_handle)
{
	struct qb_uuid service = qb_uuid_from_16((uint16_t)(0x3000 + i)),
	               value = qb_uuid_from_16((uint16_t)(0x4000 + i)),
	               desc = qb_uuid_from_16(0x2901);
	uint16_t handle = (uint16_t)(i / 4 * 5 + 16);

	switch (i % 4) {
	case 0: *ret_handle = handle; return qb_gatt_db_add_service(at.db, handle, true, &service);
	case 1:
		*ret_handle = handle + 1;
		return qb_gatt_db_add_include(at.db, i < 4 ? 1 : handle - 5);
	case 2:
		*ret_handle = handle + 3;
		return qb_gatt_db_add_characteristic(at.db, QB_PROP_READ, &value, QB_PERM_READ,
		                                     (const uint8_t *)"abc", 3);
	default:
		*ret_handle = handle + 4;
		return qb_gatt_db_add_descriptor(at.db, &desc, QB_PERM_READ, NULL, 0);
	}
}

#define STEPS 80

START_TEST(a_database_can_be_filled_when_there_is_memory_again)
{
	struct qb_uuid first = qb_uuid_from_16(0x1800);
	bool failed = true;
	unsigned n;

	for (n = 0; failed; n++) {
		failed = false;
		begin_empty();
		ck_assert_int_eq(qb_gatt_db_add_service(at.db, 1, true, &first), 1);
		left = (int)n;
		for (unsigned i = 0; i < STEPS; i++) {
			uint16_t last = qb_gatt_db_last(at.db);
			int handle, r = step(i, &handle);

			if (r == -ENOMEM) {
				ck_assert(!failed);
				failed = true;
				/* As if it had not been tried. */
				ck_assert_uint_eq(qb_gatt_db_last(at.db), last);
				ck_assert_ptr_null(qb_gatt_db_next(at.db, (uint16_t)(last + 1)));
				r = step(i, &handle);
			}
			ck_assert_int_eq(r, handle);
		}
		recover();
		ck_assert_uint_eq(qb_gatt_db_last(at.db), 15 + STEPS / 4 * 5);
		dialog("< 10 6900 ffff 0028 > 11 06 6a00 6e00 4830 6f00 7300 4c30");
		dialog("< 08 6b00 ffff 0228 > 09 08 6b00 6500 6900 4430 7000 6a00 6e00 4830");
		dialog("< 06 0100 ffff 0028 4c30 > 07 6f00 7300");
		dialog("< 08 0100 ffff 4e40 > 09 05 7200 616263");
		finish();
	}
	/* One allocation at least in each step. */
	ck_assert_uint_gt(n, STEPS);
}
END_TEST

START_TEST(a_request_that_cannot_be_answered_is_not_carried_out)
{
	static const char *const requests[] = {"02 6400", "0a 0300", "12 0300 78",
	                                       "0a 03",   "3f",      "04 0100 ffff"};

	begin();
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		/* After the copy that the peer makes of what it sends. */
		exhaust(1);
		peer_sends(requests[i]);
		recover();
		peer_gets_nothing();
		told_nothing();
	}
	dialog("< 0a 0300 > 0b 616263");
	forget();
	exhaust(1);
	peer_sends("1d 0300 41");
	recover();
	peer_gets_nothing();
	told_nothing();
	finish();
}
END_TEST

START_TEST(a_write_that_finds_no_room_is_refused)
{
	begin();
	at.att.mtu = 100;
	/* The answer's buffer is allocated after the peer's copy, the room for the value last. */
	exhaust(2);
	peer_sends("12 0300 41*90");
	recover();
	dialog("> 01 12 0300 11 < 0a 0300 > 0b 616263");
	told("read 0003 616263");
	exhaust(2);
	peer_sends("12 0c00 0100");
	recover();
	dialog("> 01 12 0c00 11 < 0a 0c00 > 0b 0000");
	told("read 000c 0000");
	exhaust(1);
	peer_sends("52 0300 41*90");
	recover();
	peer_gets_nothing();
	told_nothing();
	exhaust(2);
	peer_sends("16 0300 0000 41");
	recover();
	dialog("> 01 16 0300 11 < 18 01 > 19");
	told_nothing();
	finish();
}
END_TEST

START_TEST(prepared_writes_that_find_no_room_are_not_done_at_all)
{
	begin();
	at.att.mtu = 100;
	for (int n = 2; n <= 3; n++) {
		dialog("< 16 0f00 0000 78 > 17 0f00 0000 78 < 16 0c00 0000 0100 > 17 0c00 0000 0100"
		       "< 16 0300 0000 41*90 > 17 0300 0000 41*90");
		exhaust(n);
		peer_sends("18 01");
		recover();
		/* First for the client configuration, then for the value. */
		peer_gets(n == 2 ? "01 18 0c00 11" : "01 18 0300 11");
		dialog("< 0a 0f00 > 0b 74657874 < 0a 0c00 > 0b 0000 < 0a 0300 > 0b 616263");
		told("read 000f 74657874; read 000c 0000; read 0003 616263");
	}
	finish();
}
END_TEST

START_TEST(what_cannot_be_sent_is_refused)
{
	begin();
	exhaust(0);
	ck_assert_int_eq(notify(0x0b, "41", 1), -ENOMEM);
	exhaust(0);
	ck_assert_int_eq(indicate(0x06, "41", 1), -ENOMEM);
	recover();
	peer_gets_nothing();
	/* A change that could not be told is told with the next one. */
	dialog("< 12 0700 0200 > 13");
	forget();
	exhaust(0);
	qb_gatt_server_changed(&at.server, 0x0010, 0x0020);
	recover();
	peer_gets_nothing();
	qb_gatt_server_changed(&at.server, 0x0030, 0x0040);
	dialog("> 1d 0600 1000 4000 < 1e");
	finish();
}
END_TEST

START_TEST(a_procedure_ends_when_its_next_request_cannot_be_sent)
{
	const struct qb_gatt_proc_args read = {.type = QB_PROC_READ, .start = 3},
	                               command = {.type = QB_PROC_WRITE_CMD, .start = 3},
	                               find = {.type = QB_PROC_DISCOVER_SERVICES};

	begin_empty();
	/* The procedure, its data, its request. */
	exhaust(0);
	ck_assert_int_eq(start(read, NULL), -ENOMEM);
	exhaust(1);
	ck_assert_int_eq(start(command, "41"), -ENOMEM);
	exhaust(1);
	ck_assert_int_eq(start(read, NULL), 0);
	told("#1 ends 103");
	exhaust(1);
	ck_assert_int_eq(start(command, "41"), 0);
	recover();
	told("#1 ends 103");
	ck_assert_int_eq(start(find, NULL), 0);
	ck_assert_int_eq(start(read, NULL), 0);
	peer_gets("10 0100 ffff 0028");
	exhaust(1);
	peer_sends("11 06 0100 0300 0018");
	recover();
	/* The one behind it runs. */
	told("#1 service 0001-0003 1800; #1 ends 103");
	dialog("> 0a 0300 < 0b 41");
	told("#1 data 41; #1 ends 0");
	finish();
}
END_TEST

UNIT_MAIN("gatt_memory", a_database_that_cannot_be_made_is_not,
          a_database_can_be_filled_when_there_is_memory_again,
          a_request_that_cannot_be_answered_is_not_carried_out,
          a_write_that_finds_no_room_is_refused,
          prepared_writes_that_find_no_room_are_not_done_at_all, what_cannot_be_sent_is_refused,
          a_procedure_ends_when_its_next_request_cannot_be_sent)
