/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A controller for fuzzers, without an air: it keeps what the host sends, answers commands when it
 * is told to, honestly or with a status of the target's choice, and says what it is made to say.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FUZZ_COMMANDS_MAX 512
#define FUZZ_HANDLES      8
#define FUZZ_ACL_MTU      251
#define FUZZ_ACL_BUFFERS  8

struct fuzz_controller {
	/* Takes a packet to the host. */
	void (*input)(void *user, const uint8_t *packet, size_t len);
	/* An ACL packet of the host's, after it was counted; NULL: nobody wants to know. */
	void (*acl)(void *user, uint16_t handle, uint8_t pb, const uint8_t *data, size_t len);
	void *user;
	bool legacy;      /* no extended advertising, scanning or initiating */
	uint16_t acl_mtu; /* of LE Read Buffer Size */
	uint8_t acl_buffers;
	/* Commands that have no answer yet, oldest first. */
	uint16_t commands[FUZZ_COMMANDS_MAX];
	unsigned n_commands;
	/* ACL packets by handle that have not been completed yet. */
	unsigned held[FUZZ_HANDLES];
};

struct qb_hci;

/* Every buffer of the controller's is free or somebody's, and none is both. */
void fuzz_check_credits(struct qb_hci *hci);

/* A packet of the host's, which must be a well-formed one. */
void fuzz_controller_take(struct fuzz_controller *c, const uint8_t *packet, size_t len);

/* Answers the oldest command. What has succeeded comes with its return parameters. */
void fuzz_controller_answer(struct fuzz_controller *c, uint8_t status);
/* All of them, and those that follow from their answers, with success. */
void fuzz_controller_answer_all(struct fuzz_controller *c);

void fuzz_controller_event(struct fuzz_controller *c, uint8_t code, const uint8_t *param,
                           size_t len);
/* LE Connection Complete with the peer 2x:2x:2x:2x:2x:2x, x being the handle. */
void fuzz_controller_connect(struct fuzz_controller *c, uint16_t handle, uint8_t role);
void fuzz_controller_disconnect(struct fuzz_controller *c, uint16_t handle, uint8_t reason);
/* One fragment; field: handle and flags. */
void fuzz_controller_acl(struct fuzz_controller *c, uint16_t field, const uint8_t *data,
                         size_t len);
/* A whole SDU in a fragment of its own. */
void fuzz_controller_sdu(struct fuzz_controller *c, uint16_t handle, uint16_t cid,
                         const uint8_t *sdu, size_t len);
/* Number Of Completed Packets: all that the host has sent on a handle. */
void fuzz_controller_complete(struct fuzz_controller *c, uint16_t handle);
