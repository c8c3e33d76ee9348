/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the daemon has to say to a person: lines on standard error, or in the journal. host/ and
 * ble/ say nothing; they hand their reasons up.
 */
#pragma once

#include <syslog.h>

/* MESSAGE_IDs of what programs look for in the journal; qbled(8) lists them. */
#define QB_MSG_READY           "21916b23e86848b8aa1720bb6e717ccd"
#define QB_MSG_CONTROLLER_LOST "87c982423b4848ae90b6e2b5bb8a9cab"
#define QB_MSG_NO_CONTROLLER   "2e7f756b45b74210a28fc82f18fa7165"
#define QB_MSG_BUS_LOST        "5dcca99befad4e6a82be73eb41f5e127"
#define QB_MSG_BUS_BACK        "a2c81fa1187b46848b744f1380f7975d"

/* Lines above this level are left out; LOG_INFO at the start. */
void qb_log_set_level(int level);

int qb_log_level(void);

/* "debug" of LOG_DEBUG. */
const char *qb_log_level_name(int level);

/* The level of a name ("debug", "info", … as syslog has them) or of its number, or -EINVAL. */
int qb_log_level_from_string(const char *name);

void qb_log(int level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same, with one of the MESSAGE_IDs above. */
void qb_log_message(const char *id, int level, const char *format, ...)
        __attribute__((format(printf, 3, 4)));

/* Lines go there instead of to standard error; id is NULL for most. */
void qb_log_set_sink(void (*sink)(const char *id, int level, const char *line));
