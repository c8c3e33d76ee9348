/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A small world for tests: nodes, their controllers, one air, one virtual clock. */
#include "world.h"

#include <check.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define PATIENCE (60 * QB_SEC)

/* Says nothing to check where all is well: the simulation runs without a test of check's. */
#define must(condition, ...)                       \
	do {                                       \
		if (!(condition))                  \
			ck_abort_msg(__VA_ARGS__); \
	} while (0)

struct packet {
	struct packet *next;
	size_t len;
	uint8_t data[];
};

static void push(struct packet ***tail, const uint8_t *data, size_t len)
{
	struct packet *packet = malloc(sizeof(*packet) + len);

	must(packet, "out of memory");
	packet->next = NULL;
	packet->len = len;
	memcpy(packet->data, data, len);
	**tail = packet;
	*tail = &packet->next;
}

static struct packet *pop(struct packet **head, struct packet ***tail)
{
	struct packet *packet = *head;

	if (packet) {
		*head = packet->next;
		if (!*head)
			*tail = head;
	}
	return packet;
}

/* Queues keep the host and the controller from being inside each other. */

static bool to_host(void *user, const uint8_t *packet, size_t len)
{
	struct node *node = user;

	if (node->stalled)
		return false;
	push(&node->to_host_tail, packet, len);
	return true;
}

static void break_rule(struct node *node, const char *what)
{
	must(node->world->broken, "node %u: %s", node->index, what);
	node->world->broken(node, what);
}

static void on_warning(void *user, const char *text)
{
	struct node *node = user;

	/* Other tests provoke what a model controller warns of; and that nobody reads is no rule.
	 */
	if (node->world->broken && !node->stalled)
		break_rule(node, text);
}

static void to_controller(void *user, const uint8_t *packet, size_t len)
{
	struct node *node = user;

	push(&node->to_controller_tail, packet, len);
}

static void on_event(void *user, const struct qb_event *event)
{
	struct node *node = user;
	struct seen *seen;

	if (node->on_event) {
		node->on_event(node, event);
		return;
	}
	seen = calloc(1, sizeof(*seen));
	must(seen, "out of memory");
	seen->event = *event;
	if (event->name)
		snprintf(seen->name, sizeof(seen->name), "%s", event->name);
	must(event->len <= sizeof(seen->data), "an event of %zu octets", event->len);
	if (event->len)
		memcpy(seen->data, event->data, event->len);
	qb_list_append(&node->events, &seen->elem);
}

static void on_changed(void *user, unsigned changes)
{
}

static void on_controller_failed(void *user, const char *why)
{
	struct node *node = user;

	node->failures++;
}

static bool is_congested(void *user)
{
	const struct node *node = user;

	return node->congested;
}

/* Enough for tests: ASCII is one octet, and any character of three octets of UTF-8 is a0 and ff. */
static int to_gbk(void *user, const char *utf8, uint8_t *ret, size_t room)
{
	size_t n = 0;

	for (; *utf8; utf8++) {
		uint8_t lead = (uint8_t)*utf8;

		if (lead >= 0xf0)
			return -1;
		if ((lead & 0xc0) == 0x80)
			continue;
		if (n < room)
			ret[n] = lead < 0x80 ? lead : 0xa0;
		n++;
		if (lead < 0x80)
			continue;
		if (n < room)
			ret[n] = 0xff;
		n++;
	}
	return (int)n;
}

static const struct qa_ops controller_ops = {.to_host = to_host, .warn = on_warning};

static const struct qb_ble_ops ble_ops = {
        .send = to_controller,
        .event = on_event,
        .changed = on_changed,
        .controller_failed = on_controller_failed,
        .congested = is_congested,
        .to_gbk = to_gbk,
};

struct qb_ble_config world_ble_config(void)
{
	return (struct qb_ble_config){
	        .mtu = QB_ATT_MTU_DEFAULT,
	        .auto_mtu = true,
	        .connect_timeout = QB_CONNECT_SECONDS,
	};
}

static bool drain_node(struct node *node)
{
	struct packet *packet;
	bool moved = false;

	while ((packet = pop(&node->to_controller, &node->to_controller_tail))) {
		if (qa_controller_input(node->controller, packet->data, packet->len))
			break_rule(node, "the host sent what is no HCI packet");
		node->world->packets++;
		free(packet);
		moved = true;
	}
	while ((packet = pop(&node->to_host, &node->to_host_tail))) {
		qb_timers_advance(&node->timers, node->world->now);
		qb_ble_input(node->ble, packet->data, packet->len);
		node->world->packets++;
		free(packet);
		moved = true;
	}
	return moved;
}

/* False if there was nothing on its way. */
static bool drain(struct world *world)
{
	bool moved, any = false;

	do {
		moved = false;
		for (unsigned i = 0; i < world->n; i++)
			moved |= drain_node(&world->nodes[i]);
		any |= moved;
	} while (moved);
	return any;
}

static void advance(struct world *world, uint64_t now)
{
	if (now > world->now)
		world->now = now;
	qa_air_advance(world->air, world->now);
	for (unsigned i = 0; i < world->n; i++)
		qb_timers_advance(&world->nodes[i].timers, world->now);
}

/*
 * Lets what is on its way arrive, or else goes to the next thing that is due, but not past the
 * limit; false if nothing is due by then.
 */
static bool step(struct world *world, uint64_t limit)
{
	uint64_t next;

	if (drain(world))
		return true;
	next = qa_air_next(world->air);
	for (unsigned i = 0; i < world->n; i++) {
		uint64_t due = qb_timers_next(&world->nodes[i].timers);

		if (due < next)
			next = due;
	}
	advance(world, next < limit ? next : limit);
	return next <= limit;
}

void world_run(struct world *world, uint64_t usec)
{
	uint64_t limit = world->now + usec;

	while (step(world, limit))
		;
	drain(world);
}

void world_settle(struct world *world)
{
	drain(world);
}

bool world_until(struct world *world, bool (*condition)(void *user), void *user)
{
	uint64_t limit = world->now + PATIENCE;

	while (!condition(user)) {
		if (!step(world, limit))
			return condition(user);
	}
	return true;
}

static bool is_ready(void *user)
{
	struct node *node = user;

	return qb_ble_controller_ready(node->ble);
}

static void node_init(struct node *node, struct qa_config *controller, struct qb_ble_config *ble)
{
	unsigned i = node->index;
	const uint8_t addr[6] = {(uint8_t)i, (uint8_t)(i >> 8), 0x03, 0x02, 0x01, 0xc0};

	node->to_host_tail = &node->to_host;
	node->to_controller_tail = &node->to_controller;
	qb_list_init(&node->events);
	/* A controller without a public address keeps none. */
	if (memcmp(controller->address, "\0\0\0\0\0\0", 6)) {
		controller->address[0] = (uint8_t)(i + 1);
		controller->address[1] = (uint8_t)((i + 1) >> 8);
	}
	ble->static_addr = (struct qb_addr){.type = QB_ADDR_RANDOM};
	memcpy(ble->static_addr.b, addr, sizeof(addr));
	node->config = *ble;
	node->controller = qa_controller_new(node->world->air, controller, &controller_ops, node);
	node->ble = qb_ble_new(&node->timers, ble, &ble_ops, node);
	must(node->controller && node->ble, "out of memory");
	qb_ble_controller_up(node->ble);
}

struct world *world_new_each(unsigned n, uint64_t seed, world_setup_fn setup, void *user)
{
	struct world *world = calloc(1, sizeof(*world));

	must(world, "out of memory");
	world->air = qa_air_new(seed);
	world->n = n;
	world->nodes = calloc(n, sizeof(*world->nodes));
	must(world->air && world->nodes, "out of memory");
	for (unsigned i = 0; i < n; i++) {
		struct qb_ble_config ble = world_ble_config();
		struct qa_config controller;

		qa_config_init(&controller);
		memcpy(controller.address, "\x00\x00\x00\x33\x22\x11", 6);
		setup(user, i, &controller, &ble);
		world->nodes[i].world = world;
		world->nodes[i].index = i;
		node_init(&world->nodes[i], &controller, &ble);
	}
	for (unsigned i = 0; i < n; i++)
		must(world_until(world, is_ready, &world->nodes[i]),
		     "the controller of node %u does not come up", i);
	return world;
}

struct alike {
	const struct qa_config *config;
	const struct qb_ble_config *ble;
};

static void setup_alike(void *user, unsigned index, struct qa_config *config,
                        struct qb_ble_config *ble)
{
	const struct alike *alike = user;

	if (alike->config)
		*config = *alike->config;
	if (alike->ble)
		*ble = *alike->ble;
}

struct world *world_new(unsigned n, uint64_t seed, const struct qa_config *config,
                        const struct qb_ble_config *ble_config)
{
	struct alike alike = {config, ble_config};

	return world_new_each(n, seed, setup_alike, &alike);
}

static void free_packets(struct packet **head, struct packet ***tail)
{
	struct packet *packet;

	while ((packet = pop(head, tail)))
		free(packet);
}

static void node_free(struct node *node)
{
	qb_ble_free(node->ble);
	node->ble = NULL;
	if (qb_timers_next(&node->timers) != QB_NEVER)
		break_rule(node, "a timer outlived its host");
	free_packets(&node->to_controller, &node->to_controller_tail);
}

void world_restart(struct node *node)
{
	qb_timers_advance(&node->timers, node->world->now);
	node_free(node);
	free_packets(&node->to_host, &node->to_host_tail);
	node->ble = qb_ble_new(&node->timers, &node->config, &ble_ops, node);
	must(node->ble, "out of memory");
	qb_ble_controller_up(node->ble);
}

void world_stall(struct node *node, bool stalled)
{
	node->stalled = stalled;
	if (!stalled)
		qa_controller_ready(node->controller);
}

void world_free(struct world *world)
{
	for (unsigned i = 0; i < world->n; i++) {
		struct node *node = &world->nodes[i];

		node_free(node);
		qa_controller_free(node->controller);
		free_packets(&node->to_host, &node->to_host_tail);
		node_forget(node);
	}
	qa_air_free(world->air);
	free(world->nodes);
	free(world);
}

struct node *world_node(struct world *world, unsigned index)
{
	must(index < world->n, "there is no node %u", index);
	return &world->nodes[index];
}

struct ending {
	struct node *node;
	bool ended;
};

static void on_result(void *user, const struct qb_result *result)
{
	struct ending *ending = user;
	struct node *node = ending->node;

	must(!ending->ended, "the call ended twice");
	ending->ended = true;
	node->error = result->error;
	snprintf(node->text, sizeof(node->text), "%s", result->text ? result->text : "");
	node->i = result->i;
	node->len = result->len;
	memcpy(node->data, result->data, sizeof(node->data));
}

static bool has_ended(void *user)
{
	const struct ending *ending = user;

	return ending->ended;
}

enum qb_error node_call(struct node *node, const char *method, ...)
{
	const struct qb_call *call = qb_calls;
	struct qb_value args[QB_CALL_ARGS_MAX] = {0};
	struct ending ending = {.node = node};
	va_list ap;

	while (call->name && strcmp(call->name, method))
		call++;
	must(call->name, "there is no call %s", method);
	va_start(ap, method);
	for (unsigned i = 0; i < qb_call_n_args(call); i++) {
		if (call->args[i].type == 'u') {
			args[i].u = va_arg(ap, unsigned);
			continue;
		}
		args[i].data = va_arg(ap, const void *);
		args[i].len = call->args[i].type == 's' ? strlen((const char *)args[i].data)
		                                        : va_arg(ap, size_t);
	}
	va_end(ap);
	qb_timers_advance(&node->timers, node->world->now);
	qb_call_run(node->ble, call, args, on_result, &ending);
	must(world_until(node->world, has_ended, &ending), "%s never ends", method);
	return node->error;
}

static bool has_event(void *user)
{
	const struct node *node = user;

	return !qb_list_empty(&node->events);
}

/* Events handed out live in static storage until the next one is. */
static struct qb_event take(struct node *node, uint8_t id)
{
	static struct seen last;
	struct seen *seen;

	must(world_until(node->world, has_event, node), "node %u: event %u does not come",
	     node->index, id);
	seen = qb_list_entry(qb_list_pop(&node->events), struct seen, elem);
	last = *seen;
	free(seen);
	last.event.name = last.name;
	last.event.data = last.data;
	return last.event;
}

struct qb_event node_expect(struct node *node, uint8_t id)
{
	struct qb_event event = take(node, id);

	must(event.id == id, "node %u: event %u (status %d) where %u was due", node->index,
	     event.id, event.status, id);
	return event;
}

struct qb_event node_next(struct node *node)
{
	return take(node, 0);
}

struct qb_event node_skip_to(struct node *node, uint8_t id)
{
	struct qb_event event;

	do
		event = take(node, id);
	while (event.id != id);
	return event;
}

void node_expect_nothing(struct node *node)
{
	world_run(node->world, QB_SEC);
	if (!qb_list_empty(&node->events)) {
		struct qb_event event = take(node, 0);

		ck_abort_msg("node %u: event %u where none was due", node->index, event.id);
	}
}

void node_forget(struct node *node)
{
	struct qb_list *elem;

	while ((elem = qb_list_pop(&node->events)))
		free(qb_list_entry(elem, struct seen, elem));
}
