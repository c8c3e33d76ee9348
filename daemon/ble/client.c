/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The GATT client's events: what each kind of procedure brings, and its one end (api.md, 4). The
 * calls that start them are in client-calls.c.
 */
#include "ble/client.h"

#include <stdlib.h>

#include "util/le.h"

/* What a procedure's end without an error of the peer is told as. */
enum rule {
	RULE_QUIET,    /* nothing, unless it brought nothing: then 37 */
	RULE_COMPLETE, /* always a 37, Attribute Not Found */
	RULE_VALUE,    /* its own event, which has come with the data */
	RULE_OWN,      /* its own event, now */
	RULE_MTU,      /* event 20, which has come by itself */
};

static const struct kind {
	const char *call;
	uint8_t event;
	enum rule rule;
} kinds[] = {
        [QB_KIND_AUTO_MTU] = {NULL, 0, RULE_MTU},
        [QB_KIND_EXCHANGE_MTU] = {"ExchangeMtu", 0, RULE_MTU},
        [QB_KIND_SERVICES] = {"DiscoverAllService", QB_EV_DISCOVER_SERVICE, RULE_QUIET},
        [QB_KIND_SERVICES_BY_UUID] = {"DiscoverByUUID", QB_EV_DISCOVER_SERVICE, RULE_QUIET},
        [QB_KIND_INCLUDES] = {"DiscoverAllIncludes", QB_EV_DISCOVER_CHARAS, RULE_COMPLETE},
        [QB_KIND_CHARAS] = {"DiscoverAllChara", QB_EV_DISCOVER_CHARAS, RULE_COMPLETE},
        [QB_KIND_DESCS] = {"DiscoverAllCharaDesc", QB_EV_DISCOVER_DESCS, RULE_QUIET},
        [QB_KIND_READ_BY_UUID] = {"ReadCharaByUUID", QB_EV_CHARA_READ_BY_UUID, RULE_VALUE},
        [QB_KIND_READ] = {"ReadCharaByHandle", QB_EV_CHARA_READ, RULE_VALUE},
        [QB_KIND_READ_DESC] = {"ReadCharaDesc", QB_EV_DESC_READ, RULE_VALUE},
        [QB_KIND_READ_MULTI] = {"ReadMultiChara", QB_EV_CHARA_MULTI_READ, RULE_VALUE},
        [QB_KIND_WRITE] = {"WriteChara", QB_EV_CHARA_WRITE, RULE_OWN},
        [QB_KIND_WRITE_NO_RSP] = {"WriteCharaNoRsp", QB_EV_CHARA_WRITE_NO_RSP, RULE_OWN},
        [QB_KIND_WRITE_DESC] = {"WriteCharaDesc", QB_EV_DESC_WRITE, RULE_OWN},
};

/* ATT error codes that we tell for the peer. */
enum {
	NOT_FOUND = 0x0a,
	UNLIKELY = 0x0e,
	INSUFFICIENT_RESOURCES = 0x11,
};

/* A call that ends without a word to the peer, in its turn. */
struct answer {
	struct qb_list elem;
	unsigned tag;
	unsigned ahead; /* procedures that end before it; commands do when the controller likes */
	uint8_t code;   /* of its event 37; 0: event 20 with the MTU in force */
};

/* A tag says what kind of procedure it is and which handle it is about. */
unsigned qb_client_tag(enum qb_client_kind kind, uint16_t handle)
{
	return kind | (unsigned)handle << 8;
}

static const struct kind *kind_of(unsigned tag)
{
	return &kinds[tag & 0xff];
}

static void tell(struct qb_conn *conn, unsigned tag, struct qb_event *event)
{
	if (tag >> QB_ERA_SHIFT != conn->era)
		return;
	event->call = kind_of(tag)->call;
	event->handle = tag >> 8 & 0xffff;
	qb_conn_emit(conn, QB_CLIENT, event);
}

static void tell_error(struct qb_conn *conn, unsigned tag, uint8_t code)
{
	tell(conn, tag, &(struct qb_event){.id = QB_EV_ATT_ERROR, .u = {code}});
}

static void tell_answers(struct qb_conn *conn)
{
	while (!qb_list_empty(&conn->answers)) {
		struct answer *first = qb_list_entry(conn->answers.next, struct answer, elem);
		struct answer answer = *first;

		if (answer.ahead)
			return;
		qb_list_remove(&first->elem);
		conn->n_answers--;
		free(first);
		if (answer.code)
			tell_error(conn, answer.tag, answer.code);
		else
			qb_conn_mtu(conn, conn->link->att.mtu);
	}
}

bool qb_client_answer(struct qb_conn *conn, unsigned tag, uint8_t code, struct qb_pending *pending)
{
	struct answer *answer = malloc(sizeof(*answer));

	if (!answer)
		return false;
	tag |= (unsigned)conn->era << QB_ERA_SHIFT;
	*answer = (struct answer){.tag = tag, .ahead = conn->procs, .code = code};
	qb_list_append(&conn->answers, &answer->elem);
	conn->n_answers++;
	qb_call_ok(pending);
	tell_answers(conn);
	return true;
}

static uint8_t error_code(unsigned end)
{
	switch (end) {
	case QB_GATT_NO_MEMORY: return INSUFFICIENT_RESOURCES;
	case QB_GATT_BAD_RESPONSE:
	case QB_GATT_TIMEOUT:
	case QB_GATT_LINK_LOST: return UNLIKELY;
	default: return (uint8_t)end;
	}
}

static void tell_end(struct qb_conn *conn, unsigned tag, unsigned end, unsigned found)
{
	const struct kind *kind = kind_of(tag);

	switch (kind->rule) {
	case RULE_QUIET:
		if (!found && !end)
			end = NOT_FOUND;
		/* Services end without a word; descriptors tell the peer's error, if it was one. */
		if (found && end == NOT_FOUND && kind->event == QB_EV_DISCOVER_SERVICE)
			end = QB_GATT_OK;
		break;
	case RULE_COMPLETE:
		if (!end)
			end = NOT_FOUND;
		break;
	case RULE_VALUE:
		if (found)
			return;
		if (!end)
			tell(conn, tag, &(struct qb_event){.id = kind->event});
		break;
	case RULE_OWN:
		if (!end)
			tell(conn, tag, &(struct qb_event){.id = kind->event});
		break;
	case RULE_MTU: break;
	}
	if (end)
		tell_error(conn, tag, error_code(end));
}

static void on_service(void *user, unsigned tag, uint16_t start, uint16_t end,
                       const struct qb_uuid *uuid)
{
	struct qb_conn *conn = ((struct qb_link *)user)->user;

	if (!conn)
		return;
	conn->found++;
	tell(conn, tag,
	     &(struct qb_event){
	             .id = QB_EV_DISCOVER_SERVICE,
	             .u = {start, end, qb_get_le16(uuid->b + 12)},
	             .uuid = *uuid,
	     });
}

static void on_data(void *user, unsigned tag, const uint8_t *data, size_t len)
{
	struct qb_conn *conn = ((struct qb_link *)user)->user;

	if (!conn)
		return;
	conn->found++;
	tell(conn, tag, &(struct qb_event){.id = kind_of(tag)->event, .data = data, .len = len});
}

/* What waits behind the procedure that has ended is one nearer to its turn. */
static void end_turn(struct qb_conn *conn)
{
	conn->procs--;
	qb_list_foreach(elem, &conn->answers)
	{
		struct answer *answer = qb_list_entry(elem, struct answer, elem);

		if (answer->ahead)
			answer->ahead--;
	}
}

static void on_done(void *user, unsigned tag, unsigned end)
{
	struct qb_conn *conn = ((struct qb_link *)user)->user;
	unsigned found;

	if (!conn)
		return;
	found = conn->found;
	/* A command waits for the controller only, while the next procedure goes on. */
	if ((tag & 0xff) != QB_KIND_WRITE_NO_RSP) {
		conn->found = 0;
		end_turn(conn);
	}
	if ((tag & 0xff) == QB_KIND_AUTO_MTU) {
		/* Refused or not, the app may begin; unless the link is lost, which event 17 tells.
		 */
		if (end != QB_GATT_LINK_LOST && end != QB_GATT_TIMEOUT)
			qb_conn_ready(conn);
	} else {
		tell_end(conn, tag, end, found);
	}
	tell_answers(conn);
}

static void on_value(void *user, bool indication, uint16_t handle, const uint8_t *data, size_t len)
{
	struct qb_conn *conn = ((struct qb_link *)user)->user;
	uint8_t octets[2 + QB_VALUE_MAX];

	if (!conn || len > QB_VALUE_MAX)
		return;
	qb_put_le16(octets, handle);
	if (len)
		memcpy(octets + 2, data, len);
	qb_conn_emit(conn, QB_CLIENT,
	             &(struct qb_event){
	                     .id = indication ? QB_EV_RECV_INDICATION : QB_EV_RECV_NOTIFICATION,
	                     .data = octets,
	                     .len = 2 + len,
	                     .handle = handle,
	             });
}

const struct qb_gatt_client_ops qb_client_ops = {
        .service = on_service,
        .data = on_data,
        .done = on_done,
        .value = on_value,
};

void qb_client_init(struct qb_conn *conn)
{
	qb_list_init(&conn->answers);
}

static void drop_answers(struct qb_conn *conn)
{
	struct qb_list *elem;

	while ((elem = qb_list_pop(&conn->answers)))
		free(qb_list_entry(elem, struct answer, elem));
	conn->n_answers = 0;
}

void qb_client_done(struct qb_conn *conn)
{
	drop_answers(conn);
}

void qb_client_release(struct qb_conn *conn)
{
	drop_answers(conn);
	conn->era++;
}

void qb_client_begin(struct qb_conn *conn)
{
	const struct qb_ble_config *config = &conn->ble->config;
	struct qb_gatt_proc_args args = {
	        .type = QB_PROC_EXCHANGE_MTU,
	        .tag = qb_client_tag(QB_KIND_AUTO_MTU, 0),
	        .mtu = config->mtu,
	};

	if (conn->link->role != QB_ROLE_CENTRAL || !config->auto_mtu ||
	    config->mtu == QB_ATT_MTU_MIN)
		return;
	conn->procs++;
	conn->mtu_asked = !qb_gatt_client_start(&conn->link->client, &args);
	if (!conn->mtu_asked)
		conn->procs--;
}
