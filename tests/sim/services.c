/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Staging, publishing and changing services, at the daemon and in the model alike. */
#include <string.h>

#include "sim.h"

void sim_db_changed(struct actor *actor)
{
	for (struct sim_link *link = actor->sim->links; link; link = link->next) {
		unsigned n = 0;

		if (link->peer == (int)actor->index)
			sim_asks_loosen(link);
		if (link->actor != actor)
			continue;
		/* A client configuration goes with its descriptor. */
		for (unsigned i = 0; i < link->n_cccds; i++) {
			const struct sim_attr *attr = sim_db_get(&actor->db, link->cccds[i].handle);

			if (attr && attr->serial == link->cccds[i].serial)
				link->cccds[n++] = link->cccds[i];
		}
		link->n_cccds = n;
	}
}

static int add_service(struct actor *actor, uint32_t id, uint32_t number, bool primary)
{
	struct sim_uuid_args args = sim_uuid_args(number);
	struct qb_uuid uuid = sim_uuid(number);
	int expected = QB_ERR_NOT_INITIALIZED;

	if (actor->roles & SIM_SERVER)
		expected = sim_db_add_service(&actor->db, id, primary, &uuid);
	sim_expect(actor, expected,
	           sim_call(actor, SIM_ADD_SERVICE, "AddService", primary, id, SIM_UUID(args)),
	           "AddService");
	return expected;
}

static int add_chara(struct actor *actor, uint32_t service, uint32_t id, uint32_t properties,
                     uint32_t number)
{
	struct sim_uuid_args args = sim_uuid_args(number);
	struct qb_uuid uuid = sim_uuid(number);
	int expected = QB_ERR_NOT_INITIALIZED;

	if (actor->roles & SIM_SERVER)
		expected = sim_db_add_chara(&actor->db, service, id, (uint8_t)properties, &uuid);
	sim_expect(
	        actor, expected,
	        sim_call(actor, SIM_ADD_CHARA, "AddChara", service, id, properties, SIM_UUID(args)),
	        "AddChara");
	return expected;
}

static void add_value(struct actor *actor, uint32_t service, uint32_t id, uint32_t permissions,
                      size_t len, uint32_t seed)
{
	struct sim_uuid_args args = sim_uuid_args(0x2a00);
	int expected = QB_ERR_NOT_INITIALIZED;
	uint8_t value[QB_VALUE_MAX];

	sim_fill(value, len, seed);
	if (actor->roles & SIM_SERVER)
		expected = sim_db_add_value(&actor->db, service, id, (uint16_t)permissions, value,
		                            len);
	/* The UUID of a value is the characteristic's, whatever is said here. */
	sim_expect(actor, expected,
	           sim_call(actor, SIM_ADD_VALUE, "AddCharaValue", service, id, permissions,
	                    SIM_UUID(args), value, len),
	           "AddCharaValue");
}

static void add_desc(struct actor *actor, const uint32_t *args)
{
	struct sim_uuid_args uuid_args = sim_uuid_args(args[3]);
	struct qb_uuid uuid = sim_uuid(args[3]);
	int expected = QB_ERR_NOT_INITIALIZED;
	uint8_t value[QB_VALUE_MAX];
	size_t len = sim_len(args[4]);

	sim_fill(value, len, args[5]);
	if (actor->roles & SIM_SERVER)
		expected = sim_db_add_desc(&actor->db, args[0], args[1], (uint16_t)args[2], &uuid,
		                           value, len);
	sim_expect(actor, expected,
	           sim_call(actor, SIM_ADD_DESC, "AddCharaDesc", args[0], args[1], args[2],
	                    SIM_UUID(uuid_args), value, len),
	           "AddCharaDesc");
}

/* Until the limit is met, where one is. */
static void add_many(struct actor *actor, const uint32_t *args)
{
	for (uint32_t i = 0; i < args[1]; i++) {
		uint32_t id = args[0] + i;

		if (add_service(actor, id, i % 3 ? 0x10000 + id : 0x3000 + i % 0x1000, true))
			return;
		for (uint32_t j = 0; j < args[2]; j++) {
			if (add_chara(actor, id, j, 0x0a, j % 2 ? 0x4000 + j : 0x20000 + j))
				return;
			add_value(actor, id, j, 3, sim_len(args[3]), id + j);
		}
	}
}

static void publish(struct actor *actor, bool add, bool system)
{
	int expected = QB_ERR_NOT_INITIALIZED;

	if (!(actor->roles & SIM_SERVER)) {
		sim_expect(actor, expected,
		           sim_call(actor, SIM_PUBLISH, "AddOrClearService", add, system),
		           "AddOrClearService");
		return;
	}
	/* The model first: what is told to clients inside is about the new one. */
	if (add) {
		expected = sim_db_publish(&actor->db, system, sim_now(actor->sim));
	} else {
		sim_db_clear(&actor->db, system, sim_now(actor->sim));
		expected = QB_OK;
	}
	sim_db_changed(actor);
	sim_expect(actor, expected,
	           sim_call(actor, add ? SIM_PUBLISH : SIM_CLEAR, "AddOrClearService", add, system),
	           "AddOrClearService");
}

static void change(struct actor *actor, const uint32_t *args)
{
	int expected = QB_ERR_NOT_INITIALIZED;
	uint8_t value[QB_VALUE_MAX];
	size_t len = sim_len(args[2]);

	sim_fill(value, len, args[3]);
	if (actor->roles & SIM_SERVER)
		expected = sim_db_change(&actor->db, args[0], args[1], value, len,
		                         sim_now(actor->sim));
	sim_expect(actor, expected,
	           sim_call(actor, SIM_CHANGE, "ChangeCharaValue", args[0], args[1], value, len),
	           "ChangeCharaValue");
}

static void get_handle(struct actor *actor, const uint32_t *args)
{
	uint16_t handle = sim_db_handle(&actor->db, args[0], args[1]);
	int expected = handle ? QB_OK : QB_ERR_NOT_FOUND;

	if (!(actor->roles & SIM_SERVER))
		expected = QB_ERR_NOT_INITIALIZED;
	sim_expect(actor, expected, sim_call(actor, SIM_GET_HANDLE, "GetHandle", args[0], args[1]),
	           "GetHandle");
	sim_must(actor, SIM_INV_DISCOVERY, expected || actor->last_i == handle,
	         "GetHandle answers %d, not %u", actor->last_i, handle);
}

static void set_name(struct actor *actor, const uint32_t *args)
{
	char name[64] = {0};
	size_t len = args[0] % sizeof(name);
	int expected = QB_OK;

	for (size_t i = 0; i < len; i++)
		name[i] = (char)('a' + (args[1] + i) % 26);
	if (!actor->roles)
		expected = QB_ERR_NOT_INITIALIZED;
	else if (len > 29)
		expected = QB_ERR_TOO_LONG;
	else if (!len)
		expected = QB_ERR_INVALID_ARGUMENT;
	else
		sim_db_set_name(&actor->db, (const uint8_t *)name, len, sim_now(actor->sim));
	sim_expect(actor, expected, sim_call(actor, SIM_NAME, "SetLocalName", 0, name),
	           "SetLocalName");
}

void sim_do_service(struct actor *actor, const struct sim_step *step)
{
	const uint32_t *args = step->args;

	switch (step->op) {
	case SIM_NAME: set_name(actor, args); break;
	case SIM_ADD_SERVICE: add_service(actor, args[0], args[1], args[2]); break;
	case SIM_ADD_CHARA: add_chara(actor, args[0], args[1], args[2], args[3]); break;
	case SIM_ADD_VALUE:
		add_value(actor, args[0], args[1], args[2], sim_len(args[3]), args[4]);
		break;
	case SIM_ADD_DESC: add_desc(actor, args); break;
	case SIM_ADD_MANY: add_many(actor, args); break;
	case SIM_PUBLISH: publish(actor, true, args[0]); break;
	case SIM_CLEAR: publish(actor, false, args[0]); break;
	case SIM_CHANGE: change(actor, args); break;
	case SIM_GET_HANDLE: get_handle(actor, args); break;
	}
}
