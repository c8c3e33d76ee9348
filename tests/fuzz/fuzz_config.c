/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Configuration files, and the address in the state directory. Whatever is in them, the values in
 * force are in their ranges, the address is a static one, and what was made anew is there again the
 * next time.
 */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "fuzz.h"
#include "store/identity.h"
#include "util/log.h"

static const char *const words[] = {"[Controller]\n",
                                    "[Ble]\n",
                                    "[Log]\n",
                                    "[Identity]\n",
                                    "device=",
                                    "mtu=",
                                    "auto-mtu=",
                                    "strict-cccd=",
                                    "auto-advertise=",
                                    "connect-timeout=",
                                    "level=",
                                    "true",
                                    "false",
                                    "yes",
                                    "no",
                                    "hci0",
                                    "23",
                                    "517",
                                    "518",
                                    "3600",
                                    "99999999999999999",
                                    "-1",
                                    "debug",
                                    "emerg",
                                    "\n",
                                    " = ",
                                    "#",
                                    "\\s\\n\\x",
                                    "[de]=",
                                    "StaticRandomAddress=",
                                    "c0:01:02:03:04:05",
                                    "ff:ff:ff:ff:ff:ff",
                                    "c0:00:00:00:00:00",
                                    ":"};

static void load_config(const uint8_t *data, size_t len)
{
	struct qb_config config;
	int r;

	qb_config_init(&config);
	r = qb_config_load(&config, fuzz_file(data, len), true);
	assert(r == 0 || r == -EINVAL);
	assert(config.controller && config.controller[0]);
	assert(config.ble.mtu >= 23 && config.ble.mtu <= 517);
	assert(config.ble.connect_timeout >= 1 && config.ble.connect_timeout <= 3600);
	assert(config.log_level >= LOG_EMERG && config.log_level <= LOG_DEBUG);
	qb_config_done(&config);
}

static char folder[4096], identity[sizeof(folder) + 16], broken[sizeof(identity) + 16];

static void remove_folder(void)
{
	g_unlink(identity);
	g_unlink(broken);
	g_rmdir(folder);
}

static void load_identity(const uint8_t *data, size_t len)
{
	struct qb_addr first, second;
	FILE *file;

	if (!identity[0]) {
		/* A fuzzer that crashes or is killed removes nothing: tests/fuzz/run does. */
		const char *parent = getenv("TMPDIR");

		snprintf(folder, sizeof(folder), "%s/qbled-fuzz-XXXXXX",
		         parent ? parent : "/dev/shm");
		assert(mkdtemp(folder));
		snprintf(identity, sizeof(identity), "%s/identity", folder);
		snprintf(broken, sizeof(broken), "%s.broken", identity);
		atexit(remove_folder);
	}
	file = fopen(identity, "w");
	assert(file && fwrite(data, 1, len, file) == len);
	fclose(file);
	assert(!qb_identity_load(folder, &first));
	assert(first.type == QB_ADDR_RANDOM && (first.b[5] & 0xc0) == 0xc0);
	assert(!qb_identity_load(folder, &second));
	assert(qb_addr_equal(&first, &second));
}

/* Nobody reads it, but it is made all the same. */
static void on_line(const char *id, int level, const char *line)
{
	assert(level >= LOG_EMERG && level <= LOG_DEBUG && *line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t text[8192];
	size_t len;

	qb_log_set_sink(on_line);
	if (!size)
		return 0;
	len = fuzz_text(data + 1, size - 1, words, sizeof(words) / sizeof(words[0]), text,
	                sizeof(text));
	/* The address costs a few files each time, so it is not every other input's turn. */
	if (data[0] == 'i')
		load_identity(text, len);
	else
		load_config(text, len);
	return 0;
}
