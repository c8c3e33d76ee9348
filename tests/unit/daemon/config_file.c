/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration file: what each key does, and what is said where it is wrong. */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../unit.h"
#include "said.h"
#include "util/log.h"

static char path[64];
static struct qb_config config;

static void setup(void)
{
	int fd;

	strcpy(path, "/tmp/qbled-conf-XXXXXX");
	fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	close(fd);
	unsetenv("STATE_DIRECTORY");
	qb_config_init(&config);
	said_begin();
}

static void teardown(void)
{
	said_end();
	qb_config_done(&config);
	unlink(path);
}

static int load(const char *text)
{
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	fclose(file);
	said_begin();
	return qb_config_load(&config, path, true);
}

/* The text is refused with a line that has the file's line number and what is wrong. */
static void refused(const char *text, unsigned line, const char *wrong)
{
	char place[128];

	snprintf(place, sizeof(place), "%s:%u: ", path, line);
	ck_assert_msg(load(text) == -EINVAL, "taken: %s", text);
	said_has(place, wrong);
}

START_TEST(defaults)
{
	ck_assert_str_eq(config.controller, "hci0");
	ck_assert_str_eq(config.state_dir, "/var/lib/qbled");
	ck_assert_int_eq(config.log_level, LOG_INFO);
	ck_assert_uint_eq(config.ble.mtu, 247);
	ck_assert(config.ble.auto_mtu);
	ck_assert(!config.ble.strict_cccd);
	ck_assert(!config.ble.auto_advertise);
	ck_assert_uint_eq(config.ble.connect_timeout, 30);
	/* Under systemd. */
	qb_config_done(&config);
	setenv("STATE_DIRECTORY", "/run/here", 1);
	qb_config_init(&config);
	ck_assert_str_eq(config.state_dir, "/run/here");
}
END_TEST

START_TEST(every_key)
{
	ck_assert_int_eq(load("# a comment\n"
	                      "[Controller]\ndevice = h4:unix:/run/air\n"
	                      "[Ble]\nmtu=517\nauto-mtu=no\nstrict-cccd=true\nauto-advertise=1\n"
	                      "connect-timeout=5\n\n"
	                      "[Log]\nlevel=debug\n"),
	                 0);
	ck_assert_str_eq(said(), "");
	ck_assert_str_eq(config.controller, "h4:unix:/run/air");
	ck_assert_uint_eq(config.ble.mtu, 517);
	ck_assert(!config.ble.auto_mtu);
	ck_assert(config.ble.strict_cccd);
	ck_assert(config.ble.auto_advertise);
	ck_assert_uint_eq(config.ble.connect_timeout, 5);
	ck_assert_int_eq(config.log_level, LOG_DEBUG);
}
END_TEST

/* The example that is installed: as it is, and with every key taken out of its comment. */
START_TEST(example)
{
	char text[8192], bare[8192];
	FILE *file = fopen(getenv("QB_EXAMPLE_CONF"), "r");
	size_t n;
	char *to = bare;

	ck_assert_ptr_nonnull(file);
	n = fread(text, 1, sizeof(text) - 1, file);
	text[n] = '\0';
	fclose(file);
	ck_assert_int_eq(load(text), 0);
	ck_assert_str_eq(said(), "");
	for (const char *from = text; *from; from++)
		if (from == text || from[-1] != '\n' || *from != '#' || from[1] == ' ')
			*to++ = *from;
	*to = '\0';
	ck_assert_ptr_nonnull(strstr(bare, "\ndevice="));
	config.ble.mtu = 23;
	ck_assert_int_eq(load(bare), 0);
	ck_assert_str_eq(said(), "");
	/* Its values are the defaults. */
	ck_assert_str_eq(config.controller, "hci0");
	ck_assert_uint_eq(config.ble.mtu, 247);
	ck_assert(config.ble.auto_mtu && !config.ble.strict_cccd && !config.ble.auto_advertise);
	ck_assert_uint_eq(config.ble.connect_timeout, 30);
	ck_assert_int_eq(config.log_level, LOG_INFO);
}
END_TEST

START_TEST(wrong_values)
{
	static const char *const numbers[] = {
	        "", "22", "518", "-1", "0x20", "1e2", "99999999999999999999", "+", "23 24"};
	char text[128];

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		snprintf(text, sizeof(text), "[Ble]\n\nmtu=%s\n", numbers[i]);
		refused(text, 3, "23 to 517");
		ck_assert_uint_eq(config.ble.mtu, 247);
	}
	refused("[Ble]\nconnect-timeout=0", 2, "1 to 3600");
	refused("[Ble]\nconnect-timeout=3601", 2, "1 to 3600");
	refused("[Ble]\nauto-mtu=TRUE", 2, "auto-mtu=TRUE");
	refused("[Ble]\nstrict-cccd=", 2, "neither true nor false");
	refused("[Ble]\nauto-advertise=2", 2, "neither true nor false");
	refused("[Controller]\ndevice=", 2, "must not be empty");
	refused("[Log]\nlevel=loud", 2, "level=loud");
	refused("[Log]\nlevel=8", 2, "level=8");
	refused("[Controller]\ndevice=a\\q", 2, "not a string");
	/* A controller is tried much later; what can never be one has its line nevertheless. */
	refused("[Controller]\n\ndevice=usb0", 3, "'usb0' names no controller: it is hciN");
	refused("[Controller]\ndevice=hci", 2, "hci0 is the first");
	refused("[Controller]\ndevice=h4:tcp:host:0", 2, "port from 1 to 65535");
	refused("[Controller]\ndevice=h4:tty:/dev/ttyS0", 2, "is not DEV,BAUD");
	refused("[Controller]\ndevice=h4:unix:", 2, "0 characters, allowed are 1..107");
	ck_assert_str_eq(config.controller, "hci0");
}
END_TEST

/* All that is wrong is said at once, each with its line. */
START_TEST(wrong_names)
{
	refused("[Ble]\nmtu=247\nmtux=1\n[Bad]\nmtu=1\n [Ble]\n mtu = 9\n", 3, "'mtux'");
	said_has(":4: ", "[Bad]");
	said_has(":7: ", "mtu=9");
	/* The same name in another group, and a name that another begins with. */
	refused("[Log]\nmtu=100\n[Ble]\nmtu=247\n", 2, "'mtu' in [Log]");
	refused("[Ble]\nauto-mtu-x=1\nauto-mtu=maybe\n", 3, "auto-mtu=maybe");
	/* Of no language, though key files may have them. */
	refused("[Ble]\nmtu[de]=100\n", 2, "'mtu[de]' in [Ble]");
	/* Given twice, the last one counts, and is named once. */
	refused("[Ble]\nmtu=100\nmtu=1\n", 3, "mtu=1");
	ck_assert_ptr_eq(strchr(said(), '\n'), strrchr(said(), '\n'));
	ck_assert_int_eq(load("[Ble]\nmtu=1\nmtu=100\n"), 0);
	ck_assert_uint_eq(config.ble.mtu, 100);
}
END_TEST

START_TEST(no_key_file)
{
	refused("mtu=247\n", 1, NULL);
	refused("# comment\n\n[Ble\nmtu=247\n", 3, NULL);
	refused("[Ble]\nmtu=247\nnonsense\n", 3, "nonsense");
	refused("[Ble]\n=247\n", 2, NULL);
}
END_TEST

START_TEST(absent)
{
	unlink(path);
	ck_assert_int_eq(qb_config_load(&config, path, false), 0);
	ck_assert_str_eq(said(), "");
	ck_assert_int_eq(qb_config_load(&config, path, true), -ENOENT);
	said_has(path, "No such file");
	ck_assert_int_lt(qb_config_load(&config, "/tmp", false), 0);
	said_has("/tmp", NULL);
	ck_assert_int_eq(load(""), 0);
}
END_TEST

static char taken[128];

static void take(const char *id, int level, const char *line)
{
	snprintf(taken, sizeof(taken), "%s %d %s", id ? id : "-", level, line);
}

START_TEST(levels)
{
	static const char *const names[] = {"emerg",   "alert",  "crit", "err",
	                                    "warning", "notice", "info", "debug"};

	for (int i = 0; i < 8; i++) {
		char digit[2] = {(char)('0' + i), '\0'};

		ck_assert_int_eq(qb_log_level_from_string(names[i]), i);
		ck_assert_int_eq(qb_log_level_from_string(digit), i);
	}
	ck_assert_int_eq(qb_log_level_from_string(""), -EINVAL);
	ck_assert_int_eq(qb_log_level_from_string("77"), -EINVAL);
	ck_assert_int_eq(qb_log_level_from_string("DEBUG"), -EINVAL);
	/* What is above the level is left out. */
	qb_log_set_level(LOG_ERR);
	qb_log(LOG_WARNING, "too much");
	qb_log(LOG_ERR, "enough");
	ck_assert_str_eq(said(), "qbled: enough\n");
	/* As the journal has it. */
	qb_log_set_sink(take);
	qb_log_message("4711", LOG_WARNING, "too much");
	ck_assert_str_eq(taken, "");
	qb_log_message("4711", LOG_ERR, "no %s", "bus");
	ck_assert_str_eq(taken, "4711 3 no bus");
	qb_log(LOG_CRIT, "none");
	ck_assert_str_eq(taken, "- 2 none");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {defaults,    every_key,   example, wrong_values,
	                              wrong_names, no_key_file, absent,  levels};

	return unit_run_with("config", setup, teardown, tests, 8);
}
