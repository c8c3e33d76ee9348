/* SPDX-License-Identifier: MIT */
/* What a controller says about itself, the event masks, its random address and random numbers. */
#include "command.h"

#define BIT(n) (UINT64_C(1) << (n))

/* BR/EDR Not Supported and LE Supported (Controller), Vol 2, Part C, 3.3. */
#define LMP_FEATURES (BIT(37) | BIT(38))

/* Every combination of states and roles that the table knows (Vol 6, Part B, 1.1.1). */
#define LE_STATES UINT64_C(0x000003ffffffffff)

static const uint8_t no_address[6];

uint64_t qa_features(const struct qa_controller *c)
{
	uint64_t features = BIT(QB_LE_FEATURE_ENCRYPTION) | BIT(QB_LE_FEATURE_CONN_PARAM_REQUEST) |
	                    BIT(QB_LE_FEATURE_EXT_REJECT) | BIT(QB_LE_FEATURE_PERIPHERAL_FEATURES) |
	                    BIT(QB_LE_FEATURE_DATA_LEN) | BIT(QB_LE_FEATURE_PRIVACY) |
	                    BIT(QB_LE_FEATURE_EXT_SCAN_FILTER) | BIT(QB_LE_FEATURE_PHY_2M) |
	                    BIT(QB_LE_FEATURE_CHANNEL_SELECTION_2);

	if (!c->config.legacy)
		features |= BIT(QB_LE_FEATURE_EXT_ADV);
	return features;
}

QA_COMMAND(set_event_mask)
{
	cmd->c->event_mask = qb_get_le64(cmd->p);
	return QB_HCI_E_SUCCESS;
}

/* None of the events of page 2 is one that this controller sends. */
QA_COMMAND(set_event_mask_page_2)
{
	return QB_HCI_E_SUCCESS;
}

QA_COMMAND(le_set_event_mask)
{
	cmd->c->le_event_mask = qb_get_le64(cmd->p);
	return QB_HCI_E_SUCCESS;
}

QA_COMMAND(read_local_version)
{
	uint8_t *ret = cmd->ret;

	ret[0] = QA_VERSION;
	qb_put_le16(ret + 1, QA_SUBVERSION);
	ret[3] = QA_VERSION;
	qb_put_le16(ret + 4, QA_MANUFACTURER);
	qb_put_le16(ret + 6, QA_SUBVERSION);
	return QB_HCI_E_SUCCESS;
}

QA_COMMAND(read_local_commands)
{
	qa_supported_commands(cmd->c, cmd->ret);
	return QB_HCI_E_SUCCESS;
}

QA_COMMAND(read_local_features)
{
	qb_put_le64(cmd->ret, LMP_FEATURES);
	return QB_HCI_E_SUCCESS;
}

/* Zero for the ACL buffers of BR/EDR, unless LE shares them (7.8.2). */
QA_COMMAND(read_buffer_size)
{
	const struct qa_config *config = &cmd->c->config;

	if (config->shared_buffers) {
		qb_put_le16(cmd->ret, config->acl_len);
		qb_put_le16(cmd->ret + 3, config->acl_buffers);
	}
	return QB_HCI_E_SUCCESS;
}

QA_COMMAND(le_read_buffer_size)
{
	const struct qa_config *config = &cmd->c->config;

	if (!config->shared_buffers) {
		qb_put_le16(cmd->ret, config->acl_len);
		cmd->ret[2] = config->acl_buffers;
	}
	return QB_HCI_E_SUCCESS;
}

QA_COMMAND(read_bd_addr)
{
	memcpy(cmd->ret, cmd->c->config.address, 6);
	return QB_HCI_E_SUCCESS;
}

QA_COMMAND(le_read_local_features)
{
	qb_put_le64(cmd->ret, qa_features(cmd->c));
	return QB_HCI_E_SUCCESS;
}

QA_COMMAND(le_read_states)
{
	qb_put_le64(cmd->ret, LE_STATES);
	return QB_HCI_E_SUCCESS;
}

QA_COMMAND(le_read_adv_tx_power)
{
	cmd->ret[0] = QA_TX_POWER;
	return QB_HCI_E_SUCCESS;
}

QA_COMMAND(le_read_tx_power)
{
	cmd->ret[0] = cmd->ret[1] = QA_TX_POWER;
	return QB_HCI_E_SUCCESS;
}

/*
 * The two top bits name the kind, 10 is reserved, and the random part is neither all zeros nor all
 * ones (Vol 6, Part B, 1.3.2).
 */
bool qa_addr_random_valid(const uint8_t b[6])
{
	uint8_t kind = b[5] & 0xc0;
	uint8_t zeros = b[5] & 0x3f, ones = (uint8_t)(b[5] | 0xc0);

	if (kind == 0x40)
		return true;
	if (kind == 0x80)
		return false;
	for (unsigned i = 0; i < 5; i++) {
		zeros |= b[i];
		ones &= b[i];
	}
	return zeros && ones != 0xff;
}

/* 7.8.4: not while it is in use. Extended sets have addresses of their own. */
QA_COMMAND(le_set_random_addr)
{
	struct qa_controller *c = cmd->c;

	if (c->scan.enabled || c->init.pending ||
	    (c->adv_commands == QA_ADV_LEGACY && qa_adv_enabled(c)))
		return QB_HCI_E_DISALLOWED;
	if (!qa_addr_random_valid(cmd->p))
		return QB_HCI_E_INVALID_PARAM;
	memcpy(c->random, cmd->p, 6);
	c->has_random = memcmp(c->random, no_address, 6) != 0;
	return QB_HCI_E_SUCCESS;
}

QA_COMMAND(le_rand)
{
	qa_rand_bytes(cmd->c->air, cmd->ret, 8);
	return QB_HCI_E_SUCCESS;
}

/* 37 data channels, at least two of them usable (7.8.19). */
QA_COMMAND(le_set_channel_map)
{
	unsigned used = 0;

	for (unsigned i = 0; i < 37; i++)
		used += cmd->p[i / 8] >> (i % 8) & 1;
	if (used < 2 || cmd->p[4] & 0xe0)
		return QB_HCI_E_INVALID_PARAM;
	memcpy(cmd->c->channel_map, cmd->p, 5);
	return QB_HCI_E_SUCCESS;
}
