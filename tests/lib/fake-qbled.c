/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A daemon without BLE: takes any call of com.quectel.Ble1 and remembers it, and sends the events
 * that a test orders, with the real daemon's own signals and log. Orders come as methods of
 * test.Control:
 *
 *	Last() -> s		the last call: "Member(uay) 7 0102"
 *	Fail(ss)		the next call fails so
 *	Mute()			the next call is never answered
 *	Emit(uuuu)		id, connect_id, count, how: events, one after the other,
 *				their payload a counter that goes on from order to order
 *
 * With FAKE_QBLED_FAILS=ERROR in the environment the first call fails so; with "mute" it is not
 * answered.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bus/bus-internal.h"
#include "fake-qbled.h"
#include "host/hci/spec.h"
#include "host/limits.h"
#include "util/le.h"

static struct {
	struct qb_bus bus;
	char last[2048];
	char *error, *text;
	bool mute;
	uint32_t counter;
} fake;

static void dump(sd_bus_message *m, const char *types)
{
	FILE *out = fmemopen(fake.last + strlen(fake.last), sizeof(fake.last) - strlen(fake.last),
	                     "w");

	for (; *types; types++) {
		const uint8_t *data;
		const char *s;
		uint64_t t;
		uint32_t u;
		size_t len;

		if (*types == 'u') {
			sd_bus_message_read(m, "u", &u);
			fprintf(out, " %u", u);
		} else if (*types == 't') {
			sd_bus_message_read(m, "t", &t);
			fprintf(out, " %llu", (unsigned long long)t);
		} else if (*types == 's') {
			sd_bus_message_read(m, "s", &s);
			fprintf(out, " \"%s\"", s);
		} else if (types++,
		           sd_bus_message_read_array(m, 'y', (const void **)&data, &len) >= 0) {
			fputc(' ', out);
			for (size_t i = 0; i < len; i++)
				fprintf(out, "%02x", data[i]);
		}
	}
	fclose(out);
}

static int answer(sd_bus_message *m)
{
	const char *member = sd_bus_message_get_member(m);
	static const uint8_t addr[] = {1, 2, 3, 4, 5, 6};
	sd_bus_message *reply = NULL;

	if (sd_bus_message_new_method_return(m, &reply) < 0)
		return -1;
	if (strcmp(member, "GetStatus") == 0)
		sd_bus_message_append(reply, "i", 1);
	else if (strcmp(member, "GetPublicAddr") == 0)
		sd_bus_message_append_array(reply, 'y', addr, sizeof(addr));
	else if (strcmp(member, "GetHandle") == 0)
		sd_bus_message_append(reply, "u", 18);
	else if (strcmp(member, "ReadRssi") == 0)
		sd_bus_message_append(reply, "i", -70);
	else if (strcmp(member, "Capture") == 0)
		sd_bus_message_append(reply, "h", STDIN_FILENO);
	sd_bus_send(NULL, reply, NULL);
	sd_bus_message_unref(reply);
	return 1;
}

static int on_call(sd_bus_message *m)
{
	const char *types = sd_bus_message_get_signature(m, true);

	snprintf(fake.last, sizeof(fake.last), "%s%s(%s)",
	         strcmp(sd_bus_message_get_interface(m), QB_BUS_EXTENDED) == 0 ? "Extended." : "",
	         sd_bus_message_get_member(m), types);
	dump(m, types);
	if (fake.mute) {
		fake.mute = false;
		return 1;
	}
	if (fake.error) {
		sd_bus_reply_method_errorf(m, fake.error, "%s", fake.text);
		free(fake.error);
		free(fake.text);
		fake.error = fake.text = NULL;
		return 1;
	}
	return answer(m);
}

/* The payload of the counter: in a notification behind its handle, as an address, as integers. */
static void emit_one(uint32_t id, uint32_t connect_id, uint32_t how)
{
	struct qb_event event = {.id = (uint8_t)id, .connect_id = connect_id};
	uint8_t octets[6] = {3, 0};
	uint64_t seq;

	fake.counter++;
	qb_put_le32(octets + 2, fake.counter);
	event.data = octets;
	event.len = sizeof(octets);
	for (unsigned i = 0; i < 5; i++)
		event.u[i] = fake.counter + i;
	if (id == QB_EV_CONNECT || id == QB_EV_DISCONNECT || id == QB_EV_UPDATE_CONN_PARAM ||
	    id == QB_EV_MTU)
		event.u[0] = connect_id;
	qb_put_le32(event.addr.b, fake.counter);
	event.addr.type = 1;
	event.role = QB_ROLE_PERIPHERAL;
	event.reason = id == QB_EV_DISCONNECT ? 0x13 : 0;
	event.uuid = qb_uuid_from_16(0x180f);
	if (id == QB_EV_DISCOVER_SERVICE)
		event.uuid.b[0] = 0xee;
	event.rssi = -40;
	event.name = id == QB_EV_SCAN_REPORT ? "fake" : NULL;
	event.call = id == QB_EV_CHARA_READ ? "ReadCharaByHandle" : NULL;
	event.handle = id == QB_EV_CHARA_READ ? 3 : 0;
	seq = qb_event_log_add(fake.bus.log, &event);
	if (how == FAKE_LOST)
		return;
	qb_bus_send_signal(&fake.bus, &event);
	qb_bus_tell_subscribers(&fake.bus, seq, &event);
}

static int on_order(sd_bus_message *m)
{
	const char *member = sd_bus_message_get_member(m), *error, *text;
	uint32_t id, connect_id, count, how;

	if (strcmp(member, "Last") == 0)
		return sd_bus_reply_method_return(m, "s", fake.last);
	if (strcmp(member, "Mute") == 0)
		fake.mute = true;
	if (strcmp(member, "Fail") == 0 && sd_bus_message_read(m, "ss", &error, &text) >= 0) {
		fake.error = strdup(error);
		fake.text = strdup(text);
	}
	if (strcmp(member, "Emit") == 0 &&
	    sd_bus_message_read(m, "uuuu", &id, &connect_id, &count, &how) >= 0)
		while (count--)
			emit_one(id, connect_id, how);
	return sd_bus_reply_method_return(m, "");
}

/* Subscribe() and Unsubscribe() as the daemon has them. */
static int on_subscription(sd_bus_message *m)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	int r = sd_bus_message_is_method_call(m, NULL, "Subscribe")
	                ? qb_bus_subscribe(m, &fake.bus, &error)
	                : qb_bus_unsubscribe(m, &fake.bus, &error);

	if (r < 0)
		r = sd_bus_reply_method_error(m, &error);
	sd_bus_error_free(&error);
	return r < 0 ? r : 1;
}

static int on_message(sd_bus_message *m, void *user, sd_bus_error *error)
{
	const char *interface = sd_bus_message_get_interface(m);

	if (!interface || !sd_bus_message_is_method_call(m, NULL, NULL))
		return 0;
	if (strcmp(interface, "test.Control") == 0)
		return on_order(m);
	if (sd_bus_message_is_method_call(m, QB_BUS_EXTENDED, "GetEvents"))
		return qb_bus_get_events(m, &fake.bus, NULL);
	if (strncmp(interface, QB_BUS_INTERFACE, strlen(QB_BUS_INTERFACE)) != 0)
		return 0;
	return strstr(sd_bus_message_get_member(m), "ubscribe") && !fake.error && !fake.mute
	               ? on_subscription(m)
	               : on_call(m);
}

int main(void)
{
	const char *fails = getenv("FAKE_QBLED_FAILS");

	fake.mute = fails && strcmp(fails, "mute") == 0;
	if (fails && !fake.mute) {
		fake.error = strdup(fails);
		fake.text = strdup("no");
	}
	fake.bus.log = qb_event_log_new(QB_EVENT_LOG_MAX);
	if (sd_bus_open_system(&fake.bus.bus) < 0 ||
	    sd_bus_track_new(fake.bus.bus, &fake.bus.subscribers, NULL, NULL) < 0 ||
	    sd_bus_add_filter(fake.bus.bus, NULL, on_message, NULL) < 0 ||
	    sd_bus_request_name(fake.bus.bus, QB_BUS_NAME, 0) < 0)
		return 1;
	while (sd_bus_wait(fake.bus.bus, UINT64_MAX) >= 0)
		while (sd_bus_process(fake.bus.bus, NULL) > 0)
			;
	return 0;
}
