/* SPDX-License-Identifier: MIT */
/* The handle: its connection to the bus, the daemon's comings and goings, and the ways to wait. */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client-internal.h"

static _Thread_local char new_error[QBLE_ERROR_SIZE];

static void destroy(struct qble_client *client)
{
	sd_bus_slot_unref(client->subscribing);
	sd_bus_slot_unref(client->watch);
	sd_bus_slot_unref(client->events);
	sd_bus_slot_unref(client->disconnected);
	/* Nothing is left to say, and nobody to wait for. */
	if (client->calls != client->bus)
		sd_bus_close_unref(client->calls);
	sd_bus_close_unref(client->bus);
	free(client->owner);
	free(client);
}

void qble_enter(struct qble_client *client)
{
	client->depth++;
}

bool qble_leave(struct qble_client *client)
{
	if (--client->depth || !client->freed)
		return !client->freed;
	destroy(client);
	return false;
}

void qble_tell(struct qble_client *client, const struct qble_event *event)
{
	if (client->freed || !client->fn)
		return;
	client->calling_back = true;
	client->fn(client, event, client->user);
	client->calling_back = false;
}

static void tell_own(struct qble_client *client, uint32_t id, int32_t status)
{
	qble_tell(client, &(struct qble_event){
	                          .id = id, .status = status, .connect_id = QBLE_NO_CONNECTION});
}

static void forget_owner(struct qble_client *client)
{
	client->subscribing = sd_bus_slot_unref(client->subscribing);
	free(client->owner);
	client->owner = NULL;
}

static void daemon_gone(struct qble_client *client)
{
	/* Of one that went before it had answered, nothing was told. */
	bool told = !client->subscribing;

	forget_owner(client);
	if (told)
		tell_own(client, QBLE_DAEMON_GONE, 0);
}

/* The daemon's answer to Subscribe: the number of the next event. */
static int take_subscription(struct qble_client *client, sd_bus_message *m)
{
	const sd_bus_error *error = sd_bus_message_get_error(m);

	if (error)
		return qble_fail_call(client, "Subscribe", -sd_bus_message_get_errno(m), error);
	if (sd_bus_message_read(m, "t", &client->next_seq) < 0)
		return qble_fail(client, -EIO, "Subscribe: the answer was not understood");
	return 0;
}

static int on_subscribed(sd_bus_message *m, void *user, sd_bus_error *ret_error)
{
	struct qble_client *client = user;
	int r;

	client->subscribing = sd_bus_slot_unref(client->subscribing);
	r = take_subscription(client, m);
	/* All that it has said since its start: what it said before it heard us comes now. */
	client->next_seq = 1;
	if (r == -EHOSTDOWN) {
		forget_owner(client);
		return 0;
	}
	qble_enter(client);
	tell_own(client, QBLE_DAEMON_BACK, r);
	qble_leave(client);
	return 0;
}

static int new_subscribe(struct qble_client *client, uint64_t since, sd_bus_message **ret)
{
	int r = sd_bus_message_new_method_call(client->bus, ret, client->owner, QBLE_PATH,
	                                       QBLE_EXTENDED, "Subscribe");

	return r < 0 ? r : sd_bus_message_append_basic(*ret, 't', &since);
}

static void daemon_came(struct qble_client *client, const char *owner)
{
	sd_bus_message *m = NULL;
	int r;

	client->owner = strdup(owner);
	r = client->owner ? new_subscribe(client, 1, &m) : -ENOMEM;
	if (r >= 0)
		r = sd_bus_call_async(client->bus, &client->subscribing, m, on_subscribed, client,
		                      0);
	sd_bus_message_unref(m);
	if (r < 0)
		tell_own(client, QBLE_DAEMON_BACK,
		         qble_fail(client, r, "Subscribe: %s", strerror(-r)));
}

static int on_owner_changed(sd_bus_message *m, void *user, sd_bus_error *ret_error)
{
	struct qble_client *client = user;
	const char *name, *before, *now;

	if (sd_bus_message_read(m, "sss", &name, &before, &now) < 0)
		return 0;
	/* This was on its way when qble_client_new() asked. */
	if (client->owner ? strcmp(client->owner, now) == 0 : !*now)
		return 0;
	qble_enter(client);
	if (client->owner)
		daemon_gone(client);
	if (*now && !client->freed)
		daemon_came(client, now);
	qble_leave(client);
	return 0;
}

static int on_event(sd_bus_message *m, void *user, sd_bus_error *ret_error)
{
	struct qble_client *client = user;
	const char *sender = sd_bus_message_get_sender(m);
	struct qble_event event;

	if (!sd_bus_message_is_signal(m, QBLE_EXTENDED, "Event"))
		return 0;
	/* Anybody on the bus can send us such a signal; the owner of the name is who counts. */
	if (!client->owner || !sender || strcmp(sender, client->owner) != 0 ||
	    qble_event_read(m, &event) < 0)
		return 0;
	qble_enter(client);
	if (event.seq > client->next_seq)
		tell_own(client, QBLE_EVENTS_LOST,
		         event.seq - client->next_seq < INT32_MAX
		                 ? (int32_t)(event.seq - client->next_seq)
		                 : INT32_MAX);
	client->next_seq = event.seq + 1;
	qble_tell(client, &event);
	qble_leave(client);
	return 0;
}

static int on_disconnected(sd_bus_message *m, void *user, sd_bus_error *ret_error)
{
	struct qble_client *client = user;

	client->lost = true;
	if (!client->owner)
		return 0;
	qble_enter(client);
	daemon_gone(client);
	qble_leave(client);
	return 0;
}

/* Who has the name, into client->owner; NULL if nobody has. */
static int find_owner(struct qble_client *client)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	sd_bus_message *reply = NULL;
	const char *owner;
	int r;

	r = sd_bus_call_method(client->bus, "org.freedesktop.DBus", "/org/freedesktop/DBus",
	                       "org.freedesktop.DBus", "GetNameOwner", &error, &reply, "s",
	                       QBLE_NAME);
	if (r >= 0)
		r = sd_bus_message_read(reply, "s", &owner);
	if (r >= 0) {
		client->owner = strdup(owner);
		r = client->owner ? 0 : -ENOMEM;
	}
	if (sd_bus_error_has_name(&error, SD_BUS_ERROR_NAME_HAS_NO_OWNER))
		r = 0;
	if (r < 0)
		qble_fail(client, r, "cannot use the system bus: %s", strerror(-r));
	sd_bus_error_free(&error);
	sd_bus_message_unref(reply);
	return r;
}

static int subscribe(struct qble_client *client)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	sd_bus_message *m = NULL, *reply = NULL;
	int r = new_subscribe(client, UINT64_MAX, &m);

	if (r >= 0)
		r = sd_bus_call(client->bus, m, 0, &error, &reply);
	r = r < 0 ? qble_fail_call(client, "Subscribe", r, &error)
	          : take_subscription(client, reply);
	/* It went just now. */
	if (r == -EHOSTDOWN) {
		forget_owner(client);
		r = 0;
	}
	sd_bus_error_free(&error);
	sd_bus_message_unref(m);
	sd_bus_message_unref(reply);
	return r;
}

/* The matches come first, so that nothing happens between the answer and the first signal. */
static int listen(struct qble_client *client)
{
	int r;

	r = sd_bus_match_signal(client->bus, &client->disconnected, "org.freedesktop.DBus.Local",
	                        "/org/freedesktop/DBus/Local", "org.freedesktop.DBus.Local",
	                        "Disconnected", on_disconnected, client);
	if (r >= 0)
		r = sd_bus_add_match(client->bus, &client->watch,
		                     "type='signal',sender='org.freedesktop.DBus',"
		                     "path='/org/freedesktop/DBus',"
		                     "interface='org.freedesktop.DBus',"
		                     "member='NameOwnerChanged',arg0='" QBLE_NAME "'",
		                     on_owner_changed, client);
	if (r >= 0)
		r = sd_bus_add_filter(client->bus, &client->events, on_event, client);
	if (r < 0)
		return qble_fail(client, r, "cannot use the system bus: %s", strerror(-r));
	r = find_owner(client);
	return r >= 0 && client->owner ? subscribe(client) : r;
}

static int open_bus(struct qble_client *client, sd_bus **ret)
{
	int r = sd_bus_open_system_with_description(ret, "qble-client");
	const char *name;

	if (r >= 0)
		r = sd_bus_set_method_call_timeout(*ret, QBLE_CALL_TIMEOUT_USEC);
	/* Waits until the bus knows us: it hangs up on who has not said hello in half a minute. */
	if (r >= 0)
		r = sd_bus_get_unique_name(*ret, &name);
	if (r < 0)
		qble_fail(client, r, "cannot use the system bus: %s", strerror(-r));
	return r;
}

int qble_client_new(struct qble_client **ret, qble_event_fn fn, void *user)
{
	struct qble_client *client = calloc(1, sizeof(*client));
	int r;

	if (!client)
		return -ENOMEM;
	client->fn = fn;
	client->user = user;
	r = open_bus(client, &client->bus);
	client->calls = client->bus;
	if (r >= 0 && fn)
		r = open_bus(client, &client->calls);
	if (r >= 0 && fn)
		r = listen(client);
	if (r < 0) {
		memcpy(new_error, client->error, sizeof(new_error));
		destroy(client);
		return r;
	}
	new_error[0] = '\0';
	*ret = client;
	return 0;
}

void qble_client_free(struct qble_client *client)
{
	if (!client)
		return;
	if (client->depth)
		client->freed = true;
	else
		destroy(client);
}

const char *qble_last_error(const struct qble_client *client)
{
	return client ? client->error : new_error;
}

bool qble_daemon_is_present(const struct qble_client *client)
{
	return client->owner;
}

int qble_get_fd(struct qble_client *client)
{
	return sd_bus_get_fd(client->bus);
}

int qble_get_events(struct qble_client *client)
{
	return sd_bus_get_events(client->bus);
}

static uint64_t now_usec(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

int qble_get_timeout(struct qble_client *client)
{
	uint64_t until, now;
	int r = sd_bus_get_timeout(client->bus, &until);

	/* What is wrong with the connection, qble_process() will say. */
	if (r < 0)
		return 0;
	if (until == UINT64_MAX)
		return -1;
	now = now_usec();
	if (until <= now)
		return 0;
	return (until - now + 999) / 1000 < INT_MAX ? (int)((until - now + 999) / 1000) : INT_MAX;
}

static int process(struct qble_client *client)
{
	int n = 0, r = 0;

	while (n < QBLE_PROCESS_MAX && !client->freed && !client->lost) {
		r = sd_bus_process(client->bus, NULL);
		if (r <= 0)
			break;
		n++;
	}
	if (client->lost || r == -ECONNRESET || r == -ENOTCONN)
		return qble_fail(client, -ENOTCONN, "the connection to the system bus is gone");
	if (r < 0)
		return qble_fail(client, r, "cannot read from the system bus: %s", strerror(-r));
	return n;
}

int qble_process(struct qble_client *client)
{
	int r;

	if (client->calling_back)
		return qble_fail(client, -EBUSY, "called from inside an event callback");
	qble_enter(client);
	r = process(client);
	qble_leave(client);
	return r;
}

int qble_wait(struct qble_client *client, int timeout_ms)
{
	int r;

	if (client->calling_back)
		return qble_fail(client, -EBUSY, "called from inside an event callback");
	if (!client->lost) {
		r = sd_bus_wait(client->bus,
		                timeout_ms < 0 ? UINT64_MAX : (uint64_t)timeout_ms * 1000);
		if (r == -EINTR)
			return r;
	}
	return qble_process(client);
}

int qble_attach_event(struct qble_client *client, struct sd_event *event, int priority)
{
	return sd_bus_attach_event(client->bus, event, priority);
}

int qble_detach_event(struct qble_client *client)
{
	return sd_bus_detach_event(client->bus);
}

struct sd_bus *qble_get_bus(struct qble_client *client)
{
	return client->bus;
}

struct sd_bus *qble_get_call_bus(struct qble_client *client)
{
	return client->calls;
}
