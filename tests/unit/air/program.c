/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line of qble-air. */
#include "process.h"

START_TEST(help)
{
	char text[8192];

	ck_assert_int_eq(air_run(text, sizeof(text), "--help"), 0);
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		ck_assert_uint_le(strlen(line), 80);
	ck_assert_int_eq(air_run(text, sizeof(text), "--version"), 0);
	ck_assert_ptr_nonnull(strstr(text, "qble-air "));
}
END_TEST

START_TEST(wrong_options)
{
	const struct {
		const char *option, *says;
	} wrong[] = {
	        {"--loss=1001", "--loss=1001: a number from 0 to 1000"},
	        {"--acl-len=26", "from 27 to 251"},
	        {"--acl-buffers=0", "from 1 to 255"},
	        {"--max-links=x", "a number from 1 to 512"},
	        {"--adv-sets=65", "from 1 to 64"},
	        {"--accept-list=", "from 1 to 255"},
	        {"--resolving-list=256", "from 1 to 255"},
	        {"--lie=-1", "from 0 to 1000"},
	        {"--mute-after=0", "a number from 1"},
	        {"--reset-after=0", "a number from 1"},
	        {"--faulty=0", "a number from 1"},
	        {"--tcp=65536", "from 1 to 65535"},
	        {"--seed=one", "a number from 0"},
	        {"--delay=-1", "milliseconds from 0 to 60000"},
	        {"--jitter=60001", "milliseconds from 0 to 60000"},
	        {"--answer-delay=soon", "milliseconds from 0 to 60000"},
	        {"--address=11:22", "--address=11:22: an address like"},
	        {"--nonsense", "--help"},
	        {"stray", "`stray' is no option"},
	        {"--realtime", "--socket=PATH"},
	};
	char text[8192];

	for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		ck_assert_int_eq(air_run(text, sizeof(text), wrong[i].option), 2);
		ck_assert_msg(strstr(text, wrong[i].says), "%s", text);
	}
}
END_TEST

START_TEST(paths_that_cannot_be)
{
	char text[1024], longer[200] = "--socket=/";

	ck_assert_int_eq(air_run(text, sizeof(text), "--socket=/nowhere/at/all"), 1);
	ck_assert_ptr_nonnull(strstr(text, "/nowhere/at/all: No such file or directory"));
	memset(longer + strlen(longer), 'x', sizeof(longer) - strlen(longer) - 1);
	ck_assert_int_eq(air_run(text, sizeof(text), longer), 1);
	ck_assert_ptr_nonnull(strstr(text, "longer than"));
	/* What is no socket is not removed. */
	ck_assert_int_eq(air_run(text, sizeof(text), "--socket=/dev/null"), 1);
	ck_assert_ptr_nonnull(strstr(text, "in use already"));
}
END_TEST

UNIT_MAIN("air-program", help, wrong_options, paths_that_cannot_be)
