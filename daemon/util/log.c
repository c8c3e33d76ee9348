/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines, on standard error unless they are taken elsewhere. */
#include "util/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void print(const char *id, int level, const char *line)
{
	fprintf(stderr, "qbled: %s\n", line);
}

static int max_level = LOG_INFO;
static void (*sink)(const char *id, int level, const char *line) = print;

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

void qb_log_set_sink(void (*fn)(const char *id, int level, const char *line))
{
	sink = fn;
}

static void log_line(const char *id, int level, const char *format, va_list ap)
{
	char line[512];

	vsnprintf(line, sizeof(line), format, ap);
	sink(id, level, line);
}

void qb_log(int level, const char *format, ...)
{
	va_list ap;

	if (level > max_level)
		return;
	va_start(ap, format);
	log_line(NULL, level, format, ap);
	va_end(ap);
}

void qb_log_message(const char *id, int level, const char *format, ...)
{
	va_list ap;

	if (level > max_level)
		return;
	va_start(ap, format);
	log_line(id, level, format, ap);
	va_end(ap);
}
