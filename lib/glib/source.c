/* SPDX-License-Identifier: MIT */
/* The handle as a GSource: its descriptor, its time limits, its work. */
#include "qble-client-glib.h"

struct client_source {
	GSource source;
	struct qble_client *client;
	gpointer fd;
	GIOCondition wanted; /* what the context knows */
};

static GIOCondition wanted(struct client_source *s)
{
	int events = qble_get_events(s->client);

	/* What is wrong with the connection, qble_process() will say. */
	return events < 0 ? G_IO_IN | G_IO_HUP | G_IO_ERR : (GIOCondition)events;
}

static gboolean prepare(GSource *source, gint *timeout_ms)
{
	struct client_source *s = (struct client_source *)source;

	/* It wakes the loop up, which would never rest if this were done each time. */
	if (wanted(s) != s->wanted) {
		s->wanted = wanted(s);
		g_source_modify_unix_fd(source, s->fd, s->wanted);
	}
	*timeout_ms = qble_get_timeout(s->client);
	return *timeout_ms == 0;
}

static gboolean check(GSource *source)
{
	struct client_source *s = (struct client_source *)source;

	return g_source_query_unix_fd(source, s->fd) || qble_get_timeout(s->client) == 0;
}

static gboolean dispatch(GSource *source, GSourceFunc callback, gpointer user)
{
	struct client_source *s = (struct client_source *)source;

	if (qble_process(s->client) >= 0 || g_source_is_destroyed(source))
		return G_SOURCE_CONTINUE;
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
	s->wanted = wanted(s);
	s->fd = g_source_add_unix_fd(source, qble_get_fd(client), s->wanted);
	g_source_set_name(source, "qble-client");
	return source;
}
