/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What must always hold, by name. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdnoreturn.h>

enum sim_invariant {
	SIM_HOLDS, /* none is broken */
	SIM_INV_STATE,
	SIM_INV_STOP_ORDER,
	SIM_INV_LINK_ORDER,
	SIM_INV_READY,
	SIM_INV_ID,
	SIM_INV_CONNECT_END,
	SIM_INV_INCOMING,
	SIM_INV_CALL_END,
	SIM_INV_REFUSAL,
	SIM_INV_SEND_END,
	SIM_INV_CLIENT_END,
	SIM_INV_VALUE,
	SIM_INV_WRITE,
	SIM_INV_READ,
	SIM_INV_DISCOVERY,
	SIM_INV_ATT_CODE,
	SIM_INV_SCAN,
	SIM_INV_ROLE,
	SIM_INV_DEADLINE,
	SIM_INV_CREDITS,
	SIM_INV_REST,
	SIM_INV_MEMORY,
	SIM_INV_STANDARD,
	SIM_INV_CRASH,
	SIM_N_INVARIANTS,
};

struct sim_invariant_def {
	const char *name, *text;
};

extern const struct sim_invariant_def sim_invariants[SIM_N_INVARIANTS];

struct sim_failure {
	enum sim_invariant invariant;
	unsigned host;
	uint64_t at;
	char text[256];
};

struct actor;
struct sim;

/* The run ends here. */
noreturn void sim_violated(const struct actor *actor, enum sim_invariant invariant,
                           const char *format, ...) __attribute__((format(printf, 3, 4)));

#define sim_must(actor, invariant, condition, ...)                       \
	do {                                                             \
		if (!(condition))                                        \
			sim_violated((actor), (invariant), __VA_ARGS__); \
	} while (0)

/* Nobody waits past the limit, no credit comes from nowhere: looked at every second. */
void sim_watch(struct sim *sim);
/* While all is still: what was sent on a link has arrived. */
void sim_all_delivered(struct sim *sim);
/* At the end all that was borrowed has been given back. */
void sim_at_rest(struct sim *sim);
