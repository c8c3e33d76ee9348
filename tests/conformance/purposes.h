/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Test purposes of the Bluetooth SIG's suite for GATT, by their names, as scripts of PDUs written
 * from the Core specification (5.4, Vol 3, Parts F and G).
 *
 * Steps of a script:
 *
 *   < 0a 0300            the peer sends this PDU; "41*60" is sixty times 41, "00+60" counts up
 *   > 0b 616263          it gets this one
 *   ! read 3             our app does something: see the actions in conformance.c
 *   ~ 30000              so many milliseconds pass
 *
 * What the app is told is text, as att_peer.h has it.
 */
#pragma once

#include <stddef.h>

enum database {
	CLIENT,  /* none of our own: the peer is the server */
	SMALL,   /* few attributes, at both ends of the handles */
	LARGE,   /* services of the same kind, gaps, long values, protected ones */
	NOT_OURS /* does not apply; the script says why not */
};

struct purpose {
	const char *name;
	const char *what;
	enum database db;
	const char *script;
	const char *told; /* NULL if that does not matter */
};

struct group {
	const char *about;
	const struct purpose *purposes;
	size_t n;
};

#define GROUP(about, purposes)                                          \
	{                                                               \
		about, purposes, sizeof(purposes) / sizeof(purposes[0]) \
	}

/* Why some do not apply. */
#define NO_BREDR "BR/EDR only"
#define NO_EATT  "there are no enhanced bearers"
#define NO_KEYS  "it needs pairing, which the host refuses"
#define NO_RETRY "it is about pairing when the peer demands it; the host refuses to pair"
#define NO_CACHE "the server offers no Database Hash and no Client Supported Features"

extern const struct group configuration, discovery_server, discovery_client, read_server,
        read_descriptor_server, read_variable_server, read_client, read_client_long, write_server,
        write_server_long, write_descriptor_server, write_client, write_client_long, notifications,
        indications, services, timeouts, attributes, bearers;

/* databases.c: puts a database behind the server. */
void fill_database(enum database database);

/*
 * The databases. Values in hexadecimal; r, w, c, n, i: read, write, write command, notify,
 * indicate.
 *
 * SMALL
 *   0001 Primary Service 180f
 *   0002   Characteristic 2a19 rwcni, 0003 value 3132333435
 *   0004     CCCD
 *   0005     User Description 6c6576656c, read only
 *   fff0 Primary Service 1800
 *   fff1   Include 0001..0005
 *   fff2   Characteristic 2a00 r, fff3 value 736d616c6c
 *   fff4   Characteristic LONG_UUID rw, fff5 value 09
 *   fff6   Characteristic 2a01 r, fff7 value 0000
 *
 * LARGE
 *   0001 Secondary Service aa0d
 *   0002   Characteristic b007 rw, 0003 value 41
 *   0004 Secondary Service aa0e
 *   0005   Include 0001..0003
 *   0010 Primary Service 1800
 *   0011   Characteristic 2a00 r, 0012 value 6c61726765
 *   0013   Characteristic 2a01 r, 0014 value 0000
 *   0020 Primary Service aa0a
 *   0021   Include 0001..0003
 *   0022   Characteristic b001 r, 0023 value 41
 *   0024   Characteristic b002 rw, 0025 value 00+51
 *   0026   Characteristic b003 w, 0027 value empty
 *   0028   Characteristic b003 w, 0029 value empty
 *   0030 Primary Service aa0b
 *   0040 Primary Service aa0b
 *   0041   Characteristic b004 rwn and extended, 0042 value 44
 *   0043     Extended Properties 0100
 *   0044     User Description 61*43, may be written
 *   0045     Presentation Format 04000127010000
 *   0046     descriptor LONG_UUID 11*44, may be written
 *   0047     descriptor b0d1, write only
 *   0048     CCCD
 *   0050 Primary Service aa0b
 *   0051   Characteristic b006 ri, 0052 value 45
 *   0053     CCCD
 *   0060 Primary Service LONG_SERVICE
 *   0061   Include 0040..0048
 *   0062   Characteristic LONG_UUID rw, 0063 value 00+60
 *   0070 Primary Service aa0c, whose values and descriptors 46 demand
 *   0071   Characteristic b010 rw, 0072 authorization
 *   0073   Characteristic b011 rw, 0074 authentication
 *   0075   Characteristic b012 rw, 0076 encryption, with descriptors that demand
 *   0077     b0d2 authorization, 0078 b0d3 authentication, 0079 b0d4 encryption
 *   0080 Primary Service LONG_SERVICE
 *   0090 Primary Service aa0f
 *   0091   Include 0080
 *   0092   Characteristic b020 r, 0093 value 01, 0094 Presentation Format 04000127010100
 *   0095   Characteristic b021 r, 0096 value 0200, 0097 Presentation Format 06000027010200
 *   0098   Characteristic b022 r, 0099 value 010200, 009a Aggregate Format 94009700
 *   00a0 Primary Service 1801
 *   00a1   Characteristic 2a05 i, 00a2 value 00000000
 *   00a3     CCCD
 */
