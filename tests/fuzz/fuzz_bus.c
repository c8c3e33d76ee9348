/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * D-Bus messages of callers that mean no good, octet by octet over a socket into the daemon's
 * methods, with the API behind them: every method and property with the types that it has and with
 * others, and bodies that are not what their types say. Every call that wants an answer has one.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api.h"
#include "bus/bus-internal.h"
#include "util/le.h"
#include "util/log.h"

#define MESSAGE_MAX 8192

/* D-Bus message types, flags and header fields. */
enum { CALL = 1, RETURN = 2, ERROR = 3 };
enum { NO_REPLY = 0x1 };
enum { PATH = 1, INTERFACE = 2, MEMBER = 3, REPLY_SERIAL = 5, SENDER = 7, SIGNATURE = 8 };

static struct {
	struct qb_bus *bus;
	struct qb_clock clock;
	struct fuzz_api api;
	int fd; /* the callers' end */
	uint32_t serial;
	unsigned calls, answers;
} bed;

/* The parts of qb_bus that belong to its connection, which here is a socket pair. */
void qb_bus_lost(struct qb_bus *bus, const char *why)
{
}

static int capture(void *user)
{
	return -ENOSPC;
}

static const struct qb_bus_ops ops = {.capture = capture};

static void on_event(void *user, const struct qb_event *event)
{
	uint64_t seq = qb_event_log_add(bed.bus->log, event);

	qb_bus_send_signal(bed.bus, event);
	qb_bus_tell_subscribers(bed.bus, seq, event);
	qb_bus_wake_waiters(bed.bus);
}

static void process(void)
{
	while (sd_bus_process(bed.bus->bus, NULL) > 0)
		;
}

static void disconnect(void)
{
	qb_bus_drop_waiters(bed.bus);
	bed.bus->subscribers = sd_bus_track_unref(bed.bus->subscribers);
	bed.bus->bus = sd_bus_close_unref(bed.bus->bus);
	close(bed.fd);
}

static void read_answers(void);

/* The bus of a system, as far as its end of a connection goes. */
static void connect_bus(void)
{
	static const char welcome[] =
	        "DATA\r\nOK 0123456789abcdef0123456789abcdef\r\nAGREE_UNIX_FD\r\n";
	char said[256];
	int fds[2];

	assert(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds));
	bed.fd = fds[1];
	assert(sd_bus_new(&bed.bus->bus) >= 0);
	assert(sd_bus_set_fd(bed.bus->bus, fds[0], fds[0]) >= 0);
	assert(sd_bus_set_bus_client(bed.bus->bus, true) >= 0);
	assert(sd_bus_start(bed.bus->bus) >= 0);
	process();
	assert(read(bed.fd, said, sizeof(said)) > 0);
	assert(write(bed.fd, welcome, sizeof(welcome) - 1) == sizeof(welcome) - 1);
	process();
	/* Hello. */
	read_answers();
	assert(sd_bus_is_ready(bed.bus->bus) > 0);
	assert(sd_bus_add_object_vtable(bed.bus->bus, NULL, QB_BUS_PATH, QB_BUS_INTERFACE,
	                                bed.bus->vtable, bed.bus) >= 0);
	assert(sd_bus_add_object_vtable(bed.bus->bus, NULL, QB_BUS_PATH, QB_BUS_EXTENDED,
	                                bed.bus->extended, bed.bus) >= 0);
	assert(qb_bus_add_log_control(bed.bus->bus) >= 0);
	assert(sd_bus_track_new(bed.bus->bus, &bed.bus->subscribers, NULL, NULL) >= 0);
}

static void start(void)
{
	unsigned n = 0;

	while (qb_calls[n].name)
		n++;
	bed.bus = calloc(1, sizeof(*bed.bus) + n * sizeof(bed.bus->methods[0]));
	assert(bed.bus && sd_event_new(&bed.bus->event) >= 0);
	assert(qb_clock_init(&bed.clock, bed.bus->event) >= 0);
	bed.bus->clock = &bed.clock;
	bed.bus->name = QB_BUS_NAME;
	bed.bus->controller = "fuzz";
	bed.bus->ops = &ops;
	qb_list_init(&bed.bus->waiters);
	assert(qb_bus_build_vtables(bed.bus) >= 0);
	connect_bus();
}

/* A message on its way out: little-endian, each value at a multiple of its size. */
struct writer {
	uint8_t p[MESSAGE_MAX];
	size_t len;
};

static void align(struct writer *w, size_t size)
{
	while (w->len % size)
		w->p[w->len++] = 0;
}

static void put_octets(struct writer *w, const void *data, size_t len)
{
	if (len)
		memcpy(w->p + w->len, data, len);
	w->len += len;
}

static void put_u32(struct writer *w, uint32_t v)
{
	align(w, 4);
	qb_put_le32(w->p + w->len, v);
	w->len += 4;
}

static void put_string(struct writer *w, const void *text, size_t len)
{
	put_u32(w, (uint32_t)len);
	put_octets(w, text, len);
	w->p[w->len++] = 0;
}

static void put_signature(struct writer *w, const char *types)
{
	w->p[w->len++] = (uint8_t)strlen(types);
	put_octets(w, types, strlen(types) + 1);
}

static void put_field(struct writer *w, uint8_t code, const char *type, const char *value)
{
	align(w, 8);
	w->p[w->len++] = code;
	put_signature(w, type);
	if (*type == 'g')
		put_signature(w, value);
	else
		put_string(w, value, strlen(value));
}

struct message {
	uint8_t type, flags;
	uint32_t reply_to;
	const char *path, *interface, *member, *sender, *types;
	struct writer body;
};

static void send_message(struct message *message)
{
	struct writer w = {.len = 0};
	size_t fields;

	put_octets(&w, (uint8_t[]){'l', message->type, message->flags, 1}, 4);
	put_u32(&w, (uint32_t)message->body.len);
	put_u32(&w, ++bed.serial);
	put_u32(&w, 0);
	fields = w.len;
	if (message->path)
		put_field(&w, PATH, "o", message->path);
	if (message->interface)
		put_field(&w, INTERFACE, "s", message->interface);
	if (message->member)
		put_field(&w, MEMBER, "s", message->member);
	if (message->reply_to) {
		align(&w, 8);
		w.p[w.len++] = REPLY_SERIAL;
		put_signature(&w, "u");
		put_u32(&w, message->reply_to);
	}
	if (message->sender)
		put_field(&w, SENDER, "s", message->sender);
	if (*message->types)
		put_field(&w, SIGNATURE, "g", message->types);
	qb_put_le32(w.p + fields - 4, (uint32_t)(w.len - fields));
	align(&w, 8);
	assert(w.len + message->body.len <= sizeof(w.p));
	put_octets(&w, message->body.p, message->body.len);
	if (message->type == CALL && !(message->flags & NO_REPLY))
		bed.calls++;
	assert(write(bed.fd, w.p, w.len) == (ssize_t)w.len);
}

/* The bus's answer to Hello, to GetNameOwner of who is tracked, and to AddMatch, which has none. */
static void answer_to_bus(const uint8_t *call)
{
	struct message message = {.type = RETURN,
	                          .reply_to = qb_get_le32(call + 8),
	                          .sender = "org.freedesktop.DBus",
	                          .types = "s"};

	put_string(&message.body, ":1.1", 4);
	send_message(&message);
}

static void read_answers(void)
{
	static uint8_t in[1024 * 1024];
	ssize_t n;

	/* The messages are as long as their headers say, so they come whole. */
	while ((n = recv(bed.fd, in, sizeof(in), MSG_DONTWAIT)) > 0) {
		for (ssize_t at = 0; at < n;) {
			const uint8_t *p = in + at;
			size_t fields = (qb_get_le32(p + 12) + 7u) & ~7u;

			assert(n - at >= 16 && p[0] == 'l');
			bed.answers += p[1] == RETURN || p[1] == ERROR;
			if (p[1] == CALL)
				answer_to_bus(p);
			at += (ssize_t)(16 + fields + qb_get_le32(p + 4));
			assert(at <= n);
		}
		process();
	}
}

/* Values of the types, as far as those are ones that can be in a body of ours. */
static void put_values(struct writer *w, struct fuzz *fuzz, const char *types)
{
	uint8_t value[600];
	size_t len;

	for (const char *t = types; *t && w->len < MESSAGE_MAX / 2; t++) {
		switch (*t) {
		case 'u':
		case 'i': {
			uint8_t how = fuzz_octet(fuzz);

			put_u32(w, how < 0xf0 ? how & 0xf : (uint32_t)fuzz_u16(fuzz) << (how & 15));
			break;
		}
		case 't':
			align(w, 8);
			put_u32(w, fuzz_octet(fuzz));
			put_u32(w, fuzz_octet(fuzz) & 1);
			break;
		case 's':
			len = fuzz_value(fuzz, value, sizeof(value));
			put_string(w, value, len);
			break;
		case 'a':
			len = fuzz_value(fuzz, value, sizeof(value));
			put_u32(w, (uint32_t)len);
			put_octets(w, value, len);
			t++;
			break;
		default: return;
		}
	}
}

/* The types of a call's arguments. */
static const char *types_of(const struct qb_call *call, char ret[2 * QB_CALL_ARGS_MAX + 1])
{
	size_t n = 0;

	for (unsigned i = 0; i < qb_call_n_args(call); i++) {
		ret[n++] = call->args[i].type;
		if (call->args[i].type == 'a')
			ret[n++] = 'y';
	}
	ret[n] = '\0';
	return ret;
}

static const struct {
	const char *path, *interface, *member, *types;
} others[] = {
        {QB_BUS_PATH, QB_BUS_EXTENDED, "GetEvents", "tu"},
        {QB_BUS_PATH, QB_BUS_EXTENDED, "WaitEvents", "tuu"},
        {QB_BUS_PATH, QB_BUS_EXTENDED, "Subscribe", "t"},
        {QB_BUS_PATH, QB_BUS_EXTENDED, "Unsubscribe", ""},
        {QB_BUS_PATH, QB_BUS_EXTENDED, "Capture", ""},
        {QB_BUS_PATH, "org.freedesktop.DBus.Introspectable", "Introspect", ""},
        {"/", "org.freedesktop.DBus.Introspectable", "Introspect", ""},
        {QB_BUS_PATH, "org.freedesktop.DBus.Peer", "Ping", ""},
};

static const char *const properties[] = {"Version", "Features",    "Controller", "Address",
                                         "Status",  "Connections", "Activity",   "Nothing"};

#define COUNT(array) (sizeof(array) / sizeof(array[0]))

static void call_property(struct fuzz *fuzz, struct message *m)
{
	uint8_t what = fuzz_octet(fuzz);
	const char *name = properties[what & 7];

	m->path = QB_BUS_PATH;
	m->interface = "org.freedesktop.DBus.Properties";
	switch (what >> 5) {
	case 0:
		m->member = "GetAll";
		m->types = "s";
		put_string(&m->body, QB_BUS_EXTENDED, strlen(QB_BUS_EXTENDED));
		break;
	case 1:
		/* The level of the log, which can be set. */
		m->path = "/org/freedesktop/LogControl1";
		m->member = "Set";
		m->types = "ssv";
		put_string(&m->body, "org.freedesktop.LogControl1", 27);
		put_string(&m->body, "LogLevel", 8);
		put_signature(&m->body, "s");
		put_values(&m->body, fuzz, "s");
		break;
	default:
		m->member = what & 0x10 ? "Get" : "Set";
		m->types = what & 0x10 ? "ss" : "ssv";
		put_string(&m->body, QB_BUS_EXTENDED, strlen(QB_BUS_EXTENDED));
		put_string(&m->body, name, strlen(name));
		if (!(what & 0x10)) {
			put_signature(&m->body, "u");
			put_u32(&m->body, what);
		}
	}
}

static void call(struct fuzz *fuzz, uint8_t what)
{
	struct message m = {.type = CALL, .types = "", .path = QB_BUS_PATH};
	char types[2 * QB_CALL_ARGS_MAX + 1] = "", odd[8] = "";
	unsigned n = 0, i = fuzz_octet(fuzz);
	const uint8_t *p;
	size_t len;

	while (qb_calls[n].name)
		n++;
	if (i < 0xe0) {
		i %= n;
		m.interface = qb_calls[i].extended ? QB_BUS_EXTENDED : QB_BUS_INTERFACE;
		m.member = qb_calls[i].name;
		m.types = types_of(&qb_calls[i], types);
		if (what < 0xc0)
			put_values(&m.body, fuzz, m.types);
	} else if (i < 0xf0) {
		m.path = others[i % COUNT(others)].path;
		m.interface = others[i % COUNT(others)].interface;
		m.member = others[i % COUNT(others)].member;
		m.types = others[i % COUNT(others)].types;
		if (what < 0xc0)
			put_values(&m.body, fuzz, m.types);
	} else {
		call_property(fuzz, &m);
	}
	m.flags = what & 8 ? fuzz_octet(fuzz) & 7 : 0;
	m.sender = what & 0x10 ? ":1.1" : ":1.2";
	if (what >= 0xe0) {
		/* Other types than the method has. */
		for (i = fuzz_octet(fuzz) & 7; i; i--)
			odd[i - 1] = "uisytbdx"[(i + what) & 7];
		if (strnlen(odd, 8) == (size_t)(what & 7))
			m.types = odd;
	}
	if (what >= 0xc0) {
		p = fuzz_octets(fuzz, fuzz_octet(fuzz), &len);
		put_octets(&m.body, p, len);
	}
	send_message(&m);
}

static void settle(void)
{
	process();
	fuzz_controller_answer_all(&bed.api.controller);
	process();
	read_answers();
}

/* False if the daemon has hung up, as it may on who sends what is no message. */
static bool step(struct fuzz *fuzz)
{
	uint8_t what = fuzz_octet(fuzz);
	const uint8_t *p;
	size_t len;

	switch (what & 7) {
	case 5: fuzz_api_sleep(&bed.api, fuzz_octet(fuzz) * 20 * QB_MSEC); break;
	case 6:
		p = fuzz_octets(fuzz, fuzz_octet(fuzz), &len);
		fuzz_controller_sdu(&bed.api.controller, 1 + (what >> 7), QB_L2CAP_CID_ATT, p, len);
		break;
	case 7:
		if (what < 0xe0) {
			fuzz_controller_complete(&bed.api.controller, 1 + (what >> 4 & 1));
			break;
		}
		p = fuzz_octets(fuzz, fuzz_octet(fuzz), &len);
		if (!len || write(bed.fd, p, len) < 0)
			break;
		process();
		read_answers();
		/* Whatever it was, no message is to be told from it any more. */
		return false;
	default: call(fuzz, what);
	}
	settle();
	return sd_bus_is_open(bed.bus->bus) > 0;
}

/* Nobody reads it, but it is made all the same. */
static void on_line(const char *id, int level, const char *line)
{
	assert(level >= LOG_EMERG && level <= LOG_DEBUG && *line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz fuzz = {data, size};
	bool open = true;

	if (!bed.bus)
		start();
	qb_log_set_sink(on_line);
	qb_log_set_level(LOG_INFO);
	/* What costs much is made anew only where the last input has left something in it. */
	if (!bed.bus->log)
		bed.bus->log = qb_event_log_new(QB_EVENT_LOG_MAX);
	fuzz_api_new(&bed.api, false);
	fuzz_api_set_up(&bed.api);
	bed.api.event = on_event;
	bed.bus->ble = bed.api.ble;
	bed.calls = bed.answers = 0;
	while (fuzz.left && open)
		open = step(&fuzz);
	fuzz_api_end(&bed.api);
	bed.bus->ble = NULL;
	if (open) {
		qb_bus_wake_waiters(bed.bus);
		process();
		read_answers();
		assert(bed.answers == bed.calls);
	}
	assert(!bed.bus->replies);
	if (!open || sd_bus_track_count(bed.bus->subscribers)) {
		disconnect();
		connect_bus();
	}
	if (qb_event_log_next(bed.bus->log) > 1) {
		qb_event_log_free(bed.bus->log);
		bed.bus->log = NULL;
	}
	return 0;
}
