/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Advertising: what is on air, when it begins and when it ends, as a scanner next to it hears it.
 */
#include <string.h>

#include "ble_example.h"

/* Node 0 advertises, node 1 hears every PDU of it. */
static struct world *listening_in(struct world *world)
{
	struct node *listener = world_node(world, 1);

	example_start_server(world_node(world, 0));
	example_start_client(listener);
	node_ok(listener, "SetScanFilter", 0u);
	/* Passive, so that it hears PDUs and no responses. */
	node_ok(listener, "SetScanParam", 0u, 0x20u, 0x1fu, 0u, 0u);
	node_ok(listener, "ScanStart");
	return world;
}

static struct world *listening(const struct qb_ble_config *config)
{
	return listening_in(world_new(3, 1, NULL, config));
}

/* What is on air now: the type, and the data. */
static struct qb_event heard(struct world *world)
{
	struct node *listener = world_node(world, 1);

	world_run(world, QB_SEC);
	node_forget(listener);
	return node_expect(listener, QB_EV_SCAN_REPORT);
}

static bool silence(struct world *world)
{
	struct node *listener = world_node(world, 1);

	world_run(world, QB_SEC);
	node_forget(listener);
	world_run(world, QB_SEC);
	return qb_list_empty(&listener->events);
}

static void on_air(struct world *world, const char *data, size_t len)
{
	struct qb_event event = heard(world);

	ck_assert_uint_eq(event.len, len);
	if (len)
		ck_assert_mem_eq(event.data, data, len);
}

#define ON_AIR(world, data) on_air(world, data, sizeof(data) - 1)

static void set_param(struct node *node, unsigned type, unsigned discov_mode, unsigned no_br_edr)
{
	node_ok(node, "SetAdvParam", 0x20u, 0x20u, type, 0u, 7u, 0u, discov_mode, no_br_edr, 1u);
}

START_TEST(flags_are_added_where_the_app_gives_none)
{
	struct world *world = listening(NULL);
	struct node *node = world_node(world, 0);

	node_ok(node, "AdvStart");
	ON_AIR(world, "\x02\x01\x06");
	node_ok(node, "AdvStop");
	set_param(node, 0, 1, 1);
	node_ok(node, "SetAdvData", OCTETS("\x03\x03\x0f\x18"));
	node_ok(node, "AdvStart");
	ON_AIR(world, "\x02\x01\x05\x03\x03\x0f\x18");
	node_ok(node, "AdvStop");
	set_param(node, 3, 2, 0);
	node_ok(node, "AdvStart");
	ON_AIR(world, "\x02\x01\x02\x03\x03\x0f\x18");
	world_free(world);
}
END_TEST

START_TEST(the_apps_own_flags_go_out_unchanged)
{
	struct world *world = listening(NULL);
	struct node *node = world_node(world, 0);

	node_ok(node, "SetAdvData", OCTETS("\x02\x01\x05\x05\x09qble"));
	node_ok(node, "AdvStart");
	ON_AIR(world, "\x02\x01\x05\x05\x09qble");
	world_free(world);
}
END_TEST

START_TEST(flags_need_three_free_octets)
{
	struct world *world = listening(NULL);
	struct node *node = world_node(world, 0);

	node_ok(node, "SetAdvData",
	        OCTETS("\x1c\x09"
	               "123456789012345678901234567"));
	node_ok(node, "AdvStart");
	ON_AIR(world, "\x1c\x09"
	              "123456789012345678901234567");
	/* On air at once. */
	node_ok(node, "SetAdvData",
	        OCTETS("\x1b\x09"
	               "12345678901234567890123456"));
	ON_AIR(world, "\x02\x01\x06\x1b\x09"
	              "12345678901234567890123456");
	node_ok(node, "SetAdvData", OCTETS(""));
	ON_AIR(world, "\x02\x01\x06");
	world_free(world);
}
END_TEST

START_TEST(start_and_stop_may_be_repeated)
{
	struct world *world = listening(NULL);
	struct node *node = world_node(world, 0);

	node_ok(node, "AdvStop");
	node_ok(node, "AdvStart");
	node_ok(node, "AdvStart");
	ON_AIR(world, "\x02\x01\x06");
	node_ok(node, "AdvStop");
	node_ok(node, "AdvStop");
	ck_assert(silence(world));
	node_ok(node, "AdvStart");
	ON_AIR(world, "\x02\x01\x06");
	world_free(world);
}
END_TEST

struct answers {
	unsigned n;
};

static void on_answer(void *user, const struct qb_result *result)
{
	struct answers *answers = user;

	ck_assert_msg(result->error == QB_OK, "%s", result->text);
	answers->n++;
}

static void call(struct node *node, const char *method, struct answers *answers)
{
	const struct qb_call *c = qb_calls;

	while (strcmp(c->name, method))
		c++;
	qb_call_run(node->ble, c, NULL, on_answer, answers);
}

/* Callers that do not wait for one another's answers. */
START_TEST(the_last_word_counts)
{
	struct world *world = listening(NULL);
	struct node *node = world_node(world, 0);
	struct answers answers = {0};

	call(node, "AdvStart", &answers);
	call(node, "AdvStart", &answers);
	call(node, "AdvStop", &answers);
	call(node, "AdvStart", &answers);
	call(node, "AdvStop", &answers);
	call(node, "AdvStop", &answers);
	ck_assert_uint_eq(answers.n, 0);
	world_run(world, QB_SEC);
	ck_assert_uint_eq(answers.n, 6);
	ck_assert(silence(world));
	call(node, "AdvStop", &answers);
	call(node, "AdvStart", &answers);
	world_run(world, QB_SEC);
	ck_assert_uint_eq(answers.n, 8);
	ON_AIR(world, "\x02\x01\x06");
	world_free(world);
}
END_TEST

/* Whoever asks for what is on its way already waits for it. */
START_TEST(an_answer_is_given_when_it_is_true)
{
	struct answers first = {0}, second = {0}, third = {0};
	struct qa_config config;
	struct world *world;
	struct node *node;

	qa_config_init(&config);
	config.address[5] = 0x11;
	config.answer_delay_us = 10000;
	world = world_new(1, 1, &config, NULL);
	node = world_node(world, 0);
	example_start_server(node);
	call(node, "AdvStart", &first);
	call(node, "AdvStop", &second);
	while (!first.n)
		world_run(world, QB_MSEC);
	call(node, "AdvStop", &third);
	ck_assert_uint_eq(second.n, 0);
	ck_assert_uint_eq(third.n, 0);
	world_run(world, QB_SEC);
	ck_assert_uint_eq(second.n, 1);
	ck_assert_uint_eq(third.n, 1);
	world_free(world);
}
END_TEST

static void connect(struct world *world, unsigned from)
{
	struct node *client = world_node(world, from);
	uint8_t addr[6];

	qb_addr_to_display(qb_ble_address(world_node(world, 0)->ble), addr);
	node_ok(client, "Connect", 0u, addr, sizeof(addr));
	ck_assert_int_eq(node_skip_to(client, QB_EV_CONNECT).status, 0);
}

START_TEST(a_connection_ends_it)
{
	struct world *world = listening(NULL);
	struct node *node = world_node(world, 0), *client = world_node(world, 2);

	example_start_client(client);
	node_ok(node, "AdvStart");
	connect(world, 2);
	node_expect(node, QB_EV_CONNECT);
	ck_assert(silence(world));
	node_ok(node, "AdvStop");
	/* It can go on beside the link. */
	node_ok(node, "AdvStart");
	ON_AIR(world, "\x02\x01\x06");
	node_ok(node, "AdvStop");
	node_ok(client, "Disconnect", 0u);
	node_skip_to(node, QB_EV_DISCONNECT);
	ck_assert(silence(world));
	world_free(world);
}
END_TEST

static void slow_first(void *user, unsigned index, struct qa_config *config,
                       struct qb_ble_config *ble)
{
	config->answer_delay_us = index ? 0 : 50 * QB_MSEC;
	ble->auto_advertise = *(const bool *)user;
}

/* AdvStop and AdvStart are on their way while a link ends what they find: then AdvStart counts. */
START_TEST(a_connection_does_not_end_the_next_one)
{
	for (unsigned i = 0; i < 2; i++) {
		bool resumes = i;
		struct world *world = listening_in(world_new_each(3, 1, slow_first, &resumes));
		struct node *node = world_node(world, 0), *client = world_node(world, 2);
		struct answers answers = {0};

		example_start_client(client);
		node_ok(node, "AdvStart");
		call(node, "AdvStop", &answers);
		call(node, "AdvStart", &answers);
		connect(world, 2);
		node_expect(node, QB_EV_CONNECT);
		ck_assert_uint_eq(answers.n, 0);
		ON_AIR(world, "\x02\x01\x06");
		ck_assert_uint_eq(answers.n, 2);
		node_ok(node, "AdvStop");
		ck_assert(silence(world));
		node_ok(client, "Disconnect", 0u);
		node_skip_to(node, QB_EV_DISCONNECT);
		ck_assert(silence(world));
		world_free(world);
	}
}
END_TEST

START_TEST(auto_advertise_resumes_it)
{
	struct qb_ble_config config = world_ble_config();
	struct world *world;
	struct node *node, *client;

	config.auto_advertise = true;
	world = listening(&config);
	node = world_node(world, 0);
	client = world_node(world, 2);
	example_start_client(client);
	node_ok(node, "AdvStart");
	connect(world, 2);
	ck_assert(silence(world));
	node_ok(client, "Disconnect", 0u);
	node_skip_to(node, QB_EV_DISCONNECT);
	ON_AIR(world, "\x02\x01\x06");
	/* Not if the app has stopped it in between. */
	node_forget(client);
	connect(world, 2);
	node_ok(node, "AdvStop");
	node_ok(client, "Disconnect", 0u);
	node_skip_to(node, QB_EV_DISCONNECT);
	ck_assert(silence(world));
	world_free(world);
}
END_TEST

START_TEST(directed_advertising_is_for_its_peer)
{
	struct world *world = listening(NULL);
	struct node *node = world_node(world, 0), *client = world_node(world, 2);
	uint8_t addr[6];

	example_start_client(client);
	set_param(node, 4, 2, 1);
	ck_assert_int_eq(node_call(node, "AdvStart"), QB_ERR_NOT_PERMITTED);
	qb_addr_to_display(qb_ble_address(client->ble), addr);
	node_ok(node, "SetDirectedPeer", 0u, addr, sizeof(addr));
	node_ok(node, "AdvStart");
	/* Data has no place in it, and is kept for later. */
	node_ok(node, "SetAdvData", OCTETS("\x02\x01\x05"));
	ck_assert(silence(world));
	connect(world, 2);
	node_expect(node, QB_EV_CONNECT);
	/* The peer outlives new parameters. */
	set_param(node, 1, 2, 1);
	node_ok(node, "AdvStart");
	/* High duty cycle ends by itself, after 1.28 s. */
	world_run(world, 2 * QB_SEC);
	set_param(node, 0, 2, 1);
	node_ok(node, "AdvStart");
	ON_AIR(world, "\x02\x01\x05");
	world_free(world);
}
END_TEST

/* SetAdvParam is about the next AdvStart; until then what runs decides what data there can be. */
START_TEST(a_type_for_later_does_not_keep_data_from_what_runs)
{
	struct world *world = listening(NULL);
	struct node *node = world_node(world, 0);

	node_ok(node, "AdvStart");
	set_param(node, 4, 2, 1);
	node_ok(node, "SetAdvData", OCTETS("\x05\x09late"));
	ON_AIR(world, "\x02\x01\x06\x05\x09late");
	node_ok(node, "AdvStop");
	set_param(node, 3, 2, 1);
	node_ok(node, "AdvStart");
	/* It is not scannable, whatever comes next, so the controller would refuse a response. */
	set_param(node, 0, 2, 1);
	node_ok(node, "SetAdvRspData", OCTETS("\x05\x09next"));
	world_free(world);
}
END_TEST

START_TEST(enable_adv_0_forbids_it)
{
	struct world *world = listening(NULL);
	struct node *node = world_node(world, 0);

	node_ok(node, "SetAdvParam", 0x20u, 0x20u, 0u, 0u, 7u, 0u, 2u, 1u, 0u);
	ck_assert_int_eq(node_call(node, "AdvStart"), QB_ERR_NOT_PERMITTED);
	ck_assert(silence(world));
	world_free(world);
}
END_TEST

UNIT_MAIN("ble_adv", flags_are_added_where_the_app_gives_none, the_apps_own_flags_go_out_unchanged,
          flags_need_three_free_octets, start_and_stop_may_be_repeated, the_last_word_counts,
          an_answer_is_given_when_it_is_true, a_connection_ends_it,
          a_connection_does_not_end_the_next_one, auto_advertise_resumes_it,
          directed_advertising_is_for_its_peer, a_type_for_later_does_not_keep_data_from_what_runs,
          enable_adv_0_forbids_it)
