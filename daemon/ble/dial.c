/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Connecting: connect and cancelConnect, and the accept list that filters refer to. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ble/conn.h"

/* A Connect call that was accepted. The host keeps the same in its own order. */
struct dial {
	struct qb_list elem;
	struct qb_addr peer;
	bool cancelled;
	bool silent; /* its event 16 was told already, or nobody is left to be told */
};

static struct dial *dial_of(struct qb_list *elem)
{
	return qb_list_entry(elem, struct dial, elem);
}

static void tell_failed(struct qb_ble *ble, const struct qb_addr *peer, uint8_t status)
{
	status = qb_ble_status_code(status);
	qb_ble_emit(ble, QB_CLIENT,
	            &(struct qb_event){
	                    .id = QB_EV_CONNECT,
	                    .status = status,
	                    .u = {QB_CONNECT_ID_FAILED},
	                    .addr = *peer,
	                    .role = QB_ROLE_CENTRAL,
	                    .reason = status,
	            });
}

bool qb_dial_take(struct qb_ble *ble, const struct qb_addr *peer)
{
	qb_list_foreach(elem, &ble->dials)
	{
		struct dial *dial = dial_of(elem);
		bool told = dial->silent;

		if (!qb_addr_equal(&dial->peer, peer))
			continue;
		qb_list_remove(elem);
		free(dial);
		return !told;
	}
	return false;
}

void qb_conn_failed(struct qb_ble *ble, const struct qb_addr *peer, uint8_t status)
{
	if (qb_dial_take(ble, peer))
		tell_failed(ble, peer, status);
	qb_stop_check(ble);
}

static struct dial *find(struct qb_ble *ble, const uint8_t *addr)
{
	qb_list_foreach(elem, &ble->dials)
	{
		struct dial *dial = dial_of(elem);
		uint8_t display[6];

		qb_addr_to_display(&dial->peer, display);
		if (!dial->cancelled && (!addr || memcmp(display, addr, 6) == 0))
			return dial;
	}
	return NULL;
}

void qb_dials_cancel(struct qb_ble *ble, const uint8_t *addr)
{
	struct dial *dial;

	/* Looked for anew each time: a cancel may end, and free, its dial at once. */
	while ((dial = find(ble, addr))) {
		struct qb_addr peer = dial->peer;

		dial->cancelled = true;
		qb_gap_connect_cancel(ble->host, &peer);
	}
}

void qb_dials_abandon(struct qb_ble *ble)
{
	qb_list_foreach(elem, &ble->dials)
	{
		struct dial *dial = dial_of(elem);

		if (dial->silent)
			continue;
		dial->silent = true;
		tell_failed(ble, &dial->peer, QB_HCI_E_CANCELLED_BY_HOST);
	}
}

void qb_dials_release(struct qb_ble *ble)
{
	qb_list_foreach(elem, &ble->dials) dial_of(elem)->silent = true;
}

static void refuse(struct qb_pending *pending, int error)
{
	switch (error) {
	case -EBUSY:
		qb_call_fail(pending, QB_ERR_LIMIT_EXCEEDED,
		             "too many connections: at most %d may be pending, and %d in all",
		             QB_CONNECT_PENDING_MAX, QB_LINKS_MAX);
		break;
	case -ENETDOWN: qb_call_end_hci(pending, QB_HCI_ABORTED); break;
	default: qb_call_fail(pending, QB_ERR_FAILED, "%s", strerror(-error));
	}
}

void qb_run_connect(struct qb_ble *ble, const struct qb_value *args, struct qb_pending *pending)
{
	struct qb_addr peer = qb_arg_addr(&args[0], &args[1]);
	char text[QB_ADDR_STR_SIZE];
	struct qb_link *link;
	struct dial *dial;
	int r;

	if (!qb_ble_is_started(pending, QB_CLIENT))
		return;
	link = qb_host_link_to(ble->host, &peer);
	if (link && link->ending) {
		qb_call_fail(pending, QB_ERR_BUSY,
		             "the connection to %s is being ended; connect again after event 17",
		             qb_addr_str(&peer, text));
		return;
	}
	dial = calloc(1, sizeof(*dial));
	if (!dial) {
		qb_call_fail(pending, QB_ERR_FAILED, "out of memory");
		return;
	}
	dial->peer = peer;
	qb_list_append(&ble->dials, &dial->elem);
	r = qb_gap_connect(ble->host, &peer, ble->config.connect_timeout * QB_SEC);
	if (r) {
		qb_list_remove(&dial->elem);
		free(dial);
	}
	if (!r || r == -EALREADY)
		qb_call_ok(pending);
	else
		refuse(pending, r);
}

void qb_run_cancel_connect(struct qb_ble *ble, const struct qb_value *args,
                           struct qb_pending *pending)
{
	struct qb_addr peer = qb_addr_from_display(0, args[0].data);
	char text[QB_ADDR_STR_SIZE];
	uint8_t addr[6];

	if (!qb_ble_is_started(pending, QB_CLIENT))
		return;
	if (!find(ble, args[0].data)) {
		qb_call_fail(pending, QB_ERR_NOT_FOUND, "no connection to %s is pending",
		             qb_addr_str(&peer, text));
		return;
	}
	memcpy(addr, args[0].data, sizeof(addr));
	qb_call_ok(pending);
	qb_dials_cancel(ble, addr);
}

static void end_call(void *user, uint8_t status)
{
	qb_call_end_hci(user, status);
}

void qb_run_accept_list_add(struct qb_ble *ble, const struct qb_value *args,
                            struct qb_pending *pending)
{
	struct qb_addr addr = qb_arg_addr(&args[0], &args[1]);

	if (qb_ble_is_started(pending, QB_ANY_ROLE))
		qb_gap_accept_list_add(ble->host, &addr, end_call, pending);
}

void qb_run_accept_list_remove(struct qb_ble *ble, const struct qb_value *args,
                               struct qb_pending *pending)
{
	struct qb_addr addr = qb_arg_addr(&args[0], &args[1]);

	if (qb_ble_is_started(pending, QB_ANY_ROLE))
		qb_gap_accept_list_remove(ble->host, &addr, end_call, pending);
}

void qb_run_accept_list_clear(struct qb_ble *ble, const struct qb_value *args,
                              struct qb_pending *pending)
{
	if (qb_ble_is_started(pending, QB_ANY_ROLE))
		qb_gap_accept_list_clear(ble->host, end_call, pending);
}
