/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A controller's descriptor in the event loop: one read for whatever is there, one write for each
 * packet, since a user channel takes packets and nothing else, and some H4 peers rely on it too.
 */
#include "transport/transport.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "transport/h4.h"
#include "transport/open.h"
#include "transport/spec.h"

/* Octets for a controller that does not read; more, and it is given up. */
#define BACKLOG_MAX (1024 * 1024)

/* For a connection to be made. */
#define CONNECT_USEC 5000000

struct backlog {
	struct backlog *next;
	size_t len, pos;
	uint8_t data[];
};

struct qb_transport {
	const struct qb_transport_ops *ops;
	void *user;
	int fd;
	sd_event_source *io;
	sd_event_source *over; /* tells the owner, from the loop, that it is over */
	char why[QB_WHY_MAX];
	sd_event_source *timeout; /* of the connection that is being made, or NULL */
	bool packets;             /* each read and write is one packet, as on a user channel */
	bool paused;
	struct backlog *backlog, **backlog_tail;
	size_t backlogged;
	struct qb_h4 h4;
	uint8_t in[16384];
};

static const struct {
	const char *prefix;
	bool keep_prefix; /* it is part of the name */
	bool packets;
	bool connects; /* what it returns may still be on its way */
	int (*open)(const char *arg, char why[QB_WHY_MAX]);
} kinds[] = {
        {"h4:unix:", .open = qb_open_unix},
        {"h4:tcp:", .connects = true, .open = qb_open_tcp},
        {"h4:tty:", .open = qb_open_tty},
        {"hci", .keep_prefix = true, .packets = true, .open = qb_open_user_channel},
};

/* Always from the loop, never from inside a send, so that nobody is surprised. */
static void give_up(struct qb_transport *t, const char *why)
{
	if (t->why[0])
		return;
	snprintf(t->why, sizeof(t->why), "%s", why);
	sd_event_source_set_enabled(t->io, SD_EVENT_OFF);
	t->timeout = sd_event_source_disable_unref(t->timeout);
	sd_event_source_set_enabled(t->over, SD_EVENT_ONESHOT);
}

static int on_over(sd_event_source *source, void *user)
{
	struct qb_transport *t = user;

	t->ops->closed(t->user, t->why);
	return 0;
}

/* What the loop should watch the descriptor for. Its end is told in any case. */
static void watch(struct qb_transport *t)
{
	sd_event_source_set_io_events(t->io, (t->paused ? 0 : EPOLLIN) |
	                                             (t->backlog || t->timeout ? EPOLLOUT : 0));
}

/* Writes what it can of a packet; returns the number of octets, or -1 if it is over. */
static ssize_t try_write(struct qb_transport *t, const uint8_t *data, size_t len)
{
	ssize_t n = write(t->fd, data, len);

	if (n >= 0)
		return n;
	if (errno == EAGAIN || errno == EINTR)
		return 0;
	give_up(t, errno == EPIPE ? "the controller is gone" : strerror(errno));
	return -1;
}

static void flush(struct qb_transport *t)
{
	struct backlog *b;

	while ((b = t->backlog)) {
		ssize_t n = try_write(t, b->data + b->pos, b->len - b->pos);

		if (n < 0)
			return;
		b->pos += (size_t)n;
		t->backlogged -= (size_t)n;
		if (b->pos < b->len)
			return;
		t->backlog = b->next;
		if (!t->backlog)
			t->backlog_tail = &t->backlog;
		free(b);
	}
	watch(t);
}

static void put_aside(struct qb_transport *t, const uint8_t *data, size_t len)
{
	struct backlog *b;

	if (t->backlogged + len > BACKLOG_MAX || !(b = malloc(sizeof(*b) + len))) {
		give_up(t, "the controller takes no data any more");
		return;
	}
	b->next = NULL;
	b->len = len;
	b->pos = 0;
	memcpy(b->data, data, len);
	*t->backlog_tail = b;
	t->backlog_tail = &b->next;
	t->backlogged += len;
	watch(t);
}

void qb_transport_send(struct qb_transport *t, const uint8_t *packet, size_t len)
{
	ssize_t n = 0;

	if (t->why[0])
		return;
	if (!t->backlog)
		n = try_write(t, packet, len);
	if (n >= 0 && (size_t)n < len)
		put_aside(t, packet + n, len - (size_t)n);
}

void qb_transport_pause(struct qb_transport *t, bool pause)
{
	t->paused = pause;
	if (!t->why[0])
		watch(t);
}

static void cannot_connect(struct qb_transport *t, int error)
{
	char why[QB_WHY_MAX];

	snprintf(why, sizeof(why), "cannot connect: %s",
	         error == ECONNREFUSED ? "nobody listens there" : strerror(error));
	give_up(t, why);
}

/* The connection came about, or did not. */
static void connected(struct qb_transport *t)
{
	socklen_t len = sizeof(int);
	int error = 0;

	if (getsockopt(t->fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
		error = errno;
	if (error) {
		cannot_connect(t, error);
		return;
	}
	t->timeout = sd_event_source_disable_unref(t->timeout);
	watch(t);
	t->ops->opened(t->user);
}

static int on_timeout(sd_event_source *source, uint64_t usec, void *user)
{
	cannot_connect(user, ETIMEDOUT);
	return 0;
}

static int on_io(sd_event_source *source, int fd, uint32_t revents, void *user)
{
	struct qb_transport *t = user;
	ssize_t n;

	if (t->timeout) {
		connected(t);
		return 0;
	}
	if (revents & EPOLLOUT)
		flush(t);
	if (t->why[0] || !(revents & (EPOLLIN | EPOLLERR | EPOLLHUP)))
		return 0;
	n = read(fd, t->in, sizeof(t->in));
	if (n > 0) {
		if (t->packets)
			t->ops->packet(t->user, t->in, (size_t)n);
		else if (!qb_h4_input(&t->h4, t->in, (size_t)n, t->ops->packet, t->user))
			give_up(t, "the controller does not speak H4 (or lost step: check the "
			           "speed and the flow control of the line)");
	} else if (n == 0) {
		give_up(t, "the controller closed the connection");
	} else if (errno == EPIPE || errno == ENODEV || errno == EIO) {
		give_up(t, "the controller was unplugged");
	} else if (errno != EAGAIN && errno != EINTR) {
		give_up(t, strerror(errno));
	}
	return 0;
}

static int take(struct qb_transport **ret, sd_event *event, int fd, bool packets, bool connects,
                const struct qb_transport_ops *ops, void *user, char why[QB_WHY_MAX])
{
	struct pollfd pfd = {.fd = fd, .events = POLLOUT};
	struct qb_transport *t = calloc(1, sizeof(*t));
	int r;

	if (!t) {
		close(fd);
		snprintf(why, QB_WHY_MAX, "%s", strerror(ENOMEM));
		return -ENOMEM;
	}
	t->ops = ops;
	t->user = user;
	t->fd = fd;
	t->packets = packets;
	t->backlog_tail = &t->backlog;
	r = sd_event_add_io(event, &t->io, fd, EPOLLIN, on_io, t);
	if (r >= 0)
		r = sd_event_add_defer(event, &t->over, on_over, t);
	if (r >= 0)
		r = sd_event_source_set_enabled(t->over, SD_EVENT_OFF);
	if (r >= 0 && connects && !poll(&pfd, 1, 0))
		r = sd_event_add_time_relative(event, &t->timeout, CLOCK_MONOTONIC, CONNECT_USEC, 0,
		                               on_timeout, t);
	if (r < 0) {
		snprintf(why, QB_WHY_MAX, "%s", strerror(-r));
		qb_transport_free(t);
		return r;
	}
	watch(t);
	*ret = t;
	return !t->timeout;
}

int qb_transport_take(struct qb_transport **ret, sd_event *event, int fd,
                      const struct qb_transport_ops *ops, void *user, char why[QB_WHY_MAX])
{
	return take(ret, event, fd, true, false, ops, user, why);
}

int qb_transport_open(struct qb_transport **ret, sd_event *event, const char *spec,
                      const struct qb_transport_ops *ops, void *user, char why[QB_WHY_MAX])
{
	int fd;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		size_t len = strlen(kinds[i].prefix);

		if (strncmp(spec, kinds[i].prefix, len))
			continue;
		fd = kinds[i].open(kinds[i].keep_prefix ? spec : spec + len, why);
		return fd < 0 ? fd
		              : take(ret, event, fd, kinds[i].packets, kinds[i].connects, ops, user,
		                     why);
	}
	return qb_spec_unknown(spec, why);
}

void qb_transport_free(struct qb_transport *t)
{
	struct backlog *b;

	if (!t)
		return;
	sd_event_source_disable_unref(t->io);
	sd_event_source_disable_unref(t->over);
	sd_event_source_disable_unref(t->timeout);
	while ((b = t->backlog)) {
		t->backlog = b->next;
		free(b);
	}
	close(t->fd);
	free(t);
}
