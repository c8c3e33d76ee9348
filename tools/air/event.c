/* SPDX-License-Identifier: MIT */
/* Packets to the host: the queue, the event masks, and events that lie on demand. */
#include "model.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* A host that does not read this much has lost the rest. Far more than an honest one lets wait. */
#define OUT_MAX (256 * 1024)

size_t qa_out_pending(const struct qa_controller *c)
{
	return c->out.len + c->draining.len - c->draining.pos;
}

bool qa_out_room(const struct qa_controller *c, size_t max)
{
	return !c->blocked && qa_out_pending(c) < max;
}

bool qa_out_put(struct qa_controller *c, const uint8_t *packet, size_t len)
{
	struct qa_out *out = &c->out;

	if (len > QA_PACKET_MAX || qa_out_pending(c) + 2 + len > OUT_MAX)
		return false;
	if (out->len + 2 + len > out->cap) {
		size_t cap = out->cap ? out->cap : 512;
		uint8_t *data;

		while (cap < out->len + 2 + len)
			cap *= 2;
		data = realloc(out->data, cap);
		if (!data)
			return false;
		out->data = data;
		out->cap = cap;
	}
	qb_put_le16(out->data + out->len, (uint16_t)len);
	memcpy(out->data + out->len + 2, packet, len);
	out->len += 2 + len;
	if (qb_list_empty(&c->dirty))
		qb_list_append(&c->air->dirty, &c->dirty);
	return true;
}

void qa_warn(struct qa_controller *c, const char *fmt, ...)
{
	char text[160];
	va_list ap;

	if (!c->ops->warn)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	c->ops->warn(c->user, text);
}

/* Cut short, a number too high, or any octet wrong; the framing of H4 itself stays true. */
static size_t lie(struct qa_air *air, uint8_t code, uint8_t *p, size_t len)
{
	size_t first = code == QB_HCI_EV_LE_META ? 1 : 0;

	switch (qa_rand_below(air, 3)) {
	case 0: return qa_rand_below(air, len);
	case 1:
		if (first < len)
			p[first] = (uint8_t)(p[first] + 1 + qa_rand_below(air, 0xff));
		return len;
	default: p[qa_rand_below(air, len)] = (uint8_t)qa_rand(air); return len;
	}
}

static void send_event(struct qa_controller *c, uint8_t code, const uint8_t *p, size_t len)
{
	uint8_t packet[1 + QB_HCI_EVENT_HDR + 255] = {QB_H4_EVENT, code};

	memcpy(packet + 3, p, len);
	if (len && qa_chance(c->air, c->config.lie_permille))
		len = lie(c->air, code, packet + 3, len);
	packet[2] = (uint8_t)len;
	if (!qa_out_put(c, packet, 3 + len))
		qa_warn(c, "host does not read: event 0x%02x is lost", code);
}

/* Command Complete, Command Status and Number Of Completed Packets cannot be masked (7.3.1). */
static bool masked(const struct qa_controller *c, uint8_t code)
{
	switch (code) {
	case QB_HCI_EV_COMMAND_COMPLETE:
	case QB_HCI_EV_COMMAND_STATUS:
	case QB_HCI_EV_NUM_COMPLETED: return false;
	default: return !(c->event_mask >> (code - 1) & 1);
	}
}

void qa_event(struct qa_controller *c, uint8_t code, const uint8_t *p, size_t len)
{
	if (!c->muted && !masked(c, code))
		send_event(c, code, p, len);
}

bool qa_le_event_wanted(const struct qa_controller *c, uint8_t subevent)
{
	return !masked(c, QB_HCI_EV_LE_META) && c->le_event_mask >> (subevent - 1) & 1;
}

void qa_le_event(struct qa_controller *c, uint8_t subevent, const uint8_t *p, size_t len)
{
	uint8_t params[255] = {subevent};

	if (c->muted || !qa_le_event_wanted(c, subevent))
		return;
	if (len)
		memcpy(params + 1, p, len);
	send_event(c, QB_HCI_EV_LE_META, params, 1 + len);
}
