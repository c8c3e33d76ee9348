/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fragments, and the signalling channel in them. A reassembly that is simpler than the host's says
 * what has to arrive: every SDU of the fixed channels once and unchanged, and for each signalling
 * command its one answer with its identifier, or none.
 */
#include <assert.h>
#include <string.h>

#include "bed.h"
#include "util/le.h"

/* What Command Reject and the response to a parameter update are. */
enum { COMMAND_REJECT = 0x01, UPDATE_REQUEST = 0x12, UPDATE_RESPONSE = 0x13, SIGNALLING_MTU = 23 };

/* The PDU that is coming in, without any cleverness. */
static uint8_t pdu[4 + 65535 + 1024];
static size_t have;

static struct {
	uint8_t code, id;
	uint16_t len;
	unsigned n;
} answer;
static unsigned asked; /* parameter requests of our own */
static uint8_t asked_id;
static unsigned att_answers, smp_answers;

static void on_sdu(struct fuzz_bed *bed, uint16_t cid, const uint8_t *sdu, size_t len)
{
	switch (cid) {
	case QB_L2CAP_CID_SIGNALLING:
		assert(len >= 4 && len <= SIGNALLING_MTU && qb_get_le16(sdu + 2) == len - 4 &&
		       sdu[1]);
		if (sdu[0] == UPDATE_REQUEST) {
			asked++;
			asked_id = sdu[1];
			return;
		}
		answer.n++;
		answer.code = sdu[0];
		answer.id = sdu[1];
		answer.len = (uint16_t)len;
		return;
	case QB_L2CAP_CID_ATT: att_answers++; return;
	default: assert(cid == QB_L2CAP_CID_SMP); smp_answers++;
	}
}

static void on_attr(void *user, const struct qb_attr *attr, const uint8_t *data, size_t len)
{
}

static const struct qb_gatt_server_ops server_ops = {.written = on_attr, .read = on_attr};

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

static struct {
	unsigned n;
	uint8_t data[QB_VALUE_MAX];
	size_t len;
} value;

static void on_value(void *user, bool indication, uint16_t handle, const uint8_t *data, size_t len)
{
	value.n++;
	value.len = len;
	memcpy(value.data, data, len);
}

static const struct qb_gatt_client_ops client_ops = {
        .service = on_service, .data = on_data, .done = on_done, .value = on_value};

/* Whether a signalling command has an answer: anything but a response or what has no identifier. */
static bool is_answered(const uint8_t *sdu, size_t len)
{
	static const uint8_t responses[] = {0x01, 0x03, 0x05, 0x07, 0x09, 0x0b, 0x0d,
	                                    0x0f, 0x11, 0x13, 0x15, 0x18, 0x1a};

	return len >= 4 && sdu[1] && !memchr(responses, sdu[0], sizeof(responses));
}

static void check_signalling(const struct fuzz_bed *bed, const uint8_t *sdu, size_t len)
{
	bool whole = len >= 4 && len <= SIGNALLING_MTU && len == 4u + qb_get_le16(sdu + 2);

	if (!is_answered(sdu, len)) {
		assert(!answer.n);
		return;
	}
	assert(answer.n == 1 && answer.id == sdu[1]);
	if (whole && sdu[0] == UPDATE_REQUEST && len == 12 && bed->link->role == QB_ROLE_CENTRAL)
		assert(answer.code == UPDATE_RESPONSE && answer.len == 6);
	else
		assert(answer.code == COMMAND_REJECT && answer.len >= 6);
}

/* One fragment to the host and to the model. */
static void fragment(struct fuzz_bed *bed, uint8_t pb, const uint8_t *data, size_t len)
{
	bool start = pb == QB_ACL_START || pb == QB_ACL_START_NO_FLUSH, complete;
	size_t want = 0;

	if (!bed->link)
		return;
	if (start)
		have = 0;
	/* What continues nothing is nothing, and so is a flag that is none of ours. */
	if (len && (start || (pb == QB_ACL_CONTINUE && have))) {
		memcpy(pdu + have, data, len);
		have += len;
	}
	if (have >= 4)
		want = 4u + qb_get_le16(pdu);
	complete = want && have >= want && len;
	answer.n = value.n = att_answers = smp_answers = 0;
	fuzz_controller_acl(&bed->controller, (uint16_t)(FUZZ_HANDLE | pb << 12), data, len);
	fuzz_bed_settle(bed);
	if (!bed->link || bed->hold || bed->link->att.dead)
		goto out;
	if (!complete || have != want) {
		assert(!answer.n && !value.n && !att_answers && !smp_answers);
		goto out;
	}
	switch (qb_get_le16(pdu + 2)) {
	case QB_L2CAP_CID_ATT:
		assert(!answer.n && !smp_answers);
		assert(want - 4 <= QB_RX_SDU_MAX || (!value.n && !att_answers));
		/* A notification is its SDU, unchanged, if a value is as long; 0 is no handle. */
		if (want >= 7 && pdu[4] == QB_ATT_HANDLE_VALUE_NTF && want - 7 <= QB_VALUE_MAX) {
			assert(value.n == (qb_get_le16(pdu + 5) ? 1 : 0));
			assert(!value.n ||
			       (value.len == want - 7 && !memcmp(value.data, pdu + 7, value.len)));
		}
		break;
	case QB_L2CAP_CID_SIGNALLING:
		assert(!value.n && !att_answers && !smp_answers);
		check_signalling(bed, pdu + 4, want - 4);
		break;
	case QB_L2CAP_CID_SMP:
		assert(!answer.n && !value.n && !att_answers);
		assert(want - 4 <= QB_RX_SDU_MAX || !smp_answers);
		break;
	default: assert(!answer.n && !value.n && !att_answers && !smp_answers);
	}
out:
	if (complete)
		have = 0;
}

/* A PDU in fragments of a size, some of them said to be longer than the PDU. */
static void send_cut(struct fuzz_bed *bed, struct fuzz *fuzz, uint16_t cid, const uint8_t *sdu,
                     size_t len)
{
	uint8_t frame[4 + 700], cut = fuzz_octet(fuzz);
	size_t size = cut ? cut : 4 + len, pos = 0;

	qb_put_le16(frame, (uint16_t)len);
	qb_put_le16(frame + 2, cid);
	if (len)
		memcpy(frame + 4, sdu, len);
	for (len += 4; pos < len; pos += size)
		fragment(bed, pos ? QB_ACL_CONTINUE : QB_ACL_START, frame + pos,
		         len - pos < size ? len - pos : size);
}

static size_t make_signalling(struct fuzz *fuzz, uint8_t *p)
{
	uint8_t how = fuzz_octet(fuzz);
	size_t len = how >> 5, got;

	p[0] = how & 0x1f;
	p[1] = fuzz_octet(fuzz);
	if (p[1] == 0xff)
		p[1] = asked_id;
	if (p[0] == UPDATE_REQUEST) {
		len = 8;
		qb_put_le16(p + 4, fuzz_octet(fuzz));
		qb_put_le16(p + 6, (uint16_t)(qb_get_le16(p + 4) + fuzz_octet(fuzz)));
		qb_put_le16(p + 8, fuzz_octet(fuzz));
		qb_put_le16(p + 10, (uint16_t)(fuzz_octet(fuzz) * 16u));
	} else {
		const uint8_t *data = fuzz_octets(fuzz, len * 2, &got);

		len = got;
		if (got)
			memcpy(p + 4, data, got);
	}
	qb_put_le16(p + 2, (uint16_t)len);
	return 4 + len;
}

static void ask(struct fuzz_bed *bed, uint8_t what)
{
	const struct qb_conn_param param = {6, 6 + (what >> 4), 0, 400};

	if (bed->link && !qb_l2cap_request_param(&bed->link->l2cap, &param))
		fuzz_bed_settle(bed);
}

static void step(struct fuzz_bed *bed, struct fuzz *fuzz)
{
	static const uint16_t cids[] = {0, 1, 4, 5, 6, 7, 0x40, 0xffff};
	uint8_t what = fuzz_octet(fuzz), data[700];
	const uint8_t *p;
	size_t len;

	switch (what & 15) {
	case 0:
	case 1:
	case 2:
		send_cut(bed, fuzz, QB_L2CAP_CID_SIGNALLING, data, make_signalling(fuzz, data));
		break;
	case 3:
		data[0] = QB_ATT_HANDLE_VALUE_NTF;
		qb_put_le16(data + 1, 3);
		send_cut(bed, fuzz, QB_L2CAP_CID_ATT, data, 3 + fuzz_value(fuzz, data + 3, 600));
		break;
	case 4:
	case 5: send_cut(bed, fuzz, cids[what >> 5], data, fuzz_value(fuzz, data, 600)); break;
	case 6: ask(bed, what); break;
	case 7: fuzz_bed_sleep(bed, fuzz_octet(fuzz) * 200u * QB_MSEC); break;
	case 8:
		bed->hold = what & 0x10;
		fuzz_bed_settle(bed);
		break;
	case 9:
		/* A long PDU begins, near the longest or far from it, and pieces may follow. */
		len = fuzz_octet(fuzz);
		qb_put_le16(data, (uint16_t)(len & 0x80 ? len * 257u : 480 + len));
		qb_put_le16(data + 2, cids[what >> 5]);
		fragment(bed, QB_ACL_START, data, 4);
		break;
	default:
		p = fuzz_octets(fuzz, fuzz_octet(fuzz), &len);
		if (what & 0x40) {
			/* The same octet over and over, as pieces of a long one need many. */
			memset(data, fuzz_octet(fuzz), sizeof(data));
			len = fuzz_octet(fuzz) * 3u;
			len = len < sizeof(data) ? len : sizeof(data);
			p = data;
		}
		fragment(bed, what >> 4 & 3, p, len);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct fuzz_bed bed = {
	        .sdu = on_sdu, .server = &server_ops, .client = &client_ops, .mtu = 247};
	struct fuzz fuzz = {data, size};

	if (!bed.host)
		fuzz_bed_start(&bed);
	have = 0;
	fuzz_bed_connect(&bed, fuzz_octet(&fuzz) & 1 ? QB_ROLE_PERIPHERAL : QB_ROLE_CENTRAL);
	while (fuzz.left)
		step(&bed, &fuzz);
	fuzz_bed_end(&bed);
	return 0;
}
