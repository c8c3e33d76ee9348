/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bad input for the client: what we ask ('>') and what a server makes of it ('<') => how the
 * procedure ends. Each row meets a fresh link; after each the link still works and nothing is left
 * over. Sections are of the Core specification 5.4, Vol 3.
 */
#include <stdio.h>
#include <string.h>

#include "att_peer.h"
#include "rows.h"

struct ask {
	const char *what;
	struct qb_gatt_proc_args args;
	const char *data; /* to write */
	const char *script;
	const char *told; /* "#1 ends 100" is QB_GATT_BAD_RESPONSE, other codes are the peer's */
	const char *where;
};

#define SERVICES                                  \
	{                                         \
		.type = QB_PROC_DISCOVER_SERVICES \
	}
#define BY_UUID                                                                                  \
	{                                                                                        \
		.type = QB_PROC_DISCOVER_BY_UUID, .uuid = {                                      \
			{0xfb, 0x34, 0x9b, 0x5f, 0x80, 0x00, 0x00, 0x80, 0x00, 0x10, 0x00, 0x00, \
			 0x0f, 0x18, 0x00, 0x00}                                                 \
		}                                                                                \
	}
#define TYPE_2A19                                                                                \
	{                                                                                        \
		.type = QB_PROC_READ_BY_UUID, .start = 1, .end = 0x20, .uuid = {                 \
			{0xfb, 0x34, 0x9b, 0x5f, 0x80, 0x00, 0x00, 0x80, 0x00, 0x10, 0x00, 0x00, \
			 0x19, 0x2a, 0x00, 0x00}                                                 \
		}                                                                                \
	}
#define INCLUDES                                                              \
	{                                                                     \
		.type = QB_PROC_DISCOVER_INCLUDES, .start = 0x10, .end = 0x20 \
	}
#define CHARAS                                                              \
	{                                                                   \
		.type = QB_PROC_DISCOVER_CHARAS, .start = 0x10, .end = 0x20 \
	}
#define DESCS                                                              \
	{                                                                  \
		.type = QB_PROC_DISCOVER_DESCS, .start = 0x10, .end = 0x20 \
	}
#define READ                                     \
	{                                        \
		.type = QB_PROC_READ, .start = 3 \
	}
#define BLOB                                                  \
	{                                                     \
		.type = QB_PROC_READ, .start = 3, .offset = 5 \
	}
#define READ_LONG                                     \
	{                                             \
		.type = QB_PROC_READ_LONG, .start = 3 \
	}
#define MULTIPLE                              \
	{                                     \
		.type = QB_PROC_READ_MULTIPLE \
	}
#define WRITE                                     \
	{                                         \
		.type = QB_PROC_WRITE, .start = 3 \
	}
#define WRITE_LONG                                     \
	{                                              \
		.type = QB_PROC_WRITE_LONG, .start = 3 \
	}
#define MTU                                              \
	{                                                \
		.type = QB_PROC_EXCHANGE_MTU, .mtu = 100 \
	}

#define ASK_SERVICES "> 10 0100 ffff 0028 "
#define ASK_BY_UUID  "> 06 0100 ffff 0028 0f18 "
#define ASK_TYPE     "> 08 0100 2000 192a "
#define ASK_INCLUDES "> 08 1000 2000 0228 "
#define ASK_CHARAS   "> 08 1000 2000 0328 "
#define ASK_DESCS    "> 04 1000 2000 "
#define BAD          "#1 ends 100"

/* clang-format off */
static const struct ask wrong_answers[] = {
	/* The wrong PDU, or none that can be one. */
	{"another request's response",     READ, NULL, "> 0a 0300 < 0d 41", BAD, "F 3.3.2"},
	{"a write's response",             READ, NULL, "> 0a 0300 < 13", BAD, "F 3.3.2"},
	{"an MTU's response",              READ, NULL, "> 0a 0300 < 03 6400", BAD, "F 3.3.2"},
	{"a variable multiple's response", MULTIPLE, "0300 0400",
	 "> 0e 0300 0400 < 21 0100 41 0000", BAD, "F 3.4.4.8"},
	{"an error without its end",       READ, NULL, "> 0a 0300 < 01 0a 0300", BAD, "F 3.4.1.1"},
	{"an error of one octet",          READ, NULL, "> 0a 0300 < 01", BAD, "F 3.4.1.1"},
	{"an error with an octet more",    READ, NULL, "> 0a 0300 < 01 0a 0300 0a 00", BAD,
	 "F 3.4.1.1"},
	{"an error for another request",   READ, NULL, "> 0a 0300 < 01 12 0300 0a", BAD,
	 "F 3.4.1.1"},
	{"an error for no request",        READ, NULL, "> 0a 0300 < 01 00 0000 0e", BAD,
	 "F 3.4.1.1"},
	{"the error that is none",         READ, NULL, "> 0a 0300 < 01 0a 0300 00", BAD,
	 "F 3.4.1.1"},
	{"an error with a strange handle", READ, NULL, "> 0a 0300 < 01 0a 0900 0a", "#1 ends a",
	 "F 3.4.1.1"},
	{"an error code of an application", READ, NULL, "> 0a 0300 < 01 0a 0300 80", "#1 ends 80",
	 "F 3.4.1.1"},
	{"an error code that is reserved", READ, NULL, "> 0a 0300 < 01 0a 0300 7f", "#1 ends 7f",
	 "F 3.4.1.1"},
	{"a request in between",           READ, NULL, "> 0a 0300 < 0a 0300 > 0b 616263 < 0b 41",
	 "read 0003 616263; #1 data 41; #1 ends 0", "F 3.3.2"},
	{"an unknown request in between",  READ, NULL, "> 0a 0300 < 3f > 01 3f 0000 06 < 0b 41",
	 "#1 data 41; #1 ends 0", "F 3.3.2"},
	{"a notification in between",      READ, NULL, "> 0a 0300 < 1b 0400 42 < 0b 41",
	 "notified 0004 42; #1 data 41; #1 ends 0", "F 3.3.2"},
	{"the answer twice",               READ, NULL, "> 0a 0300 < 0b 41 < 0b 42",
	 "#1 data 41; #1 ends 0", "F 3.3.2"},
	{"an MTU of half an octet pair",   MTU, NULL, "> 02 6400 < 03 17", BAD, "F 3.4.2.2"},
	{"an MTU and an octet",            MTU, NULL, "> 02 6400 < 03 1700 00", BAD, "F 3.4.2.2"},
	{"an MTU of 0 is one of 23",       MTU, NULL, "> 02 6400 < 03 0000",
	 "mtu 23; #1 ends 0", "F 3.4.2.2"},
	{"a Write Response with an octet", WRITE, "41", "> 12 0300 41 < 13 00", BAD, "F 3.4.5.2"},
};

static const struct ask services[] = {
	{"no entry",                     SERVICES, NULL, ASK_SERVICES "< 11", BAD, "F 3.4.4.10"},
	{"a size of 0",                  SERVICES, NULL, ASK_SERVICES "< 11 00", BAD, "F 3.4.4.10"},
	{"a size of 0 and an entry",     SERVICES, NULL, ASK_SERVICES "< 11 00 0100 0300 0018", BAD,
	 "F 3.4.4.10"},
	{"a size and no entry",          SERVICES, NULL, ASK_SERVICES "< 11 06", BAD, "F 3.4.4.10"},
	{"a size that has no UUID",      SERVICES, NULL, ASK_SERVICES "< 11 04 0100 0300", BAD,
	 "G 4.4.1"},
	{"a size of a 24-bit UUID",      SERVICES, NULL, ASK_SERVICES "< 11 07 0100 0300 001800",
	 BAD,
	 "G 4.4.1"},
	{"a size of a 32-bit UUID",      SERVICES, NULL, ASK_SERVICES "< 11 08 0100 0300 00180000",
	 BAD,
	 "G 4.4.1"},
	{"a size over the PDU",          SERVICES, NULL, ASK_SERVICES "< 11 14 0100 0300 0018", BAD,
	 "F 3.4.4.10"},
	{"a size of 255",                SERVICES, NULL, ASK_SERVICES "< 11 ff 0100 0300 0018", BAD,
	 "F 3.4.4.10"},
	{"one and a half entries",       SERVICES, NULL,
	 ASK_SERVICES "< 11 06 0100 0300 0018 0400 05",
	 BAD, "F 3.4.4.10"},
	{"handle 0",                     SERVICES, NULL, ASK_SERVICES "< 11 06 0000 0300 0018", BAD,
	 "F 3.4.4.10"},
	{"an end before the start",      SERVICES, NULL, ASK_SERVICES "< 11 06 0300 0100 0018", BAD,
	 "F 3.4.4.10"},
	{"an end of 0",                  SERVICES, NULL, ASK_SERVICES "< 11 06 0100 0000 0018", BAD,
	 "F 3.4.4.10"},
	{"the same service twice",       SERVICES, NULL,
	 ASK_SERVICES "< 11 06 0100 0300 0018 0100 0300 0018", BAD, "F 3.4.4.10"},
	{"services that overlap",        SERVICES, NULL,
	 ASK_SERVICES "< 11 06 0100 0300 0018 0300 0500 0118", BAD, "F 3.4.4.10"},
	{"services that go down",        SERVICES, NULL,
	 ASK_SERVICES "< 11 06 0400 0500 0018 0100 0300 0118", BAD, "F 3.4.4.10"},
	{"the same answer again",        SERVICES, NULL,
	 ASK_SERVICES "< 11 06 0100 0300 0018 > 10 0400 ffff 0028 < 11 06 0100 0300 0018",
	 "#1 service 0001-0003 1800; " BAD, "F 3.4.4.10"},
	{"an answer from further back",  SERVICES, NULL,
	 ASK_SERVICES "< 11 06 0100 0300 0018 > 10 0400 ffff 0028 < 11 06 0300 0500 0118",
	 "#1 service 0001-0003 1800; " BAD, "F 3.4.4.10"},
	{"the last handle is the end",   SERVICES, NULL, ASK_SERVICES "< 11 06 0100 ffff 0018",
	 "#1 service 0001-ffff 1800; #1 ends 0", "G 4.4.1"},
	{"by UUID, no entry",            BY_UUID, NULL, ASK_BY_UUID "< 07", BAD, "F 3.4.3.4"},
	{"by UUID, half an entry",       BY_UUID, NULL, ASK_BY_UUID "< 07 0100", BAD, "F 3.4.3.4"},
	{"by UUID, one and a half",      BY_UUID, NULL, ASK_BY_UUID "< 07 0100 0300 0400", BAD,
	 "F 3.4.3.4"},
	{"by UUID, handle 0",            BY_UUID, NULL, ASK_BY_UUID "< 07 0000 0300", BAD,
	 "F 3.4.3.4"},
	{"by UUID, an end of 0",         BY_UUID, NULL, ASK_BY_UUID "< 07 0100 0000", BAD,
	 "F 3.4.3.4"},
	{"by UUID, twice the same",      BY_UUID, NULL, ASK_BY_UUID "< 07 0100 0300 0100 0300", BAD,
	 "F 3.4.3.4"},
	{"by UUID, the same again",      BY_UUID, NULL,
	 ASK_BY_UUID "< 07 0100 0300 > 06 0400 ffff 0028 0f18 < 07 0100 0300",
	 "#1 service 0001-0003 180f; " BAD, "F 3.4.3.4"},
};

static const struct ask attributes[] = {
	{"includes, a size of 0",        INCLUDES, NULL, ASK_INCLUDES "< 09 00", BAD, "F 3.4.4.2"},
	{"includes, a size of 1",        INCLUDES, NULL, ASK_INCLUDES "< 09 01 11", BAD,
	 "F 3.4.4.2"},
	{"includes, a size of 2",        INCLUDES, NULL, ASK_INCLUDES "< 09 02 1100", BAD,
	 "G 4.5.1"},
	{"includes, a size of 7",        INCLUDES, NULL, ASK_INCLUDES "< 09 07 1100 0100 0300 00",
	 BAD,
	 "G 4.5.1"},
	{"includes, a 128-bit UUID",     INCLUDES, NULL,
	 ASK_INCLUDES "< 09 16 1100 0100 0300 00*16", BAD, "G 4.5.1"},
	{"includes, before the range",   INCLUDES, NULL, ASK_INCLUDES "< 09 06 0f00 0100 0300", BAD,
	 "F 3.4.4.2"},
	{"includes, past the range",     INCLUDES, NULL, ASK_INCLUDES "< 09 06 2100 0100 0300", BAD,
	 "F 3.4.4.2"},
	{"includes, service 0",          INCLUDES, NULL, ASK_INCLUDES "< 09 06 1100 0000 0300", BAD,
	 "G 3.2"},
	{"includes, service backwards",  INCLUDES, NULL, ASK_INCLUDES "< 09 06 1100 0300 0100", BAD,
	 "G 3.2"},
	{"charas, no size",              CHARAS, NULL, ASK_CHARAS "< 09", BAD, "F 3.4.4.2"},
	{"charas, a size of 0",          CHARAS, NULL, ASK_CHARAS "< 09 00", BAD, "F 3.4.4.2"},
	{"charas, size 0 and octets",    CHARAS, NULL, ASK_CHARAS "< 09 00 1100 02 1200 192a", BAD,
	 "F 3.4.4.2"},
	{"charas, a size of 5",          CHARAS, NULL, ASK_CHARAS "< 09 05 1100 02 1200", BAD,
	 "G 4.6.1"},
	{"charas, a size of 8",          CHARAS, NULL, ASK_CHARAS "< 09 08 1100 02 1200 192a00",
	 BAD,
	 "G 4.6.1"},
	{"charas, a size over the PDU",  CHARAS, NULL, ASK_CHARAS "< 09 15 1100 02 1200 192a", BAD,
	 "F 3.4.4.2"},
	{"charas, handle 0",             CHARAS, NULL, ASK_CHARAS "< 09 07 0000 02 1200 192a", BAD,
	 "F 3.4.4.2"},
	{"charas, before the range",     CHARAS, NULL, ASK_CHARAS "< 09 07 0f00 02 1200 192a", BAD,
	 "F 3.4.4.2"},
	{"charas, past the range",       CHARAS, NULL, ASK_CHARAS "< 09 07 2100 02 2200 192a", BAD,
	 "F 3.4.4.2"},
	{"charas, the same twice",       CHARAS, NULL,
	 ASK_CHARAS "< 09 07 1100 02 1200 192a 1100 02 1200 192a", BAD, "F 3.4.4.2"},
	{"charas, going down",           CHARAS, NULL,
	 ASK_CHARAS "< 09 07 1300 02 1400 192a 1100 02 1200 192a", BAD, "F 3.4.4.2"},
	{"charas, a value before it",    CHARAS, NULL, ASK_CHARAS "< 09 07 1100 02 1000 192a", BAD,
	 "G 3.3.1.2"},
	{"charas, a value of handle 0",  CHARAS, NULL, ASK_CHARAS "< 09 07 1100 02 0000 192a", BAD,
	 "G 3.3.1.2"},
	{"charas, the same again",       CHARAS, NULL,
	 ASK_CHARAS "< 09 07 1100 02 1200 192a > 08 1200 2000 0328 < 09 07 1100 02 1200 192a",
	 "#1 data 071100021200192a; " BAD, "F 3.4.4.2"},
	{"charas, up to the range's end", CHARAS, NULL, ASK_CHARAS "< 09 07 2000 02 2100 192a",
	 "#1 data 072000022100192a; #1 ends 0", "G 4.6.1"},
	{"descriptors, no format",       DESCS, NULL, ASK_DESCS "< 05", BAD, "F 3.4.3.2"},
	{"descriptors, format only",     DESCS, NULL, ASK_DESCS "< 05 01", BAD, "F 3.4.3.2"},
	{"descriptors, format 0",        DESCS, NULL, ASK_DESCS "< 05 00 1000 0229", BAD,
	 "F 3.4.3.2"},
	{"descriptors, format 3",        DESCS, NULL, ASK_DESCS "< 05 03 1000 0229", BAD,
	 "F 3.4.3.2"},
	{"descriptors, half an entry",   DESCS, NULL, ASK_DESCS "< 05 01 1000 02", BAD,
	 "F 3.4.3.2"},
	{"descriptors, short as long",   DESCS, NULL, ASK_DESCS "< 05 02 1000 0229", BAD,
	 "F 3.4.3.2"},
	{"descriptors, one and a half",  DESCS, NULL, ASK_DESCS "< 05 01 1000 0229 1100", BAD,
	 "F 3.4.3.2"},
	{"descriptors, handle 0",        DESCS, NULL, ASK_DESCS "< 05 01 0000 0229", BAD,
	 "F 3.4.3.2"},
	{"descriptors, past the range",  DESCS, NULL, ASK_DESCS "< 05 01 2100 0229", BAD,
	 "F 3.4.3.2"},
	{"descriptors, the same twice",  DESCS, NULL, ASK_DESCS "< 05 01 1000 0229 1000 0229", BAD,
	 "F 3.4.3.2"},
	{"descriptors, the same again",  DESCS, NULL,
	 ASK_DESCS "< 05 01 1000 0229 > 04 1100 2000 < 05 01 1000 0229",
	 "#1 data 0110000229; " BAD, "F 3.4.3.2"},
};

static const struct ask values[] = {
	{"by UUID, no size",             TYPE_2A19, NULL, ASK_TYPE "< 09", BAD, "F 3.4.4.2"},
	{"by UUID, a size of 0",         TYPE_2A19, NULL, ASK_TYPE "< 09 00", BAD, "F 3.4.4.2"},
	{"by UUID, a size of 1",         TYPE_2A19, NULL, ASK_TYPE "< 09 01 03", BAD, "F 3.4.4.2"},
	{"by UUID, a size over the PDU", TYPE_2A19, NULL, ASK_TYPE "< 09 05 0300 41", BAD,
	 "F 3.4.4.2"},
	{"by UUID, one and a half",      TYPE_2A19, NULL, ASK_TYPE "< 09 03 0300 41 04", BAD,
	 "F 3.4.4.2"},
	{"by UUID, handle 0",            TYPE_2A19, NULL, ASK_TYPE "< 09 03 0000 41", BAD,
	 "F 3.4.4.2"},
	{"by UUID, past the range",      TYPE_2A19, NULL, ASK_TYPE "< 09 03 2100 41", BAD,
	 "F 3.4.4.2"},
	{"by UUID, going down",          TYPE_2A19, NULL, ASK_TYPE "< 09 03 0500 41 0400 42", BAD,
	 "F 3.4.4.2"},
	{"by UUID, empty values",        TYPE_2A19, NULL, ASK_TYPE "< 09 02 0300 0500",
	 "#1 data 0203000500; #1 ends 0", "F 3.4.4.2"},
	{"a value of 513 octets",        READ, NULL, "> 0a 0300 < 0b 41*513", BAD, "F 3.2.9"},
	{"a part of 513 octets",         BLOB, NULL, "> 0c 0300 0500 < 0d 41*513", BAD, "F 3.2.9"},
	{"Not Long before the first part", READ_LONG, NULL, "> 0a 0300 < 01 0a 0300 0b",
	 "#1 ends b", "G 4.8.3"},
	{"an error in the middle",       READ_LONG, NULL,
	 "> 0a 0300 < 0b 41*22 > 0c 0300 1600 < 01 0c 0300 05", "#1 ends 5", "G 4.8.3"},
	{"a wrong answer in the middle", READ_LONG, NULL,
	 "> 0a 0300 < 0b 41*22 > 0c 0300 1600 < 0b 41*22", BAD, "F 3.3.2"},
	{"an echo of another handle",    WRITE_LONG, "414243",
	 "> 16 0300 0000 414243 < 17 0400 0000 414243 > 18 00 < 19", BAD, "F 3.4.6.2"},
	{"an echo of another offset",    WRITE_LONG, "414243",
	 "> 16 0300 0000 414243 < 17 0300 0100 414243 > 18 00 < 19", BAD, "F 3.4.6.2"},
	{"an echo of other octets",      WRITE_LONG, "414243",
	 "> 16 0300 0000 414243 < 17 0300 0000 414244 > 18 00 < 19", BAD, "F 3.4.6.2"},
	{"an echo that is too short",    WRITE_LONG, "414243",
	 "> 16 0300 0000 414243 < 17 0300 0000 4142 > 18 00 < 19", BAD, "F 3.4.6.2"},
	{"an echo that is too long",     WRITE_LONG, "414243",
	 "> 16 0300 0000 414243 < 17 0300 0000 41424344 > 18 00 < 19", BAD, "F 3.4.6.2"},
	{"an echo of nothing",           WRITE_LONG, "414243",
	 "> 16 0300 0000 414243 < 17 0300 0000 > 18 00 < 19", BAD, "F 3.4.6.2"},
	{"an echo cut short",            WRITE_LONG, "414243",
	 "> 16 0300 0000 414243 < 17 0300 > 18 00 < 19", BAD, "F 3.4.6.2"},
	{"the cancel is refused, too",   WRITE_LONG, "414243",
	 "> 16 0300 0000 414243 < 17 0400 0000 414243 > 18 00 < 01 18 0000 06", BAD, "F 3.4.6.3"},
	{"the cancel's answer is bad",   WRITE_LONG, "414243",
	 "> 16 0300 0000 414243 < 17 0400 0000 414243 > 18 00 < 19 00", BAD, "F 3.4.6.3"},
	{"an execution that fails",      WRITE_LONG, "414243",
	 "> 16 0300 0000 414243 < 17 0300 0000 414243 > 18 01 < 01 18 0300 07", "#1 ends 7",
	 "F 3.4.6.3"},
	{"an execution with an octet",   WRITE_LONG, "414243",
	 "> 16 0300 0000 414243 < 17 0300 0000 414243 > 18 01 < 19 01", BAD, "F 3.4.6.4"},
};
/* clang-format on */

/* How a procedure ends, in words. */
static void print_told(const char *told, char *text)
{
	static const struct {
		const char *told, *words;
	} ends[] = {
	        {"#1 ends 100", "the procedure ends with Bad Response"},
	        {"#1 ends 0", "the procedure ends well"},
	        {"#1 ends ", "the procedure ends with error 0x"},
	        {"#1 ", ""},
	};

	*text = 0;
	while (*told) {
		size_t i = 0, len;

		while (i < 4 && strncmp(told, ends[i].told, strlen(ends[i].told)))
			i++;
		if (i < 4) {
			told += strlen(ends[i].told);
			text += sprintf(text, "%s", ends[i].words);
		}
		len = strcspn(told, "#");
		text += sprintf(text, "%.*s", (int)len, told);
		told += len;
	}
}

static void print_ask(const struct ask *ask, char *text)
{
	char told[ROW_TEXT];

	print_told(ask->told, told);
	snprintf(text, ROW_TEXT, "%s: %s => %s [%s]", ask->what, ask->script, told, ask->where);
}

static void check_alive(void)
{
	ck_assert_int_eq(start((struct qb_gatt_proc_args)READ, NULL), 0);
	dialog("> 0a 0300 < 0b 7879");
	told("#1 data 7879; #1 ends 0");
}

static void run_ask(const struct ask *ask)
{
	begin();
	/* So that values longer than any may be come up at all. */
	at.att.own_mtu = QB_ATT_MTU_MAX;
	ck_assert_int_eq(start(ask->args, ask->data), 0);
	dialog(ask->script);
	told(ask->told);
	check_alive();
	finish();
}

#define ASK_TABLE(asks)                                \
	static void run_##asks(size_t i)               \
	{                                              \
		run_ask(&asks[i]);                     \
	}                                              \
	static void print_##asks(size_t i, char *text) \
	{                                              \
		print_ask(&asks[i], text);             \
	}                                              \
	enum { n_##asks = sizeof(asks) / sizeof(*asks) }

ASK_TABLE(wrong_answers);
ASK_TABLE(services);
ASK_TABLE(attributes);
ASK_TABLE(values);

static const struct table tables[] = {
        TABLE("Answers of the wrong kind end the procedure", wrong_answers),
        TABLE("Bad lists of services end the discovery", services),
        TABLE("Bad lists of attributes end the discovery", attributes),
        TABLE("Bad values end reads and writes", values),
};

int main(int argc, char **argv)
{
	return rows_main("bad-input att-client", tables, sizeof(tables) / sizeof(*tables), argc,
	                 argv);
}
