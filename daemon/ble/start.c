/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Roles, start and stop: init, release, gattStart, gattStop, getStatus. What a stop ends it ends in
 * the order of the document: advertising and scanning, pending connects (16), links (17), then
 * itself (1).
 */
#include "ble/calls.h"
#include "ble/conn.h"
#include "host/limits.h"

_Static_assert(QB_DISCONNECT_TIMEOUT_MSEC < QB_STOP_TIMEOUT_MSEC,
               "a stop outlasts its links, so that all their ends are told");

/* Event 1, or the silent end of a stop whose roles were released. */
static void finish(struct qb_ble *ble, uint8_t status)
{
	struct qb_pending *pending, *next;
	bool muted = ble->muted;

	qb_timer_cancel(ble->timers, &ble->stop_timer);
	ble->state = QB_STOPPED;
	ble->up = false;
	ble->muted = false;
	qb_adv_off(ble);
	qb_scan_off(ble);
	qb_services_reset(ble);
	pending = ble->releases;
	ble->releases = NULL;
	qb_ble_changed(ble, QB_CHANGE_STATUS);
	if (!muted)
		qb_ble_emit(ble, QB_ANY_ROLE,
		            &(struct qb_event){.id = QB_EV_STOP_STATUS, .status = status});
	for (; pending; pending = next) {
		next = pending->next;
		qb_call_ok(pending);
	}
}

static void on_stop_timer(void *user)
{
	struct qb_ble *ble = user;

	qb_dials_abandon(ble);
	finish(ble, QB_HCI_E_SUCCESS);
}

/* By way of the timer, since whoever calls this may be in the middle of something. */
void qb_stop_check(struct qb_ble *ble)
{
	if (ble->state == QB_STOPPING && !ble->adv.sw.last && !ble->scan.sw.last &&
	    qb_conns_idle(ble))
		qb_timer_arm(ble->timers, &ble->stop_timer, 0);
}

static void begin_stop(struct qb_ble *ble)
{
	ble->state = QB_STOPPING;
	qb_timer_init(&ble->stop_timer, on_stop_timer, ble);
	qb_timer_arm(ble->timers, &ble->stop_timer, QB_STOP_TIMEOUT_MSEC * QB_MSEC);
	qb_adv_off(ble);
	qb_scan_off(ble);
	qb_conns_end(ble, QB_ANY_ROLE);
	qb_stop_check(ble);
}

static void tell_start(struct qb_ble *ble, uint8_t status)
{
	qb_ble_emit(ble, QB_ANY_ROLE,
	            &(struct qb_event){.id = QB_EV_START_STATUS, .status = status});
}

static void fail_start(struct qb_ble *ble, uint8_t status)
{
	ble->state = QB_STOPPED;
	tell_start(ble, status);
}

static void started(struct qb_ble *ble)
{
	ble->state = QB_STARTED;
	ble->up = true;
	qb_ble_changed(ble, QB_CHANGE_STATUS);
	tell_start(ble, QB_HCI_E_SUCCESS);
}

void qb_start_ready(struct qb_ble *ble, uint8_t status)
{
	if (ble->state != QB_STARTING)
		return;
	if (status)
		fail_start(ble, qb_ble_status_code(status));
	else
		started(ble);
}

void qb_start_lost(struct qb_ble *ble)
{
	if (ble->state == QB_STARTING)
		fail_start(ble, QB_HCI_E_HARDWARE_FAILURE);
	else if (ble->state == QB_STARTED)
		finish(ble, QB_HCI_E_HARDWARE_FAILURE);
	else if (ble->state == QB_STOPPING)
		finish(ble, 0); /* there is nothing left that could be on */
}

void qb_run_gatt_start(struct qb_ble *ble, const struct qb_value *args, struct qb_pending *pending)
{
	if (!qb_ble_has_role(pending, QB_ANY_ROLE))
		return;
	switch (ble->state) {
	case QB_STARTING:
		qb_call_fail(pending, QB_ERR_ALREADY_STARTED,
		             "BLE is starting already; event 0 will tell when it is up");
		return;
	case QB_STARTED:
		qb_call_fail(pending, QB_ERR_ALREADY_STARTED, "BLE is started already");
		return;
	case QB_STOPPING:
		qb_call_fail(pending, QB_ERR_BUSY,
		             "BLE is stopping; it can be started again after event 1");
		return;
	case QB_STOPPED: break;
	}
	if (!ble->present) {
		qb_call_fail(pending, QB_ERR_NO_CONTROLLER, "%s", ble->why);
		return;
	}
	ble->state = QB_STARTING;
	qb_call_ok(pending);
	if (ble->ready)
		qb_start_ready(ble, QB_HCI_E_SUCCESS);
}

void qb_run_gatt_stop(struct qb_ble *ble, const struct qb_value *args, struct qb_pending *pending)
{
	if (ble->state == QB_STOPPED) {
		qb_call_fail(pending, QB_ERR_NOT_STARTED, "BLE is not started");
		return;
	}
	qb_call_ok(pending);
	if (ble->state == QB_STOPPING)
		return;
	/* A start that did not get that far ends in its own event first. */
	if (ble->state == QB_STARTING) {
		begin_stop(ble);
		tell_start(ble, QB_HCI_E_CANCELLED_BY_HOST);
	} else {
		begin_stop(ble);
	}
}

void qb_run_get_status(struct qb_ble *ble, const struct qb_value *args, struct qb_pending *pending)
{
	qb_call_ok_int(pending, qb_ble_status(ble));
}

void qb_run_get_public_addr(struct qb_ble *ble, const struct qb_value *args,
                            struct qb_pending *pending)
{
	if (!qb_ble_status(ble)) {
		qb_call_fail(pending, QB_ERR_NOT_STARTED,
		             "BLE is not started: the address is known from event 0 on");
		return;
	}
	qb_call_ok_data(pending, qb_host_address(ble->host)->b, 6);
}

static void init(struct qb_ble *ble, unsigned role, struct qb_pending *pending)
{
	ble->roles |= role;
	qb_call_ok(pending);
}

void qb_run_server_init(struct qb_ble *ble, const struct qb_value *args, struct qb_pending *pending)
{
	init(ble, QB_SERVER, pending);
}

void qb_run_client_init(struct qb_ble *ble, const struct qb_value *args, struct qb_pending *pending)
{
	init(ble, QB_CLIENT, pending);
}

/*
 * The last role to go takes everything with it, and its call waits for that, so that a program that
 * begins anew right afterwards finds BLE stopped.
 */
static void release(struct qb_ble *ble, unsigned role, struct qb_pending *pending)
{
	bool last = ble->roles == role;

	ble->roles &= ~role;
	qb_conns_release(ble, role);
	if (role == QB_SERVER) {
		qb_adv_off(ble);
		qb_adv_reset(ble);
		qb_services_reset(ble);
	} else {
		qb_scan_off(ble);
		qb_scan_reset(ble);
	}
	if (last && ble->state == QB_STARTING)
		ble->state = QB_STOPPED;
	if ((last || ble->muted) && ble->state != QB_STOPPED) {
		ble->muted = true;
		pending->next = ble->releases;
		ble->releases = pending;
		if (ble->state == QB_STARTED)
			begin_stop(ble);
	} else {
		if (ble->state == QB_STARTED)
			qb_conns_end(ble, role);
		qb_call_ok(pending);
	}
}

void qb_run_server_release(struct qb_ble *ble, const struct qb_value *args,
                           struct qb_pending *pending)
{
	release(ble, QB_SERVER, pending);
}

void qb_run_client_release(struct qb_ble *ble, const struct qb_value *args,
                           struct qb_pending *pending)
{
	release(ble, QB_CLIENT, pending);
}
