/* SPDX-License-Identifier: MIT */
/* Parsers for the data of events 23, 24, 28, 29 and 33. */
#include <errno.h>
#include <string.h>

#include "qble-event.h"
#include "util/le.h"
#include "util/uuid.h"

/* Lengths of a 28's entry: handles and properties, and a UUID in one of its forms or none. */
enum {
	CHARA_SHORT = 7,
	CHARA_LONG = 21,
	INCLUDE_SHORT = 8,
	INCLUDE_LONG = 6,
};

static size_t entry_len(uint32_t event_id, const uint8_t *data, size_t len)
{
	size_t n = data[0];

	switch (event_id) {
	case QBLE_GATT_RECV_NOTIFICATION_IND:
	case QBLE_GATT_RECV_INDICATION_IND: return len >= 2 ? len : 0;
	case QBLE_GATT_DISCOVER_CHARACTERISTIC_DATA_IND:
		return n == CHARA_SHORT || n == CHARA_LONG || n == INCLUDE_SHORT ||
		                       n == INCLUDE_LONG
		               ? n
		               : 0;
	case QBLE_GATT_DISCOVER_CHARA_DESC_IND: return n == 1 ? 4 : n == 2 ? 18 : 0;
	default: return n >= 2 ? n : 0;
	}
}

int qble_entries_init(struct qble_entries *entries, const struct qble_event *event)
{
	const uint8_t *data = event->u.data.data;
	size_t len = event->u.data.len, skip;

	memset(entries, 0, sizeof(*entries));
	switch (event->id) {
	case QBLE_GATT_RECV_NOTIFICATION_IND:
	case QBLE_GATT_RECV_INDICATION_IND: skip = 0; break;
	case QBLE_GATT_DISCOVER_CHARACTERISTIC_DATA_IND:
	case QBLE_GATT_DISCOVER_CHARA_DESC_IND:
	case QBLE_GATT_CHARA_READ_BY_UUID_IND: skip = 1; break;
	default: return -EINVAL;
	}
	if (event->status)
		return -EINVAL;
	if (!len)
		return -EBADMSG;
	entries->entry_len = entry_len(event->id, data, len);
	if (!entries->entry_len || (len - skip) % entries->entry_len) {
		entries->entry_len = 0;
		return -EBADMSG;
	}
	entries->event_id = event->id;
	entries->next = data + skip;
	entries->left = len - skip;
	return 0;
}

/* The next entry, or NULL if there is none of this event. */
static const uint8_t *next(struct qble_entries *entries, uint32_t event_id)
{
	const uint8_t *p = entries->next;

	if (entries->event_id != event_id || !entries->left)
		return NULL;
	entries->next += entries->entry_len;
	entries->left -= entries->entry_len;
	return p;
}

static void get_uuid(uint8_t ret[16], const uint8_t *p, size_t len)
{
	if (len == 2)
		qble_uuid_from_short(qb_get_le16(p), ret);
	else
		memcpy(ret, p, 16);
}

bool qble_next_chara(struct qble_entries *entries, struct qble_chara *ret)
{
	const uint8_t *p;

	if (entries->entry_len != CHARA_SHORT && entries->entry_len != CHARA_LONG)
		return false;
	p = next(entries, QBLE_GATT_DISCOVER_CHARACTERISTIC_DATA_IND);
	if (!p)
		return false;
	ret->handle = qb_get_le16(p);
	ret->properties = p[2];
	ret->value_handle = qb_get_le16(p + 3);
	get_uuid(ret->uuid, p + 5, entries->entry_len - 5);
	return true;
}

bool qble_next_include(struct qble_entries *entries, struct qble_include *ret)
{
	const uint8_t *p;

	if (entries->entry_len != INCLUDE_SHORT && entries->entry_len != INCLUDE_LONG)
		return false;
	p = next(entries, QBLE_GATT_DISCOVER_CHARACTERISTIC_DATA_IND);
	if (!p)
		return false;
	ret->handle = qb_get_le16(p);
	ret->start_handle = qb_get_le16(p + 2);
	ret->end_handle = qb_get_le16(p + 4);
	ret->short_uuid = entries->entry_len == INCLUDE_SHORT ? qb_get_le16(p + 6) : 0;
	return true;
}

bool qble_next_desc(struct qble_entries *entries, struct qble_desc *ret)
{
	const uint8_t *p = next(entries, QBLE_GATT_DISCOVER_CHARA_DESC_IND);

	if (!p)
		return false;
	ret->handle = qb_get_le16(p);
	get_uuid(ret->uuid, p + 2, entries->entry_len - 2);
	return true;
}

bool qble_next_value(struct qble_entries *entries, struct qble_value *ret)
{
	const uint8_t *p;

	if (entries->event_id != QBLE_GATT_RECV_NOTIFICATION_IND &&
	    entries->event_id != QBLE_GATT_RECV_INDICATION_IND &&
	    entries->event_id != QBLE_GATT_CHARA_READ_BY_UUID_IND)
		return false;
	p = next(entries, entries->event_id);
	if (!p)
		return false;
	ret->handle = qb_get_le16(p);
	ret->data = p + 2;
	ret->len = entries->entry_len - 2;
	return true;
}
