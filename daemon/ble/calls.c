/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of calls. Ranges are the document's; what a range cannot say the functions check. The
 * errors named are those beyond InvalidArgument; calls that need a role fail with NotInitialized
 * without it, those that need the radio with NotStarted before event 0.
 */
#include "ble/calls.h"
#include "host/gatt/db.h"

/* clang-format off */
#define UUID {"uuid_type", 'u', 0, 1}, {"uuid_s", 'u', 0, 0xffff}, {"uuid_l", 'a', 0, UINT32_MAX}

const struct qb_call qb_calls[] = {
	/*
	 * Starts BLE; event 0 tells when the controller is up, or why not. NotInitialized
	 * without a role, AlreadyStarted, Busy while stopping, NoController.
	 */
	{"GattStart", "gattStart", false, "", "", qb_run_gatt_start},
	/*
	 * Stops BLE: advertising, scanning, pending connects (16), links (17), then event 1,
	 * after 2 s at the latest. Services are gone afterwards, roles stay. Again while
	 * stopping: success. NotStarted.
	 */
	{"GattStop", "gattStop", false, "", "", qb_run_gatt_stop},
	/* 1 from event 0 to event 1, otherwise 0. */
	{"GetStatus", "getStatus", false, "i", "status", qb_run_get_status},
	/*
	 * Our address, 6 bytes, least significant first; a static random one where the
	 * controller has no public one. NotStarted before event 0.
	 */
	{"GetPublicAddr", "getPublicAddr", false, "ay", "addr", qb_run_get_public_addr},
	/* Takes the server's role; again: success. */
	{"ServerInit", "serverInit", false, "", "", qb_run_server_init},
	/*
	 * Gives the server's role up: its advertising, links and services end, and its events.
	 * The last role to go stops BLE, and the call returns when it has stopped. Always
	 * succeeds.
	 */
	{"ServerRelease", "serverRelease", false, "", "", qb_run_server_release},
	/*
	 * The GAP Device Name, 1..29 bytes in UTF-8 (code 0) or GBK (code 1); the argument
	 * itself is UTF-8. NotInitialized, TooLong.
	 */
	{"SetLocalName", "setLocalName", false, "", "", qb_run_set_local_name,
	 {{"code", 'u', 0, 1}, {"name", 's', 0, UINT32_MAX}}},
	/*
	 * For the next AdvStart. Intervals in 0.625 ms, min_adv <= max_adv; adv_type as HCI
	 * numbers them, 1 and 4 need SetDirectedPeer; channel 1, 2, 4 or 7 (all); filters 1..3
	 * use the accept list; discov_mode and no_br_edr make a Flags structure where the data
	 * has none. NotInitialized.
	 */
	{"SetAdvParam", "setAdvParam", false, "", "", qb_run_set_adv_param,
	 {{"min_adv", 'u', 0x0020, 0x4000}, {"max_adv", 'u', 0x0020, 0x4000},
	  {"adv_type", 'u', 0, 4}, {"addr_type", 'u', 0, 1}, {"channel", 'u', 0, UINT32_MAX},
	  {"filter_policy", 'u', 0, 3}, {"discov_mode", 'u', 1, 2}, {"no_br_edr", 'u', 0, 1},
	  {"enable_adv", 'u', 0, 1}}},
	/*
	 * Advertising data: length, type, content and so on. On air at once while advertising.
	 * NotInitialized, TooLong, InvalidArgument if malformed, Controller.
	 */
	{"SetAdvData", "setAdvData", false, "", "", qb_run_set_adv_data,
	 {{"data", 'a', 0, QB_ADV_DATA_MAX}}},
	/* Scan response data, as SetAdvData. */
	{"SetAdvRspData", "setAdvRspData", false, "", "", qb_run_set_adv_rsp_data,
	 {{"data", 'a', 0, QB_ADV_DATA_MAX}}},
	/*
	 * Stages a service under an id of the caller's: primary 1, any other value secondary.
	 * uuid_type 1: uuid_s; 0: uuid_l, least significant byte first. NotInitialized,
	 * AlreadyExists, LimitExceeded.
	 */
	{"AddService", "addService", false, "", "", qb_run_add_service,
	 {{"primary", 'u', 0, UINT32_MAX}, {"server_id", 'u', 0, 0xffff}, UUID}},
	/*
	 * Stages a characteristic; chara_prop are the property bits of the Core specification.
	 * NotFound, AlreadyExists, NotPermitted if the service is published, LimitExceeded.
	 */
	{"AddChara", "addChara", false, "", "", qb_run_add_chara,
	 {{"server_id", 'u', 0, 0xffff}, {"chara_id", 'u', 0, 0xffff},
	  {"chara_prop", 'u', 0x01, 0xff}, UUID}},
	/*
	 * Gives a staged characteristic its permissions (0x0001 read, 0x0002 write, and what
	 * they require) and first value; the UUID is the characteristic's. NotFound,
	 * AlreadyExists, TooLong.
	 */
	{"AddCharaValue", "addCharaValue", false, "", "", qb_run_add_chara_value,
	 {{"server_id", 'u', 0, 0xffff}, {"chara_id", 'u', 0, 0xffff},
	  {"permission", 'u', 0, QB_PERM_ALL}, UUID, {"value", 'a', 0, QB_VALUE_MAX}}},
	/* Stores a value, staged or published; sends nothing. NotFound, TooLong. */
	{"ChangeCharaValue", "changeCharaValue", false, "", "", qb_run_change_chara_value,
	 {{"server_id", 'u', 0, 0xffff}, {"chara_id", 'u', 0, 0xffff},
	  {"value", 'a', 0, QB_VALUE_MAX}}},
	/*
	 * Stages a descriptor of a characteristic. NotFound, AlreadyExists, NotPermitted,
	 * TooLong, LimitExceeded.
	 */
	{"AddCharaDesc", "addCharaDesc", false, "", "", qb_run_add_chara_desc,
	 {{"server_id", 'u', 0, 0xffff}, {"chara_id", 'u', 0, 0xffff},
	  {"permission", 'u', 0, QB_PERM_ALL}, UUID, {"value", 'a', 0, QB_VALUE_MAX}}},
	/*
	 * option 1 publishes what is staged, 0 removes all that is published and staged; mode
	 * says whether the system's GAP and GATT services are there, on handles 1..15.
	 * AlreadyExists if services of the app hold these, LimitExceeded.
	 */
	{"AddOrClearService", "addOrClearService", false, "", "", qb_run_add_or_clear_service,
	 {{"option", 'u', 0, 1}, {"mode", 'u', 0, 1}}},
	/*
	 * Sends a value of up to MTU - 3 bytes; event 25 when the controller has sent it, or
	 * the link has ended. NotConnected, NotFound, NotPermitted without the property,
	 * TooLong, Busy.
	 */
	{"SendNotification", "sendNotification", false, "", "", qb_run_send_notification,
	 {{"connect_id", 'u', 0, UINT32_MAX}, {"attr_handle", 'u', 1, 0xffff},
	  {"value", 'a', 0, QB_VALUE_MAX}}},
	/* As SendNotification; event 25 when the client has confirmed it. */
	{"SendIndication", "sendIndication", false, "", "", qb_run_send_indication,
	 {{"connect_id", 'u', 0, UINT32_MAX}, {"attr_handle", 'u', 1, 0xffff},
	  {"value", 'a', 0, QB_VALUE_MAX}}},
	/*
	 * Advertises; while it does: success. NotStarted, NotPermitted if enable_adv is 0 or a
	 * directed type has no peer, Controller.
	 */
	{"AdvStart", "advStart", false, "", "", qb_run_adv_start},
	/* Ends advertising; success too where there is none. */
	{"AdvStop", "advStop", false, "", "", qb_run_adv_stop},
	/* Takes the client's role; again: success. */
	{"ClientInit", "clientInit", false, "", "", qb_run_client_init},
	/*
	 * Gives the client's role up: its scan, connects and links end, and its events. See
	 * ServerRelease.
	 */
	{"ClientRelease", "clientRelease", false, "", "", qb_run_client_release},
	/*
	 * For the next ScanStart: scan_mode 1 active, 0 passive; interval and scan_window in
	 * 0.625 ms, scan_window < interval. NotInitialized.
	 */
	{"SetScanParam", "setScanParam", false, "", "", qb_run_set_scan_param,
	 {{"scan_mode", 'u', 0, 1}, {"interval", 'u', 0x0004, 0x4000},
	  {"scan_window", 'u', 0x0004, 0x4000}, {"filter_policy", 'u', 0, 3},
	  {"addr_type", 'u', 0, 1}}},
	/* Scans; event 19 for what is heard. While it does: success. NotStarted, Controller. */
	{"ScanStart", "scanStart", false, "", "", qb_run_scan_start},
	/* Ends scanning; no event 19 after the answer. */
	{"ScanStop", "scanStop", false, "", "", qb_run_scan_stop},
	/* 1: each address once per ScanStart, the default; 0: every PDU. */
	{"SetScanFilter", "setScanFilter", false, "", "", qb_run_set_scan_filter,
	 {{"act", 'u', 0, 1}}},
	/*
	 * Connects to an address, most significant byte first; event 16 ends it. While pending
	 * or connected: success, no event. NotStarted, LimitExceeded, Busy while a link to it
	 * ends.
	 */
	{"Connect", "connect", false, "", "", qb_run_connect,
	 {{"addr_type", 'u', 0, 1}, {"addr", 'a', 6, 6}}},
	/* Cancels a pending connect, which ends in event 16 with a status. NotFound. */
	{"CancelConnect", "cancelConnect", false, "", "", qb_run_cancel_connect,
	 {{"addr", 'a', 6, 6}}},
	/* Ends a link; event 17 follows. NotConnected. */
	{"Disconnect", "disconnect", false, "", "", qb_run_disconnect,
	 {{"connect_id", 'u', 0, UINT32_MAX}}},
	/* Primary services: event 27 for each, or one 37 (0x0a). NotConnected, LimitExceeded. */
	{"DiscoverAllService", "discoverAllService", false, "", "", qb_run_discover_all_service,
	 {{"connect_id", 'u', 0, UINT32_MAX}}},
	/* Primary services of a UUID, as DiscoverAllService. */
	{"DiscoverByUUID", "discoverByUUID", false, "", "", qb_run_discover_by_uuid,
	 {{"connect_id", 'u', 0, UINT32_MAX}, UUID}},
	/* Included services: events 28, then one 37. */
	{"DiscoverAllIncludes", "discoverAllIncludes", false, "", "", qb_run_discover_all_includes,
	 {{"connect_id", 'u', 0, UINT32_MAX}, {"start_handle", 'u', 1, 0xffff},
	  {"end_handle", 'u', 1, 0xffff}}},
	/* Characteristics: events 28, then one 37. */
	{"DiscoverAllChara", "discoverAllChara", false, "", "", qb_run_discover_all_chara,
	 {{"connect_id", 'u', 0, UINT32_MAX}, {"start_handle", 'u', 1, 0xffff},
	  {"end_handle", 'u', 1, 0xffff}}},
	/*
	 * Descriptors: events 29, and a 37 if the peer ended it with an error or there are
	 * none.
	 */
	{"DiscoverAllCharaDesc", "discoverAllCharaDesc", false, "", "", qb_run_discover_all_chara_desc,
	 {{"connect_id", 'u', 0, UINT32_MAX}, {"start_handle", 'u', 1, 0xffff},
	  {"end_handle", 'u', 1, 0xffff}}},
	/* Values of a type in a range: event 33 or 37. */
	{"ReadCharaByUUID", "readCharaByUUID", false, "", "", qb_run_read_chara_by_uuid,
	 {{"connect_id", 'u', 0, UINT32_MAX}, {"start_handle", 'u', 1, 0xffff},
	  {"end_handle", 'u', 1, 0xffff}, UUID}},
	/*
	 * A value from an offset: as much as one PDU brings, or, with is_long 1, all of it.
	 * Event 32 or 37.
	 */
	{"ReadCharaByHandle", "readCharaByHandle", false, "", "", qb_run_read_chara_by_handle,
	 {{"connect_id", 'u', 0, UINT32_MAX}, {"handle", 'u', 1, 0xffff},
	  {"offset", 'u', 0, 0xffff}, {"is_long", 'u', 0, 1}}},
	/* A descriptor's value: event 36 or 37. */
	{"ReadCharaDesc", "readCharaDesc", false, "", "", qb_run_read_chara_desc,
	 {{"connect_id", 'u', 0, UINT32_MAX}, {"handle", 'u', 1, 0xffff}, {"is_long", 'u', 0, 1}}},
	/*
	 * Writes a value with a response: one request of up to MTU - 3 bytes, or, with is_long
	 * 1 or an offset, prepared writes. Event 30 or 37. TooLong.
	 */
	{"WriteChara", "writeChara", false, "", "", qb_run_write_chara,
	 {{"connect_id", 'u', 0, UINT32_MAX}, {"handle", 'u', 1, 0xffff},
	  {"offset", 'u', 0, 0xffff}, {"is_long", 'u', 0, 1}, {"data", 'a', 0, QB_VALUE_MAX}}},
	/* Writes a value of up to MTU - 3 bytes without a response: event 31. TooLong. */
	{"WriteCharaNoRsp", "writeCharaNoRsp", false, "", "", qb_run_write_chara_no_rsp,
	 {{"connect_id", 'u', 0, UINT32_MAX}, {"handle", 'u', 1, 0xffff},
	  {"data", 'a', 0, QB_VALUE_MAX}}},
	/* Writes a descriptor's value: event 35 or 37. */
	{"WriteCharaDesc", "writeCharaDesc", false, "", "", qb_run_write_chara_desc,
	 {{"connect_id", 'u', 0, UINT32_MAX}, {"handle", 'u', 1, 0xffff},
	  {"data", 'a', 0, QB_VALUE_MAX}}},
	/*
	 * The vendor's newer call: values of two or more handles, 2 bytes each, least
	 * significant first. Event 34 or 37.
	 */
	{"ReadMultiChara", NULL, false, "", "", qb_run_read_multi_chara,
	 {{"connect_id", 'u', 0, UINT32_MAX}, {"handles", 'a', 4, QB_VALUE_MAX}}},
	/*
	 * The vendor's newer call: event 20 with the MTU in force, or 37. A link has one
	 * exchange; where auto-mtu has made it, the event tells its result.
	 */
	{"ExchangeMtu", NULL, false, "", "", qb_run_exchange_mtu,
	 {{"connect_id", 'u', 0, UINT32_MAX}, {"mtu", 'u', QB_ATT_MTU_MIN, QB_ATT_MTU_DEFAULT}}},
	/* The handle of a published characteristic's value. NotFound. */
	{"GetHandle", NULL, true, "u", "handle", qb_run_get_handle,
	 {{"server_id", 'u', 0, 0xffff}, {"chara_id", 'u', 0, 0xffff}}},
	/*
	 * Asks for connection parameters: intervals in 1.25 ms, latency in events, timeout in
	 * 10 ms. Event 18 ends it. NotConnected, Busy, Controller.
	 */
	{"UpdateConnParam", NULL, true, "", "", qb_run_update_conn_param,
	 {{"connect_id", 'u', 0, UINT32_MAX}, {"min_interval", 'u', 6, 3200},
	  {"max_interval", 'u', 6, 3200}, {"latency", 'u', 0, 499}, {"timeout", 'u', 10, 3200}}},
	/* The signal strength of a link in dBm, 127 if unknown. */
	{"ReadRssi", NULL, true, "i", "rssi", qb_run_read_rssi,
	 {{"connect_id", 'u', 0, UINT32_MAX}}},
	/*
	 * Adds an address, most significant byte first, to the controller's accept list, which
	 * filter_policy refers to. NotStarted, Controller while a filter uses the list.
	 */
	{"AcceptListAdd", NULL, true, "", "", qb_run_accept_list_add,
	 {{"addr_type", 'u', 0, 1}, {"addr", 'a', 6, 6}}},
	/* Takes an address off the accept list. */
	{"AcceptListRemove", NULL, true, "", "", qb_run_accept_list_remove,
	 {{"addr_type", 'u', 0, 1}, {"addr", 'a', 6, 6}}},
	/* Empties the accept list. */
	{"AcceptListClear", NULL, true, "", "", qb_run_accept_list_clear},
	/* Whom adv_type 1 and 4 are directed to, for the next AdvStart. NotInitialized. */
	{"SetDirectedPeer", NULL, true, "", "", qb_run_set_directed_peer,
	 {{"addr_type", 'u', 0, 1}, {"addr", 'a', 6, 6}}},
	{0},
};
/* clang-format on */
