/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A client that means no good, at a live link with a database behind it. Beyond memory: each
 * request has one answer, commands have none, an answer fits the MTU and belongs to its request,
 * and what it tells is what the database holds and may tell.
 */
#include <assert.h>
#include <string.h>

#include "bed.h"
#include "database.h"
#include "model.h"
#include "util/le.h"

#define ANSWERS_MAX 64

#define READ_ANY                                                                           \
	(QB_PERM_READ | QB_PERM_READ_AUTHEN | QB_PERM_READ_AUTHOR | QB_PERM_READ_ENCRYPT | \
	 QB_PERM_READ_MITM)

static struct {
	uint8_t pdu[ANSWERS_MAX][QB_SDU_MAX];
	size_t len[ANSWERS_MAX];
	unsigned n;
} out;

static unsigned sent, ended; /* notifications and indications */
static unsigned written;     /* writes told, of one exchange */

static void on_sdu(struct fuzz_bed *bed, uint16_t cid, const uint8_t *sdu, size_t len)
{
	assert(cid == QB_L2CAP_CID_ATT && len > 0);
	/* Values go out as they come; only answers are held against requests. */
	if (sdu[0] == QB_ATT_HANDLE_VALUE_NTF || sdu[0] == QB_ATT_HANDLE_VALUE_IND)
		return;
	assert(out.n < ANSWERS_MAX);
	memcpy(out.pdu[out.n], sdu, len);
	out.len[out.n++] = len;
}

static void on_written(void *user, const struct qb_attr *attr, const uint8_t *data, size_t len)
{
	assert(attr->permissions & ~READ_ANY);
	assert(len <= QB_VALUE_MAX);
	written++;
}

static void on_read(void *user, const struct qb_attr *attr, const uint8_t *data, size_t len)
{
	assert(attr->permissions & READ_ANY);
}

static const struct qb_gatt_server_ops server_ops = {.written = on_written, .read = on_read};

static void on_service(void *user, unsigned tag, uint16_t start, uint16_t end,
                       const struct qb_uuid *uuid)
{
}

static void on_data(void *user, unsigned tag, const uint8_t *data, size_t len)
{
}

static void on_done(void *user, unsigned tag, unsigned end)
{
}

static void on_value(void *user, bool indication, uint16_t handle, const uint8_t *data, size_t len)
{
}

static const struct qb_gatt_client_ops client_ops = {
        .service = on_service, .data = on_data, .done = on_done, .value = on_value};

static void on_sent(void *user, uint8_t status)
{
	ended++;
}

/* How many octets a request may have (Vol 3, Part F, 3.4), and what may not be between. */
static bool is_well_formed(const uint8_t *req, size_t len, uint16_t mtu)
{
	if (len > mtu)
		return false;
	switch (req[0]) {
	case QB_ATT_EXCHANGE_MTU_REQ:
	case QB_ATT_READ_REQ: return len == 3;
	case QB_ATT_FIND_INFORMATION_REQ:
	case QB_ATT_READ_BLOB_REQ: return len == 5;
	case QB_ATT_FIND_BY_TYPE_VALUE_REQ: return len >= 7;
	case QB_ATT_READ_BY_TYPE_REQ:
	case QB_ATT_READ_BY_GROUP_TYPE_REQ: return len == 7 || len == 21;
	case QB_ATT_READ_MULTIPLE_REQ:
	case QB_ATT_READ_MULTIPLE_VARIABLE_REQ: return len >= 5 && len % 2;
	case QB_ATT_WRITE_REQ: return len >= 3;
	case QB_ATT_PREPARE_WRITE_REQ: return len >= 5;
	case QB_ATT_EXECUTE_WRITE_REQ: return len == 2 && req[1] <= 1;
	default: return false;
	}
}

static bool is_known_request(uint8_t opcode)
{
	return (opcode >= 0x02 && opcode <= 0x12 && !(opcode & 1)) || opcode == 0x16 ||
	       opcode == 0x18 || opcode == 0x20;
}

/* What is to come back: a request's response or an error, a confirmation, or nothing (0). */
static uint8_t answer_to(uint8_t opcode)
{
	static const uint8_t none[] = {0x01, 0x03, 0x05, 0x07, 0x09, 0x0b, 0x0d, 0x0f,
	                               0x11, 0x13, 0x17, 0x19, 0x1b, 0x1e, 0x21, 0x23};

	if (opcode & QB_ATT_COMMAND_FLAG || memchr(none, opcode, sizeof(none)))
		return 0;
	return opcode + 1;
}

/*
 * What the permissions demand (api.md, AddCharaValue): whoever says what an access demands allows
 * it to who fulfils that; there is nobody to authorize anything; a key protects if it is whole.
 */
static bool allows(const struct fuzz_bed *bed, const struct qb_attr *attr, uint16_t plain,
                   uint16_t authen, uint16_t author, uint16_t encrypt, uint16_t mitm)
{
	const struct qb_att_security *link = &bed->link->att.security;
	uint16_t has = attr ? attr->permissions : 0;

	if (!(has & (plain | authen | author | encrypt | mitm)) || has & author)
		return false;
	if (has & (authen | encrypt | mitm) && (!link->encrypted || link->key_size < 16))
		return false;
	return !(has & mitm) || link->authenticated;
}

static bool may_read(const struct fuzz_bed *bed, const struct qb_attr *attr)
{
	return allows(bed, attr, QB_PERM_READ, QB_PERM_READ_AUTHEN, QB_PERM_READ_AUTHOR,
	              QB_PERM_READ_ENCRYPT, QB_PERM_READ_MITM);
}

static bool may_write(const struct fuzz_bed *bed, const struct qb_attr *attr)
{
	return allows(bed, attr, QB_PERM_WRITE, QB_PERM_WRITE_AUTHEN, QB_PERM_WRITE_AUTHOR,
	              QB_PERM_WRITE_ENCRYPT, QB_PERM_WRITE_MITM);
}

/* A part of a value, from an offset: whole, or cut to what the PDU has room for. */
static void check_part(const struct fuzz_bed *bed, const struct qb_attr *attr, size_t offset,
                       const uint8_t *part, size_t len, size_t room)
{
	uint8_t value[QB_VALUE_MAX];
	size_t left;

	assert(may_read(bed, attr));
	left = fuzz_model_value(attr, value);
	assert(offset <= left);
	left -= offset;
	assert(len == (left < room ? left : room));
	assert(!len || (fuzz_is_cccd(attr) && !fuzz_model_is_known()) ||
	       !memcmp(part, value + offset, len));
}

/* A list of entries of size octets, each beginning with a handle: within the range, and rising. */
static void check_list(const struct qb_gatt_db *db, const uint8_t *req, const uint8_t *list,
                       size_t len, size_t size)
{
	uint16_t start = qb_get_le16(req + 1), end = qb_get_le16(req + 3), last = 0;

	assert(size >= 2 && len && len % size == 0);
	for (; len; list += size, len -= size) {
		uint16_t handle = qb_get_le16(list);

		assert(handle >= start && handle <= end && handle > last);
		assert(qb_gatt_db_get(db, handle));
		last = handle;
	}
}

static void check_response(const struct fuzz_bed *bed, const uint8_t *req, size_t req_len,
                           const uint8_t *rsp, size_t len, uint16_t mtu)
{
	const struct qb_gatt_db *db = bed->host->db;
	const struct qb_attr *attr = req_len >= 3 ? qb_gatt_db_get(db, qb_get_le16(req + 1)) : NULL;

	switch (rsp[0]) {
	case QB_ATT_EXCHANGE_MTU_RSP:
		assert(len == 3 && qb_get_le16(rsp + 1) == bed->link->att.mtu);
		assert(bed->link->att.mtu >= QB_ATT_MTU_MIN && bed->link->att.mtu <= bed->mtu);
		break;
	case QB_ATT_FIND_INFORMATION_RSP:
		assert(len > 2 && (rsp[1] == 1 || rsp[1] == 2));
		check_list(db, req, rsp + 2, len - 2, rsp[1] == 1 ? 4 : 18);
		break;
	case QB_ATT_FIND_BY_TYPE_VALUE_RSP: check_list(db, req, rsp + 1, len - 1, 4); break;
	case QB_ATT_READ_BY_TYPE_RSP:
	case QB_ATT_READ_BY_GROUP_TYPE_RSP:
		assert(len > 2);
		check_list(db, req, rsp + 2, len - 2, rsp[1]);
		break;
	case QB_ATT_READ_RSP: check_part(bed, attr, 0, rsp + 1, len - 1, mtu - 1u); break;
	case QB_ATT_READ_BLOB_RSP:
		check_part(bed, attr, qb_get_le16(req + 3), rsp + 1, len - 1, mtu - 1u);
		break;
	case QB_ATT_READ_MULTIPLE_RSP:
	case QB_ATT_READ_MULTIPLE_VARIABLE_RSP:
		for (size_t i = 1; i < req_len; i += 2)
			assert(may_read(bed, qb_gatt_db_get(db, qb_get_le16(req + i))));
		break;
	case QB_ATT_WRITE_RSP:
		assert(len == 1 && may_write(bed, attr) && written == 1);
		if (fuzz_is_cccd(attr))
			fuzz_model_configure(attr->handle, req + 3, req_len - 3);
		else
			assert(attr->len == req_len - 3 &&
			       !memcmp(attr->value, req + 3, attr->len));
		break;
	case QB_ATT_PREPARE_WRITE_RSP:
		assert(may_write(bed, attr) && len == req_len &&
		       !memcmp(req + 1, rsp + 1, len - 1));
		if (fuzz_model_is_known())
			fuzz_model_prepare(req, len);
		break;
	case QB_ATT_EXECUTE_WRITE_RSP: assert(len == 1); break;
	}
}

/* Sends a PDU, and holds what comes back against it. */
static void exchange(struct fuzz_bed *bed, const uint8_t *pdu, size_t len)
{
	uint8_t answer = len ? answer_to(pdu[0]) : 0;
	bool execute;
	uint16_t mtu;
	const uint8_t *rsp = out.pdu[0];

	if (!bed->link)
		return;
	mtu = bed->link->att.mtu;
	out.n = written = 0;
	if (bed->hold)
		fuzz_model_forget();
	execute = fuzz_model_is_known() && len && pdu[0] == QB_ATT_EXECUTE_WRITE_REQ &&
	          is_well_formed(pdu, len, mtu);
	if (execute)
		fuzz_model_plan(bed->host->db);
	fuzz_bed_send(bed, QB_L2CAP_CID_ATT, pdu, len);
	if (bed->hold || !bed->link || bed->link->att.dead)
		return;
	if (execute)
		fuzz_model_executed(bed->host->db,
		                    pdu[1] && out.n && rsp[0] == QB_ATT_EXECUTE_WRITE_RSP, written);
	if (!answer || len > QB_RX_SDU_MAX) {
		assert(!out.n);
		return;
	}
	assert(out.n == 1 && out.len[0] <= mtu);
	if (answer == QB_ATT_HANDLE_VALUE_CFM) {
		assert(out.len[0] == 1 && rsp[0] == answer);
		return;
	}
	if (rsp[0] == QB_ATT_ERROR_RSP) {
		assert(out.len[0] == 5 && rsp[1] == pdu[0] && rsp[4]);
		if (!is_known_request(pdu[0]))
			assert(rsp[4] == QB_ATT_E_REQUEST_NOT_SUPPORTED);
		else
			assert((rsp[4] == QB_ATT_E_INVALID_PDU) == !is_well_formed(pdu, len, mtu));
		return;
	}
	assert(rsp[0] == answer && is_known_request(pdu[0]) && is_well_formed(pdu, len, mtu));
	check_response(bed, pdu, len, rsp, out.len[0], mtu);
}

static size_t put_handle(struct fuzz *fuzz, uint8_t *p)
{
	qb_put_le16(p, fuzz_database_handle(fuzz));
	return 2;
}

/* Mostly 0 or near the end of something; the input may choose any. */
static size_t put_offset(struct fuzz *fuzz, uint8_t *p)
{
	uint8_t how = fuzz_octet(fuzz);

	qb_put_le16(p, how < 0xc0 ? (uint16_t)(how * 4u) : fuzz_u16(fuzz));
	return 2;
}

/* A PDU of the shape that its opcode asks for, most of the time. */
static size_t make_pdu(struct fuzz *fuzz, uint8_t opcode, uint8_t pdu[1000])
{
	size_t len = 1;
	unsigned n;

	pdu[0] = opcode;
	switch (opcode) {
	case QB_ATT_EXCHANGE_MTU_REQ:
		qb_put_le16(pdu + 1, (uint16_t)(fuzz_octet(fuzz) * 3u));
		return 3;
	case QB_ATT_FIND_INFORMATION_REQ:
		len += put_handle(fuzz, pdu + len);
		return len + put_handle(fuzz, pdu + len);
	case QB_ATT_FIND_BY_TYPE_VALUE_REQ:
		len += put_handle(fuzz, pdu + len);
		len += put_handle(fuzz, pdu + len);
		/* A type in its short form; services have UUIDs for values, others a pattern. */
		n = fuzz_octet(fuzz);
		qb_put_le16(pdu + len, QB_GATT_PRIMARY_SERVICE);
		if (n & 0x80)
			fuzz_database_uuid(fuzz, pdu + len);
		len += 2;
		if (!(n & 0x40))
			return len + fuzz_database_uuid(fuzz, pdu + len);
		for (n &= 0x3f; n; n--, len++)
			pdu[len] = (uint8_t)(len - 6);
		return len;
	case QB_ATT_READ_BY_TYPE_REQ:
	case QB_ATT_READ_BY_GROUP_TYPE_REQ:
		len += put_handle(fuzz, pdu + len);
		len += put_handle(fuzz, pdu + len);
		return len + fuzz_database_uuid(fuzz, pdu + len);
	case QB_ATT_READ_REQ: return len + put_handle(fuzz, pdu + len);
	case QB_ATT_READ_BLOB_REQ:
		len += put_handle(fuzz, pdu + len);
		return len + put_offset(fuzz, pdu + len);
	case QB_ATT_READ_MULTIPLE_REQ:
	case QB_ATT_READ_MULTIPLE_VARIABLE_REQ:
		for (n = 2 + fuzz_octet(fuzz) % 8u; n; n--)
			len += put_handle(fuzz, pdu + len);
		return len;
	case QB_ATT_PREPARE_WRITE_REQ:
		len += put_handle(fuzz, pdu + len);
		len += put_offset(fuzz, pdu + len);
		return len + fuzz_value(fuzz, pdu + len, 600);
	case QB_ATT_EXECUTE_WRITE_REQ: pdu[1] = fuzz_octet(fuzz) & 3; return 2;
	default: len += put_handle(fuzz, pdu + len); return len + fuzz_value(fuzz, pdu + len, 600);
	}
}

static void step(struct fuzz_bed *bed, struct fuzz *fuzz)
{
	static const uint8_t opcodes[] = {0x02, 0x04, 0x06, 0x08, 0x0a, 0x0c, 0x0e,
	                                  0x10, 0x12, 0x16, 0x16, 0x18, 0x20, 0x52};
	uint8_t what = fuzz_octet(fuzz), pdu[1000];
	struct qb_gatt_server *server;
	size_t len;

	if ((what & 0x1f) < sizeof(opcodes)) {
		len = make_pdu(fuzz, opcodes[what & 0x1f], pdu);
		/* Cut, or with an octet too many. */
		if ((what & 0xe0) == 0xe0)
			len = 1 + fuzz_octet(fuzz) % len;
		else if ((what & 0xe0) == 0xc0)
			pdu[len++] = fuzz_octet(fuzz);
		exchange(bed, pdu, len);
		return;
	}
	switch (what & 0x1f) {
	case 0x0e:
	case 0x0f:
	case 0x10: {
		uint8_t opcode = fuzz_octet(fuzz);

		exchange(bed, pdu, make_pdu(fuzz, opcode, pdu));
		return;
	}
	case 0x11: exchange(bed, (uint8_t[]){QB_ATT_HANDLE_VALUE_CFM}, 1); return;
	case 0x12:
	case 0x13: {
		if (!bed->link)
			return;
		server = &bed->link->server;
		len = fuzz_value(fuzz, pdu, sizeof(pdu));
		sent += !(what & 0x20 ? qb_gatt_server_indicate : qb_gatt_server_notify)(
		        server, fuzz_database_handle(fuzz), pdu, len, on_sent, NULL);
		fuzz_bed_settle(bed);
		return;
	}
	case 0x14:
		if (!bed->link)
			return;
		qb_gatt_server_changed(&bed->link->server, 1 + fuzz_octet(fuzz), 0xffff);
		fuzz_bed_settle(bed);
		return;
	case 0x15: fuzz_bed_sleep(bed, fuzz_octet(fuzz) * 200u * QB_MSEC); return;
	case 0x16:
		bed->hold = what & 0x20;
		fuzz_bed_settle(bed);
		return;
	case 0x17:
		/* Subscribes: to what is read next, or to Service Changed. */
		pdu[0] = QB_ATT_WRITE_REQ;
		qb_put_le16(pdu + 1, FUZZ_SERVICE_CHANGED + 1);
		if (what & 0x80)
			put_handle(fuzz, pdu + 1);
		qb_put_le16(pdu + 3, what >> 5 & 3);
		exchange(bed, pdu, 5);
		return;
	case 0x18:
		/* One prepared write after the other, each where the last one ended. */
		pdu[0] = QB_ATT_PREPARE_WRITE_REQ;
		put_handle(fuzz, pdu + 1);
		len = fuzz_value(fuzz, pdu + 5, 64);
		for (unsigned i = 0, n = fuzz_octet(fuzz); i < n; i++) {
			qb_put_le16(pdu + 3, (uint16_t)(i * len));
			exchange(bed, pdu, 5 + len);
		}
		return;
	default: len = fuzz_value(fuzz, pdu, sizeof(pdu)); exchange(bed, pdu, len);
	}
}

/* How safe the link is, as pairing may have made it. */
static void secure(struct fuzz_bed *bed, uint8_t how)
{
	bed->link->att.security = (struct qb_att_security){
	        .encrypted = how & 1,
	        .authenticated = how & 2,
	        .bonded = how & 4,
	        .key_size = how & 8 ? 16 : 7,
	};
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct fuzz_bed bed = {
	        .sdu = on_sdu, .server = &server_ops, .client = &client_ops, .mtu = 517};
	static const uint8_t first[] = {QB_ATT_READ_REQ, FUZZ_SERVICE_CHANGED + 1, 0};
	struct fuzz fuzz = {data, size};

	if (!bed.host) {
		fuzz_bed_start(&bed);
		fuzz_database_fill(bed.host->db);
	}
	sent = ended = 0;
	fuzz_model_begin();
	fuzz_bed_connect(&bed, QB_ROLE_PERIPHERAL);
	/* Nothing that another link has configured is this one's. */
	exchange(&bed, first, sizeof(first));
	secure(&bed, fuzz_octet(&fuzz));
	while (fuzz.left)
		step(&bed, &fuzz);
	fuzz_bed_end(&bed);
	assert(sent == ended);
	fuzz_database_restore(bed.host->db);
	return 0;
}
