/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ACL data: fragments pulled by the controller's free buffers, their completion, and the way of
 * incoming fragments to their link (Core 5.4, Vol 4, Part E, 4.1 and 5.4.2).
 */
#include "host/hci/acl.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "host/hci/hci.h"
#include "host/limits.h"
#include "util/le.h"

/* What stands before the payload of a packet: H4 indicator and ACL header. */
#define PREFIX (1 + QB_HCI_ACL_HDR)

/* Where the PDU starts in a buffer. */
#define PDU_START (QB_BUF_HEADROOM - 4)
_Static_assert(PDU_START == PREFIX, "the first fragment's headers fill the headroom");

/* Data that came before its connection event. */
struct qb_early_acl {
	struct qb_list elem;
	uint64_t deadline;
	uint16_t handle;
	uint8_t pb;
	size_t len;
	uint8_t data[];
};

/* The buffers that the controller holds of a link which the host has given up before it did. */
struct ghost {
	struct qb_list elem;
	uint16_t handle;
	unsigned in_flight;
};

static struct qb_list *bucket(struct qb_hci *hci, uint16_t handle)
{
	return &hci->acl.links[handle % QB_ACL_BUCKETS];
}

static struct qb_acl_link *find(struct qb_hci *hci, uint16_t handle)
{
	struct qb_list *head = bucket(hci, handle);

	qb_list_foreach(elem, head)
	{
		struct qb_acl_link *link = qb_list_entry(elem, struct qb_acl_link, elem);

		if (link->handle == handle)
			return link;
	}
	return NULL;
}

static void end(struct qb_pool *pool, struct qb_buf *buf, uint8_t status)
{
	if (buf->done)
		buf->done(buf, status);
	qb_buf_free(pool, buf);
}

static void give_back(struct qb_acl *acl, unsigned count)
{
	acl->credits = count < acl->total - acl->credits ? acl->credits + count : acl->total;
}

static struct ghost *find_ghost(struct qb_acl *acl, uint16_t handle)
{
	qb_list_foreach(elem, &acl->ghosts)
	{
		struct ghost *ghost = qb_list_entry(elem, struct ghost, elem);

		if (ghost->handle == handle)
			return ghost;
	}
	return NULL;
}

static void free_ghost(struct ghost *ghost)
{
	qb_list_remove(&ghost->elem);
	free(ghost);
}

/* False if memory is out. */
static bool remember_ghost(struct qb_acl *acl, const struct qb_acl_link *link)
{
	struct ghost *ghost = malloc(sizeof(*ghost));

	if (!ghost)
		return false;
	ghost->handle = link->handle;
	ghost->in_flight = link->in_flight;
	qb_list_append(&acl->ghosts, &ghost->elem);
	return true;
}

/* Hands the next fragment of the link's first buffer to the controller. */
static void send_fragment(struct qb_hci *hci, struct qb_acl_link *link)
{
	struct qb_buf *buf = link->head;
	uint16_t left = buf->end - buf->pos;
	uint16_t len = left < hci->acl.mtu ? left : hci->acl.mtu;
	uint8_t pb = buf->pos == PDU_START ? QB_ACL_START_NO_FLUSH : QB_ACL_CONTINUE;
	/* The octets before pos are headroom or were sent already: the header goes over them. */
	uint8_t *packet = buf->data + buf->pos - PREFIX;

	packet[0] = QB_H4_ACL;
	qb_put_le16(packet + 1, (uint16_t)(link->handle | pb << 12));
	qb_put_le16(packet + 3, len);
	buf->pos += len;
	buf->fragments++;
	link->in_flight++;
	hci->acl.credits--;
	if (buf->pos == buf->end) {
		link->head = buf->next;
		if (!link->head)
			link->tail = &link->head;
		link->queued--;
		buf->next = NULL;
		*link->sent_tail = buf;
		link->sent_tail = &buf->next;
	}
	if (link->head)
		qb_list_append(&hci->acl.ring, &link->ready);
	hci->ops->send(hci->user, packet, PREFIX + len);
}

static void pump(struct qb_hci *hci)
{
	struct qb_acl *acl = &hci->acl;

	while (!hci->dead && acl->credits && acl->mtu && !qb_list_empty(&acl->ring))
		send_fragment(hci,
		              qb_list_entry(qb_list_pop(&acl->ring), struct qb_acl_link, ready));
}

void qb_acl_set_buffers(struct qb_hci *hci, uint16_t mtu, unsigned count)
{
	struct qb_acl *acl = &hci->acl;
	unsigned held = acl->total - acl->credits;

	acl->mtu = mtu;
	acl->total = count;
	acl->credits = count > held ? count - held : 0;
	pump(hci);
}

void qb_acl_queue(struct qb_acl_link *link, struct qb_buf *buf)
{
	struct qb_hci *hci = link->hci;

	assert(buf->end >= QB_BUF_HEADROOM && buf->end <= sizeof(buf->data));
	if (!hci) {
		end(link->pool, buf, QB_HCI_E_UNKNOWN_CONN);
		return;
	}
	buf->pos = PDU_START;
	buf->next = NULL;
	*link->tail = buf;
	link->tail = &buf->next;
	link->queued++;
	if (link->head == buf)
		qb_list_append(&hci->acl.ring, &link->ready);
	pump(hci);
}

static void free_early(struct qb_acl *acl, struct qb_early_acl *early)
{
	qb_list_remove(&early->elem);
	acl->early_count--;
	free(early);
}

/* The oldest early data of a handle, or NULL. */
static struct qb_early_acl *find_early(struct qb_acl *acl, uint16_t handle)
{
	qb_list_foreach(elem, &acl->early)
	{
		struct qb_early_acl *early = qb_list_entry(elem, struct qb_early_acl, elem);

		if (early->handle == handle)
			return early;
	}
	return NULL;
}

/* Some controllers deliver data before the event that tells of its connection: wait for that. */
static void hold_early(struct qb_hci *hci, uint16_t handle, uint8_t pb, const uint8_t *data,
                       size_t len)
{
	struct qb_acl *acl = &hci->acl;
	struct qb_early_acl *early;

	if (acl->early_count >= QB_EARLY_ACL_MAX)
		return;
	early = malloc(sizeof(*early) + len);
	if (!early)
		return;
	early->deadline = hci->timers->now + QB_EARLY_ACL_MSEC * QB_MSEC;
	early->handle = handle;
	early->pb = pb;
	early->len = len;
	memcpy(early->data, data, len);
	qb_list_append(&acl->early, &early->elem);
	acl->early_count++;
	if (!qb_timer_armed(&acl->early_timer))
		qb_timer_arm(hci->timers, &acl->early_timer, QB_EARLY_ACL_MSEC * QB_MSEC);
}

static void deliver_early(struct qb_hci *hci, uint16_t handle)
{
	struct qb_early_acl *early;
	struct qb_acl_link *link;

	/* The receiver may end the link, which takes the rest of its early data along. */
	while ((link = find(hci, handle)) && (early = find_early(&hci->acl, handle))) {
		qb_list_remove(&early->elem);
		hci->acl.early_count--;
		link->receive(link->user, early->pb, early->data, early->len);
		free(early);
	}
}

/* Delivers what has found its link by now, and drops what waited too long for one. */
static void early_due(void *user)
{
	struct qb_hci *hci = user;
	struct qb_acl *acl = &hci->acl;
	struct qb_list *elem = acl->early.next;

	while (elem != &acl->early) {
		struct qb_early_acl *early = qb_list_entry(elem, struct qb_early_acl, elem);

		elem = elem->next;
		if (find(hci, early->handle)) {
			deliver_early(hci, early->handle);
			elem = acl->early.next;
		} else if (early->deadline <= hci->timers->now) {
			free_early(acl, early);
		}
	}
	if (!qb_list_empty(&acl->early) && !qb_timer_armed(&acl->early_timer))
		qb_timer_arm(hci->timers, &acl->early_timer,
		             qb_list_entry(acl->early.next, struct qb_early_acl, elem)->deadline -
		                     hci->timers->now);
}

void qb_acl_attach(struct qb_hci *hci, struct qb_acl_link *link, uint16_t handle,
                   qb_acl_receive_fn receive, void *user)
{
	*link = (struct qb_acl_link){
	        .handle = handle,
	        .hci = hci,
	        .pool = hci->acl.pool,
	        .receive = receive,
	        .user = user,
	};
	link->tail = &link->head;
	link->sent_tail = &link->sent;
	qb_list_init(&link->ready);
	/* A controller that gives the handle to a new connection has ended the old one. */
	qb_acl_disconnected(hci, handle);
	qb_list_append(bucket(hci, handle), &link->elem);
	if (find_early(&hci->acl, handle))
		qb_timer_arm(hci->timers, &hci->acl.early_timer, 0);
}

void qb_acl_detach(struct qb_acl_link *link, uint8_t reason)
{
	struct qb_hci *hci = link->hci;
	struct qb_early_acl *early;
	struct qb_pool *pool = link->pool;
	struct qb_buf *sent, *head;

	if (!hci)
		return;
	link->hci = NULL;
	qb_list_remove(&link->elem);
	qb_list_remove(&link->ready);
	while ((early = find_early(&hci->acl, link->handle)))
		free_early(&hci->acl, early);
	/* What the controller held of a link that is gone it has thrown away (4.3). */
	if (!link->forced || !link->in_flight || !remember_ghost(&hci->acl, link))
		give_back(&hci->acl, link->in_flight);
	link->in_flight = link->queued = 0;
	sent = link->sent;
	head = link->head;
	link->sent = link->head = NULL;
	pump(hci);
	/* From here on callbacks may free the link. */
	while (sent || head) {
		struct qb_buf **list = sent ? &sent : &head, *buf = *list;

		*list = buf->next;
		end(pool, buf, buf->fragments || buf->pos < buf->end ? reason : 0);
	}
}

void qb_acl_disconnected(struct qb_hci *hci, uint16_t handle)
{
	struct ghost *ghost = find_ghost(&hci->acl, handle);

	if (!ghost)
		return;
	give_back(&hci->acl, ghost->in_flight);
	free_ghost(ghost);
	pump(hci);
}

static void complete_ghost(struct qb_hci *hci, uint16_t handle, unsigned count)
{
	struct ghost *ghost = find_ghost(&hci->acl, handle);

	if (!ghost)
		return;
	if (count > ghost->in_flight)
		count = ghost->in_flight;
	ghost->in_flight -= count;
	give_back(&hci->acl, count);
}

/* Counts fragments of one link as completed, oldest first; the buffers are ended later. */
static void complete(struct qb_hci *hci, struct qb_acl_link *link, unsigned count)
{
	struct qb_buf *buf = link->sent;

	/* A controller that takes back more than it was given is not believed. */
	if (count > link->in_flight)
		count = link->in_flight;
	link->in_flight -= count;
	give_back(&hci->acl, count);
	while (count--) {
		while (buf && !buf->fragments)
			buf = buf->next;
		if (!buf)
			buf = link->head;
		buf->fragments--;
	}
}

/* Ends the buffers of a handle whose last fragment was completed. */
static void end_completed(struct qb_hci *hci, uint16_t handle)
{
	struct qb_acl_link *link;

	/* The link is looked up anew each time: ending a buffer may end the link. */
	while ((link = find(hci, handle)) && link->sent && !link->sent->fragments) {
		struct qb_buf *buf = link->sent;

		link->sent = buf->next;
		if (!link->sent)
			link->sent_tail = &link->sent;
		end(link->pool, buf, 0);
	}
}

/* Number of handles, then handle and count of each (7.7.19). */
void qb_acl_completed(struct qb_hci *hci, const uint8_t *param, size_t len)
{
	size_t n = len ? (len - 1) / 4 : 0;

	if (n && param[0] < n)
		n = param[0];
	for (size_t i = 0; i < n; i++) {
		const uint8_t *p = param + 1 + 4 * i;
		uint16_t handle = QB_ACL_HANDLE(qb_get_le16(p));
		struct qb_acl_link *link = find(hci, handle);

		if (link)
			complete(hci, link, qb_get_le16(p + 2));
		else
			complete_ghost(hci, handle, qb_get_le16(p + 2));
	}
	/* All of the controller's room is filled again before anybody upstairs takes their time. */
	pump(hci);
	for (size_t i = 0; i < n; i++)
		end_completed(hci, QB_ACL_HANDLE(qb_get_le16(param + 1 + 4 * i)));
}

void qb_acl_input(struct qb_hci *hci, const uint8_t *data, size_t len)
{
	struct qb_acl_link *link;
	uint16_t handle;
	uint8_t pb;

	if (len < QB_HCI_ACL_HDR || len != (size_t)QB_HCI_ACL_HDR + qb_get_le16(data + 2))
		return;
	handle = QB_ACL_HANDLE(qb_get_le16(data));
	pb = QB_ACL_PB(qb_get_le16(data));
	data += QB_HCI_ACL_HDR;
	len -= QB_HCI_ACL_HDR;
	if (hci->acl.early_count)
		deliver_early(hci, handle);
	if (hci->dead)
		return;
	link = find(hci, handle);
	if (link)
		link->receive(link->user, pb, data, len);
	else
		hold_early(hci, handle, pb, data, len);
}

void qb_acl_init(struct qb_hci *hci, struct qb_pool *pool)
{
	struct qb_acl *acl = &hci->acl;

	*acl = (struct qb_acl){.pool = pool};
	qb_list_init(&acl->ring);
	for (int i = 0; i < QB_ACL_BUCKETS; i++)
		qb_list_init(&acl->links[i]);
	qb_list_init(&acl->ghosts);
	qb_list_init(&acl->early);
	qb_timer_init(&acl->early_timer, early_due, hci);
}

void qb_acl_done(struct qb_hci *hci)
{
	struct qb_acl *acl = &hci->acl;

	qb_timer_cancel(hci->timers, &acl->early_timer);
	while (!qb_list_empty(&acl->ghosts))
		free_ghost(qb_list_entry(acl->ghosts.next, struct ghost, elem));
	while (!qb_list_empty(&acl->early))
		free_early(acl, qb_list_entry(acl->early.next, struct qb_early_acl, elem));
}
