/* SPDX-License-Identifier: MIT */
/*
 * The legacy advertising commands (Core 5.4, Vol 4, Part E, 7.8.5 to 7.8.9). They drive the first
 * advertising set, which the extended commands cannot see at the same time.
 */
#include "command.h"

#define INTERVAL_MIN     0x20
#define INTERVAL_MAX     0x4000
#define INTERVAL_DEFAULT 0x800

/* Advertising_Type, as the properties of a set. */
static const uint16_t props_of_type[] = {
        QA_PROP_LEGACY | QA_PROP_CONNECTABLE | QA_PROP_SCANNABLE,
        QA_PROP_LEGACY | QA_PROP_CONNECTABLE | QA_PROP_DIRECTED | QA_PROP_HIGH_DUTY,
        QA_PROP_LEGACY | QA_PROP_SCANNABLE,
        QA_PROP_LEGACY,
        QA_PROP_LEGACY | QA_PROP_CONNECTABLE | QA_PROP_DIRECTED,
};

/* The set with the parameters that hold when the host has given none (7.8.5). */
static struct qa_adv_set *legacy_set(struct qa_controller *c)
{
	struct qa_adv_set *set = &c->sets[0];

	if (!set->exists) {
		set->exists = true;
		set->props = props_of_type[0];
		set->interval_min = set->interval_max = INTERVAL_DEFAULT;
		set->primary_phy = QB_PHY_1M;
	}
	return set;
}

QA_COMMAND(le_set_adv_param)
{
	struct qa_adv_set *set = legacy_set(cmd->c);
	const uint8_t *p = cmd->p;
	uint16_t min = qb_get_le16(p), max = qb_get_le16(p + 2);

	if (set->enabled)
		return QB_HCI_E_DISALLOWED;
	if (p[4] >= sizeof(props_of_type) / sizeof(props_of_type[0]) || p[5] > 3 || p[6] > 1 ||
	    !p[13] || p[13] > 7 || p[14] > 3)
		return QB_HCI_E_INVALID_PARAM;
	/* High duty cycle directed advertising has an interval of its own. */
	if (!(props_of_type[p[4]] & QA_PROP_HIGH_DUTY) &&
	    (min < INTERVAL_MIN || max > INTERVAL_MAX || min > max))
		return QB_HCI_E_INVALID_PARAM;
	set->interval_min = min;
	set->interval_max = max;
	set->props = props_of_type[p[4]];
	set->own_type = p[5];
	set->peer.type = p[6];
	memcpy(set->peer.b, p + 7, 6);
	set->filter = p[14];
	return QB_HCI_E_SUCCESS;
}

static uint8_t set_data(const uint8_t *p, struct qa_adv_data *data)
{
	if (p[0] > QA_LEGACY_DATA_MAX)
		return QB_HCI_E_INVALID_PARAM;
	data->len = p[0];
	memcpy(data->octets, p + 1, p[0]);
	return QB_HCI_E_SUCCESS;
}

QA_COMMAND(le_set_adv_data)
{
	return set_data(cmd->p, &legacy_set(cmd->c)->data);
}

QA_COMMAND(le_set_scan_rsp_data)
{
	return set_data(cmd->p, &legacy_set(cmd->c)->rsp);
}

QA_COMMAND(le_set_adv_enable)
{
	struct qa_adv_set *set = legacy_set(cmd->c);
	uint8_t status;

	if (cmd->p[0] > 1)
		return QB_HCI_E_INVALID_PARAM;
	if (!cmd->p[0]) {
		qa_adv_stop(set);
		return QB_HCI_E_SUCCESS;
	}
	status = qa_adv_ready(set);
	if (status == QB_HCI_E_SUCCESS)
		qa_adv_start(set, 0, 0);
	return status;
}
