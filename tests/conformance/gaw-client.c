/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GAW, our client: writing (Core 5.4, Vol 3, Part G, 4.9 and 4.12). */
#include "att_peer.h"
#include "purposes.h"

#define WRITE        "! write 7 010203 > 12 0700 010203 "
#define PREPARE      "! write long 7 010203 > 16 0700 0000 010203 "
#define DESC         "! write 8 010203 > 12 0800 010203 "
#define DESC_PREPARE "! write long 8 010203 > 16 0800 0000 010203 "

/* The second of two parts is refused, so the first is taken back. */
#define SECOND(handle)                                                              \
	"! write long " handle " 41*19 > 16 0" handle "00 0000 41*18 < 17 0" handle \
	"00 0000 41*18 > 16 0" handle "00 1200 41 "
#define CANCELLED " > 18 00 < 19"

/* With the longest MTU, 512 octets take two parts. */
#define BIG(handle)                                                                                \
	"! exchange mtu 517 > 02 0502 < 03 0002 ! write long " handle " ff*512 > 16 0" handle      \
	"00 0000 ff*507 < 17 0" handle "00 0000 ff*507 > 16 0" handle "00 fb01 ff*5 < 17 0" handle \
	"00 fb01 ff*5 > 18 01 < 19"

/* clang-format off */
static const struct purpose writes[] = {
	{"GATT/CL/GAW/BV-01-C", "Write Without Response", CLIENT,
	 "! write command 7 010203 > 52 0700 010203", "#1 ends 0"},
	{"GATT/CL/GAW/BV-02-C", "Write Without Response with Authentication", NOT_OURS,
	 "the API has no such call, and there are no keys", NULL},
	{"GATT/CL/GAW/BV-02-C/seclevel", "the same on an encrypted link", NOT_OURS,
	 "the API has no such call, and there are no keys", NULL},
	{"GATT/CL/GAW/BV-03-C", "Write Characteristic Value", CLIENT, WRITE "< 13", "#1 ends 0"},
	{"GATT/CL/GAW/BI-02-C", "Invalid Handle", CLIENT,
	 "! write 0 010203 > 12 0000 010203 < 01 12 0000 01", "#1 ends 1"},
	{"GATT/CL/GAW/BI-03-C", "Write Not Permitted", CLIENT, WRITE "< 01 12 0700 03",
	 "#1 ends 3"},
	{"GATT/CL/GAW/BI-04-C", "Insufficient Authorization", CLIENT, WRITE "< 01 12 0700 08",
	 "#1 ends 8"},
	{"GATT/CL/GAW/BI-05-C", "Insufficient Authentication", CLIENT, WRITE "< 01 12 0700 05",
	 "#1 ends 5"},
	{"GATT/CL/GAW/BI-05-C/auto", "the same, paired and repeated", NOT_OURS, NO_RETRY, NULL},
	{"GATT/CL/GAW/BI-06-C", "Insufficient Encryption Key Size", CLIENT, WRITE "< 01 12 0700 0c",
	 "#1 ends c"},
	{"GATT/CL/GAW/BV-08-C", "Write Characteristic Descriptor", CLIENT, DESC "< 13",
	 "#1 ends 0"},
	{"GATT/CL/GAW/BI-20-C", "descriptor, Invalid Handle", CLIENT,
	 "! write 0 010203 > 12 0000 010203 < 01 12 0000 01", "#1 ends 1"},
	{"GATT/CL/GAW/BI-21-C", "descriptor, Write Not Permitted", CLIENT, DESC "< 01 12 0800 03",
	 "#1 ends 3"},
	{"GATT/CL/GAW/BI-22-C", "descriptor, Insufficient Authorization", CLIENT,
	 DESC "< 01 12 0800 08", "#1 ends 8"},
	{"GATT/CL/GAW/BI-23-C", "descriptor, Insufficient Authentication", CLIENT,
	 DESC "< 01 12 0800 05", "#1 ends 5"},
	{"GATT/CL/GAW/BI-23-C/auto", "the same, paired and repeated", NOT_OURS, NO_RETRY, NULL},
	{"GATT/CL/GAW/BI-24-C", "descriptor, Insufficient Encryption Key Size", CLIENT,
	 DESC "< 01 12 0800 0c", "#1 ends c"},
};

static const struct purpose longs[] = {
	{"GATT/CL/GAW/BV-05-C", "Write Long Characteristic Value", CLIENT,
	 SECOND("7") "< 17 0700 1200 41 > 18 01 < 19", "#1 ends 0"},
	{"GATT/CL/GAW/BV-05-C", "512 octets", CLIENT, BIG("7"), "mtu 512; #1 ends 0; #1 ends 0"},
	{"GATT/CL/GAW/BI-07-C", "long, Invalid Handle", CLIENT,
	 "! write long 0 010203 > 16 0000 0000 010203 < 01 16 0000 01", "#1 ends 1"},
	{"GATT/CL/GAW/BI-08-C", "long, Write Not Permitted", CLIENT, PREPARE "< 01 16 0700 03",
	 "#1 ends 3"},
	{"GATT/CL/GAW/BI-09-C", "long, Invalid Offset", CLIENT,
	 PREPARE "< 17 0700 0000 010203 > 18 01 < 01 18 0700 07", "#1 ends 7"},
	{"GATT/CL/GAW/BI-11-C", "long, Insufficient Authorization", CLIENT,
	 PREPARE "< 01 16 0700 08", "#1 ends 8"},
	{"GATT/CL/GAW/BI-11-C", "in a later part", CLIENT, SECOND("7") "< 01 16 0700 08" CANCELLED,
	 "#1 ends 8"},
	{"GATT/CL/GAW/BI-12-C", "long, Insufficient Authentication", CLIENT,
	 PREPARE "< 01 16 0700 05", "#1 ends 5"},
	{"GATT/CL/GAW/BI-12-C", "in a later part", CLIENT, SECOND("7") "< 01 16 0700 05" CANCELLED,
	 "#1 ends 5"},
	{"GATT/CL/GAW/BI-13-C", "long, Insufficient Encryption Key Size", CLIENT,
	 PREPARE "< 01 16 0700 0c", "#1 ends c"},
	{"GATT/CL/GAW/BI-13-C", "in a later part", CLIENT, SECOND("7") "< 01 16 0700 0c" CANCELLED,
	 "#1 ends c"},
	{"GATT/CL/GAW/BV-06-C", "Characteristic Value Reliable Write: the echo is checked", CLIENT,
	 PREPARE "< 17 0700 0000 010203 > 18 01 < 19", "#1 ends 0"},
	{"GATT/CL/GAW/BI-14-C", "reliable, Invalid Handle", CLIENT,
	 "! write long 0 010203 > 16 0000 0000 010203 < 01 16 0000 01", "#1 ends 1"},
	{"GATT/CL/GAW/BI-15-C", "reliable, Write Not Permitted", CLIENT, PREPARE "< 01 16 0700 03",
	 "#1 ends 3"},
	{"GATT/CL/GAW/BI-17-C", "reliable, Insufficient Authorization", CLIENT,
	 PREPARE "< 01 16 0700 08", "#1 ends 8"},
	{"GATT/CL/GAW/BI-18-C", "reliable, Insufficient Authentication", CLIENT,
	 PREPARE "< 01 16 0700 05", "#1 ends 5"},
	{"GATT/CL/GAW/BI-18-C/auto", "the same, paired and repeated", NOT_OURS, NO_RETRY, NULL},
	{"GATT/CL/GAW/BI-19-C", "reliable, Insufficient Encryption Key Size", CLIENT,
	 PREPARE "< 01 16 0700 0c", "#1 ends c"},
	{"GATT/CL/GAW/BI-32-C", "Cancel Reliable Write: the echo has another value", CLIENT,
	 PREPARE "< 17 0700 0000 010204" CANCELLED, "#1 ends 100"},
	{"GATT/CL/GAW/BV-09-C", "Write Long Characteristic Descriptors", CLIENT,
	 SECOND("8") "< 17 0800 1200 41 > 18 01 < 19", "#1 ends 0"},
	{"GATT/CL/GAW/BV-09-C", "512 octets", CLIENT, BIG("8"), "mtu 512; #1 ends 0; #1 ends 0"},
	{"GATT/CL/GAW/BI-25-C", "long descriptor, Invalid Handle", CLIENT,
	 "! write long 0 010203 > 16 0000 0000 010203 < 01 16 0000 01", "#1 ends 1"},
	{"GATT/CL/GAW/BI-26-C", "long descriptor, Write Not Permitted", CLIENT,
	 DESC_PREPARE "< 01 16 0800 03", "#1 ends 3"},
	{"GATT/CL/GAW/BI-27-C", "long descriptor, Invalid Offset", CLIENT,
	 DESC_PREPARE "< 17 0800 0000 010203 > 18 01 < 01 18 0800 07", "#1 ends 7"},
	{"GATT/CL/GAW/BI-29-C", "long descriptor, Insufficient Authorization", CLIENT,
	 DESC_PREPARE "< 01 16 0800 08", "#1 ends 8"},
	{"GATT/CL/GAW/BI-30-C", "long descriptor, Insufficient Authentication", CLIENT,
	 DESC_PREPARE "< 01 16 0800 05", "#1 ends 5"},
	{"GATT/CL/GAW/BI-31-C", "long descriptor, Insufficient Encryption Key Size", CLIENT,
	 DESC_PREPARE "< 01 16 0800 0c", "#1 ends c"},
};
/* clang-format on */

const struct group write_client = GROUP("GAW: writing values and descriptors, by our client",
                                        writes);
const struct group write_client_long = GROUP("GAW: long and reliable writes, by our client", longs);
