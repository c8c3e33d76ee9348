/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the peer must answer to a client call, from the model of its database. */
#pragma once

#include "sim.h"

/* What is known of an answer beforehand. */
#define SIM_UNKNOWN (-1)

/* The ATT error code that a call must end with, 0 if it must succeed, or SIM_UNKNOWN. */
int sim_expect_code(const struct sim_link *link, const struct sim_ask *ask);

/*
 * The octets that a call which succeeds must bring, at most 2 * QB_VALUE_MAX of them; false if they
 * are not known.
 */
bool sim_expect_octets(const struct sim_link *link, const struct sim_ask *ask, uint8_t *ret,
                       size_t *ret_len);

/* The next attribute that a discovery must find, from ask->from on; NULL if there is none. */
const struct sim_attr *sim_expect_next(const struct sim_link *link, const struct sim_ask *ask);

/* The value that a write leaves; false if it cannot be done. */
bool sim_expect_written(const struct sim_link *server, const struct sim_attr *attr,
                        const struct sim_ask *ask, uint8_t ret[QB_VALUE_MAX], size_t *ret_len);
