/* SPDX-License-Identifier: GPL-2.0-or-later */
/* qbled: the parts of the daemon, put together around one event loop. */
#include <errno.h>
#include <iconv.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <systemd/sd-daemon.h>

#include "ble/ble.h"
#include "bus/bus.h"
#include "config.h"
#include "controller.h"
#include "options.h"
#include "store/identity.h"
#include "transport/capture.h"
#include "util/clock.h"
#include "util/journal.h"
#include "util/log.h"

struct daemon {
	struct qb_config config;
	sd_event *event;
	struct qb_clock clock;
	struct qb_bus *bus;
	struct qb_ble *ble;
	struct qb_capture *capture;
	struct qb_controller *controller;
	bool stopping;
};

/* From the API down to the controller and up to the bus. */

static void on_send(void *user, const uint8_t *packet, size_t len)
{
	qb_controller_send(((struct daemon *)user)->controller, packet, len);
}

static void on_event(void *user, const struct qb_event *event)
{
	struct daemon *d = user;

	qb_bus_event(d->bus, event);
	if (d->stopping && event->id == QB_EV_STOP_STATUS)
		sd_event_exit(d->event, 0);
}

static void on_changed(void *user, unsigned changes)
{
	struct daemon *d = user;

	if (changes & QB_CHANGE_CONTROLLER && qb_ble_controller_ready(d->ble)) {
		char str[QB_ADDR_STR_SIZE];

		qb_controller_ready(d->controller);
		qb_bus_controller(d->bus, true, NULL);
		qb_addr_str(qb_ble_address(d->ble), str);
		qb_log_message(QB_MSG_READY, LOG_INFO, "controller %s: ready as %s",
		               d->config.controller, str);
		sd_notifyf(0, "STATUS=Ready on %s as %s.", d->config.controller, str);
	}
	qb_bus_changed(d->bus, changes);
}

static void on_controller_failed(void *user, const char *why)
{
	qb_controller_restart(((struct daemon *)user)->controller, why);
}

static bool is_congested(void *user)
{
	return qb_bus_congested(((struct daemon *)user)->bus);
}

static int to_gbk(void *user, const char *utf8, uint8_t *ret, size_t room)
{
	iconv_t cd = iconv_open("GBK", "UTF-8");
	char buf[256], *in = (char *)utf8, *out = buf;
	size_t in_left = strlen(utf8), out_left = sizeof(buf), len;
	size_t r;

	if (cd == (iconv_t)-1)
		return -1;
	r = iconv(cd, &in, &in_left, &out, &out_left);
	iconv_close(cd);
	if (r == (size_t)-1)
		return -1;
	len = sizeof(buf) - out_left;
	memcpy(ret, buf, len < room ? len : room);
	return (int)len;
}

static const struct qb_ble_ops ble_ops = {
        .send = on_send,
        .event = on_event,
        .changed = on_changed,
        .controller_failed = on_controller_failed,
        .congested = is_congested,
        .to_gbk = to_gbk,
};

/* From the controller up to the API. */

static void on_up(void *user)
{
	qb_ble_controller_up(((struct daemon *)user)->ble);
}

static void on_down(void *user, const char *why)
{
	struct daemon *d = user;

	qb_bus_controller(d->bus, false, why);
	sd_notifyf(0, "STATUS=No controller: %s", why);
	qb_ble_controller_down(d->ble, why);
}

static void on_packet(void *user, const uint8_t *packet, size_t len)
{
	qb_ble_input(((struct daemon *)user)->ble, packet, len);
}

static const struct qb_controller_ops controller_ops = {
        .up = on_up,
        .down = on_down,
        .packet = on_packet,
};

/* From the bus: it does not keep up; somebody wants to see everything. */
static void on_pause(void *user, bool pause)
{
	qb_controller_pause(((struct daemon *)user)->controller, pause);
}

static int on_capture(void *user)
{
	return qb_capture_to_pipe(((struct daemon *)user)->capture);
}

static const struct qb_bus_ops bus_ops = {
        .pause = on_pause,
        .capture = on_capture,
};

static void on_stop_called(void *user, const struct qb_result *result)
{
	struct daemon *d = user;

	if (result->error)
		sd_event_exit(d->event, 0);
}

/* Peers are told before the daemon goes, which takes as long as GattStop; a second signal, at once.
 */
static int on_signal(sd_event_source *source, const struct signalfd_siginfo *info, void *user)
{
	struct daemon *d = user;
	const struct qb_call *call = qb_calls;

	qb_clock_tick(&d->clock);
	if (d->stopping || !qb_ble_status(d->ble))
		return sd_event_exit(d->event, 0);
	d->stopping = true;
	sd_notify(0, "STOPPING=1\nSTATUS=Ending its links.");
	while (strcmp(call->name, "GattStop"))
		call++;
	qb_call_run(d->ble, call, NULL, on_stop_called, d);
	return 0;
}

/* In the order in which they are needed; what was made is undone by daemon_done(). */
static int daemon_init(struct daemon *d)
{
	char why[QB_WHY_MAX];
	int r = sd_event_default(&d->event);

	if (r >= 0)
		r = sd_event_add_signal(d->event, NULL, SIGTERM, on_signal, d);
	if (r >= 0)
		r = sd_event_add_signal(d->event, NULL, SIGINT, on_signal, d);
	if (r >= 0)
		r = sd_event_set_watchdog(d->event, true);
	if (r >= 0)
		r = qb_clock_init(&d->clock, d->event);
	if (r >= 0)
		r = qb_identity_load(d->config.state_dir, &d->config.ble.static_addr);
	if (r < 0) {
		qb_log(LOG_ERR, "cannot start: %s", strerror(-r));
		return r;
	}
	d->capture = qb_capture_new(d->event);
	d->controller = qb_controller_new(d->event, &d->clock, d->config.controller, d->capture,
	                                  &controller_ops, d);
	d->ble = qb_ble_new(&d->clock.timers, &d->config.ble, &ble_ops, d);
	if (!d->capture || !d->controller || !d->ble) {
		qb_log(LOG_ERR, "cannot start: out of memory");
		return -ENOMEM;
	}
	if (d->config.capture && qb_capture_to_file(d->capture, d->config.capture, why) < 0) {
		qb_log(LOG_ERR, "%s", why);
		return -EINVAL;
	}
	r = qb_bus_new(&d->bus, d->event, &d->clock, d->config.bus_name, d->config.controller,
	               &bus_ops, d);
	if (r < 0)
		return r;
	qb_bus_serve(d->bus, d->ble);
	return qb_controller_start(d->controller);
}

static void daemon_done(struct daemon *d)
{
	/* Who still waits for an answer gets it here; the bus sends it before it closes. */
	qb_ble_free(d->ble);
	if (d->bus)
		qb_bus_serve(d->bus, NULL);
	qb_bus_free(d->bus);
	qb_controller_free(d->controller);
	qb_capture_free(d->capture);
	qb_clock_done(&d->clock);
	sd_event_unref(d->event);
	qb_config_done(&d->config);
}

int main(int argc, char **argv)
{
	struct daemon d = {0};
	sigset_t mask;
	int r;

	qb_journal_use();
	qb_config_init(&d.config);
	r = qb_options_parse(&d.config, argc, argv);
	if (r <= 0) {
		qb_config_done(&d.config);
		return r < 0 ? 2 : EXIT_SUCCESS;
	}
	qb_log_set_level(d.config.log_level);
	/* A reader that is gone, a file that may not grow: errors where they are met. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	sigemptyset(&mask);
	sigaddset(&mask, SIGTERM);
	sigaddset(&mask, SIGINT);
	sigprocmask(SIG_BLOCK, &mask, NULL);

	r = daemon_init(&d);
	if (r >= 0) {
		sd_notify(0, "READY=1");
		r = sd_event_loop(d.event);
	}
	daemon_done(&d);
	/* What no retry will mend has the same status as any other wrong option. */
	return r == -EINVAL ? 2 : r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
