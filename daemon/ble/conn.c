/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Connections: how the host's links come and go as connect_ids and events 16, 17, 18 and 20. */
#include "ble/conn.h"

#include <stdlib.h>

unsigned qb_conn_role(const struct qb_conn *conn)
{
	return conn->link->role == QB_ROLE_CENTRAL ? QB_CLIENT : QB_SERVER;
}

struct qb_conn *qb_conn_find(struct qb_pending *pending, uint32_t connect_id)
{
	struct qb_ble *ble = pending->ble;
	struct qb_conn *conn = connect_id < QB_LINKS_MAX ? ble->conns[connect_id] : NULL;

	if (!conn)
		qb_call_fail(pending, QB_ERR_NOT_CONNECTED, "connect_id %u: no such connection",
		             connect_id);
	else if (conn->link->ending)
		qb_call_fail(pending, QB_ERR_NOT_CONNECTED,
		             "connect_id %u: the connection is being ended", connect_id);
	else
		return conn;
	return NULL;
}

void qb_conn_emit(struct qb_conn *conn, unsigned roles, struct qb_event *event)
{
	if (conn->silent || roles & conn->released)
		return;
	event->connect_id = conn->id;
	event->role = conn->link->role;
	qb_ble_deliver(conn->ble, roles, event);
}

static void tell_end(struct qb_conn *conn, uint8_t reason)
{
	conn->ble->conns[conn->id] = NULL;
	qb_conn_emit(conn, qb_conn_role(conn),
	             &(struct qb_event){
	                     .id = QB_EV_DISCONNECT,
	                     .u = {conn->id},
	                     .addr = conn->link->peer,
	                     .reason = qb_ble_status_code(reason),
	             });
	conn->silent = true;
}

/* A link that the API does not want, or has no room for. */
static void hang_up(struct qb_conn *conn)
{
	conn->silent = true;
	qb_gap_disconnect(conn->link, QB_HCI_E_REMOTE_TERMINATED);
}

static bool give_id(struct qb_conn *conn)
{
	struct qb_ble *ble = conn->ble;

	for (uint32_t id = 0; id < QB_LINKS_MAX; id++) {
		if (!ble->conns[id]) {
			conn->id = id;
			ble->conns[id] = conn;
			return true;
		}
	}
	return false;
}

void qb_conn_connected(struct qb_ble *ble, struct qb_link *link)
{
	struct qb_conn *conn = calloc(1, sizeof(*conn));
	/* A controller may be late with a link that a server before this one has advertised for. */
	bool wanted = ble->adv.asked;

	ble->n_links++;
	link->user = conn;
	if (link->role == QB_ROLE_CENTRAL)
		wanted = qb_dial_take(ble, &link->peer);
	if (!conn) {
		qb_gap_disconnect(link, QB_HCI_E_REMOTE_LOW_RESOURCES);
		return;
	}
	conn->ble = ble;
	conn->link = link;
	qb_client_init(conn);
	qb_server_init(conn);
	if (!wanted || ble->state != QB_STARTED || !(ble->roles & qb_conn_role(conn)) ||
	    !give_id(conn)) {
		hang_up(conn);
		return;
	}
	qb_client_begin(conn);
	qb_ble_changed(ble, QB_CHANGE_CONNECTIONS);
	qb_conn_emit(conn, qb_conn_role(conn),
	             &(struct qb_event){
	                     .id = QB_EV_CONNECT,
	                     .u = {conn->id},
	                     .addr = link->peer,
	             });
	if (!conn->mtu_asked)
		qb_conn_ready(conn);
}

void qb_conn_ready(struct qb_conn *conn)
{
	if (conn->link->role == QB_ROLE_CENTRAL)
		qb_conn_emit(conn, QB_CLIENT,
		             &(struct qb_event){.id = QB_EV_START_DISCOVER_SERVICE});
}

void qb_conn_disconnected(struct qb_ble *ble, struct qb_link *link, uint8_t reason)
{
	struct qb_conn *conn = link->user;

	ble->n_links--;
	link->user = NULL;
	if (conn) {
		qb_client_done(conn);
		if (!conn->silent) {
			bool incoming = link->role == QB_ROLE_PERIPHERAL;

			tell_end(conn, reason);
			qb_ble_changed(ble, QB_CHANGE_CONNECTIONS);
			if (incoming)
				qb_adv_resume(ble);
		}
		free(conn);
	}
	qb_stop_check(ble);
}

void qb_conn_mtu(struct qb_conn *conn, uint16_t mtu)
{
	qb_ble_changed(conn->ble, QB_CHANGE_CONNECTIONS);
	qb_conn_emit(conn, qb_conn_role(conn),
	             &(struct qb_event){.id = QB_EV_MTU, .u = {conn->id, mtu}});
}

void qb_conn_updated(struct qb_conn *conn, uint8_t status)
{
	const struct qb_link *link = conn->link;
	bool asked = conn->updating;

	conn->updating = false;
	if (status && !asked)
		return; /* the peer's attempt; nothing changed, and nobody here asked */
	qb_ble_changed(conn->ble, QB_CHANGE_CONNECTIONS);
	qb_conn_emit(conn, qb_conn_role(conn),
	             &(struct qb_event){
	                     .id = QB_EV_UPDATE_CONN_PARAM,
	                     .status = qb_ble_status_code(status),
	                     .u = {conn->id, link->interval, link->interval, link->latency,
	                           link->timeout},
	             });
}

void qb_conns_end(struct qb_ble *ble, unsigned roles)
{
	if (roles & QB_CLIENT)
		qb_dials_cancel(ble, NULL);
	for (uint32_t id = 0; id < QB_LINKS_MAX; id++) {
		struct qb_conn *conn = ble->conns[id];

		if (conn && !conn->link->ending && roles & qb_conn_role(conn))
			qb_gap_disconnect(conn->link, QB_HCI_E_REMOTE_TERMINATED);
	}
}

void qb_conns_release(struct qb_ble *ble, unsigned role)
{
	if (role == QB_CLIENT)
		qb_dials_release(ble);
	for (uint32_t id = 0; id < QB_LINKS_MAX; id++) {
		struct qb_conn *conn = ble->conns[id];

		if (!conn)
			continue;
		if (role == qb_conn_role(conn))
			conn->released |= role;
		else if (role == QB_CLIENT)
			qb_client_release(conn);
		else
			qb_server_release(conn);
	}
}

bool qb_conns_idle(const struct qb_ble *ble)
{
	return !ble->n_links && qb_list_empty(&ble->dials);
}

unsigned qb_ble_connections(const struct qb_ble *ble, struct qb_connection_info *ret, unsigned max)
{
	unsigned n = 0;

	for (uint32_t id = 0; id < QB_LINKS_MAX; id++) {
		const struct qb_conn *conn = ble->conns[id];

		if (!conn)
			continue;
		if (n < max)
			ret[n] = (struct qb_connection_info){
			        .connect_id = id,
			        .role = conn->link->role,
			        .peer = conn->link->peer,
			        .mtu = conn->link->att.mtu,
			        .interval = conn->link->interval,
			        .latency = conn->link->latency,
			        .timeout = conn->link->timeout,
			};
		n++;
	}
	return n;
}

/* The calls on a connection. */

void qb_run_disconnect(struct qb_ble *ble, const struct qb_value *args, struct qb_pending *pending)
{
	uint32_t id = args[0].u;
	struct qb_conn *conn;

	if (!qb_ble_is_started(pending, QB_ANY_ROLE))
		return;
	conn = id < QB_LINKS_MAX ? ble->conns[id] : NULL;
	if (!conn) {
		qb_call_fail(pending, QB_ERR_NOT_CONNECTED, "connect_id %u: no such connection",
		             id);
		return;
	}
	/* Asked twice, it still ends once. */
	if (!conn->link->ending)
		qb_gap_disconnect(conn->link, QB_HCI_E_REMOTE_TERMINATED);
	qb_call_ok(pending);
}

static void on_update_asked(void *user, uint8_t status)
{
	struct qb_update *update = user;
	struct qb_conn *conn = update->pending->ble->conns[update->id];

	if (status && conn == update->conn)
		conn->updating = false;
	qb_call_end_hci(update->pending, status);
	free(update);
}

void qb_run_update_conn_param(struct qb_ble *ble, const struct qb_value *args,
                              struct qb_pending *pending)
{
	struct qb_conn_param param = {
	        .interval_min = (uint16_t)args[1].u,
	        .interval_max = (uint16_t)args[2].u,
	        .latency = (uint16_t)args[3].u,
	        .timeout = (uint16_t)args[4].u,
	};
	struct qb_update *update;
	struct qb_conn *conn;

	if (!qb_ble_is_started(pending, QB_ANY_ROLE))
		return;
	if (param.interval_min > param.interval_max) {
		qb_call_fail(pending, QB_ERR_INVALID_ARGUMENT,
		             "min_interval is %u, allowed are 6..%u, which is max_interval",
		             param.interval_min, param.interval_max);
		return;
	}
	if (!qb_conn_param_valid(&param)) {
		qb_call_fail(pending, QB_ERR_INVALID_ARGUMENT,
		             "timeout is %u (%u ms), must be more than 2 * (1 + latency) * "
		             "max_interval (%u ms)",
		             param.timeout, param.timeout * 10u,
		             2u * (1u + param.latency) * param.interval_max * 1250u / 1000u);
		return;
	}
	conn = qb_conn_find(pending, args[0].u);
	if (!conn)
		return;
	if (conn->updating) {
		qb_call_fail(pending, QB_ERR_BUSY,
		             "connect_id %u: an update is on its way; event 18 ends it", conn->id);
		return;
	}
	update = malloc(sizeof(*update));
	if (!update) {
		qb_call_fail(pending, QB_ERR_FAILED, "out of memory");
		return;
	}
	*update = (struct qb_update){pending, conn, conn->id};
	conn->updating = true;
	qb_gap_update_param(conn->link, &param, on_update_asked, update);
}

static void on_rssi(void *user, uint8_t status, int8_t rssi)
{
	if (status)
		qb_call_end_hci(user, status);
	else
		qb_call_ok_int(user, rssi);
}

void qb_run_read_rssi(struct qb_ble *ble, const struct qb_value *args, struct qb_pending *pending)
{
	struct qb_conn *conn;

	if (!qb_ble_is_started(pending, QB_ANY_ROLE))
		return;
	conn = qb_conn_find(pending, args[0].u);
	if (conn)
		qb_gap_read_rssi(conn->link, on_rssi, pending);
}
