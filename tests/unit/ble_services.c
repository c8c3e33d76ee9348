/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Publishing services: where their handles are, and what a client that is there learns of it. */
#include <string.h>

#include "ble_example.h"

/* The types of a range of handles, as a client sees them. */
static void expect_descs(struct node *client, unsigned from, unsigned to, const char *octets,
                         size_t len)
{
	node_ok(client, "DiscoverAllCharaDesc", 0u, from, to);
	expect_octets(client, QB_EV_DISCOVER_DESCS, octets, len);
	node_forget(client);
}

#define EXPECT_TYPES(client, from, to, octets) \
	expect_descs(client, from, to, octets, sizeof(octets) - 1)

static void expect_value(struct node *client, unsigned handle, const char *octets, size_t len)
{
	node_ok(client, "ReadCharaByHandle", 0u, handle, 0u, 1u);
	expect_octets(client, QB_EV_CHARA_READ, octets, len);
}

#define EXPECT_VALUE(client, handle, octets) \
	expect_value(client, handle, octets, sizeof(octets) - 1)

static unsigned handle_of(struct node *node, unsigned server_id, unsigned chara_id)
{
	node_ok(node, "GetHandle", server_id, chara_id);
	return (unsigned)node->i;
}

static void add_service(struct node *node, unsigned id)
{
	node_ok(node, "AddService", 1u, id, SHORT_UUID(0x180f));
	node_ok(node, "AddChara", id, 1u, 0x02u, SHORT_UUID(0x2a19));
}

/* Node 0 serves, node 1 is its client on connect_id 0. */
static struct world *connected(void)
{
	struct world *world = world_new(2, 1, NULL, NULL);
	struct node *server = world_node(world, 0), *client = world_node(world, 1);
	uint8_t addr[6];

	example_start_server(server);
	node_ok(server, "AdvStart");
	example_start_client(client);
	qb_addr_to_display(qb_ble_address(server->ble), addr);
	node_ok(client, "Connect", 0u, addr, sizeof(addr));
	node_skip_to(client, QB_EV_START_DISCOVER_SERVICE);
	node_forget(server);
	return world;
}

START_TEST(the_systems_services_are_there_from_the_start)
{
	struct world *world = connected();
	struct node *server = world_node(world, 0), *client = world_node(world, 1);

	EXPECT_TYPES(client, 1, 15,
	             "\x01"
	             "\x01\0\x00\x28\x02\0\x03\x28\x03\0\x00\x2a\x04\0\x03\x28\x05\0\x01\x2a"
	             "\x06\0\x03\x28\x07\0\x04\x2a\x08\0\x03\x28\x09\0\xa6\x2a\x0a\0\x03\x28"
	             "\x0b\0\xc9\x2a\x0c\0\x00\x28\x0d\0\x03\x28\x0e\0\x05\x2a\x0f\0\x02\x29");
	EXPECT_VALUE(client, 1, "\x00\x18");
	EXPECT_VALUE(client, 12, "\x01\x18");
	EXPECT_VALUE(client, 3, "qbled");
	node_ok(server, "SetLocalName", 0u, "Quectel_ble");
	EXPECT_VALUE(client, 3, "Quectel_ble");
	/* Code 1 converts: three octets of UTF-8 are two of GBK (here: those of the test's world).
	 */
	node_ok(server, "SetLocalName", 1u, "q\xe7\xa7\xbb");
	EXPECT_VALUE(client, 3, "q\xa0\xff");
	EXPECT_VALUE(client, 5, "\0\0");
	EXPECT_VALUE(client, 9, "\0");
	world_free(world);
}
END_TEST

START_TEST(handles_begin_at_1_or_at_16)
{
	struct world *world = connected();
	struct node *server = world_node(world, 0), *client = world_node(world, 1);

	add_service(server, 1);
	node_ok(server, "AddOrClearService", 1u, 0u);
	ck_assert_uint_eq(handle_of(server, 1, 1), 3);
	EXPECT_VALUE(client, 1, "\x0f\x18");
	node_ok(server, "AddOrClearService", 0u, 0u);
	add_service(server, 1);
	node_ok(server, "AddOrClearService", 1u, 1u);
	ck_assert_uint_eq(handle_of(server, 1, 1), 18);
	EXPECT_VALUE(client, 1, "\x00\x18");
	EXPECT_VALUE(client, 16, "\x0f\x18");
	node_ok(server, "AddOrClearService", 0u, 1u);
	node_ok(client, "DiscoverAllService", 0u);
	expect_service(client, 1, 11, 0x1800);
	expect_service(client, 12, 15, 0x1801);
	node_expect_nothing(client);
	node_ok(server, "AddOrClearService", 0u, 0u);
	node_ok(client, "DiscoverAllService", 0u);
	expect_att_error(client, 0x0a);
	world_free(world);
}
END_TEST

START_TEST(interleaved_calls_are_sorted_into_their_characteristics)
{
	struct world *world = connected();
	struct node *server = world_node(world, 0), *client = world_node(world, 1);
	static const char uuid[17] = "0123456789abcdef";

	node_ok(server, "AddService", 1u, 7u, SHORT_UUID(0x180f));
	node_ok(server, "AddService", 0u, 3u, LONG_UUID(uuid));
	node_ok(server, "AddChara", 3u, 1u, 0x02u, LONG_UUID(uuid));
	node_ok(server, "AddChara", 7u, 1u, 0x12u, SHORT_UUID(0x2a19));
	node_ok(server, "AddChara", 7u, 2u, 0x0au, SHORT_UUID(0x2a1a));
	node_ok(server, "AddCharaDesc", 7u, 2u, 1u, SHORT_UUID(0x2901), OCTETS("two"));
	node_ok(server, "AddCharaDesc", 7u, 1u, 3u, SHORT_UUID(0x2902), OCTETS("\0\0"));
	node_ok(server, "AddCharaValue", 7u, 2u, 1u, SHORT_UUID(0x2a1a), OCTETS("2"));
	/* Its UUID is that of the characteristic, whatever is said here. */
	node_ok(server, "AddCharaValue", 7u, 1u, 1u, SHORT_UUID(0x2aff), OCTETS("1"));
	node_ok(server, "AddCharaDesc", 7u, 1u, 1u, SHORT_UUID(0x2901), OCTETS("one"));
	node_ok(server, "AddOrClearService", 1u, 0u);
	EXPECT_TYPES(client, 1, 9,
	             "\x01"
	             "\x01\0\x00\x28\x02\0\x03\x28\x03\0\x19\x2a\x04\0\x02\x29\x05\0\x01\x29"
	             "\x06\0\x03\x28\x07\0\x1a\x2a\x08\0\x01\x29\x09\0\x01\x28");
	EXPECT_VALUE(client, 3, "1");
	EXPECT_VALUE(client, 5, "one");
	EXPECT_VALUE(client, 7, "2");
	EXPECT_VALUE(client, 8, "two");
	EXPECT_VALUE(client, 9, "0123456789abcdef");
	ck_assert_uint_eq(handle_of(server, 7, 2), 7);
	/* A characteristic without AddCharaValue has its value all the same. */
	ck_assert_uint_eq(handle_of(server, 3, 1), 11);
	EXPECT_VALUE(client, 11, "");
	world_free(world);
}
END_TEST

START_TEST(a_value_has_the_permissions_of_its_properties_unless_told)
{
	struct world *world = connected();
	struct node *server = world_node(world, 0), *client = world_node(world, 1);

	node_ok(server, "AddService", 1u, 1u, SHORT_UUID(0x180f));
	node_ok(server, "AddChara", 1u, 1u, 0x0au, SHORT_UUID(0x2a19));
	node_ok(server, "AddChara", 1u, 2u, 0x0au, SHORT_UUID(0x2a1a));
	node_ok(server, "AddCharaValue", 1u, 2u, 0u, SHORT_UUID(0x2a1a), OCTETS("x"));
	node_ok(server, "AddOrClearService", 1u, 0u);
	node_ok(client, "WriteChara", 0u, 3u, 0u, 0u, OCTETS("ab"));
	node_expect(client, QB_EV_CHARA_WRITE);
	EXPECT_VALUE(client, 3, "ab");
	node_ok(client, "WriteChara", 0u, 5u, 0u, 0u, OCTETS("ab"));
	expect_att_error(client, 0x03);
	node_ok(client, "ReadCharaByHandle", 0u, 5u, 0u, 0u);
	expect_att_error(client, 0x02);
	world_free(world);
}
END_TEST

START_TEST(more_is_published_after_what_is_there)
{
	struct world *world = connected();
	struct node *server = world_node(world, 0);

	add_service(server, 1);
	node_ok(server, "AddOrClearService", 1u, 1u);
	add_service(server, 2);
	node_ok(server, "AddOrClearService", 1u, 1u);
	ck_assert_uint_eq(handle_of(server, 1, 1), 18);
	ck_assert_uint_eq(handle_of(server, 2, 1), 21);
	/* Nothing is staged: nothing happens. */
	node_ok(server, "AddOrClearService", 1u, 1u);
	/* The system's services go, the app's stay where they are. */
	add_service(server, 3);
	node_ok(server, "AddOrClearService", 1u, 0u);
	ck_assert_uint_eq(handle_of(server, 1, 1), 18);
	ck_assert_uint_eq(handle_of(server, 3, 1), 24);
	/* They come back where there is room for them. */
	ck_assert_int_eq(node_call(server, "AddOrClearService", 1u, 1u), QB_ERR_ALREADY_EXISTS);
	node_ok(server, "AddOrClearService", 0u, 1u);
	add_service(server, 1);
	node_ok(server, "AddOrClearService", 1u, 1u);
	ck_assert_uint_eq(handle_of(server, 1, 1), 18);
	world_free(world);
}
END_TEST

START_TEST(a_value_can_be_changed_at_any_time)
{
	struct world *world = connected();
	struct node *server = world_node(world, 0), *client = world_node(world, 1);

	add_service(server, 1);
	node_ok(server, "ChangeCharaValue", 1u, 1u, OCTETS("before"));
	node_ok(server, "AddOrClearService", 1u, 0u);
	EXPECT_VALUE(client, 3, "before");
	node_ok(server, "ChangeCharaValue", 1u, 1u, OCTETS("a longer one"));
	EXPECT_VALUE(client, 3, "a longer one");
	node_ok(server, "ChangeCharaValue", 1u, 1u, OCTETS(""));
	EXPECT_VALUE(client, 3, "");
	node_forget(server);
	node_expect_nothing(server);
	world_free(world);
}
END_TEST

/* Service Changed is on handle 14, its configuration on 15. */
START_TEST(a_protected_value_is_not_sent_to_whom_may_not_read_it)
{
	struct world *world = connected();
	struct node *server = world_node(world, 0);
	unsigned handle;

	node_ok(server, "AddService", 1u, 9u, SHORT_UUID(0x1810));
	node_ok(server, "AddChara", 9u, 1u, 0x32u, SHORT_UUID(0x2a35));
	node_ok(server, "AddCharaValue", 9u, 1u, 0x11u, SHORT_UUID(0x2a35), "s", (size_t)1);
	node_ok(server, "AddOrClearService", 1u, 1u);
	handle = handle_of(server, 9, 1);
	ck_assert_int_eq(node_call(server, "SendNotification", 0u, handle, "x", (size_t)1),
	                 QB_ERR_NOT_PERMITTED);
	ck_assert_ptr_nonnull(strstr(server->text, "more security"));
	ck_assert_int_eq(node_call(server, "SendIndication", 0u, handle, "x", (size_t)1),
	                 QB_ERR_NOT_PERMITTED);
	node_expect_nothing(server);
	world_free(world);
}
END_TEST

START_TEST(a_subscriber_is_told_which_handles_changed)
{
	struct world *world = connected();
	struct node *server = world_node(world, 0), *client = world_node(world, 1);

	add_service(server, 1);
	node_ok(server, "AddOrClearService", 1u, 1u);
	node_expect_nothing(client);
	node_ok(client, "WriteCharaDesc", 0u, 15u, OCTETS("\x02\0"));
	node_expect(client, QB_EV_DESC_WRITE);
	add_service(server, 2);
	node_ok(server, "AddOrClearService", 1u, 1u);
	expect_data(client, QB_EV_RECV_INDICATION, "\x0e\0\x13\0\x15\0");
	node_ok(server, "AddOrClearService", 0u, 1u);
	expect_data(client, QB_EV_RECV_INDICATION, "\x0e\0\x10\0\x15\0");
	/* The last word before the characteristic itself goes: everything. */
	node_ok(server, "AddOrClearService", 0u, 0u);
	expect_data(client, QB_EV_RECV_INDICATION, "\x0e\0\x01\0\xff\xff");
	/* It is a new one that nobody has subscribed to, when it is back. */
	node_ok(server, "AddOrClearService", 0u, 1u);
	add_service(server, 1);
	node_ok(server, "AddOrClearService", 1u, 1u);
	node_expect_nothing(client);
	world_free(world);
}
END_TEST

/*
 * The client goes, the server's services become what change() makes of them, the client is back,
 * discovers them anew or does not, and subscribes to Service Changed.
 */
static void come_back(struct world *world, void (*change)(struct node *server), bool discover)
{
	struct node *server = world_node(world, 0), *client = world_node(world, 1);
	uint8_t addr[6];

	node_ok(client, "Disconnect", 0u);
	node_expect(client, QB_EV_DISCONNECT);
	node_skip_to(server, QB_EV_DISCONNECT);
	if (change)
		change(server);
	node_ok(server, "AdvStart");
	qb_addr_to_display(qb_ble_address(server->ble), addr);
	node_ok(client, "Connect", 0u, addr, sizeof(addr));
	node_skip_to(client, QB_EV_START_DISCOVER_SERVICE);
	if (discover)
		node_ok(client, "DiscoverAllService", 0u);
	node_ok(client, "WriteCharaDesc", 0u, 15u, OCTETS("\x02\0"));
	node_skip_to(client, QB_EV_DESC_WRITE);
}

static void publish_one(struct node *server)
{
	node_ok(server, "AddOrClearService", 0u, 1u);
	add_service(server, 1);
	node_ok(server, "AddOrClearService", 1u, 1u);
}

/* The same handles and services, with another characteristic. */
static void publish_another(struct node *server)
{
	node_ok(server, "AddOrClearService", 0u, 1u);
	node_ok(server, "AddService", 1u, 1u, SHORT_UUID(0x180f));
	node_ok(server, "AddChara", 1u, 1u, 0x02u, SHORT_UUID(0x2a1a));
	node_ok(server, "AddOrClearService", 1u, 1u);
}

/* The same but for the type of a descriptor. */
static void publish_with(struct node *server, unsigned type)
{
	node_ok(server, "AddOrClearService", 0u, 1u);
	add_service(server, 1);
	node_ok(server, "AddCharaDesc", 1u, 1u, 1u, SHORT_UUID(type), OCTETS("x"));
	node_ok(server, "AddOrClearService", 1u, 1u);
}

static void publish_described(struct node *server)
{
	publish_with(server, 0x2901);
}

static void publish_in_a_format(struct node *server)
{
	publish_with(server, 0x2904);
}

/* Some keep what they have discovered, though nothing but our address says that it is still so. */
START_TEST(a_client_that_returns_is_told_what_changed_meanwhile)
{
	struct world *world = connected();
	struct node *server = world_node(world, 0), *client = world_node(world, 1);

	come_back(world, publish_one, false);
	expect_data(client, QB_EV_RECV_INDICATION, "\x0e\0\x01\0\xff\xff");
	/* It is told once, and nothing where nothing has changed, other values or the same anew. */
	node_ok(client, "WriteCharaDesc", 0u, 15u, OCTETS("\x02\0"));
	node_expect(client, QB_EV_DESC_WRITE);
	node_expect_nothing(client);
	come_back(world, NULL, false);
	node_expect_nothing(client);
	come_back(world, publish_one, false);
	node_expect_nothing(client);
	come_back(world, publish_another, false);
	expect_data(client, QB_EV_RECV_INDICATION, "\x0e\0\x01\0\xff\xff");
	come_back(world, publish_described, true);
	node_forget(client);
	come_back(world, publish_described, false);
	node_expect_nothing(client);
	come_back(world, publish_in_a_format, false);
	expect_data(client, QB_EV_RECV_INDICATION, "\x0e\0\x01\0\xff\xff");
	come_back(world, publish_another, true);
	node_forget(client);
	/* What it was told while it was here it knows. */
	publish_one(server);
	expect_data(client, QB_EV_RECV_INDICATION, "\x0e\0\x10\0\x12\0");
	expect_data(client, QB_EV_RECV_INDICATION, "\x0e\0\x10\0\x12\0");
	come_back(world, NULL, false);
	node_expect_nothing(client);
	/* And what it has discovered itself. */
	come_back(world, publish_another, true);
	node_expect_nothing(client);
	come_back(world, NULL, false);
	node_expect_nothing(client);
	world_free(world);
}
END_TEST

/* A client configuration belongs to a characteristic, not to a handle. */
START_TEST(a_new_service_on_old_handles_has_no_subscribers)
{
	struct world *world = connected();
	struct node *server = world_node(world, 0), *client = world_node(world, 1);

	for (unsigned i = 0; i < 2; i++) {
		node_ok(server, "AddService", 1u, 1u, SHORT_UUID(0x180f));
		node_ok(server, "AddChara", 1u, 1u, 0x10u, SHORT_UUID(0x2a19));
		node_ok(server, "AddCharaDesc", 1u, 1u, 3u, SHORT_UUID(0x2902), OCTETS("\0\0"));
		node_ok(server, "AddOrClearService", 1u, 0u);
		EXPECT_VALUE(client, 4, "\0\0");
		node_ok(client, "WriteCharaDesc", 0u, 4u, OCTETS("\x01\0"));
		node_expect(client, QB_EV_DESC_WRITE);
		EXPECT_VALUE(client, 4, "\x01\0");
		node_ok(server, "AddOrClearService", 0u, 0u);
	}
	world_free(world);
}
END_TEST

START_TEST(the_application_has_limits)
{
	struct world *world = world_new(1, 1, NULL, NULL);
	struct node *node = world_node(world, 0);

	node_ok(node, "ServerInit");
	for (unsigned i = 0; i < QB_SERVICES_MAX; i++)
		node_ok(node, "AddService", 1u, i, SHORT_UUID(0x180f));
	ck_assert_int_eq(node_call(node, "AddService", 1u, QB_SERVICES_MAX, SHORT_UUID(0x180f)),
	                 QB_ERR_LIMIT_EXCEEDED);
	for (unsigned i = 0; i < QB_CHARAS_MAX; i++)
		node_ok(node, "AddChara", i % QB_SERVICES_MAX, i, 2u, SHORT_UUID(0x2a19));
	ck_assert_int_eq(node_call(node, "AddChara", 0u, QB_CHARAS_MAX, 2u, SHORT_UUID(0x2a19)),
	                 QB_ERR_LIMIT_EXCEEDED);
	for (unsigned i = 0; i < QB_DESCS_MAX; i++)
		node_ok(node, "AddCharaDesc", i % QB_SERVICES_MAX, i, 1u, SHORT_UUID(0x2901),
		        OCTETS("x"));
	ck_assert_int_eq(
	        node_call(node, "AddCharaDesc", 0u, 0u, 1u, SHORT_UUID(0x2904), OCTETS("x")),
	        QB_ERR_LIMIT_EXCEEDED);
	node_ok(node, "AddOrClearService", 1u, 1u);
	/* Each service: itself, and eight times declaration, value, descriptor. */
	ck_assert_uint_eq(handle_of(node, 0, 0), 18);
	ck_assert_uint_eq(handle_of(node, 1, 1), 18 + 25);
	ck_assert_uint_eq(handle_of(node, QB_SERVICES_MAX - 1, QB_CHARAS_MAX - 1),
	                  15 + 25 * QB_SERVICES_MAX - 1);
	node_ok(node, "AddOrClearService", 0u, 1u);
	add_service(node, 1);
	node_ok(node, "AddOrClearService", 1u, 1u);
	world_free(world);
}
END_TEST

UNIT_MAIN("ble_services", the_systems_services_are_there_from_the_start,
          handles_begin_at_1_or_at_16, interleaved_calls_are_sorted_into_their_characteristics,
          a_value_has_the_permissions_of_its_properties_unless_told,
          more_is_published_after_what_is_there, a_value_can_be_changed_at_any_time,
          a_protected_value_is_not_sent_to_whom_may_not_read_it,
          a_subscriber_is_told_which_handles_changed,
          a_client_that_returns_is_told_what_changed_meanwhile,
          a_new_service_on_old_handles_has_no_subscribers, the_application_has_limits)
