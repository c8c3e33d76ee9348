/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon's host with its transport and event loop, but without the API and the bus: what the
 * stack alone costs a process, and how much of the bare loop's throughput it leaves.
 */
#include <systemd/sd-event.h>

#include "host/host.h"
#include "scenario.h"
#include "transport/transport.h"
#include "util/clock.h"

#define SERVICE_UUID 0x180f
#define VALUE_UUID   0x2a19

struct pair {
	struct scenario scenario;
	sd_event *event;
	struct qb_clock clock;
	struct qb_transport *transport;
	struct qb_host *host;
	struct qb_link *link;
	unsigned done; /* notifications sent or received, or reads */
	double start;
};

/* The server. */

static void on_notified(void *user, uint8_t status);

static void notify_all(struct pair *p)
{
	static const uint8_t value[SCENARIO_VALUE_MAX];

	while (p->done < p->scenario.count &&
	       !qb_gatt_server_notify(&p->link->server, HANDLE_VALUE, value, p->scenario.size,
	                              on_notified, p))
		p->done++;
}

static void on_notified(void *user, uint8_t status)
{
	if (!status)
		notify_all(user);
}

static void on_written(void *user, const struct qb_attr *attr, const uint8_t *data, size_t len)
{
	struct qb_link *link = user;

	if (attr->handle == HANDLE_CCCD)
		notify_all(link->host->user);
}

static void on_read(void *user, const struct qb_attr *attr, const uint8_t *data, size_t len)
{
}

static void on_advertising(void *user, uint8_t status)
{
	struct pair *p = user;

	if (status)
		scenario_fail("no advertising");
	scenario_ready(qb_host_address(p->host)->b, p->host->hci.commands);
}

static void serve(struct pair *p)
{
	static const uint8_t value[SCENARIO_VALUE_MAX], cccd[2];
	struct qb_uuid service = qb_uuid_from_16(SERVICE_UUID), chara = qb_uuid_from_16(VALUE_UUID);
	struct qb_uuid config = qb_uuid_from_16(QB_GATT_CCCD);
	struct qb_gatt_db *db = p->host->db;
	struct qb_adv_param param = {.interval_min = 0x20, .interval_max = 0x20, .channels = 7};
	struct qb_adv_data none = {0};

	if (qb_gatt_db_add_service(db, HANDLE_SERVICE, true, &service) != HANDLE_SERVICE ||
	    qb_gatt_db_add_characteristic(db, QB_PROP_READ | QB_PROP_NOTIFY, &chara, QB_PERM_READ,
	                                  value, p->scenario.size) != HANDLE_VALUE ||
	    qb_gatt_db_add_descriptor(db, &config, QB_PERM_READ | QB_PERM_WRITE, cccd,
	                              sizeof(cccd)) != HANDLE_CCCD)
		scenario_fail("the database takes no service");
	qb_gap_adv_start(p->host, &param, &none, &none, on_advertising, p);
}

/* The client. */

static void ask(struct pair *p, enum qb_gatt_proc_type type)
{
	static const uint8_t subscribe[] = {1, 0};
	struct qb_gatt_proc_args args = {.type = type, .tag = type, .mtu = SCENARIO_MTU};

	args.start = type == QB_PROC_WRITE ? HANDLE_CCCD : HANDLE_VALUE;
	if (type == QB_PROC_WRITE) {
		args.data = subscribe;
		args.len = sizeof(subscribe);
	}
	if (qb_gatt_client_start(&p->link->client, &args) < 0)
		scenario_fail("the client takes no procedure");
}

static void advance(struct pair *p)
{
	if (++p->done < p->scenario.count)
		return;
	scenario_result(p->done, scenario_now() - p->start);
	qb_gap_disconnect(p->link, QB_HCI_E_REMOTE_TERMINATED);
}

static void on_service(void *user, unsigned tag, uint16_t start, uint16_t end,
                       const struct qb_uuid *uuid)
{
}

static void on_data(void *user, unsigned tag, const uint8_t *data, size_t len)
{
	struct qb_link *link = user;
	struct pair *p = link->host->user;

	if (tag == QB_PROC_READ && len != p->scenario.size)
		scenario_fail("a read brought another value");
}

static void on_done(void *user, unsigned tag, unsigned end)
{
	struct qb_link *link = user;
	struct pair *p = link->host->user;

	if (link->ending)
		return;
	if (end)
		scenario_fail("a procedure failed");
	switch (tag) {
	case QB_PROC_EXCHANGE_MTU:
		p->start = scenario_now();
		if (p->scenario.task == TASK_NOTIFY)
			ask(p, QB_PROC_WRITE);
		else if (p->scenario.task == TASK_READ)
			ask(p, QB_PROC_READ);
		break;
	case QB_PROC_READ:
		advance(p);
		if (p->done < p->scenario.count)
			ask(p, QB_PROC_READ);
		break;
	default: break;
	}
}

static void on_value(void *user, bool indication, uint16_t handle, const uint8_t *data, size_t len)
{
	struct qb_link *link = user;
	struct pair *p = link->host->user;

	if (len == p->scenario.size)
		advance(p);
}

/* The host. */

static void on_send(void *user, const uint8_t *packet, size_t len)
{
	qb_transport_send(((struct pair *)user)->transport, packet, len);
}

static void on_ready(void *user, uint8_t status)
{
	struct pair *p = user;
	struct qb_addr peer = {.type = QB_ADDR_PUBLIC};

	if (status)
		scenario_fail("the controller does not start");
	memcpy(peer.b, p->scenario.addr, sizeof(peer.b));
	if (p->scenario.server)
		serve(p);
	else if (qb_gap_connect(p->host, &peer, 30 * QB_SEC) < 0)
		scenario_fail("cannot connect");
}

static void on_connected(void *user, struct qb_link *link)
{
	struct pair *p = user;

	p->link = link;
	if (!p->scenario.server)
		ask(p, QB_PROC_EXCHANGE_MTU);
}

static void on_disconnected(void *user, struct qb_link *link, uint8_t reason)
{
	sd_event_exit(((struct pair *)user)->event, 0);
}

static void on_failed(void *user, const char *why)
{
	scenario_fail(why);
}

static void on_connect_failed(void *user, const struct qb_addr *peer, uint8_t status)
{
	scenario_fail("no connection came about");
}

static void on_param(void *user, struct qb_link *link, uint8_t status)
{
}

static void on_adv_ended(void *user, uint8_t status)
{
}

static void on_report(void *user, const struct qb_adv_report *report)
{
}

static void on_mtu(void *user, struct qb_link *link, uint16_t mtu)
{
}

static const struct qb_gatt_server_ops server_ops = {.written = on_written, .read = on_read};

static const struct qb_gatt_client_ops client_ops = {
        .service = on_service,
        .data = on_data,
        .done = on_done,
        .value = on_value,
};

static const struct qb_host_ops host_ops = {
        .send = on_send,
        .ready = on_ready,
        .failed = on_failed,
        .connected = on_connected,
        .disconnected = on_disconnected,
        .connect_failed = on_connect_failed,
        .param_updated = on_param,
        .adv_ended = on_adv_ended,
        .report = on_report,
        .mtu = on_mtu,
        .server = &server_ops,
        .client = &client_ops,
};

/* The transport. */

static void on_packet(void *user, const uint8_t *packet, size_t len)
{
	struct pair *p = user;

	qb_clock_tick(&p->clock);
	qb_host_input(p->host, packet, len);
}

static void on_closed(void *user, const char *why)
{
	scenario_fail(why);
}

static const struct qb_transport_ops transport_ops = {.packet = on_packet, .closed = on_closed};

int main(int argc, char **argv)
{
	static const struct qb_addr addr = {QB_ADDR_RANDOM, {1, 2, 3, 4, 5, 0xc0}};
	struct pair p = {.scenario = scenario_parse(argc, argv)};
	char spec[256], why[QB_WHY_MAX];

	snprintf(spec, sizeof(spec), "h4:unix:%s", p.scenario.place);
	if (sd_event_new(&p.event) < 0 || qb_clock_init(&p.clock, p.event) < 0)
		scenario_fail("no event loop");
	if (qb_transport_open(&p.transport, p.event, spec, &transport_ops, &p, why) < 0)
		scenario_fail(why);
	p.host = qb_host_new(&p.clock.timers, &addr, SCENARIO_MTU, &host_ops, &p);
	if (!p.host)
		scenario_fail("out of memory");
	qb_host_start(p.host);
	if (sd_event_loop(p.event) < 0)
		scenario_fail("the event loop");
	qb_host_free(p.host);
	qb_transport_free(p.transport);
	qb_clock_done(&p.clock);
	sd_event_unref(p.event);
	return 0;
}
