/* SPDX-License-Identifier: MIT */
/* Advertising events: when they happen, who hears them, and when they end. */
#include "model.h"

#define HIGH_DUTY_INTERVAL  3750 /* us (Core 5.4, Vol 6, Part B, 4.4.2.4.3) */
#define HIGH_DUTY_DURATION  UINT64_C(1280000)
#define ADV_DELAY           10000 /* us, the random part of every interval (4.4.2.2.1) */
#define EXT_CONNECTABLE_MAX 245   /* what fits one AUX_ADV_IND, which cannot be chained */

static void adv_event(void *user);

void qa_adv_set_init(struct qa_adv_set *set, struct qa_controller *c, uint8_t handle)
{
	memset(set, 0, sizeof(*set));
	set->c = c;
	set->handle = handle;
	qb_timer_init(&set->timer, adv_event, set);
}

struct qa_adv_set *qa_adv_find(struct qa_controller *c, uint8_t handle)
{
	for (unsigned i = 0; i < c->config.adv_sets; i++) {
		if (c->sets[i].exists && c->sets[i].handle == handle)
			return &c->sets[i];
	}
	return NULL;
}

unsigned qa_adv_enabled(const struct qa_controller *c)
{
	unsigned count = 0;

	for (unsigned i = 0; i < c->config.adv_sets; i++)
		count += c->sets[i].enabled;
	return count;
}

void qa_adv_stop(struct qa_adv_set *set)
{
	set->enabled = false;
	qb_timer_cancel(&set->c->air->timers, &set->timer);
}

void qa_adv_reset(struct qa_controller *c)
{
	for (unsigned i = 0; i < c->config.adv_sets; i++) {
		qa_adv_stop(&c->sets[i]);
		qa_adv_set_init(&c->sets[i], c, 0);
	}
}

static const uint8_t *random_of(const struct qa_adv_set *set)
{
	const struct qa_controller *c = set->c;

	/* Legacy commands advertise with the controller's random address, extended with the set's.
	 */
	if (c->adv_commands == QA_ADV_LEGACY)
		return c->has_random ? c->random : NULL;
	return set->has_random ? set->random : NULL;
}

/* Whether the set can be enabled (7.8.9 and 7.8.56), as the status of the command. */
uint8_t qa_adv_ready(struct qa_adv_set *set)
{
	struct qa_controller *c = set->c;

	if (set->data.partial || set->rsp.partial)
		return QB_HCI_E_DISALLOWED;
	if (!(set->props & QA_PROP_LEGACY)) {
		if (set->props & QA_PROP_SCANNABLE && !set->rsp.len)
			return QB_HCI_E_DISALLOWED;
		if (set->props & QA_PROP_CONNECTABLE && set->data.len > EXT_CONNECTABLE_MAX)
			return QB_HCI_E_PACKET_TOO_LONG;
	}
	if (!qa_own_possible(c, set->own_type, &set->peer, random_of(set)))
		return QB_HCI_E_INVALID_PARAM;
	if (set->props & QA_PROP_CONNECTABLE && c->link_count == c->config.max_links)
		return QB_HCI_E_CONN_LIMIT;
	return QB_HCI_E_SUCCESS;
}

/* Starts the set, or starts it anew if it is enabled already. Duration 0 is without end. */
void qa_adv_start(struct qa_adv_set *set, uint64_t duration, uint8_t max_events)
{
	struct qb_timers *timers = &set->c->air->timers;

	if (set->props & QA_PROP_HIGH_DUTY && !duration)
		duration = HIGH_DUTY_DURATION;
	set->enabled = true;
	set->ends = duration ? timers->now + duration : QB_NEVER;
	set->max_events = max_events;
	set->events = 0;
	qb_timer_arm(timers, &set->timer, qa_rand_below(set->c->air, HIGH_DUTY_INTERVAL));
}

/* LE Advertising Set Terminated (7.7.65.18) exists only with the extended commands. */
static void report_terminated(struct qa_adv_set *set, uint8_t status, uint16_t handle)
{
	uint8_t p[5] = {status, set->handle};

	if (set->c->adv_commands != QA_ADV_EXTENDED)
		return;
	qb_put_le16(p + 2, handle);
	p[4] = (uint8_t)(set->max_events ? set->events : 0);
	qa_le_event(set->c, QB_HCI_LE_ADV_SET_TERMINATED, p, sizeof(p));
}

/* High duty cycle directed advertising that nobody answered (7.7.65.1, with the legacy commands).
 */
static void report_timeout(struct qa_controller *c)
{
	uint8_t p[30] = {QB_HCI_E_ADV_TIMEOUT, 0, 0, QB_ROLE_PERIPHERAL};

	if (c->le_event_mask >> (QB_HCI_LE_ENH_CONN_COMPLETE - 1) & 1)
		qa_le_event(c, QB_HCI_LE_ENH_CONN_COMPLETE, p, 30);
	else
		qa_le_event(c, QB_HCI_LE_CONN_COMPLETE, p, 18);
}

static void expire(struct qa_adv_set *set, uint8_t status)
{
	qa_adv_stop(set);
	if (set->c->adv_commands == QA_ADV_EXTENDED)
		report_terminated(set, status, 0);
	else if (set->props & QA_PROP_HIGH_DUTY)
		report_timeout(set->c);
}

void qa_adv_connected(struct qa_adv_set *set, uint16_t handle)
{
	qa_adv_stop(set);
	report_terminated(set, QB_HCI_E_SUCCESS, handle);
}

/* Everybody who listens gets the PDU, until one of them makes a connection of it. */
static void broadcast(struct qa_adv_set *set, const struct qa_pdu *pdu)
{
	struct qa_controller *c = set->c;

	qb_list_foreach(elem, &c->air->listeners)
	{
		struct qa_controller *to = qb_list_entry(elem, struct qa_controller, listening);

		if (to == c || to->away || to->muted ||
		    qa_chance(c->air, c->air->weather.loss_permille))
			continue;
		if (to->init.pending && qa_initiate_hear(to, pdu))
			return;
		if (to->scan.enabled && !to->scan.resting)
			qa_scan_hear(to, pdu);
	}
}

static uint64_t interval(struct qa_adv_set *set)
{
	uint64_t us;

	if (set->props & QA_PROP_HIGH_DUTY)
		return HIGH_DUTY_INTERVAL;
	us = (uint64_t)set->interval_min * QA_UNIT_625;
	return us + qa_rand_below(set->c->air, ADV_DELAY + 1);
}

static void adv_event(void *user)
{
	struct qa_adv_set *set = user;
	struct qa_controller *c = set->c;
	struct qb_timers *timers = &c->air->timers;
	struct qa_pdu pdu = {.set = set, .data = &set->data};
	uint64_t next;

	if (timers->now >= set->ends) {
		expire(set, QB_HCI_E_ADV_TIMEOUT);
		return;
	}
	qa_own_address(c, set->own_type, &set->peer, random_of(set), &pdu.from);
	if (set->props & QA_PROP_DIRECTED)
		qa_target_address(c, set->own_type, &set->peer, &pdu.target);
	pdu.rssi = qa_rssi(c);
	if (!c->away && !c->muted)
		broadcast(set, &pdu);
	if (!set->enabled)
		return;
	set->events++;
	if (set->max_events && set->events == set->max_events) {
		expire(set, QB_HCI_E_LIMIT_REACHED);
		return;
	}
	next = interval(set);
	if (next > set->ends - timers->now)
		next = set->ends - timers->now;
	qb_timer_arm(timers, &set->timer, next);
}
