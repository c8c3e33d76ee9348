/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Method calls: arguments in, one answer out, at once, later, or after the caller is gone. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "bus/bus-internal.h"
#include "bus_bed.h"

START_TEST(arguments)
{
	bed_result.i = -5;
	ck_assert_str_eq(
	        bed_call(QB_BUS_INTERFACE, "Mixed", "usay", UINT32_MAX, "hé", 3, 1, 0, 255),
	        "(-5)");
	ck_assert_str_eq(bed_called, "Mixed(4294967295, 'hé', <01 00 ff>)");
	ck_assert_str_eq(bed_call(QB_BUS_INTERFACE, "Mixed", "usay", 0, "", 0), "(-5)");
	ck_assert_str_eq(bed_called, "Mixed(0, '', <>)");
}
END_TEST

START_TEST(answers)
{
	ck_assert_str_eq(bed_call(QB_BUS_INTERFACE, "Plain", ""), "()");
	ck_assert_str_eq(bed_called, "Plain()");
	bed_result.i = 16;
	ck_assert_str_eq(bed_call(QB_BUS_EXTENDED, "Number", "uu", 1, 2), "(16)");
	ck_assert_str_eq(bed_called, "Number(1, 2)");
	memcpy(bed_result.data, "\1\2\3\4\5\6", 6);
	bed_result.len = 6;
	ck_assert_str_eq(bed_call(QB_BUS_INTERFACE, "Octets", ""), "(<01 02 03 04 05 06>)");
}
END_TEST

START_TEST(errors)
{
	bed_result = (struct qb_result){.error = QB_ERR_BUSY, .text = "128 of 128 wait: 100% full"};
	ck_assert_str_eq(bed_call(QB_BUS_INTERFACE, "Plain", ""),
	                 "Busy: 128 of 128 wait: 100% full");
	for (int e = QB_OK + 1; e < QB_ERROR_COUNT; e++) {
		bed_result = (struct qb_result){.error = (enum qb_error)e, .text = "x"};
		bed_call(QB_BUS_INTERFACE, "Octets", "");
		ck_assert_msg(!strncmp(bed_answer, qb_error_name(e) + strlen(QB_ERROR_PREFIX),
		                       strlen(bed_answer) - 3),
		              "%s for %s", bed_answer, qb_error_name(e));
	}
}
END_TEST

/* What sd-bus itself refuses does not get as far as the API. */
START_TEST(wrong_calls)
{
	static const struct {
		const char *interface, *member, *types, *error;
	} rows[] = {
	        {QB_BUS_INTERFACE, "Mixed", "", "org.freedesktop.DBus.Error.InvalidArgs"},
	        {QB_BUS_INTERFACE, "Plain", "s", "org.freedesktop.DBus.Error.InvalidArgs"},
	        {QB_BUS_EXTENDED, "Number", "s", "org.freedesktop.DBus.Error.InvalidArgs"},
	        {QB_BUS_EXTENDED, "GetEvents", "s", "org.freedesktop.DBus.Error.InvalidArgs"},
	        {QB_BUS_INTERFACE, "Nothing", "s", "org.freedesktop.DBus.Error.UnknownMethod"},
	        {QB_BUS_INTERFACE, "Number", "s", "org.freedesktop.DBus.Error.UnknownMethod"},
	        {QB_BUS_EXTENDED, "Plain", "s", "org.freedesktop.DBus.Error.UnknownMethod"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bed_call(rows[i].interface, rows[i].member, rows[i].types, "x");
		ck_assert_msg(!strncmp(bed_answer, rows[i].error, strlen(rows[i].error)), "%s",
		              bed_answer);
		ck_assert_uint_gt(strlen(bed_answer), strlen(rows[i].error) + 5);
	}
	ck_assert_uint_eq(bed_n_called, 0);
}
END_TEST

/* The caller gets the pipe, and the daemon keeps nothing of it. */
START_TEST(capture)
{
	struct pollfd writer = {0};
	int ends[2];

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	bed_capture = ends[0];
	ck_assert_str_eq(bed_call(QB_BUS_EXTENDED, "Capture", ""), "(fd)");
	/* The bus lets go of its copy when it likes. */
	writer.fd = ends[1];
	ck_assert_int_eq(poll(&writer, 1, -1), 1);
	ck_assert_int_eq(writer.revents, POLLERR);
	close(ends[1]);
	bed_capture = -ENOSPC;
	ck_assert_str_eq(bed_call(QB_BUS_EXTENDED, "Capture", ""),
	                 "LimitExceeded: there are as many captures as there may be");
	bed_capture = -EMFILE;
	ck_assert_str_eq(bed_call(QB_BUS_EXTENDED, "Capture", ""),
	                 "Failed: no pipe: Too many open files");
}
END_TEST

/* Answers come when the API ends a call, in whatever order. */
START_TEST(later)
{
	struct qb_result ok = {0};

	bed_hold = true;
	for (int i = 0; i < 3; i++)
		bed_call_async(bed_client, QB_BUS_INTERFACE, "Mixed", "usay", i, "", 0);
	bed_until(&bed_n_called, 3);
	ck_assert_uint_eq(bed_answers, 0);
	for (int i = 2; i >= 0; i--) {
		ok.i = 10 + i;
		bed_end((unsigned)i, &ok);
		bed_until(&bed_answers, 3 - (unsigned)i);
		ck_assert_int_eq(bed_answer[2], '0' + i);
	}
}
END_TEST

/* A caller that is gone before its answer takes nothing with it. */
START_TEST(caller_gone)
{
	struct qb_result ok = {0};
	sd_bus *other = bed_client_new();

	bed_hold = true;
	bed_call_async(other, QB_BUS_INTERFACE, "Octets", "");
	bed_call_async(other, QB_BUS_INTERFACE, "Plain", "");
	bed_until(&bed_n_called, 2);
	ck_assert_uint_eq(bed_bus->replies, 2);
	sd_bus_close_unref(other);
	bed_turn(10);
	bed_end(0, &ok);
	ok.error = QB_ERR_FAILED;
	ok.text = "too late";
	bed_end(1, &ok);
	ck_assert_uint_eq(bed_bus->replies, 0);
	bed_hold = false;
	ck_assert_str_eq(bed_call(QB_BUS_INTERFACE, "Plain", ""), "()");
}
END_TEST

/* So many wait, and no more; then there is room again. */
START_TEST(limit)
{
	struct qb_result ok = {0};

	bed_hold = true;
	for (unsigned i = 0; i < QB_REPLIES_MAX; i++)
		bed_call_async(bed_client, QB_BUS_INTERFACE, "Plain", "");
	bed_until(&bed_n_called, QB_REPLIES_MAX);
	ck_assert_str_eq(bed_call(QB_BUS_INTERFACE, "Plain", ""),
	                 "LimitExceeded: 4096 calls wait for their end already");
	ck_assert_uint_eq(bed_n_called, QB_REPLIES_MAX);
	/* What does not wait is answered all the same. */
	ck_assert_str_eq(bed_call(QB_BUS_EXTENDED, "GetEvents", "tu", UINT64_C(0), 1), "(1, [])");
	bed_end(17, &ok);
	bed_call_async(bed_client, QB_BUS_INTERFACE, "Plain", "");
	bed_until(&bed_n_called, QB_REPLIES_MAX + 1);
	for (unsigned i = 0; i <= QB_REPLIES_MAX; i++)
		if (i != 17)
			bed_end(i, &ok);
	bed_until(&bed_answers, QB_REPLIES_MAX + 3);
	ck_assert_uint_eq(bed_bus->replies, 0);
}
END_TEST

/* Before the API is there, and after it has gone. */
START_TEST(nobody_serves)
{
	qb_bus_serve(bed_bus, NULL);
	ck_assert_str_eq(bed_call(QB_BUS_INTERFACE, "Plain", ""),
	                 "Failed: qbled is starting or going down");
	ck_assert_str_eq(bed_call("org.freedesktop.DBus.Properties", "Get", "ss", QB_BUS_EXTENDED,
	                          "Connections"),
	                 "([])");
	ck_assert_str_eq(bed_call("org.freedesktop.DBus.Properties", "Get", "ss", QB_BUS_EXTENDED,
	                          "ReportsDropped"),
	                 "(0)");
	ck_assert_str_eq(bed_call("org.freedesktop.DBus.Properties", "Get", "ss", QB_BUS_EXTENDED,
	                          "Address"),
	                 "('')");
	ck_assert_str_eq(
	        bed_call("org.freedesktop.DBus.Properties", "Get", "ss", QB_BUS_EXTENDED, "Status"),
	        "(0)");
	ck_assert_uint_eq(bed_n_called, 0);
}
END_TEST

/* The tables are what introspection shows: names, types, directions. */
START_TEST(introspection)
{
	static const char *const parts[] = {
	        "<method name=\"Mixed\">\n   <arg type=\"u\" name=\"number\" direction=\"in\"/>\n"
	        "   <arg type=\"s\" name=\"name\" direction=\"in\"/>\n"
	        "   <arg type=\"ay\" name=\"octets\" direction=\"in\"/>\n"
	        "   <arg type=\"i\" name=\"sum\" direction=\"out\"/>\n",
	        "<method name=\"Plain\">\n  </method>",
	        "<method name=\"Number\">\n   <arg type=\"u\" name=\"server_id\" "
	        "direction=\"in\"/>",
	        "<signal name=\"StartStatusInd\">\n   <arg type=\"u\" name=\"event_id\"/>\n"
	        "   <arg type=\"i\" name=\"status\"/>\n  </signal>",
	        "<signal name=\"ScanReportInd\">\n   <arg type=\"u\" name=\"event_id\"/>\n"
	        "   <arg type=\"i\" name=\"status\"/>\n   <arg type=\"u\" name=\"event_type\"/>\n"
	        "   <arg type=\"s\" name=\"name\"/>\n   <arg type=\"u\" name=\"addr_type\"/>\n"
	        "   <arg type=\"ay\" name=\"addr\"/>\n   <arg type=\"i\" name=\"rssi\"/>\n"
	        "   <arg type=\"u\" name=\"data_len\"/>\n   <arg type=\"ay\" name=\"data\"/>\n"
	        "  </signal>",
	};

	bed_call("org.freedesktop.DBus.Introspectable", "Introspect", "");
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		ck_assert_msg(strstr(bed_answer, parts[i]), "no %s\nin %s", parts[i], bed_answer);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {arguments,   answers, errors,        wrong_calls,   later,
	                              caller_gone, limit,   nobody_serves, introspection, capture};

	return unit_run_with("bus_calls", bed_setup, bed_teardown, tests, 10);
}
