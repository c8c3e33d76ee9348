/* SPDX-License-Identifier: MIT */
/*
 * A GATT client: finds the first battery that advertises, reads its level, subscribes, and ends
 * with the first notification.
 */
#include <qble-client.h>
#include <stdio.h>
#include <string.h>

/* 0 while it runs, then 1; negative if it failed. */
static int done;
static uint32_t end_handle; /* of the service */
static uint16_t value_handle, cccd_handle;

/* Whether the device says in its advertising data that it has the battery service. */
static bool is_battery(const uint8_t *data, size_t len)
{
	for (size_t i = 0; i + 1 < len && i + data[i] < len; i += 1 + data[i])
		if ((data[i + 1] == 0x02 || data[i + 1] == 0x03) && data[i] >= 3 &&
		    data[i + 2] == 0x0f && data[i + 3] == 0x18)
			return true;
	return false;
}

static int found(struct qble_client *c, const struct qble_event *event)
{
	char addr[QBLE_ADDR_STRING_SIZE];
	int r;

	if (!is_battery(event->u.scan.data, event->u.scan.len))
		return 0;
	printf("%s \"%s\", %d dBm\n", qble_addr_to_string(event->u.scan.addr, addr),
	       event->u.scan.name, event->u.scan.rssi);
	r = qble_scan_stop(c);
	return r < 0 ? r : qble_connect(c, event->u.scan.addr_type, event->u.scan.addr);
}

static void found_charas(const struct qble_event *event)
{
	struct qble_entries entries;
	struct qble_chara chara;

	qble_entries_init(&entries, event);
	while (qble_next_chara(&entries, &chara))
		if (qble_uuid_short(chara.uuid) == 0x2a19)
			value_handle = chara.value_handle;
}

static void found_descs(const struct qble_event *event)
{
	struct qble_entries entries;
	struct qble_desc desc;

	qble_entries_init(&entries, event);
	while (qble_next_desc(&entries, &desc))
		if (qble_uuid_short(desc.uuid) == 0x2902)
			cccd_handle = desc.handle;
}

static int on_event_checked(struct qble_client *c, const struct qble_event *event)
{
	static const uint8_t subscribe[] = {1, 0};
	struct qble_entries entries;
	struct qble_value value;

	switch (event->id) {
	case QBLE_START_STATUS_IND: return event->status ? -1 : qble_scan_start(c);
	case QBLE_SCAN_REPORT_IND: return found(c, event);
	case QBLE_CONNECT_IND:
	case QBLE_DISCONNECT_IND: return event->status || event->id == QBLE_DISCONNECT_IND ? -1 : 0;
	case QBLE_GATT_START_DISCOVER_SERVICE_IND:
		return qble_discover_by_uuid(c, event->connect_id, 1, 0x180f, NULL);
	case QBLE_GATT_DISCOVER_SERVICE_IND:
		end_handle = event->u.service.end_handle;
		return qble_discover_all_chara(c, event->connect_id, event->u.service.start_handle,
		                               end_handle);
	case QBLE_GATT_DISCOVER_CHARACTERISTIC_DATA_IND: found_charas(event); return 0;
	case QBLE_GATT_ATT_ERROR_IND: /* the end of that discovery, or a real error */
		if (cccd_handle || !value_handle)
			return -1;
		return qble_discover_all_chara_desc(c, event->connect_id, value_handle + 1u,
		                                    end_handle);
	case QBLE_GATT_DISCOVER_CHARA_DESC_IND:
		found_descs(event);
		return qble_read_chara_by_handle(c, event->connect_id, value_handle, 0, 0);
	case QBLE_GATT_CHARA_READ_IND:
		if (event->u.data.len)
			printf("level: %d %%\n", event->u.data.data[0]);
		return qble_write_chara_desc(c, event->connect_id, cccd_handle, subscribe, 2);
	case QBLE_GATT_RECV_NOTIFICATION_IND:
		qble_entries_init(&entries, event);
		while (qble_next_value(&entries, &value))
			if (value.handle == value_handle && value.len)
				printf("notified: %d %%\n", value.data[0]);
		done = 1;
		return 0;
	case QBLE_DAEMON_GONE: return -1;
	default: return 0;
	}
}

static void on_event(struct qble_client *client, const struct qble_event *event, void *user)
{
	if (on_event_checked(client, event) >= 0)
		return;
	fprintf(stderr, "event %u, status %d: %s\n", event->id, event->status,
	        qble_last_error(client));
	done = -1;
}

int main(void)
{
	struct qble_client *client = NULL;

	if (qble_client_new(&client, on_event, NULL) < 0 || qble_client_init(client) < 0 ||
	    qble_gatt_start(client) < 0) {
		fprintf(stderr, "%s\n", qble_last_error(client));
		return 1;
	}
	while (!done && qble_wait(client, -1) >= 0)
		;
	qble_client_release(client);
	qble_client_free(client);
	return done == 1 ? 0 : 1;
}
