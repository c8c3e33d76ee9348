/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Advertising: setAdvParam, setAdvData, setAdvRspData, advStart, advStop, and the directed peer. */
#include <stdlib.h>
#include <string.h>

#include "ble/ad.h"
#include "ble/calls.h"

enum { ADV, RSP };

/* Types that need a peer and carry no data, by number. */
static bool directed(unsigned type)
{
	return type == 1 || type == 4;
}

static bool carries(unsigned type, int which)
{
	return which == ADV ? !directed(type) : type == 0 || type == 2;
}

void qb_adv_reset(struct qb_ble *ble)
{
	struct qb_switch sw = ble->adv.sw;
	uint8_t on_type = ble->adv.on_type;

	ble->adv = (struct qb_adv){
	        .sw = sw,
	        .on_type = on_type,
	        .param = {.interval_min = 0x30, .interval_max = 0x60, .channels = 7},
	        .enabled = true,
	        .flags = QB_AD_FLAG_GENERAL | QB_AD_FLAG_NO_BR_EDR,
	};
}

/* What goes on air: the app's data, and Flags in front of it where it has none and they fit. */
static struct qb_adv_data on_air(const struct qb_adv *adv)
{
	struct qb_adv_data data = adv->data[ADV];
	size_t len;

	if (data.len + 3 > QB_ADV_DATA_MAX || qb_ad_find(data.data, data.len, QB_AD_FLAGS, &len))
		return data;
	memmove(data.data + 3, data.data, data.len);
	data.data[0] = 2;
	data.data[1] = QB_AD_FLAGS;
	data.data[2] = adv->flags;
	data.len += 3;
	return data;
}

static void turn_on(struct qb_ble *ble, struct qb_pending *pending)
{
	struct qb_adv *adv = &ble->adv;
	struct qb_turn *turn = qb_switch_turn(ble, &adv->sw, true, pending);
	struct qb_adv_data data = on_air(adv);

	adv->resume = false;
	if (!turn)
		return;
	adv->on_type = adv->param.type;
	qb_gap_adv_start(ble->host, &adv->param, &data, &adv->data[RSP], qb_switch_done, turn);
}

static void turn_off(struct qb_ble *ble, struct qb_pending *pending)
{
	struct qb_turn *turn = qb_switch_turn(ble, &ble->adv.sw, false, pending);

	if (turn)
		qb_gap_adv_stop(ble->host, qb_switch_done, turn);
}

void qb_adv_off(struct qb_ble *ble)
{
	ble->adv.resume = ble->adv.asked = false;
	if (ble->adv.sw.on && ble->ready)
		turn_off(ble, NULL);
	ble->adv.sw.on = false;
}

void qb_adv_ended(struct qb_ble *ble, uint8_t status)
{
	/* A turn that is on its way is about what comes after this. */
	if (ble->adv.sw.last)
		return;
	ble->adv.resume = ble->adv.sw.on && !status && ble->config.auto_advertise;
	ble->adv.sw.on = false;
}

void qb_adv_resume(struct qb_ble *ble)
{
	if (ble->adv.resume && ble->state == QB_STARTED)
		turn_on(ble, NULL);
}

static void start(struct qb_ble *ble, struct qb_pending *pending)
{
	ble->adv.asked = true;
	if (!qb_switch_join(&ble->adv.sw, true, pending))
		turn_on(ble, pending);
}

void qb_run_adv_start(struct qb_ble *ble, const struct qb_value *args, struct qb_pending *pending)
{
	const struct qb_adv *adv = &ble->adv;

	if (!qb_ble_is_started(pending, QB_SERVER))
		return;
	if (!adv->enabled)
		qb_call_fail(pending, QB_ERR_NOT_PERMITTED,
		             "SetAdvParam has set enable_adv to 0; 1 allows advertising");
	else if (directed(adv->param.type) && !adv->has_peer)
		qb_call_fail(pending, QB_ERR_NOT_PERMITTED,
		             "adv_type %u is directed: SetDirectedPeer must name the peer first",
		             adv->param.type);
	else
		start(ble, pending);
}

void qb_run_adv_stop(struct qb_ble *ble, const struct qb_value *args, struct qb_pending *pending)
{
	if (!qb_ble_is_started(pending, QB_SERVER))
		return;
	ble->adv.resume = false;
	if (!qb_switch_join(&ble->adv.sw, false, pending))
		turn_off(ble, pending);
}

void qb_run_set_adv_param(struct qb_ble *ble, const struct qb_value *args,
                          struct qb_pending *pending)
{
	uint32_t min = args[0].u, max = args[1].u, channel = args[4].u;
	struct qb_adv *adv = &ble->adv;
	struct qb_addr peer = adv->param.peer;

	if (!qb_ble_has_role(pending, QB_SERVER))
		return;
	if (min > max) {
		qb_call_fail(pending, QB_ERR_INVALID_ARGUMENT,
		             "min_adv is %u, allowed are 32..%u, which is max_adv", min, max);
		return;
	}
	if (channel != 1 && channel != 2 && channel != 4 && channel != 7) {
		qb_call_fail(pending, QB_ERR_INVALID_ARGUMENT,
		             "channel is %u, allowed are 1, 2, 4 and 7", channel);
		return;
	}
	adv->param = (struct qb_adv_param){
	        .interval_min = (uint16_t)min,
	        .interval_max = (uint16_t)max,
	        .type = (uint8_t)args[2].u,
	        .own_addr_type = (uint8_t)args[3].u,
	        .channels = (uint8_t)channel,
	        .filter = (uint8_t)args[5].u,
	        .peer = peer,
	};
	adv->flags = args[6].u == 1 ? QB_AD_FLAG_LIMITED : QB_AD_FLAG_GENERAL;
	if (args[7].u)
		adv->flags |= QB_AD_FLAG_NO_BR_EDR;
	adv->enabled = args[8].u;
	qb_call_ok(pending);
}

/* New data on its way to the controller that advertises; if it refuses, the old is back. */
struct update {
	struct qb_pending *pending;
	int which;
	unsigned serial;
	struct qb_adv_data old;
};

static void on_updated(void *user, uint8_t status)
{
	struct update *update = user;
	struct qb_pending *pending = update->pending;
	struct qb_adv *adv = &pending->ble->adv;

	if (status && adv->serial[update->which] == update->serial)
		adv->data[update->which] = update->old;
	free(update);
	qb_call_end_hci(pending, status);
}

static void set_data(struct qb_ble *ble, int which, const struct qb_value *value,
                     struct qb_pending *pending)
{
	struct qb_adv *adv = &ble->adv;
	struct update *update;
	struct qb_adv_data data;
	size_t at;

	if (!qb_ble_has_role(pending, QB_SERVER))
		return;
	if (!qb_ad_valid(value->data, value->len, &at)) {
		qb_call_fail(pending, QB_ERR_INVALID_ARGUMENT,
		             "data is not made of length, type and content: the length %u at byte "
		             "%zu does not fit the %zu bytes that follow",
		             value->data[at], at, value->len - at - 1);
		return;
	}
	update = malloc(sizeof(*update));
	if (!update) {
		qb_call_fail(pending, QB_ERR_FAILED, "out of memory");
		return;
	}
	*update = (struct update){pending, which, ++adv->serial[which], adv->data[which]};
	adv->data[which].len = (uint8_t)value->len;
	if (value->len)
		memcpy(adv->data[which].data, value->data, value->len);
	data = on_air(adv);
	if (!adv->sw.on || !carries(adv->on_type, which))
		on_updated(update, QB_HCI_E_SUCCESS);
	else if (which == ADV)
		qb_gap_adv_update(ble->host, &data, NULL, on_updated, update);
	else
		qb_gap_adv_update(ble->host, NULL, &adv->data[RSP], on_updated, update);
}

void qb_run_set_adv_data(struct qb_ble *ble, const struct qb_value *args,
                         struct qb_pending *pending)
{
	set_data(ble, ADV, &args[0], pending);
}

void qb_run_set_adv_rsp_data(struct qb_ble *ble, const struct qb_value *args,
                             struct qb_pending *pending)
{
	set_data(ble, RSP, &args[0], pending);
}

void qb_run_set_directed_peer(struct qb_ble *ble, const struct qb_value *args,
                              struct qb_pending *pending)
{
	if (!qb_ble_has_role(pending, QB_SERVER))
		return;
	ble->adv.param.peer = qb_arg_addr(&args[0], &args[1]);
	ble->adv.has_peer = true;
	qb_call_ok(pending);
}
