/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A server's values: notifications and indications with their events 25 and, at the other end, 23
 * and 24; and events 21 and 22, which say what clients write and read.
 */
#include <stdlib.h>
#include <string.h>

#include "ble/event.h"
#include "host/gatt/db.h"
#include "host/limits.h"
#include "sim.h"
#include "util/le.h"

enum { NOTIFICATION, INDICATION };

/* Below so many that wait there is room for one more, whatever else waits. */
#define SURELY_ROOM    (QB_TX_QUEUE_MAX / 4)
#define CHANGED_HANDLE 14 /* Service Changed, api.md, 2 */
#define CHANGED_CCCD   15
#define NO_LINK_ID     (QB_LINKS_MAX - 1)

void sim_queue_init(struct sim_queue *queue)
{
	*queue = (struct sim_queue){.tail = &queue->first};
}

static void push(struct sim_queue *queue, uint16_t handle, uint64_t number, const uint8_t *data,
                 size_t len)
{
	struct sim_item *item = calloc(1, sizeof(*item) + len);

	item->handle = handle;
	item->number = number;
	item->len = len;
	if (len)
		memcpy(item->data, data, len);
	*queue->tail = item;
	queue->tail = &item->next;
	queue->n++;
}

struct sim_item *sim_queue_pop(struct sim_queue *queue)
{
	struct sim_item *item = queue->first;

	if (!item)
		return NULL;
	queue->first = item->next;
	if (!queue->first)
		queue->tail = &queue->first;
	queue->n--;
	return item;
}

/* The last one that was put in. */
static void unpush(struct sim_queue *queue)
{
	struct sim_item **at = &queue->first;

	while (*at && (*at)->next)
		at = &(*at)->next;
	if (!*at)
		return;
	free(*at);
	*at = NULL;
	queue->tail = at;
	queue->n--;
}

void sim_queue_clear(struct sim_queue *queue)
{
	struct sim_item *item;

	while ((item = sim_queue_pop(queue)))
		free(item);
}

/* Whether api.md, 3, allows to send this now; then it is accepted, as long as there is room. */
static bool may_send(const struct actor *actor, const struct sim_link *link, uint16_t handle,
                     size_t len, bool indicate)
{
	const struct sim_attr *attr = sim_db_get(&actor->db, handle);
	uint8_t property = indicate ? QB_PROP_INDICATE : QB_PROP_NOTIFY;
	bool subscribed = !actor->node->config.strict_cccd;

	if (!(actor->roles & SIM_SERVER) || actor->state != SIM_STARTED || !link || link->end_by)
		return false;
	if (!attr || attr->kind != QB_ATTR_VALUE || !(attr->properties & property) ||
	    attr->permissions & (QB_PERM_READ_AUTHEN | QB_PERM_READ_AUTHOR | QB_PERM_READ_ENCRYPT |
	                         QB_PERM_READ_MITM) ||
	    len > link->mtu - 3u)
		return false;
	for (unsigned at = handle + 1u; !subscribed; at++) {
		const struct sim_attr *desc = sim_db_get(&actor->db, at);

		if (!desc || desc->kind != QB_ATTR_DESCRIPTOR)
			return false;
		if (!sim_attr_is_cccd(desc))
			continue;
		if (!(sim_cccd_get(link, desc->handle) & (indicate ? 2 : 1)))
			return false;
		subscribed = true;
	}
	return true;
}

/* False if no more should be sent in this burst. */
static bool send(struct actor *actor, const struct sim_step *step, uint32_t time)
{
	bool indicate = step->op == SIM_INDICATE;
	const char *method = indicate ? "SendIndication" : "SendNotification";
	struct sim_link *link = sim_link_to(actor, step->args[0]);
	uint16_t handle = (uint16_t)step->args[1];
	size_t len = sim_len(step->args[2]);
	bool may = may_send(actor, link, handle, len, indicate), room, known;
	uint8_t value[QB_VALUE_MAX];
	int error;

	sim_fill(value, len, step->args[4] + time);
	/* A server that came late does not know who has subscribed. */
	known = !link || !link->blind || !actor->node->config.strict_cccd;
	room = link &&
	       link->ends[0].n + link->ends[1].n + link->n_asks + link->forgotten < SURELY_ROOM;
	if (link) {
		/* Before the call, as its end may come inside. */
		if (!link->ends[indicate].n)
			link->indicated = sim_now(actor->sim);
		push(&link->ends[indicate], handle, link->sent[indicate], NULL, 0);
		push(&link->values[indicate], handle, link->sent[indicate]++, value, len);
	}
	error = sim_call(actor, step->op, method, link ? link->id : NO_LINK_ID, handle, value, len);
	sim_must(actor, SIM_INV_REFUSAL, error != SIM_PENDING, "%s does not end at once", method);
	sim_must(actor, SIM_INV_REFUSAL, error || may || !known, "%s accepts what it may not",
	         method);
	if (!error)
		return true;
	sim_must(actor, SIM_INV_REFUSAL, !may || !room || !known || error == QB_ERR_NOT_CONNECTED,
	         "%s is refused without need: %s", method, qb_error_name((enum qb_error)error));
	if (link && sim_link_to(actor, step->args[0]) == link) {
		unpush(&link->ends[indicate]);
		unpush(&link->values[indicate]);
		link->sent[indicate]--;
	}
	return false;
}

void sim_do_value(struct actor *actor, const struct sim_step *step)
{
	for (uint32_t time = 0; time < step->args[3]; time++)
		if (!send(actor, step, time))
			return;
}

static void on_end(struct sim_link *link, const struct qb_event *event)
{
	bool indicate = event->call && !strcmp(event->call, "SendIndication");
	struct sim_item *item = sim_queue_pop(&link->ends[indicate]);
	const struct sim_link *other = link->other;
	struct actor *actor = link->actor;

	sim_must(actor, SIM_INV_SEND_END, item, "event 25 of a send that has had it");
	sim_must(actor, SIM_INV_SEND_END, event->handle == item->handle,
	         "event 25 for handle %u, but %u is the first of the sends", event->handle,
	         item->handle);
	/* An indication's comes when the client has confirmed, so its app has it. */
	sim_must(actor, SIM_INV_SEND_END,
	         event->status || !indicate || !other || !other->up || other->deaf ||
	                 link->arrived[1] > item->number,
	         "event 25 of an indication that the client does not have");
	if (event->status)
		sim_must_end(link, QB_DISCONNECT_TIMEOUT_MSEC * QB_MSEC, "a send that failed");
	link->indicated = sim_now(actor->sim);
	free(item);
}

static bool is_next(const struct sim_item *item, const struct qb_event *event)
{
	return item && event->len == item->len + 2 && event->handle == item->handle &&
	       qb_get_le16(event->data) == item->handle &&
	       !memcmp(event->data + 2, item->data, item->len);
}

static bool is_coming(const struct sim_queue *queue, const struct qb_event *event)
{
	for (const struct sim_item *item = queue->first; item; item = item->next)
		if (is_next(item, event))
			return true;
	return false;
}

/* Events 23 and 24 at a client: the next of what was sent on this link, and nothing else. */
void sim_on_value(struct sim_link *link, const struct qb_event *event)
{
	bool indicate = event->id == QB_EV_RECV_INDICATION;
	struct sim_link *server = link->other;
	struct actor *actor = link->actor;
	struct sim_item *item;

	if (!server)
		return;
	/* A client that had released its role has missed some. */
	while (link->deaf && is_coming(&server->values[indicate], event) &&
	       !is_next(server->values[indicate].first, event)) {
		free(sim_queue_pop(&server->values[indicate]));
		server->arrived[indicate]++;
	}
	item = server->values[indicate].first;
	if (!is_next(item, event)) {
		sim_must(actor, SIM_INV_VALUE,
		         indicate && event->handle == CHANGED_HANDLE &&
		                 (server->wants_changed || server->blind),
		         "event %u with handle %u and %zu octets, but %s", event->id, event->handle,
		         event->len - 2, item ? "another value is next" : "nothing was sent");
		return;
	}
	free(sim_queue_pop(&server->values[indicate]));
	server->arrived[indicate]++;
	actor->sim->shared->stats.delivered++;
}

static void set_cccd(struct sim_link *link, const struct sim_attr *desc, uint16_t value)
{
	for (unsigned i = 0; i < link->n_cccds; i++) {
		if (link->cccds[i].handle != desc->handle)
			continue;
		link->cccds[i].value = value;
		return;
	}
	link->cccds = realloc(link->cccds, (link->n_cccds + 1) * sizeof(*link->cccds));
	link->cccds[link->n_cccds++] = (struct sim_cccd){desc->serial, desc->handle, value};
}

static void on_write(struct sim_link *link, const struct qb_event *event)
{
	struct actor *actor = link->actor;
	struct sim_attr *attr = sim_db_get(&actor->db, event->u[0]);

	sim_must(actor, SIM_INV_WRITE, attr, "event 21 for handle %u, which is none", event->u[0]);
	sim_must(actor, SIM_INV_WRITE, qb_uuid_equal(&attr->type, &event->uuid),
	         "event 21 for handle %u with another UUID", attr->handle);
	sim_written(link, attr, event->data, event->len);
	if (!sim_attr_is_cccd(attr)) {
		sim_attr_set(attr, event->data, event->len, sim_now(actor->sim));
		return;
	}
	sim_must(actor, SIM_INV_WRITE, event->len == 2,
	         "event 21 of a client configuration of %zu octets", event->len);
	/* Reserved bits are ignored (Core 5.4, Vol 3, Part G, 3.3.3.3). */
	set_cccd(link, attr, qb_get_le16(event->data) & 3);
	if (attr->handle == CHANGED_CCCD && actor->db.system && event->data[0] & 2)
		link->wants_changed = true;
}

static void on_read(struct sim_link *link, const struct qb_event *event)
{
	struct actor *actor = link->actor;
	const struct sim_attr *attr = sim_db_get(&actor->db, event->u[0]);
	const uint8_t *value;
	uint8_t own[2];
	size_t len;

	sim_must(actor, SIM_INV_READ, attr, "event 22 for handle %u, which is none", event->u[0]);
	len = sim_attr_value(link, attr, &value, own);
	if (len > link->mtu - 1u)
		len = link->mtu - 1u;
	sim_must(actor, SIM_INV_READ,
	         link->blind || (event->len == len && (!len || !memcmp(event->data, value, len))),
	         "event 22 for handle %u with other octets than its value's", attr->handle);
	link->last_read = attr->handle;
	link->last_read_len = event->len;
	if (event->len)
		memcpy(link->last_read_data, event->data, event->len);
}

void sim_on_server_event(struct sim_link *link, const struct qb_event *event)
{
	sim_must(link->actor, SIM_INV_ROLE, link->actor->roles & SIM_SERVER,
	         "event %u without the server's role", event->id);
	switch (event->id) {
	case QB_EV_SEND_END: on_end(link, event); break;
	case QB_EV_RECV_WRITE: on_write(link, event); break;
	case QB_EV_RECV_READ: on_read(link, event); break;
	}
}
