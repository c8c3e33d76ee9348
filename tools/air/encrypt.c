/* SPDX-License-Identifier: MIT */
/*
 * Encryption of links (Core 5.4, Vol 6, Part B, 5.1.3). Nothing is enciphered on this air: the two
 * hosts' long term keys are compared, and what follows is what follows on a real one. Also LE
 * Encrypt, which is real.
 */
#include "command.h"

QA_COMMAND(le_encrypt)
{
	qa_aes(cmd->c->air, cmd->p, cmd->p + 16, cmd->ret);
	return QB_HCI_E_SUCCESS;
}

/* Data rests while a link changes over (5.1.3.1). */
static void pause_data(struct qa_link *link, bool pause)
{
	struct qa_link *peer = link->peer;

	link->paused = peer->paused = pause;
	if (pause)
		return;
	qa_acl_pump(link);
	qa_acl_pump(peer);
}

static void report(struct qa_link *link, uint8_t status)
{
	uint8_t p[4] = {status};

	qb_put_le16(p + 1, link->handle);
	if (link->encrypted && status == QB_HCI_E_SUCCESS) {
		qa_event(link->c, QB_HCI_EV_KEY_REFRESH, p, 3);
		return;
	}
	p[3] = status == QB_HCI_E_SUCCESS;
	qa_event(link->c, QB_HCI_EV_ENCRYPT_CHANGE, p, 4);
}

/* link is the central's end in all that follows. */
static void complete(struct qa_link *link)
{
	struct qa_link *peer = link->peer;

	qa_proc_end(link, QA_PROC_ENCRYPT);
	if (memcmp(link->ltk, peer->ltk, sizeof(link->ltk)) != 0) {
		qa_link_close_both(link, QB_HCI_E_MIC_FAILURE, QB_HCI_E_MIC_FAILURE);
		return;
	}
	report(link, QB_HCI_E_SUCCESS);
	report(peer, QB_HCI_E_SUCCESS);
	link->encrypted = peer->encrypted = true;
	pause_data(link, false);
}

/* The peripheral has no key. A link that was encrypted before does not go on without. */
static void reject(struct qa_link *link)
{
	qa_proc_end(link, QA_PROC_ENCRYPT);
	if (link->encrypted) {
		qa_link_close_both(link, QB_HCI_E_KEY_MISSING, QB_HCI_E_KEY_MISSING);
		return;
	}
	report(link, QB_HCI_E_KEY_MISSING);
	pause_data(link, false);
}

static void ask(struct qa_link *link)
{
	struct qa_link *peer = link->peer;
	uint8_t p[12];

	if (!qa_le_event_wanted(peer->c, QB_HCI_LE_LTK_REQUEST)) {
		reject(link);
		return;
	}
	peer->ltk_asked = true;
	qa_proc_wait(link, QA_PROC_ENCRYPT);
	qb_put_le16(p, peer->handle);
	memcpy(p + 2, link->rand_ediv, sizeof(link->rand_ediv));
	qa_le_event(peer->c, QB_HCI_LE_LTK_REQUEST, p, sizeof(p));
}

QA_COMMAND(le_start_encrypt)
{
	struct qa_link *link = qa_link_of(cmd);

	if (!link)
		return QB_HCI_E_UNKNOWN_CONN;
	if (link->role != QB_ROLE_CENTRAL || link->procs[QA_PROC_ENCRYPT].active)
		return QB_HCI_E_DISALLOWED;
	memcpy(link->rand_ediv, cmd->p + 2, sizeof(link->rand_ediv));
	memcpy(link->ltk, cmd->p + 12, sizeof(link->ltk));
	qa_cmd_accept(cmd);
	if (link->peer)
		pause_data(link, true);
	qa_proc_start(link, QA_PROC_ENCRYPT, 1, ask);
	return QB_HCI_E_SUCCESS;
}

static uint8_t answer(struct qa_cmd *cmd, void (*fn)(struct qa_link *link))
{
	struct qa_link *link = qa_link_of(cmd);

	if (!link)
		return QB_HCI_E_UNKNOWN_CONN;
	if (!link->ltk_asked)
		return QB_HCI_E_DISALLOWED;
	link->ltk_asked = false;
	memcpy(link->ltk, cmd->p + 2, cmd->len - 2);
	qa_cmd_accept(cmd);
	if (link->peer)
		qa_proc_start(link->peer, QA_PROC_ENCRYPT, 3, fn);
	return QB_HCI_E_SUCCESS;
}

QA_COMMAND(le_ltk_reply)
{
	return answer(cmd, complete);
}

QA_COMMAND(le_ltk_neg_reply)
{
	return answer(cmd, reject);
}
