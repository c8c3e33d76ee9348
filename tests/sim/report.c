/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was simulated, as lines for people. */
#include "report.h"

#include <inttypes.h>
#include <stdio.h>

uint64_t sim_stats_events(const struct sim_stats *stats)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < 64; i++)
		n += stats->events[i];
	return n;
}

void sim_stats_add(struct sim_stats *sum, const struct sim_stats *stats)
{
	sum->runs += stats->runs;
	sum->simulated += stats->simulated;
	sum->packets += stats->packets;
	sum->checked += stats->checked;
	sum->unchecked += stats->unchecked;
	sum->links += stats->links;
	sum->delivered += stats->delivered;
	for (unsigned i = 0; i < 64; i++)
		sum->events[i] += stats->events[i];
	for (unsigned i = 0; i < SIM_N_OPS; i++) {
		sum->made[i] += stats->made[i];
		sum->accepted[i] += stats->accepted[i];
	}
}

static void print_events(const struct sim_stats *stats)
{
	printf("# events by id:");
	for (unsigned i = 0; i < 64; i++)
		if (stats->events[i])
			printf(" %u:%" PRIu64, i, stats->events[i]);
	printf("\n");
}

static void print_calls(const struct sim_stats *stats)
{
	uint64_t made = 0, accepted = 0;

	printf("# calls accepted of made:");
	for (unsigned i = 0; i < SIM_FAULTS; i++) {
		made += stats->made[i];
		accepted += stats->accepted[i];
		if (stats->made[i])
			printf(" %s %" PRIu64 "/%" PRIu64, sim_ops[i].name, stats->accepted[i],
			       stats->made[i]);
	}
	printf("\n# calls: %" PRIu64 ", accepted %.1f %%\n", made,
	       made ? 100.0 * (double)accepted / (double)made : 0);
}

static void print_faults(const struct sim_stats *stats)
{
	printf("# faults:");
	for (unsigned i = SIM_FAULTS; i < SIM_N_OPS; i++)
		printf(" %s %" PRIu64, sim_ops[i].name, stats->made[i]);
	printf("\n");
}

void sim_stats_print(const struct sim_stats *stats, double seconds)
{
	uint64_t events = sim_stats_events(stats), answers = stats->checked + stats->unchecked;

	printf("# simulated: %" PRIu64 " runs, %.0f s of virtual time, %" PRIu64 " links, %" PRIu64
	       " events, %" PRIu64 " HCI packets\n",
	       stats->runs, (double)stats->simulated / 1e6, stats->links, events, stats->packets);
	print_events(stats);
	print_calls(stats);
	print_faults(stats);
	printf("# values and writes followed from end to end: %" PRIu64
	       "; answers known beforehand: %.1f %% of %" PRIu64 "\n",
	       stats->delivered, answers ? 100.0 * (double)stats->checked / (double)answers : 0,
	       answers);
	if (seconds > 0)
		printf("# in %.1f s: %.0f events and %.0f packets a second\n", seconds,
		       (double)events / seconds, (double)stats->packets / seconds);
}
