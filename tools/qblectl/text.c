/* SPDX-License-Identifier: MIT */
/* Octets, numbers and other people's text, to and from a terminal. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#include "qblectl.h"

int ctl_number_parse(const char *text, uint64_t max, uint64_t *ret)
{
	unsigned long long number;
	char *end;

	if (!isdigit((unsigned char)*text))
		return -EINVAL;
	errno = 0;
	number = strtoull(text, &end, strncmp(text, "0x", 2) == 0 ? 16 : 10);
	if (errno || *end || number > max)
		return -EINVAL;
	*ret = number;
	return 0;
}

static int digit(char c)
{
	if (!isxdigit((unsigned char)c))
		return -1;
	return isdigit((unsigned char)c) ? c - '0' : tolower((unsigned char)c) - 'a' + 10;
}

int ctl_octets_parse(const char *text, uint8_t *ret, size_t room, size_t *ret_len)
{
	size_t n = 0;

	if (strncmp(text, "text:", 5) == 0) {
		n = strlen(text + 5);
		if (n > room)
			return -EINVAL;
		memcpy(ret, text + 5, n);
		*ret_len = n;
		return 0;
	}
	/* As people write it; the API has the least significant octet first. */
	if (strlen(text) == 36 && room >= 16 && qble_uuid_from_string(text, ret) == 0) {
		*ret_len = 16;
		return 0;
	}
	while (*(text += strspn(text, " :-"))) {
		if (n == room || digit(text[0]) < 0 || digit(text[1]) < 0)
			return -EINVAL;
		ret[n++] = (uint8_t)(digit(text[0]) << 4 | digit(text[1]));
		text += 2;
	}
	*ret_len = n;
	return 0;
}

char *ctl_hex(const uint8_t *data, size_t len, char separator)
{
	static const char digits[] = "0123456789abcdef";
	char *hex = malloc(3 * len + 1), *p = hex;

	for (size_t i = 0; i < len && hex; i++) {
		if (i && separator)
			*p++ = separator;
		*p++ = digits[data[i] >> 4];
		*p++ = digits[data[i] & 15];
	}
	if (p)
		*p = '\0';
	return hex;
}

/* The next character, 0 octets at the end; what is no character is one octet of WEOF. */
static size_t next_char(const char *text, size_t len, mbstate_t *state, wint_t *ret)
{
	wchar_t c;
	size_t n = len ? mbrtowc(&c, text, len, state) : 0;

	if (n == (size_t)-1 || n == (size_t)-2) {
		memset(state, 0, sizeof(*state));
		*ret = WEOF;
		return 1;
	}
	if (len && !n)
		n = 1;
	*ret = len ? (wint_t)c : WEOF;
	return n;
}

/* Control characters, their 8-bit kin, and what has no place of its own have no width. */
static bool is_visible(wint_t c)
{
	return c != WEOF && wcwidth((wchar_t)c) > 0;
}

char *ctl_printable(const char *text, size_t len)
{
	char *copy = malloc(len + 1), *p = copy;
	mbstate_t state = {0};
	wint_t c;
	size_t n;

	for (; copy && (n = next_char(text, len, &state, &c)); text += n, len -= n) {
		if (is_visible(c)) {
			memcpy(p, text, n);
			p += n;
		} else {
			*p++ = '?';
		}
	}
	if (p)
		*p = '\0';
	return copy;
}

bool ctl_is_text(const uint8_t *data, size_t len)
{
	mbstate_t state = {0};
	const char *text = (const char *)data;
	size_t n, characters = 0;
	wint_t c;

	for (; (n = next_char(text, len, &state, &c)); text += n, len -= n, characters++)
		if (!is_visible(c))
			return false;
	/* One or two octets are numbers more often than not. */
	return characters > 2;
}

size_t ctl_print_columns(const char *text, unsigned columns, bool fill)
{
	mbstate_t state = {0};
	const char *p = text;
	size_t len = strlen(text), n;
	wint_t c;

	for (; (n = next_char(p, len, &state, &c)); p += n, len -= n) {
		int width = is_visible(c) ? wcwidth((wchar_t)c) : 1;

		if ((unsigned)width > columns)
			break;
		if (is_visible(c))
			fwrite(p, 1, n, stdout);
		else
			putchar('?');
		columns -= (unsigned)width;
	}
	if (fill)
		printf("%*s", (int)columns, "");
	return (size_t)(p - text);
}

unsigned ctl_terminal_columns(const struct ctl *ctl)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;
	uint64_t number;

	if (ctl->out_is_terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col)
		return size.ws_col;
	if (columns && ctl_number_parse(columns, 1000, &number) == 0 && number >= 40)
		return (unsigned)number;
	return 80;
}

unsigned ctl_terminal_lines(void)
{
	struct winsize size;

	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row ? size.ws_row : 24;
}

const char *ctl_bold(const struct ctl *ctl)
{
	return ctl->color ? "\033[1m" : "";
}

const char *ctl_dim(const struct ctl *ctl)
{
	return ctl->color ? "\033[2m" : "";
}

const char *ctl_plain(const struct ctl *ctl)
{
	return ctl->color ? "\033[0m" : "";
}
