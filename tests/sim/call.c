/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Making the calls of the API without waiting for their ends, and counting these ends. */
#include <string.h>

#include "host/limits.h"
#include "sim.h"
#include "util/le.h"

/*
 * What a controller-bound call may take: a command's limit, once for one that is in the air already
 * and once for its own; a stop has as much.
 */
#define CALL_LIMIT (2 * QB_HCI_TIMEOUT_MSEC * QB_MSEC)

void sim_fill(uint8_t *data, size_t len, uint32_t number)
{
	uint64_t x = number * UINT64_C(0x9e3779b97f4a7c15) + 1;

	for (size_t i = 0; i < len; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		data[i] = (uint8_t)(x >> 24);
	}
}

/* Numbers past the 16-bit UUIDs stand for UUIDs of our own. */
struct qb_uuid sim_uuid(uint32_t number)
{
	struct qb_uuid uuid = {{0x51, 0xb1, 0x1e, 0xd0}};

	if (number <= 0xffff)
		return qb_uuid_from_16((uint16_t)number);
	qb_put_le32(uuid.b + 8, number * 2654435761u);
	qb_put_le32(uuid.b + 12, number);
	return uuid;
}

struct sim_uuid_args sim_uuid_args(uint32_t number)
{
	struct sim_uuid_args args = {.type = number <= 0xffff, .s = number & 0xffff};
	struct qb_uuid uuid = sim_uuid(number);

	if (!args.type)
		memcpy(args.l, uuid.b, sizeof(args.l));
	return args;
}

static void on_result(void *user, const struct qb_result *result)
{
	struct sim_reply *reply = user;
	struct actor *actor = reply->actor;
	struct sim_call *call = &actor->calls[reply->slot];

	sim_must(actor, SIM_INV_CALL_END, call->busy && call->serial == reply->serial,
	         "a call ends twice");
	sim_must(actor, SIM_INV_REFUSAL, !result->error || (result->text && result->text[0]),
	         "%s is refused without a reason", sim_ops[call->op].name);
	call->busy = false;
	actor->pending--;
	if (call->step)
		call->step->outcome = (int8_t)result->error;
	actor->sim->shared->stats.accepted[call->op] += !result->error;
	actor->last_i = result->i;
	actor->last_len = result->len;
	memcpy(actor->last_data, result->data, sizeof(actor->last_data));
	actor->last_error = result->error;
	sim_on_call_end(actor, call, result->error);
}

static struct sim_call *new_call(struct actor *actor, enum sim_op op)
{
	for (unsigned i = 0; i < SIM_CALLS_MAX; i++) {
		struct sim_call *call = &actor->calls[i];

		if (call->busy)
			continue;
		*call = (struct sim_call){
		        .busy = true,
		        .serial = ++actor->serial,
		        .op = op,
		        .step = actor->sim->step,
		        .link = actor->about,
		        .turn = actor->scan_turn,
		        .by = sim_now(actor->sim) + CALL_LIMIT,
		};
		actor->replies[i] = (struct sim_reply){actor, i, call->serial};
		actor->pending++;
		return call;
	}
	sim_violated(actor, SIM_INV_DEADLINE, "%d calls have not ended", SIM_CALLS_MAX);
}

static const struct qb_call *find(const char *method)
{
	const struct qb_call *call = qb_calls;

	while (call->name && strcmp(call->name, method))
		call++;
	return call;
}

int sim_call(struct actor *actor, enum sim_op op, const char *method, ...)
{
	const struct qb_call *def = find(method);
	struct qb_value args[QB_CALL_ARGS_MAX] = {0};
	struct sim_call *call = new_call(actor, op);
	uint32_t serial = call->serial;
	va_list ap;

	va_start(ap, method);
	for (unsigned i = 0; i < qb_call_n_args(def); i++) {
		if (def->args[i].type == 'u') {
			args[i].u = va_arg(ap, unsigned);
			continue;
		}
		args[i].data = va_arg(ap, const void *);
		args[i].len = def->args[i].type == 's' ? strlen((const char *)args[i].data)
		                                       : va_arg(ap, size_t);
	}
	va_end(ap);
	if (call->step)
		call->step->outcome = SIM_ON_ITS_WAY;
	actor->sim->shared->stats.made[op]++;
	qb_timers_advance(&actor->node->timers, sim_now(actor->sim));
	qb_call_run(actor->node->ble, def, args, on_result, &actor->replies[call - actor->calls]);
	return call->busy && call->serial == serial ? SIM_PENDING : (int)actor->last_error;
}

void sim_expect(struct actor *actor, int expected, int error, const char *method)
{
	sim_must(actor, SIM_INV_REFUSAL, error == expected, "%s ends with %s where %s is right",
	         method, error < 0 ? "nothing so far" : qb_error_name((enum qb_error)error),
	         qb_error_name((enum qb_error)expected));
}
