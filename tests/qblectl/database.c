/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What qblectl makes of a peer's database that the documented API cannot make: included services.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/unit.h"
#include "qblectl.h"

/* The peer: two primary services, the second of which includes the first, and two that are not. */
static const uint8_t long_uuid[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
static uint16_t asked; /* the handle that was read */
static int answer;     /* what the reading ends with */

static const struct {
	uint16_t start, end;
	const uint8_t *uuid;
} services[] = {{1, 4, long_uuid}, {10, 20, NULL}};

/* As events 28 have them: without a UUID, and with a short one. */
static const uint8_t without[] = {6, 11, 0, 1, 0, 4, 0, 12, 0, 0x30, 0, 0x34, 0};
static const uint8_t with_uuid[] = {8, 13, 0, 0x40, 0, 0x41, 0, 0x0f, 0x18};

int ctl_await(struct ctl *ctl, ctl_event_fn fn, void *user, int timeout_ms, const char *what)
{
	struct qble_event event = {.id = QBLE_GATT_DISCOVER_SERVICE_IND,
	                           .call = "DiscoverAllService"};

	/* Of another program, over the same link. */
	ck_assert_int_eq(fn(ctl,
	                    &(struct qble_event){.id = QBLE_GATT_ATT_ERROR_IND,
	                                         .call = "ReadCharaByHandle",
	                                         .u.att.errcode = 0x0e},
	                    user),
	                 0);
	for (unsigned i = 0; i < 2; i++) {
		event.u.service.start_handle = services[i].start;
		event.u.service.end_handle = services[i].end;
		if (services[i].uuid)
			memcpy(event.u.service.uuid, services[i].uuid, 16);
		else
			qble_uuid_from_short(0x180f, event.u.service.uuid);
		ck_assert_int_eq(fn(ctl, &event, user), 0);
	}
	event = (struct qble_event){.id = QBLE_GATT_DISCOVER_CHARACTERISTIC_DATA_IND,
	                            .call = "DiscoverAllIncludes"};
	event.u.data.data = without;
	event.u.data.len = sizeof(without);
	ck_assert_int_eq(fn(ctl, &event, user), 0);
	event.u.data.data = with_uuid;
	event.u.data.len = sizeof(with_uuid);
	ck_assert_int_eq(fn(ctl, &event, user), 0);
	event = (struct qble_event){.id = QBLE_GATT_ATT_ERROR_IND, .call = "DiscoverAllChara"};
	event.u.att.errcode = 0x0a;
	ck_assert_int_eq(fn(ctl, &event, user), 1);
	return 0;
}

int ctl_lock_wait(struct ctl *ctl, const char *fact, int seconds, const char *what, int *ret)
{
	*ret = -1;
	return 0;
}

int ctl_skip_past(struct ctl *ctl)
{
	return 0;
}

void ctl_unlock(int lock)
{
}

int ctl_gatt_read(struct ctl *ctl, uint16_t handle, uint8_t ret[CTL_VALUE_MAX], size_t *ret_len)
{
	asked = handle;
	memcpy(ret, long_uuid, 16);
	ret[0] = 0xee;
	*ret_len = answer ? 0 : 16;
	return answer;
}

int qble_discover_all_service(struct qble_client *client, uint32_t connect_id)
{
	return 0;
}

int qble_discover_all_includes(struct qble_client *client, uint32_t connect_id, uint32_t start,
                               uint32_t end)
{
	return 0;
}

int qble_discover_all_chara(struct qble_client *client, uint32_t connect_id, uint32_t start,
                            uint32_t end)
{
	return 0;
}

int ctl_fail(struct ctl *ctl, int r, const char *format, ...)
{
	ck_abort_msg("%s", format);
}

int ctl_fail_call(struct ctl *ctl, int r)
{
	ck_abort_msg("a call failed: %d", r);
}

int ctl_timeout(const struct ctl *ctl, int seconds)
{
	return seconds;
}

static const struct ctl_attribute *find(const struct ctl_database *db, int kind, uint16_t handle)
{
	for (size_t i = 0; i < db->n; i++)
		if ((int)db->attributes[i].kind == kind && db->attributes[i].handle == handle)
			return &db->attributes[i];
	ck_abort_msg("there is no 0x%04x of kind %d", handle, kind);
}

static struct ctl_database discover(int r)
{
	struct ctl_database db = {0};
	struct ctl ctl = {.link = 0};

	answer = r;
	asked = 0;
	ck_assert_int_eq(ctl_database_discover(&ctl, &db), 0);
	ck_assert_uint_eq(db.n, 7);
	return db;
}

START_TEST(includes_get_the_uuid_of_their_service)
{
	struct ctl_database db = discover(0);
	uint8_t read_uuid[16];

	memcpy(read_uuid, long_uuid, 16);
	read_uuid[0] = 0xee;
	/* One that was discovered; one whose declaration is read; one that says it itself. */
	ck_assert_mem_eq(find(&db, CTL_INCLUDE, 11)->uuid, long_uuid, 16);
	ck_assert_uint_eq(asked, 0x30);
	ck_assert_mem_eq(find(&db, CTL_INCLUDE, 12)->uuid, read_uuid, 16);
	ck_assert_uint_eq(qble_uuid_short(find(&db, CTL_INCLUDE, 13)->uuid), 0x180f);
	/* Those that are not primary are in the tree with it. */
	ck_assert_mem_eq(find(&db, CTL_SECONDARY, 0x30)->uuid, read_uuid, 16);
	ck_assert_uint_eq(find(&db, CTL_SECONDARY, 0x30)->end, 0x34);
	ck_assert_uint_eq(qble_uuid_short(find(&db, CTL_SECONDARY, 0x40)->uuid), 0x180f);
	ctl_database_done(&db);
}
END_TEST

START_TEST(a_declaration_that_may_not_be_read)
{
	struct ctl_database db = discover(-EREMOTEIO);

	ck_assert(!find(&db, CTL_INCLUDE, 12)->has_uuid);
	ck_assert(!find(&db, CTL_SECONDARY, 0x30)->has_uuid);
	ctl_database_done(&db);
}
END_TEST

UNIT_MAIN("qblectl-database", includes_get_the_uuid_of_their_service,
          a_declaration_that_may_not_be_read)
