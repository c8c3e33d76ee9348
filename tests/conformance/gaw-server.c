/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GAW, our server: writing (Core 5.4, Vol 3, Part G, 4.9 and 4.12). */
#include "att_peer.h"
#include "purposes.h"

/* An MTU that has room for more than a value may have. */
#define WIDE "! takes mtu 517 < 02 0502 > 03 0502 "

/* clang-format off */
static const struct purpose values[] = {
	{"GATT/SR/GAW/BV-01-C", "Write Without Response", SMALL,
	 "< 52 0300 010203 < 0a 0300 > 0b 010203", "written 0003 010203; read 0003 010203"},
	{"GATT/SR/GAW/BV-02-C", "Write Without Response with Authentication", NOT_OURS, NO_KEYS,
	 NULL},
	{"GATT/SR/GAW/BI-01-C", "with Authentication, Invalid Signature: ignored", SMALL,
	 "< d2 0300 41 01000000 11*8 < 0a 0300 > 0b 3132333435", "read 0003 3132333435"},
	{"GATT/SR/GAW/BV-03-C", "Write Characteristic Value", SMALL,
	 "< 12 0300 010203 > 13 < 0a 0300 > 0b 010203", "written 0003 010203; read 0003 010203"},
	{"GATT/SR/GAW/BV-03-C", "Write Characteristic Value", LARGE,
	 "< 12 4200 010203 > 13 < 12 2700 41 > 13", "written 0042 010203; written 0027 41"},
	{"GATT/SR/GAW/BI-02-C", "Invalid Handle", SMALL, "< 12 0000 010203 > 01 12 0000 01", ""},
	{"GATT/SR/GAW/BI-02-C", "Invalid Handle", LARGE, "< 12 0ff0 010203 > 01 12 0ff0 01", ""},
	{"GATT/SR/GAW/BI-03-C", "Write Not Permitted", SMALL, "< 12 f3ff 010203 > 01 12 f3ff 03",
	 ""},
	{"GATT/SR/GAW/BI-03-C", "Write Not Permitted", LARGE, "< 12 2300 010203 > 01 12 2300 03",
	 ""},
	{"GATT/SR/GAW/BI-04-C", "Insufficient Authorization", LARGE, "< 12 7200 41 > 01 12 7200 08",
	 ""},
	{"GATT/SR/GAW/BI-05-C", "Insufficient Authentication", LARGE,
	 "< 12 7400 41 > 01 12 7400 05", ""},
	{"GATT/SR/GAW/BI-06-C", "Insufficient Encryption Key Size", LARGE,
	 "! encrypted with 7 < 12 7600 41 > 01 12 7600 0c ! encrypted with 16 < 12 7600 41 > 13",
	 "written 0076 41"},
	{"GATT/SR/GAW/BI-32-C", "Attribute Value Length Too Long", SMALL,
	 WIDE "< 12 0300 41*513 > 01 12 0300 0d < 0a 0300 "
	 "> 0b 3132333435", "mtu 517; read 0003 3132333435"},
	{"GATT/SR/GAW/BI-32-C", "Attribute Value Length Too Long, of a fixed length", SMALL,
	 "< 12 0400 010000 > 01 12 0400 0d < 0a 0400 > 0b 0000", "read 0004 0000"},
	{"GATT/SR/GAW/BI-39-C", "command, Attribute Value Length Too Long: ignored", SMALL,
	 WIDE "< 52 0300 41*513 < 0a 0300 > 0b 3132333435", "mtu 517; read 0003 3132333435"},
	{"GATT/SR/GAW/BI-40-C", "signed command, Attribute Value Length Too Long", NOT_OURS,
	 NO_KEYS, NULL},
	{"GATT/SR/GAW/BI-36-C", "Signed Write over BR/EDR", NOT_OURS, NO_BREDR, NULL},
	{"GATT/SR/GAW/BI-37-C", "Signed Write on an enhanced bearer over BR/EDR", NOT_OURS,
	 NO_BREDR, NULL},
	{"GATT/SR/GAW/BI-38-C", "Signed Write on an enhanced bearer", NOT_OURS, NO_EATT, NULL},
};

static const struct purpose longs[] = {
	{"GATT/SR/GAW/BV-05-C", "Write Long Characteristic Value", SMALL,
	 "< 16 0300 0000 ff*18 > 17 0300 0000 ff*18 < 16 0300 1200 fe > 17 0300 1200 fe "
	 "< 18 01 > 19"
	 "< 0a 0300 > 0b ff*18 fe",
	 "written 0003 fffffffffffffffffffffffffffffffffffffe;"
	 " read 0003 fffffffffffffffffffffffffffffffffffffe"},
	{"GATT/SR/GAW/BV-05-C", "Write Long Characteristic Value", LARGE,
	 "< 16 4200 0000 ff*18 > 17 4200 0000 ff*18 < 16 4200 1200 fe > 17 4200 1200 fe "
	 "< 18 01 > 19",
	 "written 0042 fffffffffffffffffffffffffffffffffffffe"},
	{"GATT/SR/GAW/BI-07-C", "long, Invalid Handle", SMALL,
	 "< 16 0000 0000 ff*18 > 01 16 0000 01", ""},
	{"GATT/SR/GAW/BI-07-C", "long, Invalid Handle", LARGE,
	 "< 16 0ff0 0000 ff*18 > 01 16 0ff0 01", ""},
	{"GATT/SR/GAW/BI-08-C", "long, Write Not Permitted", SMALL,
	 "< 16 0500 0000 ff*18 > 01 16 0500 03", ""},
	{"GATT/SR/GAW/BI-08-C", "long, Write Not Permitted", LARGE,
	 "< 16 4300 0000 ff*18 > 01 16 4300 03", ""},
	{"GATT/SR/GAW/BI-09-C", "long, Invalid Offset", SMALL,
	 "< 16 0300 0600 41 > 17 0300 0600 41 < 18 01 > 01 18 0300 07 < 0a 0300 > 0b 3132333435",
	 "read 0003 3132333435"},
	{"GATT/SR/GAW/BI-11-C", "long, Insufficient Authorization", LARGE,
	 "< 16 7200 0000 41 > 01 16 7200 08", ""},
	{"GATT/SR/GAW/BI-12-C", "long, Insufficient Authentication", LARGE,
	 "< 16 7400 0000 41 > 01 16 7400 05", ""},
	{"GATT/SR/GAW/BI-13-C", "long, Insufficient Encryption Key Size", LARGE,
	 "! encrypted with 7 < 16 7600 0000 41 > 01 16 7600 0c", ""},
	{"GATT/SR/GAW/BI-33-C", "long, Attribute Value Length Too Long", SMALL,
	 WIDE "< 16 0300 0000 41*500 > 17 0300 0000 41*500 < 16 0300 f401 41*13 "
	 "> 17 0300 f401 41*13"
	 "< 18 01 > 01 18 0300 0d < 0a 0300 > 0b 3132333435", "mtu 517; read 0003 3132333435"},
	{"GATT/SR/GAW/BV-06-C", "Characteristic Value Reliable Writes", SMALL,
	 "< 16 0300 0000 010203 > 17 0300 0000 010203 < 18 01 > 19", "written 0003 010203"},
	{"GATT/SR/GAW/BV-06-C", "Characteristic Value Reliable Writes", LARGE,
	 "< 16 4200 0000 010203 > 17 4200 0000 010203 < 18 01 > 19", "written 0042 010203"},
	{"GATT/SR/GAW/BV-07-C", "Cancel Reliable Write", SMALL,
	 "< 16 0300 0000 010203 > 17 0300 0000 010203 < 18 00 > 19 < 0a 0300 > 0b 3132333435",
	 "read 0003 3132333435"},
	{"GATT/SR/GAW/BV-07-C", "Cancel Reliable Write", LARGE,
	 "< 16 4200 0000 010203 > 17 4200 0000 010203 < 18 00 > 19 < 0a 4200 > 0b 44",
	 "read 0042 44"},
	{"GATT/SR/GAW/BV-10-C", "Nested Long Reliable Writes", SMALL,
	 "< 16 0300 0000 010203 > 17 0300 0000 010203 < 16 f5ff 0000 010203 > 17 f5ff 0000 010203"
	 "< 16 0300 0300 040506 > 17 0300 0300 040506 < 16 f5ff 0300 040506 "
	 "> 17 f5ff 0300 040506 < 18 01 > 19",
	 "written 0003 010203040506; written fff5 010203040506"},
	{"GATT/SR/GAW/BV-10-C", "Nested Long Reliable Writes", LARGE,
	 "< 16 4200 0000 010203 > 17 4200 0000 010203 < 16 2500 0000 010203 > 17 2500 0000 010203"
	 "< 16 4200 0300 040506 > 17 4200 0300 040506 < 16 2500 0300 040506 "
	 "> 17 2500 0300 040506 < 18 01 > 19",
	 "written 0042 010203040506; written 0025 010203040506"},
	{"GATT/SR/GAW/BV-11-C", "Reliable Writes, nothing prepared", SMALL,
	 "< 18 01 > 19 < 18 00 > 19 < 0a 0300 > 0b 3132333435", "read 0003 3132333435"},
	{"GATT/SR/GAW/BI-14-C", "reliable, Invalid Handle", SMALL,
	 "< 16 0000 0000 010203 > 01 16 0000 01", ""},
	{"GATT/SR/GAW/BI-14-C", "reliable, Invalid Handle", LARGE,
	 "< 16 0ff0 0000 010203 > 01 16 0ff0 01", ""},
	{"GATT/SR/GAW/BI-15-C", "reliable, Write Not Permitted", SMALL,
	 "< 16 0500 0000 010203 > 01 16 0500 03", ""},
	{"GATT/SR/GAW/BI-15-C", "reliable, Write Not Permitted", LARGE,
	 "< 16 4300 0000 010203 > 01 16 4300 03", ""},
	{"GATT/SR/GAW/BI-15-C", "one of two refused, the other goes on", LARGE,
	 "< 16 4200 0000 010203 > 17 4200 0000 010203 < 16 4300 0000 01 > 01 16 4300 03 "
	 "< 18 01 > 19",
	 "written 0042 010203"},
	{"GATT/SR/GAW/BI-17-C", "reliable, Insufficient Authorization", LARGE,
	 "< 16 7200 0000 41 > 01 16 7200 08", ""},
	{"GATT/SR/GAW/BI-18-C", "reliable, Insufficient Authentication", LARGE,
	 "< 16 7400 0000 41 > 01 16 7400 05", ""},
	{"GATT/SR/GAW/BI-19-C", "reliable, Insufficient Encryption Key Size", LARGE,
	 "! encrypted with 7 < 16 7600 0000 41 > 01 16 7600 0c", ""},
	{"GATT/SR/GAW/BV-12-C", "prepared over several bearers", NOT_OURS, NO_EATT, NULL},
	{"GATT/SR/GAW/BV-13-C", "prepared over several bearers, cancelled", NOT_OURS, NO_EATT,
	 NULL},
	{"GATT/SR/GAW/BV-14-C", "prepared over several bearers, one of which ends", NOT_OURS,
	 NO_EATT, NULL},
	{"GATT/SR/GAW/BI-41-C", "long, Database Out Of Sync", NOT_OURS, NO_CACHE, NULL},
};

static const struct purpose descriptors[] = {
	{"GATT/SR/GAW/BV-08-C", "Write Characteristic Descriptor", SMALL,
	 "< 12 0400 0100 > 13 < 0a 0400 > 0b 0100", "written 0004 0100; read 0004 0100"},
	{"GATT/SR/GAW/BV-08-C", "Write Characteristic Descriptor", LARGE,
	 "< 12 4400 010203 > 13 < 0a 4400 > 0b 010203", "written 0044 010203; read 0044 010203"},
	{"GATT/SR/GAW/BI-20-C", "descriptor, Invalid Handle", SMALL,
	 "< 12 0000 010203 > 01 12 0000 01", ""},
	{"GATT/SR/GAW/BI-20-C", "descriptor, Invalid Handle", LARGE,
	 "< 12 0ff0 010203 > 01 12 0ff0 01", ""},
	{"GATT/SR/GAW/BI-21-C", "descriptor, Write Not Permitted", SMALL,
	 "< 12 0500 010203 > 01 12 0500 03", ""},
	{"GATT/SR/GAW/BI-21-C", "descriptor, Write Not Permitted", LARGE,
	 "< 12 4500 010203 > 01 12 4500 03", ""},
	{"GATT/SR/GAW/BI-22-C", "descriptor, Insufficient Authorization", LARGE,
	 "< 12 7700 41 > 01 12 7700 08", ""},
	{"GATT/SR/GAW/BI-23-C", "descriptor, Insufficient Authentication", LARGE,
	 "< 12 7800 41 > 01 12 7800 05", ""},
	{"GATT/SR/GAW/BI-24-C", "descriptor, Insufficient Encryption Key Size", LARGE,
	 "! encrypted with 7 < 12 7900 41 > 01 12 7900 0c", ""},
	{"GATT/SR/GAW/BV-09-C", "Write Long Characteristic Descriptors", SMALL,
	 "< 16 0400 0000 01 > 17 0400 0000 01 < 16 0400 0100 00 > 17 0400 0100 00 < 18 01 > 19"
	 "< 0a 0400 > 0b 0100", "written 0004 0100; read 0004 0100"},
	{"GATT/SR/GAW/BV-09-C", "Write Long Characteristic Descriptors", LARGE,
	 "< 16 4600 0000 ff*18 > 17 4600 0000 ff*18 < 16 4600 1200 fe > 17 4600 1200 fe "
	 "< 18 01 > 19",
	 "written 0046 fffffffffffffffffffffffffffffffffffffe"},
	{"GATT/SR/GAW/BI-25-C", "long descriptor, Invalid Handle", SMALL,
	 "< 16 0000 0000 ff*18 > 01 16 0000 01", ""},
	{"GATT/SR/GAW/BI-25-C", "long descriptor, Invalid Handle", LARGE,
	 "< 16 0ff0 0000 ff*18 > 01 16 0ff0 01", ""},
	{"GATT/SR/GAW/BI-26-C", "long descriptor, Write Not Permitted", SMALL,
	 "< 16 0500 0000 ff*18 > 01 16 0500 03", ""},
	{"GATT/SR/GAW/BI-26-C", "long descriptor, Write Not Permitted", LARGE,
	 "< 16 4500 0000 ff*18 > 01 16 4500 03", ""},
	{"GATT/SR/GAW/BI-27-C", "long descriptor, Invalid Offset", LARGE,
	 "< 16 4600 2d00 41 > 17 4600 2d00 41 < 18 01 > 01 18 4600 07", ""},
	{"GATT/SR/GAW/BI-29-C", "long descriptor, Insufficient Authorization", LARGE,
	 "< 16 7700 0000 41 > 01 16 7700 08", ""},
	{"GATT/SR/GAW/BI-30-C", "long descriptor, Insufficient Authentication", LARGE,
	 "< 16 7800 0000 41 > 01 16 7800 05", ""},
	{"GATT/SR/GAW/BI-31-C", "long descriptor, Insufficient Encryption Key Size", LARGE,
	 "! encrypted with 7 < 16 7900 0000 41 > 01 16 7900 0c", ""},
};
/* clang-format on */

const struct group write_server = GROUP("GAW: writing values, by our server", values);
const struct group write_server_long = GROUP("GAW: long and reliable writes, by our server", longs);
const struct group write_descriptor_server = GROUP("GAW: writing descriptors, by our server",
                                                   descriptors);
