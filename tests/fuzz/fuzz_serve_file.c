/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Descriptions of servers, as qblectl serve reads them: one that is taken has services and
 * characteristics that can be published, of one that is refused it is said where it is wrong.
 */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "file.h"
#include "fuzz.h"
#include "qblectl.h"

/* session.c's, without a bus behind it. */
int ctl_fail(struct ctl *ctl, int r, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(ctl->message, sizeof(ctl->message), format, ap);
	va_end(ap);
	return r;
}

static const char *const words[] = {"[device]\n",
                                    "[service]\n",
                                    "[characteristic]\n",
                                    "[descriptor]\n",
                                    "name = ",
                                    "interval = ",
                                    "uuid = ",
                                    "secondary = ",
                                    "properties = ",
                                    "value = ",
                                    "writable = ",
                                    "yes\n",
                                    "no\n",
                                    "read ",
                                    "write ",
                                    "notify ",
                                    "indicate ",
                                    "write-no-response ",
                                    "180f\n",
                                    "2a19\n",
                                    "2902\n",
                                    "text:words",
                                    "0x0102",
                                    "0a:0b",
                                    "\n",
                                    "6e400001-b5a3-f393-e0a9-e50e24dcca9e\n",
                                    "Battery",
                                    "battery_level\n",
                                    "20\n",
                                    "10240\n",
                                    "10241\n",
                                    "0000000000000000000000000000000000000000"};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t none[16];
	struct ctl ctl = {.message = ""};
	struct ctl_server server = {.n_services = 0};
	uint8_t text[8192];
	size_t len = fuzz_text(data, size, words, sizeof(words) / sizeof(words[0]), text,
	                       sizeof(text));
	int r = ctl_server_load(&ctl, &server, fuzz_file(text, len));

	if (r < 0) {
		assert(ctl.message[0]);
	} else {
		assert(server.n_services > 0 && server.n_services <= 32);
		assert(server.name[0] && strnlen(server.name, sizeof(server.name)) < 30);
		assert(server.interval_ms >= 20 && server.interval_ms <= 10240);
		for (size_t i = 0; i < server.n_services; i++)
			assert(memcmp(server.services[i].uuid, none, 16));
		for (size_t i = 0; i < server.n_charas; i++) {
			const struct ctl_chara *chara = &server.charas[i];

			assert(memcmp(chara->uuid, none, 16) && chara->len <= CTL_VALUE_MAX);
			assert(chara->service < server.n_services);
			assert(chara->is_desc ? i > 0 : chara->properties > 0);
		}
	}
	ctl_server_done(&server);
	return 0;
}
