/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of the log as entries of the journal, with their priority and MESSAGE_ID. */
/* All lines come from one place. */
#define SD_JOURNAL_SUPPRESS_LOCATION

#include "util/journal.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include "util/log.h"

/* Standard error may have been redirected since systemd set the variable. */
static bool is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long dev, ino;
	struct stat st;

	return stream && sscanf(stream, "%llu:%llu", &dev, &ino) == 2 &&
	       !fstat(STDERR_FILENO, &st) && st.st_dev == dev && st.st_ino == ino;
}

/*
 * Lines without an ID go through the stream: the journal knows whose it is even when the daemon,
 * whose last words they may be, has ended.
 */
static void entry(const char *id, int level, const char *line)
{
	if (!id || sd_journal_send("MESSAGE=%s", line, "PRIORITY=%d", level, "MESSAGE_ID=%s", id,
	                           NULL) < 0)
		fprintf(stderr, "<%d>%s\n", level, line);
}

void qb_journal_use(void)
{
	if (is_journal())
		qb_log_set_sink(entry);
}
