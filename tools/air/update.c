/* SPDX-License-Identifier: MIT */
/*
 * Connection parameters changed, from either end (Core 5.4, Vol 6, Part B, 5.1.1 and 5.1.7; Vol 4,
 * Part E, 7.8.18, 7.8.31 and 7.8.32). A peer whose host wants to be asked is asked; a peripheral
 * whose central's host does not is refused; a central then simply decides.
 */
#include "command.h"

#define INSTANT_EVENTS 6

static void complete_event(struct qa_link *link, uint8_t status)
{
	uint8_t p[9] = {status};

	qb_put_le16(p + 1, link->handle);
	qb_put_le16(p + 3, link->interval);
	qb_put_le16(p + 5, link->latency);
	qb_put_le16(p + 7, link->timeout);
	qa_le_event(link->c, QB_HCI_LE_CONN_UPDATE_COMPLETE, p, sizeof(p));
}

static void refuse(struct qa_link *link, uint8_t status)
{
	qa_proc_end(link, QA_PROC_UPDATE);
	complete_event(link, status);
}

/* Both ends switch at the same instant; the one that was not asked hears of changes only. */
static void apply(struct qa_link *link)
{
	struct qa_link *peer = link->peer;
	const struct qa_conn_params *want = &link->update;
	bool changed = want->interval_max != link->interval || want->latency != link->latency ||
	               want->timeout != link->timeout;

	qa_proc_end(link, QA_PROC_UPDATE);
	link->interval = peer->interval = want->interval_max;
	link->latency = peer->latency = want->latency;
	link->timeout = peer->timeout = want->timeout;
	link->anchor = peer->anchor = link->c->air->timers.now;
	complete_event(link, QB_HCI_E_SUCCESS);
	if (changed || peer->update_answered)
		complete_event(peer, QB_HCI_E_SUCCESS);
	peer->update_answered = false;
}

/* The request has reached the other end. */
static void ask(struct qa_link *link)
{
	struct qa_link *peer = link->peer;
	uint8_t p[10];

	if (!qa_le_event_wanted(peer->c, QB_HCI_LE_CONN_PARAM_REQUEST)) {
		if (link->role == QB_ROLE_CENTRAL)
			qa_proc_start(link, QA_PROC_UPDATE, INSTANT_EVENTS, apply);
		else
			refuse(link, QB_HCI_E_UNSUPPORTED_REMOTE);
		return;
	}
	peer->update_asked = true;
	qa_proc_wait(link, QA_PROC_UPDATE);
	qb_put_le16(p, peer->handle);
	qb_put_le16(p + 2, link->update.interval_min);
	qb_put_le16(p + 4, link->update.interval_max);
	qb_put_le16(p + 6, link->update.latency);
	qb_put_le16(p + 8, link->update.timeout);
	qa_le_event(peer->c, QB_HCI_LE_CONN_PARAM_REQUEST, p, sizeof(p));
}

static void collided(struct qa_link *link)
{
	refuse(link, QB_HCI_E_LL_COLLISION);
}

QA_COMMAND(le_conn_update)
{
	struct qa_link *link = qa_link_of(cmd);
	struct qa_conn_params params;

	if (!link)
		return QB_HCI_E_UNKNOWN_CONN;
	if (!qa_conn_params_get(cmd->p + 2, &params) ||
	    qb_get_le16(cmd->p + 10) > qb_get_le16(cmd->p + 12))
		return QB_HCI_E_INVALID_PARAM;
	if (link->procs[QA_PROC_UPDATE].active)
		return QB_HCI_E_DISALLOWED;
	link->update = params;
	qa_cmd_accept(cmd);
	/* When both ask at once the central's request survives (Vol 6, Part B, 5.3). */
	if (link->peer && link->peer->procs[QA_PROC_UPDATE].active) {
		if (link->role == QB_ROLE_PERIPHERAL) {
			qa_proc_start(link, QA_PROC_UPDATE, 1, collided);
			return QB_HCI_E_SUCCESS;
		}
		link->update_asked = link->update_answered = false;
		refuse(link->peer, QB_HCI_E_LL_COLLISION);
	}
	qa_proc_start(link, QA_PROC_UPDATE, 1, ask);
	return QB_HCI_E_SUCCESS;
}

QA_COMMAND(le_conn_param_reply)
{
	struct qa_link *link = qa_link_of(cmd);
	struct qa_conn_params params;

	if (!link)
		return QB_HCI_E_UNKNOWN_CONN;
	if (!qa_conn_params_get(cmd->p + 2, &params) ||
	    qb_get_le16(cmd->p + 10) > qb_get_le16(cmd->p + 12))
		return QB_HCI_E_INVALID_PARAM;
	if (!link->update_asked)
		return QB_HCI_E_DISALLOWED;
	link->update_asked = false;
	qa_cmd_accept(cmd);
	if (!link->peer)
		return QB_HCI_E_SUCCESS;
	link->update_answered = true;
	link->peer->update = params;
	qa_proc_start(link->peer, QA_PROC_UPDATE, INSTANT_EVENTS, apply);
	return QB_HCI_E_SUCCESS;
}

QA_COMMAND(le_conn_param_neg_reply)
{
	struct qa_link *link = qa_link_of(cmd);
	struct qa_link *peer;

	if (!link)
		return QB_HCI_E_UNKNOWN_CONN;
	if (!link->update_asked)
		return QB_HCI_E_DISALLOWED;
	link->update_asked = false;
	peer = link->peer;
	qa_cmd_accept(cmd);
	if (!peer)
		return QB_HCI_E_SUCCESS;
	/* A central that is told that its peer cannot be asked decides alone. */
	if (peer->role == QB_ROLE_CENTRAL && cmd->p[2] == QB_HCI_E_UNSUPPORTED_REMOTE)
		qa_proc_start(peer, QA_PROC_UPDATE, INSTANT_EVENTS, apply);
	else
		refuse(peer, cmd->p[2]);
	return QB_HCI_E_SUCCESS;
}
