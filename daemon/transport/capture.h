/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Captures: copies of all that crosses the transport, in btsnoop, to a file or to whoever asked for
 * one. They begin with what initialised the controller, whenever they are begun. Keys cross the
 * transport too: a capture is for root's eyes.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "transport/transport.h"

/* Captures at a time. */
#define QB_CAPTURES_MAX 4

struct qb_capture;

/* NULL if memory is out. */
struct qb_capture *qb_capture_new(sd_event *event);
void qb_capture_free(struct qb_capture *capture);

/*
 * Writes to a file from now on, or to a FIFO that is read. A capture that is there is continued, so
 * that a restart after a crash does not take away what the crash is seen in. Ends, with a line in
 * the log, when the file takes no more. Returns 0, or a negative errno with the reason in why.
 */
int qb_capture_to_file(struct qb_capture *capture, const char *path, char why[QB_WHY_MAX]);

/*
 * Writes to a new pipe from now on, until its other end is closed; returns that end. A reader who
 * does not keep up misses packets, and the records tell how many. -ENOSPC: there are
 * QB_CAPTURES_MAX captures.
 */
int qb_capture_to_pipe(struct qb_capture *capture);

/* A controller was opened, is initialised, was lost. */
void qb_capture_opened(struct qb_capture *capture);
void qb_capture_initialised(struct qb_capture *capture);
void qb_capture_lost(struct qb_capture *capture);

/* One H4 packet to the controller, or received from it, before anybody has looked at it. */
void qb_capture_packet(struct qb_capture *capture, bool received, const uint8_t *packet,
                       size_t len);
