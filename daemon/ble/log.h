/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The numbered log of the last events, so that a caller who was not listening sees what happened
 * (Extended.GetEvents and WaitEvents).
 */
#pragma once

#include <stdint.h>

#include "ble/event.h"

struct qb_event_log;

/* Called with each event on its number, the first of which is 1; event's pointers do not last. */
typedef void (*qb_event_log_fn)(void *user, uint64_t seq, const struct qb_event *event);

/* Keeps the newest `max` events. NULL if memory is out. */
struct qb_event_log *qb_event_log_new(unsigned max);
void qb_event_log_free(struct qb_event_log *log);

/* Copies an event in, over the oldest one if the log is full, and returns its number. */
uint64_t qb_event_log_add(struct qb_event_log *log, const struct qb_event *event);

/* The number that the next event will get. */
uint64_t qb_event_log_next(const struct qb_event_log *log);

/*
 * Calls fn with each event from number `since` on, `max` at most, oldest first; since 0 or
 * something older than the log begins with the oldest one kept. Returns the number to go on from.
 */
uint64_t qb_event_log_read(const struct qb_event_log *log, uint64_t since, unsigned max,
                           qb_event_log_fn fn, void *user);
