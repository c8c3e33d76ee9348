/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every command: its length, its bit among the supported ones, its answer; and the unknown ones. */
#include "bed.h"

#define LAST_OCF 0x7f

/* Parameter lengths as the Core specification has them (Vol 4, Part E, 7.1 to 7.8). */
static const struct {
	uint16_t opcode;
	uint8_t len, octet, bit;
	bool longer; /* len is the least */
	bool extended;
} commands[] = {
        {QB_HCI_DISCONNECT, 3, 0, 5},
        {QB_HCI_READ_REMOTE_VERSION, 2, 2, 7},
        {QB_HCI_SET_EVENT_MASK, 8, 5, 6},
        {QB_HCI_RESET, 0, 5, 7},
        {QB_HCI_READ_TX_POWER, 3, 10, 2},
        {QB_HCI_SET_HOST_FLOW_CONTROL, 1, 10, 5},
        {QB_HCI_HOST_BUFFER_SIZE, 7, 10, 6},
        {QB_HCI_HOST_NUM_COMPLETED, 1, 10, 7, .longer = true},
        {QB_HCI_SET_EVENT_MASK_PAGE_2, 8, 22, 2},
        {QB_HCI_READ_LOCAL_VERSION, 0, 14, 3},
        {QB_HCI_READ_LOCAL_COMMANDS, 0, 14, 4},
        {QB_HCI_READ_LOCAL_FEATURES, 0, 14, 5},
        {QB_HCI_READ_BUFFER_SIZE, 0, 14, 7},
        {QB_HCI_READ_BD_ADDR, 0, 15, 1},
        {QB_HCI_READ_RSSI, 2, 15, 5},
        {QB_HCI_LE_SET_EVENT_MASK, 8, 25, 0},
        {QB_HCI_LE_READ_BUFFER_SIZE, 0, 25, 1},
        {QB_HCI_LE_READ_LOCAL_FEATURES, 0, 25, 2},
        {QB_HCI_LE_SET_RANDOM_ADDR, 6, 25, 4},
        {QB_HCI_LE_SET_ADV_PARAM, 15, 25, 5},
        {QB_HCI_LE_READ_ADV_TX_POWER, 0, 25, 6},
        {QB_HCI_LE_SET_ADV_DATA, 32, 25, 7},
        {QB_HCI_LE_SET_SCAN_RSP_DATA, 32, 26, 0},
        {QB_HCI_LE_SET_ADV_ENABLE, 1, 26, 1},
        {QB_HCI_LE_SET_SCAN_PARAM, 7, 26, 2},
        {QB_HCI_LE_SET_SCAN_ENABLE, 2, 26, 3},
        {QB_HCI_LE_CREATE_CONN, 25, 26, 4},
        {QB_HCI_LE_CREATE_CONN_CANCEL, 0, 26, 5},
        {QB_HCI_LE_READ_ACCEPT_LIST_SIZE, 0, 26, 6},
        {QB_HCI_LE_CLEAR_ACCEPT_LIST, 0, 26, 7},
        {QB_HCI_LE_ADD_ACCEPT_LIST, 7, 27, 0},
        {QB_HCI_LE_REMOVE_ACCEPT_LIST, 7, 27, 1},
        {QB_HCI_LE_CONN_UPDATE, 14, 27, 2},
        {QB_HCI_LE_SET_CHANNEL_MAP, 5, 27, 3},
        {QB_HCI_LE_READ_CHANNEL_MAP, 2, 27, 4},
        {QB_HCI_LE_READ_REMOTE_FEATURES, 2, 27, 5},
        {QB_HCI_LE_ENCRYPT, 32, 27, 6},
        {QB_HCI_LE_RAND, 0, 27, 7},
        {QB_HCI_LE_START_ENCRYPT, 28, 28, 0},
        {QB_HCI_LE_LTK_REPLY, 18, 28, 1},
        {QB_HCI_LE_LTK_NEG_REPLY, 2, 28, 2},
        {QB_HCI_LE_READ_STATES, 0, 28, 3},
        {QB_HCI_LE_CONN_PARAM_REPLY, 14, 33, 4},
        {QB_HCI_LE_CONN_PARAM_NEG_REPLY, 3, 33, 5},
        {QB_HCI_LE_SET_DATA_LEN, 6, 33, 6},
        {QB_HCI_LE_READ_DEF_DATA_LEN, 0, 33, 7},
        {QB_HCI_LE_WRITE_DEF_DATA_LEN, 4, 34, 0},
        {QB_HCI_LE_ADD_RESOLVING_LIST, 39, 34, 3},
        {QB_HCI_LE_REMOVE_RESOLVING_LIST, 7, 34, 4},
        {QB_HCI_LE_CLEAR_RESOLVING_LIST, 0, 34, 5},
        {QB_HCI_LE_READ_RESOLVING_LIST_SIZE, 0, 34, 6},
        {QB_HCI_LE_READ_PEER_RPA, 7, 34, 7},
        {QB_HCI_LE_READ_LOCAL_RPA, 7, 35, 0},
        {QB_HCI_LE_SET_RESOLVE_ENABLE, 1, 35, 1},
        {QB_HCI_LE_SET_RPA_TIMEOUT, 2, 35, 2},
        {QB_HCI_LE_READ_MAX_DATA_LEN, 0, 35, 3},
        {QB_HCI_LE_READ_PHY, 2, 35, 4},
        {QB_HCI_LE_SET_DEF_PHY, 3, 35, 5},
        {QB_HCI_LE_SET_PHY, 7, 35, 6},
        {QB_HCI_LE_SET_ADV_SET_RANDOM_ADDR, 7, 36, 1, .extended = true},
        {QB_HCI_LE_SET_EXT_ADV_PARAM, 25, 36, 2, .extended = true},
        {QB_HCI_LE_SET_EXT_ADV_DATA, 4, 36, 3, .longer = true, .extended = true},
        {QB_HCI_LE_SET_EXT_SCAN_RSP_DATA, 4, 36, 4, .longer = true, .extended = true},
        {QB_HCI_LE_SET_EXT_ADV_ENABLE, 2, 36, 5, .longer = true, .extended = true},
        {QB_HCI_LE_READ_MAX_ADV_DATA_LEN, 0, 36, 6, .extended = true},
        {QB_HCI_LE_READ_NUM_ADV_SETS, 0, 36, 7, .extended = true},
        {QB_HCI_LE_REMOVE_ADV_SET, 1, 37, 0, .extended = true},
        {QB_HCI_LE_CLEAR_ADV_SETS, 0, 37, 1, .extended = true},
        {QB_HCI_LE_SET_EXT_SCAN_PARAM, 8, 37, 5, .longer = true, .extended = true},
        {QB_HCI_LE_SET_EXT_SCAN_ENABLE, 6, 37, 6, .extended = true},
        {QB_HCI_LE_EXT_CREATE_CONN, 10, 37, 7, .longer = true, .extended = true},
        {QB_HCI_LE_READ_TX_POWER, 0, 38, 7},
        {QB_HCI_LE_SET_PRIVACY_MODE, 8, 39, 2},
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static int find(uint16_t opcode)
{
	for (unsigned i = 0; i < COMMANDS; i++) {
		if (commands[i].opcode == opcode)
			return (int)i;
	}
	return -1;
}

START_TEST(wrong_lengths)
{
	struct bed *bed = bed_new(1, NULL);
	uint8_t p[255] = {0};

	for (unsigned i = 0; i < COMMANDS; i++) {
		for (unsigned len = 0; len < 256; len++) {
			if (len == commands[i].len || (commands[i].longer && len > commands[i].len))
				continue;
			ck_assert_msg(host_command(&bed->host[0], commands[i].opcode, p, len) ==
			                      QB_HCI_E_INVALID_PARAM,
			              "0x%04x with %u octets", commands[i].opcode, len);
			host_silent(&bed->host[0]);
		}
	}
	bed_free(bed);
}
END_TEST

/* Number_Of_Handles that disagrees is the one thing that Host Number Of Completed answers. */
START_TEST(lying_counts)
{
	struct bed *bed = bed_new(1, NULL);
	uint8_t p[255];

	memset(p, 0xff, sizeof(p));
	for (unsigned i = 0; i < COMMANDS; i++) {
		for (unsigned len = commands[i].len; commands[i].longer && len < 256; len++) {
			host_start(&bed->host[0]);
			ck_assert_msg(host_command(&bed->host[0], commands[i].opcode, p, len) != 0,
			              "0x%04x with %u octets", commands[i].opcode, len);
		}
	}
	bed_free(bed);
}
END_TEST

static void supported(bool legacy)
{
	struct qa_config config;
	struct bed *bed;
	uint8_t want[64] = {0};

	qa_config_init(&config);
	config.legacy = legacy;
	bed = bed_new(1, &config);
	for (unsigned i = 0; i < COMMANDS; i++) {
		if (!legacy || !commands[i].extended)
			want[commands[i].octet] |= (uint8_t)(1 << commands[i].bit);
	}
	ck_assert_uint_eq(host_command(&bed->host[0], QB_HCI_READ_LOCAL_COMMANDS, NULL, 0), 0);
	ck_assert_mem_eq(bed->host[0].ret, want, 64);
	host_command(&bed->host[0], QB_HCI_LE_READ_LOCAL_FEATURES, NULL, 0);
	ck_assert_uint_eq(qb_get_le64(bed->host[0].ret) >> QB_LE_FEATURE_EXT_ADV & 1, !legacy);
	bed_free(bed);
}

START_TEST(supported_commands)
{
	supported(false);
	supported(true);
}
END_TEST

/* Command Status with 0x01, P-256 among them, and the extended ones in a legacy controller. */
START_TEST(unknown_commands)
{
	struct qa_config config;
	struct bed *bed;
	unsigned unknown = 0;

	qa_config_init(&config);
	config.legacy = true;
	bed = bed_new(1, &config);
	for (unsigned ogf = 0; ogf < 64; ogf++) {
		for (unsigned ocf = 0; ocf <= LAST_OCF; ocf++) {
			uint16_t opcode = (uint16_t)QB_HCI_OPCODE(ogf, ocf);
			int known = find(opcode);

			if (known >= 0 && !commands[known].extended)
				continue;
			ck_assert_uint_eq(COMMAND(&bed->host[0], opcode, 1, 2, 3),
			                  QB_HCI_E_UNKNOWN_COMMAND);
			unknown++;
		}
	}
	ck_assert_uint_gt(unknown, 8000);
	ck_assert_int_eq(find(QB_HCI_LE_READ_P256), -1);
	bed_free(bed);
}
END_TEST

/* Commands on links, where there is none: the error says so, and nothing happens. */
START_TEST(no_such_link)
{
	const uint16_t opcodes[] = {
	        QB_HCI_DISCONNECT,
	        QB_HCI_READ_REMOTE_VERSION,
	        QB_HCI_READ_TX_POWER,
	        QB_HCI_READ_RSSI,
	        QB_HCI_LE_CONN_UPDATE,
	        QB_HCI_LE_READ_CHANNEL_MAP,
	        QB_HCI_LE_READ_REMOTE_FEATURES,
	        QB_HCI_LE_START_ENCRYPT,
	        QB_HCI_LE_LTK_REPLY,
	        QB_HCI_LE_LTK_NEG_REPLY,
	        QB_HCI_LE_CONN_PARAM_REPLY,
	        QB_HCI_LE_CONN_PARAM_NEG_REPLY,
	        QB_HCI_LE_SET_DATA_LEN,
	        QB_HCI_LE_READ_PHY,
	        QB_HCI_LE_SET_PHY,
	};
	const uint16_t handles[] = {0, 31, 32, 0x0eff, 0x0fff, 0xffff};
	struct bed *bed = bed_new(1, NULL);
	uint8_t p[32] = {0};

	for (unsigned i = 0; i < sizeof(opcodes) / sizeof(opcodes[0]); i++) {
		for (unsigned j = 0; j < sizeof(handles) / sizeof(handles[0]); j++) {
			qb_put_le16(p, handles[j]);
			ck_assert_msg(host_command(&bed->host[0], opcodes[i], p,
			                           commands[find(opcodes[i])].len) ==
			                      QB_HCI_E_UNKNOWN_CONN,
			              "0x%04x", opcodes[i]);
			host_silent(&bed->host[0]);
		}
	}
	bed_free(bed);
}
END_TEST

START_TEST(buffers)
{
	struct qa_config config;
	struct bed *bed;
	struct host *host;

	qa_config_init(&config);
	config.acl_len = 192;
	config.acl_buffers = 3;
	bed = bed_new(1, &config);
	host = &bed->host[0];
	host_command(host, QB_HCI_LE_READ_BUFFER_SIZE, NULL, 0);
	ck_assert_mem_eq(host->ret, "\xc0\0\3", 3);
	host_command(host, QB_HCI_READ_BUFFER_SIZE, NULL, 0);
	ck_assert_mem_eq(host->ret, "\0\0\0\0\0\0\0", 7);
	config.shared_buffers = true;
	host_replace(bed, host, &config);
	host_command(host, QB_HCI_LE_READ_BUFFER_SIZE, NULL, 0);
	ck_assert_mem_eq(host->ret, "\0\0\0", 3);
	host_command(host, QB_HCI_READ_BUFFER_SIZE, NULL, 0);
	ck_assert_mem_eq(host->ret, "\xc0\0\0\3\0\0\0", 7);
	bed_free(bed);
}
END_TEST

START_TEST(what_it_says_of_itself)
{
	struct bed *bed = bed_new(1, NULL);
	struct host *host = &bed->host[0];

	host_command(host, QB_HCI_READ_LOCAL_FEATURES, NULL, 0);
	/* LE, and no BR/EDR. */
	ck_assert_mem_eq(host->ret, "\0\0\0\0\x60\0\0\0", 8);
	host_command(host, QB_HCI_READ_LOCAL_VERSION, NULL, 0);
	ck_assert_uint_eq(host->ret[0], 0x0d);
	host_command(host, QB_HCI_LE_READ_MAX_ADV_DATA_LEN, NULL, 0);
	ck_assert_uint_eq(qb_get_le16(host->ret), 1650);
	host_command(host, QB_HCI_LE_READ_NUM_ADV_SETS, NULL, 0);
	ck_assert_uint_eq(host->ret[0], 8);
	host_command(host, QB_HCI_LE_READ_ACCEPT_LIST_SIZE, NULL, 0);
	ck_assert_uint_eq(host->ret[0], 16);
	host_command(host, QB_HCI_LE_READ_MAX_DATA_LEN, NULL, 0);
	ck_assert_mem_eq(host->ret, "\xfb\0\x48\x08\xfb\0\x48\x08", 8);
	bed_free(bed);
}
END_TEST

START_TEST(accept_list)
{
	struct bed *bed = bed_new(1, NULL);
	struct host *host = &bed->host[0];

	for (uint8_t i = 0; i < 16; i++)
		ck_assert_uint_eq(COMMAND(host, QB_HCI_LE_ADD_ACCEPT_LIST, 0, i, 0, 0, 0, 0, 0), 0);
	ck_assert_uint_eq(COMMAND(host, QB_HCI_LE_ADD_ACCEPT_LIST, 1, 0, 0, 0, 0, 0, 0),
	                  QB_HCI_E_MEMORY_EXCEEDED);
	/* One that is in it already, and one that is not: no error either way. */
	ck_assert_uint_eq(COMMAND(host, QB_HCI_LE_ADD_ACCEPT_LIST, 0, 3, 0, 0, 0, 0, 0), 0);
	ck_assert_uint_eq(COMMAND(host, QB_HCI_LE_REMOVE_ACCEPT_LIST, 1, 3, 0, 0, 0, 0, 0), 0);
	ck_assert_uint_eq(COMMAND(host, QB_HCI_LE_REMOVE_ACCEPT_LIST, 0, 3, 0, 0, 0, 0, 0), 0);
	ck_assert_uint_eq(COMMAND(host, QB_HCI_LE_ADD_ACCEPT_LIST, 1, 0, 0, 0, 0, 0, 0), 0);
	ck_assert_uint_eq(COMMAND(host, QB_HCI_LE_ADD_ACCEPT_LIST, 2, 0, 0, 0, 0, 0, 0),
	                  QB_HCI_E_INVALID_PARAM);
	ck_assert_uint_eq(host_command(host, QB_HCI_LE_CLEAR_ACCEPT_LIST, NULL, 0), 0);
	ck_assert_uint_eq(COMMAND(host, QB_HCI_LE_ADD_ACCEPT_LIST, 1, 1, 0, 0, 0, 0, 0), 0);
	bed_free(bed);
}
END_TEST

UNIT_MAIN("air-command", wrong_lengths, lying_counts, supported_commands, unknown_commands,
          no_such_link, buffers, what_it_says_of_itself, accept_list)
