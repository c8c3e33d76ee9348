/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One run: its world, its steps at their times, its end. */
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "sim.h"

#define TICK    (50 * QB_MSEC)
#define WATCH   QB_SEC
#define QUIET   (45 * QB_SEC) /* longer than any transaction, so that all has ended */
#define STOPPED (10 * QB_SEC)

static void on_broken(struct node *node, const char *what)
{
	struct sim *sim = node->user;

	sim_violated(&sim->actors[node->index], SIM_INV_STANDARD, "%s", what);
}

/* Every seed has hosts and controllers of its own kinds. */
static void set_up(void *user, unsigned index, struct qa_config *config, struct qb_ble_config *ble)
{
	static const uint16_t acl_lens[] = {27, 192, 251}, mtus[] = {23, 64, 185, 247, 517};
	struct sim *sim = user;

	config->legacy = !sim_roll(sim, 3);
	config->acl_len = acl_lens[sim_roll(sim, 3)];
	config->acl_buffers = (uint8_t)(1 + sim_roll(sim, 8));
	config->shared_buffers = !sim_roll(sim, 6);
	config->answer_delay_us = sim_roll(sim, 3) ? 0 : sim_roll(sim, 200);
	if (sim->random_only)
		memset(config->address, 0, sizeof(config->address));
	ble->mtu = mtus[sim_roll(sim, 5)];
	ble->auto_mtu = sim_roll(sim, 4);
	ble->strict_cccd = !sim_roll(sim, 4);
	ble->auto_advertise = !sim_roll(sim, 4);
}

static void init(struct sim *sim)
{
	for (unsigned i = 0; i < sim->n; i++) {
		struct actor *actor = &sim->actors[i];

		actor->sim = sim;
		actor->index = i;
		actor->node = world_node(sim->world, i);
		actor->node->on_event = sim_on_event;
		actor->node->user = sim;
		actor->present = true;
		actor->scan_once = true;
		sim_adv_reset(actor);
		sim_db_init(&actor->db);
	}
	sim->world->broken = on_broken;
}

static void perform(struct sim *sim, struct sim_step *step)
{
	struct actor *actor = &sim->actors[step->host % sim->n];
	uint64_t *made = &sim->shared->stats.made[step->op];

	sim->step = step;
	if (sim->settings->trace)
		sim_step_print(stdout, step, "# ");
	if (step->op >= SIM_FAULTS) {
		++*made;
		sim_do_fault(actor, step);
	} else if (step->op >= SIM_MTU) {
		sim_do_client(actor, step);
	} else if (step->op >= SIM_NOTIFY) {
		sim_do_value(actor, step);
	} else if (step->op >= SIM_NAME) {
		sim_do_service(actor, step);
	} else if (step->op >= SIM_CONNECT) {
		sim_do_link(actor, step);
	} else if (step->op >= SIM_ADV_PARAM) {
		sim_do_gap(actor, step);
	} else {
		sim_do_role(actor, step);
	}
	sim->step = NULL;
}

void sim_step(struct sim *sim, unsigned host, enum sim_op op, const uint32_t args[SIM_ARGS_MAX])
{
	struct sim_shared *shared = sim->shared;
	struct sim_step *step;

	if (shared->n_steps == SIM_STEPS_MAX)
		return;
	step = &shared->steps[shared->n_steps++];
	*step = (struct sim_step){
	        .at = sim_now(sim),
	        .host = (uint8_t)host,
	        .op = (uint8_t)op,
	        .outcome = SIM_NO_OUTCOME,
	};
	memcpy(step->args, args, sizeof(step->args));
	perform(sim, step);
}

static void heal(struct sim *sim)
{
	for (unsigned i = 0; i < sim->n; i++)
		sim_heal(&sim->actors[i]);
}

static void tick(struct sim *sim)
{
	for (unsigned i = 0; i < sim->n; i++)
		sim_look_after(&sim->actors[i]);
	if (sim_now(sim) >= sim->watch_at) {
		sim_watch(sim);
		sim->watch_at = sim_now(sim) + WATCH;
	}
	sim->tick_at = sim_now(sim) + TICK;
}

/*
 * Goes on to a time, and does on the way there what has its own. Nothing of that depends on where
 * the way is stopped at, or a list of fewer steps would be another run.
 */
static void go_to(struct sim *sim, uint64_t time)
{
	while (sim_now(sim) < time) {
		uint64_t next = time < sim->tick_at ? time : sim->tick_at;

		for (unsigned i = 0; i < sim->n; i++) {
			uint64_t due = sim_heals_next(&sim->actors[i]);

			if (due < next)
				next = due;
		}
		world_run(sim->world, next > sim_now(sim) ? next - sim_now(sim) : 0);
		heal(sim);
		if (sim_now(sim) >= sim->tick_at)
			tick(sim);
	}
	world_settle(sim->world);
}

/* Fair weather, time for all that is under way, and everybody stops. */
static void end(struct sim *sim)
{
	sim_heal_all(sim);
	go_to(sim, sim_now(sim) + QUIET);
	sim_all_delivered(sim);
	for (unsigned i = 0; i < sim->n; i++) {
		struct actor *actor = &sim->actors[i];

		if (actor->state == SIM_STARTING || actor->state == SIM_STARTED)
			sim_do_role(actor, &(struct sim_step){.op = SIM_STOP});
	}
	go_to(sim, sim_now(sim) + STOPPED);
	sim_at_rest(sim);
}

static void done(struct sim *sim)
{
	for (unsigned i = 0; i < sim->n; i++)
		sim_db_free(&sim->actors[i].db);
	for (struct sim_link *link = sim->links; link; link = link->next)
		link->up = false;
	sim_links_free(sim);
	world_free(sim->world);
	free(sim);
}

static void simulate(struct sim *sim, const struct sim_step *steps, unsigned n_steps)
{
	uint64_t until = sim->settings->seconds * QB_SEC;

	if (!steps) {
		sim_generate(sim, until);
		return;
	}
	for (unsigned i = 0; i < n_steps; i++) {
		/* Steps of one time are done at once, without a word from below in between. */
		if (steps[i].at > sim_now(sim))
			go_to(sim, steps[i].at);
		sim_step(sim, steps[i].host, steps[i].op, steps[i].args);
	}
	go_to(sim, until);
}

void sim_advance(struct sim *sim, uint64_t usec)
{
	go_to(sim, sim_now(sim) + usec);
}

void sim_run(const struct sim_settings *settings, const struct sim_step *steps, unsigned n_steps,
             struct sim_shared *shared)
{
	long before = sim_blocks();
	struct sim *sim = calloc(1, sizeof(*sim));
	struct sim_stats *stats = &shared->stats;
	struct actor actor;

	sim->settings = settings;
	sim->shared = shared;
	sim->n = settings->hosts;
	sim->random = settings->seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
	sim->random_only = !sim_roll(sim, 4);
	sim->crowded = !sim_roll(sim, 3);
	sim->world = world_new_each(sim->n, settings->seed, set_up, sim);
	init(sim);
	simulate(sim, steps, n_steps);
	end(sim);
	stats->runs++;
	stats->simulated += sim_now(sim);
	stats->packets += sim->world->packets;
	actor = (struct actor){.sim = &(struct sim){.shared = shared}};
	done(sim);
	sim_must(&actor, SIM_INV_MEMORY, sim_blocks() == before, "%ld blocks of memory are left",
	         sim_blocks() - before);
}
