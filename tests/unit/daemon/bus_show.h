/* SPDX-License-Identifier: GPL-2.0-or-later */
/* D-Bus values as text that a test can be compared with. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* "<01 02>"; returns how long it is. */
size_t show_octets(char *ret, size_t room, const uint8_t *data, size_t len);
