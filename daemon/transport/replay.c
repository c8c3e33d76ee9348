/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A capture in the place of a controller: when each packet goes, and over which descriptor. */
#include "transport/replay.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "host/hci/spec.h"
#include "transport/btsnoop.h"
#include "transport/recording.h"
#include "util/le.h"
#include "util/log.h"

#define SPEED_MAX 1000

/* The host is waited for in silence no longer than this. */
#define WAIT_USEC 2000000

struct qb_replay {
	sd_event *event;
	struct qb_recording rec;
	unsigned speed; /* 0: as fast as the host */
	int fd;         /* our end, or -1 */
	sd_event_source *io, *timer;
	uint64_t passed; /* when the last record was, in CLOCK_MONOTONIC */
	size_t waited;   /* 1 + the record that was logged as waited for */
	bool differed;   /* has been logged */
};

static uint64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

static void hang_up(struct qb_replay *r)
{
	r->io = sd_event_source_disable_unref(r->io);
	sd_event_source_set_enabled(r->timer, SD_EVENT_OFF);
	if (r->fd >= 0)
		close(r->fd);
	r->fd = -1;
}

static void wake_at(struct qb_replay *r, uint64_t usec)
{
	sd_event_source_set_time(r->timer, usec);
	sd_event_source_set_enabled(r->timer, SD_EVENT_ONESHOT);
}

/* When a record is due, after the one before it. */
static uint64_t due(const struct qb_replay *r, size_t i)
{
	const struct qb_recorded *now = &r->rec.packets[i], *before = now - 1;

	if (!r->speed || !i || now->unix_us < before->unix_us)
		return r->passed;
	return r->passed + (now->unix_us - before->unix_us) / r->speed;
}

/* What a packet of the host's is, for a person. */
static const char *describe(const uint8_t *packet, size_t len, char ret[64])
{
	if (packet[0] == QB_H4_COMMAND && len >= 3)
		snprintf(ret, 64, "the command 0x%04x", qb_get_le16(packet + 1));
	else if (packet[0] == QB_H4_ACL && len >= 3)
		snprintf(ret, 64, "%zu octets of data for 0x%03x", len,
		         qb_get_le16(packet + 1) & 0xfff);
	else
		snprintf(ret, 64, "a packet of type %u", packet[0]);
	return ret;
}

/* The host goes another way than at packet i: told once, as one difference leads to others. */
static void differs(struct qb_replay *r, size_t i, bool alike, const uint8_t *packet, size_t len)
{
	const struct qb_recorded *wanted = i < r->rec.n ? &r->rec.packets[i] : NULL;
	char is[64], was[64];

	if (r->differed)
		return;
	r->differed = true;
	if (wanted)
		qb_log(LOG_WARNING,
		       "the replay differs from packet %zu of the capture on, at offset %zu: that "
		       "is "
		       "%s%s, and the host sends %s",
		       i + 1, wanted->offset,
		       describe(r->rec.data + wanted->offset + QB_BTSNOOP_RECORD, wanted->len, was),
		       alike ? " with other contents" : "", describe(packet, len, is));
	else
		qb_log(LOG_WARNING, "the replay differs: the host sends %s, after the last packet",
		       describe(packet, len, is));
}

/* Returns false where the host does not take it just now, or is gone. */
static bool hand_in(struct qb_replay *r, const uint8_t *packet, size_t len)
{
	if (send(r->fd, packet, len, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
		return true;
	if (errno == EAGAIN || errno == EINTR)
		sd_event_source_set_io_events(r->io, EPOLLIN | EPOLLOUT);
	else
		hang_up(r);
	return false;
}

static bool hand_in_record(struct qb_replay *r, size_t i)
{
	const struct qb_recorded *p = &r->rec.packets[i];

	return hand_in(r, r->rec.data + p->offset + QB_BTSNOOP_RECORD, p->len);
}

static void wait_for_host(struct qb_replay *r, size_t i)
{
	const struct qb_recorded *p = &r->rec.packets[i];
	uint64_t end = r->passed + WAIT_USEC;
	char what[64];

	if (r->waited == i + 1)
		return;
	if (now_us() < end) {
		wake_at(r, end);
		return;
	}
	r->waited = i + 1;
	qb_log(LOG_INFO, "the replay waits for the host: packet %zu of the capture is %s", i + 1,
	       describe(r->rec.data + p->offset + QB_BTSNOOP_RECORD, p->len, what));
}

/* Goes on as far as time and host allow. */
static void play(struct qb_replay *r)
{
	struct qb_recording *rec = &r->rec;

	while (r->fd >= 0 && rec->next < rec->end) {
		const struct qb_recorded *p = &rec->packets[rec->next];

		if (!p->matched && !p->received) {
			wait_for_host(r, rec->next);
			return;
		}
		if (!p->matched) {
			uint64_t when = due(r, rec->next);

			/* A host that is ahead of its time is not held up. */
			if (!rec->ahead && when > now_us()) {
				wake_at(r, when);
				return;
			}
			if (!hand_in_record(r, rec->next))
				return;
		}
		qb_recording_pass(rec);
		r->passed = now_us();
	}
	if (r->fd < 0)
		return;
	if (rec->end == rec->n) {
		if (r->waited != rec->n + 1)
			qb_log(LOG_NOTICE, "all %zu packets of the capture have been played",
			       rec->n);
		r->waited = rec->n + 1;
	} else if (due(r, rec->end) <= now_us()) {
		/* The host began anew here: it had lost its controller, or given it up. */
		hang_up(r);
	} else {
		wake_at(r, due(r, rec->end));
	}
}

/* The host sends what it did not send then: it is told no, so that it can go on. */
static void refuse(struct qb_replay *r, const uint8_t *packet, size_t len)
{
	uint8_t status[7] = {QB_H4_EVENT, QB_HCI_EV_COMMAND_STATUS, 4, QB_HCI_E_DISALLOWED, 1};
	uint8_t completed[8] = {QB_H4_EVENT, QB_HCI_EV_NUM_COMPLETED, 5, 1};

	if (len < 3)
		return;
	if (packet[0] == QB_H4_COMMAND) {
		memcpy(status + 5, packet + 1, 2);
		hand_in(r, status, sizeof(status));
	} else if (packet[0] == QB_H4_ACL) {
		qb_put_le16(completed + 4, qb_get_le16(packet + 1) & 0xfff);
		completed[6] = 1;
		hand_in(r, completed, sizeof(completed));
	}
}

static void on_packet(struct qb_replay *r, const uint8_t *packet, size_t len)
{
	size_t expected = qb_recording_expected(&r->rec, packet[0]), answer;
	ssize_t i = qb_recording_match(&r->rec, packet, len, &answer);

	if (i < 0) {
		differs(r, expected, false, packet, len);
		refuse(r, packet, len);
		return;
	}
	if ((size_t)i != expected && packet[0] == QB_H4_COMMAND)
		differs(r, expected, false, packet, len);
	else if (!qb_recording_is_same(&r->rec, (size_t)i, packet, len))
		differs(r, (size_t)i, true, packet, len);
	if (answer)
		hand_in_record(r, answer);
	play(r);
}

static int on_io(sd_event_source *source, int fd, uint32_t revents, void *user)
{
	uint8_t packet[QB_BTSNOOP_PACKET_MAX];
	struct qb_replay *r = user;
	ssize_t n;

	if (revents & EPOLLOUT) {
		sd_event_source_set_io_events(r->io, EPOLLIN);
		play(r);
	}
	if (r->fd < 0 || !(revents & (EPOLLIN | EPOLLHUP | EPOLLERR)))
		return 0;
	n = recv(fd, packet, sizeof(packet), MSG_DONTWAIT);
	if (n > 0)
		on_packet(r, packet, (size_t)n);
	else if (n == 0 || (errno != EAGAIN && errno != EINTR))
		hang_up(r);
	return 0;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *user)
{
	play(user);
	return 0;
}

/* Takes ",fast" or ",speed=N" off the end of a path. */
static int parse_speed(char *path, unsigned *ret, char why[QB_WHY_MAX])
{
	char *comma = strrchr(path, ','), *end;
	unsigned long n;

	*ret = 1;
	if (comma && !strcmp(comma, ",fast")) {
		*ret = 0;
		*comma = '\0';
	} else if (comma && !strncmp(comma, ",speed=", 7)) {
		n = strtoul(comma + 7, &end, 10);
		if (comma[7] < '0' || comma[7] > '9' || *end || !n || n > SPEED_MAX) {
			snprintf(why, QB_WHY_MAX, "'%s' is not speed=N with N from 1 to %u",
			         comma + 1, SPEED_MAX);
			return -EINVAL;
		}
		*ret = (unsigned)n;
		*comma = '\0';
	}
	return 0;
}

int qb_replay_new(struct qb_replay **ret, sd_event *event, const char *arg, char why[QB_WHY_MAX])
{
	struct qb_replay *r = calloc(1, sizeof(*r));
	char *path = strdup(arg);
	int error = r && path ? 0 : -ENOMEM;

	snprintf(why, QB_WHY_MAX, "%s", strerror(ENOMEM));
	if (!error) {
		r->fd = -1;
		r->event = sd_event_ref(event);
		error = sd_event_add_time(event, &r->timer, CLOCK_MONOTONIC, 0, 1, on_timer, r);
	}
	if (error >= 0)
		error = sd_event_source_set_enabled(r->timer, SD_EVENT_OFF);
	if (error >= 0)
		error = parse_speed(path, &r->speed, why);
	if (error >= 0)
		error = qb_recording_load(&r->rec, path, why);
	free(path);
	if (error < 0) {
		qb_replay_free(r);
		return error;
	}
	*ret = r;
	return 0;
}

void qb_replay_free(struct qb_replay *r)
{
	if (!r)
		return;
	if (r->timer)
		hang_up(r);
	sd_event_source_disable_unref(r->timer);
	sd_event_unref(r->event);
	qb_recording_done(&r->rec);
	free(r);
}

int qb_replay_connect(struct qb_replay *r, char why[QB_WHY_MAX])
{
	int ends[2], error;

	hang_up(r);
	if (!qb_recording_begin(&r->rec)) {
		snprintf(why, QB_WHY_MAX, "the capture has been played to its end");
		return -ENODATA;
	}
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) < 0) {
		error = -errno;
		snprintf(why, QB_WHY_MAX, "%s", strerror(-error));
		return error;
	}
	r->fd = ends[0];
	r->passed = now_us();
	error = sd_event_add_io(r->event, &r->io, r->fd, EPOLLIN, on_io, r);
	if (error < 0) {
		snprintf(why, QB_WHY_MAX, "%s", strerror(-error));
		hang_up(r);
		close(ends[1]);
		return error;
	}
	return ends[1];
}
