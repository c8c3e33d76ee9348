/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scanning: setScanParam, setScanFilter, scanStart, scanStop, and event 19. With the filter on,
 * each address is reported once, with its name if the PDU or the scan response right after it has
 * one.
 */
#include <stdlib.h>
#include <string.h>

#include "ble/ad.h"
#include "ble/calls.h"
#include "ble/seen.h"

static void on_timer(void *user);

void qb_scan_init(struct qb_ble *ble)
{
	qb_list_init(&ble->scan.waiting);
	qb_timer_init(&ble->scan.timer, on_timer, ble);
	qb_scan_reset(ble);
}

void qb_scan_reset(struct qb_ble *ble)
{
	ble->scan.param = (struct qb_scan_param){.active = true, .interval = 0x60, .window = 0x30};
	ble->scan.once = true;
}

/* Forgets all that was heard. */
static void clear(struct qb_ble *ble)
{
	struct qb_list *elem;

	while ((elem = qb_list_pop(&ble->scan.waiting)))
		free(qb_list_entry(elem, struct qb_heard, elem));
	ble->scan.n_waiting = 0;
	qb_timer_cancel(ble->timers, &ble->scan.timer);
	qb_seen_free(ble->scan.seen);
	ble->scan.seen = NULL;
}

static void turn_on(struct qb_ble *ble, struct qb_pending *pending)
{
	struct qb_scan_param param = ble->scan.param;
	struct qb_turn *turn = qb_switch_turn(ble, &ble->scan.sw, true, pending);

	param.filter_duplicates = ble->scan.once;
	if (turn)
		qb_gap_scan_start(ble->host, &param, qb_switch_done, turn);
}

static void turn_off(struct qb_ble *ble, struct qb_pending *pending)
{
	struct qb_turn *turn = qb_switch_turn(ble, &ble->scan.sw, false, pending);

	if (turn)
		qb_gap_scan_stop(ble->host, qb_switch_done, turn);
}

void qb_scan_off(struct qb_ble *ble)
{
	clear(ble);
	if (ble->scan.sw.on && ble->ready)
		turn_off(ble, NULL);
	ble->scan.sw.on = false;
}

void qb_run_scan_start(struct qb_ble *ble, const struct qb_value *args, struct qb_pending *pending)
{
	if (!qb_ble_is_started(pending, QB_CLIENT))
		return;
	if (qb_switch_join(&ble->scan.sw, true, pending))
		return;
	clear(ble);
	ble->scan.seen = qb_seen_new();
	if (ble->scan.seen)
		turn_on(ble, pending);
	else
		qb_call_fail(pending, QB_ERR_FAILED, "out of memory");
}

void qb_run_scan_stop(struct qb_ble *ble, const struct qb_value *args, struct qb_pending *pending)
{
	if (!qb_ble_is_started(pending, QB_CLIENT))
		return;
	if (qb_switch_join(&ble->scan.sw, false, pending))
		return;
	clear(ble);
	turn_off(ble, pending);
}

void qb_run_set_scan_param(struct qb_ble *ble, const struct qb_value *args,
                           struct qb_pending *pending)
{
	uint32_t interval = args[1].u, window = args[2].u;

	if (!qb_ble_has_role(pending, QB_CLIENT))
		return;
	if (window >= interval) {
		qb_call_fail(pending, QB_ERR_INVALID_ARGUMENT,
		             "scan_window is %u, allowed are 4..%u, less than the interval %u",
		             window, interval - 1, interval);
		return;
	}
	ble->scan.param = (struct qb_scan_param){
	        .active = args[0].u,
	        .interval = (uint16_t)interval,
	        .window = (uint16_t)window,
	        .filter = (uint8_t)args[3].u,
	        .own_addr_type = (uint8_t)args[4].u,
	};
	qb_call_ok(pending);
}

void qb_run_set_scan_filter(struct qb_ble *ble, const struct qb_value *args,
                            struct qb_pending *pending)
{
	bool once = args[0].u;

	if (!qb_ble_has_role(pending, QB_CLIENT))
		return;
	if (once == ble->scan.once || !ble->scan.sw.on) {
		ble->scan.once = once;
		qb_call_ok(pending);
		return;
	}
	/* The controller drops duplicates too, so it has to be told, which it takes only anew. */
	ble->scan.once = once;
	turn_off(ble, NULL);
	turn_on(ble, pending);
}

static void tell(struct qb_ble *ble, const struct qb_adv_report *report)
{
	char name[QB_AD_NAME_SIZE];

	if (ble->ops->congested(ble->user)) {
		ble->scan.dropped++;
		return;
	}
	qb_ble_emit(ble, QB_CLIENT,
	            &(struct qb_event){
	                    .id = QB_EV_SCAN_REPORT,
	                    .u = {report->event_type, report->addr.type},
	                    .name = qb_ad_name(report->data, report->len, name),
	                    .addr = report->addr,
	                    .rssi = report->rssi,
	                    .data = report->data,
	                    .len = report->len,
	                    .connect_id = QB_NO_CONNECTION,
	            });
}

static bool has_name(const struct qb_adv_report *report)
{
	size_t len;

	return qb_ad_find(report->data, report->len, QB_AD_COMPLETE_NAME, &len) ||
	       qb_ad_find(report->data, report->len, QB_AD_SHORT_NAME, &len);
}

static bool is_scan_rsp(const struct qb_adv_report *report)
{
	return report->extended ? report->event_type & QB_EXT_ADV_SCAN_RSP
	                        : report->event_type == QB_ADV_SCAN_RSP;
}

static bool is_scannable(const struct qb_adv_report *report)
{
	return report->extended
	               ? report->event_type & QB_EXT_ADV_SCANNABLE
	               : report->event_type == QB_ADV_IND || report->event_type == QB_ADV_SCAN_IND;
}

static struct qb_heard *oldest(struct qb_ble *ble)
{
	if (qb_list_empty(&ble->scan.waiting))
		return NULL;
	return qb_list_entry(ble->scan.waiting.next, struct qb_heard, elem);
}

static void arm(struct qb_ble *ble)
{
	const struct qb_heard *heard = oldest(ble);
	uint64_t now = ble->timers->now;

	if (heard)
		qb_timer_arm(ble->timers, &ble->scan.timer,
		             heard->deadline > now ? heard->deadline - now : 0);
	else
		qb_timer_cancel(ble->timers, &ble->scan.timer);
}

/* Takes a waiting PDU off the list and reports it, or the scan response that has a name for it. */
static void settle(struct qb_ble *ble, struct qb_heard *heard, const struct qb_adv_report *rsp)
{
	struct qb_adv_report report = heard->report;

	report.data = heard->data;
	qb_list_remove(&heard->elem);
	ble->scan.n_waiting--;
	arm(ble);
	tell(ble, rsp && has_name(rsp) ? rsp : &report);
	free(heard);
}

static void on_timer(void *user)
{
	struct qb_ble *ble = user;

	settle(ble, oldest(ble), NULL);
}

static void wait_for_rsp(struct qb_ble *ble, const struct qb_adv_report *report)
{
	struct qb_heard *heard;

	if (ble->scan.n_waiting == QB_SCAN_WAIT_MAX)
		settle(ble, oldest(ble), NULL);
	if (!ble->scan.sw.on)
		return; /* whoever was told of the oldest has stopped the scan */
	heard = malloc(sizeof(*heard));
	if (!heard) {
		tell(ble, report);
		return;
	}
	heard->deadline = ble->timers->now + QB_SCAN_RSP_WAIT_MSEC * QB_MSEC;
	heard->report = *report;
	memcpy(heard->data, report->data, report->len);
	qb_list_append(&ble->scan.waiting, &heard->elem);
	ble->scan.n_waiting++;
	arm(ble);
}

static struct qb_heard *find_waiting(struct qb_ble *ble, const struct qb_addr *addr)
{
	qb_list_foreach(elem, &ble->scan.waiting)
	{
		struct qb_heard *heard = qb_list_entry(elem, struct qb_heard, elem);

		if (qb_addr_equal(&heard->report.addr, addr))
			return heard;
	}
	return NULL;
}

void qb_scan_report(struct qb_ble *ble, const struct qb_adv_report *report)
{
	struct qb_scan *scan = &ble->scan;
	struct qb_heard *heard;

	if (!scan->sw.on || !scan->seen)
		return;
	if (!scan->once) {
		tell(ble, report);
		return;
	}
	if (is_scan_rsp(report)) {
		heard = find_waiting(ble, &report->addr);
		if (heard) {
			settle(ble, heard, report);
			return;
		}
	}
	if (qb_seen_has(scan->seen, &report->addr))
		return;
	if (ble->ops->congested(ble->user)) {
		scan->dropped++; /* and not seen: there may be room for its next one */
		return;
	}
	qb_seen_add(scan->seen, &report->addr);
	if (scan->param.active && is_scannable(report) && !is_scan_rsp(report) && !has_name(report))
		wait_for_rsp(ble, report);
	else
		tell(ble, report);
}
