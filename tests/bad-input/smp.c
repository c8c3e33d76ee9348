/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The Security Manager, which does not pair and says so: what a peer sends => what it gets. Each
 * row meets a fresh link in both roles; after each the link's server answers and nothing is left
 * over. Sections are of the Core specification 5.4, Vol 3.
 */
#include <stdio.h>
#include <string.h>

#include "bed.h"
#include "rows.h"

/* clang-format off */
static const struct row requests[] = {
	{"Pairing Request, Just Works",       "01 03 00 01 10 07 07",  "05 05", "H 3.5.5"},
	{"Pairing Request, Secure Connections", "01 04 00 0d 10 0f 0f", "05 05", "H 3.5.5"},
	{"Pairing Request, a key of 6 octets", "01 03 00 01 06 07 07", "05 05", "H 3.5.5"},
	{"Pairing Request, a key of 255",     "01 03 00 01 ff 07 07",  "05 05", "H 3.5.5"},
	{"Pairing Request, reserved values",  "01 ff ff ff 10 ff ff",  "05 05", "H 3.5.5"},
	{"Pairing Request without data",      "01",                    "05 0a", "H 3.5.5"},
	{"Pairing Request cut short",         "01 03 00 01",           "05 0a", "H 3.5.5"},
	{"Pairing Request, an octet more",    "01 03 00 01 10 07 07 00", "05 0a", "H 3.5.5"},
	{"Pairing Request twice",             "01 03 00 01 10 07 07 | 01 03 00 01 10 07 07",
	                                      "05 05 | 05 05", "H 3.5.5"},
	{"Security Request",                  "0b 01",                 "05 05", "H 2.4.6"},
	{"Security Request of a \"bonded\" one", "0b 0d",              "05 05", "H 2.4.6"},
	{"Security Request without data",     "0b",                    "05 0a", "H 2.4.6"},
	{"Security Request, an octet more",   "0b 01 00",              "05 0a", "H 2.4.6"},
};

static const struct row unasked[] = {
	/* No pairing is under way, so none of these can come. */
	{"Pairing Response",                  "02 03 00 01 10 07 07",  "05 08", "H 3.5.2"},
	{"Pairing Response without data",     "02",                    "05 0a", "H 3.5.2"},
	{"Pairing Confirm",                   "03 00*16",              "05 08", "H 3.5.3"},
	{"Pairing Confirm cut short",         "03 00*15",              "05 0a", "H 3.5.3"},
	{"Pairing Random before our Confirm", "04 00*16",              "05 08", "H 3.5.4"},
	{"Pairing Random without data",       "04",                    "05 0a", "H 3.5.4"},
	{"Encryption Information",            "06 00*16",              "05 08", "H 3.6.2"},
	{"Encryption Information cut short",  "06 00",                 "05 0a", "H 3.6.2"},
	{"Central Identification",            "07 00*10",              "05 08", "H 3.6.3"},
	{"Identity Information",              "08 00*16",              "05 08", "H 3.6.4"},
	{"Identity Address Information",      "09 00*7",               "05 08", "H 3.6.5"},
	{"its address type is none",          "09 ff*7",               "05 08", "H 3.6.5"},
	{"Signing Information",               "0a 00*16",              "05 08", "H 3.6.6"},
	{"Public Key before the Request",     "0c 11*64",              "05 08", "H 3.5.6"},
	{"Public Key (0,0)",                  "0c 00*64",              "05 08", "H 3.5.6"},
	{"Public Key cut short",              "0c 00*63",              "05 0a", "H 3.5.6"},
	{"DHKey Check",                       "0d 00*16",              "05 08", "H 3.5.7"},
	{"Keypress Notification",             "0e 00",                 "05 08", "H 3.5.8"},
	{"Keypress of no known kind",         "0e ff",                 "05 08", "H 3.5.8"},
};

static const struct row ignored[] = {
	/* A failure is not answered with a failure, and reserved codes with nothing at all. */
	{"Pairing Failed",                    "05 05",                 "", "H 3.5.5"},
	{"Pairing Failed without a reason",   "05",                    "", "H 3.5.5"},
	{"Pairing Failed, a reserved reason", "05 ff",                 "", "H 3.5.5"},
	{"Pairing Failed, an octet more",     "05 05 00",              "", "H 3.5.5"},
	{"an SDU of no octet",                "",                      "", "H 3.3"},
	{"code 00, reserved",                 "00",                    "", "H 3.3"},
	{"code 0f, reserved",                 "0f",                    "", "H 3.3"},
	{"code 10, reserved",                 "10 00*64",              "", "H 3.3"},
	{"code 81, Pairing Request in 7 bits", "81 03 00 01 10 07 07", "", "H 3.3"},
	{"code ff",                           "ff*65",                 "", "H 3.3"},
};
/* clang-format on */

static void peer_sends(const char *hex)
{
	bed_peer_sends(QB_L2CAP_CID_SMP, hex);
}

static void peer_gets(const char *hex)
{
	bed_peer_gets(QB_L2CAP_CID_SMP, hex);
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

static void run_row(const struct row *row)
{
	run_as(BED_PERIPHERAL, row);
	run_as(BED_CENTRAL, row);
}

ROW_TABLE(requests, run_row);
ROW_TABLE(unasked, run_row);
ROW_TABLE(ignored, run_row);

static void ask_and_take_nothing(void)
{
	bed_begin(BED_PERIPHERAL);
	for (unsigned i = 0; i < 1000; i++)
		peer_sends("01 03 00 01 10 07 07");
	for (unsigned i = 0; i < QB_RSP_QUEUE_MAX; i++)
		peer_gets("05 05");
	bed_sent_nothing();
	bed_end();
}

static void every_code(void)
{
	/* The only length at which the reason is another one than that it is wrong. */
	static const unsigned right[] = {0, 6, 6, 16, 16, 1, 16, 10, 16, 7, 16, 1, 64, 16, 1};
	char hex[40];

	for (unsigned code = 0; code <= 0xff; code++) {
		bed_begin(BED_PERIPHERAL);
		for (unsigned len = 0; len < 70; len++) {
			snprintf(hex, sizeof(hex), len ? "%02x 5a*%u" : "%02x", code, len);
			peer_sends(hex);
			if (code && code <= 0x0e && code != 0x05)
				peer_gets(len != right[code]             ? "05 0a"
				          : code == 0x01 || code == 0x0b ? "05 05"
				                                         : "05 08");
			bed_sent_nothing();
		}
		bed_told("");
		bed_end();
	}
}

/* clang-format off */
static const struct story stories[] = {
	{"1000 Pairing Requests whose answers are not taken => 16 answers kept", "H 3.5.5",
	 ask_and_take_nothing},
	{"every code with every length up to 69 => one Pairing Failed at most", "H 3.3",
	 every_code},
};
/* clang-format on */
STORY_TABLE(stories);

static const struct table tables[] = {
        TABLE("Requests to pair", requests),
        TABLE("Commands of a pairing that there is not", unasked),
        TABLE("What is not answered", ignored),
        TABLE("What is no single row", stories),
};

int main(int argc, char **argv)
{
	return rows_main("bad-input smp", tables, sizeof(tables) / sizeof(*tables), argc, argv);
}
