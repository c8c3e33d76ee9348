/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The events of the API as one table: IDs, signal names and arguments as the document has them;
 * and one event as it travels up to the bus and into the log.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/limits.h"
#include "util/addr.h"
#include "util/uuid.h"

enum qb_event_id {
	QB_EV_START_STATUS = 0,
	QB_EV_STOP_STATUS = 1,
	QB_EV_CONNECT = 16,
	QB_EV_DISCONNECT = 17,
	QB_EV_UPDATE_CONN_PARAM = 18,
	QB_EV_SCAN_REPORT = 19,
	QB_EV_MTU = 20,
	QB_EV_RECV_WRITE = 21,
	QB_EV_RECV_READ = 22,
	QB_EV_RECV_NOTIFICATION = 23,
	QB_EV_RECV_INDICATION = 24,
	QB_EV_SEND_END = 25,
	QB_EV_START_DISCOVER_SERVICE = 26,
	QB_EV_DISCOVER_SERVICE = 27,
	QB_EV_DISCOVER_CHARAS = 28,
	QB_EV_DISCOVER_DESCS = 29,
	QB_EV_CHARA_WRITE = 30,
	QB_EV_CHARA_WRITE_NO_RSP = 31,
	QB_EV_CHARA_READ = 32,
	QB_EV_CHARA_READ_BY_UUID = 33,
	QB_EV_CHARA_MULTI_READ = 34,
	QB_EV_DESC_WRITE = 35,
	QB_EV_DESC_READ = 36,
	QB_EV_ATT_ERROR = 37,
};

#define QB_EVENT_ARGS_MAX 8
#define QB_NO_CONNECTION  UINT32_MAX

/* The connect_id of an event 16 that failed. */
#define QB_CONNECT_ID_FAILED 0xff

/*
 * One argument of a signal after event_id and status. type: 'u', 'i', 's' or 'a' (D-Bus ay). from:
 * where struct qb_event keeps it.
 */
enum qb_event_source {
	QB_FROM_NONE,
	QB_FROM_U0, /* u[0] … */
	QB_FROM_U1,
	QB_FROM_U2,
	QB_FROM_U3,
	QB_FROM_U4,
	QB_FROM_RSSI,
	QB_FROM_NAME,
	QB_FROM_ADDR, /* six octets, most significant first */
	QB_FROM_DATA_LEN,
	QB_FROM_DATA,
	QB_FROM_LONG_UUID,
};

struct qb_event_arg {
	const char *name;
	char type;
	enum qb_event_source from;
};

struct qb_event_def {
	uint8_t id;
	const char *signal;                          /* D-Bus member, "GattRecvWriteInd" */
	struct qb_event_arg args[QB_EVENT_ARGS_MAX]; /* up to the first without a name */
};

/* All events, by rising id; ends with a row without a signal. */
extern const struct qb_event_def qb_events[];

/* NULL for an id that is none. */
const struct qb_event_def *qb_event_find(uint8_t id);

struct qb_event;

/*
 * What QB_FROM_LONG_UUID stands for: the whole UUID, least significant octet first, or zeros where
 * the short form says it all, as in the arguments of the document's calls.
 */
void qb_event_long_uuid(const struct qb_event *event, uint8_t ret[16]);

/* 4 octets over a value: handle and length of an entry, or a 28's entry length. */
#define QB_EVENT_DATA_MAX (QB_VALUE_MAX + 16)

struct qb_event {
	uint8_t id;
	int32_t status;
	uint32_t u[5]; /* the documented integers, in order, apart from rssi and data_len */
	int32_t rssi;
	const char *name; /* "" if none; UTF-8 */
	struct qb_addr addr;
	struct qb_uuid uuid; /* whole, of 21, 22 and 27 */
	const uint8_t *data;
	size_t len;
	/* Beyond the document, for the log. */
	uint32_t connect_id; /* or QB_NO_CONNECTION */
	uint8_t role;        /* of events of a link, and of a 16 that failed: QB_ROLE_..., ours */
	uint8_t reason;      /* of 17, and of a 16 that failed: the HCI error code */
	const char *call;    /* the call that this event belongs to, "ReadCharaByHandle", or NULL */
	uint32_t handle;     /* the attribute that this event is about, 0 if none */
};
