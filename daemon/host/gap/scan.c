/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scanning, through the legacy commands (Core 5.4, Vol 4, Part E, 7.8.10 and 7.8.11) or, where the
 * controller has them, the extended ones on the 1M PHY (7.8.64 and 7.8.65).
 */
#include "host/gap/gap-internal.h"

static void add_enable(struct qb_gap_op *op, bool enable, bool filter_duplicates)
{
	bool extended = op->host->gap.extended;
	uint8_t *p = qb_gap_op_add(
	        op, extended ? QB_HCI_LE_SET_EXT_SCAN_ENABLE : QB_HCI_LE_SET_SCAN_ENABLE,
	        extended ? 6 : 2);

	p[0] = enable;
	p[1] = enable && filter_duplicates;
	qb_gap_op_lenient(op);
}

static void started(struct qb_host *host, uint8_t status)
{
	host->gap.scanning = !status;
}

static void stopped(struct qb_host *host, uint8_t status)
{
	if (!status)
		host->gap.scanning = false;
}

void qb_gap_scan_start(struct qb_host *host, const struct qb_scan_param *param, qb_gap_done_fn done,
                       void *user)
{
	struct qb_gap_op *op = qb_gap_op_new(host, done, user);
	uint8_t own, *p;

	if (!op)
		return;
	own = qb_gap_own_type(host, param->own_addr_type);
	if (host->gap.extended) {
		p = qb_gap_op_add(op, QB_HCI_LE_SET_EXT_SCAN_PARAM, 8);
		p[0] = own;
		p[1] = param->filter;
		p[2] = QB_PHY_MASK_1M;
		p += 3;
	} else {
		p = qb_gap_op_add(op, QB_HCI_LE_SET_SCAN_PARAM, 7);
		p[5] = own;
		p[6] = param->filter;
	}
	p[0] = param->active;
	qb_put_le16(p + 1, param->interval);
	qb_put_le16(p + 3, param->window);
	add_enable(op, true, param->filter_duplicates);
	/* From now on, since a controller's first report may overtake its answer to the command. */
	host->gap.scanning = true;
	op->end = started;
	qb_gap_op_run(op);
}

void qb_gap_scan_stop(struct qb_host *host, qb_gap_done_fn done, void *user)
{
	struct qb_gap_op *op = qb_gap_op_new(host, done, user);

	if (!op)
		return;
	add_enable(op, false, false);
	op->end = stopped;
	qb_gap_op_run(op);
}

bool qb_gap_scanning(const struct qb_host *host)
{
	return host->gap.scanning;
}

void qb_gap_on_adv_reports(struct qb_host *host, const uint8_t *param, size_t len)
{
	struct qb_adv_reports it;
	struct qb_adv_report report;

	if (!qb_hci_adv_reports_init(&it, param, len))
		return;
	/* Asked anew for each report: the floor above may stop scanning inside one. */
	while (host->gap.scanning && qb_hci_adv_reports_next(&it, &report))
		host->ops->report(host->user, &report);
}
