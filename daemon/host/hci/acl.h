/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ACL data. Each link queues whole L2CAP PDUs; whenever the controller has a free buffer, the next
 * fragment is pulled from the next link in turn, so no buffer idles while data waits and a busy
 * link cannot starve the others.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/buf.h"
#include "util/list.h"
#include "util/timer.h"

struct qb_hci;

/* One fragment of incoming data; pb is its packet boundary flag. */
typedef void (*qb_acl_receive_fn)(void *user, uint8_t pb, const uint8_t *data, size_t len);

struct qb_acl_link {
	uint16_t handle;
	struct qb_hci *hci; /* NULL while detached */
	struct qb_pool *pool;
	struct qb_list elem;
	struct qb_list ready;        /* in the ring of links with something to send, or empty */
	struct qb_buf *head, **tail; /* not yet wholly sent, oldest first */
	struct qb_buf *sent, **sent_tail; /* wholly sent, not yet ended, oldest first */
	unsigned queued;                  /* buffers in head */
	unsigned in_flight;               /* fragments that the controller holds */
	bool forced; /* given up by the host, while the controller still has it */
	qb_acl_receive_fn receive;
	void *user;
};

#define QB_ACL_BUCKETS 32

struct qb_acl {
	struct qb_pool *pool;
	uint16_t mtu; /* payload of one ACL packet; 0 until the controller told */
	unsigned total;
	unsigned credits;
	struct qb_list ring;
	struct qb_list links[QB_ACL_BUCKETS];
	struct qb_list ghosts; /* struct ghost, of links that ended by force */
	struct qb_list early;  /* struct qb_early_acl, oldest first */
	unsigned early_count;
	struct qb_timer early_timer;
};

/* Buffer length and count from LE Read Buffer Size. */
void qb_acl_set_buffers(struct qb_hci *hci, uint16_t mtu, unsigned count);

/*
 * Binds a link to its connection handle. Data that came early is not delivered from within but at
 * the next turn of the timers, or before the next data of the handle.
 */
void qb_acl_attach(struct qb_hci *hci, struct qb_acl_link *link, uint16_t handle,
                   qb_acl_receive_fn receive, void *user);

/*
 * Ends the link: its queue ends with the reason, and its buffers at the controller count as free;
 * those of a link that was ended by force only once the controller gives them back or reports the
 * end of the connection, for it still has them.
 */
void qb_acl_detach(struct qb_acl_link *link, uint8_t reason);

/* The controller has reported the end of a connection. */
void qb_acl_disconnected(struct qb_hci *hci, uint16_t handle);

/*
 * Queues one L2CAP PDU, whose header stands right before the SDU in buf and which goes up to
 * buf->end. Takes buf. On a detached link it ends at once with QB_HCI_E_UNKNOWN_CONN.
 */
void qb_acl_queue(struct qb_acl_link *link, struct qb_buf *buf);

/* For hci.c: the parts of the controller's life and of its packets that concern ACL. */
void qb_acl_init(struct qb_hci *hci, struct qb_pool *pool);
void qb_acl_done(struct qb_hci *hci);
void qb_acl_input(struct qb_hci *hci, const uint8_t *data, size_t len);
void qb_acl_completed(struct qb_hci *hci, const uint8_t *param, size_t len);
