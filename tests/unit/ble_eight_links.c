/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One program with eight links, four as central and four as peripheral, all of them busy at once;
 * and a thousand links that end in the middle of something. Nothing may be lost, nothing may come
 * on the wrong link, and everything that was borrowed is given back.
 */
#include "unit.h"

#include <stdlib.h>

#include "ble/ble-internal.h"
#include "util/le.h"
#include "world.h"

#define PEERS   8
#define ROUNDS  200
#define SERVICE 0xfff0

/* With the system's services in front, the user's begin at 16. */
enum { VALUE = 18, LONG_VALUE = 21 };

/* What the hub and one of its peers got from each other, and what they are due next. */
struct tally {
	unsigned notifications, indications, writes, sent, ended, wrote;
};

struct hub {
	struct node *node;
	unsigned peer_of[PEERS]; /* connect_id -> node */
	uint32_t id_of[PEERS + 1];
	struct tally from[PEERS + 1]; /* at the hub, by peer */
	struct tally at[PEERS + 1];   /* at the peer */
	unsigned sends, ends;         /* of the hub, all links together */
};

static struct hub hub;

/* Every value says who sent it on what and how many came before it. */
static void fill(uint8_t *value, size_t len, unsigned from, unsigned to, unsigned count)
{
	for (size_t i = 4; i < len; i++)
		value[i] = (uint8_t)(i * 7 + from * 31 + to * 17 + count);
	value[0] = (uint8_t)from;
	value[1] = (uint8_t)to;
	qb_put_le16(value + 2, (uint16_t)count);
}

static void check(const uint8_t *value, size_t len, unsigned from, unsigned to, unsigned count)
{
	uint8_t want[QB_VALUE_MAX];

	fill(want, len, from, to, count);
	ck_assert_mem_eq(value, want, len);
}

static void count(struct tally *tally, const struct qb_event *event, unsigned from, unsigned to)
{
	switch (event->id) {
	case QB_EV_RECV_NOTIFICATION:
		ck_assert_uint_eq(event->len, 2 + 20);
		check(event->data + 2, event->len - 2, from, to, tally->notifications++);
		break;
	case QB_EV_RECV_INDICATION:
		ck_assert_uint_eq(event->len, 2 + 60);
		check(event->data + 2, event->len - 2, from, to, tally->indications++);
		break;
	case QB_EV_RECV_WRITE:
		ck_assert_uint_eq(event->len, QB_VALUE_MAX);
		check(event->data, event->len, from, to, tally->writes++);
		break;
	}
}

static void on_hub_event(struct node *node, const struct qb_event *event)
{
	unsigned peer;

	ck_assert_int_eq(event->status, 0);
	if (event->id == QB_EV_SEND_END)
		hub.ends++;
	if (event->connect_id == QB_NO_CONNECTION)
		return;
	ck_assert_uint_lt(event->connect_id, PEERS);
	peer = hub.peer_of[event->connect_id];
	if (event->id == QB_EV_CHARA_WRITE)
		hub.from[peer].wrote++;
	count(&hub.from[peer], event, peer, 0);
}

static void on_peer_event(struct node *node, const struct qb_event *event)
{
	struct tally *tally = &hub.at[node->index];

	ck_assert_int_eq(event->status, 0);
	if (event->id == QB_EV_SEND_END)
		tally->ended++;
	if (event->id == QB_EV_CHARA_WRITE)
		tally->wrote++;
	count(tally, event, 0, node->index);
}

static void publish(struct node *node)
{
	static const uint8_t zeros[QB_VALUE_MAX];

	node_ok(node, "AddService", 1, 1, 1, SERVICE, zeros, (size_t)16);
	node_ok(node, "AddChara", 1, 1,
	        QB_PROP_READ | QB_PROP_WRITE | QB_PROP_NOTIFY | QB_PROP_INDICATE, 1, 0xfff1, zeros,
	        (size_t)16);
	node_ok(node, "AddCharaDesc", 1, 1, 3, 1, 0x2902, zeros, (size_t)16, zeros, (size_t)2);
	node_ok(node, "AddChara", 1, 2, QB_PROP_READ | QB_PROP_WRITE, 1, 0xfff2, zeros, (size_t)16);
	node_ok(node, "AddCharaValue", 1, 2, 3, 1, 0xfff2, zeros, (size_t)16, zeros,
	        (size_t)QB_VALUE_MAX);
	node_ok(node, "AddOrClearService", 1, 1);
}

static void start(struct node *node)
{
	node_ok(node, "ServerInit");
	node_ok(node, "ClientInit");
	node_ok(node, "GattStart");
	node_expect(node, QB_EV_START_STATUS);
	publish(node);
}

static void address(struct node *node, uint8_t ret[6])
{
	node_ok(node, "GetPublicAddr");
	for (int i = 0; i < 6; i++)
		ret[i] = node->data[5 - i];
}

/* Lets central connect to peripheral, and gives both ends' connect_id. */
static void link_up(struct node *central, struct node *peripheral, uint32_t *c, uint32_t *p)
{
	uint8_t addr[6];

	address(peripheral, addr);
	node_ok(peripheral, "AdvStart");
	node_ok(central, "Connect", 0, addr, (size_t)6);
	*p = node_skip_to(peripheral, QB_EV_CONNECT).connect_id;
	*c = node_skip_to(central, QB_EV_CONNECT).connect_id;
	node_skip_to(central, QB_EV_START_DISCOVER_SERVICE);
}

/* A send may meet a full queue: then nothing was sent, and it is tried again a little later. */
static void send(struct node *node, const char *method, uint32_t id, const uint8_t *value,
                 size_t len)
{
	while (node_call(node, method, id, VALUE, value, len) == QB_ERR_BUSY)
		world_run(node->world, QB_MSEC);
	ck_assert_msg(!node->error, "%s: %s", method, node->text);
}

static void traffic(struct world *world, unsigned round)
{
	uint8_t value[QB_VALUE_MAX];

	for (unsigned peer = 1; peer <= PEERS; peer++) {
		struct node *node = world_node(world, peer);

		fill(value, 20, 0, peer, round);
		send(hub.node, "SendNotification", hub.id_of[peer], value, 20);
		fill(value, 20, peer, 0, round);
		send(node, "SendNotification", 0, value, 20);
		fill(value, 60, 0, peer, round);
		send(hub.node, "SendIndication", hub.id_of[peer], value, 60);
		fill(value, 60, peer, 0, round);
		send(node, "SendIndication", 0, value, 60);
		hub.sends += 2;
		hub.at[peer].sent += 2;
		if (round % 20)
			continue;
		fill(value, QB_VALUE_MAX, 0, peer, round / 20);
		node_ok(hub.node, "WriteChara", hub.id_of[peer], LONG_VALUE, 0, 1, value,
		        (size_t)QB_VALUE_MAX);
		fill(value, QB_VALUE_MAX, peer, 0, round / 20);
		node_ok(node, "WriteChara", 0, LONG_VALUE, 0, 1, value, (size_t)QB_VALUE_MAX);
	}
}

START_TEST(eight_busy_links)
{
	struct world *world = world_new(PEERS + 1, 1, NULL, NULL);
	struct node *h = world_node(world, 0);

	memset(&hub, 0, sizeof(hub));
	hub.node = h;
	start(h);
	for (unsigned peer = 1; peer <= PEERS; peer++) {
		struct node *node = world_node(world, peer);
		uint32_t id;

		start(node);
		if (peer <= PEERS / 2)
			link_up(h, node, &hub.id_of[peer], &id);
		else
			link_up(node, h, &id, &hub.id_of[peer]);
		/* Both number their links from 0. */
		ck_assert_uint_eq(id, 0);
		ck_assert_uint_eq(hub.id_of[peer], peer - 1);
		hub.peer_of[hub.id_of[peer]] = peer;
	}
	world_run(world, QB_SEC);
	for (unsigned i = 0; i <= PEERS; i++) {
		node_forget(world_node(world, i));
		world_node(world, i)->on_event = i ? on_peer_event : on_hub_event;
	}
	for (unsigned round = 0; round < ROUNDS; round++)
		traffic(world, round);
	world_run(world, 30 * QB_SEC);

	ck_assert_uint_eq(hub.ends, hub.sends);
	for (unsigned peer = 1; peer <= PEERS; peer++) {
		const struct tally *at = &hub.at[peer], *from = &hub.from[peer];

		ck_assert_uint_eq(at->notifications, ROUNDS);
		ck_assert_uint_eq(at->indications, ROUNDS);
		ck_assert_uint_eq(at->writes, ROUNDS / 20);
		ck_assert_uint_eq(at->wrote, ROUNDS / 20);
		ck_assert_uint_eq(at->ended, at->sent);
		ck_assert_uint_eq(from->notifications, ROUNDS);
		ck_assert_uint_eq(from->indications, ROUNDS);
		ck_assert_uint_eq(from->writes, ROUNDS / 20);
		ck_assert_uint_eq(from->wrote, ROUNDS / 20);
	}
	for (unsigned i = 0; i <= PEERS; i++)
		world_node(world, i)->on_event = NULL;
	world_free(world);
}
END_TEST

/* What a host has lent out, when there is no link. */
static void expect_nothing_borrowed(struct node *node)
{
	const struct qb_host *host = node->ble->host;

	ck_assert_uint_eq(host->n_links, 0);
	ck_assert_uint_eq(host->pool.used, 0);
	ck_assert_uint_eq(host->hci.acl.credits, host->hci.acl.total);
	ck_assert_uint_gt(host->hci.acl.total, 0);
}

START_TEST(a_thousand_links_cut_in_the_middle)
{
	struct world *world = world_new(2, 2, NULL, NULL);
	struct node *server = world_node(world, 0), *client = world_node(world, 1);
	uint8_t value[60];
	uint32_t c, s;

	start(server);
	start(client);
	for (unsigned i = 0; i < 1000; i++) {
		unsigned sent = 0, ended = 0;
		struct qb_event event;

		link_up(client, server, &c, &s);
		ck_assert_uint_eq(c, 0);
		ck_assert_uint_eq(s, 0);
		world_run(world, i % 7 * QB_MSEC);
		node_forget(server);
		fill(value, sizeof(value), 0, 1, i);
		for (unsigned n = 0; n < 1 + i % 12; n++)
			sent += !node_call(server, n % 3 ? "SendNotification" : "SendIndication", s,
			                   VALUE, value, sizeof(value));
		node_ok(client, "ReadCharaByHandle", c, LONG_VALUE, 0, 1);
		node_ok(i % 2 ? client : server, "Disconnect", 0);
		/* Every send that was accepted ends once, and before the link does. */
		while ((event = node_next(server)).id != QB_EV_DISCONNECT)
			ended += event.id == QB_EV_SEND_END;
		ck_assert_uint_eq(ended, sent);
		node_skip_to(client, QB_EV_DISCONNECT);
		expect_nothing_borrowed(server);
		expect_nothing_borrowed(client);
	}
	world_free(world);
}
END_TEST

UNIT_MAIN("eight links", eight_busy_links, a_thousand_links_cut_in_the_middle)
