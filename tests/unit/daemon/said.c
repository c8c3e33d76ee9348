/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Catches standard error in a file. */
#include "said.h"

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char text[65536];
static int file = -1, saved = -1;

void said_begin(void)
{
	if (file < 0) {
		FILE *f = tmpfile();

		ck_assert_ptr_nonnull(f);
		file = fileno(f);
		saved = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
		dup2(file, STDERR_FILENO);
	}
	ck_assert_int_eq(ftruncate(file, 0), 0);
	lseek(file, 0, SEEK_SET);
}

void said_end(void)
{
	dup2(saved, STDERR_FILENO);
}

const char *said(void)
{
	ssize_t n;

	fflush(stderr);
	n = pread(file, text, sizeof(text) - 1, 0);
	text[n < 0 ? 0 : n] = '\0';
	return text;
}

void said_has(const char *part, const char *other)
{
	char *line;

	said();
	for (line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		if ((!part || strstr(line, part)) && (!other || strstr(line, other)))
			return;
	ck_abort_msg("wanted '%s' and '%s' on one line; said was: %s", part, other ? other : "",
	             said());
}
