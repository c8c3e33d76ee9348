/* SPDX-License-Identifier: MIT */
/* The handle as a GSource: its descriptors, its time limits, its work. */
#include <sys/socket.h>
#include <systemd/sd-bus.h>

#include "qble-client-glib.h"

/* Answers that are handled at a time. */
#define ANSWERS_MAX 64

/* One connection, as the context knows it. */
struct watch {
	gpointer fd; /* NULL: there is none */
	GIOCondition wanted;
};

struct client_source {
	GSource source;
	struct qble_client *client;
	sd_bus *calls; /* NULL if they go the way of the events, or are lost */
	struct watch event_watch, call_watch;
};

static GIOCondition condition(int events)
{
	/* What is wrong with the connection, processing it will say. */
	return events < 0 ? G_IO_IN | G_IO_HUP | G_IO_ERR : (GIOCondition)events;
}

static void watch(GSource *source, struct watch *watch, int fd, int events)
{
	watch->wanted = condition(events);
	watch->fd = g_source_add_unix_fd(source, fd, watch->wanted);
}

static void update(GSource *source, struct watch *watch, int events)
{
	/* It wakes the loop up, which would never rest if this were done each time. */
	if (!watch->fd || condition(events) == watch->wanted)
		return;
	watch->wanted = condition(events);
	g_source_modify_unix_fd(source, watch->fd, watch->wanted);
}

/* Milliseconds, as qble_get_timeout(). */
static int timeout_of_calls(const struct client_source *s)
{
	gint64 now = g_get_monotonic_time();
	uint64_t until;

	if (!s->calls)
		return -1;
	if (sd_bus_get_timeout(s->calls, &until) < 0)
		return 0;
	if (until >= G_MAXINT64)
		return -1;
	if ((gint64)until <= now)
		return 0;
	return (int)MIN(((gint64)until - now + 999) / 1000, G_MAXINT);
}

static int timeout_of(const struct client_source *s)
{
	int calls = timeout_of_calls(s), events = qble_get_timeout(s->client);

	if (calls < 0 || events < 0)
		return MAX(calls, events);
	return MIN(calls, events);
}

static gboolean prepare(GSource *source, gint *timeout_ms)
{
	struct client_source *s = (struct client_source *)source;

	update(source, &s->event_watch, qble_get_events(s->client));
	if (s->calls)
		update(source, &s->call_watch, sd_bus_get_events(s->calls));
	*timeout_ms = timeout_of(s);
	return *timeout_ms == 0;
}

static gboolean check(GSource *source)
{
	struct client_source *s = (struct client_source *)source;

	return g_source_query_unix_fd(source, s->event_watch.fd) ||
	       (s->call_watch.fd && g_source_query_unix_fd(source, s->call_watch.fd)) ||
	       timeout_of(s) == 0;
}

static void process_calls(GSource *source, struct client_source *s)
{
	int r = 1;

	for (unsigned n = 0; s->calls && n < ANSWERS_MAX && r > 0; n++)
		r = sd_bus_process(s->calls, NULL);
	if (r >= 0)
		return;
	g_source_remove_unix_fd(source, s->call_watch.fd);
	s->call_watch.fd = NULL;
	s->calls = NULL;
}

/* Whatever is not answered ends now, with an error. */
static void end_calls(GSource *source, struct client_source *s)
{
	if (s->calls)
		shutdown(sd_bus_get_fd(s->calls), SHUT_RDWR);
	while (s->calls)
		process_calls(source, s);
}

static gboolean dispatch(GSource *source, GSourceFunc callback, gpointer user)
{
	struct client_source *s = (struct client_source *)source;

	/* An answer does not wait for its turn behind events. */
	process_calls(source, s);
	if (qble_process(s->client) >= 0 || g_source_is_destroyed(source))
		return G_SOURCE_CONTINUE;
	end_calls(source, s);
	if (callback)
		callback(user);
	return G_SOURCE_REMOVE;
}

static GSourceFuncs functions = {.prepare = prepare, .check = check, .dispatch = dispatch};

GSource *qble_glib_source_new(struct qble_client *client)
{
	GSource *source = g_source_new(&functions, sizeof(struct client_source));
	struct client_source *s = (struct client_source *)source;

	s->client = client;
	watch(source, &s->event_watch, qble_get_fd(client), qble_get_events(client));
	if (qble_get_call_bus(client) != qble_get_bus(client)) {
		s->calls = qble_get_call_bus(client);
		watch(source, &s->call_watch, sd_bus_get_fd(s->calls), sd_bus_get_events(s->calls));
	}
	g_source_set_name(source, "qble-client");
	return source;
}
