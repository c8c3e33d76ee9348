/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Advertising and scanning: what is on the air, and which events 19 may come of it. */
#include <string.h>

#include "ble/event.h"
#include "sim.h"

#define FLAGS 0x06 /* general discoverable, no BR/EDR: what SetAdvParam is given below */

struct qb_addr sim_addr(const struct sim *sim, uint32_t host, uint8_t type)
{
	struct qb_addr addr = {.type = QB_ADDR_RANDOM, .b = {(uint8_t)host, 0xee, 3, 2, 1, 0xc0}};

	if (host >= sim->n)
		return addr;
	if (type == QB_ADDR_PUBLIC && !sim->random_only)
		return (struct qb_addr){QB_ADDR_PUBLIC,
		                        {(uint8_t)(host + 1), 0, 0, 0x33, 0x22, 0x11}};
	addr.b[1] = 0;
	return addr;
}

/* What is put on the air for the app's data: Flags in front, where it has none and they fit. */
static struct sim_adv on_air(const uint8_t *data, size_t len, bool rsp)
{
	struct sim_adv adv = {0};
	bool has_flags = false;

	for (size_t at = 0; at + 1 < len; at += 1u + data[at])
		has_flags |= data[at] && data[at + 1] == 0x01;
	if (!rsp && !has_flags && len + 3 <= sizeof(adv.data)) {
		memcpy(adv.data, (const uint8_t[]){2, 1, FLAGS}, 3);
		adv.len = 3;
	}
	if (len)
		memcpy(adv.data + adv.len, data, len);
	adv.len = (uint8_t)(adv.len + len);
	return adv;
}

static struct sim_adv *last_version(struct actor *actor, bool rsp)
{
	return &actor->adv[rsp][actor->adv_next[rsp] % SIM_ADV_VERSIONS];
}

static void put_version(struct actor *actor, bool rsp, const uint8_t *data, size_t len)
{
	*last_version(actor, rsp) = on_air(data, len, rsp);
	actor->adv_next[rsp]++;
}

void sim_adv_reset(struct actor *actor)
{
	for (unsigned rsp = 0; rsp < 2; rsp++) {
		const struct sim_adv
		        *now = &actor->adv[rsp][(actor->adv_next[rsp] - 1) % SIM_ADV_VERSIONS];
		struct sim_adv none = on_air(NULL, 0, rsp);

		/* However often a role is released, that takes the place of one old version. */
		if (!actor->adv_next[rsp] || memcmp(now, &none, sizeof(none)) != 0)
			put_version(actor, rsp, NULL, 0);
	}
}

/* kind 0: a name; 1: Flags and a name; 2: a length that does not fit; else of the vendor's own. */
static size_t build(uint8_t ret[31], const struct sim_step *step)
{
	uint32_t kind = step->args[0], room = step->args[1] % 28;
	size_t at = 0;

	if (kind == 1) {
		memcpy(ret, (const uint8_t[]){2, 1, 5}, 3);
		at = 3;
	}
	ret[at] = (uint8_t)(room + 1);
	ret[at + 1] = kind < 2 ? 0x09 : 0xff;
	for (size_t i = 0; at + 2 + i < 31 && i < room; i++)
		ret[at + 2 + i] = (uint8_t)('a' + (step->args[2] + i) % 26);
	if (at + 2 + room > 31) {
		room = (uint32_t)(29 - at);
		ret[at] = (uint8_t)(room + 1);
	}
	if (kind == 2)
		ret[at]++;
	return at + 2 + room;
}

static void set_data(struct actor *actor, const struct sim_step *step)
{
	bool rsp = step->op == SIM_ADV_RSP;
	const char *method = rsp ? "SetAdvRspData" : "SetAdvData";
	uint8_t data[31];
	size_t len = build(data, step);
	struct sim_adv last = *last_version(actor, rsp);
	int error;

	put_version(actor, rsp, data, len);
	error = sim_call(actor, step->op, method, data, len);
	if (!(actor->roles & SIM_SERVER))
		sim_expect(actor, QB_ERR_NOT_INITIALIZED, error, method);
	else if (step->args[0] == 2)
		sim_expect(actor, QB_ERR_INVALID_ARGUMENT, error, method);
	else
		sim_must(actor, SIM_INV_REFUSAL, error <= 0, "%s refuses good data", method);
	if (error > 0) {
		actor->adv_next[rsp]--;
		*last_version(actor, rsp) = last;
	}
}

static void adv_start(struct actor *actor)
{
	actor->adv_starts++;
	actor->connectable = true;
	sim_call(actor, SIM_ADV_START, "AdvStart");
}

static void scan_start(struct actor *actor)
{
	bool fresh = !actor->scan_on, was = actor->scanning;
	int error;

	actor->scan_turn++;
	actor->scan_on = actor->scanning = true;
	if (fresh) {
		memset(actor->heard, 0, sizeof(actor->heard));
		actor->scan_checked = true;
	}
	error = sim_call(actor, SIM_SCAN_START, "ScanStart");
	if (error > 0) {
		actor->scanning = was;
		actor->scan_on = !fresh;
	}
}

static void scan_stop(struct actor *actor)
{
	int error;

	actor->scan_turn++;
	error = sim_call(actor, SIM_SCAN_STOP, "ScanStop");
	if (error <= 0)
		actor->scan_on = false;
}

void sim_do_gap(struct actor *actor, const struct sim_step *step)
{
	const uint32_t *args = step->args;
	struct qb_addr addr;
	uint8_t display[6];

	addr = sim_addr(actor->sim, args[0], (uint8_t)args[1]);
	qb_addr_to_display(&addr, display);
	switch (step->op) {
	case SIM_ADV_PARAM:
		sim_call(actor, step->op, "SetAdvParam", args[0], args[1], args[2], args[3], 7,
		         args[4], 2, 1, 1);
		break;
	case SIM_ADV_DATA:
	case SIM_ADV_RSP: set_data(actor, step); break;
	case SIM_ADV_START: adv_start(actor); break;
	case SIM_ADV_STOP: sim_call(actor, step->op, "AdvStop"); break;
	case SIM_SCAN_PARAM:
		sim_call(actor, step->op, "SetScanParam", args[0], args[1], args[2], args[3],
		         args[4]);
		break;
	case SIM_SCAN_FILTER:
		actor->scan_once = args[0];
		actor->scan_checked = false;
		sim_call(actor, step->op, "SetScanFilter", args[0]);
		break;
	case SIM_SCAN_START: scan_start(actor); break;
	case SIM_SCAN_STOP: scan_stop(actor); break;
	case SIM_ACCEPT_ADD:
		sim_call(actor, step->op, "AcceptListAdd", addr.type, display, (size_t)6);
		break;
	case SIM_ACCEPT_REMOVE:
		sim_call(actor, step->op, "AcceptListRemove", addr.type, display, (size_t)6);
		break;
	case SIM_ACCEPT_CLEAR: sim_call(actor, step->op, "AcceptListClear"); break;
	}
}

void sim_gap_call_end(struct actor *actor, const struct sim_call *call, enum qb_error error)
{
	switch (call->op) {
	case SIM_ADV_START: actor->adv_starts--; break;
	case SIM_ADV_STOP:
		if (!error && !actor->adv_starts)
			actor->connectable = false;
		break;
	case SIM_SCAN_START:
		if (error && call->turn == actor->scan_turn)
			actor->scanning = actor->scan_on = false;
		break;
	case SIM_SCAN_STOP:
		if (!error && call->turn == actor->scan_turn)
			actor->scanning = false;
		break;
	default: break;
	}
}

static int host_of(const struct sim *sim, const struct qb_addr *addr)
{
	for (unsigned i = 0; i < sim->n; i++) {
		struct qb_addr own = sim_addr(sim, i, addr->type);

		if (qb_addr_equal(&own, addr))
			return (int)i;
	}
	return -1;
}

static bool was_on_air(const struct actor *peer, const struct qb_event *event)
{
	for (unsigned rsp = 0; rsp < 2; rsp++) {
		for (unsigned i = 0; i < SIM_ADV_VERSIONS; i++) {
			const struct sim_adv *adv = &peer->adv[rsp][i];

			if (adv->len == event->len &&
			    (!adv->len || !memcmp(adv->data, event->data, adv->len)))
				return true;
		}
	}
	return false;
}

void sim_on_report(struct actor *actor, const struct qb_event *event)
{
	struct sim *sim = actor->sim;
	int peer = host_of(sim, &event->addr);
	uint32_t *heard = &actor->heard[event->addr.type & 1];

	sim_must(actor, SIM_INV_SCAN, actor->scanning, "event 19 while there is no scan");
	sim_must(actor, SIM_INV_SCAN, peer >= 0 && peer != (int)actor->index,
	         "event 19 with an address that nobody has");
	sim_must(actor, SIM_INV_SCAN, !event->len || was_on_air(&sim->actors[peer], event),
	         "event 19 with octets that h%d does not advertise", peer);
	sim_must(actor, SIM_INV_SCAN, event->rssi >= -127 && event->rssi <= 127,
	         "event 19 with %d dBm", event->rssi);
	if (actor->scan_once && actor->scan_checked)
		sim_must(actor, SIM_INV_SCAN, !(*heard >> peer & 1),
		         "event 19 for h%d a second time in one scan", peer);
	*heard |= 1u << peer;
}
