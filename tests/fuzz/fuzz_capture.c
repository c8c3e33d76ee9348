/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Captures that are played back: any file, or records that are right with packets of the input's,
 * and a host that sends what the input says. Whatever is matched is in the session, and no packet
 * is the host's next twice.
 */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "file.h"
#include "fuzz.h"
#include "host/hci/spec.h"
#include "transport/btsnoop.h"
#include "transport/recording.h"
#include "util/le.h"
#include "util/log.h"

static uint8_t image[64 * 1024];

/* A file of whole records. */
static size_t make_file(struct fuzz *fuzz)
{
	unsigned n = fuzz_octet(fuzz) & 31;
	size_t len = QB_BTSNOOP_HEADER;

	qb_btsnoop_put_header(image);
	for (; n; n--) {
		static const uint8_t reset[] = {QB_H4_COMMAND, 0x03, 0x0c, 0x00};
		struct qb_btsnoop_record record = {.unix_us = n * 1000u};
		uint8_t what = fuzz_octet(fuzz);
		uint8_t *packet = image + len + QB_BTSNOOP_RECORD;

		record.received = what & 1;
		record.len = 4 + (what >> 4);
		memset(packet, 0, record.len);
		packet[0] = record.received ? (what & 2 ? QB_H4_ACL : QB_H4_EVENT)
		                            : (what & 2 ? QB_H4_ACL : QB_H4_COMMAND);
		packet[1] = fuzz_octet(fuzz);
		packet[2] = fuzz_octet(fuzz);
		if (what & 4)
			for (unsigned i = 3; i < record.len; i++)
				packet[i] = fuzz_octet(fuzz);
		if (what & 8) {
			record.received = false;
			record.len = sizeof(reset);
			memcpy(packet, reset, sizeof(reset));
		}
		qb_btsnoop_put_record(image + len, &record, packet[0]);
		len += QB_BTSNOOP_RECORD + record.len;
	}
	/* An octet that is wrong, and an end that is cut. */
	if (fuzz_octet(fuzz) & 1)
		image[fuzz_u16(fuzz) % len] = fuzz_octet(fuzz);
	if (fuzz_octet(fuzz) & 1)
		len = fuzz_u16(fuzz) % (len + 1);
	return len;
}

static void check(const struct qb_recording *rec)
{
	assert(rec->begin <= rec->next && rec->next <= rec->end && rec->end <= rec->n);
	for (size_t i = 0; i < rec->n; i++)
		assert(rec->packets[i].offset + QB_BTSNOOP_RECORD + rec->packets[i].len <=
		       rec->len);
}

static void play(struct qb_recording *rec, struct fuzz *fuzz)
{
	while (fuzz->left) {
		uint8_t what = fuzz_octet(fuzz), packet[16] = {0};
		size_t len = 4 + (what >> 4 & 7), answer, expected;
		ssize_t i;

		packet[0] = what & 8 ? QB_H4_ACL : QB_H4_COMMAND;
		expected = qb_recording_expected(rec, packet[0]);
		switch (what & 7) {
		case 0:
			if (!qb_recording_begin(rec))
				return;
			break;
		case 1:
			if (rec->next < rec->end)
				qb_recording_pass(rec);
			break;
		default:
			/* What is expected, or what the input says. */
			if (what & 0x80 && expected < rec->n) {
				const struct qb_recorded *p = &rec->packets[expected];

				len = p->len < sizeof(packet) ? p->len : sizeof(packet);
				memcpy(packet, rec->data + p->offset + QB_BTSNOOP_RECORD, len);
			} else {
				packet[1] = fuzz_octet(fuzz);
				packet[2] = fuzz_octet(fuzz);
			}
			i = qb_recording_match(rec, packet, len, &answer);
			assert(i >= -1 && i < (ssize_t)rec->end && answer < rec->n);
			if (i >= 0) {
				assert((size_t)i >= rec->begin);
				qb_recording_is_same(rec, (size_t)i, packet, len);
				assert(qb_recording_expected(rec, packet[0]) != (size_t)i);
			}
		}
		check(rec);
	}
}

/* Nobody reads it, but it is made all the same. */
static void on_line(const char *id, int level, const char *line)
{
	assert(level >= LOG_EMERG && level <= LOG_DEBUG && *line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz fuzz = {data, size};
	struct qb_recording rec = {0};
	char why[QB_WHY_MAX] = "";
	const char *path;
	int r;

	qb_log_set_sink(on_line);
	if (fuzz_octet(&fuzz) & 1)
		path = fuzz_file(image, make_file(&fuzz));
	else
		path = fuzz_file(fuzz.p, fuzz.left);
	r = qb_recording_load(&rec, path, why);
	assert(r == 0 || (r == -EINVAL && why[0]));
	if (!r && qb_recording_begin(&rec))
		play(&rec, &fuzz);
	qb_recording_done(&rec);
	return 0;
}
