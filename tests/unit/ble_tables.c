/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tables of calls, events and errors against the document. */
#include <ctype.h>
#include <string.h>

#include "ble/call.h"
#include "ble/error.h"
#include "ble/event.h"
#include "unit.h"

/* The document's calls in its order, with their arguments (init's callback is a library's matter).
 */
static const char *const documented[] = {
        "gattStart()",
        "gattStop()",
        "getStatus()",
        "getPublicAddr()",
        "serverInit()",
        "serverRelease()",
        "setLocalName(code, name)",
        "setAdvParam(min_adv, max_adv, adv_type, addr_type, channel, filter_policy, discov_mode, "
        "no_br_edr, enable_adv)",
        "setAdvData(data)",
        "setAdvRspData(data)",
        "addService(primary, server_id, uuid_type, uuid_s, uuid_l)",
        "addChara(server_id, chara_id, chara_prop, uuid_type, uuid_s, uuid_l)",
        "addCharaValue(server_id, chara_id, permission, uuid_type, uuid_s, uuid_l, value)",
        "changeCharaValue(server_id, chara_id, value)",
        "addCharaDesc(server_id, chara_id, permission, uuid_type, uuid_s, uuid_l, value)",
        "addOrClearService(option, mode)",
        "sendNotification(connect_id, attr_handle, value)",
        "sendIndication(connect_id, attr_handle, value)",
        "advStart()",
        "advStop()",
        "clientInit()",
        "clientRelease()",
        "setScanParam(scan_mode, interval, scan_window, filter_policy, addr_type)",
        "scanStart()",
        "scanStop()",
        "setScanFilter(act)",
        "connect(addr_type, addr)",
        "cancelConnect(addr)",
        "disconnect(connect_id)",
        "discoverAllService(connect_id)",
        "discoverByUUID(connect_id, uuid_type, uuid_s, uuid_l)",
        "discoverAllIncludes(connect_id, start_handle, end_handle)",
        "discoverAllChara(connect_id, start_handle, end_handle)",
        "discoverAllCharaDesc(connect_id, start_handle, end_handle)",
        "readCharaByUUID(connect_id, start_handle, end_handle, uuid_type, uuid_s, uuid_l)",
        "readCharaByHandle(connect_id, handle, offset, is_long)",
        "readCharaDesc(connect_id, handle, is_long)",
        "writeChara(connect_id, handle, offset, is_long, data)",
        "writeCharaNoRsp(connect_id, handle, data)",
        "writeCharaDesc(connect_id, handle, data)",
};

#define N_DOCUMENTED (sizeof(documented) / sizeof(documented[0]))

START_TEST(the_forty_calls_are_the_documents)
{
	ck_assert_uint_eq(N_DOCUMENTED, 40);
	for (size_t i = 0; i < N_DOCUMENTED; i++) {
		const struct qb_call *call = &qb_calls[i];
		char text[256];

		strcpy(text, call->documented);
		strcat(text, "(");
		for (unsigned arg = 0; arg < qb_call_n_args(call); arg++) {
			if (arg)
				strcat(text, ", ");
			strcat(text, call->args[arg].name);
		}
		strcat(text, ")");
		ck_assert_str_eq(text, documented[i]);
		/* The D-Bus name is the same in UpperCamelCase, on the documented interface. */
		ck_assert_int_eq(call->name[0], toupper(call->documented[0]));
		ck_assert_str_eq(call->name + 1, call->documented + 1);
		ck_assert(!call->extended);
	}
	for (const struct qb_call *call = &qb_calls[N_DOCUMENTED]; call->name; call++)
		ck_assert_ptr_null(call->documented);
}
END_TEST

START_TEST(every_row_is_whole)
{
	for (const struct qb_call *call = qb_calls; call->name; call++) {
		ck_assert_ptr_nonnull(call->run);
		ck_assert(!call->result[0] == !call->result_name[0]);
		for (unsigned arg = 0; arg < qb_call_n_args(call); arg++) {
			ck_assert_ptr_nonnull(strchr("usa", call->args[arg].type));
			ck_assert_uint_le(call->args[arg].min, call->args[arg].max);
		}
		for (const struct qb_call *other = qb_calls; other != call; other++)
			ck_assert_str_ne(call->name, other->name);
	}
}
END_TEST

/* The document's events and the number of their arguments, with event_id and status. */
static const struct {
	uint8_t id;
	unsigned args;
} events[] = {
        {0, 2},  {1, 2},  {16, 4}, {17, 4}, {18, 7}, {19, 9}, {20, 4}, {21, 7},
        {22, 7}, {23, 4}, {24, 4}, {25, 2}, {26, 2}, {27, 5}, {28, 4}, {29, 4},
        {30, 2}, {31, 2}, {32, 4}, {33, 4}, {34, 4}, {35, 2}, {36, 4}, {37, 3},
};

#define N_EVENTS (sizeof(events) / sizeof(events[0]))

START_TEST(the_events_have_the_documents_arguments)
{
	ck_assert_uint_eq(N_EVENTS, 24);
	for (size_t i = 0; i < N_EVENTS; i++) {
		const struct qb_event_def *def = qb_event_find(events[i].id);
		unsigned n = 2;

		ck_assert_ptr_nonnull(def);
		ck_assert_ptr_eq(def, &qb_events[i]);
		for (; n - 2 < QB_EVENT_ARGS_MAX && def->args[n - 2].name; n++)
			ck_assert_int_ne(def->args[n - 2].from, QB_FROM_NONE);
		ck_assert_uint_eq(n, events[i].args);
	}
	ck_assert_ptr_null(qb_events[N_EVENTS].signal);
	ck_assert_ptr_null(qb_event_find(2));
	ck_assert_ptr_null(qb_event_find(38));
}
END_TEST

START_TEST(a_short_uuid_needs_no_long_one)
{
	struct qb_event event = {.uuid = qb_uuid_from_16(0x180f)};
	const uint8_t zeros[16] = {0};
	uint8_t octets[16];

	qb_event_long_uuid(&event, octets);
	ck_assert_mem_eq(octets, zeros, 16);
	event.uuid.b[0] ^= 1;
	qb_event_long_uuid(&event, octets);
	ck_assert_mem_eq(octets, event.uuid.b, 16);
}
END_TEST

START_TEST(every_error_has_a_name_and_a_number)
{
	ck_assert_str_eq(qb_error_name(QB_OK), "");
	ck_assert_int_eq(qb_error_errno(QB_OK), 0);
	ck_assert_str_eq(qb_error_name(QB_ERR_INVALID_ARGUMENT),
	                 "com.quectel.Ble1.Error.InvalidArgument");
	for (int a = QB_OK + 1; a < QB_ERROR_COUNT; a++) {
		const char *name = qb_error_name((enum qb_error)a);

		ck_assert_int_eq(strncmp(name, QB_ERROR_PREFIX, strlen(QB_ERROR_PREFIX)), 0);
		ck_assert_int_gt(qb_error_errno((enum qb_error)a), 0);
		for (int b = QB_OK; b < a; b++) {
			ck_assert_str_ne(name, qb_error_name((enum qb_error)b));
			ck_assert_int_ne(qb_error_errno((enum qb_error)a),
			                 qb_error_errno((enum qb_error)b));
		}
	}
}
END_TEST

START_TEST(codes_are_told_in_words)
{
	ck_assert_str_eq(qb_hci_error_text(0x0c), "Command Disallowed (0x0c)");
	ck_assert_str_eq(qb_hci_error_text(0x3e), "Connection Failed to Be Established (0x3e)");
	ck_assert_str_eq(qb_hci_error_text(0x1b), "Unknown HCI Error");
	ck_assert_str_eq(qb_hci_error_text(0x45), "Packet Too Long (0x45)");
	ck_assert_str_eq(qb_hci_error_text(0x46), "Unknown HCI Error");
	ck_assert_str_eq(qb_hci_error_text(0xff), "Unknown HCI Error");
	ck_assert_str_eq(qb_att_error_text(0x0a), "Attribute Not Found");
	ck_assert_str_eq(qb_att_error_text(0x80), "Application Error");
	ck_assert_str_eq(qb_att_error_text(0x9f), "Application Error");
	ck_assert_str_eq(qb_att_error_text(0xff), "Out of Range");
	ck_assert_str_eq(qb_att_error_text(0x7f), "Unknown ATT Error");
	ck_assert_str_eq(qb_att_error_text(0xa0), "Unknown ATT Error");
}
END_TEST

UNIT_MAIN("ble_tables", the_forty_calls_are_the_documents, every_row_is_whole,
          the_events_have_the_documents_arguments, a_short_uuid_needs_no_long_one,
          every_error_has_a_name_and_a_number, codes_are_told_in_words)
