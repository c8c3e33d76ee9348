/* SPDX-License-Identifier: MIT */
/* The verbs status and log-level: how the daemon is. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "qblectl.h"

#define LOG_PATH      "/org/freedesktop/LogControl1"
#define LOG_INTERFACE "org.freedesktop.LogControl1"

static const char *const properties[] = {"Version", "Controller", "Address",
                                         "Status",  "Activity",   "Features"};

static json_object *get(struct ctl *ctl, const char *property)
{
	sd_bus_message *m = NULL;
	json_object *value = NULL;

	if (sd_bus_call_method(qble_get_call_bus(ctl->client), CTL_NAME, CTL_PATH,
	                       "org.freedesktop.DBus.Properties", "Get", NULL, &m, "ss",
	                       CTL_EXTENDED, property) >= 0)
		value = ctl_json_from_bus(m);
	sd_bus_message_unref(m);
	return value;
}

static json_object *json_of_link(const struct ctl_link *link)
{
	json_object *object = json_object_new_object();

	ctl_json_add(object, "connect_id", json_object_new_int64(link->id));
	ctl_json_add(object, "role", json_object_new_string(link->role));
	ctl_json_add(object, "addr", json_object_new_string(link->addr));
	ctl_json_add(object, "addr_type", json_object_new_int64(link->addr_type));
	ctl_json_add(object, "mtu", json_object_new_int64(link->mtu));
	ctl_json_add(object, "interval", json_object_new_int64(link->interval));
	ctl_json_add(object, "latency", json_object_new_int64(link->latency));
	ctl_json_add(object, "timeout", json_object_new_int64(link->timeout));
	return object;
}

static const char *text_at(json_object *array, size_t i)
{
	json_object *value = json_object_array_get_idx(array, i);

	return value ? json_object_get_string(value) : "";
}

static void print_wrapped(json_object *words, unsigned columns, unsigned indent)
{
	unsigned at = indent;

	for (size_t i = 0; i < json_object_array_length(words); i++) {
		const char *word = text_at(words, i);

		if (at > indent && at + strlen(word) + 1 >= columns) {
			printf("\n%*s", (int)indent, "");
			at = indent;
		}
		at += (unsigned)printf("%s%s", at > indent ? " " : "", word);
	}
	putchar('\n');
}

static void print(struct ctl *ctl, json_object *o, const struct ctl_link *links, int n)
{
	json_object *version, *controller, *address, *status, *activity, *features;

	if (!json_object_object_get_ex(o, "version", &version) ||
	    !json_object_object_get_ex(o, "controller", &controller) ||
	    !json_object_object_get_ex(o, "address", &address) ||
	    !json_object_object_get_ex(o, "status", &status) ||
	    !json_object_object_get_ex(o, "activity", &activity) ||
	    !json_object_object_get_ex(o, "features", &features))
		return;
	printf("qbled       %s\n", json_object_get_string(version));
	printf("controller  %s, %s%s%s\n", text_at(controller, 0),
	       json_object_get_boolean(json_object_array_get_idx(controller, 1)) ? "up" : "down",
	       *text_at(controller, 2) ? ": " : "", text_at(controller, 2));
	printf("address     %s\n",
	       *json_object_get_string(address) ? json_object_get_string(address) : "-");
	printf("BLE         %s\n", json_object_get_int(status) ? "started" : "stopped");
	fputs("activity    ", stdout);
	if (json_object_array_length(activity))
		print_wrapped(activity, ctl_terminal_columns(ctl), 12);
	else
		puts("-");
	fputs("features    ", stdout);
	print_wrapped(features, ctl_terminal_columns(ctl), 12);
	printf("links       %d\n", n);
	if (!n)
		return;
	if (ctl->legend)
		printf("\n%sID ROLE       ADDRESS           TYPE   MTU INTERVAL LATENCY "
		       "TIMEOUT%s\n",
		       ctl_dim(ctl), ctl_plain(ctl));
	for (int i = 0; i < n; i++) {
		const struct ctl_link *l = &links[i];

		/* Intervals are in 1.25 ms, timeouts in 10 ms. */
		printf("%2u %-10s %s %s %3u %5.1f ms %7u %4u ms\n", l->id, l->role, l->addr,
		       l->addr_type ? "random" : "public", l->mtu, l->interval * 1.25, l->latency,
		       l->timeout * 10);
	}
}

int ctl_status(struct ctl *ctl, int argc, char **argv)
{
	static const char *const names[] = {"version", "controller", "address",
	                                    "status",  "activity",   "features"};
	struct ctl_link links[CTL_LINKS_MAX];
	json_object *object, *array;
	int n, r = ctl_open(ctl);

	if (r < 0)
		return r;
	r = qble_get_status(ctl->client);
	if (r < 0)
		return ctl_fail_call(ctl, r);
	n = ctl_links(ctl, links);
	if (n < 0)
		return n;
	object = json_object_new_object();
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		json_object *value = get(ctl, properties[i]);

		if (!value) {
			json_object_put(object);
			return ctl_fail(ctl, -EIO, "qbled does not tell its %s", properties[i]);
		}
		ctl_json_add(object, names[i], value);
	}
	if (!ctl->json) {
		print(ctl, object, links, n);
		json_object_put(object);
		return 0;
	}
	array = json_object_new_array();
	for (int i = 0; i < n; i++)
		json_object_array_add(array, json_of_link(&links[i]));
	ctl_json_add(object, "links", array);
	return ctl_json_print(ctl, object);
}

int ctl_log_level(struct ctl *ctl, int argc, char **argv)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	json_object *object;
	char *level = NULL;
	int r = ctl_open(ctl);

	if (r < 0)
		return r;
	r = qble_get_status(ctl->client);
	if (r < 0)
		return ctl_fail_call(ctl, r);
	if (argc)
		r = sd_bus_set_property(qble_get_call_bus(ctl->client), CTL_NAME, LOG_PATH,
		                        LOG_INTERFACE, "LogLevel", &error, "s", argv[0]);
	else
		r = sd_bus_get_property_string(qble_get_call_bus(ctl->client), CTL_NAME, LOG_PATH,
		                               LOG_INTERFACE, "LogLevel", &error, &level);
	if (r < 0) {
		r = ctl_fail_bus(ctl, "LogLevel", r, &error);
	} else if (level && ctl->json) {
		object = json_object_new_object();
		ctl_json_add(object, "level", json_object_new_string(level));
		r = ctl_json_print(ctl, object);
	} else if (level) {
		puts(level);
	}
	sd_bus_error_free(&error);
	free(level);
	return r < 0 ? r : 0;
}
