/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * org.freedesktop.LogControl1, as org.freedesktop.LogControl1(5) describes it: how much is logged
 * is shown and set while the daemon runs, by 'systemctl service-log-level' and 'qblectl log-level'.
 */
#include <errno.h>

#include "bus/bus-internal.h"
#include "util/log.h"

#define LOG_PATH      "/org/freedesktop/LogControl1"
#define LOG_INTERFACE "org.freedesktop.LogControl1"

static int get_level(sd_bus *bus, const char *path, const char *interface, const char *property,
                     sd_bus_message *reply, void *user, sd_bus_error *ret_error)
{
	return sd_bus_message_append(reply, "s", qb_log_level_name(qb_log_level()));
}

static int set_level(sd_bus *bus, const char *path, const char *interface, const char *property,
                     sd_bus_message *value, void *user, sd_bus_error *ret_error)
{
	const char *name;
	int level, r = sd_bus_message_read(value, "s", &name);

	if (r < 0)
		return r;
	level = qb_log_level_from_string(name);
	if (level < 0)
		return sd_bus_error_setf(ret_error, SD_BUS_ERROR_INVALID_ARGS,
		                         "'%s' is no log level: emerg, alert, crit, err, warning, "
		                         "notice, info or debug",
		                         name);
	qb_log_set_level(level);
	return 0;
}

/* There is one target, standard error, and nothing else can be chosen. */
static int get_target(sd_bus *bus, const char *path, const char *interface, const char *property,
                      sd_bus_message *reply, void *user, sd_bus_error *ret_error)
{
	return sd_bus_message_append(reply, "s", "console");
}

static int set_target(sd_bus *bus, const char *path, const char *interface, const char *property,
                      sd_bus_message *value, void *user, sd_bus_error *ret_error)
{
	return sd_bus_error_set(ret_error, SD_BUS_ERROR_NOT_SUPPORTED,
	                        "qbled logs to standard error only");
}

static int get_identifier(sd_bus *bus, const char *path, const char *interface,
                          const char *property, sd_bus_message *reply, void *user,
                          sd_bus_error *ret_error)
{
	return sd_bus_message_append(reply, "s", "qbled");
}

static const sd_bus_vtable vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_WRITABLE_PROPERTY("LogLevel", "s", get_level, set_level, 0, 0),
        SD_BUS_WRITABLE_PROPERTY("LogTarget", "s", get_target, set_target, 0, 0),
        SD_BUS_PROPERTY("SyslogIdentifier", "s", get_identifier, 0, SD_BUS_VTABLE_PROPERTY_CONST),
        SD_BUS_VTABLE_END,
};

int qb_bus_add_log_control(sd_bus *bus)
{
	return sd_bus_add_object_vtable(bus, NULL, LOG_PATH, LOG_INTERFACE, vtable, NULL);
}
