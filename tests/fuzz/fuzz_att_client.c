/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A server that means no good, and every procedure of our client at it. Beyond memory: one request
 * at a time and each well-formed, procedures end once and in their order, what is found lies in the
 * range that was asked for and rises, an indication is confirmed once.
 */
#include <assert.h>
#include <string.h>

#include "bed.h"
#include "util/le.h"

#define PROCS_MAX (QB_PROC_QUEUE_MAX * 4)

static struct proc {
	enum qb_gatt_proc_type type;
	uint16_t start, end;
	uint16_t last; /* handle that it has told of */
	bool ended;
} procs[PROCS_MAX];

static unsigned n_procs;
static unsigned oldest; /* of those that wait for one another */
static unsigned confirmations, values;

/* The request in the air. */
static uint8_t request[QB_SDU_MAX];
static size_t request_len;
static bool held;

/* The largest MTU so far: what waits may be of that, though the peer has lowered it meanwhile. */
static uint16_t mtu;

static void on_sdu(struct fuzz_bed *bed, uint16_t cid, const uint8_t *sdu, size_t len)
{
	const struct qb_att *att = &bed->link->att;

	assert(cid == QB_L2CAP_CID_ATT && len > 0);
	mtu = att->mtu > mtu ? att->mtu : mtu;
	switch (sdu[0]) {
	case QB_ATT_HANDLE_VALUE_CFM:
		assert(len == 1);
		confirmations++;
		return;
	case QB_ATT_WRITE_CMD: assert(len >= 3 && len <= mtu); return;
	/* What our server, with nothing in its database, has to say to the peer's requests. */
	case QB_ATT_EXCHANGE_MTU_RSP:
	case QB_ATT_EXECUTE_WRITE_RSP:
	case QB_ATT_ERROR_RSP: return;
	}
	/*
	 * A request goes out only when the one before it is over. What the controller holds up
	 * may have been answered by then, out of the blue.
	 */
	if (!held)
		assert(att->request == sdu[0] && !request_len);
	assert(!(sdu[0] & 1) && len >= 2 && len <= mtu);
	memcpy(request, sdu, len);
	request_len = len;
}

static void on_written(void *user, const struct qb_attr *attr, const uint8_t *data, size_t len)
{
	assert(!"the database is empty");
}

static const struct qb_gatt_server_ops server_ops = {.written = on_written, .read = on_written};

static struct proc *running(unsigned tag)
{
	assert(tag < n_procs && !procs[tag].ended);
	return &procs[tag];
}

static void on_service(void *user, unsigned tag, uint16_t start, uint16_t end,
                       const struct qb_uuid *uuid)
{
	struct proc *proc = running(tag);

	assert(proc->type == QB_PROC_DISCOVER_SERVICES || proc->type == QB_PROC_DISCOVER_BY_UUID);
	assert(start > proc->last && start <= end);
	proc->last = end;
}

/* Entries of size octets, each beginning with a handle. */
static void check_list(struct proc *proc, const uint8_t *list, size_t len, size_t size)
{
	assert(len && len % size == 0);
	for (; len; list += size, len -= size) {
		uint16_t handle = qb_get_le16(list);

		assert(handle >= proc->start && handle <= proc->end && handle > proc->last);
		proc->last = handle;
	}
}

static void on_data(void *user, unsigned tag, const uint8_t *data, size_t len)
{
	struct proc *proc = running(tag);

	switch (proc->type) {
	case QB_PROC_DISCOVER_INCLUDES:
		assert(len > 1 && (data[0] == 6 || data[0] == 8));
		check_list(proc, data + 1, len - 1, data[0]);
		break;
	case QB_PROC_DISCOVER_CHARAS:
		assert(len > 1 && (data[0] == 7 || data[0] == 21));
		check_list(proc, data + 1, len - 1, data[0]);
		break;
	case QB_PROC_DISCOVER_DESCS:
		assert(len > 1 && (data[0] == 1 || data[0] == 2));
		check_list(proc, data + 1, len - 1, data[0] == 1 ? 4 : 18);
		break;
	case QB_PROC_READ_BY_UUID:
		assert(len > 1 && data[0] >= 2);
		check_list(proc, data + 1, len - 1, data[0]);
		break;
	case QB_PROC_READ:
	case QB_PROC_READ_LONG:
	case QB_PROC_READ_MULTIPLE: assert(len <= QB_VALUE_MAX + 4); break;
	default: assert(!"a procedure that brings nothing");
	}
}

static void on_done(void *user, unsigned tag, unsigned end)
{
	struct proc *proc = running(tag);

	proc->ended = true;
	assert(end <= QB_GATT_NO_MEMORY);
	if (proc->type == QB_PROC_WRITE_CMD)
		return;
	while (procs[oldest].type == QB_PROC_WRITE_CMD || &procs[oldest] < proc) {
		assert(procs[oldest].ended || procs[oldest].type == QB_PROC_WRITE_CMD);
		oldest++;
	}
	assert(&procs[oldest] == proc);
}

static void on_value(void *user, bool indication, uint16_t handle, const uint8_t *data, size_t len)
{
	assert(len <= QB_VALUE_MAX);
	values++;
}

static const struct qb_gatt_client_ops client_ops = {
        .service = on_service, .data = on_data, .done = on_done, .value = on_value};

static uint16_t handle(struct fuzz *fuzz)
{
	uint8_t how = fuzz_octet(fuzz);

	return how < 0xf8 ? how : how == 0xff ? 0xffff : fuzz_u16(fuzz);
}

static void start(struct fuzz_bed *bed, struct fuzz *fuzz)
{
	uint8_t what = fuzz_octet(fuzz), data[600];
	struct qb_gatt_proc_args args = {
	        .type = what % (QB_PROC_WRITE_CMD + 1), .tag = n_procs, .data = data};
	struct proc *proc = &procs[n_procs];

	if (!bed->link || n_procs == PROCS_MAX)
		return;
	args.start = handle(fuzz);
	switch (args.type) {
	case QB_PROC_EXCHANGE_MTU: args.mtu = (uint16_t)(fuzz_octet(fuzz) * 3u); break;
	case QB_PROC_DISCOVER_BY_UUID:
	case QB_PROC_READ_BY_UUID:
		args.uuid = qb_uuid_from_16(0x180f);
		args.uuid.b[0] = what & 0x80 ? 1 : args.uuid.b[0];
		args.end = handle(fuzz);
		break;
	case QB_PROC_DISCOVER_INCLUDES:
	case QB_PROC_DISCOVER_CHARAS:
	case QB_PROC_DISCOVER_DESCS: args.end = handle(fuzz); break;
	case QB_PROC_READ:
	case QB_PROC_READ_LONG: args.offset = what & 0x80 ? fuzz_u16(fuzz) : 0; break;
	case QB_PROC_WRITE_LONG:
		args.offset = what & 0x80 ? fuzz_u16(fuzz) : 0;
		args.len = fuzz_value(fuzz, data, sizeof(data));
		break;
	default: args.len = fuzz_value(fuzz, data, sizeof(data));
	}
	/* It may end before this returns, so it is there before. */
	*proc = (struct proc){.type = args.type, .start = args.start, .end = args.end};
	n_procs++;
	if (qb_gatt_client_start(&bed->link->client, &args)) {
		assert(!proc->ended);
		n_procs--;
	}
	fuzz_bed_settle(bed);
}

/* Sends a PDU; an indication has its confirmation, other things have no more than they ask for. */
static void send(struct fuzz_bed *bed, const uint8_t *pdu, size_t len)
{
	unsigned before = confirmations;
	bool alive = bed->link && !bed->link->att.dead;

	if (len &&
	    (pdu[0] == QB_ATT_ERROR_RSP || (pdu[0] & 1 && pdu[0] < QB_ATT_HANDLE_VALUE_NTF) ||
	     pdu[0] == QB_ATT_READ_MULTIPLE_VARIABLE_RSP))
		request_len = 0;
	fuzz_bed_send(bed, QB_L2CAP_CID_ATT, pdu, len);
	if (alive && bed->link && !bed->hold)
		assert(confirmations - before ==
		       (len && len <= QB_RX_SDU_MAX && pdu[0] == QB_ATT_HANDLE_VALUE_IND));
}

/* Entries that fit what is asked for: rising handles from where the request begins. */
static size_t put_entries(struct fuzz *fuzz, uint8_t *p, unsigned size, unsigned head, size_t room)
{
	uint8_t how = fuzz_octet(fuzz), step = 1 + (fuzz_octet(fuzz) & 7);
	uint16_t at = request_len >= 5 ? qb_get_le16(request + 1) : 1;
	size_t len = 0;

	at = (uint16_t)(at + (how >> 6));
	for (unsigned n = 1 + how % 16u; n && len + size <= room; n--, len += size) {
		memset(p + len, 0x28, size);
		qb_put_le16(p + len, at);
		if (head > 2)
			qb_put_le16(p + len + 2, (uint16_t)(at + step - 1));
		if (size == 7 || size == 21)
			qb_put_le16(p + len + 3, (uint16_t)(at + 1));
		at = (uint16_t)(at + step);
	}
	return len;
}

/* An answer that looks like one to the request in the air. */
static size_t make_answer(struct fuzz *fuzz, uint8_t pdu[1000])
{
	uint8_t how;
	unsigned size;

	pdu[0] = request[0] + 1;
	switch (request[0]) {
	case QB_ATT_EXCHANGE_MTU_REQ:
		qb_put_le16(pdu + 1, (uint16_t)(fuzz_octet(fuzz) * 3u));
		return 3;
	case QB_ATT_FIND_INFORMATION_REQ:
		pdu[1] = 1 + (fuzz_octet(fuzz) & 1);
		return 2 + put_entries(fuzz, pdu + 2, pdu[1] == 1 ? 4 : 18, 2, 240);
	case QB_ATT_FIND_BY_TYPE_VALUE_REQ: return 1 + put_entries(fuzz, pdu + 1, 4, 4, 240);
	case QB_ATT_READ_BY_TYPE_REQ:
	case QB_ATT_READ_BY_GROUP_TYPE_REQ:
		how = fuzz_octet(fuzz);
		size = how < 8 ? (const uint8_t[]){7, 21, 6, 8, 20, 2, 4, 3}[how] : how;
		pdu[1] = (uint8_t)size;
		return 2 + put_entries(fuzz, pdu + 2, size < 2 ? 2 : size,
		                       request[0] == QB_ATT_READ_BY_GROUP_TYPE_REQ || size == 6 ||
		                                       size == 8
		                               ? 4
		                               : 2,
		                       500);
	case QB_ATT_PREPARE_WRITE_REQ:
		memcpy(pdu + 1, request + 1, request_len - 1);
		pdu[1 + fuzz_octet(fuzz) % (request_len - 1)] ^= fuzz_octet(fuzz);
		return request_len;
	case QB_ATT_WRITE_REQ:
	case QB_ATT_EXECUTE_WRITE_REQ: return 1;
	default: return 1 + fuzz_value(fuzz, pdu + 1, 600);
	}
}

static void step(struct fuzz_bed *bed, struct fuzz *fuzz)
{
	uint8_t what = fuzz_octet(fuzz), pdu[1000];
	size_t len;

	if (bed->link && bed->link->att.mtu > mtu)
		mtu = bed->link->att.mtu;
	switch (what & 15) {
	case 0:
	case 1:
	case 2: start(bed, fuzz); break;
	case 3:
	case 4:
	case 5:
	case 6:
		if (!request_len)
			break;
		len = make_answer(fuzz, pdu);
		if ((what & 0xe0) == 0xe0)
			len = 1 + fuzz_octet(fuzz) % len;
		else if ((what & 0xe0) == 0xc0)
			pdu[len++] = fuzz_octet(fuzz);
		send(bed, pdu, len);
		break;
	case 7:
		pdu[0] = QB_ATT_ERROR_RSP;
		pdu[1] = what & 0x80 ? fuzz_octet(fuzz) : request[0];
		qb_put_le16(pdu + 2, handle(fuzz));
		pdu[4] = fuzz_octet(fuzz);
		send(bed, pdu, 5);
		break;
	case 8:
		pdu[0] = what & 0x10 ? QB_ATT_HANDLE_VALUE_IND : QB_ATT_HANDLE_VALUE_NTF;
		qb_put_le16(pdu + 1, handle(fuzz));
		send(bed, pdu, 3 + fuzz_value(fuzz, pdu + 3, 600));
		break;
	case 9: fuzz_bed_sleep(bed, fuzz_octet(fuzz) * 200u * QB_MSEC); break;
	case 10:
		bed->hold = what & 0x10;
		held = held || bed->hold;
		fuzz_bed_settle(bed);
		break;
	case 11:
		/* An exchange of the peer's in between. */
		pdu[0] = QB_ATT_EXCHANGE_MTU_REQ;
		qb_put_le16(pdu + 1, (uint16_t)(fuzz_octet(fuzz) * 3u));
		send(bed, pdu, 3);
		break;
	default: send(bed, pdu, fuzz_value(fuzz, pdu, sizeof(pdu))); break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct fuzz_bed bed = {
	        .sdu = on_sdu, .server = &server_ops, .client = &client_ops, .mtu = 517};
	struct fuzz fuzz = {data, size};

	if (!bed.host)
		fuzz_bed_start(&bed);
	n_procs = oldest = confirmations = values = 0;
	request_len = mtu = 0;
	held = false;
	fuzz_bed_connect(&bed, QB_ROLE_CENTRAL);
	while (fuzz.left)
		step(&bed, &fuzz);
	fuzz_bed_end(&bed);
	for (unsigned i = 0; i < n_procs; i++)
		assert(procs[i].ended);
	return 0;
}
