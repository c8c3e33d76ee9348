/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Links: connect, disconnect, their parameters, events 16, 17, 18 and 20, and which end belongs to
 * which.
 */
#include <stdlib.h>
#include <string.h>

#include "ble/event.h"
#include "host/limits.h"
#include "model.h"
#include "sim.h"

#define HCI_LIMIT  (2 * QB_HCI_TIMEOUT_MSEC * QB_MSEC)
#define NO_LINK_ID (QB_LINKS_MAX - 1)

struct sim_link *sim_link_to(const struct actor *actor, uint32_t peer)
{
	for (unsigned id = 0; id < QB_LINKS_MAX; id++)
		if (actor->links[id] && !actor->links[id]->orphan &&
		    actor->links[id]->peer == (int)peer)
			return actor->links[id];
	return NULL;
}

static struct sim_dial *find_dial(struct actor *actor, const struct qb_addr *addr)
{
	for (unsigned i = 0; i < actor->n_dials; i++)
		if (qb_addr_equal(&actor->dials[i].addr, addr))
			return &actor->dials[i];
	return NULL;
}

static void drop_dial(struct actor *actor, struct sim_dial *dial)
{
	struct sim_dial *last = &actor->dials[--actor->n_dials];

	memmove(dial, dial + 1, (size_t)(last - dial) * sizeof(*dial));
}

static bool is_connected(const struct actor *actor, const struct qb_addr *addr)
{
	for (unsigned id = 0; id < QB_LINKS_MAX; id++)
		if (actor->links[id] && !actor->links[id]->orphan &&
		    qb_addr_equal(&actor->links[id]->addr, addr))
			return true;
	return false;
}

static bool is_pending(const struct actor *actor, const struct qb_addr *addr)
{
	for (unsigned i = 0; i < actor->n_dials; i++)
		if (qb_addr_equal(&actor->dials[i].addr, addr) && !actor->dials[i].cancelled)
			return true;
	return false;
}

static void connect(struct actor *actor, const struct qb_addr *addr)
{
	bool fresh = !is_pending(actor, addr) && !is_connected(actor, addr);
	uint64_t limit = actor->node->config.connect_timeout * QB_SEC + HCI_LIMIT;
	uint8_t display[6];
	int error;

	qb_addr_to_display(addr, display);
	/* Counted before, as event 16 may come inside. */
	if (fresh && actor->n_dials < SIM_DIALS_MAX)
		actor->dials[actor->n_dials++] = (struct sim_dial){*addr,
		                                                   sim_now(actor->sim) + limit};
	error = sim_call(actor, SIM_CONNECT, "Connect", addr->type, display, (size_t)6);
	sim_must(actor, SIM_INV_CALL_END, error != SIM_PENDING, "Connect does not end at once");
	if (error && fresh && actor->n_dials &&
	    qb_addr_equal(&actor->dials[actor->n_dials - 1].addr, addr))
		actor->n_dials--;
}

static void cancel(struct actor *actor, const struct qb_addr *addr)
{
	uint64_t by = sim_now(actor->sim) + HCI_LIMIT;
	struct sim_dial before[SIM_DIALS_MAX];
	unsigned n = actor->n_dials;
	uint8_t display[6];

	memcpy(before, actor->dials, sizeof(before));
	for (unsigned i = 0; i < n; i++) {
		struct sim_dial *dial = &actor->dials[i];

		if (memcmp(dial->addr.b, addr->b, 6) || dial->cancelled)
			continue;
		dial->cancelled = true;
		dial->by = dial->by < by ? dial->by : by;
	}
	qb_addr_to_display(addr, display);
	if (sim_call(actor, SIM_CANCEL, "CancelConnect", display, (size_t)6) && actor->n_dials == n)
		memcpy(actor->dials, before, sizeof(before));
}

void sim_must_end(struct sim_link *link, uint64_t within, const char *why)
{
	uint64_t by = sim_now(link->actor->sim) + within;

	if (link->end_by && link->end_by <= by)
		return;
	link->end_by = by;
	link->end_why = why;
}

static void disconnect(struct actor *actor, uint32_t peer)
{
	struct sim_link *link = sim_link_to(actor, peer);

	if (sim_call(actor, SIM_DISCONNECT, "Disconnect", link ? link->id : NO_LINK_ID))
		return;
	sim_must(actor, SIM_INV_REFUSAL, link, "Disconnect ends a link that is not there");
	/* It may have ended inside. */
	if (sim_link_to(actor, peer) == link)
		sim_must_end(link, QB_DISCONNECT_TIMEOUT_MSEC * QB_MSEC, "Disconnect");
}

static void update(struct actor *actor, const struct sim_step *step)
{
	struct sim_link *link = sim_link_to(actor, step->args[0]);
	bool was = link && link->updating;
	int error;

	if (link) {
		link->updating = true;
		if (!was)
			link->update_by = sim_now(actor->sim) + QB_PARAM_UPDATE_SECONDS * QB_SEC +
			                  2 * HCI_LIMIT;
	}
	actor->about = was ? NULL : link;
	error = sim_call(actor, SIM_UPDATE, "UpdateConnParam", link ? link->id : NO_LINK_ID,
	                 step->args[1], step->args[2], step->args[3], step->args[4]);
	actor->about = NULL;
	if (error > 0 && link && !was && sim_link_to(actor, step->args[0]) == link)
		link->updating = false;
}

void sim_do_link(struct actor *actor, const struct sim_step *step)
{
	struct qb_addr addr = sim_addr(actor->sim, step->args[0], (uint8_t)step->args[1]);
	struct sim_link *link = sim_link_to(actor, step->args[0]);

	switch (step->op) {
	case SIM_CONNECT: connect(actor, &addr); break;
	case SIM_CANCEL: cancel(actor, &addr); break;
	case SIM_DISCONNECT: disconnect(actor, step->args[0]); break;
	case SIM_UPDATE: update(actor, step); break;
	case SIM_RSSI: sim_call(actor, SIM_RSSI, "ReadRssi", link ? link->id : NO_LINK_ID); break;
	}
}

void sim_link_call_end(struct actor *actor, const struct sim_call *call, enum qb_error error)
{
	if (call->op != SIM_UPDATE || !error || !call->link)
		return;
	for (unsigned id = 0; id < QB_LINKS_MAX; id++)
		if (actor->links[id] == call->link)
			actor->links[id]->updating = false;
}

/* The end that another host has of the link that a controller knows by this handle. */
static struct sim_link *find_other(const struct sim_link *link)
{
	const struct actor *actor = link->actor;
	struct qa_link *here = qa_link_find(actor->node->controller, link->handle);
	const struct sim *sim = actor->sim;

	/* What a host reads late may be about a link whose handle is another's by now. */
	if (actor->late_at == sim_now(sim) || !here || !here->peer)
		return NULL;
	for (struct sim_link *other = sim->links; other; other = other->next)
		if (other != link && other->up && !other->other &&
		    other->actor->node->controller == here->peer->c &&
		    other->handle == here->peer->handle && other->outgoing != link->outgoing)
			return other;
	return NULL;
}

static int host_of(const struct sim *sim, const struct qb_addr *addr)
{
	for (unsigned i = 0; i < sim->n; i++) {
		struct qb_addr own = sim_addr(sim, i, addr->type);

		if (qb_addr_equal(&own, addr))
			return (int)i;
	}
	return -1;
}

static struct sim_link *new_link(struct actor *actor, const struct qb_event *event)
{
	struct sim_link *link = calloc(1, sizeof(*link));
	const struct qb_conn *conn = actor->node->ble->conns[event->connect_id];

	link->actor = actor;
	link->id = event->connect_id;
	link->handle = conn->link->handle;
	link->addr = event->addr;
	link->peer = host_of(actor->sim, &event->addr);
	link->outgoing = event->role == QB_ROLE_CENTRAL;
	link->up = true;
	link->deaf = !(actor->roles & SIM_CLIENT);
	link->blind = !(actor->roles & SIM_SERVER);
	link->mtu = QB_ATT_MTU_MIN;
	link->progress = sim_now(actor->sim);
	link->asks_tail = &link->asks;
	for (unsigned i = 0; i < 2; i++) {
		sim_queue_init(&link->ends[i]);
		sim_queue_init(&link->values[i]);
	}
	link->next = actor->sim->links;
	actor->sim->links = link;
	link->other = find_other(link);
	if (link->other)
		link->other->other = link;
	actor->sim->shared->stats.links++;
	return link;
}

static void failed(struct actor *actor, const struct qb_event *event)
{
	struct sim_dial *dial = find_dial(actor, &event->addr);

	sim_must(actor, SIM_INV_CONNECT_END, dial, "event 16 for a connect that is not pending");
	sim_must(actor, SIM_INV_ID, event->u[0] == QB_CONNECT_ID_FAILED,
	         "event 16 of a failure with connect_id %u", event->u[0]);
	drop_dial(actor, dial);
}

bool sim_link_idle(const struct sim_link *link)
{
	return !link->ends[0].n && !link->ends[1].n && !sim_first_ask(link);
}

static void check_id(struct actor *actor, uint32_t id)
{
	struct sim_link *last = id < QB_LINKS_MAX ? actor->links[id] : NULL;

	/* What a released role has left behind takes its number until it is gone. */
	if (last && last->orphan) {
		sim_must(actor, SIM_INV_CLIENT_END, sim_link_idle(last),
		         "connection %u is another one, and calls on the last have no end", id);
		sim_link_end(last);
	}
	sim_must(actor, SIM_INV_ID, id < QB_LINKS_MAX && !actor->links[id],
	         "connect_id %u is given twice", id);
	for (uint32_t i = 0; i < id; i++)
		sim_must(actor, SIM_INV_ID, actor->links[i], "connect_id %u while %u is free", id,
		         i);
}

void sim_on_connect(struct actor *actor, const struct qb_event *event)
{
	struct sim_dial *dial;

	if (event->status) {
		failed(actor, event);
		return;
	}
	sim_must(actor, SIM_INV_STATE, actor->state == SIM_STARTED, "event 16 while not started");
	check_id(actor, event->connect_id);
	if (event->role == QB_ROLE_CENTRAL) {
		dial = find_dial(actor, &event->addr);
		sim_must(actor, SIM_INV_CONNECT_END, dial,
		         "event 16 of an outgoing link that nobody asked for");
		drop_dial(actor, dial);
	} else {
		sim_must(actor, SIM_INV_INCOMING, actor->connectable,
		         "a link comes in that no AdvStart has asked for");
		/* It has ended advertising, unless the app has asked for it again since. */
		if (!actor->adv_starts && !actor->node->config.auto_advertise)
			actor->connectable = false;
	}
	actor->links[event->connect_id] = new_link(actor, event);
}

void sim_link_end(struct sim_link *link)
{
	link->up = false;
	link->actor->links[link->id] = NULL;
	sim_asks_clear(link);
	for (unsigned i = 0; i < 2; i++)
		sim_queue_clear(&link->ends[i]);
	/* What was sent in time may still arrive at the other end. */
}

static void link_free(struct sim_link *link)
{
	for (unsigned i = 0; i < 2; i++)
		sim_queue_clear(&link->values[i]);
	free(link->cccds);
	free(link);
}

void sim_links_free(struct sim *sim)
{
	struct sim_link **at = &sim->links, *link;

	while ((link = *at)) {
		if (link->up || (link->other && link->other->up)) {
			at = &link->next;
			continue;
		}
		*at = link->next;
		if (link->other)
			link->other->other = NULL;
		link_free(link);
	}
}

void sim_on_disconnect(struct sim_link *link, const struct qb_event *event)
{
	struct actor *actor = link->actor;
	const struct sim_ask *ask = sim_first_ask(link);

	for (unsigned i = 0; i < 2; i++)
		sim_must(actor, SIM_INV_SEND_END, !link->ends[i].n,
		         "event 17 before the events 25 of %u sends", link->ends[i].n);
	sim_must(actor, SIM_INV_CLIENT_END, !ask, "event 17 before the end of %s",
	         ask ? sim_ops[ask->op].name : "");
	sim_must(actor, SIM_INV_LINK_ORDER, qb_addr_equal(&event->addr, &link->addr),
	         "event 17 with another address than its event 16");
	sim_link_end(link);
}

void sim_on_update(struct sim_link *link, const struct qb_event *event)
{
	if (event->id == QB_EV_MTU) {
		sim_must(link->actor, SIM_INV_LINK_ORDER,
		         event->u[1] >= QB_ATT_MTU_MIN && event->u[1] <= QB_ATT_MTU_MAX,
		         "event 20 with an MTU of %u", event->u[1]);
		link->mtu = (uint16_t)event->u[1];
		link->mtu_at = sim_now(link->actor->sim);
		return;
	}
	link->updating = false;
}

/*
 * No event of this role any more. Its links end, and nobody is told; but what the other role has
 * under way on them still has its ends.
 */
void sim_forget_role(struct actor *actor, unsigned role)
{
	if (role == SIM_CLIENT) {
		actor->n_dials = 0;
		actor->scanning = actor->scan_on = false;
		actor->scan_turn++;
		actor->scan_once = true;
	} else {
		actor->connectable = false;
		sim_adv_reset(actor);
	}
	for (unsigned id = 0; id < QB_LINKS_MAX; id++) {
		struct sim_link *link = actor->links[id];

		if (!link)
			continue;
		if (link->outgoing == (role == SIM_CLIENT) && !link->orphan) {
			link->orphan = true;
			link->updating = false;
			link->end_by = 0;
			sim_must_end(link, QB_DISCONNECT_TIMEOUT_MSEC * QB_MSEC,
			             "its role was released");
			/* Event 20 is one of the link's own role. */
			for (struct sim_ask *ask = link->asks; ask; ask = ask->next)
				ask->over |= ask->op == SIM_MTU;
		}
		if (role == SIM_CLIENT) {
			link->deaf = true;
			link->forgotten += link->n_asks;
			sim_asks_clear(link);
		} else {
			link->blind = true;
			link->forgotten += link->ends[0].n + link->ends[1].n;
			sim_queue_clear(&link->ends[0]);
			sim_queue_clear(&link->ends[1]);
		}
	}
}
