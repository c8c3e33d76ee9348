/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A client's calls on a link that have not ended. */
#pragma once

#include "sim.h"

/* What each call is called, the event that brings what it wants, and how it ends. */
struct sim_kind {
	enum sim_op op;
	const char *method;
	uint8_t event;
	bool discovery; /* its events are parts */
	bool quiet;     /* and no event of its own says that it is over */
};

const struct sim_kind *sim_kind_of(enum sim_op op);
/* NULL if none is called so. */
const struct sim_kind *sim_kind_called(const char *method);
bool sim_ask_is_write(const struct sim_ask *ask);
bool sim_ask_is_command(const struct sim_ask *ask);

/* The list takes it over. */
void sim_ask_append(struct sim_link *link, struct sim_ask *ask);
void sim_ask_remove(struct sim_link *link, struct sim_ask *ask);
/* True if nobody will tell whether it is over. */
bool sim_ask_may_be_over(const struct sim_ask *ask);
