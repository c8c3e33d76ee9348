/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines on standard error. */
#include "util/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int max_level = LOG_INFO;

static const char *const names[] = {"emerg",   "alert",  "crit", "err",
                                    "warning", "notice", "info", "debug"};

void qb_log_set_level(int level)
{
	max_level = level;
}

int qb_log_level_from_string(const char *name)
{
	for (int i = 0; i < (int)(sizeof(names) / sizeof(names[0])); i++)
		if (!strcmp(name, names[i]) || (name[0] == '0' + i && !name[1]))
			return i;
	return -EINVAL;
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
	if (getenv("JOURNAL_STREAM"))
		fprintf(stderr, "<%d>%s\n", level, line);
	else
		fprintf(stderr, "qbled: %s\n", line);
}
