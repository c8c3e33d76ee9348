/* SPDX-License-Identifier: MIT */
/* Waiting: for events, the input, the time or a signal; and saying that it takes its time. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "qblectl.h"

/* What waits longer than this says so, and goes on saying it. */
#define PROGRESS_MS 1000

/* How long qbled may take to say that it is there. */
#define GREETING_SECONDS 10

static volatile sig_atomic_t interrupted;

static const int interrupting[] = {SIGINT, SIGTERM, SIGHUP};

static void on_signal(int number)
{
	interrupted = 1;
}

static void on_signal_at_once(int number)
{
	_exit(CTL_EXIT_INTERRUPTED);
}

void ctl_forget_signal(void)
{
	interrupted = 0;
}

/* Those that were ignored, as by nohup(1), stay it. */
static void handle_signals(void (*handler)(int))
{
	const struct sigaction action = {.sa_handler = handler};
	struct sigaction before;

	for (size_t i = 0; i < sizeof(interrupting) / sizeof(interrupting[0]); i++)
		if (sigaction(interrupting[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
			sigaction(interrupting[i], &action, NULL);
}

/*
 * From here on they come only where we wait: a call is short, and what it began is ended in order.
 */
void ctl_hold_signals(struct ctl *ctl)
{
	sigset_t mask;

	sigemptyset(&mask);
	for (size_t i = 0; i < sizeof(interrupting) / sizeof(interrupting[0]); i++)
		sigaddset(&mask, interrupting[i]);
	sigprocmask(SIG_BLOCK, &mask, &ctl->waiting_mask);
	for (size_t i = 0; i < sizeof(interrupting) / sizeof(interrupting[0]); i++)
		sigdelset(&ctl->waiting_mask, interrupting[i]);
	handle_signals(on_signal);
}

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int ctl_timeout(const struct ctl *ctl, int seconds)
{
	if (ctl->timeout_ms < 0)
		return seconds * 1000;
	return ctl->timeout_ms ? ctl->timeout_ms : -1;
}

static bool is_late(const struct ctl *ctl)
{
	return ctl->end_ms >= 0 && now_ms() >= ctl->end_ms;
}

static int fail_late(struct ctl *ctl)
{
	return ctl_fail(ctl, -ETIMEDOUT, "%s did not come in time", ctl->what ? ctl->what : "it");
}

/* Who does not read our output keeps neither the time nor the user from ending us. */
static int wait_for_output(struct ctl *ctl)
{
	struct pollfd fd = {.fd = STDOUT_FILENO, .events = POLLOUT};
	int64_t left = is_late(ctl) ? 0 : ctl->end_ms - now_ms();
	struct timespec ts = {left / 1000, left % 1000 * 1000000};
	int r = ppoll(&fd, 1, ctl->end_ms < 0 ? NULL : &ts, &ctl->waiting_mask);

	if (r < 0 && interrupted)
		return -EINTR;
	return r == 0 ? fail_late(ctl) : 0;
}

void ctl_on_event(struct qble_client *client, const struct qble_event *event, void *user)
{
	struct ctl *ctl = user;
	bool is_past = event->seq && event->seq < ctl->from_seq;

	if (event->id == QBLE_DAEMON_GONE && !ctl->survives && !ctl->result)
		ctl->result = ctl_fail(ctl, -EHOSTDOWN, "qbled went away");
	if (ctl->fn && !ctl->result && !is_past)
		ctl->result = wait_for_output(ctl);
	if (ctl->fn && !ctl->result && !is_past)
		ctl->result = ctl->fn(ctl, event, ctl->user);
	if (event->id != QBLE_DISCONNECT_IND || !ctl->has_link || event->connect_id != ctl->link)
		return;
	ctl->link_gone = true;
	ctl->link_reason = event->u.connect.reason;
}

static int earlier(int a, int64_t b)
{
	if (b < 0)
		b = 0;
	return a < 0 || b < a ? (int)b : a;
}

/* Waits for the bus, the input or the time; positive if the input has something. */
static int wait_once(struct ctl *ctl, int timeout_ms)
{
	struct pollfd fds[2 + CTL_SHARE_N] = {
	        {.fd = qble_get_fd(ctl->client), .events = (short)qble_get_events(ctl->client)},
	        {.fd = ctl->input_fd, .events = POLLIN},
	};
	struct timespec ts = {timeout_ms / 1000, timeout_ms % 1000 * 1000000L};
	int r;

	for (int i = 0; i < CTL_SHARE_N; i++)
		fds[2 + i] = (struct pollfd){.fd = ctl->shared[i].held ? ctl->shared[i].fd : -1,
		                             .events = POLLIN};
	r = ppoll(fds, 2 + CTL_SHARE_N, timeout_ms < 0 ? NULL : &ts, &ctl->waiting_mask);
	if (r < 0 && errno != EINTR)
		return ctl_fail(ctl, -errno, "cannot wait: %s", strerror(errno));
	if (r < 0)
		return 0;
	for (int i = 0; i < CTL_SHARE_N; i++)
		if (fds[2 + i].revents)
			ctl_share_is_kept(ctl, i);
	return ctl->input_fd >= 0 && fds[1].revents;
}

/* On the terminal; what is printed takes its place. */
static void tell_progress(struct ctl *ctl, const char *what, int64_t ms)
{
	if (!what || !ctl->progress || ms < PROGRESS_MS)
		return;
	fprintf(stderr, "\r\033[Kwaiting for %s, %d s", what, (int)(ms / 1000));
	ctl->told = true;
}

void ctl_hide_progress(struct ctl *ctl)
{
	if (ctl->told)
		fputs("\r\033[K", stderr);
	ctl->told = false;
}

/* The end of an await that nothing ended yet: 0 to go on. */
static int check(struct ctl *ctl)
{
	int r;

	if (interrupted)
		return -EINTR;
	if (ctl->link_gone)
		return ctl_fail(ctl, -ENOTCONN, "the link to the peer ended, reason 0x%02x",
		                ctl->link_reason);
	if (is_late(ctl))
		return fail_late(ctl);
	r = qble_process(ctl->client);
	if (r == -ENOTCONN)
		return ctl_fail(ctl, -EHOSTDOWN, "%s", qble_last_error(ctl->client));
	return r < 0 ? ctl_fail_call(ctl, r) : 0;
}

int ctl_await(struct ctl *ctl, ctl_event_fn fn, void *user, int timeout_ms, const char *what)
{
	int64_t begin = now_ms(), now;
	int r;

	ctl->fn = fn;
	ctl->user = user;
	ctl->what = what;
	ctl->end_ms = timeout_ms < 0 ? -1 : begin + timeout_ms;
	ctl->result = 0;
	while (!ctl->result) {
		int wait_ms = qble_get_timeout(ctl->client);

		now = now_ms();
		if (ctl->end_ms >= 0)
			wait_ms = earlier(wait_ms, ctl->end_ms - now);
		if (what && ctl->progress)
			wait_ms = earlier(wait_ms, PROGRESS_MS - (now - begin) % PROGRESS_MS);
		r = interrupted || ctl->link_gone ? 0 : wait_once(ctl, wait_ms);
		/* The input is one more event, without an event. */
		if (r > 0 && !ctl->result)
			ctl->result = fn(ctl, NULL, user);
		if (r >= 0 && !ctl->result)
			r = check(ctl);
		if (r < 0 && !ctl->result)
			ctl->result = r;
		if (!ctl->result)
			tell_progress(ctl, what, now_ms() - begin);
	}
	ctl_hide_progress(ctl);
	ctl->fn = NULL;
	return ctl->result < 0 ? ctl->result : 0;
}

int ctl_skip_past(struct ctl *ctl)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	sd_bus_message *m = NULL;
	int r;

	r = sd_bus_call_method(qble_get_call_bus(ctl->client), CTL_NAME, CTL_PATH, CTL_EXTENDED,
	                       "GetEvents", &error, &m, "tu", UINT64_MAX, 0u);
	if (r >= 0)
		r = sd_bus_message_read(m, "t", &ctl->from_seq);
	if (r < 0)
		r = ctl_fail_bus(ctl, "GetEvents", r, &error);
	sd_bus_error_free(&error);
	sd_bus_message_unref(m);
	return r < 0 ? r : 0;
}

static int on_greeted(sd_bus_message *m, void *user, sd_bus_error *ret_error)
{
	*(bool *)user = true;
	return 0;
}

/*
 * Calls of the library wait for their answers without a word. What they would wait for longest, a
 * daemon that is only just starting, or hangs, is waited for here.
 */
int ctl_greet(struct ctl *ctl)
{
	int64_t begin = now_ms(), ms = 0, end = ctl_timeout(ctl, GREETING_SECONDS);
	bool greeted = false;
	sd_bus *bus = NULL;
	int r, wait_ms;

	handle_signals(on_signal_at_once);
	r = sd_bus_open_system(&bus);
	if (r >= 0)
		r = sd_bus_call_method_async(bus, NULL, CTL_NAME, CTL_PATH,
		                             "org.freedesktop.DBus.Peer", "Ping", on_greeted,
		                             &greeted, "");
	while (r >= 0 && !greeted && (end < 0 || ms < end)) {
		r = sd_bus_process(bus, NULL);
		wait_ms = end < 0 ? PROGRESS_MS : earlier(PROGRESS_MS, end - ms);
		if (r == 0)
			r = sd_bus_wait(bus, (uint64_t)wait_ms * 1000);
		ms = now_ms() - begin;
		tell_progress(ctl, "qbled", ms);
	}
	ctl_hide_progress(ctl);
	sd_bus_close_unref(bus);
	/* Any other failure the library's first call meets as well, and has the words for it. */
	return r < 0 || greeted ? 0 : -ETIMEDOUT;
}
