/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The way to a controller: whole H4 packets both ways, over the kernel's user channel or over a
 * byte stream.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-event.h>

struct qb_transport;

struct qb_transport_ops {
	/* A connection that was still being made when qb_transport_open() returned is there. */
	void (*opened)(void *user);
	/* One whole H4 packet from the controller. The transport must not be freed in here. */
	void (*packet)(void *user, const uint8_t *packet, size_t len);
	/* It is over, and why, for a person. Called once; the owner frees the transport. */
	void (*closed)(void *user, const char *why);
};

/* Room for the reason why something failed. */
#define QB_WHY_MAX 256

/*
 * Opens "hci0", "h4:unix:PATH", "h4:tcp:HOST:PORT" or "h4:tty:DEV,BAUD[,noflow]". Returns 1 if
 * it is open, 0 if opened() or closed() will tell, or a negative errno with the reason, and what
 * can be done about it, in why; -EINVAL means that the spec itself is wrong, so that trying again
 * is of no use.
 */
int qb_transport_open(struct qb_transport **ret, sd_event *event, const char *spec,
                      const struct qb_transport_ops *ops, void *user, char why[QB_WHY_MAX]);

/* The same over a descriptor that is open already, and is taken over: one packet a read or write.
 */
int qb_transport_take(struct qb_transport **ret, sd_event *event, int fd,
                      const struct qb_transport_ops *ops, void *user, char why[QB_WHY_MAX]);

/* NULL is fine. */
void qb_transport_free(struct qb_transport *transport);

/*
 * Stops reading, and goes on: what the controller sends meanwhile waits in its own buffers, if the
 * line has flow control. It is still noticed when the controller goes away.
 */
void qb_transport_pause(struct qb_transport *transport, bool pause);

/* Takes one whole H4 packet; what the controller cannot take at once waits, within a limit. */
void qb_transport_send(struct qb_transport *transport, const uint8_t *packet, size_t len);
