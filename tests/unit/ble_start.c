/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Start, stop, release, and a controller that goes away: api.md, 3, row by row. */
#include <string.h>

#include "ble_example.h"
#include "host/hci/spec.h"

#define ABSENT "\xc0\x01\x02\x03\x04\x05"

static unsigned status_of(struct node *node)
{
	node_ok(node, "GetStatus");
	return (unsigned)node->i;
}

/* What came in which order, from inside the events themselves. */
struct diary {
	bool answered;  /* the call's reply */
	bool told;      /* the event */
	int32_t inside; /* getStatus inside it */
};

static void on_status(void *user, const struct qb_result *result)
{
	struct diary *diary = user;

	diary->inside = result->i;
}

static void on_first_event(struct node *node, const struct qb_event *event)
{
	const struct qb_call *get_status = &qb_calls[2];
	struct diary *diary = node->user;

	ck_assert(diary->answered);
	ck_assert_str_eq(get_status->name, "GetStatus");
	diary->told = true;
	qb_call_run(node->ble, get_status, NULL, on_status, diary);
}

static void on_reply(void *user, const struct qb_result *result)
{
	struct diary *diary = user;

	ck_assert_int_eq(result->error, QB_OK);
	ck_assert(!diary->told);
	diary->answered = true;
}

START_TEST(event_0_follows_the_reply_and_says_started)
{
	struct world *world = world_new(1, 1, NULL, NULL);
	struct node *node = world_node(world, 0);
	struct diary start = {0}, stop = {0};

	node_ok(node, "ServerInit");
	ck_assert_uint_eq(status_of(node), 0);
	node->on_event = on_first_event;
	node->user = &start;
	qb_call_run(node->ble, &qb_calls[0], NULL, on_reply, &start);
	world_run(world, QB_SEC);
	ck_assert(start.told);
	ck_assert_int_eq(start.inside, 1);
	/* And 0 in event 1. */
	node->user = &stop;
	stop.inside = -1;
	qb_call_run(node->ble, &qb_calls[1], NULL, on_reply, &stop);
	world_run(world, QB_SEC);
	ck_assert(stop.told);
	ck_assert_int_eq(stop.inside, 0);
	world_free(world);
}
END_TEST

/* A node in the middle of everything: two links, a connect that pends, advertising, scanning. */
static struct world *busy_world(void)
{
	struct world *world = world_new(3, 1, NULL, NULL);
	struct node *node = world_node(world, 0);

	node_ok(node, "ServerInit");
	example_server(world_node(world, 1), 0);
	example_client(node);
	example_serve(node, 1);
	example_start_client(world_node(world, 2));
	ck_assert_uint_eq(example_find(world_node(world, 2)), 0);
	node_expect(node, QB_EV_CONNECT);
	node_ok(node, "AdvStart");
	node_ok(node, "ScanStart");
	node_ok(node, "Connect", 1u, OCTETS(ABSENT));
	world_run(world, QB_SEC);
	for (unsigned i = 0; i < 3; i++)
		node_forget(world_node(world, i));
	return world;
}

static bool has_event(void *user)
{
	const struct node *node = user;

	return !qb_list_empty(&node->events);
}

/* The next event, whichever it is. */
static struct qb_event take_event(struct node *node)
{
	ck_assert(world_until(node->world, has_event, node));
	return node_expect(node, qb_list_entry(node->events.next, struct seen, elem)->event.id);
}

/* Every end that the node owes: the connect's, then the links'. */
static void expect_ends(struct node *node)
{
	struct qb_event event = node_expect(node, QB_EV_CONNECT);
	uint8_t addr[6];

	ck_assert_int_ne(event.status, 0);
	ck_assert_uint_eq(event.u[0], 0xff);
	qb_addr_to_display(&event.addr, addr);
	ck_assert_mem_eq(addr, ABSENT, 6);
	ck_assert_int_eq(node_expect(node, QB_EV_DISCONNECT).status, 0);
	ck_assert_int_eq(node_expect(node, QB_EV_DISCONNECT).status, 0);
}

START_TEST(a_stop_ends_everything_in_order)
{
	struct world *world = busy_world();
	struct node *node = world_node(world, 0);
	uint64_t begin = world->now;

	node_ok(node, "GattStop");
	ck_assert_uint_eq(status_of(node), 1);
	/* Once more, while it is at it: the same stop, and one event. */
	node_ok(node, "GattStop");
	ck_assert_int_eq(node_call(node, "GattStart"), QB_ERR_BUSY);
	ck_assert_int_eq(node_call(node, "AdvStart"), QB_ERR_NOT_STARTED);
	expect_ends(node);
	ck_assert_int_eq(node_expect(node, QB_EV_STOP_STATUS).status, 0);
	ck_assert_uint_le(world->now - begin, 2 * QB_SEC);
	ck_assert_uint_eq(status_of(node), 0);
	node_expect_nothing(node);
	ck_assert_int_eq(node_call(node, "GattStop"), QB_ERR_NOT_STARTED);
	/* Its services are gone, its roles are not. */
	ck_assert_int_eq(node_call(node, "GetHandle", 1u, 1u), QB_ERR_NOT_FOUND);
	node_expect(world_node(world, 1), QB_EV_DISCONNECT);
	node_expect(world_node(world, 2), QB_EV_DISCONNECT);
	example_start_client(node);
	example_serve(node, 0);
	world_free(world);
}
END_TEST

START_TEST(a_stop_is_bounded_where_the_peers_have_vanished)
{
	struct world *world = busy_world();
	struct node *node = world_node(world, 0);
	uint64_t begin = world->now;

	qa_controller_set_away(world_node(world, 1)->controller, true);
	qa_controller_set_away(world_node(world, 2)->controller, true);
	node_ok(node, "GattStop");
	node_skip_to(node, QB_EV_DISCONNECT);
	node_expect(node, QB_EV_DISCONNECT);
	node_expect(node, QB_EV_STOP_STATUS);
	ck_assert_uint_le(world->now - begin, 2 * QB_SEC);
	node_expect_nothing(node);
	world_free(world);
}
END_TEST

START_TEST(a_stop_is_bounded_where_the_controller_is_mute)
{
	struct world *world = busy_world();
	struct node *node = world_node(world, 0);
	uint64_t begin = world->now;
	unsigned ended = 0, failed = 0;

	qa_controller_mute(node->controller, true);
	node_ok(node, "GattStop");
	world_run(world, 1900 * QB_MSEC);
	/* Asked again, it does not take longer. */
	node_ok(node, "GattStop");
	/* The controller is given up in that moment too, so the order is that of either. */
	while (ended < 2 || failed < 1) {
		struct qb_event event = take_event(node);

		ended += event.id == QB_EV_DISCONNECT;
		failed += event.id == QB_EV_CONNECT && event.status;
		ck_assert_int_ne(event.id, QB_EV_STOP_STATUS);
	}
	node_expect(node, QB_EV_STOP_STATUS);
	ck_assert_uint_le(world->now - begin, 2 * QB_SEC);
	ck_assert_uint_eq(status_of(node), 0);
	node_expect_nothing(node);
	ck_assert_uint_eq(ended, 2);
	ck_assert_uint_eq(failed, 1);
	world_free(world);
}
END_TEST

START_TEST(a_lost_controller_ends_everything_and_may_come_back)
{
	struct world *world = busy_world();
	struct node *node = world_node(world, 0);
	struct qb_event event;

	qb_ble_controller_down(node->ble, "hci0 was unplugged");
	/* Links before connects or the other way about; then the end. */
	for (unsigned i = 0; i < 3; i++) {
		ck_assert(!qb_list_empty(&node->events));
		event = i < 2 ? node_expect(node, QB_EV_DISCONNECT)
		              : node_expect(node, QB_EV_CONNECT);
		ck_assert_int_eq(event.status != 0, i == 2);
	}
	ck_assert_int_ne(node_expect(node, QB_EV_STOP_STATUS).status, 0);
	ck_assert_uint_eq(status_of(node), 0);
	ck_assert(!qb_ble_controller_ready(node->ble));
	ck_assert_ptr_null(qb_ble_address(node->ble));
	ck_assert_int_eq(node_call(node, "GattStart"), QB_ERR_NO_CONTROLLER);
	ck_assert_str_eq(node->text, "hci0 was unplugged");
	node_expect_nothing(node);

	qb_ble_controller_up(node->ble);
	/* It is not up yet, but it is there: the start waits. */
	ck_assert(!qb_ble_controller_ready(node->ble));
	node_ok(node, "GattStart");
	ck_assert_int_eq(node_expect(node, QB_EV_START_STATUS).status, 0);
	node_expect_nothing(node);
	world_free(world);
}
END_TEST

START_TEST(a_controller_that_reports_a_fault_is_given_up)
{
	struct world *world = busy_world();
	struct node *node = world_node(world, 0);

	qa_controller_fail(node->controller, 0x42);
	ck_assert_int_ne(node_skip_to(node, QB_EV_STOP_STATUS).status, 0);
	ck_assert_uint_eq(node->failures, 1);
	ck_assert_int_eq(node_call(node, "GattStart"), QB_ERR_NO_CONTROLLER);
	world_free(world);
}
END_TEST

START_TEST(a_start_fails_with_its_controller)
{
	struct world *world = world_new(1, 1, NULL, NULL);
	struct node *node = world_node(world, 0);

	node_ok(node, "ServerInit");
	qa_controller_mute(node->controller, true);
	qb_ble_controller_up(node->ble);
	node_ok(node, "GattStart");
	ck_assert_int_eq(node_call(node, "GattStart"), QB_ERR_ALREADY_STARTED);
	ck_assert_uint_eq(status_of(node), 0);
	ck_assert_int_ne(node_expect(node, QB_EV_START_STATUS).status, 0);
	ck_assert_uint_eq(node->failures, 1);
	ck_assert_int_eq(node_call(node, "GattStart"), QB_ERR_NO_CONTROLLER);
	/* Unplugged while it was being initialised. */
	qa_controller_mute(node->controller, false);
	qb_ble_controller_up(node->ble);
	node_ok(node, "GattStart");
	qb_ble_controller_down(node->ble, "hci0 was unplugged");
	ck_assert_int_ne(node_expect(node, QB_EV_START_STATUS).status, 0);
	node_expect_nothing(node);
	world_free(world);
}
END_TEST

START_TEST(a_start_can_be_stopped_before_it_is_one)
{
	struct world *world = world_new(1, 1, NULL, NULL);
	struct node *node = world_node(world, 0);

	node_ok(node, "ServerInit");
	qb_ble_controller_up(node->ble);
	node_ok(node, "GattStart");
	node_ok(node, "GattStop");
	ck_assert_int_ne(node_expect(node, QB_EV_START_STATUS).status, 0);
	ck_assert_int_eq(node_expect(node, QB_EV_STOP_STATUS).status, 0);
	node_expect_nothing(node);
	ck_assert_uint_eq(status_of(node), 0);
	world_free(world);
}
END_TEST

START_TEST(the_last_release_stops_in_silence)
{
	struct world *world = busy_world();
	struct node *node = world_node(world, 0);

	node_ok(node, "ServerRelease");
	ck_assert_uint_eq(status_of(node), 1);
	node_ok(node, "ClientRelease");
	/* When it returns, BLE has stopped, and the next program may begin. */
	ck_assert_uint_eq(status_of(node), 0);
	example_server(node, 0);
	node_expect_nothing(node);
	node_skip_to(world_node(world, 1), QB_EV_DISCONNECT);
	node_skip_to(world_node(world, 2), QB_EV_DISCONNECT);
	world_free(world);
}
END_TEST

START_TEST(a_released_server_leaves_the_client_alone)
{
	struct world *world = busy_world();
	struct node *node = world_node(world, 0);
	struct qb_connection_info info[4];

	ck_assert_uint_eq(qb_ble_connections(node->ble, info, 4), 2);
	node_ok(node, "ServerRelease");
	node_expect(world_node(world, 2), QB_EV_DISCONNECT);
	/* The incoming link is gone without a word to anybody here; the outgoing one works. */
	node_expect_nothing(node);
	ck_assert_uint_eq(qb_ble_connections(node->ble, info, 4), 1);
	ck_assert_uint_eq(info[0].role, QB_ROLE_CENTRAL);
	node_ok(node, "DiscoverByUUID", info[0].connect_id, SHORT_UUID(0x180f));
	expect_service(node, 1, 4, 0x180f);
	ck_assert_int_eq(node_call(node, "AdvStart"), QB_ERR_NOT_INITIALIZED);
	world_free(world);
}
END_TEST

START_TEST(a_released_client_leaves_the_server_alone)
{
	struct world *world = busy_world();
	struct node *node = world_node(world, 0);
	struct qb_connection_info info[4];

	node_ok(node, "ClientRelease");
	node_expect(world_node(world, 1), QB_EV_DISCONNECT);
	node_expect_nothing(node);
	ck_assert_uint_eq(qb_ble_connections(node->ble, info, 4), 1);
	ck_assert_uint_eq(info[0].role, QB_ROLE_PERIPHERAL);
	node_ok(node, "SendNotification", info[0].connect_id, 18u, OCTETS("x"));
	node_expect(node, QB_EV_SEND_END);
	expect_data(world_node(world, 2), QB_EV_RECV_NOTIFICATION, "\x12\0x");
	world_free(world);
}
END_TEST

/* What one program has under way ends untold when it releases its role, not in front of the next.
 */
START_TEST(who_takes_a_role_hears_nothing_of_who_had_it)
{
	struct world *world = busy_world();
	struct node *node = world_node(world, 0);
	struct qb_connection_info info[2];
	uint32_t out, in;

	ck_assert_uint_eq(qb_ble_connections(node->ble, info, 2), 2);
	in = info[info[0].role == QB_ROLE_CENTRAL].connect_id;
	out = info[info[0].role != QB_ROLE_CENTRAL].connect_id;
	/* A client's: a connect, a link of its own, a call on somebody else's. */
	node_ok(node, "Connect", 1u, OCTETS(ABSENT));
	node_ok(node, "ReadCharaByHandle", out, 3u, 0u, 0u);
	node_ok(node, "ReadCharaByHandle", in, 3u, 0u, 0u);
	node_ok(node, "DiscoverAllChara", in, 2u, 1u);
	node_ok(node, "ClientRelease");
	node_ok(node, "ClientInit");
	node_expect_nothing(node);
	/* It may use the link that is still there. */
	node_ok(node, "DiscoverAllChara", in, 2u, 1u);
	expect_att_error(node, 0x01);
	/* A server's: a value on its way. */
	node_ok(node, "SendNotification", in, 18u, OCTETS("x"));
	node_ok(node, "ServerRelease");
	node_ok(node, "ServerInit");
	node_expect_nothing(node);
	ck_assert_uint_eq(qb_ble_connections(node->ble, info, 2), 0);
	world_free(world);
}
END_TEST

START_TEST(a_server_hears_nothing_of_what_another_sent_on_a_client_s_link)
{
	struct world *world = busy_world();
	struct node *node = world_node(world, 0);
	struct qb_connection_info info[2];
	uint32_t out;

	ck_assert_uint_eq(qb_ble_connections(node->ble, info, 2), 2);
	out = info[info[0].role != QB_ROLE_CENTRAL].connect_id;
	for (unsigned i = 0; i < QB_TX_QUEUE_MAX; i++)
		node_ok(node, "SendNotification", out, 18u, OCTETS("x"));
	node_ok(node, "ServerRelease");
	node_ok(node, "ServerInit");
	node_expect_nothing(node);
	example_serve(node, 1);
	node_ok(node, "SendNotification", out, 18u, OCTETS("y"));
	node_expect(node, QB_EV_SEND_END);
	node_expect_nothing(node);
	world_free(world);
}
END_TEST

START_TEST(release_and_init_are_always_fine)
{
	struct world *world = world_new(1, 1, NULL, NULL);
	struct node *node = world_node(world, 0);

	node_ok(node, "ServerRelease");
	node_ok(node, "ClientRelease");
	node_ok(node, "ServerInit");
	node_ok(node, "ServerInit");
	node_ok(node, "ClientRelease");
	node_ok(node, "GattStart");
	node_expect(node, QB_EV_START_STATUS);
	node_ok(node, "ServerInit");
	node_expect_nothing(node);
	world_free(world);
}
END_TEST

/* What a program sets is set until it releases its role, and not for the next one. */
START_TEST(settings_end_with_the_role)
{
	struct world *world = world_new(1, 1, NULL, NULL);
	struct node *node = world_node(world, 0);

	node_ok(node, "ServerInit");
	node_ok(node, "SetAdvParam", 0x30u, 0x60u, 0u, 0u, 7u, 0u, 2u, 1u, 0u);
	node_ok(node, "AddService", 1u, 1u, SHORT_UUID(0x180f));
	node_ok(node, "GattStart");
	node_ok(node, "GattStop");
	node_ok(node, "ServerRelease");
	example_start_server(node);
	node_ok(node, "AddService", 1u, 1u, SHORT_UUID(0x180f));
	node_ok(node, "AdvStart");
	world_free(world);
}
END_TEST

UNIT_MAIN("ble_start", event_0_follows_the_reply_and_says_started, a_stop_ends_everything_in_order,
          a_stop_is_bounded_where_the_peers_have_vanished,
          a_stop_is_bounded_where_the_controller_is_mute,
          a_lost_controller_ends_everything_and_may_come_back,
          a_controller_that_reports_a_fault_is_given_up, a_start_fails_with_its_controller,
          a_start_can_be_stopped_before_it_is_one, the_last_release_stops_in_silence,
          a_released_server_leaves_the_client_alone, a_released_client_leaves_the_server_alone,
          who_takes_a_role_hears_nothing_of_who_had_it,
          a_server_hears_nothing_of_what_another_sent_on_a_client_s_link,
          release_and_init_are_always_fine, settings_end_with_the_role)
