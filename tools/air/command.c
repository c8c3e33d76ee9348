/* SPDX-License-Identifier: MIT */
/* The commands: one row each, from which the supported commands follow too. */
#include "command.h"

#include <stdlib.h>

/* How a command is answered (Core 5.4, Vol 4, Part E, 7.7.14 and 7.7.15). */
#define STATUS    0xff /* Command Status */
#define NO_ANSWER 0xfe /* nothing, unless it fails */
#define COMPLETE(n)                                                                  \
	(n) /* Command Complete, with n octets of return parameters after the status \
	     */

enum {
	HANDLE = 1 << 0, /* the return parameters start with the command's first two octets */
	LEGACY = 1 << 1, /* not together with extended ones (3.1.1) */
	EXT = 1 << 2,    /* not together with legacy ones; absent in a legacy controller */
};

struct qa_cmd_row {
	uint16_t opcode;
	uint8_t min, max; /* parameter length */
	uint8_t answer;
	uint8_t octet, bit; /* in the supported commands (6.27) */
	uint8_t flags;
	uint8_t (*fn)(struct qa_cmd *cmd);
};

/* In order of their opcodes. */
static const struct qa_cmd_row rows[] = {
        {QB_HCI_DISCONNECT, 3, 3, STATUS, 0, 5, 0, qa_cmd_disconnect},
        {QB_HCI_READ_REMOTE_VERSION, 2, 2, STATUS, 2, 7, 0, qa_cmd_read_remote_version},

        {QB_HCI_SET_EVENT_MASK, 8, 8, COMPLETE(0), 5, 6, 0, qa_cmd_set_event_mask},
        {QB_HCI_RESET, 0, 0, COMPLETE(0), 5, 7, 0, qa_cmd_reset},
        {QB_HCI_READ_TX_POWER, 3, 3, COMPLETE(3), 10, 2, HANDLE, qa_cmd_read_tx_power},
        {QB_HCI_SET_HOST_FLOW_CONTROL, 1, 1, COMPLETE(0), 10, 5, 0, qa_cmd_set_host_flow},
        {QB_HCI_HOST_BUFFER_SIZE, 7, 7, COMPLETE(0), 10, 6, 0, qa_cmd_host_buffer_size},
        {QB_HCI_HOST_NUM_COMPLETED, 1, 255, NO_ANSWER, 10, 7, 0, qa_cmd_host_num_completed},
        {QB_HCI_SET_EVENT_MASK_PAGE_2, 8, 8, COMPLETE(0), 22, 2, 0, qa_cmd_set_event_mask_page_2},

        {QB_HCI_READ_LOCAL_VERSION, 0, 0, COMPLETE(8), 14, 3, 0, qa_cmd_read_local_version},
        {QB_HCI_READ_LOCAL_COMMANDS, 0, 0, COMPLETE(64), 14, 4, 0, qa_cmd_read_local_commands},
        {QB_HCI_READ_LOCAL_FEATURES, 0, 0, COMPLETE(8), 14, 5, 0, qa_cmd_read_local_features},
        {QB_HCI_READ_BUFFER_SIZE, 0, 0, COMPLETE(7), 14, 7, 0, qa_cmd_read_buffer_size},
        {QB_HCI_READ_BD_ADDR, 0, 0, COMPLETE(6), 15, 1, 0, qa_cmd_read_bd_addr},

        {QB_HCI_READ_RSSI, 2, 2, COMPLETE(3), 15, 5, HANDLE, qa_cmd_read_rssi},

        {QB_HCI_LE_SET_EVENT_MASK, 8, 8, COMPLETE(0), 25, 0, 0, qa_cmd_le_set_event_mask},
        {QB_HCI_LE_READ_BUFFER_SIZE, 0, 0, COMPLETE(3), 25, 1, 0, qa_cmd_le_read_buffer_size},
        {QB_HCI_LE_READ_LOCAL_FEATURES, 0, 0, COMPLETE(8), 25, 2, 0, qa_cmd_le_read_local_features},
        {QB_HCI_LE_SET_RANDOM_ADDR, 6, 6, COMPLETE(0), 25, 4, 0, qa_cmd_le_set_random_addr},
        {QB_HCI_LE_SET_ADV_PARAM, 15, 15, COMPLETE(0), 25, 5, LEGACY, qa_cmd_le_set_adv_param},
        {QB_HCI_LE_READ_ADV_TX_POWER, 0, 0, COMPLETE(1), 25, 6, LEGACY,
         qa_cmd_le_read_adv_tx_power},
        {QB_HCI_LE_SET_ADV_DATA, 32, 32, COMPLETE(0), 25, 7, LEGACY, qa_cmd_le_set_adv_data},
        {QB_HCI_LE_SET_SCAN_RSP_DATA, 32, 32, COMPLETE(0), 26, 0, LEGACY,
         qa_cmd_le_set_scan_rsp_data},
        {QB_HCI_LE_SET_ADV_ENABLE, 1, 1, COMPLETE(0), 26, 1, LEGACY, qa_cmd_le_set_adv_enable},
        {QB_HCI_LE_SET_SCAN_PARAM, 7, 7, COMPLETE(0), 26, 2, LEGACY, qa_cmd_le_set_scan_param},
        {QB_HCI_LE_SET_SCAN_ENABLE, 2, 2, COMPLETE(0), 26, 3, LEGACY, qa_cmd_le_set_scan_enable},
        {QB_HCI_LE_CREATE_CONN, 25, 25, STATUS, 26, 4, LEGACY, qa_cmd_le_create_conn},
        {QB_HCI_LE_CREATE_CONN_CANCEL, 0, 0, COMPLETE(0), 26, 5, 0, qa_cmd_le_create_conn_cancel},
        {QB_HCI_LE_READ_ACCEPT_LIST_SIZE, 0, 0, COMPLETE(1), 26, 6, 0,
         qa_cmd_le_read_accept_list_size},
        {QB_HCI_LE_CLEAR_ACCEPT_LIST, 0, 0, COMPLETE(0), 26, 7, 0, qa_cmd_le_clear_accept_list},
        {QB_HCI_LE_ADD_ACCEPT_LIST, 7, 7, COMPLETE(0), 27, 0, 0, qa_cmd_le_add_accept_list},
        {QB_HCI_LE_REMOVE_ACCEPT_LIST, 7, 7, COMPLETE(0), 27, 1, 0, qa_cmd_le_remove_accept_list},
        {QB_HCI_LE_CONN_UPDATE, 14, 14, STATUS, 27, 2, 0, qa_cmd_le_conn_update},
        {QB_HCI_LE_SET_CHANNEL_MAP, 5, 5, COMPLETE(0), 27, 3, 0, qa_cmd_le_set_channel_map},
        {QB_HCI_LE_READ_CHANNEL_MAP, 2, 2, COMPLETE(7), 27, 4, HANDLE, qa_cmd_le_read_channel_map},
        {QB_HCI_LE_READ_REMOTE_FEATURES, 2, 2, STATUS, 27, 5, 0, qa_cmd_le_read_remote_features},
        {QB_HCI_LE_ENCRYPT, 32, 32, COMPLETE(16), 27, 6, 0, qa_cmd_le_encrypt},
        {QB_HCI_LE_RAND, 0, 0, COMPLETE(8), 27, 7, 0, qa_cmd_le_rand},
        {QB_HCI_LE_START_ENCRYPT, 28, 28, STATUS, 28, 0, 0, qa_cmd_le_start_encrypt},
        {QB_HCI_LE_LTK_REPLY, 18, 18, COMPLETE(2), 28, 1, HANDLE, qa_cmd_le_ltk_reply},
        {QB_HCI_LE_LTK_NEG_REPLY, 2, 2, COMPLETE(2), 28, 2, HANDLE, qa_cmd_le_ltk_neg_reply},
        {QB_HCI_LE_READ_STATES, 0, 0, COMPLETE(8), 28, 3, 0, qa_cmd_le_read_states},
        {QB_HCI_LE_CONN_PARAM_REPLY, 14, 14, COMPLETE(2), 33, 4, HANDLE,
         qa_cmd_le_conn_param_reply},
        {QB_HCI_LE_CONN_PARAM_NEG_REPLY, 3, 3, COMPLETE(2), 33, 5, HANDLE,
         qa_cmd_le_conn_param_neg_reply},
        {QB_HCI_LE_SET_DATA_LEN, 6, 6, COMPLETE(2), 33, 6, HANDLE, qa_cmd_le_set_data_len},
        {QB_HCI_LE_READ_DEF_DATA_LEN, 0, 0, COMPLETE(4), 33, 7, 0, qa_cmd_le_read_def_data_len},
        {QB_HCI_LE_WRITE_DEF_DATA_LEN, 4, 4, COMPLETE(0), 34, 0, 0, qa_cmd_le_write_def_data_len},
        {QB_HCI_LE_ADD_RESOLVING_LIST, 39, 39, COMPLETE(0), 34, 3, 0, qa_cmd_le_add_resolving_list},
        {QB_HCI_LE_REMOVE_RESOLVING_LIST, 7, 7, COMPLETE(0), 34, 4, 0,
         qa_cmd_le_remove_resolving_list},
        {QB_HCI_LE_CLEAR_RESOLVING_LIST, 0, 0, COMPLETE(0), 34, 5, 0,
         qa_cmd_le_clear_resolving_list},
        {QB_HCI_LE_READ_RESOLVING_LIST_SIZE, 0, 0, COMPLETE(1), 34, 6, 0,
         qa_cmd_le_read_resolving_list_size},
        {QB_HCI_LE_READ_PEER_RPA, 7, 7, COMPLETE(6), 34, 7, 0, qa_cmd_le_read_peer_rpa},
        {QB_HCI_LE_READ_LOCAL_RPA, 7, 7, COMPLETE(6), 35, 0, 0, qa_cmd_le_read_local_rpa},
        {QB_HCI_LE_SET_RESOLVE_ENABLE, 1, 1, COMPLETE(0), 35, 1, 0, qa_cmd_le_set_resolve_enable},
        {QB_HCI_LE_SET_RPA_TIMEOUT, 2, 2, COMPLETE(0), 35, 2, 0, qa_cmd_le_set_rpa_timeout},
        {QB_HCI_LE_READ_MAX_DATA_LEN, 0, 0, COMPLETE(8), 35, 3, 0, qa_cmd_le_read_max_data_len},
        {QB_HCI_LE_READ_PHY, 2, 2, COMPLETE(4), 35, 4, HANDLE, qa_cmd_le_read_phy},
        {QB_HCI_LE_SET_DEF_PHY, 3, 3, COMPLETE(0), 35, 5, 0, qa_cmd_le_set_def_phy},
        {QB_HCI_LE_SET_PHY, 7, 7, STATUS, 35, 6, 0, qa_cmd_le_set_phy},
        {QB_HCI_LE_SET_ADV_SET_RANDOM_ADDR, 7, 7, COMPLETE(0), 36, 1, EXT,
         qa_cmd_le_set_adv_set_random_addr},
        {QB_HCI_LE_SET_EXT_ADV_PARAM, 25, 25, COMPLETE(1), 36, 2, EXT, qa_cmd_le_set_ext_adv_param},
        {QB_HCI_LE_SET_EXT_ADV_DATA, 4, 255, COMPLETE(0), 36, 3, EXT, qa_cmd_le_set_ext_adv_data},
        {QB_HCI_LE_SET_EXT_SCAN_RSP_DATA, 4, 255, COMPLETE(0), 36, 4, EXT,
         qa_cmd_le_set_ext_scan_rsp_data},
        {QB_HCI_LE_SET_EXT_ADV_ENABLE, 2, 255, COMPLETE(0), 36, 5, EXT,
         qa_cmd_le_set_ext_adv_enable},
        {QB_HCI_LE_READ_MAX_ADV_DATA_LEN, 0, 0, COMPLETE(2), 36, 6, EXT,
         qa_cmd_le_read_max_adv_data_len},
        {QB_HCI_LE_READ_NUM_ADV_SETS, 0, 0, COMPLETE(1), 36, 7, EXT, qa_cmd_le_read_num_adv_sets},
        {QB_HCI_LE_REMOVE_ADV_SET, 1, 1, COMPLETE(0), 37, 0, EXT, qa_cmd_le_remove_adv_set},
        {QB_HCI_LE_CLEAR_ADV_SETS, 0, 0, COMPLETE(0), 37, 1, EXT, qa_cmd_le_clear_adv_sets},
        {QB_HCI_LE_SET_EXT_SCAN_PARAM, 8, 255, COMPLETE(0), 37, 5, EXT,
         qa_cmd_le_set_ext_scan_param},
        {QB_HCI_LE_SET_EXT_SCAN_ENABLE, 6, 6, COMPLETE(0), 37, 6, EXT,
         qa_cmd_le_set_ext_scan_enable},
        {QB_HCI_LE_EXT_CREATE_CONN, 10, 255, STATUS, 37, 7, EXT, qa_cmd_le_ext_create_conn},
        {QB_HCI_LE_READ_TX_POWER, 0, 0, COMPLETE(2), 38, 7, 0, qa_cmd_le_read_tx_power},
        {QB_HCI_LE_SET_PRIVACY_MODE, 8, 8, COMPLETE(0), 39, 2, 0, qa_cmd_le_set_privacy_mode},
};

#define ROW_COUNT (sizeof(rows) / sizeof(rows[0]))

static int compare(const void *key, const void *row)
{
	return *(const uint16_t *)key - ((const struct qa_cmd_row *)row)->opcode;
}

static bool row_exists(const struct qa_controller *c, const struct qa_cmd_row *row)
{
	return !(c->config.legacy && row->flags & EXT);
}

static const struct qa_cmd_row *find(const struct qa_controller *c, uint16_t opcode)
{
	const struct qa_cmd_row *row = bsearch(&opcode, rows, ROW_COUNT, sizeof(rows[0]), compare);

	return row && row_exists(c, row) ? row : NULL;
}

void qa_supported_commands(const struct qa_controller *c, uint8_t ret[64])
{
	memset(ret, 0, 64);
	for (unsigned i = 0; i < ROW_COUNT; i++) {
		if (row_exists(c, &rows[i]))
			ret[rows[i].octet] |= (uint8_t)(1 << rows[i].bit);
	}
}

static void answer(struct qa_cmd *cmd, uint8_t status)
{
	uint8_t p[3 + 1 + sizeof(cmd->ret)];
	uint8_t kind = cmd->row ? cmd->row->answer : STATUS;

	cmd->answered = true;
	if (kind == STATUS) {
		p[0] = status;
		p[1] = 1; /* Num_HCI_Command_Packets */
		qb_put_le16(p + 2, cmd->opcode);
		qa_event(cmd->c, QB_HCI_EV_COMMAND_STATUS, p, 4);
		return;
	}
	if (kind == NO_ANSWER) {
		if (status == QB_HCI_E_SUCCESS)
			return;
		kind = 0;
	}
	/* When a command fails, its handle still says which link it was (Vol 4, Part E, 4.5). */
	if (cmd->row->flags & HANDLE)
		memcpy(cmd->ret, cmd->p, cmd->len < 2 ? cmd->len : 2);
	p[0] = 1;
	qb_put_le16(p + 1, cmd->opcode);
	p[3] = status;
	memcpy(p + 4, cmd->ret, kind);
	qa_event(cmd->c, QB_HCI_EV_COMMAND_COMPLETE, p, 4u + kind);
}

void qa_cmd_accept(struct qa_cmd *cmd)
{
	answer(cmd, QB_HCI_E_SUCCESS);
}

/* The first command of either family decides until the next reset (3.1.1). */
static bool family_allowed(struct qa_controller *c, uint8_t flags)
{
	int family = flags & LEGACY ? QA_ADV_LEGACY : flags & EXT ? QA_ADV_EXTENDED : QA_ADV_EITHER;

	if (family == QA_ADV_EITHER)
		return true;
	if (c->adv_commands == QA_ADV_EITHER)
		c->adv_commands = family;
	return c->adv_commands == (unsigned)family;
}

/* One command packet without its H4 indicator, whose length has been checked. */
void qa_command(struct qa_controller *c, const uint8_t *p, size_t len)
{
	struct qa_cmd cmd = {
	        .c = c, .opcode = qb_get_le16(p), .p = p + 3, .len = len - QB_HCI_COMMAND_HDR};
	uint8_t status;

	cmd.row = find(c, cmd.opcode);
	if (!cmd.row) {
		/* Controllers answer what they do not know with Command Status. */
		answer(&cmd, QB_HCI_E_UNKNOWN_COMMAND);
		return;
	}
	if (cmd.len < cmd.row->min || cmd.len > cmd.row->max) {
		qa_warn(c, "command 0x%04x has %zu octets of parameters, not %u", cmd.opcode,
		        cmd.len, cmd.row->min);
		answer(&cmd, QB_HCI_E_INVALID_PARAM);
		return;
	}
	if (!family_allowed(c, cmd.row->flags)) {
		qa_warn(c, "command 0x%04x mixes legacy and extended advertising commands",
		        cmd.opcode);
		answer(&cmd, QB_HCI_E_DISALLOWED);
		return;
	}
	status = cmd.row->fn(&cmd);
	if (!cmd.answered)
		answer(&cmd, status);
}
