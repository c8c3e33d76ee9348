/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Connecting as central (Core 5.4, Vol 4, Part E, 7.8.12, 7.8.13 and 7.8.66). A controller creates
 * one connection at a time, so pending peers take turns at it: an absent one does not keep the
 * others waiting.
 */
#include "host/gap/gap-internal.h"

#include <errno.h>
#include <stdlib.h>

/* A peer's turn while others wait, and the pause before a failed attempt is repeated. */
#define TURN        (1 * QB_SEC)
#define RETRY_PAUSE (100 * QB_MSEC)

/* What we propose: 30 to 50 ms, no latency, 4.2 s until the link counts as lost. */
#define SCAN_INTERVAL       0x0060
#define SCAN_WINDOW         0x0060
#define INTERVAL_MIN        24
#define INTERVAL_MAX        40
#define SUPERVISION_TIMEOUT 420

struct qb_connect {
	struct qb_list elem;
	struct qb_host *host;
	struct qb_addr peer;
	struct qb_timer deadline;
	bool cancelled;
	bool given_up; /* cancelled or out of time, while the controller is still at it */
	uint8_t status;
};

static void run(struct qb_host *host);

/* One that is out of time is pending until that is told; a cancelled one no more. */
static struct qb_connect *find(const struct qb_host *host, const struct qb_addr *peer)
{
	qb_list_foreach(elem, &host->gap.connects)
	{
		struct qb_connect *connect = qb_list_entry(elem, struct qb_connect, elem);

		if (qb_addr_equal(&connect->peer, peer) && !connect->cancelled)
			return connect;
	}
	return NULL;
}

/* Takes a pending connect off the list and frees it. */
static void drop(struct qb_connect *connect)
{
	struct qb_gap *gap = &connect->host->gap;

	if (gap->initiating == connect)
		gap->initiating = NULL;
	qb_timer_cancel(connect->host->timers, &connect->deadline);
	qb_list_remove(&connect->elem);
	gap->n_connects--;
	free(connect);
}

static void fail(struct qb_connect *connect, uint8_t status)
{
	struct qb_host *host = connect->host;
	struct qb_addr peer = connect->peer;

	drop(connect);
	host->ops->connect_failed(host->user, &peer, status);
}

static void on_cancelled(void *user, uint8_t status, const uint8_t *ret, size_t len)
{
	/*
	 * The attempt itself ends in a connection event, whatever the answer is here: Command
	 * Disallowed means that it has ended and its event is on the way.
	 */
}

static void cancel_attempt(struct qb_host *host)
{
	if (!host->gap.initiating || host->gap.cancelling)
		return;
	host->gap.cancelling = true;
	qb_hci_command(&host->hci, QB_HCI_LE_CREATE_CONN_CANCEL, NULL, 0, on_cancelled, host);
	/* Should that event never come, the turn timer goes on without it. */
	qb_timer_arm(host->timers, &host->gap.turn, QB_HCI_TIMEOUT_MSEC * QB_MSEC);
}

static void give_up(struct qb_connect *connect, uint8_t status)
{
	struct qb_host *host = connect->host;

	connect->status = status;
	if (host->gap.initiating != connect) {
		fail(connect, status);
		return;
	}
	connect->given_up = true;
	cancel_attempt(host);
}

static void on_deadline(void *user)
{
	give_up(user, QB_HCI_E_CONN_TIMEOUT);
}

static void attempt_over(struct qb_host *host)
{
	host->gap.initiating = NULL;
	host->gap.cancelling = false;
	qb_timer_cancel(host->timers, &host->gap.turn);
}

/* The attempt at the controller ended without a link. */
static void attempt_failed(struct qb_host *host, uint8_t status)
{
	struct qb_connect *connect = host->gap.initiating;

	attempt_over(host);
	if (connect->given_up) {
		fail(connect, connect->status);
	} else {
		switch (status) {
		case QB_HCI_E_UNKNOWN_CONN:         /* its turn was over */
		case QB_HCI_E_CONN_NOT_ESTABLISHED: /* it did not hear us this time */
		case QB_HCI_E_DISALLOWED:           /* the radio is at something else */
		case QB_HCI_E_CONTROLLER_BUSY:
		case QB_HCI_E_ADV_TIMEOUT:
			qb_list_remove(&connect->elem);
			qb_list_append(&host->gap.connects, &connect->elem);
			break;
		default: fail(connect, status);
		}
	}
	if (status == QB_HCI_E_UNKNOWN_CONN)
		run(host);
	else
		qb_timer_arm(host->timers, &host->gap.turn, RETRY_PAUSE);
}

static void on_turn(void *user)
{
	struct qb_host *host = user;

	if (!host->gap.initiating)
		run(host);
	else if (host->gap.cancelling)
		attempt_failed(host, QB_HCI_E_UNKNOWN_CONN);
	else if (host->gap.n_connects > 1)
		cancel_attempt(host);
	else
		qb_timer_arm(host->timers, &host->gap.turn, TURN);
}

static void on_status(void *user, uint8_t status, const uint8_t *ret, size_t len)
{
	struct qb_host *host = user;

	if (status && status != QB_HCI_ABORTED && host->gap.initiating)
		attempt_failed(host, status);
}

static void put_conn_param(uint8_t *p)
{
	qb_put_le16(p, INTERVAL_MIN);
	qb_put_le16(p + 2, INTERVAL_MAX);
	qb_put_le16(p + 6, SUPERVISION_TIMEOUT);
}

static void create(struct qb_host *host, const struct qb_addr *peer)
{
	uint8_t own = qb_gap_own_type(host, QB_ADDR_PUBLIC);
	uint8_t param[26] = {0};

	if (host->gap.extended) {
		param[1] = own;
		param[2] = peer->type;
		memcpy(param + 3, peer->b, 6);
		param[9] = QB_PHY_MASK_1M;
		qb_put_le16(param + 10, SCAN_INTERVAL);
		qb_put_le16(param + 12, SCAN_WINDOW);
		put_conn_param(param + 14);
		qb_hci_command(&host->hci, QB_HCI_LE_EXT_CREATE_CONN, param, 26, on_status, host);
	} else {
		qb_put_le16(param, SCAN_INTERVAL);
		qb_put_le16(param + 2, SCAN_WINDOW);
		param[5] = peer->type;
		memcpy(param + 6, peer->b, 6);
		param[12] = own;
		put_conn_param(param + 13);
		qb_hci_command(&host->hci, QB_HCI_LE_CREATE_CONN, param, 25, on_status, host);
	}
}

/* Gives the controller to the first pending peer if it is free. */
static void run(struct qb_host *host)
{
	if (!host->up || host->gap.initiating || qb_list_empty(&host->gap.connects))
		return;
	host->gap.initiating = qb_list_entry(host->gap.connects.next, struct qb_connect, elem);
	qb_timer_arm(host->timers, &host->gap.turn, TURN);
	create(host, &host->gap.initiating->peer);
}

int qb_gap_connect(struct qb_host *host, const struct qb_addr *peer, uint64_t timeout_usec)
{
	struct qb_gap *gap = &host->gap;
	struct qb_connect *connect;

	if (!host->up)
		return -ENETDOWN;
	if (qb_host_link_to(host, peer) || find(host, peer))
		return -EALREADY;
	if (gap->n_connects >= QB_CONNECT_PENDING_MAX ||
	    host->n_links + gap->n_connects >= QB_LINKS_MAX)
		return -EBUSY;
	connect = calloc(1, sizeof(*connect));
	if (!connect)
		return -ENOMEM;
	connect->host = host;
	connect->peer = *peer;
	qb_timer_init(&connect->deadline, on_deadline, connect);
	qb_timer_arm(host->timers, &connect->deadline, timeout_usec);
	gap->n_connects++;
	qb_list_append(&gap->connects, &connect->elem);
	if (!qb_timer_armed(&gap->turn))
		run(host);
	return 0;
}

int qb_gap_connect_cancel(struct qb_host *host, const struct qb_addr *peer)
{
	struct qb_connect *connect = find(host, peer);

	if (!connect)
		return -ENOENT;
	connect->cancelled = true;
	give_up(connect, QB_HCI_E_UNKNOWN_CONN);
	return 0;
}

bool qb_gap_connect_pending(const struct qb_host *host, const struct qb_addr *peer)
{
	return find(host, peer);
}

unsigned qb_gap_connects(const struct qb_host *host)
{
	return host->gap.n_connects;
}

/* Ends a link that nobody was told of. */
static void hang_up(struct qb_host *host, uint16_t handle)
{
	uint8_t param[3];

	qb_put_le16(param, handle);
	param[2] = QB_HCI_E_REMOTE_TERMINATED;
	qb_hci_command(&host->hci, QB_HCI_DISCONNECT, param, sizeof(param), NULL, NULL);
}

static void on_central(struct qb_host *host, const struct qb_hci_conn_complete *ev)
{
	struct qb_connect *connect = host->gap.initiating;
	struct qb_link *link;

	/* Somebody else's, of an attempt that was given up, must not pass for the one asked for. */
	if (!connect || (!ev->resolved && !qb_addr_equal(&ev->peer, &connect->peer))) {
		hang_up(host, ev->handle);
		return;
	}
	attempt_over(host);
	if (connect->given_up) {
		hang_up(host, ev->handle);
		fail(connect, connect->status);
	} else {
		link = qb_host_link_new(host, ev);
		if (link) {
			/* The address that was asked for, also where it is a resolved one. */
			link->peer = connect->peer;
			drop(connect);
			host->ops->connected(host->user, link);
		} else {
			hang_up(host, ev->handle);
			fail(connect, QB_HCI_E_CONN_LIMIT);
		}
	}
	run(host);
}

static void on_peripheral(struct qb_host *host, const struct qb_hci_conn_complete *ev)
{
	struct qb_link *link = qb_host_link_new(host, ev);

	if (!link)
		hang_up(host, ev->handle);
	/* Connectable advertising ends with the connection that it brought (Vol 4, E, 7.8.9). */
	qb_gap_adv_over(host, QB_HCI_E_SUCCESS);
	if (link)
		host->ops->connected(host->user, link);
}

/*
 * A handle is given again only when its link has ended (Vol 4, Part E, 7.7.5). Where that was not
 * told, the link of before ends now, and no octet of the new peer is taken for one of the old.
 */
static bool is_new(struct qb_host *host, const struct qb_hci_conn_complete *ev)
{
	struct qb_link *link = qb_host_link(host, ev->handle);

	if (link && link->role == ev->role && qb_addr_equal(&link->peer, &ev->peer))
		return false; /* said twice */
	if (link)
		qb_host_link_end(link, QB_HCI_E_UNSPECIFIED);
	return true;
}

void qb_gap_on_conn_complete(struct qb_host *host, const struct qb_hci_conn_complete *ev)
{
	if (!ev->status) {
		if (!is_new(host, ev))
			return;
		if (ev->role == QB_ROLE_CENTRAL)
			on_central(host, ev);
		else
			on_peripheral(host, ev);
	} else if (ev->status == QB_HCI_E_ADV_TIMEOUT && host->gap.advertising) {
		qb_gap_adv_over(host, ev->status); /* legacy directed advertising (7.7.65.1) */
	} else if (host->gap.initiating) {
		attempt_failed(host, ev->status);
	}
}

void qb_gap_setup(struct qb_host *host)
{
	qb_list_init(&host->gap.ops);
	qb_list_init(&host->gap.connects);
	qb_timer_init(&host->gap.turn, on_turn, host);
}

void qb_gap_lost(struct qb_host *host)
{
	struct qb_gap *gap = &host->gap;

	attempt_over(host);
	gap->advertising = gap->scanning = false;
	qb_gap_ops_abort(host);
	while (!qb_list_empty(&gap->connects))
		fail(qb_list_entry(gap->connects.next, struct qb_connect, elem), QB_HCI_ABORTED);
}
