/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GetEvents and WaitEvents: the log of events for callers that come and go. */
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "bus/bus-internal.h"

/* A caller in WaitEvents. */
struct waiter {
	struct qb_list elem;
	struct qb_bus *bus;
	sd_bus_message *call;
	sd_bus_track *track;
	sd_event_source *timeout;
	uint64_t since;
	uint32_t max;
};

struct append {
	sd_bus_message *m;
	int r;
};

static void append_event(void *user, uint64_t seq, const struct qb_event *event)
{
	struct append *append = user;
	sd_bus_message *m = append->m;

	if (append->r >= 0)
		append->r = sd_bus_message_open_container(m, 'r', "tuiua{sv}");
	if (append->r >= 0)
		append->r = sd_bus_message_append(m, "tuiu", seq, event->id, event->status,
		                                  event->connect_id);
	if (append->r >= 0)
		append->r = qb_bus_append_fields(m, event);
	if (append->r >= 0)
		append->r = sd_bus_message_close_container(m);
}

/* How far the log goes in one answer: known before the events are, as it stands before them. */
static uint64_t next_after(const struct qb_bus *bus, uint64_t since, uint32_t max)
{
	uint64_t next = qb_event_log_next(bus->log);
	uint64_t oldest = next > QB_EVENT_LOG_MAX ? next - QB_EVENT_LOG_MAX : 1;

	if (since < oldest)
		since = oldest;
	return since < next && next - since > max ? since + max : next;
}

static int answer(struct qb_bus *bus, sd_bus_message *call, uint64_t since, uint32_t max)
{
	struct append append = {0};
	sd_bus_message *m = NULL;
	int r = sd_bus_message_new_method_return(call, &m);

	if (r >= 0)
		r = sd_bus_message_append(m, "t", next_after(bus, since, max));
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'a', "(tuiua{sv})");
	if (r >= 0) {
		append.m = m;
		qb_event_log_read(bus->log, since, max, append_event, &append);
		r = append.r;
	}
	if (r >= 0)
		r = sd_bus_message_close_container(m);
	if (r >= 0)
		r = sd_bus_send(NULL, m, NULL);
	sd_bus_message_unref(m);
	return r;
}

int qb_bus_get_events(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	struct qb_bus *bus = userdata;
	uint64_t since;
	uint32_t max;
	int r = sd_bus_message_read(m, "tu", &since, &max);

	return r < 0 ? r : answer(bus, m, since, max);
}

static void waiter_free(struct waiter *waiter)
{
	qb_list_remove(&waiter->elem);
	waiter->bus->n_waiters--;
	sd_event_source_disable_unref(waiter->timeout);
	sd_bus_track_unref(waiter->track);
	sd_bus_message_unref(waiter->call);
	free(waiter);
}

static void waiter_end(struct waiter *waiter)
{
	answer(waiter->bus, waiter->call, waiter->since, waiter->max);
	waiter_free(waiter);
}

static int on_timeout(sd_event_source *source, uint64_t usec, void *user)
{
	waiter_end(user);
	return 0;
}

static int on_gone(sd_bus_track *track, void *user)
{
	waiter_free(user);
	return 0;
}

int qb_bus_wait_events(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	struct qb_bus *bus = userdata;
	uint64_t since, next = qb_event_log_next(bus->log);
	uint32_t max, timeout_ms;
	struct waiter *waiter;
	int r = sd_bus_message_read(m, "tuu", &since, &max, &timeout_ms);

	if (r < 0)
		return r;
	/* A number from before a restart of the daemon is ahead: the caller sees next fall. */
	if (since > next || (since < next && next > 1) || !max || !timeout_ms)
		return answer(bus, m, since, max);
	if (bus->n_waiters >= QB_WAITERS_MAX)
		return sd_bus_error_setf(error, qb_error_name(QB_ERR_LIMIT_EXCEEDED),
		                         "%u callers wait for events already", QB_WAITERS_MAX);
	waiter = calloc(1, sizeof(*waiter));
	if (!waiter)
		return -ENOMEM;
	waiter->bus = bus;
	waiter->call = sd_bus_message_ref(m);
	waiter->since = since;
	waiter->max = max;
	qb_list_append(&bus->waiters, &waiter->elem);
	bus->n_waiters++;
	r = sd_event_add_time_relative(bus->event, &waiter->timeout, CLOCK_MONOTONIC,
	                               timeout_ms * UINT64_C(1000), 1000, on_timeout, waiter);
	if (r >= 0)
		r = sd_bus_track_new(bus->bus, &waiter->track, on_gone, waiter);
	if (r >= 0)
		r = sd_bus_track_add_sender(waiter->track, m);
	if (r < 0) {
		waiter_free(waiter);
		return r;
	}
	return 1;
}

void qb_bus_wake_waiters(struct qb_bus *bus)
{
	while (!qb_list_empty(&bus->waiters))
		waiter_end(qb_list_entry(bus->waiters.next, struct waiter, elem));
}

void qb_bus_drop_waiters(struct qb_bus *bus)
{
	while (!qb_list_empty(&bus->waiters))
		waiter_free(qb_list_entry(bus->waiters.next, struct waiter, elem));
}
