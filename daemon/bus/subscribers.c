/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Subscribe: each event as a signal to the one who asked for it, complete and numbered.
 *
 * A bus drops what it sends to all when one reader is too far behind, or that reader; what is sent
 * to one it queues for it, and beyond its limit drops, which the numbers tell.
 */
#include <string.h>

#include "bus/bus-internal.h"

/* The documented arguments as one struct, (ui...). */
static int append_arguments(sd_bus_message *m, const struct qb_event *event)
{
	const struct qb_event_def *def = qb_event_find(event->id);
	char types[2 * QB_EVENT_ARGS_MAX + 8] = "(ui", *fields = types + 1;
	char *end = types + strlen(types);
	int r;

	for (unsigned i = 0; i < QB_EVENT_ARGS_MAX && def->args[i].name; i++) {
		*end++ = def->args[i].type;
		if (def->args[i].type == 'a')
			*end++ = 'y';
	}
	*end = ')';
	r = sd_bus_message_open_container(m, 'v', types);
	*end = '\0';
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'r', fields);
	if (r >= 0)
		r = qb_bus_append_args(m, event);
	if (r >= 0)
		r = sd_bus_message_close_container(m);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

static void tell(struct qb_bus *bus, const char *subscriber, uint64_t seq,
                 const struct qb_event *event)
{
	sd_bus_message *m = NULL;
	int r = sd_bus_message_new_signal(bus->bus, &m, QB_BUS_PATH, QB_BUS_EXTENDED, "Event");

	if (r >= 0)
		r = sd_bus_message_set_destination(m, subscriber);
	if (r >= 0)
		r = sd_bus_message_append_basic(m, 't', &seq);
	if (r >= 0)
		r = sd_bus_message_append_basic(m, 'u', &event->connect_id);
	if (r >= 0)
		r = append_arguments(m, event);
	if (r >= 0)
		r = qb_bus_append_more(m, event);
	if (r >= 0)
		sd_bus_send(bus->bus, m, NULL);
	sd_bus_message_unref(m);
}

struct replay {
	struct qb_bus *bus;
	const char *subscriber;
};

static void tell_old(void *user, uint64_t seq, const struct qb_event *event)
{
	const struct replay *replay = user;

	tell(replay->bus, replay->subscriber, seq, event);
}

int qb_bus_subscribe(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	struct qb_bus *bus = userdata;
	struct replay replay = {bus, sd_bus_message_get_sender(m)};
	uint64_t since;
	int r = sd_bus_message_read(m, "t", &since);

	if (r < 0)
		return r;
	if (sd_bus_track_count_sender(bus->subscribers, m) <= 0 &&
	    sd_bus_track_count(bus->subscribers) >= QB_SUBSCRIBERS_MAX)
		return sd_bus_error_setf(error, qb_error_name(QB_ERR_LIMIT_EXCEEDED),
		                         "%u callers have subscribed already", QB_SUBSCRIBERS_MAX);
	r = sd_bus_track_add_sender(bus->subscribers, m);
	if (r >= 0)
		r = sd_bus_reply_method_return(m, "t", qb_event_log_next(bus->log));
	if (r >= 0)
		qb_event_log_read(bus->log, since, QB_EVENT_LOG_MAX, tell_old, &replay);
	return r < 0 ? r : 1;
}

int qb_bus_unsubscribe(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	struct qb_bus *bus = userdata;
	int r = sd_bus_track_remove_sender(bus->subscribers, m);

	return r < 0 ? r : sd_bus_reply_method_return(m, "");
}

void qb_bus_tell_subscribers(struct qb_bus *bus, uint64_t seq, const struct qb_event *event)
{
	/* None without a connection. */
	for (const char *name = sd_bus_track_first(bus->subscribers); name;
	     name = sd_bus_track_next(bus->subscribers))
		tell(bus, name, seq, event);
}
