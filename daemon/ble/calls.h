/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The functions behind the table of calls. */
#pragma once

#include "ble/ble-internal.h"

#define RUN(name)                                                           \
	void qb_run_##name(struct qb_ble *ble, const struct qb_value *args, \
	                   struct qb_pending *pending)

/* start.c */
RUN(gatt_start);
RUN(gatt_stop);
RUN(get_status);
RUN(get_public_addr);
RUN(server_init);
RUN(server_release);
RUN(client_init);
RUN(client_release);

/* adv.c */
RUN(set_adv_param);
RUN(set_adv_data);
RUN(set_adv_rsp_data);
RUN(adv_start);
RUN(adv_stop);
RUN(set_directed_peer);

/* staging.c and services.c */
RUN(add_service);
RUN(add_chara);
RUN(add_chara_value);
RUN(change_chara_value);
RUN(add_chara_desc);
RUN(add_or_clear_service);
RUN(set_local_name);
RUN(get_handle);

/* server.c */
RUN(send_notification);
RUN(send_indication);

/* scan.c */
RUN(set_scan_param);
RUN(scan_start);
RUN(scan_stop);
RUN(set_scan_filter);

/* dial.c and conn.c */
RUN(connect);
RUN(cancel_connect);
RUN(disconnect);
RUN(update_conn_param);
RUN(read_rssi);
RUN(accept_list_add);
RUN(accept_list_remove);
RUN(accept_list_clear);

/* client-calls.c */
RUN(discover_all_service);
RUN(discover_by_uuid);
RUN(discover_all_includes);
RUN(discover_all_chara);
RUN(discover_all_chara_desc);
RUN(read_chara_by_uuid);
RUN(read_chara_by_handle);
RUN(read_chara_desc);
RUN(read_multi_chara);
RUN(write_chara);
RUN(write_chara_no_rsp);
RUN(write_chara_desc);
RUN(exchange_mtu);

#undef RUN
