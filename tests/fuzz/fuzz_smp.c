/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The Security Manager of a live link: to whatever comes there is at most one answer, two octets
 * that say that pairing failed and a reason that the specification has; a failure and codes that
 * are reserved have none, and while the controller takes nothing the answers do not pile up.
 */
#include <assert.h>
#include <string.h>

#include "bed.h"

enum {
	PAIRING_REQUEST = 0x01,
	PAIRING_FAILED = 0x05,
	SECURITY_REQUEST = 0x0b,
	KEYPRESS = 0x0e, /* the last code of table 3.3 */
	REASON_MAX = 0x0f,
};

static unsigned n, waiting;
static uint8_t reason;

static void on_sdu(struct fuzz_bed *bed, uint16_t cid, const uint8_t *sdu, size_t len)
{
	assert(cid == QB_L2CAP_CID_SMP);
	assert(len == 2 && sdu[0] == PAIRING_FAILED && sdu[1] && sdu[1] <= REASON_MAX);
	reason = sdu[1];
	n++;
}

static void on_attr(void *user, const struct qb_attr *attr, const uint8_t *data, size_t len)
{
	assert(!"nothing was sent to the server");
}

static const struct qb_gatt_server_ops server_ops = {.written = on_attr, .read = on_attr};
static const struct qb_gatt_client_ops client_ops;

/* Of the commands, with their codes. */
static const size_t lengths[] = {
        [0x01] = 7, [0x02] = 7,  [0x03] = 17, [0x04] = 17, [0x06] = 17, [0x07] = 11, [0x08] = 17,
        [0x09] = 8, [0x0a] = 17, [0x0b] = 2,  [0x0c] = 65, [0x0d] = 17, [0x0e] = 2,
};

static void step(struct fuzz_bed *bed, struct fuzz *fuzz)
{
	uint8_t what = fuzz_octet(fuzz), sdu[600];
	size_t len;
	bool answered;

	if (what >= 0xf0) {
		bed->hold = what & 1;
		n = 0;
		fuzz_bed_settle(bed);
		if (!bed->hold) {
			assert(n <= waiting && n <= QB_RSP_QUEUE_MAX);
			waiting = 0;
		}
		return;
	}
	sdu[0] = what & 0x80 ? fuzz_octet(fuzz) : what & 15;
	len = what & 0x40 ? fuzz_value(fuzz, sdu, sizeof(sdu))
	                  : 1 + fuzz_value(fuzz, sdu + 1, sizeof(sdu) - 1);
	n = 0;
	fuzz_bed_send(bed, QB_L2CAP_CID_SMP, sdu, len);
	answered = len && len <= QB_RX_SDU_MAX && sdu[0] && sdu[0] <= KEYPRESS &&
	           sdu[0] != PAIRING_FAILED;
	if (bed->hold) {
		waiting += answered;
		return;
	}
	assert(n == answered);
	/* A wrong length is said before anything else. */
	if (n && len != lengths[sdu[0]])
		assert(reason == 0x0a);
	else if (n)
		assert(reason ==
		       (sdu[0] == PAIRING_REQUEST || sdu[0] == SECURITY_REQUEST ? 0x05 : 0x08));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct fuzz_bed bed = {
	        .sdu = on_sdu, .server = &server_ops, .client = &client_ops, .mtu = 247};
	struct fuzz fuzz = {data, size};

	if (!bed.host)
		fuzz_bed_start(&bed);
	waiting = 0;
	fuzz_bed_connect(&bed, fuzz_octet(&fuzz) & 1 ? QB_ROLE_PERIPHERAL : QB_ROLE_CENTRAL);
	while (fuzz.left)
		step(&bed, &fuzz);
	fuzz_bed_end(&bed);
	return 0;
}
