/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Values that carry their number, so that the one who gets them sees which did not come. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "util/le.h"

enum { VALUE_LEN = 20, NUMBERS_MAX = 100000 };

struct numbers {
	uint8_t seen[NUMBERS_MAX / 8];
	unsigned came; /* different ones */
	unsigned again, early, strange;
	uint32_t next; /* after the highest so far */
	double first, last;
};

static inline double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static inline _Noreturn void fail(const char *what, const char *why)
{
	fprintf(stderr, "failed: %s: %s\n", what, why);
	exit(1);
}

static inline void number_put(uint8_t value[VALUE_LEN], uint32_t number)
{
	memset(value, 0x5a, VALUE_LEN);
	qb_put_le32(value, number);
}

static inline void numbers_take(struct numbers *n, const uint8_t *value, size_t len)
{
	uint32_t number = len == VALUE_LEN ? qb_get_le32(value) : NUMBERS_MAX;

	if (number >= NUMBERS_MAX) {
		n->strange++;
		return;
	}
	if (n->seen[number / 8] & 1 << number % 8) {
		n->again++;
		return;
	}
	n->seen[number / 8] |= (uint8_t)(1 << number % 8);
	n->last = now();
	if (!n->came++)
		n->first = n->last;
	if (number < n->next)
		n->early++;
	else
		n->next = number + 1;
}

/* What came since the last time: different ones, again, out of order, strange, seconds. */
static inline void numbers_tell(struct numbers *n)
{
	printf("%u %u %u %u %.6f\n", n->came, n->again, n->early, n->strange, n->last - n->first);
	fflush(stdout);
	memset(n, 0, sizeof(*n));
}
