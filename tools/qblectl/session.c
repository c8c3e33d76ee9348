/* SPDX-License-Identifier: MIT */
/* One run over the library: the handle, starting BLE, and ending what was begun. */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "qblectl.h"

#define ERROR_PREFIX CTL_NAME ".Error."

#define START_SECONDS 10
#define END_SECONDS   5

int ctl_fail(struct ctl *ctl, int r, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(ctl->message, sizeof(ctl->message), format, ap);
	va_end(ap);
	return r;
}

int ctl_fail_call(struct ctl *ctl, int r)
{
	const char *text = qble_last_error(ctl->client);

	/* It is the daemon that did not answer, and no peer. */
	if (r == -ETIMEDOUT)
		ctl->hint = CTL_HINT_HANGS;
	return ctl_fail(ctl, r, "%s", *text ? text : strerror(-r));
}

/* Of calls without a function of the library: whose errno it is; the daemon has the text. */
static const struct {
	const char *name;
	int number;
} errors[] = {
        {ERROR_PREFIX "InvalidArgument", EINVAL},  {ERROR_PREFIX "TooLong", EMSGSIZE},
        {ERROR_PREFIX "NotInitialized", EUNATCH},  {ERROR_PREFIX "NotStarted", ENETDOWN},
        {ERROR_PREFIX "AlreadyStarted", EALREADY}, {ERROR_PREFIX "Busy", EBUSY},
        {ERROR_PREFIX "NotFound", ENOENT},         {ERROR_PREFIX "AlreadyExists", EEXIST},
        {ERROR_PREFIX "NotConnected", ENOTCONN},   {ERROR_PREFIX "NotPermitted", EPERM},
        {ERROR_PREFIX "NotSupported", EOPNOTSUPP}, {ERROR_PREFIX "LimitExceeded", ENOSPC},
        {ERROR_PREFIX "Timeout", ETIMEDOUT},       {ERROR_PREFIX "NoController", ENODEV},
        {ERROR_PREFIX "Controller", EIO},          {SD_BUS_ERROR_INVALID_ARGS, EINVAL},
        {SD_BUS_ERROR_SERVICE_UNKNOWN, EHOSTDOWN}, {SD_BUS_ERROR_NAME_HAS_NO_OWNER, EHOSTDOWN},
        {SD_BUS_ERROR_NO_REPLY, EHOSTDOWN},        {SD_BUS_ERROR_ACCESS_DENIED, EACCES},
};

int ctl_fail_bus(struct ctl *ctl, const char *member, int r, const sd_bus_error *error)
{
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (error->name && strcmp(error->name, errors[i].name) == 0)
			r = -errors[i].number;
	if (r == -EHOSTDOWN)
		return ctl_fail(ctl, r, "%s: qbled is not running", member);
	if (r == -EACCES)
		return ctl_fail(ctl, r,
		                "%s: the bus does not let this user call qbled: be root or in the "
		                "group qble",
		                member);
	return ctl_fail(ctl, r, "%s", error->message ? error->message : strerror(-r));
}

int ctl_fail_output(struct ctl *ctl)
{
	if (errno == EPIPE)
		return -EPIPE;
	return ctl_fail(ctl, -EBADF, "cannot write the output: %s", strerror(errno));
}

int ctl_open(struct ctl *ctl)
{
	int r;

	/* Nothing has begun yet, and a daemon that hangs would keep us for long. */
	if (ctl_greet(ctl) < 0) {
		ctl->hint = CTL_HINT_HANGS;
		return ctl_fail(ctl, -ETIMEDOUT, "qbled did not answer in time");
	}
	r = qble_client_new(&ctl->client, ctl_on_event, ctl);
	ctl_hold_signals(ctl);
	if (r == -ETIMEDOUT)
		ctl->hint = CTL_HINT_HANGS;
	/* No bus, and so no daemon either, which is not what is to be started. */
	else if (r < 0 && r != -EACCES && r != -ENOSPC)
		ctl->hint = "is dbus running?";
	if (r < 0)
		return ctl_fail(ctl,
		                r == -EACCES || r == -ENOSPC || r == -ETIMEDOUT ? r : -EHOSTDOWN,
		                "%s", qble_last_error(NULL));
	return 0;
}

static int on_start(struct ctl *ctl, const struct qble_event *event, void *user)
{
	if (!event || event->id != QBLE_START_STATUS_IND)
		return 0;
	if (event->status)
		return ctl_fail(ctl, -EIO, "BLE did not start, status 0x%02x",
		                (unsigned)event->status);
	return 1;
}

static int read_activity(struct ctl *ctl)
{
	static const char *const words[] = {"server", "client", "advertising", "scanning",
	                                    "scan-filter"};
	sd_bus_error error = SD_BUS_ERROR_NULL;
	char **said = NULL;
	sd_bus_message *m = NULL;
	int r;

	r = sd_bus_get_property(qble_get_call_bus(ctl->client), CTL_NAME, CTL_PATH, CTL_EXTENDED,
	                        "Activity", &error, &m, "as");
	if (r >= 0)
		r = sd_bus_message_read_strv(m, &said);
	if (r < 0)
		r = ctl_fail_bus(ctl, "Activity", r, &error);
	ctl->before = 0;
	for (size_t i = 0; said && said[i]; i++) {
		for (size_t bit = 0; bit < sizeof(words) / sizeof(words[0]); bit++)
			if (strcmp(said[i], words[bit]) == 0)
				ctl->before |= 1u << bit;
		free(said[i]);
	}
	free(said);
	sd_bus_message_unref(m);
	sd_bus_error_free(&error);
	return r;
}

/* Positive if BLE is only just starting. */
static int take_role(struct ctl *ctl, enum ctl_share role, const char *fact)
{
	int r, started = qble_get_status(ctl->client);
	bool is_there = ctl->before & (role == CTL_SHARE_SERVER ? CTL_SERVER : CTL_CLIENT);

	if (started < 0)
		return ctl_fail_call(ctl, started);
	r = role == CTL_SHARE_SERVER ? qble_server_init(ctl->client)
	                             : qble_client_init(ctl->client);
	if (r >= 0 && (!is_there || ctl_share_other(ctl, fact)))
		ctl_share_hold(ctl, role, fact);
	if (r >= 0 && !started) {
		r = qble_gatt_start(ctl->client);
		/* Somebody else is just starting it. */
		r = r == -EALREADY ? 0 : r;
	}
	return r < 0 ? ctl_fail_call(ctl, r) : !started;
}

/* One set of services and of advertising data is all there is: not to be taken from somebody. */
static int fail_taken(struct ctl *ctl)
{
	const char *advertises = ctl->before & CTL_ADVERTISING ? ", and advertises" : "";
	unsigned pid = ctl_share_other(ctl, "server");

	if (pid)
		return ctl_fail(ctl, -EEXIST, "another qblectl, process %u, is the server here%s",
		                pid, advertises);
	return ctl_fail(ctl, -EEXIST,
	                "another program is the server here%s; 'qblectl call ServerRelease' would "
	                "end it",
	                advertises);
}

static int start(struct ctl *ctl, enum ctl_share role, const char *fact)
{
	int turn = ctl_turn_begin(ctl), r = read_activity(ctl);

	if (r >= 0 && role == CTL_SHARE_SERVER && ctl->before & CTL_SERVER)
		r = fail_taken(ctl);
	if (r >= 0)
		r = take_role(ctl, role, fact);
	ctl_unlock(turn);
	if (r <= 0)
		return r;
	r = ctl_await(ctl, on_start, NULL, START_SECONDS * 1000, "the controller");
	if (r == -ETIMEDOUT)
		ctl->hint = "'qblectl status' shows it";
	return r;
}

int ctl_start_client(struct ctl *ctl)
{
	return start(ctl, CTL_SHARE_CLIENT, "client");
}

int ctl_start_server(struct ctl *ctl)
{
	return start(ctl, CTL_SHARE_SERVER, "server");
}

/* What the first of us found, all others give back. */
static int set_filter(struct ctl *ctl, bool filter)
{
	bool on = ctl->before & CTL_SCAN_FILTER;
	bool was_on = ctl_share_other(ctl, "filter1");
	bool was_off = ctl_share_other(ctl, "filter0");

	ctl->filter = was_on || (on && !was_off);
	if (filter == on && !was_on && !was_off)
		return 0;
	ctl_share_hold(ctl, CTL_SHARE_FILTER, ctl->filter ? "filter1" : "filter0");
	return filter == on ? 0 : qble_set_scan_filter(ctl->client, filter);
}

int ctl_scan_begin(struct ctl *ctl, bool once)
{
	int turn = ctl_turn_begin(ctl), r = read_activity(ctl);
	bool is_on = ctl->before & CTL_SCANNING;

	if (r >= 0) {
		/* Where somebody scans already, who was heard once would not be heard again. */
		r = set_filter(ctl, once && !is_on);
		if (r >= 0)
			r = qble_scan_start(ctl->client);
		if (r >= 0 && (!is_on || ctl_share_other(ctl, "scan")))
			ctl_share_hold(ctl, CTL_SHARE_SCAN, "scan");
		if (r < 0)
			ctl_fail_call(ctl, r);
	}
	ctl_unlock(turn);
	return r;
}

/* What goes wrong here was not what the user asked for, and leaves no message. */
static void end_scan(struct ctl *ctl)
{
	if (ctl_share_drop(ctl, CTL_SHARE_SCAN))
		qble_scan_stop(ctl->client);
	if (ctl_share_drop(ctl, CTL_SHARE_FILTER))
		qble_set_scan_filter(ctl->client, ctl->filter);
}

void ctl_scan_end(struct ctl *ctl)
{
	int turn = ctl_turn_begin(ctl);

	end_scan(ctl);
	ctl_unlock(turn);
}

static int on_end_of_link(struct ctl *ctl, const struct qble_event *event, void *user)
{
	return event && event->id == QBLE_DISCONNECT_IND && event->connect_id == ctl->link;
}

/* As little as can be: others may use the radio. The last role that goes stops BLE. */
static void end(struct ctl *ctl)
{
	int turn = ctl_turn_begin(ctl);

	end_scan(ctl);
	if (ctl_share_drop(ctl, CTL_SHARE_LINK) && !ctl->link_gone &&
	    qble_disconnect(ctl->client, ctl->link) == 0) {
		ctl_unlock(turn);
		ctl_await(ctl, on_end_of_link, NULL, END_SECONDS * 1000, NULL);
		turn = ctl_turn_begin(ctl);
	}
	if (ctl_share_drop(ctl, CTL_SHARE_SERVER))
		qble_server_release(ctl->client);
	if (ctl_share_drop(ctl, CTL_SHARE_CLIENT))
		qble_client_release(ctl->client);
	ctl_unlock(turn);
}

void ctl_close(struct ctl *ctl)
{
	char message[sizeof(ctl->message)];

	if (!ctl->client)
		return;
	memcpy(message, ctl->message, sizeof(message));
	ctl_forget_signal();
	end(ctl);
	memcpy(ctl->message, message, sizeof(message));
	qble_client_free(ctl->client);
	ctl->client = NULL;
}
