/* SPDX-License-Identifier: MIT */
/* Calls that do not wait: a GTask for each, its answer a GVariant, its failure a GError. */
#include <errno.h>
#include <string.h>

#include "ble/error.h"
#include "qble-client-glib.h"
#include "value.h"

#define NAME "com.quectel.Ble1"
#define PATH "/com/quectel/Ble1"

#define TIMEOUT_USEC (10 * UINT64_C(1000000))

G_DEFINE_QUARK(qble - glib - error - quark, qble_glib_error)

struct call {
	sd_bus_slot *slot;
	GSource *cancelled; /* NULL if it cannot be */
	gint64 end;         /* monotonic time, when it will have taken too long */
	/* How it ended, until the loop tells. */
	GVariant *answer;
	GError *error;
};

static void end_call(gpointer data)
{
	struct call *call = data;

	sd_bus_slot_unref(call->slot);
	g_clear_pointer(&call->answer, g_variant_unref);
	g_clear_error(&call->error);
	if (call->cancelled) {
		g_source_destroy(call->cancelled);
		g_source_unref(call->cancelled);
	}
	g_free(call);
}

static int errno_of(const struct call *call, const sd_bus_error *error)
{
	/* sd-bus has the same name for a daemon that does not answer and for one that is gone. */
	if (sd_bus_error_has_name(error, SD_BUS_ERROR_NO_REPLY) &&
	    g_get_monotonic_time() >= call->end)
		return ETIMEDOUT;
	if (sd_bus_error_has_name(error, SD_BUS_ERROR_SERVICE_UNKNOWN) ||
	    sd_bus_error_has_name(error, SD_BUS_ERROR_NAME_HAS_NO_OWNER) ||
	    sd_bus_error_has_name(error, SD_BUS_ERROR_NO_REPLY))
		return EHOSTDOWN;
	for (int i = QB_OK + 1; i < QB_ERROR_COUNT; i++)
		if (sd_bus_error_has_name(error, qb_error_name((enum qb_error)i)))
			return qb_error_errno((enum qb_error)i);
	return sd_bus_error_get_errno(error);
}

/* The one end of a call: its task's reference goes with it. */
static gboolean tell(gpointer user)
{
	GTask *task = user;
	struct call *call = g_task_get_task_data(task);

	if (call->error)
		g_task_return_error(task, g_steal_pointer(&call->error));
	else
		g_task_return_pointer(task, g_steal_pointer(&call->answer),
		                      (GDestroyNotify)g_variant_unref);
	g_object_unref(task);
	return G_SOURCE_REMOVE;
}

/* Later, from the loop: an answer is read inside of any call that waits for its own, too. */
static void tell_from_loop(GTask *task)
{
	GSource *idle = g_idle_source_new();

	g_source_set_priority(idle, g_task_get_priority(task));
	g_source_set_callback(idle, tell, task, NULL);
	g_source_attach(idle, g_task_get_context(task));
	g_source_unref(idle);
}

static int on_answer(sd_bus_message *m, void *user, sd_bus_error *ret_error)
{
	GTask *task = user;
	struct call *call = g_task_get_task_data(task);
	const sd_bus_error *error = sd_bus_message_get_error(m);

	call->slot = sd_bus_slot_unref(call->slot);
	if (error)
		g_set_error_literal(&call->error, QBLE_GLIB_ERROR, errno_of(call, error),
		                    error->message ? error->message : error->name);
	else if (!(call->answer = qble_glib_read(m)))
		g_set_error_literal(&call->error, QBLE_GLIB_ERROR, EIO,
		                    "the answer was not understood");
	tell_from_loop(task);
	return 0;
}

static gboolean on_cancelled(GCancellable *cancellable, gpointer user)
{
	GTask *task = user;
	struct call *call = g_task_get_task_data(task);

	/* An answer that came first has ended it. */
	if (!call->slot)
		return G_SOURCE_REMOVE;
	call->slot = sd_bus_slot_unref(call->slot);
	g_task_return_error_if_cancelled(task);
	g_object_unref(task);
	return G_SOURCE_REMOVE;
}

/* The answer may be on its way to the task when this is called, so the task is kept meanwhile. */
static void watch_cancellable(GTask *task, struct call *call, GCancellable *cancellable)
{
	if (!cancellable)
		return;
	call->cancelled = g_cancellable_source_new(cancellable);
	g_source_set_callback(call->cancelled, G_SOURCE_FUNC(on_cancelled), task, NULL);
	g_source_attach(call->cancelled, g_task_get_context(task));
}

void qble_glib_call_async(struct qble_client *client, const char *interface, const char *method,
                          GVariant *args, int timeout_ms, GCancellable *cancellable,
                          GAsyncReadyCallback ready, gpointer user)
{
	struct sd_bus *bus = qble_get_call_bus(client);
	GTask *task = g_task_new(NULL, cancellable, ready, user);
	struct call *call = g_new0(struct call, 1);
	uint64_t usec = timeout_ms < 0 ? TIMEOUT_USEC : (uint64_t)timeout_ms * 1000;
	sd_bus_message *m = NULL;
	int r;

	call->end = g_get_monotonic_time() + (gint64)usec;
	g_task_set_source_tag(task, qble_glib_call_async);
	g_task_set_task_data(task, call, end_call);
	if (args)
		g_variant_ref_sink(args);
	r = sd_bus_message_new_method_call(bus, &m, NAME, PATH, interface ? interface : NAME,
	                                   method);
	if (r >= 0)
		r = qble_glib_append(m, args);
	if (r >= 0)
		r = sd_bus_call_async(bus, &call->slot, m, on_answer, task, usec);
	sd_bus_message_unref(m);
	if (args)
		g_variant_unref(args);
	if (r >= 0) {
		watch_cancellable(task, call, cancellable);
		return;
	}
	g_set_error_literal(&call->error, QBLE_GLIB_ERROR, -r, strerror(-r));
	tell_from_loop(task);
}

GVariant *qble_glib_call_finish(GAsyncResult *result, GError **error)
{
	g_return_val_if_fail(g_task_is_valid(result, NULL), NULL);
	return g_task_propagate_pointer(G_TASK(result), error);
}
