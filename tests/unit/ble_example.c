/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The document's two example programs, call by call. */
#include "ble_example.h"

#include <string.h>

static void start(struct node *node)
{
	node_ok(node, "GattStart");
	ck_assert_int_eq(node_expect(node, QB_EV_START_STATUS).status, 0);
	node_ok(node, "GetStatus");
	ck_assert_int_eq(node->i, 1);
}

void example_start_server(struct node *node)
{
	node_ok(node, "ServerInit");
	start(node);
}

void example_serve(struct node *node, unsigned mode)
{
	static const uint8_t value[244];
	static const char adv_data[] = "\x02\x01\x05\x0c\x09" EXAMPLE_NAME;
	static const char rsp_data[] = "\x0c\x09" EXAMPLE_NAME;

	node_ok(node, "GetPublicAddr");
	ck_assert_uint_eq(node->len, 6);
	ck_assert_mem_eq(node->data, qb_ble_address(node->ble)->b, 6);
	node_ok(node, "SetLocalName", 0u, EXAMPLE_NAME);
	node_ok(node, "SetAdvParam", 0x300u, 0x320u, 0u, 0u, 0x07u, 0u, 2u, 1u, 1u);
	node_ok(node, "SetAdvData", OCTETS(adv_data));
	node_ok(node, "SetAdvRspData", OCTETS(rsp_data));
	node_ok(node, "AddService", 1u, 1u, SHORT_UUID(0x180f));
	node_ok(node, "AddChara", 1u, 1u, 0x02u | 0x10u | 0x20u, SHORT_UUID(0x2a19));
	node_ok(node, "AddCharaValue", 1u, 1u, 3u, SHORT_UUID(0x2a19), value, sizeof(value));
	node_ok(node, "AddCharaDesc", 1u, 1u, 3u, SHORT_UUID(0x2902), OCTETS("\0\0"));
	node_ok(node, "AddOrClearService", 1u, mode);
	node_ok(node, "AdvStart");
}

void example_server(struct node *node, unsigned mode)
{
	example_start_server(node);
	example_serve(node, mode);
}

void example_start_client(struct node *node)
{
	node_ok(node, "ClientInit");
	start(node);
}

uint32_t example_find(struct node *node)
{
	struct qb_event event;
	uint8_t addr[6];
	uint32_t id;

	node_ok(node, "SetScanParam", 1u, 0x100u, 0x50u, 0u, 0u);
	node_ok(node, "ScanStart");
	do
		event = node_expect(node, QB_EV_SCAN_REPORT);
	while (strcmp(event.name, EXAMPLE_NAME));
	node_ok(node, "ScanStop");
	qb_addr_to_display(&event.addr, addr);
	node_ok(node, "Connect", (unsigned)event.addr.type, addr, sizeof(addr));
	event = node_expect(node, QB_EV_CONNECT);
	ck_assert_int_eq(event.status, 0);
	id = event.u[0];
	event = node_expect(node, QB_EV_MTU);
	ck_assert_uint_eq(event.u[0], id);
	ck_assert_uint_eq(event.u[1], QB_ATT_MTU_DEFAULT);
	ck_assert_uint_eq(node_expect(node, QB_EV_START_DISCOVER_SERVICE).connect_id, id);
	return id;
}

uint32_t example_client(struct node *node)
{
	example_start_client(node);
	return example_find(node);
}

struct qb_event expect_octets(struct node *node, uint8_t id, const void *octets, size_t len)
{
	struct qb_event event = node_expect(node, id);

	ck_assert_int_eq(event.status, 0);
	ck_assert_uint_eq(event.len, len);
	if (len)
		ck_assert_mem_eq(event.data, octets, len);
	return event;
}

void expect_att_error(struct node *node, uint8_t code)
{
	struct qb_event event = node_expect(node, QB_EV_ATT_ERROR);

	ck_assert_int_eq(event.status, 0);
	ck_assert_uint_eq(event.u[0], code);
}

void expect_service(struct node *node, uint16_t start, uint16_t end, uint16_t short_uuid)
{
	struct qb_event event = node_expect(node, QB_EV_DISCOVER_SERVICE);

	ck_assert_int_eq(event.status, 0);
	ck_assert_uint_eq(event.u[0], start);
	ck_assert_uint_eq(event.u[1], end);
	ck_assert_uint_eq(event.u[2], short_uuid);
}
