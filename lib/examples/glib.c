/* SPDX-License-Identifier: MIT */
/* A GLib program: starts BLE without waiting for it, and prints every event until ^C. */
#include <glib-unix.h>
#include <qble-client-glib.h>
#include <stdio.h>

static GMainLoop *loop;

static void on_event(struct qble_client *client, const struct qble_event *event, void *user)
{
	printf("event %u, status %d\n", event->id, event->status);
	fflush(stdout);
}

static void on_started(GObject *object, GAsyncResult *result, gpointer user)
{
	GError *error = NULL;
	GVariant *answer = qble_glib_call_finish(result, &error);

	if (answer) {
		g_variant_unref(answer);
		return;
	}
	fprintf(stderr, "%s (%s)\n", error->message, g_strerror(error->code));
	g_error_free(error);
	g_main_loop_quit(loop);
}

static gboolean on_quit(gpointer user)
{
	g_main_loop_quit(loop);
	return G_SOURCE_CONTINUE;
}

int main(void)
{
	struct qble_client *client;
	GSource *source;

	if (qble_client_new(&client, on_event, NULL) < 0) {
		fprintf(stderr, "%s\n", qble_last_error(NULL));
		return 1;
	}
	loop = g_main_loop_new(NULL, FALSE);
	source = qble_glib_source_new(client);
	g_source_set_callback(source, on_quit, NULL, NULL);
	g_source_attach(source, NULL);
	g_unix_signal_add(2, on_quit, NULL);
	g_unix_signal_add(15, on_quit, NULL);

	/* They are carried out in the order in which they are made. */
	qble_glib_call_async(client, NULL, "ServerInit", NULL, -1, NULL, on_started, NULL);
	qble_glib_call_async(client, NULL, "GattStart", NULL, -1, NULL, on_started, NULL);
	g_main_loop_run(loop);

	g_source_destroy(source);
	g_source_unref(source);
	g_main_loop_unref(loop);
	qble_client_free(client);
	return 0;
}
