/* SPDX-License-Identifier: MIT */
/* Advertising: its data from a name and services, and the verb advertise. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "qblectl.h"

#define ADV_DATA_MAX 31
#define INTERVAL_MS  100 /* where nobody says otherwise */

/* Core Specification Supplement, Part A, 1.1 to 1.3. */
enum {
	AD_FLAGS = 0x01,
	AD_UUID16_ALL = 0x03,
	AD_UUID128_ALL = 0x07,
	AD_NAME_SHORT = 0x08,
	AD_NAME = 0x09,
	FLAGS_GENERAL_LE_ONLY = 0x06,
};

struct adv_data {
	uint8_t octets[ADV_DATA_MAX];
	size_t len;
};

static bool append(struct adv_data *data, uint8_t type, const void *content, size_t len)
{
	if (data->len + 2 + len > ADV_DATA_MAX)
		return false;
	data->octets[data->len++] = (uint8_t)(len + 1);
	data->octets[data->len++] = type;
	memcpy(data->octets + data->len, content, len);
	data->len += len;
	return true;
}

/* As many services as there is room for: the 16-bit ones together, then a 128-bit one. */
static void append_services(struct adv_data *data, const struct ctl_service *services, size_t n)
{
	uint8_t list[ADV_DATA_MAX];
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		uint16_t uuid = qble_uuid_short(services[i].uuid);

		if (!uuid || services[i].secondary || data->len + 2 + len + 2 > ADV_DATA_MAX)
			continue;
		list[len++] = (uint8_t)uuid;
		list[len++] = (uint8_t)(uuid >> 8);
	}
	if (len)
		append(data, AD_UUID16_ALL, list, len);
	for (size_t i = 0; i < n; i++)
		if (!qble_uuid_short(services[i].uuid) && !services[i].secondary &&
		    append(data, AD_UUID128_ALL, services[i].uuid, 16))
			break;
}

static int set_data(struct ctl *ctl, const char *name, const struct ctl_service *services, size_t n)
{
	static const uint8_t flags[] = {FLAGS_GENERAL_LE_ONLY};
	struct adv_data adv = {.len = 0}, rsp = {.len = 0};
	size_t len = name ? strlen(name) : 0;
	int r;

	append(&adv, AD_FLAGS, flags, sizeof(flags));
	append_services(&adv, services, n);
	/* Where it has no room with the rest, a scanner that asks gets it. */
	if (len && !append(&adv, AD_NAME, name, len) && !append(&rsp, AD_NAME, name, len))
		append(&rsp, AD_NAME_SHORT, name, ADV_DATA_MAX - 2);
	r = qble_set_adv_data(ctl->client, adv.octets, adv.len);
	return r < 0 ? r : qble_set_adv_rsp_data(ctl->client, rsp.octets, rsp.len);
}

int ctl_advertise(struct ctl *ctl, const char *name, const struct ctl_service *services, size_t n,
                  const char *data, uint32_t interval_ms)
{
	uint8_t octets[ADV_DATA_MAX];
	/* In 0.625 ms. */
	uint32_t interval = interval_ms * 8 / 5;
	size_t len;
	int r;

	if (data && ctl_octets_parse(data, octets, sizeof(octets), &len) < 0)
		return ctl_fail(ctl, -EINVAL, "'%s' is not up to 31 octets in hex", data);
	r = qble_set_adv_param(ctl->client, interval, interval, 0, 0, 7, 0, 2, 1, 1);
	if (r >= 0)
		r = data ? qble_set_adv_data(ctl->client, octets, len)
		         : set_data(ctl, name, services, n);
	if (r >= 0)
		r = qble_adv_start(ctl->client);
	return r < 0 ? ctl_fail_call(ctl, r) : 0;
}

static int on_event(struct ctl *ctl, const struct qble_event *event, void *user)
{
	char addr[QBLE_ADDR_STRING_SIZE];
	const char *what;
	json_object *object;
	int r = 0;

	if (!event || event->status)
		return 0;
	if (event->id == QBLE_STOP_STATUS_IND)
		return ctl_fail(ctl, -ENODEV, "BLE was stopped");
	if (event->id != QBLE_CONNECT_IND && event->id != QBLE_DISCONNECT_IND)
		return 0;
	what = event->id == QBLE_CONNECT_IND ? "connected" : "disconnected";
	qble_addr_to_string(event->u.connect.addr, addr);
	if (ctl->json) {
		object = json_object_new_object();
		ctl_json_add(object, "what", json_object_new_string(what));
		ctl_json_add(object, "connect_id", json_object_new_int64(event->connect_id));
		ctl_json_add(object, "value", json_object_new_string(addr));
		r = ctl_json_print(ctl, object);
	} else {
		printf("%2u %-13s %s\n", event->connect_id, what, addr);
		fflush(stdout);
	}
	/* The connection had ended it. */
	if (r >= 0 && event->id == QBLE_DISCONNECT_IND) {
		r = qble_adv_start(ctl->client);
		if (r < 0)
			ctl_fail_call(ctl, r);
	}
	return r;
}

int ctl_advertise_verb(struct ctl *ctl, int argc, char **argv)
{
	struct ctl_service service = {0};
	int r;

	if (ctl->service && ctl_uuid_parse(ctl->service, 's', service.uuid) < 0)
		return ctl_fail(ctl, -EINVAL, "--service=%s is no UUID (180f) or assigned name",
		                ctl->service);
	if (ctl->name && (!*ctl->name || strlen(ctl->name) > 29))
		return ctl_fail(ctl, -EINVAL, "--name=%s has not 1 to 29 bytes", ctl->name);
	r = ctl_open(ctl);
	if (r >= 0)
		r = ctl_start_server(ctl);
	if (r >= 0)
		r = ctl_advertise(ctl, ctl->name, &service, ctl->service ? 1 : 0, ctl->data,
		                  ctl->interval_ms ? ctl->interval_ms : INTERVAL_MS);
	if (r >= 0 && ctl->legend && !ctl->json) {
		puts("advertising; ^C ends it");
		fflush(stdout);
	}
	if (r >= 0)
		r = ctl_await(ctl, on_event, NULL, ctl->timeout_ms > 0 ? ctl->timeout_ms : -1,
		              NULL);
	return r == -EINTR || r == -ETIMEDOUT ? 0 : r;
}
