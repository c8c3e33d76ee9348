/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The addresses that a scan has reported: a set of bounded size that forgets the oldest first. */
#pragma once

#include <stdbool.h>

#include "util/addr.h"

struct qb_seen;

/* An empty set, or NULL if memory is out. */
struct qb_seen *qb_seen_new(void);
void qb_seen_free(struct qb_seen *seen);

bool qb_seen_has(const struct qb_seen *seen, const struct qb_addr *addr);

/* Adds an address that is not in the set. */
void qb_seen_add(struct qb_seen *seen, const struct qb_addr *addr);
