/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What must always hold, in words; and what is looked at from time to time and at the end. */
#include "invariant.h"

#include <stdio.h>
#include <unistd.h>

#include "host/limits.h"
#include "sim.h"

/* A call of a client may wait for as many transactions, each with a limit of its own. */
#define ATT_LIMIT (QB_ATT_TIMEOUT_MSEC * QB_MSEC + QB_DISCONNECT_TIMEOUT_MSEC * QB_MSEC)

const struct sim_invariant_def sim_invariants[SIM_N_INVARIANTS] = {
        [SIM_HOLDS] = {"none", "all hold"},
        [SIM_INV_STATE] = {"state", "events 0 and 1 come when due, once; GetStatus agrees"},
        [SIM_INV_STOP_ORDER] = {"stop-order", "16 of connects and 17 of links come before 1"},
        [SIM_INV_LINK_ORDER] = {"link-order", "a link's events lie between its 16 and its 17"},
        [SIM_INV_READY] = {"ready", "26 once, on outgoing links, before any client event"},
        [SIM_INV_ID] = {"connect-id", "the lowest free number, 0xff for a failure"},
        [SIM_INV_CONNECT_END] = {"connect-end", "every connect ends in one 16"},
        [SIM_INV_INCOMING] = {"incoming", "a link comes in where AdvStart asked for one"},
        [SIM_INV_CALL_END] = {"call-end", "every call ends once"},
        [SIM_INV_REFUSAL] = {"refusal", "calls end as documented, refusals have a reason"},
        [SIM_INV_SEND_END] = {"send-end", "one 25 for each send, an indication's at its end"},
        [SIM_INV_CLIENT_END] = {"client-end", "each client call has its events, in its turn"},
        [SIM_INV_VALUE] = {"value", "values arrive once, in order, on their link, unchanged"},
        [SIM_INV_WRITE] = {"write", "writes arrive once, in order, on their link, unchanged"},
        [SIM_INV_READ] = {"read", "what is read is what the model's value is"},
        [SIM_INV_DISCOVERY] = {"discovery", "what is discovered is what was published"},
        [SIM_INV_ATT_CODE] = {"att-code", "calls succeed or fail as permissions say"},
        [SIM_INV_SCAN] = {"scan", "19 while scanning, once an address, with its octets"},
        [SIM_INV_ROLE] = {"role", "no event of a role that was released"},
        [SIM_INV_DEADLINE] = {"deadline", "nobody waits past the documented limit"},
        [SIM_INV_CREDITS] = {"credits", "no more credits than the controller has buffers"},
        [SIM_INV_REST] = {"rest", "at stop nothing is left: links, buffers, credits, timers"},
        [SIM_INV_MEMORY] = {"memory", "in the end no memory is left"},
        [SIM_INV_STANDARD] = {"standard", "no host does what a controller may not be sent"},
        [SIM_INV_CRASH] = {"crash", "no crash, no report of a sanitizer"},
};

void sim_violated(const struct actor *actor, enum sim_invariant invariant, const char *format, ...)
{
	struct sim *sim = actor->sim;
	struct sim_failure *failure = &sim->shared->failure;
	va_list ap;

	failure->invariant = invariant;
	failure->host = actor->index;
	failure->at = sim->world ? sim_now(sim) : 0;
	va_start(ap, format);
	vsnprintf(failure->text, sizeof(failure->text), format, ap);
	va_end(ap);
	fflush(stdout);
	_exit(SIM_EXIT_VIOLATED);
}

static void watch_link(struct sim_link *link)
{
	const struct actor *actor = link->actor;
	uint64_t now = sim_now(actor->sim);

	if (link->orphan && now > link->end_by && sim_link_idle(link)) {
		sim_link_end(link);
		return;
	}
	sim_must(actor, SIM_INV_DEADLINE, !link->end_by || now <= link->end_by,
	         "connection %u: no end after %s", link->id, link->end_why);
	sim_must(actor, SIM_INV_DEADLINE, !link->updating || now <= link->update_by,
	         "connection %u: no event 18", link->id);
	sim_must(actor, SIM_INV_DEADLINE, !sim_first_ask(link) || now <= link->progress + ATT_LIMIT,
	         "connection %u: %u client calls without an event", link->id, link->n_asks);
	sim_must(actor, SIM_INV_DEADLINE, !link->ends[1].n || now <= link->indicated + ATT_LIMIT,
	         "connection %u: no event 25 for an indication", link->id);
}

static void watch_actor(struct actor *actor)
{
	const struct qb_host *host = actor->node->ble->host;
	uint64_t now = sim_now(actor->sim);

	for (unsigned i = 0; actor->pending && i < SIM_CALLS_MAX; i++)
		sim_must(actor, SIM_INV_DEADLINE,
		         !actor->calls[i].busy || now <= actor->calls[i].by, "%s does not end",
		         sim_ops[actor->calls[i].op].name);
	for (unsigned i = 0; i < actor->n_dials; i++)
		sim_must(actor, SIM_INV_DEADLINE, now <= actor->dials[i].by,
		         "a connect does not end");
	sim_must(actor, SIM_INV_DEADLINE,
	         (actor->state != SIM_STARTING && actor->state != SIM_STOPPING) ||
	                 now <= actor->state_by,
	         "no event %d", actor->state == SIM_STOPPING);
	for (unsigned id = 0; id < QB_LINKS_MAX; id++)
		if (actor->links[id])
			watch_link(actor->links[id]);
	sim_must(actor, SIM_INV_CREDITS, host->hci.acl.credits <= host->hci.acl.total,
	         "%u credits of %u", host->hci.acl.credits, host->hci.acl.total);
}

void sim_watch(struct sim *sim)
{
	for (unsigned i = 0; i < sim->n; i++)
		watch_actor(&sim->actors[i]);
	sim_links_free(sim);
}

/* What arrived before all became still. */
void sim_all_delivered(struct sim *sim)
{
	for (const struct sim_link *link = sim->links; link; link = link->next) {
		const struct sim_link *other = link->other;

		if (!link->up || !other || !other->up || other->deaf || other->blind)
			continue;
		for (unsigned i = 0; i < 2; i++)
			sim_must(link->actor, SIM_INV_VALUE, !link->values[i].n || link->blind,
			         "%u values have not arrived at h%d", link->values[i].n,
			         link->peer);
	}
}

void sim_at_rest(struct sim *sim)
{
	for (unsigned i = 0; i < sim->n; i++) {
		const struct actor *actor = &sim->actors[i];
		const struct qb_host *host = actor->node->ble->host;

		sim_must(actor, SIM_INV_REST, actor->state == SIM_STOPPED, "it does not stop");
		sim_must(actor, SIM_INV_REST, !actor->pending, "%u calls are left", actor->pending);
		sim_must(actor, SIM_INV_REST, !host->n_links && !host->gap.n_connects,
		         "%u links and %u connects are left", host->n_links, host->gap.n_connects);
		sim_must(actor, SIM_INV_REST, !host->pool.used, "%u buffers are left",
		         host->pool.used);
		sim_must(actor, SIM_INV_REST, host->hci.acl.credits == host->hci.acl.total,
		         "%u of %u credits are left", host->hci.acl.credits, host->hci.acl.total);
		sim_must(actor, SIM_INV_REST, qb_timers_next(&actor->node->timers) == QB_NEVER,
		         "a timer is left");
	}
}
