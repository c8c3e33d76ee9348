/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs the calls: arguments against the table, and the one end of each. */
#include "ble/call.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ble/ble-internal.h"

unsigned qb_call_n_args(const struct qb_call *call)
{
	unsigned n = 0;

	while (n < QB_CALL_ARGS_MAX && call->args[n].name)
		n++;
	return n;
}

static bool check_integer(struct qb_pending *pending, const struct qb_arg_def *def, uint32_t u)
{
	if (u >= def->min && u <= def->max)
		return true;
	if (def->max > 9)
		qb_call_fail(pending, QB_ERR_INVALID_ARGUMENT,
		             "%s is %u, allowed are %u..%u (0x%04x..0x%04x)", def->name, u,
		             def->min, def->max, def->min, def->max);
	else
		qb_call_fail(pending, QB_ERR_INVALID_ARGUMENT, "%s is %u, allowed are %u..%u",
		             def->name, u, def->min, def->max);
	return false;
}

/* What is longer than a range of lengths allows is too long; any other wrong length is malformed.
 */
static bool check_length(struct qb_pending *pending, const struct qb_arg_def *def, size_t len)
{
	if (len >= def->min && len <= def->max)
		return true;
	if (def->min == def->max)
		qb_call_fail(pending, QB_ERR_INVALID_ARGUMENT, "%s is %zu bytes long, must be %u",
		             def->name, len, def->min);
	else
		qb_call_fail(pending, len > def->max ? QB_ERR_TOO_LONG : QB_ERR_INVALID_ARGUMENT,
		             "%s is %zu bytes long, allowed are %u..%u", def->name, len, def->min,
		             def->max);
	return false;
}

void qb_call_run(struct qb_ble *ble, const struct qb_call *call, const struct qb_value *args,
                 qb_result_fn fn, void *user)
{
	struct qb_pending *pending = malloc(sizeof(*pending));

	if (!pending) {
		fn(user, &(struct qb_result){.error = QB_ERR_FAILED, .text = "out of memory"});
		return;
	}
	*pending = (struct qb_pending){.call = call, .ble = ble, .fn = fn, .user = user};
	for (unsigned i = 0; i < qb_call_n_args(call); i++) {
		const struct qb_arg_def *def = &call->args[i];

		if (def->type == 'u' ? !check_integer(pending, def, args[i].u)
		                     : !check_length(pending, def, args[i].len))
			return;
	}
	call->run(ble, args, pending);
}

static void end(struct qb_pending *pending, const struct qb_result *result)
{
	qb_result_fn fn = pending->fn;
	void *user = pending->user;

	free(pending);
	fn(user, result);
}

void qb_call_ok(struct qb_pending *pending)
{
	end(pending, &(struct qb_result){0});
}

void qb_call_ok_int(struct qb_pending *pending, int32_t i)
{
	end(pending, &(struct qb_result){.i = i});
}

void qb_call_ok_data(struct qb_pending *pending, const uint8_t *data, size_t len)
{
	struct qb_result result = {.len = len};

	memcpy(result.data, data, len);
	end(pending, &result);
}

void qb_call_fail(struct qb_pending *pending, enum qb_error error, const char *format, ...)
{
	char text[384];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	end(pending, &(struct qb_result){.error = error, .text = text});
}

void qb_call_end_hci(struct qb_pending *pending, uint8_t status)
{
	const struct qb_ble *ble = pending->ble;

	if (!status)
		qb_call_ok(pending);
	else if (ble->freeing)
		qb_call_fail(pending, QB_ERR_FAILED, "qbled is going down");
	else if (status == QB_HCI_ABORTED)
		qb_call_fail(pending, QB_ERR_NO_CONTROLLER, "the controller is gone: %s", ble->why);
	else
		qb_call_fail(pending, QB_ERR_CONTROLLER, "the controller answered: %s",
		             qb_hci_error_text(status));
}

bool qb_arg_uuid(struct qb_pending *pending, const struct qb_value *args, struct qb_uuid *ret)
{
	const struct qb_value *type = &args[0], *s = &args[1], *l = &args[2];

	/* The document's uuid_l of a short UUID is 16 zeros; a shell would rather give none. */
	if (l->len != sizeof(ret->b) && (l->len || !type->u)) {
		qb_call_fail(pending, QB_ERR_INVALID_ARGUMENT,
		             "uuid_l is %zu bytes long, must be 16%s", l->len,
		             type->u ? " or 0" : "");
		return false;
	}
	if (type->u)
		*ret = qb_uuid_from_16((uint16_t)s->u);
	else
		memcpy(ret->b, l->data, sizeof(ret->b));
	return true;
}
