/* SPDX-License-Identifier: MIT */
/* Links: how they begin, end and get lost, and the commands that read them. */
#include "command.h"

#include <stdlib.h>
#include <string.h>

struct qa_link *qa_link_find(struct qa_controller *c, uint16_t handle)
{
	return handle < c->config.max_links ? c->links[handle] : NULL;
}

struct qa_link *qa_link_of(struct qa_cmd *cmd)
{
	return qa_link_find(cmd->c, qb_get_le16(cmd->p));
}

bool qa_linked_to(const struct qa_controller *c, const struct qb_addr *id)
{
	for (unsigned i = 0; c->link_count && i < c->config.max_links; i++) {
		if (c->links[i] && qb_addr_equal(&c->links[i]->id, id))
			return true;
	}
	return false;
}

uint64_t qa_link_timeout(const struct qa_link *link)
{
	return link->timeout * QA_UNIT_10MS;
}

static void supervision_expired(void *user)
{
	struct qa_link *link = user;
	bool asked = link->procs[QA_PROC_TERMINATE].active;

	qa_link_close(link, asked ? QB_HCI_E_LOCAL_TERMINATED : link->lost_reason);
}

/*
 * The lowest free handle, so that hosts meet handle 0 and handles that come again. A host that has
 * not read that a link ended may still send to it, and that must not reach another one.
 */
struct qa_link *qa_link_new(struct qa_controller *c, uint8_t role)
{
	struct qa_link *link;
	uint16_t handle = 0;

	if (!qa_out_pending(c))
		memset(c->spent, 0, c->config.max_links * sizeof(*c->spent));
	while (handle < c->config.max_links && (c->links[handle] || c->spent[handle]))
		handle++;
	if (handle == c->config.max_links)
		return NULL;
	link = calloc(1, sizeof(*link));
	if (!link)
		return NULL;
	link->c = c;
	link->handle = handle;
	link->role = role;
	link->tx_octets = c->def_tx_octets;
	link->tx_time = c->def_tx_time;
	link->eff_tx_octets = link->eff_rx_octets = QA_DATA_OCTETS_MIN;
	link->eff_tx_time = link->eff_rx_time = QA_DATA_TIME_MIN;
	link->tx_phys = c->def_tx_phys;
	link->rx_phys = c->def_rx_phys;
	qb_timer_init(&link->supervision, supervision_expired, link);
	qa_procs_init(link);
	qa_acl_link_init(link);
	qa_pace_init(link);
	c->links[handle] = link;
	c->link_count++;
	return link;
}

void qa_link_discard(struct qa_link *link)
{
	struct qa_controller *c = link->c;
	struct qb_timers *timers = &c->air->timers;

	qb_timer_cancel(timers, &link->supervision);
	qb_timer_cancel(timers, &link->event);
	for (unsigned i = 0; i < QA_PROC_COUNT; i++)
		qb_timer_cancel(timers, &link->procs[i].timer);
	qa_acl_link_done(link);
	c->links[link->handle] = NULL;
	c->spent[link->handle] = true;
	c->link_count--;
	free(link);
}

void qa_link_join(struct qa_link *central, struct qa_link *peripheral)
{
	struct qa_link *ends[2] = {central, peripheral};

	central->peer = peripheral;
	peripheral->peer = central;
	central->anchor = central->c->air->timers.now + central->interval * QA_UNIT_1250;
	for (unsigned i = 0; i < 2; i++) {
		uint8_t p[3] = {0, 0, 1}; /* algorithm #2 (Vol 6, Part B, 4.5.8.3) */

		qb_put_le16(p, ends[i]->handle);
		qa_le_event(ends[i]->c, QB_HCI_LE_CHANNEL_SELECTION, p, sizeof(p));
	}
}

static void part(struct qa_link *link)
{
	struct qa_link *peer = link->peer;

	if (!peer)
		return;
	link->peer = peer->peer = NULL;
	qb_timer_cancel(&link->c->air->timers, &link->event);
	qb_timer_cancel(&peer->c->air->timers, &peer->event);
	link->exchanging = peer->exchanging = false;
}

static void watch(struct qa_link *link, uint8_t reason, uint64_t after)
{
	link->lost_reason = reason;
	qb_timer_arm(&link->c->air->timers, &link->supervision, after);
}

static void report_and_free(struct qa_link *link, uint8_t reason)
{
	struct qa_controller *c = link->c;
	uint8_t p[4] = {QB_HCI_E_SUCCESS};

	qb_put_le16(p + 1, link->handle);
	p[3] = reason;
	qa_link_discard(link);
	qa_event(c, QB_HCI_EV_DISCONNECT_COMPLETE, p, sizeof(p));
}

void qa_link_lose(struct qa_link *link, uint8_t reason, uint64_t after)
{
	struct qa_link *peer = link->peer;

	part(link);
	watch(link, reason, after);
	if (peer)
		watch(peer, QB_HCI_E_CONN_TIMEOUT, qa_link_timeout(peer));
}

void qa_link_close(struct qa_link *link, uint8_t reason)
{
	struct qa_link *peer = link->peer;

	part(link);
	if (peer)
		watch(peer, QB_HCI_E_CONN_TIMEOUT, qa_link_timeout(peer));
	report_and_free(link, reason);
}

void qa_link_close_both(struct qa_link *link, uint8_t reason, uint8_t peer_reason)
{
	struct qa_link *peer = link->peer;

	part(link);
	report_and_free(link, reason);
	if (peer)
		report_and_free(peer, peer_reason);
}

void qa_links_lose(struct qa_controller *c)
{
	for (unsigned i = 0; i < c->config.max_links; i++) {
		struct qa_link *link = c->links[i];

		if (link && link->peer)
			qa_link_lose(link, QB_HCI_E_CONN_TIMEOUT, qa_link_timeout(link));
	}
}

void qa_links_reset(struct qa_controller *c)
{
	qa_links_lose(c);
	for (unsigned i = 0; i < c->config.max_links; i++) {
		if (c->links[i])
			qa_link_discard(c->links[i]);
	}
}

static void terminated(struct qa_link *link)
{
	qa_link_close_both(link, QB_HCI_E_LOCAL_TERMINATED, link->reason);
}

QA_COMMAND(disconnect)
{
	struct qa_link *link = qa_link_of(cmd);
	uint8_t reason = cmd->p[2];

	if (!link)
		return QB_HCI_E_UNKNOWN_CONN;
	switch (reason) {
	case QB_HCI_E_AUTH_FAILURE:
	case QB_HCI_E_REMOTE_TERMINATED:
	case QB_HCI_E_REMOTE_LOW_RESOURCES:
	case QB_HCI_E_REMOTE_POWER_OFF:
	case QB_HCI_E_UNSUPPORTED_REMOTE:
	case QB_HCI_E_UNIT_KEY:
	case QB_HCI_E_UNACCEPTABLE_PARAM: break;
	default: return QB_HCI_E_INVALID_PARAM;
	}
	if (link->procs[QA_PROC_TERMINATE].active)
		return QB_HCI_E_DISALLOWED;
	link->reason = reason;
	qa_cmd_accept(cmd);
	qa_proc_start(link, QA_PROC_TERMINATE, 1, terminated);
	return QB_HCI_E_SUCCESS;
}

QA_COMMAND(read_rssi)
{
	struct qa_link *link = qa_link_of(cmd);

	if (!link)
		return QB_HCI_E_UNKNOWN_CONN;
	cmd->ret[2] = link->peer ? (uint8_t)qa_rssi(link->peer->c) : QB_RSSI_UNKNOWN;
	return QB_HCI_E_SUCCESS;
}

QA_COMMAND(read_tx_power)
{
	if (!qa_link_of(cmd))
		return QB_HCI_E_UNKNOWN_CONN;
	if (cmd->p[2] > 1)
		return QB_HCI_E_INVALID_PARAM;
	cmd->ret[2] = QA_TX_POWER;
	return QB_HCI_E_SUCCESS;
}

/* The central decides the map of a link. */
QA_COMMAND(le_read_channel_map)
{
	struct qa_link *link = qa_link_of(cmd);
	struct qa_link *central;

	if (!link)
		return QB_HCI_E_UNKNOWN_CONN;
	central = link->role == QB_ROLE_PERIPHERAL && link->peer ? link->peer : link;
	memcpy(cmd->ret + 2, central->c->channel_map, 5);
	return QB_HCI_E_SUCCESS;
}
