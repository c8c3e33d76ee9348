/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The GATT client's calls: discover…, read…, write…, ReadMultiChara, ExchangeMtu. */
#include <errno.h>

#include "ble/client.h"

/* What we tell for the peer, as it would answer (Core 5.4, Vol 3, Part F, 3.4.1.1). */
#define ATT_INVALID_HANDLE 0x01

/* The connection of a client call, args[0], or NULL if the call has been ended. */
static struct qb_conn *conn_of(struct qb_pending *pending, const struct qb_value *args)
{
	if (!qb_ble_is_started(pending, QB_CLIENT))
		return NULL;
	return qb_conn_find(pending, args[0].u);
}

static bool has_room(const struct qb_conn *conn)
{
	return conn->link->client.queued + conn->n_answers < QB_PROC_QUEUE_MAX;
}

static void queue_full(struct qb_pending *pending, const struct qb_conn *conn)
{
	qb_call_fail(pending, QB_ERR_LIMIT_EXCEEDED,
	             "connect_id %u: %d calls are waiting for the peer already", conn->id,
	             QB_PROC_QUEUE_MAX);
}

/* What one Write Request or Write Command carries. */
static unsigned write_room(const struct qb_conn *conn)
{
	return conn->link->att.mtu - 3u;
}

static void does_not_fit(struct qb_pending *pending, const struct qb_conn *conn,
                         const struct qb_gatt_proc_args *args)
{
	unsigned mtu = conn->link->att.mtu;

	switch (args->type) {
	case QB_PROC_WRITE_LONG:
		qb_call_fail(pending, QB_ERR_TOO_LONG,
		             "data is %zu bytes long from offset %u on, allowed are %u in all",
		             args->len, args->offset, QB_VALUE_MAX);
		break;
	case QB_PROC_READ_MULTIPLE:
		qb_call_fail(pending, QB_ERR_TOO_LONG,
		             "handles is %zu bytes long, allowed are 4..%u: the MTU of connect_id "
		             "%u is %u",
		             args->len, mtu - 1, conn->id, mtu);
		break;
	default:
		qb_call_fail(pending, QB_ERR_TOO_LONG,
		             "data is %zu bytes long, allowed are 0..%u: the MTU of connect_id %u "
		             "is %u%s",
		             args->len, write_room(conn), conn->id, mtu,
		             args->type == QB_PROC_WRITE ? "; is_long 1 writes more" : "");
	}
}

static bool start(struct qb_conn *conn, enum qb_client_kind kind, struct qb_gatt_proc_args *args,
                  struct qb_pending *pending)
{
	int r = -EBUSY;

	args->tag = qb_client_tag(kind, args->start) | (unsigned)conn->era << QB_ERA_SHIFT;
	if (has_room(conn)) {
		/* Counted before, since it may end at once. */
		conn->procs += kind != QB_KIND_WRITE_NO_RSP;
		r = qb_gatt_client_start(&conn->link->client, args);
		if (r)
			conn->procs -= kind != QB_KIND_WRITE_NO_RSP;
	}
	switch (r) {
	case 0: qb_call_ok(pending); return true;
	case -EBUSY: queue_full(pending, conn); break;
	case -EMSGSIZE: does_not_fit(pending, conn, args); break;
	case -ENOTCONN:
		qb_call_fail(pending, QB_ERR_NOT_CONNECTED,
		             "connect_id %u: the peer stopped answering", conn->id);
		break;
	case -EINVAL:
		qb_call_fail(pending, QB_ERR_INVALID_ARGUMENT,
		             "start_handle 0x%04x and end_handle 0x%04x are no range", args->start,
		             args->end);
		break;
	default: qb_call_fail(pending, QB_ERR_FAILED, "out of memory");
	}
	return false;
}

/* Accepts a call that needs no procedure. */
static void answer(struct qb_conn *conn, unsigned tag, uint8_t code, struct qb_pending *pending)
{
	if (!has_room(conn))
		queue_full(pending, conn);
	else if (!qb_client_answer(conn, tag, code, pending))
		qb_call_fail(pending, QB_ERR_FAILED, "out of memory");
}

/* A call over a range of handles: a reversed one is the app's way to ask for nothing. */
static void start_range(struct qb_conn *conn, enum qb_client_kind kind,
                        struct qb_gatt_proc_args *args, struct qb_pending *pending)
{
	if (args->start <= args->end)
		start(conn, kind, args, pending);
	else
		answer(conn, qb_client_tag(kind, args->start), ATT_INVALID_HANDLE, pending);
}

static void run_range(enum qb_client_kind kind, enum qb_gatt_proc_type type,
                      const struct qb_value *args, struct qb_pending *pending)
{
	struct qb_conn *conn = conn_of(pending, args);
	struct qb_gatt_proc_args proc = {
	        .type = type,
	        .start = (uint16_t)args[1].u,
	        .end = (uint16_t)args[2].u,
	};

	if (conn)
		start_range(conn, kind, &proc, pending);
}

void qb_run_discover_all_service(struct qb_ble *ble, const struct qb_value *args,
                                 struct qb_pending *pending)
{
	struct qb_gatt_proc_args proc = {.type = QB_PROC_DISCOVER_SERVICES};
	struct qb_conn *conn = conn_of(pending, args);

	if (conn)
		start(conn, QB_KIND_SERVICES, &proc, pending);
}

void qb_run_discover_by_uuid(struct qb_ble *ble, const struct qb_value *args,
                             struct qb_pending *pending)
{
	struct qb_gatt_proc_args proc = {.type = QB_PROC_DISCOVER_BY_UUID};
	struct qb_conn *conn;

	if (!qb_arg_uuid(pending, args + 1, &proc.uuid))
		return;
	conn = conn_of(pending, args);
	if (conn)
		start(conn, QB_KIND_SERVICES_BY_UUID, &proc, pending);
}

void qb_run_discover_all_includes(struct qb_ble *ble, const struct qb_value *args,
                                  struct qb_pending *pending)
{
	run_range(QB_KIND_INCLUDES, QB_PROC_DISCOVER_INCLUDES, args, pending);
}

void qb_run_discover_all_chara(struct qb_ble *ble, const struct qb_value *args,
                               struct qb_pending *pending)
{
	run_range(QB_KIND_CHARAS, QB_PROC_DISCOVER_CHARAS, args, pending);
}

void qb_run_discover_all_chara_desc(struct qb_ble *ble, const struct qb_value *args,
                                    struct qb_pending *pending)
{
	run_range(QB_KIND_DESCS, QB_PROC_DISCOVER_DESCS, args, pending);
}

void qb_run_read_chara_by_uuid(struct qb_ble *ble, const struct qb_value *args,
                               struct qb_pending *pending)
{
	struct qb_gatt_proc_args proc = {
	        .type = QB_PROC_READ_BY_UUID,
	        .start = (uint16_t)args[1].u,
	        .end = (uint16_t)args[2].u,
	};
	struct qb_conn *conn;

	if (!qb_arg_uuid(pending, args + 3, &proc.uuid))
		return;
	conn = conn_of(pending, args);
	if (conn)
		start_range(conn, QB_KIND_READ_BY_UUID, &proc, pending);
}

static void run_read(enum qb_client_kind kind, const struct qb_value *args, uint32_t offset,
                     bool is_long, struct qb_pending *pending)
{
	struct qb_gatt_proc_args proc = {
	        .type = is_long ? QB_PROC_READ_LONG : QB_PROC_READ,
	        .start = (uint16_t)args[1].u,
	        .offset = (uint16_t)offset,
	};
	struct qb_conn *conn = conn_of(pending, args);

	if (conn)
		start(conn, kind, &proc, pending);
}

void qb_run_read_chara_by_handle(struct qb_ble *ble, const struct qb_value *args,
                                 struct qb_pending *pending)
{
	run_read(QB_KIND_READ, args, args[2].u, args[3].u, pending);
}

void qb_run_read_chara_desc(struct qb_ble *ble, const struct qb_value *args,
                            struct qb_pending *pending)
{
	run_read(QB_KIND_READ_DESC, args, 0, args[2].u, pending);
}

void qb_run_read_multi_chara(struct qb_ble *ble, const struct qb_value *args,
                             struct qb_pending *pending)
{
	struct qb_gatt_proc_args proc = {
	        .type = QB_PROC_READ_MULTIPLE,
	        .data = args[1].data,
	        .len = args[1].len,
	};
	struct qb_conn *conn;

	if (args[1].len % 2) {
		qb_call_fail(pending, QB_ERR_INVALID_ARGUMENT,
		             "handles is %zu bytes long, must be two for each handle", args[1].len);
		return;
	}
	conn = conn_of(pending, args);
	if (conn)
		start(conn, QB_KIND_READ_MULTI, &proc, pending);
}

void qb_run_write_chara(struct qb_ble *ble, const struct qb_value *args, struct qb_pending *pending)
{
	const struct qb_value *data = &args[4];
	uint32_t offset = args[2].u;
	bool is_long = args[3].u;
	struct qb_gatt_proc_args proc = {
	        .type = is_long || offset ? QB_PROC_WRITE_LONG : QB_PROC_WRITE,
	        .start = (uint16_t)args[1].u,
	        .offset = (uint16_t)offset,
	        .data = data->data,
	        .len = data->len,
	};
	struct qb_conn *conn = conn_of(pending, args);

	if (conn)
		start(conn, QB_KIND_WRITE, &proc, pending);
}

void qb_run_write_chara_no_rsp(struct qb_ble *ble, const struct qb_value *args,
                               struct qb_pending *pending)
{
	struct qb_gatt_proc_args proc = {
	        .type = QB_PROC_WRITE_CMD,
	        .start = (uint16_t)args[1].u,
	        .data = args[2].data,
	        .len = args[2].len,
	};
	struct qb_conn *conn = conn_of(pending, args);

	if (conn)
		start(conn, QB_KIND_WRITE_NO_RSP, &proc, pending);
}

void qb_run_write_chara_desc(struct qb_ble *ble, const struct qb_value *args,
                             struct qb_pending *pending)
{
	struct qb_gatt_proc_args proc = {
	        .type = QB_PROC_WRITE,
	        .start = (uint16_t)args[1].u,
	        .data = args[2].data,
	        .len = args[2].len,
	};
	struct qb_conn *conn = conn_of(pending, args);

	if (!conn)
		return;
	if (proc.len > write_room(conn))
		proc.type = QB_PROC_WRITE_LONG;
	start(conn, QB_KIND_WRITE_DESC, &proc, pending);
}

void qb_run_exchange_mtu(struct qb_ble *ble, const struct qb_value *args,
                         struct qb_pending *pending)
{
	struct qb_gatt_proc_args proc = {
	        .type = QB_PROC_EXCHANGE_MTU,
	        .mtu = (uint16_t)args[1].u,
	};
	struct qb_conn *conn = conn_of(pending, args);

	if (!conn)
		return;
	/* A client may ask once a connection (Core 5.4, Vol 3, Part F, 3.4.2.1): it has. */
	if (conn->mtu_asked)
		answer(conn, qb_client_tag(QB_KIND_EXCHANGE_MTU, 0), 0, pending);
	else
		conn->mtu_asked = start(conn, QB_KIND_EXCHANGE_MTU, &proc, pending);
}
