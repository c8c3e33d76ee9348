/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ACL data and the PDUs put together from it: what the controller gives ('<') and what goes back
 * ('>') => what the app is told. ( ) is a length of two octets before what is inside; 4020 is a
 * first fragment on link 0040, 4010 one that continues it. The whole PDU in most rows is a Read
 * Request of handle 3, whose value is "abc". After each row the link's server answers and nothing
 * is left over. Sections are of the Core specification 5.4: A of Vol 3, E of Vol 4.
 */
#include <stdio.h>
#include <string.h>

#include "bed.h"
#include "rows.h"

#define ABC  "> 02 4000 (0400 0400 0b616263)"
#define READ "read 0003 616263"

/* clang-format off */
static const struct row fragments[] = {
	{"first fragment of 0 octets",  "< 02 4020 () < 02 4010 (0300 0400 0a0300)", "", "A 7.2.1"},
	{"first fragment of 1 octet",   "< 02 4020 (03) < 02 4010 (00 0400 0a0300) " ABC, READ,
	 "A 7.2.1"},
	{"first fragment of 2 octets",  "< 02 4020 (0300) < 02 4010 (0400 0a0300) " ABC, READ,
	 "A 7.2.1"},
	{"first fragment of 3 octets",  "< 02 4020 (0300 04) < 02 4010 (00 0a0300) " ABC, READ,
	 "A 7.2.1"},
	{"first fragment of 4 octets",  "< 02 4020 (0300 0400) < 02 4010 (0a0300) " ABC, READ,
	 "A 7.2.1"},
	{"every octet a fragment",
	 "< 02 4020 (03) < 02 4010 (00) < 02 4010 (04) < 02 4010 (00)"
	                                "< 02 4010 (0a) < 02 4010 (03) < 02 4010 (00) " ABC, READ,
	 "A 7.2.1"},
	{"empty ones in between",
	 "< 02 4020 (0300 04) < 02 4010 () < 02 4010 (00 0a03) < 02 4010 ()"
	                                "< 02 4010 (00) " ABC, READ, "A 7.2.1"},
	{"a start said not flushable",  "< 02 4000 (0300 0400 0a0300) " ABC, READ, "E 5.4.2"},
	{"continuation without a start", "< 02 4010 (0300 0400 0a0300)", "", "A 7.2.1"},
	{"continuation after the end",  "< 02 4020 (0300 0400 0a0300) " ABC "< 02 4010 (00)", READ,
	 "A 7.2.1"},
	{"start before the end",
	 "< 02 4020 (0900 0400 0a03) < 02 4020 (0300 0400 0a0300) " ABC, READ,
	                                "A 7.2.1"},
	{"and the first one goes on",
	 "< 02 4020 (0400 0400 0a03) < 02 4020 (0300 0400 0a0300) " ABC
	                                "< 02 4010 (0000)", READ, "A 7.2.1"},
	{"the reserved boundary 11",    "< 02 4030 (0300 0400 0a0300)", "", "E 5.4.2"},
	{"11 inside a PDU",
	 "< 02 4020 (0300 0400 0a03) < 02 4030 (00) < 02 4010 (00) " ABC, READ,
	                                "E 5.4.2"},
	{"the end of it never comes",   "< 02 4020 (0300 0400 0a03) + 60000", "", "A 7.2.1"},
	{"the link ends before it",     "< 02 4020 (0300 0400 0a03) < 04 05 [00 4000 13]"
	                                "< 04 3e [01 00 4000 01 00 1122334455c0 1800 0000 9001 00]"
	                                "> 01 1620 [4000] < 02 4010 (00)",
	                                "disconnected 0040 13; connected 0040 peripheral",
	 "A 7.2.1"},
};

static const struct row lengths[] = {
	{"longer than it says",         "< 02 4020 (0300 0400 0a0300 ff)", "", "A 7.2.1"},
	{"much longer than it says",    "< 02 4020 (0300 0400 0a0300 00*200)", "", "A 7.2.1"},
	{"two PDUs in one fragment",    "< 02 4020 (0300 0400 0a0300 0300 0400 0a0300)", "",
	 "A 7.2.1"},
	{"longer by a continuation",    "< 02 4020 (0300 0400 0a) < 02 4010 (0300 ff)", "",
	 "A 7.2.1"},
	{"and nothing continues that",
	 "< 02 4020 (0300 0400 0a) < 02 4010 (0300 ff) < 02 4010 (0300)", "", "A 7.2.1"},
	{"a length of 0",               "< 02 4020 (0000 0400)", "", "A 3.1"},
	{"a length of 0 and an octet",  "< 02 4020 (0000 0400 0a)", "", "A 3.1"},
	{"a length of ffff",            "< 02 4020 (ffff 0400 00*247) < 02 4010 (00*251)", "",
	 "A 3.1"},
	{"ffff, header in two parts",   "< 02 4020 (ffff) < 02 4010 (0400 0a0300)", "", "A 3.1"},
	{"518 octets for ATT",
	 "< 02 4020 (0602 0400 00*247) < 02 4010 (00*251) < 02 4010 (00*20)", "", "A 3.1"},
	{"518 octets for SMP",
	 "< 02 4020 (0602 0600 00*247) < 02 4010 (00*251) < 02 4010 (00*20)", "", "A 3.1"},
	{"517 octets, opcode 0",
	 "< 02 4020 (0502 0400 00*247) < 02 4010 (00*251) < 02 4010 (00*19)"
	                                "> 02 4000 (0500 0400 01 00 0000 06)", "", "F 3.3"},
	{"600 octets in one fragment",  "< 02 4020 (5802 0400 0a 00*599)", "", "A 3.1"},
	{"517 and one more",
	 "< 02 4020 (0502 0400 00*247) < 02 4010 (00*251) < 02 4010 (00*20)", "", "A 7.2.1"},
};

static const struct row channels[] = {
	{"channel 0000, null",          "< 02 4020 (0300 0000 0a0300)", "", "A 2.1"},
	{"channel 0001, BR/EDR's signalling", "< 02 4020 (0400 0100 08010000)", "", "A 2.1"},
	{"channel 0002, connectionless", "< 02 4020 (0300 0200 0a0300)", "", "A 2.1"},
	{"channel 0003, reserved",      "< 02 4020 (0300 0300 0a0300)", "", "A 2.1"},
	{"channel 0007, BR/EDR's SMP",  "< 02 4020 (0200 0700 0b00)", "", "A 2.1"},
	{"channel 003f, the last fixed", "< 02 4020 (0300 3f00 0a0300)", "", "A 2.1"},
	{"channel 0040, never opened",  "< 02 4020 (0300 4000 0a0300)", "", "A 2.1"},
	{"channel 0041, as an SDU of credits", "< 02 4020 (0500 4100 0300 0a0300)", "", "A 2.1"},
	{"channel 0080, not LE's",      "< 02 4020 (0300 8000 0a0300)", "", "A 2.1"},
	{"channel ffff",                "< 02 4020 (0300 ffff 0a0300)", "", "A 2.1"},
	{"channel 0104, ATT's in one octet", "< 02 4020 (0300 0401 0a0300)", "", "A 2.1"},
};

static const struct row packets[] = {
	/* What the controller hands over, and what it says of it. */
	{"an empty packet",             "<", "", "E 5.4"},
	{"data without a header",       "< 02", "", "E 5.4.2"},
	{"data, half a header",         "< 02 4020", "", "E 5.4.2"},
	{"data, half a length",         "< 02 4020 07", "", "E 5.4.2"},
	{"a length above the packet",   "< 02 4020 0800 0300 0400 0a0300", "", "E 5.4.2"},
	{"a length below the packet",   "< 02 4020 0600 0300 0400 0a0300", "", "E 5.4.2"},
	{"a length of ffff",            "< 02 4020 ffff 0300 0400 0a0300", "", "E 5.4.2"},
	{"a length of 0, and data",     "< 02 4020 0000 0300 0400 0a0300", "", "E 5.4.2"},
	{"handle 0041, unknown",        "< 02 4120 (0300 0400 0a0300)", "", "E 5.4.2"},
	{"handle 0eff, unknown",        "< 02 ff2e (0300 0400 0a0300)", "", "E 5.4.2"},
	{"handle 0fff, reserved",       "< 02 ff2f (0300 0400 0a0300)", "", "E 5.4.2"},
	{"12 packets for unknown handles", "< 02 4120 (00*20) < 02 4220 (00*20) < 02 4320 (00*20)"
	                                "< 02 4120 (00*20) < 02 4220 (00*20) < 02 4320 (00*20)"
	                                "< 02 4120 (00*20) < 02 4220 (00*20) < 02 4320 (00*20)"
	                                "< 02 4120 (00*20) < 02 4220 (00*20) < 02 4320 (00*20)"
	                                "< 02 4020 (0300 0400 0a0300) " ABC, READ, "E 5.4.2"},
	{"data after the link's end",   "< 04 05 [00 4000 13] < 02 4020 (0300 0400 0a0300) + 100",
	                                "disconnected 0040 13", "E 7.7.5"},
	{"a command from the controller", "< 01 030c 00", "", "E 5.4.1"},
	{"synchronous data",            "< 03 4000 03 000000", "", "E 5.4.3"},
	{"isochronous data",            "< 05 4000 0400 00000000", "", "E 5.4.5"},
	{"packet type 00",              "< 00 4020 (0300 0400 0a0300)", "", "E 5.4"},
	{"packet type 06",              "< 06 4020 (0300 0400 0a0300)", "", "E 5.4"},
	{"packet type ff",              "< ff", "", "E 5.4"},
};

#define NINE(step)  step step step step step step step step step
#define REQUEST  "< 02 4020 (0300 0400 0a0300)"
#define COMPLETE "< 04 3e [01 00 4000 01 00 1122334455c0 1800 0000 9001 00] > 01 1620 [4000]"
#define UP       "connected 0040 peripheral"

static const struct row early[] = {
	/* Data before the event that tells of its connection. */
	{"a request, then its connection", "< 02 4020 (0300 0400 0a0300)" COMPLETE "+ 0 " ABC,
	 UP "; " READ,
	                                "E 7.7.65.1"},
	{"40 ms before",                "< 02 4020 (0300 0400 0a0300) + 40" COMPLETE "+ 0 " ABC,
	 UP "; " READ,
	                                "E 7.7.65.1"},
	{"51 ms before: too early",     "< 02 4020 (0300 0400 0a0300) + 51" COMPLETE "+ 60", UP,
	 "E 7.7.65.1"},
	{"its two fragments",
	 "< 02 4020 (0300 0400 0a) < 02 4010 (0300)" COMPLETE "+ 0 " ABC,
	                                UP "; " READ, "E 7.7.65.1"},
	{"before and after in order",   "< 02 4020 (0300 0400 0a)" COMPLETE "< 02 4010 (0300) " ABC,
	                                UP "; " READ, "E 7.7.65.1"},
	{"for a connection that fails",
	 "< 02 4020 (0300 0400 0a0300) < 04 3e [01 3e 4000 00*15] + 60",
	                                "", "E 7.7.65.1"},
	{"9 requests: 8 of them are held",
	 NINE(REQUEST) COMPLETE "+ 0" ABC ABC ABC ABC ABC ABC ABC ABC,
	 UP "; " READ "; " READ "; " READ "; " READ "; " READ "; " READ "; " READ "; " READ,
	 "E 7.7.65.1"},
	{"9 packets and no connection", NINE("< 02 4020 (00*200)") "+ 100", "", "E 7.7.65.1"},
};
/* clang-format on */

static void run_on_link(const struct row *row)
{
	bed_begin(BED_PERIPHERAL);
	bed_script(row->sent);
	bed_sent_nothing();
	bed_told(row->got);
	bed_end();
}

static void run_without_link(const struct row *row)
{
	bed_begin(BED_IDLE);
	bed_script(row->sent);
	bed_sent_nothing();
	bed_told(row->got);
	bed_end();
}

ROW_TABLE(fragments, run_on_link);
ROW_TABLE(lengths, run_on_link);
ROW_TABLE(channels, run_on_link);
ROW_TABLE(packets, run_on_link);
ROW_TABLE(early, run_without_link);

static const struct table tables[] = {
        TABLE("Fragments", fragments),
        TABLE("Lengths of PDUs", lengths),
        TABLE("Channels that we do not have", channels),
        TABLE("Packets of the controller", packets),
        TABLE("Data before its connection", early),
};

int main(int argc, char **argv)
{
	return rows_main("bad-input reassembly", tables, sizeof(tables) / sizeof(*tables), argc,
	                 argv);
}
