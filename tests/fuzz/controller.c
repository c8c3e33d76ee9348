/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The controller's side of HCI in fuzzers. */
#include "controller.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "host/hci/hci.h"
#include "host/hci/spec.h"
#include "util/le.h"

void fuzz_controller_take(struct fuzz_controller *c, const uint8_t *packet, size_t len)
{
	uint16_t field;

	assert(len >= 4);
	if (packet[0] == QB_H4_COMMAND) {
		assert(len == 4u + packet[3]);
		if (c->n_commands < FUZZ_COMMANDS_MAX)
			c->commands[c->n_commands++] = qb_get_le16(packet + 1);
		return;
	}
	assert(packet[0] == QB_H4_ACL && len >= 5 && len == 5u + qb_get_le16(packet + 3));
	field = qb_get_le16(packet + 1);
	assert(QB_ACL_PB(field) != QB_ACL_START);
	if (QB_ACL_HANDLE(field) < FUZZ_HANDLES)
		c->held[QB_ACL_HANDLE(field)]++;
	if (c->acl)
		c->acl(c->user, QB_ACL_HANDLE(field), QB_ACL_PB(field), packet + 5, len - 5);
}

static void input(struct fuzz_controller *c, const uint8_t *packet, size_t len)
{
	/* A copy of its own, so that a read past its end is seen. */
	uint8_t *copy = malloc(len ? len : 1);

	if (len)
		memcpy(copy, packet, len);
	c->input(c->user, copy, len);
	free(copy);
}

void fuzz_check_credits(struct qb_hci *hci)
{
	const struct qb_acl *acl = &hci->acl;
	unsigned sum = acl->credits;

	for (unsigned i = 0; i < QB_ACL_BUCKETS; i++)
		qb_list_foreach(elem, &hci->acl.links[i])
		        sum += qb_list_entry(elem, struct qb_acl_link, elem)->in_flight;
	if (hci->dead)
		return;
	/* What links hold that were ended by force is the host's secret. */
	assert(sum <= acl->total);
	assert(sum == acl->total || !qb_list_empty(&hci->acl.ghosts));
}

void fuzz_controller_event(struct fuzz_controller *c, uint8_t code, const uint8_t *param,
                           size_t len)
{
	uint8_t packet[3 + 255];

	assert(len <= 255);
	packet[0] = QB_H4_EVENT;
	packet[1] = code;
	packet[2] = (uint8_t)len;
	if (len)
		memcpy(packet + 3, param, len);
	input(c, packet, 3 + len);
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

/* Return parameters after the status: what a controller that can do everything says of itself. */
static size_t put_parameters(const struct fuzz_controller *c, uint16_t opcode, uint8_t *p)
{
	switch (opcode) {
	case QB_HCI_READ_LOCAL_COMMANDS:
		memset(p, 0xff, 64);
		if (c->legacy)
			memset(p + 36, 0, 4);
		return 64;
	case QB_HCI_LE_READ_LOCAL_FEATURES: memset(p, 0xff, 8); return 8;
	case QB_HCI_READ_BD_ADDR: memset(p, 0x11, 6); return 6;
	case QB_HCI_LE_READ_BUFFER_SIZE:
		qb_put_le16(p, c->acl_mtu);
		p[2] = c->acl_buffers;
		return 3;
	case QB_HCI_LE_READ_ACCEPT_LIST_SIZE: p[0] = 16; return 1;
	case QB_HCI_LE_READ_MAX_DATA_LEN: memset(p, 0, 8); return 8;
	case QB_HCI_READ_RSSI: memset(p, 0, 3); return 3;
	default: return 0;
	}
}

void fuzz_controller_answer(struct fuzz_controller *c, uint8_t status)
{
	uint8_t param[4 + 64] = {1};
	uint16_t opcode;
	size_t len = 4;

	assert(c->n_commands);
	opcode = c->commands[0];
	memmove(c->commands, c->commands + 1, --c->n_commands * sizeof(c->commands[0]));
	if (has_status(opcode)) {
		param[0] = status;
		param[1] = 1;
		qb_put_le16(param + 2, opcode);
		fuzz_controller_event(c, QB_HCI_EV_COMMAND_STATUS, param, len);
		return;
	}
	qb_put_le16(param + 1, opcode);
	param[3] = status;
	len += put_parameters(c, opcode, param + 4);
	fuzz_controller_event(c, QB_HCI_EV_COMMAND_COMPLETE, param, len);
}

void fuzz_controller_answer_all(struct fuzz_controller *c)
{
	while (c->n_commands)
		fuzz_controller_answer(c, QB_HCI_E_SUCCESS);
}

void fuzz_controller_connect(struct fuzz_controller *c, uint16_t handle, uint8_t role)
{
	uint8_t param[19] = {QB_HCI_LE_CONN_COMPLETE};

	qb_put_le16(param + 2, handle);
	param[4] = role;
	memset(param + 6, 0x20 + handle, 6);
	qb_put_le16(param + 12, 24);
	qb_put_le16(param + 16, 400);
	if (handle < FUZZ_HANDLES)
		c->held[handle] = 0;
	fuzz_controller_event(c, QB_HCI_EV_LE_META, param, sizeof(param));
}

void fuzz_controller_disconnect(struct fuzz_controller *c, uint16_t handle, uint8_t reason)
{
	uint8_t param[4] = {0};

	qb_put_le16(param + 1, handle);
	param[3] = reason;
	if (handle < FUZZ_HANDLES)
		c->held[handle] = 0;
	fuzz_controller_event(c, QB_HCI_EV_DISCONNECT_COMPLETE, param, sizeof(param));
}

void fuzz_controller_acl(struct fuzz_controller *c, uint16_t field, const uint8_t *data, size_t len)
{
	uint8_t packet[5 + 1024];

	assert(len <= sizeof(packet) - 5);
	packet[0] = QB_H4_ACL;
	qb_put_le16(packet + 1, field);
	qb_put_le16(packet + 3, (uint16_t)len);
	if (len)
		memcpy(packet + 5, data, len);
	input(c, packet, 5 + len);
}

void fuzz_controller_sdu(struct fuzz_controller *c, uint16_t handle, uint16_t cid,
                         const uint8_t *sdu, size_t len)
{
	uint8_t frame[4 + 1000];

	assert(len <= sizeof(frame) - 4);
	qb_put_le16(frame, (uint16_t)len);
	qb_put_le16(frame + 2, cid);
	if (len)
		memcpy(frame + 4, sdu, len);
	fuzz_controller_acl(c, (uint16_t)(handle | QB_ACL_START << 12), frame, 4 + len);
}

void fuzz_controller_complete(struct fuzz_controller *c, uint16_t handle)
{
	uint8_t param[5] = {1};

	/* The host may send more from within, which counts for the next time. */
	while (c->held[handle]) {
		qb_put_le16(param + 1, handle);
		qb_put_le16(param + 3, (uint16_t)c->held[handle]);
		c->held[handle] = 0;
		fuzz_controller_event(c, QB_HCI_EV_NUM_COMPLETED, param, sizeof(param));
	}
}
