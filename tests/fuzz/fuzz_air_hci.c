/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hosts that break the rules at the model controllers: any command with any parameters, data for
 * any handle, from two hosts in one air, while time passes. Each command that is one has its
 * answer, and answers are well-formed.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "air.h"
#include "fuzz.h"
#include "host/hci/spec.h"
#include "util/le.h"

#define HOSTS 2

static struct host {
	struct qa_controller *controller;
	uint16_t opcode; /* of the command that waits for its answer */
	bool answered, lies;
	uint16_t handle; /* of its newest link, if it tells the truth */
} hosts[HOSTS];

static bool to_host(void *user, const uint8_t *packet, size_t len)
{
	struct host *host = user;

	assert(len >= 3 && len <= QA_PACKET_MAX);
	if (packet[0] == QB_H4_ACL) {
		assert(len == 5u + qb_get_le16(packet + 3));
		return true;
	}
	assert(packet[0] == QB_H4_EVENT && len == 3u + packet[2]);
	if (host->lies)
		return true;
	if (packet[1] == QB_HCI_EV_COMMAND_COMPLETE && qb_get_le16(packet + 4) == host->opcode)
		host->answered = true;
	if (packet[1] == QB_HCI_EV_COMMAND_STATUS && qb_get_le16(packet + 5) == host->opcode)
		host->answered = true;
	if (packet[1] == QB_HCI_EV_LE_META && packet[2] >= 19 &&
	    (packet[3] == QB_HCI_LE_CONN_COMPLETE || packet[3] == QB_HCI_LE_ENH_CONN_COMPLETE) &&
	    !packet[4])
		host->handle = qb_get_le16(packet + 5);
	return true;
}

static const struct qa_ops ops = {.to_host = to_host};

/* Commands with parameters that do something, so that the input has something to spoil. */
static const struct {
	uint16_t opcode;
	uint8_t len, at; /* of the handle, 0xff if it has none */
	uint8_t param[42];
} commands[] = {
        {QB_HCI_RESET, 0, 0xff, {0}},
        {QB_HCI_DISCONNECT, 3, 0, {0, 0, 0x13}},
        {QB_HCI_READ_REMOTE_VERSION, 2, 0, {0}},
        {QB_HCI_SET_EVENT_MASK, 8, 0xff, {255, 255, 255, 255, 255, 255, 255, 255}},
        {QB_HCI_LE_SET_EVENT_MASK, 8, 0xff, {255, 255, 255, 255, 255, 255, 255, 255}},
        {QB_HCI_LE_READ_BUFFER_SIZE, 0, 0xff, {0}},
        {QB_HCI_LE_SET_RANDOM_ADDR, 6, 0xff, {1, 2, 3, 4, 5, 0xc6}},
        {QB_HCI_LE_SET_ADV_PARAM, 15, 0xff, {0x20, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7, 0}},
        {QB_HCI_LE_SET_ADV_DATA, 32, 0xff, {3, 2, 1, 6}},
        {QB_HCI_LE_SET_SCAN_RSP_DATA, 32, 0xff, {3, 2, 9, 'x'}},
        {QB_HCI_LE_SET_ADV_ENABLE, 1, 0xff, {1}},
        {QB_HCI_LE_SET_SCAN_PARAM, 7, 0xff, {1, 0x10, 0, 0x10, 0, 0, 0}},
        {QB_HCI_LE_SET_SCAN_ENABLE, 2, 0xff, {1, 0}},
        {QB_HCI_LE_CREATE_CONN, 25, 0xff, {0x10, 0, 0x10, 0, 0, 0, 1,   0, 0, 0, 0, 0, 0,
                                           24,   0, 40,   0, 0, 0, 200, 0, 0, 0, 0, 0}},
        {QB_HCI_LE_CREATE_CONN_CANCEL, 0, 0xff, {0}},
        {QB_HCI_LE_ADD_ACCEPT_LIST, 7, 0xff, {0, 1}},
        {QB_HCI_LE_CLEAR_ACCEPT_LIST, 0, 0xff, {0}},
        {QB_HCI_LE_CONN_UPDATE, 14, 0, {0, 0, 12, 0, 24, 0, 0, 0, 200, 0, 0, 0, 0, 0}},
        {QB_HCI_LE_READ_REMOTE_FEATURES, 2, 0, {0}},
        {QB_HCI_LE_ENCRYPT, 32, 0xff, {0}},
        {QB_HCI_LE_RAND, 0, 0xff, {0}},
        {QB_HCI_LE_START_ENCRYPT, 28, 0, {0}},
        {QB_HCI_LE_LTK_REPLY, 18, 0, {0}},
        {QB_HCI_LE_LTK_NEG_REPLY, 2, 0, {0}},
        {QB_HCI_LE_CONN_PARAM_REPLY, 14, 0, {0, 0, 12, 0, 24, 0, 0, 0, 200, 0, 0, 0, 0, 0}},
        {QB_HCI_LE_CONN_PARAM_NEG_REPLY, 3, 0, {0, 0, 0x3b}},
        {QB_HCI_LE_SET_DATA_LEN, 6, 0, {0, 0, 251, 0, 0x48, 8}},
        {QB_HCI_LE_SET_PHY, 7, 0, {0, 0, 0, 3, 3, 0, 0}},
        {QB_HCI_LE_ADD_RESOLVING_LIST, 39, 0xff, {0, 1}},
        {QB_HCI_LE_SET_RESOLVE_ENABLE, 1, 0xff, {1}},
        {QB_HCI_LE_SET_EXT_ADV_PARAM, 25, 0xff, {0, 0x13, 0, 0x20, 0, 0, 0x20, 0, 0, 7, 0, 0, 0,
                                                 0, 0,    0, 0,    0, 0, 0x7f, 1, 0, 1, 0, 0}},
        {QB_HCI_LE_SET_EXT_ADV_DATA, 7, 0xff, {0, 3, 1, 3, 2, 1, 6}},
        {QB_HCI_LE_SET_EXT_SCAN_RSP_DATA, 7, 0xff, {0, 3, 1, 3, 2, 9, 'x'}},
        {QB_HCI_LE_SET_EXT_ADV_ENABLE, 6, 0xff, {1, 1, 0, 0, 0, 0}},
        {QB_HCI_LE_REMOVE_ADV_SET, 1, 0xff, {0}},
        {QB_HCI_LE_CLEAR_ADV_SETS, 0, 0xff, {0}},
        {QB_HCI_LE_SET_EXT_SCAN_PARAM, 8, 0xff, {0, 0, 1, 1, 0x10, 0, 0x10, 0}},
        {QB_HCI_LE_SET_EXT_SCAN_ENABLE, 6, 0xff, {1, 0, 0, 0, 0, 0}},
        {QB_HCI_LE_EXT_CREATE_CONN, 26, 0xff, {0, 0,    0, 1,  0, 0,  0, 0, 0, 1,   0x10,
                                               0, 0x10, 0, 24, 0, 40, 0, 0, 0, 200, 0}},
        {QB_HCI_READ_RSSI, 2, 0, {0}},
};

#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void command(struct host *host, uint16_t opcode, const uint8_t *param, size_t len)
{
	uint8_t *packet = malloc(4 + len);

	packet[0] = QB_H4_COMMAND;
	qb_put_le16(packet + 1, opcode);
	packet[3] = (uint8_t)len;
	if (len)
		memcpy(packet + 4, param, len);
	host->opcode = opcode;
	host->answered = false;
	assert(qa_controller_input(host->controller, packet, 4 + len) == 0);
	/* Host Number Of Completed Packets is the one command without an answer (7.3.40). */
	assert(host->answered || host->lies || opcode == QB_HCI_HOST_NUM_COMPLETED);
	free(packet);
}

static void known_command(struct host *host, struct fuzz *fuzz, unsigned i)
{
	uint8_t param[255] = {0}, how = fuzz_octet(fuzz);
	size_t len = commands[i].len, got;
	const uint8_t *p;

	memcpy(param, commands[i].param, sizeof(commands[i].param));
	if (commands[i].at != 0xff)
		qb_put_le16(param + commands[i].at, host->handle);
	/* The other host's address, where one is wanted. */
	if (commands[i].opcode == QB_HCI_LE_CREATE_CONN)
		param[6] = host == &hosts[0] ? 2 : 1;
	if (commands[i].opcode == QB_HCI_LE_EXT_CREATE_CONN)
		param[3] = host == &hosts[0] ? 2 : 1;
	if (how >= 0xc0 && len) {
		size_t at = fuzz_octet(fuzz) % len;

		p = fuzz_octets(fuzz, 1 + (how & 7u), &got);
		if (got > len - at)
			got = len - at;
		if (got)
			memcpy(param + at, p, got);
	} else if (how >= 0xb0) {
		len = fuzz_octet(fuzz);
	}
	command(host, commands[i].opcode, param, len);
}

static void step(struct qa_air *air, struct fuzz *fuzz, uint64_t *now)
{
	uint8_t what = fuzz_octet(fuzz);
	struct host *host = &hosts[what >> 7];
	uint8_t packet[5 + 300] = {QB_H4_ACL};
	const uint8_t *p;
	size_t len;

	if ((what & 0x7f) < N_COMMANDS) {
		known_command(host, fuzz, what & 0x7f);
		return;
	}
	switch (what & 0x7f) {
	case N_COMMANDS:
		*now += (uint64_t)fuzz_octet(fuzz) * 1000;
		qa_air_advance(air, *now);
		break;
	case N_COMMANDS + 1:
		*now += (uint64_t)fuzz_octet(fuzz) * 200000;
		qa_air_advance(air, *now);
		break;
	case N_COMMANDS + 2:
	case N_COMMANDS + 3:
		qb_put_le16(packet + 1, (uint16_t)(host->handle | (fuzz_octet(fuzz) & 3) << 12));
		len = fuzz_octet(fuzz);
		qb_put_le16(packet + 3, (uint16_t)len);
		packet[5] = (uint8_t)(len - 4);
		packet[7] = 4;
		assert(qa_controller_input(host->controller, packet, 5 + len) == 0);
		break;
	case N_COMMANDS + 4:
		p = fuzz_octets(fuzz, fuzz_octet(fuzz), &len);
		qa_controller_input(host->controller, p, len);
		break;
	case N_COMMANDS + 5: qa_controller_drop(host->controller); break;
	case N_COMMANDS + 6: qa_controller_set_away(host->controller, fuzz_octet(fuzz) & 1); break;
	case N_COMMANDS + 7:
		qa_controller_set_lie(host->controller, fuzz_octet(fuzz));
		host->lies = true;
		break;
	default: {
		uint16_t opcode = fuzz_u16(fuzz);

		p = fuzz_octets(fuzz, fuzz_octet(fuzz) & 63, &len);
		command(host, opcode, p, len);
	}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz fuzz = {data, size};
	struct qa_air *air = qa_air_new(1);
	struct qa_config config;
	uint8_t how = fuzz_octet(&fuzz);
	uint64_t now = 0;

	assert(air);
	qa_config_init(&config);
	config.legacy = how & 1;
	config.shared_buffers = how & 2;
	if (how & 4)
		qa_air_set_weather(air,
		                   &(struct qa_weather){.loss_permille = 300, .realtime = true});
	for (unsigned i = 0; i < HOSTS; i++) {
		config.address[0] = (uint8_t)(i + 1);
		hosts[i] = (struct host){0};
		hosts[i].controller = qa_controller_new(air, &config, &ops, &hosts[i]);
		assert(hosts[i].controller);
	}
	while (fuzz.left)
		step(air, &fuzz, &now);
	for (unsigned i = 0; i < HOSTS; i++)
		qa_controller_free(hosts[i].controller);
	qa_air_free(air);
	return 0;
}
