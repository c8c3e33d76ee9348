/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One host with one live link, for targets that are about what comes over it. Host and database
 * stay from one input to the next, so that an input costs little more than what it sends; the link
 * is new each time, and after it nothing may be left.
 */
#pragma once

#include "controller.h"
#include "fuzz.h"
#include "host/host.h"

#define FUZZ_HANDLE 1

struct fuzz_bed {
	/* An SDU of the host's. */
	void (*sdu)(struct fuzz_bed *bed, uint16_t cid, const uint8_t *sdu, size_t len);
	const struct qb_gatt_server_ops *server;
	const struct qb_gatt_client_ops *client;
	uint16_t mtu; /* what the host offers */
	struct qb_timers timers;
	uint64_t now;
	struct fuzz_controller controller;
	struct qb_host *host;
	struct qb_link *link; /* NULL when it has ended */
	bool hold;            /* the controller completes nothing */
	/* The SDU that the host is sending. */
	size_t out_len;
	uint8_t out[4 + QB_SDU_MAX];
};

/* At the first input: the host, started. The fields before timers are the target's. */
void fuzz_bed_start(struct fuzz_bed *bed);

/* The link of an input, and its end; bed.link is the handle of it in the callbacks as well. */
void fuzz_bed_connect(struct fuzz_bed *bed, uint8_t role);
void fuzz_bed_end(struct fuzz_bed *bed);

/* Sends an SDU to the host; nothing if the link has ended. */
void fuzz_bed_send(struct fuzz_bed *bed, uint16_t cid, const uint8_t *sdu, size_t len);
void fuzz_bed_sleep(struct fuzz_bed *bed, uint64_t usec);
/* The controller does what it has to do. */
void fuzz_bed_settle(struct fuzz_bed *bed);
