/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A link that ends in a script: below ATT there is nothing but a peer that sends what a test says
 * and must get what the test says; above it whatever the server and the client tell is written
 * down.
 *
 * PDUs are in hexadecimal, with spaces where they help; "41*60" is sixty times 41, "00+60" counts
 * up from 00 for sixty octets. What is told is text: "written 0003 6162; mtu 100".
 *
 * The database, unless a test builds its own:
 *
 *   0001 Primary Service 1800
 *   0002   Characteristic 2a00, read, write, write command
 *   0003     value "abc", may be read and written
 *   0004 Primary Service 1801
 *   0005   Characteristic 2a05, indicate
 *   0006     value 00000000, may be neither
 *   0007     CCCD
 *   0008 Primary Service 180f
 *   0009   Include 0001..0003 1800
 *   000a   Characteristic 2a19, read, notify
 *   000b     value 64
 *   000c     CCCD
 *   000d   Characteristic LONG_UUID, read, write
 *   000e     value 00+60
 *   000f     User Description 2901 "text", may be read and written
 *   0010 Primary Service LONG_SERVICE
 *   0011   Characteristic 2a56, write command
 *   0012     value empty, may be written
 *   0013   Characteristic 2a57, read, write, notify, indicate
 *   0014     value "secret", reading and writing demand encryption
 *   0015     CCCD
 *   0016 Secondary Service 180a
 *   0017   Characteristic 2a29, read
 *   0018     value "maker"
 */
#pragma once

#include <check.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/att/att.h"
#include "host/gatt/client.h"
#include "host/gatt/db.h"
#include "host/gatt/server.h"

#define LONG_UUID    "0f0e0d0c0b0a09080706050403020100"
#define LONG_SERVICE "ffeeddccbbaa99887766554433221100"

struct link {
	struct qb_timers timers;
	struct qb_pool pool;
	struct qb_l2cap l2cap;
	struct qb_att att;
	struct qb_gatt_db *db;
	struct qb_gatt_server server;
	struct qb_gatt_client client;
};

extern struct link at;

/* With the database above, or an empty one. */
void begin(void);
void begin_empty(void);
/*
 * The link ends, if it has not yet; what was sent and not got ends with it. All that was told until
 * then must have been looked at, and nothing may be left of anything.
 */
void finish(void);
/* The link ends; more may be looked at before finish(). */
void link_ends(uint8_t reason);
/* The same peer comes back, to the same database. */
void link_begins(void);

void peer_sends(const char *hex);
/* The oldest PDU that was sent and not got yet: the controller takes it, the peer has it. */
void peer_gets(const char *hex);
void peer_gets_nothing(void);
/* How many PDUs were sent and not got yet. */
unsigned in_the_air(void);
/* What the peer gets, whatever it is, as hexadecimal. */
const char *peer_takes(void);

/* "< 0a 0300 > 0b 616263": peer_sends() and peer_gets() in turn, then nothing more is sent. */
void dialog(const char *script);

/* All that was told since the last look, in order. */
void told(const char *text);
void told_nothing(void);
void forget(void);
/* Writes something down. */
void tell(const char *format, ...) __attribute__((format(printf, 1, 2)));
void tell_octets(const uint8_t *data, size_t len);

void passes(uint64_t msec);

/* Octets as hexadecimal, and back. */
size_t octets(const char *hex, uint8_t *ret, size_t size);
struct qb_uuid uuid(const char *hex);

/* Sends a value of the server's; what becomes of it is told as "sent TAG STATUS". */
int notify(uint16_t handle, const char *hex, unsigned tag);
int indicate(uint16_t handle, const char *hex, unsigned tag);

/* Starts a procedure whose data is in hexadecimal (NULL: none), and whose tag is 1. */
int start(struct qb_gatt_proc_args args, const char *hex);
