/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The document's two example programs against each other, event by event. */
#include <string.h>

#include "ble_example.h"

/* The server's side of a connection, as its program lives through it. */
static void server_meets(struct node *server, unsigned handle)
{
	struct qb_event event = node_expect(server, QB_EV_CONNECT);

	ck_assert_int_eq(event.status, 0);
	ck_assert_uint_eq(event.u[0], 0);
	/* It notifies inside event 16, before anybody could have subscribed. */
	node_ok(server, "SendNotification", 0u, handle, OCTETS("99999"));
}

struct client {
	uint16_t base;    /* of the battery service */
	unsigned by_uuid; /* the program's discover_service_mode */
	bool system;
	bool notified;
};

/* The next event, unless it is the notification, which may come at any time. */
static void set_notification_aside(struct node *node, struct client *client)
{
	struct qb_event event;

	if (client->notified)
		return;
	event = node_expect(node, QB_EV_RECV_NOTIFICATION);
	ck_assert_uint_eq(event.len, 7);
	ck_assert_uint_eq(event.data[0], client->base + 2);
	ck_assert_mem_eq(event.data + 1,
	                 "\0"
	                 "99999",
	                 6);
	client->notified = true;
}

/* What the client's program does from event 26 on. */
static void client_explores(struct node *node, struct client *client)
{
	const uint8_t b = (uint8_t)client->base;
	const uint8_t charas[] = {7, b + 1, 0, 0x32, b + 2, 0, 0x19, 0x2a};
	const uint8_t descs[] = {1, b + 3, 0, 0x02, 0x29};
	struct qb_event event;

	set_notification_aside(node, client);
	if (client->by_uuid) {
		node_ok(node, "DiscoverByUUID", 0u, SHORT_UUID(0x180f));
	} else {
		node_ok(node, "DiscoverAllService", 0u);
		if (client->system) {
			expect_service(node, 1, 11, 0x1800);
			expect_service(node, 12, 15, 0x1801);
		}
	}
	expect_service(node, b, (uint16_t)(b + 3), 0x180f);
	node_ok(node, "DiscoverAllChara", 0u, (unsigned)b, b + 3u);
	expect_octets(node, QB_EV_DISCOVER_CHARAS, charas, sizeof(charas));
	expect_att_error(node, 0x0a);
	node_ok(node, "DiscoverAllCharaDesc", 0u, b + 3u, b + 3u);
	expect_octets(node, QB_EV_DISCOVER_DESCS, descs, sizeof(descs));
	node_ok(node, "ReadCharaByUUID", 0u, b + 1u, b + 2u, SHORT_UUID(0x2a19));
	event = node_expect(node, QB_EV_CHARA_READ_BY_UUID);
	/* An entry is handle and value, cut to what a response carries: MTU - 2 in all. */
	ck_assert_uint_eq(event.len, 1 + 245);
	ck_assert_uint_eq(event.data[0], 245);
	ck_assert_uint_eq(event.data[1], b + 2);
	node_expect_nothing(node);
}

static void run_examples(struct node *server, struct node *client, unsigned mode, unsigned by_uuid)
{
	struct client state = {.base = mode ? 16 : 1, .by_uuid = by_uuid, .system = mode};
	struct qb_event event;
	uint8_t addr[6];

	example_server(server, mode);
	example_start_client(client);
	/* As example_find() does, but the server's program runs meanwhile. */
	node_ok(client, "SetScanParam", 1u, 0x100u, 0x50u, 0u, 0u);
	node_ok(client, "ScanStart");
	event = node_expect(client, QB_EV_SCAN_REPORT);
	ck_assert_str_eq(event.name, EXAMPLE_NAME);
	ck_assert_uint_eq(event.u[0], 0);
	ck_assert_uint_eq(event.u[1], 0);
	ck_assert_int_ne(event.rssi, 0);
	ck_assert_uint_eq(event.len, 16);
	ck_assert_mem_eq(event.data, "\x02\x01\x05\x0c\x09" EXAMPLE_NAME, 16);
	node_ok(client, "ScanStop");
	qb_addr_to_display(&event.addr, addr);
	ck_assert(qb_addr_equal(&event.addr, qb_ble_address(server->ble)));
	node_ok(client, "Connect", 0u, addr, sizeof(addr));
	server_meets(server, state.base + 2u);
	event = node_expect(client, QB_EV_CONNECT);
	ck_assert_int_eq(event.status, 0);
	ck_assert_uint_eq(event.u[0], 0);
	ck_assert(qb_addr_equal(&event.addr, qb_ble_address(server->ble)));
	event = node_expect(client, QB_EV_MTU);
	ck_assert_uint_eq(event.u[0], 0);
	ck_assert_uint_eq(event.u[1], 247);
	node_expect(client, QB_EV_START_DISCOVER_SERVICE);
	client_explores(client, &state);

	event = node_expect(server, QB_EV_MTU);
	ck_assert_uint_eq(event.u[1], 247);
	event = node_expect(server, QB_EV_SEND_END);
	ck_assert_int_eq(event.status, 0);
	node_expect_nothing(server);

	/* The client's time is up; the server's program stops in event 17. */
	node_ok(client, "GattStop");
	ck_assert_int_eq(node_expect(client, QB_EV_DISCONNECT).status, 0);
	ck_assert_int_eq(node_expect(client, QB_EV_STOP_STATUS).status, 0);
	node_ok(client, "GetStatus");
	ck_assert_int_eq(client->i, 0);
	node_ok(client, "ClientRelease");
	event = node_expect(server, QB_EV_DISCONNECT);
	ck_assert_int_eq(event.status, 0);
	ck_assert_uint_eq(event.u[0], 0);
	ck_assert_uint_eq(event.reason, 0x13);
	node_ok(server, "GattStop");
	ck_assert_int_eq(node_expect(server, QB_EV_STOP_STATUS).status, 0);
	node_ok(server, "GetStatus");
	ck_assert_int_eq(server->i, 0);
	node_ok(server, "ServerRelease");
	node_expect_nothing(server);
	node_expect_nothing(client);
}

static void in_a_world(const struct qa_config *config)
{
	struct world *world = world_new(2, 3, config, NULL);
	struct node *server = world_node(world, 0), *client = world_node(world, 1);

	/* Over and over, without starting anything anew. */
	for (int i = 0; i < 3; i++) {
		run_examples(server, client, 0, 0);
		run_examples(server, client, 1, 0);
		run_examples(server, client, 1, 1);
	}
	world_free(world);
}

START_TEST(the_examples_on_extended_controllers)
{
	in_a_world(NULL);
}
END_TEST

START_TEST(the_examples_on_legacy_controllers)
{
	struct qa_config config;

	qa_config_init(&config);
	config.legacy = true;
	config.address[5] = 0x11;
	in_a_world(&config);
}
END_TEST

START_TEST(the_examples_on_small_buffers)
{
	struct qa_config config;

	qa_config_init(&config);
	config.address[5] = 0x11;
	config.acl_len = 27;
	config.acl_buffers = 1;
	config.answer_delay_us = 5000;
	in_a_world(&config);
}
END_TEST

UNIT_MAIN("ble_stories", the_examples_on_extended_controllers, the_examples_on_legacy_controllers,
          the_examples_on_small_buffers)
