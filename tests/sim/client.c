/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Making the client's calls; what must come of them is in answer.c. */
#include <stdlib.h>
#include <string.h>

#include "ask.h"
#include "host/limits.h"
#include "util/le.h"

#define NO_LINK_ID  (QB_LINKS_MAX - 1)
#define HANDLE_LAST 0xffff

static struct sim_ask *new_ask(enum sim_op op, const struct sim_link *link, const uint8_t *data,
                               size_t len)
{
	struct sim_ask *ask = calloc(1, sizeof(*ask) + len + 1);

	ask->op = op;
	ask->at = ask->head_at = sim_now(link->actor->sim);
	ask->from = ask->start = 1;
	ask->end = HANDLE_LAST;
	ask->len = len;
	if (len)
		memcpy(ask->data, data, len);
	return ask;
}

static struct sim_ask *last_ask(struct sim_link *link)
{
	struct sim_ask *ask = link->asks;

	while (ask && ask->next)
		ask = ask->next;
	return ask;
}

/* Making a call: it is on the list before, since it may end inside. */

static int make(struct actor *actor, struct sim_link *link, struct sim_ask *ask,
                const uint32_t *args)
{
	const char *method = sim_kind_of(ask->op)->method;
	unsigned id = link ? link->id : NO_LINK_ID;
	struct sim_uuid_args uuid = {0};

	switch (ask->op) {
	case SIM_MTU: return sim_call(actor, ask->op, method, id, args[1]);
	case SIM_SERVICES: return sim_call(actor, ask->op, method, id);
	case SIM_BY_UUID:
		uuid = sim_uuid_args(args[1]);
		return sim_call(actor, ask->op, method, id, SIM_UUID(uuid));
	case SIM_INCLUDES:
	case SIM_CHARAS:
	case SIM_DESCS: return sim_call(actor, ask->op, method, id, args[1], args[2]);
	case SIM_READ_UUID:
		uuid = sim_uuid_args(args[3]);
		return sim_call(actor, ask->op, method, id, args[1], args[2], SIM_UUID(uuid));
	case SIM_READ_CHARA: return sim_call(actor, ask->op, method, id, args[1], args[2], args[3]);
	case SIM_READ_DESC: return sim_call(actor, ask->op, method, id, args[1], args[2]);
	case SIM_READ_MULTI: return sim_call(actor, ask->op, method, id, ask->data, ask->len);
	case SIM_WRITE_CHARA:
		return sim_call(actor, ask->op, method, id, args[1], args[2], args[3], ask->data,
		                ask->len);
	default: return sim_call(actor, ask->op, method, id, args[1], ask->data, ask->len);
	}
}

static void fill_in(struct sim_ask *ask, const uint32_t *args)
{
	switch (ask->op) {
	case SIM_MTU: ask->mtu = (uint16_t)args[1]; break;
	case SIM_BY_UUID: ask->uuid = sim_uuid(args[1]); break;
	case SIM_READ_UUID: ask->uuid = sim_uuid(args[3]); /* fallthrough */
	case SIM_INCLUDES:
	case SIM_CHARAS:
	case SIM_DESCS:
		ask->start = ask->from = (uint16_t)args[1];
		ask->end = (uint16_t)args[2];
		ask->reversed = ask->start > ask->end;
		break;
	case SIM_READ_CHARA:
		ask->offset = (uint16_t)args[2];
		ask->is_long = args[3];
		ask->start = (uint16_t)args[1];
		break;
	case SIM_READ_DESC:
		ask->is_long = args[2];
		ask->start = (uint16_t)args[1];
		break;
	case SIM_WRITE_CHARA:
		ask->offset = (uint16_t)args[2];
		ask->is_long = args[3];
		ask->start = (uint16_t)args[1];
		break;
	case SIM_WRITE_NO_RSP:
	case SIM_WRITE_DESC: ask->start = (uint16_t)args[1]; break;
	default: break;
	}
}

static bool ask(struct actor *actor, enum sim_op op, const uint32_t *args, const uint8_t *data,
                size_t len)
{
	struct sim_link *link = sim_link_to(actor, args[0]);
	struct sim_ask *ask;
	int error;

	if (!link) {
		struct sim_link nobody = {.actor = actor};

		ask = new_ask(op, &nobody, data, len);
		error = make(actor, NULL, ask, args);
		free(ask);
		sim_must(actor, SIM_INV_REFUSAL, error > 0, "%s accepts a link that is not there",
		         sim_ops[op].name);
		return false;
	}
	ask = new_ask(op, link, data, len);
	fill_in(ask, args);
	sim_ask_append(link, ask);
	error = make(actor, link, ask, args);
	sim_must(actor, SIM_INV_REFUSAL, error != SIM_PENDING, "%s does not end at once",
	         sim_ops[op].name);
	sim_must(actor, SIM_INV_REFUSAL,
	         error != QB_ERR_LIMIT_EXCEEDED ||
	                 link->n_asks + link->forgotten > QB_PROC_QUEUE_MAX / 2,
	         "%s is refused with room for more", sim_ops[op].name);
	if (error && sim_link_to(actor, args[0]) == link && last_ask(link) == ask)
		sim_ask_remove(link, ask);
	return !error;
}

static void write_no_rsp(struct actor *actor, const uint32_t *args)
{
	uint8_t data[QB_VALUE_MAX];
	size_t len = sim_len(args[2]);

	for (uint32_t time = 0; time < args[3]; time++) {
		sim_fill(data, len, args[4] + time);
		if (!ask(actor, SIM_WRITE_NO_RSP, args, data, len))
			return;
	}
}

/* A client configuration is written as one, small numbers being its values. */
static void write_desc(struct actor *actor, const uint32_t *args)
{
	uint8_t data[QB_VALUE_MAX];
	size_t len = sim_len(args[2]);

	sim_fill(data, len, args[3]);
	if (len == 2 && args[3] < 4)
		qb_put_le16(data, (uint16_t)args[3]);
	ask(actor, SIM_WRITE_DESC, args, data, len);
}

void sim_do_client(struct actor *actor, const struct sim_step *step)
{
	const uint32_t *args = step->args;
	uint8_t data[QB_VALUE_MAX];
	size_t len = 0;

	switch (step->op) {
	case SIM_WRITE_NO_RSP: write_no_rsp(actor, args); return;
	case SIM_WRITE_DESC: write_desc(actor, args); return;
	case SIM_READ_MULTI:
		for (unsigned i = 1; i < 4; i++, len += 2)
			qb_put_le16(data + len, (uint16_t)args[i]);
		break;
	case SIM_WRITE_CHARA:
		len = sim_len(args[4]);
		sim_fill(data, len, args[5]);
		break;
	default: break;
	}
	ask(actor, step->op, args, data, len);
}
