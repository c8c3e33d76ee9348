/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is read from a file, for code that takes a path: the input without a file system. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* A file with these contents; its path is good until the next one. */
const char *fuzz_file(const uint8_t *data, size_t len);
