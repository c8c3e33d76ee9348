/* SPDX-License-Identifier: MIT */
/*
 * Data on its way from one host to the other: the controller's ACL buffers, the PDUs that the data
 * length cuts them into, and the credits that go back when the other host has taken them (Core 5.4,
 * Vol 4, Part E, 4.1.1, 4.2 and 5.4.2).
 */
#include "command.h"

/* A host with this much before it gets no more data; the rest waits at the sender. */
#define ROOM (16 * 1024)

#define COMPLETED_PER_EVENT 63

/* Number Of Completed Packets for all links, batched; disconnected ones have taken theirs along. */
static void report_completed(void *user)
{
	struct qa_controller *c = user;
	uint8_t p[1 + 4 * COMPLETED_PER_EVENT] = {0};

	qb_timer_cancel(&c->air->timers, &c->completed_timer);
	c->acl_used -= c->completed;
	for (unsigned i = 0; c->completed && i < c->config.max_links; i++) {
		struct qa_link *link = c->links[i];
		uint8_t *entry = p + 1 + 4 * p[0];

		if (!link || !link->completed)
			continue;
		qb_put_le16(entry, link->handle);
		qb_put_le16(entry + 2, (uint16_t)link->completed);
		c->completed -= link->completed;
		link->completed = 0;
		if (++p[0] == COMPLETED_PER_EVENT) {
			qa_event(c, QB_HCI_EV_NUM_COMPLETED, p, 1 + 4 * (size_t)p[0]);
			p[0] = 0;
		}
	}
	if (p[0])
		qa_event(c, QB_HCI_EV_NUM_COMPLETED, p, 1 + 4 * (size_t)p[0]);
}

void qa_acl_init(struct qa_controller *c)
{
	qb_list_init(&c->acl_free);
	for (unsigned i = 0; i < c->config.acl_buffers; i++)
		qb_list_append(&c->acl_free, &c->acl_bufs[i].elem);
	qb_timer_init(&c->completed_timer, report_completed, c);
}

/* The links are gone by now, and every buffer is free. */
void qa_acl_reset(struct qa_controller *c)
{
	qb_timer_cancel(&c->air->timers, &c->completed_timer);
	c->host_flow = false;
	c->host_len = 0;
	c->host_total = c->host_used = 0;
}

static void pump_timer(void *user)
{
	qa_acl_pump(user);
}

void qa_acl_link_init(struct qa_link *link)
{
	qb_list_init(&link->tx);
	qb_timer_init(&link->tx_timer, pump_timer, link);
}

/* The host counts what it had sent on a link that ended as completed (4.3). */
void qa_acl_link_done(struct qa_link *link)
{
	struct qa_controller *c = link->c;
	struct qb_list *elem;

	qb_timer_cancel(&c->air->timers, &link->tx_timer);
	while ((elem = qb_list_pop(&link->tx))) {
		qb_list_append(&c->acl_free, elem);
		c->acl_used--;
	}
	c->acl_used -= link->completed;
	c->completed -= link->completed;
	c->host_used -= link->host_held;
	if (link->rx_waiting)
		c->rx_waiting--;
}

static void complete(struct qa_link *link, struct qa_acl_buf *buf)
{
	struct qa_controller *c = link->c;

	qb_list_remove(&buf->elem);
	qb_list_append(&c->acl_free, &buf->elem);
	link->completed++;
	c->completed++;
	/* Half the buffers at once keep a busy host busy; few of them are told in the next round.
	 */
	if (c->completed * 2 >= c->config.acl_buffers)
		report_completed(c);
	else if (!qb_timer_armed(&c->completed_timer))
		qb_timer_arm(&c->air->timers, &c->completed_timer, 0);
}

static struct qa_acl_buf *head(const struct qa_link *link)
{
	return qb_list_empty(&link->tx) ? NULL
	                                : qb_list_entry(link->tx.next, struct qa_acl_buf, elem);
}

static size_t next_len(const struct qa_link *link, const struct qa_acl_buf *buf)
{
	size_t len = buf->len - buf->pos;

	return len < link->eff_tx_octets ? len : link->eff_tx_octets;
}

size_t qa_acl_sendable(struct qa_link *link)
{
	struct qa_acl_buf *buf = head(link);
	struct qa_link *peer = link->peer;
	struct qa_controller *to;

	if (!buf || !peer || link->paused)
		return 0;
	to = peer->c;
	if (!qa_out_room(to, ROOM) || (to->host_flow && to->host_used >= to->host_total)) {
		if (!peer->rx_waiting) {
			peer->rx_waiting = true;
			to->rx_waiting++;
		}
		return 0;
	}
	return next_len(link, buf);
}

/* One packet for a host: no longer than it said that it can take. */
static bool give(struct qa_link *to, uint8_t pb, const uint8_t *data, size_t len)
{
	struct qa_controller *c = to->c;
	uint8_t packet[1 + QB_HCI_ACL_HDR + QA_DATA_OCTETS_MAX] = {QB_H4_ACL};

	qb_put_le16(packet + 1, (uint16_t)(to->handle | pb << 12));
	qb_put_le16(packet + 3, (uint16_t)len);
	memcpy(packet + 5, data, len);
	if (!qa_out_put(c, packet, 5 + len))
		return false;
	c->acl_to_host++;
	if (c->host_flow) {
		c->host_used++;
		to->host_held++;
	}
	return true;
}

/* The next PDU, of which qa_acl_sendable() has said that it can go. */
void qa_acl_send(struct qa_link *link)
{
	struct qa_acl_buf *buf = head(link);
	uint16_t host_len = link->peer->c->host_len;
	size_t len = next_len(link, buf);

	while (len) {
		size_t part = host_len && host_len < len ? host_len : len;
		uint8_t pb = buf->start && !buf->pos ? QB_ACL_START : QB_ACL_CONTINUE;

		if (!give(link->peer, pb, buf->data + buf->pos, part))
			qa_warn(link->peer->c, "out of memory: data for handle %u is lost",
			        link->peer->handle);
		buf->pos = (uint16_t)(buf->pos + part);
		len -= part;
	}
	if (buf->pos == buf->len)
		complete(link, buf);
}

void qa_acl_pump(struct qa_link *link)
{
	struct qb_timers *timers = &link->c->air->timers;

	if (link->c->air->weather.realtime) {
		qa_pace_kick(link);
		return;
	}
	while (qa_acl_sendable(link)) {
		uint64_t due = head(link)->due;

		if (due > timers->now) {
			qb_timer_arm(timers, &link->tx_timer, due - timers->now);
			return;
		}
		qa_acl_send(link);
	}
}

void qa_acl_resume(struct qa_controller *c)
{
	unsigned max = c->config.max_links;

	if (!c->rx_waiting)
		return;
	/* A link after another, starting with a different one each time. */
	c->next_pump = (c->next_pump + 1) % max;
	for (unsigned i = 0; i < max && c->rx_waiting; i++) {
		struct qa_link *link = c->links[(c->next_pump + i) % max];

		if (!link || !link->rx_waiting)
			continue;
		link->rx_waiting = false;
		c->rx_waiting--;
		if (link->peer)
			qa_acl_pump(link->peer);
	}
}

/* When the packet has crossed, with what got lost sent again an interval later. */
static bool schedule(struct qa_link *link, struct qa_acl_buf *buf)
{
	struct qa_air *air = link->c->air;
	unsigned loss = air->weather.loss_permille;
	uint64_t interval = link->interval * QA_UNIT_1250, extra = 0;
	uint64_t due = air->timers.now + qa_air_latency(air);
	struct qb_list *prev = link->tx.prev;

	for (size_t pos = 0; loss && pos < buf->len; pos += link->eff_tx_octets) {
		uint64_t retries = 0;

		while (qa_chance(air, loss)) {
			retries += interval;
			if (retries >= qa_link_timeout(link))
				return false;
		}
		extra += retries;
	}
	if (prev != &link->tx) {
		uint64_t before = qb_list_entry(prev, struct qa_acl_buf, elem)->due;

		if (due < before)
			due = before;
	}
	buf->due = due + extra;
	return true;
}

void qa_acl_input(struct qa_controller *c, const uint8_t *p, size_t len)
{
	uint16_t field = qb_get_le16(p);
	uint8_t pb = QB_ACL_PB(field);
	struct qa_link *link = qa_link_find(c, QB_ACL_HANDLE(field));
	struct qa_acl_buf *buf;
	bool crosses = true;

	p += QB_HCI_ACL_HDR;
	len -= QB_HCI_ACL_HDR;
	c->acl_from_host++;
	/* It crossed with the end of its link, which is nobody's fault. */
	if (!link)
		return;
	if (len > c->config.acl_len) {
		qa_warn(c, "ACL packet of %zu octets, but the buffers have %u", len,
		        c->config.acl_len);
		return;
	}
	if (!len || pb > QB_ACL_START || field >> 14) {
		qa_warn(c, "ACL packet with header 0x%04x and %zu octets is dropped", field, len);
		return;
	}
	if (c->acl_used == c->config.acl_buffers) {
		uint8_t type = 0x01; /* ACL */

		qa_warn(c, "more ACL packets than the %u buffers", c->config.acl_buffers);
		qa_event(c, QB_HCI_EV_BUFFER_OVERFLOW, &type, 1);
		return;
	}
	buf = qb_list_entry(qb_list_pop(&c->acl_free), struct qa_acl_buf, elem);
	c->acl_used++;
	buf->len = (uint16_t)len;
	buf->pos = 0;
	buf->start = pb != QB_ACL_CONTINUE;
	buf->due = 0;
	memcpy(buf->data, p, len);
	if (link->peer && !c->air->weather.realtime)
		crosses = schedule(link, buf);
	qb_list_append(&link->tx, &buf->elem);
	if (!crosses)
		qa_link_lose(link, QB_HCI_E_CONN_TIMEOUT, qa_link_timeout(link));
	else if (link->peer)
		qa_acl_pump(link);
}

QA_COMMAND(set_host_flow)
{
	if (cmd->p[0] > 3)
		return QB_HCI_E_INVALID_PARAM;
	if (cmd->c->link_count)
		return QB_HCI_E_DISALLOWED;
	cmd->c->host_flow = cmd->p[0] & 1;
	return QB_HCI_E_SUCCESS;
}

QA_COMMAND(host_buffer_size)
{
	uint16_t len = qb_get_le16(cmd->p), total = qb_get_le16(cmd->p + 3);

	if (len < QA_DATA_OCTETS_MIN || !total)
		return QB_HCI_E_INVALID_PARAM;
	cmd->c->host_len = len;
	cmd->c->host_total = total;
	return QB_HCI_E_SUCCESS;
}

/* Never answered unless it is wrong (7.3.40). */
QA_COMMAND(host_num_completed)
{
	struct qa_controller *c = cmd->c;
	const uint8_t *entry = cmd->p + 1;

	if (cmd->len != 1 + 4 * (size_t)cmd->p[0])
		return QB_HCI_E_INVALID_PARAM;
	for (unsigned i = 0; i < cmd->p[0]; i++, entry += 4) {
		struct qa_link *link = qa_link_find(c, qb_get_le16(entry));
		unsigned count = qb_get_le16(entry + 2);

		if (!link)
			continue;
		if (count > link->host_held)
			count = link->host_held;
		link->host_held -= count;
		c->host_used -= count;
	}
	qa_acl_resume(c);
	return QB_HCI_E_SUCCESS;
}
