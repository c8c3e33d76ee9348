/* SPDX-License-Identifier: MIT */
/* The verbs events and monitor: what the daemon's log keeps of events, and the events themselves.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "qblectl.h"

#define FETCH_MAX      256
#define DETAILS_COLUMN 4

static void print_legend(const struct ctl *ctl)
{
	if (ctl->legend && !ctl->json)
		printf("%s   SEQ EVENT                             LINK STATUS%s\n", ctl_dim(ctl),
		       ctl_plain(ctl));
}

/* A field as text; the caller frees. */
static char *field_text(const char *key, json_object *value)
{
	const char *text = json_object_is_type(value, json_type_string)
	                           ? json_object_get_string(value)
	                           : json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN);
	char *printable = ctl_printable(text, strlen(text)), *field = NULL;

	if (printable && asprintf(&field, "%s=%s", key, printable) < 0)
		field = NULL;
	free(printable);
	return field;
}

/* Where the next field goes: a new line, or this one. */
struct lines {
	unsigned columns, indent, at;
};

/* One that is too long for a line has several. */
static void print_field(struct lines *lines, const char *field)
{
	size_t width = strlen(field), done = 0, n;

	if (lines->at > lines->indent && lines->at + 1 + width <= lines->columns) {
		lines->at += (unsigned)printf(" %s", field);
		return;
	}
	while (done < width) {
		if (lines->at > lines->indent)
			putchar('\n');
		if (lines->at != lines->indent)
			printf("%*s", (int)lines->indent, "");
		n = ctl_print_columns(field + done, lines->columns - lines->indent, false);
		lines->at = lines->indent + (unsigned)n;
		done += n ? n : width;
	}
}

static int print_fields(const struct ctl *ctl, json_object *fields, unsigned indent);

/* What packed data holds: an entry a line. */
static int print_entries(const struct ctl *ctl, json_object *entries, unsigned indent)
{
	int r = 0;

	for (size_t i = 0; i < json_object_array_length(entries) && r >= 0; i++) {
		json_object *entry = json_object_array_get_idx(entries, i);

		printf("%*s- ", (int)indent, "");
		r = print_fields(ctl, entry, indent + 2);
	}
	return r;
}

/* In lines as wide as the terminal. What is printed parsed is not printed packed. */
static int print_fields(const struct ctl *ctl, json_object *fields, unsigned indent)
{
	struct lines lines = {ctl_terminal_columns(ctl) - 1, indent, 0};
	json_object *entries = NULL;

	if (json_object_object_get_ex(fields, "entries", &entries) &&
	    !json_object_is_type(entries, json_type_array))
		entries = NULL;
	/* Behind the dash of an entry. */
	if (indent > DETAILS_COLUMN)
		lines.at = indent;
	json_object_object_foreach(fields, key, value)
	{
		char *field;

		if (value == entries || strcmp(key, "data_len") == 0 ||
		    (entries && strcmp(key, "data") == 0))
			continue;
		field = field_text(key, value);
		if (!field)
			return -ENOMEM;
		print_field(&lines, field);
		free(field);
	}
	if (lines.at)
		putchar('\n');
	return entries ? print_entries(ctl, entries, indent) : 0;
}

/* In the place of events that are not those of the log; on the standard error with --json. */
static int note(struct ctl *ctl, const char *format, ...) __attribute__((format(printf, 2, 3)));
static int note(struct ctl *ctl, const char *format, ...)
{
	FILE *out = ctl->json ? stderr : stdout;
	va_list ap;

	if (ctl->json)
		fputs("qblectl: ", out);
	else
		fprintf(out, "%6s %s", "-", ctl_dim(ctl));
	va_start(ap, format);
	vfprintf(out, format, ap);
	va_end(ap);
	fprintf(out, "%s\n", ctl->json ? "" : ctl_plain(ctl));
	return fflush(out) && out == stdout ? ctl_fail_output(ctl) : 0;
}

struct row {
	uint64_t seq;
	uint32_t id, link;
	int32_t status;
	json_object *fields;
};

/* Takes the fields. */
static int print_row(struct ctl *ctl, const struct row *row)
{
	json_object *object;
	char link[16] = "-";
	int r;

	if (ctl->json) {
		object = json_object_new_object();
		ctl_json_add(object, "seq", json_object_new_uint64(row->seq));
		ctl_json_add(object, "event_id", json_object_new_int64(row->id));
		ctl_json_add(object, "event", json_object_new_string(ctl_event_name(row->id)));
		ctl_json_add(object, "status", json_object_new_int(row->status));
		ctl_json_add(object, "connect_id",
		             row->link == QBLE_NO_CONNECTION ? NULL
		                                             : json_object_new_int64(row->link));
		ctl_json_add(object, "fields", row->fields);
		return ctl_json_print(ctl, object);
	}
	if (row->link != QBLE_NO_CONNECTION)
		snprintf(link, sizeof(link), "%u", row->link);
	printf("%6llu %s%-33s%s %4s %6d\n", (unsigned long long)row->seq, ctl_bold(ctl),
	       ctl_event_name(row->id), ctl_plain(ctl), link, row->status);
	r = print_fields(ctl, row->fields, DETAILS_COLUMN);
	json_object_put(row->fields);
	return r >= 0 && fflush(stdout) ? ctl_fail_output(ctl) : r;
}

/*
 * One of the log, (tuiua{sv}); positive if there was one. expected: its number, unless the log went
 * on while nobody read our output; 0 for any.
 */
static int print_logged(struct ctl *ctl, sd_bus_message *m, uint64_t *expected)
{
	struct row row;
	int r = sd_bus_message_enter_container(m, 'r', "tuiua{sv}");

	if (r > 0)
		r = sd_bus_message_read(m, "tuiu", &row.seq, &row.id, &row.status, &row.link);
	if (r <= 0)
		return r;
	if (*expected && row.seq > *expected)
		r = note(ctl, "%llu events are gone from the log",
		         (unsigned long long)(row.seq - *expected));
	if (r < 0)
		return r;
	*expected = row.seq + 1;
	row.fields = ctl_json_from_bus(m);
	if (!row.fields)
		return -EBADMSG;
	r = print_row(ctl, &row);
	if (r >= 0)
		r = sd_bus_message_exit_container(m);
	return r < 0 ? r : 1;
}

/* An answer of the log; the next number, and how many rows there were. */
static int print_rows(struct ctl *ctl, sd_bus_message *m, uint64_t *next, uint32_t *left)
{
	uint64_t expected = *next;
	int n = 0, r = sd_bus_message_read(m, "t", next);

	if (r > 0)
		r = sd_bus_message_enter_container(m, 'a', "(tuiua{sv})");
	while (r > 0) {
		r = print_logged(ctl, m, &expected);
		if (r <= 0)
			break;
		n++;
		if (*left && !--*left)
			break;
	}
	if (r == -EBADMSG || r == -ENXIO)
		return ctl_fail(ctl, -EIO, "an answer of qbled was not understood");
	return r < 0 ? r : n;
}

int ctl_events(struct ctl *ctl, int argc, char **argv)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	uint32_t left = ctl->count;
	uint64_t next = ctl->since;
	int r = ctl_open(ctl);

	/* The library's words for what keeps the daemon from answering. */
	if (r >= 0 && qble_get_status(ctl->client) < 0)
		return ctl_fail_call(ctl, qble_get_status(ctl->client));
	if (r < 0)
		return r;
	print_legend(ctl);
	do {
		sd_bus_message *m = NULL;

		r = sd_bus_call_method(qble_get_call_bus(ctl->client), CTL_NAME, CTL_PATH,
		                       CTL_EXTENDED, "GetEvents", &error, &m, "tu", next,
		                       FETCH_MAX);
		if (r < 0)
			r = ctl_fail_bus(ctl, "GetEvents", r, &error);
		else
			r = print_rows(ctl, m, &next, &left);
		sd_bus_message_unref(m);
		sd_bus_error_free(&error);
	} while (r > 0 && !(ctl->count && !left));
	return r;
}

struct monitor {
	uint32_t left; /* 0: no end */
};

/* What is no event of the daemon's. */
static int note_own(struct ctl *ctl, const struct qble_event *event)
{
	switch (event->id) {
	case QBLE_DAEMON_GONE: return note(ctl, "qbled is gone; waiting for it");
	case QBLE_DAEMON_BACK:
		return event->status ? ctl_fail_call(ctl, event->status)
		                     : note(ctl, "qbled is back");
	default: return note(ctl, "the bus dropped %d events", event->status);
	}
}

static int on_event(struct ctl *ctl, const struct qble_event *event, void *user)
{
	struct monitor *monitor = user;
	int r;

	if (!event->seq)
		return note_own(ctl, event);
	r = print_row(ctl, &(struct row){.seq = event->seq,
	                                 .id = event->id,
	                                 .link = event->connect_id,
	                                 .status = event->status,
	                                 .fields = ctl_event_fields(event)});
	if (r < 0)
		return r;
	return monitor->left && !--monitor->left;
}

int ctl_monitor(struct ctl *ctl, int argc, char **argv)
{
	struct monitor monitor = {.left = ctl->count};
	int r = ctl_open(ctl);

	/* The library's words for what keeps the daemon from answering. */
	if (r >= 0 && qble_get_status(ctl->client) < 0)
		return ctl_fail_call(ctl, qble_get_status(ctl->client));
	if (r < 0)
		return r;
	print_legend(ctl);
	if (fflush(stdout))
		return ctl_fail_output(ctl);
	ctl->survives = true;
	r = ctl_await(ctl, on_event, &monitor, ctl->timeout_ms > 0 ? ctl->timeout_ms : -1, NULL);
	return r == -EINTR || r == -ETIMEDOUT ? 0 : r;
}
