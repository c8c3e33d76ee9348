/* SPDX-License-Identifier: MIT */
/* What the files of qblectl share: the run with its options, exit codes, and the verbs. */
#pragma once

#include <json-c/json.h>
#include <poll.h>
#include <qble-client.h>
#include <signal.h>
#include <stdio.h>
#include <systemd/sd-bus.h>

#define CTL_NAME     "com.quectel.Ble1"
#define CTL_PATH     "/com/quectel/Ble1"
#define CTL_EXTENDED CTL_NAME ".Extended"

#define CTL_HINT_HANGS "'systemctl status qbled' shows how it is"

/* What a peer can make us remember. */
#define CTL_DEVICES_MAX    1000
#define CTL_ATTRIBUTES_MAX 4096
#define CTL_VALUE_MAX      512
#define CTL_LINKS_MAX      64

/* Documented in qblectl(1); main.c has the table of which errno is which. */
enum ctl_exit {
	CTL_EXIT_OK,
	CTL_EXIT_FAILURE,
	CTL_EXIT_USAGE,
	CTL_EXIT_NO_DAEMON,
	CTL_EXIT_NO_ACCESS,
	CTL_EXIT_NO_CONTROLLER,
	CTL_EXIT_TIMEOUT,
	CTL_EXIT_LINK,
	CTL_EXIT_PEER,
	CTL_EXIT_REFUSED,
	CTL_EXIT_INTERRUPTED = 130,
};

/* What goes on in the daemon: the words of its property Activity, in this order. */
enum ctl_activity {
	CTL_SERVER = 1 << 0,
	CTL_CLIENT = 1 << 1,
	CTL_ADVERTISING = 1 << 2,
	CTL_SCANNING = 1 << 3,
	CTL_SCAN_FILTER = 1 << 4,
};

struct ctl;

/* What is begun by one qblectl and used by others too, and ended by the last of them. */
enum ctl_share {
	CTL_SHARE_CLIENT, /* the role */
	CTL_SHARE_SERVER,
	CTL_SHARE_SCAN,
	CTL_SHARE_FILTER,  /* was turned over */
	CTL_SHARE_CONNECT, /* a link that is tried for */
	CTL_SHARE_LINK,
	CTL_SHARE_CCCD, /* was written */
	CTL_SHARE_N,
};

#define CTL_SHARE_NAME_SIZE 100

struct ctl_shared {
	bool held;
	char fact[32];
	int fd;
};

/* 0 to go on, positive when it has what it waits for, negative if it failed (ctl_fail()). */
typedef int (*ctl_event_fn)(struct ctl *ctl, const struct qble_event *event, void *user);

struct ctl {
	/* Options */
	bool json, legend, color, utf8;
	bool out_is_terminal, progress;
	bool values, duplicates, no_response, public_addr, random_addr;
	int timeout_ms; /* -1: the verb's own */
	uint32_t count; /* 0: no end */
	uint64_t since;
	const char *name, *service, *data;
	uint32_t interval_ms;

	/* The run */
	struct qble_client *client;
	sigset_t waiting_mask; /* what may interrupt, while it waits */
	ctl_event_fn fn;
	void *user;
	int result;        /* of fn */
	const char *what;  /* is waited for; or NULL */
	int64_t end_ms;    /* of the wait; -1: none */
	uint64_t from_seq; /* events before are of no interest */
	bool told;         /* that we wait; it stands on the terminal */
	int input_fd;      /* waited for as well; -1: none */
	unsigned before;   /* enum ctl_activity, as it was when we began */
	bool filter;       /* as it was before the first of us */
	struct ctl_shared shared[CTL_SHARE_N];
	bool survives; /* the daemon may go and come back */
	bool has_link, link_gone;
	uint32_t link;
	uint8_t link_reason;
	char message[1024]; /* why it failed */
	const char *hint;   /* what to do about it, instead of main.c's; or NULL */
};

/* session.c: the handle, starting BLE, and ending what was begun. */

int ctl_open(struct ctl *ctl);
void ctl_close(struct ctl *ctl);
int ctl_fail(struct ctl *ctl, int r, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Of a call of the library. */
int ctl_fail_call(struct ctl *ctl, int r);
/* Of a member without a function of the library. */
int ctl_fail_bus(struct ctl *ctl, const char *member, int r, const sd_bus_error *error);
/* Of writing to the standard output, as errno says; -EPIPE: nobody reads any more. */
int ctl_fail_output(struct ctl *ctl);

/*
 * Take a role and start BLE where that is not so yet; what was so before stays so at the end. The
 * second fails if somebody is a server here.
 */
int ctl_start_client(struct ctl *ctl);
int ctl_start_server(struct ctl *ctl);

/* Scans until the end or ctl_scan_end(); once: each device need be heard once only. */
int ctl_scan_begin(struct ctl *ctl, bool once);
void ctl_scan_end(struct ctl *ctl);

/* wait.c */

/* Waits for a word from qbled; -ETIMEDOUT if it hangs. A signal ends us at once, here and until ...
 */
int ctl_greet(struct ctl *ctl);
/* ... here; from now on signals come only where we wait: what was begun is ended in order. */
void ctl_hold_signals(struct ctl *ctl);
/* One came; now what was begun is ended. */
void ctl_forget_signal(void);
/* The handle's callback. */
void ctl_on_event(struct qble_client *client, const struct qble_event *event, void *user);
/*
 * Hands the events to fn until it says so; 0 then. timeout_ms -1: for ever. what: for the line that
 * says what is waited for, and for the message of -ETIMEDOUT; NULL for none. -EINTR: a signal.
 */
int ctl_await(struct ctl *ctl, ctl_event_fn fn, void *user, int timeout_ms, const char *what);
/* The time limit of a verb: the option, or its own. */
int ctl_timeout(const struct ctl *ctl, int seconds);
/* What happened before is not handed to fn any more. */
int ctl_skip_past(struct ctl *ctl);
/* Before anything is printed while fn waits for more. */
void ctl_hide_progress(struct ctl *ctl);

/* peer.c */

/* Finds and connects PEER, unless it is connected: a connect_id, an address, or a name. */
int ctl_peer_open(struct ctl *ctl, const char *peer);

struct ctl_link {
	uint32_t id;
	char role[16], addr[QBLE_ADDR_STRING_SIZE];
	uint32_t addr_type, mtu, interval, latency, timeout;
};
/* At most CTL_LINKS_MAX; returns how many, or a negative errno. */
int ctl_links(struct ctl *ctl, struct ctl_link ret[CTL_LINKS_MAX]);

/* gatt.c: one procedure each, on ctl->link; a peer's refusal is -EREMOTEIO. */

int ctl_gatt_read(struct ctl *ctl, uint16_t handle, uint8_t ret[CTL_VALUE_MAX], size_t *ret_len);
int ctl_gatt_write(struct ctl *ctl, uint16_t handle, const uint8_t *data, size_t len);
int ctl_gatt_write_no_rsp(struct ctl *ctl, uint16_t handle, const uint8_t *data, size_t len);

/* database.c */

struct ctl_attribute {
	enum { CTL_SERVICE, CTL_SECONDARY, CTL_INCLUDE, CTL_CHARA, CTL_DESC } kind;
	uint16_t handle;    /* of a service its start */
	uint16_t end;       /* of services and includes; of a chara where its descriptors end */
	uint16_t start;     /* of the included service */
	uint16_t value;     /* of a chara */
	uint8_t properties; /* of a chara */
	bool has_uuid;      /* not always of an include */
	uint8_t uuid[16];
};

struct ctl_database {
	struct ctl_attribute *attributes; /* by handle; services before what is in them */
	size_t n;
};

int ctl_database_discover(struct ctl *ctl, struct ctl_database *db);
void ctl_database_done(struct ctl_database *db);
/* The value handle of ATTRIBUTE: 0xHANDLE, UUID or name. db is filled where it is needed. */
int ctl_database_find(struct ctl *ctl, struct ctl_database *db, const char *attribute,
                      uint16_t *ret);
/* The Client Characteristic Configuration of the characteristic with that value, or 0. */
uint16_t ctl_database_cccd(const struct ctl_database *db, uint16_t value, uint8_t *ret_properties);

/* names.c */

/* The assigned name of a UUID, kind 's', 'c' or 'd', or 0 for any; NULL if there is none. */
const char *ctl_uuid_name(const uint8_t uuid[16], char kind);
/* From a UUID as text or an assigned name of that kind; -EINVAL. */
int ctl_uuid_parse(const char *text, char kind, uint8_t ret[16]);
const char *ctl_event_name(uint32_t id);
const char *ctl_property_name(unsigned bit);
/* Bits of a list of names, with spaces or commas between; -EINVAL. */
int ctl_properties_parse(const char *text, uint8_t *ret);

/* text.c */

/* "text:…" in UTF-8, a whole UUID, or octets in hex, with spaces, colons or dashes; -EINVAL. */
int ctl_octets_parse(const char *text, uint8_t *ret, size_t room, size_t *ret_len);
int ctl_number_parse(const char *text, uint64_t max, uint64_t *ret);
/* Hex digits, in pairs with `separator` between unless it is 0; the caller frees. */
char *ctl_hex(const uint8_t *data, size_t len, char separator);
/* What a peer calls itself, without what would move a terminal; the caller frees. */
char *ctl_printable(const char *text, size_t len);
/* Whether the octets are readable text as they are. */
bool ctl_is_text(const uint8_t *data, size_t len);
/* Prints text in so many columns at most, or exactly; returns how many bytes of it. */
size_t ctl_print_columns(const char *text, unsigned columns, bool fill);
unsigned ctl_terminal_columns(const struct ctl *ctl);
unsigned ctl_terminal_lines(void);
/* Escape sequences, empty without colour. */
const char *ctl_bold(const struct ctl *ctl);
const char *ctl_dim(const struct ctl *ctl);
const char *ctl_plain(const struct ctl *ctl);

/* json.c */

/* One line; takes the reference. -EPIPE and the like when nobody reads. */
int ctl_json_print(struct ctl *ctl, json_object *object);
void ctl_json_add(json_object *object, const char *key, json_object *value);
json_object *ctl_json_octets(const uint8_t *data, size_t len);
json_object *ctl_json_uuid(const uint8_t uuid[16]);
/* The next complete value of a message, whatever its type; bytes as hex. NULL if malformed. */
json_object *ctl_json_from_bus(sd_bus_message *message);

/* share.c */

/* Another process that holds the fact, or 0. */
unsigned ctl_share_other(struct ctl *ctl, const char *fact);
/* From now on, or already. */
void ctl_share_hold(struct ctl *ctl, enum ctl_share what, const char *fact);
/* Whether another one wants it to stay for good; it is not held any more then. */
bool ctl_share_is_kept(struct ctl *ctl, enum ctl_share what);
/* No more; true if it is to be ended now, as nobody else holds it. */
bool ctl_share_drop(struct ctl *ctl, enum ctl_share what);
/* It stays: neither we nor those who hold it now will end it. */
void ctl_share_keep(struct ctl *ctl, enum ctl_share what);
/* One of us at a time. A lock; or -EBUSY, and in ret_fd what is readable when to try again. */
int ctl_lock(struct ctl *ctl, const char *fact, int *ret_fd);
/* Waits for it, as ctl_await() does. */
int ctl_lock_wait(struct ctl *ctl, const char *fact, int seconds, const char *what, int *ret);
void ctl_unlock(int lock);
/* A lock for looking at what there is and changing it, without anybody between. */
int ctl_turn_begin(struct ctl *ctl);

/* fields.c: as the log of the daemon has them. */
json_object *ctl_event_fields(const struct qble_event *event);

/* servefile.c */

struct ctl_chara {
	char name[64]; /* "" if the file gives none */
	unsigned service;
	uint8_t uuid[16], properties;
	uint16_t permissions;
	uint8_t value[CTL_VALUE_MAX];
	size_t len;
	bool is_desc; /* of the characteristic before */
	uint16_t handle;
	uint8_t subscribed[CTL_LINKS_MAX]; /* by connect_id: bit 0 notifications, 1 indications */
};

struct ctl_service {
	uint8_t uuid[16];
	bool secondary;
};

struct ctl_server {
	char name[30];
	uint32_t interval_ms;
	struct ctl_service services[32];
	size_t n_services;
	struct ctl_chara *charas; /* and descriptors, in the file's order */
	size_t n_charas;
};

int ctl_server_load(struct ctl *ctl, struct ctl_server *server, const char *path);
void ctl_server_done(struct ctl_server *server);

/* advertise.c */

/* Sets parameters and data, of name and services where data is NULL, and starts. */
int ctl_advertise(struct ctl *ctl, const char *name, const struct ctl_service *services, size_t n,
                  const char *data, uint32_t interval_ms);

/* The verbs: each in the file of its name, or with its kin. argv has what follows the verb. */

int ctl_status(struct ctl *ctl, int argc, char **argv);
int ctl_log_level(struct ctl *ctl, int argc, char **argv);
int ctl_scan(struct ctl *ctl, int argc, char **argv);
int ctl_connect(struct ctl *ctl, int argc, char **argv);
int ctl_disconnect(struct ctl *ctl, int argc, char **argv);
int ctl_tree(struct ctl *ctl, int argc, char **argv);
int ctl_read(struct ctl *ctl, int argc, char **argv);
int ctl_write(struct ctl *ctl, int argc, char **argv);
int ctl_notify(struct ctl *ctl, int argc, char **argv);
int ctl_serve(struct ctl *ctl, int argc, char **argv);
int ctl_advertise_verb(struct ctl *ctl, int argc, char **argv);
int ctl_monitor(struct ctl *ctl, int argc, char **argv);
int ctl_events(struct ctl *ctl, int argc, char **argv);
int ctl_capture(struct ctl *ctl, int argc, char **argv);
int ctl_call(struct ctl *ctl, int argc, char **argv);
