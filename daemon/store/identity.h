/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The static random address of this machine, made once and kept in the state directory. */
#pragma once

#include "util/addr.h"

/*
 * Reads the address, or makes one and writes it. A file that makes no sense is set aside and said
 * so; where nothing can be written, the address lasts for this run only, which is said too. Returns
 * 0, or a negative errno if there is not even randomness.
 */
int qb_identity_load(const char *state_dir, struct qb_addr *ret);
