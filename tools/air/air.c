/* SPDX-License-Identifier: MIT */
/* The air: its clock, its chance, its weather, and the order in which hosts get their packets. */
#include "model.h"

#include <stdlib.h>

struct qa_air *qa_air_new(uint64_t seed)
{
	struct qa_air *air = calloc(1, sizeof(*air));

	if (!air)
		return NULL;
	air->rng = seed;
	qb_list_init(&air->controllers);
	qb_list_init(&air->listeners);
	qb_list_init(&air->dirty);
	if (!qa_crypto_init(air)) {
		free(air);
		return NULL;
	}
	return air;
}

void qa_air_free(struct qa_air *air)
{
	if (!air)
		return;
	qa_crypto_done(air);
	free(air);
}

void qa_air_set_weather(struct qa_air *air, const struct qa_weather *weather)
{
	air->weather = *weather;
	if (air->weather.loss_permille < 1000)
		return;
	air->weather.loss_permille = 1000;
	qb_list_foreach(elem, &air->controllers)
	        qa_links_lose(qb_list_entry(elem, struct qa_controller, elem));
}

const struct qa_weather *qa_air_weather(const struct qa_air *air)
{
	return &air->weather;
}

/* splitmix64: every seed is good, and the state is one number. */
uint64_t qa_rand(struct qa_air *air)
{
	uint64_t z = air->rng += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* 0 to bound - 1; the bias is below 2^-32 for all the bounds in use. */
uint64_t qa_rand_below(struct qa_air *air, uint64_t bound)
{
	return bound ? qa_rand(air) % bound : 0;
}

bool qa_chance(struct qa_air *air, unsigned permille)
{
	return permille && qa_rand_below(air, 1000) < permille;
}

void qa_rand_bytes(struct qa_air *air, uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		p[i] = (uint8_t)(qa_rand(air) >> 56);
}

/* Signal strength wavers a little, as in life. */
int8_t qa_rssi(const struct qa_controller *from)
{
	int dbm = from->rssi + (int)qa_rand_below(from->air, 5) - 2;

	return (int8_t)(dbm < -127 ? -127 : dbm > 20 ? 20 : dbm);
}

/* What the weather adds to the way of one PDU. */
uint64_t qa_air_latency(struct qa_air *air)
{
	const struct qa_weather *weather = &air->weather;
	uint64_t us = weather->delay_us;

	if (weather->jitter_us)
		us += qa_rand_below(air, (uint64_t)weather->jitter_us + 1);
	return us;
}

void qa_listen_update(struct qa_controller *c)
{
	bool listen = (c->scan.enabled && !c->scan.resting) || c->init.pending;

	if (listen == !qb_list_empty(&c->listening))
		return;
	if (listen)
		qb_list_append(&c->air->listeners, &c->listening);
	else
		qb_list_remove(&c->listening);
}

static void drain(struct qa_controller *c)
{
	while (!c->blocked) {
		struct qa_out *out = &c->draining;
		size_t len;

		if (out->pos == out->len) {
			struct qa_out empty = *out;

			if (!c->out.len)
				return;
			empty.len = empty.pos = 0;
			*out = c->out;
			c->out = empty;
		}
		len = qb_get_le16(out->data + out->pos);
		/* The host may call back in from here: that fills c->out, never c->draining. */
		if (!c->ops->to_host(c->user, out->data + out->pos + 2, len)) {
			c->blocked = true;
			return;
		}
		out->pos += 2 + len;
	}
}

/* Gives every host what is there for it. A host that answers from within is served by the loop. */
void qa_air_flush(struct qa_air *air)
{
	struct qb_list *elem;

	if (air->flushing)
		return;
	air->flushing = true;
	while ((elem = qb_list_pop(&air->dirty))) {
		struct qa_controller *c = qb_list_entry(elem, struct qa_controller, dirty);

		drain(c);
		if (!c->blocked)
			qa_acl_resume(c);
	}
	air->flushing = false;
}

void qa_air_advance(struct qa_air *air, uint64_t now_us)
{
	uint64_t next;

	/* One instant after the other, so that hosts answer at the time at which they were told. */
	while ((next = qb_timers_next(&air->timers)) <= now_us && next != QB_NEVER) {
		qb_timers_advance(&air->timers, next);
		qa_air_flush(air);
	}
	qb_timers_advance(&air->timers, now_us);
}

uint64_t qa_air_next(const struct qa_air *air)
{
	return qb_timers_next(&air->timers);
}
