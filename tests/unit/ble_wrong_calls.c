/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Wrong calls, at least three to each: the named error, with the value and what is allowed in its
 * text, and nothing has changed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ble/ble-internal.h"
#include "unit.h"
#include "world.h"

/* Where the node stands when it is called. Each includes what the one before has done. */
enum stage {
	FRESH,   /* no role */
	SERVER,  /* the server's role only */
	CLIENT,  /* the client's role only */
	INIT,    /* both roles, service 1 staged: characteristic 1 without, 2 with a value */
	STARTED, /* that is published: values 3 (notify) and 5 (nothing but read); adv is allowed */
	NO_ADV,  /* and SetAdvParam has forbidden advertising */
	DIRECTED, /* and SetAdvParam wants directed advertising */
	LINKED,   /* and connect_id 0 is there, with an MTU of 247; its peer is node 1 */
	LOST,     /* both roles, but the controller has gone */
	N_STAGES
};

#define ZEROS "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
static const uint8_t long_value[513];

#define U(value)             \
	{                    \
		.u = (value) \
	}
#define B(octets)                                                            \
	{                                                                    \
		.data = (const uint8_t *)(octets), .len = sizeof(octets) - 1 \
	}
#define N(count)                                   \
	{                                          \
		.data = long_value, .len = (count) \
	}
#define SHORT(uuid) U(1), U(uuid), B(ZEROS)
#define LONG        U(0), U(0), B("0123456789abcdef")

static const struct wrong {
	enum stage stage;
	const char *method;
	enum qb_error error;
	const char *text; /* part of it */
	struct qb_value args[QB_CALL_ARGS_MAX];
} wrongs[] = {
#include "ble_wrong_calls.inc"
};

#define N_WRONGS (sizeof(wrongs) / sizeof(wrongs[0]))

/* Calls that cannot be wrong. */
static const char *const always_right[] = {"GetStatus", "ServerInit", "ServerRelease", "ClientInit",
                                           "ClientRelease"};

static void add_service(struct node *node)
{
	node_ok(node, "AddService", 1u, 1u, 1u, 0x180fu, ZEROS, (size_t)16);
	node_ok(node, "AddChara", 1u, 1u, 0x12u, 1u, 0x2a19u, ZEROS, (size_t)16);
	node_ok(node, "AddChara", 1u, 2u, 0x02u, 1u, 0x2a1au, ZEROS, (size_t)16);
	node_ok(node, "AddCharaValue", 1u, 2u, 1u, 1u, 0x2a1au, ZEROS, (size_t)16, "v", (size_t)1);
	node_ok(node, "AddCharaDesc", 1u, 2u, 3u, 1u, 0x2902u, ZEROS, (size_t)16, "\0\0",
	        (size_t)2);
}

static void start(struct node *node)
{
	node_ok(node, "GattStart");
	node_expect(node, QB_EV_START_STATUS);
}

static void set_adv(struct node *node, unsigned type, unsigned enable)
{
	node_ok(node, "SetAdvParam", 0x30u, 0x60u, type, 0u, 7u, 0u, 2u, 1u, enable);
}

static void connect(struct node *node, struct node *peer)
{
	uint8_t addr[6];

	node_ok(peer, "ServerInit");
	start(peer);
	node_ok(peer, "AdvStart");
	qb_addr_to_display(qb_ble_address(peer->ble), addr);
	node_ok(node, "Connect", 0u, addr, (size_t)6);
	node_expect(node, QB_EV_CONNECT);
	node_expect(node, QB_EV_MTU);
	node_expect(node, QB_EV_START_DISCOVER_SERVICE);
	node_forget(peer);
}

static struct world *enter(enum stage stage)
{
	struct world *world = world_new(2, 1, NULL, NULL);
	struct node *node = world_node(world, 0);

	if (stage == FRESH)
		return world;
	if (stage != CLIENT)
		node_ok(node, "ServerInit");
	if (stage != SERVER)
		node_ok(node, "ClientInit");
	if (stage < INIT)
		return world;
	if (stage == LOST) {
		qb_ble_controller_down(node->ble, "hci0 was unplugged");
		return world;
	}
	add_service(node);
	if (stage == INIT)
		return world;
	node_ok(node, "AddOrClearService", 1u, 0u);
	start(node);
	if (stage == NO_ADV)
		set_adv(node, 0, 0);
	if (stage == DIRECTED)
		set_adv(node, 4, 1);
	if (stage == LINKED)
		connect(node, world_node(world, 1));
	return world;
}

/* All that calls can change, as one number. */
static uint64_t digest(const struct node *node)
{
	const struct qb_ble *ble = node->ble;
	const struct qb_gatt_db *db = ble->host->db;
	uint64_t sum = 0xcbf29ce484222325;

#define ADD(what)                                 \
	for (size_t i = 0; i < sizeof(what); i++) \
	sum = (sum ^ ((const uint8_t *)&(what))[i]) * 0x100000001b3
	ADD(ble->roles);
	ADD(ble->state);
	ADD(ble->adv);
	ADD(ble->scan.sw);
	ADD(ble->scan.param);
	ADD(ble->scan.once);
	ADD(ble->services);
	ADD(ble->conns);
	ADD(ble->dials);
	for (const struct qb_service *s = ble->services.first; s; s = s->next) {
		ADD(*s);
		for (const struct qb_chara *c = s->charas; c; c = c->next)
			ADD(*c);
	}
	for (const struct qb_attr *a = qb_gatt_db_next(db, 1); a;
	     a = a->handle == 0xffff ? NULL : qb_gatt_db_next(db, (uint16_t)(a->handle + 1))) {
		ADD(a->handle);
		ADD(a->len);
		for (unsigned j = 0; j < a->len; j++)
			ADD(a->value[j]);
	}
	if (ble->conns[0]) {
		ADD(ble->conns[0]->procs);
		ADD(ble->conns[0]->n_answers);
		ADD(ble->conns[0]->updating);
		ADD(ble->conns[0]->free_sent);
	}
#undef ADD
	return sum;
}

struct ending {
	bool ended;
	enum qb_error error;
	char text[400];
};

static void on_result(void *user, const struct qb_result *result)
{
	struct ending *ending = user;

	ck_assert(!ending->ended);
	ending->ended = true;
	ending->error = result->error;
	snprintf(ending->text, sizeof(ending->text), "%s", result->text ? result->text : "");
}

static const struct qb_call *find(const char *method)
{
	const struct qb_call *call = qb_calls;

	while (call->name && strcmp(call->name, method))
		call++;
	ck_assert_msg(call->name, "there is no call %s", method);
	return call;
}

static void check_wrong(struct node *node, const struct wrong *wrong)
{
	struct ending ending = {0};
	uint64_t before = digest(node);

	qb_call_run(node->ble, find(wrong->method), wrong->args, on_result, &ending);
	ck_assert_msg(ending.ended, "%s (%s) is not refused at once", wrong->method, wrong->text);
	ck_assert_msg(ending.error == wrong->error, "%s: %s '%s' where %s '%s' was due",
	              wrong->method, qb_error_name(ending.error), ending.text,
	              qb_error_name(wrong->error), wrong->text);
	ck_assert_msg(strstr(ending.text, wrong->text), "%s: '%s' does not say '%s'", wrong->method,
	              ending.text, wrong->text);
	ck_assert_msg(digest(node) == before, "%s (%s) has changed something", wrong->method,
	              wrong->text);
}

static void check_stage(enum stage stage)
{
	struct world *world = enter(stage);
	struct node *node = world_node(world, 0);

	for (size_t i = 0; i < N_WRONGS; i++)
		if (wrongs[i].stage == stage)
			check_wrong(node, &wrongs[i]);
	node_expect_nothing(node);
	node_expect_nothing(world_node(world, 1));
	world_free(world);
}

START_TEST(without_a_role)
{
	check_stage(FRESH);
}
END_TEST

START_TEST(with_the_other_role)
{
	check_stage(SERVER);
	check_stage(CLIENT);
}
END_TEST

START_TEST(before_the_start)
{
	check_stage(INIT);
}
END_TEST

START_TEST(started)
{
	check_stage(STARTED);
	check_stage(NO_ADV);
	check_stage(DIRECTED);
}
END_TEST

START_TEST(connected)
{
	check_stage(LINKED);
}
END_TEST

START_TEST(without_a_controller)
{
	check_stage(LOST);
}
END_TEST

START_TEST(three_for_each_call)
{
	for (const struct qb_call *call = qb_calls; call->name; call++) {
		unsigned n = 0;
		bool right = false;

		for (size_t i = 0; i < sizeof(always_right) / sizeof(always_right[0]); i++)
			right |= !strcmp(call->name, always_right[i]);
		for (size_t i = 0; i < N_WRONGS; i++)
			n += !strcmp(call->name, wrongs[i].method);
		ck_assert_msg(n >= 3 || right, "%s has %u wrong calls", call->name, n);
	}
}
END_TEST

UNIT_MAIN("ble_wrong_calls", without_a_role, with_the_other_role, before_the_start, started,
          connected, without_a_controller, three_for_each_call)
