/* SPDX-License-Identifier: MIT */
/* The extended advertising commands (Core 5.4, Vol 4, Part E, 7.8.52 to 7.8.60). */
#include "command.h"

#define HANDLE_MAX    0xef
#define INTERVAL_MIN  0x20
#define HIGH_DUTY_MAX 128 /* x 10 ms */
#define TX_POWER_ANY  127
#define PROPS_KNOWN   0x7f
#define SET_DATA_MIN  4
#define ENABLE_ENTRY  4

/* Operation of the data commands. */
enum {
	OP_MIDDLE = 0,
	OP_FIRST = 1,
	OP_LAST = 2,
	OP_COMPLETE = 3,
	OP_UNCHANGED = 4,
};

/* The sets of properties that legacy PDUs have (table 7.2). */
static bool legacy_props_valid(uint16_t props)
{
	switch (props & ~QA_PROP_TX_POWER) {
	case 0x10:
	case 0x12:
	case 0x13:
	case 0x15:
	case 0x1d: return true;
	default: return false;
	}
}

static bool props_valid(uint16_t props)
{
	if (props & ~PROPS_KNOWN)
		return false;
	if (props & QA_PROP_LEGACY)
		return legacy_props_valid(props);
	if (props & QA_PROP_HIGH_DUTY)
		return false;
	if (props & QA_PROP_CONNECTABLE && props & (QA_PROP_SCANNABLE | QA_PROP_ANONYMOUS))
		return false;
	return !(props & QA_PROP_SCANNABLE && props & QA_PROP_ANONYMOUS);
}

/* Whether the data that the set has fits its new properties. */
static bool data_fits(const struct qa_adv_set *set, uint16_t props)
{
	if (props & QA_PROP_LEGACY)
		return set->data.len <= QA_LEGACY_DATA_MAX && set->rsp.len <= QA_LEGACY_DATA_MAX &&
		       !(props & QA_PROP_DIRECTED && set->data.len);
	if (props & QA_PROP_SCANNABLE)
		return !set->data.len;
	return !set->rsp.len;
}

static uint8_t phys_status(uint16_t props, uint8_t primary, uint8_t secondary)
{
	if (primary != QB_PHY_1M && primary != QB_PHY_CODED)
		return QB_HCI_E_INVALID_PARAM;
	if (primary == QB_PHY_CODED)
		return QB_HCI_E_UNSUPPORTED;
	if (props & QA_PROP_LEGACY)
		return QB_HCI_E_SUCCESS;
	if (secondary < QB_PHY_1M || secondary > QB_PHY_CODED)
		return QB_HCI_E_INVALID_PARAM;
	return secondary == QB_PHY_CODED ? QB_HCI_E_UNSUPPORTED : QB_HCI_E_SUCCESS;
}

static struct qa_adv_set *free_set(struct qa_controller *c)
{
	for (unsigned i = 0; i < c->config.adv_sets; i++) {
		if (!c->sets[i].exists)
			return &c->sets[i];
	}
	return NULL;
}

QA_COMMAND(le_set_ext_adv_param)
{
	struct qa_controller *c = cmd->c;
	const uint8_t *p = cmd->p;
	struct qa_adv_set *set = qa_adv_find(c, p[0]);
	uint16_t props = qb_get_le16(p + 1);
	uint32_t min = qb_get_le24(p + 3), max = qb_get_le24(p + 6);
	int8_t power = (int8_t)p[19];
	uint8_t status;

	if (p[0] > HANDLE_MAX || !props_valid(props) || !p[9] || p[9] > 7 || p[10] > 3 ||
	    p[11] > 1 || p[18] > 3 || (power != TX_POWER_ANY && power > 20) || p[23] > 0x0f ||
	    p[24] > 1)
		return QB_HCI_E_INVALID_PARAM;
	if (min < INTERVAL_MIN || min > max)
		return QB_HCI_E_INVALID_PARAM;
	if (set && set->enabled)
		return QB_HCI_E_DISALLOWED;
	status = phys_status(props, p[20], p[22]);
	if (status != QB_HCI_E_SUCCESS)
		return status;
	if (set && !data_fits(set, props))
		return QB_HCI_E_INVALID_PARAM;
	if (!set) {
		set = free_set(c);
		if (!set)
			return QB_HCI_E_MEMORY_EXCEEDED;
		qa_adv_set_init(set, c, p[0]);
		set->exists = true;
		set->did = (uint16_t)(qa_rand(c->air) & 0x0fff);
	}
	set->props = props;
	set->interval_min = min;
	set->interval_max = max;
	set->own_type = p[10];
	set->peer.type = p[11];
	memcpy(set->peer.b, p + 12, 6);
	set->filter = p[18];
	set->primary_phy = p[20];
	set->tx_power = power == TX_POWER_ANY || power > QA_TX_POWER ? QA_TX_POWER : power;
	set->secondary_phy = props & QA_PROP_LEGACY ? 0 : p[22];
	set->sid = p[23];
	set->notify_scans = p[24];
	cmd->ret[0] = (uint8_t)set->tx_power;
	return QB_HCI_E_SUCCESS;
}

QA_COMMAND(le_set_adv_set_random_addr)
{
	struct qa_adv_set *set = qa_adv_find(cmd->c, cmd->p[0]);

	if (!set)
		return QB_HCI_E_UNKNOWN_ADV_ID;
	if (!qa_addr_random_valid(cmd->p + 1))
		return QB_HCI_E_INVALID_PARAM;
	/* While connectable advertising uses it (7.8.52). */
	if (set->enabled && set->props & QA_PROP_CONNECTABLE)
		return QB_HCI_E_DISALLOWED;
	memcpy(set->random, cmd->p + 1, 6);
	set->has_random = true;
	return QB_HCI_E_SUCCESS;
}

/* The rules that both data commands share (7.8.54 and 7.8.55). */
static uint8_t set_data(struct qa_cmd *cmd, struct qa_adv_set *set, struct qa_adv_data *data)
{
	uint8_t op = cmd->p[1], len = cmd->p[3];
	const uint8_t *octets = cmd->p + SET_DATA_MIN;
	bool starts = op == OP_FIRST || op == OP_COMPLETE;

	if (cmd->len != (size_t)SET_DATA_MIN + len || cmd->p[2] > 1)
		return QB_HCI_E_INVALID_PARAM;
	if (set->props & QA_PROP_LEGACY && (op != OP_COMPLETE || len > QA_LEGACY_DATA_MAX))
		return QB_HCI_E_INVALID_PARAM;
	if (set->enabled && op != OP_COMPLETE)
		return QB_HCI_E_DISALLOWED;
	if (!len && op != OP_COMPLETE)
		return QB_HCI_E_INVALID_PARAM;
	if (!starts && !data->partial)
		return QB_HCI_E_INVALID_PARAM;
	if ((starts ? 0u : data->len) + len > sizeof(data->octets)) {
		data->len = 0;
		data->partial = false;
		return QB_HCI_E_MEMORY_EXCEEDED;
	}
	if (starts)
		data->len = 0;
	memcpy(data->octets + data->len, octets, len);
	data->len = (uint16_t)(data->len + len);
	data->partial = op == OP_FIRST || op == OP_MIDDLE;
	if (!data->partial)
		set->did = (set->did + 1) & 0x0fff;
	return QB_HCI_E_SUCCESS;
}

QA_COMMAND(le_set_ext_adv_data)
{
	struct qa_adv_set *set = qa_adv_find(cmd->c, cmd->p[0]);

	if (cmd->p[0] > HANDLE_MAX || cmd->p[1] > OP_UNCHANGED)
		return QB_HCI_E_INVALID_PARAM;
	if (!set)
		return QB_HCI_E_UNKNOWN_ADV_ID;
	if (cmd->p[1] == OP_UNCHANGED) {
		/* Only the DID changes. */
		if (!set->enabled || !set->data.len || set->props & QA_PROP_LEGACY || cmd->p[3])
			return QB_HCI_E_INVALID_PARAM;
		set->did = (set->did + 1) & 0x0fff;
		return QB_HCI_E_SUCCESS;
	}
	/* Directed legacy PDUs and the first PDU of scannable extended ones carry no data. */
	if (cmd->p[3] && (set->props & QA_PROP_LEGACY ? set->props & QA_PROP_DIRECTED
	                                              : set->props & QA_PROP_SCANNABLE))
		return QB_HCI_E_INVALID_PARAM;
	return set_data(cmd, set, &set->data);
}

QA_COMMAND(le_set_ext_scan_rsp_data)
{
	struct qa_adv_set *set = qa_adv_find(cmd->c, cmd->p[0]);

	if (cmd->p[0] > HANDLE_MAX || cmd->p[1] > OP_COMPLETE)
		return QB_HCI_E_INVALID_PARAM;
	if (!set)
		return QB_HCI_E_UNKNOWN_ADV_ID;
	if (cmd->p[3] && !(set->props & QA_PROP_SCANNABLE))
		return QB_HCI_E_INVALID_PARAM;
	if (set->enabled && !cmd->p[3] && !(set->props & QA_PROP_LEGACY))
		return QB_HCI_E_DISALLOWED;
	return set_data(cmd, set, &set->rsp);
}

/* Every set is checked before any is touched. */
static uint8_t enable_status(struct qa_controller *c, const uint8_t *p, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		const uint8_t *entry = p + i * ENABLE_ENTRY;
		struct qa_adv_set *set = qa_adv_find(c, entry[0]);
		uint16_t duration = qb_get_le16(entry + 1);
		uint8_t status;

		for (unsigned j = 0; j < i; j++) {
			if (p[j * ENABLE_ENTRY] == entry[0])
				return QB_HCI_E_INVALID_PARAM;
		}
		if (entry[0] > HANDLE_MAX)
			return QB_HCI_E_INVALID_PARAM;
		if (!set)
			return QB_HCI_E_UNKNOWN_ADV_ID;
		if (set->props & QA_PROP_HIGH_DUTY && (!duration || duration > HIGH_DUTY_MAX))
			return QB_HCI_E_INVALID_PARAM;
		status = qa_adv_ready(set);
		if (status != QB_HCI_E_SUCCESS)
			return status;
	}
	return QB_HCI_E_SUCCESS;
}

static uint8_t disable(struct qa_controller *c, const uint8_t *p, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		if (!qa_adv_find(c, p[i * ENABLE_ENTRY]))
			return QB_HCI_E_UNKNOWN_ADV_ID;
	}
	for (unsigned i = 0; i < count; i++)
		qa_adv_stop(qa_adv_find(c, p[i * ENABLE_ENTRY]));
	for (unsigned i = 0; !count && i < c->config.adv_sets; i++)
		qa_adv_stop(&c->sets[i]);
	return QB_HCI_E_SUCCESS;
}

QA_COMMAND(le_set_ext_adv_enable)
{
	struct qa_controller *c = cmd->c;
	const uint8_t *p = cmd->p + 2;
	unsigned count = cmd->p[1];
	uint8_t status;

	if (cmd->p[0] > 1 || cmd->len != 2 + (size_t)count * ENABLE_ENTRY)
		return QB_HCI_E_INVALID_PARAM;
	if (!cmd->p[0])
		return disable(c, p, count);
	if (!count)
		return QB_HCI_E_INVALID_PARAM;
	status = enable_status(c, p, count);
	if (status != QB_HCI_E_SUCCESS)
		return status;
	for (unsigned i = 0; i < count; i++, p += ENABLE_ENTRY)
		qa_adv_start(qa_adv_find(c, p[0]), qb_get_le16(p + 1) * QA_UNIT_10MS, p[3]);
	return QB_HCI_E_SUCCESS;
}

QA_COMMAND(le_read_max_adv_data_len)
{
	qb_put_le16(cmd->ret, QA_EXT_DATA_MAX);
	return QB_HCI_E_SUCCESS;
}

QA_COMMAND(le_read_num_adv_sets)
{
	cmd->ret[0] = cmd->c->config.adv_sets;
	return QB_HCI_E_SUCCESS;
}

QA_COMMAND(le_remove_adv_set)
{
	struct qa_adv_set *set = qa_adv_find(cmd->c, cmd->p[0]);

	if (!set)
		return QB_HCI_E_UNKNOWN_ADV_ID;
	if (set->enabled)
		return QB_HCI_E_DISALLOWED;
	qa_adv_set_init(set, cmd->c, 0);
	return QB_HCI_E_SUCCESS;
}

QA_COMMAND(le_clear_adv_sets)
{
	if (qa_adv_enabled(cmd->c))
		return QB_HCI_E_DISALLOWED;
	qa_adv_reset(cmd->c);
	return QB_HCI_E_SUCCESS;
}
