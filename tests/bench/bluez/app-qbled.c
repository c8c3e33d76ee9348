/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The server's program on qbled, through libqble-client. Notifications go in two ways: each call
 * waits for its reply, as the library's do; or none is wanted, and since each ends in an event,
 * there are never more on their way than qbled's queue has room for.
 */
#include <qble-client.h>
#include <systemd/sd-bus.h>

#include "app.h"

enum {
	SERVICE = 1,
	READ = 0x02,
	WRITE_WITHOUT_RSP = 0x04,
	NOTIFY = 0x10,
	READABLE = 0x0001,
	WRITABLE = 0x0002,
	UNDER_WAY_MAX = 96,
	REFILL = 64, /* that few are under way: qbled still has something to send */
};

static const struct chara {
	uint16_t uuid;
	uint32_t prop, permission;
} charas[] = {
        {UUID_READ, READ, READABLE},
        {UUID_NOTIFY, NOTIFY, 0},
        {UUID_NOTIFY_FAST, NOTIFY, 0},
        {UUID_WRITE, WRITE_WITHOUT_RSP, WRITABLE},
        {UUID_WRITE_FAST, WRITE_WITHOUT_RSP, WRITABLE},
};

enum { N_CHARAS = sizeof(charas) / sizeof(charas[0]) };

static struct {
	struct qble_client *client;
	bool started;
	uint32_t link;
	uint32_t sending; /* to which handle */
	bool fast;
	unsigned sent, count;
	unsigned ended; /* of the sends, as events tell */
} app;

static void need(int r)
{
	if (r < 0)
		fail("qbled", qble_last_error(app.client));
}

/* Until all are sent, or qbled's queue for the link is full. */
static void send_in_turn(void)
{
	uint8_t value[VALUE_LEN];

	while (app.sent < app.count) {
		int r;

		number_put(value, app.sent);
		r = qble_send_notification(app.client, app.link, app.sending, value, VALUE_LEN);
		if (r == -EBUSY)
			return;
		need(r);
		app.sent++;
	}
}

static void send_ahead(void)
{
	sd_bus *bus = qble_get_bus(app.client);
	uint8_t value[VALUE_LEN];

	while (app.sent < app.count && app.sent - app.ended < UNDER_WAY_MAX) {
		sd_bus_message *call = NULL;

		number_put(value, app.sent++);
		check("a call", sd_bus_message_new_method_call(
		                        bus, &call, "com.quectel.Ble1", "/com/quectel/Ble1",
		                        "com.quectel.Ble1", "SendNotification"));
		check("a call", sd_bus_message_append(call, "uu", app.link, app.sending));
		check("a call", sd_bus_message_append_array(call, 'y', value, VALUE_LEN));
		check("a call", sd_bus_message_set_expect_reply(call, 0));
		check("a call", sd_bus_send(bus, call, NULL));
		sd_bus_message_unref(call);
	}
}

static void send_on(void)
{
	if (app.fast)
		send_ahead();
	else
		send_in_turn();
}

static void on_event(struct qble_client *client, const struct qble_event *event, void *user)
{
	if (event->status)
		fail("an event", "it tells of an error");
	switch (event->id) {
	case QBLE_START_STATUS_IND: app.started = true; break;
	case QBLE_CONNECT_IND: app.link = event->connect_id; break;
	case QBLE_GATT_RECV_WRITE_IND:
		if (event->u.attr.short_uuid == UUID_WRITE ||
		    event->u.attr.short_uuid == UUID_WRITE_FAST)
			numbers_take(&written, event->u.attr.data, event->u.attr.len);
		break;
	case QBLE_GATT_SEND_END:
		app.ended++;
		if (app.ended == app.count)
			answer("ok");
		else if (app.sent - app.ended <= REFILL)
			send_on();
		break;
	case QBLE_EVENTS_LOST:
	case QBLE_DAEMON_GONE: fail("qbled", "gone, or the bus lost events"); break;
	}
}

void app_notify(uint16_t uuid, unsigned count)
{
	for (unsigned i = 0; i < N_CHARAS; i++)
		if (charas[i].uuid == uuid)
			need(qble_get_handle(app.client, SERVICE, i + 1, &app.sending));
	app.fast = uuid == UUID_NOTIFY_FAST;
	app.sent = app.ended = 0;
	app.count = count;
	send_on();
}

void app_advertise(void)
{
	need(qble_adv_start(app.client));
	answer("ok");
}

static void publish(struct qble_client *c)
{
	static const uint8_t adv[] = {2, 0x01, 0x06, 3, 0x03, 0xf0, 0xff}, no_cccd[2];
	uint8_t value[VALUE_LEN];

	number_put(value, 0);
	need(qble_set_local_name(c, 0, "a server"));
	need(qble_set_adv_param(c, 0x20, 0x20, 0, 0, 7, 0, 2, 1, 1));
	need(qble_set_adv_data(c, adv, sizeof(adv)));
	need(qble_add_service(c, 1, SERVICE, 1, UUID_SERVICE, NULL));
	for (unsigned i = 0; i < N_CHARAS; i++) {
		const struct chara *chara = &charas[i];

		need(qble_add_chara(c, SERVICE, i + 1, chara->prop, 1, chara->uuid, NULL));
		need(qble_add_chara_value(c, SERVICE, i + 1, chara->permission, 1, chara->uuid,
		                          NULL, value, sizeof(value)));
		if (chara->prop == NOTIFY)
			need(qble_add_chara_desc(c, SERVICE, i + 1, READABLE | WRITABLE, 1, 0x2902,
			                         NULL, no_cccd, sizeof(no_cccd)));
	}
	need(qble_add_or_clear_service(c, 1, 1));
	need(qble_adv_start(c));
}

int main(void)
{
	sd_event *event = NULL;

	check("the loop", sd_event_default(&event));
	check("the bus", qble_client_new(&app.client, on_event, NULL));
	need(qble_server_init(app.client));
	need(qble_gatt_start(app.client));
	while (!app.started)
		check("the start", qble_wait(app.client, -1));
	publish(app.client);
	check("the bus", qble_attach_event(app.client, event, SD_EVENT_PRIORITY_NORMAL));
	app_run(event);
	qble_client_free(app.client);
	sd_event_unref(event);
	return 0;
}
