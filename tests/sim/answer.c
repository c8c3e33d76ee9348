/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The events that a client's calls bring, and which events each must bring (api.md, 4). */
#include <string.h>

#include "ask.h"
#include "ble/event.h"
#include "expect.h"
#include "host/gatt/db.h"
#include "host/limits.h"
#include "util/le.h"

#define LINK_LOST      0x0e /* how calls end whose link did */
#define INVALID_LENGTH 0x0d

/* Whoever comes after this one is the first from now on. */
static void next_in_turn(struct sim_link *link, const struct sim_ask *ask)
{
	struct sim_ask *next = ask->next;

	if (sim_ask_is_command(ask))
		return;
	while (next && sim_ask_is_command(next))
		next = next->next;
	if (next)
		next->head_at = sim_now(link->actor->sim);
}

static void count(const struct sim_link *link, bool known)
{
	struct sim_stats *stats = &link->actor->sim->shared->stats;

	if (known)
		stats->checked++;
	else
		stats->unchecked++;
}

static void done(struct sim_link *link, struct sim_ask *ask, bool known)
{
	count(link, known);
	next_in_turn(link, ask);
	sim_ask_remove(link, ask);
}

static void found_service(struct sim_link *link, struct sim_ask *ask, const struct qb_event *event)
{
	const struct sim_attr *attr = sim_expect_next(link, ask);
	struct actor *actor = link->actor;
	struct qb_uuid uuid;

	ask->found++;
	if (ask->loose || link->peer < 0) {
		ask->from = (uint16_t)(event->u[1] + 1);
		return;
	}
	sim_must(actor, SIM_INV_DISCOVERY, attr, "event 27 %u..%u for a service that is not there",
	         event->u[0], event->u[1]);
	qb_uuid_from_le(&uuid, attr->value, attr->len);
	sim_must(actor, SIM_INV_DISCOVERY,
	         event->u[0] == attr->handle && event->u[1] == attr->end &&
	                 qb_uuid_equal(&event->uuid, &uuid) &&
	                 event->u[2] == qb_get_le16(uuid.b + 12),
	         "event 27 %u..%u for the service %u..%u", event->u[0], event->u[1], attr->handle,
	         attr->end);
	ask->from = (uint16_t)(attr->end + 1);
	/* All is found, but until the peer has said so a link that is lost still brings a 37. */
	if (!sim_expect_next(link, ask)) {
		count(link, true);
		next_in_turn(link, ask);
		ask->over = true;
	}
}

/* One entry of a 28: handle, then what its declaration's value is. Of a 29: handle and type. */
static bool is_entry(const struct sim_ask *ask, const struct sim_attr *attr, const uint8_t *entry,
                     size_t size)
{
	struct qb_uuid uuid;

	if (!attr || qb_get_le16(entry) != attr->handle)
		return false;
	if (ask->op == SIM_CHARAS)
		return size == attr->len + 2u && !memcmp(entry + 2, attr->value, attr->len);
	return qb_uuid_from_le(&uuid, entry + 2, size - 2) && qb_uuid_equal(&uuid, &attr->type);
}

static void found_list(struct sim_link *link, struct sim_ask *ask, const struct qb_event *event)
{
	struct actor *actor = link->actor;
	size_t size = event->len ? event->data[0] : 0;

	if (ask->op == SIM_DESCS)
		size = size == 1 ? 4 : 18;
	ask->found++;
	sim_must(actor, SIM_INV_DISCOVERY,
	         event->len > 1 && size > 2 && (event->len - 1) % size == 0,
	         "event %u of %zu octets", event->id, event->len);
	if (ask->loose || link->peer < 0) {
		ask->from = (uint16_t)(qb_get_le16(event->data + event->len - size) + 1);
		if (ask->op == SIM_DESCS &&
		    qb_get_le16(event->data + event->len - size) == ask->end)
			done(link, ask, false);
		return;
	}
	for (size_t at = 1; at < event->len; at += size) {
		const struct sim_attr *attr = sim_expect_next(link, ask);

		sim_must(actor, SIM_INV_DISCOVERY, is_entry(ask, attr, event->data + at, size),
		         "event %u has handle %u where %u was published", event->id,
		         qb_get_le16(event->data + at), attr ? attr->handle : 0);
		ask->from = (uint16_t)(attr->handle + 1);
		/* The range is over, and no event says so. */
		if (ask->op == SIM_DESCS && attr->handle == ask->end) {
			sim_must(actor, SIM_INV_DISCOVERY, at + size == event->len,
			         "event 29 goes on past its range");
			done(link, ask, true);
			return;
		}
	}
}

/* True if a read brought what the peer's app was told that it gave. */
static bool as_told(const struct sim_link *link, const struct sim_ask *ask,
                    const struct qb_event *event)
{
	const struct sim_link *server = link->other;

	return server->last_read == ask->start && server->last_read_len == event->len &&
	       (!event->len || !memcmp(server->last_read_data, event->data, event->len));
}

static void succeeded(struct sim_link *link, struct sim_ask *ask, const struct qb_event *event)
{
	uint8_t octets[2 * QB_VALUE_MAX];
	struct actor *actor = link->actor;
	const struct sim_attr *attr = NULL;
	int code = sim_expect_code(link, ask);
	bool known = code != SIM_UNKNOWN;
	size_t len;

	sim_must(actor, SIM_INV_CLIENT_END, !event->status, "event %u with status %d", event->id,
	         event->status);
	sim_must(actor, SIM_INV_ATT_CODE, code <= 0, "%s succeeds where 0x%02x is right",
	         sim_ops[ask->op].name, code);
	if (sim_ask_is_write(ask)) {
		sim_must(actor, SIM_INV_WRITE,
		         ask->delivered || ask->loose || !link->other || link->other->blind ||
		                 link->deaf,
		         "event %u for handle %u before the peer's event 21", event->id,
		         ask->start);
		done(link, ask, known);
		return;
	}
	if (link->peer >= 0)
		attr = sim_db_get(&actor->sim->actors[link->peer].db, ask->start);
	if (!ask->loose && !ask->offset && !ask->is_long && attr && link->other &&
	    !link->other->blind &&
	    (attr->kind == QB_ATTR_VALUE || attr->kind == QB_ATTR_DESCRIPTOR) &&
	    (ask->op == SIM_READ_CHARA || ask->op == SIM_READ_DESC)) {
		sim_must(actor, SIM_INV_READ, as_told(link, ask, event),
		         "event %u with other octets than the peer's event 22", event->id);
		done(link, ask, true);
		return;
	}
	known = sim_expect_octets(link, ask, octets, &len);
	sim_must(actor, SIM_INV_READ,
	         !known || (event->len == len && (!len || !memcmp(event->data, octets, len))),
	         "event %u with %zu octets that are not the value's %zu", event->id, event->len,
	         known ? len : 0);
	done(link, ask, known);
}

static void failed(struct sim_link *link, struct sim_ask *ask, const struct qb_event *event)
{
	int code = sim_expect_code(link, ask), told = (int)event->u[0];
	struct actor *actor = link->actor;
	const struct sim_attr *attr;

	sim_must(actor, SIM_INV_CLIENT_END, !event->status && told, "event 37 with status %d",
	         event->status);
	if (told == LINK_LOST) {
		sim_must_end(link, QB_DISCONNECT_TIMEOUT_MSEC * QB_MSEC,
		             "a call without an answer");
		done(link, ask, false);
		return;
	}
	/* Asked for before an MTU exchange ended, it may turn out not to fit. */
	if (told == INVALID_LENGTH && ask->len > link->mtu - 3u)
		code = SIM_UNKNOWN;
	sim_must(actor, SIM_INV_ATT_CODE, code == SIM_UNKNOWN || code == told,
	         "%s fails with 0x%02x where 0x%02x is right", sim_ops[ask->op].name, told, code);
	if (code != SIM_UNKNOWN && sim_kind_of(ask->op)->discovery && !ask->reversed) {
		attr = sim_expect_next(link, ask);
		sim_must(actor, SIM_INV_DISCOVERY, !attr, "%s ends before handle %u",
		         sim_ops[ask->op].name, attr ? attr->handle : 0);
	}
	done(link, ask, code != SIM_UNKNOWN);
}

/* The next call of the kind, which may have had the event that another was given. */
static void let_be_over(const struct sim_ask *ask)
{
	struct sim_ask *next = ask->next;

	while (next && next->op != ask->op)
		next = next->next;
	if (next)
		next->over = next->loose = true;
}

/*
 * Whether an event can be this call's, of those that bring services: the next one is further on.
 * All may have been found, but the peer had not said so: then what has been published since is
 * found, too, or the link is lost. If this one had ended after all, it is the next one's event; and
 * so on.
 */
static bool is_of_services(struct sim_ask *ask, const struct qb_event *event)
{
	bool is;

	if (event->id != QB_EV_ATT_ERROR)
		is = (!ask->over || ask->loose) && event->u[0] >= ask->from &&
		     (ask->op == SIM_SERVICES || qb_uuid_equal(&event->uuid, &ask->uuid));
	else
		is = event->u[0] == LINK_LOST || !ask->found;
	if (is && (ask->over || (event->id == QB_EV_ATT_ERROR && ask->found)))
		let_be_over(ask);
	return is;
}

static bool is_of(struct sim_ask *ask, const struct qb_event *event)
{
	switch (ask->op) {
	case SIM_SERVICES:
	case SIM_BY_UUID: return is_of_services(ask, event);
	case SIM_MTU: return !ask->found || event->id == QB_EV_ATT_ERROR;
	case SIM_DESCS:
		return event->id == QB_EV_ATT_ERROR || event->len < 3 ||
		       qb_get_le16(event->data + 1) >= ask->from;
	default: return true;
	}
}

/* The call that an event must belong to: the first that is not over; commands apart. */
static struct sim_ask *current(struct sim_link *link, enum sim_op op, const struct qb_event *event)
{
	struct sim_ask *ask, *next;

	for (ask = link->asks; ask; ask = next) {
		next = ask->next;
		if (ask->ended || sim_ask_is_command(ask) != (op == SIM_WRITE_NO_RSP))
			continue;
		if (ask->op == op && is_of(ask, event))
			return ask;
		if (!sim_ask_may_be_over(ask))
			return NULL;
		sim_ask_remove(link, ask);
	}
	return NULL;
}

/* An exchange that the peer began brings one, too; so the call may get another. */
static void on_mtu(struct sim_link *link, const struct qb_event *event)
{
	struct sim_ask *ask = link->asks;

	while (ask && (sim_ask_may_be_over(ask) || sim_ask_is_command(ask)))
		ask = ask->next;
	if (ask && ask->op == SIM_MTU)
		ask->found++;
	sim_on_update(link, event);
}

static void on_ready(struct sim_link *link)
{
	sim_must(link->actor, SIM_INV_READY, link->outgoing && !link->ready,
	         "event 26 that is not due");
	link->ready = true;
}

void sim_on_client_event(struct sim_link *link, const struct qb_event *event)
{
	const struct sim_kind *kind = event->call ? sim_kind_called(event->call) : NULL;
	struct actor *actor = link->actor;
	const struct sim_ask *first;
	struct sim_ask *ask;

	if (event->id == QB_EV_MTU) {
		on_mtu(link, event);
		return;
	}
	sim_must(actor, SIM_INV_ROLE, actor->roles & SIM_CLIENT,
	         "event %u without the client's role", event->id);
	if (event->id == QB_EV_START_DISCOVER_SERVICE) {
		on_ready(link);
		return;
	}
	sim_must(actor, SIM_INV_READY,
	         link->ready || !link->outgoing || event->id == QB_EV_ATT_ERROR,
	         "event %u before its 26", event->id);
	sim_must(actor, SIM_INV_CLIENT_END, kind, "event %u of no call", event->id);
	link->progress = sim_now(actor->sim);
	ask = current(link, kind->op, event);
	first = sim_first_ask(link);
	sim_must(actor, SIM_INV_CLIENT_END, ask, "event %u of %s, but %s is the next to end",
	         event->id, sim_ops[kind->op].name, first ? sim_ops[first->op].name : "none");
	sim_must(actor, SIM_INV_CLIENT_END,
	         event->id == kind->event || event->id == QB_EV_ATT_ERROR, "event %u of a %s",
	         event->id, sim_ops[kind->op].name);
	if (sim_ask_is_command(ask) && event->id != QB_EV_ATT_ERROR) {
		ask->ended = true;
		if (ask->delivered || !link->other || link->deaf || link->other->blind)
			sim_ask_remove(link, ask);
	} else if (event->id == QB_EV_ATT_ERROR) {
		failed(link, ask, event);
	} else if (event->id == QB_EV_DISCOVER_SERVICE) {
		found_service(link, ask, event);
	} else if (kind->discovery) {
		found_list(link, ask, event);
	} else {
		succeeded(link, ask, event);
	}
}
