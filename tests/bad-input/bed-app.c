/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What stands above the host of a bed: it writes down what it is told, and does what a script says.
 */
#include <string.h>

#include "bed-internal.h"

static void on_ready(void *user, uint8_t status)
{
	bed_tell("ready %02x", status);
}

static void on_failed(void *user, const char *why)
{
	bed_tell("failed: %s", why);
}

static void on_connected(void *user, struct qb_link *link)
{
	bed_tell("connected %04x %s", link->handle,
	         link->role == QB_ROLE_CENTRAL ? "central" : "peripheral");
}

static void on_disconnected(void *user, struct qb_link *link, uint8_t reason)
{
	bed_tell("disconnected %04x %02x", link->handle, reason);
}

static void on_connect_failed(void *user, const struct qb_addr *peer, uint8_t status)
{
	bed_tell("connect failed %02x", status);
}

static void on_param_updated(void *user, struct qb_link *link, uint8_t status)
{
	bed_tell("parameters %04x status %02x: %u %u %u", link->handle, status, link->interval,
	         link->latency, link->timeout);
}

static void on_adv_ended(void *user, uint8_t status)
{
	bed_tell("advertising ended %02x", status);
}

static void on_report(void *user, const struct qb_adv_report *report)
{
	static const char *const parts[] = {"", " to go on", " cut"};

	bed_tell("report %u %02x..%02x rssi %d%s data %s", report->event_type, report->addr.b[5],
	         report->addr.b[0], report->rssi, parts[report->data_status],
	         bed_hex(report->data, report->len));
}

static void on_mtu(void *user, struct qb_link *link, uint16_t mtu)
{
	bed_tell("mtu %u", mtu);
}

static void on_written(void *user, const struct qb_attr *attr, const uint8_t *data, size_t len)
{
	bed_tell("written %04x %s", attr->handle, bed_hex(data, len));
}

static void on_read(void *user, const struct qb_attr *attr, const uint8_t *data, size_t len)
{
	bed_tell("read %04x %s", attr->handle, bed_hex(data, len));
}

static void on_service(void *user, unsigned tag, uint16_t start, uint16_t end,
                       const struct qb_uuid *uuid)
{
	bed_tell("service %04x-%04x", start, end);
}

static void on_data(void *user, unsigned tag, const uint8_t *data, size_t len)
{
	bed_tell("data %s", bed_hex(data, len));
}

static void on_done(void *user, unsigned tag, unsigned end)
{
	bed_tell("procedure ends %x", end);
}

static void on_value(void *user, bool indication, uint16_t handle, const uint8_t *data, size_t len)
{
	bed_tell("%s %04x %s", indication ? "indicated" : "notified", handle, bed_hex(data, len));
}

static const struct qb_gatt_server_ops server_ops = {on_written, on_read};
static const struct qb_gatt_client_ops client_ops = {on_service, on_data, on_done, on_value};

const struct qb_host_ops bed_host_ops = {
        .send = bed_on_send,
        .ready = on_ready,
        .failed = on_failed,
        .connected = on_connected,
        .disconnected = on_disconnected,
        .connect_failed = on_connect_failed,
        .param_updated = on_param_updated,
        .adv_ended = on_adv_ended,
        .report = on_report,
        .mtu = on_mtu,
        .server = &server_ops,
        .client = &client_ops,
};

/* What the app does. */

static const struct qb_addr peer = {QB_ADDR_PUBLIC, {0x11, 0x22, 0x33, 0x44, 0x55, 0xc0}};

static struct qb_link *the_link(void)
{
	struct qb_link *link = qb_host_link(bed.host, BED_HANDLE);

	ck_assert_ptr_nonnull(link);
	return link;
}

/* Names for what ends; callbacks carry no constants. */
static char scanning[] = "scanning", scanned[] = "scanned", advertising[] = "advertising",
            update[] = "update", notified[] = "notified", indicated[] = "indicated";

static void on_action(void *user, uint8_t status)
{
	bed_tell("%s %02x", (const char *)user, status);
}

static void on_rssi(void *user, uint8_t status, int8_t rssi)
{
	bed_tell("rssi %02x %d", status, rssi);
}

static void do_start(void)
{
	qb_host_start(bed.host);
}

static void do_connect(void)
{
	ck_assert_int_eq(qb_gap_connect(bed.host, &peer, 30 * QB_SEC), 0);
}

static void do_cancel(void)
{
	ck_assert_int_eq(qb_gap_connect_cancel(bed.host, &peer), 0);
}

static void do_disconnect(void)
{
	qb_gap_disconnect(the_link(), QB_HCI_E_REMOTE_TERMINATED);
}

static void do_scan(void)
{
	const struct qb_scan_param param = {.interval = 16, .window = 16};

	qb_gap_scan_start(bed.host, &param, on_action, scanning);
}

static void do_stop_scan(void)
{
	qb_gap_scan_stop(bed.host, on_action, scanned);
}

static void do_advertise(void)
{
	const struct qb_adv_param param = {.interval_min = 32, .interval_max = 32, .channels = 7};
	const struct qb_adv_data none = {0};

	qb_gap_adv_start(bed.host, &param, &none, &none, on_action, advertising);
}

static void do_read_rssi(void)
{
	qb_gap_read_rssi(the_link(), on_rssi, NULL);
}

static void do_update(void)
{
	const struct qb_conn_param param = {24, 40, 0, 200};

	qb_gap_update_param(the_link(), &param, on_action, update);
}

static void do_notify(void)
{
	ck_assert_int_eq(qb_gatt_server_notify(&the_link()->server, 3, (const uint8_t *)"A", 1,
	                                       on_action, notified),
	                 0);
}

static void do_indicate(void)
{
	ck_assert_int_eq(qb_gatt_server_indicate(&the_link()->server, 3, (const uint8_t *)"A", 1,
	                                         on_action, indicated),
	                 0);
}

static void do_read(void)
{
	const struct qb_gatt_proc_args args = {.type = QB_PROC_READ, .start = 3};

	ck_assert_int_eq(qb_gatt_client_start(&the_link()->client, &args), 0);
}

/* The link's L2CAP alone, as the app's own update may go through HCI. */
static void do_ask(void)
{
	const struct qb_conn_param param = {24, 40, 0, 200};

	ck_assert_int_eq(qb_l2cap_request_param(&the_link()->l2cap, &param), 0);
}

static void do_quiet(void)
{
	bed.quiet = true;
}

static void do_speak(void)
{
	bed.quiet = false;
}

void bed_do(const char *text)
{
	static const struct {
		const char *name;
		void (*fn)(void);
	} actions[] = {
	        {"start", do_start},
	        {"connect", do_connect},
	        {"cancel", do_cancel},
	        {"disconnect", do_disconnect},
	        {"scan", do_scan},
	        {"stop scan", do_stop_scan},
	        {"advertise", do_advertise},
	        {"read rssi", do_read_rssi},
	        {"update parameters", do_update},
	        {"ask for parameters", do_ask},
	        {"notify", do_notify},
	        {"indicate", do_indicate},
	        {"read", do_read},
	        {"keep quiet", do_quiet},
	        {"speak", do_speak},
	};
	size_t len = strlen(text);

	text += strspn(text, " ");
	len = strlen(text);
	while (len && text[len - 1] == ' ')
		len--;
	for (size_t i = 0; i < sizeof(actions) / sizeof(*actions); i++) {
		if (strlen(actions[i].name) == len && !memcmp(actions[i].name, text, len)) {
			actions[i].fn();
			return;
		}
	}
	ck_abort_msg("no such action: %s", text);
}
