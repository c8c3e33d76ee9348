/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Captures. Each packet is written at once, so that the last one before a crash is there; what a
 * pipe does not take waits, within a limit.
 */
#include "transport/capture.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "transport/btsnoop.h"
#include "util/list.h"
#include "util/log.h"

/* Octets that wait for the reader of a pipe; what comes then is left out. */
#define BACKLOG_MAX (256 * 1024)

/* What initialises a controller, as records. */
#define PREFACE_MAX 8192

struct sink {
	struct qb_list elem;
	struct qb_capture *capture;
	int fd;
	char *path;          /* NULL: a caller's pipe */
	bool regular;        /* a file on a disk, which always takes all, or nothing any more */
	off_t whole;         /* where its last whole record ends */
	sd_event_source *io; /* NULL where there is nothing to wait for */
	uint8_t *backlog;    /* NULL: nothing waits */
	size_t pos, have;
	uint32_t drops;
};

struct qb_capture {
	sd_event *event;
	struct qb_list sinks;
	unsigned n;
	bool initialising;
	size_t preface_len;
	uint8_t preface[PREFACE_MAX];
};

static void sink_free(struct sink *s)
{
	qb_list_remove(&s->elem);
	s->capture->n--;
	sd_event_source_disable_unref(s->io);
	close(s->fd);
	free(s->backlog);
	free(s->path);
	free(s);
}

static void sink_end(struct sink *s, int error)
{
	/* Half a record is of no use to a reader of the file. */
	if (s->regular && ftruncate(s->fd, s->whole) < 0)
		qb_log(LOG_WARNING, "the capture %s ends with half a packet", s->path);
	if (s->path)
		qb_log(LOG_WARNING, "the capture %s ends: %s", s->path,
		       error == EPIPE ? "nobody reads it any more" : strerror(error));
	else
		qb_log(LOG_INFO, "a caller's capture ends");
	sink_free(s);
}

/* Returns what was written, or -1 if the sink is no more. */
static ssize_t sink_write(struct sink *s, const struct iovec *iov, int n_iov)
{
	ssize_t n = writev(s->fd, iov, n_iov);

	if (n >= 0)
		return n;
	if (errno == EAGAIN || errno == EINTR)
		return 0;
	sink_end(s, errno);
	return -1;
}

/* Keeps what follows the first skip octets. */
static void sink_keep(struct sink *s, const struct iovec *iov, int n_iov, size_t skip)
{
	if (!s->backlog) {
		s->backlog = malloc(BACKLOG_MAX);
		s->pos = s->have = 0;
	}
	if (!s->backlog) {
		sink_end(s, ENOMEM);
		return;
	}
	memmove(s->backlog, s->backlog + s->pos, s->have - s->pos);
	s->have -= s->pos;
	s->pos = 0;
	for (int i = 0; i < n_iov; i++) {
		size_t from = skip < iov[i].iov_len ? skip : iov[i].iov_len;
		size_t len = iov[i].iov_len - from;

		memcpy(s->backlog + s->have, (const uint8_t *)iov[i].iov_base + from, len);
		s->have += len;
		skip -= from;
	}
	sd_event_source_set_io_events(s->io, EPOLLOUT);
}

static void sink_put(struct sink *s, struct iovec *iov, int n_iov)
{
	size_t len = 0;
	ssize_t n = 0;

	for (int i = 0; i < n_iov; i++)
		len += iov[i].iov_len;
	if (s->backlog && s->have - s->pos + len > BACKLOG_MAX) {
		s->drops++;
		return;
	}
	if (!s->backlog)
		n = sink_write(s, iov, n_iov);
	if (n < 0)
		return;
	if ((size_t)n == len) {
		s->whole += n;
	} else if (s->io) {
		sink_keep(s, iov, n_iov, (size_t)n);
	} else if (sink_write(s, &(struct iovec){(void *)"", 1}, 1) >= 0) {
		/* Nothing went wrong this time; but what would follow is half a record. */
		sink_end(s, ENOSPC);
	}
}

static int on_io(sd_event_source *source, int fd, uint32_t revents, void *user)
{
	struct sink *s = user;
	struct iovec iov;
	ssize_t n;

	if (!s->backlog) {
		sink_end(s, EPIPE);
		return 0;
	}
	iov = (struct iovec){s->backlog + s->pos, s->have - s->pos};
	n = sink_write(s, &iov, 1);
	if (n < 0)
		return 0;
	s->pos += (size_t)n;
	if (s->pos == s->have) {
		free(s->backlog);
		s->backlog = NULL;
		sd_event_source_set_io_events(s->io, 0);
	}
	return 0;
}

/* Takes over fd, in any case. */
static int sink_new(struct qb_capture *c, int fd, const char *path, bool regular, off_t whole)
{
	struct sink *s = calloc(1, sizeof(*s));
	uint8_t header[QB_BTSNOOP_HEADER];
	struct iovec iov[2] = {{header, sizeof(header)}, {c->preface, c->preface_len}};
	int r = 0;

	if (!s) {
		close(fd);
		return -ENOMEM;
	}
	*s = (struct sink){.capture = c, .fd = fd, .regular = regular, .whole = whole};
	qb_list_append(&c->sinks, &s->elem);
	c->n++;
	if (path && !(s->path = strdup(path)))
		r = -ENOMEM;
	if (r >= 0 && !regular)
		r = sd_event_add_io(c->event, &s->io, fd, 0, on_io, s);
	/* A device that is never waited for. */
	if (r == -EPERM)
		r = 0;
	if (r < 0) {
		sink_free(s);
		return r;
	}
	qb_btsnoop_put_header(header);
	/* While the controller is being initialised, the rest of that is still to come. */
	sink_put(s, whole ? iov + 1 : iov, whole ? 1 : 2);
	return 0;
}

struct qb_capture *qb_capture_new(sd_event *event)
{
	struct qb_capture *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->event = sd_event_ref(event);
	qb_list_init(&c->sinks);
	return c;
}

void qb_capture_free(struct qb_capture *c)
{
	if (!c)
		return;
	while (!qb_list_empty(&c->sinks))
		sink_free(qb_list_entry(c->sinks.next, struct sink, elem));
	sd_event_unref(c->event);
	free(c);
}

/*
 * Where the last whole record of a file ends that something was written to before; -1 if it is no
 * capture, with the reason in why.
 */
static off_t find_end(int fd, const char *path, off_t size, char why[QB_WHY_MAX])
{
	uint8_t p[QB_BTSNOOP_RECORD + 1];
	struct qb_btsnoop_record record;
	off_t at = QB_BTSNOOP_HEADER;
	ssize_t n = pread(fd, p, QB_BTSNOOP_HEADER, 0);
	const char *wrong = qb_btsnoop_check_header(p, n > 0 ? (size_t)n : 0);
	bool cut = false;

	while (!wrong && at < size) {
		n = pread(fd, p, sizeof(p), at);
		wrong = n <= 0 ? "it cannot be read"
		               : qb_btsnoop_get_record(p, (size_t)(size - at), &record, &cut);
		if (!wrong)
			at += QB_BTSNOOP_RECORD + (off_t)record.len;
	}
	if (!wrong)
		return at;
	if (cut) {
		qb_log(LOG_NOTICE, "the capture %s goes on at offset %lld: %s", path, (long long)at,
		       wrong);
		return at;
	}
	snprintf(why, QB_WHY_MAX, "%.150s is there, and no capture to be continued: %s", path,
	         wrong);
	return -1;
}

int qb_capture_to_file(struct qb_capture *c, const char *path, char why[QB_WHY_MAX])
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
	              0600);
	int reader = -1, r = fd < 0 ? -errno : 0;
	off_t end = 0;
	struct stat st;

	if (r >= 0 && fstat(fd, &st) < 0)
		r = -errno;
	if (r >= 0 && S_ISREG(st.st_mode) && st.st_size) {
		reader = open(path, O_RDONLY | O_CLOEXEC);
		if (reader < 0)
			r = -errno;
		else if ((end = find_end(reader, path, st.st_size, why)) < 0)
			r = -EEXIST;
		else if (ftruncate(fd, end) < 0)
			r = -errno;
	}
	if (reader >= 0)
		close(reader);
	if (r >= 0)
		return sink_new(c, fd, path, S_ISREG(st.st_mode), end);
	if (fd >= 0)
		close(fd);
	if (end >= 0)
		snprintf(why, QB_WHY_MAX, "cannot capture to %.150s: %s", path,
		         r == -ENXIO ? "nobody reads it" : strerror(-r));
	return r;
}

int qb_capture_to_pipe(struct qb_capture *c)
{
	int ends[2], r;

	if (c->n >= QB_CAPTURES_MAX)
		return -ENOSPC;
	/* Our end never blocks, whatever the reader does to its own. */
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	r = fcntl(ends[1], F_SETFL, O_NONBLOCK) < 0 ? -errno : 0;
	if (r >= 0)
		r = sink_new(c, ends[1], NULL, false, 0);
	else
		close(ends[1]);
	if (r < 0) {
		close(ends[0]);
		return r;
	}
	return ends[0];
}

void qb_capture_opened(struct qb_capture *c)
{
	c->initialising = true;
	c->preface_len = 0;
}

void qb_capture_initialised(struct qb_capture *c)
{
	c->initialising = false;
}

void qb_capture_lost(struct qb_capture *c)
{
	c->initialising = false;
	c->preface_len = 0;
}

static void add_to_preface(struct qb_capture *c, const struct qb_btsnoop_record *record,
                           const uint8_t *packet)
{
	uint8_t *p = c->preface + c->preface_len;

	/* Half of it would be of no use. */
	if (PREFACE_MAX - c->preface_len < QB_BTSNOOP_RECORD + record->len) {
		qb_capture_lost(c);
		return;
	}
	qb_btsnoop_put_record(p, record, packet[0]);
	memcpy(p + QB_BTSNOOP_RECORD, packet, record->len);
	c->preface_len += QB_BTSNOOP_RECORD + record->len;
}

static uint64_t wall_clock_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

void qb_capture_packet(struct qb_capture *c, bool received, const uint8_t *packet, size_t len)
{
	struct qb_btsnoop_record record = {.received = received};
	uint8_t header[QB_BTSNOOP_RECORD];

	if (!c->n && !c->initialising)
		return;
	record.len = (uint32_t)len;
	record.unix_us = wall_clock_us();
	qb_list_foreach(elem, &c->sinks)
	{
		struct sink *s = qb_list_entry(elem, struct sink, elem);
		struct iovec iov[2] = {{header, sizeof(header)}, {(void *)packet, len}};

		if (len > QB_BTSNOOP_PACKET_MAX) {
			s->drops++;
			continue;
		}
		record.drops = s->drops;
		qb_btsnoop_put_record(header, &record, packet[0]);
		sink_put(s, iov, 2);
	}
	record.drops = 0;
	if (c->initialising && len <= QB_BTSNOOP_PACKET_MAX)
		add_to_preface(c, &record, packet);
}
