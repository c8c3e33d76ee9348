/* SPDX-License-Identifier: MIT */
/* One GATT procedure after the other, each waited for; and the verbs read and write. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ble/error.h"
#include "qblectl.h"

/* A peer has 30 s for each request (Core 5.4, Vol 3, Part F, 3.3.3); a long value takes several. */
#define PROCEDURE_SECONDS 60

struct procedure {
	uint32_t id; /* of the event that ends it well */
	const char *call;
	uint16_t handle;
	uint8_t *value;
	size_t len;
};

static int on_end(struct ctl *ctl, const struct qble_event *event, void *user)
{
	struct procedure *p = user;

	if (!event || event->connect_id != ctl->link)
		return 0;
	/* Another program may ask things over the same link. */
	if (!event->call || strcmp(event->call, p->call) != 0 || event->handle != p->handle)
		return 0;
	if (event->id == QBLE_GATT_ATT_ERROR_IND)
		return ctl_fail(ctl, -EREMOTEIO, "the peer refused: %s",
		                qb_att_error_text((uint8_t)event->u.att.errcode));
	if (event->id != p->id)
		return 0;
	if (p->value) {
		p->len = event->u.data.len < CTL_VALUE_MAX ? event->u.data.len : CTL_VALUE_MAX;
		memcpy(p->value, event->u.data.data, p->len);
	}
	return 1;
}

static int run(struct ctl *ctl, struct procedure *p, int r)
{
	if (r < 0)
		return ctl_fail_call(ctl, r);
	return ctl_await(ctl, on_end, p, ctl_timeout(ctl, PROCEDURE_SECONDS), "the peer's answer");
}

int ctl_gatt_read(struct ctl *ctl, uint16_t handle, uint8_t ret[CTL_VALUE_MAX], size_t *ret_len)
{
	struct procedure p = {.id = QBLE_GATT_CHARA_READ_IND,
	                      .call = "ReadCharaByHandle",
	                      .handle = handle,
	                      .value = ret};
	int r = run(ctl, &p, qble_read_chara_by_handle(ctl->client, ctl->link, handle, 0, 1));

	*ret_len = p.len;
	return r;
}

int ctl_gatt_write(struct ctl *ctl, uint16_t handle, const uint8_t *data, size_t len)
{
	struct procedure p = {
	        .id = QBLE_GATT_CHARA_WRITE_WITH_RSP_IND, .call = "WriteChara", .handle = handle};
	struct ctl_link links[CTL_LINKS_MAX];
	int n = ctl_links(ctl, links);
	uint32_t is_long = 0;

	if (n < 0)
		return n;
	for (int i = 0; i < n; i++)
		if (links[i].id == ctl->link)
			is_long = len + 3 > links[i].mtu;
	return run(ctl, &p,
	           qble_write_chara(ctl->client, ctl->link, handle, 0, is_long, data, len));
}

int ctl_gatt_write_no_rsp(struct ctl *ctl, uint16_t handle, const uint8_t *data, size_t len)
{
	struct procedure p = {.id = QBLE_GATT_CHARA_WRITE_WITHOUT_RSP_IND,
	                      .call = "WriteCharaNoRsp",
	                      .handle = handle};

	return run(ctl, &p, qble_write_chara_no_rsp(ctl->client, ctl->link, handle, data, len));
}

/* The peer and the attribute of the command line. */
static int open_attribute(struct ctl *ctl, char **argv, uint16_t *ret)
{
	struct ctl_database db = {0};
	int r = ctl_open(ctl);

	if (r >= 0)
		r = ctl_peer_open(ctl, argv[0]);
	if (r >= 0)
		r = ctl_database_find(ctl, &db, argv[1], ret);
	ctl_database_done(&db);
	return r;
}

static int print_value(struct ctl *ctl, uint16_t handle, const uint8_t *value, size_t len)
{
	json_object *object;
	char *hex;

	if (ctl->json) {
		object = json_object_new_object();
		ctl_json_add(object, "handle", json_object_new_int(handle));
		ctl_json_add(object, "value", ctl_json_octets(value, len));
		return ctl_json_print(ctl, object);
	}
	hex = ctl_hex(value, len, ' ');
	if (!hex)
		return -ENOMEM;
	ctl_hide_progress(ctl);
	if (ctl_is_text(value, len))
		printf("%s  \"%.*s\"\n", hex, (int)len, (const char *)value);
	else
		puts(hex);
	free(hex);
	return 0;
}

int ctl_read(struct ctl *ctl, int argc, char **argv)
{
	uint8_t value[CTL_VALUE_MAX];
	uint16_t handle;
	size_t len;
	int r = open_attribute(ctl, argv, &handle);

	if (r >= 0)
		r = ctl_gatt_read(ctl, handle, value, &len);
	return r < 0 ? r : print_value(ctl, handle, value, len);
}

int ctl_write(struct ctl *ctl, int argc, char **argv)
{
	uint8_t value[CTL_VALUE_MAX];
	uint16_t handle;
	size_t len;
	int r;

	if (ctl_octets_parse(argv[2], value, sizeof(value), &len) < 0)
		return ctl_fail(ctl, -EINVAL,
		                "'%.64s' is no value: hex or text:WORDS, at most %d octets",
		                argv[2], CTL_VALUE_MAX);
	r = open_attribute(ctl, argv, &handle);
	if (r < 0)
		return r;
	return ctl->no_response ? ctl_gatt_write_no_rsp(ctl, handle, value, len)
	                        : ctl_gatt_write(ctl, handle, value, len);
}

struct notify {
	uint16_t value, cccd;
	uint32_t left; /* 0: no end */
};

static int on_value(struct ctl *ctl, const struct qble_event *event, void *user)
{
	struct notify *notify = user;
	struct qble_entries entries;
	struct qble_value value;
	int r = 0;

	if (!event || event->connect_id != ctl->link)
		return 0;
	if (event->id == QBLE_GATT_ATT_ERROR_IND && event->handle == notify->cccd)
		return ctl_fail(ctl, -EREMOTEIO, "the peer refused the subscription: %s",
		                qb_att_error_text((uint8_t)event->u.att.errcode));
	if (event->id != QBLE_GATT_RECV_NOTIFICATION_IND &&
	    event->id != QBLE_GATT_RECV_INDICATION_IND)
		return 0;
	qble_entries_init(&entries, event);
	while (r >= 0 && qble_next_value(&entries, &value)) {
		if (value.handle != notify->value)
			continue;
		r = print_value(ctl, value.handle, value.data, value.len);
		if (r >= 0 && fflush(stdout))
			r = ctl_fail_output(ctl);
		if (r >= 0 && notify->left && !--notify->left)
			return 1;
	}
	return r;
}

/* Where the link ends with us, so does the subscription; where it stays, others may have it too. */
static void unsubscribe(struct ctl *ctl, uint16_t cccd)
{
	static const uint8_t off[] = {0, 0};
	int turn = ctl_turn_begin(ctl);
	bool is_last = ctl_share_drop(ctl, CTL_SHARE_CCCD);
	const struct ctl_shared *link = &ctl->shared[CTL_SHARE_LINK];

	if (is_last && !(link->held && !ctl_share_other(ctl, link->fact)))
		qble_write_chara_desc(ctl->client, ctl->link, cccd, off, sizeof(off));
	ctl_unlock(turn);
}

static int subscribe(struct ctl *ctl, struct notify *notify, uint8_t properties)
{
	uint8_t on[] = {properties & 0x10 ? 1 : 2, 0};
	char fact[32];
	int r, turn = ctl_turn_begin(ctl);

	snprintf(fact, sizeof(fact), "cccd%u-%u", ctl->link, notify->cccd);
	ctl_share_hold(ctl, CTL_SHARE_CCCD, fact);
	/* The first value may come together with the answer, so nobody waits for that alone. */
	r = qble_write_chara_desc(ctl->client, ctl->link, notify->cccd, on, sizeof(on));
	ctl_unlock(turn);
	return r < 0 ? ctl_fail_call(ctl, r) : 0;
}

int ctl_notify(struct ctl *ctl, int argc, char **argv)
{
	struct ctl_database db = {0};
	struct notify notify = {.left = ctl->count};
	uint8_t properties = 0;
	int r = ctl_open(ctl);

	if (r >= 0)
		r = ctl_peer_open(ctl, argv[0]);
	if (r >= 0)
		r = ctl_database_discover(ctl, &db);
	if (r >= 0)
		r = ctl_database_find(ctl, &db, argv[1], &notify.value);
	if (r >= 0)
		notify.cccd = ctl_database_cccd(&db, notify.value, &properties);
	ctl_database_done(&db);
	if (r >= 0 && !notify.cccd)
		return ctl_fail(ctl, -EREMOTEIO, "'%s' of that peer tells nobody of its changes",
		                argv[1]);
	if (r >= 0)
		r = subscribe(ctl, &notify, properties);
	if (r < 0)
		return r;
	r = ctl_await(ctl, on_value, &notify, ctl_timeout(ctl, 0) ? ctl_timeout(ctl, 0) : -1,
	              "values");
	if (!ctl->link_gone && r != -EHOSTDOWN)
		unsubscribe(ctl, notify.cccd);
	/* It ends when its user, or its time, says so. */
	return r == -EINTR || (r == -ETIMEDOUT && !notify.left) ? 0 : r;
}
