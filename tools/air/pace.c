/* SPDX-License-Identifier: MIT */
/*
 * Data in real time: connection events at their anchor points, as many exchanges in each as fit,
 * every PDU with its time on the air (Core 5.4, Vol 6, Part B, 4.5.1 and 4.5.6). A controller with
 * several links has one radio: an event for which it is busy is missed.
 */
#include "model.h"

#define IFS 150 /* us between two PDUs */

/* Preamble, access address, header, MIC and CRC around the payload. */
static uint64_t airtime(uint8_t phy, size_t len, bool encrypted)
{
	size_t mic = encrypted && len ? 4 : 0;

	if (phy == QB_PHY_2M)
		return (2 + 4 + 2 + len + mic + 3) * 4;
	return (1 + 4 + 2 + len + mic + 3) * 8;
}

static struct qa_link *central_end(struct qa_link *link)
{
	return link->role == QB_ROLE_CENTRAL ? link : link->peer;
}

/* Arms the next event in which the peripheral listens, which latency may put off. */
static void arm_next(struct qa_link *link, bool later)
{
	struct qb_timers *timers = &link->c->air->timers;
	uint64_t step = link->interval * QA_UNIT_1250, from = timers->now + later, skip;

	if (qb_list_empty(&link->peer->tx))
		step *= 1u + link->latency;
	skip = from > link->anchor ? (from - link->anchor + step - 1) / step : 0;
	qb_timer_arm(timers, &link->event, link->anchor + skip * step - timers->now);
}

void qa_pace_kick(struct qa_link *link)
{
	struct qa_link *central;

	if (!link->peer || !qa_acl_sendable(link))
		return;
	central = central_end(link);
	/* Data of the peripheral does not wait for an event that latency has put off. */
	if (central->exchanging || (qb_timer_armed(&central->event) && link == central))
		return;
	if (!qb_timer_armed(&central->event))
		central->heard = link->c->air->timers.now;
	arm_next(central, false);
}

static bool start_exchange(struct qa_link *link, bool first)
{
	struct qa_air *air = link->c->air;
	struct qa_link *peer = link->peer;
	size_t out = qa_acl_sendable(link), in = qa_acl_sendable(peer);
	uint64_t time = airtime(link->tx_phy, out, link->encrypted) +
	                airtime(link->rx_phy, in, link->encrypted) + 2 * IFS;
	unsigned loss = air->weather.loss_permille;
	bool lost = qa_chance(air, loss);

	if ((!first && !out && !in) || (!first && air->timers.now + time > link->event_end))
		return false;
	/* A peripheral that does not hear its central does not answer either. */
	link->carries[0] = out && !lost;
	link->broken = lost || qa_chance(air, loss);
	link->carries[1] = in && !link->broken;
	link->exchanging = true;
	link->c->radio_busy = peer->c->radio_busy = air->timers.now + time;
	qb_timer_arm(&air->timers, &link->event, time);
	return true;
}

static void end_exchange(struct qa_link *link)
{
	uint64_t now = link->c->air->timers.now;

	link->exchanging = false;
	if (link->carries[0] && qa_acl_sendable(link))
		qa_acl_send(link);
	if (link->carries[1] && qa_acl_sendable(link->peer))
		qa_acl_send(link->peer);
	if (!link->broken) {
		link->heard = now;
		if (start_exchange(link, false))
			return;
	} else if (now - link->heard >= qa_link_timeout(link)) {
		qa_link_lose(link, QB_HCI_E_CONN_TIMEOUT, 0);
		return;
	}
	if (qa_acl_sendable(link) || qa_acl_sendable(link->peer))
		arm_next(link, true);
}

static void event(void *user)
{
	struct qa_link *link = user;
	uint64_t now = link->c->air->timers.now;

	if (link->exchanging) {
		end_exchange(link);
		return;
	}
	if (link->c->radio_busy > now || link->peer->c->radio_busy > now) {
		arm_next(link, true);
		return;
	}
	link->event_end = now + link->interval * QA_UNIT_1250 - IFS;
	start_exchange(link, true);
}

void qa_pace_init(struct qa_link *link)
{
	qb_timer_init(&link->event, event, link);
}
