/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keeps a controller at hand: opens it, says what is wrong when it cannot, tries again, and begins
 * anew when it is lost or stops answering.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "util/clock.h"

struct qb_capture;
struct qb_controller;

struct qb_controller_ops {
	/* It is open and can be initialised. */
	void (*up)(void *user);
	/* There is none, and why, for a person; also when that changes. */
	void (*down)(void *user, const char *why);
	void (*packet)(void *user, const uint8_t *packet, size_t len);
};

/*
 * spec: as qb_transport_open() has it, or "replay:" and what qb_replay_new() takes. What goes to
 * the controller and comes from it is shown to the capture. Both must outlive the controller. NULL
 * if memory is out.
 */
struct qb_controller *qb_controller_new(sd_event *event, struct qb_clock *clock, const char *spec,
                                        struct qb_capture *capture,
                                        const struct qb_controller_ops *ops, void *user);
void qb_controller_free(struct qb_controller *controller);

/* The first attempt. -EINVAL if the spec names nothing that can be used, which has been logged. */
int qb_controller_start(struct qb_controller *controller);

void qb_controller_send(struct qb_controller *controller, const uint8_t *packet, size_t len);

/* It has been initialised: what goes wrong from now on is news again. */
void qb_controller_ready(struct qb_controller *controller);

/* Nothing is read from it until this is called with false: those who hear of it are behind. */
void qb_controller_pause(struct qb_controller *controller, bool pause);

/* It stopped answering: close it and begin anew. Safe from inside its own callbacks. */
void qb_controller_restart(struct qb_controller *controller, const char *why);
