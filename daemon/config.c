/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The daemon's configuration. */
#include "config.h"

#include <errno.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "host/limits.h"
#include "transport/spec.h"
#include "util/log.h"

static const char *set_string(char **field, const char *value)
{
	if (!*value)
		return "must not be empty";
	free(*field);
	*field = strdup(value);
	return *field ? NULL : "does not fit the memory";
}

static const char *set_bool(bool *field, const char *value)
{
	if (!strcmp(value, "true") || !strcmp(value, "yes") || !strcmp(value, "1"))
		*field = true;
	else if (!strcmp(value, "false") || !strcmp(value, "no") || !strcmp(value, "0"))
		*field = false;
	else
		return "is neither true nor false";
	return NULL;
}

static bool parse_number(const char *value, unsigned min, unsigned max, unsigned *ret)
{
	char *end;
	unsigned long n = strtoul(value, &end, 10);

	if (end == value || *end || value[0] == '-' || n < min || n > max)
		return false;
	*ret = (unsigned)n;
	return true;
}

static const char *set_device(struct qb_config *c, const char *value)
{
	static char why[QB_WHY_MAX];

	if (*value && qb_spec_check(value, why) < 0)
		return why;
	return set_string(&c->controller, value);
}

static const char *set_mtu(struct qb_config *c, const char *value)
{
	unsigned n;

	if (!parse_number(value, QB_ATT_MTU_MIN, QB_ATT_MTU_MAX, &n))
		return "is not a number from 23 to 517";
	c->ble.mtu = (uint16_t)n;
	return NULL;
}

static const char *set_connect_timeout(struct qb_config *c, const char *value)
{
	return parse_number(value, 1, 3600, &c->ble.connect_timeout)
	               ? NULL
	               : "is not a number of seconds from 1 to 3600";
}

static const char *set_auto_mtu(struct qb_config *c, const char *value)
{
	return set_bool(&c->ble.auto_mtu, value);
}

static const char *set_strict_cccd(struct qb_config *c, const char *value)
{
	return set_bool(&c->ble.strict_cccd, value);
}

static const char *set_auto_advertise(struct qb_config *c, const char *value)
{
	return set_bool(&c->ble.auto_advertise, value);
}

static const char *set_log_level(struct qb_config *c, const char *value)
{
	int level = qb_log_level_from_string(value);

	if (level < 0)
		return "is none of emerg, alert, crit, err, warning, notice, info, debug";
	c->log_level = level;
	return NULL;
}

static const struct {
	const char *group, *key;
	/* Returns NULL, or what is wrong with the value. */
	const char *(*set)(struct qb_config *config, const char *value);
} keys[] = {
        {"Controller", "device", set_device},
        {"Ble", "mtu", set_mtu},
        {"Ble", "auto-mtu", set_auto_mtu},
        {"Ble", "strict-cccd", set_strict_cccd},
        {"Ble", "auto-advertise", set_auto_advertise},
        {"Ble", "connect-timeout", set_connect_timeout},
        {"Log", "level", set_log_level},
};

#define N_KEYS (sizeof(keys) / sizeof(keys[0]))

void qb_config_init(struct qb_config *config)
{
	const char *state_dir = getenv("STATE_DIRECTORY");

	*config = (struct qb_config){
	        .controller = strdup("hci0"),
	        .state_dir = strdup(state_dir ? state_dir : QB_STATE_DIR),
	        .bus_name = strdup("com.quectel.Ble1"),
	        .log_level = LOG_INFO,
	        .ble =
	                {
	                        .mtu = QB_ATT_MTU_DEFAULT,
	                        .auto_mtu = true,
	                        .connect_timeout = QB_CONNECT_SECONDS,
	                },
	};
}

void qb_config_done(struct qb_config *config)
{
	free(config->controller);
	free(config->state_dir);
	free(config->bus_name);
	free(config->capture);
}

/*
 * GKeyFile keeps no line numbers. The line of a key, the last one where it is given twice, as that
 * one counts; without a key, of a group; without either, of the first line that is none of a key
 * file. 0 if there is none.
 */
static unsigned find_line(const char *text, const char *group, const char *key)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	g_autofree char *header = g_strdup_printf("[%s]", group ? group : "");
	bool inside = false, any = false;
	unsigned found = 0;

	for (unsigned i = 0; lines[i]; i++) {
		char *line = g_strstrip(lines[i]);
		size_t len = strcspn(line, "=");

		if (line[0] == '[') {
			inside = group && !strcmp(line, header);
			any = true;
			if ((inside && !key) || (!group && !g_str_has_suffix(line, "]")))
				return i + 1;
		} else if (line[0] == '#' || !line[0]) {
			continue;
		} else if (!group && (!line[len] || !len || !any)) {
			return i + 1;
		} else if (inside && key && line[len]) {
			line[len] = '\0';
			if (!strcmp(g_strchomp(line), key))
				found = i + 1;
		}
	}
	return found;
}

static bool is_group(const char *group)
{
	for (size_t i = 0; i < N_KEYS; i++)
		if (!strcmp(keys[i].group, group))
			return true;
	return false;
}

static bool set_key(struct qb_config *config, GKeyFile *file, const char *path, const char *text,
                    const char *group, const char *key)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *value = g_key_file_get_string(file, group, key, &error);
	unsigned line = find_line(text, group, key);

	for (size_t i = 0; i < N_KEYS; i++) {
		const char *wrong;

		if (strcmp(keys[i].group, group) || strcmp(keys[i].key, key))
			continue;
		/* There may be a value beside an error. */
		wrong = error ? "is not a string" : keys[i].set(config, value);
		if (wrong)
			qb_log(LOG_ERR, "%s:%u: %s=%s in [%s]: the value %s", path, line, key,
			       value ? value : "", group, wrong);
		return !wrong;
	}
	qb_log(LOG_ERR, "%s:%u: there is no key '%s' in [%s]", path, line, key, group);
	return false;
}

int qb_config_load(struct qb_config *config, const char *path, bool must)
{
	g_autoptr(GKeyFile) file = g_key_file_new();
	g_autoptr(GError) error = NULL;
	g_autofree char *text = NULL;
	g_auto(GStrv) groups = NULL;
	bool ok = true;
	gsize len;

	if (!g_file_get_contents(path, &text, &len, &error)) {
		if (!must && g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
			return 0;
		qb_log(LOG_ERR, "%s", error->message);
		return -ENOENT;
	}
	if (!g_key_file_load_from_data(file, text, len, G_KEY_FILE_KEEP_TRANSLATIONS, &error)) {
		qb_log(LOG_ERR, "%s:%u: %s", path, find_line(text, NULL, NULL), error->message);
		return -EINVAL;
	}
	groups = g_key_file_get_groups(file, NULL);
	for (unsigned i = 0; groups[i]; i++) {
		g_auto(GStrv) names = g_key_file_get_keys(file, groups[i], NULL, NULL);

		if (!is_group(groups[i])) {
			qb_log(LOG_ERR, "%s:%u: there is no group [%s]", path,
			       find_line(text, groups[i], NULL), groups[i]);
			ok = false;
			continue;
		}
		for (unsigned k = 0; names && names[k]; k++)
			if (!g_strv_contains((const char *const *)names + k + 1, names[k]))
				ok &= set_key(config, file, path, text, groups[i], names[k]);
	}
	return ok ? 0 : -EINVAL;
}
