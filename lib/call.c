/* SPDX-License-Identifier: MIT */
/* One call over D-Bus: its arguments, its answer, and what a failure means. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ble/error.h"
#include "client-internal.h"

int qble_fail(struct qble_client *client, int r, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(client->error, sizeof(client->error), format, ap);
	va_end(ap);
	return r;
}

/* Of the daemon's own errors the table has the errno; 0 for any other name. */
static int daemon_errno(const char *name)
{
	for (int i = QB_OK + 1; i < QB_ERROR_COUNT; i++)
		if (strcmp(qb_error_name((enum qb_error)i), name) == 0)
			return qb_error_errno((enum qb_error)i);
	return 0;
}

static bool is_any_of(const sd_bus_error *error, const char *const *names)
{
	for (; *names; names++)
		if (sd_bus_error_has_name(error, *names))
			return true;
	return false;
}

int qble_fail_call(struct qble_client *client, const char *member, int r, const sd_bus_error *error)
{
	static const char *const unknown[] = {
	        SD_BUS_ERROR_UNKNOWN_METHOD, SD_BUS_ERROR_UNKNOWN_INTERFACE,
	        SD_BUS_ERROR_UNKNOWN_OBJECT, SD_BUS_ERROR_INVALID_ARGS, NULL};
	static const char *const absent[] = {SD_BUS_ERROR_SERVICE_UNKNOWN,
	                                     SD_BUS_ERROR_NAME_HAS_NO_OWNER,
	                                     "org.freedesktop.DBus.Error.Disconnected", NULL};
	const char *name = error->name ? error->name : "";
	const char *text = error->message ? error->message : strerror(-r);
	int number = daemon_errno(name);

	if (number)
		return qble_fail(client, -number, "%s", text);
	/* First, as the library below tells of that in the words for a peer that is gone, too. */
	if (sd_bus_is_open(client->calls) <= 0 || r == -ECONNRESET || r == -EPIPE)
		return qble_fail(client, -ENOTCONN, "%s: the connection to the system bus is gone",
		                 member);
	if (is_any_of(error, absent))
		return qble_fail(client, -EHOSTDOWN, "%s: qbled is not running", member);
	/* From the bus, on behalf of one that will never answer; a timeout has another name. */
	if (sd_bus_error_has_name(error, SD_BUS_ERROR_NO_REPLY))
		return qble_fail(client, -EHOSTDOWN, "%s: qbled went away before it answered",
		                 member);
	if (r == -ETIMEDOUT || sd_bus_error_has_name(error, SD_BUS_ERROR_TIMEOUT))
		return qble_fail(client, -ETIMEDOUT, "%s: qbled did not answer in time", member);
	if (sd_bus_error_has_name(error, SD_BUS_ERROR_ACCESS_DENIED))
		return qble_fail(client, -EACCES,
		                 "%s: the bus does not let this user call qbled: "
		                 "be root or in the group qble",
		                 member);
	if (is_any_of(error, unknown))
		return qble_fail(client, -EOPNOTSUPP, "%s: this qbled does not know the call: %s",
		                 member, text);
	return qble_fail(client, r, "%s: %s", member, text);
}

static int append(sd_bus_message *m, const char *types, va_list ap)
{
	int r = 0;

	for (; *types && r >= 0; types++) {
		switch (*types) {
		case 'u': r = sd_bus_message_append(m, "u", va_arg(ap, uint32_t)); break;
		case 's': r = sd_bus_message_append(m, "s", va_arg(ap, const char *)); break;
		default: {
			const void *data = va_arg(ap, const void *);

			r = sd_bus_message_append_array(m, 'y', data, va_arg(ap, size_t));
		}
		}
	}
	return r;
}

int qble_call(struct qble_client *client, const char *interface, const char *member,
              sd_bus_message **ret, const char *types, ...)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	sd_bus_message *m = NULL;
	va_list ap;
	int r;

	client->error[0] = '\0';
	r = sd_bus_message_new_method_call(client->calls, &m, QBLE_NAME, QBLE_PATH, interface,
	                                   member);
	if (r >= 0) {
		va_start(ap, types);
		r = append(m, types, ap);
		va_end(ap);
	}
	if (r >= 0)
		r = sd_bus_call(client->calls, m, 0, &error, ret);
	/* What anybody sends to this connection may not heap up. */
	if (client->calls != client->bus)
		while (sd_bus_process(client->calls, NULL) > 0)
			;
	if (r < 0)
		r = qble_fail_call(client, member, r, &error);
	sd_bus_error_free(&error);
	sd_bus_message_unref(m);
	return r < 0 ? r : 0;
}
