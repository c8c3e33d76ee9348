/* SPDX-License-Identifier: MIT */
/*
 * libqble-client-glib: a handle of libqble-client in a GLib main loop, and calls that do not wait.
 *
 *	GSource *source = qble_glib_source_new(client);
 *
 *	g_source_attach(source, NULL);
 *	qble_glib_call_async(client, NULL, "GattStart", NULL, -1, NULL, on_started, NULL);
 *
 * A handle belongs to the thread of its source's context, and so do these calls and what they call
 * back. The functions of qble-client.h stay usable; they wait for their answers.
 */
#pragma once

#include <gio/gio.h>
#include <qble-client.h>

G_BEGIN_DECLS

/* Errors of calls: the code is a positive errno as qble-client.h explains it (EINVAL, EBUSY, ...),
 * the message the daemon's reason. A call that was cancelled has G_IO_ERROR_CANCELLED. */
#define QBLE_GLIB_ERROR qble_glib_error_quark()
GQuark qble_glib_error_quark(void);

/*
 * A source that does what qble_process() does, and so calls the handle's callback. A callback of
 * its own (g_source_set_callback()) is called once if the connection to the bus is lost, when the
 * source ends. Destroy the source before the handle is freed; inside of callbacks that is fine.
 * Free it with g_source_unref().
 */
GSource *qble_glib_source_new(struct qble_client *client);

/*
 * Calls a method by its name on D-Bus. interface: NULL is com.quectel.Ble1. args: a tuple of the
 * method's arguments, NULL for none; a floating one is consumed. timeout_ms: -1 for 10 seconds.
 * ready is called from the loop, never from inside of this or of another call. An answer does not
 * wait behind events that are not read yet, and so may come before one that happened before it;
 * calls are carried out in the order in which they are made. The handle's source must be attached.
 * Before the handle is freed all calls must have ended; a cancelled one ends as soon as the loop
 * runs, and all do when the connection to the bus is lost.
 */
void qble_glib_call_async(struct qble_client *client, const char *interface, const char *method,
                          GVariant *args, int timeout_ms, GCancellable *cancellable,
                          GAsyncReadyCallback ready, gpointer user);

/* The answer, a tuple, "()" where the method has none; unref it. NULL with error set if it failed.
 */
GVariant *qble_glib_call_finish(GAsyncResult *result, GError **error);

G_END_DECLS
