/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hosts on controllers of the model, under a virtual clock: what the stories are told with. */
#pragma once

#include "air.h"
#include "unit.h"

#include "host/hci/spec.h"
#include "util/addr.h"
#include "util/le.h"
#include "util/timer.h"

#define BED_HOSTS   8
#define HOST_QUEUE  4096
#define PACKET_SIZE 300

struct packet {
	size_t len;
	uint8_t data[PACKET_SIZE];
};

struct host {
	struct qa_controller *c;
	struct packet *queue; /* what the controller sent and nobody has looked at */
	unsigned first, count;
	bool full; /* takes nothing */
	unsigned warnings;
	uint64_t hash;    /* of all that it was ever given */
	uint8_t ret[256]; /* return parameters of the last command, after its status */
	size_t ret_len;
};

struct bed {
	struct qa_air *air;
	uint64_t now;
	unsigned n;
	struct host host[BED_HOSTS];
};

/* n controllers; config may be NULL. Their public addresses are 00:11:22:33:44:01 and so on. */
struct bed *bed_new(unsigned n, const struct qa_config *config);
void bed_free(struct bed *bed);
/* Another controller, in place of the host's own. */
void host_replace_only(struct bed *bed, struct host *host, const struct qa_config *config);
/* And starts it. */
void host_replace(struct bed *bed, struct host *host, const struct qa_config *config);
void bed_run(struct bed *bed, uint64_t us);

/* Sends a command and takes its answer, wherever it is among the events. Returns the status. */
uint8_t host_command(struct host *host, uint16_t opcode, const void *p, size_t len);

#define COMMAND(host, opcode, ...)                                 \
	host_command(host, opcode, (const uint8_t[]){__VA_ARGS__}, \
	             sizeof((const uint8_t[]){__VA_ARGS__}))

/* Reset, and every event wanted. */
void host_start(struct host *host);

/* The next packet has to be this one; returns its parameters, which hold until the next call. */
const uint8_t *host_event(struct host *host, uint8_t code);
const uint8_t *host_le(struct host *host, uint8_t subevent);
const uint8_t *host_acl(struct host *host, uint16_t handle, uint8_t pb, size_t len);
void host_silent(struct host *host);
void host_drain(struct host *host);
/* Drops what comes before the LE event and returns it, or NULL if there is none. */
const uint8_t *host_find_le(struct host *host, uint8_t subevent);

void host_send_acl(struct host *host, uint16_t handle, uint8_t pb, const void *data, size_t len);

void addr_of(unsigned host, uint8_t ret[6]);

/* Legacy commands: undirected connectable advertising, and a connection to it. */
void host_advertise(struct host *host);
uint8_t host_connect(struct host *host, uint8_t peer_type, const uint8_t peer[6]);
/* Host 0 connects to the advertising host 1, or as told; nothing is left in their queues. */
void bed_link(struct bed *bed, unsigned central, unsigned peripheral);
