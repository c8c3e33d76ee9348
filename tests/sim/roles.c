/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Roles, start and stop, and events 0 and 1 (api.md, 3 and 4). */
#include <string.h>

#include "ble/event.h"
#include "host/limits.h"
#include "sim.h"

#define START_LIMIT (2 * QB_HCI_TIMEOUT_MSEC * QB_MSEC)
#define STOP_LIMIT  (QB_STOP_TIMEOUT_MSEC * QB_MSEC)

static bool is_present(const struct actor *actor)
{
	return actor->present && actor->node->failures == actor->failures;
}

static void start(struct actor *actor)
{
	int expected = QB_OK, error;

	if (!actor->roles)
		expected = QB_ERR_NOT_INITIALIZED;
	else if (actor->state == SIM_STARTING || actor->state == SIM_STARTED)
		expected = QB_ERR_ALREADY_STARTED;
	else if (actor->state == SIM_STOPPING)
		expected = QB_ERR_BUSY;
	else if (!is_present(actor))
		expected = QB_ERR_NO_CONTROLLER;
	if (!expected) {
		/* Before, as event 0 may come inside. */
		actor->state = SIM_STARTING;
		actor->state_by = sim_now(actor->sim) + START_LIMIT;
	}
	error = sim_call(actor, SIM_START, "GattStart");
	sim_expect(actor, expected, error, "GattStart");
}

static void stop(struct actor *actor)
{
	int expected = actor->state == SIM_STOPPED ? QB_ERR_NOT_STARTED : QB_OK, error;

	if (actor->state == SIM_STARTING || actor->state == SIM_STARTED) {
		actor->owes_start = actor->state == SIM_STARTING;
		actor->state = SIM_STOPPING;
		actor->state_by = sim_now(actor->sim) + STOP_LIMIT;
	}
	error = sim_call(actor, SIM_STOP, "GattStop");
	sim_expect(actor, expected, error, "GattStop");
}

/* The last role to go takes all with it; its call ends when that is done. */
static void release(struct actor *actor, unsigned role)
{
	enum sim_op op = role == SIM_SERVER ? SIM_SERVER_RELEASE : SIM_CLIENT_RELEASE;
	const char *method = role == SIM_SERVER ? "ServerRelease" : "ClientRelease";
	bool last = actor->roles == role, waits;
	int error;

	actor->roles &= ~role;
	sim_forget_role(actor, role);
	if (role == SIM_SERVER) {
		sim_db_reset(&actor->db, sim_now(actor->sim));
		sim_db_changed(actor);
	}
	if (last && actor->state == SIM_STARTING) {
		actor->state = SIM_STOPPED;
	} else if (last && actor->state != SIM_STOPPED) {
		actor->silent = true;
		actor->owes_start = false;
		if (actor->state == SIM_STARTED) {
			actor->state = SIM_STOPPING;
			actor->state_by = sim_now(actor->sim) + STOP_LIMIT;
		}
	}
	waits = actor->silent;
	error = sim_call(actor, op, method);
	if (!waits)
		sim_expect(actor, QB_OK, error, method);
	sim_must(actor, SIM_INV_REFUSAL, error <= 0, "%s fails", method);
}

static void init(struct actor *actor, enum sim_op op, unsigned role)
{
	const char *method = role == SIM_SERVER ? "ServerInit" : "ClientInit";

	actor->roles |= role;
	sim_expect(actor, QB_OK, sim_call(actor, op, method), method);
}

static void status(struct actor *actor)
{
	sim_expect(actor, QB_OK, sim_call(actor, SIM_STATUS, "GetStatus"), "GetStatus");
	sim_must(actor, SIM_INV_STATE, actor->last_i == actor->up, "GetStatus answers %d, not %d",
	         actor->last_i, actor->up);
}

static void address(struct actor *actor)
{
	int error = sim_call(actor, SIM_ADDRESS, "GetPublicAddr");
	struct qb_addr addr = sim_addr(actor->sim, actor->index, QB_ADDR_PUBLIC);

	sim_expect(actor, actor->up ? QB_OK : QB_ERR_NOT_STARTED, error, "GetPublicAddr");
	sim_must(actor, SIM_INV_STATE,
	         error || (actor->last_len == 6 && !memcmp(actor->last_data, addr.b, 6)),
	         "GetPublicAddr answers another address");
}

void sim_do_role(struct actor *actor, const struct sim_step *step)
{
	switch (step->op) {
	case SIM_SERVER_INIT: init(actor, SIM_SERVER_INIT, SIM_SERVER); break;
	case SIM_CLIENT_INIT: init(actor, SIM_CLIENT_INIT, SIM_CLIENT); break;
	case SIM_SERVER_RELEASE: release(actor, SIM_SERVER); break;
	case SIM_CLIENT_RELEASE: release(actor, SIM_CLIENT); break;
	case SIM_START: start(actor); break;
	case SIM_STOP: stop(actor); break;
	case SIM_STATUS: status(actor); break;
	case SIM_ADDRESS: address(actor); break;
	}
}

void sim_stopped(struct actor *actor)
{
	for (unsigned id = 0; id < QB_LINKS_MAX; id++) {
		struct sim_link *link = actor->links[id];

		if (!link)
			continue;
		sim_must(actor, SIM_INV_STOP_ORDER, sim_link_idle(link),
		         "it is stopped, and calls on connection %u have no end", id);
		sim_link_end(link);
	}
	actor->state = SIM_STOPPED;
	actor->silent = actor->owes_start = actor->up = false;
	actor->scanning = actor->scan_on = actor->connectable = false;
	sim_db_reset(&actor->db, sim_now(actor->sim));
	sim_db_changed(actor);
}

void sim_role_call_end(struct actor *actor, const struct sim_call *call)
{
	/* The stop that nobody was told of is over. */
	if (actor->silent && actor->node->ble->state == QB_STOPPED)
		sim_stopped(actor);
}

void sim_on_state(struct actor *actor, const struct qb_event *event)
{
	bool up = qb_ble_status(actor->node->ble);

	if (event->id == QB_EV_START_STATUS) {
		if (actor->owes_start) {
			actor->owes_start = false;
			sim_must(actor, SIM_INV_STATE, event->status,
			         "event 0 says that a start went well which was stopped");
			return;
		}
		sim_must(actor, SIM_INV_STATE, actor->state == SIM_STARTING,
		         "event 0 where none is due");
		actor->state = event->status ? SIM_STOPPED : SIM_STARTED;
		actor->up = !event->status;
		sim_must(actor, SIM_INV_STATE, up == actor->up, "inside event 0 GetStatus is %d",
		         up);
		return;
	}
	sim_must(actor, SIM_INV_STATE, actor->state == SIM_STARTED || actor->state == SIM_STOPPING,
	         "event 1 where none is due");
	sim_must(actor, SIM_INV_STATE, actor->state == SIM_STOPPING || event->status,
	         "event 1 says that a stop went well that nobody asked for");
	sim_must(actor, SIM_INV_STATE, !actor->owes_start, "event 1 before its event 0");
	sim_must(actor, SIM_INV_ROLE, !actor->silent, "event 1 after the last role was released");
	for (unsigned id = 0; id < QB_LINKS_MAX; id++)
		sim_must(actor, SIM_INV_STOP_ORDER, !actor->links[id] || actor->links[id]->orphan,
		         "event 1 before the event 17 of connection %u", id);
	sim_must(actor, SIM_INV_STOP_ORDER, !actor->n_dials,
	         "event 1 before the events 16 of %u connects", actor->n_dials);
	sim_must(actor, SIM_INV_STATE, !up, "inside event 1 GetStatus is %d", up);
	sim_stopped(actor);
}

/* The daemon is about to die: nobody hears of what that ends. */
void sim_dying(struct actor *actor)
{
	actor->roles = 0;
	sim_forget_role(actor, SIM_SERVER);
	sim_forget_role(actor, SIM_CLIENT);
}

void sim_restarted(struct actor *actor)
{
	sim_db_init(&actor->db);
	actor->scan_once = true;
	sim_stopped(actor);
	actor->present = true;
	actor->failures = actor->node->failures;
	sim_must(actor, SIM_INV_CALL_END, !actor->pending,
	         "the daemon is gone and %u calls have no end", actor->pending);
}
