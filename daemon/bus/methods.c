/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The methods: two vtables made from the tables of calls and events, and one handler for all. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus/bus-internal.h"

/* A method call whose answer is still to come. */
struct reply {
	struct qb_bus *bus;
	sd_bus_message *call;
	const char *result;
};

static int send_result(struct reply *reply, const struct qb_result *result)
{
	sd_bus_message *m = NULL;
	int r;

	if (result->error)
		return sd_bus_reply_method_errorf(reply->call, qb_error_name(result->error), "%s",
		                                  result->text);
	r = sd_bus_message_new_method_return(reply->call, &m);
	if (r < 0)
		return r;
	if (!strcmp(reply->result, "ay"))
		r = sd_bus_message_append_array(m, 'y', result->data, result->len);
	else if (reply->result[0])
		r = sd_bus_message_append_basic(m, reply->result[0], &result->i);
	if (r >= 0)
		r = sd_bus_send(NULL, m, NULL);
	sd_bus_message_unref(m);
	return r;
}

static void on_result(void *user, const struct qb_result *result)
{
	struct reply *reply = user;

	/* A caller that is gone by now, or a bus, does not miss the answer. */
	send_result(reply, result);
	reply->bus->replies--;
	sd_bus_message_unref(reply->call);
	free(reply);
}

static int read_args(sd_bus_message *m, const struct qb_call *call, struct qb_value *args)
{
	int r = 0;

	for (unsigned i = 0; i < qb_call_n_args(call) && r >= 0; i++) {
		const void *data = NULL;
		const char *string = NULL;

		switch (call->args[i].type) {
		case 'u': r = sd_bus_message_read_basic(m, 'u', &args[i].u); break;
		case 's':
			r = sd_bus_message_read_basic(m, 's', &string);
			args[i].data = (const uint8_t *)string;
			args[i].len = string ? strlen(string) : 0;
			break;
		default:
			r = sd_bus_message_read_array(m, 'y', &data, &args[i].len);
			args[i].data = data;
		}
	}
	return r;
}

static int on_method(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	struct qb_method *method = userdata;
	struct qb_bus *bus = method->bus;
	struct qb_value args[QB_CALL_ARGS_MAX] = {0};
	struct reply *reply;
	int r;

	if (!bus->ble)
		return sd_bus_error_set(error, qb_error_name(QB_ERR_FAILED),
		                        "qbled is starting or going down");
	r = read_args(m, method->call, args);
	if (r < 0)
		return r;
	if (bus->replies >= QB_REPLIES_MAX)
		return sd_bus_error_setf(error, qb_error_name(QB_ERR_LIMIT_EXCEEDED),
		                         "%u calls wait for their end already", QB_REPLIES_MAX);
	reply = malloc(sizeof(*reply));
	if (!reply)
		return -ENOMEM;
	*reply = (struct reply){bus, sd_bus_message_ref(m), method->call->result};
	bus->replies++;
	qb_clock_tick(bus->clock);
	qb_call_run(bus->ble, method->call, args, on_result, reply);
	return 1;
}

/*
 * sd-bus wants the names of all arguments in one string, each ended by a NUL, and one more NUL.
 * The types are collected beside them. Both strings live until the vtables are freed.
 */
struct names {
	char *text;
	size_t len;
	char types[16];
};

static bool add_name(struct names *names, const char *name, const char *type)
{
	size_t len = strlen(name) + 1;
	char *text = realloc(names->text, names->len + len + 1);

	if (!text)
		return false;
	memcpy(text + names->len, name, len);
	names->text = text;
	names->len += len;
	text[names->len] = '\0';
	if (type)
		strncat(names->types, type, sizeof(names->types) - strlen(names->types) - 1);
	return true;
}

static char *keep(struct qb_bus *bus, char *string)
{
	if (string)
		bus->names[bus->n_names++] = string;
	return string;
}

static const char *type_string(char type)
{
	switch (type) {
	case 'u': return "u";
	case 'i': return "i";
	case 's': return "s";
	default: return "ay";
	}
}

static int method_row(struct qb_bus *bus, struct qb_method *method, sd_bus_vtable *ret)
{
	const struct qb_call *call = method->call;
	size_t offset = (size_t)((char *)method - (char *)bus);
	struct names names = {.text = calloc(1, 1)};
	bool ok = names.text;
	char *types;

	for (unsigned i = 0; i < qb_call_n_args(call) && ok; i++)
		ok = add_name(&names, call->args[i].name, type_string(call->args[i].type));
	if (ok && call->result[0])
		ok = add_name(&names, call->result_name, NULL);
	keep(bus, names.text);
	types = keep(bus, strdup(names.types));
	if (!ok || !types)
		return -ENOMEM;
	*ret = (sd_bus_vtable)SD_BUS_METHOD_WITH_NAMES_OFFSET(call->name, types, names.text,
	                                                      call->result, , on_method, offset,
	                                                      SD_BUS_VTABLE_UNPRIVILEGED);
	return 0;
}

static int signal_row(struct qb_bus *bus, const struct qb_event_def *def, sd_bus_vtable *ret)
{
	struct names names = {.text = calloc(1, 1)};
	bool ok = names.text && add_name(&names, "event_id", "u") &&
	          add_name(&names, "status", "i");
	char *types;

	for (unsigned i = 0; i < QB_EVENT_ARGS_MAX && def->args[i].name && ok; i++)
		ok = add_name(&names, def->args[i].name, type_string(def->args[i].type));
	keep(bus, names.text);
	types = keep(bus, strdup(names.types));
	if (!ok || !types)
		return -ENOMEM;
	*ret = (sd_bus_vtable)SD_BUS_SIGNAL_WITH_NAMES(def->signal, types, names.text, 0);
	return 0;
}

int qb_bus_build_vtables(struct qb_bus *bus)
{
	unsigned n_calls = 0, n_events = 0, n_extended = 0, n = 0, x = 0;
	int r = 0;

	while (qb_calls[n_calls].name)
		n_calls++;
	while (qb_events[n_events].signal)
		n_events++;
	while (qb_bus_extended_vtable[n_extended].type)
		n_extended++;
	bus->vtable = calloc(n_calls + n_events + 2, sizeof(*bus->vtable));
	bus->extended = calloc(n_calls + n_extended + 2, sizeof(*bus->extended));
	bus->names = calloc(2 * (n_calls + n_events), sizeof(*bus->names));
	if (!bus->vtable || !bus->extended || !bus->names)
		return -ENOMEM;
	bus->vtable[n++] = (sd_bus_vtable)SD_BUS_VTABLE_START(0);
	bus->extended[x++] = (sd_bus_vtable)SD_BUS_VTABLE_START(0);
	for (unsigned i = 0; i < n_calls && r >= 0; i++) {
		bus->methods[i] = (struct qb_method){bus, &qb_calls[i]};
		r = method_row(bus, &bus->methods[i],
		               qb_calls[i].extended ? &bus->extended[x++] : &bus->vtable[n++]);
	}
	for (unsigned i = 0; i < n_events && r >= 0; i++)
		r = signal_row(bus, &qb_events[i], &bus->vtable[n++]);
	if (r < 0)
		return r;
	memcpy(&bus->extended[x], qb_bus_extended_vtable, n_extended * sizeof(*bus->extended));
	bus->vtable[n] = bus->extended[x + n_extended] = (sd_bus_vtable)SD_BUS_VTABLE_END;
	return 0;
}

void qb_bus_free_vtables(struct qb_bus *bus)
{
	for (unsigned i = 0; i < bus->n_names; i++)
		free(bus->names[i]);
	free(bus->names);
	free(bus->vtable);
	free(bus->extended);
}
