/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Events may not be lost and queues may not grow without end, so where the bus takes signals more
 * slowly than the controller makes them, the controller waits.
 */
#include <stdlib.h>
#include <time.h>

#include "bus/bus-internal.h"

/*
 * The longest pause at a stretch, well below the time limit of an HCI command: its answer may be
 * what is not read.
 */
#define PAUSE_USEC 200000

struct qb_flow {
	struct qb_bus *bus;
	bool paused;
	sd_event_source *after; /* each turn of the loop, while paused */
	sd_event_source *limit;
};

static uint64_t queued(const struct qb_flow *flow)
{
	uint64_t n = 0;

	if (flow->bus->bus && sd_bus_get_n_queued_write(flow->bus->bus, &n) < 0)
		return 0;
	return n;
}

static void set_paused(struct qb_flow *flow, bool paused)
{
	flow->paused = paused;
	sd_event_source_set_enabled(flow->after, paused ? SD_EVENT_ON : SD_EVENT_OFF);
	sd_event_source_set_enabled(flow->limit, SD_EVENT_OFF);
	if (paused && sd_event_source_set_time_relative(flow->limit, PAUSE_USEC) >= 0)
		sd_event_source_set_enabled(flow->limit, SD_EVENT_ONESHOT);
	flow->bus->ops->pause(flow->bus->user, paused);
}

static int on_after(sd_event_source *source, void *user)
{
	struct qb_flow *flow = user;

	if (queued(flow) < QB_SATURATED / 2)
		set_paused(flow, false);
	return 0;
}

static int on_limit(sd_event_source *source, uint64_t usec, void *user)
{
	set_paused(user, false);
	return 0;
}

void qb_flow_check(struct qb_flow *flow)
{
	uint64_t n = queued(flow);

	if (n > QB_STUCK)
		qb_bus_lost(flow->bus, "it has taken nothing for a long time");
	else if (n > QB_SATURATED && !flow->paused)
		set_paused(flow, true);
}

struct qb_flow *qb_flow_new(struct qb_bus *bus)
{
	struct qb_flow *flow = calloc(1, sizeof(*flow));
	int r;

	if (!flow)
		return NULL;
	*flow = (struct qb_flow){.bus = bus};
	r = sd_event_add_post(bus->event, &flow->after, on_after, flow);
	if (r >= 0)
		r = sd_event_source_set_enabled(flow->after, SD_EVENT_OFF);
	if (r >= 0)
		r = sd_event_add_time_relative(bus->event, &flow->limit, CLOCK_MONOTONIC,
		                               PAUSE_USEC, 1000, on_limit, flow);
	if (r >= 0)
		r = sd_event_source_set_enabled(flow->limit, SD_EVENT_OFF);
	if (r < 0) {
		qb_flow_free(flow);
		return NULL;
	}
	return flow;
}

void qb_flow_free(struct qb_flow *flow)
{
	if (!flow)
		return;
	sd_event_source_disable_unref(flow->after);
	sd_event_source_disable_unref(flow->limit);
	free(flow);
}
