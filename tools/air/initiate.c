/* SPDX-License-Identifier: MIT */
/*
 * Connections made: LE Create Connection, its extended form and its cancellation (Core 5.4, Vol 4,
 * Part E, 7.8.12, 7.8.13 and 7.8.66), and the moment when an initiator hears its advertiser.
 */
#include "command.h"

#define INTERVAL_MIN     6
#define INTERVAL_MAX     0x0c80
#define LATENCY_MAX      0x01f3
#define TIMEOUT_MIN      0x000a
#define TIMEOUT_MAX      0x0c80
#define SCAN_MIN         4
#define SCAN_MAX         0x4000
#define EXT_FIXED        10
#define EXT_PER_PHY      16
#define ESTABLISH_EVENTS 6 /* Vol 6, Part B, 4.5.2 */

bool qa_conn_params_get(const uint8_t *p, struct qa_conn_params *ret)
{
	ret->interval_min = qb_get_le16(p);
	ret->interval_max = qb_get_le16(p + 2);
	ret->latency = qb_get_le16(p + 4);
	ret->timeout = qb_get_le16(p + 6);
	/* The timeout is longer than two intervals with all the latency: in units of 1.25 ms. */
	return ret->interval_min >= INTERVAL_MIN && ret->interval_max <= INTERVAL_MAX &&
	       ret->interval_min <= ret->interval_max && ret->latency <= LATENCY_MAX &&
	       ret->timeout >= TIMEOUT_MIN && ret->timeout <= TIMEOUT_MAX &&
	       ret->timeout * 8u > (1u + ret->latency) * ret->interval_max * 2u;
}

/* LE Connection Complete or its enhanced form, whichever the host wants; link NULL if it failed. */
void qa_connected_event(struct qa_controller *c, uint8_t status, const struct qa_link *link)
{
	bool enhanced = c->le_event_mask >> (QB_HCI_LE_ENH_CONN_COMPLETE - 1) & 1;
	uint8_t p[30] = {status};
	uint8_t *tail = p + (enhanced ? 23 : 11);

	if (link) {
		qb_put_le16(p + 1, link->handle);
		p[3] = link->role;
		p[4] = (uint8_t)(link->id.type | (enhanced && link->id_resolved ? 2 : 0));
		memcpy(p + 5, link->id.b, 6);
		if (enhanced) {
			memcpy(p + 11, link->local_rpa, 6);
			memcpy(p + 17, link->peer_rpa, 6);
		}
		qb_put_le16(tail, link->interval);
		qb_put_le16(tail + 2, link->latency);
		qb_put_le16(tail + 4, link->timeout);
	}
	qa_le_event(c, enhanced ? QB_HCI_LE_ENH_CONN_COMPLETE : QB_HCI_LE_CONN_COMPLETE, p,
	            enhanced ? 30 : 18);
}

/* What both forms of the command check alike. */
static uint8_t start(struct qa_cmd *cmd, struct qa_initiate *init)
{
	struct qa_controller *c = cmd->c;

	if (c->init.pending)
		return QB_HCI_E_DISALLOWED;
	if (init->policy > 1 || init->own_type > 3 || init->peer.type > 3)
		return QB_HCI_E_INVALID_PARAM;
	/* Types 2 and 3 are identities, in the resolving list or not. */
	init->peer.type &= 1;
	if (!qa_own_possible(c, init->own_type, &init->peer, c->has_random ? c->random : NULL))
		return QB_HCI_E_INVALID_PARAM;
	if (!init->policy && qa_linked_to(c, &init->peer))
		return QB_HCI_E_ALREADY_EXISTS;
	if (c->link_count == c->config.max_links)
		return QB_HCI_E_CONN_LIMIT;
	c->init = *init;
	c->init.pending = true;
	qa_listen_update(c);
	qa_cmd_accept(cmd);
	return QB_HCI_E_SUCCESS;
}

static bool scan_valid(uint16_t interval, uint16_t window)
{
	return interval >= SCAN_MIN && window >= SCAN_MIN && window <= interval;
}

QA_COMMAND(le_create_conn)
{
	const uint8_t *p = cmd->p;
	struct qa_initiate init = {
	        .interval = qb_get_le16(p),
	        .window = qb_get_le16(p + 2),
	        .policy = p[4],
	        .peer = {.type = p[5]},
	        .own_type = p[12],
	        .phys = QB_PHY_MASK_1M,
	};

	memcpy(init.peer.b, p + 6, 6);
	if (!scan_valid(init.interval, init.window) || init.interval > SCAN_MAX ||
	    !qa_conn_params_get(p + 13, &init.params[0]) ||
	    qb_get_le16(p + 21) > qb_get_le16(p + 23))
		return QB_HCI_E_INVALID_PARAM;
	init.params[1] = init.params[0];
	return start(cmd, &init);
}

QA_COMMAND(le_ext_create_conn)
{
	const uint8_t *p = cmd->p, *phy = p + EXT_FIXED;
	struct qa_initiate init = {
	        .ext = true,
	        .policy = p[0],
	        .own_type = p[1],
	        .peer = {.type = p[2]},
	        .phys = p[9],
	};
	unsigned count = init.phys & QB_PHY_MASK_1M ? 1 : 0;

	memcpy(init.peer.b, p + 3, 6);
	if (init.phys & ~(QB_PHY_MASK_1M | QB_PHY_MASK_2M | QB_PHY_MASK_CODED))
		return QB_HCI_E_INVALID_PARAM;
	if (init.phys & QB_PHY_MASK_CODED)
		return QB_HCI_E_UNSUPPORTED;
	count += init.phys & QB_PHY_MASK_2M ? 1 : 0;
	/* Advertisers are found on 1M; 2M is for the link only. */
	if (!(init.phys & QB_PHY_MASK_1M) || cmd->len != EXT_FIXED + count * EXT_PER_PHY)
		return QB_HCI_E_INVALID_PARAM;
	init.interval = qb_get_le16(phy);
	init.window = qb_get_le16(phy + 2);
	if (!scan_valid(init.interval, init.window))
		return QB_HCI_E_INVALID_PARAM;
	for (unsigned i = 0; i < count; i++, phy += EXT_PER_PHY) {
		if (!qa_conn_params_get(phy + 4, &init.params[i]) ||
		    qb_get_le16(phy + 12) > qb_get_le16(phy + 14))
			return QB_HCI_E_INVALID_PARAM;
	}
	if (count == 1)
		init.params[1] = init.params[0];
	return start(cmd, &init);
}

QA_COMMAND(le_create_conn_cancel)
{
	struct qa_controller *c = cmd->c;

	if (!c->init.pending)
		return QB_HCI_E_DISALLOWED;
	c->init.pending = false;
	qa_listen_update(c);
	qa_cmd_accept(cmd);
	qa_connected_event(c, QB_HCI_E_UNKNOWN_CONN, NULL);
	return QB_HCI_E_SUCCESS;
}

/* Whether the advertiser lets this initiator in (Vol 6, Part B, 4.3.2 and 6.2.1). */
static bool let_in(const struct qa_pdu *pdu, const struct qb_addr *own, struct qa_who *ret)
{
	struct qa_adv_set *set = pdu->set;

	qa_identify(set->c, own, ret);
	if (ret->refused || qa_linked_to(set->c, &ret->id))
		return false;
	if (set->props & QA_PROP_DIRECTED)
		return qb_addr_equal(&ret->id, &set->peer);
	return !(set->filter & 2) || qa_accepted(set->c, &ret->id);
}

static void describe(struct qa_link *link, const struct qa_who *peer, const struct qb_addr *own,
                     uint8_t own_type, const struct qb_addr *peer_on_air)
{
	link->id = peer->id;
	link->id_resolved = peer->resolved;
	if (own_type & 2 && qa_is_rpa(own))
		memcpy(link->local_rpa, own->b, 6);
	if (peer->resolved)
		memcpy(link->peer_rpa, peer_on_air->b, 6);
}

static void connect(struct qa_controller *c, const struct qa_pdu *pdu, const struct qa_who *adv,
                    const struct qa_who *initiator, const struct qb_addr *own)
{
	struct qa_initiate init = c->init;
	bool legacy = pdu->set->props & QA_PROP_LEGACY;
	uint8_t phy = legacy ? QB_PHY_1M : pdu->set->secondary_phy;
	const struct qa_conn_params *params = &init.params[phy == QB_PHY_2M];
	struct qa_link *ends[2];

	ends[0] = qa_link_new(c, QB_ROLE_CENTRAL);
	if (!ends[0])
		return;
	ends[1] = qa_link_new(pdu->set->c, QB_ROLE_PERIPHERAL);
	if (!ends[1]) {
		qa_link_discard(ends[0]);
		return;
	}
	c->init.pending = false;
	qa_listen_update(c);
	for (unsigned i = 0; i < 2; i++) {
		ends[i]->interval = params->interval_max;
		ends[i]->latency = params->latency;
		ends[i]->timeout = params->timeout;
		ends[i]->tx_phy = ends[i]->rx_phy = phy;
	}
	describe(ends[0], adv, own, init.own_type, &pdu->from);
	describe(ends[1], initiator, &pdu->from, pdu->set->own_type, own);
	qa_connected_event(c, QB_HCI_E_SUCCESS, ends[0]);
	/* A request to connect that is lost leaves an initiator who learns it too late. */
	if (qa_chance(c->air, c->air->weather.loss_permille)) {
		qa_link_discard(ends[1]);
		qa_link_lose(ends[0], QB_HCI_E_CONN_NOT_ESTABLISHED,
		             ESTABLISH_EVENTS * ends[0]->interval * QA_UNIT_1250);
		return;
	}
	qa_connected_event(pdu->set->c, QB_HCI_E_SUCCESS, ends[1]);
	qa_link_join(ends[0], ends[1]);
	qa_adv_connected(pdu->set, ends[1]->handle);
	qa_length_start(ends[0]);
}

/* Whether the initiator answered this PDU with a request to connect. */
bool qa_initiate_hear(struct qa_controller *c, const struct qa_pdu *pdu)
{
	uint16_t props = pdu->set->props;
	struct qa_initiate *init = &c->init;
	struct qa_who adv, initiator;
	struct qb_addr own;

	if (!(props & QA_PROP_CONNECTABLE) || (!(props & QA_PROP_LEGACY) && !init->ext))
		return false;
	if (qa_rand_below(c->air, init->interval) >= init->window)
		return false;
	qa_identify(c, &pdu->from, &adv);
	if (adv.refused || qa_linked_to(c, &adv.id))
		return false;
	/* The host may know the peer by its identity or, without a resolving list, as it is. */
	if (init->policy ? !qa_accepted(c, &adv.id)
	                 : !qb_addr_equal(&adv.id, &init->peer) &&
	                           !qb_addr_equal(&pdu->from, &init->peer))
		return false;
	qa_own_address(c, init->own_type, &adv.id, c->has_random ? c->random : NULL, &own);
	if (props & QA_PROP_DIRECTED && !qa_is_me(c, &pdu->target, &own))
		return false;
	if (!let_in(pdu, &own, &initiator) || c->link_count == c->config.max_links ||
	    pdu->set->c->link_count == pdu->set->c->config.max_links)
		return false;
	connect(c, pdu, &adv, &initiator, &own);
	return !init->pending;
}
