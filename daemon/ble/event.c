/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of events. */
#include "ble/event.h"

#include <string.h>

/* clang-format off */
#define CONNECT_ID {"connect_id", 'u', QB_FROM_U0}
#define ADDR       {"addr", 'a', QB_FROM_ADDR}
#define DATA       {"data_len", 'u', QB_FROM_DATA_LEN}, {"data", 'a', QB_FROM_DATA}
#define ATTRIBUTE  {"attr_handle", 'u', QB_FROM_U0}, {"short_uuid", 'u', QB_FROM_U1}, \
                   {"long_uuid", 'a', QB_FROM_LONG_UUID}
/* clang-format on */

const struct qb_event_def qb_events[] = {
        {QB_EV_START_STATUS, "StartStatusInd"},
        {QB_EV_STOP_STATUS, "StopStatusInd"},
        {QB_EV_CONNECT, "ConnectInd", {CONNECT_ID, ADDR}},
        {QB_EV_DISCONNECT, "DisconnectInd", {CONNECT_ID, ADDR}},
        {QB_EV_UPDATE_CONN_PARAM,
         "UpdateConnParamInd",
         {CONNECT_ID,
          {"max_interval", 'u', QB_FROM_U1},
          {"min_interval", 'u', QB_FROM_U2},
          {"latency", 'u', QB_FROM_U3},
          {"timeout", 'u', QB_FROM_U4}}},
        {QB_EV_SCAN_REPORT,
         "ScanReportInd",
         {{"event_type", 'u', QB_FROM_U0},
          {"name", 's', QB_FROM_NAME},
          {"addr_type", 'u', QB_FROM_U1},
          ADDR,
          {"rssi", 'i', QB_FROM_RSSI},
          DATA}},
        {QB_EV_MTU, "GattMtu", {{"handle", 'u', QB_FROM_U0}, {"mtu", 'u', QB_FROM_U1}}},
        {QB_EV_RECV_WRITE, "GattRecvWriteInd", {DATA, ATTRIBUTE}},
        {QB_EV_RECV_READ, "GattRecvReadInd", {DATA, ATTRIBUTE}},
        {QB_EV_RECV_NOTIFICATION, "GattRecvNotificationInd", {DATA}},
        {QB_EV_RECV_INDICATION, "GattRecvIndicationInd", {DATA}},
        {QB_EV_SEND_END, "GattSendEnd"},
        {QB_EV_START_DISCOVER_SERVICE, "GattStartDiscoverServiceInd"},
        {QB_EV_DISCOVER_SERVICE,
         "GattDiscoverServiceInd",
         {{"start_handle", 'u', QB_FROM_U0},
          {"end_handle", 'u', QB_FROM_U1},
          {"short_uuid", 'u', QB_FROM_U2}}},
        {QB_EV_DISCOVER_CHARAS, "GattDiscoverCharacteristicDataInd", {DATA}},
        {QB_EV_DISCOVER_DESCS, "GattDiscoverCharaDescInd", {DATA}},
        {QB_EV_CHARA_WRITE, "GattCharaWriteWithRspInd"},
        {QB_EV_CHARA_WRITE_NO_RSP, "GattCharaWriteWithoutRspInd"},
        {QB_EV_CHARA_READ, "GattCharaReadInd", {DATA}},
        {QB_EV_CHARA_READ_BY_UUID, "GattCharaReadByUuidInd", {DATA}},
        {QB_EV_CHARA_MULTI_READ, "GattCharaMultiReadInd", {DATA}},
        {QB_EV_DESC_WRITE, "GattDescWriteWithRspInd"},
        {QB_EV_DESC_READ, "GattDescReadInd", {DATA}},
        {QB_EV_ATT_ERROR, "GattAttErrorInd", {{"errcode", 'u', QB_FROM_U0}}},
        {0},
};

const struct qb_event_def *qb_event_find(uint8_t id)
{
	for (const struct qb_event_def *def = qb_events; def->signal; def++)
		if (def->id == id)
			return def;
	return NULL;
}

void qb_event_long_uuid(const struct qb_event *event, uint8_t ret[16])
{
	if (qb_uuid_to_16(&event->uuid, NULL))
		memset(ret, 0, 16);
	else
		memcpy(ret, event->uuid.b, 16);
}
