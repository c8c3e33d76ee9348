/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The simulation: hosts with the documented API on top, their controllers, one air, one virtual
 * clock. Beside each host stands a model of what its app and its peers must see. A run is a list of
 * steps, made up from a seed or read from a file, and the same list is the same run every time.
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ble/ble-internal.h"
#include "invariant.h"
#include "report.h"
#include "step.h"
#include "world.h"

#define SIM_HOSTS_MAX 16
/* The exit status of a run in which an invariant is broken. */
#define SIM_EXIT_VIOLATED 3
/* Addresses that nobody has, for connects that find nobody. */
#define SIM_GHOSTS 48

struct actor;
struct sim;

/* What is to be simulated. */
struct sim_settings {
	uint64_t seed;
	unsigned hosts;
	unsigned seconds;
	bool trace; /* says every step and event as it comes */
};

/* What a run and whoever started it share, also when the run crashes. */
struct sim_shared {
	struct sim_failure failure;
	struct sim_stats stats;
	unsigned n_steps;
	struct sim_step steps[SIM_STEPS_MAX];
};

/* An attribute as its app published it. */
struct sim_attr {
	uint16_t handle, end, permissions;
	uint8_t kind, properties;
	struct qb_uuid type;
	uint16_t len;
	uint8_t *value;
	uint64_t changed; /* when its value did so last */
	uint32_t serial;  /* no other one of the database has had it */
};

struct sim_service;

struct sim_db {
	struct sim_service *first;
	unsigned n_services, n_charas, n_descs;
	bool system;
	uint8_t name[29], name_len;
	struct sim_attr **attrs; /* by handle */
	unsigned room, last;
	uint32_t serial; /* of the last attribute that was added */
};

/* Octets that are to arrive somewhere, or an end that is to come. */
struct sim_item {
	struct sim_item *next;
	uint16_t handle;
	uint64_t number; /* of its kind on its link */
	size_t len;
	uint8_t data[];
};

struct sim_queue {
	struct sim_item *first, **tail;
	unsigned n;
};

/* A client call on its way. */
struct sim_ask {
	struct sim_ask *next;
	enum sim_op op;
	uint64_t at, head_at;
	uint16_t start, end, offset; /* start is the handle of what has one */
	bool is_long, reversed;
	bool loose;     /* the peer's database has changed since: anything may be right */
	bool ended;     /* only of commands, which are delivered later */
	bool over;      /* all is found, which no event says */
	bool delivered; /* to the peer's app */
	struct qb_uuid uuid;
	uint16_t from;  /* of a discovery: the handle after what was found */
	unsigned found; /* events so far */
	uint16_t mtu;
	size_t len;
	uint8_t data[];
};

struct sim_cccd {
	uint32_t serial; /* of its descriptor */
	uint16_t handle, value;
};

/* One end of a link, as its app knows it. */
struct sim_link {
	struct actor *actor;
	struct sim_link *other; /* the other end, where there is one that was told */
	struct sim_link *next;  /* of all that the simulation has */
	uint32_t id;
	uint16_t handle;
	int peer; /* host, or -1 */
	struct qb_addr addr;
	bool outgoing, up;
	bool orphan;     /* its role was released: it ends, and no event 17 says so */
	bool ready;      /* 26 has come */
	bool deaf;       /* its app was no client at some time, so values may be lost */
	bool blind;      /* nor server: so writes may be unseen */
	uint16_t mtu;    /* as event 20 told it */
	uint64_t mtu_at; /* when */
	uint64_t end_by; /* 17 is due by then */
	const char *end_why;
	uint64_t progress; /* when the last event of a client call came */
	bool updating;
	uint64_t update_by;
	/* As server. */
	struct sim_queue ends[2], values[2]; /* of notifications and indications */
	uint64_t sent[2], arrived[2];
	uint64_t indicated; /* when the indication in the air began to be the first */
	struct sim_cccd *cccds;
	unsigned n_cccds;
	bool wants_changed; /* Service Changed has been subscribed to at some time */
	uint16_t last_read;
	size_t last_read_len;
	uint8_t last_read_data[QB_VALUE_MAX];
	/* As client. */
	struct sim_ask *asks, **asks_tail;
	unsigned n_asks;
	unsigned forgotten; /* calls and sends of released roles, which may still be under way */
};

/* A call that has not ended. */
struct sim_call {
	bool busy;
	uint32_t serial;
	enum sim_op op;
	struct sim_step *step;
	uint64_t by;
	uint32_t turn;               /* of scanning */
	const struct sim_link *link; /* that it is about, if it is looked at afterwards */
};

#define SIM_CALLS_MAX 512

/* The user pointer of a call: its slot and its number there, so that a second end is noticed. */
struct sim_reply {
	struct actor *actor;
	uint32_t slot, serial;
};

struct sim_dial {
	struct qb_addr addr;
	uint64_t by;
	bool cancelled;
};

/* Those that are cancelled, too, until their end. */
#define SIM_DIALS_MAX (2 * QB_CONNECT_PENDING_MAX)
/*
 * Advertising data that may still be heard: while a controller is mute it goes on with the old, and
 * whoever is behind hears what was.
 */
#define SIM_ADV_VERSIONS 64

struct sim_adv {
	uint8_t len, data[31];
};

enum sim_state { SIM_STOPPED, SIM_STARTING, SIM_STARTED, SIM_STOPPING };

/* A host and its app. */
struct actor {
	struct sim *sim;
	struct node *node;
	unsigned index;
	struct sim_call calls[SIM_CALLS_MAX];
	struct sim_reply replies[SIM_CALLS_MAX];
	uint32_t serial;
	unsigned pending;
	struct sim_link *about; /* what the call that is being made is about */
	/* What the call that ended last has brought. */
	enum qb_error last_error;
	int32_t last_i;
	uint8_t last_data[8];
	size_t last_len;
	/* roles.c */
	unsigned roles;
	enum sim_state state;
	bool silent;       /* its last role was released, so its stop is not told */
	bool up;           /* as GetStatus must say it */
	bool owes_start;   /* event 0 of a start that was stopped is to come */
	bool present;      /* there is a controller */
	uint64_t state_by; /* when the state must have changed */
	/* gap.c */
	struct sim_dial dials[SIM_DIALS_MAX];
	unsigned n_dials;
	struct sim_link *links[QB_LINKS_MAX];
	bool connectable;
	unsigned adv_starts; /* that have not ended */
	struct sim_adv adv[2][SIM_ADV_VERSIONS];
	unsigned adv_next[2];
	bool scanning, scan_on; /* reports may come; and the last call was a start */
	bool scan_once;         /* as SetScanFilter has it */
	bool scan_checked;      /* and had it all the while */
	uint32_t scan_turn;     /* counts starts and stops */
	uint32_t heard[2];      /* hosts, by address type */
	/* services.c */
	struct sim_db db;
	/* fault.c: when what was broken is whole again, 0 if it is */
	uint64_t heals[SIM_N_FAULTS];
	uint64_t late_at; /* when a stalled host read what had waited */
	unsigned failures;
};

struct sim {
	const struct sim_settings *settings;
	struct sim_shared *shared;
	struct world *world;
	uint64_t random;
	unsigned n;
	struct sim_step *step; /* that is being done, or NULL */
	struct sim_link *links;
	struct actor actors[SIM_HOSTS_MAX];
	uint64_t tick_at, watch_at;
	bool random_only; /* no controller has a public address */
	bool crowded;     /* a seed of many links and long bursts */
};

/* run.c: simulates in this process; ends it with the failure where there is one. */
void sim_run(const struct sim_settings *settings, const struct sim_step *steps, unsigned n_steps,
             struct sim_shared *shared);
static inline uint64_t sim_now(const struct sim *sim)
{
	return sim->world->now;
}

/* generate.c: makes up what one host does next, and does it. */
void sim_generate(struct sim *sim, uint64_t until);
uint32_t sim_roll(struct sim *sim, uint32_t sides);
/* run.c: lets time pass; does a step at once and keeps it in the list. */
void sim_advance(struct sim *sim, uint64_t usec);
void sim_step(struct sim *sim, unsigned host, enum sim_op op, const uint32_t args[SIM_ARGS_MAX]);

/* call.c: makes a call that nobody waits for. Arguments as node_call() has them. */
enum { SIM_PENDING = -1 };
int sim_call(struct actor *actor, enum sim_op op, const char *method, ...);
/* As it should end at once: an error that differs fails the run. */
void sim_expect(struct actor *actor, int expected, int error, const char *method);
/* A length in a step that somebody wrote by hand is no longer than values get. */
static inline size_t sim_len(uint32_t len)
{
	return len < QB_VALUE_MAX ? len : QB_VALUE_MAX;
}

/* The same octets for the same number. */
void sim_fill(uint8_t *data, size_t len, uint32_t number);
struct qb_uuid sim_uuid(uint32_t number);
/* The call's three arguments of a UUID. */
struct sim_uuid_args {
	unsigned type, s;
	uint8_t l[16];
};
struct sim_uuid_args sim_uuid_args(uint32_t number);
#define SIM_UUID(u) (u).type, (u).s, (u).l, sizeof((u).l)

/* roles.c, gap.c, services.c, values.c, client.c, fault.c: what a step does. */
void sim_do_role(struct actor *actor, const struct sim_step *step);
void sim_do_gap(struct actor *actor, const struct sim_step *step);
void sim_do_service(struct actor *actor, const struct sim_step *step);
void sim_do_value(struct actor *actor, const struct sim_step *step);
void sim_do_client(struct actor *actor, const struct sim_step *step);
void sim_do_fault(struct actor *actor, const struct sim_step *step);

/* And what an event or the end of a call means to them. */
void sim_on_event(struct node *node, const struct qb_event *event);
void sim_on_call_end(struct actor *actor, const struct sim_call *call, enum qb_error error);
void sim_on_state(struct actor *actor, const struct qb_event *event);
void sim_on_connect(struct actor *actor, const struct qb_event *event);
void sim_on_disconnect(struct sim_link *link, const struct qb_event *event);
void sim_on_update(struct sim_link *link, const struct qb_event *event);
void sim_on_report(struct actor *actor, const struct qb_event *event);
void sim_on_server_event(struct sim_link *link, const struct qb_event *event);
void sim_on_value(struct sim_link *link, const struct qb_event *event);
void sim_on_client_event(struct sim_link *link, const struct qb_event *event);
void sim_role_call_end(struct actor *actor, const struct sim_call *call);
void sim_gap_call_end(struct actor *actor, const struct sim_call *call, enum qb_error error);
void sim_link_call_end(struct actor *actor, const struct sim_call *call, enum qb_error error);
void sim_do_link(struct actor *actor, const struct sim_step *step);

/* roles.c */
enum { SIM_SERVER = 1, SIM_CLIENT = 2 };
void sim_stopped(struct actor *actor);
void sim_dying(struct actor *actor);
void sim_restarted(struct actor *actor);
/* fault.c */
void sim_heal(struct actor *actor);
void sim_look_after(struct actor *actor);
uint64_t sim_heals_next(const struct actor *actor);
void sim_heal_all(struct sim *sim);
/* gap.c */
/* A host's address of that type; past the hosts are addresses that nobody has. */
struct qb_addr sim_addr(const struct sim *sim, uint32_t host, uint8_t type);
void sim_adv_reset(struct actor *actor);
struct sim_link *sim_link_to(const struct actor *actor, uint32_t peer);
void sim_link_end(struct sim_link *link);
/* True if its app is owed nothing any more. */
bool sim_link_idle(const struct sim_link *link);
void sim_links_free(struct sim *sim);
void sim_forget_role(struct actor *actor, unsigned role);
void sim_must_end(struct sim_link *link, uint64_t within, const char *why);
/* values.c */
void sim_queue_init(struct sim_queue *queue);
void sim_queue_clear(struct sim_queue *queue);
struct sim_item *sim_queue_pop(struct sim_queue *queue);
/* services.c: handles have come or gone, so what clients have under way may end either way. */
void sim_db_changed(struct actor *actor);
/* ask.c */
void sim_asks_clear(struct sim_link *link);
void sim_asks_loosen(struct sim_link *link);
const struct sim_ask *sim_first_ask(const struct sim_link *link);
/* A write reached the peer's app: which call was it? Checks the order and the octets. */
void sim_written(struct sim_link *server, const struct sim_attr *attr, const uint8_t *data,
                 size_t len);
/*
 * database.c: the model of what is staged and published. The adding and publishing return the
 * error that the call must bring.
 */
int sim_db_add_service(struct sim_db *db, uint32_t id, bool primary, const struct qb_uuid *uuid);
int sim_db_add_chara(struct sim_db *db, uint32_t service, uint32_t id, uint8_t properties,
                     const struct qb_uuid *uuid);
int sim_db_add_value(struct sim_db *db, uint32_t service, uint32_t id, uint16_t permissions,
                     const uint8_t *value, size_t len);
int sim_db_add_desc(struct sim_db *db, uint32_t service, uint32_t id, uint16_t permissions,
                    const struct qb_uuid *uuid, const uint8_t *value, size_t len);
int sim_db_change(struct sim_db *db, uint32_t service, uint32_t id, const uint8_t *value,
                  size_t len, uint64_t now);
int sim_db_publish(struct sim_db *db, bool system, uint64_t now);
void sim_db_clear(struct sim_db *db, bool system, uint64_t now);
/* 0 if it has none. */
uint16_t sim_db_handle(const struct sim_db *db, uint32_t service, uint32_t id);
/* As it is when the daemon starts. */
void sim_db_init(struct sim_db *db);
void sim_db_set_name(struct sim_db *db, const uint8_t *name, size_t len, uint64_t now);
void sim_db_reset(struct sim_db *db, uint64_t now);
void sim_db_free(struct sim_db *db);
struct sim_attr *sim_db_get(const struct sim_db *db, unsigned handle);
struct sim_attr *sim_db_next(const struct sim_db *db, unsigned handle);
void sim_attr_set(struct sim_attr *attr, const uint8_t *value, size_t len, uint64_t now);
bool sim_attr_is_cccd(const struct sim_attr *attr);
uint16_t sim_cccd_get(const struct sim_link *link, uint16_t handle);
/* expect.c: what must come of a request; ATT error code, or 0. */
enum sim_access { SIM_READ, SIM_WRITE, SIM_WRITE_CMD };
uint8_t sim_access(const struct sim_attr *attr, enum sim_access access);
size_t sim_attr_value(const struct sim_link *server, const struct sim_attr *attr,
                      const uint8_t **ret, uint8_t own[2]);
