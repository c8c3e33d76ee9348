/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A controller that reports wrong what it hears, while the host scans: what it gives => what the
 * app is told. [ ] is a length before what is inside; in a report 1122334455c0 is the advertiser,
 * d8 an RSSI of -40. After each row the host connects, a link's server answers, and nothing is
 * left over. Sections are of the Core specification 5.4, Vol 4.
 */
#include <stdio.h>

#include "bed.h"
#include "rows.h"

#define FROM "00 1122334455c0"
#define SAID "report 0 c0..11 rssi -40 data "

/* As many octets as a legacy PDU holds. */
#define X31 "41414141414141414141414141414141414141414141414141414141414141"

/* Event type, address, PHYs, SID, TX power, RSSI, interval, direct address: all but the data. */
#define EXT(type) type " " FROM " 01 00 ff 7f d8 0000 00 000000000000 "

/* A new scan, whose start is with the controller. */
#define RESTART                                                                                  \
	"! stop scan > 01 0c20 [00 00] "                                                         \
	"! keep quiet ! scan > 01 0b20 [00 1000 1000 00 00] < 04 0e [01 0b20 00] > 01 0c20 [01 " \
	"00] "

#define START                                                                       \
	"! start > 01 030c [] > 01 0210 [] > 01 0320 [] > 01 0910 [] > 01 0220 [] " \
	"> 01 010c [9088000000800020] > 01 0120 [1f00000000000000] > 01 0520 [0102030405c0] "

/* clang-format off */
static const struct row legacy[] = {
	{"an event of no octets",             "< 04 3e []",                        "", "E 7.7.65"},
	{"a subevent code alone",             "< 04 3e [02]",                      "",
	 "E 7.7.65.2"},
	{"no report",                         "< 04 3e [02 00]",                   "",
	 "E 7.7.65.2"},
	{"no report, and one",                "< 04 3e [02 00 00 " FROM " 00 d8]", "",
	 "E 7.7.65.2"},
	{"one report, and none",              "< 04 3e [02 01]",                   "",
	 "E 7.7.65.2"},
	{"255 reports, and one",              "< 04 3e [02 ff 00 " FROM " 00 d8]", SAID,
	 "E 7.7.65.2"},
	{"two reports, and one and a half",   "< 04 3e [02 02 00 " FROM " 00 d8 00 " FROM "]", SAID,
	 "E 7.7.65.2"},
	{"one report, and two",               "< 04 3e [02 01 00 " FROM " 00 d8 00 " FROM " 00 d8]",
	 SAID, "E 7.7.65.2"},
	{"cut in its address",                "< 04 3e [02 01 00 00 112233]",      "",
	 "E 7.7.65.2"},
	{"cut before its length",             "< 04 3e [02 01 00 " FROM "]",       "",
	 "E 7.7.65.2"},
	{"without RSSI",                      "< 04 3e [02 01 00 " FROM " 03 020106]",
	                                      "report 0 c0..11 rssi 127 data 020106", "E 7.7.65.2"},
	{"data length 31, 3 are there",       "< 04 3e [02 01 00 " FROM " 1f 020106 d8]",
	                                      "report 0 c0..11 rssi 127 data 020106d8",
	 "E 7.7.65.2"},
	{"data length 5, 4 are there",        "< 04 3e [02 01 00 " FROM " 05 020106 d8]",
	                                      "report 0 c0..11 rssi 127 data 020106d8",
	 "E 7.7.65.2"},
	{"data length 255, 3 are there",      "< 04 3e [02 01 00 " FROM " ff 020106 d8]",
	                                      "report 0 c0..11 rssi 127 data 020106d8",
	 "E 7.7.65.2"},
	{"data length 2, 3 are there",        "< 04 3e [02 01 00 " FROM " 02 020106 d8]",
	                                      "report 0 c0..11 rssi 6 data 0201", "E 7.7.65.2"},
	{"data length lies, another follows",
	 "< 04 3e [02 02 00 " FROM " ff 020106 d8 00 " FROM " 00 d8]",
	 "report 0 c0..11 rssi 127 data 020106d800001122334455c000d8",
	                                      "E 7.7.65.2"},
	{"32 octets, a PDU holds 31",         "< 04 3e [02 01 00 " FROM " 20 41*32 d8]",
	 SAID X31,
	                                      "E 7.7.65.2"},
	{"240 octets",                        "< 04 3e [02 01 00 " FROM " f0 41*240 d8]",
	 SAID X31,
	                                      "E 7.7.65.2"},
	{"data that is no length-type-data",  "< 04 3e [02 01 00 " FROM " 03 ff0102 d8]",
	 SAID "ff0102", "C 11"},
	{"event type 5, unknown",             "< 04 3e [02 01 05 " FROM " 00 d8]", "",
	 "E 7.7.65.2"},
	{"event type ff, a good one behind",  "< 04 3e [02 02 ff " FROM " 00 d8 00 " FROM " 00 d8]",
	 SAID, "E 7.7.65.2"},
	{"address type 4, unknown",           "< 04 3e [02 01 00 04 1122334455c0 00 d8]", "",
	 "E 7.7.65.2"},
	{"address type ff, not legacy's",     "< 04 3e [02 01 00 ff 1122334455c0 00 d8]", "",
	 "E 7.7.65.2"},
	{"a response to no PDU",              "< 04 3e [02 01 04 " FROM " 00 d8]",
	                                      "report 4 c0..11 rssi -40 data ", "E 7.7.65.2"},
};

static const struct row directed[] = {
	{"Directed Report",                   "< 04 3e [0b 01 01 " FROM " 01 6655443322c0 d8]",
	                                      "report 1 c0..11 rssi -40 data ", "E 7.7.65.11"},
	{"its target cannot be resolved",     "< 04 3e [0b 01 01 " FROM " fe 665544332240 d8]",
	                                      "report 1 c0..11 rssi -40 data ", "E 7.7.65.11"},
	{"event type 0, never directed",      "< 04 3e [0b 01 00 " FROM " 01 6655443322c0 d8]", "",
	 "E 7.7.65.11"},
	{"cut before its RSSI",               "< 04 3e [0b 01 01 " FROM " 01 6655443322c0]", "",
	 "E 7.7.65.11"},
	{"its target's type is unknown",      "< 04 3e [0b 01 01 " FROM " 05 6655443322c0 d8]", "",
	 "E 7.7.65.11"},
	{"two said, one there",               "< 04 3e [0b 02 01 " FROM " 01 6655443322c0 d8]",
	                                      "report 1 c0..11 rssi -40 data ", "E 7.7.65.11"},
};

static const struct row extended[] = {
	{"a whole report",                    "< 04 3e [0d 01 " EXT("0000") "03 020106]",
	                                      SAID "020106", "E 7.7.65.13"},
	{"data length 229, 3 are there",      "< 04 3e [0d 01 " EXT("0000") "e5 020106]",
	                                      SAID "020106", "E 7.7.65.13"},
	{"data length 4, 3 are there",        "< 04 3e [0d 01 " EXT("0000") "04 020106]",
	                                      SAID "020106", "E 7.7.65.13"},
	{"data length 255, none is there",    "< 04 3e [0d 01 " EXT("0000") "ff]", SAID,
	 "E 7.7.65.13"},
	{"data length lies, another follows",
	 "< 04 3e [0d 02 " EXT("0000") "e5 020106 " EXT("0000") "00]",
	 SAID "0201060000001122334455c00100ff7fd800000000000000000000",
	                                      "E 7.7.65.13"},
	{"a first part and no end",           "< 04 3e [0d 01 " EXT("2000") "03 020106]",
	                                      "report 0 c0..11 rssi -40 to go on data 020106",
	 "E 7.7.65.13"},
	{"a last part without a first",       "< 04 3e [0d 01 " EXT("0000") "01 06]", SAID "06",
	 "E 7.7.65.13"},
	{"a part that was cut",               "< 04 3e [0d 01 " EXT("4000") "01 06]",
	                                      "report 0 c0..11 rssi -40 cut data 06",
	 "E 7.7.65.13"},
	{"data status 3, reserved",           "< 04 3e [0d 01 " EXT("6000") "01 06]",
	                                      "report 0 c0..11 rssi -40 cut data 06",
	 "E 7.7.65.13"},
	{"all reserved bits of the type",     "< 04 3e [0d 01 " EXT("80ff") "01 06]", SAID "06",
	 "E 7.7.65.13"},
	{"legacy PDU of 32 octets",           "< 04 3e [0d 01 " EXT("1300") "20 41*32]",
	 SAID X31,
	                                      "E 7.7.65.13"},
	{"cut in its fixed part",             "< 04 3e [0d 01 0000 " FROM " 01 00 ff]", "",
	 "E 7.7.65.13"},
	{"cut before its data length",        "< 04 3e [0d 01 " EXT("0000") "]",   "",
	 "E 7.7.65.13"},
	{"address type 5, unknown",
	 "< 04 3e [0d 01 0000 05 1122334455c0 01 00 ff 7f d8 0000 00 00*6 00]",
	                                      "", "E 7.7.65.13"},
	{"its target's type is unknown",
	 "< 04 3e [0d 01 0400 " FROM " 01 00 ff 7f d8 0000 05 00*6 00]",
	                                      "", "E 7.7.65.13"},
	{"anonymous and legacy at once",
	 "< 04 3e [0d 01 1300 ff 00*6 01 00 ff 7f d8 0000 00 00*6 00]",
	                                      "", "E 7.7.65.13"},
	{"ten said, one there",               "< 04 3e [0d 0a " EXT("0000") "00]", SAID,
	 "E 7.7.65.13"},
};

static const struct row when[] = {
	{"before the answer to the start",
	 RESTART "< 04 3e [02 01 00 " FROM " 00 d8] < 04 0e [01 0c20 00]",
	                                      "scanned 00; " SAID "; scanning 00", "E 7.7.65.2"},
	{"after the start was refused",
	 RESTART "< 04 0e [01 0c20 11] < 04 3e [02 01 00 " FROM " 00 d8]",
	                                      "scanned 00; scanning 11", "E 7.8.11"},
	{"after the controller was lost and started anew",
	 "< 04 10 [42] " START "< 04 3e [02 01 00 " FROM " 00 d8]",
	                                      "failed: hardware error 0x42; ready 00", "E 7.7.16"},
	{"after the scan was stopped",
	 "! stop scan > 01 0c20 [00 00] < 04 3e [02 01 00 " FROM " 00 d8]",
	                                      "scanned 00", "E 7.8.11"},
	{"between stop and its answer",       "! keep quiet ! stop scan > 01 0c20 [00 00]"
	                                      "< 04 3e [02 01 00 " FROM " 00 d8] "
	 "< 04 0e [01 0c20 00]",
	                                      SAID "; scanned 00", "E 7.8.11"},
	{"the stop is refused as done",
	 "! keep quiet ! stop scan > 01 0c20 [00 00] < 04 0e [01 0c20 0c]",
	                                      "scanned 00", "E 7.8.11"},
	{"Scan Timeout, not ours",            "< 04 3e [11]",                      "",
	 "E 7.7.65.17"},
	{"periodic reports, not ours",
	 "< 04 3e [0f 0000 00 00 00 00 00] < 04 3e [0e 00 00*14]", "", "E 7.7.65.14"},
};
/* clang-format on */

static void run_scanning(const struct row *row)
{
	bed_begin(BED_SCANNING);
	bed_script(row->sent);
	bed_sent_nothing();
	bed_told(row->got);
	bed_end();
}

static void run_idle(const struct row *row)
{
	bed_begin(BED_IDLE);
	bed_script(row->sent);
	bed_sent_nothing();
	bed_told("");
	bed_end();
}

static void run_both(const struct row *row)
{
	run_scanning(row);
	/* Who does not scan hears of nothing. */
	run_idle(row);
}

ROW_TABLE(legacy, run_both);
ROW_TABLE(directed, run_both);
ROW_TABLE(extended, run_both);
ROW_TABLE(when, run_scanning);

static const struct table tables[] = {
        TABLE("Legacy reports; nothing of them without a scan", legacy),
        TABLE("Directed reports; nothing of them without a scan", directed),
        TABLE("Extended reports; nothing of them without a scan", extended),
        TABLE("Reports at the wrong time", when),
};

int main(int argc, char **argv)
{
	return rows_main("bad-input controller-reports", tables, sizeof(tables) / sizeof(*tables),
	                 argc, argv);
}
