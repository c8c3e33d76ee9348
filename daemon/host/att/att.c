/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ATT bearer: transactions, time limits, the MTU, and who gets which PDU. */
#include "host/att/att.h"

#include <assert.h>
#include <errno.h>

#include "host/hci/spec.h"

static void send(struct qb_att *att, struct qb_buf *buf, size_t len)
{
	qb_l2cap_send(att->l2cap, QB_L2CAP_CID_ATT, buf, len);
}

/* Answers: responses and confirmations. */

static void answer_sent(struct qb_buf *buf, uint8_t status)
{
	struct qb_att *att = buf->owner;

	att->responses--;
}

/* NULL if the peer takes none of what it asks for, or memory is out. */
static struct qb_buf *answer_new(struct qb_att *att)
{
	return att->responses < QB_RSP_QUEUE_MAX ? qb_l2cap_buf(att->l2cap) : NULL;
}

static void answer_send(struct qb_att *att, struct qb_buf *buf, const struct qb_att_pdu *pdu)
{
	buf->done = answer_sent;
	buf->owner = att;
	att->responses++;
	send(att, buf, qb_att_encode(pdu, qb_buf_sdu(buf), QB_SDU_MAX));
}

void qb_att_answer(struct qb_att *att, const struct qb_att_pdu *rsp)
{
	struct qb_buf *buf = att->answer;

	att->answer = NULL;
	answer_send(att, buf, rsp);
}

void qb_att_error(struct qb_att *att, uint8_t request, uint16_t handle, uint8_t code)
{
	const struct qb_att_pdu rsp = {
	        .opcode = QB_ATT_ERROR_RSP,
	        .error = {.request = request, .handle = handle, .code = code},
	};

	qb_att_answer(att, &rsp);
}

/*
 * Who has asked for an MTU sends no values before the answer, as the peer could not know which one
 * they were made for (3.4.2.2).
 */
static bool is_exchanging(const struct qb_att *att)
{
	return att->request == QB_ATT_EXCHANGE_MTU_REQ;
}

/* The first buffer of a queue, or NULL. */
static struct qb_buf *pop(struct qb_buf **head, struct qb_buf ***tail)
{
	struct qb_buf *buf = *head;

	if (!buf)
		return NULL;
	*head = buf->next;
	if (!*head)
		*tail = head;
	buf->next = NULL;
	return buf;
}

static void push(struct qb_buf ***tail, struct qb_buf *buf)
{
	**tail = buf;
	*tail = &buf->next;
}

static size_t value_len(const struct qb_buf *buf)
{
	return buf->end - QB_BUF_HEADROOM;
}

/* The next indication goes out when the one before it is confirmed (3.4.7.2). */
static void pump_indications(struct qb_att *att)
{
	struct qb_buf *buf;

	if (att->indicating || att->dead || is_exchanging(att))
		return;
	buf = pop(&att->indications, &att->indications_tail);
	if (!buf)
		return;
	att->indicating = true;
	att->indication_done = buf->then;
	att->indication_user = buf->user;
	qb_timer_arm(att->timers, &att->indication_timer, QB_ATT_TIMEOUT_MSEC * QB_MSEC);
	send(att, buf, value_len(buf));
}

/* The end of what is in the air, and of the bearer. */

static void release_held(struct qb_att *att)
{
	struct qb_buf *buf;

	while (!att->dead && (buf = pop(&att->held, &att->held_tail))) {
		att->below++;
		send(att, buf, value_len(buf));
	}
	pump_indications(att);
}

static void end_request(struct qb_att *att, enum qb_att_outcome outcome,
                        const struct qb_att_pdu *pdu)
{
	bool exchanged = is_exchanging(att);

	if (!att->request)
		return;
	att->request = 0;
	qb_timer_cancel(att->timers, &att->request_timer);
	if (exchanged)
		release_held(att);
	att->reply(att->reply_user, outcome, pdu);
}

static void tell(struct qb_att *att, qb_buf_done_fn done, void *user, uint8_t status)
{
	att->waiting--;
	if (done)
		done(user, status);
}

static void end_indication(struct qb_att *att, uint8_t status)
{
	if (!att->indicating)
		return;
	att->indicating = false;
	qb_timer_cancel(att->timers, &att->indication_timer);
	tell(att, att->indication_done, att->indication_user, status);
}

static void drop_values(struct qb_att *att, struct qb_buf **head, struct qb_buf ***tail)
{
	struct qb_buf *buf;

	while ((buf = pop(head, tail))) {
		tell(att, buf->then, buf->user, att->why);
		qb_buf_free(att->l2cap->pool, buf);
	}
}

/* Ends say nothing of whose they are, so notifications end in their order. */
static void drop_held(struct qb_att *att)
{
	if (att->dead && !att->below)
		drop_values(att, &att->held, &att->held_tail);
}

static void end_bearer(struct qb_att *att, enum qb_att_outcome outcome, uint8_t status)
{
	if (!att->dead)
		att->why = status;
	att->dead = true;
	end_request(att, outcome, NULL);
	end_indication(att, status);
	drop_held(att);
	drop_values(att, &att->indications, &att->indications_tail);
}

/* A transaction that is not completed in 30 s has failed, and its bearer with it (3.3.3). */
static void on_timeout(void *user)
{
	struct qb_att *att = user;

	end_bearer(att, QB_ATT_TIMED_OUT, QB_HCI_E_LL_TIMEOUT);
	att->ops->timeout(att->user);
}

void qb_att_init(struct qb_att *att, struct qb_l2cap *l2cap, struct qb_timers *timers,
                 const struct qb_att_ops *ops, void *user)
{
	*att = (struct qb_att){
	        .l2cap = l2cap,
	        .timers = timers,
	        .ops = ops,
	        .user = user,
	        .mtu = QB_ATT_MTU_MIN,
	        .own_mtu = QB_ATT_MTU_DEFAULT,
	};
	att->indications_tail = &att->indications;
	att->held_tail = &att->held;
	qb_timer_init(&att->request_timer, on_timeout, att);
	qb_timer_init(&att->indication_timer, on_timeout, att);
}

void qb_att_done(struct qb_att *att, uint8_t reason)
{
	end_bearer(att, QB_ATT_LINK_ENDED, reason);
}

/* What we send. */

int qb_att_request(struct qb_att *att, const struct qb_att_pdu *pdu, qb_att_reply_fn reply,
                   void *user)
{
	struct qb_buf *buf;
	size_t len;

	if (att->dead)
		return -ENOTCONN;
	if (att->request)
		return -EBUSY;
	buf = qb_l2cap_buf(att->l2cap);
	if (!buf)
		return -ENOMEM;
	len = qb_att_encode(pdu, qb_buf_sdu(buf), att->mtu);
	if (!len) {
		qb_buf_free(att->l2cap->pool, buf);
		return -EMSGSIZE;
	}
	att->request = pdu->opcode;
	att->reply = reply;
	att->reply_user = user;
	qb_timer_arm(att->timers, &att->request_timer, QB_ATT_TIMEOUT_MSEC * QB_MSEC);
	send(att, buf, len);
	return 0;
}

static void value_sent(struct qb_buf *buf, uint8_t status)
{
	struct qb_att *att = buf->owner;

	tell(att, buf->then, buf->user, status);
	att->below--;
	drop_held(att);
}

/* A PDU of a handle and a value, its length in buf->end. */
static int value_new(struct qb_att *att, uint8_t opcode, uint16_t handle, const uint8_t *value,
                     size_t len, struct qb_buf **ret)
{
	const struct qb_att_pdu pdu = {
	        .opcode = opcode,
	        .attr = {.handle = handle, .value = value, .len = len},
	};
	struct qb_buf *buf;

	if (att->dead)
		return -ENOTCONN;
	buf = qb_l2cap_buf(att->l2cap);
	if (!buf)
		return -ENOMEM;
	len = qb_att_encode(&pdu, qb_buf_sdu(buf), att->mtu);
	if (!len) {
		qb_buf_free(att->l2cap->pool, buf);
		return -EMSGSIZE;
	}
	buf->owner = att;
	buf->end = (uint16_t)(QB_BUF_HEADROOM + len);
	att->waiting++;
	*ret = buf;
	return 0;
}

static int value_send(struct qb_att *att, uint8_t opcode, uint16_t handle, const uint8_t *value,
                      size_t len, qb_buf_done_fn done, void *user)
{
	struct qb_buf *buf;
	int r = value_new(att, opcode, handle, value, len, &buf);

	if (r < 0)
		return r;
	buf->done = value_sent;
	buf->then = done;
	buf->user = user;
	if (opcode == QB_ATT_HANDLE_VALUE_NTF && is_exchanging(att)) {
		push(&att->held_tail, buf);
	} else {
		att->below++;
		send(att, buf, value_len(buf));
	}
	return 0;
}

int qb_att_notify(struct qb_att *att, uint16_t handle, const uint8_t *value, size_t len,
                  qb_buf_done_fn done, void *user)
{
	return value_send(att, QB_ATT_HANDLE_VALUE_NTF, handle, value, len, done, user);
}

int qb_att_write_cmd(struct qb_att *att, uint16_t handle, const uint8_t *value, size_t len,
                     qb_buf_done_fn done, void *user)
{
	return value_send(att, QB_ATT_WRITE_CMD, handle, value, len, done, user);
}

int qb_att_indicate(struct qb_att *att, uint16_t handle, const uint8_t *value, size_t len,
                    qb_buf_done_fn done, void *user)
{
	struct qb_buf *buf;
	int r = value_new(att, QB_ATT_HANDLE_VALUE_IND, handle, value, len, &buf);

	if (r < 0)
		return r;
	buf->then = done;
	buf->user = user;
	push(&att->indications_tail, buf);
	pump_indications(att);
	return 0;
}

/* What the peer sends. */

/* A side that claims less than the minimum has the minimum nevertheless (3.4.2.1). */
static uint16_t agree_mtu(const struct qb_att *att, uint16_t asked)
{
	uint16_t mtu = asked < att->own_mtu ? asked : att->own_mtu;

	return mtu > QB_ATT_MTU_MIN ? mtu : QB_ATT_MTU_MIN;
}

static void settle_mtu(struct qb_att *att, uint16_t asked)
{
	att->mtu = agree_mtu(att, asked);
	att->ops->mtu(att->user, att->mtu);
}

static void answer_mtu(struct qb_att *att, uint16_t asked)
{
	const struct qb_att_pdu rsp = {
	        .opcode = QB_ATT_EXCHANGE_MTU_RSP,
	        /* Not simply our own: some clients take the answer for what was agreed. */
	        .mtu = agree_mtu(att, asked),
	};

	qb_att_answer(att, &rsp);
	settle_mtu(att, asked);
}

/* error: what is wrong with the request, or 0. */
static void receive_request(struct qb_att *att, const struct qb_att_pdu *pdu, uint8_t error)
{
	att->answer = answer_new(att);
	if (!att->answer)
		return;
	if (error)
		qb_att_error(att, pdu->opcode, 0, error);
	else if (pdu->opcode == QB_ATT_EXCHANGE_MTU_REQ)
		answer_mtu(att, pdu->mtu);
	else
		att->ops->request(att->user, pdu);
	/* At once and always, so that no request can come before the answer to another. */
	assert(!att->answer);
}

static void receive_response(struct qb_att *att, const struct qb_att_pdu *pdu, bool good)
{
	if (!att->request)
		return;
	if (pdu->opcode == QB_ATT_ERROR_RSP)
		good = good && pdu->error.request == att->request && pdu->error.code;
	else
		good = good && pdu->opcode == att->request + 1;
	if (good && pdu->opcode == QB_ATT_EXCHANGE_MTU_RSP)
		settle_mtu(att, pdu->mtu);
	end_request(att, good ? QB_ATT_ANSWERED : QB_ATT_BAD_ANSWER, good ? pdu : NULL);
}

/* Confirmed even if there is nothing in it for us, or the peer would wait (3.4.7.2). */
static void receive_indication(struct qb_att *att, const struct qb_att_pdu *pdu, bool good)
{
	const struct qb_att_pdu cfm = {.opcode = QB_ATT_HANDLE_VALUE_CFM};
	struct qb_buf *buf = answer_new(att);

	if (!buf)
		return;
	if (good)
		att->ops->value(att->user, pdu);
	answer_send(att, buf, &cfm);
}

static void receive_confirmation(struct qb_att *att, bool good)
{
	end_indication(att, good ? QB_HCI_E_SUCCESS : QB_HCI_E_UNSPECIFIED);
	pump_indications(att);
}

void qb_att_receive(struct qb_att *att, const uint8_t *sdu, size_t len)
{
	enum qb_att_result result;
	struct qb_att_pdu pdu;
	bool good;

	if (att->dead || !len)
		return;
	result = qb_att_decode(&pdu, sdu, len);
	good = result == QB_ATT_OK;
	switch (qb_att_kind(pdu.opcode)) {
	case QB_ATT_UNKNOWN:
		if (!(pdu.opcode & QB_ATT_COMMAND_FLAG))
			receive_request(att, &pdu, QB_ATT_E_REQUEST_NOT_SUPPORTED);
		break;
	case QB_ATT_REQUEST:
		receive_request(att, &pdu, good && len <= att->mtu ? 0 : QB_ATT_E_INVALID_PDU);
		break;
	case QB_ATT_RESPONSE: receive_response(att, &pdu, good); break;
	case QB_ATT_COMMAND:
		if (good && len <= att->mtu)
			att->ops->request(att->user, &pdu);
		break;
	case QB_ATT_NOTIFICATION:
		if (good)
			att->ops->value(att->user, &pdu);
		break;
	case QB_ATT_INDICATION: receive_indication(att, &pdu, good); break;
	case QB_ATT_CONFIRMATION: receive_confirmation(att, good); break;
	}
}
