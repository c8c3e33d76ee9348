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
