/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bad input for the server: what a peer sends => what it gets. Each row meets a fresh link and the
 * database of att_peer.h; after each the link still works and nothing is left over. Sections are
 * of the Core specification 5.4, Vol 3; CSS is the supplement to it.
 */
#include <stdio.h>
#include <string.h>

#include "att_peer.h"
#include "rows.h"

/* clang-format off */
static const struct row lengths[] = {
	/* Every request that is too short or too long is an Invalid PDU, and never silence. */
	{"Exchange MTU without an MTU",       "02",                   "01 02 0000 04", "F 3.4.2.1"},
	{"Exchange MTU with half an MTU",     "02 17",                "01 02 0000 04", "F 3.4.2.1"},
	{"Exchange MTU with an octet more",   "02 1700 00",           "01 02 0000 04", "F 3.4.2.1"},
	{"Find Information without a range",  "04",                   "01 04 0000 04", "F 3.4.3.1"},
	{"Find Information, start only",      "04 0100",              "01 04 0000 04", "F 3.4.3.1"},
	{"Find Information, half an end",     "04 0100 ff",           "01 04 0000 04", "F 3.4.3.1"},
	{"Find Information, an octet more",   "04 0100 ffff 00",      "01 04 0000 04", "F 3.4.3.1"},
	{"Find By Type Value, opcode only",   "06",                   "01 06 0000 04", "F 3.4.3.3"},
	{"Find By Type Value, half a type",   "06 0100 ffff 00",      "01 06 0000 04", "F 3.4.3.3"},
	{"Read By Type, opcode only",         "08",                   "01 08 0000 04", "F 3.4.4.1"},
	{"Read By Type without a type",       "08 0100 ffff",         "01 08 0000 04", "F 3.4.4.1"},
	{"Read By Type, 1-octet UUID",        "08 0100 ffff 00",      "01 08 0000 04", "F 3.4.4.1"},
	{"Read By Type, 3-octet UUID",        "08 0100 ffff 002a00",  "01 08 0000 04", "F 3.4.4.1"},
	{"Read By Type, 4-octet UUID",        "08 0100 ffff 002a0000", "01 08 0000 04",
	 "F 3.4.4.1"},
	{"Read By Type, 15-octet UUID",       "08 0100 ffff 00*15",   "01 08 0000 04", "F 3.4.4.1"},
	{"Read By Type, 17-octet UUID",       "08 0100 ffff 00*17",   "01 08 0000 04", "F 3.4.4.1"},
	{"Read without a handle",             "0a",                   "01 0a 0000 04", "F 3.4.4.3"},
	{"Read with half a handle",           "0a 01",                "01 0a 0000 04", "F 3.4.4.3"},
	{"Read with an octet more",           "0a 0300 00",           "01 0a 0000 04", "F 3.4.4.3"},
	{"Read Blob without an offset",       "0c 0300",              "01 0c 0000 04", "F 3.4.4.5"},
	{"Read Blob with half an offset",     "0c 0300 00",           "01 0c 0000 04", "F 3.4.4.5"},
	{"Read Blob with an octet more",      "0c 0300 0000 00",      "01 0c 0000 04", "F 3.4.4.5"},
	{"Read Multiple of nothing",          "0e",                   "01 0e 0000 04", "F 3.4.4.7"},
	{"Read Multiple of one handle",       "0e 0300",              "01 0e 0000 04", "F 3.4.4.7"},
	{"Read Multiple, half a handle",      "0e 0300 0b00 03",      "01 0e 0000 04", "F 3.4.4.7"},
	{"Read By Group Type, opcode only",   "10",                   "01 10 0000 04", "F 3.4.4.9"},
	{"Read By Group Type, no type",       "10 0100 ffff",         "01 10 0000 04", "F 3.4.4.9"},
	{"Read By Group Type, 4-octet UUID",  "10 0100 ffff 00280000", "01 10 0000 04",
	 "F 3.4.4.9"},
	{"Write without a handle",            "12",                   "01 12 0000 04", "F 3.4.5.1"},
	{"Write with half a handle",          "12 03",                "01 12 0000 04", "F 3.4.5.1"},
	{"Prepare Write, opcode only",        "16",                   "01 16 0000 04", "F 3.4.6.1"},
	{"Prepare Write, half an offset",     "16 0300 00",           "01 16 0000 04", "F 3.4.6.1"},
	{"Execute Write without flags",       "18",                   "01 18 0000 04", "F 3.4.6.3"},
	{"Execute Write with an octet more",  "18 01 01",             "01 18 0000 04", "F 3.4.6.3"},
	{"Execute Write, reserved flag",      "18 02",                "01 18 0000 04", "F 3.4.6.3"},
	{"Execute Write, all flags",          "18 ff",                "01 18 0000 04", "F 3.4.6.3"},
	{"Read Multiple Variable of nothing", "20",                   "01 20 0000 04",
	 "F 3.4.4.11"},
	{"Read Multiple Variable of one",     "20 0300",              "01 20 0000 04",
	 "F 3.4.4.11"},
	{"Read Multiple Variable, a half",    "20 0300 0b00 03",      "01 20 0000 04",
	 "F 3.4.4.11"},
	/* The MTU is 23. */
	{"a Write longer than the MTU",       "12 0300 41*21",        "01 12 0000 04", "F 3.2.8"},
	{"a Prepare longer than the MTU",     "16 0300 0000 41*19",   "01 16 0000 04", "F 3.2.8"},
	{"a command longer than the MTU",     "52 0300 41*21",        "",              "F 3.2.8"},
};

static const struct row opcodes[] = {
	{"an SDU of no octet",                "",                     "",              "F 3.3.1"},
	{"opcode 00",                         "00",                   "01 00 0000 06", "F 3.3"},
	{"opcode 14, unused",                 "14",                   "01 14 0000 06", "F 3.3"},
	{"opcode 15, unused",                 "15 00",                "01 15 0000 06", "F 3.3"},
	{"opcode 1a, unused",                 "1a 0300",              "01 1a 0000 06", "F 3.3"},
	{"opcode 1c, unused",                 "1c 0300",              "01 1c 0000 06", "F 3.3"},
	{"opcode 1f, unused",                 "1f",                   "01 1f 0000 06", "F 3.3"},
	{"opcode 22, unused",                 "22",                   "01 22 0000 06", "F 3.3"},
	{"opcode 24, past the table",         "24 00*22",             "01 24 0000 06", "F 3.3"},
	{"opcode 25, past the table",         "25",                   "01 25 0000 06", "F 3.3"},
	{"opcode 3f, the last request",       "3f",                   "01 3f 0000 06", "F 3.3"},
	{"opcode 80, a signature bit alone",  "80",                   "01 80 0000 06", "F 3.3"},
	{"opcode 92, a signed Write Request", "92 0300 41",           "01 92 0000 06", "F 3.3"},
	{"an unknown request beyond the MTU", "3f 00*40",             "01 3f 0000 06", "F 3.3"},
	{"opcode 40, unknown command",        "40",                   "",              "F 3.3"},
	{"opcode 42, MTU as a command",       "42 1700",              "",              "F 3.3"},
	{"opcode 4a, Read as a command",      "4a 0300",              "",              "F 3.3"},
	{"opcode 56, Prepare as a command",   "56 0300 0000 41",      "",              "F 3.3"},
	{"opcode 7f, the last command",       "7f 00*22",             "",              "F 3.3"},
	{"opcode c0, signed unknown command", "c0",                   "",              "F 3.3"},
	{"opcode ff",                         "ff*23",                "",              "F 3.3"},
	{"a Write Command of nothing",        "52",                   "",              "F 3.4.5.3"},
	{"a Write Command, half a handle",    "52 03",                "",              "F 3.4.5.3"},
	{"a Write Command to handle 0",       "52 0000 41",           "",              "F 3.4.5.3"},
	{"a Write Command to no attribute",   "52 9900 41",           "",              "F 3.4.5.3"},
	{"a Write Command without the right", "52 0b00 41",           "",              "F 3.4.5.3"},
	{"a Write Command to a descriptor",   "52 0f00 41",           "",              "G 4.9.1"},
	{"a Signed Write of nothing",         "d2",                   "",              "F 3.4.5.4"},
	{"a Signed Write, short signature",   "d2 0300 00*11",        "",              "F 3.4.5.4"},
	{"a Signed Write with an empty value", "d2 0300 00*12",       "",              "F 3.4.5.4"},
	{"a Signed Write nobody can verify",  "d2 0300 41 01000000 11*8", "",          "F 3.4.5.4"},
	{"the same one replayed",             "d2 0300 41 01000000 11*8 | d2 0300 41 01000000 11*8",
	                                      "",                                      "F 3.4.5.4"},
};

static const struct row unasked[] = {
	/* Answers to nothing, to a side that has asked nothing. */
	{"an Error Response",                 "01 0a 0300 01",        "", "F 3.3.2"},
	{"an Error Response cut short",       "01 0a",                "", "F 3.3.2"},
	{"an Exchange MTU Response",          "03 0002",              "", "F 3.3.2"},
	{"a Find Information Response",       "05 01 0100 0028",      "", "F 3.3.2"},
	{"one without entries",               "05 01",                "", "F 3.3.2"},
	{"a Find By Type Value Response",     "07 0100 0300",         "", "F 3.3.2"},
	{"a Read By Type Response",           "09 07 0200 02 0300 002a", "", "F 3.3.2"},
	{"one with entries of no octets",     "09 00",                "", "F 3.3.2"},
	{"a Read Response",                   "0b 41",                "", "F 3.3.2"},
	{"a Read Blob Response",              "0d 41",                "", "F 3.3.2"},
	{"a Read Multiple Response",          "0f 41",                "", "F 3.3.2"},
	{"a Read By Group Type Response",     "11 06 0100 0300 0018", "", "F 3.3.2"},
	{"one with entries of no octets",     "11 00",                "", "F 3.3.2"},
	{"a Write Response",                  "13",                   "", "F 3.3.2"},
	{"a Prepare Write Response",          "17 0300 0000 41",      "", "F 3.3.2"},
	{"an Execute Write Response",         "19",                   "", "F 3.3.2"},
	{"a Confirmation",                    "1e",                   "", "F 3.3.2"},
	{"a Confirmation with an octet",      "1e 00",                "", "F 3.3.2"},
	{"a Read Multiple Variable Response", "21 0100 41",           "", "F 3.3.2"},
};

static const struct row handles[] = {
	{"Find Information from 0",           "04 0000 ffff",         "01 04 0000 01", "F 3.4.3.1"},
	{"Find Information backwards",        "04 0200 0100",         "01 04 0200 01", "F 3.4.3.1"},
	{"Find Information from 0 to 0",      "04 0000 0000",         "01 04 0000 01", "F 3.4.3.1"},
	{"Find Information past the end",     "04 1900 ffff",         "01 04 1900 0a", "F 3.4.3.1"},
	{"Find Information at the very end",  "04 ffff ffff",         "01 04 ffff 0a", "F 3.4.3.1"},
	{"Find By Type Value from 0",         "06 0000 ffff 0028 0018", "01 06 0000 01",
	 "F 3.4.3.3"},
	{"Find By Type Value backwards",      "06 0500 0400 0028 0018", "01 06 0500 01",
	 "F 3.4.3.3"},
	{"Find By Type Value, no such one",   "06 0100 ffff 0028 9999", "01 06 0100 0a",
	 "F 3.4.3.3"},
	{"Find By Type Value, no value",      "06 0100 ffff 0028",    "01 06 0100 0a", "F 3.4.3.3"},
	{"Find By Type Value, odd value",     "06 0100 ffff 0028 001800", "01 06 0100 0a",
	 "F 3.4.3.3"},
	{"Find By Type Value, unreadable",    "06 0100 ffff 572a 736563726574",
	                                                              "01 06 0100 0a", "F 3.4.3.3"},
	{"Read By Type from 0",               "08 0000 ffff 0328",    "01 08 0000 01", "F 3.4.4.1"},
	{"Read By Type backwards",            "08 ffff 0100 0328",    "01 08 ffff 01", "F 3.4.4.1"},
	{"Read By Type, no such type",        "08 0100 ffff 9999",    "01 08 0100 0a", "F 3.4.4.1"},
	{"Read By Type, out of the range",    "08 0400 ffff 002a",    "01 08 0400 0a", "F 3.4.4.1"},
	{"Read By Type, unreadable",          "08 0100 ffff 052a",    "01 08 0600 02", "F 3.4.4.1"},
	{"Read By Type, protected",           "08 0100 ffff 572a",    "01 08 1400 05", "F 3.4.4.1"},
	{"Read By Type, write only",          "08 0100 ffff 562a",    "01 08 1200 02", "F 3.4.4.1"},
	{"Read of handle 0",                  "0a 0000",              "01 0a 0000 01", "F 3.4.4.3"},
	{"Read past the end",                 "0a 1900",              "01 0a 1900 01", "F 3.4.4.3"},
	{"Read of handle ffff",               "0a ffff",              "01 0a ffff 01", "F 3.4.4.3"},
	{"Read without the permission",       "0a 0600",              "01 0a 0600 02", "F 3.4.4.3"},
	{"Read without the property",         "0a 1200",              "01 0a 1200 02", "G 3.3.1.1"},
	{"Read of a protected value",         "0a 1400",              "01 0a 1400 05", "C 10.3.1"},
	{"Read Blob of handle 0",             "0c 0000 0000",         "01 0c 0000 01", "F 3.4.4.5"},
	{"Read Blob of no attribute",         "0c 9900 0000",         "01 0c 9900 01", "F 3.4.4.5"},
	{"Read Blob past the end",            "0c 0300 0400",         "01 0c 0300 07", "F 3.4.4.5"},
	{"Read Blob at offset ffff",          "0c 0e00 ffff",         "01 0c 0e00 07", "F 3.4.4.5"},
	{"Read Blob of a protected value",    "0c 1400 ffff",         "01 0c 1400 05", "C 10.3.1"},
	{"Read Blob of a declaration",        "0c 0200 0000",         "01 0c 0200 0b", "F 3.4.4.5"},
	{"Read Blob of a CCCD",               "0c 0c00 0100",         "01 0c 0c00 0b", "F 3.4.4.5"},
	{"Read Multiple with a bad handle",   "0e 0300 9900",         "01 0e 9900 01", "F 3.4.4.7"},
	{"Read Multiple with handle 0",       "0e 0300 0000",         "01 0e 0000 01", "F 3.4.4.7"},
	{"Read Multiple, two bad handles",    "0e 0600 9900",         "01 0e 0600 02", "F 3.4.4.7"},
	{"Read Multiple, bad past the MTU",   "0e 0e00 1400",         "01 0e 1400 05", "F 3.4.4.7"},
	{"Read Multiple Variable, bad",       "20 0300 9900",         "01 20 9900 01",
	 "F 3.4.4.11"},
	{"Read Multiple Variable, protected", "20 0300 1400",         "01 20 1400 05",
	 "F 3.4.4.11"},
	{"Read By Group Type from 0",         "10 0000 ffff 0028",    "01 10 0000 01", "F 3.4.4.9"},
	{"Read By Group Type backwards",      "10 0200 0100 0028",    "01 10 0200 01", "F 3.4.4.9"},
	{"Read By Group Type, characteristic", "10 0100 ffff 0328",   "01 10 0100 10", "G 2.5.3"},
	{"Read By Group Type, include",       "10 0100 ffff 0228",    "01 10 0100 10", "G 2.5.3"},
	{"Read By Group Type, a long UUID",   "10 0200 ffff " LONG_UUID, "01 10 0200 10",
	 "G 2.5.3"},
	{"the range before the group type",   "10 0200 0100 0328",    "01 10 0200 01", "F 3.4.4.9"},
	{"Read By Group Type past the last",  "10 1100 ffff 0028",    "01 10 1100 0a", "F 3.4.4.9"},
};

static const struct row writes[] = {
	{"Write to handle 0",                 "12 0000 41",           "01 12 0000 01", "F 3.4.5.1"},
	{"Write to no attribute",             "12 9900 41",           "01 12 9900 01", "F 3.4.5.1"},
	{"Write to a service declaration",    "12 0100 0018",         "01 12 0100 03", "G 3.1"},
	{"Write to an include declaration",   "12 0900 41",           "01 12 0900 03", "G 3.2"},
	{"Write to a declaration",            "12 0200 41",           "01 12 0200 03", "G 3.3.1"},
	{"Write without the permission",      "12 0b00 41",           "01 12 0b00 03", "F 3.4.5.1"},
	{"Write without the property",        "12 1200 41",           "01 12 1200 03", "G 3.3.1.1"},
	{"Write to a protected value",        "12 1400 41",           "01 12 1400 05", "C 10.3.1"},
	{"CCCD, one octet of what it has not", "12 0c00 02",          "01 12 0c00 fd", "F 3.4.5.1"},
	{"CCCD, three octets",                "12 0c00 010000",       "01 12 0c00 0d", "G 3.3.3.3"},
	{"CCCD, indications it has not",      "12 0c00 0200",         "01 12 0c00 fd", "CSS B 1.2"},
	{"CCCD, notifications it has not",    "12 0700 0100",         "01 12 0700 fd", "CSS B 1.2"},
	{"CCCD, both, one of them it has",    "12 0c00 0300",         "01 12 0c00 fd", "CSS B 1.2"},
	{"CCCD of a protected value",         "12 1500 0100",         "01 12 1500 05", "C 10.3.1"},
	{"its indications",                   "12 1500 0200",         "01 12 1500 05", "C 10.3.1"},
	{"Prepare for handle 0",              "16 0000 0000 41",      "01 16 0000 01", "F 3.4.6.1"},
	{"Prepare for no attribute",          "16 9900 0000 41",      "01 16 9900 01", "F 3.4.6.1"},
	{"Prepare for a declaration",         "16 0200 0000 41",      "01 16 0200 03", "F 3.4.6.1"},
	{"Prepare without the property",      "16 0b00 0000 41",      "01 16 0b00 03", "G 3.3.1.1"},
	{"Prepare for a protected value",     "16 1400 0000 41",      "01 16 1400 05", "C 10.3.1"},
	{"Prepare at offset ffff",            "16 0300 ffff 41 | 18 01",
	                                      "17 0300 ffff 41 | 01 18 0300 07",       "F 3.4.6.3"},
	{"Prepare past a gap",                "16 0300 0400 41 | 18 01",
	                                      "17 0300 0400 41 | 01 18 0300 07",       "F 3.4.6.3"},
	{"a gap between two parts",           "16 0300 0000 41 | 16 0300 0200 42 | 18 01",
	                                      "17 0300 0000 41 | 17 0300 0200 42 | 01 18 0300 07",
	                                                                               "F 3.4.6.3"},
	{"parts in the wrong order",          "16 0f00 1200 42 | 16 0f00 0000 41*18 | 18 01",
	                                      "17 0f00 1200 42 | 17 0f00 0000 41*18 "
	 "| 01 18 0f00 07",
	                                                                               "F 3.4.6.3"},
	{"no octet at offset ffff",           "16 0300 ffff | 18 01",
	                                      "17 0300 ffff | 01 18 0300 07",          "F 3.4.6.3"},
	{"a CCCD prepared too long",          "16 0c00 0000 010000 | 18 01",
	                                      "17 0c00 0000 010000 | 01 18 0c00 0d",   "F 3.4.6.3"},
	{"a CCCD prepared improperly",        "16 0c00 0000 0200 | 18 01",
	                                      "17 0c00 0000 0200 | 01 18 0c00 fd",     "F 3.4.6.3"},
	{"a protected CCCD prepared",         "16 1500 0000 0100 | 18 01",
	                                      "17 1500 0000 0100 | 01 18 1500 05",     "C 10.3.1"},
	{"the second of two is bad",          "16 0300 0000 58 | 16 0f00 0900 59 | 18 01",
	                                      "17 0300 0000 58 | 17 0f00 0900 59 | 01 18 0f00 07",
	                                                                               "F 3.4.6.3"},
};

static const struct row values[] = {
	/* Of the peer's server, to our client: dropped, but an indication is confirmed. */
	{"a notification without a handle",   "1b",                   "",   "F 3.4.7.1"},
	{"a notification, half a handle",     "1b 03",                "",   "F 3.4.7.1"},
	{"a notification of handle 0",        "1b 0000 41",           "",   "F 3.4.7.1"},
	{"an indication without a handle",    "1d",                   "1e", "F 3.4.7.2"},
	{"an indication, half a handle",      "1d 03",                "1e", "F 3.4.7.2"},
	{"an indication of handle 0",         "1d 0000 41",           "1e", "F 3.4.7.2"},
	{"many values in one, of handle 0",   "23 0000 0100 41 0000 0000", "", "F 3.4.7.4"},
	{"many values in one, none",          "23",                   "",   "F 3.4.7.4"},
	{"many values in one, half a handle", "23 03",                "",   "F 3.4.7.4"},
	{"many values in one, just one",      "23 0300 0100 41",      "",   "F 3.4.7.4"},
	{"many values, the last cut short",   "23 0300 0100 41 0400 0200 42", "", "F 3.4.7.4"},
	{"many values, a length of ffff",     "23 0300 ffff 41 0400 0100 42", "", "F 3.4.7.4"},
	{"many values and an octet",          "23 0300 0100 41 0400 0100 42 05", "", "F 3.4.7.4"},
};
/* clang-format on */

/* Nothing has changed, and the next request is answered. */
static void check_alive(void)
{
	dialog("< 0a 0300 > 0b 616263 < 0a 0c00 > 0b 0000 < 0a 0700 > 0b 0000"
	       "< 0a 0f00 > 0b 74657874 < 18 01 > 19");
	told("read 0003 616263; read 000c 0000; read 0007 0000; read 000f 74657874");
}

static void run_row(const struct row *row)
{
	begin();
	each_pdu(row->sent, peer_sends);
	if (row->got[0])
		each_pdu(row->got, peer_gets);
	peer_gets_nothing();
	told_nothing();
	check_alive();
	finish();
}

ROW_TABLE(lengths, run_row);
ROW_TABLE(opcodes, run_row);
ROW_TABLE(unasked, run_row);
ROW_TABLE(handles, run_row);
ROW_TABLE(writes, run_row);
ROW_TABLE(values, run_row);

static const struct table tables[] = {
        TABLE("Requests of the wrong length are Invalid PDUs, never silence", lengths),
        TABLE("Unknown requests are refused, unknown and bad commands ignored", opcodes),
        TABLE("Answers to nothing are ignored", unasked),
        TABLE("Bad handles, ranges and types are named in the error", handles),
        TABLE("Bad writes change nothing", writes),
        TABLE("Bad values of a server are ignored, indications confirmed", values),
};

int main(int argc, char **argv)
{
	return rows_main("bad-input att-server", tables, sizeof(tables) / sizeof(*tables), argc,
	                 argv);
}
