/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The document's two example programs, call by call, as the opening of stories. */
#pragma once

#include "unit.h"
#include "world.h"

#define EXAMPLE_NAME "Quectel_ble"

/* A short UUID as the document's programs give it: uuid_type, uuid_s, uuid_l. */
#define SHORT_UUID(uuid)  1u, (unsigned)(uuid), "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", (size_t)16
#define LONG_UUID(octets) 0u, 0u, (octets), (size_t)16
#define OCTETS(octets)    (octets), sizeof(octets) - 1

/* ServerInit to event 0. */
void example_start_server(struct node *node);
/* What the server does in event 0, with the system's services (1) or without them (0). */
void example_serve(struct node *node, unsigned mode);
/* Both. */
void example_server(struct node *node, unsigned mode);

/* ClientInit to event 0. */
void example_start_client(struct node *node);
/* Scans until it hears the server, connects to it, and waits for event 26; its connect_id. */
uint32_t example_find(struct node *node);
/* Both. */
uint32_t example_client(struct node *node);

/* An event and what it carries. */
#define expect_data(node, id, octets) expect_octets(node, id, octets, sizeof(octets) - 1)
struct qb_event expect_octets(struct node *node, uint8_t id, const void *octets, size_t len);
void expect_att_error(struct node *node, uint8_t code);
void expect_service(struct node *node, uint16_t start, uint16_t end, uint16_t short_uuid);
