/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A program that uses the daemon through D-Bus, as server or as client: the documented calls, each
 * waiting for its reply, and the documented signals. PLACE is not used: the system bus leads there.
 */
#include <systemd/sd-bus.h>
#include <unistd.h>

#include "scenario.h"

#define BLE      "com.quectel.Ble1"
#define PATH     "/com/quectel/Ble1"
#define EV_MAX   64
#define PATIENCE 60.0 /* seconds, also under valgrind */

/* Event numbers of the document. */
enum {
	EV_START = 0,
	EV_CONNECT = 16,
	EV_DISCONNECT = 17,
	EV_WRITTEN = 21,
	EV_NOTIFIED = 23,
	EV_SEND_END = 25,
	EV_LINK_READY = 26,
	EV_READ = 32,
	EV_DESC_WRITTEN = 35,
	EV_ERROR = 37,
};

struct caller {
	struct scenario scenario;
	sd_bus *bus;
	unsigned seen[EV_MAX];
};

static int on_signal(sd_bus_message *message, void *user, sd_bus_error *error)
{
	struct caller *c = user;
	uint32_t id;
	int32_t status;

	if (sd_bus_message_read(message, "ui", &id, &status) < 0 || id >= EV_MAX)
		return 0;
	if (status || id == EV_ERROR) {
		fprintf(stderr, "event %u, status %d\n", id, status);
		scenario_fail("an event tells of an error");
	}
	c->seen[id]++;
	return 0;
}

static void step(struct caller *c)
{
	int r = sd_bus_process(c->bus, NULL);

	if (!r)
		r = sd_bus_wait(c->bus, (uint64_t)(PATIENCE * 1e6));
	if (r <= 0)
		scenario_fail("the daemon says nothing any more");
}

static void wait_for(struct caller *c, unsigned id, unsigned count)
{
	while (c->seen[id] < count)
		step(c);
}

/* One call, and its reply; false if the daemon is busy or not there yet. */
#define CALL(c, name, ...)                                                                         \
	({                                                                                         \
		sd_bus_error call_error = SD_BUS_ERROR_NULL;                                       \
		int call_r = sd_bus_call_method((c)->bus, BLE, PATH, BLE, name, &call_error, NULL, \
		                                __VA_ARGS__);                                      \
		check(name, call_r, &call_error);                                                  \
	})

static bool check(const char *name, int r, sd_bus_error *error)
{
	bool again = sd_bus_error_has_name(error, BLE ".Error.Busy") ||
	             sd_bus_error_has_name(error, SD_BUS_ERROR_SERVICE_UNKNOWN);

	if (r < 0 && !again) {
		fprintf(stderr, "%s: %s\n", name, error->message ? error->message : strerror(-r));
		scenario_fail("a call was refused");
	}
	sd_bus_error_free(error);
	return r >= 0;
}

static void start(struct caller *c)
{
	const char *init = c->scenario.server ? "ServerInit" : "ClientInit";
	double end = scenario_now() + PATIENCE;

	if (sd_bus_open_system(&c->bus) < 0 ||
	    sd_bus_match_signal(c->bus, NULL, NULL, PATH, BLE, NULL, on_signal, c) < 0)
		scenario_fail("no bus");
	while (!CALL(c, init, NULL)) {
		if (scenario_now() > end)
			scenario_fail("no daemon");
		usleep(20000);
	}
	CALL(c, "GattStart", NULL);
	wait_for(c, EV_START, 1);
}

static void publish(struct caller *c)
{
	static const uint8_t value[SCENARIO_VALUE_MAX];
	sd_bus_message *message = NULL, *reply = NULL;
	sd_bus_error error = SD_BUS_ERROR_NULL;

	CALL(c, "SetAdvParam", "uuuuuuuuu", 0x20, 0x20, 0, 0, 7, 0, 2, 1, 1);
	CALL(c, "AddService", "uuuuay", 1, 1, 1, 0x180f, 0);
	CALL(c, "AddChara", "uuuuuay", 1, 1, 0x12, 1, 0x2a19, 0);
	if (sd_bus_message_new_method_call(c->bus, &message, BLE, PATH, BLE, "AddCharaValue") < 0 ||
	    sd_bus_message_append(message, "uuuuuay", 1, 1, 1, 1, 0x2a19, 0) < 0 ||
	    sd_bus_message_append_array(message, 'y', value, c->scenario.size) < 0)
		scenario_fail("out of memory");
	check("AddCharaValue", sd_bus_call(c->bus, message, 0, &error, &reply), &error);
	sd_bus_message_unref(message);
	sd_bus_message_unref(reply);
	CALL(c, "AddCharaDesc", "uuuuuayay", 1, 1, 3, 1, 0x2902, 0, 2, 0, 0);
	CALL(c, "AddOrClearService", "uu", 1, 0);
	CALL(c, "AdvStart", NULL);
}

static void notify(struct caller *c)
{
	static const uint8_t value[SCENARIO_VALUE_MAX];
	sd_bus_error error = SD_BUS_ERROR_NULL;

	for (unsigned sent = 0; sent < c->scenario.count;) {
		sd_bus_message *message = NULL, *reply = NULL;
		int r = sd_bus_message_new_method_call(c->bus, &message, BLE, PATH, BLE,
		                                       "SendNotification");

		if (r < 0 || sd_bus_message_append(message, "uu", 0, HANDLE_VALUE) < 0 ||
		    sd_bus_message_append_array(message, 'y', value, c->scenario.size) < 0)
			scenario_fail("out of memory");
		r = sd_bus_call(c->bus, message, 0, &error, &reply);
		if (check("SendNotification", r, &error))
			sent++;
		else
			step(c);
		sd_bus_message_unref(message);
		sd_bus_message_unref(reply);
	}
	wait_for(c, EV_SEND_END, c->scenario.count);
}

static void serve(struct caller *c)
{
	sd_bus_message *reply = NULL;
	const void *addr;
	size_t len;
	double begin;

	publish(c);
	if (sd_bus_call_method(c->bus, BLE, PATH, BLE, "GetPublicAddr", NULL, &reply, NULL) < 0 ||
	    sd_bus_message_read_array(reply, 'y', &addr, &len) < 0 || len != 6)
		scenario_fail("no address");
	scenario_ready(addr, 0);
	sd_bus_message_unref(reply);
	if (c->scenario.count) {
		wait_for(c, EV_WRITTEN, 1);
		begin = scenario_now();
		notify(c);
		scenario_result(c->scenario.count, scenario_now() - begin);
	}
	/* Each link ends the advertising; others may want to come. */
	for (unsigned links = 0; !c->seen[EV_DISCONNECT]; step(c)) {
		if (c->seen[EV_CONNECT] == links || c->scenario.count)
			continue;
		links = c->seen[EV_CONNECT];
		CALL(c, "AdvStart", NULL);
	}
}

static void ask(struct caller *c)
{
	const struct scenario *s = &c->scenario;
	double begin;

	CALL(c, "Connect", "uay", 0, 6, s->addr[5], s->addr[4], s->addr[3], s->addr[2], s->addr[1],
	     s->addr[0]);
	wait_for(c, EV_LINK_READY, 1);
	begin = scenario_now();
	switch (s->task) {
	case TASK_NOTIFY:
		CALL(c, "WriteCharaDesc", "uuay", 0, HANDLE_CCCD, 2, 1, 0);
		wait_for(c, EV_NOTIFIED, s->count);
		break;
	case TASK_READ:
		for (unsigned i = 0; i < s->count; i++) {
			CALL(c, "ReadCharaByHandle", "uuuu", 0, HANDLE_VALUE, 0, 0);
			wait_for(c, EV_READ, i + 1);
		}
		break;
	case TASK_HOLD: wait_for(c, EV_DISCONNECT, 1); return;
	}
	scenario_result(s->count, scenario_now() - begin);
	CALL(c, "Disconnect", "u", 0);
	wait_for(c, EV_DISCONNECT, 1);
}

int main(int argc, char **argv)
{
	struct caller c = {.scenario = scenario_parse(argc, argv)};

	start(&c);
	if (c.scenario.server)
		serve(&c);
	else
		ask(&c);
	sd_bus_flush_close_unref(c.bus);
	return 0;
}
