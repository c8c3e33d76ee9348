/* SPDX-License-Identifier: MIT */
/* A GATT server in few lines: a battery that tells its level to whoever reads or subscribes. */
#include <qble-client.h>
#include <stdio.h>

enum { BATTERY = 1, LEVEL = 1, CCCD_AND_VALUE = 0x0003, READ_NOTIFY = 0x02 | 0x10 };

static const uint8_t level[] = {87}, no_cccd[] = {0, 0};
static const uint8_t adv[] = {2,    0x01, 0x06, 3,   0x03, 0x0f, 0x18, 8,
                              0x09, 'B',  'a',  't', 't',  'e',  'r',  'y'};

static void on_event(struct qble_client *c, const struct qble_event *event, void *user)
{
	uint32_t handle;
	int r = 0;

	printf("event %u, status %d\n", event->id, event->status);
	switch (event->id) {
	case QBLE_START_STATUS_IND:
		if ((r = qble_add_service(c, 1, BATTERY, 1, 0x180f, NULL)) < 0 ||
		    (r = qble_add_chara(c, BATTERY, LEVEL, READ_NOTIFY, 1, 0x2a19, NULL)) < 0 ||
		    (r = qble_add_chara_value(c, BATTERY, LEVEL, 0x0001, 1, 0x2a19, NULL, level,
		                              1)) < 0 ||
		    (r = qble_add_chara_desc(c, BATTERY, LEVEL, CCCD_AND_VALUE, 1, 0x2902, NULL,
		                             no_cccd, 2)) < 0 ||
		    (r = qble_add_or_clear_service(c, 1, 1)) < 0 ||
		    (r = qble_set_adv_data(c, adv, sizeof(adv))) < 0)
			break;
		r = qble_adv_start(c);
		break;
	case QBLE_GATT_RECV_WRITE_IND: /* of the descriptor: somebody subscribes */
		if (event->u.attr.len && event->u.attr.data[0] == 1 &&
		    (r = qble_get_handle(c, BATTERY, LEVEL, &handle)) == 0)
			r = qble_send_notification(c, event->connect_id, handle, level,
			                           sizeof(level));
		break;
	case QBLE_DISCONNECT_IND: r = qble_adv_start(c); break;
	}
	if (r < 0)
		fprintf(stderr, "%s\n", qble_last_error(c));
}

int main(void)
{
	struct qble_client *client = NULL;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (qble_client_new(&client, on_event, NULL) < 0 || qble_server_init(client) < 0 ||
	    qble_gatt_start(client) < 0) {
		fprintf(stderr, "%s\n", qble_last_error(client));
		return 1;
	}
	while (qble_wait(client, -1) >= 0)
		;
	return 1;
}
