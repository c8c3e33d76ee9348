/* SPDX-License-Identifier: MIT */
/*
 * A model of Bluetooth LE controllers and of the air between them. It does no I/O, reads no clock,
 * has no threads and no globals: packets, time and a seed are handed in, packets and deadlines are
 * handed out. The same seed and the same calls give the same bytes.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct qa_air;
struct qa_controller;

/* Largest packet with its H4 indicator that crosses the interface in either direction. */
#define QA_PACKET_MAX (1 + 4 + 1024)

/*
 * Length of the H4 packet that starts at p, of which have octets are there: 0 if that takes more
 * of them to tell, or -1 if no packet of a host to its controller starts like this.
 */
int qa_h4_length(const uint8_t *p, size_t have);

struct qa_ops {
	/*
	 * A packet for the host, with its H4 indicator. Returns false if there is no room: the
	 * controller keeps the packet, and everything after it, until qa_controller_ready().
	 * qa_controller_input() may be called from here, qa_controller_free() may not.
	 */
	bool (*to_host)(void *user, const uint8_t *packet, size_t len);
	/* The host did what the standard forbids; one line for people. May be NULL. */
	void (*warn)(void *user, const char *text);
};

/* What one controller is like. */
struct qa_config {
	uint8_t address[6];     /* public, least significant octet first; zeros if it has none */
	uint16_t acl_len;       /* 27..251, payload of one ACL packet from the host */
	uint8_t acl_buffers;    /* 1..255 */
	uint16_t max_links;     /* 1..QA_LINKS_MAX */
	uint8_t adv_sets;       /* 1..QA_ADV_SETS_MAX */
	uint8_t accept_list;    /* entries, 1..255 */
	uint8_t resolving_list; /* entries, 1..255 */
	bool legacy;            /* no extended advertising, scanning or initiating */
	bool shared_buffers;    /* LE Read Buffer Size says zero, Read Buffer Size has the truth */
	uint32_t answer_delay_us; /* before every answer to a command */
	uint32_t mute_after;      /* after this many commands no answer any more; 0 never */
	uint32_t reset_after;  /* after this many commands a Hardware Error and a reset; 0 never */
	uint16_t lie_permille; /* events that are cut short or carry wrong numbers */
};

#define QA_LINKS_MAX    512
#define QA_ADV_SETS_MAX 64

/* 251 octets in 8 buffers, 32 links, 8 advertising sets, lists of 16, no faults, no address. */
void qa_config_init(struct qa_config *config);

/* What the air does to everybody's packets. */
struct qa_weather {
	uint16_t loss_permille; /* of PDUs: an advertising PDU is gone, data is sent once more */
	uint32_t delay_us;      /* added to all data */
	uint32_t jitter_us;     /* 0 to this much is added on top: links overtake one another */
	bool realtime;          /* data takes its connection events and its time on the air */
};

/* Returns NULL if memory is out. */
struct qa_air *qa_air_new(uint64_t seed);

/* Every controller must have been freed. */
void qa_air_free(struct qa_air *air);

void qa_air_set_weather(struct qa_air *air, const struct qa_weather *weather);
const struct qa_weather *qa_air_weather(const struct qa_air *air);

/* Sets the clock, which never goes backwards, and does all that is due by then. Microseconds. */
void qa_air_advance(struct qa_air *air, uint64_t now_us);

/* When qa_air_advance() has something to do next, or UINT64_MAX. */
uint64_t qa_air_next(const struct qa_air *air);

/* Copies config. Returns NULL if memory is out or a value of config is out of its range. */
struct qa_controller *qa_controller_new(struct qa_air *air, const struct qa_config *config,
                                        const struct qa_ops *ops, void *user);

/* The controller is gone without a word; its peers find out by their supervision timeouts. */
void qa_controller_free(struct qa_controller *c);

/*
 * One whole H4 packet from the host. Returns 0, or -EBADMSG if it is not one: an unknown
 * indicator, or a length that differs from what its header says. Then nothing was done.
 */
int qa_controller_input(struct qa_controller *c, const uint8_t *packet, size_t len);

/* The host has room again after to_host() returned false. */
void qa_controller_ready(struct qa_controller *c);

/* Whether packets wait for qa_controller_ready(); a server should not read from such a host. */
bool qa_controller_blocked(const struct qa_controller *c);

/* Faults on demand. */
void qa_controller_mute(struct qa_controller *c, bool mute);      /* answers nothing at all */
void qa_controller_fail(struct qa_controller *c, uint8_t code);   /* Hardware Error, then reset */
void qa_controller_drop(struct qa_controller *c);                 /* its links break, silently */
void qa_controller_set_away(struct qa_controller *c, bool away);  /* out of everybody's range */
void qa_controller_set_rssi(struct qa_controller *c, int8_t dbm); /* as others hear it */
void qa_controller_set_lie(struct qa_controller *c, uint16_t permille);

/* Hands the host any packet, as if from its controller. Returns 0 or -EINVAL for a bad length. */
int qa_controller_raw(struct qa_controller *c, const uint8_t *packet, size_t len);

/* What a person wants to know of a controller. */
struct qa_status {
	uint8_t address[6], random_address[6];
	unsigned links, advertising, acl_used;
	bool scanning, initiating, muted, away, blocked;
	uint64_t commands, acl_from_host, acl_to_host, reports_dropped;
};

void qa_controller_status(const struct qa_controller *c, struct qa_status *ret);
