/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ten thousand links, one after the other, under a virtual clock: made, used, and ended by either
 * side, by a peer that is suddenly out of range, or before they came about. Each is told from its
 * beginning to its end, and nothing is left of it. QB_FAULT_SCALE=N: N times as many.
 */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "ble/ble-internal.h"
#include "unit.h"
#include "world.h"

#define VALUE 3

enum end {
	BY_CLIENT,
	BY_SERVER,
	WITHIN, /* while procedures and notifications are under way */
	CANCELLED,
	OUT_OF_RANGE,
	ENDS,
};

static const uint8_t zeros[16];

static unsigned scale(void)
{
	const char *text = getenv("QB_FAULT_SCALE");
	int n = text ? atoi(text) : 1;

	return n > 0 ? (unsigned)n : 1;
}

static void publish(struct node *server)
{
	node_ok(server, "ServerInit");
	node_ok(server, "GattStart");
	node_expect(server, QB_EV_START_STATUS);
	node_ok(server, "AddService", 1u, 1u, 1u, 0x180fu, zeros, sizeof(zeros));
	node_ok(server, "AddChara", 1u, 1u, 0x1au, 1u, 0x2a19u, zeros, sizeof(zeros));
	node_ok(server, "AddOrClearService", 1u, 0u);
}

/* A link is asked for; unless it is cancelled at once, it comes about. */
static bool link_up(struct node *client, struct node *server, enum end end)
{
	struct qb_event event;
	uint8_t addr[6];

	qb_addr_to_display(qb_ble_address(server->ble), addr);
	if (end == CANCELLED) {
		node_ok(client, "Connect", 0u, addr, sizeof(addr));
		node_ok(client, "CancelConnect", addr, sizeof(addr));
		event = node_expect(client, QB_EV_CONNECT);
		ck_assert_int_ne(event.status, 0);
		node_ok(server, "AdvStart");
		node_ok(server, "AdvStop");
		return false;
	}
	node_ok(server, "AdvStart");
	node_ok(client, "Connect", 0u, addr, sizeof(addr));
	/* The number of the only link there is. */
	ck_assert_uint_eq(node_expect(client, QB_EV_CONNECT).u[0], 0);
	ck_assert_uint_eq(node_skip_to(server, QB_EV_CONNECT).u[0], 0);
	return true;
}

/* Ends each send with one event 25, before the link's own end. */
static void expect_end(struct node *server, unsigned sent)
{
	struct qb_event event;
	unsigned ended = 0;

	while ((event = node_next(server)).id != QB_EV_DISCONNECT)
		ended += event.id == QB_EV_SEND_END;
	ck_assert_uint_eq(ended, sent);
}

static void link_down(struct node *client, struct node *server, enum end end)
{
	unsigned sent = 0;

	if (end == WITHIN) {
		for (unsigned i = 0; i < 5; i++)
			sent += !node_call(server, "SendNotification", 0u, (unsigned)VALUE, zeros,
			                   sizeof(zeros));
		node_call(client, "ReadCharaByHandle", 0u, (unsigned)VALUE, 0u, 0u);
	}
	if (end == OUT_OF_RANGE)
		qa_controller_drop(server->controller);
	else
		node_ok(end == BY_SERVER ? server : client, "Disconnect", 0u);
	expect_end(server, sent);
	node_skip_to(client, QB_EV_DISCONNECT);
}

static void expect_nothing_left(struct world *world)
{
	for (unsigned i = 0; i < 2; i++) {
		struct node *node = world_node(world, i);
		const struct qb_host *host = node->ble->host;

		node_expect_nothing(node);
		ck_assert_uint_eq(node->ble->n_links, 0);
		ck_assert_uint_eq(host->n_links, 0);
		ck_assert_uint_eq(host->pool.used, 0);
		ck_assert_uint_eq(host->hci.acl.credits, host->hci.acl.total);
		ck_assert_uint_eq(qb_timers_next(&node->timers), QB_NEVER);
		ck_assert_uint_eq(node->failures, 0);
	}
}

START_TEST(ten_thousand_links)
{
	struct world *world = world_new(2, 1, NULL, NULL);
	struct node *server = world_node(world, 0), *client = world_node(world, 1);
	size_t settled = 0;

	publish(server);
	node_ok(client, "ClientInit");
	node_ok(client, "GattStart");
	node_expect(client, QB_EV_START_STATUS);
	for (unsigned i = 0; i < 10000 * scale(); i++) {
		enum end end = i % ENDS;

		if (link_up(client, server, end)) {
			/* At different moments of its life. */
			world_run(world, (uint64_t)(i % 97) * QB_MSEC);
			link_down(client, server, end);
		}
		node_forget(client);
		node_forget(server);
		if (i % 100)
			continue;
		expect_nothing_left(world);
		/* What is kept for later is there after a while, and then no more comes. */
		if (i == 1000)
			settled = mallinfo2().uordblks;
		if (i > 1000)
			ck_assert_uint_eq(mallinfo2().uordblks, settled);
	}
	world_free(world);
}
END_TEST

UNIT_MAIN("links", ten_thousand_links)
