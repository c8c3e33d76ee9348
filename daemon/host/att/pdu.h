/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The PDUs of the Attribute Protocol as structs (Core 5.4, Vol 3, Part F, 3.4): every length is
 * checked when a PDU is decoded, and nowhere above.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/uuid.h"

/* Opcodes (3.4.8). The answer to a request or an indication has the opcode after it. */
enum {
	QB_ATT_ERROR_RSP = 0x01,
	QB_ATT_EXCHANGE_MTU_REQ = 0x02,
	QB_ATT_EXCHANGE_MTU_RSP = 0x03,
	QB_ATT_FIND_INFORMATION_REQ = 0x04,
	QB_ATT_FIND_INFORMATION_RSP = 0x05,
	QB_ATT_FIND_BY_TYPE_VALUE_REQ = 0x06,
	QB_ATT_FIND_BY_TYPE_VALUE_RSP = 0x07,
	QB_ATT_READ_BY_TYPE_REQ = 0x08,
	QB_ATT_READ_BY_TYPE_RSP = 0x09,
	QB_ATT_READ_REQ = 0x0a,
	QB_ATT_READ_RSP = 0x0b,
	QB_ATT_READ_BLOB_REQ = 0x0c,
	QB_ATT_READ_BLOB_RSP = 0x0d,
	QB_ATT_READ_MULTIPLE_REQ = 0x0e,
	QB_ATT_READ_MULTIPLE_RSP = 0x0f,
	QB_ATT_READ_BY_GROUP_TYPE_REQ = 0x10,
	QB_ATT_READ_BY_GROUP_TYPE_RSP = 0x11,
	QB_ATT_WRITE_REQ = 0x12,
	QB_ATT_WRITE_RSP = 0x13,
	QB_ATT_PREPARE_WRITE_REQ = 0x16,
	QB_ATT_PREPARE_WRITE_RSP = 0x17,
	QB_ATT_EXECUTE_WRITE_REQ = 0x18,
	QB_ATT_EXECUTE_WRITE_RSP = 0x19,
	QB_ATT_HANDLE_VALUE_NTF = 0x1b,
	QB_ATT_HANDLE_VALUE_IND = 0x1d,
	QB_ATT_HANDLE_VALUE_CFM = 0x1e,
	QB_ATT_READ_MULTIPLE_VARIABLE_REQ = 0x20,
	QB_ATT_READ_MULTIPLE_VARIABLE_RSP = 0x21,
	QB_ATT_MULTIPLE_HANDLE_VALUE_NTF = 0x23,
	QB_ATT_WRITE_CMD = 0x52,
	QB_ATT_SIGNED_WRITE_CMD = 0xd2,
};

/* The bit of an opcode that says that nobody waits for an answer (3.3.1). */
#define QB_ATT_COMMAND_FLAG 0x40

/* Error codes (3.4.1.1) and the common ones of profiles (CSS, Part B, 1.2). */
enum {
	QB_ATT_E_INVALID_HANDLE = 0x01,
	QB_ATT_E_READ_NOT_PERMITTED = 0x02,
	QB_ATT_E_WRITE_NOT_PERMITTED = 0x03,
	QB_ATT_E_INVALID_PDU = 0x04,
	QB_ATT_E_INSUFFICIENT_AUTHENTICATION = 0x05,
	QB_ATT_E_REQUEST_NOT_SUPPORTED = 0x06,
	QB_ATT_E_INVALID_OFFSET = 0x07,
	QB_ATT_E_INSUFFICIENT_AUTHORIZATION = 0x08,
	QB_ATT_E_PREPARE_QUEUE_FULL = 0x09,
	QB_ATT_E_ATTRIBUTE_NOT_FOUND = 0x0a,
	QB_ATT_E_ATTRIBUTE_NOT_LONG = 0x0b,
	QB_ATT_E_KEY_TOO_SHORT = 0x0c,
	QB_ATT_E_INVALID_VALUE_LENGTH = 0x0d,
	QB_ATT_E_UNLIKELY = 0x0e,
	QB_ATT_E_INSUFFICIENT_ENCRYPTION = 0x0f,
	QB_ATT_E_UNSUPPORTED_GROUP_TYPE = 0x10,
	QB_ATT_E_INSUFFICIENT_RESOURCES = 0x11,
	QB_ATT_E_CCCD_IMPROPER = 0xfd,
};

/* Flags of an Execute Write Request (3.4.6.3). */
enum {
	QB_ATT_EXECUTE_CANCEL = 0x00,
	QB_ATT_EXECUTE_WRITE = 0x01,
};

/* Formats of a Find Information Response (3.4.3.2). */
enum {
	QB_ATT_FORMAT_16 = 0x01,
	QB_ATT_FORMAT_128 = 0x02,
};

enum qb_att_kind {
	QB_ATT_UNKNOWN,
	QB_ATT_REQUEST,
	QB_ATT_RESPONSE,
	QB_ATT_COMMAND,
	QB_ATT_NOTIFICATION,
	QB_ATT_INDICATION,
	QB_ATT_CONFIRMATION,
};

/* One PDU. Pointers lead into what was decoded, or to what shall be encoded. */
struct qb_att_pdu {
	uint8_t opcode;
	/* All that followed the opcode. Set by the decoder only. */
	const uint8_t *param;
	size_t param_len;
	union {
		struct {
			uint8_t request;
			uint8_t code;
			uint16_t handle;
		} error;
		uint16_t mtu;  /* Exchange MTU */
		uint8_t flags; /* Execute Write Request */
		/*
		 * Find Information, Find By Type Value, Read By Type, Read By Group Type Requests;
		 * the value is Find By Type Value's.
		 */
		struct {
			uint16_t start, end;
			struct qb_uuid type;
			const uint8_t *value;
			size_t len;
		} find;
		/*
		 * Their responses, and the handles of the Read Multiple Requests: whole entries of
		 * size octets each, at least one. Each begins with a handle.
		 */
		struct {
			uint8_t size;
			const uint8_t *data;
			size_t len;
		} list;
		/*
		 * One attribute, and what is read from it or written to it. Without a handle: the
		 * responses to Read, Read Blob and Read Multiple, and the tuples of a Multiple
		 * Handle Value Notification. A Signed Write Command's last 12 octets are the
		 * signature.
		 */
		struct {
			uint16_t handle, offset;
			const uint8_t *value;
			size_t len;
		} attr;
	};
};

enum qb_att_result {
	QB_ATT_OK,
	QB_ATT_UNKNOWN_OPCODE, /* only opcode and param are set */
	QB_ATT_MALFORMED,      /* likewise */
};

/* Decodes one PDU of at least one octet. */
enum qb_att_result qb_att_decode(struct qb_att_pdu *ret, const uint8_t *p, size_t len);

/*
 * Writes a PDU and returns its length, or 0 if it does not fit. Data that already lies in its
 * place in out stays there.
 */
size_t qb_att_encode(const struct qb_att_pdu *pdu, uint8_t *out, size_t room);

enum qb_att_kind qb_att_kind(uint8_t opcode);

/* "Read By Type Request"; "Unknown" for what is no opcode. */
const char *qb_att_name(uint8_t opcode);
