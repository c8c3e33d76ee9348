/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Advertising: report events of all three kinds into the decoder and through a scan up to event
 * 19, and advertising data as such. What a report points at lies in its event, a name is valid
 * UTF-8, and a scan that filters tells of each address once.
 */
#include <assert.h>
#include <string.h>

#include "api.h"
#include "ble/ad.h"
#include "util/le.h"

#define HEARD_MAX 1024

static struct qb_addr heard[HEARD_MAX];
static unsigned n_heard;
static bool once;

/* The input's text, without knowing how the host tells characters apart. */
static void check_utf8(const char *text)
{
	const uint8_t *p = (const uint8_t *)text;

	while (*p) {
		unsigned n = *p < 0x80             ? 0
		             : (*p & 0xe0) == 0xc0 ? 1
		             : (*p & 0xf0) == 0xe0 ? 2
		             : (*p & 0xf8) == 0xf0 ? 3
		                                   : 99;
		uint32_t c = n ? *p & (0x3fu >> n) : *p;

		assert(n < 4);
		for (p++; n; n--, p++) {
			assert((*p & 0xc0) == 0x80);
			c = c << 6 | (*p & 0x3f);
		}
		assert(c < 0x110000 && (c < 0xd800 || c > 0xdfff));
	}
}

static void check_data(const uint8_t *data, size_t len)
{
	char name[QB_AD_NAME_SIZE];
	const uint8_t *content;
	size_t at = SIZE_MAX, n = 0;

	if (!qb_ad_valid(data, len, &at))
		assert(at < len);
	for (unsigned type = 0; type < 256; type += len ? data[0] % 8u + 1 : 64) {
		content = qb_ad_find(data, len, (uint8_t)type, &n);
		if (content)
			assert(content >= data + 2 && content + n <= data + len &&
			       content[-1] == type && content[-2] == n + 1);
	}
	check_utf8(qb_ad_name(data, len, name));
	assert(strlen(name) <= 3 * len);
}

static void check_reports(const uint8_t *param, size_t len)
{
	struct qb_adv_reports it;
	struct qb_adv_report report;
	unsigned n = 0;

	if (!qb_hci_adv_reports_init(&it, param, len))
		return;
	while (qb_hci_adv_reports_next(&it, &report)) {
		assert(++n <= param[1]);
		assert(!report.len ||
		       (report.data >= param + 2 && report.data + report.len <= param + len));
		assert(report.data_status <= QB_ADV_DATA_TRUNCATED);
		check_data(report.data, report.len);
	}
}

static void on_event(void *user, const struct qb_event *event)
{
	if (event->id != QB_EV_SCAN_REPORT)
		return;
	check_utf8(event->name);
	for (unsigned i = 0; i < n_heard && once; i++)
		assert(!qb_addr_equal(&heard[i], &event->addr));
	if (n_heard < HEARD_MAX)
		heard[n_heard++] = event->addr;
}

/* A report event with what a report has to have, and the rest of it from the input. */
static size_t make_reports(struct fuzz *fuzz, uint8_t param[255])
{
	static const uint8_t subevents[] = {QB_HCI_LE_ADV_REPORT, QB_HCI_LE_EXT_ADV_REPORT,
	                                    QB_HCI_LE_DIRECT_ADV_REPORT, QB_HCI_LE_ADV_REPORT};
	uint8_t what = fuzz_octet(fuzz);
	size_t len = 2, want, got;
	const uint8_t *p;

	memset(param, 0, 255);
	param[0] = subevents[what & 3];
	param[1] = 1 + (what >> 2 & 3);
	for (unsigned i = 0; i < param[1] && len + 40 < 200; i++) {
		uint8_t type = fuzz_octet(fuzz), addr = fuzz_octet(fuzz);

		switch (param[0]) {
		case QB_HCI_LE_ADV_REPORT:
			param[len] = type & 7;
			param[len + 1] = type >> 4 & 3;
			memset(param + len + 2, addr, 6);
			len += 9;
			break;
		case QB_HCI_LE_EXT_ADV_REPORT:
			param[len] = type;
			param[len + 2] = type & 0x40 ? 0xff : type >> 7;
			memset(param + len + 3, addr, 6);
			param[len + 9] = 1;
			len += 24;
			break;
		default:
			memset(param + len + 2, addr, 6);
			len += 16;
			continue;
		}
		want = fuzz_octet(fuzz);
		p = fuzz_octets(fuzz, want & 0x3f, &got);
		if (len + got > 240)
			got = 240 - len;
		/* Sometimes a length that lies. */
		param[len - 1] = (uint8_t)(want & 0x80 ? want : got);
		if (got)
			memcpy(param + len, p, got);
		len += got + (param[0] == QB_HCI_LE_ADV_REPORT);
	}
	if (what & 0x80)
		len = fuzz_octet(fuzz) % (len + 1);
	return len;
}

static void report(struct fuzz_api *api, const uint8_t *param, size_t len)
{
	check_reports(param, len);
	fuzz_controller_event(&api->controller, QB_HCI_EV_LE_META, param, len);
	fuzz_controller_answer_all(&api->controller);
}

static void step(struct fuzz_api *api, struct fuzz *fuzz)
{
	uint8_t what = fuzz_octet(fuzz), param[255];
	const uint8_t *p;
	size_t len;

	switch (what & 7) {
	case 0: fuzz_api_sleep(api, fuzz_octet(fuzz) * QB_MSEC); break;
	case 1:
		p = fuzz_octets(fuzz, fuzz_octet(fuzz), &len);
		check_data(p, len);
		break;
	case 2:
		p = fuzz_octets(fuzz, fuzz_octet(fuzz), &len);
		report(api, p, len);
		break;
	default: report(api, param, make_reports(fuzz, param));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct fuzz_api api;
	struct fuzz fuzz = {data, size};

	if (!api.ble) {
		fuzz_api_new(&api, false);
		fuzz_api_set_up(&api);
		api.event = on_event;
	}
	n_heard = 0;
	once = !(fuzz_octet(&fuzz) & 1);
	fuzz_api_call(&api, "SetScanFilter", (struct qb_value[]){{.u = once}});
	fuzz_api_call(&api, "ScanStart", NULL);
	fuzz_controller_answer_all(&api.controller);
	while (fuzz.left)
		step(&api, &fuzz);
	fuzz_api_call(&api, "ScanStop", NULL);
	fuzz_controller_answer_all(&api.controller);
	assert(api.ends == api.calls);
	assert(!api.ble->scan.n_waiting && !qb_timer_armed(&api.ble->scan.timer));
	return 0;
}
