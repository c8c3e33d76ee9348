/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shrinking by delta debugging: parts of the list are left out, first large ones, then single
 * steps, and what still breaks the same invariant is kept. Then bursts and values are made small.
 */
#include "shrink.h"

#include <stdlib.h>
#include <string.h>

struct shrinking {
	const struct sim_settings *settings;
	struct sim_program *best;
	struct sim_failure *failure;
	struct sim_shared *shared;
	unsigned tries;
};

/* Keeps a candidate that fails alike; what came of its steps is in the shared list. */
static bool fails(struct shrinking *shrinking, struct sim_program *candidate)
{
	struct sim_shared *shared = shrinking->shared;

	if (!shrinking->tries)
		return false;
	shrinking->tries--;
	if (sim_try(shrinking->settings, candidate, shared, true) ||
	    shared->failure.invariant != shrinking->failure->invariant)
		return false;
	*shrinking->failure = shared->failure;
	/* What comes after the failure has nothing to do with it. */
	if (shared->n_steps < candidate->n)
		candidate->n = shared->n_steps;
	memcpy(shrinking->best->steps, shared->steps, candidate->n * sizeof(struct sim_step));
	shrinking->best->n = candidate->n;
	return true;
}

static void without(const struct sim_program *program, unsigned from, unsigned n,
                    struct sim_program *ret)
{
	unsigned after = program->n - from - n;

	memcpy(ret->steps, program->steps, from * sizeof(struct sim_step));
	memcpy(ret->steps + from, program->steps + from + n, after * sizeof(struct sim_step));
	ret->n = from + after;
}

static void leave_out(struct shrinking *shrinking, struct sim_program *candidate)
{
	unsigned size = (shrinking->best->n + 1) / 2;
	bool any;

	while (size && shrinking->tries) {
		any = false;
		for (unsigned from = 0; from < shrinking->best->n;) {
			unsigned n = shrinking->best->n - from;

			without(shrinking->best, from, n < size ? n : size, candidate);
			if (fails(shrinking, candidate))
				any = true;
			else
				from += size;
		}
		if (size > 1)
			size /= 2;
		else if (!any)
			size = 0;
	}
}

/* Arguments that count something, with the least that makes sense. */
static void make_small(struct shrinking *shrinking, struct sim_program *candidate)
{
	static const char *const counts[] = {"times", "len", "offset", "services"};

	for (unsigned i = 0; i < shrinking->best->n; i++) {
		const struct sim_op_def *def = &sim_ops[shrinking->best->steps[i].op];

		for (unsigned j = 0; j < SIM_ARGS_MAX && def->args[j]; j++) {
			for (unsigned k = 0; k < sizeof(counts) / sizeof(counts[0]); k++) {
				uint32_t least = k == 0;

				if (strcmp(def->args[j], counts[k]) ||
				    shrinking->best->steps[i].args[j] <= least)
					continue;
				without(shrinking->best, shrinking->best->n, 0, candidate);
				candidate->steps[i].args[j] = least;
				if (fails(shrinking, candidate) || i >= shrinking->best->n)
					break;
			}
			if (i >= shrinking->best->n)
				return;
		}
	}
}

void sim_shrink(const struct sim_settings *settings, struct sim_program *program,
                struct sim_failure *failure, unsigned tries, struct sim_shared *shared)
{
	struct shrinking shrinking = {settings, program, failure, shared, tries};
	struct sim_program candidate = {
	        .steps = malloc((program->n + 1) * sizeof(struct sim_step))};
	unsigned before = program->n;

	without(program, program->n, 0, &candidate);
	if (fails(&shrinking, &candidate)) {
		leave_out(&shrinking, &candidate);
		make_small(&shrinking, &candidate);
		printf("# shrunk from %u steps to %u in %u tries\n", before, program->n,
		       tries - shrinking.tries);
	} else {
		printf("# the same steps do not fail again: this is not deterministic\n");
	}
	free(candidate.steps);
}
