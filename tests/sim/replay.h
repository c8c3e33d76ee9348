/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs in processes of their own, and the files that their steps are kept in. */
#pragma once

#include "sim.h"

struct sim_program {
	struct sim_step *steps;
	unsigned n;
};

/* Memory that a run and whoever started it share. */
struct sim_shared *sim_shared_new(void);

/*
 * Runs in a child: the program, or, if it is NULL, what the seed makes up. True if nothing is
 * broken; if something is, shared->failure says what, and shared->steps has the steps up to there.
 * quiet: what a crash or a sanitizer has to say is not wanted.
 */
bool sim_try(const struct sim_settings *settings, const struct sim_program *program,
             struct sim_shared *shared, bool quiet);

/* False, and said on stderr why, if it cannot be done. */
bool sim_replay_write(const char *path, const struct sim_settings *settings,
                      const struct sim_program *program, const struct sim_failure *failure);
bool sim_replay_read(const char *path, struct sim_settings *settings, struct sim_program *ret);
