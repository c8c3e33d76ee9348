/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A small world for tests: any number of nodes, each the documented API over a whole host and a
 * model controller, in one air, under one virtual clock. A minute in it takes no time, and a run
 * is the same run every time.
 */
#pragma once

#include <stdint.h>

#include "air.h"
#include "ble/ble.h"
#include "ble/call.h"
#include "ble/event.h"
#include "util/list.h"
#include "util/timer.h"

/* An event as a node got it; what struct qb_event points at is copied. */
struct seen {
	struct qb_list elem;
	struct qb_event event;
	char name[64];
	uint8_t data[QB_EVENT_DATA_MAX];
};

struct packet;

struct node {
	struct world *world;
	unsigned index;
	struct qb_timers timers;
	struct qb_ble *ble;
	struct qa_controller *controller;
	struct packet *to_host, **to_host_tail;
	struct packet *to_controller, **to_controller_tail;
	struct qb_list events; /* struct seen, oldest first, not yet expected */
	/* Counts events instead of keeping them, if set. */
	void (*on_event)(struct node *node, const struct qb_event *event);
	void *user;
	struct qb_ble_config config;
	unsigned failures; /* times that the controller was given up */
	bool congested;    /* its readers do not keep up with scan reports */
	bool stalled;      /* takes nothing from its controller; see world_stall() */
	/* How the last call ended. */
	enum qb_error error;
	char text[256];
	int32_t i;
	uint8_t data[8];
	size_t len;
};

struct world {
	struct qa_air *air;
	uint64_t now;
	unsigned n;
	struct node *nodes;
	uint64_t packets; /* that crossed between hosts and controllers */
	/* Told, instead of failing the test, of what a host may never do to its controller. */
	void (*broken)(struct node *node, const char *what);
};

/* A world of n nodes with controllers as config has them (NULL: the default), all up. */
struct world *world_new(unsigned n, uint64_t seed, const struct qa_config *config,
                        const struct qb_ble_config *ble_config);
void world_free(struct world *world);

/* The same, each node with its own: setup changes what the default is. */
typedef void (*world_setup_fn)(void *user, unsigned index, struct qa_config *config,
                               struct qb_ble_config *ble_config);
struct world *world_new_each(unsigned n, uint64_t seed, world_setup_fn setup, void *user);

/*
 * The daemon of a node is gone from one moment to the next and another one starts; its controller
 * knows nothing of it. Calls that were pending end with Failed.
 */
void world_restart(struct node *node);

/* The node stops reading from its controller, or goes on. */
void world_stall(struct node *node, bool stalled);

/* The node, for brevity. */
struct node *world_node(struct world *world, unsigned index);

/* What a node is configured with unless a test wants something else. */
struct qb_ble_config world_ble_config(void);

/* Lets so much time pass. */
void world_run(struct world *world, uint64_t usec);

/* Lets what is on its way arrive, without any time passing. */
void world_settle(struct world *world);

/* Lets time pass until a condition holds, 60 s at most; false if it does not. */
bool world_until(struct world *world, bool (*condition)(void *user), void *user);

/*
 * Makes a call and lets time pass until it has ended. Arguments as the call's table has them: an
 * unsigned for 'u', a const char * for 's', a const void * and a size_t for 'a'.
 */
enum qb_error node_call(struct node *node, const char *method, ...);

/* The same, and fails the test unless the call succeeds. */
#define node_ok(node, ...)                                                                 \
	do {                                                                               \
		enum qb_error ok_error = node_call(node, __VA_ARGS__);                     \
		ck_assert_msg(!ok_error, "%s: %s", qb_error_name(ok_error), (node)->text); \
	} while (0)

/* The next event, which must have this ID; waits for it for at most 60 s. It is taken. */
struct qb_event node_expect(struct node *node, uint8_t id);

/* The next event, whichever it is. */
struct qb_event node_next(struct node *node);

/* Takes and drops events until one with this ID, and takes that. */
struct qb_event node_skip_to(struct node *node, uint8_t id);

/* Fails the test if an event is waiting or comes within a second. */
void node_expect_nothing(struct node *node);

/* Drops what is waiting. */
void node_forget(struct node *node);
