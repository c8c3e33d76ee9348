/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * H4 packets in pieces of any size: what comes out is what went in, packet by packet, wherever the
 * stream was cut, and after what begins no packet nothing more comes.
 */
#include <assert.h>
#include <string.h>

#include "fuzz.h"
#include "host/hci/spec.h"
#include "transport/h4.h"
#include "util/le.h"

#define STREAM_MAX (192 * 1024)

/* The stream, and how far it has come out again. */
static uint8_t stream[STREAM_MAX];
static size_t stream_len, out;

/* Length of the packet that the stream goes on with; 0 if none begins so. */
static size_t packet_len(const uint8_t *p)
{
	switch (p[0]) {
	case QB_H4_ACL: return 5u + qb_get_le16(p + 3);
	case QB_H4_SYNC: return 4u + p[3];
	case QB_H4_EVENT: return 3u + p[2];
	case QB_H4_ISO: return 5u + (qb_get_le16(p + 3) & 0x3fff);
	default: return 0;
	}
}

static void on_packet(void *user, const uint8_t *packet, size_t len)
{
	assert(out + len <= stream_len);
	assert(len == packet_len(stream + out));
	assert(!memcmp(packet, stream + out, len));
	out += len;
}

/* Whole packets of the input's kinds and lengths, then its octets as they are. */
static void make_stream(struct fuzz *fuzz)
{
	unsigned n = fuzz_octet(fuzz) & 7;
	const uint8_t *p;
	size_t len;

	stream_len = 0;
	for (; n; n--) {
		uint8_t what = fuzz_octet(fuzz);
		uint16_t size = fuzz_octet(fuzz);

		if (what >= 0xfc)
			size = (uint16_t)(size * 257u);
		stream[stream_len] = 2 + (what & 3);
		memset(stream + stream_len + 1, 0, 4);
		switch (stream[stream_len]) {
		case QB_H4_EVENT: stream[stream_len + 2] = (uint8_t)size; break;
		case QB_H4_SYNC: stream[stream_len + 3] = (uint8_t)size; break;
		default: qb_put_le16(stream + stream_len + 3, size);
		}
		len = packet_len(stream + stream_len);
		if (stream_len + len > STREAM_MAX - 4096)
			break;
		for (size_t i = stream[stream_len] == QB_H4_EVENT ? 3 : 5; i < len; i++)
			stream[stream_len + i] = (uint8_t)(i + what);
		stream_len += len;
	}
	p = fuzz_octets(fuzz, fuzz_octet(fuzz), &len);
	if (len)
		memcpy(stream + stream_len, p, len);
	stream_len += len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct qb_h4 h4;
	struct fuzz fuzz = {data, size};
	size_t in = 0;
	bool good = true;

	make_stream(&fuzz);
	/* Octets past the end that a header may be read from here. */
	memset(stream + stream_len, 0, 8);
	h4.have = 0;
	out = 0;
	while (in < stream_len && good) {
		uint8_t how = fuzz_octet(&fuzz);
		size_t piece = how >= 0xf0 ? how * 300u : how ? how : 1u;

		if (!fuzz.left)
			piece = stream_len;
		if (piece > stream_len - in)
			piece = stream_len - in;
		good = qb_h4_input(&h4, stream + in, piece, on_packet, NULL);
		in += piece;
		/* All that is whole has come out. */
		if (good && out < in)
			assert(!packet_len(stream + out) || packet_len(stream + out) > in - out ||
			       in - out < 5);
	}
	assert(good ? in - out == h4.have : !packet_len(stream + out));
	return 0;
}
