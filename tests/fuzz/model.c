/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a client has configured and prepared. */
#include "model.h"

#include <assert.h>
#include <string.h>

#include "host/att/att.h"
#include "host/limits.h"
#include "util/le.h"

static struct {
	bool unknown;
	unsigned n_cccds, n;
	struct {
		uint16_t handle, value;
	} cccds[8];
	struct {
		uint16_t handle, offset, len;
		uint8_t value[QB_SDU_MAX];
	} entries[QB_PREPARE_ENTRIES_MAX];
} model;

/* The values of a queue's attributes, before it is executed and after. */
static struct {
	uint16_t handle;
	bool wrong;
	size_t was_len, len;
	uint8_t was[QB_VALUE_MAX], value[QB_VALUE_MAX];
} changes[QB_PREPARE_ENTRIES_MAX];
static unsigned n_changes;

void fuzz_model_begin(void)
{
	model.unknown = false;
	model.n = model.n_cccds = 0;
}

void fuzz_model_forget(void)
{
	model.unknown = true;
}

bool fuzz_model_is_known(void)
{
	return !model.unknown;
}

bool fuzz_is_cccd(const struct qb_attr *attr)
{
	return attr->kind == QB_ATTR_DESCRIPTOR && qb_uuid_is(&attr->type, QB_GATT_CCCD);
}

static uint16_t *configured(uint16_t handle)
{
	unsigned i = 0;

	while (i < model.n_cccds && model.cccds[i].handle != handle)
		i++;
	if (i == model.n_cccds) {
		assert(i < sizeof(model.cccds) / sizeof(model.cccds[0]));
		model.cccds[i].handle = handle;
		model.cccds[i].value = 0;
		model.n_cccds++;
	}
	return &model.cccds[i].value;
}

size_t fuzz_model_value(const struct qb_attr *attr, uint8_t ret[QB_VALUE_MAX])
{
	if (fuzz_is_cccd(attr)) {
		qb_put_le16(ret, *configured(attr->handle));
		return 2;
	}
	if (attr->len)
		memcpy(ret, attr->value, attr->len);
	return attr->len;
}

void fuzz_model_configure(uint16_t handle, const uint8_t *octets, size_t len)
{
	uint16_t *value = configured(handle);
	uint8_t whole[2];

	assert(len <= sizeof(whole));
	qb_put_le16(whole, *value);
	if (len)
		memcpy(whole, octets, len);
	*value = qb_get_le16(whole) & 3;
}

void fuzz_model_plan(const struct qb_gatt_db *db)
{
	n_changes = 0;
	for (unsigned i = 0; i < model.n; i++) {
		uint16_t handle = model.entries[i].handle, offset = model.entries[i].offset;
		const struct qb_attr *attr = qb_gatt_db_get(db, handle);
		size_t len = model.entries[i].len;
		unsigned k = 0;

		while (k < n_changes && changes[k].handle != handle)
			k++;
		if (k == n_changes) {
			changes[n_changes++].handle = handle;
			changes[k].wrong = false;
			changes[k].was_len = fuzz_model_value(attr, changes[k].was);
			changes[k].len = fuzz_model_value(attr, changes[k].value);
		}
		/* From the beginning it is a new value, if it may have another length. */
		if (!offset && !fuzz_is_cccd(attr))
			changes[k].len = 0;
		if (offset > changes[k].len ||
		    offset + len > (fuzz_is_cccd(attr) ? 2 : QB_VALUE_MAX)) {
			changes[k].wrong = true;
			continue;
		}
		memcpy(changes[k].value + offset, model.entries[i].value, len);
		if (offset + len > changes[k].len)
			changes[k].len = offset + len;
	}
}

void fuzz_model_executed(const struct qb_gatt_db *db, bool done, unsigned written)
{
	assert(written == (done ? n_changes : 0));
	for (unsigned k = 0; k < n_changes; k++) {
		const struct qb_attr *attr = qb_gatt_db_get(db, changes[k].handle);
		const uint8_t *value = done ? changes[k].value : changes[k].was;
		size_t len = done ? changes[k].len : changes[k].was_len;

		assert(!done || !changes[k].wrong);
		if (fuzz_is_cccd(attr) && done)
			fuzz_model_configure(attr->handle, value, len);
		else if (!fuzz_is_cccd(attr))
			assert(attr->len == len && (!len || !memcmp(attr->value, value, len)));
	}
	model.n = 0;
}

void fuzz_model_prepare(const uint8_t *req, size_t len)
{
	assert(model.n < QB_PREPARE_ENTRIES_MAX);
	model.entries[model.n].handle = qb_get_le16(req + 1);
	model.entries[model.n].offset = qb_get_le16(req + 3);
	model.entries[model.n].len = (uint16_t)(len - 5);
	memcpy(model.entries[model.n++].value, req + 5, len - 5);
}
