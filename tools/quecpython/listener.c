/* SPDX-License-Identifier: MIT */
/*
 * The thread that hears the events and calls the program back: a handle of its own, so that a
 * callback that takes its time, or waits on a full queue, holds up no call of another thread.
 *
 * What is shared with it is touched with the GIL only, apart from the descriptor that ends it.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "module.h"

/* How long a program that ends waits for the event of a stop, and for a callback to come back. */
#define STOP_WAIT_MSEC 3000
#define JOIN_WAIT_MSEC 2000

/* How often a lost bus is tried again. */
#define RETRY_MSEC 1000

static struct {
	pthread_t thread;
	bool running;
	int end_fd;
	struct qble_client *client;
	PyObject *callbacks[N_ROLES];
	bool stopping; /* event 1 is on its way */
	bool deaf;     /* the daemon sends this handle no events */
	char error[512];
} listener = {.end_fd = -1};

const char *listener_error(void)
{
	return listener.error;
}

static unsigned roles_of_event(const struct qble_event *event)
{
	switch (event->id) {
	case QBLE_START_STATUS_IND:
	case QBLE_STOP_STATUS_IND: return 1 << ROLE_SERVER | 1 << ROLE_CLIENT;
	case QBLE_CONNECT_IND:
	case QBLE_DISCONNECT_IND:
	case QBLE_UPDATE_CONN_PARAM_IND:
	case QBLE_GATT_MTU:
		return event->role == QBLE_PERIPHERAL ? 1 << ROLE_SERVER : 1 << ROLE_CLIENT;
	case QBLE_GATT_RECV_WRITE_IND:
	case QBLE_GATT_RECV_READ_IND:
	case QBLE_GATT_SEND_END: return 1 << ROLE_SERVER;
	default: return 1 << ROLE_CLIENT;
	}
}

static void call_back(PyObject *callback, const struct qble_event *event)
{
	PyObject *tuple = tuple_of_event(event);
	PyObject *result = tuple ? PyObject_CallOneArg(callback, tuple) : NULL;

	/* An exception in a callback is the program's; the next event comes all the same. */
	if (!result)
		PyErr_WriteUnraisable(callback);
	Py_XDECREF(result);
	Py_XDECREF(tuple);
}

static void tell(const struct qble_event *event)
{
	PyObject *called = NULL;
	unsigned roles;

	/* Both roles with one function hear of start and stop once. */
	if (!listener.callbacks[ROLE_SERVER] && !listener.callbacks[ROLE_CLIENT])
		return;
	roles = roles_of_event(event);
	for (int role = 0; role < N_ROLES; role++) {
		PyObject *callback = listener.callbacks[role];

		if (!(roles & 1u << role) || !callback || callback == called)
			continue;
		called = callback;
		Py_INCREF(callback);
		call_back(callback, event);
		Py_DECREF(callback);
	}
}

/*
 * The document has no event for a daemon that is gone; a stop that nobody asked for says it best,
 * with a status that is not 0. When the daemon is back, the program may start again at once.
 */
static void daemon_gone(void)
{
	tell(&(struct qble_event){.id = QBLE_STOP_STATUS_IND, .status = -1});
	listener.stopping = false;
}

static void daemon_back(struct qble_client *client)
{
	bool server = listener.callbacks[ROLE_SERVER], central = listener.callbacks[ROLE_CLIENT];

	Py_BEGIN_ALLOW_THREADS;
	if (server)
		qble_server_init(client);
	if (central)
		qble_client_init(client);
	Py_END_ALLOW_THREADS;
}

static void on_event(struct qble_client *client, const struct qble_event *event, void *user)
{
	PyGILState_STATE gil = PyGILState_Ensure();

	if (event->id == QBLE_DAEMON_GONE)
		daemon_gone();
	else if (event->id == QBLE_DAEMON_BACK && event->status)
		listener.deaf = true;
	else if (event->id == QBLE_DAEMON_BACK)
		daemon_back(client);
	else if (event->id < QBLE_DAEMON_GONE)
		tell(event);
	if (event->id == QBLE_STOP_STATUS_IND)
		listener.stopping = false;
	PyGILState_Release(gil);
}

/* Until the bus is lost, or the daemon's ear, or the program ends; true if it ends. */
static bool hear(struct qble_client *client)
{
	for (;;) {
		struct pollfd fds[2] = {
		        {.fd = qble_get_fd(client), .events = (short)qble_get_events(client)},
		        {.fd = listener.end_fd, .events = POLLIN},
		};

		if (poll(fds, 2, qble_get_timeout(client)) < 0 && errno != EINTR)
			return true;
		if (fds[1].revents)
			return true;
		if (qble_process(client) < 0 || listener.deaf)
			return false;
	}
}

static bool wait_to_retry(void)
{
	struct pollfd fd = {.fd = listener.end_fd, .events = POLLIN};

	return poll(&fd, 1, RETRY_MSEC) != 0;
}

static void *run(void *user)
{
	struct qble_client *client = listener.client;
	bool end;

	do {
		end = hear(client);
		if (end)
			break;
		qble_client_free(client);
		client = NULL;
		listener.deaf = false;
		while (!client && !end)
			end = qble_client_new(&client, on_event, NULL) < 0 && wait_to_retry();
		listener.client = client;
		if (client && qble_daemon_is_present(client))
			on_event(client, &(struct qble_event){.id = QBLE_DAEMON_BACK}, NULL);
	} while (!end);
	qble_client_free(client);
	return NULL;
}

/* Signals are the business of Python's main thread. */
static int start(void)
{
	sigset_t all, before;
	int r;

	if (listener.end_fd < 0)
		listener.end_fd = eventfd(0, EFD_CLOEXEC);
	if (listener.end_fd < 0)
		return -errno;
	r = qble_client_new(&listener.client, on_event, NULL);
	if (r < 0) {
		snprintf(listener.error, sizeof(listener.error), "%s", qble_last_error(NULL));
		return r;
	}
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	r = pthread_create(&listener.thread, NULL, run, NULL);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (r) {
		snprintf(listener.error, sizeof(listener.error), "cannot start a thread: %s",
		         strerror(r));
		qble_client_free(listener.client);
		return -r;
	}
	listener.running = true;
	return 0;
}

int listener_add(enum role role, PyObject *callback)
{
	int r = listener.running ? 0 : start();

	if (r < 0)
		return r;
	Py_INCREF(callback);
	Py_XSETREF(listener.callbacks[role], callback);
	return 0;
}

void listener_remove(enum role role)
{
	Py_CLEAR(listener.callbacks[role]);
	if (!listener.callbacks[ROLE_SERVER] && !listener.callbacks[ROLE_CLIENT])
		listener.stopping = false;
}

bool listener_expect_stop(void)
{
	bool before = listener.stopping;

	listener.stopping = listener.callbacks[ROLE_SERVER] || listener.callbacks[ROLE_CLIENT];
	return !before;
}

void listener_expect_no_stop(void)
{
	listener.stopping = false;
}

static void sleep_10_msec(void)
{
	Py_BEGIN_ALLOW_THREADS;
	nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
	Py_END_ALLOW_THREADS;
}

void listener_end(void)
{
	struct timespec until;
	int r;

	if (!listener.running)
		return;
	/* The module's programs go on when main() is through: what they stopped gets its event. */
	for (int i = 0; listener.stopping && i < STOP_WAIT_MSEC / 10; i++)
		sleep_10_msec();
	listener_remove(ROLE_SERVER);
	listener_remove(ROLE_CLIENT);
	listener.running = false;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += JOIN_WAIT_MSEC / 1000;
	Py_BEGIN_ALLOW_THREADS;
	eventfd_write(listener.end_fd, 1);
	r = pthread_timedjoin_np(listener.thread, NULL, &until);
	Py_END_ALLOW_THREADS;
	/* A callback that never returns ends with the process. */
	if (r)
		pthread_detach(listener.thread);
}
