/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GAR, our client: reading (Core 5.4, Vol 3, Part G, 4.8 and 4.12). */
#include "att_peer.h"
#include "purposes.h"

#define READ      "! read 3 > 0a 0300 "
#define BY_TYPE   "! read type 0d2a 1 ffff > 08 0100 ffff 0d2a "
#define LONG      "! read long 3 > 0a 0300 "
#define SEVERAL   "! read several 03000700 > 0e 0300 0700 "
#define DESC      "! read 4 > 0a 0400 "
#define DESC_MORE "! read long 4 > 0a 0400 < 0b 41*22 > 0c 0400 1600 "
#define MORE      LONG "< 0b 41*22 > 0c 0300 1600 "

/* 512 octets in two parts, with the longest MTU. */
#define BIG(handle) "! exchange mtu 517 > 02 0502 < 03 0102 ! read long " handle

/* clang-format off */
static const struct purpose reads[] = {
	{"GATT/CL/GAR/BV-01-C", "Read Characteristic Value", CLIENT, READ "< 0b 010203",
	 "#1 data 010203; #1 ends 0"},
	{"GATT/CL/GAR/BV-01-C", "an empty value", CLIENT, READ "< 0b", "#1 data ; #1 ends 0"},
	{"GATT/CL/GAR/BI-01-C", "Invalid Handle", CLIENT, "! read 0 > 0a 0000 < 01 0a 0000 01",
	 "#1 ends 1"},
	{"GATT/CL/GAR/BI-02-C", "Read Not Permitted", CLIENT, READ "< 01 0a 0300 02", "#1 ends 2"},
	{"GATT/CL/GAR/BI-03-C", "Insufficient Authorization", CLIENT, READ "< 01 0a 0300 08",
	 "#1 ends 8"},
	{"GATT/CL/GAR/BI-04-C", "Insufficient Authentication", CLIENT, READ "< 01 0a 0300 05",
	 "#1 ends 5"},
	{"GATT/CL/GAR/BI-04-C/auto", "the same, paired and repeated", NOT_OURS, NO_RETRY, NULL},
	{"GATT/CL/GAR/BI-05-C", "Insufficient Encryption Key Size", CLIENT, READ "< 01 0a 0300 0c",
	 "#1 ends c"},
	{"GATT/CL/GAR/BV-03-C", "Read Using Characteristic UUID, 16 bits", CLIENT,
	 BY_TYPE "< 09 05 0a00 010203", "#1 data 050a00010203; #1 ends 0"},
	{"GATT/CL/GAR/BV-03-C", "Read Using Characteristic UUID, 128 bits", CLIENT,
	 "! read type " LONG_UUID " 1 ffff > 08 0100 ffff " LONG_UUID "< 09 05 0a00 010203",
	 "#1 data 050a00010203; #1 ends 0"},
	{"GATT/CL/GAR/BV-03-C", "several values at once", CLIENT,
	 BY_TYPE "< 09 03 0a00 01 0c00 02", "#1 data 030a00010c0002; #1 ends 0"},
	{"GATT/CL/GAR/BI-06-C", "by UUID, Read Not Permitted", CLIENT, BY_TYPE "< 01 08 0b00 02",
	 "#1 ends 2"},
	{"GATT/CL/GAR/BI-07-C", "by UUID, Attribute Not Found", CLIENT, BY_TYPE "< 01 08 0100 0a",
	 "#1 ends a"},
	{"GATT/CL/GAR/BI-09-C", "by UUID, Insufficient Authorization", CLIENT,
	 BY_TYPE "< 01 08 0b00 08", "#1 ends 8"},
	{"GATT/CL/GAR/BI-10-C", "by UUID, Insufficient Authentication", CLIENT,
	 BY_TYPE "< 01 08 0b00 05", "#1 ends 5"},
	{"GATT/CL/GAR/BI-11-C", "by UUID, Insufficient Encryption Key Size", CLIENT,
	 BY_TYPE "< 01 08 0b00 0c", "#1 ends c"},
	{"GATT/CL/GAR/BV-05-C", "Read Multiple Characteristic Values", CLIENT,
	 SEVERAL "< 0f 010203", "#1 data 010203; #1 ends 0"},
	{"GATT/CL/GAR/BI-18-C", "multiple, Read Not Permitted", CLIENT, SEVERAL "< 01 0e 0300 02",
	 "#1 ends 2"},
	{"GATT/CL/GAR/BI-19-C", "multiple, Invalid Handle", CLIENT, SEVERAL "< 01 0e 0300 01",
	 "#1 ends 1"},
	{"GATT/CL/GAR/BI-20-C", "multiple, Insufficient Authorization", CLIENT,
	 SEVERAL "< 01 0e 0300 08", "#1 ends 8"},
	{"GATT/CL/GAR/BI-21-C", "multiple, Insufficient Authentication", CLIENT,
	 SEVERAL "< 01 0e 0300 05", "#1 ends 5"},
	{"GATT/CL/GAR/BI-21-C/auto", "the same, paired and repeated", NOT_OURS, NO_RETRY, NULL},
	{"GATT/CL/GAR/BI-22-C", "multiple, Insufficient Encryption Key Size", CLIENT,
	 SEVERAL "< 01 0e 0300 0c", "#1 ends c"},
	{"GATT/CL/GAR/BV-06-C", "Read Characteristic Descriptor", CLIENT, DESC "< 0b 010203",
	 "#1 data 010203; #1 ends 0"},
	{"GATT/CL/GAR/BI-23-C", "descriptor, Read Not Permitted", CLIENT, DESC "< 01 0a 0400 02",
	 "#1 ends 2"},
	{"GATT/CL/GAR/BI-24-C", "descriptor, Invalid Handle", CLIENT,
	 "! read 0 > 0a 0000 < 01 0a 0000 01", "#1 ends 1"},
	{"GATT/CL/GAR/BI-25-C", "descriptor, Insufficient Authorization", CLIENT,
	 DESC "< 01 0a 0400 08", "#1 ends 8"},
	{"GATT/CL/GAR/BI-26-C", "descriptor, Insufficient Authentication", CLIENT,
	 DESC "< 01 0a 0400 05", "#1 ends 5"},
	{"GATT/CL/GAR/BI-26-C/auto", "the same, paired and repeated", NOT_OURS, NO_RETRY, NULL},
	{"GATT/CL/GAR/BI-27-C", "descriptor, Insufficient Encryption Key Size", CLIENT,
	 DESC "< 01 0a 0400 0c", "#1 ends c"},
	{"GATT/CL/GAR/BI-34-C", "Invalid Transport Access over BR/EDR", NOT_OURS, NO_BREDR, NULL},
	{"GATT/CL/GAR/BI-35-C", "Invalid Transport Access over LE, an application's error", CLIENT,
	 READ "< 01 0a 0300 80", "#1 ends 80"},
	{"GATT/CL/GAR/BV-08-C", "Read Multiple Variable Length Values", NOT_OURS,
	 "the API has no such call", NULL},
	{"GATT/CL/GAR/BV-10-C", "over several bearers", NOT_OURS, NO_EATT, NULL},
	{"GATT/CL/GAR/BV-11-C", "over several enhanced bearers", NOT_OURS, NO_EATT, NULL},
	{"GATT/CL/GAR/BI-36-C", "variable, Read Not Permitted", NOT_OURS,
	 "the API has no such call", NULL},
	{"GATT/CL/GAR/BI-38-C", "variable, Invalid Handle", NOT_OURS, "the API has no such call",
	 NULL},
	{"GATT/CL/GAR/BI-40-C", "variable, Insufficient Authorization", NOT_OURS,
	 "the API has no such call", NULL},
	{"GATT/CL/GAR/BI-42-C", "variable, Insufficient Authentication", NOT_OURS,
	 "the API has no such call", NULL},
	{"GATT/CL/GAR/BI-44-C", "variable, Insufficient Encryption Key Size", NOT_OURS,
	 "the API has no such call", NULL},
};

static const struct purpose longs[] = {
	{"GATT/CL/GAR/BV-04-C", "Read Long Characteristic Value, one part", CLIENT,
	 LONG "< 0b 010203", "#1 data 010203; #1 ends 0"},
	{"GATT/CL/GAR/BV-04-C", "Read Long Characteristic Value, several parts", CLIENT,
	 "! read long 3 > 0a 0300 < 0b 00+22 > 0c 0300 1600 < 0d 16+22 > 0c 0300 2c00 < 0d 2c+7",
	 "#1 data 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
	 "20212223242526272829"
	 "2a2b2c2d2e2f303132; #1 ends 0"},
	{"GATT/CL/GAR/BV-04-C", "the last part fills a PDU, then an empty one", CLIENT,
	 LONG "< 0b 41*22 > 0c 0300 1600 "
	 "< 0d", "#1 data 41414141414141414141414141414141414141414141; #1 ends 0"},
	{"GATT/CL/GAR/BV-04-C", "the last part fills a PDU, then Attribute Not Long", CLIENT,
	 LONG "< 0b 41*22 > 0c 0300 1600 < 01 0c 0300 0b",
	 "#1 data 41414141414141414141414141414141414141414141; #1 ends 0"},
	{"GATT/CL/GAR/BV-04-C", "512 octets", CLIENT, BIG("3 > 0a 0300 < 0b 41*512"), NULL},
	{"GATT/CL/GAR/BV-04-C", "a part of it", CLIENT,
	 "! read from 5 3 > 0c 0300 0500 < 0d 0102", "#1 data 0102; #1 ends 0"},
	{"GATT/CL/GAR/BI-12-C", "long, Read Not Permitted", CLIENT, LONG "< 01 0a 0300 02",
	 "#1 ends 2"},
	{"GATT/CL/GAR/BI-13-C", "long, Invalid Offset", CLIENT, LONG "< 01 0a 0300 07",
	 "#1 ends 7"},
	{"GATT/CL/GAR/BI-13-C", "a part of it, Invalid Offset", CLIENT,
	 "! read from f0 3 > 0c 0300 f000 < 01 0c 0300 07", "#1 ends 7"},
	{"GATT/CL/GAR/BI-14-C", "long, Invalid Handle", CLIENT,
	 "! read long 0 > 0a 0000 < 01 0a 0000 01", "#1 ends 1"},
	{"GATT/CL/GAR/BI-15-C", "long, Insufficient Authorization", CLIENT, LONG "< 01 0a 0300 08",
	 "#1 ends 8"},
	{"GATT/CL/GAR/BI-15-C", "in a later part", CLIENT, MORE "< 01 0c 0300 08", "#1 ends 8"},
	{"GATT/CL/GAR/BI-16-C", "long, Insufficient Authentication", CLIENT, LONG "< 01 0a 0300 05",
	 "#1 ends 5"},
	{"GATT/CL/GAR/BI-16-C", "in a later part", CLIENT, MORE "< 01 0c 0300 05", "#1 ends 5"},
	{"GATT/CL/GAR/BI-16-C/auto", "the same, paired and repeated", NOT_OURS, NO_RETRY, NULL},
	{"GATT/CL/GAR/BI-17-C", "long, Insufficient Encryption Key Size", CLIENT,
	 LONG "< 01 0a 0300 0c", "#1 ends c"},
	{"GATT/CL/GAR/BI-17-C", "in a later part", CLIENT, MORE "< 01 0c 0300 0c", "#1 ends c"},
	{"GATT/CL/GAR/BV-07-C", "Read Long Characteristic Descriptor", CLIENT,
	 DESC_MORE "< 0d 42", "#1 data 4141414141414141414141414141414141414141414142; #1 ends 0"},
	{"GATT/CL/GAR/BV-07-C", "512 octets", CLIENT, BIG("4 > 0a 0400 < 0b 41*512"), NULL},
	{"GATT/CL/GAR/BI-28-C", "long descriptor, Read Not Permitted", CLIENT,
	 "! read long 4 > 0a 0400 < 01 0a 0400 02", "#1 ends 2"},
	{"GATT/CL/GAR/BI-29-C", "long descriptor, Invalid Offset", CLIENT,
	 "! read long 4 > 0a 0400 < 01 0a 0400 07", "#1 ends 7"},
	{"GATT/CL/GAR/BI-30-C", "long descriptor, Invalid Handle", CLIENT,
	 "! read long 0 > 0a 0000 < 01 0a 0000 01", "#1 ends 1"},
	{"GATT/CL/GAR/BI-31-C", "long descriptor, Insufficient Authorization", CLIENT,
	 DESC_MORE "< 01 0c 0400 08", "#1 ends 8"},
	{"GATT/CL/GAR/BI-32-C", "long descriptor, Insufficient Authentication", CLIENT,
	 DESC_MORE "< 01 0c 0400 05", "#1 ends 5"},
	{"GATT/CL/GAR/BI-32-C/auto", "the same, paired and repeated", NOT_OURS, NO_RETRY, NULL},
	{"GATT/CL/GAR/BI-33-C", "long descriptor, Insufficient Encryption Key Size", CLIENT,
	 DESC_MORE "< 01 0c 0400 0c", "#1 ends c"},
};
/* clang-format on */

const struct group read_client = GROUP("GAR: reading values and descriptors, by our client", reads);
const struct group read_client_long = GROUP("GAR: reading long ones, by our client", longs);
