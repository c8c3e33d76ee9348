/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What goes wrong, and when it is whole again. A fault that lasts has its length in its step. */
#include "sim.h"

/* How long a controller that was given up stays closed, as the daemon tries it again. */
#define REOPEN (200 * QB_MSEC)

static uint64_t *heal_of(struct actor *actor, enum sim_op fault)
{
	return &actor->heals[fault - SIM_FAULTS];
}

static void begin(struct actor *actor, const struct sim_step *step)
{
	uint64_t until = sim_now(actor->sim) + step->args[0] * QB_MSEC;
	uint64_t *heal = heal_of(actor, step->op);

	if (until > *heal)
		*heal = until;
}

static void weather(struct sim *sim, const uint32_t *args)
{
	const struct qa_weather weather = {
	        .loss_permille = (uint16_t)args[0],
	        .delay_us = args[1],
	        .jitter_us = args[2],
	};

	qa_air_set_weather(sim->world->air, &weather);
}

static void lose_controller(struct actor *actor, const char *why)
{
	actor->present = false;
	qb_timers_advance(&actor->node->timers, sim_now(actor->sim));
	qb_ble_controller_down(actor->node->ble, why);
}

static void find_controller(struct actor *actor)
{
	actor->present = true;
	actor->failures = actor->node->failures;
	qb_timers_advance(&actor->node->timers, sim_now(actor->sim));
	qb_ble_controller_up(actor->node->ble);
}

/* Nobody hears a controller that is away or unplugged. */
static void put_in_range(struct actor *actor)
{
	qa_controller_set_away(actor->node->controller, *heal_of(actor, SIM_FAULT_AWAY) ||
	                                                        *heal_of(actor, SIM_FAULT_UNPLUG));
}

void sim_do_fault(struct actor *actor, const struct sim_step *step)
{
	struct node *node = actor->node;

	switch (step->op) {
	case SIM_FAULT_WEATHER: weather(actor->sim, step->args); break;
	case SIM_FAULT_DROP: qa_controller_drop(node->controller); break;
	case SIM_FAULT_FAIL: qa_controller_fail(node->controller, (uint8_t)step->args[0]); break;
	case SIM_FAULT_MUTE:
		begin(actor, step);
		qa_controller_mute(node->controller, true);
		break;
	case SIM_FAULT_AWAY:
		begin(actor, step);
		put_in_range(actor);
		break;
	case SIM_FAULT_STALL:
		begin(actor, step);
		world_stall(node, true);
		break;
	case SIM_FAULT_SLOW:
		begin(actor, step);
		node->congested = true;
		break;
	case SIM_FAULT_UNPLUG:
		begin(actor, step);
		put_in_range(actor);
		/* Nothing is there to be opened again if it was given up before. */
		*heal_of(actor, SIM_FAULT_FAIL) = 0;
		if (actor->present)
			lose_controller(actor, "it was unplugged");
		break;
	case SIM_FAULT_ABANDON:
		/* The caller vanishes, and all that was its own is released. */
		sim_do_role(actor, &(struct sim_step){.op = SIM_SERVER_RELEASE});
		sim_do_role(actor, &(struct sim_step){.op = SIM_CLIENT_RELEASE});
		break;
	case SIM_FAULT_RESTART:
		*heal_of(actor, SIM_FAULT_FAIL) = *heal_of(actor, SIM_FAULT_UNPLUG) = 0;
		put_in_range(actor);
		/* Its links are gone, and nobody is there to be told. */
		sim_dying(actor);
		world_restart(node);
		sim_restarted(actor);
		break;
	}
}

static void heal(struct actor *actor, enum sim_op fault)
{
	struct node *node = actor->node;

	*heal_of(actor, fault) = 0;
	switch (fault) {
	case SIM_FAULT_MUTE:
		qa_controller_mute(node->controller, false);
		/* What it had to say is lost; so it may not go on as if nothing had been. */
		if (actor->present && actor->failures == node->failures)
			qa_controller_fail(node->controller, 0x42);
		break;
	case SIM_FAULT_AWAY: put_in_range(actor); break;
	case SIM_FAULT_STALL:
		actor->late_at = sim_now(actor->sim);
		world_stall(node, false);
		break;
	case SIM_FAULT_SLOW: node->congested = false; break;
	case SIM_FAULT_UNPLUG:
		put_in_range(actor);
		find_controller(actor);
		break;
	default: find_controller(actor); break; /* given up */
	}
}

void sim_heal(struct actor *actor)
{
	for (unsigned i = 0; i < SIM_N_FAULTS; i++)
		if (actor->heals[i] && actor->heals[i] <= sim_now(actor->sim))
			heal(actor, SIM_FAULTS + i);
}

/* Given up by its host: the daemon closes it, and opens it again a little later. */
void sim_look_after(struct actor *actor)
{
	if (actor->present && actor->failures != actor->node->failures) {
		lose_controller(actor, "it stopped answering");
		*heal_of(actor, SIM_FAULT_FAIL) = sim_now(actor->sim) + REOPEN;
	}
}

uint64_t sim_heals_next(const struct actor *actor)
{
	uint64_t next = UINT64_MAX;

	for (unsigned i = 0; i < SIM_N_FAULTS; i++)
		if (actor->heals[i] && actor->heals[i] < next)
			next = actor->heals[i];
	return next;
}

void sim_heal_all(struct sim *sim)
{
	weather(sim, (const uint32_t[3]){0});
	for (unsigned i = 0; i < sim->n; i++)
		for (unsigned fault = 0; fault < SIM_N_FAULTS; fault++)
			if (sim->actors[i].heals[fault])
				heal(&sim->actors[i], SIM_FAULTS + fault);
}
