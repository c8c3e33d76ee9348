/* SPDX-License-Identifier: MIT */
/* Which peer is meant, and a link to it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "qblectl.h"

#define CONNECT_SECONDS 35 /* longer than the daemon tries */
#define SEARCH_SECONDS  15
#define NAME_SECONDS    5

#define HINT_NEAR "is it near, on and advertising? --timeout waits longer"

#define DEVICE_NAME 0x2a00 /* Core 5.4, Vol 3, Part C, 12.1 */

struct search {
	const char *name; /* or else the address */
	bool found;
	uint8_t addr[6];
	uint32_t addr_type;
};

static int read_link(sd_bus_message *m, struct ctl_link *ret)
{
	const char *role, *addr;
	int r;

	r = sd_bus_message_read(m, "(ussuuuuu)", &ret->id, &role, &addr, &ret->addr_type, &ret->mtu,
	                        &ret->interval, &ret->latency, &ret->timeout);
	if (r > 0) {
		snprintf(ret->role, sizeof(ret->role), "%s", role);
		snprintf(ret->addr, sizeof(ret->addr), "%s", addr);
	}
	return r;
}

int ctl_links(struct ctl *ctl, struct ctl_link ret[CTL_LINKS_MAX])
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	sd_bus_message *m = NULL;
	int n = 0, r;

	r = sd_bus_get_property(qble_get_call_bus(ctl->client), CTL_NAME, CTL_PATH, CTL_EXTENDED,
	                        "Connections", &error, &m, "a(ussuuuuu)");
	if (r < 0)
		r = ctl_fail_bus(ctl, "Connections", r, &error);
	else
		r = sd_bus_message_enter_container(m, 'a', "(ussuuuuu)");
	while (r > 0 && n < CTL_LINKS_MAX) {
		r = read_link(m, &ret[n]);
		n += r > 0;
	}
	sd_bus_error_free(&error);
	sd_bus_message_unref(m);
	return r < 0 ? r : n;
}

/* It is the run's now; where nobody but qblectl made it, the last of us ends it. */
static void use_link(struct ctl *ctl, uint32_t id, bool is_new)
{
	char fact[32];

	ctl->link = id;
	ctl->has_link = true;
	snprintf(fact, sizeof(fact), "link%u", id);
	if (is_new || ctl_share_other(ctl, fact))
		ctl_share_hold(ctl, CTL_SHARE_LINK, fact);
}

/* 1 if the peer has a link. */
static int find_link(struct ctl *ctl, const char *peer, bool is_id, uint64_t id)
{
	struct ctl_link links[CTL_LINKS_MAX];
	int n = ctl_links(ctl, links);

	for (int i = 0; i < n; i++) {
		if (is_id ? links[i].id != id : strcasecmp(links[i].addr, peer) != 0)
			continue;
		use_link(ctl, links[i].id, false);
		return 1;
	}
	return n < 0 ? n : 0;
}

static int on_report(struct ctl *ctl, const struct qble_event *event, void *user)
{
	struct search *search = user;

	if (!event || event->id != QBLE_SCAN_REPORT_IND)
		return 0;
	if (search->name ? strcmp(event->u.scan.name, search->name) != 0
	                 : memcmp(event->u.scan.addr, search->addr, 6) != 0)
		return 0;
	memcpy(search->addr, event->u.scan.addr, 6);
	search->addr_type = event->u.scan.addr_type;
	search->found = true;
	return 1;
}

static int find_by_scan(struct ctl *ctl, const char *peer, struct search *search)
{
	char what[128];
	int r = ctl_scan_begin(ctl, true);

	if (r < 0)
		return r;
	snprintf(what, sizeof(what), "an advertisement of '%.80s'", peer);
	r = ctl_await(ctl, on_report, search, ctl_timeout(ctl, SEARCH_SECONDS), what);
	ctl_scan_end(ctl);
	if (r == -ETIMEDOUT)
		ctl->hint = HINT_NEAR;
	return r;
}

static int on_link(struct ctl *ctl, const struct qble_event *event, void *user)
{
	const struct search *search = user;

	if (!event)
		return 0;
	if (event->id == QBLE_CONNECT_IND && memcmp(event->u.connect.addr, search->addr, 6) == 0) {
		if (event->status)
			return ctl_fail(ctl, -ETIMEDOUT, "no connection to the peer, status 0x%02x",
			                (unsigned)event->status);
		use_link(ctl, event->connect_id, true);
	}
	return event->id == QBLE_GATT_START_DISCOVER_SERVICE_IND && ctl->has_link &&
	       event->connect_id == ctl->link;
}

static int connect_to(struct ctl *ctl, const struct search *search)
{
	char addr[QBLE_ADDR_STRING_SIZE], fact[32];
	int turn = ctl_turn_begin(ctl), r;

	qble_addr_to_string(search->addr, addr);
	snprintf(fact, sizeof(fact), "connect-%s", addr);
	/* Another one may have been faster. */
	r = find_link(ctl, addr, false, 0);
	if (r == 0) {
		r = qble_connect(ctl->client, search->addr_type, search->addr);
		if (r >= 0)
			ctl_share_hold(ctl, CTL_SHARE_CONNECT, fact);
		else
			ctl_fail_call(ctl, r);
	}
	ctl_unlock(turn);
	if (r < 0 || ctl->has_link)
		return r;
	r = ctl_await(ctl, on_link, (void *)search, ctl_timeout(ctl, CONNECT_SECONDS), "the link");
	if (r == -ETIMEDOUT)
		ctl->hint = HINT_NEAR;
	turn = ctl_turn_begin(ctl);
	if (ctl_share_drop(ctl, CTL_SHARE_CONNECT) && !ctl->has_link &&
	    (r == -EINTR || r == -ETIMEDOUT))
		qble_cancel_connect(ctl->client, search->addr);
	ctl_unlock(turn);
	return r;
}

struct naming {
	uint32_t link;
	const char *name;
	bool is_it;
};

static int on_name(struct ctl *ctl, const struct qble_event *event, void *user)
{
	struct naming *naming = user;
	struct qble_entries entries;
	struct qble_value value;

	if (!event || event->connect_id != naming->link)
		return 0;
	if (event->id == QBLE_DISCONNECT_IND)
		return 1;
	if (!event->call || strcmp(event->call, "ReadCharaByUUID") != 0)
		return 0;
	if (event->id == QBLE_GATT_CHARA_READ_BY_UUID_IND &&
	    qble_entries_init(&entries, event) == 0 && qble_next_value(&entries, &value))
		naming->is_it = value.len == strlen(naming->name) &&
		                memcmp(value.data, naming->name, value.len) == 0;
	return 1;
}

/* Who is connected does not advertise, as a rule; but it can be asked for its name. */
static int find_by_name(struct ctl *ctl, const char *name)
{
	struct ctl_link links[CTL_LINKS_MAX];
	int n = ctl_links(ctl, links), r = n < 0 ? n : 0, turn;

	for (int i = 0; i < n; i++) {
		struct naming naming = {.link = links[i].id, .name = name};

		if (qble_read_chara_by_uuid(ctl->client, links[i].id, 1, 0xffff, 1, DEVICE_NAME,
		                            NULL) < 0)
			continue;
		r = ctl_await(ctl, on_name, &naming, ctl_timeout(ctl, NAME_SECONDS),
		              "the names of connected peers");
		if (r < 0 && r != -ETIMEDOUT)
			return r;
		if (!naming.is_it)
			continue;
		turn = ctl_turn_begin(ctl);
		r = find_link(ctl, links[i].addr, true, links[i].id);
		ctl_unlock(turn);
		return r;
	}
	return r == -ETIMEDOUT ? 0 : r;
}

int ctl_peer_open(struct ctl *ctl, const char *peer)
{
	struct search search = {.addr_type = ctl->random_addr};
	bool is_addr = qble_addr_from_string(peer, search.addr) == 0;
	uint64_t id;
	bool is_id = !is_addr && ctl_number_parse(peer, 0xfe, &id) == 0;
	int started, r, turn;

	if (!*peer) /* would be the name of whoever advertises none */
		return ctl_fail(ctl, -EINVAL, "'' is no PEER");
	turn = ctl_turn_begin(ctl);
	r = find_link(ctl, peer, is_id, is_id ? id : 0);
	ctl_unlock(turn);
	if (r < 0)
		return r;
	if (r == 0 && is_id)
		return ctl_fail(ctl, -ENOTCONN, "there is no link %s", peer);
	if (!is_addr && !is_id && (ctl->public_addr || ctl->random_addr))
		return ctl_fail(ctl, -EINVAL, "'%s' is no address, as --public and --random need",
		                peer);
	/* A link of the server's role needs the client's too, for what is asked over it. */
	started = ctl_start_client(ctl);
	if (started < 0 || r > 0)
		return started;
	if (!is_addr) {
		search.name = peer;
		r = find_by_name(ctl, peer);
		if (r)
			return r < 0 ? r : 0;
	}
	if (!ctl->public_addr && !ctl->random_addr)
		r = find_by_scan(ctl, peer, &search);
	return r < 0 ? r : connect_to(ctl, &search);
}

int ctl_connect(struct ctl *ctl, int argc, char **argv)
{
	struct ctl_link links[CTL_LINKS_MAX];
	int n, r = ctl_open(ctl);

	if (r >= 0)
		r = ctl_peer_open(ctl, argv[0]);
	if (r < 0)
		return r;
	/* The link is what the user wants to have when this ends, and BLE with it. */
	ctl_share_keep(ctl, CTL_SHARE_LINK);
	ctl_share_keep(ctl, CTL_SHARE_CLIENT);
	n = ctl_links(ctl, links);
	for (int i = 0; i < n; i++) {
		json_object *object;

		if (links[i].id != ctl->link)
			continue;
		if (!ctl->json) {
			printf("connected to %s as %u, MTU %u\n", links[i].addr, ctl->link,
			       links[i].mtu);
			return 0;
		}
		object = json_object_new_object();
		ctl_json_add(object, "connect_id", json_object_new_int64(links[i].id));
		ctl_json_add(object, "addr", json_object_new_string(links[i].addr));
		ctl_json_add(object, "addr_type", json_object_new_int64(links[i].addr_type));
		ctl_json_add(object, "mtu", json_object_new_int64(links[i].mtu));
		return ctl_json_print(ctl, object);
	}
	return n < 0 ? n : ctl_fail(ctl, -ENOTCONN, "the link ended at once");
}

static int on_disconnect(struct ctl *ctl, const struct qble_event *event, void *user)
{
	return event && event->id == QBLE_DISCONNECT_IND && event->connect_id == ctl->link;
}

int ctl_disconnect(struct ctl *ctl, int argc, char **argv)
{
	struct ctl_link links[CTL_LINKS_MAX];
	uint8_t addr[6];
	uint64_t id;
	bool is_id = ctl_number_parse(argv[0], 0xfe, &id) == 0;
	int r = ctl_open(ctl);

	if (r >= 0)
		r = find_link(ctl, argv[0], is_id, is_id ? id : 0);
	if (r < 0)
		return r;
	/* Where there are links, it may be a name; asking for that needs the client's role. */
	if (r == 0 && *argv[0] && !is_id && qble_addr_from_string(argv[0], addr) < 0)
		r = ctl_links(ctl, links);
	if (r > 0 && !ctl->has_link) {
		r = ctl_start_client(ctl);
		r = r < 0 ? r : find_by_name(ctl, argv[0]);
	}
	if (r < 0)
		return r;
	if (r == 0)
		return ctl_fail(ctl, -ENOTCONN, "there is no link to '%s'", argv[0]);
	r = qble_disconnect(ctl->client, ctl->link);
	if (r < 0)
		return ctl_fail_call(ctl, r);
	return ctl_await(ctl, on_disconnect, NULL, ctl_timeout(ctl, 10), "the end of the link");
}
