/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The calls of the API as one table: names, arguments and ranges as the document has them, and the
 * function that carries each out. The bus makes its methods of it; it knows nothing of BLE.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ble/error.h"

struct qb_ble;
struct qb_call;

#define QB_CALL_ARGS_MAX 9

/* An argument as a caller gave it. */
struct qb_value {
	uint32_t u;          /* of an integer */
	const uint8_t *data; /* of bytes, or a string's UTF-8 without its NUL */
	size_t len;
};

/* type: 'u' integer, 's' string, 'a' bytes (D-Bus ay). min..max: of the value, or of the length. */
struct qb_arg_def {
	const char *name;
	char type;
	uint32_t min, max;
};

/* How a call ends. Exactly one of these for each call, at once or later. */
struct qb_result {
	enum qb_error error;
	const char *text; /* of an error: what was wrong, with the value and the range */
	int32_t i;        /* of a call that answers an integer */
	uint8_t data[8];  /* of a call that answers bytes */
	size_t len;
};
typedef void (*qb_result_fn)(void *user, const struct qb_result *result);

/* A call on its way: what its function ends, once, with one of the qb_call_…() below. */
struct qb_pending {
	const struct qb_call *call;
	struct qb_ble *ble;
	qb_result_fn fn;
	void *user;
	struct qb_pending *next; /* for whoever keeps it */
};

struct qb_call {
	const char *name;        /* D-Bus member, "SetAdvParam" */
	const char *documented;  /* "setAdvParam"; NULL for what the document does not have */
	bool extended;           /* on com.quectel.Ble1.Extended */
	const char *result;      /* D-Bus type of the answer: "", "i", "u" or "ay" */
	const char *result_name; /* "" with no answer */
	void (*run)(struct qb_ble *ble, const struct qb_value *args, struct qb_pending *pending);
	struct qb_arg_def args[QB_CALL_ARGS_MAX]; /* up to the first without a name */
};

/* All calls, in the document's order; ends with a row without a name. */
extern const struct qb_call qb_calls[];

unsigned qb_call_n_args(const struct qb_call *call);

/*
 * Checks the arguments against the table and runs the call; fn is called exactly once, perhaps
 * before this returns. The values need to last only until it returns.
 */
void qb_call_run(struct qb_ble *ble, const struct qb_call *call, const struct qb_value *args,
                 qb_result_fn fn, void *user);

/* The ends of a pending call; each frees it. */
void qb_call_ok(struct qb_pending *pending);
void qb_call_ok_int(struct qb_pending *pending, int32_t i);
void qb_call_ok_data(struct qb_pending *pending, const uint8_t *data, size_t len);
void qb_call_fail(struct qb_pending *pending, enum qb_error error, const char *format, ...)
        __attribute__((format(printf, 3, 4)));
/* QB_OK for status 0, else Controller with its text (NoController if the controller went away). */
void qb_call_end_hci(struct qb_pending *pending, uint8_t status);
