/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading a fuzzer's octets as choices: whatever they are, they mean something. */
#pragma once

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct fuzz {
	const uint8_t *p;
	size_t left;
};

/* The next octet, 0 after the last one. */
static inline uint8_t fuzz_octet(struct fuzz *fuzz)
{
	if (!fuzz->left)
		return 0;
	fuzz->left--;
	return *fuzz->p++;
}

static inline uint16_t fuzz_u16(struct fuzz *fuzz)
{
	uint8_t low = fuzz_octet(fuzz);

	return (uint16_t)(low | fuzz_octet(fuzz) << 8);
}

/* Up to len octets where they lie; *ret_len says how many there are. */
static inline const uint8_t *fuzz_octets(struct fuzz *fuzz, size_t len, size_t *ret_len)
{
	const uint8_t *p = fuzz->p;

	*ret_len = len < fuzz->left ? len : fuzz->left;
	fuzz->p += *ret_len;
	fuzz->left -= *ret_len;
	return p;
}

/* A value of up to room octets: from the input, or, so that long ones cost little of it, a pattern.
 */
static inline size_t fuzz_value(struct fuzz *fuzz, uint8_t *ret, size_t room)
{
	uint8_t how = fuzz_octet(fuzz);
	size_t len = how & 0x80 ? (how & 0x7fu) * 5u : how, got;
	const uint8_t *p;

	len = len < room ? len : room;
	if (how & 0x80) {
		for (size_t i = 0; i < len; i++)
			ret[i] = (uint8_t)(how + i);
		return len;
	}
	p = fuzz_octets(fuzz, len, &got);
	for (size_t i = 0; i < got; i++)
		ret[i] = p[i];
	return got;
}

/* Text: octets over 0x7f are the words of a target, which a fuzzer would be long in finding. */
static inline size_t fuzz_text(const uint8_t *data, size_t size, const char *const *words,
                               unsigned n_words, uint8_t *ret, size_t room)
{
	size_t len = 0;

	for (size_t i = 0; i < size && len < room; i++) {
		const char *word = words[(data[i] & 0x7f) % n_words];

		if (data[i] < 0x80)
			ret[len++] = data[i];
		else if (data[i] == 0xff && i + 1 < size)
			ret[len++] = data[++i];
		else
			while (*word && len < room)
				ret[len++] = (uint8_t)*word++;
	}
	return len;
}
