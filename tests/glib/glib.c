/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libqble-client-glib: events and calls in a GMainLoop, the daemon killed and restarted between. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#include "../lib/bed.h"
#include "qble-client-glib.h"
#include "util/le.h"

#define CHUNK 1000u

static unsigned half = 50000;

static struct qble_client *client;
static GSource *source;
static GMainLoop *loop;
static uint64_t expected, before; /* the next event's number; when the daemon went */
static unsigned total, gone, back, answered;
static int came_back[2]; /* tells the feeder */

static void on_event(struct qble_client *c, const struct qble_event *event, void *user)
{
	struct qble_entries entries;
	struct qble_value value;

	switch (event->id) {
	case QBLE_DAEMON_GONE:
		before = expected;
		expected = 1;
		gone++;
		return;
	case QBLE_DAEMON_BACK:
		back++;
		ck_assert_int_eq(write(came_back[1], "", 1), 1);
		return;
	}
	ck_assert_uint_eq(event->id, QBLE_GATT_RECV_NOTIFICATION_IND);
	ck_assert_uint_eq(event->seq, expected);
	ck_assert_int_eq(qble_entries_init(&entries, event), 0);
	ck_assert(qble_next_value(&entries, &value));
	ck_assert_uint_eq(qb_get_le32(value.data), expected);
	expected++;
	if (++total == 2 * half)
		g_main_loop_quit(loop);
}

static void begin(void)
{
	bed_start();
	ck_assert_int_eq(pipe(came_back), 0);
	total = gone = back = answered = 0;
	expected = 1;
	ck_assert_int_eq(qble_client_new(&client, on_event, NULL), 0);
	loop = g_main_loop_new(NULL, FALSE);
	source = qble_glib_source_new(client);
	g_source_attach(source, NULL);
}

static void end(void)
{
	g_source_destroy(source);
	g_source_unref(source);
	g_main_loop_unref(loop);
	qble_client_free(client);
	close(came_back[0]);
	close(came_back[1]);
	bed_stop();
}

/* Another process orders the events, so that they come while we read. */
static void feed(void)
{
	char c;

	bed_connect();
	for (unsigned i = 0; i < half / CHUNK; i++)
		bed_emit(QBLE_GATT_RECV_NOTIFICATION_IND, 1, CHUNK, FAKE_NORMAL);
	bed_kill(bed_fake);
	bed_start_fake();
	/* Nothing happens in a new daemon before a program has seen that it is there. */
	ck_assert_int_eq(read(came_back[0], &c, 1), 1);
	for (unsigned i = 0; i < half / CHUNK; i++)
		bed_emit(QBLE_GATT_RECV_NOTIFICATION_IND, 1, CHUNK, FAKE_NORMAL);
	/* What we started ends with us. */
	pause();
}

/* 100,000 notifications, none lost, none out of order, the daemon restarted in the middle. */
START_TEST(events_by_the_hundred_thousand)
{
	pid_t feeder;

	feeder = fork();
	if (feeder == 0)
		feed();
	g_main_loop_run(loop);
	ck_assert_uint_eq(gone, 1);
	ck_assert_uint_eq(before, half + 1);
	ck_assert_uint_eq(back, 1);
	kill(feeder, SIGKILL);
	waitpid(feeder, NULL, 0);
}
END_TEST

struct outcome {
	GVariant *answer;
	GError *error;
	bool ended;
};

static void on_ready(GObject *object, GAsyncResult *result, gpointer user)
{
	struct outcome *outcome = user;

	outcome->answer = qble_glib_call_finish(result, &outcome->error);
	outcome->ended = true;
	answered++;
	g_main_loop_quit(loop);
}

static void run(struct outcome *outcome)
{
	while (!outcome->ended)
		g_main_loop_run(loop);
}

static void done(struct outcome *outcome)
{
	g_clear_pointer(&outcome->answer, g_variant_unref);
	g_clear_error(&outcome->error);
	outcome->ended = false;
}

/* A call with arguments arrives as the library's own would; its answer is a tuple. */
START_TEST(a_call_and_its_answer)
{
	struct outcome outcome = {0};
	char said[256];

	ck_assert_int_eq(qble_set_local_name(client, 0, "Battery"), 0);
	g_strlcpy(said, bed_last(), sizeof(said));
	qble_glib_call_async(client, NULL, "SetLocalName", g_variant_new("(us)", 0u, "Battery"), -1,
	                     NULL, on_ready, &outcome);
	ck_assert(!outcome.ended);
	run(&outcome);
	ck_assert_msg(outcome.answer, "%s", outcome.error ? outcome.error->message : "");
	ck_assert_str_eq(g_variant_get_type_string(outcome.answer), "()");
	ck_assert_str_eq(bed_last(), said);
	done(&outcome);

	qble_glib_call_async(client, NULL, "GetStatus", NULL, -1, NULL, on_ready, &outcome);
	run(&outcome);
	ck_assert_str_eq(g_variant_get_type_string(outcome.answer), "(i)");
	done(&outcome);
}
END_TEST

/* Arrays inside of arrays and variants: the log, as the daemon tells it. */
START_TEST(an_answer_of_every_type)
{
	struct outcome outcome = {0};
	GVariant *events, *event, *fields, *data;
	guint64 next;
	guint32 id;

	expected = 1;
	bed_emit(QBLE_GATT_RECV_NOTIFICATION_IND, 1, 2, FAKE_NORMAL);
	qble_glib_call_async(client, "com.quectel.Ble1.Extended", "GetEvents",
	                     g_variant_new("(tu)", G_GUINT64_CONSTANT(1), 10u), -1, NULL, on_ready,
	                     &outcome);
	run(&outcome);
	ck_assert_msg(outcome.answer, "%s", outcome.error ? outcome.error->message : "");
	g_variant_get(outcome.answer, "(t@a(tuiua{sv}))", &next, &events);
	ck_assert_uint_eq(next, 3);
	ck_assert_uint_eq(g_variant_n_children(events), 2);
	event = g_variant_get_child_value(events, 0);
	g_variant_get_child(event, 1, "u", &id);
	ck_assert_uint_eq(id, QBLE_GATT_RECV_NOTIFICATION_IND);
	fields = g_variant_get_child_value(event, 4);
	data = g_variant_lookup_value(fields, "data", G_VARIANT_TYPE_BYTESTRING);
	ck_assert_ptr_nonnull(data);
	ck_assert_uint_eq(g_variant_n_children(data), 6);
	g_variant_unref(data);
	g_variant_unref(fields);
	g_variant_unref(event);
	g_variant_unref(events);
	done(&outcome);
}
END_TEST

/* The daemon's errors have its words and the library's errno. */
START_TEST(a_call_that_fails)
{
	struct outcome outcome = {0};

	bed_fail("com.quectel.Ble1.Error.Busy", "the queue is full");
	qble_glib_call_async(client, NULL, "GattStart", NULL, -1, NULL, on_ready, &outcome);
	run(&outcome);
	ck_assert(g_error_matches(outcome.error, QBLE_GLIB_ERROR, EBUSY));
	ck_assert_str_eq(outcome.error->message, "the queue is full");
	done(&outcome);

	bed_kill(bed_fake);
	qble_glib_call_async(client, NULL, "GattStart", NULL, -1, NULL, on_ready, &outcome);
	run(&outcome);
	ck_assert(g_error_matches(outcome.error, QBLE_GLIB_ERROR, EHOSTDOWN));
	done(&outcome);
}
END_TEST

/* One that nobody answers ends with its time, or when it is cancelled, and only once. */
START_TEST(a_call_that_is_not_answered)
{
	struct outcome outcome = {0};
	GCancellable *cancellable = g_cancellable_new();

	bed_mute();
	qble_glib_call_async(client, NULL, "GattStart", NULL, 100, NULL, on_ready, &outcome);
	run(&outcome);
	ck_assert_msg(g_error_matches(outcome.error, QBLE_GLIB_ERROR, ETIMEDOUT), "%s",
	              outcome.error->message);
	done(&outcome);

	qble_glib_call_async(client, NULL, "GattStart", NULL, 500, cancellable, on_ready, &outcome);
	g_cancellable_cancel(cancellable);
	run(&outcome);
	ck_assert(g_error_matches(outcome.error, G_IO_ERROR, G_IO_ERROR_CANCELLED));
	done(&outcome);
	ck_assert_uint_eq(answered, 2);
	while (g_main_context_iteration(NULL, FALSE))
		;
	ck_assert_uint_eq(answered, 2);
	g_object_unref(cancellable);
}
END_TEST

/* Until the answer of a call that was made lies in the socket, where nobody has read it. */
static void let_it_be_answered(void)
{
	struct sd_bus *bus = qble_get_call_bus(client);
	struct pollfd fd = {.fd = sd_bus_get_fd(bus), .events = POLLIN};

	ck_assert_int_ge(sd_bus_flush(bus), 0);
	ck_assert_int_eq(poll(&fd, 1, 60000), 1);
}

/* A handle that is far behind gets the answers of its calls first. */
START_TEST(an_answer_does_not_wait_behind_events)
{
	const unsigned n = 5000;
	struct outcome outcome = {0};

	/* What the bus says to a new connection is read then, and the answer comes next. */
	ck_assert_int_eq(qble_get_status(client), 1);
	bed_emit(QBLE_GATT_RECV_NOTIFICATION_IND, 1, n, FAKE_NORMAL);
	qble_glib_call_async(client, NULL, "GetStatus", NULL, -1, NULL, on_ready, &outcome);
	let_it_be_answered();
	run(&outcome);
	ck_assert_ptr_nonnull(outcome.answer);
	ck_assert_uint_lt(total, 1000);
	while (total < n)
		g_main_context_iteration(NULL, TRUE);
	done(&outcome);
}
END_TEST

/* A call that waits for its own answer finds others': they are told from the loop all the same. */
START_TEST(an_answer_inside_of_another_call)
{
	struct outcome outcome = {0};

	qble_glib_call_async(client, NULL, "GetStatus", NULL, -1, NULL, on_ready, &outcome);
	let_it_be_answered();
	ck_assert_int_eq(qble_get_status(client), 1);
	ck_assert(!outcome.ended);
	run(&outcome);
	ck_assert_ptr_nonnull(outcome.answer);
	ck_assert_uint_eq(answered, 1);
	done(&outcome);
}
END_TEST

static gboolean on_time(gpointer user)
{
	g_main_loop_quit(loop);
	return G_SOURCE_REMOVE;
}

static unsigned polls;

static gint counting_poll(GPollFD *fds, guint n, gint timeout_ms)
{
	polls++;
	return g_poll(fds, n, timeout_ms);
}

/* Where nothing comes, the loop sleeps. */
START_TEST(a_loop_that_rests)
{
	while (g_main_context_iteration(NULL, FALSE))
		;
	g_main_context_set_poll_func(NULL, counting_poll);
	g_timeout_add(300, on_time, NULL);
	g_main_loop_run(loop);
	g_main_context_set_poll_func(NULL, g_poll);
	ck_assert_uint_lt(polls, 10);
}
END_TEST

static gboolean on_lost(gpointer user)
{
	*(bool *)user = true;
	return G_SOURCE_REMOVE;
}

/* The bus goes: the source says so once, and is no more; what was asked is answered with that. */
START_TEST(a_bus_that_is_lost)
{
	struct outcome outcome = {0};
	bool lost = false;

	g_source_set_callback(source, on_lost, &lost, NULL);
	bed_mute();
	qble_glib_call_async(client, NULL, "GattStart", NULL, -1, NULL, on_ready, &outcome);
	sd_bus_close(qble_get_bus(client));
	run(&outcome);
	ck_assert(g_error_matches(outcome.error, QBLE_GLIB_ERROR, EHOSTDOWN));
	done(&outcome);
	ck_assert(lost);
	ck_assert(g_source_is_destroyed(source));
	qble_glib_call_async(client, NULL, "GattStart", NULL, -1, NULL, on_ready, &outcome);
	run(&outcome);
	ck_assert(g_error_matches(outcome.error, QBLE_GLIB_ERROR, ENOTCONN));
	done(&outcome);
	ck_assert_int_eq(qble_gatt_start(client), -ENOTCONN);
}
END_TEST

int main(int argc, char **argv)
{
	const TTest *const tests[] = {events_by_the_hundred_thousand,
	                              a_call_and_its_answer,
	                              an_answer_of_every_type,
	                              a_call_that_fails,
	                              a_call_that_is_not_answered,
	                              an_answer_does_not_wait_behind_events,
	                              an_answer_inside_of_another_call,
	                              a_loop_that_rests,
	                              a_bus_that_is_lost};

	if (argc > 1)
		half = (unsigned)strtoul(argv[1], NULL, 10) / 2;
	return bed_run("glib", begin, end, tests, sizeof(tests) / sizeof(tests[0]));
}
