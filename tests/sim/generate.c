/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes a run up: what each app does next, by chance, from what it may know by then. */
#include "host/gatt/db.h"
#include "host/limits.h"
#include "sim.h"

#define SOME_MSEC (QB_MSEC / 2)

/* xorshift64*: the run depends on the seed and on nothing else. */
uint32_t sim_roll(struct sim *sim, uint32_t sides)
{
	sim->random ^= sim->random >> 12;
	sim->random ^= sim->random << 25;
	sim->random ^= sim->random >> 27;
	return (uint32_t)((sim->random * UINT64_C(0x2545f4914f6cdd1d)) >> 33) % sides;
}

static uint32_t roll(struct actor *actor, uint32_t sides)
{
	return sim_roll(actor->sim, sides);
}

#define PICK(actor, ...)                                                                         \
	(((const uint32_t[]){__VA_ARGS__})[roll(actor, sizeof((const uint32_t[]){__VA_ARGS__}) / \
	                                                       sizeof(uint32_t))])

#define DO(actor, op, ...) \
	sim_step((actor)->sim, (actor)->index, op, (const uint32_t[SIM_ARGS_MAX]){__VA_ARGS__})

static uint32_t any_host(struct actor *actor)
{
	/* Now and then one that is nowhere. */
	return roll(actor, 12) ? roll(actor, actor->sim->n)
	                       : actor->sim->n + roll(actor, SIM_GHOSTS);
}

static uint32_t any_uuid(struct actor *actor)
{
	switch (roll(actor, 8)) {
	case 0: return 0x2a00;
	case 1: return 0x180f;
	case 2:
	case 3:
	case 4: return 0xfff0 + roll(actor, 6);
	case 5: return roll(actor, 20) ? 0xfff0 : 0x2800 + roll(actor, 5);
	default: return 0x10000 + roll(actor, 6);
	}
}

/* Lengths around those at which something changes: PDUs, ACL packets, the largest value. */
static uint32_t any_len(struct actor *actor)
{
	return roll(actor, 2) ? roll(actor, 24)
	                      : PICK(actor, 0, 1, 2, 18, 19, 20, 21, 22, 23, 43, 44, 60, 61, 182,
	                             184, 200, 242, 244, 245, 247, 253, 254, 400, 511, 512);
}

static uint32_t any_permission(struct actor *actor)
{
	return roll(actor, 6) ? QB_PERM_READ | QB_PERM_WRITE : roll(actor, QB_PERM_ALL + 1);
}

static uint32_t any_properties(struct actor *actor)
{
	return roll(actor, 3)
	               ? PICK(actor, 0x02, 0x08, 0x0a, 0x0e, 0x10, 0x12, 0x1a, 0x1e, 0x20, 0x3e)
	               : 1 + roll(actor, 0xff);
}

/* A service of any shape; descriptors may come before other characteristics' values. */
static void stage_service(struct actor *actor)
{
	uint32_t id = roll(actor, 24), charas = roll(actor, 6);

	DO(actor, SIM_ADD_SERVICE, id, any_uuid(actor), roll(actor, 8) != 0);
	for (uint32_t i = 0; i < charas; i++) {
		uint32_t properties = any_properties(actor);

		DO(actor, SIM_ADD_CHARA, id, i, properties, any_uuid(actor));
		if (roll(actor, 6))
			DO(actor, SIM_ADD_VALUE, id, i, any_permission(actor), any_len(actor),
			   roll(actor, 1000));
		if (properties & (QB_PROP_NOTIFY | QB_PROP_INDICATE) && roll(actor, 5))
			DO(actor, SIM_ADD_DESC, id, i, any_permission(actor), QB_GATT_CCCD, 2, 0);
		while (!roll(actor, 3))
			DO(actor, SIM_ADD_DESC, id, roll(actor, i + 1), any_permission(actor),
			   PICK(actor, 0x2900, 0x2901, 0x2904, 0x2905, 0x10007), any_len(actor),
			   roll(actor, 1000));
	}
}

static void serve(struct actor *actor)
{
	uint32_t services = 1 + roll(actor, 4);

	if (!roll(actor, 200)) {
		DO(actor, SIM_ADD_MANY, 1000, PICK(actor, 40, 200, QB_SERVICES_MAX + 1),
		   roll(actor, 4), roll(actor, 40));
		services = 0;
	}
	while (services--)
		stage_service(actor);
	DO(actor, SIM_PUBLISH, roll(actor, 6) != 0);
}

static void change_services(struct actor *actor)
{
	switch (roll(actor, 12)) {
	case 0: DO(actor, SIM_CLEAR, roll(actor, 4) != 0); break;
	case 1:
	case 2: serve(actor); break;
	case 3: DO(actor, SIM_NAME, roll(actor, 31), roll(actor, 26)); break;
	case 4: DO(actor, SIM_GET_HANDLE, roll(actor, 24), roll(actor, 6)); break;
	default:
		DO(actor, SIM_CHANGE, roll(actor, 24), roll(actor, 6), any_len(actor),
		   roll(actor, 1000));
	}
}

static void advertise(struct actor *actor)
{
	switch (roll(actor, 10)) {
	case 0:
		DO(actor, SIM_ADV_PARAM, 0x20 + roll(actor, 64), 0x60 + roll(actor, 64),
		   PICK(actor, 0, 0, 0, 2, 3, 4), roll(actor, 2), roll(actor, 8) ? 0 : 1);
		break;
	case 1:
	case 2: DO(actor, SIM_ADV_DATA, roll(actor, 4), roll(actor, 29), roll(actor, 26)); break;
	case 3: DO(actor, SIM_ADV_RSP, roll(actor, 4), roll(actor, 29), roll(actor, 26)); break;
	case 4: DO(actor, SIM_ADV_STOP, 0); break;
	default: DO(actor, SIM_ADV_START, 0);
	}
}

static void scan(struct actor *actor)
{
	uint32_t interval = 5 + roll(actor, 200);

	switch (roll(actor, 8)) {
	case 0:
		DO(actor, SIM_SCAN_PARAM, roll(actor, 2), interval, 4 + roll(actor, interval - 4),
		   0, roll(actor, 2));
		break;
	case 1: DO(actor, SIM_SCAN_FILTER, roll(actor, 4) != 0); break;
	case 2:
	case 3:
	case 4: DO(actor, SIM_SCAN_STOP, 0); break;
	default: DO(actor, SIM_SCAN_START, 0);
	}
}

static void lists(struct actor *actor)
{
	if (!roll(actor, 3))
		DO(actor, SIM_ACCEPT_CLEAR, 0);
	else
		DO(actor, roll(actor, 3) ? SIM_ACCEPT_ADD : SIM_ACCEPT_REMOVE, any_host(actor),
		   roll(actor, 2));
}

static void dial(struct actor *actor)
{
	uint32_t peer = any_host(actor), type = roll(actor, 4) == 0;

	if (peer == actor->index)
		return;
	DO(actor, SIM_CONNECT, peer, type);
	if (!roll(actor, 10))
		DO(actor, SIM_CANCEL, peer, type);
}

static struct sim_link *any_link(struct actor *actor)
{
	unsigned n = 0;

	for (unsigned id = 0; id < QB_LINKS_MAX; id++)
		n += actor->links[id] && !actor->links[id]->orphan && actor->links[id]->peer >= 0;
	if (!n)
		return NULL;
	n = roll(actor, n);
	for (unsigned id = 0; id < QB_LINKS_MAX; id++)
		if (actor->links[id] && !actor->links[id]->orphan && actor->links[id]->peer >= 0 &&
		    !n--)
			return actor->links[id];
	return NULL;
}

/* A handle of a database; mostly one that there is, if possible of a kind. */
static uint32_t any_handle(struct actor *actor, const struct sim_db *db, int kind)
{
	const struct sim_attr *attr = NULL;

	if (!roll(actor, 16))
		return PICK(actor, 1, 3, 14, 15, 16, 0xfffe, 0xffff, 1 + roll(actor, 60));
	for (unsigned i = 0; i < 8; i++) {
		attr = sim_db_next(db, 1 + roll(actor, db->last + 1));
		if (attr && (kind < 0 || attr->kind == kind))
			break;
	}
	return attr ? attr->handle : 3;
}

/* Mostly one that may be sent so. */
static uint32_t any_sendable(struct actor *actor, uint8_t property)
{
	for (unsigned i = 0; i < 24; i++) {
		const struct sim_attr *attr = sim_db_next(&actor->db,
		                                          1 + roll(actor, actor->db.last + 1));

		if (attr && attr->kind == QB_ATTR_VALUE && attr->properties & property)
			return attr->handle;
	}
	return any_handle(actor, &actor->db, QB_ATTR_VALUE);
}

static uint32_t fitting(struct actor *actor, const struct sim_link *link)
{
	uint32_t len = any_len(actor), room = link->mtu - 3u;

	return len > room && roll(actor, 16) ? room - roll(actor, 2) : len;
}

static void burst(struct actor *actor, struct sim_link *link)
{
	bool indicate = !roll(actor, 4);
	uint32_t times = 1 + roll(actor, actor->sim->crowded ? 60 : 12);

	if (!roll(actor, 40))
		times = QB_TX_QUEUE_MAX + 10;
	if (indicate)
		times = 1 + times / 4;
	DO(actor, indicate ? SIM_INDICATE : SIM_NOTIFY, (uint32_t)link->peer,
	   any_sendable(actor, indicate ? QB_PROP_INDICATE : QB_PROP_NOTIFY), fitting(actor, link),
	   times, roll(actor, 100000));
}

static void discover(struct actor *actor, uint32_t peer, const struct sim_db *db)
{
	const struct sim_attr *service;
	uint32_t start = 1, end = 0xffff;

	service = sim_db_next(db, 1 + roll(actor, db->last + 1));
	if (service && roll(actor, 2)) {
		start = service->handle;
		end = service->end >= start ? service->end : start;
	} else if (!roll(actor, 4)) {
		start = 1 + roll(actor, db->last + 3);
		end = 1 + roll(actor, db->last + 3);
	}
	switch (roll(actor, 6)) {
	case 0: DO(actor, SIM_SERVICES, peer); break;
	case 1: DO(actor, SIM_BY_UUID, peer, any_uuid(actor)); break;
	case 2: DO(actor, SIM_INCLUDES, peer, start, end); break;
	case 3: DO(actor, SIM_DESCS, peer, start, end); break;
	case 4:
		DO(actor, SIM_READ_UUID, peer, start, end,
		   roll(actor, 3) ? any_uuid(actor) : PICK(actor, 0x2800, 0x2803, 0x2902, 0x2a05));
		break;
	default: DO(actor, SIM_CHARAS, peer, start, end);
	}
}

static void read(struct actor *actor, uint32_t peer, const struct sim_db *db)
{
	uint32_t handle = any_handle(actor, db, roll(actor, 4) ? QB_ATTR_VALUE : -1);

	switch (roll(actor, 6)) {
	case 0: DO(actor, SIM_READ_CHARA, peer, handle, any_len(actor), roll(actor, 2)); break;
	case 1:
		DO(actor, SIM_READ_DESC, peer, any_handle(actor, db, QB_ATTR_DESCRIPTOR),
		   roll(actor, 2));
		break;
	case 2:
		DO(actor, SIM_READ_MULTI, peer, handle, any_handle(actor, db, QB_ATTR_VALUE),
		   any_handle(actor, db, QB_ATTR_VALUE));
		break;
	default: DO(actor, SIM_READ_CHARA, peer, handle, 0, roll(actor, 2)); break;
	}
}

static void write(struct actor *actor, const struct sim_link *link, const struct sim_db *db)
{
	uint32_t peer = (uint32_t)link->peer, seed = roll(actor, 100000);
	uint32_t handle = any_handle(actor, db, roll(actor, 8) ? QB_ATTR_VALUE : -1);

	switch (roll(actor, 8)) {
	case 0: DO(actor, SIM_WRITE_CHARA, peer, handle, 0, 1, any_len(actor), seed); break;
	case 1:
		DO(actor, SIM_WRITE_CHARA, peer, handle, roll(actor, 60), roll(actor, 2),
		   any_len(actor), seed);
		break;
	case 2:
	case 3:
		DO(actor, SIM_WRITE_NO_RSP, peer, handle, fitting(actor, link),
		   1 + roll(actor, actor->sim->crowded ? 30 : 5), seed);
		break;
	case 4:
	case 5:
		handle = any_handle(actor, db, QB_ATTR_DESCRIPTOR);
		DO(actor, SIM_WRITE_DESC, peer, handle, roll(actor, 6) ? 2 : any_len(actor),
		   roll(actor, 4) ? roll(actor, 4) : seed);
		break;
	default: DO(actor, SIM_WRITE_CHARA, peer, handle, 0, 0, fitting(actor, link), seed);
	}
}

static void ask(struct actor *actor, struct sim_link *link)
{
	uint32_t peer = (uint32_t)link->peer;
	const struct sim_db *db = &actor->sim->actors[peer].db;
	uint32_t times = roll(actor, 30) ? 1 : QB_PROC_QUEUE_MAX + 4;

	while (times--) {
		switch (roll(actor, 16)) {
		case 0:
			DO(actor, SIM_MTU, peer, PICK(actor, 23, 24, 64, 100, 185, 246, 247));
			break;
		case 1:
		case 2:
		case 3:
		case 4: discover(actor, peer, db); break;
		case 5:
		case 6:
		case 7:
		case 8:
		case 9: read(actor, peer, db); break;
		default: write(actor, link, db);
		}
	}
}

static void tend(struct actor *actor, struct sim_link *link)
{
	uint32_t peer = (uint32_t)link->peer, min = 6 + roll(actor, 60);

	switch (roll(actor, 8)) {
	case 0: DO(actor, SIM_DISCONNECT, peer); break;
	case 1:
	case 2:
	case 3:
		DO(actor, SIM_UPDATE, peer, min, min + roll(actor, 40), roll(actor, 3),
		   100 + roll(actor, 400));
		break;
	default: DO(actor, SIM_RSSI, peer);
	}
}

static void begin(struct actor *actor)
{
	bool server = roll(actor, 6), client = roll(actor, 6) || !server;

	if (server && !(actor->roles & SIM_SERVER))
		DO(actor, SIM_SERVER_INIT, 0);
	if (client && !(actor->roles & SIM_CLIENT))
		DO(actor, SIM_CLIENT_INIT, 0);
	if (server && roll(actor, 2))
		serve(actor);
	DO(actor, SIM_START, 0);
}

/* What seldom comes: roles that come and go, stops, and calls at the wrong time. */
static void turn_over(struct actor *actor)
{
	switch (roll(actor, 8)) {
	case 0: DO(actor, SIM_STOP, 0); break;
	case 1: DO(actor, SIM_SERVER_RELEASE, 0); break;
	case 2: DO(actor, SIM_CLIENT_RELEASE, 0); break;
	case 3: DO(actor, SIM_SERVER_INIT, 0); break;
	case 4: DO(actor, SIM_CLIENT_INIT, 0); break;
	case 5: DO(actor, SIM_START, 0); break;
	case 6: DO(actor, SIM_ADDRESS, 0); break;
	default: DO(actor, SIM_STATUS, 0);
	}
}

static void act(struct actor *actor)
{
	struct sim_link *link;

	if (actor->state != SIM_STARTED) {
		if (!roll(actor, 8))
			turn_over(actor);
		else if (actor->state == SIM_STOPPED && roll(actor, 3))
			begin(actor);
		return;
	}
	link = any_link(actor);
	switch (roll(actor, link ? 40 : 12)) {
	case 0: change_services(actor); break;
	case 1:
	case 2: advertise(actor); break;
	case 3: scan(actor); break;
	case 4:
	case 5: dial(actor); break;
	case 6: roll(actor, 6) ? dial(actor) : lists(actor); break;
	case 7:
		if (!roll(actor, 6))
			turn_over(actor);
		break;
	case 8:
	case 9: roll(actor, 2) ? advertise(actor) : dial(actor); break;
	case 10:
	case 11: change_services(actor); break;
	case 12:
	case 13: tend(actor, link); break;
	case 14:
	case 15:
	case 16:
	case 17:
	case 18:
	case 19: burst(actor, link); break;
	default: ask(actor, link);
	}
}

static void spoil(struct actor *actor)
{
	switch (roll(actor, 16)) {
	case 0: DO(actor, SIM_FAULT_DROP, 0); break;
	case 1: DO(actor, SIM_FAULT_MUTE, 100 + roll(actor, 5000)); break;
	case 2: DO(actor, SIM_FAULT_FAIL, 0x42); break;
	case 3: DO(actor, SIM_FAULT_AWAY, 100 + roll(actor, 8000)); break;
	case 4: DO(actor, SIM_FAULT_STALL, 10 + roll(actor, 1500)); break;
	case 5: DO(actor, SIM_FAULT_SLOW, 100 + roll(actor, 4000)); break;
	case 6: DO(actor, SIM_FAULT_UNPLUG, 10 + roll(actor, 3000)); break;
	case 7: DO(actor, SIM_FAULT_RESTART, 0); break;
	case 8: DO(actor, SIM_FAULT_ABANDON, 0); break;
	case 9: DO(actor, SIM_FAULT_WEATHER, 0, 0, 0); break;
	default:
		DO(actor, SIM_FAULT_WEATHER, roll(actor, 300), roll(actor, 20000),
		   roll(actor, 20000));
	}
}

void sim_generate(struct sim *sim, uint64_t until)
{
	uint32_t pause = sim->crowded ? 20 : 120, faults = 60 + sim_roll(sim, 400);

	while (sim_now(sim) < until) {
		sim_advance(sim, (1 + sim_roll(sim, pause)) * SOME_MSEC);
		act(&sim->actors[sim_roll(sim, sim->n)]);
		if (!sim_roll(sim, faults))
			spoil(&sim->actors[sim_roll(sim, sim->n)]);
	}
}
