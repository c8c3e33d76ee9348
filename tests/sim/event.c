/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every event of every host: counted, and handed to whoever knows what it must be. */
#include "ble/event.h"

#include <stdio.h>

#include "sim.h"

static void on_link_event(struct actor *actor, const struct qb_event *event)
{
	struct sim_link *link = event->connect_id < QB_LINKS_MAX ? actor->links[event->connect_id]
	                                                         : NULL;

	sim_must(actor, SIM_INV_LINK_ORDER, link, "event %u on connection %u, which is not there",
	         event->id, event->connect_id);
	if (link->orphan)
		sim_must(actor, SIM_INV_ROLE,
		         event->id != QB_EV_DISCONNECT && event->id != QB_EV_UPDATE_CONN_PARAM &&
		                 event->id != QB_EV_MTU &&
		                 event->id != QB_EV_START_DISCOVER_SERVICE,
		         "event %u of connection %u, whose role was released", event->id, link->id);
	switch (event->id) {
	case QB_EV_DISCONNECT: sim_on_disconnect(link, event); break;
	case QB_EV_UPDATE_CONN_PARAM: sim_on_update(link, event); break;
	case QB_EV_SEND_END:
	case QB_EV_RECV_WRITE:
	case QB_EV_RECV_READ: sim_on_server_event(link, event); break;
	case QB_EV_RECV_NOTIFICATION:
	case QB_EV_RECV_INDICATION: sim_on_value(link, event); break;
	default: sim_on_client_event(link, event); break;
	}
}

/* As a step is printed, so that both together are what happened. */
static void trace(const struct actor *actor, const struct qb_event *event)
{
	uint64_t now = sim_now(actor->sim);

	printf("# %llu.%06u h%u   event %u status %d", (unsigned long long)(now / QB_SEC),
	       (unsigned)(now % QB_SEC), actor->index, event->id, event->status);
	if (event->connect_id != QB_NO_CONNECTION)
		printf(" connection %u", event->connect_id);
	if (event->call)
		printf(" of %s", event->call);
	if (event->handle)
		printf(" handle %u", event->handle);
	printf(" u %u %u len %zu\n", event->u[0], event->u[1], event->len);
}

void sim_on_event(struct node *node, const struct qb_event *event)
{
	struct sim *sim = node->user;
	struct actor *actor = &sim->actors[node->index];

	sim->shared->stats.events[event->id & 63]++;
	if (sim->settings->trace)
		trace(actor, event);
	sim_must(actor, SIM_INV_ROLE, actor->roles, "event %u without a role", event->id);
	switch (event->id) {
	case QB_EV_START_STATUS:
	case QB_EV_STOP_STATUS: sim_on_state(actor, event); break;
	case QB_EV_CONNECT: sim_on_connect(actor, event); break;
	case QB_EV_SCAN_REPORT: sim_on_report(actor, event); break;
	default: on_link_event(actor, event); break;
	}
}

void sim_on_call_end(struct actor *actor, const struct sim_call *call, enum qb_error error)
{
	sim_role_call_end(actor, call);
	sim_gap_call_end(actor, call, error);
	sim_link_call_end(actor, call, error);
}
