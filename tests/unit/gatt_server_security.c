/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Permissions (the document's bits) against what a link is: each permission, each kind of access,
 * each level of security.
 */
#include <errno.h>
#include <stdio.h>

#include "att_peer.h"
#include "unit.h"

#define R  QB_PERM_READ
#define W  QB_PERM_WRITE
#define RA QB_PERM_READ_AUTHEN
#define RO QB_PERM_READ_AUTHOR
#define RE QB_PERM_READ_ENCRYPT
#define RM QB_PERM_READ_MITM
#define WA QB_PERM_WRITE_AUTHEN
#define WO QB_PERM_WRITE_AUTHOR
#define WE QB_PERM_WRITE_ENCRYPT
#define WM QB_PERM_WRITE_MITM

static const struct qb_att_security plain = {0};
static const struct qb_att_security bonded = {.bonded = true};
static const struct qb_att_security encrypted = {.encrypted = true, .bonded = true, .key_size = 16};
static const struct qb_att_security mitm = {
        .encrypted = true, .authenticated = true, .bonded = true, .key_size = 16};
static const struct qb_att_security short_key = {
        .encrypted = true, .authenticated = true, .bonded = true, .key_size = 7};

static const struct row {
	const char *name;
	uint16_t permissions;
	const struct qb_att_security *security;
	uint8_t read, write; /* the answer's error code, 0 if it is allowed */
} rows[] = {
        {"nothing allowed", 0, &mitm, 0x02, 0x03},
        {"read only", R, &plain, 0, 0x03},
        {"write only", W, &plain, 0x02, 0},
        {"both", R | W, &plain, 0, 0},
        /* Without a key a peer must pair; with one, encrypt (Vol 3, C, 10.3.1). */
        {"authentication, plain", R | W | RA | WA, &plain, 0x05, 0x05},
        {"authentication, bonded", R | W | RA | WA, &bonded, 0x0f, 0x0f},
        {"authentication, encrypted", R | W | RA | WA, &encrypted, 0, 0},
        {"authentication, short key", R | W | RA | WA, &short_key, 0x0c, 0x0c},
        {"encryption, plain", R | W | RE | WE, &plain, 0x05, 0x05},
        {"encryption, bonded", R | W | RE | WE, &bonded, 0x0f, 0x0f},
        {"encryption, encrypted", R | W | RE | WE, &encrypted, 0, 0},
        {"encryption, short key", R | W | RE | WE, &short_key, 0x0c, 0x0c},
        {"MITM, plain", R | W | RM | WM, &plain, 0x05, 0x05},
        {"MITM, bonded", R | W | RM | WM, &bonded, 0x0f, 0x0f},
        {"MITM, encrypted", R | W | RM | WM, &encrypted, 0x05, 0x05},
        {"MITM, authenticated", R | W | RM | WM, &mitm, 0, 0},
        {"MITM, short key", R | W | RM | WM, &short_key, 0x0c, 0x0c},
        {"authorization, plain", R | W | RO | WO, &plain, 0x08, 0x08},
        {"authorization, authenticated", R | W | RO | WO, &mitm, 0x08, 0x08},
        {"authorization and encryption", R | W | RO | WO | RE | WE, &plain, 0x05, 0x05},
        {"the same, encrypted", R | W | RO | WO | RE | WE, &encrypted, 0x08, 0x08},
        /* Each direction by itself. */
        {"reading protected", R | W | RE, &plain, 0x05, 0},
        {"writing protected", R | W | WE, &plain, 0, 0x05},
        /* A demand says that it is allowed at all. */
        {"a demand on reading alone", RE, &plain, 0x05, 0x03},
        {"the same, encrypted", RE, &encrypted, 0, 0x03},
        {"a demand on writing alone", WM, &encrypted, 0x02, 0x05},
        {"the same, authenticated", WM, &mitm, 0x02, 0},
};

#define ALL (QB_PROP_READ | QB_PROP_WRITE | QB_PROP_WRITE_CMD | QB_PROP_NOTIFY | QB_PROP_INDICATE)

/* Service 1, value 3, its CCCD 4, a descriptor 5. */
static void begin_with(uint8_t properties, uint16_t permissions,
                       const struct qb_att_security *security)
{
	struct qb_uuid service = qb_uuid_from_16(0x180f), value = qb_uuid_from_16(0x2a19),
	               cccd = qb_uuid_from_16(0x2902), desc = qb_uuid_from_16(0x2901);

	begin_empty();
	at.att.security = *security;
	ck_assert_int_eq(qb_gatt_db_add_service(at.db, 1, true, &service), 1);
	ck_assert_int_eq(qb_gatt_db_add_characteristic(at.db, properties, &value, permissions,
	                                               (const uint8_t *)"a", 1),
	                 3);
	ck_assert_int_eq(qb_gatt_db_add_descriptor(at.db, &cccd, R | W, NULL, 0), 4);
	ck_assert_int_eq(
	        qb_gatt_db_add_descriptor(at.db, &desc, permissions, (const uint8_t *)"d", 1), 5);
}

/* The request is answered with this error for this handle, or, if it is 0, with this response. */
static void expect(const struct row *row, const char *request, uint16_t handle, uint8_t code,
                   const char *response)
{
	char error[16];

	snprintf(error, sizeof(error), "01 %.2s %02x00 %02x", request, handle, code);
	peer_sends(request);
	mark_point();
	if (in_the_air() != 1)
		ck_abort_msg("%s: %u answers", row->name, in_the_air());
	peer_gets(code ? error : response);
}

START_TEST(permissions_are_enforced_in_every_request)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];

		begin_with(ALL, row->permissions, row->security);
		expect(row, "0a 0300", 3, row->read, "0b 61");
		expect(row, "0c 0300 0000", 3, row->read, "0d 61");
		expect(row, "08 0100 ffff 192a", 3, row->read, "09 03 0300 61");
		expect(row, "0e 0100 0300", 3, row->read, "0f 0f18 61");
		expect(row, "20 0100 0300", 3, row->read, "21 0200 0f18 0100 61");
		peer_sends("06 0100 ffff 192a 61");
		peer_gets(row->read ? "01 06 0100 0a" : "07 0300 0300");
		expect(row, "12 0300 62", 3, row->write, "13");
		expect(row, "16 0300 0000 63", 3, row->write, "17 0300 0000 63");
		peer_sends("18 00");
		peer_gets("19");
		/* Descriptors have the same permissions, and no properties. */
		expect(row, "0a 0500", 5, row->read, "0b 64");
		expect(row, "12 0500 65", 5, row->write, "13");
		forget();
		peer_sends("52 0300 66");
		peer_gets_nothing();
		told(row->write ? "" : "written 0003 66");
		finish();
	}
}
END_TEST

START_TEST(a_protected_value_is_not_sent_and_not_subscribed_to)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		/* That it may not be read at all is no secret's protection. */
		uint8_t code = row->read == 0x02 ? 0 : row->read;

		begin_with(ALL, row->permissions, row->security);
		expect(row, "12 0400 0100", 4, code, "13");
		expect(row, "12 0400 0200", 4, code, "13");
		expect(row, "12 0400 0300", 4, code, "13");
		forget();
		/* Whoever may not subscribe may still say that it does not want to. */
		expect(row, "12 0400 0000", 4, 0, "13");
		told("written 0004 0000");
		ck_assert_int_eq(notify(3, "41", 1), code ? -EACCES : 0);
		ck_assert_int_eq(indicate(3, "41", 2), code ? -EACCES : 0);
		ck_assert_uint_eq(in_the_air(), code ? 0 : 2);
		finish();
	}
}
END_TEST

START_TEST(properties_are_enforced)
{
	static const struct {
		uint8_t properties;
		uint8_t read, write, notify, indicate;
		bool command;
	} props[] = {
	        {0, 0x02, 0x03, 0xfd, 0xfd, false},
	        {QB_PROP_READ, 0, 0x03, 0xfd, 0xfd, false},
	        {QB_PROP_WRITE, 0x02, 0, 0xfd, 0xfd, false},
	        {QB_PROP_WRITE_CMD, 0x02, 0x03, 0xfd, 0xfd, true},
	        {QB_PROP_NOTIFY, 0x02, 0x03, 0, 0xfd, false},
	        {QB_PROP_INDICATE, 0x02, 0x03, 0xfd, 0, false},
	        {QB_PROP_SIGNED_WRITE, 0x02, 0x03, 0xfd, 0xfd, false},
	        {QB_PROP_BROADCAST | QB_PROP_EXTENDED, 0x02, 0x03, 0xfd, 0xfd, false},
	        {ALL, 0, 0, 0, 0, true},
	};
	const struct row row = {.name = "properties"};

	for (size_t i = 0; i < sizeof(props) / sizeof(props[0]); i++) {
		begin_with(props[i].properties, R | W, &plain);
		expect(&row, "0a 0300", 3, props[i].read, "0b 61");
		expect(&row, "0c 0300 0000", 3, props[i].read, "0d 61");
		expect(&row, "08 0100 ffff 192a", 3, props[i].read, "09 03 0300 61");
		expect(&row, "0e 0100 0300", 3, props[i].read, "0f 0f18 61");
		expect(&row, "12 0300 62", 3, props[i].write, "13");
		expect(&row, "16 0300 0000 63", 3, props[i].write, "17 0300 0000 63");
		expect(&row, "12 0400 0100", 4, props[i].notify, "13");
		expect(&row, "12 0400 0200", 4, props[i].indicate, "13");
		forget();
		peer_sends("52 0300 64");
		told(props[i].command ? "written 0003 64" : "");
		finish();
	}
}
END_TEST

START_TEST(signed_writes_are_ignored_whatever_is_allowed)
{
	begin_with(ALL | QB_PROP_SIGNED_WRITE, R | W, &mitm);
	dialog("< d2 0300 62 00000000 00*8");
	told_nothing();
	finish();
}
END_TEST

UNIT_MAIN("gatt_server_security", permissions_are_enforced_in_every_request,
          a_protected_value_is_not_sent_and_not_subscribed_to, properties_are_enforced,
          signed_writes_are_ignored_whatever_is_allowed)
