/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The whole API over the whole host, with a live link and a database, and everything that is not
 * ours in the hands of the input: what the controller answers and reports, what peers send, what
 * callers ask for, how time passes. Nothing may be written or read out of bounds, every call must
 * end, and nothing may be left when it is over.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "ble/ble-internal.h"
#include "fuzz.h"
#include "util/le.h"

#define COMMANDS_MAX 512

struct bed {
	struct qb_timers timers;
	struct qb_ble *ble;
	uint64_t now;
	/* Commands that the controller has not answered yet. */
	uint16_t commands[COMMANDS_MAX];
	unsigned n_commands;
	unsigned acl; /* packets that it has not completed yet */
	unsigned calls, ends;
	size_t octets;   /* of events, all read */
	uint8_t hostile; /* how often an answer is not what it should be */
	struct fuzz *fuzz;
};

static void on_send(void *user, const uint8_t *packet, size_t len)
{
	struct bed *bed = user;

	assert(len >= 4);
	if (packet[0] == QB_H4_COMMAND) {
		assert(len == 4u + packet[3]);
		if (bed->n_commands < COMMANDS_MAX)
			bed->commands[bed->n_commands++] = qb_get_le16(packet + 1);
	} else {
		assert(packet[0] == QB_H4_ACL && len == 5u + qb_get_le16(packet + 3));
		bed->acl++;
	}
}

static void on_event(void *user, const struct qb_event *event)
{
	struct bed *bed = user;

	assert(qb_event_find(event->id));
	assert(event->len <= QB_EVENT_DATA_MAX);
	for (size_t i = 0; i < event->len; i++)
		bed->octets += event->data[i];
	if (event->name)
		bed->octets += strlen(event->name);
}

static void on_changed(void *user, unsigned changes)
{
}

static void on_controller_failed(void *user, const char *why)
{
}

static bool is_congested(void *user)
{
	return false;
}

static int to_gbk(void *user, const char *utf8, uint8_t *ret, size_t room)
{
	return -1;
}

static const struct qb_ble_ops ops = {
        .send = on_send,
        .event = on_event,
        .changed = on_changed,
        .controller_failed = on_controller_failed,
        .congested = is_congested,
        .to_gbk = to_gbk,
};

static void input(struct bed *bed, const uint8_t *packet, size_t len)
{
	/* A copy of its own, so that a read past its end is seen. */
	uint8_t *copy = malloc(len ? len : 1);

	memcpy(copy, packet, len);
	qb_timers_advance(&bed->timers, bed->now);
	qb_ble_input(bed->ble, copy, len);
	free(copy);
}

static void event(struct bed *bed, uint8_t code, const uint8_t *param, size_t len)
{
	uint8_t packet[3 + 255];

	packet[0] = QB_H4_EVENT;
	packet[1] = code;
	packet[2] = (uint8_t)len;
	memcpy(packet + 3, param, len);
	input(bed, packet, 3 + len);
}

/* Which commands end in a Command Status. */
static bool has_status(uint16_t opcode)
{
	switch (opcode) {
	case QB_HCI_DISCONNECT:
	case QB_HCI_LE_CREATE_CONN:
	case QB_HCI_LE_EXT_CREATE_CONN:
	case QB_HCI_LE_CONN_UPDATE:
	case QB_HCI_LE_READ_REMOTE_FEATURES:
	case QB_HCI_LE_SET_PHY: return true;
	default: return false;
	}
}

static void answer(struct bed *bed)
{
	uint8_t param[4 + 64] = {1};
	uint16_t opcode = bed->commands[0];
	size_t len = 4;

	memmove(bed->commands, bed->commands + 1, --bed->n_commands * sizeof(bed->commands[0]));
	if (has_status(opcode)) {
		param[0] = bed->hostile ? fuzz_octet(bed->fuzz) : 0;
		param[1] = 1;
		qb_put_le16(param + 2, opcode);
		event(bed, QB_HCI_EV_COMMAND_STATUS, param, 4);
		return;
	}
	qb_put_le16(param + 1, opcode);
	switch (opcode) {
	case QB_HCI_READ_LOCAL_COMMANDS:
		memset(param + 4, 0xff, 64);
		/* Legacy advertising in half of all runs. */
		if (bed->hostile & 1)
			memset(param + 4 + 36, 0, 4);
		len += 64;
		break;
	case QB_HCI_LE_READ_LOCAL_FEATURES:
		memset(param + 4, 0xff, 8);
		len += 8;
		break;
	case QB_HCI_READ_BD_ADDR:
		memset(param + 4, 0x11, 6);
		len += 6;
		break;
	case QB_HCI_LE_READ_BUFFER_SIZE:
		qb_put_le16(param + 4, 27);
		param[6] = 4;
		len += 3;
		break;
	case QB_HCI_READ_RSSI: len += 3; break;
	}
	if (bed->hostile & 0x80)
		param[3] = fuzz_octet(bed->fuzz);
	event(bed, QB_HCI_EV_COMMAND_COMPLETE, param, len);
}

static void answer_all(struct bed *bed)
{
	while (bed->n_commands)
		answer(bed);
}

static void connect(struct bed *bed, uint16_t handle, uint8_t role)
{
	uint8_t param[19] = {QB_HCI_LE_CONN_COMPLETE};

	qb_put_le16(param + 2, handle);
	param[4] = role;
	memset(param + 6, 0x20 + handle, 6);
	qb_put_le16(param + 12, 24);
	qb_put_le16(param + 16, 400);
	event(bed, QB_HCI_EV_LE_META, param, sizeof(param));
}

static void acl(struct bed *bed, uint16_t field, const uint8_t *data, size_t len)
{
	uint8_t packet[5 + 600];

	packet[0] = QB_H4_ACL;
	qb_put_le16(packet + 1, field);
	qb_put_le16(packet + 3, (uint16_t)len);
	memcpy(packet + 5, data, len);
	input(bed, packet, 5 + len);
}

/* A well-formed L2CAP frame with anything in it. */
static void sdu(struct bed *bed, uint16_t handle, uint16_t cid, size_t want)
{
	uint8_t frame[4 + 600];
	size_t len;
	const uint8_t *data = fuzz_octets(bed->fuzz, want, &len);

	qb_put_le16(frame, (uint16_t)len);
	qb_put_le16(frame + 2, cid);
	if (len)
		memcpy(frame + 4, data, len);
	acl(bed, (uint16_t)(handle | QB_ACL_START << 12), frame, 4 + len);
}

static void complete(struct bed *bed, uint16_t handle, uint16_t n)
{
	uint8_t param[5] = {1};

	qb_put_le16(param + 1, handle);
	qb_put_le16(param + 3, n);
	event(bed, QB_HCI_EV_NUM_COMPLETED, param, sizeof(param));
	bed->acl = 0;
}

static void on_result(void *user, const struct qb_result *result)
{
	struct bed *bed = user;

	assert(result->error < QB_ERROR_COUNT);
	assert(!result->error || (result->text && result->text[0]));
	bed->ends++;
}

static void call(struct bed *bed, const char *name, const struct qb_value *args)
{
	const struct qb_call *call = qb_calls;

	while (strcmp(call->name, name))
		call++;
	bed->calls++;
	qb_call_run(bed->ble, call, args, on_result, bed);
}

static void any_call(struct bed *bed)
{
	unsigned n = 0;
	const struct qb_call *call;
	struct qb_value args[QB_CALL_ARGS_MAX] = {0};
	char *copies[QB_CALL_ARGS_MAX] = {0};

	while (qb_calls[n].name)
		n++;
	call = &qb_calls[fuzz_octet(bed->fuzz) % n];
	for (unsigned i = 0; i < qb_call_n_args(call); i++) {
		const struct qb_arg_def *def = &call->args[i];

		if (def->type == 'u') {
			uint8_t how = fuzz_octet(bed->fuzz);

			args[i].u = how < 0xf0 ? def->min + how % 8
			                       : (uint32_t)fuzz_u16(bed->fuzz) << (how & 15);
		} else {
			size_t want = fuzz_octet(bed->fuzz), len;
			const uint8_t *data;

			/* Mostly the length that is right, where there is only one. */
			if (want & 1 && def->min == def->max)
				want = def->max;
			data = fuzz_octets(bed->fuzz, want, &len);
			copies[i] = malloc(len + 1);
			if (len)
				memcpy(copies[i], data, len);
			copies[i][len] = '\0';
			args[i].data = (const uint8_t *)copies[i];
			/* D-Bus hands on no string with a NUL inside or with broken UTF-8. */
			if (def->type == 's')
				for (size_t k = 0; k < len; k++)
					copies[i][k] = copies[i][k] ? copies[i][k] & 0x7f : 'x';
			args[i].len = def->type == 's' ? strlen(copies[i]) : len;
		}
	}
	bed->calls++;
	qb_timers_advance(&bed->timers, bed->now);
	qb_call_run(bed->ble, call, args, on_result, bed);
	for (unsigned i = 0; i < QB_CALL_ARGS_MAX; i++)
		free(copies[i]);
}

static void u(struct bed *bed, const char *name, const uint32_t *values, unsigned n,
              const uint8_t *data, size_t len)
{
	static const uint8_t zeros[16];
	struct qb_value args[QB_CALL_ARGS_MAX] = {0};

	for (unsigned i = 0; i < n; i++)
		args[i].u = values[i];
	args[n] = (struct qb_value){.data = zeros, .len = 16};
	if (n + 1 < QB_CALL_ARGS_MAX)
		args[n + 1] = (struct qb_value){.data = data, .len = len};
	call(bed, name, args);
}

/* Both roles, started, a database of every permission, one link in each role. */
static void set_up(struct bed *bed)
{
	static const uint8_t value[40] = "value";

	qb_ble_controller_up(bed->ble);
	answer_all(bed);
	call(bed, "ServerInit", NULL);
	call(bed, "ClientInit", NULL);
	call(bed, "GattStart", NULL);
	u(bed, "AddService", (uint32_t[]){1, 1, 1, 0x180f}, 4, NULL, 0);
	for (uint32_t id = 1; id <= 6; id++) {
		uint32_t permission = id < 4 ? 0x3 : 1u << (id - 2) | 0x3;

		u(bed, "AddChara", (uint32_t[]){1, id, id == 6 ? 0xff : 0x3e, 1, 0x2a00 + id}, 5,
		  NULL, 0);
		u(bed, "AddCharaValue", (uint32_t[]){1, id, permission, 1, 0x2a00 + id}, 5, value,
		  sizeof(value));
		u(bed, "AddCharaDesc", (uint32_t[]){1, id, 3, 1, 0x2902}, 5, value, 2);
	}
	call(bed, "AddOrClearService", (struct qb_value[]){{.u = 1}, {.u = 1}});
	call(bed, "AdvStart", NULL);
	answer_all(bed);
	connect(bed, 1, QB_ROLE_PERIPHERAL);
	call(bed, "Connect",
	     (struct qb_value[]){{.u = 0}, {.data = (const uint8_t *)"\"\"\"\"\"\"", .len = 6}});
	answer_all(bed);
	connect(bed, 2, QB_ROLE_CENTRAL);
	answer_all(bed);
	complete(bed, 1, 100);
	complete(bed, 2, 100);
}

static void step(struct bed *bed)
{
	struct fuzz *fuzz = bed->fuzz;
	uint8_t what = fuzz_octet(fuzz);
	uint16_t handle = 1 + (what >> 4 & 1);
	size_t len;
	const uint8_t *data;

	switch (what & 15) {
	case 0:
	case 1:
	case 2:
	case 3: sdu(bed, handle, QB_L2CAP_CID_ATT, fuzz_octet(fuzz) >> (what >> 6)); break;
	case 4: sdu(bed, handle, QB_L2CAP_CID_SIGNALLING, fuzz_octet(fuzz) & 31); break;
	case 5: sdu(bed, handle, QB_L2CAP_CID_SMP, fuzz_octet(fuzz) & 127); break;
	case 6:
		data = fuzz_octets(fuzz, fuzz_octet(fuzz), &len);
		acl(bed, (uint16_t)(handle | (what >> 5 & 3) << 12), data, len);
		break;
	case 7: {
		uint8_t code = what & 0x20 ? QB_HCI_EV_LE_META : fuzz_octet(fuzz);

		data = fuzz_octets(fuzz, fuzz_octet(fuzz), &len);
		event(bed, code, data, len);
		break;
	}
	case 8:
		data = fuzz_octets(fuzz, fuzz_octet(fuzz), &len);
		input(bed, data, len);
		break;
	case 9:
	case 10: any_call(bed); break;
	case 11:
		bed->now += (uint64_t)fuzz_octet(fuzz) * fuzz_octet(fuzz) * QB_MSEC;
		qb_timers_advance(&bed->timers, bed->now);
		break;
	case 12: complete(bed, handle, fuzz_octet(fuzz)); break;
	case 13: answer_all(bed); break;
	case 14: connect(bed, fuzz_octet(fuzz) & 7, what >> 4 & 1); break;
	case 15:
		if (what & 0x40)
			qb_ble_controller_up(bed->ble);
		else if (what & 0x20)
			qb_ble_controller_down(bed->ble, "unplugged");
		else if (bed->n_commands)
			answer(bed);
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct qb_ble_config config = {
	        .static_addr = {QB_ADDR_RANDOM, {1, 2, 3, 4, 5, 0xc6}},
	        .mtu = QB_ATT_MTU_MAX,
	        .auto_mtu = true,
	        .connect_timeout = 30,
	};
	struct fuzz fuzz = {data, size};
	struct bed bed = {.fuzz = &fuzz};

	bed.hostile = fuzz_octet(&fuzz);
	bed.ble = qb_ble_new(&bed.timers, &config, &ops, &bed);
	assert(bed.ble);
	set_up(&bed);
	while (fuzz.left)
		step(&bed);
	/* However it went on: in a minute of silence every call has ended. */
	for (int i = 0; i < 120; i++) {
		bed.now += QB_SEC / 2;
		qb_timers_advance(&bed.timers, bed.now);
	}
	assert(bed.ends == bed.calls);
	qb_ble_free(bed.ble);
	assert(qb_timers_next(&bed.timers) == QB_NEVER);
	return 0;
}
