/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The whole API over the whole host, at a controller that the input plays, with both roles, a
 * database and a link in each role. What is told is held against the order that is documented.
 */
#pragma once

#include "ble/ble-internal.h"
#include "controller.h"
#include "fuzz.h"

struct fuzz_api {
	struct qb_timers timers;
	struct qb_ble *ble;
	uint64_t now;
	struct fuzz_controller controller;
	/* A call that the input makes ends in this as well, if it is set. */
	void (*event)(void *user, const struct qb_event *event);
	void *user;
	unsigned calls, ends;
	unsigned sends; /* values accepted whose event 25 is still to come */
	size_t octets;        /* of events, all read */
	/* By connect_id: the role that was told of it, and whether it may end without a word. */
	struct {
		unsigned role;
		bool released;
	} links[QB_LINKS_MAX];
};

void fuzz_api_new(struct fuzz_api *api, bool legacy);

/* Both roles, started, a database of every permission, advertising, one link in each role. */
void fuzz_api_set_up(struct fuzz_api *api);

/* Scans, and waits for a third link that does not come. */
void fuzz_api_scan_and_dial(struct fuzz_api *api);

/* Time passes, and the controller says nothing at all meanwhile. */
void fuzz_api_sleep(struct fuzz_api *api, uint64_t usec);

void fuzz_api_call(struct fuzz_api *api, const char *name, const struct qb_value *args);

/* A call and arguments of the input's choice, often valid ones. */
void fuzz_api_any_call(struct fuzz_api *api, struct fuzz *fuzz);

/* However it went on: in a minute of silence every call ends, and then nothing is left. */
void fuzz_api_end(struct fuzz_api *api);
