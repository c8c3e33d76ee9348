/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The client's calls on their way: making them, and which events each must bring (api.md, 4). */
#include <stdlib.h>
#include <string.h>

#include "ble/event.h"
#include "expect.h"
#include "host/gatt/db.h"
#include "host/limits.h"
#include "util/le.h"

#define NO_LINK_ID     (QB_LINKS_MAX - 1)
#define LINK_LOST      0x0e /* how calls end whose link did */
#define INVALID_LENGTH 0x0d
#define HANDLE_LAST    0xffff

/* What each call is called, the event that brings what it wants, and how it ends. */
static const struct kind {
	enum sim_op op;
	const char *method;
	uint8_t event;
	bool discovery; /* its events are parts */
	bool quiet;     /* and no event of its own says that it is over */
} kinds[] = {
        {SIM_MTU, "ExchangeMtu", QB_EV_MTU, false, true},
        {SIM_SERVICES, "DiscoverAllService", QB_EV_DISCOVER_SERVICE, true, true},
        {SIM_BY_UUID, "DiscoverByUUID", QB_EV_DISCOVER_SERVICE, true, true},
        {SIM_INCLUDES, "DiscoverAllIncludes", QB_EV_DISCOVER_CHARAS, true, false},
        {SIM_CHARAS, "DiscoverAllChara", QB_EV_DISCOVER_CHARAS, true, false},
        {SIM_DESCS, "DiscoverAllCharaDesc", QB_EV_DISCOVER_DESCS, true, true},
        {SIM_READ_UUID, "ReadCharaByUUID", QB_EV_CHARA_READ_BY_UUID, false, false},
        {SIM_READ_CHARA, "ReadCharaByHandle", QB_EV_CHARA_READ, false, false},
        {SIM_READ_DESC, "ReadCharaDesc", QB_EV_DESC_READ, false, false},
        {SIM_READ_MULTI, "ReadMultiChara", QB_EV_CHARA_MULTI_READ, false, false},
        {SIM_WRITE_CHARA, "WriteChara", QB_EV_CHARA_WRITE, false, false},
        {SIM_WRITE_NO_RSP, "WriteCharaNoRsp", QB_EV_CHARA_WRITE_NO_RSP, false, false},
        {SIM_WRITE_DESC, "WriteCharaDesc", QB_EV_DESC_WRITE, false, false},
};

static const struct kind *kind_of(enum sim_op op)
{
	return &kinds[op - SIM_MTU];
}

static bool is_write(const struct sim_ask *ask)
{
	return ask->op == SIM_WRITE_CHARA || ask->op == SIM_WRITE_NO_RSP ||
	       ask->op == SIM_WRITE_DESC;
}

static bool is_command(const struct sim_ask *ask)
{
	return ask->op == SIM_WRITE_NO_RSP;
}

/* The list of a link's calls. */

static struct sim_ask *new_ask(enum sim_op op, const struct sim_link *link, const uint8_t *data,
                               size_t len)
{
	struct sim_ask *ask = calloc(1, sizeof(*ask) + len + 1);

	ask->op = op;
	ask->at = ask->head_at = sim_now(link->actor->sim);
	ask->from = ask->start = 1;
	ask->end = HANDLE_LAST;
	ask->len = len;
	if (len)
		memcpy(ask->data, data, len);
	return ask;
}

static void append(struct sim_link *link, struct sim_ask *ask)
{
	if (!link->n_asks)
		link->progress = ask->at;
	*link->asks_tail = ask;
	link->asks_tail = &ask->next;
	link->n_asks++;
}

static void remove_ask(struct sim_link *link, struct sim_ask *ask)
{
	struct sim_ask **at = &link->asks;

	while (*at && *at != ask)
		at = &(*at)->next;
	*at = ask->next;
	if (link->asks_tail == &ask->next)
		link->asks_tail = at;
	link->n_asks--;
	free(ask);
}

/* Whoever comes after this one is the first from now on. */
static void next_in_turn(struct sim_link *link, const struct sim_ask *ask)
{
	struct sim_ask *next = ask->next;

	if (is_command(ask))
		return;
	while (next && is_command(next))
		next = next->next;
	if (next)
		next->head_at = sim_now(link->actor->sim);
}

static struct sim_ask *last_ask(struct sim_link *link)
{
	struct sim_ask *ask = link->asks;

	while (ask && ask->next)
		ask = ask->next;
	return ask;
}

void sim_asks_clear(struct sim_link *link)
{
	while (link->asks)
		remove_ask(link, link->asks);
}

void sim_asks_loosen(struct sim_link *link)
{
	for (struct sim_ask *ask = link->asks; ask; ask = ask->next)
		ask->loose = true;
}

/* True if nobody will tell whether it is over. */
static bool may_be_over(const struct sim_ask *ask)
{
	return ask->ended || ask->over ||
	       (kind_of(ask->op)->quiet && ask->found && (ask->loose || ask->op == SIM_MTU));
}

const struct sim_ask *sim_first_ask(const struct sim_link *link)
{
	const struct sim_ask *ask = link->asks;

	while (ask && may_be_over(ask))
		ask = ask->next;
	return ask;
}

/* Making a call: it is on the list before, since it may end inside. */

static int make(struct actor *actor, struct sim_link *link, struct sim_ask *ask,
                const uint32_t *args)
{
	const char *method = kind_of(ask->op)->method;
	unsigned id = link ? link->id : NO_LINK_ID;
	struct sim_uuid_args uuid = {0};

	switch (ask->op) {
	case SIM_MTU: return sim_call(actor, ask->op, method, id, args[1]);
	case SIM_SERVICES: return sim_call(actor, ask->op, method, id);
	case SIM_BY_UUID:
		uuid = sim_uuid_args(args[1]);
		return sim_call(actor, ask->op, method, id, SIM_UUID(uuid));
	case SIM_INCLUDES:
	case SIM_CHARAS:
	case SIM_DESCS: return sim_call(actor, ask->op, method, id, args[1], args[2]);
	case SIM_READ_UUID:
		uuid = sim_uuid_args(args[3]);
		return sim_call(actor, ask->op, method, id, args[1], args[2], SIM_UUID(uuid));
	case SIM_READ_CHARA: return sim_call(actor, ask->op, method, id, args[1], args[2], args[3]);
	case SIM_READ_DESC: return sim_call(actor, ask->op, method, id, args[1], args[2]);
	case SIM_READ_MULTI: return sim_call(actor, ask->op, method, id, ask->data, ask->len);
	case SIM_WRITE_CHARA:
		return sim_call(actor, ask->op, method, id, args[1], args[2], args[3], ask->data,
		                ask->len);
	default: return sim_call(actor, ask->op, method, id, args[1], ask->data, ask->len);
	}
}

static void fill_in(struct sim_ask *ask, const uint32_t *args)
{
	switch (ask->op) {
	case SIM_MTU: ask->mtu = (uint16_t)args[1]; break;
	case SIM_BY_UUID: ask->uuid = sim_uuid(args[1]); break;
	case SIM_READ_UUID: ask->uuid = sim_uuid(args[3]); /* fallthrough */
	case SIM_INCLUDES:
	case SIM_CHARAS:
	case SIM_DESCS:
		ask->start = ask->from = (uint16_t)args[1];
		ask->end = (uint16_t)args[2];
		ask->reversed = ask->start > ask->end;
		break;
	case SIM_READ_CHARA:
		ask->offset = (uint16_t)args[2];
		ask->is_long = args[3];
		ask->start = (uint16_t)args[1];
		break;
	case SIM_READ_DESC:
		ask->is_long = args[2];
		ask->start = (uint16_t)args[1];
		break;
	case SIM_WRITE_CHARA:
		ask->offset = (uint16_t)args[2];
		ask->is_long = args[3];
		ask->start = (uint16_t)args[1];
		break;
	case SIM_WRITE_NO_RSP:
	case SIM_WRITE_DESC: ask->start = (uint16_t)args[1]; break;
	default: break;
	}
}

static bool ask(struct actor *actor, enum sim_op op, const uint32_t *args, const uint8_t *data,
                size_t len)
{
	struct sim_link *link = sim_link_to(actor, args[0]);
	struct sim_ask *ask;
	int error;

	if (!link) {
		struct sim_link nobody = {.actor = actor};

		ask = new_ask(op, &nobody, data, len);
		error = make(actor, NULL, ask, args);
		free(ask);
		sim_must(actor, SIM_INV_REFUSAL, error > 0, "%s accepts a link that is not there",
		         sim_ops[op].name);
		return false;
	}
	ask = new_ask(op, link, data, len);
	fill_in(ask, args);
	append(link, ask);
	error = make(actor, link, ask, args);
	sim_must(actor, SIM_INV_REFUSAL, error != SIM_PENDING, "%s does not end at once",
	         sim_ops[op].name);
	sim_must(actor, SIM_INV_REFUSAL,
	         error != QB_ERR_LIMIT_EXCEEDED || link->n_asks > QB_PROC_QUEUE_MAX / 2,
	         "%s is refused with room for more", sim_ops[op].name);
	if (error && sim_link_to(actor, args[0]) == link && last_ask(link) == ask)
		remove_ask(link, ask);
	return !error;
}

static void write_no_rsp(struct actor *actor, const uint32_t *args)
{
	uint8_t data[QB_VALUE_MAX];
	size_t len = sim_len(args[2]);

	for (uint32_t time = 0; time < args[3]; time++) {
		sim_fill(data, len, args[4] + time);
		if (!ask(actor, SIM_WRITE_NO_RSP, args, data, len))
			return;
	}
}

/* A client configuration is written as one, small numbers being its values. */
static void write_desc(struct actor *actor, const uint32_t *args)
{
	uint8_t data[QB_VALUE_MAX];
	size_t len = sim_len(args[2]);

	sim_fill(data, len, args[3]);
	if (len == 2 && args[3] < 4)
		qb_put_le16(data, (uint16_t)args[3]);
	ask(actor, SIM_WRITE_DESC, args, data, len);
}

void sim_do_client(struct actor *actor, const struct sim_step *step)
{
	const uint32_t *args = step->args;
	uint8_t data[QB_VALUE_MAX];
	size_t len = 0;

	switch (step->op) {
	case SIM_WRITE_NO_RSP: write_no_rsp(actor, args); return;
	case SIM_WRITE_DESC: write_desc(actor, args); return;
	case SIM_READ_MULTI:
		for (unsigned i = 1; i < 4; i++, len += 2)
			qb_put_le16(data + len, (uint16_t)args[i]);
		break;
	case SIM_WRITE_CHARA:
		len = sim_len(args[4]);
		sim_fill(data, len, args[5]);
		break;
	default: break;
	}
	ask(actor, step->op, args, data, len);
}

/* What a write did at the other end. */

/* Of a client configuration only two bits are kept. */
static bool is_same(const struct sim_attr *attr, const uint8_t *wrote, const uint8_t *got,
                    size_t len)
{
	if (sim_attr_is_cccd(attr))
		return len == 2 && !((wrote[0] ^ got[0]) & 3);
	return !len || !memcmp(wrote, got, len);
}

void sim_written(struct sim_link *server, const struct sim_attr *attr, const uint8_t *data,
                 size_t len)
{
	struct sim_link *client = server->other;
	struct actor *actor = server->actor;
	uint8_t value[QB_VALUE_MAX];
	struct sim_ask *ask, *next;
	size_t value_len;

	/* A client that gave its role up has forgotten what it wrote. */
	if (!client || !client->up || client->deaf || server->blind)
		return;
	for (ask = client->asks; ask; ask = next) {
		next = ask->next;
		if (!is_write(ask) || ask->delivered)
			continue;
		if (ask->start == attr->handle &&
		    sim_expect_written(server, attr, ask, value, &value_len) && value_len == len &&
		    is_same(attr, value, data, len))
			break;
		sim_must(actor, SIM_INV_WRITE, is_command(ask) || ask->loose,
		         "event 21 for handle %u, but the write of handle %u comes first",
		         attr->handle, ask->start);
		/* What was passed over is a command, and those are never lost on a link. */
		sim_must(actor, SIM_INV_WRITE,
		         ask->loose || !sim_db_get(&actor->db, ask->start) ||
		                 sim_access(sim_db_get(&actor->db, ask->start), SIM_WRITE_CMD),
		         "event 21 for handle %u, but the command for handle %u is lost",
		         attr->handle, ask->start);
		if (ask->ended)
			remove_ask(client, ask);
	}
	sim_must(actor, SIM_INV_WRITE, ask, "event 21 for handle %u with octets that nobody wrote",
	         attr->handle);
	ask->delivered = true;
	actor->sim->shared->stats.delivered++;
	if (ask->ended)
		remove_ask(client, ask);
}

/* Events of the calls. */

static void done(struct sim_link *link, struct sim_ask *ask, bool known)
{
	struct sim_stats *stats = &link->actor->sim->shared->stats;

	if (known)
		stats->checked++;
	else
		stats->unchecked++;
	next_in_turn(link, ask);
	if (kind_of(ask->op)->event == QB_EV_DISCOVER_SERVICE && ask->found && !ask->over)
		ask->over = true;
	else
		remove_ask(link, ask);
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
	if (!sim_expect_next(link, ask))
		done(link, ask, true);
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
	if (is_write(ask)) {
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
	if (code != SIM_UNKNOWN && kind_of(ask->op)->discovery && !ask->reversed) {
		attr = sim_expect_next(link, ask);
		sim_must(actor, SIM_INV_DISCOVERY, !attr, "%s ends before handle %u",
		         sim_ops[ask->op].name, attr ? attr->handle : 0);
	}
	done(link, ask, code != SIM_UNKNOWN);
}

static const struct kind *kind_called(const char *method)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(kinds[i].method, method))
			return &kinds[i];
	return NULL;
}

/*
 * Whether an event can be this call's, of those that bring services: the next one is further on.
 * All may have been found, but the peer had not said so: then what has been published since is
 * found, too, or the link is lost.
 */
static bool is_of_services(struct sim_ask *ask, const struct qb_event *event)
{
	struct sim_ask *next = ask->next;

	if (event->id != QB_EV_ATT_ERROR)
		return (!ask->over || ask->loose) && event->u[0] >= ask->from &&
		       (ask->op == SIM_SERVICES || qb_uuid_equal(&event->uuid, &ask->uuid));
	if (event->u[0] != LINK_LOST)
		return !ask->found;
	/* If this one had ended after all, it is the next one's end. */
	while (next && next->op != ask->op)
		next = next->next;
	if (next && ask->found)
		next->over = true;
	return true;
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
		if (ask->ended || is_command(ask) != (op == SIM_WRITE_NO_RSP))
			continue;
		if (ask->op == op && is_of(ask, event))
			return ask;
		if (!may_be_over(ask))
			return NULL;
		remove_ask(link, ask);
	}
	return NULL;
}

/* An exchange that the peer began brings one, too; so the call may get another. */
static void on_mtu(struct sim_link *link, const struct qb_event *event)
{
	struct sim_ask *ask = link->asks;

	while (ask && (may_be_over(ask) || is_command(ask)))
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
	const struct kind *kind = event->call ? kind_called(event->call) : NULL;
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
	if (is_command(ask) && event->id != QB_EV_ATT_ERROR) {
		ask->ended = true;
		if (ask->delivered || !link->other || link->deaf || link->other->blind)
			remove_ask(link, ask);
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
