/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A capture that is played back: its packets, which of them a host has sent again, and what is
 * next. A session begins with each HCI Reset of the host's.
 */
#pragma once

#include <sys/types.h>

#include "transport/transport.h"

struct qb_recorded {
	size_t offset; /* of its record in the file */
	uint32_t len;
	bool received; /* from the controller */
	bool matched;  /* the host has sent it, or it is not to be handed in */
	bool skipped;  /* a command that the host went past, and its answer */
	size_t answer; /* of a skipped command; 0: none */
	uint64_t unix_us;
};

struct qb_recording {
	uint8_t *data;
	size_t len;
	struct qb_recorded *packets;
	size_t n;
	size_t begin, end; /* the session that is played */
	size_t next;       /* all before it is over */
	size_t ahead;      /* packets from there on that the host has sent */
};

/*
 * Reads a whole file. A last record that is cut off is left out, which is logged; for anything else
 * that is wrong returns -EINVAL with what and where, or the errno of reading.
 */
int qb_recording_load(struct qb_recording *rec, const char *path, char why[QB_WHY_MAX]);
void qb_recording_done(struct qb_recording *rec);

/* On to the next session; false if there is none. */
bool qb_recording_begin(struct qb_recording *rec);

/* The packet that is next is over. */
void qb_recording_pass(struct qb_recording *rec);

/* Which packet of an H4 type the host is to send next; rec->n: none in this session. */
size_t qb_recording_expected(const struct qb_recording *rec, uint8_t h4_type);

/*
 * The host sends a packet: returns which one of the session that is, or -1. Commands are found by
 * opcode, also where some are left out or come late, data by its link. *ret_answer is what is to be
 * handed in at once, or 0.
 */
ssize_t qb_recording_match(struct qb_recording *rec, const uint8_t *packet, size_t len,
                           size_t *ret_answer);

/* Whether it has the same contents, this machine's address apart. */
bool qb_recording_is_same(const struct qb_recording *rec, size_t i, const uint8_t *packet,
                          size_t len);
