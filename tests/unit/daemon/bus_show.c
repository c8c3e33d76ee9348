/* SPDX-License-Identifier: GPL-2.0-or-later */
/* D-Bus values as text: 1, 'two', <03 04>, [5, 6], (7, 8), {'key': 9}; variants as what they hold.
 */
#include "bus_show.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "bus_bed.h"

struct out {
	char *text;
	size_t len, room;
};

static void put(struct out *out, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void put(struct out *out, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	out->len += (size_t)vsnprintf(out->text + out->len, out->room - out->len, format, ap);
	va_end(ap);
	ck_assert_uint_lt(out->len, out->room);
}

size_t show_octets(char *ret, size_t room, const uint8_t *data, size_t len)
{
	struct out out = {ret, 0, room};

	put(&out, "<");
	for (size_t i = 0; i < len; i++)
		put(&out, "%s%02x", i ? " " : "", data[i]);
	put(&out, ">");
	return out.len;
}

static void put_all(struct out *out, sd_bus_message *m);

static void put_container(struct out *out, sd_bus_message *m, char type, const char *inner)
{
	static const char brackets[] = "a[]r()e\0\0v\0\0";
	const char *b = strchr(brackets, type);
	bool dict = type == 'a' && inner[0] == '{';

	if (type == 'a' && !strcmp(inner, "y")) {
		const void *data;
		size_t len;

		ck_assert_int_ge(sd_bus_message_read_array(m, 'y', &data, &len), 0);
		out->len += show_octets(out->text + out->len, out->room - out->len, data, len);
		return;
	}
	ck_assert_int_gt(sd_bus_message_enter_container(m, type, inner), 0);
	if (type == 'e') {
		const char *key;

		ck_assert_int_gt(sd_bus_message_read_basic(m, 's', &key), 0);
		put(out, "%s: ", key);
	} else if (type != 'v') {
		put(out, "%c", dict ? '{' : b[1]);
	}
	put_all(out, m);
	ck_assert_int_ge(sd_bus_message_exit_container(m), 0);
	if (type != 'e' && type != 'v')
		put(out, "%c", dict ? '}' : b[2]);
}

static void put_all(struct out *out, sd_bus_message *m)
{
	const char *inner;
	bool first = true;
	char type;

	while (sd_bus_message_peek_type(m, &type, &inner) > 0) {
		union {
			uint32_t u;
			int32_t i;
			uint64_t t;
			int b;
			const char *s;
		} v;

		if (!first)
			put(out, ", ");
		first = false;
		if (strchr("arev", type)) {
			put_container(out, m, type, inner);
			continue;
		}
		ck_assert_int_gt(sd_bus_message_read_basic(m, type, &v), 0);
		switch (type) {
		case 'u': put(out, "%u", v.u); break;
		case 'i': put(out, "%d", v.i); break;
		case 't': put(out, "%llu", (unsigned long long)v.t); break;
		case 'h': put(out, "fd"); break;
		case 'b': put(out, v.b ? "true" : "false"); break;
		default: put(out, "'%s'", v.s);
		}
	}
}

const char *bed_show(sd_bus_message *m, char *ret, size_t room)
{
	struct out out = {ret, 0, room};

	put(&out, "(");
	put_all(&out, m);
	put(&out, ")");
	return ret;
}
