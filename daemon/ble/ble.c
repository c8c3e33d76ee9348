/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The API's whole: its parts put together, the host below, events and properties above. */
#include "ble/ble.h"

#include <stdio.h>
#include <stdlib.h>

#include "ble/ble-internal.h"

/* What the host asks for and reports, as what the API's parts understand. */

static void on_send(void *user, const uint8_t *packet, size_t len)
{
	struct qb_ble *ble = user;

	ble->ops->send(ble->user, packet, len);
}

static void lose(struct qb_ble *ble, const char *why)
{
	snprintf(ble->why, sizeof(ble->why), "%s", why);
	ble->present = ble->ready = false;
}

static void on_ready(void *user, uint8_t status)
{
	struct qb_ble *ble = user;
	char why[128];

	if (!status) {
		ble->ready = true;
		qb_ble_changed(ble, QB_CHANGE_CONTROLLER | QB_CHANGE_ADDRESS);
		qb_start_ready(ble, QB_HCI_E_SUCCESS);
		return;
	}
	if (status == QB_HCI_ABORTED)
		snprintf(why, sizeof(why), "the controller does not answer");
	else
		snprintf(why, sizeof(why), "the controller refused to be initialised: %s",
		         qb_hci_error_text(status));
	lose(ble, why);
	qb_start_ready(ble, status);
	ble->ops->controller_failed(ble->user, why);
}

static void on_failed(void *user, const char *why)
{
	struct qb_ble *ble = user;

	lose(ble, why);
	qb_start_lost(ble);
	qb_ble_changed(ble, QB_CHANGE_CONTROLLER | QB_CHANGE_ADDRESS);
	ble->ops->controller_failed(ble->user, why);
}

static void on_connected(void *user, struct qb_link *link)
{
	qb_conn_connected(user, link);
}

static void on_disconnected(void *user, struct qb_link *link, uint8_t reason)
{
	qb_conn_disconnected(user, link, reason);
}

static void on_connect_failed(void *user, const struct qb_addr *peer, uint8_t status)
{
	qb_conn_failed(user, peer, status);
}

static void on_param_updated(void *user, struct qb_link *link, uint8_t status)
{
	if (link->user)
		qb_conn_updated(link->user, status);
}

static void on_adv_ended(void *user, uint8_t status)
{
	qb_adv_ended(user, status);
}

static void on_report(void *user, const struct qb_adv_report *report)
{
	qb_scan_report(user, report);
}

static void on_mtu(void *user, struct qb_link *link, uint16_t mtu)
{
	if (link->user)
		qb_conn_mtu(link->user, mtu);
}

static const struct qb_host_ops host_ops = {
        .send = on_send,
        .ready = on_ready,
        .failed = on_failed,
        .connected = on_connected,
        .disconnected = on_disconnected,
        .connect_failed = on_connect_failed,
        .param_updated = on_param_updated,
        .adv_ended = on_adv_ended,
        .report = on_report,
        .mtu = on_mtu,
        .server = &qb_server_ops,
        .client = &qb_client_ops,
};

struct qb_ble *qb_ble_new(struct qb_timers *timers, const struct qb_ble_config *config,
                          const struct qb_ble_ops *ops, void *user)
{
	struct qb_ble *ble = calloc(1, sizeof(*ble));

	if (!ble)
		return NULL;
	ble->timers = timers;
	ble->config = *config;
	ble->ops = ops;
	ble->user = user;
	qb_list_init(&ble->dials);
	lose(ble, "no controller has been opened yet");
	qb_adv_reset(ble);
	qb_scan_init(ble);
	ble->host = qb_host_new(timers, &config->static_addr, config->mtu, &host_ops, ble);
	if (!ble->host || qb_services_init(ble)) {
		qb_ble_free(ble);
		return NULL;
	}
	return ble;
}

void qb_ble_free(struct qb_ble *ble)
{
	if (!ble)
		return;
	ble->freeing = true;
	ble->ready = false;
	if (ble->host)
		qb_host_lost(ble->host);
	qb_start_lost(ble);
	qb_scan_off(ble);
	qb_services_free(ble);
	qb_host_free(ble->host);
	free(ble);
}

void qb_ble_controller_up(struct qb_ble *ble)
{
	ble->present = true;
	ble->ready = false;
	qb_host_start(ble->host);
}

void qb_ble_controller_down(struct qb_ble *ble, const char *why)
{
	lose(ble, why);
	qb_host_lost(ble->host);
	qb_start_lost(ble);
	qb_ble_changed(ble, QB_CHANGE_CONTROLLER | QB_CHANGE_ADDRESS);
}

void qb_ble_input(struct qb_ble *ble, const uint8_t *packet, size_t len)
{
	qb_host_input(ble->host, packet, len);
}

int qb_ble_status(const struct qb_ble *ble)
{
	return ble->up;
}

bool qb_ble_controller_ready(const struct qb_ble *ble)
{
	return ble->ready;
}

const struct qb_addr *qb_ble_address(const struct qb_ble *ble)
{
	return ble->ready ? qb_host_address(ble->host) : NULL;
}

unsigned qb_ble_activity(const struct qb_ble *ble)
{
	return (ble->roles & QB_SERVER ? QB_ACTIVITY_SERVER : 0u) |
	       (ble->roles & QB_CLIENT ? QB_ACTIVITY_CLIENT : 0u) |
	       (ble->adv.sw.on ? QB_ACTIVITY_ADVERTISING : 0u) |
	       (ble->scan.sw.on ? QB_ACTIVITY_SCANNING : 0u) |
	       (ble->scan.once ? QB_ACTIVITY_SCAN_FILTER : 0u);
}

uint64_t qb_ble_reports_dropped(const struct qb_ble *ble)
{
	return ble->scan.dropped;
}

void qb_ble_deliver(struct qb_ble *ble, unsigned roles, const struct qb_event *event)
{
	if (ble->roles & roles && !ble->freeing)
		ble->ops->event(ble->user, event);
}

void qb_ble_emit(struct qb_ble *ble, unsigned roles, struct qb_event *event)
{
	event->connect_id = QB_NO_CONNECTION;
	qb_ble_deliver(ble, roles, event);
}

void qb_ble_changed(struct qb_ble *ble, unsigned changes)
{
	if (!ble->freeing)
		ble->ops->changed(ble->user, changes);
}

bool qb_ble_has_role(struct qb_pending *pending, unsigned roles)
{
	if (pending->ble->roles & roles)
		return true;
	qb_call_fail(pending, QB_ERR_NOT_INITIALIZED, "%s comes before %s",
	             roles == QB_SERVER   ? "ServerInit"
	             : roles == QB_CLIENT ? "ClientInit"
	                                  : "ServerInit or ClientInit",
	             pending->call->name);
	return false;
}

bool qb_ble_is_started(struct qb_pending *pending, unsigned roles)
{
	const struct qb_ble *ble = pending->ble;

	if (!qb_ble_has_role(pending, roles))
		return false;
	if (ble->state == QB_STARTED)
		return true;
	if (ble->present)
		qb_call_fail(pending, QB_ERR_NOT_STARTED, "BLE is %s: %s comes after event 0",
		             ble->state == QB_STARTING   ? "still starting"
		             : ble->state == QB_STOPPING ? "stopping"
		                                         : "not started",
		             pending->call->name);
	else
		qb_call_fail(pending, QB_ERR_NOT_STARTED, "BLE is not started: %s", ble->why);
	return false;
}
