/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A whole host whose controller is in the hands of a script: it gives the packets that the script
 * says and must take the ones that the script says. Commands it answers by itself as a good
 * controller does, at the end of each step, unless the script tells it to keep quiet.
 *
 * Steps of a script:
 *
 *   < 04 05 [00 4000 13]   the controller gives this packet; [ ] puts the length of what is inside
 *                          before it in one octet, ( ) in two: < 02 4020 (0300 0400 020000)
 *   > 01 0604 [4000 13]    it takes this one; data it completes at once
 *   = 02 4000 (...)        it takes this one, and completes nothing
 *   + 30000                so many milliseconds pass
 *   ! connect              the app does something: see the actions in bed.c
 *
 * The link has the handle 0040, the peer c0:55:44:33:22:11. The database, from 0001: Primary
 * Service 1800; Characteristic 2a00, 0003 "abc", may be read, written, notified and indicated; 0004
 * CCCD.
 */
#pragma once

#include <check.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/host.h"

/* What a row begins with. */
enum bed_start {
	BED_OFF,        /* the host is there, its controller not yet */
	BED_IDLE,       /* the controller is up */
	BED_PERIPHERAL, /* with a link */
	BED_CENTRAL,
	BED_SCANNING,
};

struct bed {
	struct qb_timers timers;
	struct qb_host *host;
	bool quiet; /* commands are left unanswered */
};

extern struct bed bed;

void bed_begin(enum bed_start start);
void bed_script(const char *script);
/* Single steps: "< ...", "> ...", "+ ..." and "! ...". */
void bed_give(const char *hex);
void bed_take(const char *hex);
void bed_pass(const char *msec);
void bed_act(const char *action);

/* An SDU on a channel of the link: from the peer, and to it. */
void bed_peer_sends(uint16_t cid, const char *hex);
void bed_peer_gets(uint16_t cid, const char *hex);

/* Everything that the host sent has been taken. */
void bed_sent_nothing(void);
/* What the host told the floor above since the last look: "connected 0040; disconnected 0040 13".
 */
void bed_told(const char *text);

/*
 * Whatever was: the host can be started or runs, has a link or gets one, its server answers on
 * it, nothing is under way, and when the link ends nothing is left of it. Ends the bed.
 */
void bed_end(void);
