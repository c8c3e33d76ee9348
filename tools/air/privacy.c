/* SPDX-License-Identifier: MIT */
/*
 * The resolving list: private addresses made and recognised (Core 5.4, Vol 6, Part B, 1.3.2.2,
 * 1.3.2.3 and 6; commands Vol 4, Part E, 7.8.38 to 7.8.45 and 7.8.77).
 */
#include "command.h"

#define RPA_TIMEOUT_DEFAULT 900
#define RPA_TIMEOUT_MAX     0x0e10

static const uint8_t zeros[16];

bool qa_is_rpa(const struct qb_addr *addr)
{
	return addr->type == QB_ADDR_RANDOM && (addr->b[5] & 0xc0) == 0x40;
}

/* The function ah: the three octets of hash that go with prand. */
static void hash(struct qa_air *air, const uint8_t irk[16], const uint8_t prand[3], uint8_t ret[3])
{
	uint8_t in[16] = {prand[0], prand[1], prand[2]}, out[16];

	qa_aes(air, irk, in, out);
	memcpy(ret, out, 3);
}

static bool matches(struct qa_air *air, const uint8_t irk[16], const uint8_t b[6])
{
	uint8_t want[3];

	hash(air, irk, b + 3, want);
	return memcmp(want, b, sizeof(want)) == 0;
}

static void make_rpa(struct qa_air *air, const uint8_t irk[16], uint8_t ret[6])
{
	qa_rand_bytes(air, ret + 3, 3);
	ret[5] = (uint8_t)((ret[5] & 0x3f) | 0x40);
	hash(air, irk, ret + 3, ret);
}

static struct qa_resolving_entry *find(struct qa_controller *c, const struct qb_addr *id)
{
	for (unsigned i = 0; i < c->resolving_count; i++) {
		if (qb_addr_equal(&c->resolving[i].peer, id))
			return &c->resolving[i];
	}
	return NULL;
}

void qa_identify(struct qa_controller *c, const struct qb_addr *addr, struct qa_who *ret)
{
	*ret = (struct qa_who){.id = *addr};
	if (!c->resolve)
		return;
	if (qa_is_rpa(addr)) {
		for (unsigned i = 0; i < c->resolving_count; i++) {
			struct qa_resolving_entry *entry = &c->resolving[i];

			if (!entry->has_peer_irk)
				continue;
			if ((entry->has_peer_rpa && memcmp(entry->peer_rpa, addr->b, 6) == 0) ||
			    matches(c->air, entry->peer_irk, addr->b)) {
				memcpy(entry->peer_rpa, addr->b, 6);
				entry->has_peer_rpa = true;
				ret->entry = entry;
				ret->id = entry->peer;
				ret->resolved = true;
				return;
			}
		}
		return;
	}
	ret->entry = find(c, addr);
	/* Network privacy mode (Vol 6, Part B, 6.2 to 6.4). */
	ret->refused = ret->entry && ret->entry->has_peer_irk && !ret->entry->device_mode;
}

/* The address type of reports and connection events: 2 and 3 for resolved identities. */
uint8_t qa_who_type(const struct qa_who *who)
{
	return (uint8_t)(who->id.type | (who->resolved ? 2 : 0));
}

static struct qa_resolving_entry *own_entry(struct qa_controller *c, uint8_t own_type,
                                            const struct qb_addr *peer)
{
	struct qa_resolving_entry *entry = own_type & 2 && peer ? find(c, peer) : NULL;

	return entry && entry->has_local_irk ? entry : NULL;
}

bool qa_own_possible(struct qa_controller *c, uint8_t own_type, const struct qb_addr *peer,
                     const uint8_t *random)
{
	if (own_entry(c, own_type, peer))
		return true;
	return own_type & 1 ? random != NULL : memcmp(c->config.address, zeros, 6) != 0;
}

/* Own_Address_Type 2 and 3: a private address made for this peer, or else the plain one. */
void qa_own_address(struct qa_controller *c, uint8_t own_type, const struct qb_addr *peer,
                    const uint8_t *random, struct qb_addr *ret)
{
	struct qa_resolving_entry *entry = own_entry(c, own_type, peer);

	if (entry) {
		if (!entry->has_local_rpa) {
			make_rpa(c->air, entry->local_irk, entry->local_rpa);
			entry->has_local_rpa = true;
		}
		ret->type = QB_ADDR_RANDOM;
		memcpy(ret->b, entry->local_rpa, 6);
		return;
	}
	ret->type = own_type & 1;
	memcpy(ret->b, own_type & 1 ? (random ? random : zeros) : c->config.address, 6);
}

/* TargetA of directed advertising. */
void qa_target_address(struct qa_controller *c, uint8_t own_type, const struct qb_addr *peer,
                       struct qb_addr *ret)
{
	struct qa_resolving_entry *entry = own_type & 2 ? find(c, peer) : NULL;

	*ret = *peer;
	if (!entry || !entry->has_peer_irk)
		return;
	if (!entry->has_target_rpa) {
		make_rpa(c->air, entry->peer_irk, entry->target_rpa);
		entry->has_target_rpa = true;
	}
	ret->type = QB_ADDR_RANDOM;
	memcpy(ret->b, entry->target_rpa, 6);
}

bool qa_is_me(struct qa_controller *c, const struct qb_addr *target, const struct qb_addr *own)
{
	if (qb_addr_equal(target, own))
		return true;
	if (!c->resolve || !qa_is_rpa(target))
		return false;
	for (unsigned i = 0; i < c->resolving_count; i++) {
		struct qa_resolving_entry *entry = &c->resolving[i];

		if (entry->has_local_irk && matches(c->air, entry->local_irk, target->b))
			return true;
	}
	return false;
}

static void rotate(void *user)
{
	struct qa_controller *c = user;

	for (unsigned i = 0; i < c->resolving_count; i++)
		c->resolving[i].has_local_rpa = c->resolving[i].has_target_rpa = false;
	qb_timer_arm(&c->air->timers, &c->rpa_timer, c->rpa_timeout * QB_SEC);
}

void qa_privacy_reset(struct qa_controller *c)
{
	qb_timer_cancel(&c->air->timers, &c->rpa_timer);
	qb_timer_init(&c->rpa_timer, rotate, c);
	c->resolving_count = 0;
	c->resolve = false;
	c->rpa_timeout = RPA_TIMEOUT_DEFAULT;
}

static bool radio_in_use(const struct qa_controller *c)
{
	return c->scan.enabled || c->init.pending || qa_adv_enabled(c);
}

static bool in_use(const struct qa_controller *c)
{
	return c->resolve && radio_in_use(c);
}

static struct qb_addr address_of(const uint8_t *p)
{
	struct qb_addr addr = {.type = p[0]};

	memcpy(addr.b, p + 1, 6);
	return addr;
}

static bool irk_known(struct qa_controller *c, const uint8_t *irk)
{
	for (unsigned i = 0; i < c->resolving_count; i++) {
		if (memcmp(c->resolving[i].peer_irk, irk, 16) == 0)
			return true;
	}
	return false;
}

QA_COMMAND(le_add_resolving_list)
{
	struct qa_controller *c = cmd->c;
	struct qb_addr peer = address_of(cmd->p);
	struct qa_resolving_entry *entry;
	bool has_peer_irk = memcmp(cmd->p + 7, zeros, 16) != 0;

	if (peer.type > QB_ADDR_RANDOM)
		return QB_HCI_E_INVALID_PARAM;
	if (in_use(c))
		return QB_HCI_E_DISALLOWED;
	if (find(c, &peer) || (has_peer_irk && irk_known(c, cmd->p + 7)))
		return QB_HCI_E_INVALID_PARAM;
	if (c->resolving_count == c->config.resolving_list)
		return QB_HCI_E_MEMORY_EXCEEDED;
	entry = &c->resolving[c->resolving_count++];
	*entry = (struct qa_resolving_entry){.peer = peer, .has_peer_irk = has_peer_irk};
	memcpy(entry->peer_irk, cmd->p + 7, 16);
	memcpy(entry->local_irk, cmd->p + 23, 16);
	entry->has_local_irk = memcmp(entry->local_irk, zeros, 16) != 0;
	if (!qb_timer_armed(&c->rpa_timer))
		qb_timer_arm(&c->air->timers, &c->rpa_timer, c->rpa_timeout * QB_SEC);
	return QB_HCI_E_SUCCESS;
}

QA_COMMAND(le_remove_resolving_list)
{
	struct qa_controller *c = cmd->c;
	struct qb_addr peer = address_of(cmd->p);
	struct qa_resolving_entry *entry = find(c, &peer);

	if (peer.type > QB_ADDR_RANDOM)
		return QB_HCI_E_INVALID_PARAM;
	if (in_use(c))
		return QB_HCI_E_DISALLOWED;
	if (!entry)
		return QB_HCI_E_UNKNOWN_CONN;
	*entry = c->resolving[--c->resolving_count];
	return QB_HCI_E_SUCCESS;
}

QA_COMMAND(le_clear_resolving_list)
{
	if (in_use(cmd->c))
		return QB_HCI_E_DISALLOWED;
	cmd->c->resolving_count = 0;
	return QB_HCI_E_SUCCESS;
}

QA_COMMAND(le_read_resolving_list_size)
{
	cmd->ret[0] = cmd->c->config.resolving_list;
	return QB_HCI_E_SUCCESS;
}

static uint8_t read_rpa(struct qa_cmd *cmd, bool local)
{
	struct qb_addr peer = address_of(cmd->p);
	struct qa_resolving_entry *entry = find(cmd->c, &peer);

	if (peer.type > QB_ADDR_RANDOM)
		return QB_HCI_E_INVALID_PARAM;
	if (!entry)
		return QB_HCI_E_UNKNOWN_CONN;
	if (local ? entry->has_local_rpa : entry->has_peer_rpa)
		memcpy(cmd->ret, local ? entry->local_rpa : entry->peer_rpa, 6);
	return QB_HCI_E_SUCCESS;
}

QA_COMMAND(le_read_peer_rpa)
{
	return read_rpa(cmd, false);
}

QA_COMMAND(le_read_local_rpa)
{
	return read_rpa(cmd, true);
}

QA_COMMAND(le_set_resolve_enable)
{
	if (cmd->p[0] > 1)
		return QB_HCI_E_INVALID_PARAM;
	if (radio_in_use(cmd->c))
		return QB_HCI_E_DISALLOWED;
	cmd->c->resolve = cmd->p[0];
	return QB_HCI_E_SUCCESS;
}

QA_COMMAND(le_set_rpa_timeout)
{
	struct qa_controller *c = cmd->c;
	uint16_t seconds = qb_get_le16(cmd->p);

	if (!seconds || seconds > RPA_TIMEOUT_MAX)
		return QB_HCI_E_INVALID_PARAM;
	c->rpa_timeout = seconds;
	if (qb_timer_armed(&c->rpa_timer))
		qb_timer_arm(&c->air->timers, &c->rpa_timer, seconds * QB_SEC);
	return QB_HCI_E_SUCCESS;
}

QA_COMMAND(le_set_privacy_mode)
{
	struct qb_addr peer = address_of(cmd->p);
	struct qa_resolving_entry *entry = find(cmd->c, &peer);

	if (peer.type > QB_ADDR_RANDOM || cmd->p[7] > 1)
		return QB_HCI_E_INVALID_PARAM;
	if (in_use(cmd->c))
		return QB_HCI_E_DISALLOWED;
	if (!entry)
		return QB_HCI_E_UNKNOWN_CONN;
	entry->device_mode = cmd->p[7];
	return QB_HCI_E_SUCCESS;
}
