/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines on standard error. */
#include "util/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int max_level = LOG_INFO;

static const char *const names[] = {"emerg",   "alert",  "crit", "err",
                                    "warning", "notice", "info", "debug"};

void qb_log_set_level(int level)
{
	max_level = level;
}

int qb_log_level(void)
{
	return max_level;
}

const char *qb_log_level_name(int level)
{
	return names[level];
}

int qb_log_level_from_string(const char *name)
{
	for (int i = 0; i < (int)(sizeof(names) / sizeof(names[0])); i++)
		if (!strcmp(name, names[i]) || (name[0] == '0' + i && !name[1]))
			return i;
	return -EINVAL;
}

/* Standard error may have been redirected since systemd set the variable. */
static bool is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long dev, ino;
	struct stat st;

	return stream && sscanf(stream, "%llu:%llu", &dev, &ino) == 2 &&
	       !fstat(STDERR_FILENO, &st) && st.st_dev == dev && st.st_ino == ino;
}

void qb_log(int level, const char *format, ...)
{
	char line[512];
	va_list ap;

	if (level > max_level)
		return;
	va_start(ap, format);
	vsnprintf(line, sizeof(line), format, ap);
	va_end(ap);
	if (is_journal())
		fprintf(stderr, "<%d>%s\n", level, line);
	else
		fprintf(stderr, "qbled: %s\n", line);
}
