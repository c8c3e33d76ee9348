/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The static random address of this machine (Core 5.4, Vol 6, Part B, 1.3.2.1). */
#include "store/identity.h"

#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "util/log.h"

#define GROUP "Identity"
#define KEY   "StaticRandomAddress"

#define FOR_NOW "the address of this machine lasts for this run only"

/* The two top bits say that it is static; the rest is neither all zeros nor all ones. */
static bool is_static(const struct qb_addr *addr)
{
	unsigned ones = 0;

	if ((addr->b[5] & 0xc0) != 0xc0)
		return false;
	for (int bit = 0; bit < 46; bit++)
		ones += addr->b[bit / 8] >> bit % 8 & 1;
	return ones > 0 && ones < 46;
}

static int generate(struct qb_addr *ret)
{
	ret->type = QB_ADDR_RANDOM;
	do {
		if (getrandom(ret->b, sizeof(ret->b), 0) != sizeof(ret->b))
			return -EIO;
		ret->b[5] |= 0xc0;
	} while (!is_static(ret));
	return 0;
}

/* Two digits each: one that is cut off is another address. */
static bool parse(const char *text, struct qb_addr *ret)
{
	if (strlen(text) != QB_ADDR_STR_SIZE - 1)
		return false;
	ret->type = QB_ADDR_RANDOM;
	for (int i = 5; i >= 0; i--, text += 3) {
		int high = g_ascii_xdigit_value(text[0]), low = g_ascii_xdigit_value(text[1]);

		if (high < 0 || low < 0 || text[2] != (i ? ':' : '\0'))
			return false;
		ret->b[i] = (uint8_t)(high << 4 | low);
	}
	return is_static(ret);
}

/* Returns 1 with the address, 0 if there is none yet, or -EIO if it cannot be read just now. */
static int read_file(const char *path, struct qb_addr *ret)
{
	g_autoptr(GKeyFile) file = g_key_file_new();
	g_autoptr(GError) error = NULL;
	g_autofree char *text = NULL, *aside = NULL;

	if (g_key_file_load_from_file(file, path, G_KEY_FILE_NONE, &error)) {
		text = g_key_file_get_string(file, GROUP, KEY, &error);
		if (text && parse(text, ret))
			return 1;
	} else if (g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_NOENT)) {
		return 0;
	} else if (error->domain == G_FILE_ERROR) {
		qb_log(LOG_WARNING, "%s cannot be read, " FOR_NOW ": %s", path, error->message);
		return -EIO;
	}
	aside = g_strconcat(path, ".broken", NULL);
	qb_log(LOG_WARNING, "%s: %s; it becomes %s, and this machine gets a new address", path,
	       error ? error->message : "no static random address", aside);
	if (g_rename(path, aside) < 0)
		qb_log(LOG_WARNING, "%s stays: %s", path, g_strerror(errno));
	return 0;
}

static void write_file(const char *dir, const char *path, const struct qb_addr *addr)
{
	g_autoptr(GKeyFile) file = g_key_file_new();
	g_autoptr(GError) error = NULL;
	g_autofree char *text = NULL;
	char str[QB_ADDR_STR_SIZE];
	gsize len;

	g_key_file_set_string(file, GROUP, KEY, qb_addr_str(addr, str));
	text = g_key_file_to_data(file, &len, NULL);
	if (g_mkdir_with_parents(dir, 0700) < 0)
		g_set_error(&error, G_FILE_ERROR, g_file_error_from_errno(errno), "%s: %s", dir,
		            g_strerror(errno));
	else
		g_file_set_contents_full(
		        path, text, (gssize)len,
		        G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600, &error);
	if (error)
		qb_log(LOG_WARNING, FOR_NOW ": %s", error->message);
}

int qb_identity_load(const char *state_dir, struct qb_addr *ret)
{
	g_autofree char *path = g_build_filename(state_dir, "identity", NULL);
	int r;

	r = read_file(path, ret);
	if (r > 0)
		return 0;
	if (generate(ret) < 0)
		return -EIO;
	if (!r)
		write_file(state_dir, path, ret);
	return 0;
}
