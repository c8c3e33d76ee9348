/* SPDX-License-Identifier: MIT */
/* Values between sd-bus and GVariant: both have the types of D-Bus. */
#include "value.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

/* Deeper than anything that D-Bus allows. */
#define DEPTH_MAX 64

static int append_children(sd_bus_message *m, GVariant *value, char type, const char *contents);

static int append_basic(sd_bus_message *m, GVariant *value, char type)
{
	guint8 y;
	int b;

	if (strchr("sog", type))
		return sd_bus_message_append_basic(m, type, g_variant_get_string(value, NULL));
	/* A boolean is one octet there and an int here; the other numbers are the same. */
	if (type == 'b') {
		b = g_variant_get_boolean(value);
		return sd_bus_message_append_basic(m, 'b', &b);
	}
	if (type == 'y') {
		y = g_variant_get_byte(value);
		return sd_bus_message_append_basic(m, 'y', &y);
	}
	if (!strchr("nqiuxtd", type))
		return -EOPNOTSUPP;
	return sd_bus_message_append_basic(m, type, g_variant_get_data(value));
}

static int append(sd_bus_message *m, GVariant *value)
{
	const char *type = g_variant_get_type_string(value);
	char contents[256];
	size_t len = strlen(type);

	if (len >= sizeof(contents))
		return -EOPNOTSUPP;
	memcpy(contents, type, len + 1);
	switch (type[0]) {
	case 'v': {
		GVariant *inner = g_variant_get_variant(value);
		int r = append_children(m, value, 'v', g_variant_get_type_string(inner));

		g_variant_unref(inner);
		return r;
	}
	case 'a': return append_children(m, value, 'a', contents + 1);
	case '(': contents[len - 1] = '\0'; return append_children(m, value, 'r', contents + 1);
	case '{': contents[len - 1] = '\0'; return append_children(m, value, 'e', contents + 1);
	default: return append_basic(m, value, type[0]);
	}
}

static int append_children(sd_bus_message *m, GVariant *value, char type, const char *contents)
{
	int r = sd_bus_message_open_container(m, type, contents);

	for (gsize i = 0; i < g_variant_n_children(value) && r >= 0; i++) {
		GVariant *child = g_variant_get_child_value(value, i);

		r = append(m, child);
		g_variant_unref(child);
	}
	return r < 0 ? r : sd_bus_message_close_container(m);
}

int qble_glib_append(sd_bus_message *message, GVariant *tuple)
{
	int r = 0;

	for (gsize i = 0; tuple && i < g_variant_n_children(tuple) && r >= 0; i++) {
		GVariant *child = g_variant_get_child_value(tuple, i);

		r = append(message, child);
		g_variant_unref(child);
	}
	return r;
}

static GVariant *read_basic(sd_bus_message *m, char type)
{
	union {
		guint8 y;
		int b;
		guint64 number;
		const char *s;
	} v;

	if (sd_bus_message_read_basic(m, type, &v) <= 0)
		return NULL;
	switch (type) {
	case 's': return g_variant_new_string(v.s);
	case 'o': return g_variant_new_object_path(v.s);
	case 'g': return g_variant_new_signature(v.s);
	case 'b': return g_variant_new_boolean(v.b);
	case 'y': return g_variant_new_byte(v.y);
	case 'n':
	case 'q':
	case 'i':
	case 'u':
	case 'x':
	case 't':
	case 'd': {
		const char string[] = {type, '\0'};
		gpointer data;
		gsize size = strchr("nq", type) ? 2 : strchr("iu", type) ? 4 : 8;

		data = g_memdup2(&v, size);
		return g_variant_new_from_data(G_VARIANT_TYPE(string), data, size, TRUE, g_free,
		                               data);
	}
	default: return NULL;
	}
}

static GVariant *read_value(sd_bus_message *m, unsigned depth);

/* All that is left in the container, or in the message, as children of a value of that type. */
static GVariant *read_children(sd_bus_message *m, const char *type, unsigned depth)
{
	GVariantBuilder builder;
	GVariant *child;
	int r;

	g_variant_builder_init(&builder, G_VARIANT_TYPE(type));
	while ((r = sd_bus_message_at_end(m, false)) == 0) {
		child = read_value(m, depth);
		if (!child)
			break;
		g_variant_builder_add_value(&builder, child);
	}
	if (r > 0)
		return g_variant_builder_end(&builder);
	g_variant_builder_clear(&builder);
	return NULL;
}

static GVariant *read_container(sd_bus_message *m, char type, const char *contents, unsigned depth)
{
	char *string = type == 'a'   ? g_strconcat("a", contents, NULL)
	               : type == 'v' ? g_strdup("v")
	               : type == 'r' ? g_strconcat("(", contents, ")", NULL)
	                             : g_strconcat("{", contents, "}", NULL);
	GVariant *value = NULL;

	if (sd_bus_message_enter_container(m, type, contents) > 0)
		value = read_children(m, string, depth + 1);
	g_free(string);
	if (value && sd_bus_message_exit_container(m) < 0) {
		g_variant_unref(g_variant_ref_sink(value));
		value = NULL;
	}
	return value;
}

static GVariant *read_value(sd_bus_message *m, unsigned depth)
{
	const char *contents;
	char type;

	if (depth == DEPTH_MAX || sd_bus_message_peek_type(m, &type, &contents) <= 0)
		return NULL;
	return strchr("avre", type) ? read_container(m, type, contents, depth)
	                            : read_basic(m, type);
}

GVariant *qble_glib_read(sd_bus_message *message)
{
	const char *signature = sd_bus_message_get_signature(message, true);
	char *type = g_strconcat("(", signature ? signature : "", ")", NULL);
	GVariant *value = NULL;

	if (g_variant_type_string_is_valid(type))
		value = read_children(message, type, 0);
	g_free(type);
	return value ? g_variant_ref_sink(value) : NULL;
}
