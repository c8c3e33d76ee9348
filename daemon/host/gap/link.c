/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What belongs to one link as a whole: its end, its parameters, data length, PHY, signal strength
 * (Core 5.4, Vol 4, Part E, 7.1.6, 7.5.4, 7.8.18, 7.8.21, 7.8.31 to 7.8.33, 7.8.49).
 */
#include "host/gap/gap-internal.h"

#include <stdlib.h>

#define DATA_OCTETS_DEFAULT 27

static bool peer_has(const struct qb_link *link, unsigned feature)
{
	return link->gap.features[feature / 8] >> feature % 8 & 1;
}

static void on_force(void *user)
{
	struct qb_link *link = user;

	link->l2cap.acl.forced = true;
	qb_host_link_end(link, QB_HCI_E_LOCAL_TERMINATED);
}

static void on_update_overdue(void *user)
{
	struct qb_link *link = user;

	link->gap.updating = false;
	link->host->ops->param_updated(link->host->user, link, QB_HCI_E_LL_TIMEOUT);
}

static void expect_update(struct qb_link *link)
{
	qb_timer_arm(link->host->timers, &link->gap.update, QB_PARAM_UPDATE_SECONDS * QB_SEC);
}

/*
 * Commands about a link are answered with its handle as the user: the link itself may be gone by
 * then, and its handle leads to it only as long as it is not.
 */
struct call {
	struct qb_host *host;
	uint16_t handle;
	union {
		qb_gap_done_fn done;
		qb_gap_rssi_fn rssi;
	};
	void *user;
};

static struct call *call_new(struct qb_link *link, void *user)
{
	struct call *call = calloc(1, sizeof(*call));

	if (call) {
		call->host = link->host;
		call->handle = link->handle;
		call->user = user;
	}
	return call;
}

void qb_gap_link_init(struct qb_link *link)
{
	uint8_t handle[2];

	link->gap.tx_octets = DATA_OCTETS_DEFAULT;
	link->gap.tx_phy = QB_PHY_1M;
	qb_timer_init(&link->gap.force, on_force, link);
	qb_timer_init(&link->gap.update, on_update_overdue, link);

	/* A peripheral's controller may lack the procedure; then it refuses, and that is all. */
	qb_put_le16(handle, link->handle);
	qb_hci_command(&link->host->hci, QB_HCI_LE_READ_REMOTE_FEATURES, handle, 2, NULL, NULL);
}

void qb_gap_link_done(struct qb_link *link)
{
	qb_timer_cancel(link->host->timers, &link->gap.force);
	qb_timer_cancel(link->host->timers, &link->gap.update);
}

static void on_disconnect_status(void *user, uint8_t status, const uint8_t *ret, size_t len)
{
	struct call *call = user;
	struct qb_link *link = qb_host_link(call->host, call->handle);

	free(call);
	/* The controller knows of no such link, so no event will come. */
	if (status == QB_HCI_E_UNKNOWN_CONN && link)
		qb_host_link_end(link, QB_HCI_E_LOCAL_TERMINATED);
}

void qb_gap_disconnect(struct qb_link *link, uint8_t reason)
{
	struct qb_host *host = link->host;
	struct call *call;
	uint8_t param[3];

	if (link->ending)
		return;
	link->ending = true;
	qb_timer_arm(host->timers, &link->gap.force, QB_DISCONNECT_TIMEOUT_MSEC * QB_MSEC);
	call = call_new(link, NULL);
	if (!call)
		return; /* the timer ends it */
	qb_put_le16(param, link->handle);
	param[2] = reason;
	qb_hci_command(&host->hci, QB_HCI_DISCONNECT, param, sizeof(param), on_disconnect_status,
	               call);
}

static void send_conn_update(struct qb_link *link, const struct qb_conn_param *param,
                             qb_hci_reply_fn fn, void *user)
{
	uint8_t p[14] = {0};

	link->gap.wanted = *param;
	link->gap.updating = true;
	qb_put_le16(p, link->handle);
	qb_put_le16(p + 2, param->interval_min);
	qb_put_le16(p + 4, param->interval_max);
	qb_put_le16(p + 6, param->latency);
	qb_put_le16(p + 8, param->timeout);
	qb_hci_command(&link->host->hci, QB_HCI_LE_CONN_UPDATE, p, sizeof(p), fn, user);
}

static void on_update_status(void *user, uint8_t status, const uint8_t *ret, size_t len)
{
	struct call *call = user;
	struct qb_link *link = qb_host_link(call->host, call->handle);

	if (link && status)
		link->gap.updating = false;
	else if (link)
		expect_update(link);
	if (call->done)
		call->done(call->user, status);
	free(call);
}

static uint8_t request_over_l2cap(struct qb_link *link, const struct qb_conn_param *param)
{
	return qb_l2cap_request_param(&link->l2cap, param) ? QB_HCI_E_CONTROLLER_BUSY
	                                                   : QB_HCI_E_SUCCESS;
}

void qb_gap_update_param(struct qb_link *link, const struct qb_conn_param *param,
                         qb_gap_done_fn done, void *user)
{
	struct call *call;

	if (link->role == QB_ROLE_PERIPHERAL &&
	    !(qb_host_has_feature(link->host, QB_LE_FEATURE_CONN_PARAM_REQUEST) &&
	      peer_has(link, QB_LE_FEATURE_CONN_PARAM_REQUEST))) {
		done(user, request_over_l2cap(link, param));
		return;
	}
	call = call_new(link, user);
	if (!call) {
		done(user, QB_HCI_E_MEMORY_EXCEEDED);
		return;
	}
	call->done = done;
	send_conn_update(link, param, on_update_status, call);
}

bool qb_gap_param_request(struct qb_link *link, const struct qb_conn_param *param)
{
	struct call *call;

	if (link->ending || link->gap.updating)
		return false;
	call = call_new(link, NULL);
	if (!call)
		return false;
	send_conn_update(link, param, on_update_status, call);
	return true;
}

void qb_gap_param_response(struct qb_link *link, bool accepted)
{
	/* If accepted, the controller tells when the new parameters are in force. */
	if (accepted)
		expect_update(link);
	else
		link->host->ops->param_updated(link->host->user, link, QB_HCI_E_UNACCEPTABLE_PARAM);
}

static void on_rssi(void *user, uint8_t status, const uint8_t *ret, size_t len)
{
	struct call *call = user;
	int8_t rssi = QB_RSSI_UNKNOWN;

	/* Status, handle, RSSI. What is said of another link says nothing of this one. */
	if (!status && len >= 4 && QB_ACL_HANDLE(qb_get_le16(ret + 1)) == call->handle)
		rssi = (int8_t)ret[3];
	call->rssi(call->user, status, rssi);
	free(call);
}

void qb_gap_read_rssi(struct qb_link *link, qb_gap_rssi_fn done, void *user)
{
	struct call *call = call_new(link, user);
	uint8_t handle[2];

	if (!call) {
		done(user, QB_HCI_E_MEMORY_EXCEEDED, QB_RSSI_UNKNOWN);
		return;
	}
	call->rssi = done;
	qb_put_le16(handle, link->handle);
	qb_hci_command(&link->host->hci, QB_HCI_READ_RSSI, handle, sizeof(handle), on_rssi, call);
}

static void set_data_len(struct qb_link *link)
{
	uint8_t p[6];

	qb_put_le16(p, link->handle);
	qb_put_le16(p + 2, QB_DATA_OCTETS_MAX);
	qb_put_le16(p + 4, QB_DATA_TIME_MAX);
	qb_hci_command(&link->host->hci, QB_HCI_LE_SET_DATA_LEN, p, sizeof(p), NULL, NULL);
}

static void set_phy_2m(struct qb_link *link)
{
	uint8_t p[7] = {0};

	qb_put_le16(p, link->handle);
	p[3] = p[4] = QB_PHY_MASK_1M | QB_PHY_MASK_2M;
	qb_hci_command(&link->host->hci, QB_HCI_LE_SET_PHY, p, sizeof(p), NULL, NULL);
}

/* The best that both sides can: long packets, and the 2M PHY. */
static void on_features(struct qb_host *host, const struct qb_hci_remote_features *ev)
{
	struct qb_link *link = qb_host_link(host, ev->handle);

	if (!link || link->ending || ev->status)
		return;
	memcpy(link->gap.features, ev->features, sizeof(link->gap.features));
	if (link->gap.tx_octets < QB_DATA_OCTETS_MAX && peer_has(link, QB_LE_FEATURE_DATA_LEN) &&
	    qb_host_has_command(host, QB_HCI_CMD_LE_SET_DATA_LEN))
		set_data_len(link);
	if (link->gap.tx_phy == QB_PHY_1M && peer_has(link, QB_LE_FEATURE_PHY_2M) &&
	    qb_host_has_feature(host, QB_LE_FEATURE_PHY_2M) &&
	    qb_host_has_command(host, QB_HCI_CMD_LE_SET_PHY))
		set_phy_2m(link);
}

static void on_conn_update(struct qb_host *host, const struct qb_hci_conn_update *ev)
{
	struct qb_link *link = qb_host_link(host, ev->handle);

	if (!link)
		return;
	link->gap.updating = false;
	qb_timer_cancel(host->timers, &link->gap.update);
	if (ev->status == QB_HCI_E_UNSUPPORTED_REMOTE && link->role == QB_ROLE_PERIPHERAL &&
	    !request_over_l2cap(link, &link->gap.wanted))
		return;
	if (!ev->status) {
		link->interval = ev->interval;
		link->latency = ev->latency;
		link->timeout = ev->timeout;
	}
	host->ops->param_updated(host->user, link, ev->status);
}

/* The peer asks through its controller: yes, if the specification allows what it asks. */
static void on_param_request(struct qb_host *host, const struct qb_hci_conn_param_request *ev)
{
	struct qb_conn_param param = {ev->interval_min, ev->interval_max, ev->latency, ev->timeout};
	uint8_t p[14] = {0};

	qb_put_le16(p, ev->handle);
	if (!qb_conn_param_valid(&param)) {
		p[2] = QB_HCI_E_UNACCEPTABLE_PARAM;
		qb_hci_command(&host->hci, QB_HCI_LE_CONN_PARAM_NEG_REPLY, p, 3, NULL, NULL);
		return;
	}
	qb_put_le16(p + 2, param.interval_min);
	qb_put_le16(p + 4, param.interval_max);
	qb_put_le16(p + 6, param.latency);
	qb_put_le16(p + 8, param.timeout);
	qb_hci_command(&host->hci, QB_HCI_LE_CONN_PARAM_REPLY, p, sizeof(p), NULL, NULL);
}

static void on_data_len(struct qb_host *host, const struct qb_hci_data_len_change *ev)
{
	struct qb_link *link = qb_host_link(host, ev->handle);

	if (link)
		link->gap.tx_octets = ev->tx_octets;
}

static void on_phy(struct qb_host *host, const struct qb_hci_phy_update *ev)
{
	struct qb_link *link = qb_host_link(host, ev->handle);

	if (link && !ev->status)
		link->gap.tx_phy = ev->tx;
}

/* There are no bonds, so there is no key for any link. */
static void on_ltk_request(struct qb_host *host, const struct qb_hci_ltk_request *ev)
{
	uint8_t handle[2];

	qb_put_le16(handle, ev->handle);
	qb_hci_command(&host->hci, QB_HCI_LE_LTK_NEG_REPLY, handle, sizeof(handle), NULL, NULL);
}

static void on_disconnect(struct qb_host *host, const struct qb_hci_disconnect_complete *ev)
{
	struct qb_link *link = qb_host_link(host, ev->handle);

	if (ev->status)
		return;
	if (link)
		qb_host_link_end(link, ev->reason);
	else
		qb_acl_disconnected(&host->hci, ev->handle);
}

static void on_le_meta(struct qb_host *host, const uint8_t *param, size_t len)
{
	union {
		struct qb_hci_conn_complete conn;
		struct qb_hci_conn_update update;
		struct qb_hci_remote_features features;
		struct qb_hci_ltk_request ltk;
		struct qb_hci_conn_param_request request;
		struct qb_hci_data_len_change data_len;
		struct qb_hci_phy_update phy;
		struct qb_hci_adv_terminated terminated;
	} ev;

	switch (len ? param[0] : 0) {
	case QB_HCI_LE_CONN_COMPLETE:
	case QB_HCI_LE_ENH_CONN_COMPLETE:
		if (qb_hci_decode_conn_complete(param, len, &ev.conn))
			qb_gap_on_conn_complete(host, &ev.conn);
		break;
	case QB_HCI_LE_ADV_REPORT:
	case QB_HCI_LE_DIRECT_ADV_REPORT:
	case QB_HCI_LE_EXT_ADV_REPORT: qb_gap_on_adv_reports(host, param, len); break;
	case QB_HCI_LE_CONN_UPDATE_COMPLETE:
		if (qb_hci_decode_conn_update(param, len, &ev.update))
			on_conn_update(host, &ev.update);
		break;
	case QB_HCI_LE_REMOTE_FEATURES:
		if (qb_hci_decode_remote_features(param, len, &ev.features))
			on_features(host, &ev.features);
		break;
	case QB_HCI_LE_LTK_REQUEST:
		if (qb_hci_decode_ltk_request(param, len, &ev.ltk))
			on_ltk_request(host, &ev.ltk);
		break;
	case QB_HCI_LE_CONN_PARAM_REQUEST:
		if (qb_hci_decode_conn_param_request(param, len, &ev.request))
			on_param_request(host, &ev.request);
		break;
	case QB_HCI_LE_DATA_LEN_CHANGE:
		if (qb_hci_decode_data_len_change(param, len, &ev.data_len))
			on_data_len(host, &ev.data_len);
		break;
	case QB_HCI_LE_PHY_UPDATE_COMPLETE:
		if (qb_hci_decode_phy_update(param, len, &ev.phy))
			on_phy(host, &ev.phy);
		break;
	case QB_HCI_LE_ADV_SET_TERMINATED:
		if (qb_hci_decode_adv_terminated(param, len, &ev.terminated))
			qb_gap_on_adv_terminated(host, &ev.terminated);
		break;
	}
}

void qb_gap_event(struct qb_host *host, uint8_t code, const uint8_t *param, size_t len)
{
	struct qb_hci_disconnect_complete disconnect;

	if (!host->up)
		return; /* what a controller still had to say about its life before the reset */
	if (code == QB_HCI_EV_LE_META)
		on_le_meta(host, param, len);
	else if (code == QB_HCI_EV_DISCONNECT_COMPLETE &&
	         qb_hci_decode_disconnect_complete(param, len, &disconnect))
		on_disconnect(host, &disconnect);
}
