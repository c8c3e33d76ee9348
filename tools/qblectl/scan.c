/* SPDX-License-Identifier: MIT */
/* The verb scan: a table that lives on a terminal, one at the end elsewhere, or JSON. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "qblectl.h"

#define SCAN_SECONDS 10
/* So often at most is waited for a name; some scan responses are lost. */
#define REPORTS_MAX 3
#define REDRAW_MS   250

/* Of events (Core 5.4, Vol 4, Part E, 7.7.65.2). */
#define ADV_IND      0x00
#define ADV_SCAN_IND 0x02

/* Core Specification Supplement, Part A, 1.1. */
#define AD_UUID16_SOME 0x02
#define AD_UUID16_ALL  0x03

struct device {
	uint8_t addr[6];
	uint32_t addr_type;
	int32_t rssi;
	char name[32];
	uint8_t service[16];
	bool has_service, complete;
	unsigned reports;
	json_object *last; /* to be printed when it is complete, or at the end */
};

struct scan {
	struct device *devices;
	size_t n, complete;
	size_t drawn; /* lines on the terminal */
	struct timespec drawn_at;
};

static struct device *device_of(struct scan *scan, const struct qble_event *event)
{
	struct device *d;

	for (size_t i = 0; i < scan->n; i++) {
		d = &scan->devices[i];
		if (memcmp(d->addr, event->u.scan.addr, 6) == 0 &&
		    d->addr_type == event->u.scan.addr_type)
			return d;
	}
	if (scan->n == CTL_DEVICES_MAX)
		return NULL;
	d = realloc(scan->devices, (scan->n + 1) * sizeof(*d));
	if (!d)
		return NULL;
	scan->devices = d;
	d += scan->n++;
	*d = (struct device){.addr_type = event->u.scan.addr_type};
	memcpy(d->addr, event->u.scan.addr, 6);
	return d;
}

/* The first 16-bit service UUID of advertising data. */
static bool find_service(const uint8_t *data, size_t len, uint8_t ret[16])
{
	for (size_t i = 0; i + 1 < len && data[i] && i + data[i] < len; i += 1u + data[i]) {
		uint8_t type = data[i + 1];

		if ((type != AD_UUID16_SOME && type != AD_UUID16_ALL) || data[i] < 3)
			continue;
		qble_uuid_from_short((uint16_t)(data[i + 2] | data[i + 3] << 8), ret);
		return true;
	}
	return false;
}

static json_object *json_of(const struct qble_event *event)
{
	json_object *object = json_object_new_object();
	char addr[QBLE_ADDR_STRING_SIZE];

	ctl_json_add(object, "addr",
	             json_object_new_string(qble_addr_to_string(event->u.scan.addr, addr)));
	ctl_json_add(object, "addr_type", json_object_new_int64(event->u.scan.addr_type));
	ctl_json_add(object, "event_type", json_object_new_int64(event->u.scan.event_type));
	ctl_json_add(object, "rssi", json_object_new_int(event->u.scan.rssi));
	ctl_json_add(object, "name", json_object_new_string(event->u.scan.name));
	ctl_json_add(object, "data", ctl_json_octets(event->u.scan.data, event->u.scan.len));
	return object;
}

/* Who has no name yet may send it in the scan response that follows. */
static bool is_complete(const struct device *d, const struct qble_event *event)
{
	bool is_scannable = event->u.scan.event_type == ADV_IND ||
	                    event->u.scan.event_type == ADV_SCAN_IND;

	return *event->u.scan.name || !is_scannable || d->reports >= REPORTS_MAX;
}

/* What was heard of a device, printed when there is no more to come. */
static int list(struct ctl *ctl, struct device *d, const struct qble_event *event)
{
	json_object *object = json_of(event);

	if (ctl->duplicates)
		return ctl_json_print(ctl, object);
	json_object_put(d->last);
	d->last = d->complete ? NULL : object;
	return d->complete ? ctl_json_print(ctl, object) : 0;
}

static int list_rest(struct ctl *ctl, struct scan *scan)
{
	int r = 0;

	for (size_t i = 0; i < scan->n && r >= 0; i++) {
		if (scan->devices[i].last)
			r = ctl_json_print(ctl, scan->devices[i].last);
		scan->devices[i].last = NULL;
	}
	return r;
}

/* Four bars from -90 dBm, which is barely heard, to -50, which is in the same room. */
static void print_bars(const struct ctl *ctl, int32_t rssi)
{
	static const char *const bars[] = {"▂", "▄", "▆", "█"};
	int n = rssi == 127 ? 0 : (rssi + 100) / 12;

	for (int i = 0; i < 4; i++)
		fputs(i >= n ? (ctl->utf8 ? " " : ".") : ctl->utf8 ? bars[i] : "#", stdout);
}

static void print_device(const struct ctl *ctl, const struct device *d, unsigned columns)
{
	char addr[QBLE_ADDR_STRING_SIZE], uuid[QBLE_UUID_STRING_SIZE];
	const char *service = d->has_service ? ctl_uuid_name(d->service, 's') : NULL;
	char *name = ctl_printable(d->name, strlen(d->name));

	printf("%s %-6s ", qble_addr_to_string(d->addr, addr), d->addr_type ? "random" : "public");
	if (d->rssi == 127)
		fputs("   ?", stdout);
	else
		printf("%4d", d->rssi);
	putchar(' ');
	print_bars(ctl, d->rssi);
	fputs("  ", stdout);
	fputs(ctl_bold(ctl), stdout);
	ctl_print_columns(name ? name : "", 20, true);
	fputs(ctl_plain(ctl), stdout);
	putchar(' ');
	if (d->has_service && !service)
		service = qble_uuid_to_string(d->service, uuid);
	/* The last column stays free: some terminals move on after it. */
	ctl_print_columns(service ? service : "", columns > 58 ? columns - 58 : 0, false);
	putchar('\n');
	free(name);
}

static void print_legend(const struct ctl *ctl)
{
	if (ctl->legend)
		printf("%sADDRESS           TYPE    dBm SIGNAL NAME               SERVICE%s\n",
		       ctl_dim(ctl), ctl_plain(ctl));
}

static int compare(const void *left, const void *right)
{
	const struct device *a = left, *b = right;

	return a->rssi != b->rssi ? (a->rssi > b->rssi ? -1 : 1) : memcmp(a->addr, b->addr, 6);
}

static void draw(struct ctl *ctl, struct scan *scan, size_t lines)
{
	unsigned columns = ctl_terminal_columns(ctl);

	if (scan->n)
		qsort(scan->devices, scan->n, sizeof(*scan->devices), compare);
	if (scan->drawn)
		printf("\r\033[%zuA\033[J", scan->drawn);
	print_legend(ctl);
	for (size_t i = 0; i < scan->n && i < lines; i++)
		print_device(ctl, &scan->devices[i], columns);
	scan->drawn = (scan->n < lines ? scan->n : lines) + ctl->legend;
	clock_gettime(CLOCK_MONOTONIC, &scan->drawn_at);
}

static bool is_time_to_draw(const struct scan *scan)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - scan->drawn_at.tv_sec) * 1000 +
	               (now.tv_nsec - scan->drawn_at.tv_nsec) / 1000000 >=
	       REDRAW_MS;
}

static int on_report(struct ctl *ctl, const struct qble_event *event, void *user)
{
	struct scan *scan = user;
	struct device *d;
	bool was_complete;
	int r = 0;

	if (event && event->id == QBLE_STOP_STATUS_IND)
		return ctl_fail(ctl, -ENODEV, "BLE was stopped");
	if (!event || event->id != QBLE_SCAN_REPORT_IND)
		return 0;
	d = device_of(scan, event);
	if (!d)
		return 0;
	d->rssi = event->u.scan.rssi;
	if (*event->u.scan.name)
		snprintf(d->name, sizeof(d->name), "%s", event->u.scan.name);
	d->has_service |= find_service(event->u.scan.data, event->u.scan.len, d->service);
	d->reports++;
	was_complete = d->complete;
	d->complete |= is_complete(d, event);
	scan->complete += d->complete && !was_complete;
	if (ctl->json && (ctl->duplicates || !was_complete))
		r = list(ctl, d, event);
	if (!ctl->json && ctl->out_is_terminal && is_time_to_draw(scan)) {
		unsigned lines = ctl_terminal_lines();

		/* What scrolled away cannot be drawn again. */
		draw(ctl, scan, lines > 4 ? lines - 3 : 1);
		if (fflush(stdout))
			r = ctl_fail_output(ctl);
	}
	return r < 0 ? r : ctl->count && scan->complete >= ctl->count;
}

int ctl_scan(struct ctl *ctl, int argc, char **argv)
{
	struct scan scan = {0};
	int r = ctl_open(ctl);

	if (r >= 0)
		r = ctl_start_client(ctl);
	if (r < 0)
		return r;
	r = ctl_scan_begin(ctl, false);
	if (r < 0)
		return r;
	/* That it has begun is to be seen, even where nobody is heard. */
	if (!ctl->json && ctl->out_is_terminal) {
		print_legend(ctl);
		fflush(stdout);
		scan.drawn = ctl->legend;
	}
	r = ctl_await(ctl, on_report, &scan, ctl_timeout(ctl, SCAN_SECONDS),
	              ctl->out_is_terminal && !ctl->json ? NULL : "advertisements");
	/* Time, or the user, ends it as it should end. */
	if (r == -ETIMEDOUT || r == -EINTR)
		r = 0;
	if (r >= 0 && !ctl->json)
		draw(ctl, &scan, CTL_DEVICES_MAX);
	else if (r >= 0 && (!ctl->count || scan.complete < ctl->count))
		r = list_rest(ctl, &scan);
	for (size_t i = 0; i < scan.n; i++)
		json_object_put(scan.devices[i].last);
	free(scan.devices);
	return r;
}
