/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The scan filter's memory. */
#include "ble/seen.h"

#include "host/limits.h"
#include "unit.h"
#include "util/le.h"

static struct qb_addr addr(unsigned i, uint8_t type)
{
	struct qb_addr a = {.type = type};

	qb_put_le32(a.b, i);
	return a;
}

START_TEST(an_address_has_a_type)
{
	struct qb_seen *seen = qb_seen_new();
	struct qb_addr public = addr(7, QB_ADDR_PUBLIC), random = addr(7, QB_ADDR_RANDOM);

	ck_assert(!qb_seen_has(seen, &public));
	qb_seen_add(seen, &public);
	ck_assert(qb_seen_has(seen, &public));
	ck_assert(!qb_seen_has(seen, &random));
	qb_seen_free(seen);
}
END_TEST

START_TEST(the_oldest_is_forgotten)
{
	struct qb_seen *seen = qb_seen_new();
	const unsigned many = 3 * QB_SCAN_SEEN_MAX + 5;

	for (unsigned i = 0; i < many; i++) {
		struct qb_addr a = addr(i, i % 2);

		ck_assert(!qb_seen_has(seen, &a));
		qb_seen_add(seen, &a);
	}
	for (unsigned i = 0; i < many; i++) {
		struct qb_addr a = addr(i, i % 2);

		ck_assert(qb_seen_has(seen, &a) == (i >= many - QB_SCAN_SEEN_MAX));
	}
	qb_seen_free(seen);
}
END_TEST

UNIT_MAIN("ble_seen", an_address_has_a_type, the_oldest_is_forgotten)
