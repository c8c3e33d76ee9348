/* SPDX-License-Identifier: MIT */
/* A peer's database: discovered, and what is looked for in it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ble/error.h"
#include "qblectl.h"

#define DISCOVERY_SECONDS 60
#define NOT_FOUND         0x0a /* how a discovery ends well */

struct discovery {
	struct ctl_database *db;
	const char *last; /* the call that ends it, or NULL: descriptors up to end */
	uint16_t end;
};

static int add(struct ctl *ctl, struct ctl_database *db, const struct ctl_attribute *attribute)
{
	struct ctl_attribute *more;

	if (db->n == CTL_ATTRIBUTES_MAX)
		return ctl_fail(ctl, -EREMOTEIO, "the peer has more than %d attributes",
		                CTL_ATTRIBUTES_MAX);
	more = realloc(db->attributes, (db->n + 1) * sizeof(*more));
	if (!more)
		return -ENOMEM;
	db->attributes = more;
	more[db->n++] = *attribute;
	return 0;
}

void ctl_database_done(struct ctl_database *db)
{
	free(db->attributes);
	*db = (struct ctl_database){0};
}

static int add_service(struct ctl *ctl, struct ctl_database *db, const struct qble_event *event)
{
	struct ctl_attribute a = {.kind = CTL_SERVICE,
	                          .handle = (uint16_t)event->u.service.start_handle,
	                          .end = (uint16_t)event->u.service.end_handle,
	                          .has_uuid = true};

	memcpy(a.uuid, event->u.service.uuid, 16);
	return add(ctl, db, &a);
}

static int add_include(struct ctl *ctl, struct ctl_database *db, const struct qble_include *include)
{
	struct ctl_attribute a = {.kind = CTL_INCLUDE,
	                          .handle = include->handle,
	                          .start = include->start_handle,
	                          .end = include->end_handle,
	                          .has_uuid = include->short_uuid != 0};

	qble_uuid_from_short(include->short_uuid, a.uuid);
	return add(ctl, db, &a);
}

static int add_chara(struct ctl *ctl, struct ctl_database *db, const struct qble_chara *chara)
{
	struct ctl_attribute a = {.kind = CTL_CHARA,
	                          .handle = chara->handle,
	                          .value = chara->value_handle,
	                          .properties = chara->properties,
	                          .has_uuid = true};

	memcpy(a.uuid, chara->uuid, 16);
	return add(ctl, db, &a);
}

/* Event 28: an entry has 6 or 8 octets where it is an include (Core 5.4, Vol 3, Part G, 4.5.1). */
static int add_declarations(struct ctl *ctl, struct ctl_database *db,
                            const struct qble_event *event)
{
	struct qble_entries entries;
	struct qble_include include;
	struct qble_chara chara;
	int r = 0;

	if (qble_entries_init(&entries, event) < 0)
		return ctl_fail(ctl, -EREMOTEIO, "the peer's answer is malformed");
	if (entries.entry_len == 6 || entries.entry_len == 8) {
		while (r >= 0 && qble_next_include(&entries, &include))
			r = add_include(ctl, db, &include);
		return r;
	}
	while (r >= 0 && qble_next_chara(&entries, &chara))
		r = add_chara(ctl, db, &chara);
	return r;
}

/* Event 29; positive when the last handle of the range was among them. */
static int add_descs(struct ctl *ctl, struct discovery *d, const struct qble_event *event)
{
	struct qble_entries entries;
	struct qble_desc desc;
	bool last = false;

	if (qble_entries_init(&entries, event) < 0)
		return ctl_fail(ctl, -EREMOTEIO, "the peer's answer is malformed");
	while (qble_next_desc(&entries, &desc)) {
		struct ctl_attribute a = {
		        .kind = CTL_DESC, .handle = desc.handle, .has_uuid = true};
		int r;

		memcpy(a.uuid, desc.uuid, 16);
		r = add(ctl, d->db, &a);
		if (r < 0)
			return r;
		last = desc.handle >= d->end;
	}
	return last;
}

static int on_discovered(struct ctl *ctl, const struct qble_event *event, void *user)
{
	struct discovery *d = user;

	if (!event || event->connect_id != ctl->link)
		return 0;
	/* Another program may ask things over the same link. */
	if (!event->call || strncmp(event->call, "Discover", 8) != 0)
		return 0;
	switch (event->id) {
	case QBLE_GATT_DISCOVER_SERVICE_IND: return add_service(ctl, d->db, event);
	case QBLE_GATT_DISCOVER_CHARACTERISTIC_DATA_IND: return add_declarations(ctl, d->db, event);
	case QBLE_GATT_DISCOVER_CHARA_DESC_IND: return add_descs(ctl, d, event);
	case QBLE_GATT_ATT_ERROR_IND:
		if (event->u.att.errcode != NOT_FOUND)
			return ctl_fail(ctl, -EREMOTEIO, "the peer refused the discovery: %s",
			                qb_att_error_text((uint8_t)event->u.att.errcode));
		/* Services end without a sign; the end of what was asked after them is one. */
		return !d->last || (event->call && strcmp(event->call, d->last) == 0);
	default: return 0;
	}
}

static int discover_declarations(struct ctl *ctl, struct ctl_database *db)
{
	struct discovery d = {.db = db, .last = "DiscoverAllChara"};
	int r = qble_discover_all_service(ctl->client, ctl->link);

	if (r >= 0)
		r = qble_discover_all_includes(ctl->client, ctl->link, 1, 0xffff);
	if (r >= 0)
		r = qble_discover_all_chara(ctl->client, ctl->link, 1, 0xffff);
	if (r < 0)
		return ctl_fail_call(ctl, r);
	return ctl_await(ctl, on_discovered, &d, ctl_timeout(ctl, DISCOVERY_SECONDS),
	                 "the discovery");
}

/*
 * A 128-bit UUID is not in the include (Core 5.4, Vol 3, Part G, 3.2); the service has it: one that
 * was discovered, or the declaration, which is read. One that may not be read stays without.
 */
static int find_uuid(struct ctl *ctl, const struct ctl_database *db, struct ctl_attribute *include)
{
	uint8_t value[CTL_VALUE_MAX];
	size_t len = 0;
	int r;

	for (size_t i = 0; i < db->n; i++)
		if (db->attributes[i].kind == CTL_SERVICE &&
		    db->attributes[i].handle == include->start) {
			memcpy(include->uuid, db->attributes[i].uuid, 16);
			include->has_uuid = true;
			return 0;
		}
	r = ctl_gatt_read(ctl, include->start, value, &len);
	if (r >= 0 && len == 16) {
		memcpy(include->uuid, value, 16);
		include->has_uuid = true;
	}
	return r == -EREMOTEIO ? 0 : r;
}

static int find_uuids(struct ctl *ctl, struct ctl_database *db)
{
	int r = 0;

	for (size_t i = 0; i < db->n && r >= 0; i++)
		if (db->attributes[i].kind == CTL_INCLUDE && !db->attributes[i].has_uuid)
			r = find_uuid(ctl, db, &db->attributes[i]);
	return r;
}

/* An included service that is not primary is known by its includes alone. */
static int add_secondaries(struct ctl *ctl, struct ctl_database *db)
{
	size_t n = db->n;
	int r = 0;

	for (size_t i = 0; i < n && r >= 0; i++) {
		struct ctl_attribute a = db->attributes[i];
		bool known = false;

		if (a.kind != CTL_INCLUDE)
			continue;
		for (size_t j = 0; j < db->n; j++)
			known |= db->attributes[j].kind <= CTL_SECONDARY &&
			         db->attributes[j].handle == a.start;
		a.kind = CTL_SECONDARY;
		a.handle = a.start;
		if (!known)
			r = add(ctl, db, &a);
	}
	return r;
}

static int compare(const void *left, const void *right)
{
	const struct ctl_attribute *a = left, *b = right;

	return a->handle != b->handle ? (a->handle < b->handle ? -1 : 1)
	                              : (int)a->kind - (int)b->kind;
}

/* A characteristic goes on to the next one, or to the end of its service. */
static void find_ends(struct ctl_database *db)
{
	uint16_t service_end = 0xffff;

	for (size_t i = 0; i < db->n; i++) {
		struct ctl_attribute *a = &db->attributes[i];

		if (a->kind <= CTL_SECONDARY)
			service_end = a->end;
		if (a->kind != CTL_CHARA)
			continue;
		a->end = service_end;
		if (i + 1 < db->n && db->attributes[i + 1].handle <= a->end)
			a->end = db->attributes[i + 1].handle - 1;
	}
}

static int discover_descs(struct ctl *ctl, struct ctl_database *db)
{
	size_t n = db->n;
	int r = 0;

	for (size_t i = 0; i < n && r >= 0; i++) {
		struct discovery d = {.db = db, .end = db->attributes[i].end};
		uint32_t start = db->attributes[i].value + 1u;

		if (db->attributes[i].kind != CTL_CHARA || start > d.end)
			continue;
		r = qble_discover_all_chara_desc(ctl->client, ctl->link, start, d.end);
		if (r < 0)
			return ctl_fail_call(ctl, r);
		r = ctl_await(ctl, on_discovered, &d, ctl_timeout(ctl, DISCOVERY_SECONDS),
		              "the discovery");
	}
	return r;
}

static int discover(struct ctl *ctl, struct ctl_database *db)
{
	int r = discover_declarations(ctl, db);

	if (r >= 0)
		r = find_uuids(ctl, db);
	if (r >= 0)
		r = add_secondaries(ctl, db);
	if (r < 0)
		return r;
	if (db->n)
		qsort(db->attributes, db->n, sizeof(*db->attributes), compare);
	find_ends(db);
	r = discover_descs(ctl, db);
	if (db->n)
		qsort(db->attributes, db->n, sizeof(*db->attributes), compare);
	return r;
}

/* Events do not tell whose discovery they are of, so there is one at a time. */
int ctl_database_discover(struct ctl *ctl, struct ctl_database *db)
{
	char fact[32];
	int r, lock;

	snprintf(fact, sizeof(fact), "discover%u", ctl->link);
	r = ctl_lock_wait(ctl, fact, DISCOVERY_SECONDS, "another qblectl's discovery", &lock);
	if (r < 0)
		return r;
	r = ctl_skip_past(ctl);
	if (r >= 0)
		r = discover(ctl, db);
	ctl_unlock(lock);
	return r;
}

int ctl_database_find(struct ctl *ctl, struct ctl_database *db, const char *attribute,
                      uint16_t *ret)
{
	uint8_t uuid[16];
	uint64_t handle;
	int r = 0;

	if (strncmp(attribute, "0x", 2) == 0) {
		if (ctl_number_parse(attribute, 0xffff, &handle) < 0 || !handle)
			return ctl_fail(ctl, -EINVAL, "'%s' is no handle of 0x0001..0xffff",
			                attribute);
		*ret = (uint16_t)handle;
		return 0;
	}
	if (ctl_uuid_parse(attribute, 0, uuid) < 0)
		return ctl_fail(ctl, -EINVAL,
		                "'%s' is no handle (0x0012), UUID (2a19) or assigned name",
		                attribute);
	if (!db->n)
		r = ctl_database_discover(ctl, db);
	for (size_t i = 0; i < db->n && r >= 0; i++) {
		const struct ctl_attribute *a = &db->attributes[i];

		if (a->kind < CTL_CHARA || memcmp(a->uuid, uuid, 16) != 0)
			continue;
		*ret = a->kind == CTL_CHARA ? a->value : a->handle;
		return 0;
	}
	return r < 0 ? r : ctl_fail(ctl, -EREMOTEIO, "the peer has no '%s'", attribute);
}

uint16_t ctl_database_cccd(const struct ctl_database *db, uint16_t value, uint8_t *ret_properties)
{
	bool inside = false;

	for (size_t i = 0; i < db->n; i++) {
		const struct ctl_attribute *a = &db->attributes[i];

		if (a->kind != CTL_DESC)
			inside = a->kind == CTL_CHARA && a->value == value;
		if (inside && a->kind == CTL_CHARA)
			*ret_properties = a->properties;
		if (inside && a->kind == CTL_DESC && qble_uuid_short(a->uuid) == 0x2902)
			return a->handle;
	}
	return 0;
}
