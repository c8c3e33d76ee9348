/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keeps a controller at hand. */
#include "controller.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "transport/capture.h"
#include "transport/replay.h"
#include "transport/spec.h"
#include "transport/transport.h"
#include "util/log.h"

/* Between attempts: soon after a loss, then ever more rarely. */
#define RETRY_MIN   (250 * QB_MSEC)
#define RETRY_MAX   (5 * QB_SEC)
#define RETRY_SLACK (10 * QB_MSEC)

/* One that lasts this long is not one that comes and goes. */
#define STEADY (10 * QB_SEC)

struct qb_controller {
	sd_event *event;
	struct qb_clock *clock;
	const char *spec;
	struct qb_capture *capture;
	struct qb_replay *replay; /* plays the controller, or NULL */
	const struct qb_controller_ops *ops;
	void *user;
	struct qb_transport *transport;
	sd_event_source *retry;
	uint64_t pause, opened; /* until the next attempt; when the last one succeeded */
	bool open;              /* packets go both ways */
	bool paused;
	char why[QB_WHY_MAX]; /* the last reason that was logged */
};

static void retry_in(struct qb_controller *c, uint64_t usec)
{
	sd_event_source_set_time_relative(c->retry, usec);
	sd_event_source_set_enabled(c->retry, SD_EVENT_ONESHOT);
}

/* Each reason is logged once, however often it is met again. */
static void tell(struct qb_controller *c, const char *id, const char *why)
{
	if (strcmp(c->why, why)) {
		snprintf(c->why, sizeof(c->why), "%s", why);
		qb_log_message(id, LOG_WARNING, "controller %s: %s; trying again", c->spec, why);
	}
	c->ops->down(c->user, why);
}

/*
 * Something went wrong: what is left is freed from the loop, at once, as the kernel gives the name
 * of a controller that comes back to nobody while its old one is held. Then comes the next attempt.
 */
static void fail(struct qb_controller *c, const char *why)
{
	const char *id = c->open ? QB_MSG_CONTROLLER_LOST : QB_MSG_NO_CONTROLLER;

	c->open = false;
	qb_capture_lost(c->capture);
	tell(c, id, why);
	retry_in(c, c->transport ? 0 : c->pause);
}

static void on_opened(void *user)
{
	struct qb_controller *c = user;

	qb_clock_tick(c->clock);
	c->open = true;
	c->opened = c->clock->timers.now;
	qb_capture_opened(c->capture);
	c->ops->up(c->user);
}

static void on_packet(void *user, const uint8_t *packet, size_t len)
{
	struct qb_controller *c = user;

	/* The rest of what came in one read, after it was given up. */
	if (!c->open)
		return;
	qb_clock_tick(c->clock);
	qb_capture_packet(c->capture, true, packet, len);
	c->ops->packet(c->user, packet, len);
}

static void on_closed(void *user, const char *why)
{
	struct qb_controller *c = user;

	qb_clock_tick(c->clock);
	qb_controller_restart(c, why);
}

static const struct qb_transport_ops transport_ops = {
        .opened = on_opened,
        .packet = on_packet,
        .closed = on_closed,
};

static int open_replay(struct qb_controller *c, const char *arg, char why[QB_WHY_MAX])
{
	int r = c->replay ? 0 : qb_replay_new(&c->replay, c->event, arg, why);

	/* A file that is wrong now is so later. */
	if (r < 0)
		return -EINVAL;
	r = qb_replay_connect(c->replay, why);
	return r < 0 ? r : qb_transport_take(&c->transport, c->event, r, &transport_ops, c, why);
}

static int attempt(struct qb_controller *c)
{
	const size_t prefix = strlen(QB_REPLAY_PREFIX);
	char why[QB_WHY_MAX] = "";
	int r = strncmp(c->spec, QB_REPLAY_PREFIX, prefix)
	                ? qb_transport_open(&c->transport, c->event, c->spec, &transport_ops, c,
	                                    why)
	                : open_replay(c, c->spec + prefix, why);

	if (r >= 0 && c->paused)
		qb_transport_pause(c->transport, true);
	if (r > 0)
		on_opened(c);
	if (r >= 0)
		return 0;
	if (r == -EINVAL) {
		qb_log(LOG_ERR, "%s", why);
		return r;
	}
	fail(c, why);
	return 0;
}

static int on_retry(sd_event_source *source, uint64_t usec, void *user)
{
	struct qb_controller *c = user;

	qb_clock_tick(c->clock);
	if (c->transport) {
		qb_transport_free(c->transport);
		c->transport = NULL;
		retry_in(c, c->pause);
		return 0;
	}
	c->pause = c->pause * 2 < RETRY_MAX ? c->pause * 2 : RETRY_MAX;
	attempt(c);
	return 0;
}

struct qb_controller *qb_controller_new(sd_event *event, struct qb_clock *clock, const char *spec,
                                        struct qb_capture *capture,
                                        const struct qb_controller_ops *ops, void *user)
{
	struct qb_controller *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->event = sd_event_ref(event);
	c->clock = clock;
	c->spec = spec;
	c->capture = capture;
	c->ops = ops;
	c->user = user;
	c->pause = RETRY_MIN;
	if (sd_event_add_time_relative(event, &c->retry, CLOCK_MONOTONIC, 0, RETRY_SLACK, on_retry,
	                               c) < 0 ||
	    sd_event_source_set_enabled(c->retry, SD_EVENT_OFF) < 0) {
		qb_controller_free(c);
		return NULL;
	}
	return c;
}

void qb_controller_free(struct qb_controller *c)
{
	if (!c)
		return;
	sd_event_source_disable_unref(c->retry);
	qb_transport_free(c->transport);
	qb_replay_free(c->replay);
	sd_event_unref(c->event);
	free(c);
}

int qb_controller_start(struct qb_controller *c)
{
	return attempt(c);
}

void qb_controller_send(struct qb_controller *c, const uint8_t *packet, size_t len)
{
	if (!c->open)
		return;
	qb_capture_packet(c->capture, false, packet, len);
	qb_transport_send(c->transport, packet, len);
}

void qb_controller_ready(struct qb_controller *c)
{
	c->why[0] = '\0';
	qb_capture_initialised(c->capture);
}

void qb_controller_pause(struct qb_controller *c, bool pause)
{
	c->paused = pause;
	if (c->transport)
		qb_transport_pause(c->transport, pause);
}

void qb_controller_restart(struct qb_controller *c, const char *why)
{
	/* Once for each loss, though the transport may end after what it carried was given up. */
	if (sd_event_source_get_enabled(c->retry, NULL) > 0)
		return;
	if (c->open && c->clock->timers.now - c->opened > STEADY)
		c->pause = RETRY_MIN;
	fail(c, why);
}
