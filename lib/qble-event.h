/* SPDX-License-Identifier: MIT */
/* Events of libqble-client: the record that a callback gets, and parsers for the data in it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The document's event IDs, each named after its constant there (BLE_CONNECT_IND). From 0x10000 on
 * they are the library's own.
 */
enum qble_event_id {
	QBLE_START_STATUS_IND = 0,            /* BLE has started, or failed to */
	QBLE_STOP_STATUS_IND = 1,             /* BLE has stopped */
	QBLE_CONNECT_IND = 16,                /* u.connect; a failed connection: status is not 0 */
	QBLE_DISCONNECT_IND = 17,             /* u.connect */
	QBLE_UPDATE_CONN_PARAM_IND = 18,      /* u.conn_param */
	QBLE_SCAN_REPORT_IND = 19,            /* u.scan */
	QBLE_GATT_MTU = 20,                   /* u.mtu */
	QBLE_GATT_RECV_WRITE_IND = 21,        /* u.attr: a client wrote */
	QBLE_GATT_RECV_READ_IND = 22,         /* u.attr: a client read */
	QBLE_GATT_RECV_NOTIFICATION_IND = 23, /* u.data, qble_next_value() */
	QBLE_GATT_RECV_INDICATION_IND = 24,   /* u.data, qble_next_value() */
	QBLE_GATT_SEND_END = 25,              /* one for each send */
	QBLE_GATT_START_DISCOVER_SERVICE_IND = 26, /* the link is ready for discovery */
	QBLE_GATT_DISCOVER_SERVICE_IND = 27,       /* u.service */
	QBLE_GATT_DISCOVER_CHARACTERISTIC_DATA_IND =
	        28,                             /* u.data, qble_next_chara() or _include() */
	QBLE_GATT_DISCOVER_CHARA_DESC_IND = 29, /* u.data, qble_next_desc() */
	QBLE_GATT_CHARA_WRITE_WITH_RSP_IND = 30,
	QBLE_GATT_CHARA_WRITE_WITHOUT_RSP_IND = 31,
	QBLE_GATT_CHARA_READ_IND = 32,         /* u.data: the value */
	QBLE_GATT_CHARA_READ_BY_UUID_IND = 33, /* u.data, qble_next_value() */
	QBLE_GATT_CHARA_MULTI_READ_IND = 34,   /* u.data: the values end to end */
	QBLE_GATT_DESC_WRITE_WITH_RSP_IND = 35,
	QBLE_GATT_DESC_READ_IND = 36, /* u.data: the value */
	QBLE_GATT_ATT_ERROR_IND = 37, /* u.att: a procedure ended with an error; status is 0 */

	/* qbled is gone from the bus; everything that it held is gone too. Calls fail with
	   -EHOSTDOWN. */
	QBLE_DAEMON_GONE = 0x10000,
	/*
	 * qbled is there again, stopped and empty: begin anew with qble_server_init() or
	 * _client_init(). A status that is not 0, a negative errno: its events do not come;
	 * qble_last_error() says why.
	 */
	QBLE_DAEMON_BACK,
	/*
	 * The bus dropped so many events (status) before the next one: it keeps some 100 MB for a
	 * program that does not read.
	 */
	QBLE_EVENTS_LOST,
};

#define QBLE_NO_CONNECTION 0xffffffffu /* this event belongs to none */

/* Our part in a connection. */
enum qble_role {
	QBLE_NO_ROLE = 0,
	QBLE_CENTRAL = 1,    /* we connected */
	QBLE_PERIPHERAL = 2, /* we advertised */
};

/*
 * One event. All pointers in it end with the callback.
 *
 * Each comes complete and numbered, in the order in which it happened, however far behind this
 * program is: what it has not read yet waits in the bus.
 */
struct qble_event {
	uint64_t seq;   /* the event's number since the daemon's start, 1, 2, ...; 0: our own */
	uint32_t id;    /* enum qble_event_id; other numbers are events of newer daemons */
	int32_t status; /* 0: success */
	uint32_t connect_id; /* the link, or QBLE_NO_CONNECTION */
	uint32_t role;       /* of events 16, 17, 18 and 20: enum qble_role */
	uint32_t handle;     /* the attribute that this is about, 0 where there is none */
	const char *call;    /* the call that began what this tells of, "ReadCharaDesc", or NULL */
	union {
		struct {
			uint8_t addr[6];    /* most significant first, as it is written */
			uint32_t addr_type; /* 0 public, 1 random */
			uint8_t reason; /* of a disconnection or a failed connection: HCI error code
			                 */
		} connect;
		struct {
			uint32_t max_interval, min_interval; /* 1.25 ms */
			uint32_t latency;                    /* connection events */
			uint32_t timeout;                    /* 10 ms */
		} conn_param;
		struct {
			uint32_t event_type; /* HCI: 0 ADV_IND, 1 _DIRECT, 2 _SCAN, 3 _NONCONN, 4
			                        SCAN_RSP */
			const char *name;    /* UTF-8, "" if the data has none */
			uint32_t addr_type;  /* 0 public, 1 random */
			uint8_t addr[6]; /* most significant first: as qble_connect() takes it */
			int32_t rssi;    /* dBm */
			size_t len;
			const uint8_t *data; /* advertising data: length, type, data, ... */
		} scan;
		struct {
			uint32_t mtu; /* octets; a notification carries mtu - 3 */
		} mtu;
		struct {
			size_t len;
			const uint8_t *data;
			uint32_t attr_handle;
			uint32_t short_uuid;   /* of a 128-bit UUID its octets 12 and 13 */
			uint8_t long_uuid[16]; /* as documented: zeros if short_uuid says it all */
			uint8_t uuid[16];      /* whole in any case, least significant first */
		} attr;
		struct {
			size_t len;
			const uint8_t
			        *data; /* raw as documented; the parsers below take it apart */
		} data;
		struct {
			uint32_t start_handle, end_handle;
			uint32_t short_uuid; /* of a 128-bit UUID its octets 12 and 13 */
			uint8_t uuid[16];    /* whole, least significant first */
		} service;
		struct {
			uint32_t errcode; /* ATT error code, 0x0a at the end of a discovery */
		} att;
	} u;
};

/*
 * The entries of events 23, 24, 28, 29 and 33:
 *
 *	struct qble_entries entries;
 *	struct qble_chara chara;
 *
 *	qble_entries_init(&entries, event);
 *	while (qble_next_chara(&entries, &chara))
 *		...
 */
struct qble_entries {
	const uint8_t *next;
	size_t left;       /* octets from next on */
	size_t entry_len;  /* octets of one entry */
	uint32_t event_id; /* whose entries these are */
};

/*
 * Begins at the first entry. -EINVAL if the event is none of the five or its status is not 0,
 * -EBADMSG if the data is malformed; there are no entries then.
 */
int qble_entries_init(struct qble_entries *entries, const struct qble_event *event);

struct qble_chara {
	uint16_t handle;       /* of the declaration */
	uint16_t value_handle; /* for reading, writing, and in notifications */
	uint8_t properties; /* 0x02 read, 0x04 write without response, 0x08 write, 0x10 notify ...
	                     */
	uint8_t uuid[16];   /* whole, least significant first */
};

struct qble_include {
	uint16_t handle;                   /* of the declaration */
	uint16_t start_handle, end_handle; /* of the included service */
	uint16_t short_uuid;               /* 0 if it has a 128-bit UUID, which is not told here */
};

struct qble_desc {
	uint16_t handle;
	uint8_t uuid[16]; /* whole, least significant first */
};

struct qble_value {
	uint16_t handle;
	size_t len;
	const uint8_t *data; /* lives as long as the event */
};

/* Each writes the next entry and returns true, or returns false after the last one. */
bool qble_next_chara(struct qble_entries *entries, struct qble_chara *ret);     /* of 28 */
bool qble_next_include(struct qble_entries *entries, struct qble_include *ret); /* of 28 */
bool qble_next_desc(struct qble_entries *entries, struct qble_desc *ret);       /* of 29 */
bool qble_next_value(struct qble_entries *entries, struct qble_value *ret);     /* of 23, 24, 33 */

/* UUIDs: 16 octets, least significant first, the short ones as the Bluetooth Base UUID has them. */

/* The 16-bit form, or 0 if the UUID has none. */
uint16_t qble_uuid_short(const uint8_t uuid[16]);

/* The whole UUID of a 16-bit one. */
void qble_uuid_from_short(uint16_t short_uuid, uint8_t ret[16]);

#define QBLE_UUID_STRING_SIZE 37

/* "180f" or "6e400001-b5a3-f393-e0a9-e50e24dcca9e"; returns str. */
char *qble_uuid_to_string(const uint8_t uuid[16], char str[QBLE_UUID_STRING_SIZE]);

/* From either form, upper or lower case. -EINVAL if it is neither. */
int qble_uuid_from_string(const char *str, uint8_t ret[16]);

#define QBLE_ADDR_STRING_SIZE 18

/* "c0:ff:ee:12:34:56" of an address with its most significant octet first; returns str. */
char *qble_addr_to_string(const uint8_t addr[6], char str[QBLE_ADDR_STRING_SIZE]);

/* The other way. -EINVAL if it is no address. */
int qble_addr_from_string(const char *str, uint8_t ret[6]);

#ifdef __cplusplus
}
#endif
