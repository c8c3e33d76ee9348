/* SPDX-License-Identifier: MIT */
/* The inside of the model, shared by its files only. */
#pragma once

#include "air.h"

#include "host/hci/spec.h"
#include "util/addr.h"
#include "util/le.h"
#include "util/list.h"
#include "util/timer.h"

#define QA_LEGACY_DATA_MAX 31
#define QA_EXT_DATA_MAX    1650
#define QA_DATA_OCTETS_MIN 27
#define QA_DATA_OCTETS_MAX 251
#define QA_DATA_TIME_MIN   328
#define QA_DATA_TIME_MAX   2120
#define QA_TX_POWER        0 /* dBm */

/* Times in units of the standard, in microseconds. */
#define QA_UNIT_625  UINT64_C(625)
#define QA_UNIT_1250 UINT64_C(1250)
#define QA_UNIT_10MS UINT64_C(10000)

/* How long a Link Layer procedure may wait for the peer (Core 5.4, Vol 6, Part B, 5.2). */
#define QA_PROCEDURE_TIMEOUT (40 * QB_SEC)

struct qa_link;

struct qa_air {
	struct qb_timers timers;
	uint64_t rng;
	struct qa_weather weather;
	struct qb_list controllers;
	struct qb_list listeners; /* controllers that scan or initiate */
	struct qb_list dirty;     /* controllers with packets for their hosts */
	bool flushing;
	void *cipher; /* crypto.c */
};

/* Packets on their way to a host, each after its 16-bit length. */
struct qa_out {
	uint8_t *data;
	size_t len, pos, cap;
};

struct qa_adv_data {
	uint16_t len;
	bool partial; /* first fragments have come, the last has not */
	uint8_t octets[QA_EXT_DATA_MAX];
};

struct qa_adv_set {
	struct qa_controller *c;
	bool exists, enabled;
	uint8_t handle;
	uint16_t props; /* Advertising_Event_Properties (7.8.53) */
	uint32_t interval_min, interval_max;
	uint8_t own_type, filter, primary_phy, secondary_phy, sid;
	int8_t tx_power;
	struct qb_addr peer;
	bool notify_scans;
	bool has_random;
	uint8_t random[6];
	uint16_t did;
	struct qa_adv_data data, rsp;
	struct qb_timer timer;
	uint64_t ends; /* QB_NEVER without a duration */
	uint8_t max_events;
	unsigned events;
};

/* Bits of Advertising_Event_Properties. */
enum {
	QA_PROP_CONNECTABLE = 1 << 0,
	QA_PROP_SCANNABLE = 1 << 1,
	QA_PROP_DIRECTED = 1 << 2,
	QA_PROP_HIGH_DUTY = 1 << 3,
	QA_PROP_LEGACY = 1 << 4,
	QA_PROP_ANONYMOUS = 1 << 5,
	QA_PROP_TX_POWER = 1 << 6,
};

/* One advertising PDU (with its auxiliary ones) on the air. */
struct qa_pdu {
	struct qa_adv_set *set;
	struct qb_addr from;   /* AdvA as it is on the air */
	struct qb_addr target; /* TargetA, if directed */
	const struct qa_adv_data *data;
	bool scan_rsp;
	int8_t rssi;
};

#define QA_SEEN_MAX 512

/* What the duplicate filter remembers of a report. */
struct qa_seen {
	struct qb_addr addr;
	uint16_t type;
	uint16_t adi;
};

struct qa_scan {
	bool enabled, active;
	uint8_t own_type, policy, duplicates;
	uint16_t interval, window;
	uint64_t duration, period;
	struct qb_timer timer;
	bool resting; /* between two scans of a periodic one */
	unsigned seen_count, seen_next;
	struct qa_seen seen[QA_SEEN_MAX];
};

struct qa_conn_params {
	uint16_t interval_min, interval_max, latency, timeout;
};

struct qa_initiate {
	bool pending, ext;
	uint8_t policy, own_type, phys;
	struct qb_addr peer;
	uint16_t interval, window;
	struct qa_conn_params params[2]; /* for 1M and 2M */
};

struct qa_accept_entry {
	uint8_t type;
	uint8_t b[6];
};

struct qa_resolving_entry {
	struct qb_addr peer;
	uint8_t peer_irk[16], local_irk[16];
	bool has_peer_irk, has_local_irk, device_mode;
	bool has_local_rpa, has_target_rpa, has_peer_rpa;
	uint8_t local_rpa[6];  /* what we call ourselves towards this peer */
	uint8_t target_rpa[6]; /* what we call this peer in directed advertising */
	uint8_t peer_rpa[6];   /* what this peer called itself last */
};

/* An ACL packet in one of the controller's buffers. */
struct qa_acl_buf {
	struct qb_list elem;
	uint64_t due; /* not given to the peer's host earlier */
	uint16_t len, pos;
	bool start;
	uint8_t data[QA_DATA_OCTETS_MAX];
};

/* Link Layer procedures that a host starts and that one event ends. */
enum qa_procedure {
	QA_PROC_UPDATE,
	QA_PROC_FEATURES,
	QA_PROC_VERSION,
	QA_PROC_LENGTH,
	QA_PROC_PHY,
	QA_PROC_ENCRYPT,
	QA_PROC_TERMINATE,
	QA_PROC_COUNT,
};

struct qa_proc {
	struct qa_link *link;
	bool active;
	void (*fn)(struct qa_link *link);
	struct qb_timer timer;
};

/* One end of a connection; peer is the other end, or NULL once they cannot hear each other. */
struct qa_link {
	struct qa_controller *c;
	struct qa_link *peer;
	uint16_t handle;
	uint8_t role;
	struct qb_addr id; /* the peer's identity, or its address where that is unknown */
	bool id_resolved;
	uint8_t local_rpa[6], peer_rpa[6];
	uint16_t interval, latency, timeout;
	struct qb_timer supervision;
	uint8_t lost_reason;
	struct qa_proc procs[QA_PROC_COUNT];
	struct qa_conn_params update; /* of QA_PROC_UPDATE */
	bool update_asked;            /* the host owes an answer to a parameter request */
	bool update_answered;         /* and has given it */
	uint16_t tx_octets, tx_time;  /* what the host suggested */
	uint16_t eff_tx_octets, eff_tx_time, eff_rx_octets, eff_rx_time;
	uint8_t tx_phy, rx_phy;
	uint8_t tx_phys, rx_phys; /* preferred, as masks; 0 is no preference */
	bool encrypted;
	bool paused;    /* no data while encryption changes */
	bool ltk_asked; /* the host owes an answer to a key request */
	uint8_t ltk[16], rand_ediv[10];
	uint8_t reason; /* for QA_PROC_TERMINATE */
	struct qb_list tx;
	struct qb_timer tx_timer;
	bool rx_waiting;    /* the peer has data that our host had no room for */
	unsigned completed; /* not yet reported to the host */
	unsigned host_held; /* ACL packets that the host has not reported completed */
	/* Real-time pacing, at the central's end (pace.c). */
	struct qb_timer event;
	uint64_t anchor, event_end, heard;
	bool exchanging, broken, carries[2];
};

struct qa_controller {
	struct qb_list elem, listening, dirty;
	struct qa_air *air;
	struct qa_config config;
	const struct qa_ops *ops;
	void *user;

	struct qa_out out, draining;
	bool blocked;
	bool muted, away;
	int8_t rssi;
	uint64_t commands, acl_from_host, acl_to_host, reports_dropped;

	/* A command that is answered late, and those that came although it was not their turn. */
	struct qb_timer answer_timer;
	uint8_t late[4][3 + 255];
	unsigned late_count;

	uint64_t event_mask, le_event_mask;
	bool has_random;
	uint8_t random[6];
	enum { QA_ADV_EITHER, QA_ADV_LEGACY, QA_ADV_EXTENDED } adv_commands;

	struct qa_adv_set *sets;
	struct qa_scan scan;
	struct qa_initiate init;

	struct qa_accept_entry *accept;
	unsigned accept_count;

	struct qa_resolving_entry *resolving;
	unsigned resolving_count;
	bool resolve;
	uint16_t rpa_timeout; /* seconds */
	struct qb_timer rpa_timer;

	struct qa_link **links;
	bool *spent; /* handles of links whose end waits for the host to read it */
	unsigned link_count;
	unsigned next_pump;  /* the link whose data gets a blocked host's room first */
	unsigned rx_waiting; /* links with data that our host had no room for */
	uint8_t channel_map[5];
	uint16_t def_tx_octets, def_tx_time;
	uint8_t def_tx_phys, def_rx_phys;

	struct qa_acl_buf *acl_bufs;
	struct qb_list acl_free;
	unsigned acl_used;
	unsigned completed;
	struct qb_timer completed_timer;

	bool host_flow; /* controller to host flow control */
	uint16_t host_len;
	unsigned host_total, host_used;

	uint64_t radio_busy;
};

/* A command that is being handled. */
struct qa_cmd {
	struct qa_controller *c;
	const struct qa_cmd_row *row;
	uint16_t opcode;
	const uint8_t *p; /* parameters, of a length that the table allows */
	size_t len;
	uint8_t ret[254]; /* return parameters after the status, zeroed */
	bool answered;
};

/* air.c */
uint64_t qa_rand(struct qa_air *air);
uint64_t qa_rand_below(struct qa_air *air, uint64_t bound);
bool qa_chance(struct qa_air *air, unsigned permille);
void qa_rand_bytes(struct qa_air *air, uint8_t *p, size_t len);
int8_t qa_rssi(const struct qa_controller *from);
void qa_air_flush(struct qa_air *air);
uint64_t qa_air_latency(struct qa_air *air);
void qa_listen_update(struct qa_controller *c);

/* controller.c */
void qa_controller_reset(struct qa_controller *c);

/* command.c */
void qa_command(struct qa_controller *c, const uint8_t *p, size_t len);
/* Answers with success now, so that the events that the command causes come after it. */
void qa_cmd_accept(struct qa_cmd *cmd);
void qa_supported_commands(const struct qa_controller *c, uint8_t ret[64]);

/* event.c */
bool qa_out_put(struct qa_controller *c, const uint8_t *packet, size_t len);
size_t qa_out_pending(const struct qa_controller *c);
bool qa_out_room(const struct qa_controller *c, size_t len);
void qa_event(struct qa_controller *c, uint8_t code, const uint8_t *p, size_t len);
bool qa_le_event_wanted(const struct qa_controller *c, uint8_t subevent);
void qa_le_event(struct qa_controller *c, uint8_t subevent, const uint8_t *p, size_t len);
void qa_warn(struct qa_controller *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* info.c */
uint64_t qa_features(const struct qa_controller *c);
#define QA_VERSION      0x0d /* Core 5.4 */
#define QA_MANUFACTURER 0xffff
#define QA_SUBVERSION   0x0001

/* crypto.c */
bool qa_crypto_init(struct qa_air *air);
void qa_crypto_done(struct qa_air *air);
/* All three least significant octet first, as HCI has them. */
void qa_aes(struct qa_air *air, const uint8_t key[16], const uint8_t in[16], uint8_t ret[16]);

/* accept.c */
bool qa_accepted(const struct qa_controller *c, const struct qb_addr *addr);

/* privacy.c */
struct qa_who {
	struct qb_addr id; /* the identity if resolved, else the address on the air */
	struct qa_resolving_entry *entry;
	bool resolved;
	bool refused; /* an identity address of somebody who must use private ones */
};

void qa_identify(struct qa_controller *c, const struct qb_addr *addr, struct qa_who *ret);
uint8_t qa_who_type(const struct qa_who *who);
bool qa_is_rpa(const struct qb_addr *addr);
bool qa_addr_random_valid(const uint8_t b[6]);
/* Whether the list allows the own address type and there is such an address. */
bool qa_own_possible(struct qa_controller *c, uint8_t own_type, const struct qb_addr *peer,
                     const uint8_t *random);
void qa_own_address(struct qa_controller *c, uint8_t own_type, const struct qb_addr *peer,
                    const uint8_t *random, struct qb_addr *ret);
void qa_target_address(struct qa_controller *c, uint8_t own_type, const struct qb_addr *peer,
                       struct qb_addr *ret);
/* Whether a PDU for target is meant for this controller, which calls itself own. */
bool qa_is_me(struct qa_controller *c, const struct qb_addr *target, const struct qb_addr *own);
void qa_privacy_reset(struct qa_controller *c);

/* adv.c */
void qa_adv_reset(struct qa_controller *c);
void qa_adv_start(struct qa_adv_set *set, uint64_t duration, uint8_t max_events);
void qa_adv_stop(struct qa_adv_set *set);
/* A host connected to the set: stops it and reports what is due after the connection event. */
void qa_adv_connected(struct qa_adv_set *set, uint16_t handle);
unsigned qa_adv_enabled(const struct qa_controller *c);
struct qa_adv_set *qa_adv_find(struct qa_controller *c, uint8_t handle);
void qa_adv_set_init(struct qa_adv_set *set, struct qa_controller *c, uint8_t handle);
uint8_t qa_adv_ready(struct qa_adv_set *set);

/* scan.c, report.c */
void qa_scan_reset(struct qa_controller *c);
void qa_scan_hear(struct qa_controller *c, const struct qa_pdu *pdu);

/* initiate.c */
bool qa_initiate_hear(struct qa_controller *c, const struct qa_pdu *pdu);
/* Interval, latency and timeout as commands carry them; false if they break the rules (7.8.12). */
bool qa_conn_params_get(const uint8_t *p, struct qa_conn_params *ret);
void qa_connected_event(struct qa_controller *c, uint8_t status, const struct qa_link *link);

/* link.c */
struct qa_link *qa_link_find(struct qa_controller *c, uint16_t handle);
/* The link of the handle that a command starts with, or NULL. */
struct qa_link *qa_link_of(struct qa_cmd *cmd);
bool qa_linked_to(const struct qa_controller *c, const struct qb_addr *id);
/* Returns NULL if there are as many as the controller can have, or memory is out. */
struct qa_link *qa_link_new(struct qa_controller *c, uint8_t role);
void qa_link_discard(struct qa_link *link); /* without a word */
void qa_link_join(struct qa_link *central, struct qa_link *peripheral);
/* Tells the host and frees the link; the other end is left to its supervision timeout. */
void qa_link_close(struct qa_link *link, uint8_t reason);
void qa_link_close_both(struct qa_link *link, uint8_t reason, uint8_t peer_reason);
/* From now on the two ends do not hear each other; this end closes after so many microseconds. */
void qa_link_lose(struct qa_link *link, uint8_t reason, uint64_t after);
void qa_links_lose(struct qa_controller *c);
void qa_links_reset(struct qa_controller *c);
uint64_t qa_link_timeout(const struct qa_link *link);

/* procedure.c */
/* Calls fn when the procedure has crossed the air, so many connection events later. */
void qa_proc_start(struct qa_link *link, enum qa_procedure proc, unsigned events,
                   void (*fn)(struct qa_link *link));
/* The procedure waits for the peer's host now, and breaks the link if that takes too long. */
void qa_proc_wait(struct qa_link *link, enum qa_procedure proc);
void qa_proc_end(struct qa_link *link, enum qa_procedure proc);
void qa_procs_init(struct qa_link *link);
void qa_length_start(struct qa_link *link);

/* acl.c */
void qa_acl_init(struct qa_controller *c);
void qa_acl_reset(struct qa_controller *c);
void qa_acl_link_init(struct qa_link *link);
void qa_acl_link_done(struct qa_link *link);
void qa_acl_input(struct qa_controller *c, const uint8_t *p, size_t len);
/* Moves what can be moved now from this end to the other. */
void qa_acl_pump(struct qa_link *link);
/* The host of c has room again. */
void qa_acl_resume(struct qa_controller *c);
/* Length of the next data PDU from this end if the other end can take it now, else 0. */
size_t qa_acl_sendable(struct qa_link *link);
void qa_acl_send(struct qa_link *link);

/* pace.c */
void qa_pace_kick(struct qa_link *link);
void qa_pace_init(struct qa_link *link);
