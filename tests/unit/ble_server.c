/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The GATT server's calls and events: sending, and being read and written. */
#include <string.h>

#include "ble/ble-internal.h"
#include "ble_example.h"

static const char uuid_a[17] = "0123456789abcdef";
static const uint8_t octets[512];

/* Handles of the database below, which begins at 1. */
enum {
	VALUE = 3, /* read, write, notify, indicate */
	CCCD = 4,
	LONG_NAMED = 6, /* a 128-bit UUID: read, write; 512 octets */
};

/* Node 0 is the server, node 1 its client, on connect_id 0 of both. */
static struct world *connected(const struct qa_config *controller,
                               const struct qb_ble_config *config)
{
	struct world *world = world_new(2, 1, controller, config);
	struct node *server = world_node(world, 0), *client = world_node(world, 1);
	uint8_t addr[6];

	example_start_server(server);
	node_ok(server, "AddService", 1u, 1u, SHORT_UUID(0x180f));
	node_ok(server, "AddChara", 1u, 1u, 0x3au, SHORT_UUID(0x2a19));
	node_ok(server, "AddCharaValue", 1u, 1u, 3u, SHORT_UUID(0x2a19), OCTETS("abc"));
	node_ok(server, "AddCharaDesc", 1u, 1u, 3u, SHORT_UUID(0x2902), OCTETS("\0\0"));
	node_ok(server, "AddChara", 1u, 2u, 0x0au, LONG_UUID(uuid_a));
	node_ok(server, "AddCharaValue", 1u, 2u, 3u, LONG_UUID(uuid_a), octets, sizeof(octets));
	node_ok(server, "AddOrClearService", 1u, 0u);
	node_ok(server, "AdvStart");
	example_start_client(client);
	qb_addr_to_display(qb_ble_address(server->ble), addr);
	node_ok(client, "Connect", 0u, addr, sizeof(addr));
	node_skip_to(client, QB_EV_START_DISCOVER_SERVICE);
	node_forget(server);
	return world;
}

START_TEST(a_read_is_told_with_what_was_returned)
{
	struct world *world = connected(NULL, NULL);
	struct node *server = world_node(world, 0), *client = world_node(world, 1);
	struct qb_event event;
	uint8_t uuid[16];

	node_ok(client, "ReadCharaByHandle", 0u, VALUE, 0u, 0u);
	event = expect_data(server, QB_EV_RECV_READ, "abc");
	ck_assert_uint_eq(event.u[0], VALUE);
	ck_assert_uint_eq(event.u[1], 0x2a19);
	qb_event_long_uuid(&event, uuid);
	ck_assert_mem_eq(uuid, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16);
	node_ok(client, "ReadCharaByHandle", 0u, LONG_NAMED, 0u, 0u);
	event = expect_octets(server, QB_EV_RECV_READ, octets, 246);
	ck_assert_uint_eq(event.u[0], LONG_NAMED);
	ck_assert_uint_eq(event.u[1], 0);
	qb_event_long_uuid(&event, uuid);
	ck_assert_mem_eq(uuid, uuid_a, 16);
	node_expect_nothing(server);
	world_free(world);
}
END_TEST

START_TEST(a_write_is_stored_and_told)
{
	struct world *world = connected(NULL, NULL);
	struct node *server = world_node(world, 0), *client = world_node(world, 1);
	struct qb_event event;

	node_ok(client, "WriteChara", 0u, LONG_NAMED, 0u, 1u, octets, (size_t)300);
	event = expect_octets(server, QB_EV_RECV_WRITE, octets, 300);
	ck_assert_uint_eq(event.u[0], LONG_NAMED);
	node_expect_nothing(server);
	node_skip_to(client, QB_EV_CHARA_WRITE);
	node_ok(client, "WriteChara", 0u, VALUE, 0u, 0u, OCTETS("new"));
	expect_data(server, QB_EV_RECV_WRITE, "new");
	/* Another client sees it. */
	ck_assert_mem_eq(qb_gatt_db_get(server->ble->host->db, VALUE)->value, "new", 3);
	world_free(world);
}
END_TEST

START_TEST(a_notification_ends_when_it_is_sent)
{
	struct world *world = connected(NULL, NULL);
	struct node *server = world_node(world, 0), *client = world_node(world, 1);
	struct qb_event event;

	node_ok(server, "SendNotification", 0u, VALUE, octets, (size_t)244);
	event = node_expect(server, QB_EV_SEND_END);
	ck_assert_int_eq(event.status, 0);
	ck_assert_uint_eq(event.handle, VALUE);
	ck_assert_str_eq(event.call, "SendNotification");
	event = node_expect(client, QB_EV_RECV_NOTIFICATION);
	ck_assert_uint_eq(event.len, 246);
	node_expect_nothing(server);
	world_free(world);
}
END_TEST

START_TEST(an_indication_ends_when_it_is_confirmed)
{
	struct world *world = connected(NULL, NULL);
	struct node *server = world_node(world, 0), *client = world_node(world, 1);
	struct qb_event event;

	for (int i = 0; i < 3; i++)
		node_ok(server, "SendIndication", 0u, VALUE, OCTETS("ind"));
	for (int i = 0; i < 3; i++) {
		expect_data(client, QB_EV_RECV_INDICATION,
		            "\x03\0"
		            "ind");
		event = node_expect(server, QB_EV_SEND_END);
		ck_assert_int_eq(event.status, 0);
		ck_assert_str_eq(event.call, "SendIndication");
	}
	node_expect_nothing(server);
	node_expect_nothing(client);
	world_free(world);
}
END_TEST

/* As many as may wait; then Busy, and nothing lost; one end for each. */
START_TEST(a_full_queue_is_busy)
{
	struct qa_config config;
	struct world *world;
	struct node *server, *client;
	unsigned n = 0;

	qa_config_init(&config);
	config.address[5] = 0x11;
	config.acl_len = 27;
	config.acl_buffers = 1;
	world = connected(&config, NULL);
	server = world_node(world, 0);
	client = world_node(world, 1);
	while (!node_call(server, "SendNotification", 0u, VALUE, octets, (size_t)200))
		ck_assert_uint_lt(n++, 1000);
	ck_assert_int_eq(server->error, QB_ERR_BUSY);
	ck_assert_uint_eq(n, QB_TX_QUEUE_MAX);
	ck_assert_int_eq(node_call(server, "SendIndication", 0u, VALUE, octets, (size_t)20),
	                 QB_ERR_BUSY);
	for (unsigned i = 0; i < n; i++) {
		ck_assert_int_eq(node_expect(server, QB_EV_SEND_END).status, 0);
		node_expect(client, QB_EV_RECV_NOTIFICATION);
	}
	node_expect_nothing(server);
	node_expect_nothing(client);
	node_ok(server, "SendNotification", 0u, VALUE, OCTETS("again"));
	node_expect(server, QB_EV_SEND_END);
	world_free(world);
}
END_TEST

START_TEST(a_link_that_ends_ends_what_waits)
{
	struct world *world = connected(NULL, NULL);
	struct node *server = world_node(world, 0);

	qa_controller_set_away(world_node(world, 1)->controller, true);
	for (int i = 0; i < 20; i++)
		node_ok(server, "SendNotification", 0u, VALUE, octets, (size_t)200);
	for (int i = 0; i < 5; i++)
		node_ok(server, "SendIndication", 0u, VALUE, OCTETS("ind"));
	for (int i = 0; i < 25; i++)
		ck_assert_int_ne(node_expect(server, QB_EV_SEND_END).status, 0);
	node_expect(server, QB_EV_DISCONNECT);
	node_expect_nothing(server);
	world_free(world);
}
END_TEST

START_TEST(strict_cccd_sends_to_subscribers_only)
{
	struct qb_ble_config config = world_ble_config();
	struct world *world;
	struct node *server, *client;

	config.strict_cccd = true;
	world = connected(NULL, &config);
	server = world_node(world, 0);
	client = world_node(world, 1);
	ck_assert_int_eq(node_call(server, "SendNotification", 0u, VALUE, OCTETS("x")),
	                 QB_ERR_NOT_PERMITTED);
	node_ok(client, "WriteCharaDesc", 0u, CCCD, OCTETS("\x01\0"));
	expect_data(server, QB_EV_RECV_WRITE, "\x01\0");
	node_ok(server, "SendNotification", 0u, VALUE, OCTETS("x"));
	ck_assert_int_eq(node_call(server, "SendIndication", 0u, VALUE, OCTETS("x")),
	                 QB_ERR_NOT_PERMITTED);
	node_ok(client, "WriteCharaDesc", 0u, CCCD, OCTETS("\x02\0"));
	node_skip_to(server, QB_EV_RECV_WRITE);
	node_ok(server, "SendIndication", 0u, VALUE, OCTETS("x"));
	ck_assert_int_eq(node_call(server, "SendNotification", 0u, VALUE, OCTETS("x")),
	                 QB_ERR_NOT_PERMITTED);
	world_free(world);
}
END_TEST

/* A peripheral may be a client too: the peer's database is read over an incoming link. */
START_TEST(both_ends_serve_and_ask)
{
	struct world *world = connected(NULL, NULL);
	struct node *server = world_node(world, 0), *client = world_node(world, 1);

	node_ok(server, "ClientInit");
	node_ok(client, "ServerInit");
	node_ok(client, "SetLocalName", 0u, "the client");
	node_ok(server, "ReadCharaByHandle", 0u, 3u, 0u, 0u);
	expect_data(server, QB_EV_CHARA_READ, "the client");
	expect_data(client, QB_EV_RECV_READ, "the client");
	world_free(world);
}
END_TEST

UNIT_MAIN("ble_server", a_read_is_told_with_what_was_returned, a_write_is_stored_and_told,
          a_notification_ends_when_it_is_sent, an_indication_ends_when_it_is_confirmed,
          a_full_queue_is_busy, a_link_that_ends_ends_what_waits,
          strict_cccd_sends_to_subscribers_only, both_ends_serve_and_ask)
