/* SPDX-License-Identifier: MIT */
/* The handlers of the command table, by the file that they are in. */
#pragma once

#include "model.h"

/* A handler returns the status of its command; the table has checked the length. */
#define QA_COMMAND(name) uint8_t qa_cmd_##name(struct qa_cmd *cmd)

/* controller.c */
QA_COMMAND(reset);
/* info.c */
QA_COMMAND(set_event_mask);
QA_COMMAND(set_event_mask_page_2);
QA_COMMAND(le_set_event_mask);
QA_COMMAND(read_local_version);
QA_COMMAND(read_local_commands);
QA_COMMAND(read_local_features);
QA_COMMAND(read_buffer_size);
QA_COMMAND(read_bd_addr);
QA_COMMAND(le_read_buffer_size);
QA_COMMAND(le_read_local_features);
QA_COMMAND(le_read_states);
QA_COMMAND(le_read_adv_tx_power);
QA_COMMAND(le_read_tx_power);
QA_COMMAND(le_set_random_addr);
QA_COMMAND(le_rand);
QA_COMMAND(le_set_channel_map);
/* acl.c */
QA_COMMAND(set_host_flow);
QA_COMMAND(host_buffer_size);
QA_COMMAND(host_num_completed);
/* adv_legacy.c */
QA_COMMAND(le_set_adv_param);
QA_COMMAND(le_set_adv_data);
QA_COMMAND(le_set_scan_rsp_data);
QA_COMMAND(le_set_adv_enable);
/* adv_ext.c */
QA_COMMAND(le_set_adv_set_random_addr);
QA_COMMAND(le_set_ext_adv_param);
QA_COMMAND(le_set_ext_adv_data);
QA_COMMAND(le_set_ext_scan_rsp_data);
QA_COMMAND(le_set_ext_adv_enable);
QA_COMMAND(le_read_max_adv_data_len);
QA_COMMAND(le_read_num_adv_sets);
QA_COMMAND(le_remove_adv_set);
QA_COMMAND(le_clear_adv_sets);
/* scan.c */
QA_COMMAND(le_set_scan_param);
QA_COMMAND(le_set_scan_enable);
QA_COMMAND(le_set_ext_scan_param);
QA_COMMAND(le_set_ext_scan_enable);
/* initiate.c */
QA_COMMAND(le_create_conn);
QA_COMMAND(le_ext_create_conn);
QA_COMMAND(le_create_conn_cancel);
/* accept.c */
QA_COMMAND(le_read_accept_list_size);
QA_COMMAND(le_clear_accept_list);
QA_COMMAND(le_add_accept_list);
QA_COMMAND(le_remove_accept_list);
/* privacy.c */
QA_COMMAND(le_add_resolving_list);
QA_COMMAND(le_remove_resolving_list);
QA_COMMAND(le_clear_resolving_list);
QA_COMMAND(le_read_resolving_list_size);
QA_COMMAND(le_read_peer_rpa);
QA_COMMAND(le_read_local_rpa);
QA_COMMAND(le_set_resolve_enable);
QA_COMMAND(le_set_rpa_timeout);
QA_COMMAND(le_set_privacy_mode);
/* link.c */
QA_COMMAND(disconnect);
QA_COMMAND(read_rssi);
QA_COMMAND(read_tx_power);
QA_COMMAND(le_read_channel_map);
/* update.c */
QA_COMMAND(le_conn_update);
QA_COMMAND(le_conn_param_reply);
QA_COMMAND(le_conn_param_neg_reply);
/* procedure.c */
QA_COMMAND(read_remote_version);
QA_COMMAND(le_read_remote_features);
QA_COMMAND(le_set_data_len);
QA_COMMAND(le_read_def_data_len);
QA_COMMAND(le_write_def_data_len);
QA_COMMAND(le_read_max_data_len);
QA_COMMAND(le_read_phy);
QA_COMMAND(le_set_def_phy);
QA_COMMAND(le_set_phy);
/* encrypt.c */
QA_COMMAND(le_encrypt);
QA_COMMAND(le_start_encrypt);
QA_COMMAND(le_ltk_reply);
QA_COMMAND(le_ltk_neg_reply);
