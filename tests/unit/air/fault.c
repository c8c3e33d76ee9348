/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Faults on demand, and hosts that send anything at all. */
#include "bed.h"

#include <errno.h>

#define ROUNDS 40000

/* Sends a command that may remain without an answer. */
static void send(struct host *host, uint16_t opcode)
{
	const uint8_t packet[] = {QB_H4_COMMAND, (uint8_t)opcode, (uint8_t)(opcode >> 8), 0};

	ck_assert_int_eq(qa_controller_input(host->c, packet, sizeof(packet)), 0);
}

static void send_reset(struct host *host)
{
	send(host, QB_HCI_RESET);
}

START_TEST(mute_after)
{
	struct qa_config config;
	struct bed *bed = bed_new(2, NULL);
	struct host *a = &bed->host[0], *b = &bed->host[1];

	qa_config_init(&config);
	config.mute_after = 6;
	addr_of(0, config.address);
	host_replace(bed, a, &config);
	/* Three commands are gone; three more make a link. */
	bed_link(bed, 1, 0);
	host_command(a, QB_HCI_LE_RAND, NULL, 0);
	send_reset(a);
	host_silent(a);
	/* It is off the air too. */
	bed_run(bed, QB_SEC);
	ck_assert_uint_eq(host_event(b, QB_HCI_EV_DISCONNECT_COMPLETE)[3], QB_HCI_E_CONN_TIMEOUT);
	host_silent(a);
	qa_controller_mute(a->c, false);
	host_start(a);
	bed_free(bed);
}
END_TEST

START_TEST(reset_after)
{
	struct qa_config config;
	struct bed *bed = bed_new(2, NULL);
	struct host *a = &bed->host[0], *b = &bed->host[1];

	qa_config_init(&config);
	config.reset_after = 6;
	addr_of(0, config.address);
	host_replace(bed, a, &config);
	bed_link(bed, 1, 0);
	send_reset(a);
	host_event(a, QB_HCI_EV_HARDWARE_ERROR);
	host_silent(a);
	bed_run(bed, QB_SEC);
	ck_assert_uint_eq(host_event(b, QB_HCI_EV_DISCONNECT_COMPLETE)[3], QB_HCI_E_CONN_TIMEOUT);
	/* Once only. */
	for (unsigned i = 0; i < 10; i++)
		host_start(a);
	bed_free(bed);
}
END_TEST

START_TEST(late_answers)
{
	struct qa_config config;
	struct bed *bed = bed_new(1, NULL);
	struct host *a = &bed->host[0];

	qa_config_init(&config);
	config.answer_delay_us = 100 * QB_MSEC;
	host_replace_only(bed, a, &config);
	send_reset(a);
	bed_run(bed, 99 * QB_MSEC);
	host_silent(a);
	bed_run(bed, QB_MSEC);
	host_event(a, QB_HCI_EV_COMMAND_COMPLETE);
	/* A host that does not wait is answered in turn, up to a point, and told off. */
	for (unsigned i = 0; i < 10; i++)
		send(a, QB_HCI_READ_BD_ADDR);
	ck_assert_uint_eq(a->warnings, 9);
	bed_run(bed, 10 * QB_SEC);
	for (unsigned i = 0; i < 4; i++)
		host_event(a, QB_HCI_EV_COMMAND_COMPLETE);
	host_silent(a);
	/* One that has just begun cannot know for what. */
	send(a, QB_HCI_READ_BD_ADDR);
	send_reset(a);
	ck_assert_uint_eq(a->warnings, 9);
	bed_run(bed, QB_SEC);
	host_event(a, QB_HCI_EV_COMMAND_COMPLETE);
	host_event(a, QB_HCI_EV_COMMAND_COMPLETE);
	bed_free(bed);
}
END_TEST

START_TEST(hardware_error)
{
	struct bed *bed = bed_new(2, NULL);
	struct host *a = &bed->host[0];
	struct qa_status status;

	bed_link(bed, 0, 1);
	qa_controller_fail(a->c, 0x42);
	ck_assert_uint_eq(host_event(a, QB_HCI_EV_HARDWARE_ERROR)[0], 0x42);
	host_silent(a);
	qa_controller_status(a->c, &status);
	ck_assert_uint_eq(status.links, 0);
	bed_free(bed);
}
END_TEST

START_TEST(raw_packets)
{
	struct bed *bed = bed_new(1, NULL);
	uint8_t big[QA_PACKET_MAX + 1] = {4};

	ck_assert_int_eq(qa_controller_raw(bed->host[0].c, (uint8_t[]){4, 0xff, 1, 9}, 4), 0);
	ck_assert_uint_eq(host_event(&bed->host[0], QB_HCI_EV_VENDOR)[0], 9);
	ck_assert_int_eq(qa_controller_raw(bed->host[0].c, big, sizeof(big)), -EINVAL);
	ck_assert_int_eq(qa_controller_raw(bed->host[0].c, big, 0), -EINVAL);
	bed_free(bed);
}
END_TEST

/* Lies stay within the framing of H4, and are lies. */
START_TEST(lies)
{
	struct bed *bed = bed_new(1, NULL);
	struct host *a = &bed->host[0];
	unsigned wrong = 0;

	qa_controller_set_lie(a->c, 500);
	for (unsigned i = 0; i < 1000; i++) {
		const uint8_t *p;

		send_reset(a);
		p = host_event(a, QB_HCI_EV_COMMAND_COMPLETE);
		wrong += p[-1] != 4 || memcmp(p, "\1\3\x0c\0", 4) != 0;
	}
	ck_assert_uint_ge(wrong, 300);
	ck_assert_uint_le(wrong, 600);
	bed_free(bed);
}
END_TEST

START_TEST(what_is_no_packet)
{
	struct bed *bed = bed_new(1, NULL);
	struct qa_controller *c = bed->host[0].c;
	uint8_t p[QA_PACKET_MAX + 1] = {0};

	for (unsigned type = 0; type < 256; type++) {
		p[0] = (uint8_t)type;
		ck_assert_int_eq(qa_controller_input(c, p, 0), -EBADMSG);
		ck_assert_int_eq(qa_controller_input(c, p, 3), -EBADMSG);
		if (type != QB_H4_COMMAND)
			ck_assert_int_eq(qa_controller_input(c, p, 4), -EBADMSG);
		ck_assert_int_eq(qa_h4_length(p, 0), 0);
		if (type != QB_H4_COMMAND && type != QB_H4_ACL)
			ck_assert_int_eq(qa_h4_length(p, 1), -1);
	}
	/* Lengths that lie, either way, and one that no buffer has. */
	ck_assert_int_eq(qa_controller_input(c, (uint8_t[]){1, 3, 0x0c, 1}, 4), -EBADMSG);
	ck_assert_int_eq(qa_controller_input(c, (uint8_t[]){1, 3, 0x0c, 0, 0}, 5), -EBADMSG);
	ck_assert_int_eq(qa_controller_input(c, (uint8_t[]){2, 0, 0, 2, 0, 7}, 6), -EBADMSG);
	ck_assert_int_eq(qa_h4_length((uint8_t[]){2, 0, 0, 0xff, 0xff}, 5), -1);
	host_silent(&bed->host[0]);
	/* Data with flags that do not exist, or nothing in it, is dropped. */
	bed_free(bed);
	bed = bed_new(2, NULL);
	bed_link(bed, 0, 1);
	c = bed->host[0].c;
	ck_assert_int_eq(qa_controller_input(c, (uint8_t[]){2, 0, 0x30, 1, 0, 7}, 6), 0);
	ck_assert_int_eq(qa_controller_input(c, (uint8_t[]){2, 0, 0x40, 1, 0, 7}, 6), 0);
	ck_assert_int_eq(qa_controller_input(c, (uint8_t[]){2, 0, 0, 0, 0}, 5), 0);
	ck_assert_uint_eq(bed->host[0].warnings, 3);
	host_silent(&bed->host[1]);
	bed_free(bed);
}
END_TEST

static uint64_t state;

static unsigned pick(unsigned below)
{
	state = state * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (unsigned)(state >> 33) % below;
}

/* Small numbers are what handles, types and counts are made of. */
static size_t random_packet(uint8_t *p)
{
	static const uint8_t ogfs[] = {1, 3, 4, 5, 8, 8, 8, 8, 8, 8, 8, 8};
	size_t len;

	if (!pick(4)) {
		p[0] = QB_H4_ACL;
		qb_put_le16(p + 1, (uint16_t)(pick(4) | pick(4) << 12));
		len = pick(3) ? pick(60) : pick(300);
		qb_put_le16(p + 3, (uint16_t)len);
		for (size_t i = 0; i < len; i++)
			p[5 + i] = (uint8_t)pick(256);
		return 5 + len;
	}
	p[0] = QB_H4_COMMAND;
	qb_put_le16(p + 1, (uint16_t)QB_HCI_OPCODE(ogfs[pick(sizeof(ogfs))], pick(0x50)));
	/* The right length, most of the time, is found by asking for many. */
	len = pick(3) ? pick(42) : pick(256);
	p[3] = (uint8_t)len;
	for (size_t i = 0; i < len; i++)
		p[4 + i] = (uint8_t)(pick(3) ? pick(3) : pick(256));
	return 4 + len;
}

/* Whatever hosts send, to whatever clock and in whatever weather: no crash, and no leak. */
static uint64_t storm(uint64_t seed)
{
	struct bed *bed = bed_new(4, NULL);
	uint8_t p[512];
	uint64_t hash = 0;

	state = seed;
	for (unsigned i = 0; i < ROUNDS; i++) {
		struct host *host = &bed->host[pick(4)];
		size_t len = random_packet(p);

		/* A reset now and then is enough. */
		if (p[0] == QB_H4_COMMAND && qb_get_le16(p + 1) == QB_HCI_RESET && pick(50))
			continue;
		ck_assert_int_eq(qa_controller_input(host->c, p, len), 0);
		if (!pick(4))
			bed_run(bed, pick(100000));
		if (!pick(100)) {
			struct qa_weather weather = {.loss_permille = pick(4) ? 0 : pick(1001),
			                             .jitter_us = pick(2) ? 0 : pick(10000),
			                             .realtime = pick(2)};

			qa_air_set_weather(bed->air, &weather);
			qa_controller_set_lie(host->c, (uint16_t)(pick(3) ? 0 : pick(1001)));
		}
		/* Links do not come about by chance. */
		if (!pick(200)) {
			uint8_t addr[6];
			unsigned peer = pick(4);

			addr_of(peer, addr);
			qa_controller_set_lie(host->c, 0);
			qa_controller_set_lie(bed->host[peer].c, 0);
			host_drain(host);
			host_drain(&bed->host[peer]);
			bed->host[peer].full = host->full = false;
			qa_controller_ready(host->c);
			qa_controller_ready(bed->host[peer].c);
			COMMAND(&bed->host[peer], QB_HCI_LE_SET_ADV_ENABLE, 1);
			host_connect(host, 0, addr);
		}
		host->full = !pick(10);
		for (unsigned j = 0; j < 4; j++) {
			host_drain(&bed->host[j]);
			if (!bed->host[j].full)
				qa_controller_ready(bed->host[j].c);
		}
	}
	for (unsigned i = 0; i < 4; i++)
		hash = hash * 31 + bed->host[i].hash;
	bed_free(bed);
	return hash;
}

START_TEST(storms)
{
	for (uint64_t seed = 1; seed < 6; seed++)
		storm(seed);
}
END_TEST

/* The same seed and the same calls give the same bytes. */
START_TEST(storms_repeat)
{
	uint64_t first = storm(1);

	ck_assert_uint_eq(storm(1), first);
	ck_assert_uint_ne(storm(2), first);
}
END_TEST

UNIT_MAIN("air-fault", mute_after, reset_after, late_answers, hardware_error, raw_packets, lies,
          what_is_no_packet, storms, storms_repeat)
