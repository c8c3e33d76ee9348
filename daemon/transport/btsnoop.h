/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The btsnoop file format with H4 packets (datalink 1002), which btmon, Wireshark and most other
 * tools read. A pure codec, without I/O. All integers are most significant octet first.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QB_BTSNOOP_HEADER 16
#define QB_BTSNOOP_RECORD 24

/* The longest packet in a record, indicator included: no LE controller sends nearly as much. */
#define QB_BTSNOOP_PACKET_MAX 16384

struct qb_btsnoop_record {
	bool received;    /* from the controller */
	uint32_t len;     /* of the packet, which follows the record */
	uint32_t drops;   /* packets lost before this one, since the start */
	uint64_t unix_us; /* when, since 1970 */
};

void qb_btsnoop_put_header(uint8_t ret[QB_BTSNOOP_HEADER]);

/* h4_type: the first octet of the packet. */
void qb_btsnoop_put_record(uint8_t ret[QB_BTSNOOP_RECORD], const struct qb_btsnoop_record *record,
                           uint8_t h4_type);

/* What is wrong with the beginning of a file of which len octets are there; NULL: nothing. */
const char *qb_btsnoop_check_header(const uint8_t *p, size_t len);

/*
 * Reads the record at p, where len octets are there in all: its header and the first octet of its
 * packet are looked at. Returns NULL, or what is wrong with it; *ret_cut is set if that is only
 * that the file ends too early.
 */
const char *qb_btsnoop_get_record(const uint8_t *p, size_t len, struct qb_btsnoop_record *ret,
                                  bool *ret_cut);
