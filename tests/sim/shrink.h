/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds a shorter list of steps that breaks the same invariant. */
#pragma once

#include "replay.h"

/* Leaves in program, and failure, the shortest that was found in so many tries. */
void sim_shrink(const struct sim_settings *settings, struct sim_program *program,
                struct sim_failure *failure, unsigned tries, struct sim_shared *shared);
