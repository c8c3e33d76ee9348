/* SPDX-License-Identifier: MIT */
/* JSON, one object a line, of our own and of whatever came over the bus. */
#include <errno.h>
#include <stdlib.h>

#include "qblectl.h"

#define DEPTH_MAX 16

int ctl_json_print(struct ctl *ctl, json_object *object)
{
	int r = 0;

	ctl_hide_progress(ctl);
	if (puts(json_object_to_json_string_ext(
	            object, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)) < 0 ||
	    fflush(stdout))
		r = ctl_fail_output(ctl);
	json_object_put(object);
	return r;
}

void ctl_json_add(json_object *object, const char *key, json_object *value)
{
	json_object_object_add(object, key, value);
}

json_object *ctl_json_octets(const uint8_t *data, size_t len)
{
	char *hex = ctl_hex(data, len, 0);
	json_object *value = json_object_new_string(hex ? hex : "");

	free(hex);
	return value;
}

json_object *ctl_json_uuid(const uint8_t uuid[16])
{
	char str[QBLE_UUID_STRING_SIZE];

	return json_object_new_string(qble_uuid_to_string(uuid, str));
}

static json_object *read_value(sd_bus_message *m, unsigned depth);

static json_object *read_basic(sd_bus_message *m, char type)
{
	union {
		uint8_t y;
		int b;
		int16_t n;
		uint16_t q;
		int32_t i;
		uint32_t u;
		int64_t x;
		uint64_t t;
		double d;
		const char *s;
	} v;

	if (sd_bus_message_read_basic(m, type, &v) <= 0)
		return NULL;
	switch (type) {
	case 'y': return json_object_new_int(v.y);
	case 'b': return json_object_new_boolean(v.b);
	case 'n': return json_object_new_int(v.n);
	case 'q': return json_object_new_int(v.q);
	case 'i': return json_object_new_int(v.i);
	case 'u': return json_object_new_int64(v.u);
	case 'x': return json_object_new_int64(v.x);
	case 't': return json_object_new_uint64(v.t);
	case 'd': return json_object_new_double(v.d);
	case 's':
	case 'o':
	case 'g': return json_object_new_string(v.s);
	default: return NULL;
	}
}

/* {"key": value, ...} of a{sv} and its like. */
static json_object *read_dict(sd_bus_message *m, const char *contents, unsigned depth)
{
	json_object *object = json_object_new_object(), *key, *value;
	int r = sd_bus_message_enter_container(m, 'a', contents);

	while (r >= 0 && (r = sd_bus_message_at_end(m, false)) == 0) {
		r = sd_bus_message_enter_container(m, 'e', NULL);
		if (r < 0)
			break;
		key = read_value(m, depth);
		value = read_value(m, depth);
		if (!key || !value)
			r = -EBADMSG;
		if (r >= 0)
			json_object_object_add(object, json_object_get_string(key), value);
		else
			json_object_put(value);
		json_object_put(key);
		if (r >= 0)
			r = sd_bus_message_exit_container(m);
	}
	if (r < 0 || sd_bus_message_exit_container(m) < 0) {
		json_object_put(object);
		return NULL;
	}
	return object;
}

static json_object *read_list(sd_bus_message *m, char type, const char *contents, unsigned depth)
{
	json_object *array = json_object_new_array(), *value;
	int r = sd_bus_message_enter_container(m, type, contents);

	while (r >= 0 && (r = sd_bus_message_at_end(m, false)) == 0) {
		value = read_value(m, depth);
		if (!value)
			r = -EBADMSG;
		else
			json_object_array_add(array, value);
	}
	if (r < 0 || sd_bus_message_exit_container(m) < 0) {
		json_object_put(array);
		return NULL;
	}
	return array;
}

static json_object *read_value(sd_bus_message *m, unsigned depth)
{
	const char *contents;
	json_object *value;
	const void *data;
	size_t len;
	char type;

	if (depth == DEPTH_MAX || sd_bus_message_peek_type(m, &type, &contents) <= 0)
		return NULL;
	switch (type) {
	case 'v':
		if (sd_bus_message_enter_container(m, 'v', contents) < 0)
			return NULL;
		value = read_value(m, depth + 1);
		if (value && sd_bus_message_exit_container(m) < 0) {
			json_object_put(value);
			value = NULL;
		}
		return value;
	case 'a':
		if (contents[0] == '{')
			return read_dict(m, contents, depth + 1);
		if (contents[0] != 'y' || contents[1])
			return read_list(m, type, contents, depth + 1);
		if (sd_bus_message_read_array(m, 'y', &data, &len) < 0)
			return NULL;
		return ctl_json_octets(data, len);
	case 'r': return read_list(m, type, contents, depth + 1);
	default: return read_basic(m, type);
	}
}

json_object *ctl_json_from_bus(sd_bus_message *message)
{
	return read_value(message, 0);
}
