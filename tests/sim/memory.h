/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How many blocks of memory are in use. */
#pragma once

#include <stddef.h>

long sim_blocks(void);
