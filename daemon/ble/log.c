/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The numbered log of the last events, as a ring whose slots keep their memory. */
#include "ble/log.h"

#include <stdlib.h>
#include <string.h>

struct slot {
	struct qb_event event;
	char *octets; /* the event's data, then its name */
	size_t room;
};

struct qb_event_log {
	uint64_t next; /* number of the next event */
	unsigned max, count;
	struct slot slots[];
};

struct qb_event_log *qb_event_log_new(unsigned max)
{
	struct qb_event_log *log = calloc(1, sizeof(*log) + max * sizeof(log->slots[0]));

	if (!log)
		return NULL;
	log->next = 1;
	log->max = max;
	return log;
}

void qb_event_log_free(struct qb_event_log *log)
{
	if (!log)
		return;
	for (unsigned i = 0; i < log->max; i++)
		free(log->slots[i].octets);
	free(log);
}

/* Makes the copy independent of the caller's memory; without memory it loses data and name. */
static void keep(struct slot *slot, const struct qb_event *event)
{
	size_t name = event->name ? strlen(event->name) + 1 : 0;
	size_t want = event->len + name;
	char *octets;

	slot->event = *event;
	slot->event.data = NULL;
	slot->event.name = event->name ? "" : NULL;
	slot->event.len = 0;
	if (want > slot->room) {
		octets = realloc(slot->octets, want);
		if (!octets)
			return;
		slot->octets = octets;
		slot->room = want;
	}
	if (event->len) {
		memcpy(slot->octets, event->data, event->len);
		slot->event.data = (const uint8_t *)slot->octets;
		slot->event.len = event->len;
	}
	if (name) {
		memcpy(slot->octets + event->len, event->name, name);
		slot->event.name = slot->octets + event->len;
	}
}

uint64_t qb_event_log_add(struct qb_event_log *log, const struct qb_event *event)
{
	keep(&log->slots[log->next % log->max], event);
	if (log->count < log->max)
		log->count++;
	return log->next++;
}

uint64_t qb_event_log_next(const struct qb_event_log *log)
{
	return log->next;
}

uint64_t qb_event_log_read(const struct qb_event_log *log, uint64_t since, unsigned max,
                           qb_event_log_fn fn, void *user)
{
	uint64_t seq = since > log->next - log->count ? since : log->next - log->count;

	for (; seq < log->next && max; seq++, max--)
		fn(user, seq, &log->slots[seq % log->max].event);
	return seq < log->next ? seq : log->next;
}
