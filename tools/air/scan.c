/* SPDX-License-Identifier: MIT */
/*
 * The scanning commands, legacy and extended (Core 5.4, Vol 4, Part E, 7.8.10, 7.8.11, 7.8.64 and
 * 7.8.65), and the durations of extended scanning.
 */
#include "command.h"

#define INTERVAL_MIN        0x04
#define LEGACY_INTERVAL_MAX 0x4000
#define INTERVAL_DEFAULT    0x10
#define PERIOD_UNIT         UINT64_C(1280000)
#define EXT_FIXED           3
#define EXT_PER_PHY         5

static void forget(struct qa_scan *scan)
{
	scan->seen_count = scan->seen_next = 0;
}

static void stop(struct qa_controller *c)
{
	c->scan.enabled = c->scan.resting = false;
	qb_timer_cancel(&c->air->timers, &c->scan.timer);
	qa_listen_update(c);
}

/* The end of a scan's duration, or of the rest that follows it in a periodic one. */
static void tick(void *user)
{
	struct qa_controller *c = user;
	struct qa_scan *scan = &c->scan;

	if (!scan->period) {
		stop(c);
		qa_le_event(c, QB_HCI_LE_SCAN_TIMEOUT, NULL, 0);
		return;
	}
	scan->resting = !scan->resting;
	if (!scan->resting && scan->duplicates == 2)
		forget(scan);
	qb_timer_arm(&c->air->timers, &scan->timer,
	             scan->resting ? scan->period - scan->duration : scan->duration);
	qa_listen_update(c);
}

void qa_scan_reset(struct qa_controller *c)
{
	stop(c);
	memset(&c->scan, 0, sizeof(c->scan));
	c->scan.interval = c->scan.window = INTERVAL_DEFAULT;
	qb_timer_init(&c->scan.timer, tick, c);
}

static bool timing_valid(uint16_t interval, uint16_t window)
{
	return interval >= INTERVAL_MIN && window >= INTERVAL_MIN && window <= interval;
}

QA_COMMAND(le_set_scan_param)
{
	struct qa_scan *scan = &cmd->c->scan;
	const uint8_t *p = cmd->p;
	uint16_t interval = qb_get_le16(p + 1), window = qb_get_le16(p + 3);

	if (p[0] > 1 || p[5] > 3 || p[6] > 3 || !timing_valid(interval, window) ||
	    interval > LEGACY_INTERVAL_MAX)
		return QB_HCI_E_INVALID_PARAM;
	if (scan->enabled)
		return QB_HCI_E_DISALLOWED;
	scan->active = p[0];
	scan->interval = interval;
	scan->window = window;
	scan->own_type = p[5];
	scan->policy = p[6];
	return QB_HCI_E_SUCCESS;
}

QA_COMMAND(le_set_ext_scan_param)
{
	struct qa_scan *scan = &cmd->c->scan;
	const uint8_t *p = cmd->p, *phy = p + EXT_FIXED;
	uint16_t interval = qb_get_le16(phy + 1), window = qb_get_le16(phy + 3);

	if (p[2] & ~(QB_PHY_MASK_1M | QB_PHY_MASK_CODED) || !p[2])
		return QB_HCI_E_INVALID_PARAM;
	if (p[2] & QB_PHY_MASK_CODED)
		return QB_HCI_E_UNSUPPORTED;
	if (cmd->len != EXT_FIXED + EXT_PER_PHY || p[0] > 3 || p[1] > 3 || phy[0] > 1 ||
	    !timing_valid(interval, window))
		return QB_HCI_E_INVALID_PARAM;
	if (scan->enabled)
		return QB_HCI_E_DISALLOWED;
	scan->own_type = p[0];
	scan->policy = p[1];
	scan->active = phy[0];
	scan->interval = interval;
	scan->window = window;
	return QB_HCI_E_SUCCESS;
}

/* Enabling what is enabled starts anew: the timers, and what the duplicate filter has seen. */
static uint8_t enable(struct qa_controller *c, uint8_t duplicates, uint64_t duration,
                      uint64_t period)
{
	struct qa_scan *scan = &c->scan;

	if (!qa_own_possible(c, scan->own_type, NULL, c->has_random ? c->random : NULL))
		return QB_HCI_E_INVALID_PARAM;
	stop(c);
	forget(scan);
	scan->enabled = true;
	scan->duplicates = duplicates;
	scan->duration = duration;
	scan->period = duration ? period : 0;
	if (duration)
		qb_timer_arm(&c->air->timers, &scan->timer, duration);
	qa_listen_update(c);
	return QB_HCI_E_SUCCESS;
}

QA_COMMAND(le_set_scan_enable)
{
	const uint8_t *p = cmd->p;

	if (p[0] > 1 || p[1] > 1)
		return QB_HCI_E_INVALID_PARAM;
	if (p[0])
		return enable(cmd->c, p[1], 0, 0);
	stop(cmd->c);
	return QB_HCI_E_SUCCESS;
}

QA_COMMAND(le_set_ext_scan_enable)
{
	const uint8_t *p = cmd->p;
	uint64_t duration = qb_get_le16(p + 2) * QA_UNIT_10MS;
	uint64_t period = qb_get_le16(p + 4) * PERIOD_UNIT;

	if (p[0] > 1)
		return QB_HCI_E_INVALID_PARAM;
	if (!p[0]) {
		stop(cmd->c);
		return QB_HCI_E_SUCCESS;
	}
	if (p[1] > 2 || (p[1] == 2 && !period) || (duration && period && duration >= period))
		return QB_HCI_E_INVALID_PARAM;
	return enable(cmd->c, p[1], duration, period);
}
