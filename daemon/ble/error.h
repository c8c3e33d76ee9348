/* SPDX-License-Identifier: MIT */
/*
 * The one table of errors: what the API calls them, what errno they are for C callers, and the
 * codes of HCI and ATT in words. Daemon, library and manual read it.
 */
#pragma once

#include <stdint.h>

enum qb_error {
	QB_OK,
	QB_ERR_INVALID_ARGUMENT,
	QB_ERR_NOT_INITIALIZED,
	QB_ERR_NOT_STARTED,
	QB_ERR_ALREADY_STARTED,
	QB_ERR_BUSY,
	QB_ERR_NOT_FOUND,
	QB_ERR_ALREADY_EXISTS,
	QB_ERR_NOT_CONNECTED,
	QB_ERR_NOT_PERMITTED,
	QB_ERR_NOT_SUPPORTED,
	QB_ERR_TOO_LONG,
	QB_ERR_LIMIT_EXCEEDED,
	QB_ERR_TIMEOUT,
	QB_ERR_NO_CONTROLLER,
	QB_ERR_CONTROLLER,
	QB_ERR_FAILED,
	QB_ERROR_COUNT
};

#define QB_ERROR_PREFIX "com.quectel.Ble1.Error."

/* "com.quectel.Ble1.Error.InvalidArgument"; "" for QB_OK. */
const char *qb_error_name(enum qb_error error);

/* A positive errno, 0 for QB_OK. */
int qb_error_errno(enum qb_error error);

/* "Command Disallowed (0x0c)": an HCI error code in words, in a static table. */
const char *qb_hci_error_text(uint8_t status);

/* "Attribute Not Found": an ATT error code in words. */
const char *qb_att_error_text(uint8_t code);
