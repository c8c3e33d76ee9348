/* SPDX-License-Identifier: MIT */
/*
 * What a scanner hears: filters, scan requests and responses (Core 5.4, Vol 6, Part B, 4.4.3), and
 * the reports of it (Vol 4, Part E, 7.7.65.2, 7.7.65.11 and 7.7.65.13).
 */
#include "model.h"

#define ADDR_ANONYMOUS  0xff
#define ADDR_UNRESOLVED 0xfe
#define NO_SID          0xff
#define NO_TX_POWER     127
#define EXT_FIXED       24
#define EXT_CHUNK       (255 - 1 - 1 - EXT_FIXED)

/* Reports are the first thing that a controller gives up when its host is slow. */
#define REPORT_ROOM (32 * 1024)

struct report {
	const struct qa_pdu *pdu;
	struct qa_who who;
	uint8_t addr_type;
	uint8_t direct_type;
	bool for_unknown_rpa; /* directed at a private address that is not known to be ours */
};

static uint16_t ext_type(const struct qa_pdu *pdu)
{
	uint16_t props = pdu->set->props;
	uint16_t type = props & (QA_PROP_CONNECTABLE | QA_PROP_SCANNABLE | QA_PROP_DIRECTED);

	if (props & QA_PROP_LEGACY)
		type |= QB_EXT_ADV_LEGACY;
	if (pdu->scan_rsp)
		type |= QB_EXT_ADV_SCAN_RSP;
	return type;
}

static uint8_t legacy_type(const struct qa_pdu *pdu)
{
	uint16_t props = pdu->set->props;

	if (pdu->scan_rsp)
		return QB_ADV_SCAN_RSP;
	if (props & QA_PROP_DIRECTED)
		return QB_ADV_DIRECT_IND;
	if (props & QA_PROP_CONNECTABLE)
		return QB_ADV_IND;
	return props & QA_PROP_SCANNABLE ? QB_ADV_SCAN_IND : QB_ADV_NONCONN_IND;
}

/* Whether the report repeats one that the host has had; the oldest are forgotten first. */
static bool duplicate(struct qa_controller *c, const struct report *report)
{
	const struct qa_adv_set *set = report->pdu->set;
	struct qa_scan *scan = &c->scan;
	struct qa_seen seen = {.addr = report->who.id, .type = ext_type(report->pdu)};

	if (!scan->duplicates)
		return false;
	if (!(set->props & QA_PROP_LEGACY))
		seen.adi = (uint16_t)(set->sid << 12 | set->did);
	for (unsigned i = 0; i < scan->seen_count; i++) {
		const struct qa_seen *s = &scan->seen[i];

		if (s->type == seen.type && s->adi == seen.adi &&
		    qb_addr_equal(&s->addr, &seen.addr))
			return true;
	}
	scan->seen[scan->seen_next] = seen;
	scan->seen_next = (scan->seen_next + 1) % QA_SEEN_MAX;
	if (scan->seen_count < QA_SEEN_MAX)
		scan->seen_count++;
	return false;
}

static void legacy_report(struct qa_controller *c, const struct report *report)
{
	const struct qa_pdu *pdu = report->pdu;
	uint8_t p[10 + QA_LEGACY_DATA_MAX + 1] = {1, legacy_type(pdu), report->addr_type};
	uint8_t len = (uint8_t)pdu->data->len;

	memcpy(p + 3, report->who.id.b, 6);
	p[9] = len;
	memcpy(p + 10, pdu->data->octets, len);
	p[10 + len] = (uint8_t)pdu->rssi;
	qa_le_event(c, QB_HCI_LE_ADV_REPORT, p, 11u + len);
}

/* LE Directed Advertising Report, for the extended filter policies. */
static void directed_report(struct qa_controller *c, const struct report *report)
{
	uint8_t p[17] = {1, QB_ADV_DIRECT_IND, report->addr_type};

	memcpy(p + 3, report->who.id.b, 6);
	p[9] = QB_ADDR_RANDOM;
	memcpy(p + 10, report->pdu->target.b, 6);
	p[16] = (uint8_t)report->pdu->rssi;
	qa_le_event(c, QB_HCI_LE_DIRECT_ADV_REPORT, p, sizeof(p));
}

static void ext_report(struct qa_controller *c, const struct report *report)
{
	const struct qa_pdu *pdu = report->pdu;
	const struct qa_adv_set *set = pdu->set;
	bool legacy = set->props & QA_PROP_LEGACY;
	uint16_t pos = 0;

	/* Long data comes in several reports, all but the last with more to come. */
	do {
		uint8_t p[1 + EXT_FIXED + EXT_CHUNK] = {1};
		uint16_t left = pdu->data->len - pos;
		uint8_t len = (uint8_t)(left > EXT_CHUNK ? EXT_CHUNK : left);
		uint16_t type = ext_type(pdu);

		if (left > len)
			type |= 1 << QB_EXT_ADV_STATUS_SHIFT;
		qb_put_le16(p + 1, type);
		p[3] = report->addr_type;
		if (report->addr_type != ADDR_ANONYMOUS)
			memcpy(p + 4, report->who.id.b, 6);
		p[10] = set->primary_phy;
		p[11] = legacy ? 0 : set->secondary_phy;
		p[12] = legacy ? NO_SID : set->sid;
		p[13] = set->props & QA_PROP_TX_POWER ? (uint8_t)set->tx_power : NO_TX_POWER;
		p[14] = (uint8_t)pdu->rssi;
		if (set->props & QA_PROP_DIRECTED) {
			p[17] = report->direct_type;
			memcpy(p + 18, pdu->target.b, 6);
		}
		p[24] = len;
		memcpy(p + 25, pdu->data->octets + pos, len);
		qa_le_event(c, QB_HCI_LE_EXT_ADV_REPORT, p, 25u + len);
		pos += len;
	} while (pos < pdu->data->len);
}

static void send_report(struct qa_controller *c, const struct report *report)
{
	if (duplicate(c, report))
		return;
	if (!qa_out_room(c, REPORT_ROOM)) {
		c->reports_dropped++;
		return;
	}
	if (c->adv_commands == QA_ADV_EXTENDED)
		ext_report(c, report);
	else if (report->for_unknown_rpa)
		directed_report(c, report);
	else
		legacy_report(c, report);
}

/* The advertiser's answer to a scan request, if it is one that it hears and allows. */
static void request_scan(struct qa_controller *c, struct report *report)
{
	struct qa_adv_set *set = report->pdu->set;
	struct qa_controller *adv = set->c;
	struct qa_pdu rsp = *report->pdu;
	struct qb_addr own;
	struct qa_who who;
	unsigned loss = c->air->weather.loss_permille;

	qa_own_address(c, c->scan.own_type, &report->who.id, c->has_random ? c->random : NULL,
	               &own);
	if (qa_chance(c->air, loss))
		return;
	qa_identify(adv, &own, &who);
	if (who.refused || (set->filter & 1 && !qa_accepted(adv, &who.id)))
		return;
	if (set->notify_scans) {
		uint8_t p[8] = {set->handle, qa_who_type(&who)};

		memcpy(p + 2, who.id.b, 6);
		qa_le_event(adv, QB_HCI_LE_SCAN_REQUEST_RECEIVED, p, sizeof(p));
	}
	if (qa_chance(c->air, loss))
		return;
	rsp.scan_rsp = true;
	rsp.data = &set->rsp;
	report->pdu = &rsp;
	send_report(c, report);
}

/* Whose PDU it is for, if it is for somebody. */
static bool for_us(struct qa_controller *c, struct report *report)
{
	const struct qa_pdu *pdu = report->pdu;
	struct qb_addr own;

	report->direct_type = pdu->target.type;
	qa_own_address(c, c->scan.own_type, &report->who.id, c->has_random ? c->random : NULL,
	               &own);
	if (qa_is_me(c, &pdu->target, &own))
		return true;
	if (!(c->scan.policy & 2) || !qa_is_rpa(&pdu->target))
		return false;
	report->direct_type = ADDR_UNRESOLVED;
	report->for_unknown_rpa = true;
	return true;
}

void qa_scan_hear(struct qa_controller *c, const struct qa_pdu *pdu)
{
	uint16_t props = pdu->set->props;
	struct report report = {.pdu = pdu};

	/* The legacy commands hear nothing but legacy PDUs. */
	if (!(props & QA_PROP_LEGACY) && c->adv_commands != QA_ADV_EXTENDED)
		return;
	/* A scanner hears what falls into its windows. */
	if (qa_rand_below(c->air, c->scan.interval) >= c->scan.window)
		return;
	if (props & QA_PROP_ANONYMOUS) {
		report.addr_type = ADDR_ANONYMOUS;
		report.who.id.type = ADDR_ANONYMOUS;
	} else {
		qa_identify(c, &pdu->from, &report.who);
		report.addr_type = qa_who_type(&report.who);
	}
	if (report.who.refused || (c->scan.policy & 1 && !qa_accepted(c, &report.who.id)))
		return;
	if (props & QA_PROP_DIRECTED && !for_us(c, &report))
		return;
	send_report(c, &report);
	if (c->scan.active && props & QA_PROP_SCANNABLE)
		request_scan(c, &report);
}
