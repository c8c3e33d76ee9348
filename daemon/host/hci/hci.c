/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command queue and the way of packets from the controller (Core 5.4, Vol 4, Part E, 4.4).
 *
 * Callbacks are the last thing that each path here does, or the path looks at the state anew after
 * them, as they may queue commands and end everything.
 */
#include "host/hci/hci.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/limits.h"
#include "util/le.h"

struct command {
	struct qb_list elem;
	qb_hci_reply_fn fn;
	void *user;
	uint64_t deadline; /* once it is sent */
	uint16_t opcode;
	uint16_t len;
	uint8_t packet[];
};

static void answer(struct command *cmd, uint8_t status, const uint8_t *ret, size_t len)
{
	qb_hci_reply_fn fn = cmd->fn;
	void *user = cmd->user;

	free(cmd);
	if (fn)
		fn(user, status, ret, len);
}

static void fail(struct qb_hci *hci, const char *why)
{
	hci->dead = true;
	qb_timer_cancel(hci->timers, &hci->timeout);
	hci->ops->failed(hci->user, why);
}

static void timed_out(void *user)
{
	struct qb_hci *hci = user;
	char why[64];

	if (!qb_list_empty(&hci->flying))
		snprintf(why, sizeof(why), "no answer to HCI command 0x%04x",
		         qb_list_entry(hci->flying.next, struct command, elem)->opcode);
	else
		snprintf(why, sizeof(why), "it takes no more HCI commands");
	fail(hci, why);
}

/* The clock runs for the oldest unanswered command, or else for the controller's next credit. */
static void watch(struct qb_hci *hci)
{
	uint64_t now = hci->timers->now;

	if (!qb_list_empty(&hci->flying)) {
		struct command *cmd = qb_list_entry(hci->flying.next, struct command, elem);

		qb_timer_arm(hci->timers, &hci->timeout,
		             cmd->deadline > now ? cmd->deadline - now : 0);
	} else if (qb_list_empty(&hci->waiting)) {
		qb_timer_cancel(hci->timers, &hci->timeout);
	} else if (!qb_timer_armed(&hci->timeout)) {
		qb_timer_arm(hci->timers, &hci->timeout, QB_HCI_TIMEOUT_MSEC * QB_MSEC);
	}
}

/* Reset takes the answers to other commands with it, so it is in the controller alone (7.3.2). */
static bool may_send(const struct qb_hci *hci)
{
	if (hci->dead || !hci->credits || qb_list_empty(&hci->waiting))
		return false;
	if (qb_list_empty(&hci->flying))
		return true;
	return qb_list_entry(hci->waiting.next, struct command, elem)->opcode != QB_HCI_RESET &&
	       qb_list_entry(hci->flying.next, struct command, elem)->opcode != QB_HCI_RESET;
}

static void pump(struct qb_hci *hci)
{
	while (may_send(hci)) {
		struct command *cmd = qb_list_entry(qb_list_pop(&hci->waiting), struct command,
		                                    elem);

		hci->n_waiting--;
		hci->n_flying++;
		hci->credits--;
		hci->commands++;
		cmd->deadline = hci->timers->now + QB_HCI_TIMEOUT_MSEC * QB_MSEC;
		qb_list_append(&hci->flying, &cmd->elem);
		hci->ops->send(hci->user, cmd->packet, cmd->len);
	}
	if (!hci->dead)
		watch(hci);
}

void qb_hci_init(struct qb_hci *hci, struct qb_timers *timers, struct qb_pool *pool,
                 const struct qb_hci_ops *ops, void *user)
{
	*hci = (struct qb_hci){
	        .ops = ops,
	        .user = user,
	        .timers = timers,
	        .credits = 1,
	};
	qb_list_init(&hci->flying);
	qb_list_init(&hci->waiting);
	qb_timer_init(&hci->timeout, timed_out, hci);
	qb_acl_init(hci, pool);
}

void qb_hci_done(struct qb_hci *hci)
{
	struct qb_list all, *elem;

	hci->dead = true;
	qb_timer_cancel(hci->timers, &hci->timeout);
	qb_acl_done(hci);
	/* Taken off first: who is told the end may begin anew at once. */
	qb_list_init(&all);
	while ((elem = qb_list_pop(&hci->flying)) || (elem = qb_list_pop(&hci->waiting)))
		qb_list_append(&all, elem);
	hci->n_flying = hci->n_waiting = 0;
	while ((elem = qb_list_pop(&all)))
		answer(qb_list_entry(elem, struct command, elem), QB_HCI_ABORTED, NULL, 0);
}

void qb_hci_command(struct qb_hci *hci, uint16_t opcode, const void *param, size_t len,
                    qb_hci_reply_fn fn, void *user)
{
	struct command *cmd = NULL;

	assert(len <= UINT8_MAX);
	if (hci->dead) {
		if (fn)
			fn(user, QB_HCI_ABORTED, NULL, 0);
		return;
	}
	if (hci->n_waiting < QB_HCI_QUEUE_MAX)
		cmd = malloc(sizeof(*cmd) + 1 + QB_HCI_COMMAND_HDR + len);
	if (!cmd) {
		if (fn)
			fn(user, QB_HCI_E_MEMORY_EXCEEDED, NULL, 0);
		return;
	}
	cmd->fn = fn;
	cmd->user = user;
	cmd->opcode = opcode;
	cmd->len = (uint16_t)(1 + QB_HCI_COMMAND_HDR + len);
	cmd->packet[0] = QB_H4_COMMAND;
	qb_put_le16(cmd->packet + 1, opcode);
	cmd->packet[3] = (uint8_t)len;
	if (len)
		memcpy(cmd->packet + 4, param, len);
	qb_list_append(&hci->waiting, &cmd->elem);
	hci->n_waiting++;
	pump(hci);
}

/* An answer to the oldest command of that opcode; one that nobody asked for is ignored. */
static void answered(struct qb_hci *hci, uint8_t credits, uint16_t opcode, uint8_t status,
                     const uint8_t *ret, size_t len)
{
	struct command *cmd = NULL;

	qb_list_foreach(elem, &hci->flying)
	{
		struct command *c = qb_list_entry(elem, struct command, elem);

		if (c->opcode == opcode) {
			cmd = c;
			break;
		}
	}
	if (cmd) {
		qb_list_remove(&cmd->elem);
		hci->n_flying--;
		qb_timer_cancel(hci->timers, &hci->timeout);
	}
	/*
	 * The controller counted its room before it saw the commands that are still on their way
	 * to it. Which ones those are cannot be known, so all unanswered ones count as such.
	 */
	hci->credits = credits > hci->n_flying ? credits - hci->n_flying : 0;
	pump(hci);
	/* No error code of the specification, and here it means that there is no controller. */
	if (status == QB_HCI_ABORTED)
		status = QB_HCI_E_UNSPECIFIED;
	if (cmd)
		answer(cmd, status, ret, len);
}

/* Number of commands it takes, opcode, return parameters (7.7.14). */
static void command_complete(struct qb_hci *hci, const uint8_t *param, size_t len)
{
	if (len < 3)
		return;
	/* Without even a status there is no telling that the command did anything. */
	answered(hci, param[0], qb_get_le16(param + 1), len > 3 ? param[3] : QB_HCI_E_UNSPECIFIED,
	         param + 3, len - 3);
}

/* Status, number of commands it takes, opcode (7.7.15). */
static void command_status(struct qb_hci *hci, const uint8_t *param, size_t len)
{
	if (len < 4)
		return;
	answered(hci, param[1], qb_get_le16(param + 2), param[0], NULL, 0);
}

static void hardware_error(struct qb_hci *hci, const uint8_t *param, size_t len)
{
	char why[32];

	if (len < 1)
		return;
	snprintf(why, sizeof(why), "hardware error 0x%02x", param[0]);
	fail(hci, why);
}

static void event(struct qb_hci *hci, uint8_t code, const uint8_t *param, size_t len)
{
	switch (code) {
	case QB_HCI_EV_COMMAND_COMPLETE: command_complete(hci, param, len); break;
	case QB_HCI_EV_COMMAND_STATUS: command_status(hci, param, len); break;
	case QB_HCI_EV_HARDWARE_ERROR: hardware_error(hci, param, len); break;
	case QB_HCI_EV_NUM_COMPLETED: qb_acl_completed(hci, param, len); break;
	default: hci->ops->event(hci->user, code, param, len); break;
	}
}

void qb_hci_input(struct qb_hci *hci, const uint8_t *packet, size_t len)
{
	if (hci->dead || !len)
		return;
	switch (packet[0]) {
	case QB_H4_EVENT:
		if (len >= 1 + QB_HCI_EVENT_HDR && len == 1u + QB_HCI_EVENT_HDR + packet[2])
			event(hci, packet[1], packet + 3, packet[2]);
		break;
	case QB_H4_ACL: qb_acl_input(hci, packet + 1, len - 1); break;
	}
}
