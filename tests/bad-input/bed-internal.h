/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of a bed share. */
#pragma once

#include "bed.h"

#define BED_HANDLE 0x0040

/* Writes something down that the host told. */
void bed_tell(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Octets as hexadecimal, in a buffer that the next call uses again. */
const char *bed_hex(const uint8_t *p, size_t len);

/* bed-app.c: all that is told, and the actions of a script. */
extern const struct qb_host_ops bed_host_ops;
void bed_do(const char *action);

/* bed.c: a packet for the controller. */
void bed_on_send(void *user, const uint8_t *packet, size_t len);
