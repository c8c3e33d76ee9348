/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A controller that follows a script: a test says, in hexadecimal, what it gives to the host's HCI
 * and what it must take from it. Anything else that the host sends or that is left over at the end
 * fails the test.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/hci/hci.h"
#include "util/buf.h"
#include "util/timer.h"

#define SCRIPT_PACKETS 1024
#define SCRIPT_PACKET  320

struct script {
	struct qb_timers timers;
	struct qb_pool pool;
	struct qb_hci hci;
	/* Sent by the host, not yet taken. */
	struct {
		size_t len;
		uint8_t b[SCRIPT_PACKET];
	} sent[SCRIPT_PACKETS];
	size_t first, n;
	/* Handed up, not yet looked at; the last of each. */
	unsigned events;
	uint8_t event_code;
	uint8_t event[255];
	size_t event_len;
	unsigned failures;
	char why[80];
	/* Called, if set, for each event and failure, after it was noted. */
	void (*hook)(struct script *script);
};

void script_init(struct script *script);
/* Everything was taken, and nothing is left of buffers and timers. */
void script_done(struct script *script);

/* Octets of "04 0e 04"; returns how many. */
size_t script_hex(const char *hex, uint8_t *ret, size_t size);

/* A packet from the controller. Its copy ends where the packet does, so that reading on is seen. */
void script_gives(struct script *script, const char *hex);
void script_gives_octets(struct script *script, const uint8_t *packet, size_t len);

/* The next packet that the host sent is this one. */
void script_takes(struct script *script, const char *hex);
/* The host sent nothing more. */
void script_takes_nothing(struct script *script);

/* Time goes by. */
void script_passes(struct script *script, uint64_t msec);
