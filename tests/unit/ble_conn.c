/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Connections: how they come about, what they are called, what can be asked of them, how they end.
 */
#include <string.h>

#include "ble/ble-internal.h"
#include "ble_example.h"

#define ABSENT "\xc0\x01\x02\x03\x04\x05"

static void display(const struct node *node, uint8_t addr[6])
{
	qb_addr_to_display(qb_ble_address(node->ble), addr);
}

static void advertise(struct node *node)
{
	example_start_server(node);
	node_ok(node, "AdvStart");
}

static void dial(struct node *node, const struct node *peer)
{
	uint8_t addr[6];

	display(peer, addr);
	node_ok(node, "Connect", 0u, addr, sizeof(addr));
}

static void expect_failed(struct node *node, const uint8_t addr[6])
{
	struct qb_event event = node_expect(node, QB_EV_CONNECT);
	uint8_t shown[6];

	ck_assert_int_ne(event.status, 0);
	ck_assert_int_eq(event.status, event.reason);
	ck_assert_uint_eq(event.u[0], 0xff);
	ck_assert_uint_eq(event.connect_id, QB_NO_CONNECTION);
	qb_addr_to_display(&event.addr, shown);
	ck_assert_mem_eq(shown, addr, 6);
}

START_TEST(both_sides_are_told)
{
	struct world *world = world_new(2, 1, NULL, NULL);
	struct node *server = world_node(world, 0), *client = world_node(world, 1);
	struct qb_connection_info info;
	struct qb_event event;

	advertise(server);
	example_start_client(client);
	dial(client, server);
	event = node_expect(client, QB_EV_CONNECT);
	ck_assert_uint_eq(event.u[0], 0);
	ck_assert(qb_addr_equal(&event.addr, qb_ble_address(server->ble)));
	ck_assert_uint_eq(node_expect(client, QB_EV_MTU).u[1], 247);
	node_expect(client, QB_EV_START_DISCOVER_SERVICE);
	event = node_expect(server, QB_EV_CONNECT);
	ck_assert(qb_addr_equal(&event.addr, qb_ble_address(client->ble)));
	ck_assert_uint_eq(node_expect(server, QB_EV_MTU).u[1], 247);
	/* Event 26 is for outgoing links. */
	node_expect_nothing(server);
	ck_assert_uint_eq(qb_ble_connections(client->ble, &info, 1), 1);
	ck_assert_uint_eq(info.role, QB_ROLE_CENTRAL);
	ck_assert_uint_eq(info.mtu, 247);
	ck_assert_uint_ge(info.interval, 6);
	/* To a peer that is there already: success, and that is all. */
	dial(client, server);
	node_expect_nothing(client);

	node_ok(client, "Disconnect", 0u);
	ck_assert_int_eq(node_call(client, "DiscoverAllService", 0u), QB_ERR_NOT_CONNECTED);
	node_ok(client, "Disconnect", 0u);
	event = node_expect(client, QB_EV_DISCONNECT);
	ck_assert_int_eq(event.status, 0);
	ck_assert_uint_eq(event.reason, 0x16);
	event = node_expect(server, QB_EV_DISCONNECT);
	ck_assert_uint_eq(event.reason, 0x13);
	ck_assert_int_eq(node_call(client, "Disconnect", 0u), QB_ERR_NOT_CONNECTED);
	node_expect_nothing(client);
	world_free(world);
}
END_TEST

START_TEST(without_auto_mtu_26_comes_at_once)
{
	struct qb_ble_config config = world_ble_config();
	struct world *world;
	struct node *client;

	config.auto_mtu = false;
	world = world_new(2, 1, NULL, &config);
	client = world_node(world, 1);
	advertise(world_node(world, 0));
	example_start_client(client);
	dial(client, world_node(world, 0));
	node_expect(client, QB_EV_CONNECT);
	node_expect(client, QB_EV_START_DISCOVER_SERVICE);
	node_expect_nothing(client);
	world_free(world);
}
END_TEST

/* The lowest free number, from 0. */
START_TEST(connect_ids_are_used_again)
{
	struct world *world = world_new(4, 1, NULL, NULL);
	struct node *hub = world_node(world, 0);

	example_start_client(hub);
	for (unsigned i = 1; i < 4; i++) {
		advertise(world_node(world, i));
		dial(hub, world_node(world, i));
		ck_assert_uint_eq(node_expect(hub, QB_EV_CONNECT).u[0], i - 1);
		node_skip_to(hub, QB_EV_START_DISCOVER_SERVICE);
	}
	node_ok(hub, "Disconnect", 1u);
	ck_assert_uint_eq(node_expect(hub, QB_EV_DISCONNECT).u[0], 1);
	node_ok(hub, "Disconnect", 0u);
	ck_assert_uint_eq(node_expect(hub, QB_EV_DISCONNECT).u[0], 0);
	ck_assert_uint_eq(qb_ble_connections(hub->ble, NULL, 0), 1);
	for (unsigned i = 2; i > 0; i--) {
		node_ok(world_node(world, i), "AdvStart");
		dial(hub, world_node(world, i));
		ck_assert_uint_eq(node_expect(hub, QB_EV_CONNECT).u[0], 2 - i);
		node_skip_to(hub, QB_EV_START_DISCOVER_SERVICE);
	}
	world_free(world);
}
END_TEST

START_TEST(a_connect_gives_up_after_30_seconds)
{
	struct world *world = world_new(1, 1, NULL, NULL);
	struct node *node = world_node(world, 0);
	uint64_t begin;

	example_start_client(node);
	begin = world->now;
	node_ok(node, "Connect", 1u, OCTETS(ABSENT));
	world_run(world, 29 * QB_SEC);
	/* It pends already. */
	node_ok(node, "Connect", 1u, OCTETS(ABSENT));
	expect_failed(node, (const uint8_t *)ABSENT);
	ck_assert_uint_ge(world->now - begin, 30 * QB_SEC);
	ck_assert_uint_le(world->now - begin, 31 * QB_SEC);
	node_expect_nothing(node);
	world_free(world);
}
END_TEST

/* A node whose controller answers half a second late. */
static struct world *slow(void)
{
	struct qa_config config;

	qa_config_init(&config);
	config.address[5] = 0x11;
	config.answer_delay_us = 500 * QB_MSEC;
	return world_new(1, 1, &config, NULL);
}

/* Time is over, but the controller has not said so: nobody knows it but us. */
START_TEST(a_connect_pends_until_its_end_is_told)
{
	struct world *world = slow();
	struct node *node = world_node(world, 0);
	uint64_t begin;

	example_start_client(node);
	begin = world->now;
	node_ok(node, "Connect", 1u, OCTETS(ABSENT));
	world_run(world, begin + 30 * QB_SEC + 100 * QB_MSEC - world->now);
	ck_assert(qb_list_empty(&node->events));
	node_ok(node, "Connect", 1u, OCTETS(ABSENT));
	node_ok(node, "CancelConnect", OCTETS(ABSENT));
	expect_failed(node, (const uint8_t *)ABSENT);
	node_expect_nothing(node);
	world_free(world);
}
END_TEST

START_TEST(a_connect_can_be_cancelled)
{
	struct world *world = world_new(2, 1, NULL, NULL);
	struct node *node = world_node(world, 0), *peer = world_node(world, 1);
	uint8_t addr[6];

	example_start_client(node);
	display(peer, addr);
	node_ok(node, "Connect", 1u, OCTETS(ABSENT));
	dial(node, peer);
	node_ok(node, "CancelConnect", OCTETS(ABSENT));
	expect_failed(node, (const uint8_t *)ABSENT);
	ck_assert_int_eq(node_call(node, "CancelConnect", OCTETS(ABSENT)), QB_ERR_NOT_FOUND);
	/* The other one pends on, and can be asked for anew after its own cancel. */
	node_expect_nothing(node);
	node_ok(node, "CancelConnect", addr, sizeof(addr));
	dial(node, peer);
	expect_failed(node, addr);
	advertise(peer);
	ck_assert_int_eq(node_expect(node, QB_EV_CONNECT).status, 0);
	world_free(world);
}
END_TEST

START_TEST(many_connects_may_pend)
{
	struct world *world = world_new(1, 1, NULL, NULL);
	struct node *node = world_node(world, 0);
	uint8_t addr[6] = ABSENT;

	example_start_client(node);
	for (unsigned i = 0; i < QB_CONNECT_PENDING_MAX; i++) {
		addr[5] = (uint8_t)i;
		node_ok(node, "Connect", 1u, addr, sizeof(addr));
	}
	addr[5] = 0xff;
	ck_assert_int_eq(node_call(node, "Connect", 1u, addr, sizeof(addr)), QB_ERR_LIMIT_EXCEEDED);
	node_ok(node, "GattStop");
	for (unsigned i = 0; i < QB_CONNECT_PENDING_MAX; i++)
		ck_assert_int_ne(node_expect(node, QB_EV_CONNECT).status, 0);
	node_expect(node, QB_EV_STOP_STATUS);
	node_expect_nothing(node);
	world_free(world);
}
END_TEST

/* A controller goes after one peer at a time. */
START_TEST(an_absent_peer_keeps_nobody_waiting)
{
	struct world *world = world_new(2, 1, NULL, NULL);
	struct node *node = world_node(world, 0), *peer = world_node(world, 1);
	uint64_t begin;

	advertise(peer);
	example_start_client(node);
	begin = world->now;
	node_ok(node, "Connect", 1u, OCTETS(ABSENT));
	dial(node, peer);
	ck_assert_int_eq(node_expect(node, QB_EV_CONNECT).status, 0);
	ck_assert_uint_le(world->now - begin, 3 * QB_SEC);
	node_skip_to(node, QB_EV_START_DISCOVER_SERVICE);
	expect_failed(node, (const uint8_t *)ABSENT);
	ck_assert_uint_ge(world->now - begin, 30 * QB_SEC);
	world_free(world);
}
END_TEST

/* After event 1 nothing goes on in the air. */
START_TEST(a_stop_waits_until_the_controller_has_given_up)
{
	struct world *world = slow();
	struct node *node = world_node(world, 0);
	uint64_t begin;

	example_start_client(node);
	node_ok(node, "Connect", 1u, OCTETS(ABSENT));
	world_run(world, QB_SEC);
	begin = world->now;
	node_ok(node, "GattStop");
	expect_failed(node, (const uint8_t *)ABSENT);
	node_expect(node, QB_EV_STOP_STATUS);
	ck_assert_uint_ge(world->now - begin, 500 * QB_MSEC);
	node_expect_nothing(node);
	world_free(world);
}
END_TEST

static struct world *linked(void)
{
	struct world *world = world_new(2, 1, NULL, NULL);
	struct node *server = world_node(world, 0), *client = world_node(world, 1);

	advertise(server);
	example_start_client(client);
	dial(client, server);
	node_skip_to(client, QB_EV_START_DISCOVER_SERVICE);
	world_run(world, QB_SEC);
	node_forget(client);
	node_forget(server);
	return world;
}

static void expect_update(struct node *node, unsigned interval, unsigned latency, unsigned timeout)
{
	struct qb_event event = node_expect(node, QB_EV_UPDATE_CONN_PARAM);

	ck_assert_int_eq(event.status, 0);
	ck_assert_uint_eq(event.u[0], 0);
	ck_assert_uint_eq(event.u[1], interval);
	ck_assert_uint_eq(event.u[2], interval);
	ck_assert_uint_eq(event.u[3], latency);
	ck_assert_uint_eq(event.u[4], timeout);
}

static void on_answer(void *user, const struct qb_result *result)
{
	enum qb_error *error = user;

	*error = result->error;
}

START_TEST(either_side_may_ask_for_parameters)
{
	struct world *world = linked();
	struct node *server = world_node(world, 0), *client = world_node(world, 1);
	const struct qb_value args[] = {{0}, {100}, {100}, {2}, {500}};
	const struct qb_call *call = qb_calls;
	enum qb_error first = QB_ERR_FAILED, second = QB_OK;

	while (strcmp(call->name, "UpdateConnParam"))
		call++;
	qb_call_run(client->ble, call, args, on_answer, &first);
	qb_call_run(client->ble, call, args, on_answer, &second);
	ck_assert_int_eq(second, QB_ERR_BUSY);
	expect_update(client, 100, 2, 500);
	ck_assert_int_eq(first, QB_OK);
	expect_update(server, 100, 2, 500);
	node_ok(server, "UpdateConnParam", 0u, 24u, 24u, 0u, 300u);
	expect_update(server, 24, 0, 300);
	expect_update(client, 24, 0, 300);
	node_expect_nothing(client);
	node_expect_nothing(server);
	world_free(world);
}
END_TEST

/* LE Connection Update Complete (Core 5.4, Vol 4, Part E, 7.7.65.3) of an attempt that failed. */
static void fail_update(struct node *node)
{
	uint16_t handle = node->ble->conns[0]->link->handle;
	const uint8_t packet[] = {
	        0x04, 0x3e, 10, 0x03, 0x3b, (uint8_t)handle, (uint8_t)(handle >> 8), 40,
	        0,    0,    0,  0xa4, 0x01};

	ck_assert_int_eq(qa_controller_raw(node->controller, packet, sizeof(packet)), 0);
}

/* The document's programs give up at an event 18 with a status. */
START_TEST(a_failed_update_is_told_to_those_who_asked)
{
	struct world *world = linked();
	struct node *client = world_node(world, 1);

	fail_update(client);
	node_expect_nothing(client);
	client->ble->conns[0]->updating = true;
	fail_update(client);
	ck_assert_int_eq(node_expect(client, QB_EV_UPDATE_CONN_PARAM).status, 0x3b);
	ck_assert(!client->ble->conns[0]->updating);
	world_free(world);
}
END_TEST

/* L2CAP Connection Parameter Update Response (Core 5.4, Vol 3, Part A, 4.21): accepted. */
static void accept_update(struct node *node)
{
	uint16_t handle = node->ble->conns[0]->link->handle;
	const uint8_t packet[] = {0x02,
	                          (uint8_t)handle,
	                          (uint8_t)(handle >> 8 | 0x20),
	                          10,
	                          0,
	                          6,
	                          0,
	                          5,
	                          0,
	                          0x13,
	                          1,
	                          2,
	                          0,
	                          0,
	                          0};

	ck_assert_int_eq(qa_controller_raw(node->controller, packet, sizeof(packet)), 0);
}

/* The caller is told all the same, and may ask again. */
START_TEST(a_central_may_accept_parameters_and_never_set_them)
{
	struct world *world = linked();
	struct node *server = world_node(world, 0), *client = world_node(world, 1);

	/* The central's controller lacks the procedure, and its host has other things to do. */
	memset(server->ble->conns[0]->link->gap.features, 0, 8);
	client->ble->conns[0]->link->gap.updating = true;
	node_ok(server, "UpdateConnParam", 0u, 24u, 24u, 0u, 300u);
	accept_update(server);
	ck_assert_int_eq(node_call(server, "UpdateConnParam", 0u, 24u, 24u, 0u, 300u), QB_ERR_BUSY);
	ck_assert_int_eq(node_expect(server, QB_EV_UPDATE_CONN_PARAM).status, 0x22);
	node_ok(server, "UpdateConnParam", 0u, 24u, 24u, 0u, 300u);
	world_free(world);
}
END_TEST

START_TEST(the_signal_strength_can_be_read)
{
	struct world *world = linked();
	struct node *client = world_node(world, 1);

	node_ok(client, "ReadRssi", 0u);
	ck_assert_int_lt(client->i, 0);
	ck_assert_int_ge(client->i, -127);
	world_free(world);
}
END_TEST

START_TEST(a_peer_that_vanishes_is_noticed)
{
	struct world *world = linked();
	struct node *server = world_node(world, 0), *client = world_node(world, 1);
	struct qb_event event;

	qa_controller_set_away(server->controller, true);
	event = node_expect(client, QB_EV_DISCONNECT);
	ck_assert_int_eq(event.status, 0);
	ck_assert_uint_eq(event.reason, 0x08);
	node_expect(server, QB_EV_DISCONNECT);
	world_free(world);
}
END_TEST

/* The daemon was busy when a peer came, and the program that had advertised is gone by now. */
START_TEST(a_link_of_the_server_before_is_nobodys)
{
	struct world *world = world_new(2, 1, NULL, NULL);
	struct node *server = world_node(world, 0), *client = world_node(world, 1);

	advertise(server);
	node_ok(server, "ClientInit");
	example_start_client(client);
	world_stall(server, true);
	dial(client, server);
	node_skip_to(client, QB_EV_CONNECT);
	node_ok(server, "ServerRelease");
	node_ok(server, "ServerInit");
	world_stall(server, false);
	node_expect_nothing(server);
	node_skip_to(client, QB_EV_DISCONNECT);
	node_ok(server, "AdvStart");
	node_forget(client);
	dial(client, server);
	ck_assert_int_eq(node_expect(server, QB_EV_CONNECT).status, 0);
	world_free(world);
}
END_TEST

/* filter_policy 2: connections from the accept list only. */
START_TEST(the_accept_list_decides_who_connects)
{
	struct world *world = world_new(3, 1, NULL, NULL);
	struct node *server = world_node(world, 0);
	struct node *guest = world_node(world, 1), *stranger = world_node(world, 2);
	uint8_t addr[6];

	example_start_server(server);
	example_start_client(guest);
	example_start_client(stranger);
	display(guest, addr);
	node_ok(server, "AcceptListAdd", 0u, addr, sizeof(addr));
	node_ok(server, "SetAdvParam", 0x20u, 0x20u, 0u, 0u, 7u, 2u, 2u, 1u, 1u);
	node_ok(server, "AdvStart");
	dial(stranger, server);
	world_run(world, 10 * QB_SEC);
	ck_assert(qb_list_empty(&stranger->events));
	/* While a filter refers to it, the controller does not let it change. */
	ck_assert_int_eq(node_call(server, "AcceptListClear"), QB_ERR_CONTROLLER);
	dial(guest, server);
	ck_assert_int_eq(node_expect(guest, QB_EV_CONNECT).status, 0);
	node_expect(server, QB_EV_CONNECT);
	node_ok(server, "AcceptListRemove", 0u, addr, sizeof(addr));
	display(stranger, addr);
	node_ok(server, "AcceptListAdd", 0u, addr, sizeof(addr));
	node_ok(server, "AdvStart");
	ck_assert_int_eq(node_expect(stranger, QB_EV_CONNECT).status, 0);
	node_ok(server, "AcceptListClear");
	world_free(world);
}
END_TEST

/* One process, both roles, several links: events come in each one's own order. */
START_TEST(both_roles_at_once)
{
	struct world *world = world_new(3, 1, NULL, NULL);
	struct node *both = world_node(world, 0);
	struct node *server = world_node(world, 1), *client = world_node(world, 2);
	struct qb_connection_info info[2];

	node_ok(both, "ServerInit");
	example_start_client(both);
	node_ok(both, "AdvStart");
	advertise(server);
	example_start_client(client);
	dial(both, server);
	node_expect(both, QB_EV_CONNECT);
	node_expect(both, QB_EV_MTU);
	node_expect(both, QB_EV_START_DISCOVER_SERVICE);
	dial(client, both);
	node_expect(both, QB_EV_CONNECT);
	node_expect(both, QB_EV_MTU);
	ck_assert_uint_eq(qb_ble_connections(both->ble, info, 2), 2);
	ck_assert_uint_eq(info[0].role, QB_ROLE_CENTRAL);
	ck_assert_uint_eq(info[1].role, QB_ROLE_PERIPHERAL);
	node_expect_nothing(both);
	world_free(world);
}
END_TEST

/* Connect and disconnect, over and over: nothing is left of it. */
START_TEST(nothing_is_left_of_a_link)
{
	struct world *world = world_new(2, 1, NULL, NULL);
	struct node *server = world_node(world, 0), *client = world_node(world, 1);

	example_start_client(client);
	example_start_server(server);
	for (int i = 0; i < 200; i++) {
		node_ok(server, "AdvStart");
		dial(client, server);
		ck_assert_uint_eq(node_expect(client, QB_EV_CONNECT).u[0], 0);
		ck_assert_uint_eq(node_expect(server, QB_EV_CONNECT).u[0], 0);
		/* At different moments of its life. */
		world_run(world, (uint64_t)i * 3 * QB_MSEC);
		node_ok(i % 2 ? server : client, "Disconnect", 0u);
		node_skip_to(client, QB_EV_DISCONNECT);
		node_skip_to(server, QB_EV_DISCONNECT);
		world_run(world, QB_SEC);
		ck_assert_uint_eq(client->ble->host->pool.used, 0);
		ck_assert_uint_eq(server->ble->host->pool.used, 0);
		ck_assert_uint_eq(server->ble->n_links, 0);
		ck_assert_uint_eq(qb_timers_next(&server->timers), QB_NEVER);
		ck_assert_uint_eq(qb_timers_next(&client->timers), QB_NEVER);
	}
	world_free(world);
}
END_TEST

UNIT_MAIN("ble_conn", both_sides_are_told, without_auto_mtu_26_comes_at_once,
          connect_ids_are_used_again, a_connect_gives_up_after_30_seconds,
          a_connect_pends_until_its_end_is_told, a_connect_can_be_cancelled, many_connects_may_pend,
          an_absent_peer_keeps_nobody_waiting, a_stop_waits_until_the_controller_has_given_up,
          either_side_may_ask_for_parameters, a_failed_update_is_told_to_those_who_asked,
          a_central_may_accept_parameters_and_never_set_them, the_signal_strength_can_be_read,
          a_peer_that_vanishes_is_noticed, the_accept_list_decides_who_connects,
          a_link_of_the_server_before_is_nobodys, both_roles_at_once, nothing_is_left_of_a_link)
