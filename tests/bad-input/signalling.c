/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The LE signalling channel: what a peer sends => what it gets. Each row meets a fresh link of a
 * whole host; after each the link's server answers and nothing is left over. Sections are of the
 * Core specification 5.4, Vol 3.
 */
#include <stdio.h>
#include <string.h>

#include "bed.h"
#include "rows.h"

/* clang-format off */
static const struct row both[] = {
	/* Code, identifier, length, data. */
	{"an SDU of no octet",                "",                       "", "A 4"},
	{"a code alone",                      "08",                     "", "A 4"},
	{"a code and an identifier",          "08 01",                  "", "A 4"},
	{"half a length",                     "08 01 00",               "", "A 4"},
	{"identifier 0, unknown command",     "ff 00 0000",             "", "A 4"},
	{"identifier 0, Disconnection",       "06 00 0400 0400 0400",   "", "A 4"},
	{"identifier 0, Parameter Update",    "12 00 0800 1800 2800 0000 c800", "", "A 4"},
	{"identifier 0, credit connection",   "14 00 0a00 8000 4000 1700 1700 0100", "", "A 4"},
	{"code 00, reserved",                 "00 01 0000",             "01 01 0200 0000", "A 4.1"},
	{"code 1b, reserved",                 "1b 01 0000",             "01 01 0200 0000", "A 4.1"},
	{"code 20, reserved",                 "20 01 0000",             "01 01 0200 0000", "A 4.1"},
	{"code 21, a response's bit past 31", "21 01 0000",             "01 01 0200 0000", "A 4.1"},
	{"code 7f, reserved",                 "7f 01 0000",             "01 01 0200 0000", "A 4.1"},
	{"code 81, a response's in 7 bits",   "81 01 0000",             "01 01 0200 0000", "A 4.1"},
	{"code ff, the last one",             "ff ff 0000",             "01 ff 0200 0000", "A 4.1"},
	{"an unknown command with data",      "ff 05 0400 01020304",    "01 05 0200 0000", "A 4.1"},
	{"data cut short",                    "ff 05 0400 010203",      "01 05 0200 0000", "A 4"},
	{"a length of 0 and an octet",        "ff 05 0000 01",          "01 05 0200 0000", "A 4"},
	{"a length of ffff",                  "ff 05 ffff 01",          "01 05 0200 0000", "A 4"},
	{"two commands in one PDU",           "ff 05 0000 fe 06 0000",  "01 05 0200 0000", "A 4"},
	{"an Echo and a reject in one PDU",   "08 05 0000 01 06 0200 0000", "01 05 0200 0000",
	 "A 4"},
	{"24 octets, one over the MTU",       "08 05 1400 00*20",       "01 05 0400 0100 1700",
	 "A 4.1"},
	{"23 octets, all of the MTU",         "08 05 1300 00*19",       "01 05 0200 0000", "A 4.1"},
	{"600 octets",                        "08 05 5402 00*596",      "01 05 0400 0100 1700",
	 "A 4.1"},
	{"too long, and its length lies",     "ff 05 0000 00*40",       "01 05 0400 0100 1700",
	 "A 4.1"},
	{"too long, with identifier 0",       "08 00 1400 00*20",       "", "A 4"},
	{"a response that is too long",       "13 05 1400 00*20",       "", "A 4.1"},
	{"the same identifier twice",         "ff 05 0000 | ff 05 0000",
	                                      "01 05 0200 0000 | 01 05 0200 0000", "A 4"},
	{"identifiers going down",            "ff 09 0000 | ff 08 0000",
	                                      "01 09 0200 0000 | 01 08 0200 0000", "A 4"},
};

static const struct row foreign[] = {
	/* Commands of BR/EDR, which LE does not have (table 4.2). */
	{"Connection Request",                "02 01 0400 0100 4000",   "01 01 0200 0000", "A 4.2"},
	{"Connection Request for ATT",        "02 01 0400 1f00 4000",   "01 01 0200 0000", "A 4.2"},
	{"Connection Request cut short",      "02 01 0200 0100",        "01 01 0200 0000", "A 4.2"},
	{"Configuration Request",             "04 01 0400 4000 0000",   "01 01 0200 0000", "A 4.4"},
	{"Configuration Request of ATT",      "04 01 0400 0400 0000",   "01 01 0200 0000", "A 4.4"},
	{"its option length lies",            "04 01 0700 4000 0000 01ff 00", "01 01 0200 0000",
	 "A 4.4"},
	{"Echo Request",                      "08 01 0000",             "01 01 0200 0000", "A 4.8"},
	{"Echo Request with data",            "08 01 0400 61626364",    "01 01 0200 0000", "A 4.8"},
	{"Information Request, MTU",          "0a 01 0200 0100",        "01 01 0200 0000",
	 "A 4.10"},
	{"Information Request, features",     "0a 01 0200 0200",        "01 01 0200 0000",
	 "A 4.10"},
	{"Information Request, channels",     "0a 01 0200 0300",        "01 01 0200 0000",
	 "A 4.10"},
	{"Create Channel Request, withdrawn", "0c 01 0500 0100 4000 01", "01 01 0200 0000",
	 "A 4.1"},
	{"Move Channel Request, withdrawn",   "0e 01 0300 4000 00",     "01 01 0200 0000", "A 4.1"},
	{"Move Confirmation, withdrawn",      "10 01 0400 4000 0000",   "01 01 0200 0000", "A 4.1"},
};

static const struct row channels[] = {
	/* We have no channels but the fixed ones, so their commands are not known here. */
	{"Credit Based Connection, SPSM 80",  "14 01 0a00 8000 4000 1700 1700 0100",
	                                      "01 01 0200 0000", "A 4.22"},
	{"for EATT, SPSM 27",                 "14 01 0a00 2700 4000 4000 4000 0100",
	                                      "01 01 0200 0000", "A 4.22"},
	{"SPSM 0, out of range",              "14 01 0a00 0000 4000 1700 1700 0100",
	                                      "01 01 0200 0000", "A 4.22"},
	{"SPSM ffff, out of range",           "14 01 0a00 ffff 4000 1700 1700 0100",
	                                      "01 01 0200 0000", "A 4.22"},
	{"source CID of ATT",                 "14 01 0a00 8000 0400 1700 1700 0100",
	                                      "01 01 0200 0000", "A 4.22"},
	{"source CID ffff",                   "14 01 0a00 8000 ffff 1700 1700 0100",
	                                      "01 01 0200 0000", "A 4.22"},
	{"an MTU of 22 and an MPS of 0",      "14 01 0a00 8000 4000 1600 0000 0100",
	                                      "01 01 0200 0000", "A 4.22"},
	{"no credits, and all of them",       "14 01 0a00 8000 4000 1700 1700 0000 | "
	                                      "14 02 0a00 8000 4000 1700 1700 ffff",
	                                      "01 01 0200 0000 | 01 02 0200 0000", "A 4.22"},
	{"cut short",                         "14 01 0800 8000 4000 1700 1700",
	                                      "01 01 0200 0000", "A 4.22"},
	{"with no data",                      "14 01 0000",             "01 01 0200 0000",
	 "A 4.22"},
	{"two octets more",                   "14 01 0c00 8000 4000 1700 1700 0100 0000",
	                                      "01 01 0200 0000", "A 4.22"},
	{"credits for a channel",             "16 01 0400 4000 0100",   "01 01 0200 0000",
	 "A 4.24"},
	{"credits for ATT",                   "16 01 0400 0400 ffff",   "01 01 0200 0000",
	 "A 4.24"},
	{"credits for channel 0",             "16 01 0400 0000 0100",   "01 01 0200 0000",
	 "A 4.24"},
	{"credits, cut short",                "16 01 0200 4000",        "01 01 0200 0000",
	 "A 4.24"},
	{"enhanced: one channel",             "17 01 0a00 2700 4000 4000 0100 4000",
	                                      "01 01 0200 0000", "A 4.25"},
	{"enhanced: five channels",
	 "17 01 1200 2700 4000 4000 0100 4000 4100 4200 4300 4400",
	                                      "01 01 0200 0000", "A 4.25"},
	{"enhanced: the same channel twice",  "17 01 0c00 2700 4000 4000 0100 4000 4000",
	                                      "01 01 0200 0000", "A 4.25"},
	{"enhanced: no channel",              "17 01 0800 2700 4000 4000 0100",
	                                      "01 01 0200 0000", "A 4.25"},
	{"enhanced: half a channel",          "17 01 0900 2700 4000 4000 0100 40",
	                                      "01 01 0200 0000", "A 4.25"},
	{"reconfigure a channel",             "19 01 0600 4000 4000 4000", "01 01 0200 0000",
	 "A 4.27"},
	{"reconfigure ATT",                   "19 01 0600 4000 4000 0400", "01 01 0200 0000",
	 "A 4.27"},
	{"reconfigure nothing",               "19 01 0400 4000 4000",   "01 01 0200 0000",
	 "A 4.27"},
	{"disconnect ATT",                    "06 01 0400 0400 0400",   "01 01 0600 0200 0400 0400",
	 "A 4.6"},
	{"disconnect the signalling channel", "06 01 0400 0500 0500",   "01 01 0600 0200 0500 0500",
	 "A 4.6"},
	{"disconnect SMP",                    "06 01 0400 0600 0600",   "01 01 0600 0200 0600 0600",
	 "A 4.6"},
	{"disconnect channel 0",              "06 01 0400 0000 0000",   "01 01 0600 0200 0000 0000",
	 "A 4.6"},
	{"disconnect a channel never opened", "06 01 0400 4100 5200",   "01 01 0600 0200 4100 5200",
	 "A 4.6"},
	{"disconnect channel ffff",           "06 01 0400 ffff ffff",   "01 01 0600 0200 ffff ffff",
	 "A 4.6"},
	{"disconnect, cut short",             "06 01 0200 4100",        "01 01 0200 0000", "A 4.6"},
	{"disconnect, no channel",            "06 01 0000",             "01 01 0200 0000", "A 4.6"},
	{"disconnect, an octet more",         "06 01 0500 4100 5200 00", "01 01 0200 0000",
	 "A 4.6"},
};

static const struct row unasked[] = {
	/* Responses to nothing; no response is ever rejected. */
	{"Command Reject",                    "01 01 0200 0000",        "", "A 4.1"},
	{"Command Reject, MTU",               "01 01 0400 0100 0000",   "", "A 4.1"},
	{"Command Reject, CID",               "01 01 0600 0200 0400 0400", "", "A 4.1"},
	{"Command Reject without a reason",   "01 01 0000",             "", "A 4.1"},
	{"Command Reject cut short",          "01 01 0200 00",          "", "A 4.1"},
	{"Command Reject for identifier 0",   "01 00 0200 0000",        "", "A 4.1"},
	{"Connection Response",               "03 01 0800 4000 4000 0000 0000", "", "A 4.3"},
	{"Configuration Response",            "05 01 0600 4000 0000 0000", "", "A 4.5"},
	{"Disconnection Response",            "07 01 0400 0400 0400",   "", "A 4.7"},
	{"Disconnection Response cut short",  "07 01 0200 0400",        "", "A 4.7"},
	{"Echo Response",                     "09 01 0000",             "", "A 4.9"},
	{"Information Response",              "0b 01 0400 0100 0100",   "", "A 4.11"},
	{"Create Channel Response",           "0d 01 0000",             "", "A 4.1"},
	{"Move Channel Response",             "0f 01 0000",             "", "A 4.1"},
	{"Move Confirmation Response",        "11 01 0000",             "", "A 4.1"},
	{"Parameter Update Response",         "13 01 0200 0000",        "", "A 4.21"},
	{"Parameter Update Response, refused", "13 01 0200 0100",       "", "A 4.21"},
	{"Parameter Update Response, empty",  "13 01 0000",             "", "A 4.21"},
	{"Credit Based Connection Response",  "15 01 0a00 4000 1700 1700 0100 0000", "", "A 4.23"},
	{"its CID is ATT's",                  "15 01 0a00 0400 1700 1700 0100 0000", "", "A 4.23"},
	{"enhanced Connection Response",      "18 01 0a00 4000 4000 0100 0000 4000", "", "A 4.26"},
	{"Reconfigure Response",              "1a 01 0200 0000",        "", "A 4.28"},
};

#define REFUSED "13 07 0200 0100"

static const struct row ranges[] = {
	/* Interval min and max (1.25 ms), latency, timeout (10 ms); to a central. */
	{"interval min 5, below 6",           "12 07 0800 0500 2800 0000 c800", REFUSED, "A 4.20"},
	{"interval min 0",                    "12 07 0800 0000 2800 0000 c800", REFUSED, "A 4.20"},
	{"interval min above max",            "12 07 0800 2900 2800 0000 c800", REFUSED, "A 4.20"},
	{"interval max 3201, above 3200",     "12 07 0800 1800 810c 0000 800c", REFUSED, "A 4.20"},
	{"interval max ffff",                 "12 07 0800 1800 ffff 0000 800c", REFUSED, "A 4.20"},
	{"both intervals 0",                  "12 07 0800 0000 0000 0000 c800", REFUSED, "A 4.20"},
	{"latency 500, above 499",            "12 07 0800 0600 0600 f401 800c", REFUSED, "A 4.20"},
	{"latency ffff",                      "12 07 0800 0600 0600 ffff 800c", REFUSED, "A 4.20"},
	{"timeout 9, below 10",               "12 07 0800 0600 0600 0000 0900", REFUSED, "A 4.20"},
	{"timeout 0",                         "12 07 0800 0600 0600 0000 0000", REFUSED, "A 4.20"},
	{"timeout 3201, above 3200",          "12 07 0800 0600 0600 0000 810c", REFUSED, "A 4.20"},
	{"timeout ffff",                      "12 07 0800 0600 0600 0000 ffff", REFUSED, "A 4.20"},
	{"timeout of two intervals exactly",  "12 07 0800 0600 2800 0000 0a00", REFUSED, "A 4.20"},
	{"timeout of two latent intervals",   "12 07 0800 5000 5000 0900 c800", REFUSED, "A 4.20"},
	{"timeout below latency times 4 s",   "12 07 0800 0600 800c f301 800c", REFUSED, "A 4.20"},
	{"all of them ffff",                  "12 07 0800 ffff ffff ffff ffff", REFUSED, "A 4.20"},
	{"cut short",                         "12 07 0700 1800 2800 0000 c8",   "01 07 0200 0000",
	 "A 4.20"},
	{"an octet more",                     "12 07 0900 1800 2800 0000 c800 00",
	 "01 07 0200 0000", "A 4.20"},
	{"no data",                           "12 07 0000",             "01 07 0200 0000",
	 "A 4.20"},
	{"its length lies",                   "12 07 0900 1800 2800 0000 c800", "01 07 0200 0000",
	 "A 4"},
};

static const struct row peripheral[] = {
	{"Parameter Update Request, good",    "12 07 0800 1800 2800 0000 c800", "01 07 0200 0000",
	 "A 4.20"},
	{"Parameter Update Request, bad",     "12 07 0800 0500 2800 0000 c800", "01 07 0200 0000",
	 "A 4.20"},
	{"Parameter Update Request, short",   "12 07 0400 1800 2800",   "01 07 0200 0000",
	 "A 4.20"},
};

/* What is sent ('<') and got ('>'), HCI's at '^' and '=' => what the app is told. */
#define ASK      "! ask for parameters > 12 01 0800 1800 2800 0000 c800 "
#define REJECTED "parameters 0040 status 3b: 24 0 400"

static const struct row ours[] = {
	{"another identifier",                ASK "< 13 02 0200 0000 < 13 01 0200 0100", REJECTED,
	 "A 4.21"},
	{"half a result",                     ASK "< 13 01 0100 00 < 13 01 0200 0100", REJECTED,
	 "A 4.21"},
	{"no result",                         ASK "< 13 01 0000 < 13 01 0200 0100", REJECTED,
	 "A 4.21"},
	{"a result and an octet",             ASK "< 13 01 0300 000000 < 13 01 0200 0100", REJECTED,
	 "A 4.21"},
	{"its length lies",                   ASK "< 13 01 0400 0000 < 13 01 0200 0100", REJECTED,
	 "A 4"},
	{"a result that is reserved",         ASK "< 13 01 0200 ffff", REJECTED, "A 4.21"},
	{"another response",                  ASK "< 15 01 0200 0000 < 13 01 0200 0100", REJECTED,
	 "A 4.21"},
	{"the answer twice",                  ASK "< 13 01 0200 0100 < 13 01 0200 0000", REJECTED,
	 "A 4.21"},
	{"a reject, not understood",          ASK "< 01 01 0200 0000", REJECTED, "A 4.1"},
	{"a reject, MTU exceeded",            ASK "< 01 01 0400 0100 1700", REJECTED, "A 4.1"},
	{"a reject with a reserved reason",   ASK "< 01 01 0200 ffff", REJECTED, "A 4.1"},
	{"a reject without a reason",         ASK "< 01 01 0000 < 01 01 0200 0000", REJECTED,
	 "A 4.1"},
	{"a reject of another identifier",    ASK "< 01 02 0200 0000 < 01 01 0200 0000", REJECTED,
	 "A 4.1"},
	{"a request with our identifier",
	 ASK "< ff 01 0000 > 01 01 0200 0000 < 13 01 0200 0100",
	                                      REJECTED, "A 4"},
	{"no answer in 30 s",                 ASK "+ 29999 + 1", REJECTED, "C app. A"},
	{"an answer after 30 s",              ASK "+ 30000 < 13 01 0200 0000", REJECTED,
	 "C app. A"},
	{"accepted, and no update comes",     ASK "< 13 01 0200 0000 + 39999 + 1",
	                                      "parameters 0040 status 22: 24 0 400", "A 4.21"},
};

#define UPDATE "^ 01 1320 [4000 1800 2800 0000 c800 0000 0000] "

static const struct row central[] = {
	{"good parameters are applied",
	 "< 12 07 0800 1800 2800 0000 c800 " UPDATE "> 13 07 0200 0000"
	                                      "= 04 3e [03 00 4000 2800 0000 c800]",
	                                      "parameters 0040 status 00: 40 0 200", "A 4.20"},
	{"the controller refuses them",
	 "< 12 07 0800 1800 2800 0000 c800 " UPDATE "> 13 07 0200 0000"
	                                      "= 04 3e [03 3b 4000 0000 0000 0000]",
	                                      "parameters 0040 status 3b: 24 0 400", "A 4.20"},
	{"a second request meanwhile",
	 "< 12 07 0800 1800 2800 0000 c800 " UPDATE "> 13 07 0200 0000"
	                                      "< 12 08 0800 0600 0600 0000 c800 > 13 08 0200 0100"
	                                      "= 04 3e [03 00 4000 2800 0000 c800]",
	                                      "parameters 0040 status 00: 40 0 200", "A 4.20"},
	{"no update comes in 40 s",
	 "< 12 07 0800 1800 2800 0000 c800 " UPDATE "> 13 07 0200 0000"
	                                      "+ 40000",
	                                      "parameters 0040 status 22: 24 0 400", "A 4.20"},
};
/* clang-format on */

static void peer_sends(const char *hex)
{
	bed_peer_sends(QB_L2CAP_CID_SIGNALLING, hex);
}

static void peer_gets(const char *hex)
{
	bed_peer_gets(QB_L2CAP_CID_SIGNALLING, hex);
}

static void run_as(enum bed_start start, const struct row *row)
{
	bed_begin(start);
	each_pdu(row->sent, peer_sends);
	if (row->got[0])
		each_pdu(row->got, peer_gets);
	bed_sent_nothing();
	bed_told("");
	bed_end();
}

static void run_as_central(const struct row *row)
{
	run_as(BED_CENTRAL, row);
}

static void run_as_peripheral(const struct row *row)
{
	run_as(BED_PERIPHERAL, row);
}

static void run_as_both(const struct row *row)
{
	run_as_central(row);
	run_as_peripheral(row);
}

static void run_script_as(enum bed_start start, const struct row *row)
{
	static const struct step steps[] = {
	        {'<', peer_sends}, {'>', peer_gets}, {'^', bed_take},
	        {'=', bed_give},   {'!', bed_act},   {'+', bed_pass},
	};

	bed_begin(start);
	run_script(row->sent, steps, sizeof(steps) / sizeof(*steps));
	bed_sent_nothing();
	bed_told(row->got);
	bed_end();
}

static void script_as_central(const struct row *row)
{
	run_script_as(BED_CENTRAL, row);
}

static void script_as_peripheral(const struct row *row)
{
	run_script_as(BED_PERIPHERAL, row);
}

ROW_TABLE(both, run_as_both);
ROW_TABLE(foreign, run_as_both);
ROW_TABLE(channels, run_as_both);
ROW_TABLE(unasked, run_as_both);
ROW_TABLE(ranges, run_as_central);
ROW_TABLE(peripheral, run_as_peripheral);
ROW_TABLE(ours, script_as_peripheral);
ROW_TABLE(central, script_as_central);

static void ask_and_take_nothing(void)
{
	bed_begin(BED_PERIPHERAL);
	for (unsigned i = 0; i < 1000; i++)
		peer_sends("08 01 0000");
	for (unsigned i = 0; i < QB_RSP_QUEUE_MAX; i++)
		peer_gets("01 01 0200 0000");
	bed_sent_nothing();
	bed_end();
}

static void every_code(void)
{
	char hex[40];

	for (unsigned code = 0; code <= 0xff; code++) {
		bed_begin(BED_CENTRAL);
		for (unsigned len = 0; len < 19; len++) {
			/* Parameters of 6767 are none, so nothing comes of them but a refusal. */
			snprintf(hex, sizeof(hex), len ? "%02x 07 %02x00 67*%u" : "%02x 07 %02x00",
			         code, len, len);
			peer_sends(hex);
			if (code <= 0x1a && (code & 1 || code == 0x18 || code == 0x1a) &&
			    code != 0x17 && code != 0x19)
				continue;
			if (code == 0x06 && len == 4)
				peer_gets("01 07 0600 0200 67*4");
			else if (code == 0x12 && len == 8)
				peer_gets("13 07 0200 0100");
			else
				peer_gets("01 07 0200 0000");
			bed_sent_nothing();
		}
		bed_told("");
		bed_end();
	}
}

/* clang-format off */
static const struct story stories[] = {
	{"1000 commands whose rejects are not taken => 16 rejects kept", "A 4.1",
	 ask_and_take_nothing},
	{"every code with every length up to the MTU => one answer to each that is no response",
	 "A 4.1", every_code},
};
/* clang-format on */
STORY_TABLE(stories);

static const struct table tables[] = {
        TABLE("The frame of a command, in both roles", both),
        TABLE("Commands of BR/EDR, in both roles", foreign),
        TABLE("Channels that we do not have, in both roles", channels),
        TABLE("Responses to nothing, in both roles", unasked),
        TABLE("Parameters out of range, to a central", ranges),
        TABLE("Parameter requests, to a peripheral", peripheral),
        TABLE("Answers to the request of a peripheral", ours),
        TABLE("Requests that a central accepts", central),
        TABLE("What is no single row", stories),
};

int main(int argc, char **argv)
{
	return rows_main("bad-input signalling", tables, sizeof(tables) / sizeof(*tables), argc,
	                 argv);
}
