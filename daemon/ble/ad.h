/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Advertising data: a sequence of structures of length, type and content (Core 5.4, Vol 3, Part C,
 * 11, and the Supplement, Part A).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	QB_AD_FLAGS = 0x01,
	QB_AD_SHORT_NAME = 0x08,
	QB_AD_COMPLETE_NAME = 0x09,
};

/* Bits of the Flags structure. */
enum {
	QB_AD_FLAG_LIMITED = 0x01,
	QB_AD_FLAG_GENERAL = 0x02,
	QB_AD_FLAG_NO_BR_EDR = 0x04,
};

/*
 * True if data is well-formed; zeros may fill its end. Otherwise *ret_at is where the structure
 * begins that is wrong.
 */
bool qb_ad_valid(const uint8_t *data, size_t len, size_t *ret_at);

/* The content of the first structure of a type, or NULL; reads what it can of damaged data. */
const uint8_t *qb_ad_find(const uint8_t *data, size_t len, uint8_t type, size_t *ret_len);

/* Room for a name: 253 octets, each of which may turn into three, and a NUL. */
#define QB_AD_NAME_SIZE 760

/*
 * The device's name, complete or short, as valid UTF-8; what is none becomes U+FFFD, and a NUL ends
 * it. Empty if there is no name. Returns ret.
 */
char *qb_ad_name(const uint8_t *data, size_t len, char ret[QB_AD_NAME_SIZE]);
