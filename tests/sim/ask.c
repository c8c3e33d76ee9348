/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A client's calls on a link that have not ended, in their order; and which of them a write is. */
#include "ask.h"

#include <stdlib.h>
#include <string.h>

#include "ble/event.h"
#include "expect.h"
#include "util/le.h"

static const struct sim_kind kinds[] = {
        {SIM_MTU, "ExchangeMtu", QB_EV_MTU, false, true},
        {SIM_SERVICES, "DiscoverAllService", QB_EV_DISCOVER_SERVICE, true, true},
        {SIM_BY_UUID, "DiscoverByUUID", QB_EV_DISCOVER_SERVICE, true, true},
        {SIM_INCLUDES, "DiscoverAllIncludes", QB_EV_DISCOVER_CHARAS, true, false},
        {SIM_CHARAS, "DiscoverAllChara", QB_EV_DISCOVER_CHARAS, true, false},
        {SIM_DESCS, "DiscoverAllCharaDesc", QB_EV_DISCOVER_DESCS, true, true},
        {SIM_READ_UUID, "ReadCharaByUUID", QB_EV_CHARA_READ_BY_UUID, false, false},
        {SIM_READ_CHARA, "ReadCharaByHandle", QB_EV_CHARA_READ, false, false},
        {SIM_READ_DESC, "ReadCharaDesc", QB_EV_DESC_READ, false, false},
        {SIM_READ_MULTI, "ReadMultiChara", QB_EV_CHARA_MULTI_READ, false, false},
        {SIM_WRITE_CHARA, "WriteChara", QB_EV_CHARA_WRITE, false, false},
        {SIM_WRITE_NO_RSP, "WriteCharaNoRsp", QB_EV_CHARA_WRITE_NO_RSP, false, false},
        {SIM_WRITE_DESC, "WriteCharaDesc", QB_EV_DESC_WRITE, false, false},
};

const struct sim_kind *sim_kind_of(enum sim_op op)
{
	return &kinds[op - SIM_MTU];
}

const struct sim_kind *sim_kind_called(const char *method)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(kinds[i].method, method))
			return &kinds[i];
	return NULL;
}

bool sim_ask_is_write(const struct sim_ask *ask)
{
	return ask->op == SIM_WRITE_CHARA || ask->op == SIM_WRITE_NO_RSP ||
	       ask->op == SIM_WRITE_DESC;
}

bool sim_ask_is_command(const struct sim_ask *ask)
{
	return ask->op == SIM_WRITE_NO_RSP;
}

void sim_ask_append(struct sim_link *link, struct sim_ask *ask)
{
	if (!link->n_asks)
		link->progress = ask->at;
	*link->asks_tail = ask;
	link->asks_tail = &ask->next;
	link->n_asks++;
}

void sim_ask_remove(struct sim_link *link, struct sim_ask *ask)
{
	struct sim_ask **at = &link->asks;

	while (*at && *at != ask)
		at = &(*at)->next;
	*at = ask->next;
	if (link->asks_tail == &ask->next)
		link->asks_tail = at;
	link->n_asks--;
	free(ask);
}

void sim_asks_clear(struct sim_link *link)
{
	while (link->asks)
		sim_ask_remove(link, link->asks);
}

void sim_asks_loosen(struct sim_link *link)
{
	for (struct sim_ask *ask = link->asks; ask; ask = ask->next)
		ask->loose = true;
}

bool sim_ask_may_be_over(const struct sim_ask *ask)
{
	return ask->ended || ask->over ||
	       (sim_kind_of(ask->op)->quiet && ask->found && (ask->loose || ask->op == SIM_MTU));
}

const struct sim_ask *sim_first_ask(const struct sim_link *link)
{
	const struct sim_ask *ask = link->asks;

	while (ask && sim_ask_may_be_over(ask))
		ask = ask->next;
	return ask;
}

/* What a write did at the other end. */

/* Of a client configuration only two bits are kept. */
static bool is_same(const struct sim_attr *attr, const uint8_t *wrote, const uint8_t *got,
                    size_t len)
{
	if (sim_attr_is_cccd(attr))
		return len == 2 && !((wrote[0] ^ got[0]) & 3);
	return !len || !memcmp(wrote, got, len);
}

/* A command that the peer refuses is dropped without a word. */
static bool is_refused(const struct actor *server, const struct sim_ask *ask)
{
	const struct sim_attr *attr = sim_db_get(&server->db, ask->start);

	return sim_ask_is_command(ask) && (!attr || sim_access(attr, SIM_WRITE_CMD));
}

/*
 * A write that must be told before what was called after it. Commands are never lost on a link
 * either; but one may have waited for an MTU that then was too small.
 */
static bool is_due(const struct sim_link *server, const struct sim_ask *ask)
{
	if (!sim_ask_is_write(ask) || ask->delivered || ask->loose)
		return false;
	return !sim_ask_is_command(ask) ||
	       (!is_refused(server->actor, ask) && ask->len <= server->other->mtu - 3u);
}

static bool is_written(const struct sim_link *server, const struct sim_attr *attr,
                       const struct sim_ask *ask, const uint8_t *data, size_t len)
{
	uint8_t value[QB_VALUE_MAX];
	size_t value_len;

	return sim_ask_is_write(ask) && !ask->delivered && ask->start == attr->handle &&
	       !is_refused(server->actor, ask) &&
	       sim_expect_written(server, attr, ask, value, &value_len) && value_len == len &&
	       is_same(attr, value, data, len);
}

/*
 * The call that a write must be of: the first that it can be; but what a command may have brought,
 * or may not have because the database has changed, is of a later call that surely brings the same,
 * unless one in between has surely not come yet. One request is on its way at a time.
 */
static struct sim_ask *find_written(const struct sim_link *server, const struct sim_attr *attr,
                                    const uint8_t *data, size_t len)
{
	struct sim_ask *first = NULL;
	bool asked = false;

	for (struct sim_ask *ask = server->other->asks; ask; ask = ask->next) {
		bool command = sim_ask_is_command(ask);

		if ((command || !asked) && is_written(server, attr, ask, data, len)) {
			if (!command || !ask->loose)
				return ask;
			if (!first)
				first = ask;
		} else if (first && is_due(server, ask)) {
			break;
		}
		asked = asked || (!command && !sim_ask_may_be_over(ask));
	}
	return first;
}

void sim_written(struct sim_link *server, const struct sim_attr *attr, const uint8_t *data,
                 size_t len)
{
	struct sim_link *client = server->other;
	struct actor *actor = server->actor;
	struct sim_ask *ask, *next, *of;

	/* A client that gave its role up has forgotten what it wrote. */
	if (!client || !client->up || client->deaf || server->blind)
		return;
	of = find_written(server, attr, data, len);
	sim_must(actor, SIM_INV_WRITE, of, "event 21 for handle %u with octets that nobody wrote",
	         attr->handle);
	for (ask = client->asks; ask != of; ask = next) {
		next = ask->next;
		if (!sim_ask_is_write(ask) || ask->delivered)
			continue;
		sim_must(actor, SIM_INV_WRITE, !is_due(server, ask),
		         "event 21 for handle %u, but the write of handle %u comes first",
		         attr->handle, ask->start);
		if (ask->ended && !is_written(server, attr, ask, data, len))
			sim_ask_remove(client, ask);
	}
	of->delivered = true;
	actor->sim->shared->stats.delivered++;
	if (of->ended)
		sim_ask_remove(client, of);
}
