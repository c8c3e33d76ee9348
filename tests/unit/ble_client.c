/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The GATT client's calls and the events that each ends in: api.md, 4, rule by rule. */
#include <string.h>

#include "ble/client.h"
#include "ble_example.h"

static const char uuid_a[17] = "0123456789abcdef";
static uint8_t pattern[512];

/* Handles of the database below, which begins at 1. */
enum {
	SHORT_VALUE = 3, /* read, write, write without response, notify */
	SHORT_CCCD = 4,
	SHORT_TEXT = 5,
	LONG_VALUE = 7, /* 512 octets, read and write */
	SECRET = 9,     /* no permission */
	SERVICE_A = 10, /* 128-bit UUID, one characteristic with a 128-bit UUID */
	A_VALUE = 12,
	LAST = 12,
};

/* Node 0 is the server, node 1 its client, on connect_id 0 of both. */
static struct world *connected_by(const struct qa_config *controller,
                                  const struct qb_ble_config *config)
{
	struct world *world = world_new(2, 1, controller, config);
	struct node *server = world_node(world, 0), *client = world_node(world, 1);
	uint8_t addr[6];

	for (size_t i = 0; i < sizeof(pattern); i++)
		pattern[i] = (uint8_t)(i * 7 + i / 256);
	example_start_server(server);
	node_ok(server, "AddService", 1u, 1u, SHORT_UUID(0x180f));
	node_ok(server, "AddChara", 1u, 1u, 0x1eu, SHORT_UUID(0x2a19));
	node_ok(server, "AddCharaValue", 1u, 1u, 3u, SHORT_UUID(0x2a19), OCTETS("abc"));
	node_ok(server, "AddCharaDesc", 1u, 1u, 3u, SHORT_UUID(0x2902), OCTETS("\0\0"));
	node_ok(server, "AddCharaDesc", 1u, 1u, 3u, SHORT_UUID(0x2901), OCTETS("text"));
	node_ok(server, "AddChara", 1u, 2u, 0x0au, SHORT_UUID(0x2a1a));
	node_ok(server, "AddCharaValue", 1u, 2u, 3u, SHORT_UUID(0x2a1a), pattern, sizeof(pattern));
	node_ok(server, "AddChara", 1u, 3u, 0x0eu, SHORT_UUID(0x2a1b));
	node_ok(server, "AddCharaValue", 1u, 3u, 0u, SHORT_UUID(0x2a1b), OCTETS("secret"));
	node_ok(server, "AddService", 1u, 2u, LONG_UUID(uuid_a));
	node_ok(server, "AddChara", 2u, 1u, 0x02u, LONG_UUID(uuid_a));
	node_ok(server, "AddOrClearService", 1u, 0u);
	node_ok(server, "AdvStart");
	example_start_client(client);
	qb_addr_to_display(qb_ble_address(server->ble), addr);
	node_ok(client, "Connect", 0u, addr, sizeof(addr));
	node_skip_to(client, QB_EV_START_DISCOVER_SERVICE);
	node_forget(server);
	return world;
}

static struct world *connected(const struct qb_ble_config *config)
{
	return connected_by(NULL, config);
}

START_TEST(services_come_one_by_one)
{
	struct world *world = connected(NULL);
	struct node *client = world_node(world, 1);
	struct qb_event event;

	node_ok(client, "DiscoverAllService", 0u);
	expect_service(client, 1, 9, 0x180f);
	/* Of a 128-bit UUID: its bytes 12 and 13; the whole one is in the log. */
	event = node_expect(client, QB_EV_DISCOVER_SERVICE);
	ck_assert_uint_eq(event.u[0], SERVICE_A);
	ck_assert_uint_ge(event.u[1], LAST);
	ck_assert_uint_eq(event.u[2], 'd' << 8 | 'c');
	ck_assert_mem_eq(event.uuid.b, uuid_a, 16);
	ck_assert_str_eq(event.call, "DiscoverAllService");
	node_expect_nothing(client);

	node_ok(client, "DiscoverByUUID", 0u, SHORT_UUID(0x180f));
	expect_service(client, 1, 9, 0x180f);
	node_expect_nothing(client);
	node_ok(client, "DiscoverByUUID", 0u, LONG_UUID(uuid_a));
	node_expect(client, QB_EV_DISCOVER_SERVICE);
	node_expect_nothing(client);
	node_ok(client, "DiscoverByUUID", 0u, SHORT_UUID(0x1800));
	expect_att_error(client, 0x0a);
	node_expect_nothing(client);
	world_free(world);
}
END_TEST

START_TEST(characteristics_always_end_in_an_error)
{
	struct world *world = connected(NULL);
	struct node *client = world_node(world, 1);

	node_ok(client, "DiscoverAllChara", 0u, 1u, 9u);
	expect_data(client, QB_EV_DISCOVER_CHARAS,
	            "\x07\x02\0\x1e\x03\0\x19\x2a\x06\0\x0a\x07\0\x1a\x2a\x08\0\x0e\x09\0\x1b\x2a");
	expect_att_error(client, 0x0a);
	node_ok(client, "DiscoverAllChara", 0u, 10u, 0xffffu);
	expect_data(client, QB_EV_DISCOVER_CHARAS,
	            "\x15\x0b\0\x02\x0c\0"
	            "0123456789abcdef");
	expect_att_error(client, 0x0a);
	/* The last one ends the range: the error comes all the same. */
	node_ok(client, "DiscoverAllChara", 0u, 8u, 8u);
	expect_data(client, QB_EV_DISCOVER_CHARAS, "\x07\x08\0\x0e\x09\0\x1b\x2a");
	expect_att_error(client, 0x0a);
	node_ok(client, "DiscoverAllChara", 0u, 9u, 9u);
	expect_att_error(client, 0x0a);
	node_ok(client, "DiscoverAllIncludes", 0u, 1u, 9u);
	expect_att_error(client, 0x0a);
	node_expect_nothing(client);
	world_free(world);
}
END_TEST

START_TEST(descriptors_end_in_an_error_only_where_the_peer_has_one)
{
	struct world *world = connected(NULL);
	struct node *client = world_node(world, 1);

	node_ok(client, "DiscoverAllCharaDesc", 0u, 4u, 5u);
	expect_data(client, QB_EV_DISCOVER_DESCS, "\x01\x04\0\x02\x29\x05\0\x01\x29");
	node_expect_nothing(client);
	/* A response has entries of one size, so another one follows; then the peer has no more. */
	node_ok(client, "DiscoverAllCharaDesc", 0u, 11u, 20u);
	expect_data(client, QB_EV_DISCOVER_DESCS, "\x01\x0b\0\x03\x28");
	expect_data(client, QB_EV_DISCOVER_DESCS,
	            "\x02\x0c\0"
	            "0123456789abcdef");
	expect_att_error(client, 0x0a);
	node_ok(client, "DiscoverAllCharaDesc", 0u, 13u, 20u);
	expect_att_error(client, 0x0a);
	node_expect_nothing(client);
	world_free(world);
}
END_TEST

/* As the document's client does where a characteristic has no descriptor. */
START_TEST(a_reversed_range_is_asked_of_nobody)
{
	struct world *world = connected(NULL);
	struct node *client = world_node(world, 1);

	node_ok(client, "DiscoverAllCharaDesc", 0u, 5u, 4u);
	expect_att_error(client, 0x01);
	node_ok(client, "DiscoverAllChara", 0u, 5u, 4u);
	expect_att_error(client, 0x01);
	node_ok(client, "DiscoverAllIncludes", 0u, 5u, 4u);
	expect_att_error(client, 0x01);
	node_ok(client, "ReadCharaByUUID", 0u, 5u, 4u, SHORT_UUID(0x2a19));
	expect_att_error(client, 0x01);
	/* In its turn. */
	node_ok(client, "ReadCharaByHandle", 0u, SHORT_VALUE, 0u, 0u);
	node_ok(client, "DiscoverAllCharaDesc", 0u, 5u, 4u);
	node_ok(client, "ReadCharaDesc", 0u, SHORT_TEXT, 0u);
	node_ok(client, "DiscoverAllCharaDesc", 0u, 5u, 4u);
	node_ok(client, "DiscoverAllCharaDesc", 0u, 5u, 4u);
	expect_data(client, QB_EV_CHARA_READ, "abc");
	expect_att_error(client, 0x01);
	expect_data(client, QB_EV_DESC_READ, "text");
	expect_att_error(client, 0x01);
	expect_att_error(client, 0x01);
	node_expect_nothing(client);
	world_free(world);
}
END_TEST

START_TEST(reads_end_in_their_own_event)
{
	struct world *world = connected(NULL);
	struct node *server = world_node(world, 0), *client = world_node(world, 1);
	struct qb_event event;

	node_ok(client, "ReadCharaByHandle", 0u, SHORT_VALUE, 0u, 0u);
	event = expect_data(client, QB_EV_CHARA_READ, "abc");
	ck_assert_uint_eq(event.handle, SHORT_VALUE);
	ck_assert_str_eq(event.call, "ReadCharaByHandle");
	node_ok(client, "ReadCharaByHandle", 0u, SHORT_VALUE, 1u, 0u);
	expect_data(client, QB_EV_CHARA_READ, "bc");
	/* One response brings MTU - 1 octets; is_long 1 all. */
	node_ok(client, "ReadCharaByHandle", 0u, LONG_VALUE, 0u, 0u);
	expect_octets(client, QB_EV_CHARA_READ, pattern, 246);
	node_ok(client, "ReadCharaByHandle", 0u, LONG_VALUE, 100u, 0u);
	expect_octets(client, QB_EV_CHARA_READ, pattern + 100, 246);
	node_ok(client, "ReadCharaByHandle", 0u, LONG_VALUE, 0u, 1u);
	expect_octets(client, QB_EV_CHARA_READ, pattern, 512);
	node_ok(client, "ReadCharaByHandle", 0u, LONG_VALUE, 500u, 1u);
	expect_octets(client, QB_EV_CHARA_READ, pattern + 500, 12);
	node_ok(client, "ReadCharaByHandle", 0u, A_VALUE, 0u, 1u);
	expect_data(client, QB_EV_CHARA_READ, "");
	node_ok(client, "ReadCharaDesc", 0u, SHORT_TEXT, 0u);
	expect_data(client, QB_EV_DESC_READ, "text");
	node_ok(client, "ReadCharaDesc", 0u, SHORT_CCCD, 1u);
	expect_data(client, QB_EV_DESC_READ, "\0\0");
	node_ok(client, "ReadCharaByUUID", 0u, 1u, 9u, SHORT_UUID(0x2a19));
	expect_data(client, QB_EV_CHARA_READ_BY_UUID,
	            "\x05\x03\0"
	            "abc");
	node_ok(client, "ReadMultiChara", 0u, OCTETS("\x03\0\x05\0"));
	expect_data(client, QB_EV_CHARA_MULTI_READ, "abctext");
	/* Or in one error. */
	node_ok(client, "ReadCharaByHandle", 0u, SECRET, 0u, 0u);
	expect_att_error(client, 0x02);
	node_ok(client, "ReadCharaByHandle", 0u, 99u, 0u, 1u);
	expect_att_error(client, 0x01);
	node_ok(client, "ReadCharaByHandle", 0u, SHORT_VALUE, 9u, 0u);
	expect_att_error(client, 0x07);
	node_ok(client, "ReadCharaByUUID", 0u, 1u, 9u, SHORT_UUID(0x2aff));
	expect_att_error(client, 0x0a);
	node_ok(client, "ReadMultiChara", 0u, OCTETS("\x03\0\x09\0"));
	expect_att_error(client, 0x02);
	node_expect_nothing(client);
	node_forget(server);
	world_free(world);
}
END_TEST

START_TEST(writes_end_in_their_own_event)
{
	struct world *world = connected(NULL);
	struct node *server = world_node(world, 0), *client = world_node(world, 1);
	struct qb_event event;

	node_ok(client, "WriteChara", 0u, SHORT_VALUE, 0u, 0u, OCTETS("xyz"));
	event = node_expect(client, QB_EV_CHARA_WRITE);
	ck_assert_int_eq(event.status, 0);
	ck_assert_uint_eq(event.handle, SHORT_VALUE);
	event = expect_data(server, QB_EV_RECV_WRITE, "xyz");
	ck_assert_uint_eq(event.u[0], SHORT_VALUE);
	ck_assert_uint_eq(event.u[1], 0x2a19);
	ck_assert_uint_eq(event.connect_id, 0);
	node_ok(client, "WriteCharaNoRsp", 0u, SHORT_VALUE, pattern, (size_t)244);
	ck_assert_int_eq(node_expect(client, QB_EV_CHARA_WRITE_NO_RSP).status, 0);
	expect_octets(server, QB_EV_RECV_WRITE, pattern, 244);
	/* A long one comes once, with the whole value. */
	node_ok(client, "WriteChara", 0u, LONG_VALUE, 0u, 1u, pattern + 1, (size_t)511);
	ck_assert_int_eq(node_expect(client, QB_EV_CHARA_WRITE).status, 0);
	event = node_expect(server, QB_EV_RECV_WRITE);
	ck_assert_uint_eq(event.u[0], LONG_VALUE);
	node_expect_nothing(server);
	node_ok(client, "WriteChara", 0u, LONG_VALUE, 500u, 0u, OCTETS("zz"));
	ck_assert_int_eq(node_expect(client, QB_EV_CHARA_WRITE).status, 0);
	node_skip_to(server, QB_EV_RECV_WRITE);
	node_ok(client, "WriteCharaDesc", 0u, SHORT_CCCD, OCTETS("\x01\0"));
	ck_assert_int_eq(node_expect(client, QB_EV_DESC_WRITE).status, 0);
	event = expect_data(server, QB_EV_RECV_WRITE, "\x01\0");
	ck_assert_uint_eq(event.u[0], SHORT_CCCD);
	ck_assert_uint_eq(event.u[1], 0x2902);
	/* What does not fit one request goes in several. */
	node_ok(client, "WriteCharaDesc", 0u, SHORT_TEXT, pattern, (size_t)300);
	ck_assert_int_eq(node_expect(client, QB_EV_DESC_WRITE).status, 0);
	expect_octets(server, QB_EV_RECV_WRITE, pattern, 300);
	/* Refused. */
	node_ok(client, "WriteChara", 0u, SECRET, 0u, 0u, OCTETS("x"));
	expect_att_error(client, 0x03);
	node_ok(client, "WriteChara", 0u, 99u, 0u, 1u, OCTETS("x"));
	expect_att_error(client, 0x01);
	node_ok(client, "WriteCharaDesc", 0u, 2u, OCTETS("x"));
	expect_att_error(client, 0x03);
	/* A command is answered by nobody. */
	node_ok(client, "WriteCharaNoRsp", 0u, SECRET, OCTETS("x"));
	ck_assert_int_eq(node_expect(client, QB_EV_CHARA_WRITE_NO_RSP).status, 0);
	node_expect_nothing(client);
	node_expect_nothing(server);
	world_free(world);
}
END_TEST

START_TEST(calls_wait_in_line)
{
	struct world *world = connected(NULL);
	struct node *client = world_node(world, 1);
	unsigned n = 0;

	/* The app asks inside a 27 while more 27s come. */
	node_ok(client, "DiscoverAllService", 0u);
	node_ok(client, "DiscoverAllChara", 0u, 10u, 12u);
	node_ok(client, "WriteChara", 0u, SHORT_VALUE, 0u, 0u, OCTETS("1"));
	node_ok(client, "ReadCharaByHandle", 0u, SHORT_VALUE, 0u, 0u);
	expect_service(client, 1, 9, 0x180f);
	node_expect(client, QB_EV_DISCOVER_SERVICE);
	node_expect(client, QB_EV_DISCOVER_CHARAS);
	expect_att_error(client, 0x0a);
	node_expect(client, QB_EV_CHARA_WRITE);
	expect_data(client, QB_EV_CHARA_READ, "1");
	/* As long as the line is not full. */
	for (; !node_call(client, "ReadCharaDesc", 0u, SHORT_TEXT, 0u); n++)
		ck_assert_uint_lt(n, 1000);
	ck_assert_int_eq(client->error, QB_ERR_LIMIT_EXCEEDED);
	ck_assert_uint_ge(n, QB_PROC_QUEUE_MAX);
	ck_assert_int_eq(node_call(client, "DiscoverAllCharaDesc", 0u, 5u, 4u),
	                 QB_ERR_LIMIT_EXCEEDED);
	for (; n; n--)
		expect_data(client, QB_EV_DESC_READ, "text");
	node_expect_nothing(client);
	world_free(world);
}
END_TEST

/*
 * A command ends when the controller has sent it, whatever is being discovered then. Told as the
 * host would, since its moment depends on the controller.
 */
START_TEST(a_command_ends_in_the_middle_of_a_discovery)
{
	struct world *world = connected(NULL);
	struct node *client = world_node(world, 1);
	struct qb_conn *conn = client->ble->conns[0];
	unsigned command = qb_client_tag(QB_KIND_WRITE_NO_RSP, SHORT_VALUE);
	unsigned discovery = qb_client_tag(QB_KIND_SERVICES, 0);
	struct qb_uuid uuid = qb_uuid_from_16(0x180f);

	conn->procs++;
	qb_client_ops.service(conn->link, discovery, 1, 9, &uuid);
	qb_client_ops.done(conn->link, command, QB_GATT_OK);
	qb_client_ops.done(conn->link, discovery, 0x0a);
	expect_service(client, 1, 9, 0x180f);
	node_expect(client, QB_EV_CHARA_WRITE_NO_RSP);
	node_expect_nothing(client);
	world_free(world);
}
END_TEST

/* A command is no part of the line: what is answered without the peer does not wait for its end. */
START_TEST(an_answer_of_our_own_keeps_its_turn_behind_a_command)
{
	struct qa_config controller;
	struct world *world;
	struct node *client;
	struct qb_event event;

	/* With buffers to spare the controller is in no hurry to say what it has sent. */
	qa_config_init(&controller);
	memcpy(controller.address, "\x00\x00\x00\x33\x22\x11", 6);
	controller.acl_buffers = 64;
	world = connected_by(&controller, NULL);
	client = world_node(world, 1);
	node_ok(client, "ReadCharaByHandle", 0u, SHORT_VALUE, 0u, 0u);
	node_ok(client, "WriteCharaNoRsp", 0u, SHORT_VALUE, OCTETS("1"));
	node_ok(client, "DiscoverAllChara", 0u, 5u, 4u);
	node_ok(client, "ReadCharaDesc", 0u, SHORT_TEXT, 0u);
	expect_data(client, QB_EV_CHARA_READ, "abc");
	do
		event = node_next(client);
	while (event.id == QB_EV_CHARA_WRITE_NO_RSP);
	ck_assert_uint_eq(event.id, QB_EV_ATT_ERROR);
	ck_assert_str_eq(event.call, "DiscoverAllChara");
	node_skip_to(client, QB_EV_DESC_READ);
	world_free(world);
}
END_TEST

static void expect_cut(struct node *client, unsigned calls)
{
	for (unsigned i = 0; i < calls; i++)
		expect_att_error(client, 0x0e);
	node_expect(client, QB_EV_DISCONNECT);
	node_expect_nothing(client);
}

START_TEST(a_lost_link_ends_each_call_before_itself)
{
	struct world *world = connected(NULL);
	struct node *client = world_node(world, 1);

	qa_controller_set_away(world_node(world, 0)->controller, true);
	node_ok(client, "DiscoverAllService", 0u);
	node_ok(client, "ReadCharaByHandle", 0u, LONG_VALUE, 0u, 1u);
	node_ok(client, "WriteChara", 0u, SHORT_VALUE, 0u, 0u, OCTETS("1"));
	node_ok(client, "DiscoverAllChara", 0u, 1u, 9u);
	expect_cut(client, 4);
	ck_assert_int_eq(node_call(client, "DiscoverAllService", 0u), QB_ERR_NOT_CONNECTED);
	world_free(world);
}
END_TEST

START_TEST(a_lost_controller_ends_each_call_too)
{
	struct world *world = connected(NULL);
	struct node *client = world_node(world, 1);

	node_ok(client, "DiscoverAllService", 0u);
	node_ok(client, "WriteChara", 0u, SHORT_VALUE, 0u, 0u, OCTETS("1"));
	qb_ble_controller_down(client->ble, "unplugged");
	expect_att_error(client, 0x0e);
	expect_att_error(client, 0x0e);
	node_expect(client, QB_EV_DISCONNECT);
	ck_assert_int_ne(node_expect(client, QB_EV_STOP_STATUS).status, 0);
	node_expect_nothing(client);
	world_free(world);
}
END_TEST

/* Its link layer is alive, its host is not. */
START_TEST(a_peer_that_does_not_answer_is_left_after_30_seconds)
{
	struct world *world = connected(NULL);
	struct node *server = world_node(world, 0), *client = world_node(world, 1);
	uint64_t begin = world->now;

	/* What the server's host would answer goes nowhere. */
	qb_host_lost(server->ble->host);
	node_ok(client, "ReadCharaByHandle", 0u, SHORT_VALUE, 0u, 0u);
	node_ok(client, "ReadCharaByHandle", 0u, SHORT_VALUE, 0u, 0u);
	expect_att_error(client, 0x0e);
	ck_assert_uint_eq(world->now - begin, 30 * QB_SEC);
	expect_cut(client, 1);
	world_free(world);
}
END_TEST

START_TEST(values_come_unasked)
{
	struct world *world = connected(NULL);
	struct node *server = world_node(world, 0), *client = world_node(world, 1);
	struct qb_event event;

	node_ok(server, "SendNotification", 0u, SHORT_VALUE, OCTETS("now"));
	event = expect_data(client, QB_EV_RECV_NOTIFICATION,
	                    "\x03\0"
	                    "now");
	ck_assert_uint_eq(event.connect_id, 0);
	ck_assert_uint_eq(event.handle, SHORT_VALUE);
	/* In the middle of something else. */
	node_ok(client, "ReadCharaByHandle", 0u, LONG_VALUE, 0u, 1u);
	node_ok(server, "SendNotification", 0u, SHORT_VALUE, OCTETS(""));
	node_skip_to(client, QB_EV_RECV_NOTIFICATION);
	node_expect(client, QB_EV_CHARA_READ);
	world_free(world);
}
END_TEST

START_TEST(the_mtu_is_exchanged_once)
{
	struct qb_ble_config config = world_ble_config();
	struct world *world;
	struct node *server, *client;
	struct qb_event event;

	config.auto_mtu = false;
	world = connected(&config);
	server = world_node(world, 0);
	client = world_node(world, 1);
	node_ok(client, "ExchangeMtu", 0u, 100u);
	/* Asked while it is on its way, and after: the same exchange. */
	node_ok(client, "ExchangeMtu", 0u, 200u);
	event = node_expect(client, QB_EV_MTU);
	ck_assert_uint_eq(event.u[0], 0);
	ck_assert_uint_eq(event.u[1], 100);
	ck_assert_uint_eq(node_expect(client, QB_EV_MTU).u[1], 100);
	node_ok(client, "ExchangeMtu", 0u, 247u);
	ck_assert_uint_eq(node_expect(client, QB_EV_MTU).u[1], 100);
	ck_assert_uint_eq(node_expect(server, QB_EV_MTU).u[1], 100);
	node_expect_nothing(client);
	node_expect_nothing(server);
	node_ok(client, "ReadCharaByHandle", 0u, LONG_VALUE, 0u, 0u);
	expect_octets(client, QB_EV_CHARA_READ, pattern, 99);
	world_free(world);
}
END_TEST

UNIT_MAIN("ble_client", services_come_one_by_one, characteristics_always_end_in_an_error,
          descriptors_end_in_an_error_only_where_the_peer_has_one,
          a_reversed_range_is_asked_of_nobody, reads_end_in_their_own_event,
          a_command_ends_in_the_middle_of_a_discovery,
          an_answer_of_our_own_keeps_its_turn_behind_a_command, writes_end_in_their_own_event,
          calls_wait_in_line, a_lost_link_ends_each_call_before_itself,
          a_lost_controller_ends_each_call_too,
          a_peer_that_does_not_answer_is_left_after_30_seconds, values_come_unasked,
          the_mtu_is_exchanged_once)
