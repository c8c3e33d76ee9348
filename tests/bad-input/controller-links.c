/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A controller that lies about links and buffers: what it gives ('<') and what the app does ('!')
 * and the host sends ('>') => what the app is told. [ ] is a length before what is inside. After
 * each row a link's server answers, all buffers are free and nothing is left over. Sections are of
 * the Core specification 5.4, Vol 4.
 */
#include <stdio.h>

#include "bed.h"
#include "rows.h"

#define PEER     "00 1122334455c0"
#define PARAM    " 1800 0000 9001 00"
#define FEATURES "> 01 1620 [4000] "
#define CREATED  "> 01 0d20 [6000 6000 00 00 1122334455c0 00 1800 2800 0000 a401 0000 0000] "
#define CREATE   "! connect " CREATED
#define CANCEL   "> 01 0e20 [] "
#define NOTIFY   "! notify = 02 4000 (0400 0400 1b0300 41) "

/* clang-format off */
static const struct row connecting[] = {
	/* As long as there is no link. */
	{"Connection Complete cut short",     "< 04 3e [01 00 4000 01 " PEER " 1800 0000 9001]", "",
	 "E 7.7.65.1"},
	{"a code alone",                      "< 04 3e [01]",                       "",
	 "E 7.7.65.1"},
	{"an octet more",                     "< 04 3e [01 00 4000 01 " PEER PARAM " 00] " FEATURES,
	                                      "connected 0040 peripheral", "E 7.7.65.1"},
	{"role 2",                            "< 04 3e [01 00 4000 02 " PEER PARAM "]", "",
	 "E 7.7.65.1"},
	{"role ff",                           "< 04 3e [01 00 4000 ff " PEER PARAM "]", "",
	 "E 7.7.65.1"},
	{"handle 0f00, reserved",             "< 04 3e [01 00 000f 01 " PEER PARAM "]", "",
	 "E 7.7.65.1"},
	{"handle 0fff, reserved",             "< 04 3e [01 00 ff0f 01 " PEER PARAM "]", "",
	 "E 7.7.65.1"},
	{"reserved bits of the handle set",   "< 04 3e [01 00 40f0 01 " PEER PARAM "] " FEATURES,
	                                      "connected 0040 peripheral", "E 7.7.65.1"},
	{"address type 4, unknown",           "< 04 3e [01 00 4000 01 04 1122334455c0" PARAM "]",
	 "", "E 7.7.65.1"},
	{"address type ff",                   "< 04 3e [01 00 4000 01 ff 1122334455c0" PARAM "]",
	 "", "E 7.7.65.1"},
	{"a failure that nobody waits for",   "< 04 3e [01 3e 4000 00 " PEER PARAM "]", "",
	 "E 7.7.65.1"},
	{"a failure cut short",               "< 04 3e [01 3e]",                    "",
	 "E 7.7.65.1"},
	{"Advertising Timeout, not advertising", "< 04 3e [01 3c 0000 00*15]",      "",
	 "E 7.7.65.1"},
	{"a central's link that nobody asked for",
	 "< 04 3e [01 00 4100 00 " PEER PARAM "] > 01 0604 [4100 13]",
	                                      "", "E 7.7.65.1"},
	{"Enhanced Connection Complete, short",
	 "< 04 3e [0a 00 4000 01 " PEER " 00*12 1800 0000 9001]", "", "E 7.7.65.10"},
	{"Enhanced Connection Complete, whole",
	 "< 04 3e [0a 00 4000 01 " PEER " 00*12 " PARAM "] " FEATURES,
	                                      "connected 0040 peripheral", "E 7.7.65.10"},
	{"its address type is 4",
	 "< 04 3e [0a 00 4000 01 04 1122334455c0 00*12 " PARAM "]", "", "E 7.7.65.10"},
	{"Advertising Set Terminated, no set", "< 04 3e [12 3c 00 4000 00]",        "",
	 "E 7.7.65.18"},
	{"Advertising Set Terminated, short", "< 04 3e [12 3c 00 40]",              "",
	 "E 7.7.65.18"},
	{"BR/EDR's Connection Complete",      "< 04 03 [00 4000 1122334455c0 01 00]", "",
	 "E 7.7.3"},
	{"BR/EDR's Connection Request",       "< 04 04 [1122334455c0 000000 01]",   "", "E 7.7.4"},
};

static const struct row pending[] = {
	/* While our own connect is at the controller. */
	{"refused at once",                   CREATE "< 04 3e [01 0d 4000 00 " PEER PARAM "]",
	                                      "connect failed 0d", "E 7.7.65.1"},
	{"refused by a Command Status",
	 "! keep quiet ! connect " CREATED "< 04 0f [0d 01 0d20]",
	                                      "connect failed 0d", "E 7.8.12"},
	{"Command Status says disallowed, then goes on",
	 "! keep quiet ! connect " CREATED "< 04 0f [0c 01 0d20] + 100 "
	                                      CREATED "< 04 0f [00 01 0d20] "
	 "< 04 3e [01 00 4000 00 " PEER PARAM "] " FEATURES,
	                                      "connected 0040 central", "E 7.8.12"},
	{"established, role of a peripheral",
	 CREATE "< 04 3e [01 00 4000 01 " PEER PARAM "] " FEATURES
	                                      "! cancel " CANCEL "< 04 3e [01 02 0000 00*15]",
	                                      "connected 0040 peripheral; connect failed 02",
	 "E 7.7.65.1"},
	{"established with somebody else",
	 CREATE "< 04 3e [01 00 4100 00 01 665544332211 " PARAM "] > 01 0604 [4100 13]"
	                                      "< 04 05 [00 4100 16] "
	 "< 04 3e [01 00 4000 00 " PEER PARAM "] " FEATURES,
	                                      "connected 0040 central", "E 7.8.12"},
	{"established with somebody else, and nothing more",
	 CREATE "< 04 3e [01 00 4000 00 01 665544332211 " PARAM "] > 01 0604 [4000 13]"
	                                      "+ 30000 " CANCEL "< 04 3e [01 02 0000 00*15]",
	                                      "connect failed 08", "E 7.8.12"},
	{"established with an identity that the peer's address resolves to",
	 CREATE "< 04 3e [01 00 4000 00 03 665544332211 " PARAM "] " FEATURES,
	                                      "connected 0040 central", "E 7.7.65.1"},
	{"established twice",
	 CREATE "< 04 3e [01 00 4000 00 " PEER PARAM "] " FEATURES
	                                      "< 04 3e [01 00 4000 00 " PEER PARAM "]",
	                                      "connected 0040 central", "E 7.7.65.1"},
	{"its handle is another peer's",
	 CREATE "< 04 3e [01 00 4000 00 " PEER PARAM "] " FEATURES
	                                      "< 04 3e [01 00 4000 01 01 6655443322c1 " PARAM "] "
	 FEATURES,
	                                      "connected 0040 central; disconnected 0040 1f; "
	                                      "connected 0040 peripheral",
	 "E 7.7.5"},
	{"its handle is the same peer's, who is central now",
	 CREATE "< 04 3e [01 00 4000 00 " PEER PARAM "] " FEATURES
	                                      "< 04 3e [01 00 4000 01 " PEER PARAM "] " FEATURES,
	                                      "connected 0040 central; disconnected 0040 1f; "
	                                      "connected 0040 peripheral",
	 "E 7.7.5"},
	{"twice, with two handles",
	 CREATE "< 04 3e [01 00 4000 00 " PEER PARAM "] " FEATURES
	                                      "< 04 3e [01 00 4100 00 " PEER PARAM "] "
	 "> 01 0604 [4100 13]"
	                                      "< 04 05 [00 4100 16]",
	                                      "connected 0040 central; disconnected 0040 16",
	 "E 7.7.65.1"},
	{"established, then failed",
	 CREATE "< 04 3e [01 00 4000 00 " PEER PARAM "] " FEATURES
	                                      "< 04 3e [01 3e 4000 00 " PEER PARAM "]",
	                                      "connected 0040 central", "E 7.7.65.1"},
	{"cancelled, established nevertheless",
	 CREATE "! cancel " CANCEL "< 04 3e [01 00 4000 00 " PEER PARAM "]"
	                                      "> 01 0604 [4000 13]",
	                                      "connect failed 02", "E 7.8.13"},
	{"cancelled, and no event ever",      CREATE "! cancel " CANCEL "+ 2000",
	 "connect failed 02", "E 7.8.13"},
	{"cancelled, its event comes later",
	 CREATE "! cancel " CANCEL "+ 2000 < 04 3e [01 02 0000 00*15]",
	                                      "connect failed 02", "E 7.8.13"},
	{"no event in 30 s",                  CREATE "+ 30000 " CANCEL "< 04 3e [01 02 0000 00*15]",
	                                      "connect failed 08", "E 7.8.12"},
	{"no event in 30 s, nor to the cancel", CREATE "+ 30000 " CANCEL "+ 2000",
	 "connect failed 08", "E 7.8.12"},
};

static const struct row ends[] = {
	{"Disconnection Complete cut short",  "< 04 05 [00 4000]",                  "", "E 7.7.5"},
	{"Disconnection Complete, empty",     "< 04 05 []",                         "", "E 7.7.5"},
	{"of an unknown link",                "< 04 05 [00 4100 13]",               "", "E 7.7.5"},
	{"of handle 0fff",                    "< 04 05 [00 ff0f 13]",               "", "E 7.7.5"},
	{"with a failure",                    "< 04 05 [0c 4000 13]",               "", "E 7.7.5"},
	{"twice",                             "< 04 05 [00 4000 13] < 04 05 [00 4000 13]",
	 "disconnected 0040 13", "E 7.7.5"},
	{"an octet more",                     "< 04 05 [00 4000 13 00]",
	 "disconnected 0040 13", "E 7.7.5"},
	{"reason 0",                          "< 04 05 [00 4000 00]",
	 "disconnected 0040 00", "E 7.7.5"},
	{"reserved bits of the handle set",   "< 04 05 [00 40f0 08]",
	 "disconnected 0040 08", "E 7.7.5"},
	{"ours fails: no such link",
	 "! keep quiet ! disconnect > 01 0604 [4000 13] < 04 0f [02 01 0604]",
	                                      "disconnected 0040 16", "E 7.1.6"},
	{"ours is not answered with an event",
	 "! keep quiet ! disconnect > 01 0604 [4000 13] < 04 0f [00 01 0604] + 1500",
	                                      "disconnected 0040 16", "E 7.1.6"},
	{"that event comes later",
	 "! keep quiet ! disconnect > 01 0604 [4000 13] < 04 0f [00 01 0604] + 1500"
	                                      "< 04 05 [00 4000 16]",
	                                      "disconnected 0040 16", "E 7.1.6"},
	{"data on its way, the event later",
	 NOTIFY "! keep quiet ! disconnect > 01 0604 [4000 13] < 04 0f [00 01 0604]"
	                                      "+ 1500 < 04 05 [00 4000 16]",
	                                      "notified 16; disconnected 0040 16", "E 4.3"},
	{"its buffers are not free before that", NOTIFY NOTIFY NOTIFY NOTIFY
	 "! keep quiet ! disconnect > 01 0604 [4000 13] < 04 0f [00 01 0604] + 1500"
	 "< 04 3e [01 00 4100 01 01 665544332211 " PARAM "] > 01 1620 [4100] < 04 0f [00 01 1620]"
	 "< 02 4120 (0300 0400 0a0300) < 04 05 [00 4000 16]"
	 "= 02 4100 (0400 0400 0b616263) < 04 13 [01 4100 0100] < 04 05 [00 4100 13]",
	 "notified 16; notified 16; notified 16; notified 16; disconnected 0040 16;"
	 " connected 0041 peripheral; read 0003 616263; disconnected 0041 13", "E 4.3"},
	{"ours fails: Command Disallowed",
	 "! keep quiet ! disconnect > 01 0604 [4000 13] < 04 0f [0c 01 0604] + 1500"
	                                      "< 04 05 [00 4000 16]",
	                                      "disconnected 0040 16", "E 7.1.6"},
	{"the handle again without an end",
	 NOTIFY "< 04 3e [01 00 4000 01 01 665544332211 " PARAM "] " FEATURES
	                                      "< 04 13 [01 4000 0100]",
	                                      "notified 1f; disconnected 0040 1f; "
	                                      "connected 0040 peripheral",
	 "E 7.7.5"},
};

static const struct row buffers[] = {
	{"one too many for a link",           NOTIFY "< 04 13 [01 4000 0200]",      "notified 00",
	 "E 7.7.19"},
	{"65535 for a link",                  NOTIFY "< 04 13 [01 4000 ffff]",      "notified 00",
	 "E 7.7.19"},
	{"none for a link",
	 NOTIFY "< 04 13 [01 4000 0000]", "", "E 7.7.19"},
	{"one though none is out",            "< 04 13 [01 4000 0100]",             "", "E 7.7.19"},
	{"255 times one though none is out",
	 "< 04 13 [3f 4000 0100 4000 0100 4000 0100 4000 0100]", "", "E 7.7.19"},
	{"one, twice in one event",           NOTIFY "< 04 13 [02 4000 0100 4000 0100]",
	 "notified 00", "E 7.7.19"},
	{"for an unknown handle",
	 NOTIFY "< 04 13 [01 4100 0100]", "", "E 7.7.19"},
	{"65535 for an unknown handle",       "< 04 13 [01 4100 ffff]",             "", "E 7.7.19"},
	{"for handle 0fff",                   "< 04 13 [01 ff0f 0100]",             "", "E 7.7.19"},
	{"for an unknown one and ours",       NOTIFY "< 04 13 [02 4100 0100 4000 0100]",
	 "notified 00", "E 7.7.19"},
	{"no handle",                         NOTIFY "< 04 13 [00]",
	 "", "E 7.7.19"},
	{"no handle, and one",
	 NOTIFY "< 04 13 [00 4000 0100]", "", "E 7.7.19"},
	{"an event of no octets",             NOTIFY "< 04 13 []",
	 "", "E 7.7.19"},
	{"two handles, one and a half there", NOTIFY "< 04 13 [02 4000 0100 4000]", "notified 00",
	 "E 7.7.19"},
	{"255 handles, one there",            NOTIFY "< 04 13 [ff 4000 0100]",      "notified 00",
	 "E 7.7.19"},
	{"cut in its count",                  NOTIFY "< 04 13 [01 4000 01]",
	 "", "E 7.7.19"},
	{"an octet more",                     NOTIFY "< 04 13 [01 4000 0100 00]",   "notified 00",
	 "E 7.7.19"},
	{"after the end of the link",         NOTIFY "< 04 05 [00 4000 13] < 04 13 [01 4000 0100]",
	                                      "notified 13; disconnected 0040 13", "E 7.7.19"},
	{"its link was given up, and its handle is another's",
	 "! keep quiet " NOTIFY "! disconnect > 01 0604 [4000 13] < 04 0f [00 01 0604] + 1500 "
	                                      "< 04 3e [01 00 4000 01 01 6655443322c1 " PARAM "] "
	 FEATURES "! notify = 02 4000 (0400 0400 1b0300 41) ! notify = 02 4000 (0400 0400 1b0300 41) "
	 "! notify = 02 4000 (0400 0400 1b0300 41) ! notify = 02 4000 (0400 0400 1b0300 41)",
	 "notified 16; disconnected 0040 16; connected 0040 peripheral", "E 4.3"},
	{"Data Buffer Overflow",              "< 04 1a [01]",                       "", "E 7.7.26"},
};

static const struct row others[] = {
	{"update of an unknown link",         "< 04 3e [03 00 4100 0600 0000 0a00]", "",
	 "E 7.7.65.3"},
	{"update cut short",                  "< 04 3e [03 00 4000 0600 0000 0a]",  "",
	 "E 7.7.65.3"},
	{"update that nobody asked for",      "< 04 3e [03 00 4000 0600 0000 0a00]",
	                                      "parameters 0040 status 00: 6 0 10", "E 7.7.65.3"},
	{"update that failed, not asked",     "< 04 3e [03 3b 4000 0600 0000 0a00]",
	                                      "parameters 0040 status 3b: 24 0 400", "E 7.7.65.3"},
	{"features of an unknown link",       "< 04 3e [04 00 4100 ff*8]",          "",
	 "E 7.7.65.4"},
	{"features cut short",                "< 04 3e [04 00 4000 ff*7]",          "",
	 "E 7.7.65.4"},
	{"features twice, all of them",       "< 04 3e [04 00 4000 ff*8] < 04 3e [04 00 4000 ff*8]",
	 "", "E 7.7.65.4"},
	{"features, a failure",               "< 04 3e [04 1a 4000 ff*8]",          "",
	 "E 7.7.65.4"},
	{"a key for our link, we have none",  "< 04 3e [05 4000 00*10] > 01 1b20 [4000]", "",
	 "E 7.7.65.5"},
	{"a key request cut short",           "< 04 3e [05 4000 00*9]",             "",
	 "E 7.7.65.5"},
	{"parameters asked, impossible",
	 "< 04 3e [06 4000 0500 2800 0000 c800] > 01 2120 [4000 3b]", "", "E 7.7.65.6"},
	{"parameters asked, all ffff",
	 "< 04 3e [06 4000 ffff ffff ffff ffff] > 01 2120 [4000 3b]", "", "E 7.7.65.6"},
	{"parameters asked, cut short",       "< 04 3e [06 4000 1800 2800 0000 c8]", "",
	 "E 7.7.65.6"},
	{"data length of an unknown link",    "< 04 3e [07 4100 fb00 4808 fb00 4808]", "",
	 "E 7.7.65.7"},
	{"data length cut short",             "< 04 3e [07 4000 fb00 4808 fb00 48]", "",
	 "E 7.7.65.7"},
	{"data length 0",                     "< 04 3e [07 4000 0000 0000 0000 0000]", "",
	 "E 7.7.65.7"},
	{"data length ffff",                  "< 04 3e [07 4000 ffff ffff ffff ffff]", "",
	 "E 7.7.65.7"},
	{"PHY of an unknown link",            "< 04 3e [0c 00 4100 02 02]",         "",
	 "E 7.7.65.12"},
	{"PHY cut short",                     "< 04 3e [0c 00 4000 02]",            "",
	 "E 7.7.65.12"},
	{"PHY ff",                            "< 04 3e [0c 00 4000 ff ff]",         "",
	 "E 7.7.65.12"},
	{"encrypted, though never asked",     "< 04 08 [00 4000 01]",               "", "E 7.7.8"},
	{"encryption of an unknown link",     "< 04 08 [00 4100 01]",               "", "E 7.7.8"},
	{"encryption cut short",              "< 04 08 [00 4000]",                  "", "E 7.7.8"},
	{"key refreshed, though never asked", "< 04 30 [00 4000]",                  "", "E 7.7.39"},
	{"Remote Version, not asked",         "< 04 0c [00 4000 0d 0000 0000]",     "", "E 7.7.12"},
	{"Remote Version cut short",          "< 04 0c [00 4000 0d]",               "", "E 7.7.12"},
	{"subevent 00",                       "< 04 3e [00 00*20]",                 "", "E 7.7.65"},
	{"subevent 2a, unknown",              "< 04 3e [2a 00*20]",                 "", "E 7.7.65"},
	{"subevent ff",                       "< 04 3e [ff 00*20]",                 "", "E 7.7.65"},
	{"event 00",                          "< 04 00 [00]",                       "", "E 7.7"},
	{"a vendor's event",                  "< 04 ff [00*255]",                   "", "E 5.4.4"},
	{"an event's length above the packet", "< 04 05 05 00 4000 13",             "", "E 5.4.4"},
	{"an event's length below the packet", "< 04 05 03 00 4000 13",             "", "E 5.4.4"},
	{"an event's code alone",             "< 04 05",                            "", "E 5.4.4"},
	{"an event's type alone",             "< 04",                               "", "E 5.4.4"},
};
#define UPDATE "! keep quiet ! update parameters > 01 1320 [4000 1800 2800 0000 c800 0000 0000] "
/* The peripheral asks for others over L2CAP, gets its answer, and the controller is told. */
#define PEER_ASKS                                                  \
	"! speak < 02 4020 (0c00 0500 1201 0800 0800 0800 0000 6400) " \
	"> 01 1320 [4000 0800 0800 0000 6400 0000 0000] "          \
	"> 02 4000 (0600 0500 1301 0200 0000) "                    \
	"< 04 3e [03 00 4000 0800 0000 6400]"
#define NEW "parameters 0040 status 00: 8 0 100"

static const struct row updates[] = {
	/* What came of the last one does not keep the peer from another. */
	{"an update is refused",              UPDATE "< 04 0f [0c 01 1320] " PEER_ASKS,
	 "update 0c; " NEW, "E 7.8.18"},
	{"an update is done",
	 UPDATE "< 04 0f [00 01 1320] < 04 3e [03 00 4000 1800 0000 c800] " PEER_ASKS,
	 "update 00; parameters 0040 status 00: 24 0 200; " NEW, "E 7.7.65.3"},
	{"an update fails",
	 UPDATE "< 04 0f [00 01 1320] < 04 3e [03 3b 4000 1800 0000 c800] " PEER_ASKS,
	 "update 00; parameters 0040 status 3b: 24 0 400; " NEW, "E 7.7.65.3"},
	{"the peer asks while an update is on its way",
	 UPDATE "< 04 0f [00 01 1320] "
	        "< 02 4020 (0c00 0500 1201 0800 0800 0800 0000 6400) "
	        "> 02 4000 (0600 0500 1301 0200 0100) < 04 3e [03 00 4000 1800 0000 c800]",
	 "update 00; parameters 0040 status 00: 24 0 200", "A 4.21"},
};

/*
 * A controller that knows long packets and the 2M PHY is set up for them, and has a link. What it
 * can do is in octets 33 to 35 of its commands, and in its features. The masks: Disconnection
 * Complete, Encryption Change, Remote Version, Hardware Error, Key Refresh and LE Meta; LE events.
 */
#define ABLE                                                                             \
	"! keep quiet ! start > 01 030c [] < 04 0e [01 030c 00] > 01 0210 [] "           \
	"< 04 0e [01 0210 00 00*33 40 01 60 00*28] > 01 0320 [] "                        \
	"< 04 0e [01 0320 00 2001 00*6] ! speak > 01 0910 [] > 01 0220 [] "              \
	"> 01 010c [9088000000800020] > 01 0120 [5f08000000000000] > 01 0520 [0102030405c0] " \
	"> 01 2420 [fb00 4808] > 01 3120 [00 03 03] "                                    \
	"< 04 3e [01 00 4000 01 " PEER PARAM "] " FEATURES
#define UP       "ready 00; connected 0040 peripheral"
#define LONG     "> 01 2220 [4000 fb00 4808] "
#define FAST     "> 01 3220 [4000 00 03 03 0000] "

static const struct row able[] = {
	/* What the peer can do is used, but not asked for twice. */
	{"the peer knows long packets and 2M", ABLE "< 04 3e [04 00 4000 2001 00*6] " LONG FAST, UP,
	 "E 7.8.33"},
	{"the peer knows neither",            ABLE "< 04 3e [04 00 4000 00*8]",     UP, "E 7.8.33"},
	{"the peer knows long packets",       ABLE "< 04 3e [04 00 4000 20 00*7] " LONG, UP,
	 "E 7.8.33"},
	{"the peer knows 2M",                 ABLE "< 04 3e [04 00 4000 0001 00*6] " FAST, UP,
	 "E 7.8.49"},
	{"packets are long already",
	 ABLE "< 04 3e [07 4000 fb00 4808 fb00 4808] < 04 3e [04 00 4000 2001 00*6] " FAST, UP,
	 "E 7.7.65.7"},
	{"the PHY is 2M already",
	 ABLE "< 04 3e [0c 00 4000 02 02] < 04 3e [04 00 4000 2001 00*6] " LONG, UP, "E 7.7.65.12"},
	{"an update to 2M failed",
	 ABLE "< 04 3e [0c 1a 4000 02 02] < 04 3e [04 00 4000 2001 00*6] " LONG FAST, UP,
	 "E 7.7.65.12"},
	{"packets of another link are long",
	 ABLE "< 04 3e [07 4100 fb00 4808 fb00 4808] < 04 3e [04 00 4000 20 00*7] " LONG, UP,
	 "E 7.7.65.7"},
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

static void run_idle(const struct row *row)
{
	run_from(BED_IDLE, row);
}

static void run_on_link(const struct row *row)
{
	run_from(BED_PERIPHERAL, row);
}

static void run_as_central(const struct row *row)
{
	run_from(BED_CENTRAL, row);
}

static void run_from_off(const struct row *row)
{
	run_from(BED_OFF, row);
}

ROW_TABLE(connecting, run_idle);
ROW_TABLE(pending, run_idle);
ROW_TABLE(ends, run_on_link);
ROW_TABLE(buffers, run_on_link);
ROW_TABLE(others, run_on_link);
ROW_TABLE(updates, run_as_central);
ROW_TABLE(able, run_from_off);

/* Every event and every LE subevent, with every length. */
static void any_event(void)
{
	char hex[64];

	for (unsigned code = 0; code <= 0x1ff; code++) {
		bool sub = code > 0xff;

		/* These end a link, or the controller, or bring a link; they have rows of their
		 * own. */
		if (!sub && (code == 0x05 || code == 0x10))
			continue;
		bed_begin(BED_SCANNING);
		for (unsigned len = 0; len < 40; len++) {
			snprintf(hex, sizeof(hex), sub ? "04 3e [%02x 7f*%u]" : "04 %02x [7f*%u]",
			         code & 0xff, len);
			if (!len)
				snprintf(hex, sizeof(hex), sub ? "04 3e [%02x]" : "04 %02x []",
				         code & 0xff);
			bed_give(hex);
		}
		bed_end();
	}
}

/* clang-format off */
static const struct story stories[] = {
	{"every event and LE subevent with every length up to 40, all octets 7f => the host lives",
	 "E 7.7", any_event},
};
/* clang-format on */
STORY_TABLE(stories);

static const struct table tables[] = {
        TABLE("Connections", connecting),
        TABLE("While we connect", pending),
        TABLE("Ends of links", ends),
        TABLE("Number Of Completed Packets", buffers),
        TABLE("Everything else that is said of a link", others),
        TABLE("Connection parameters", updates),
        TABLE("What the peer can do", able),
        TABLE("What is no single row", stories),
};

int main(int argc, char **argv)
{
	return rows_main("bad-input controller-links", tables, sizeof(tables) / sizeof(*tables),
	                 argc, argv);
}
