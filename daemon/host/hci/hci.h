/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The host's end of HCI: one command at the controller at a time as its credits allow, each with
 * its answer or a time-out; events handed up; ACL data both ways (see acl.h).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/hci/acl.h"
#include "host/hci/spec.h"
#include "util/list.h"
#include "util/timer.h"

struct qb_hci;

/* What the floors around HCI hand over. */
struct qb_hci_ops {
	/*
	 * Takes one whole H4 packet, indicator first, to the controller; copies what it keeps. Must
	 * not hand the controller's answers to qb_hci_input() before it returns.
	 */
	void (*send)(void *user, const uint8_t *packet, size_t len);
	/*
	 * An event that is not an answer to a command; LE subevents come with LE Meta as the code.
	 * host/hci/event.h decodes them.
	 */
	void (*event)(void *user, uint8_t code, const uint8_t *param, size_t len);
	/*
	 * The controller stopped answering or reported a hardware error. Nothing is sent or handed
	 * up after it; what is pending ends in qb_hci_done(), which may be called from here.
	 */
	void (*failed)(void *user, const char *why);
};

/*
 * Ends a command. status: the HCI error code of its Command Status or Command Complete, or
 * QB_HCI_ABORTED if the controller went away first. ret holds the return parameters from the
 * status octet on; it is empty for a Command Status and for a failed command.
 */
typedef void (*qb_hci_reply_fn)(void *user, uint8_t status, const uint8_t *ret, size_t len);

/* Not an error code of the specification: no answer will come any more. */
#define QB_HCI_ABORTED 0xff

struct qb_hci {
	const struct qb_hci_ops *ops;
	void *user;
	struct qb_timers *timers;
	struct qb_list flying;  /* struct command: sent and not answered, oldest first */
	struct qb_list waiting; /* struct command: not sent yet, oldest first */
	unsigned n_flying, n_waiting;
	unsigned credits; /* commands that the controller would take now */
	struct qb_timer timeout;
	bool dead;
	unsigned commands; /* sent since the start, for the benchmark */
	struct qb_acl acl;
};

void qb_hci_init(struct qb_hci *hci, struct qb_timers *timers, struct qb_pool *pool,
                 const struct qb_hci_ops *ops, void *user);

/*
 * Ends every command with QB_HCI_ABORTED. Links may still be detached afterwards. Every callback
 * may call it, and qb_hci_init() after it, but *hci must outlive the function that called back.
 */
void qb_hci_done(struct qb_hci *hci);

/*
 * Queues a command. fn may be NULL. When the queue is full, memory is out or the controller is
 * dead, fn is called at once with QB_HCI_E_MEMORY_EXCEEDED or QB_HCI_ABORTED: it is always called.
 */
void qb_hci_command(struct qb_hci *hci, uint16_t opcode, const void *param, size_t len,
                    qb_hci_reply_fn fn, void *user);

/* One whole H4 packet from the controller; malformed ones are dropped. */
void qb_hci_input(struct qb_hci *hci, const uint8_t *packet, size_t len);
