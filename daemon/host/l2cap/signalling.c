/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The LE signalling channel (Core 5.4, Vol 3, Part A, 4): connection parameter updates both ways,
 * and a Command Reject for everything that belongs to channels we do not have.
 */
#include "host/l2cap/signalling.h"

#include <errno.h>
#include <string.h>

#include "util/le.h"

/* Command codes of requests that are known here (table 4.2). */
enum {
	COMMAND_REJECT = 0x01,
	DISCONNECTION_REQUEST = 0x06,
	PARAM_UPDATE_REQUEST = 0x12,
	PARAM_UPDATE_RESPONSE = 0x13,
};

/* The codes of table 4.2 that are responses, as bits. */
#define RESPONSES                                                                      \
	(1u << 0x01 | 1u << 0x03 | 1u << 0x05 | 1u << 0x07 | 1u << 0x09 | 1u << 0x0b | \
	 1u << 0x0d | 1u << 0x0f | 1u << 0x11 | 1u << 0x13 | 1u << 0x15 | 1u << 0x18 | 1u << 0x1a)

/* Why a command is rejected (table 4.3). */
enum {
	NOT_UNDERSTOOD = 0x0000,
	MTU_EXCEEDED = 0x0001,
	INVALID_CID = 0x0002,
};

/* Result of a parameter update (4.21). */
enum {
	PARAM_ACCEPTED = 0x0000,
	PARAM_REJECTED = 0x0001,
};

/* Code, identifier, length of the data. */
#define HEADER 4

/* The longest SDU that we take here, which is all that LE needs (table 4.1). */
#define SIGNALLING_MTU 23

/* For the answer to our own request: TGAP(conn_param_timeout) (Vol 3, Part C, appendix A). */
#define REQUEST_TIMEOUT (30 * QB_SEC)

bool qb_conn_param_valid(const struct qb_conn_param *param)
{
	return param->interval_min >= 6 && param->interval_min <= param->interval_max &&
	       param->interval_max <= 3200 && param->latency <= 499 && param->timeout >= 10 &&
	       param->timeout <= 3200 &&
	       /* timeout * 10 ms > (1 + latency) * interval * 1.25 ms * 2 */
	       4u * param->timeout > (1u + param->latency) * param->interval_max;
}

static bool is_response(uint8_t code)
{
	return code < 32 && RESPONSES >> code & 1;
}

/* Writes a command into buf and sends it; data may be NULL if len is 0. */
static void send(struct qb_l2cap *l2cap, struct qb_buf *buf, uint8_t code, uint8_t id,
                 const uint8_t *data, uint16_t len)
{
	uint8_t *p = qb_buf_sdu(buf);

	p[0] = code;
	p[1] = id;
	qb_put_le16(p + 2, len);
	if (len)
		memcpy(p + HEADER, data, len);
	qb_l2cap_send(l2cap, QB_L2CAP_CID_SIGNALLING, buf, HEADER + len);
}

static void answer_done(struct qb_buf *buf, uint8_t status)
{
	struct qb_l2cap *l2cap = buf->owner;

	l2cap->answers--;
}

/* A peer that asks without taking answers gets no more of them. */
static bool may_answer(const struct qb_l2cap *l2cap)
{
	return l2cap->answers < QB_RSP_QUEUE_MAX;
}

static void answer(struct qb_l2cap *l2cap, uint8_t code, uint8_t id, const uint8_t *data,
                   uint16_t len)
{
	struct qb_buf *buf = may_answer(l2cap) ? qb_l2cap_buf(l2cap) : NULL;

	if (!buf)
		return;
	l2cap->answers++;
	buf->done = answer_done;
	buf->owner = l2cap;
	send(l2cap, buf, code, id, data, len);
}

static void reject(struct qb_l2cap *l2cap, uint8_t id, uint16_t reason, const uint8_t *data,
                   uint16_t len)
{
	uint8_t rsp[6];

	qb_put_le16(rsp, reason);
	if (len)
		memcpy(rsp + 2, data, len);
	answer(l2cap, COMMAND_REJECT, id, rsp, 2 + len);
}

static void end_request(struct qb_l2cap *l2cap, bool accepted)
{
	l2cap->request_id = 0;
	qb_timer_cancel(l2cap->timers, &l2cap->request_timer);
	l2cap->ops->param_response(l2cap->user, accepted);
}

static void request_timed_out(void *user)
{
	end_request(user, false);
}

/* A peripheral asks (4.20). It is for a central only, and one that is none does not know it. */
static void param_update_request(struct qb_l2cap *l2cap, uint8_t id, const uint8_t *data,
                                 size_t len)
{
	struct qb_conn_param param;
	uint8_t result[2];
	bool gone = false, accepted;

	if (!l2cap->central || len != 8) {
		reject(l2cap, id, NOT_UNDERSTOOD, NULL, 0);
		return;
	}
	/* What cannot be answered must not take effect either. */
	if (!may_answer(l2cap))
		return;
	param = (struct qb_conn_param){
	        .interval_min = qb_get_le16(data),
	        .interval_max = qb_get_le16(data + 2),
	        .latency = qb_get_le16(data + 4),
	        .timeout = qb_get_le16(data + 6),
	};
	accepted = qb_conn_param_valid(&param);
	if (accepted) {
		l2cap->gone = &gone;
		accepted = l2cap->ops->param_request(l2cap->user, &param);
		if (gone)
			return;
		l2cap->gone = NULL;
	}
	qb_put_le16(result, accepted ? PARAM_ACCEPTED : PARAM_REJECTED);
	answer(l2cap, PARAM_UPDATE_RESPONSE, id, result, sizeof(result));
}

/* Destination and source CID (4.6), which are the reject's local and remote one (4.1). */
static void disconnection_request(struct qb_l2cap *l2cap, uint8_t id, const uint8_t *data,
                                  size_t len)
{
	if (len == 4)
		reject(l2cap, id, INVALID_CID, data, 4);
	else
		reject(l2cap, id, NOT_UNDERSTOOD, NULL, 0);
}

/* Responses that answer nothing are discarded, and no response is ever rejected (4, 4.1). */
static void response(struct qb_l2cap *l2cap, uint8_t code, uint8_t id, const uint8_t *data,
                     size_t len)
{
	if (id != l2cap->request_id)
		return;
	if (code == PARAM_UPDATE_RESPONSE && len == 2)
		end_request(l2cap, qb_get_le16(data) == PARAM_ACCEPTED);
	else if (code == COMMAND_REJECT && len >= 2)
		end_request(l2cap, false);
}

void qb_signalling_receive(struct qb_l2cap *l2cap, const uint8_t *sdu, size_t len)
{
	uint8_t code, id, mtu[2];

	/* Identifier 0 is never used (4), so there is nothing that an answer could refer to. */
	if (len < HEADER || !sdu[1])
		return;
	code = sdu[0];
	id = sdu[1];
	if (len > SIGNALLING_MTU) {
		qb_put_le16(mtu, SIGNALLING_MTU);
		if (!is_response(code))
			reject(l2cap, id, MTU_EXCEEDED, mtu, sizeof(mtu));
		return;
	}
	/* On LE a PDU holds exactly one command (4); what is no such thing is not understood. */
	if (len != (size_t)HEADER + qb_get_le16(sdu + 2)) {
		if (!is_response(code))
			reject(l2cap, id, NOT_UNDERSTOOD, NULL, 0);
		return;
	}
	sdu += HEADER;
	len -= HEADER;
	if (is_response(code))
		response(l2cap, code, id, sdu, len);
	else if (code == PARAM_UPDATE_REQUEST)
		param_update_request(l2cap, id, sdu, len);
	else if (code == DISCONNECTION_REQUEST)
		disconnection_request(l2cap, id, sdu, len);
	else
		/* Codes that are unknown or of features that are not supported, credits among them.
		 */
		reject(l2cap, id, NOT_UNDERSTOOD, NULL, 0);
}

int qb_l2cap_request_param(struct qb_l2cap *l2cap, const struct qb_conn_param *param)
{
	uint8_t data[8];
	struct qb_buf *buf;

	if (l2cap->central)
		return -EINVAL;
	if (!l2cap->acl.hci)
		return -ENOTCONN;
	if (l2cap->request_id)
		return -EBUSY;
	buf = qb_l2cap_buf(l2cap);
	if (!buf)
		return -ENOMEM;
	if (!++l2cap->last_id)
		l2cap->last_id = 1;
	l2cap->request_id = l2cap->last_id;
	qb_put_le16(data, param->interval_min);
	qb_put_le16(data + 2, param->interval_max);
	qb_put_le16(data + 4, param->latency);
	qb_put_le16(data + 6, param->timeout);
	qb_timer_arm(l2cap->timers, &l2cap->request_timer, REQUEST_TIMEOUT);
	send(l2cap, buf, PARAM_UPDATE_REQUEST, l2cap->request_id, data, sizeof(data));
	return 0;
}

void qb_signalling_init(struct qb_l2cap *l2cap)
{
	l2cap->gone = NULL;
	l2cap->answers = 0;
	l2cap->last_id = 0;
	l2cap->request_id = 0;
	qb_timer_init(&l2cap->request_timer, request_timed_out, l2cap);
}

void qb_signalling_done(struct qb_l2cap *l2cap)
{
	if (l2cap->gone)
		*l2cap->gone = true;
	l2cap->gone = NULL;
	if (l2cap->request_id)
		end_request(l2cap, false);
}
