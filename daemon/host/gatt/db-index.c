/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The database's index: a hash table of keys, each with its handles as a sorted array. */
#include "host/gatt/db-index.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/le.h"

#define BUCKETS_MIN 16

struct qb_db_keyed {
	struct qb_db_keyed *next; /* in the bucket */
	struct qb_uuid uuid;
	enum qb_db_key kind;
	unsigned n, room;
	uint16_t *handles;
};

/* Applications choose the UUIDs, peers do not, so nobody gains from making them collide. */
static size_t hash(enum qb_db_key kind, const struct qb_uuid *uuid)
{
	uint64_t h = qb_get_le64(uuid->b) ^ qb_get_le64(uuid->b + 8) ^ kind;

	h *= UINT64_C(0x9e3779b97f4a7c15);
	return (size_t)(h >> 32);
}

static struct qb_db_keyed *find(const struct qb_db_index *index, enum qb_db_key kind,
                                const struct qb_uuid *uuid)
{
	struct qb_db_keyed *keyed;

	if (!index->n_buckets)
		return NULL;
	keyed = index->buckets[hash(kind, uuid) & (index->n_buckets - 1)];
	while (keyed && (keyed->kind != kind || !qb_uuid_equal(&keyed->uuid, uuid)))
		keyed = keyed->next;
	return keyed;
}

static int grow(struct qb_db_index *index)
{
	size_t n = index->n_buckets ? index->n_buckets * 2 : BUCKETS_MIN;
	struct qb_db_keyed **buckets = calloc(n, sizeof(struct qb_db_keyed *)), *keyed;

	if (!buckets)
		return -ENOMEM;
	for (size_t i = 0; i < index->n_buckets; i++) {
		while ((keyed = index->buckets[i])) {
			struct qb_db_keyed *
			        *b = &buckets[hash(keyed->kind, &keyed->uuid) & (n - 1)];

			index->buckets[i] = keyed->next;
			keyed->next = *b;
			*b = keyed;
		}
	}
	free(index->buckets);
	index->buckets = buckets;
	index->n_buckets = n;
	return 0;
}

static struct qb_db_keyed *add_key(struct qb_db_index *index, enum qb_db_key kind,
                                   const struct qb_uuid *uuid)
{
	struct qb_db_keyed *keyed, **bucket;

	if (index->n_keys == index->n_buckets && grow(index))
		return NULL;
	keyed = calloc(1, sizeof(*keyed));
	if (!keyed)
		return NULL;
	keyed->kind = kind;
	keyed->uuid = *uuid;
	bucket = &index->buckets[hash(kind, uuid) & (index->n_buckets - 1)];
	keyed->next = *bucket;
	*bucket = keyed;
	index->n_keys++;
	return keyed;
}

/* The position of the first handle at or after the given one; n if there is none. */
static unsigned position(const struct qb_db_keyed *keyed, uint16_t handle)
{
	unsigned low = 0, high = keyed->n;

	while (low < high) {
		unsigned mid = low + (high - low) / 2;

		if (keyed->handles[mid] < handle)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

int qb_db_index_add(struct qb_db_index *index, enum qb_db_key kind, const struct qb_uuid *uuid,
                    uint16_t handle)
{
	struct qb_db_keyed *keyed = find(index, kind, uuid);
	unsigned pos;

	if (!keyed)
		keyed = add_key(index, kind, uuid);
	if (!keyed)
		return -ENOMEM;
	if (keyed->n == keyed->room) {
		unsigned room = keyed->room ? keyed->room * 2 : 2;
		uint16_t *handles = realloc(keyed->handles, room * sizeof(*handles));

		/* A key without handles does no harm; it goes with the next removal. */
		if (!handles)
			return -ENOMEM;
		keyed->handles = handles;
		keyed->room = room;
	}
	pos = position(keyed, handle);
	memmove(keyed->handles + pos + 1, keyed->handles + pos,
	        (keyed->n - pos) * sizeof(*keyed->handles));
	keyed->handles[pos] = handle;
	keyed->n++;
	return 0;
}

static void remove_range(struct qb_db_keyed *keyed, uint16_t from, uint16_t to)
{
	unsigned first = position(keyed, from), past = first;

	while (past < keyed->n && keyed->handles[past] <= to)
		past++;
	if (past == first)
		return;
	memmove(keyed->handles + first, keyed->handles + past,
	        (keyed->n - past) * sizeof(*keyed->handles));
	keyed->n -= past - first;
}

void qb_db_index_remove(struct qb_db_index *index, uint16_t from, uint16_t to)
{
	for (size_t i = 0; i < index->n_buckets; i++) {
		struct qb_db_keyed **link = &index->buckets[i], *keyed;

		while ((keyed = *link)) {
			remove_range(keyed, from, to);
			if (keyed->n) {
				link = &keyed->next;
				continue;
			}
			*link = keyed->next;
			index->n_keys--;
			free(keyed->handles);
			free(keyed);
		}
	}
}

uint16_t qb_db_index_next(const struct qb_db_index *index, enum qb_db_key kind,
                          const struct qb_uuid *uuid, uint16_t handle)
{
	const struct qb_db_keyed *keyed = find(index, kind, uuid);
	unsigned pos;

	if (!keyed)
		return 0;
	pos = position(keyed, handle);
	return pos < keyed->n ? keyed->handles[pos] : 0;
}

void qb_db_index_done(struct qb_db_index *index)
{
	qb_db_index_remove(index, 0, UINT16_MAX);
	free(index->buckets);
	*index = (struct qb_db_index){0};
}
