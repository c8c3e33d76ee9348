/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The server's program on bluetoothd, through sd-bus: GattManager1 and LEAdvertisingManager1. Both
 * of its ways are here: PropertiesChanged and WriteValue on the bus, and the sockets of
 * AcquireNotify and AcquireWrite, which BlueZ has for speed.
 */
#include <poll.h>
#include <sys/socket.h>
#include <systemd/sd-bus.h>

#include "app.h"

#define ROOT    "/app"
#define SERVICE "/app/service"
#define ADV     "/adv"
#define CHARA   "org.bluez.GattCharacteristic1"

struct chara {
	const char *path, *flag;
	uint16_t uuid;
	uint8_t value[VALUE_LEN];
	int fd; /* of AcquireNotify or AcquireWrite */
};

static struct chara charas[] = {
        {"/app/service/read", "read", UUID_READ, {0}, -1},
        {"/app/service/notify", "notify", UUID_NOTIFY, {0}, -1},
        {"/app/service/notifyfast", "notify", UUID_NOTIFY_FAST, {0}, -1},
        {"/app/service/write", "write-without-response", UUID_WRITE, {0}, -1},
        {"/app/service/writefast", "write-without-response", UUID_WRITE_FAST, {0}, -1},
};

enum { N_CHARAS = sizeof(charas) / sizeof(charas[0]) };

static sd_bus *bus;
static sd_event *event;

static int get_uuid(sd_bus *b, const char *path, const char *interface, const char *property,
                    sd_bus_message *reply, void *user, sd_bus_error *error)
{
	const struct chara *chara = user;
	char uuid[37];

	snprintf(uuid, sizeof(uuid), "0000%04x-0000-1000-8000-00805f9b34fb",
	         chara ? chara->uuid : UUID_SERVICE);
	return sd_bus_message_append(reply, "s", uuid);
}

static int get_true(sd_bus *b, const char *path, const char *interface, const char *property,
                    sd_bus_message *reply, void *user, sd_bus_error *error)
{
	return sd_bus_message_append(reply, "b", 1);
}

static int get_service(sd_bus *b, const char *path, const char *interface, const char *property,
                       sd_bus_message *reply, void *user, sd_bus_error *error)
{
	return sd_bus_message_append(reply, "o", SERVICE);
}

static int get_flags(sd_bus *b, const char *path, const char *interface, const char *property,
                     sd_bus_message *reply, void *user, sd_bus_error *error)
{
	const struct chara *chara = user;

	return sd_bus_message_append(reply, "as", 1, chara->flag);
}

static int get_value(sd_bus *b, const char *path, const char *interface, const char *property,
                     sd_bus_message *reply, void *user, sd_bus_error *error)
{
	const struct chara *chara = user;

	return sd_bus_message_append_array(reply, 'y', chara->value, VALUE_LEN);
}

static int get_acquired(sd_bus *b, const char *path, const char *interface, const char *property,
                        sd_bus_message *reply, void *user, sd_bus_error *error)
{
	const struct chara *chara = user;

	return sd_bus_message_append(reply, "b", chara->fd >= 0);
}

static int get_type(sd_bus *b, const char *path, const char *interface, const char *property,
                    sd_bus_message *reply, void *user, sd_bus_error *error)
{
	return sd_bus_message_append(reply, "s", "peripheral");
}

static int get_uuids(sd_bus *b, const char *path, const char *interface, const char *property,
                     sd_bus_message *reply, void *user, sd_bus_error *error)
{
	return sd_bus_message_append(reply, "as", 1, "fff0");
}

static int on_read(sd_bus_message *call, void *user, sd_bus_error *error)
{
	const struct chara *chara = user;
	sd_bus_message *reply = NULL;
	int r = sd_bus_message_new_method_return(call, &reply);

	if (r >= 0)
		r = sd_bus_message_append_array(reply, 'y', chara->value, VALUE_LEN);
	if (r >= 0)
		r = sd_bus_send(NULL, reply, NULL);
	sd_bus_message_unref(reply);
	return r;
}

static int on_write(sd_bus_message *call, void *user, sd_bus_error *error)
{
	const void *value;
	size_t len;
	int r = sd_bus_message_read_array(call, 'y', &value, &len);

	if (r < 0)
		return r;
	numbers_take(&written, value, len);
	return sd_bus_reply_method_return(call, NULL);
}

static int on_nothing(sd_bus_message *call, void *user, sd_bus_error *error)
{
	return sd_bus_reply_method_return(call, NULL);
}

/* Values of a socket, or its end: bluetoothd closes it with the link or the subscription. */
static int on_socket(sd_event_source *source, int fd, uint32_t events, void *user)
{
	struct chara *chara = user;
	uint8_t value[512];
	ssize_t n;

	while ((n = recv(fd, value, sizeof(value), MSG_DONTWAIT)) > 0)
		numbers_take(&written, value, (size_t)n);
	if (n < 0 && errno == EAGAIN)
		return 0;
	if (chara->fd == fd)
		chara->fd = -1;
	sd_event_source_disable_unref(source);
	close(fd);
	return 0;
}

static int on_acquire(sd_bus_message *call, void *user, sd_bus_error *error)
{
	struct chara *chara = user;
	sd_event_source *source;
	uint16_t mtu = 23;
	int pair[2], r;

	r = sd_bus_message_enter_container(call, 'a', "{sv}");
	while (r >= 0 && (r = sd_bus_message_enter_container(call, 'e', "sv")) > 0) {
		const char *name;

		r = sd_bus_message_read(call, "s", &name);
		if (r >= 0 && !strcmp(name, "mtu"))
			r = sd_bus_message_read(call, "v", "q", &mtu);
		else if (r >= 0)
			r = sd_bus_message_skip(call, "v");
		if (r >= 0)
			r = sd_bus_message_exit_container(call);
	}
	if (r < 0)
		return r;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0)
		return sd_bus_error_set_errno(error, errno);
	chara->fd = pair[0];
	check("the socket", sd_event_add_io(event, &source, pair[0], EPOLLIN, on_socket, chara));
	r = sd_bus_reply_method_return(call, "hq", pair[1], mtu);
	close(pair[1]);
	return r;
}

static const sd_bus_vtable service_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_PROPERTY("UUID", "s", get_uuid, 0, 0),
        SD_BUS_PROPERTY("Primary", "b", get_true, 0, 0),
        SD_BUS_VTABLE_END,
};

#define ANY_CHARA                                                                                  \
	SD_BUS_PROPERTY("UUID", "s", get_uuid, 0, 0),                                              \
	        SD_BUS_PROPERTY("Service", "o", get_service, 0, 0),                                \
	        SD_BUS_PROPERTY("Flags", "as", get_flags, 0, 0),                                   \
	        SD_BUS_PROPERTY("Value", "ay", get_value, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE), \
	        SD_BUS_METHOD("ReadValue", "a{sv}", "ay", on_read, 0),                             \
	        SD_BUS_METHOD("WriteValue", "aya{sv}", "", on_write, 0),                           \
	        SD_BUS_METHOD("StartNotify", "", "", on_nothing, 0),                               \
	        SD_BUS_METHOD("StopNotify", "", "", on_nothing, 0)

/* That a characteristic has a socket is told by the property. */
static const sd_bus_vtable chara_vtable[] = {
        SD_BUS_VTABLE_START(0),
        ANY_CHARA,
        SD_BUS_VTABLE_END,
};

static const sd_bus_vtable notify_fast_vtable[] = {
        SD_BUS_VTABLE_START(0),
        ANY_CHARA,
        SD_BUS_PROPERTY("NotifyAcquired", "b", get_acquired, 0, 0),
        SD_BUS_METHOD("AcquireNotify", "a{sv}", "hq", on_acquire, 0),
        SD_BUS_VTABLE_END,
};

static const sd_bus_vtable write_fast_vtable[] = {
        SD_BUS_VTABLE_START(0),
        ANY_CHARA,
        SD_BUS_PROPERTY("WriteAcquired", "b", get_acquired, 0, 0),
        SD_BUS_METHOD("AcquireWrite", "a{sv}", "hq", on_acquire, 0),
        SD_BUS_VTABLE_END,
};

static const sd_bus_vtable adv_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_PROPERTY("Type", "s", get_type, 0, 0),
        SD_BUS_PROPERTY("ServiceUUIDs", "as", get_uuids, 0, 0),
        SD_BUS_METHOD("Release", "", "", on_nothing, 0),
        SD_BUS_VTABLE_END,
};

static void send_by_socket(struct chara *chara)
{
	struct pollfd pfd = {chara->fd, POLLOUT, 0};

	while (send(chara->fd, chara->value, VALUE_LEN, MSG_NOSIGNAL) < 0) {
		if (errno != EAGAIN)
			fail("AcquireNotify's socket", strerror(errno));
		poll(&pfd, 1, -1);
	}
}

static void send_by_signal(struct chara *chara)
{
	check("PropertiesChanged",
	      sd_bus_emit_properties_changed(bus, chara->path, CHARA, "Value", NULL));
	check("the bus", sd_bus_flush(bus));
}

void app_notify(uint16_t uuid, unsigned count)
{
	struct chara *chara = charas;

	while (chara->uuid != uuid)
		if (++chara == charas + N_CHARAS)
			fail("notify", "no such characteristic");
	/* bluetoothd answers a subscription before it asks for the socket. */
	while (uuid == UUID_NOTIFY_FAST && chara->fd < 0)
		if (!sd_bus_process(bus, NULL))
			check("the bus", sd_bus_wait(bus, UINT64_MAX));
	for (uint32_t i = 0; i < count; i++) {
		number_put(chara->value, i);
		if (uuid == UUID_NOTIFY_FAST)
			send_by_socket(chara);
		else
			send_by_signal(chara);
	}
	answer("ok");
}

/* bluetoothd goes on by itself. */
void app_advertise(void)
{
	answer("ok");
}

static int on_done(sd_bus_message *reply, void *user, sd_bus_error *error)
{
	bool *done = user;

	if (sd_bus_message_is_method_error(reply, NULL))
		fail("a registration", sd_bus_message_get_error(reply)->message);
	*done = true;
	return 0;
}

/* bluetoothd asks for the objects before it answers. */
static void manage(const char *adapter, const char *interface, const char *method, const char *path)
{
	bool done = false;

	check(method, sd_bus_call_method_async(bus, NULL, "org.bluez", adapter, interface, method,
	                                       on_done, &done, "oa{sv}", path, 0));
	while (!done)
		check(method, sd_event_run(event, UINT64_MAX));
}

int main(int argc, char **argv)
{
	char adapter[64];

	if (argc != 2)
		fail("usage", "app-bluez ADAPTER");
	snprintf(adapter, sizeof(adapter), "/org/bluez/%s", argv[1]);
	check("the loop", sd_event_default(&event));
	check("the bus", sd_bus_open_system(&bus));
	check("the bus", sd_bus_attach_event(bus, event, SD_EVENT_PRIORITY_NORMAL));
	check("objects", sd_bus_add_object_manager(bus, NULL, ROOT));
	check("objects", sd_bus_add_object_vtable(bus, NULL, SERVICE, "org.bluez.GattService1",
	                                          service_vtable, NULL));
	for (unsigned i = 0; i < N_CHARAS; i++) {
		struct chara *chara = &charas[i];
		const sd_bus_vtable *vtable = chara_vtable;

		if (chara->uuid == UUID_NOTIFY_FAST)
			vtable = notify_fast_vtable;
		else if (chara->uuid == UUID_WRITE_FAST)
			vtable = write_fast_vtable;
		check("objects",
		      sd_bus_add_object_vtable(bus, NULL, chara->path, CHARA, vtable, chara));
	}
	check("objects", sd_bus_add_object_vtable(bus, NULL, ADV, "org.bluez.LEAdvertisement1",
	                                          adv_vtable, NULL));
	manage(adapter, "org.bluez.GattManager1", "RegisterApplication", ROOT);
	manage(adapter, "org.bluez.LEAdvertisingManager1", "RegisterAdvertisement", ADV);
	app_run(event);
	sd_bus_flush_close_unref(bus);
	sd_event_unref(event);
	return 0;
}
