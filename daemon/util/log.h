/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the daemon has to say to a person: lines on standard error, with the journal's priority
 * prefix where that reads them. host/ and ble/ say nothing; they hand their reasons up.
 */
#pragma once

#include <syslog.h>

/* Lines above this level are left out; LOG_INFO at the start. */
void qb_log_set_level(int level);

int qb_log_level(void);

/* "debug" of LOG_DEBUG. */
const char *qb_log_level_name(int level);

/* The level of a name ("debug", "info", … as syslog has them) or of its number, or -EINVAL. */
int qb_log_level_from_string(const char *name);

void qb_log(int level, const char *format, ...) __attribute__((format(printf, 2, 3)));
