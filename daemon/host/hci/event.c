/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The event codec: packed octets to structs, every length checked before it is used. */
#include "host/hci/event.h"

#include <string.h>

#include "util/le.h"

/* Connection handles (7.7): 12 bits, of which these are in use. */
#define HANDLE_MAX 0x0eff

/* Address types beyond public and random, as far as events have them. */
#define TYPE_RESOLVED     0x02 /* bit: an identity address */
#define TYPE_UNRESOLVABLE 0xfe /* a directed PDU's target: random, not resolved */
#define TYPE_ANONYMOUS    0xff

/* The longest data that a legacy advertising PDU can hold (Vol 6, Part B, 2.3.1). */
#define LEGACY_DATA_MAX 31

static uint16_t get_handle(const uint8_t *p)
{
	return QB_ACL_HANDLE(qb_get_le16(p));
}

static bool is_subevent(const uint8_t *param, size_t len, uint8_t subevent, size_t size)
{
	return len >= size && param[0] == subevent;
}

/* False for a type that is no address type; type and address in one go otherwise. */
static bool get_addr(struct qb_addr *ret, bool *ret_resolved, uint8_t type, const uint8_t *p)
{
	if (type > (QB_ADDR_RANDOM | TYPE_RESOLVED))
		return false;
	ret->type = type & QB_ADDR_RANDOM;
	memcpy(ret->b, p, sizeof(ret->b));
	*ret_resolved = type & TYPE_RESOLVED;
	return true;
}

bool qb_hci_decode_conn_complete(const uint8_t *param, size_t len, struct qb_hci_conn_complete *ret)
{
	struct qb_hci_conn_complete ev = {0};
	const uint8_t *p;

	if (!is_subevent(param, len, QB_HCI_LE_CONN_COMPLETE, 19) &&
	    !is_subevent(param, len, QB_HCI_LE_ENH_CONN_COMPLETE, 31))
		return false;
	ev.status = param[1];
	ev.handle = get_handle(param + 2);
	if (ev.status) {
		*ret = ev;
		return true;
	}
	ev.role = param[4];
	if (ev.handle > HANDLE_MAX || ev.role > QB_ROLE_PERIPHERAL ||
	    !get_addr(&ev.peer, &ev.resolved, param[5], param + 6))
		return false;
	p = param + 12;
	if (param[0] == QB_HCI_LE_ENH_CONN_COMPLETE) {
		memcpy(ev.own_rpa, p, 6);
		memcpy(ev.peer_rpa, p + 6, 6);
		p += 12;
	}
	ev.interval = qb_get_le16(p);
	ev.latency = qb_get_le16(p + 2);
	ev.timeout = qb_get_le16(p + 4);
	*ret = ev;
	return true;
}

bool qb_hci_decode_disconnect_complete(const uint8_t *param, size_t len,
                                       struct qb_hci_disconnect_complete *ret)
{
	if (len < 4)
		return false;
	*ret = (struct qb_hci_disconnect_complete){
	        .status = param[0],
	        .handle = get_handle(param + 1),
	        .reason = param[3],
	};
	return true;
}

bool qb_hci_decode_encrypt_change(const uint8_t *param, size_t len,
                                  struct qb_hci_encrypt_change *ret)
{
	if (len < 4)
		return false;
	*ret = (struct qb_hci_encrypt_change){
	        .status = param[0],
	        .handle = get_handle(param + 1),
	        .enabled = param[3],
	};
	return true;
}

bool qb_hci_decode_key_refresh(const uint8_t *param, size_t len, struct qb_hci_key_refresh *ret)
{
	if (len < 3)
		return false;
	*ret = (struct qb_hci_key_refresh){
	        .status = param[0],
	        .handle = get_handle(param + 1),
	};
	return true;
}

bool qb_hci_decode_remote_version(const uint8_t *param, size_t len,
                                  struct qb_hci_remote_version *ret)
{
	if (len < 8)
		return false;
	*ret = (struct qb_hci_remote_version){
	        .status = param[0],
	        .handle = get_handle(param + 1),
	        .version = param[3],
	        .company = qb_get_le16(param + 4),
	        .subversion = qb_get_le16(param + 6),
	};
	return true;
}

bool qb_hci_decode_conn_update(const uint8_t *param, size_t len, struct qb_hci_conn_update *ret)
{
	if (!is_subevent(param, len, QB_HCI_LE_CONN_UPDATE_COMPLETE, 10))
		return false;
	*ret = (struct qb_hci_conn_update){
	        .status = param[1],
	        .handle = get_handle(param + 2),
	        .interval = qb_get_le16(param + 4),
	        .latency = qb_get_le16(param + 6),
	        .timeout = qb_get_le16(param + 8),
	};
	return true;
}

bool qb_hci_decode_remote_features(const uint8_t *param, size_t len,
                                   struct qb_hci_remote_features *ret)
{
	if (!is_subevent(param, len, QB_HCI_LE_REMOTE_FEATURES, 12))
		return false;
	ret->status = param[1];
	ret->handle = get_handle(param + 2);
	memcpy(ret->features, param + 4, sizeof(ret->features));
	return true;
}

bool qb_hci_decode_ltk_request(const uint8_t *param, size_t len, struct qb_hci_ltk_request *ret)
{
	if (!is_subevent(param, len, QB_HCI_LE_LTK_REQUEST, 13))
		return false;
	*ret = (struct qb_hci_ltk_request){
	        .handle = get_handle(param + 1),
	        .rand = qb_get_le64(param + 3),
	        .ediv = qb_get_le16(param + 11),
	};
	return true;
}

bool qb_hci_decode_conn_param_request(const uint8_t *param, size_t len,
                                      struct qb_hci_conn_param_request *ret)
{
	if (!is_subevent(param, len, QB_HCI_LE_CONN_PARAM_REQUEST, 11))
		return false;
	*ret = (struct qb_hci_conn_param_request){
	        .handle = get_handle(param + 1),
	        .interval_min = qb_get_le16(param + 3),
	        .interval_max = qb_get_le16(param + 5),
	        .latency = qb_get_le16(param + 7),
	        .timeout = qb_get_le16(param + 9),
	};
	return true;
}

bool qb_hci_decode_data_len_change(const uint8_t *param, size_t len,
                                   struct qb_hci_data_len_change *ret)
{
	if (!is_subevent(param, len, QB_HCI_LE_DATA_LEN_CHANGE, 11))
		return false;
	*ret = (struct qb_hci_data_len_change){
	        .handle = get_handle(param + 1),
	        .tx_octets = qb_get_le16(param + 3),
	        .tx_time = qb_get_le16(param + 5),
	        .rx_octets = qb_get_le16(param + 7),
	        .rx_time = qb_get_le16(param + 9),
	};
	return true;
}

bool qb_hci_decode_phy_update(const uint8_t *param, size_t len, struct qb_hci_phy_update *ret)
{
	if (!is_subevent(param, len, QB_HCI_LE_PHY_UPDATE_COMPLETE, 6))
		return false;
	*ret = (struct qb_hci_phy_update){
	        .status = param[1],
	        .handle = get_handle(param + 2),
	        .tx = param[4],
	        .rx = param[5],
	};
	return true;
}

bool qb_hci_decode_adv_terminated(const uint8_t *param, size_t len,
                                  struct qb_hci_adv_terminated *ret)
{
	if (!is_subevent(param, len, QB_HCI_LE_ADV_SET_TERMINATED, 6))
		return false;
	*ret = (struct qb_hci_adv_terminated){
	        .status = param[1],
	        .set = param[2],
	        .handle = get_handle(param + 3),
	        .events = param[5],
	};
	return true;
}

bool qb_hci_adv_reports_init(struct qb_adv_reports *it, const uint8_t *param, size_t len)
{
	if (len < 2)
		return false;
	switch (param[0]) {
	case QB_HCI_LE_ADV_REPORT:
	case QB_HCI_LE_DIRECT_ADV_REPORT:
	case QB_HCI_LE_EXT_ADV_REPORT:
		*it = (struct qb_adv_reports){
		        .p = param + 2,
		        .end = param + len,
		        .subevent = param[0],
		        .left = param[1],
		};
		return true;
	default: return false;
	}
}

/* Moves on over a fixed part of a report; NULL at the end of what is there. */
static const uint8_t *take(struct qb_adv_reports *it, size_t size)
{
	const uint8_t *p = it->p;

	if ((size_t)(it->end - p) < size) {
		it->left = 0;
		return NULL;
	}
	it->p += size;
	return p;
}

/* Moves on over the data, clamped to what is there and to what a PDU can hold. */
static void take_data(struct qb_adv_reports *it, struct qb_adv_report *report, uint8_t len)
{
	size_t room = (size_t)(it->end - it->p);

	if (len > room) {
		len = (uint8_t)room;
		it->left = 0;
	}
	report->data = it->p;
	report->len = len;
	it->p += len;
	if (!report->extended && report->len > LEGACY_DATA_MAX)
		report->len = LEGACY_DATA_MAX;
}

/* event type, address type, address, data length, data, RSSI */
static bool next_legacy(struct qb_adv_reports *it, struct qb_adv_report *ret)
{
	const uint8_t *p = take(it, 9), *rssi;

	if (!p)
		return false;
	ret->event_type = p[0];
	take_data(it, ret, p[8]);
	rssi = take(it, 1);
	if (rssi)
		ret->rssi = (int8_t)*rssi;
	return ret->event_type <= QB_ADV_SCAN_RSP &&
	       get_addr(&ret->addr, &ret->resolved, p[1], p + 2);
}

static bool get_direct(struct qb_adv_report *ret, uint8_t type, const uint8_t *p)
{
	bool resolved;

	ret->directed = true;
	if (type == TYPE_UNRESOLVABLE)
		type = QB_ADDR_RANDOM;
	return get_addr(&ret->direct, &resolved, type, p);
}

/* event type, address type, address, direct address type, direct address, RSSI */
static bool next_direct(struct qb_adv_reports *it, struct qb_adv_report *ret)
{
	const uint8_t *p = take(it, 16);

	if (!p)
		return false;
	ret->event_type = p[0];
	ret->rssi = (int8_t)p[15];
	ret->data = it->p;
	return ret->event_type == QB_ADV_DIRECT_IND &&
	       get_addr(&ret->addr, &ret->resolved, p[1], p + 2) && get_direct(ret, p[8], p + 9);
}

/* What a legacy PDU's event type would be in a legacy report (7.7.65.13, the table at its end). */
static uint8_t legacy_type(uint16_t type)
{
	if (type & QB_EXT_ADV_SCAN_RSP)
		return QB_ADV_SCAN_RSP;
	if (type & QB_EXT_ADV_DIRECTED)
		return QB_ADV_DIRECT_IND;
	if (type & QB_EXT_ADV_CONNECTABLE)
		return QB_ADV_IND;
	if (type & QB_EXT_ADV_SCANNABLE)
		return QB_ADV_SCAN_IND;
	return QB_ADV_NONCONN_IND;
}

/*
 * event type (2), address type, address, primary PHY, secondary PHY, SID, TX power, RSSI,
 * periodic interval (2), direct address type, direct address, data length, data
 */
static bool next_extended(struct qb_adv_reports *it, struct qb_adv_report *ret)
{
	const uint8_t *p = take(it, 24);
	uint16_t type;
	unsigned status;

	if (!p)
		return false;
	type = qb_get_le16(p);
	ret->extended = !(type & QB_EXT_ADV_LEGACY);
	ret->event_type = ret->extended ? type & (QB_EXT_ADV_LEGACY - 1) : legacy_type(type);
	status = type >> QB_EXT_ADV_STATUS_SHIFT & 0x3;
	ret->data_status = status > QB_ADV_DATA_MORE ? QB_ADV_DATA_TRUNCATED : status;
	ret->primary_phy = p[9];
	ret->secondary_phy = p[10];
	ret->sid = p[11];
	ret->tx_power = (int8_t)p[12];
	ret->rssi = (int8_t)p[13];
	take_data(it, ret, p[23]);
	if (type & QB_EXT_ADV_DIRECTED && !get_direct(ret, p[16], p + 17))
		return false;
	if (p[2] == TYPE_ANONYMOUS && ret->extended) {
		ret->anonymous = true;
		return true;
	}
	return get_addr(&ret->addr, &ret->resolved, p[2], p + 3);
}

bool qb_hci_adv_reports_next(struct qb_adv_reports *it, struct qb_adv_report *ret)
{
	while (it->left) {
		struct qb_adv_report report = {
		        .rssi = QB_RSSI_UNKNOWN,
		        .tx_power = QB_RSSI_UNKNOWN,
		        .primary_phy = QB_PHY_1M,
		        .sid = 0xff,
		};
		bool good;

		it->left--;
		if (it->subevent == QB_HCI_LE_EXT_ADV_REPORT)
			good = next_extended(it, &report);
		else if (it->subevent == QB_HCI_LE_DIRECT_ADV_REPORT)
			good = next_direct(it, &report);
		else
			good = next_legacy(it, &report);
		if (good) {
			*ret = report;
			return true;
		}
	}
	return false;
}
