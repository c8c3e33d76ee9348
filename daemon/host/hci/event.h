/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The event codec: what a controller reports, as structs (Core 5.4, Vol 4, Part E, 7.7). Lengths
 * and ranges are checked here, once.
 *
 * Every decoder takes the parameters exactly as qb_hci_ops.event hands them up: those of an LE
 * subevent begin with the subevent code, which is checked too. It returns false, and leaves *ret
 * alone, for an event that is too short or makes no sense; octets beyond what the event is known
 * to have are ignored, as later versions of the specification may append some. Where status is
 * not 0, only status and, if the event has one, handle mean anything.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/hci/spec.h"
#include "util/addr.h"

/* LE Connection Complete and LE Enhanced Connection Complete [v1] (7.7.65.1, 7.7.65.10). */
struct qb_hci_conn_complete {
	uint8_t status;
	uint16_t handle;
	uint8_t role;        /* QB_ROLE_…: ours */
	struct qb_addr peer; /* on the air, or, if resolved, the peer's identity address */
	bool resolved;
	/* Resolvable private addresses in use, as HCI carries them; all zero if there is none. */
	uint8_t own_rpa[6], peer_rpa[6];
	uint16_t interval; /* 1.25 ms */
	uint16_t latency;  /* connection events */
	uint16_t timeout;  /* 10 ms */
};
bool qb_hci_decode_conn_complete(const uint8_t *param, size_t len,
                                 struct qb_hci_conn_complete *ret);

/* Disconnection Complete (7.7.5). */
struct qb_hci_disconnect_complete {
	uint8_t status;
	uint16_t handle;
	uint8_t reason;
};
bool qb_hci_decode_disconnect_complete(const uint8_t *param, size_t len,
                                       struct qb_hci_disconnect_complete *ret);

/* Encryption Change [v1] (7.7.8). */
struct qb_hci_encrypt_change {
	uint8_t status;
	uint16_t handle;
	bool enabled;
};
bool qb_hci_decode_encrypt_change(const uint8_t *param, size_t len,
                                  struct qb_hci_encrypt_change *ret);

/* Encryption Key Refresh Complete (7.7.39). */
struct qb_hci_key_refresh {
	uint8_t status;
	uint16_t handle;
};
bool qb_hci_decode_key_refresh(const uint8_t *param, size_t len, struct qb_hci_key_refresh *ret);

/* Read Remote Version Information Complete (7.7.12). */
struct qb_hci_remote_version {
	uint8_t status;
	uint16_t handle;
	uint8_t version;
	uint16_t company;
	uint16_t subversion;
};
bool qb_hci_decode_remote_version(const uint8_t *param, size_t len,
                                  struct qb_hci_remote_version *ret);

/* LE Connection Update Complete (7.7.65.3). */
struct qb_hci_conn_update {
	uint8_t status;
	uint16_t handle;
	uint16_t interval, latency, timeout; /* as in qb_hci_conn_complete */
};
bool qb_hci_decode_conn_update(const uint8_t *param, size_t len, struct qb_hci_conn_update *ret);

/* LE Read Remote Features Complete (7.7.65.4). */
struct qb_hci_remote_features {
	uint8_t status;
	uint16_t handle;
	uint8_t features[8]; /* QB_LE_FEATURE_… are bit numbers in it */
};
bool qb_hci_decode_remote_features(const uint8_t *param, size_t len,
                                   struct qb_hci_remote_features *ret);

/* LE Long Term Key Request (7.7.65.5). */
struct qb_hci_ltk_request {
	uint16_t handle;
	uint64_t rand;
	uint16_t ediv;
};
bool qb_hci_decode_ltk_request(const uint8_t *param, size_t len, struct qb_hci_ltk_request *ret);

/* LE Remote Connection Parameter Request (7.7.65.6); the peer's wish, valid or not. */
struct qb_hci_conn_param_request {
	uint16_t handle;
	uint16_t interval_min, interval_max, latency, timeout;
};
bool qb_hci_decode_conn_param_request(const uint8_t *param, size_t len,
                                      struct qb_hci_conn_param_request *ret);

/* LE Data Length Change (7.7.65.7): octets, and time in microseconds. */
struct qb_hci_data_len_change {
	uint16_t handle;
	uint16_t tx_octets, tx_time;
	uint16_t rx_octets, rx_time;
};
bool qb_hci_decode_data_len_change(const uint8_t *param, size_t len,
                                   struct qb_hci_data_len_change *ret);

/* LE PHY Update Complete (7.7.65.12). */
struct qb_hci_phy_update {
	uint8_t status;
	uint16_t handle;
	uint8_t tx, rx; /* QB_PHY_1M, QB_PHY_2M, QB_PHY_CODED */
};
bool qb_hci_decode_phy_update(const uint8_t *param, size_t len, struct qb_hci_phy_update *ret);

/* LE Advertising Set Terminated (7.7.65.18). */
struct qb_hci_adv_terminated {
	uint8_t status;
	uint8_t set;
	uint16_t handle; /* of the connection that ended it, if status is 0 */
	uint8_t events;  /* advertising events sent, if they were limited */
};
bool qb_hci_decode_adv_terminated(const uint8_t *param, size_t len,
                                  struct qb_hci_adv_terminated *ret);

enum qb_adv_data_status {
	QB_ADV_DATA_COMPLETE,
	QB_ADV_DATA_MORE,      /* the next report of this advertiser continues the data */
	QB_ADV_DATA_TRUNCATED, /* the rest was lost */
};

/* One PDU that the controller heard (7.7.65.2, 7.7.65.11, 7.7.65.13). */
struct qb_adv_report {
	/*
	 * QB_ADV_IND … QB_ADV_SCAN_RSP, however the controller reports it; of an extended PDU,
	 * QB_EXT_ADV_CONNECTABLE … QB_EXT_ADV_SCAN_RSP.
	 */
	uint8_t event_type;
	bool extended;  /* an extended advertising PDU on the air */
	bool resolved;  /* addr is an identity that the controller resolved */
	bool anonymous; /* there is no address; addr is zero */
	bool directed;  /* direct is valid: the address that it was directed to */
	struct qb_addr addr;
	struct qb_addr direct;
	int8_t rssi;                        /* dBm, or QB_RSSI_UNKNOWN */
	int8_t tx_power;                    /* dBm, or QB_RSSI_UNKNOWN */
	uint8_t primary_phy, secondary_phy; /* QB_PHY_…; secondary 0: none */
	uint8_t sid;                        /* advertising set, 0xff: none */
	enum qb_adv_data_status data_status;
	const uint8_t *data; /* inside the event's parameters */
	uint8_t len;
};

/* Walks the reports of one LE advertising report event of any of the three kinds. */
struct qb_adv_reports {
	const uint8_t *p, *end;
	uint8_t subevent;
	uint8_t left;
};

/* False if it is no advertising report event. */
bool qb_hci_adv_reports_init(struct qb_adv_reports *it, const uint8_t *param, size_t len);

/*
 * The next report, or false after the last one. A report whose data would reach beyond the event
 * is clamped to what is there and is the last one; a report without its fixed part is dropped,
 * and so is one with values that the specification does not have.
 */
bool qb_hci_adv_reports_next(struct qb_adv_reports *it, struct qb_adv_report *ret);
