/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every function that is a call: what it sends, and what it makes of each way to fail. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>
#include <time.h>
#include <unistd.h>

#include "bed.h"
#include "ble/error.h"
#include "qble-client.h"

static struct qble_client *client;

static void setup(void)
{
	bed_start();
	ck_assert_int_eq(qble_client_new(&client, NULL, NULL), 0);
}

static void teardown(void)
{
	qble_client_free(client);
	bed_stop();
}

#define SENDS(call, expected)                           \
	do {                                            \
		ck_assert_int_eq(call, 0);              \
		ck_assert_str_eq(bed_last(), expected); \
	} while (0)

static const uint8_t uuid[16] = {0xf0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
static const uint8_t addr[6] = {0xc0, 0xff, 0xee, 1, 2, 3};
static const uint8_t data[] = {0xde, 0xad};

#define UUID_HEX "f00102030405060708090a0b0c0d0e0f"
#define NO_UUID  "00000000000000000000000000000000"

START_TEST(starting_and_stopping)
{
	uint8_t own[6];

	SENDS(qble_gatt_start(client), "GattStart()");
	SENDS(qble_gatt_stop(client), "GattStop()");
	ck_assert_int_eq(qble_get_status(client), 1);
	ck_assert_str_eq(bed_last(), "GetStatus()");
	SENDS(qble_get_public_addr(client, own), "GetPublicAddr()");
	ck_assert_mem_eq(own, ((uint8_t[]){1, 2, 3, 4, 5, 6}), 6);
}
END_TEST

START_TEST(server_calls)
{
	SENDS(qble_server_init(client), "ServerInit()");
	SENDS(qble_server_release(client), "ServerRelease()");
	SENDS(qble_set_local_name(client, 1, "移远"), "SetLocalName(us) 1 \"移远\"");
	SENDS(qble_set_adv_param(client, 0x300, 0x320, 1, 0, 7, 2, 1, 0, 1),
	      "SetAdvParam(uuuuuuuuu) 768 800 1 0 7 2 1 0 1");
	SENDS(qble_set_adv_data(client, data, 2), "SetAdvData(ay) dead");
	SENDS(qble_set_adv_data(client, NULL, 0), "SetAdvData(ay) ");
	SENDS(qble_set_adv_rsp_data(client, data, 2), "SetAdvRspData(ay) dead");
	SENDS(qble_adv_start(client), "AdvStart()");
}
END_TEST

START_TEST(a_database)
{
	uint32_t handle = 0;

	SENDS(qble_add_service(client, 1, 2, 1, 0x180f, NULL),
	      "AddService(uuuuay) 1 2 1 6159 " NO_UUID);
	SENDS(qble_add_service(client, 0, 3, 0, 0, uuid), "AddService(uuuuay) 0 3 0 0 " UUID_HEX);
	SENDS(qble_add_chara(client, 2, 4, 0x12, 1, 0x2a19, NULL),
	      "AddChara(uuuuuay) 2 4 18 1 10777 " NO_UUID);
	SENDS(qble_add_chara_value(client, 2, 4, 3, 0, 0, uuid, data, 2),
	      "AddCharaValue(uuuuuayay) 2 4 3 0 0 " UUID_HEX " dead");
	SENDS(qble_change_chara_value(client, 2, 4, data, 1), "ChangeCharaValue(uuay) 2 4 de");
	SENDS(qble_add_chara_desc(client, 2, 4, 3, 1, 0x2902, NULL, data, 2),
	      "AddCharaDesc(uuuuuayay) 2 4 3 1 10498 " NO_UUID " dead");
	SENDS(qble_add_or_clear_service(client, 1, 0), "AddOrClearService(uu) 1 0");
	SENDS(qble_send_notification(client, 5, 18, data, 2), "SendNotification(uuay) 5 18 dead");
	SENDS(qble_send_indication(client, 5, 18, data, 2), "SendIndication(uuay) 5 18 dead");
	SENDS(qble_get_handle(client, 2, 4, &handle), "Extended.GetHandle(uu) 2 4");
	ck_assert_uint_eq(handle, 18);
}
END_TEST

START_TEST(finding_a_peer)
{
	SENDS(qble_client_init(client), "ClientInit()");
	SENDS(qble_client_release(client), "ClientRelease()");
	SENDS(qble_set_scan_param(client, 1, 0x100, 0x50, 2, 0),
	      "SetScanParam(uuuuu) 1 256 80 2 0");
	SENDS(qble_set_scan_filter(client, 0), "SetScanFilter(u) 0");
	SENDS(qble_scan_start(client), "ScanStart()");
	SENDS(qble_scan_stop(client), "ScanStop()");
	SENDS(qble_connect(client, 1, addr), "Connect(uay) 1 c0ffee010203");
	SENDS(qble_cancel_connect(client, addr), "CancelConnect(ay) c0ffee010203");
	SENDS(qble_disconnect(client, 3), "Disconnect(u) 3");
	SENDS(qble_exchange_mtu(client, 3, 185), "ExchangeMtu(uu) 3 185");
}
END_TEST

START_TEST(procedures)
{
	static const uint16_t handles[] = {3, 0x0102};

	SENDS(qble_discover_all_service(client, 1), "DiscoverAllService(u) 1");
	SENDS(qble_discover_by_uuid(client, 1, 1, 0x180f, NULL),
	      "DiscoverByUUID(uuuay) 1 1 6159 " NO_UUID);
	SENDS(qble_discover_all_includes(client, 1, 2, 3), "DiscoverAllIncludes(uuu) 1 2 3");
	SENDS(qble_discover_all_chara(client, 1, 2, 3), "DiscoverAllChara(uuu) 1 2 3");
	SENDS(qble_discover_all_chara_desc(client, 1, 2, 3), "DiscoverAllCharaDesc(uuu) 1 2 3");
	SENDS(qble_read_chara_by_uuid(client, 1, 2, 3, 0, 0, uuid),
	      "ReadCharaByUUID(uuuuuay) 1 2 3 0 0 " UUID_HEX);
	SENDS(qble_read_chara_by_handle(client, 1, 2, 3, 1), "ReadCharaByHandle(uuuu) 1 2 3 1");
	SENDS(qble_read_chara_desc(client, 1, 2, 1), "ReadCharaDesc(uuu) 1 2 1");
	SENDS(qble_write_chara(client, 1, 2, 3, 1, data, 2), "WriteChara(uuuuay) 1 2 3 1 dead");
	SENDS(qble_write_chara_no_rsp(client, 1, 2, data, 2), "WriteCharaNoRsp(uuay) 1 2 dead");
	SENDS(qble_write_chara_desc(client, 1, 2, data, 2), "WriteCharaDesc(uuay) 1 2 dead");
	SENDS(qble_read_multi_chara(client, 1, handles, 2), "ReadMultiChara(uay) 1 03000201");
	ck_assert_int_eq(qble_read_multi_chara(client, 1, handles, 259), -EMSGSIZE);
	ck_assert_str_eq(qble_last_error(client), "259 handles, allowed are 2..258");
}
END_TEST

START_TEST(beyond_the_document)
{
	int32_t rssi = 0;

	SENDS(qble_update_conn_param(client, 1, 6, 8, 0, 100),
	      "Extended.UpdateConnParam(uuuuu) 1 6 8 0 100");
	SENDS(qble_read_rssi(client, 1, &rssi), "Extended.ReadRssi(u) 1");
	ck_assert_int_eq(rssi, -70);
	SENDS(qble_accept_list_add(client, 1, addr), "Extended.AcceptListAdd(uay) 1 c0ffee010203");
	SENDS(qble_accept_list_remove(client, 1, addr),
	      "Extended.AcceptListRemove(uay) 1 c0ffee010203");
	SENDS(qble_accept_list_clear(client), "Extended.AcceptListClear()");
	SENDS(qble_set_directed_peer(client, 1, addr),
	      "Extended.SetDirectedPeer(uay) 1 c0ffee010203");
}
END_TEST

/* The pipe is the caller's own, and does not leak into its children. */
START_TEST(a_capture)
{
	int fd = qble_capture(client);

	ck_assert_int_ge(fd, 3);
	ck_assert_str_eq(bed_last(), "Extended.Capture()");
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	close(fd);
	bed_fail(SD_BUS_ERROR_ACCESS_DENIED, "Access to ...Capture() not permitted.");
	ck_assert_int_eq(qble_capture(client), -EACCES);
	ck_assert_str_eq(qble_last_error(client),
	                 "Capture: it shows the keys of links, so only root may");
}
END_TEST

START_TEST(the_daemons_errors_are_errnos_with_its_reason)
{
	for (int i = QB_OK + 1; i < QB_ERROR_COUNT; i++) {
		bed_fail(qb_error_name((enum qb_error)i), "connect_id is 7, allowed are 0..5");
		ck_assert_int_eq(qble_disconnect(client, 7), -qb_error_errno((enum qb_error)i));
		ck_assert_str_eq(qble_last_error(client), "connect_id is 7, allowed are 0..5");
	}
	ck_assert_int_eq(qble_disconnect(client, 7), 0);
	ck_assert_str_eq(qble_last_error(client), "");
}
END_TEST

/* How long a call takes in milliseconds. */
static long took(int (*call)(struct qble_client *client), int expected)
{
	struct timespec before, after;

	clock_gettime(CLOCK_MONOTONIC, &before);
	ck_assert_int_eq(call(client), expected);
	clock_gettime(CLOCK_MONOTONIC, &after);
	return (after.tv_sec - before.tv_sec) * 1000 + (after.tv_nsec - before.tv_nsec) / 1000000;
}

START_TEST(without_a_daemon_calls_fail_at_once)
{
	bed_kill(bed_fake);
	ck_assert_int_lt(took(qble_adv_start, -EHOSTDOWN), 2000);
	ck_assert_str_eq(qble_last_error(client), "AdvStart: qbled is not running");
	bed_fake = bed_start_fake();
	ck_assert_int_eq(qble_adv_start(client), 0);
}
END_TEST

START_TEST(a_silent_daemon_is_not_waited_for_for_ever)
{
	sd_bus_set_method_call_timeout(qble_get_bus(client), 100000);
	bed_mute();
	ck_assert_int_lt(took(qble_gatt_start, -ETIMEDOUT), 5000);
	ck_assert_str_eq(qble_last_error(client), "GattStart: qbled did not answer in time");
	ck_assert_int_eq(qble_gatt_start(client), 0);
}
END_TEST

START_TEST(a_daemon_that_dies_during_a_call)
{
	pid_t killer;

	bed_mute();
	killer = fork();
	if (killer == 0) {
		usleep(100000);
		kill(bed_fake, SIGKILL);
		_exit(0);
	}
	ck_assert_int_lt(took(qble_gatt_start, -EHOSTDOWN), 5000);
	ck_assert_str_eq(qble_last_error(client), "GattStart: qbled went away before it answered");
}
END_TEST

/* The bus of the test bed has a policy against AdvStop. */
START_TEST(a_user_who_may_not_call)
{
	ck_assert_int_eq(qble_adv_stop(client), -EACCES);
	ck_assert_str_eq(qble_last_error(client), "AdvStop: the bus does not let this user call "
	                                          "qbled: be root or in the group qble");
}
END_TEST

START_TEST(an_older_daemon)
{
	bed_fail(SD_BUS_ERROR_UNKNOWN_METHOD, "Unknown method ExchangeMtu");
	ck_assert_int_eq(qble_exchange_mtu(client, 0, 100), -EOPNOTSUPP);
	ck_assert_str_eq(qble_last_error(client), "ExchangeMtu: this qbled does not know the call: "
	                                          "Unknown method ExchangeMtu");
}
END_TEST

static unsigned connections(void)
{
	sd_bus_message *m = NULL;
	const char *name;
	unsigned n = 0;

	ck_assert_int_ge(sd_bus_call_method(qble_get_call_bus(client), "org.freedesktop.DBus", "/",
	                                    "org.freedesktop.DBus", "ListNames", NULL, &m, ""),
	                 0);
	ck_assert_int_gt(sd_bus_message_enter_container(m, 'a', "s"), 0);
	while (sd_bus_message_read(m, "s", &name) > 0)
		n += *name == ':';
	sd_bus_message_unref(m);
	return n;
}

static void ignore(struct qble_client *handle, const struct qble_event *event, void *user)
{
}

/* The bus hangs up on a connection that does not say who it is, however late the first call is. */
START_TEST(a_handle_is_connected_before_its_first_call)
{
	unsigned before = connections();
	struct qble_client *listener;

	ck_assert_int_eq(qble_client_new(&listener, ignore, NULL), 0);
	ck_assert_uint_eq(connections(), before + 2);
	qble_client_free(listener);
}
END_TEST

START_TEST(no_bus_at_all)
{
	struct qble_client *other = NULL;

	setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/bus", 1);
	ck_assert_int_eq(qble_client_new(&other, NULL, NULL), -ENOENT);
	ck_assert_ptr_null(other);
	ck_assert_str_eq(qble_last_error(NULL),
	                 "cannot use the system bus: No such file or directory");
}
END_TEST

BED_MAIN("lib-calls", setup, teardown, starting_and_stopping, server_calls, a_database,
         finding_a_peer, procedures, beyond_the_document, a_capture,
         the_daemons_errors_are_errnos_with_its_reason, without_a_daemon_calls_fail_at_once,
         a_silent_daemon_is_not_waited_for_for_ever, a_daemon_that_dies_during_a_call,
         a_user_who_may_not_call, an_older_daemon, a_handle_is_connected_before_its_first_call,
         no_bus_at_all)
