/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * GAN, GAI, GAS, GAT, GPA, GPM and UNS: values that are sent, Service Changed, time limits, format
 * descriptors, several bearers, what is not supported (Core 5.4, Vol 3, Part F, 3.3.3, and Part G,
 * 3.3.3, 4.10, 4.11 and 7).
 */
#include "att_peer.h"
#include "purposes.h"

/* clang-format off */
static const struct purpose gan[] = {
	{"GATT/CL/GAN/BV-01-C", "Characteristic Value Notification", CLIENT,
	 "! write 4 0100 > 12 0400 0100 < 13 < 1b 0300 010203", "#1 ends 0; notified 0003 010203"},
	{"GATT/CL/GAN/BV-02-C", "Handle Value Multiple Notification", CLIENT,
	 "! write 20 04 > 12 2000 04 < 13 < 23 0300 0200 0102 0500 0100 03",
	 "#1 ends 0; notified 0003 0102; notified 0005 03"},
	{"GATT/SR/GAN/BV-01-C", "Characteristic Value Notification, no bonding", SMALL,
	 "< 12 0400 0100 > 13 ! notify 3 010203 > 1b 0300 010203 ! reconnect < 0a 0400 > 0b 0000",
	 "written 0004 0100; sent 1 00; read 0004 0000"},
	{"GATT/SR/GAN/BV-01-C", "Characteristic Value Notification, no bonding", LARGE,
	 "< 12 4800 0100 > 13 ! notify 42 010203 > 1b 4200 010203 ! reconnect < 0a 4800 > 0b 0000",
	 "written 0048 0100; sent 1 00; read 0048 0000"},
	{"GATT/SR/GAN/BV-02-C", "Handle Value Multiple Notification", NOT_OURS, NO_CACHE, NULL},
	{"GATT/SR/GAN/BV-03-C", "Characteristic Value Notification, bonding", NOT_OURS, NO_KEYS,
	 NULL},
};

static const struct purpose gai[] = {
	{"GATT/CL/GAI/BV-01-C", "Confirm Characteristic Value Indication", CLIENT,
	 "! write 4 0200 > 12 0400 0200 < 13 < 1d 0300 010203 > 1e",
	 "#1 ends 0; indicated 0003 010203"},
	{"GATT/CL/GAI/BI-01-C",
	 "a second indication before the first is confirmed: both are, in order", CLIENT,
	 "< 1d 0300 0102 < 1d 0500 03 > 1e > 1e", "indicated 0003 0102; indicated 0005 03"},
	{"GATT/SR/GAI/BV-01-C", "Characteristic Value Indication, no bonding", SMALL,
	 "< 12 0400 0200 > 13 ! indicate 3 010203 > 1d 0300 010203 < 1e ! reconnect < 0a 0400 "
	 "> 0b 0000",
	 "written 0004 0200; sent 1 00; read 0004 0000"},
	{"GATT/SR/GAI/BV-01-C", "Characteristic Value Indication, no bonding", LARGE,
	 "< 12 5300 0200 > 13 ! indicate 52 010203 > 1d 5200 010203 < 1e ! reconnect < 0a 5300 "
	 "> 0b 0000",
	 "written 0053 0200; sent 1 00; read 0053 0000"},
	{"GATT/SR/GAI/BV-01-C", "the next one waits for the confirmation", SMALL,
	 "! indicate 3 01 ! indicate 3 02 > 1d 0300 01 < 0a 0500 > 0b 6c6576656c < 1e "
	 "> 1d 0300 02 < 1e",
	 "read 0005 6c6576656c; sent 1 00; sent 1 00"},
	{"GATT/SR/GAI/BV-02-C", "Characteristic Value Indication, bonding", NOT_OURS, NO_KEYS,
	 NULL},
};

static const struct purpose gas[] = {
	{"GATT/CL/GAS/BV-01-C", "Service Changed", CLIENT,
	 "< 1d 0300 0100ffff > 1e", "indicated 0003 0100ffff"},
	{"GATT/CL/GAS/BV-02-C", "Reading the Database Hash", CLIENT,
	 "! read type 2a2b 1 ffff > 08 0100 ffff 2a2b < 09 12 0900 00+16",
	 "#1 data 120900000102030405060708090a0b0c0d0e0f; #1 ends 0"},
	{"GATT/CL/GAS/BV-03-C", "Enabling Robust Caching: the app writes it", CLIENT,
	 "! write 20 01 > 12 2000 01 < 13", "#1 ends 0"},
	{"GATT/CL/GAS/BV-04-C, BV-05-C",
	 "Enabling further features of the client: the app writes them", CLIENT,
	 "! write 20 04 > 12 2000 04 < 13", "#1 ends 0"},
	{"GATT/SR/GAS/BV-01-C", "Service Changed, only to who asked for it", LARGE,
	 "! change services 10 20 < 12 a300 0200 > 13 ! change services 10 20 "
	 "> 1d a200 10002000 < 1e",
	 "written 00a3 0200"},
	{"GATT/SR/GAS/BV-01-C", "changes in the meantime are told as one", LARGE,
	 "< 12 a300 0200 > 13 ! change services 10 20 ! change services 60 63 "
	 "! change services 40 48"
	 "> 1d a200 10002000 < 1e > 1d a200 40006300 < 1e", "written 00a3 0200"},
	{"GATT/SR/GAS/BV-02-C", "Database Hash", NOT_OURS, NO_CACHE, NULL},
	{"GATT/SR/GAS/BV-03-C", "Client Supported Features of each client", NOT_OURS, NO_CACHE,
	 NULL},
	{"GATT/SR/GAS/BV-04-C", "Client Supported Features of bonded ones", NOT_OURS, NO_CACHE,
	 NULL},
	{"GATT/SR/GAS/BV-05-C", "requests on an unsynchronized database", NOT_OURS, NO_CACHE, NULL},
	{"GATT/SR/GAS/BV-06-C", "requests after a hash read, changed in the connection", NOT_OURS,
	 NO_CACHE, NULL},
	{"GATT/SR/GAS/BV-07-C", "requests after a hash read, changed between connections", NOT_OURS,
	 NO_CACHE, NULL},
	{"GATT/SR/GAS/BV-08-C", "variable reads on an unsynchronized database", NOT_OURS, NO_CACHE,
	 NULL},
};

static const struct purpose gat[] = {
	{"GATT/CL/GAT/BV-01-C", "Read Characteristic Value, Server Timeout", CLIENT,
	 "! read 3 > 0a 0300 ~ 29999 ~ 1 < 0b 41 < 0a 0300", "#1 ends 101; timeout"},
	{"GATT/CL/GAT/BV-02-C", "Write Characteristic Value, Server Timeout", CLIENT,
	 "! write 3 41 > 12 0300 41 ~ 30000 < 13", "#1 ends 101; timeout"},
	{"GATT/CL/GAT/BV-03-C", "Read Multiple Variable, Server Timeout", NOT_OURS,
	 "the API has no such call", NULL},
	{"GATT/SR/GAT/BV-01-C", "Handle Value Indication, Client Timeout", SMALL,
	 "! indicate 3 41 > 1d 0300 41 ~ 29999 ~ 1 < 0a 0300", "sent 1 22; timeout"},
};

static const struct purpose gpa[] = {
	{"GATT/CL/GPA/BV-11-C", "Characteristic Aggregate Format: the app gets it as it is", CLIENT,
	 "! discover descriptors 9a 9a > 04 9a00 9a00 < 05 01 9a00 0529 ! read 9a > 0a 9a00 "
	 "< 0b 94009700"
	 "! read 94 > 0a 9400 < 0b 04000127010100 ! read 97 > 0a 9700 < 0b 06000027010200",
	 "#1 data 019a000529; #1 ends 0; #1 data 94009700; #1 ends 0; #1 data 04000127010100;"
	 " #1 ends 0;"
	 " #1 data 06000027010200; #1 ends 0"},
	{"GATT/CL/GPA/BV-12-C", "Characteristic Presentation Format: the app gets it as it is",
	 CLIENT,
	 "! discover descriptors 94 94 > 04 9400 9400 < 05 01 9400 0429 ! read 94 > 0a 9400 "
	 "< 0b 04000127010100",
	 "#1 data 0194000429; #1 ends 0; #1 data 04000127010100; #1 ends 0"},
	{"GATT/SR/GPA/BV-11-C", "Characteristic Aggregate Format", LARGE,
	 "< 04 9a00 9a00 > 05 01 9a00 0529 < 0a 9a00 > 0b 94009700 < 0a 9400 > 0b 04000127010100"
	 "< 0a 9700 > 0b 06000027010200 < 0a 9900 > 0b 010200", NULL},
	{"GATT/SR/GPA/BV-12-C", "Characteristic Presentation Format", LARGE,
	 "< 04 9400 9400 > 05 01 9400 0429 < 0a 9400 > 0b 04000127010100", NULL},
	{"GATT/SR/UNS/BI-01-C", "Unsupported ATT Requests", SMALL,
	 "< 3f > 01 3f 0000 06 < 14 0300 > 01 14 0000 06 < bf 00*20 > 01 bf 0000 06", ""},
	{"GATT/SR/UNS/BI-02-C", "Unsupported ATT Commands", SMALL,
	 "< 7f < 40 0300 41 < ff 00*20 < 0a 0300 > 0b 3132333435", "read 0003 3132333435"},
};

static const struct purpose gpm[] = {
	{"GATT/SR/GPM/BV-01-C to BV-06-C",
	 "client configuration of each client over several bearers", NOT_OURS,
	 NO_EATT, NULL},
	{"GATT/CL/GPM/BV-07-C to BV-12-C", "several reads of an unsynchronized client", NOT_OURS,
	 NO_EATT, NULL},
	{"GATT/SR/GPM/BV-13-C", "client configuration of each bearer", NOT_OURS, NO_EATT, NULL},
};
/* clang-format on */

const struct group notifications = GROUP("GAN: notifications", gan);
const struct group indications = GROUP("GAI: indications", gai);
const struct group services = GROUP("GAS: the Generic Attribute service", gas);
const struct group timeouts = GROUP("GAT: time limits", gat);
const struct group attributes = GROUP("GPA: format descriptors, and UNS: what is not supported",
                                      gpa);
const struct group bearers = GROUP("GPM: several bearers", gpm);
