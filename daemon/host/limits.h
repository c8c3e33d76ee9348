/* SPDX-License-Identifier: MIT */
/* Every limit that a peer, a controller or a caller can run into, in one place. */
#pragma once

/* Links of one host, both roles together; a controller usually has fewer. */
#define QB_LINKS_MAX 128

/* ATT (Core 5.4, Vol 3, Part F, 3.2.8 and 3.2.9). */
#define QB_ATT_MTU_MIN     23
#define QB_ATT_MTU_DEFAULT 247 /* fits one LE packet with data length extension */
#define QB_ATT_MTU_MAX     517
#define QB_VALUE_MAX       512

/* Outgoing buffers: H4 type (1), ACL header (4), L2CAP header (4), then the SDU. */
#define QB_BUF_HEADROOM 9
#define QB_SDU_MAX      QB_ATT_MTU_MAX
#define QB_POOL_SPARE   64 /* free buffers kept for reuse */

/* Incoming SDUs longer than this are dropped whole. */
#define QB_RX_SDU_MAX QB_ATT_MTU_MAX

/* Notifications, indications and write commands waiting on one link, then Busy. */
#define QB_TX_QUEUE_MAX 128

/* Answers that a peer may provoke on one link without ever taking one. */
#define QB_RSP_QUEUE_MAX 16

/* GATT client procedures waiting on one link, then LimitExceeded. */
#define QB_PROC_QUEUE_MAX 64

/* Prepared writes of one link, then Prepare Queue Full (0x09). */
#define QB_PREPARE_ENTRIES_MAX 128
#define QB_PREPARE_OCTETS_MAX  4096

/* Peers of earlier links that are told if the database has changed since. */
#define QB_KNOWN_PEERS_MAX 128

/* HCI commands waiting for the controller. */
#define QB_HCI_QUEUE_MAX 256

/* ACL packets held for a handle whose connection event has not come yet, and for how long. */
#define QB_EARLY_ACL_MAX  8
#define QB_EARLY_ACL_MSEC 50

/* Connect calls pending at once. */
#define QB_CONNECT_PENDING_MAX 32

/* Time limits. */
#define QB_HCI_TIMEOUT_MSEC        2000
#define QB_ATT_TIMEOUT_MSEC        30000
#define QB_STOP_TIMEOUT_MSEC       2000
#define QB_DISCONNECT_TIMEOUT_MSEC 1500
#define QB_PARAM_UPDATE_SECONDS    40 /* longer than any link survives without its procedure */
#define QB_CONNECT_SECONDS         30
#define QB_SCAN_RSP_WAIT_MSEC      100

/* Addresses remembered by the scan filter for one ScanStart, and scannable PDUs awaiting a name. */
#define QB_SCAN_SEEN_MAX 8192
#define QB_SCAN_WAIT_MAX 64

/* The application's database. */
#define QB_SERVICES_MAX 1024
#define QB_CHARAS_MAX   8192
#define QB_DESCS_MAX    8192

/* Events kept for GetEvents, callers waiting in WaitEvents, and those that have subscribed. */
#define QB_EVENT_LOG_MAX   1024
#define QB_WAITERS_MAX     64
#define QB_SUBSCRIBERS_MAX 64
