/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GAC and GAD: the MTU, and discovery (Core 5.4, Vol 3, Part G, 4.3 to 4.7). */
#include "att_peer.h"
#include "purposes.h"

#define UUID_180D "fb349b5f80000080001000000d180000"
#define UUID_AA0B "fb349b5f80000080001000000baa0000"

/* clang-format off */
static const struct purpose gac[] = {
	{"GATT/CL/GAC/BV-01-C", "Server Configuration", CLIENT,
	 "! exchange mtu 247 > 02 f700 < 03 0002 ! write long 3 41*300"
	 "> 16 0300 0000 41*242 < 17 0300 0000 41*242 > 16 0300 f200 41*58 < 17 0300 f200 41*58"
	 "> 18 01 < 19", "mtu 247; #1 ends 0; #1 ends 0"},
	{"GATT/CL/GAC/BV-01-C", "with the least MTU", CLIENT,
	 "! exchange mtu 517 > 02 0502 < 03 1700 ! write long 3 41*19"
	 "> 16 0300 0000 41*18 < 17 0300 0000 41*18 > 16 0300 1200 41 < 17 0300 1200 41 "
	 "> 18 01 < 19",
	 "mtu 23; #1 ends 0; #1 ends 0"},
	{"GATT/SR/GAC/BV-01-C", "Server Configuration, 23", LARGE,
	 "< 02 1700 > 03 1700 < 0a 2500 > 0b 00+22",
	 "mtu 23; read 0025 000102030405060708090a0b0c0d0e0f101112131415"},
	{"GATT/SR/GAC/BV-01-C", "Server Configuration, 512", LARGE,
	 "! takes mtu 517 < 02 0002 > 03 0002 < 0a 2500 > 0b 00+51", NULL},
	{"GATT/SR/GAC/BI-01-C", "MTU on an enhanced bearer", NOT_OURS, NO_EATT, NULL},
	{"GATT/SR/GAC/BI-02-C", "MTU over BR/EDR", NOT_OURS, NO_BREDR, NULL},
	{"GATT/SR/GAC/BI-03-C", "MTU on an enhanced bearer over BR/EDR", NOT_OURS, NO_BREDR, NULL},
};

static const struct purpose gad_server[] = {
	{"GATT/SR/GAD/BV-01-C", "Discover All Primary Services", SMALL,
	 "< 10 0100 ffff 0028 > 11 06 0100 0500 0f18 f0ff f7ff 0018 < 10 f8ff ffff 0028 "
	 "> 01 10 f8ff 0a",
	 ""},
	{"GATT/SR/GAD/BV-01-C", "Discover All Primary Services", LARGE,
	 "< 10 0100 ffff 0028 > 11 06 1000 1400 0018 2000 2900 0aaa 3000 3000 0baa"
	 "< 10 3100 ffff 0028 > 11 06 4000 4800 0baa 5000 5300 0baa"
	 "< 10 5400 ffff 0028 > 11 14 6000 6300 " LONG_SERVICE
	 "< 10 6400 ffff 0028 > 11 06 7000 7900 0caa < 10 7a00 ffff 0028 "
	 "> 11 14 8000 8000 " LONG_SERVICE
	 "< 10 8100 ffff 0028 > 11 06 9000 9a00 0faa a000 a300 0118 < 10 a400 ffff 0028 "
	 "> 01 10 a400 0a",
	 ""},
	{"GATT/SR/GAD/BV-02-C", "Discover Primary Service by UUID, there, 16 bits", SMALL,
	 "< 06 0100 ffff 0028 0018 > 07 f0ff f7ff < 06 f8ff ffff 0028 0018 > 01 06 f8ff 0a", ""},
	{"GATT/SR/GAD/BV-02-C", "Discover Primary Service by UUID, there, 16 bits", LARGE,
	 "< 06 0100 ffff 0028 0baa > 07 3000 3000 4000 4800 5000 5300"
	 "< 06 5400 ffff 0028 0baa > 01 06 5400 0a", ""},
	{"GATT/SR/GAD/BV-02-C", "the same UUID in its long form", LARGE,
	 "< 06 0100 ffff 0028 " UUID_AA0B "> 07 3000 3000 4000 4800 5000 5300", ""},
	{"GATT/SR/GAD/BV-02-C", "Discover Primary Service by UUID, not there, 16 bits", SMALL,
	 "< 06 0100 ffff 0028 0118 > 01 06 0100 0a", ""},
	{"GATT/SR/GAD/BV-02-C", "Discover Primary Service by UUID, not there, 16 bits", LARGE,
	 "< 06 0100 ffff 0028 0ff0 > 01 06 0100 0a", ""},
	{"GATT/SR/GAD/BV-02-C", "a secondary service is none", LARGE,
	 "< 06 0100 ffff 0028 0daa > 01 06 0100 0a", ""},
	{"GATT/SR/GAD/BV-02-C", "Discover Primary Service by UUID, there, 128 bits", LARGE,
	 "< 06 0100 ffff 0028 " LONG_SERVICE "> 07 6000 6300 8000 8000"
	 "< 06 8100 ffff 0028 " LONG_SERVICE "> 01 06 8100 0a", ""},
	{"GATT/SR/GAD/BV-02-C", "Discover Primary Service by UUID, not there, 128 bits", LARGE,
	 "< 06 0100 ffff 0028 " LONG_UUID "> 01 06 0100 0a", ""},
	{"GATT/SR/GAD/BV-03-C", "Find Included Services", SMALL,
	 "< 08 0100 ffff 0228 > 09 08 f1ff 0100 0500 0f18 < 08 f2ff ffff 0228 > 01 08 f2ff 0a", ""},
	{"GATT/SR/GAD/BV-03-C", "Find Included Services, one with a long UUID", LARGE,
	 "< 08 0100 ffff 0228 > 09 08 0500 0100 0300 0daa 2100 0100 0300 0daa"
	 "< 08 2200 ffff 0228 > 09 08 6100 4000 4800 0baa"
	 "< 08 6200 ffff 0228 > 09 06 9100 8000 8000 < 0a 8000 > 0b " LONG_SERVICE
	 "< 08 9200 ffff 0228 > 01 08 9200 0a", ""},
	{"GATT/SR/GAD/BV-04-C", "Discover All Characteristics of a Service, the last", SMALL,
	 "< 08 f0ff f7ff 0328 > 09 07 f2ff 02 f3ff 002a < 08 f3ff f7ff 0328 "
	 "> 09 15 f4ff 0a f5ff " LONG_UUID
	 "< 08 f5ff f7ff 0328 > 09 07 f6ff 02 f7ff 012a < 08 f7ff f7ff 0328 > 01 08 f7ff 0a", ""},
	{"GATT/SR/GAD/BV-04-C", "Discover All Characteristics of a Service, the first", SMALL,
	 "< 08 0100 0500 0328 > 09 07 0200 3e 0300 192a < 08 0300 0500 0328 > 01 08 0300 0a", ""},
	{"GATT/SR/GAD/BV-04-C", "Discover All Characteristics of a Service", LARGE,
	 "< 08 2000 2900 0328 > 09 07 2200 02 2300 01b0 2400 0a 2500 02b0 2600 08 2700 03b0"
	 "< 08 2700 2900 0328 > 09 07 2800 08 2900 03b0 < 08 2900 2900 0328 > 01 08 2900 0a", ""},
	{"GATT/SR/GAD/BV-05-C", "Discover Characteristics by UUID, 128 bits", SMALL,
	 "< 08 0100 ffff 0328 > 09 07 0200 3e 0300 192a f2ff 02 f3ff 002a"
	 "< 08 f3ff ffff 0328 > 09 15 f4ff 0a f5ff " LONG_UUID
	 "< 08 f5ff ffff 0328 > 09 07 f6ff 02 f7ff 012a < 08 f7ff ffff 0328 > 01 08 f7ff 0a", ""},
	{"GATT/SR/GAD/BV-05-C", "Discover Characteristics by UUID, 16 bits", SMALL,
	 "< 08 f5ff f7ff 0328 > 09 07 f6ff 02 f7ff 012a", ""},
	{"GATT/SR/GAD/BV-05-C", "Discover Characteristics by UUID, in several services", LARGE,
	 "< 08 4000 5300 0328 > 09 07 4100 9a 4200 04b0 5100 22 5200 06b0 < 08 5200 5300 0328 "
	 "> 01 08 5200 0a",
	 ""},
	{"GATT/SR/GAD/BV-06-C", "Discover All Characteristic Descriptors", SMALL,
	 "< 04 0400 0500 > 05 01 0400 0229 0500 0129", ""},
	{"GATT/SR/GAD/BV-06-C", "Discover All Characteristic Descriptors, one long UUID", LARGE,
	 "< 04 4300 4800 > 05 01 4300 0029 4400 0129 4500 0429 < 04 4600 4800 "
	 "> 05 02 4600 " LONG_UUID
	 "< 04 4700 4800 > 05 01 4700 d1b0 4800 0229", ""},
	{"GATT/SR/GAD/BV-07-C", "Discover Primary Services using SDP", NOT_OURS, NO_BREDR, NULL},
	{"GATT/SR/GAD/BV-08-C", "Discover Services by UUID using SDP", NOT_OURS, NO_BREDR, NULL},
};

static const struct purpose gad_client[] = {
	{"GATT/CL/GAD/BV-01-C", "Discover All Primary Services", CLIENT,
	 "! discover services > 10 0100 ffff 0028 < 11 06 0100 0500 0018 0600 0900 0d18"
	 "> 10 0a00 ffff 0028 < 11 14 2000 2f00 " LONG_SERVICE "> 10 3000 ffff 0028 "
	 "< 01 10 3000 0a",
	 "#1 service 0001-0005 1800; #1 service 0006-0009 180d;"
	 " #1 service 0020-002f 00112233-4455-6677-8899-aabbccddeeff; #1 ends a"},
	{"GATT/CL/GAD/BV-01-C", "up to handle ffff", CLIENT,
	 "! discover services > 10 0100 ffff 0028 < 11 06 0100 0500 0018 f0ff ffff 0d18",
	 "#1 service 0001-0005 1800; #1 service fff0-ffff 180d; #1 ends 0"},
	{"GATT/CL/GAD/BV-02-C", "Discover Primary Service by UUID, 16 bits", CLIENT,
	 "! discover services of 0d18 > 06 0100 ffff 0028 0d18 < 07 0600 0900 3000 3f00"
	 "> 06 4000 ffff 0028 0d18 < 01 06 4000 0a",
	 "#1 service 0006-0009 180d; #1 service 0030-003f 180d; #1 ends a"},
	{"GATT/CL/GAD/BV-02-C", "Discover Primary Service by UUID, 128 bits", CLIENT,
	 "! discover services of " LONG_SERVICE " "
	 "> 06 0100 ffff 0028 " LONG_SERVICE "< 07 2000 2f00"
	 "> 06 3000 ffff 0028 " LONG_SERVICE "< 01 06 3000 0a",
	 "#1 service 0020-002f 00112233-4455-6677-8899-aabbccddeeff; #1 ends a"},
	{"GATT/CL/GAD/BV-02-C", "a 16-bit UUID given in its long form", CLIENT,
	 "! discover services of " UUID_180D " > 06 0100 ffff 0028 0d18 < 01 06 0100 0a",
	 "#1 ends a"},
	{"GATT/CL/GAD/BV-03-C", "Find Included Services", CLIENT,
	 "! discover includes 1 ffff > 08 0100 ffff 0228 < 09 08 0200 1000 1f00 0f18"
	 "> 08 0300 ffff 0228 < 09 06 0300 2000 2f00 0400 3000 3f00 > 08 0500 ffff 0228 "
	 "< 01 08 0500 0a"
	 "! read 20 > 0a 2000 < 0b " LONG_SERVICE,
	 "#1 data 08020010001f000f18; #1 data 06030020002f00040030003f00; #1 ends a;"
	 " #1 data ffeeddccbbaa99887766554433221100; #1 ends 0"},
	{"GATT/CL/GAD/BV-04-C", "Discover All Characteristics of a Service", CLIENT,
	 "! discover characteristics 10 20 > 08 1000 2000 0328 < 09 07 1100 02 1200 252a"
	 "> 08 1200 2000 0328 < 09 15 1300 02 1400 " LONG_UUID "> 08 1400 2000 0328 "
	 "< 01 08 1400 0a",
	 "#1 data 071100021200252a; #1 data 151300021400" LONG_UUID "; #1 ends a"},
	{"GATT/CL/GAD/BV-05-C", "Discover Characteristics by UUID: the app picks it from all",
	 CLIENT,
	 "! discover characteristics 1 ffff > 08 0100 ffff 0328 "
	 "< 09 07 1100 02 1200 252a 1300 08 1400 262a"
	 "> 08 1400 ffff 0328 < 01 08 1400 0a",
	 "#1 data 071100021200252a1300081400262a; #1 ends a"},
	{"GATT/CL/GAD/BV-06-C", "Discover All Characteristic Descriptors, to the end of the range",
	 CLIENT,
	 "! discover descriptors 13 16 > 04 1300 1600 < 05 01 1300 0229 1400 0329"
	 "> 04 1500 1600 < 05 01 1500 0429 1600 0529",
	 "#1 data 011300022914000329; #1 data 011500042916000529; #1 ends 0"},
	{"GATT/CL/GAD/BV-06-C", "with a long UUID", CLIENT,
	 "! discover descriptors 13 16 > 04 1300 1600 < 05 02 1300 " LONG_UUID
	 "> 04 1400 1600 < 05 01 1500 0129 > 04 1600 1600 < 01 04 1600 0a",
	 "#1 data 021300" LONG_UUID "; #1 data 0115000129; #1 ends a"},
	{"GATT/CL/GAD/BV-06-C", "none at all", CLIENT,
	 "! discover descriptors 13 16 > 04 1300 1600 < 01 04 1300 0a", "#1 ends a"},
	{"GATT/CL/GAD/BV-06-C", "services, characteristics and descriptors in turn", CLIENT,
	 "! discover services > 10 0100 ffff 0028 < 11 06 0100 0400 0118 > 10 0500 ffff 0028 "
	 "< 01 10 0500 0a"
	 "! discover characteristics 1 4 > 08 0100 0400 0328 < 09 07 0200 02 0300 292a"
	 "> 08 0300 0400 0328 < 01 08 0300 0a ! discover descriptors 4 4 > 04 0400 0400 "
	 "< 05 01 0400 0129",
	 "#1 service 0001-0004 1801; #1 ends a; #1 data 070200020300292a; #1 ends a;"
	 " #1 data 0104000129;"
	 " #1 ends 0"},
	{"GATT/CL/GAD/BV-07-C", "Discover Primary Services using SDP", NOT_OURS, NO_BREDR, NULL},
	{"GATT/CL/GAD/BV-08-C", "Discover Services by UUID using SDP", NOT_OURS, NO_BREDR, NULL},
};
/* clang-format on */

const struct group configuration = GROUP("GAC: server configuration", gac);
const struct group discovery_server = GROUP("GAD: discovery, by our server", gad_server);
const struct group discovery_client = GROUP("GAD: discovery, by our client", gad_client);
