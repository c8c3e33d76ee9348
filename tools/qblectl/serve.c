/* SPDX-License-Identifier: MIT */
/* The verb serve: publishes what a file describes, tells what clients do, and takes new values. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "qblectl.h"

struct serving {
	struct ctl_server *server;
	char input[2048]; /* a line that is not whole yet */
	size_t input_len;
};

static int publish_one(struct ctl *ctl, const struct ctl_chara *c, uint32_t service, uint32_t id)
{
	uint32_t uuid_s = qble_uuid_short(c->uuid), is_short = uuid_s != 0;
	int r;

	if (c->is_desc)
		return qble_add_chara_desc(ctl->client, service, id, c->permissions, is_short,
		                           uuid_s, c->uuid, c->value, c->len);
	r = qble_add_chara(ctl->client, service, id, c->properties, is_short, uuid_s, c->uuid);
	return r < 0 ? r
	             : qble_add_chara_value(ctl->client, service, id, c->permissions, is_short,
	                                    uuid_s, c->uuid, c->value, c->len);
}

/* Services are numbered from 1, characteristics by their place in the file, from 1 too. */
static int publish(struct ctl *ctl, struct ctl_server *server)
{
	uint32_t id = 0, handle = 0;
	int r = qble_set_local_name(ctl->client, 0, server->name);

	for (size_t i = 0; i < server->n_services && r >= 0; i++) {
		const struct ctl_service *s = &server->services[i];
		uint32_t uuid_s = qble_uuid_short(s->uuid);

		r = qble_add_service(ctl->client, !s->secondary, (uint32_t)i + 1, uuid_s != 0,
		                     uuid_s, s->uuid);
	}
	for (size_t i = 0; i < server->n_charas && r >= 0; i++) {
		const struct ctl_chara *c = &server->charas[i];

		id = c->is_desc ? id : (uint32_t)i + 1;
		r = publish_one(ctl, c, c->service + 1, id);
	}
	if (r >= 0)
		r = qble_add_or_clear_service(ctl->client, 1, 1);
	for (size_t i = 0; i < server->n_charas && r >= 0; i++) {
		struct ctl_chara *c = &server->charas[i];

		/* Descriptors come right behind their value, in the order of the calls. */
		if (c->is_desc)
			handle++;
		else
			r = qble_get_handle(ctl->client, c->service + 1, (uint32_t)i + 1, &handle);
		c->handle = (uint16_t)handle;
	}
	return r < 0 ? ctl_fail_call(ctl, r) : 0;
}

static int tell(struct ctl *ctl, const char *what, uint32_t link, const char *name,
                const char *hex_or_text)
{
	json_object *object;

	if (!ctl->json) {
		printf("%2u %-13s %s%s%s\n", link, what, name, *name && *hex_or_text ? " " : "",
		       hex_or_text);
		return fflush(stdout) ? ctl_fail_output(ctl) : 0;
	}
	object = json_object_new_object();
	ctl_json_add(object, "what", json_object_new_string(what));
	ctl_json_add(object, "connect_id", json_object_new_int64(link));
	if (*name)
		ctl_json_add(object, "attribute", json_object_new_string(name));
	if (*hex_or_text)
		ctl_json_add(object, "value", json_object_new_string(hex_or_text));
	return ctl_json_print(ctl, object);
}

/* The file's name of a characteristic, or the assigned one, or its UUID. */
static const char *name_of(const struct ctl_chara *c, char str[QBLE_UUID_STRING_SIZE])
{
	const char *name = *c->name ? c->name : ctl_uuid_name(c->uuid, c->is_desc ? 'd' : 'c');

	return name ? name : qble_uuid_to_string(c->uuid, str);
}

static int tell_attribute(struct ctl *ctl, struct ctl_server *server,
                          const struct qble_event *event)
{
	bool is_write = event->id == QBLE_GATT_RECV_WRITE_IND;
	char str[QBLE_UUID_STRING_SIZE];
	struct ctl_chara *owner = NULL;
	char *hex = ctl_hex(event->u.attr.data, event->u.attr.len, ctl->json ? 0 : ' ');
	int r = hex ? 0 : -ENOMEM;

	for (size_t i = 0; i < server->n_charas && r >= 0; i++) {
		struct ctl_chara *c = &server->charas[i];

		if (!c->is_desc)
			owner = c;
		if (c->handle != event->u.attr.attr_handle)
			continue;
		if (is_write && c->is_desc && owner && qble_uuid_short(c->uuid) == 0x2902 &&
		    event->u.attr.len && event->connect_id < CTL_LINKS_MAX) {
			uint8_t bits = event->u.attr.data[0] & 3;

			owner->subscribed[event->connect_id] = bits;
			r = tell(ctl, bits ? "subscribes" : "unsubscribes", event->connect_id,
			         name_of(owner, str), "");
		} else {
			r = tell(ctl, is_write ? "writes" : "reads", event->connect_id,
			         name_of(c, str), hex);
		}
		break;
	}
	free(hex);
	return r;
}

static int on_gone(struct ctl *ctl, struct ctl_server *server, const struct qble_event *event)
{
	char addr[QBLE_ADDR_STRING_SIZE];
	int r;

	for (size_t i = 0; i < server->n_charas; i++)
		if (event->connect_id < CTL_LINKS_MAX)
			server->charas[i].subscribed[event->connect_id] = 0;
	r = tell(ctl, "disconnected", event->connect_id, "",
	         qble_addr_to_string(event->u.connect.addr, addr));
	/* The connection had ended it. */
	if (r >= 0) {
		r = qble_adv_start(ctl->client);
		if (r < 0)
			ctl_fail_call(ctl, r);
	}
	return r;
}

/* A new value goes to who subscribed; one whose queue is full reads it later. */
static int change(struct ctl *ctl, struct ctl_server *server, size_t at, const uint8_t *value,
                  size_t len)
{
	struct ctl_chara *c = &server->charas[at];
	int r = qble_change_chara_value(ctl->client, c->service + 1, (uint32_t)at + 1, value, len);

	for (uint32_t link = 0; link < CTL_LINKS_MAX && r >= 0; link++) {
		int sent = 0;

		if (c->subscribed[link] & 1)
			sent = qble_send_notification(ctl->client, link, c->handle, value, len);
		else if (c->subscribed[link] & 2)
			sent = qble_send_indication(ctl->client, link, c->handle, value, len);
		if (sent < 0)
			fprintf(stderr, "qblectl: link %u: %s\n", link,
			        qble_last_error(ctl->client));
	}
	return r < 0 ? ctl_fail_call(ctl, r) : 0;
}

/* "NAME VALUE" from the standard input; what is wrong is said and passed by. */
static int on_line(struct ctl *ctl, struct ctl_server *server, char *line)
{
	char *text = strpbrk(line, " \t"), str[QBLE_UUID_STRING_SIZE];
	uint8_t value[CTL_VALUE_MAX];
	size_t len;

	if (!*line)
		return 0;
	if (text)
		*text++ = '\0';
	for (size_t i = 0; i < server->n_charas; i++) {
		if (server->charas[i].is_desc ||
		    strcmp(name_of(&server->charas[i], str), line) != 0)
			continue;
		if (!text ||
		    ctl_octets_parse(text + strspn(text, " \t"), value, sizeof(value), &len))
			break;
		return change(ctl, server, i, value, len);
	}
	fprintf(stderr, "qblectl: '%s': wanted NAME VALUE, with a name of the file\n", line);
	return 0;
}

static int on_input(struct ctl *ctl, struct serving *serving)
{
	char *line = serving->input, *end;
	ssize_t n = read(ctl->input_fd, serving->input + serving->input_len,
	                 sizeof(serving->input) - 1 - serving->input_len);
	int r = 0;

	if (n <= 0) {
		ctl->input_fd = -1;
		return 0;
	}
	serving->input_len += (size_t)n;
	serving->input[serving->input_len] = '\0';
	while (r >= 0 && (end = strchr(line, '\n'))) {
		*end = '\0';
		r = on_line(ctl, serving->server, line);
		line = end + 1;
	}
	serving->input_len = strlen(line);
	/* Nobody writes such lines. */
	if (serving->input_len == sizeof(serving->input) - 1)
		serving->input_len = 0;
	memmove(serving->input, line, serving->input_len);
	return r;
}

static int on_event(struct ctl *ctl, const struct qble_event *event, void *user)
{
	struct serving *serving = user;
	char addr[QBLE_ADDR_STRING_SIZE];

	if (!event)
		return on_input(ctl, serving);
	switch (event->id) {
	case QBLE_CONNECT_IND:
		if (event->status)
			return 0;
		return tell(ctl, "connected", event->connect_id, "",
		            qble_addr_to_string(event->u.connect.addr, addr));
	case QBLE_DISCONNECT_IND: return on_gone(ctl, serving->server, event);
	case QBLE_GATT_RECV_READ_IND:
	case QBLE_GATT_RECV_WRITE_IND: return tell_attribute(ctl, serving->server, event);
	case QBLE_STOP_STATUS_IND:
		return ctl_fail(ctl, -ENODEV, "BLE was stopped, status 0x%02x",
		                (unsigned)event->status);
	default: return 0;
	}
}

int ctl_serve(struct ctl *ctl, int argc, char **argv)
{
	struct ctl_server server = {0};
	struct serving serving = {.server = &server};
	int r = ctl_server_load(ctl, &server, argv[0]);

	if (r >= 0)
		r = ctl_open(ctl);
	if (r >= 0)
		r = ctl_start_server(ctl);
	if (r >= 0)
		r = publish(ctl, &server);
	if (r >= 0)
		r = ctl_advertise(ctl, server.name, server.services, server.n_services, NULL,
		                  server.interval_ms);
	if (r >= 0 && ctl->legend && !ctl->json) {
		printf("serving as '%s'; ^C ends it\n", server.name);
		fflush(stdout);
	}
	ctl->input_fd = STDIN_FILENO;
	if (r >= 0)
		r = ctl_await(ctl, on_event, &serving, ctl->timeout_ms > 0 ? ctl->timeout_ms : -1,
		              NULL);
	ctl->input_fd = -1;
	ctl_server_done(&server);
	return r == -EINTR || r == -ETIMEDOUT ? 0 : r;
}
