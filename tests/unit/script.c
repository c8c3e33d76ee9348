/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A controller that follows a script. */
#include "script.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void note_sent(void *user, const uint8_t *packet, size_t len)
{
	struct script *script = user;

	ck_assert_uint_lt(script->first + script->n, SCRIPT_PACKETS);
	ck_assert_uint_le(len, SCRIPT_PACKET);
	script->sent[script->first + script->n].len = len;
	memcpy(script->sent[script->first + script->n].b, packet, len);
	script->n++;
}

static void note_event(void *user, uint8_t code, const uint8_t *param, size_t len)
{
	struct script *script = user;

	script->events++;
	script->event_code = code;
	script->event_len = len;
	memcpy(script->event, param, len);
	if (script->hook)
		script->hook(script);
}

static void note_failure(void *user, const char *why)
{
	struct script *script = user;

	script->failures++;
	snprintf(script->why, sizeof(script->why), "%s", why);
	if (script->hook)
		script->hook(script);
}

void script_init(struct script *script)
{
	static const struct qb_hci_ops ops = {
	        .send = note_sent,
	        .event = note_event,
	        .failed = note_failure,
	};

	memset(script, 0, sizeof(*script));
	qb_hci_init(&script->hci, &script->timers, &script->pool, &ops, script);
}

void script_done(struct script *script)
{
	script_takes_nothing(script);
	qb_hci_done(&script->hci);
	ck_assert_uint_eq(script->pool.used, 0);
	qb_pool_done(&script->pool);
	ck_assert(qb_timers_next(&script->timers) == QB_NEVER);
}

size_t script_hex(const char *hex, uint8_t *ret, size_t size)
{
	size_t n = 0;
	int used;
	unsigned octet;

	while (sscanf(hex, " %2x%n", &octet, &used) == 1) {
		ck_assert_uint_lt(n, size);
		ret[n++] = (uint8_t)octet;
		hex += used;
	}
	ck_assert_msg(!hex[strspn(hex, " ")], "not hexadecimal: %s", hex);
	return n;
}

void script_gives_octets(struct script *script, const uint8_t *packet, size_t len)
{
	uint8_t *exact = malloc(len + !len);

	ck_assert_ptr_nonnull(exact);
	if (len)
		memcpy(exact, packet, len);
	qb_hci_input(&script->hci, exact, len);
	free(exact);
}

void script_gives(struct script *script, const char *hex)
{
	uint8_t packet[SCRIPT_PACKET];

	script_gives_octets(script, packet, script_hex(hex, packet, sizeof(packet)));
}

void script_takes(struct script *script, const char *hex)
{
	uint8_t packet[SCRIPT_PACKET];
	size_t len = script_hex(hex, packet, sizeof(packet));

	ck_assert_msg(script->n, "expected %s, but nothing was sent", hex);
	ck_assert_mem_eq(script->sent[script->first].b, packet, len);
	ck_assert_uint_eq(script->sent[script->first].len, len);
	script->n--;
	script->first = script->n ? script->first + 1 : 0;
}

void script_takes_nothing(struct script *script)
{
	if (script->n)
		ck_abort_msg("%zu packets too many, the first with %02x %02x %02x…", script->n,
		             script->sent[script->first].b[0], script->sent[script->first].b[1],
		             script->sent[script->first].b[2]);
}

void script_passes(struct script *script, uint64_t msec)
{
	qb_timers_advance(&script->timers, script->timers.now + msec * QB_MSEC);
}
