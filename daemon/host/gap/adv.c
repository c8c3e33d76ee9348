/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Advertising with legacy PDUs, through the legacy commands (Core 5.4, Vol 4, Part E, 7.8.5 to
 * 7.8.9) or, where the controller has them, the extended ones (7.8.52 to 7.8.56).
 */
#include "host/gap/gap-internal.h"

/* The one advertising set that we use. */
#define SET 0x00

/* LE Set Extended Advertising Enable counts in 10 ms; high duty cycle may last 1.28 s (7.8.56). */
#define HIGH_DUTY_DURATION 128

#define TX_POWER_ANY 0x7f

/* What each advertising type is made of, by its number in HCI and in the document. */
static const struct {
	uint8_t properties; /* event properties of an extended set with legacy PDUs (table 7.8.53)
	                     */
	bool directed;      /* has a peer instead of data */
	bool scannable;     /* has scan response data */
} types[] = {
        [0] = {0x13, false, true},  [1] = {0x1d, true, false}, [2] = {0x12, false, true},
        [3] = {0x10, false, false}, [4] = {0x15, true, false},
};

uint8_t qb_gap_own_type(const struct qb_host *host, uint8_t wanted)
{
	static const uint8_t none[6];

	if (wanted == QB_ADDR_PUBLIC && memcmp(host->public_addr.b, none, sizeof(none)))
		return QB_ADDR_PUBLIC;
	return QB_ADDR_RANDOM;
}

static void add_param_legacy(struct qb_gap_op *op, const struct qb_adv_param *param)
{
	uint8_t *p = qb_gap_op_add(op, QB_HCI_LE_SET_ADV_PARAM, 15);

	qb_put_le16(p, param->interval_min);
	qb_put_le16(p + 2, param->interval_max);
	p[4] = param->type;
	p[5] = qb_gap_own_type(op->host, param->own_addr_type);
	p[6] = param->peer.type;
	memcpy(p + 7, param->peer.b, 6);
	p[13] = param->channels;
	p[14] = param->filter;
}

static void add_param_extended(struct qb_gap_op *op, const struct qb_adv_param *param)
{
	uint8_t own = qb_gap_own_type(op->host, param->own_addr_type);
	uint8_t *p = qb_gap_op_add(op, QB_HCI_LE_SET_EXT_ADV_PARAM, 25);

	p[0] = SET;
	qb_put_le16(p + 1, types[param->type].properties);
	qb_put_le24(p + 3, param->interval_min);
	qb_put_le24(p + 6, param->interval_max);
	p[9] = param->channels;
	p[10] = own;
	p[11] = param->peer.type;
	memcpy(p + 12, param->peer.b, 6);
	p[18] = param->filter;
	p[19] = TX_POWER_ANY;
	p[20] = QB_PHY_1M;
	p[22] = QB_PHY_1M;
	if (own == QB_ADDR_RANDOM) {
		p = qb_gap_op_add(op, QB_HCI_LE_SET_ADV_SET_RANDOM_ADDR, 7);
		p[0] = SET;
		memcpy(p + 1, op->host->static_addr.b, 6);
	}
}

static void add_data(struct qb_gap_op *op, bool response, const struct qb_adv_data *data)
{
	uint8_t *p;

	if (op->host->gap.extended) {
		p = qb_gap_op_add(
		        op, response ? QB_HCI_LE_SET_EXT_SCAN_RSP_DATA : QB_HCI_LE_SET_EXT_ADV_DATA,
		        4 + data->len);
		p[0] = SET;
		p[1] = 0x03; /* the whole of it */
		p[2] = 0x01; /* not to be fragmented */
		p += 3;
	} else {
		p = qb_gap_op_add(op,
		                  response ? QB_HCI_LE_SET_SCAN_RSP_DATA : QB_HCI_LE_SET_ADV_DATA,
		                  1 + QB_ADV_DATA_MAX);
	}
	p[0] = data->len;
	memcpy(p + 1, data->data, data->len);
}

static void add_enable(struct qb_gap_op *op, bool enable, uint8_t type)
{
	uint8_t *p;

	if (!op->host->gap.extended) {
		p = qb_gap_op_add(op, QB_HCI_LE_SET_ADV_ENABLE, 1);
		p[0] = enable;
	} else {
		p = qb_gap_op_add(op, QB_HCI_LE_SET_EXT_ADV_ENABLE, 6);
		p[0] = enable;
		p[1] = 1;
		p[2] = SET;
		if (enable && type == QB_ADV_DIRECT_IND)
			qb_put_le16(p + 3, HIGH_DUTY_DURATION);
	}
	qb_gap_op_lenient(op);
}

static void started(struct qb_host *host, uint8_t status)
{
	if (!status)
		host->gap.advertising = true;
}

static void stopped(struct qb_host *host, uint8_t status)
{
	if (!status)
		host->gap.advertising = false;
}

void qb_gap_adv_start(struct qb_host *host, const struct qb_adv_param *param,
                      const struct qb_adv_data *adv, const struct qb_adv_data *rsp,
                      qb_gap_done_fn done, void *user)
{
	struct qb_gap_op *op = qb_gap_op_new(host, done, user);

	if (!op)
		return;
	if (host->gap.extended)
		add_param_extended(op, param);
	else
		add_param_legacy(op, param);
	if (!types[param->type].directed)
		add_data(op, false, adv);
	if (types[param->type].scannable)
		add_data(op, true, rsp);
	add_enable(op, true, param->type);
	op->end = started;
	qb_gap_op_run(op);
}

void qb_gap_adv_update(struct qb_host *host, const struct qb_adv_data *adv,
                       const struct qb_adv_data *rsp, qb_gap_done_fn done, void *user)
{
	struct qb_gap_op *op = qb_gap_op_new(host, done, user);

	if (!op)
		return;
	if (adv)
		add_data(op, false, adv);
	if (rsp)
		add_data(op, true, rsp);
	qb_gap_op_run(op);
}

void qb_gap_adv_stop(struct qb_host *host, qb_gap_done_fn done, void *user)
{
	struct qb_gap_op *op = qb_gap_op_new(host, done, user);

	if (!op)
		return;
	add_enable(op, false, 0);
	op->end = stopped;
	qb_gap_op_run(op);
}

bool qb_gap_advertising(const struct qb_host *host)
{
	return host->gap.advertising;
}

void qb_gap_adv_over(struct qb_host *host, uint8_t status)
{
	if (!host->gap.advertising)
		return;
	host->gap.advertising = false;
	host->ops->adv_ended(host->user, status);
}

void qb_gap_on_adv_terminated(struct qb_host *host, const struct qb_hci_adv_terminated *ev)
{
	/* With status 0 the connection event, which may be on either side of this one, says it. */
	if (ev->set == SET && ev->status)
		qb_gap_adv_over(host, ev->status);
}
