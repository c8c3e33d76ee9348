/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the daemon's parts log, caught for the tests. */
#pragma once

/* Catches from here on, and forgets what was caught before; said_end() lets go. */
void said_begin(void);
void said_end(void);

/* All lines since then. */
const char *said(void);

/* Fails unless one line has both parts; NULL is in every line. */
void said_has(const char *part, const char *other);
