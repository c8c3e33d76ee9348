/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The resolving list: private addresses, made by one controller and understood by the other. */
#include "bed.h"

static const uint8_t irk_a[16] = {0xa1, 1, 2, 3}, irk_b[16] = {0xb1, 4, 5, 6};

/* The entry of peer in host's list. Every address in these stories is public. */
static uint8_t add(struct host *host, unsigned peer, const uint8_t peer_irk[16],
                   const uint8_t local_irk[16])
{
	uint8_t p[39] = {QB_ADDR_PUBLIC};

	addr_of(peer, p + 1);
	memcpy(p + 7, peer_irk, 16);
	memcpy(p + 23, local_irk, 16);
	return host_command(host, QB_HCI_LE_ADD_RESOLVING_LIST, p, sizeof(p));
}

static uint8_t with_peer(struct host *host, uint16_t opcode, unsigned peer)
{
	uint8_t p[7] = {QB_ADDR_PUBLIC};

	addr_of(peer, p + 1);
	return host_command(host, opcode, p, sizeof(p));
}

static void resolve(struct host *host)
{
	ck_assert_uint_eq(COMMAND(host, QB_HCI_LE_SET_RESOLVE_ENABLE, 1), 0);
}

/* Advertises with an RPA for host 0; type as in LE Set Advertising Parameters. */
static void advertise(struct host *host, uint8_t type)
{
	ck_assert_uint_eq(COMMAND(host, QB_HCI_LE_SET_ADV_PARAM, 0xa0, 0, 0xa0, 0, type, 2, 0, 0x01,
	                          0x44, 0x33, 0x22, 0x11, 0x00, 7, 0),
	                  0);
	ck_assert_uint_eq(COMMAND(host, QB_HCI_LE_SET_ADV_ENABLE, 1), 0);
}

static const uint8_t *scan_once(struct bed *bed, struct host *host, uint8_t policy)
{
	ck_assert_uint_eq(COMMAND(host, QB_HCI_LE_SET_SCAN_PARAM, 0, 0x10, 0, 0x10, 0, 0, policy),
	                  0);
	ck_assert_uint_eq(COMMAND(host, QB_HCI_LE_SET_SCAN_ENABLE, 1, 1), 0);
	bed_run(bed, 200 * QB_MSEC);
	ck_assert_uint_eq(COMMAND(host, QB_HCI_LE_SET_SCAN_ENABLE, 0, 0), 0);
	return host->count ? host_event(host, QB_HCI_EV_LE_META) : NULL;
}

/* A vector of the Core specification, Vol 3, Part H, appendix D.7. */
START_TEST(sample_hash)
{
	struct bed *bed = bed_new(2, NULL);
	struct host *a = &bed->host[0];
	const uint8_t irk[16] = {0x9b, 0x7d, 0x39, 0x0a, 0xa6, 0x10, 0x10, 0x34,
	                         0x05, 0xad, 0xc8, 0x57, 0xa3, 0x34, 0x02, 0xec};
	const uint8_t rpa[6] = {0xaa, 0xfb, 0x0d, 0x94, 0x81, 0x70};
	uint8_t id[6];
	const uint8_t *p;

	addr_of(1, id);
	add(a, 1, irk, irk_a);
	resolve(a);
	ck_assert_uint_eq(host_command(&bed->host[1], QB_HCI_LE_SET_RANDOM_ADDR, rpa, 6), 0);
	COMMAND(&bed->host[1], QB_HCI_LE_SET_ADV_PARAM, 0xa0, 0, 0xa0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0,
	        7, 0);
	COMMAND(&bed->host[1], QB_HCI_LE_SET_ADV_ENABLE, 1);
	p = scan_once(bed, a, 0);
	ck_assert_uint_eq(p[0], QB_HCI_LE_ADV_REPORT);
	/* A resolved public identity. */
	ck_assert_uint_eq(p[3], 2);
	ck_assert_mem_eq(p + 4, id, 6);
	bed_free(bed);
}
END_TEST

START_TEST(made_and_resolved)
{
	struct bed *bed = bed_new(3, NULL);
	struct host *a = &bed->host[0], *b = &bed->host[1], *stranger = &bed->host[2];
	uint8_t id[6], rpa[6], p[25] = {0x10, 0, 0x10, 0};
	const uint8_t *event;

	addr_of(1, id);
	add(a, 1, irk_b, irk_a);
	add(b, 0, irk_a, irk_b);
	resolve(a);
	resolve(b);
	advertise(b, 0);
	event = scan_once(bed, a, 0);
	ck_assert_uint_eq(event[3], 2);
	ck_assert_mem_eq(event + 4, id, 6);
	/* Who has no key sees the private address, which changes with time. */
	event = scan_once(bed, stranger, 0);
	ck_assert_uint_eq(event[3], QB_ADDR_RANDOM);
	ck_assert_uint_eq(event[9] & 0xc0, 0x40);
	memcpy(rpa, event + 4, 6);
	ck_assert_uint_eq(with_peer(b, QB_HCI_LE_READ_LOCAL_RPA, 0), 0);
	ck_assert_mem_eq(b->ret, rpa, 6);
	ck_assert_uint_eq(with_peer(a, QB_HCI_LE_READ_PEER_RPA, 1), 0);
	ck_assert_mem_eq(a->ret, rpa, 6);
	bed_run(bed, 900 * QB_SEC);
	event = scan_once(bed, stranger, 0);
	ck_assert_mem_ne(event + 4, rpa, 6);
	event = scan_once(bed, a, 0);
	ck_assert_mem_eq(event + 4, id, 6);

	/* A connection to the identity, from a private address. */
	p[5] = 2;
	memcpy(p + 6, id, 6);
	p[12] = 2;
	p[13] = p[15] = 24;
	p[19] = 100;
	ck_assert_uint_eq(host_command(a, QB_HCI_LE_CREATE_CONN, p, 25), 0);
	bed_run(bed, QB_SEC);
	event = host_le(a, QB_HCI_LE_ENH_CONN_COMPLETE);
	ck_assert_uint_eq(event[0], 0);
	ck_assert_uint_eq(event[4], 2);
	ck_assert_mem_eq(event + 5, id, 6);
	with_peer(a, QB_HCI_LE_READ_LOCAL_RPA, 1);
	ck_assert_mem_eq(event + 11, a->ret, 6);
	with_peer(b, QB_HCI_LE_READ_LOCAL_RPA, 0);
	ck_assert_mem_eq(event + 17, b->ret, 6);
	addr_of(0, id);
	event = host_le(b, QB_HCI_LE_ENH_CONN_COMPLETE);
	ck_assert_uint_eq(event[4], 2);
	ck_assert_mem_eq(event + 5, id, 6);
	bed_free(bed);
}
END_TEST

/* The accept list holds identities. */
START_TEST(accept_list_after_resolving)
{
	struct bed *bed = bed_new(2, NULL);
	struct host *a = &bed->host[0], *b = &bed->host[1];

	add(a, 1, irk_b, irk_a);
	add(b, 0, irk_a, irk_b);
	ck_assert_uint_eq(with_peer(a, QB_HCI_LE_ADD_ACCEPT_LIST, 1), 0);
	advertise(b, 0);
	ck_assert_ptr_null(scan_once(bed, a, 1));
	resolve(a);
	ck_assert_ptr_nonnull(scan_once(bed, a, 1));
	bed_free(bed);
}
END_TEST

/* In network privacy mode, a peer that could hide and does not is not heard. */
START_TEST(privacy_modes)
{
	struct bed *bed = bed_new(2, NULL);
	struct host *a = &bed->host[0], *b = &bed->host[1];
	uint8_t p[8] = {QB_ADDR_PUBLIC};

	add(a, 1, irk_b, irk_a);
	resolve(a);
	host_advertise(b);
	ck_assert_ptr_null(scan_once(bed, a, 0));
	addr_of(1, p + 1);
	p[7] = 1;
	ck_assert_uint_eq(host_command(a, QB_HCI_LE_SET_PRIVACY_MODE, p, 8), 0);
	ck_assert_uint_eq(scan_once(bed, a, 0)[3], QB_ADDR_PUBLIC);
	p[7] = 2;
	ck_assert_uint_eq(host_command(a, QB_HCI_LE_SET_PRIVACY_MODE, p, 8),
	                  QB_HCI_E_INVALID_PARAM);
	bed_free(bed);
}
END_TEST

START_TEST(directed_to_private_addresses)
{
	struct bed *bed = bed_new(3, NULL);
	struct host *a = &bed->host[0], *b = &bed->host[1], *stranger = &bed->host[2];
	const uint8_t *event;

	add(a, 1, irk_b, irk_a);
	add(b, 0, irk_a, irk_b);
	resolve(a);
	advertise(b, 4);
	/* The target resolves it with its own key. */
	event = scan_once(bed, a, 0);
	ck_assert_uint_eq(event[0], QB_HCI_LE_ADV_REPORT);
	ck_assert_uint_eq(event[2], QB_ADV_DIRECT_IND);
	/* Another one hears nothing, unless its policy says that it may be its own. */
	ck_assert_ptr_null(scan_once(bed, stranger, 0));
	event = scan_once(bed, stranger, 2);
	ck_assert_uint_eq(event[0], QB_HCI_LE_DIRECT_ADV_REPORT);
	ck_assert_uint_eq(event[10], QB_ADDR_RANDOM);
	ck_assert_uint_eq(event[16] & 0xc0, 0x40);
	bed_free(bed);
}
END_TEST

START_TEST(list_rules)
{
	struct qa_config config;
	struct bed *bed;
	struct host *a;
	uint8_t none[16] = {0}, other[16] = {9};

	qa_config_init(&config);
	config.resolving_list = 2;
	bed = bed_new(1, &config);
	a = &bed->host[0];
	ck_assert_uint_eq(host_command(a, QB_HCI_LE_READ_RESOLVING_LIST_SIZE, NULL, 0), 0);
	ck_assert_uint_eq(a->ret[0], 2);
	ck_assert_uint_eq(add(a, 1, irk_b, irk_a), 0);
	/* The same peer, and another one with the same key. */
	ck_assert_uint_eq(add(a, 1, other, irk_a), QB_HCI_E_INVALID_PARAM);
	ck_assert_uint_eq(add(a, 2, irk_b, irk_a), QB_HCI_E_INVALID_PARAM);
	ck_assert_uint_eq(add(a, 2, none, irk_a), 0);
	ck_assert_uint_eq(add(a, 3, other, irk_a), QB_HCI_E_MEMORY_EXCEEDED);
	ck_assert_uint_eq(with_peer(a, QB_HCI_LE_REMOVE_RESOLVING_LIST, 5), QB_HCI_E_UNKNOWN_CONN);
	ck_assert_uint_eq(with_peer(a, QB_HCI_LE_READ_PEER_RPA, 5), QB_HCI_E_UNKNOWN_CONN);
	/* While the radio is in use the list and the switch stay as they are. */
	resolve(a);
	host_advertise(a);
	ck_assert_uint_eq(COMMAND(a, QB_HCI_LE_SET_RESOLVE_ENABLE, 0), QB_HCI_E_DISALLOWED);
	ck_assert_uint_eq(with_peer(a, QB_HCI_LE_REMOVE_RESOLVING_LIST, 1), QB_HCI_E_DISALLOWED);
	ck_assert_uint_eq(host_command(a, QB_HCI_LE_CLEAR_RESOLVING_LIST, NULL, 0),
	                  QB_HCI_E_DISALLOWED);
	ck_assert_uint_eq(add(a, 3, other, irk_a), QB_HCI_E_DISALLOWED);
	COMMAND(a, QB_HCI_LE_SET_ADV_ENABLE, 0);
	ck_assert_uint_eq(with_peer(a, QB_HCI_LE_REMOVE_RESOLVING_LIST, 1), 0);
	ck_assert_uint_eq(host_command(a, QB_HCI_LE_CLEAR_RESOLVING_LIST, NULL, 0), 0);
	ck_assert_uint_eq(COMMAND(a, QB_HCI_LE_SET_RPA_TIMEOUT, 0, 0), QB_HCI_E_INVALID_PARAM);
	ck_assert_uint_eq(COMMAND(a, QB_HCI_LE_SET_RPA_TIMEOUT, 0x11, 0x0e),
	                  QB_HCI_E_INVALID_PARAM);
	ck_assert_uint_eq(COMMAND(a, QB_HCI_LE_SET_RPA_TIMEOUT, 0x10, 0x0e), 0);
	bed_free(bed);
}
END_TEST

UNIT_MAIN("air-privacy", sample_hash, made_and_resolved, accept_list_after_resolving, privacy_modes,
          directed_to_private_addresses, list_rules)
