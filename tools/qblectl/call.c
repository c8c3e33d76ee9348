/* SPDX-License-Identifier: MIT */
/* The verb call: any method of the contract by its name, its arguments as people write them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "qblectl.h"

/* WaitEvents takes its time. */
#define CALL_SECONDS 60
#define OCTETS_MAX   4096

/* Of com.quectel.Ble1.xml, in its order. */
static const struct method {
	const char *name, *interface, *types, *args, *results;
} methods[] = {
#include "methods.inc"
};

#define N_METHODS (sizeof(methods) / sizeof(methods[0]))

static int list(struct ctl *ctl)
{
	for (size_t i = 0; i < N_METHODS; i++) {
		const struct method *m = &methods[i];

		if (ctl->json) {
			json_object *object = json_object_new_object();
			int r;

			ctl_json_add(object, "method", json_object_new_string(m->name));
			ctl_json_add(object, "interface", json_object_new_string(m->interface));
			ctl_json_add(object, "types", json_object_new_string(m->types));
			ctl_json_add(object, "args", json_object_new_string(m->args));
			r = ctl_json_print(ctl, object);
			if (r < 0)
				return r;
		} else {
			printf("%s%s%s\n", m->name, *m->args ? " " : "", m->args);
		}
	}
	return 0;
}

static int append_octets(struct ctl *ctl, sd_bus_message *m, const char *name, const char *text)
{
	uint8_t octets[OCTETS_MAX];
	size_t len;

	if (ctl_octets_parse(text, octets, sizeof(octets), &len) < 0)
		return ctl_fail(ctl, -EINVAL, "%s: '%s' is neither hex nor text:WORDS", name, text);
	return sd_bus_message_append_array(m, 'y', octets, len);
}

/* One argument of a type; how many letters of the signature that took. */
static int append(struct ctl *ctl, sd_bus_message *m, const char *types, const char *name,
                  const char *text)
{
	uint64_t number;
	int r;

	switch (*types) {
	case 'a': r = append_octets(ctl, m, name, text); return r < 0 ? r : 2;
	case 's': r = sd_bus_message_append(m, "s", text); return r < 0 ? r : 1;
	default: break;
	}
	if (ctl_number_parse(text, *types == 't' ? UINT64_MAX : UINT32_MAX, &number) < 0)
		return ctl_fail(ctl, -EINVAL, "%s: '%s' is no number, like 18 or 0x12", name, text);
	r = *types == 't' ? sd_bus_message_append(m, "t", number)
	                  : sd_bus_message_append(m, "u", (uint32_t)number);
	return r < 0 ? r : 1;
}

static int append_all(struct ctl *ctl, sd_bus_message *m, const struct method *method, int argc,
                      char **argv)
{
	const char *types = method->types, *names = method->args;
	int r;

	for (int i = 0; i < argc; i++) {
		char name[32];
		size_t len = strcspn(names, " ");

		if (!*types)
			break;
		snprintf(name, sizeof(name), "%.*s", (int)len, names);
		r = append(ctl, m, types, name, argv[i]);
		if (r < 0)
			return r;
		types += r;
		names += len + (names[len] == ' ');
		if (!*types && i == argc - 1)
			return 0;
	}
	if (!*types && !argc)
		return 0;
	return ctl_fail(ctl, -EINVAL, "usage: qblectl call %s%s%s", method->name,
	                *method->args ? " " : "", method->args);
}

static int print_results(struct ctl *ctl, sd_bus_message *reply, const char *names)
{
	json_object *object = json_object_new_object(), *value;

	while (*names) {
		char name[32];
		size_t len = strcspn(names, " ");

		snprintf(name, sizeof(name), "%.*s", (int)len, names);
		value = ctl_json_from_bus(reply);
		if (!value) {
			json_object_put(object);
			return ctl_fail(ctl, -EIO, "the answer was not understood");
		}
		ctl_json_add(object, name, value);
		names += len + (names[len] == ' ');
	}
	if (ctl->json)
		return ctl_json_print(ctl, object);
	json_object_object_foreach(object, key, printed)
	{
		const char *text = json_object_to_json_string_ext(
		        printed, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);

		printf("%s=%s\n", key,
		       json_object_is_type(printed, json_type_string)
		               ? json_object_get_string(printed)
		               : text);
	}
	json_object_put(object);
	return 0;
}

struct call {
	struct ctl *ctl;
	const struct method *method;
};

static int on_answer(sd_bus_message *m, void *user, sd_bus_error *ret_error)
{
	const struct call *call = user;
	const sd_bus_error *error = sd_bus_message_get_error(m);
	struct ctl *ctl = call->ctl;
	int r;

	ctl_hide_progress(ctl);
	r = error ? ctl_fail_bus(ctl, call->method->name, -sd_bus_message_get_errno(m), error)
	          : print_results(ctl, m, call->method->results);
	if (!ctl->result)
		ctl->result = r < 0 ? r : 1;
	return 0;
}

static int make(struct ctl *ctl, const struct method *method, sd_bus_message *m)
{
	struct call call = {ctl, method};
	sd_bus_slot *slot = NULL;
	char what[64];
	int r;

	snprintf(what, sizeof(what), "the answer of %s", method->name);
	r = sd_bus_call_async(qble_get_bus(ctl->client), &slot, m, on_answer, &call, UINT64_MAX);
	if (r < 0)
		return ctl_fail(ctl, r, "%s: %s", method->name, strerror(-r));
	r = ctl_await(ctl, NULL, NULL, ctl_timeout(ctl, CALL_SECONDS), what);
	sd_bus_slot_unref(slot);
	return r;
}

int ctl_call(struct ctl *ctl, int argc, char **argv)
{
	const struct method *method = methods;
	sd_bus_message *m = NULL;
	int r;

	if (!argc)
		return list(ctl);
	while (method < methods + N_METHODS && strcmp(method->name, argv[0]) != 0)
		method++;
	if (method == methods + N_METHODS)
		return ctl_fail(ctl, -EINVAL, "there is no method '%s'; 'qblectl call' lists them",
		                argv[0]);
	r = ctl_open(ctl);
	if (r >= 0)
		r = sd_bus_message_new_method_call(qble_get_bus(ctl->client), &m, CTL_NAME,
		                                   CTL_PATH, method->interface, method->name);
	if (r >= 0)
		r = append_all(ctl, m, method, argc - 1, argv + 1);
	if (r >= 0)
		r = make(ctl, method, m);
	sd_bus_message_unref(m);
	return r;
}
