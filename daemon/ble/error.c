/* SPDX-License-Identifier: MIT */
/* The table of errors: names on D-Bus, errno for C callers, HCI and ATT codes in words. */
#include "ble/error.h"

#include <errno.h>
#include <stddef.h>

static const struct {
	const char *name;
	int number;
} errors[QB_ERROR_COUNT] = {
        [QB_OK] = {"", 0},
        [QB_ERR_INVALID_ARGUMENT] = {QB_ERROR_PREFIX "InvalidArgument", EINVAL},
        [QB_ERR_NOT_INITIALIZED] = {QB_ERROR_PREFIX "NotInitialized", EUNATCH},
        [QB_ERR_NOT_STARTED] = {QB_ERROR_PREFIX "NotStarted", ENETDOWN},
        [QB_ERR_ALREADY_STARTED] = {QB_ERROR_PREFIX "AlreadyStarted", EALREADY},
        [QB_ERR_BUSY] = {QB_ERROR_PREFIX "Busy", EBUSY},
        [QB_ERR_NOT_FOUND] = {QB_ERROR_PREFIX "NotFound", ENOENT},
        [QB_ERR_ALREADY_EXISTS] = {QB_ERROR_PREFIX "AlreadyExists", EEXIST},
        [QB_ERR_NOT_CONNECTED] = {QB_ERROR_PREFIX "NotConnected", ENOTCONN},
        [QB_ERR_NOT_PERMITTED] = {QB_ERROR_PREFIX "NotPermitted", EPERM},
        [QB_ERR_NOT_SUPPORTED] = {QB_ERROR_PREFIX "NotSupported", EOPNOTSUPP},
        [QB_ERR_TOO_LONG] = {QB_ERROR_PREFIX "TooLong", EMSGSIZE},
        [QB_ERR_LIMIT_EXCEEDED] = {QB_ERROR_PREFIX "LimitExceeded", ENOSPC},
        [QB_ERR_TIMEOUT] = {QB_ERROR_PREFIX "Timeout", ETIMEDOUT},
        [QB_ERR_NO_CONTROLLER] = {QB_ERROR_PREFIX "NoController", ENODEV},
        [QB_ERR_CONTROLLER] = {QB_ERROR_PREFIX "Controller", EIO},
        [QB_ERR_FAILED] = {QB_ERROR_PREFIX "Failed", ECANCELED},
};

#define CODE(code, text) [code] = text " (" #code ")"

/* Core 5.4, Vol 1, Part F, 1.3. */
static const char *const hci_errors[] = {
        CODE(0x00, "Success"),
        CODE(0x01, "Unknown HCI Command"),
        CODE(0x02, "Unknown Connection Identifier"),
        CODE(0x03, "Hardware Failure"),
        CODE(0x04, "Page Timeout"),
        CODE(0x05, "Authentication Failure"),
        CODE(0x06, "PIN or Key Missing"),
        CODE(0x07, "Memory Capacity Exceeded"),
        CODE(0x08, "Connection Timeout"),
        CODE(0x09, "Connection Limit Exceeded"),
        CODE(0x0a, "Synchronous Connection Limit Exceeded"),
        CODE(0x0b, "Connection Already Exists"),
        CODE(0x0c, "Command Disallowed"),
        CODE(0x0d, "Rejected due to Limited Resources"),
        CODE(0x0e, "Rejected for Security Reasons"),
        CODE(0x0f, "Rejected due to Unacceptable Address"),
        CODE(0x10, "Connection Accept Timeout Exceeded"),
        CODE(0x11, "Unsupported Feature or Parameter Value"),
        CODE(0x12, "Invalid HCI Command Parameters"),
        CODE(0x13, "Remote User Terminated Connection"),
        CODE(0x14, "Remote Device Terminated due to Low Resources"),
        CODE(0x15, "Remote Device Terminated due to Power Off"),
        CODE(0x16, "Connection Terminated by Local Host"),
        CODE(0x17, "Repeated Attempts"),
        CODE(0x18, "Pairing Not Allowed"),
        CODE(0x19, "Unknown LMP PDU"),
        CODE(0x1a, "Unsupported Remote Feature"),
        CODE(0x1e, "Invalid LL Parameters"),
        CODE(0x1f, "Unspecified Error"),
        CODE(0x20, "Unsupported LL Parameter Value"),
        CODE(0x21, "Role Change Not Allowed"),
        CODE(0x22, "LL Response Timeout"),
        CODE(0x23, "LL Procedure Collision"),
        CODE(0x25, "Encryption Mode Not Acceptable"),
        CODE(0x26, "Link Key Cannot Be Changed"),
        CODE(0x28, "Instant Passed"),
        CODE(0x29, "Pairing with Unit Key Not Supported"),
        CODE(0x2a, "Different Transaction Collision"),
        CODE(0x2e, "Channel Assessment Not Supported"),
        CODE(0x2f, "Insufficient Security"),
        CODE(0x30, "Parameter Out of Mandatory Range"),
        CODE(0x3a, "Controller Busy"),
        CODE(0x3b, "Unacceptable Connection Parameters"),
        CODE(0x3c, "Advertising Timeout"),
        CODE(0x3d, "Connection Terminated due to MIC Failure"),
        CODE(0x3e, "Connection Failed to Be Established"),
        CODE(0x42, "Unknown Advertising Identifier"),
        CODE(0x43, "Limit Reached"),
        CODE(0x44, "Operation Cancelled by Host"),
        CODE(0x45, "Packet Too Long"),
};

/* Core 5.4, Vol 3, Part F, 3.4.1.1; Supplement, Part B, 1.2. */
static const char *const att_errors[256] = {
        [0x01] = "Invalid Handle",
        [0x02] = "Read Not Permitted",
        [0x03] = "Write Not Permitted",
        [0x04] = "Invalid PDU",
        [0x05] = "Insufficient Authentication",
        [0x06] = "Request Not Supported",
        [0x07] = "Invalid Offset",
        [0x08] = "Insufficient Authorization",
        [0x09] = "Prepare Queue Full",
        [0x0a] = "Attribute Not Found",
        [0x0b] = "Attribute Not Long",
        [0x0c] = "Encryption Key Size Too Short",
        [0x0d] = "Invalid Attribute Value Length",
        [0x0e] = "Unlikely Error",
        [0x0f] = "Insufficient Encryption",
        [0x10] = "Unsupported Group Type",
        [0x11] = "Insufficient Resources",
        [0x12] = "Database Out Of Sync",
        [0x13] = "Value Not Allowed",
        [0xfc] = "Write Request Rejected",
        [0xfd] = "CCCD Improperly Configured",
        [0xfe] = "Procedure Already in Progress",
        [0xff] = "Out of Range",
};

const char *qb_error_name(enum qb_error error)
{
	return errors[error].name;
}

int qb_error_errno(enum qb_error error)
{
	return errors[error].number;
}

const char *qb_hci_error_text(uint8_t status)
{
	const char *text = NULL;

	if (status < sizeof(hci_errors) / sizeof(hci_errors[0]))
		text = hci_errors[status];
	return text ? text : "Unknown HCI Error";
}

const char *qb_att_error_text(uint8_t code)
{
	if (att_errors[code])
		return att_errors[code];
	return code >= 0x80 && code <= 0x9f ? "Application Error" : "Unknown ATT Error";
}
