/* SPDX-License-Identifier: MIT */
/* Numbers and their names: assigned UUIDs, events, properties. */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "qblectl.h"

/* Of assigned-numbers.tsv, ordered by number. */
static const struct {
	uint16_t number;
	char kind;
	const char *name;
} numbers[] = {
#include "assigned-numbers.inc"
};

#define N_NUMBERS (sizeof(numbers) / sizeof(numbers[0]))

const char *ctl_uuid_name(const uint8_t uuid[16], char kind)
{
	uint16_t number = qble_uuid_short(uuid);

	for (size_t i = 0; i < N_NUMBERS && number; i++)
		if (numbers[i].number == number && (!kind || numbers[i].kind == kind))
			return numbers[i].name;
	return NULL;
}

int ctl_uuid_parse(const char *text, char kind, uint8_t ret[16])
{
	if (qble_uuid_from_string(text, ret) == 0)
		return 0;
	for (size_t i = 0; i < N_NUMBERS; i++) {
		if (strcasecmp(numbers[i].name, text) != 0 || (kind && numbers[i].kind != kind))
			continue;
		qble_uuid_from_short(numbers[i].number, ret);
		return 0;
	}
	return -EINVAL;
}

static const struct {
	uint32_t id;
	const char *name;
} events[] = {
        {QBLE_START_STATUS_IND, "StartStatusInd"},
        {QBLE_STOP_STATUS_IND, "StopStatusInd"},
        {QBLE_CONNECT_IND, "ConnectInd"},
        {QBLE_DISCONNECT_IND, "DisconnectInd"},
        {QBLE_UPDATE_CONN_PARAM_IND, "UpdateConnParamInd"},
        {QBLE_SCAN_REPORT_IND, "ScanReportInd"},
        {QBLE_GATT_MTU, "GattMtu"},
        {QBLE_GATT_RECV_WRITE_IND, "GattRecvWriteInd"},
        {QBLE_GATT_RECV_READ_IND, "GattRecvReadInd"},
        {QBLE_GATT_RECV_NOTIFICATION_IND, "GattRecvNotificationInd"},
        {QBLE_GATT_RECV_INDICATION_IND, "GattRecvIndicationInd"},
        {QBLE_GATT_SEND_END, "GattSendEnd"},
        {QBLE_GATT_START_DISCOVER_SERVICE_IND, "GattStartDiscoverServiceInd"},
        {QBLE_GATT_DISCOVER_SERVICE_IND, "GattDiscoverServiceInd"},
        {QBLE_GATT_DISCOVER_CHARACTERISTIC_DATA_IND, "GattDiscoverCharacteristicDataInd"},
        {QBLE_GATT_DISCOVER_CHARA_DESC_IND, "GattDiscoverCharaDescInd"},
        {QBLE_GATT_CHARA_WRITE_WITH_RSP_IND, "GattCharaWriteWithRspInd"},
        {QBLE_GATT_CHARA_WRITE_WITHOUT_RSP_IND, "GattCharaWriteWithoutRspInd"},
        {QBLE_GATT_CHARA_READ_IND, "GattCharaReadInd"},
        {QBLE_GATT_CHARA_READ_BY_UUID_IND, "GattCharaReadByUuidInd"},
        {QBLE_GATT_CHARA_MULTI_READ_IND, "GattCharaMultiReadInd"},
        {QBLE_GATT_DESC_WRITE_WITH_RSP_IND, "GattDescWriteWithRspInd"},
        {QBLE_GATT_DESC_READ_IND, "GattDescReadInd"},
        {QBLE_GATT_ATT_ERROR_IND, "GattAttErrorInd"},
};

const char *ctl_event_name(uint32_t id)
{
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		if (events[i].id == id)
			return events[i].name;
	return "an event of a newer qbled";
}

/* By bit (Core 5.4, Vol 3, Part G, 3.3.1.1). */
static const char *const properties[8] = {"broadcast",    "read",    "write-without-response",
                                          "write",        "notify",  "indicate",
                                          "signed-write", "extended"};

const char *ctl_property_name(unsigned bit)
{
	return properties[bit];
}

int ctl_properties_parse(const char *text, uint8_t *ret)
{
	*ret = 0;
	for (size_t len; *(text += strspn(text, " ,\t")); text += len) {
		unsigned bit = 0;

		len = strcspn(text, " ,\t");
		while (bit < 8 &&
		       (strlen(properties[bit]) != len || strncmp(properties[bit], text, len) != 0))
			bit++;
		if (bit == 8)
			return -EINVAL;
		*ret |= (uint8_t)(1u << bit);
	}
	return *ret ? 0 : -EINVAL;
}
