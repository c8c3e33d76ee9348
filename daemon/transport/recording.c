/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A capture that is played back. */
#include "transport/recording.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/hci/spec.h"
#include "transport/btsnoop.h"
#include "util/le.h"
#include "util/log.h"

/* Memory for a file, which is a developer's own. */
#define FILE_MAX ((off_t)256 * 1024 * 1024)

/* How many packets further on a packet of the host's is looked for. */
#define WINDOW 32

static const uint8_t *packet_of(const struct qb_recording *rec, size_t i)
{
	return rec->data + rec->packets[i].offset + QB_BTSNOOP_RECORD;
}

/* 0 if it is no command. */
static uint16_t opcode_of(const uint8_t *packet, size_t len)
{
	return packet[0] == QB_H4_COMMAND && len >= 3 ? qb_get_le16(packet + 1) : 0;
}

/* The opcode that an event answers; 0 if it is no answer. */
static uint16_t answered_opcode(const uint8_t *packet, size_t len)
{
	if (packet[0] != QB_H4_EVENT || len < 6)
		return 0;
	if (packet[1] == QB_HCI_EV_COMMAND_COMPLETE)
		return qb_get_le16(packet + 4);
	return packet[1] == QB_HCI_EV_COMMAND_STATUS && len >= 7 ? qb_get_le16(packet + 5) : 0;
}

static bool is_reset(const struct qb_recording *rec, size_t i)
{
	return !rec->packets[i].received &&
	       opcode_of(packet_of(rec, i), rec->packets[i].len) == QB_HCI_RESET;
}

static int read_file(struct qb_recording *rec, const char *path)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC), r = fd < 0 ? -errno : 0;
	struct stat st = {0};

	if (r >= 0 && fstat(fd, &st) < 0)
		r = -errno;
	if (r >= 0 && !S_ISREG(st.st_mode))
		r = -ESPIPE;
	if (r >= 0 && st.st_size > FILE_MAX)
		r = -EFBIG;
	if (r >= 0 && !(rec->data = malloc((size_t)st.st_size + 1)))
		r = -ENOMEM;
	while (r >= 0 && rec->len < (size_t)st.st_size) {
		ssize_t n = read(fd, rec->data + rec->len, (size_t)st.st_size - rec->len);

		if (n < 0)
			r = -errno;
		if (n <= 0)
			break;
		rec->len += (size_t)n;
	}
	if (fd >= 0)
		close(fd);
	return r;
}

static bool add(struct qb_recording *rec, size_t *room, const struct qb_recorded *packet)
{
	if (rec->n == *room) {
		size_t more = *room ? *room * 2 : 1024;
		struct qb_recorded *packets = realloc(rec->packets, more * sizeof(*packets));

		if (!packets)
			return false;
		rec->packets = packets;
		*room = more;
	}
	rec->packets[rec->n++] = *packet;
	return true;
}

/* Returns NULL, or what is wrong at *ret_offset. */
static const char *parse(struct qb_recording *rec, const char *path, size_t *ret_offset)
{
	const char *wrong = qb_btsnoop_check_header(rec->data, rec->len);
	struct qb_btsnoop_record record;
	size_t at = QB_BTSNOOP_HEADER, room = 0;
	uint32_t drops = 0;
	bool cut;

	*ret_offset = 0;
	while (!wrong && at < rec->len) {
		*ret_offset = at;
		wrong = qb_btsnoop_get_record(rec->data + at, rec->len - at, &record, &cut);
		if (wrong && cut) {
			qb_log(LOG_WARNING, "%s: at offset %zu %s: played as far as that", path, at,
			       wrong);
			wrong = NULL;
			break;
		}
		if (!wrong && record.drops > drops)
			qb_log(LOG_WARNING, "%s: at offset %zu %u packets are missing", path, at,
			       record.drops - drops);
		drops = record.drops;
		if (!wrong && !add(rec, &room,
		                   &(struct qb_recorded){.offset = at,
		                                         .len = record.len,
		                                         .received = record.received,
		                                         .unix_us = record.unix_us}))
			wrong = "there is no memory for more";
		at += QB_BTSNOOP_RECORD + record.len;
	}
	return wrong;
}

int qb_recording_load(struct qb_recording *rec, const char *path, char why[QB_WHY_MAX])
{
	int r = read_file(rec, path);
	const char *wrong;
	size_t at;

	if (r < 0) {
		snprintf(why, QB_WHY_MAX, "cannot read %.150s: %s", path,
		         r == -ESPIPE ? "it is no file" : strerror(-r));
		return r;
	}
	wrong = parse(rec, path, &at);
	if (wrong) {
		snprintf(why, QB_WHY_MAX, "%.150s: at offset %zu: %s", path, at, wrong);
		return -EINVAL;
	}
	while (rec->end < rec->n && !is_reset(rec, rec->end))
		rec->end++;
	if (rec->end == rec->n) {
		snprintf(why, QB_WHY_MAX,
		         "%.150s: none of its %zu packets is an HCI Reset of the host's, with "
		         "which a replay begins",
		         path, rec->n);
		return -EINVAL;
	}
	return 0;
}

void qb_recording_done(struct qb_recording *rec)
{
	free(rec->packets);
	free(rec->data);
}

bool qb_recording_begin(struct qb_recording *rec)
{
	if (rec->end == rec->n)
		return false;
	rec->begin = rec->next = rec->end;
	rec->ahead = 0;
	do
		rec->end++;
	while (rec->end < rec->n && !is_reset(rec, rec->end));
	return true;
}

void qb_recording_pass(struct qb_recording *rec)
{
	const struct qb_recorded *p = &rec->packets[rec->next++];

	if (!p->received && p->matched && !p->skipped)
		rec->ahead--;
}

size_t qb_recording_expected(const struct qb_recording *rec, uint8_t h4_type)
{
	for (size_t i = rec->next; i < rec->end; i++) {
		const struct qb_recorded *p = &rec->packets[i];

		if (!p->received && !p->matched && packet_of(rec, i)[0] == h4_type)
			return i;
	}
	return rec->n;
}

/* The same command, or data for the same link. */
static bool is_alike(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len)
{
	if (a[0] != b[0] || a_len < 3 || b_len < 3)
		return false;
	if (a[0] == QB_H4_COMMAND)
		return opcode_of(a, a_len) == opcode_of(b, b_len);
	return (qb_get_le16(a + 1) & 0xfff) == (qb_get_le16(b + 1) & 0xfff);
}

/* The host went past a command: its answer is kept back too. */
static void skip(struct qb_recording *rec, size_t i)
{
	struct qb_recorded *command = &rec->packets[i];
	uint16_t opcode = opcode_of(packet_of(rec, i), command->len);

	command->matched = command->skipped = true;
	for (size_t k = i + 1; k < rec->end; k++) {
		struct qb_recorded *p = &rec->packets[k];

		if (!p->received || p->matched ||
		    answered_opcode(packet_of(rec, k), p->len) != opcode)
			continue;
		p->matched = p->skipped = true;
		command->answer = k;
		return;
	}
}

/* A command that was skipped and comes now. */
static ssize_t find_skipped(struct qb_recording *rec, const uint8_t *packet, size_t len)
{
	for (size_t i = rec->end; i-- > rec->begin;) {
		struct qb_recorded *p = &rec->packets[i];

		if (p->received || !p->skipped || !is_alike(packet_of(rec, i), p->len, packet, len))
			continue;
		return (ssize_t)i;
	}
	return -1;
}

ssize_t qb_recording_match(struct qb_recording *rec, const uint8_t *packet, size_t len,
                           size_t *ret_answer)
{
	size_t i = rec->next;
	unsigned seen = 0;
	ssize_t late;

	*ret_answer = 0;
	for (; i < rec->end && seen < WINDOW; i++) {
		struct qb_recorded *p = &rec->packets[i];

		if (p->received || p->matched || packet_of(rec, i)[0] != packet[0])
			continue;
		if (is_alike(packet_of(rec, i), p->len, packet, len))
			break;
		seen++;
	}
	if (i < rec->end && seen < WINDOW) {
		rec->packets[i].matched = true;
		rec->ahead++;
		/* Commands go one after the other: those before it do not come any more. */
		for (size_t k = rec->next; packet[0] == QB_H4_COMMAND && k < i; k++) {
			const struct qb_recorded *p = &rec->packets[k];

			if (!p->received && !p->matched && packet_of(rec, k)[0] == QB_H4_COMMAND)
				skip(rec, k);
		}
		return (ssize_t)i;
	}
	late = find_skipped(rec, packet, len);
	if (late < 0)
		return -1;
	/* Its answer has been kept back, and is no longer where it was. */
	*ret_answer = rec->packets[late].answer;
	rec->packets[late].skipped = false;
	if ((size_t)late >= rec->next)
		rec->ahead++;
	return late;
}

bool qb_recording_is_same(const struct qb_recording *rec, size_t i, const uint8_t *packet,
                          size_t len)
{
	/* A replay has an address of its own. */
	if (opcode_of(packet, len) == QB_HCI_LE_SET_RANDOM_ADDR)
		return true;
	return rec->packets[i].len == len && !memcmp(packet_of(rec, i), packet, len);
}
