/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What our server sends unasked: notifications, indications, Service Changed. */
#include <errno.h>

#include "att_peer.h"
#include "unit.h"

START_TEST(a_notification_ends_when_the_controller_took_it)
{
	begin();
	ck_assert_int_eq(notify(0x0b, "65", 1), 0);
	ck_assert_int_eq(notify(0x0b, "", 2), 0);
	told_nothing();
	peer_gets("1b 0b00 65");
	told("sent 1 00");
	peer_gets("1b 0b00");
	told("sent 2 00");
	finish();
}
END_TEST

START_TEST(an_indication_ends_when_the_peer_confirms_it)
{
	begin();
	ck_assert_int_eq(indicate(0x06, "65", 1), 0);
	peer_gets("1d 0600 65");
	told_nothing();
	peer_sends("1e");
	told("sent 1 00");
	finish();
}
END_TEST

START_TEST(nobody_needs_to_have_subscribed)
{
	begin();
	ck_assert_uint_eq(qb_gatt_server_subscribed(&at.server, 0x0b), 0);
	ck_assert_int_eq(notify(0x0b, "65", 1), 0);
	peer_gets("1b 0b00 65");
	told("sent 1 00");
	finish();
}
END_TEST

START_TEST(a_value_must_fit_the_mtu)
{
	begin();
	ck_assert_int_eq(notify(0x0b, "41*20", 1), 0);
	ck_assert_int_eq(notify(0x0b, "41*21", 2), -EMSGSIZE);
	ck_assert_int_eq(indicate(0x06, "41*21", 3), -EMSGSIZE);
	peer_gets("1b 0b00 41*20");
	told("sent 1 00");
	at.att.mtu = 517;
	ck_assert_int_eq(notify(0x0b, "41*512", 4), 0);
	ck_assert_int_eq(notify(0x0b, "41*513", 5), -EMSGSIZE);
	ck_assert_int_eq(indicate(0x06, "41*514", 6), -EMSGSIZE);
	peer_gets("1b 0b00 41*512");
	told("sent 4 00");
	peer_gets_nothing();
	finish();
}
END_TEST

START_TEST(only_values_are_sent)
{
	begin();
	/* No attribute, a service, a declaration, a descriptor. */
	ck_assert_int_eq(notify(0x00, "41", 1), -ENOENT);
	ck_assert_int_eq(notify(0x99, "41", 1), -ENOENT);
	ck_assert_int_eq(notify(0x08, "41", 1), -ENOENT);
	ck_assert_int_eq(notify(0x0a, "41", 1), -ENOENT);
	ck_assert_int_eq(indicate(0x0c, "41", 1), -ENOENT);
	/* And no protected one to whom may not read it. */
	ck_assert_int_eq(notify(0x14, "41", 1), -EACCES);
	ck_assert_int_eq(indicate(0x14, "41", 1), -EACCES);
	peer_gets_nothing();
	at.att.security = (struct qb_att_security){.encrypted = true, .key_size = 16};
	ck_assert_int_eq(notify(0x14, "41", 1), 0);
	peer_gets("1b 1400 41");
	told("sent 1 00");
	finish();
}
END_TEST

START_TEST(service_changed_is_told_to_whom_it_was_promised)
{
	begin();
	qb_gatt_server_changed(&at.server, 0x0010, 0x0020);
	peer_gets_nothing();
	dialog("< 12 0700 0200 > 13");
	forget();
	qb_gatt_server_changed(&at.server, 0x0010, 0x0020);
	dialog("> 1d 0600 1000 2000 < 1e");
	told_nothing();
	dialog("< 12 0700 0000 > 13");
	forget();
	qb_gatt_server_changed(&at.server, 0x0010, 0x0020);
	peer_gets_nothing();
	finish();
}
END_TEST

START_TEST(changes_while_one_is_unconfirmed_are_told_as_one)
{
	begin();
	dialog("< 12 0700 0200 > 13");
	forget();
	qb_gatt_server_changed(&at.server, 0x0010, 0x0020);
	qb_gatt_server_changed(&at.server, 0x0040, 0x0050);
	qb_gatt_server_changed(&at.server, 0x0030, 0x0045);
	qb_gatt_server_changed(&at.server, 0x0048, 0x0060);
	dialog("> 1d 0600 1000 2000 < 1e > 1d 0600 3000 6000 < 1e");
	qb_gatt_server_changed(&at.server, 0x0001, 0xffff);
	dialog("> 1d 0600 0100 ffff < 1e");
	finish();
}
END_TEST

START_TEST(service_changed_has_room_when_nothing_else_has)
{
	begin();
	dialog("< 12 0700 0200 > 13");
	forget();
	for (unsigned i = 0; i < QB_TX_QUEUE_MAX; i++)
		ck_assert_int_eq(indicate(0x06, "41", i), 0);
	qb_gatt_server_changed(&at.server, 0x0010, 0x0020);
	for (unsigned i = 0; i < QB_TX_QUEUE_MAX; i++) {
		peer_gets("1d 0600 41");
		peer_sends("1e");
	}
	forget();
	dialog("> 1d 0600 1000 2000 < 1e");
	finish();
}
END_TEST

START_TEST(service_changed_ends_with_its_service)
{
	begin();
	dialog("< 12 0700 0200 > 13");
	forget();
	qb_gatt_server_changed(&at.server, 0x0010, 0x0020);
	qb_gatt_server_changed(&at.server, 0x0001, 0xffff);
	qb_gatt_db_clear(at.db, 0x0001, 0xffff);
	qb_gatt_server_prune(&at.server);
	dialog("> 1d 0600 1000 2000 < 1e");
	qb_gatt_server_changed(&at.server, 0x0001, 0xffff);
	peer_gets_nothing();
	finish();
}
END_TEST

START_TEST(service_changed_ends_with_the_link)
{
	begin();
	dialog("< 12 0700 0200 > 13");
	forget();
	qb_gatt_server_changed(&at.server, 0x0010, 0x0020);
	qb_gatt_server_changed(&at.server, 0x0030, 0x0040);
	peer_gets("1d 0600 1000 2000");
	passes(30000);
	told("timeout");
	qb_gatt_server_changed(&at.server, 0x0050, 0x0060);
	peer_gets_nothing();
	finish();
}
END_TEST

UNIT_MAIN("gatt_server_send", a_notification_ends_when_the_controller_took_it,
          an_indication_ends_when_the_peer_confirms_it, nobody_needs_to_have_subscribed,
          a_value_must_fit_the_mtu, only_values_are_sent,
          service_changed_is_told_to_whom_it_was_promised,
          changes_while_one_is_unconfirmed_are_told_as_one,
          service_changed_has_room_when_nothing_else_has, service_changed_ends_with_its_service,
          service_changed_ends_with_the_link)
