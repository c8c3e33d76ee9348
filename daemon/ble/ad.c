/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading and checking advertising data. */
#include "ble/ad.h"

#include <string.h>

bool qb_ad_valid(const uint8_t *data, size_t len, size_t *ret_at)
{
	size_t i = 0;

	while (i < len && data[i]) {
		if (data[i] >= len - i) {
			*ret_at = i;
			return false;
		}
		i += 1u + data[i];
	}
	/* Early termination: a length of zero, and nothing but zeros after it (11). */
	for (size_t zero = i; zero < len; zero++) {
		if (data[zero]) {
			*ret_at = i;
			return false;
		}
	}
	return true;
}

const uint8_t *qb_ad_find(const uint8_t *data, size_t len, uint8_t type, size_t *ret_len)
{
	for (size_t i = 0; i < len && data[i]; i += 1u + data[i]) {
		if (data[i] >= len - i)
			break;
		if (data[i + 1] == type) {
			*ret_len = data[i] - 1u;
			return data + i + 2;
		}
	}
	return NULL;
}

/*
 * How many octets of p are one well-formed character (RFC 3629, 4), or 0: no overlong forms, no
 * surrogates, nothing past U+10FFFF. The first continuation octet's range depends on the lead.
 */
static size_t utf8_length(const uint8_t *p, size_t len)
{
	uint8_t lead = p[0], low = 0x80, high = 0xbf;
	size_t n;

	if (lead < 0x80)
		return 1;
	if (lead >= 0xc2 && lead <= 0xdf)
		n = 2;
	else if (lead >= 0xe0 && lead <= 0xef)
		n = 3;
	else if (lead >= 0xf0 && lead <= 0xf4)
		n = 4;
	else
		return 0;
	switch (lead) {
	case 0xe0: low = 0xa0; break;
	case 0xed: high = 0x9f; break;
	case 0xf0: low = 0x90; break;
	case 0xf4: high = 0x8f; break;
	}
	if (len < n || p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < n; i++)
		if (p[i] < 0x80 || p[i] > 0xbf)
			return 0;
	return n;
}

char *qb_ad_name(const uint8_t *data, size_t len, char ret[QB_AD_NAME_SIZE])
{
	static const char replacement[] = "\xef\xbf\xbd";
	const uint8_t *name;
	size_t n, out = 0;

	name = qb_ad_find(data, len, QB_AD_COMPLETE_NAME, &n);
	if (!name)
		name = qb_ad_find(data, len, QB_AD_SHORT_NAME, &n);
	while (name && n && *name) {
		size_t good = utf8_length(name, n), step = good ? good : 1;

		memcpy(ret + out, good ? (const char *)name : replacement, good ? good : 3);
		out += good ? good : 3;
		name += step;
		n -= step;
	}
	ret[out] = '\0';
	return ret;
}
