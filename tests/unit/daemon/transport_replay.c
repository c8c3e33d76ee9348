/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A capture in the place of a controller: what the host sends, and what comes to it, and when. */
#include "transport/replay.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../unit.h"
#include "said.h"
#include "transport/btsnoop.h"

#define SECOND UINT64_C(1000000)
#define HOUR   (3600 * SECOND)

static sd_event *event;
static struct qb_replay *replay;
static int host = -1;
static char folder[] = "/tmp/qbled-replay-XXXXXX", path[64], why[QB_WHY_MAX];

/* The file that is being made. */
static uint8_t file[4096];
static size_t len;
static uint64_t now;

static void setup(void)
{
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/file", folder);
	ck_assert_int_ge(sd_event_new(&event), 0);
	qb_btsnoop_put_header(file);
	len = QB_BTSNOOP_HEADER;
	now = 20 * HOUR;
	said_begin();
}

static void teardown(void)
{
	said_end();
	if (host >= 0)
		close(host);
	qb_replay_free(replay);
	sd_event_unref(event);
	unlink(path);
	rmdir(folder);
}

static size_t from_hex(const char *hex, uint8_t *ret)
{
	size_t n = 0;
	int used;

	while (sscanf(hex, "%2hhx%n", &ret[n], &used) == 1) {
		hex += used;
		n++;
	}
	return n;
}

static void add(bool received, const char *hex)
{
	uint8_t packet[64];
	size_t n = from_hex(hex, packet);

	qb_btsnoop_put_record(file + len,
	                      &(struct qb_btsnoop_record){
	                              .received = received, .len = (uint32_t)n, .unix_us = now},
	                      packet[0]);
	memcpy(file + len + QB_BTSNOOP_RECORD, packet, n);
	len += QB_BTSNOOP_RECORD + n;
}

/* The host sent; the controller sent. */
static void out(const char *hex)
{
	add(false, hex);
}

static void in(const char *hex)
{
	add(true, hex);
}

static void save(const uint8_t *data, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	ck_assert_int_eq(write(fd, data, n), (ssize_t)n);
	close(fd);
}

static int load(const char *options)
{
	char arg[80];

	save(file, len);
	snprintf(arg, sizeof(arg), "%s%s", path, options);
	return qb_replay_new(&replay, event, arg, why);
}

static void connect_host(void)
{
	if (host >= 0)
		close(host);
	host = qb_replay_connect(replay, why);
	ck_assert_msg(host >= 0, "%s", why);
}

static void begin(const char *options)
{
	ck_assert_msg(load(options) == 0, "%s", why);
	connect_host();
}

static void sends(const char *hex)
{
	uint8_t packet[64];
	size_t n = from_hex(hex, packet);

	ck_assert_int_eq(send(host, packet, n, MSG_NOSIGNAL), (ssize_t)n);
}

static void turn(void)
{
	for (int i = 0; i < 5; i++)
		sd_event_run(event, 0);
}

/* Exactly these packets have come, or their end. */
static void gets(const char *expected)
{
	char got[512] = "";
	uint8_t packet[64];
	ssize_t n;

	turn();
	while ((n = recv(host, packet, sizeof(packet), MSG_DONTWAIT)) > 0) {
		for (ssize_t i = 0; i < n; i++)
			sprintf(got + strlen(got), "%02x", packet[i]);
		strcat(got, ";");
	}
	if (n == 0)
		strcat(got, "END");
	ck_assert_str_eq(got, expected);
}

#define RESET     "01030c00"
#define RESET_OK  "040e0401030c00"
#define SCAN      "010c20020100"
#define SCAN_OK   "040e04010c2000"
#define ADV       "010a200101"
#define ADV_OK    "040e04010a2000"
#define ADV_OFF   "010a200100"
#define REPORT    "043e0c02010000010203040506 00c0"
#define REPORT_   "043e0c0201000001020304050600c0;"
#define DATA      "0240000300 aabbcc"
#define CREDIT    "04130501400001 00"
#define CREDIT_   "0413050140000100;"
#define DATA_BACK "0240200100 dd"

/* In order, the controller's waiting for the host's. */
START_TEST(in_order)
{
	out(RESET), in(RESET_OK), out(SCAN), in(SCAN_OK), in("04100100"), out(DATA), in(CREDIT);
	begin(",fast");
	gets("");
	sends(RESET);
	gets(RESET_OK ";");
	sends(SCAN);
	gets(SCAN_OK ";04100100;");
	sends(DATA);
	gets(CREDIT_);
	ck_assert_str_eq(said(), "qbled: all 7 packets of the capture have been played\n");
}
END_TEST

/* Commands and data have queues of their own, and may overtake one another. */
START_TEST(data_overtakes)
{
	out(RESET), in(RESET_OK), out(SCAN), in(SCAN_OK), out(DATA), in(CREDIT);
	begin(",fast");
	sends(RESET);
	gets(RESET_OK ";");
	sends(DATA);
	gets("");
	sends(SCAN);
	gets(SCAN_OK ";" CREDIT_);
	ck_assert_ptr_null(strstr(said(), "differs"));
}
END_TEST

/* A command that does not come is passed over with its answer; where it comes late, it has it. */
START_TEST(left_out)
{
	out(RESET), in(RESET_OK), out(SCAN), in(SCAN_OK), in("04100101"), out(ADV), in(ADV_OK);
	begin(",fast");
	sends(RESET);
	gets(RESET_OK ";");
	sends(ADV);
	gets("04100101;" ADV_OK ";");
	said_has("the replay differs from packet 3 of the capture on, at offset 75: that is the "
	         "command 0x200c, and the host sends the command 0x200a",
	         NULL);
	sends(SCAN);
	gets(SCAN_OK ";");
	/* And that was all of it. */
	sends(SCAN);
	gets("040f040c010c20;");
}
END_TEST

/* What is not in the capture is refused, so that the host goes on; the first is told. */
START_TEST(not_there)
{
	out(RESET), in(RESET_OK), out(SCAN), in(SCAN_OK);
	begin(",fast");
	sends(RESET);
	gets(RESET_OK ";");
	sends(ADV);
	gets("040f040c010a20;");
	sends(DATA);
	gets(CREDIT_);
	said_has("from packet 3 of the capture on, at offset 75", "0x200c, and the host sends the "
	                                                          "command 0x200a");
	ck_assert_ptr_null(strchr(strchr(said(), '\n') + 1, '\n'));
	sends(SCAN);
	gets(SCAN_OK ";");
	sends("0102");
	sends("04");
	gets("");
}
END_TEST

START_TEST(other_contents)
{
	out(RESET), in(RESET_OK), out("0105200611223344 55c6"), in("040e0401052000"), out(ADV),
	        in(ADV_OK);
	begin(",fast");
	sends(RESET);
	/* Its own address is another one, as it must. */
	sends("01052006aabbccddeec7");
	gets(RESET_OK ";040e0401052000;");
	ck_assert_str_eq(said(), "");
	sends(ADV_OFF);
	gets(ADV_OK ";");
	said_has("packet 5",
	         "the command 0x200a with other contents, and the host sends the command "
	         "0x200a");
}
END_TEST

/* As long as it took, unless the host is ahead; the host's own time is not waited for. */
START_TEST(in_time)
{
	out(RESET), now += SECOND / 1000, in(RESET_OK), now += HOUR, out(SCAN), in(SCAN_OK);
	now += HOUR, in(REPORT), out(ADV), in(ADV_OK), now -= 9 * HOUR, in(REPORT);
	now += HOUR, in(CREDIT);
	begin(",speed=1000");
	sends(RESET);
	for (int i = 0; i < 100; i++)
		sd_event_run(event, 10000);
	gets(RESET_OK ";");
	sends(SCAN);
	gets(SCAN_OK ";");
	gets("");
	sends(ADV);
	gets(REPORT_ ADV_OK ";" REPORT_);
	gets("");
}
END_TEST

/* The host began anew twice: it loses its controller, gets it back, and then there is no more. */
START_TEST(sessions)
{
	in("04100177"), out(RESET), in(RESET_OK), out(SCAN), out(RESET), in(RESET_OK), in(REPORT);
	begin(",fast");
	sends(RESET);
	gets(RESET_OK ";");
	sends(SCAN);
	gets("END");
	connect_host();
	sends(RESET);
	gets(RESET_OK ";" REPORT_);
	sends(DATA_BACK);
	gets("0413050140000100;");
	/* The host gives it up. */
	close(host);
	turn();
	host = qb_replay_connect(replay, why);
	ck_assert_int_eq(host, -ENODATA);
	ck_assert_str_eq(why, "the capture has been played to its end");
}
END_TEST

/* A host that does not read: nothing is lost. */
START_TEST(slow_host)
{
	uint8_t packet[64];
	unsigned n = 0;
	int small = 1;

	out(RESET), in(RESET_OK);
	for (int i = 0; i < 80; i++)
		in(REPORT);
	begin(",fast");
	ck_assert_int_eq(setsockopt(host, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)), 0);
	sends(RESET);
	turn();
	for (int i = 0; i < 1000 && n < 81; i++) {
		n += recv(host, packet, sizeof(packet), MSG_DONTWAIT) > 0;
		sd_event_run(event, 0);
	}
	ck_assert_uint_eq(n, 81);
}
END_TEST

/* Each with what is wrong, and where. */
START_TEST(hostile)
{
	static const struct {
		size_t at;
		const char *octets;
		const char *says;
	} rows[] = {
	        {0, "62747370", "at offset 0: it does not begin as a btsnoop file does"},
	        {11, "02", "at offset 0: its version of btsnoop is not 1"},
	        {12, "000007d1", "at offset 0: its packets are not H4 ones (datalink 1002)"},
	        {16, "00000000 00000000", "at offset 16: a packet without octets"},
	        {16, "00000005", "at offset 16: a packet of which not all was captured"},
	        {16, "00004001 00004001", "at offset 16: a packet longer than 16384 octets"},
	        {44, "ffffffff ffffffff", "at offset 44: a packet longer than 16384 octets"},
	        {24, "00000003", "at offset 16: a packet that no controller sends"},
	        {40, "04", "at offset 16: a packet that no host sends"},
	        {40, "00", "at offset 16: a packet that no host sends"},
	        {68, "06", "at offset 44: a packet that no controller sends"},
	        {41, "04", "none of its 2 packets is an HCI Reset of the host's"},
	};

	out(RESET), in(RESET_OK);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t good[sizeof(file)];
		int r;

		memcpy(good, file, sizeof(file));
		from_hex(rows[i].octets, file + rows[i].at);
		r = load("");
		ck_assert_msg(r == -EINVAL && strstr(why, rows[i].says), "row %zu: %d, %s", i, r,
		              r < 0 ? why : "");
		memcpy(file, good, sizeof(file));
	}
	ck_assert_int_eq(qb_replay_new(&replay, event, "/nowhere/at/all", why), -ENOENT);
	ck_assert_str_eq(why, "cannot read /nowhere/at/all: No such file or directory");
	ck_assert_int_eq(qb_replay_new(&replay, event, "/dev/zero", why), -ESPIPE);
	ck_assert_int_eq(load(",speed=0"), -EINVAL);
	ck_assert_str_eq(why, "'speed=0' is not speed=N with N from 1 to 1000");
	ck_assert_int_eq(load(",speed=1001"), -EINVAL);
	ck_assert_int_eq(load(",speed="), -EINVAL);
	ck_assert_int_eq(load(",slow"), -ENOENT);
}
END_TEST

/* Cut anywhere: it is played as far as it goes, and says where that is. */
START_TEST(cut)
{
	const size_t second = QB_BTSNOOP_HEADER + QB_BTSNOOP_RECORD + 4;
	size_t whole;
	char says[64];

	out(RESET), in(RESET_OK);
	whole = len;
	for (len = 0; len < whole; len++) {
		said_begin();
		if (len < second) {
			ck_assert_int_eq(load(",fast"), -EINVAL);
			continue;
		}
		begin(",fast");
		sends(RESET);
		gets("");
		snprintf(says, sizeof(says), "at offset %zu the file ends inside of a", second);
		if (len > second)
			said_has(says, NULL);
		qb_replay_free(replay);
		replay = NULL;
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	        in_order, data_overtakes, left_out,  not_there, other_contents,
	        in_time,  sessions,       slow_host, hostile,   cut};

	signal(SIGPIPE, SIG_IGN);
	return unit_run_with("transport_replay", setup, teardown, tests,
	                     sizeof(tests) / sizeof(tests[0]));
}
