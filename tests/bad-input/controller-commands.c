/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A controller that answers commands wrong, or not: what it gives ('<') and what the app does ('!')
 * and the host sends ('>') => what the app is told. [ ] is a length before what is inside. After
 * each row the host runs, or can be started again, a link's server answers, and nothing is left
 * over. Sections are of the Core specification 5.4, Vol 4.
 */
#include <stdio.h>

#include "bed.h"
#include "rows.h"

/* Read RSSI, whose return parameters are status, handle, RSSI. */
#define RSSI  "! keep quiet ! read rssi > 01 0514 [4000] "
#define RIGHT "< 04 0e [01 0514 00 4000 d8]"

/* clang-format off */
static const struct row unasked[] = {
	{"Command Complete without parameters", "< 04 0e []",                   "", "E 7.7.14"},
	{"Command Complete, a number alone",  "< 04 0e [01]",                   "", "E 7.7.14"},
	{"Command Complete, half an opcode",  "< 04 0e [01 05]",                "", "E 7.7.14"},
	{"Command Complete of no command",    "< 04 0e [01 0000]",              "", "E 7.7.14"},
	{"Command Complete, not asked",       "< 04 0e [01 0514 00 4000 d8]",   "", "E 7.7.14"},
	{"Command Complete of Reset",         "< 04 0e [01 030c 00]",           "", "E 7.7.14"},
	{"Command Complete, opcode ffff",     "< 04 0e [01 ffff 00]",           "", "E 7.7.14"},
	{"Command Complete of 255 octets",    "< 04 0e [01 0514 00*252]",       "", "E 7.7.14"},
	{"Command Status without parameters", "< 04 0f []",                     "", "E 7.7.15"},
	{"Command Status, half an opcode",    "< 04 0f [00 01 05]",             "", "E 7.7.15"},
	{"Command Status of no command",      "< 04 0f [00 01 0000]",           "", "E 7.7.15"},
	{"Command Status, not asked",         "< 04 0f [00 01 0d20]",           "", "E 7.7.15"},
	{"Command Status, a failure",         "< 04 0f [0c 01 0604]",           "", "E 7.7.15"},
	{"255 commands allowed",              "< 04 0e [ff 0000] ! read rssi > 01 0514 [4000]",
	                                      "rssi 00 -40", "E 7.7.14"},
	{"no command allowed, then one",
	 "< 04 0e [00 0000] ! read rssi < 04 0e [01 0000] > 01 0514 [4000]",
	                                      "rssi 00 -40", "E 7.7.14"},
};

static const struct row answers[] = {
	{"without a status",                  RSSI "< 04 0e [01 0514]",         "rssi 1f 127",
	 "E 7.7.14"},
	{"a status alone",                    RSSI "< 04 0e [01 0514 00]",      "rssi 00 127",
	 "E 7.5.4"},
	{"the RSSI missing",                  RSSI "< 04 0e [01 0514 00 4000]", "rssi 00 127",
	 "E 7.5.4"},
	{"of another handle",                 RSSI "< 04 0e [01 0514 00 4100 d8]", "rssi 00 127",
	 "E 7.5.4"},
	{"200 octets more",                   RSSI "< 04 0e [01 0514 00 4000 d8 00*200]",
	 "rssi 00 -40", "E 7.5.4"},
	{"a failure, with the handle",        RSSI "< 04 0e [01 0514 02 4000 d8]", "rssi 02 127",
	 "E 7.5.4"},
	{"a status that is no error code",    RSSI "< 04 0e [01 0514 ff 4000 d8]", "rssi 1f 127",
	 "E 7.5.4"},
	{"to another command first",          RSSI "< 04 0e [01 0614 00] " RIGHT, "rssi 00 -40",
	 "E 7.7.14"},
	{"twice",                             RSSI RIGHT RIGHT,                 "rssi 00 -40",
	 "E 7.7.14"},
	{"a Status instead, success",         RSSI "< 04 0f [00 01 0514]",      "rssi 00 127",
	 "E 7.7.15"},
	{"a Status instead, failure",         RSSI "< 04 0f [12 01 0514]",      "rssi 12 127",
	 "E 7.7.15"},
	{"a Status that is cut short, then right", RSSI "< 04 0f [00 01 05] " RIGHT, "rssi 00 -40",
	 "E 7.7.15"},
	{"its packet's length lies",          RSSI "< 04 0e 08 01 0514 00 4000 d8 " RIGHT,
	 "rssi 00 -40", "E 5.4.4"},
	{"its packet has an octet more",      RSSI "< 04 0e 06 01 0514 00 4000 d8 " RIGHT,
	 "rssi 00 -40", "E 5.4.4"},
	{"allowing no further command",       RSSI "< 04 0e [00 0514 00 4000 d8] ! read rssi"
	                                      "< 04 0e [01 0000] > 01 0514 [4000] " RIGHT,
	                                      "rssi 00 -40; rssi 00 -40", "E 7.7.14"},
	{"late, and no room for the next until late",
	 RSSI "! read rssi + 1500 < 04 0e [00 0514 00 4000 d8]"
	                                      "+ 1500 < 04 0e [01 0000] > 01 0514 [4000] " RIGHT,
	                                      "rssi 00 -40; rssi 00 -40", "E 4.4"},
	{"after 1999 ms",                     RSSI "+ 1999 " RIGHT,             "rssi 00 -40",
	 "E 4.4"},
	{"an event in between",               RSSI "< 04 ff [0102] " RIGHT,     "rssi 00 -40",
	 "E 5.4.4"},
	{"the link ends before it",           RSSI "< 04 05 [00 4000 13] " RIGHT,
	                                      "disconnected 0040 13; rssi 00 -40", "E 7.7.5"},
};

static const struct row silence[] = {
	{"no answer in 2 s",                  RSSI "+ 2000",
	 "rssi ff 127; disconnected 0040 03; failed: no answer to HCI command 0x1405", "E 4.4"},
	{"the answer to another one only",    RSSI "+ 1000 < 04 0e [01 0614 00] + 1000",
	 "rssi ff 127; disconnected 0040 03; failed: no answer to HCI command 0x1405", "E 4.4"},
	{"events go on, answers do not",      RSSI "+ 1000 < 04 13 [00] < 04 ff [00] + 1000",
	 "rssi ff 127; disconnected 0040 03; failed: no answer to HCI command 0x1405", "E 4.4"},
	{"no command allowed for 2 s",        "< 04 0e [00 0000] ! read rssi + 2000",
	 "rssi ff 127; disconnected 0040 03; failed: it takes no more HCI commands", "E 4.4"},
	{"an answer after the time is over",  RSSI "+ 2000 " RIGHT,
	 "rssi ff 127; disconnected 0040 03; failed: no answer to HCI command 0x1405", "E 4.4"},
	{"Hardware Error",                    "< 04 10 [42]",
	 "disconnected 0040 03; failed: hardware error 0x42", "E 7.7.16"},
	{"Hardware Error, an octet more",     "< 04 10 [42 00]",
	 "disconnected 0040 03; failed: hardware error 0x42", "E 7.7.16"},
	{"Hardware Error without a code",     "< 04 10 []",                     "", "E 7.7.16"},
	{"Hardware Error twice",              "< 04 10 [42] < 04 10 [43]",
	 "disconnected 0040 03; failed: hardware error 0x42", "E 7.7.16"},
	{"data after a Hardware Error",       "< 04 10 [42] < 02 4020 (0300 0400 0a0300)",
	 "disconnected 0040 03; failed: hardware error 0x42", "E 7.7.16"},
	{"events after a Hardware Error",
	 "< 04 10 [42] < 04 05 [00 4000 13] < 04 13 [01 4000 0100]",
	 "disconnected 0040 03; failed: hardware error 0x42", "E 7.7.16"},
	{"a Hardware Error with a command unanswered", RSSI "< 04 10 [42]",
	 "rssi ff 127; disconnected 0040 03; failed: hardware error 0x42", "E 7.7.16"},
	{"and one with data on its way",
	 "! notify = 02 4000 (0400 0400 1b0300 41) < 04 10 [42]",
	 "notified 03; disconnected 0040 03; failed: hardware error 0x42", "E 7.7.16"},
};

/* The first five commands of the start, in order, with their answers. */
#define RESET    "! keep quiet ! start > 01 030c [] "
#define RESET_OK "< 04 0e [01 030c 00] > 01 0210 [] "
#define KNOWN    "< 04 0e [01 0210 00 00*64] > 01 0320 [] "
#define FEATURES "< 04 0e [01 0320 00 00*8] > 01 0910 [] "
#define ADDRESS  "< 04 0e [01 0910 00 665544332211] > 01 0220 [] "

static const struct row starting[] = {
	{"no answer to Reset",                RESET "+ 2000",                   "ready ff",
	 "E 7.3.2"},
	{"Reset fails",                       RESET "< 04 0e [01 030c 03]",     "ready 03",
	 "E 7.3.2"},
	{"Reset without a status",            RESET "< 04 0e [01 030c]",        "ready 1f",
	 "E 7.3.2"},
	{"Reset allows no command",           RESET "< 04 0e [00 030c 00] + 2000", "ready ff",
	 "E 7.7.14"},
	{"a link from before the Reset",
	 RESET "< 04 3e [01 00 4000 01 00 1122334455c0 1800 0000 9001 00]"
	                                      "< 04 0e [01 030c 03]",           "ready 03",
	 "E 7.3.2"},
	{"a link's end from before",          RESET "< 04 05 [00 4000 13] < 04 0e [01 030c 03]",
	 "ready 03", "E 7.3.2"},
	{"a report from before",
	 RESET "< 04 3e [02 01 00 00 1122334455c0 00 d8] < 04 0e [01 030c 03]",
	                                      "ready 03", "E 7.3.2"},
	{"Hardware Error while starting",     RESET "< 04 10 [42]",             "ready ff",
	 "E 7.7.16"},
	{"supported commands cut short",      RESET RESET_OK "< 04 0e [01 0210 00 00*63]",
	 "ready 1f", "E 7.4.2"},
	{"supported commands refused",        RESET RESET_OK "< 04 0e [01 0210 01]", "ready 01",
	 "E 7.4.2"},
	{"features cut short",
	 RESET RESET_OK KNOWN "< 04 0e [01 0320 00 00*7] > 01 0910 []", "", "E 7.8.3"},
	{"features unknown",
	 RESET RESET_OK KNOWN "< 04 0f [01 01 0320] > 01 0910 []", "", "E 7.8.3"},
	{"address cut short",
	 RESET RESET_OK KNOWN FEATURES "< 04 0e [01 0910 00 6655443322] > 01 0220 []",
	                                      "", "E 7.4.6"},
	{"buffers cut short",
	 RESET RESET_OK KNOWN FEATURES ADDRESS "< 04 0e [01 0220 00 fb00]",
	                                      "ready 1f", "E 7.8.2"},
	{"buffers refused",
	 RESET RESET_OK KNOWN FEATURES ADDRESS "< 04 0e [01 0220 01]",
	                                      "ready 01", "E 7.8.2"},
	{"no LE buffers, and no others",
	 RESET RESET_OK KNOWN FEATURES ADDRESS "< 04 0e [01 0220 00 0000 00]"
	                                      "> 01 0510 [] < 04 0e [01 0510 00 0000 00 0000 0000]",
	 "ready 1f", "E 7.8.2"},
	{"buffers of no octets",
	 RESET RESET_OK KNOWN FEATURES ADDRESS "< 04 0e [01 0220 00 0000 04]"
	                                      "> 01 0510 [] < 04 0e [01 0510 00 0000 00 0400 0000]",
	 "ready 1f", "E 7.8.2"},
	{"BR/EDR's buffers cut short",
	 RESET RESET_OK KNOWN FEATURES ADDRESS "< 04 0e [01 0220 00 0000 00]"
	                                      "> 01 0510 [] < 04 0e [01 0510 00 fb00 00 0400 00]",
	 "ready 1f", "E 7.4.5"},
};
/* clang-format on */

static void run_from(enum bed_start start, const struct row *row)
{
	bed_begin(start);
	bed_script(row->sent);
	bed_sent_nothing();
	bed_told(row->got);
	bed_end();
}

static void run_on_link(const struct row *row)
{
	run_from(BED_PERIPHERAL, row);
}

static void run_from_off(const struct row *row)
{
	run_from(BED_OFF, row);
}

ROW_TABLE(unasked, run_on_link);
ROW_TABLE(answers, run_on_link);
ROW_TABLE(silence, run_on_link);
ROW_TABLE(starting, run_from_off);

static const struct table tables[] = {
        TABLE("Answers that nobody asked for", unasked),
        TABLE("Wrong answers to a command", answers),
        TABLE("Silence and Hardware Error", silence),
        TABLE("While the controller is started", starting),
};

int main(int argc, char **argv)
{
	return rows_main("bad-input controller-commands", tables, sizeof(tables) / sizeof(*tables),
	                 argc, argv);
}
