/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was simulated, counted. */
#pragma once

#include <stdint.h>

#include "step.h"

struct sim_stats {
	uint64_t runs, simulated; /* microseconds */
	uint64_t events[64];      /* by id */
	uint64_t packets;
	uint64_t made[SIM_N_OPS], accepted[SIM_N_OPS];
	uint64_t checked; /* outcomes of client calls that the model knew */
	uint64_t unchecked;
	uint64_t links, delivered;
};

uint64_t sim_stats_events(const struct sim_stats *stats);
void sim_stats_add(struct sim_stats *sum, const struct sim_stats *stats);
/* As lines for people; seconds is the time that it took. */
void sim_stats_print(const struct sim_stats *stats, double seconds);
