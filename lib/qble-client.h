/* SPDX-License-Identifier: MIT */
/*
 * libqble-client: the calls and events of qbled (com.quectel.Ble1) for C programs.
 *
 *	struct qble_client *client;
 *
 *	r = qble_client_new(&client, on_event, NULL);
 *	r = qble_server_init(client);
 *	r = qble_gatt_start(client);
 *	while (running)
 *		r = qble_wait(client, -1);
 *	qble_client_free(client);
 *
 * Every call of the document has a function of its name with its arguments: ble.addChara() is
 * qble_add_chara(). Each returns 0, or a negative errno, and then qble_last_error() has the
 * daemon's reason with the value and the range that it allows. A call that fails changes nothing.
 *
 *	-EINVAL        a value outside its range, malformed data, a wrong UUID
 *	-EMSGSIZE      longer than the limit, or than the link's MTU carries
 *	-EUNATCH       before qble_server_init() or qble_client_init()
 *	-ENETDOWN      before qble_gatt_start(), or before its event 0
 *	-EALREADY      started already
 *	-EBUSY         a queue is full (try again after an event 25), or it is just ending
 *	-ENOENT        no such server_id, chara_id, handle or address
 *	-EEXIST        there is one with this ID
 *	-ENOTCONN      no such connect_id; or the connection to the bus is gone
 *	-EPERM         a property or a setting forbids it
 *	-EOPNOTSUPP    the controller, the peer or this daemon cannot do it
 *	-ENOSPC        one more than the daemon keeps, or than may wait on one link
 *	-ETIMEDOUT     no answer in time: it is not known whether the call was carried out
 *	-ENODEV        there is no controller
 *	-EIO           the controller refused; or an answer was not understood
 *	-EHOSTDOWN     qbled is not on the bus
 *	-EACCES        the bus does not let this user call qbled (group qble)
 *	-ECANCELED     anything else that the daemon calls a failure
 *	-ENOMEM
 *
 * Any call may fail with -EINVAL, and for want of memory, bus, daemon or controller; which of the
 * others, its comment says. In all of them server_id and chara_id are the caller's numbers,
 * 0..0xffff, connect_id is that of event 16, and handles are 1..0xffff.
 *
 * Calls wait for their answer, 10 seconds at most; what a call begins ends in events. Events that
 * come meanwhile are kept, and none is lost or overtakes another; no answer waits behind them, as
 * calls have a connection of their own. Calls from inside an event callback are fine.
 *
 * A handle belongs to one thread at a time. Several threads have a handle each, or a lock around
 * one; a handle made without a callback makes calls and hears no events, which is the cheap one for
 * another thread. State belongs to the daemon, not to a handle: what one handle starts, another
 * may stop, and it stays when all are freed. After a fork() only the parent may use a handle.
 *
 * The library prints nothing, has no threads, catches no signals.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "qble-event.h"

#ifdef __cplusplus
extern "C" {
#endif

struct qble_client;
struct sd_bus;
struct sd_event;

/* The handle */

/*
 * An event, from inside qble_process(), qble_wait() or the sd-event loop. Freeing the client here
 * is fine; qble_process() and qble_wait() are not (-EBUSY).
 */
typedef void (*qble_event_fn)(struct qble_client *client, const struct qble_event *event,
                              void *user);

/*
 * Connects to the system bus (DBUS_SYSTEM_BUS_ADDRESS is followed) and listens from then on. fn may
 * be NULL for a handle that only calls. The daemon need not be there yet: see
 * qble_daemon_is_present(). 0, or a negative errno with its reason in qble_last_error(NULL):
 * -EACCES if the bus does not let this user call qbled, -ENOSPC if 64 handles listen already,
 * -ETIMEDOUT if qbled does not answer, -ENOMEM, or what keeps it from the bus.
 */
int qble_client_new(struct qble_client **ret, qble_event_fn fn, void *user);

/* Ends it; NULL is fine. The daemon's state stays as it is. */
void qble_client_free(struct qble_client *client);

/*
 * Why the last call failed, as one line for a person; "" if it did not. With NULL: why the last
 * qble_client_new() of this thread failed. Valid until the next call.
 */
const char *qble_last_error(const struct qble_client *client);

/* Whether qbled is on the bus, as far as the events processed so far tell. Needs a callback. */
bool qble_daemon_is_present(const struct qble_client *client);

/* Events, from a loop of one's own: poll qble_get_fd() for qble_get_events(), no longer than
 * qble_get_timeout(), then qble_process(). Ask for all three before each poll. */

/* The file descriptor, to wait on and for nothing else. */
int qble_get_fd(struct qble_client *client);

/* POLLIN, or POLLIN | POLLOUT; or a negative errno. */
int qble_get_events(struct qble_client *client);

/* Milliseconds for poll(): 0 if something waits to be processed, -1 for ever. */
int qble_get_timeout(struct qble_client *client);

/*
 * Takes in what has come and calls back, for a bounded number of events. Positive: it did
 * something; 0: there was nothing to do; -ENOTCONN: the bus is gone, and so is this handle.
 */
int qble_process(struct qble_client *client);

/*
 * Waits until something comes, at most timeout_ms milliseconds (-1: for ever), and processes it.
 * Positive or 0 as above (0: nothing came in time), -EINTR if a signal handler ran.
 */
int qble_wait(struct qble_client *client, int timeout_ms);

/* Lets a loop of sd-event do all that; priority as in sd_bus_attach_event(). */
int qble_attach_event(struct qble_client *client, struct sd_event *event, int priority);
int qble_detach_event(struct qble_client *client);

/* The connection of the events, which the functions above wait for and process. Belongs to client.
 */
struct sd_bus *qble_get_bus(struct qble_client *client);

/*
 * The connection of the calls, for sd_bus_call() of members that have no function here: no answer
 * waits behind events. What is sent with sd_bus_call_async() ends only where the caller processes
 * this connection too; a call of this library may do so as well. Belongs to client, and is the same
 * as the other where there is no callback.
 */
struct sd_bus *qble_get_call_bus(struct qble_client *client);

/* Start and stop */

/*
 * ble.gattStart(): accepted; event 0 tells when the controller is up, or has failed. Before it one
 * of the roles is initialised. Errors: -EUNATCH, -EALREADY, -EBUSY, -ENODEV.
 */
int qble_gatt_start(struct qble_client *client);

/*
 * ble.gattStop(): ends advertising, scanning and all links (event 17 each), then event 1, within 2
 * seconds. The services are gone then, the roles stay. Errors: -ENETDOWN.
 */
int qble_gatt_stop(struct qble_client *client);

/* ble.getStatus(): 0 stopped, 1 started, or a negative errno. */
int qble_get_status(struct qble_client *client);

/* ble.getPublicAddr(): least significant octet first. From event 0 on, -ENETDOWN before. */
int qble_get_public_addr(struct qble_client *client, uint8_t ret[6]);

/* Server */

/* ble.serverInit(), without the callback, which the handle has. Again: success. */
int qble_server_init(struct qble_client *client);

/* ble.serverRelease(): no more events of the server; stops BLE if there is no other role. */
int qble_server_release(struct qble_client *client);

/*
 * ble.setLocalName(): the GAP Device Name. name is UTF-8; code says in what it is given to peers, 0
 * UTF-8, 1 GBK, and in that encoding it has 1..29 bytes. Errors: -EUNATCH, -EMSGSIZE.
 */
int qble_set_local_name(struct qble_client *client, uint32_t code, const char *name);

/*
 * ble.setAdvParam(). min_adv, max_adv: 0x0020..0x4000 in 0.625 ms, min <= max. adv_type: 0
 * connectable, 1 directed with high duty cycle, 2 scannable, 3 not connectable, 4 directed with low
 * duty cycle. addr_type: 0 public, 1 random. channel: 1 (37), 2 (38), 4 (39) or 7 (all).
 * filter_policy: 0 anybody, 1 scan requests, 2 connections, 3 both from the accept list only.
 * discov_mode: 1 limited, 2 general. no_br_edr: 1, or 0 for a device that has BR/EDR too.
 * enable_adv: 1, or 0 to make qble_adv_start() fail. Errors: -EUNATCH.
 */
int qble_set_adv_param(struct qble_client *client, uint32_t min_adv, uint32_t max_adv,
                       uint32_t adv_type, uint32_t addr_type, uint32_t channel,
                       uint32_t filter_policy, uint32_t discov_mode, uint32_t no_br_edr,
                       uint32_t enable_adv);

/*
 * ble.setAdvData(), ble.setAdvRspData(): 0..31 bytes of length, type, data (the length counts the
 * type), as they go on air; at once if BLE advertises. Errors: -EUNATCH, -EMSGSIZE, -EIO.
 */
int qble_set_adv_data(struct qble_client *client, const void *data, size_t len);
int qble_set_adv_rsp_data(struct qble_client *client, const void *data, size_t len);

/*
 * UUIDs in calls, as the document has them: uuid_type 1 is a short one, in uuid_s; 0 is a long one,
 * 16 bytes in uuid_l, least significant first. uuid_l may be NULL where uuid_type is 1.
 */

/*
 * ble.addService(): primary 1, secondary anything else; server_id is the caller's choice. Errors:
 * -EUNATCH, -EEXIST, -ENOSPC.
 */
int qble_add_service(struct qble_client *client, uint32_t primary, uint32_t server_id,
                     uint32_t uuid_type, uint32_t uuid_s, const uint8_t uuid_l[16]);

/*
 * ble.addChara(): chara_prop is 0x01 broadcast, 0x02 read, 0x04 write without response, 0x08 write,
 * 0x10 notify, 0x20 indicate, 0x40 signed write, 0x80 extended properties, or-ed. Errors: -EUNATCH,
 * -ENOENT, -EEXIST, -EPERM, -ENOSPC.
 */
int qble_add_chara(struct qble_client *client, uint32_t server_id, uint32_t chara_id,
                   uint32_t chara_prop, uint32_t uuid_type, uint32_t uuid_s,
                   const uint8_t uuid_l[16]);

/*
 * ble.addCharaValue(): permission is 0x0001 readable, 0x0002 writable; reading needs 0x0004
 * authentication, 0x0008 authorisation, 0x0010 encryption, 0x0020 authenticated encryption; writing
 * the same four at 0x0040..0x0200; or-ed. value: 0..512 bytes. Errors: -EUNATCH, -ENOENT, -EEXIST,
 * -EPERM, -EMSGSIZE.
 */
int qble_add_chara_value(struct qble_client *client, uint32_t server_id, uint32_t chara_id,
                         uint32_t permission, uint32_t uuid_type, uint32_t uuid_s,
                         const uint8_t uuid_l[16], const void *value, size_t len);

/*
 * ble.changeCharaValue(): stores 0..512 bytes; sends nothing. Errors: -EUNATCH, -ENOENT, -EMSGSIZE.
 */
int qble_change_chara_value(struct qble_client *client, uint32_t server_id, uint32_t chara_id,
                            const void *value, size_t len);

/*
 * ble.addCharaDesc(): permission and value as of qble_add_chara_value(). Errors: -EUNATCH, -ENOENT,
 * -EEXIST, -EPERM, -EMSGSIZE, -ENOSPC.
 */
int qble_add_chara_desc(struct qble_client *client, uint32_t server_id, uint32_t chara_id,
                        uint32_t permission, uint32_t uuid_type, uint32_t uuid_s,
                        const uint8_t uuid_l[16], const void *value, size_t len);

/*
 * ble.addOrClearService(): option 1 publishes all that was added, 0 removes all services. mode 1
 * keeps the GAP and GATT services, and the first handle of one's own is 16; 0 removes them, and it
 * is 1. Errors: -EUNATCH, -EEXIST, -ENOSPC.
 */
int qble_add_or_clear_service(struct qble_client *client, uint32_t option, uint32_t mode);

/*
 * ble.sendNotification(), ble.sendIndication(): attr_handle is a value handle whose characteristic
 * has that property; value is 0..MTU-3 bytes. Exactly one event 25 follows each success. -EBUSY:
 * the link's queue is full. Errors: -EUNATCH, -ENETDOWN, -ENOTCONN, -ENOENT, -EPERM, -EMSGSIZE,
 * -EBUSY.
 */
int qble_send_notification(struct qble_client *client, uint32_t connect_id, uint32_t attr_handle,
                           const void *value, size_t len);
int qble_send_indication(struct qble_client *client, uint32_t connect_id, uint32_t attr_handle,
                         const void *value, size_t len);

/*
 * ble.advStart(), ble.advStop(): so already is success. A connection ends advertising. Errors:
 * -EUNATCH, -ENETDOWN, -EIO; -EPERM of qble_adv_start().
 */
int qble_adv_start(struct qble_client *client);
int qble_adv_stop(struct qble_client *client);

/* Client */

/* ble.clientInit(), without the callback, which the handle has. Again: success. */
int qble_client_init(struct qble_client *client);

/* ble.clientRelease(): no more events of the client; stops BLE if there is no other role. */
int qble_client_release(struct qble_client *client);

/*
 * ble.setScanParam(). scan_mode: 0 passive, 1 active. interval, scan_window: 0x0004..0x4000 in
 * 0.625 ms, window < interval. filter_policy: 0..3, odd ones hear the accept list only. addr_type:
 * 0 public, 1 random. Errors: -EUNATCH.
 */
int qble_set_scan_param(struct qble_client *client, uint32_t scan_mode, uint32_t interval,
                        uint32_t scan_window, uint32_t filter_policy, uint32_t addr_type);

/*
 * ble.scanStart(), ble.scanStop(): so already is success. After the stop comes no event 19. Errors:
 * -EUNATCH, -ENETDOWN, -EIO.
 */
int qble_scan_start(struct qble_client *client);
int qble_scan_stop(struct qble_client *client);

/*
 * ble.setScanFilter(): 1 (the default) reports each address once, 0 every packet. Errors: -EUNATCH.
 */
int qble_set_scan_filter(struct qble_client *client, uint32_t act);

/*
 * ble.connect(): addr_type 0 public, 1 random; addr with its most significant octet first, as event
 * 19 has it. Ends in event 16, after 30 seconds with a status that is not 0. Errors: -EUNATCH,
 * -ENETDOWN, -ENOSPC, -EBUSY.
 */
int qble_connect(struct qble_client *client, uint32_t addr_type, const uint8_t addr[6]);

/*
 * ble.cancelConnect(): event 16 comes with a status that is not 0. Errors: -EUNATCH, -ENETDOWN,
 * -ENOENT.
 */
int qble_cancel_connect(struct qble_client *client, const uint8_t addr[6]);

/* ble.disconnect(): event 17 follows. Errors: -EUNATCH, -ENETDOWN, -ENOTCONN. */
int qble_disconnect(struct qble_client *client, uint32_t connect_id);

/*
 * The procedures: accepted ones run one after the other on each link. Each ends in its own event,
 * or in one event 37; discoveries of characteristics and includes always in one 37.
 */

/*
 * ble.discoverAllService(), ble.discoverByUUID(): an event 27 for each service. Errors: -EUNATCH,
 * -ENETDOWN, -ENOTCONN, -ENOSPC.
 */
int qble_discover_all_service(struct qble_client *client, uint32_t connect_id);
int qble_discover_by_uuid(struct qble_client *client, uint32_t connect_id, uint32_t uuid_type,
                          uint32_t uuid_s, const uint8_t uuid_l[16]);

/*
 * ble.discoverAllIncludes(), ble.discoverAllChara(): events 28; handles 1..0xffff of a service.
 * Errors: -EUNATCH, -ENETDOWN, -ENOTCONN, -ENOSPC.
 */
int qble_discover_all_includes(struct qble_client *client, uint32_t connect_id,
                               uint32_t start_handle, uint32_t end_handle);
int qble_discover_all_chara(struct qble_client *client, uint32_t connect_id, uint32_t start_handle,
                            uint32_t end_handle);

/*
 * ble.discoverAllCharaDesc(): events 29; from behind a value handle to before the next chara.
 * Errors: -EUNATCH, -ENETDOWN, -ENOTCONN, -ENOSPC.
 */
int qble_discover_all_chara_desc(struct qble_client *client, uint32_t connect_id,
                                 uint32_t start_handle, uint32_t end_handle);

/* ble.readCharaByUUID(): event 33. Errors: -EUNATCH, -ENETDOWN, -ENOTCONN, -ENOSPC. */
int qble_read_chara_by_uuid(struct qble_client *client, uint32_t connect_id, uint32_t start_handle,
                            uint32_t end_handle, uint32_t uuid_type, uint32_t uuid_s,
                            const uint8_t uuid_l[16]);

/*
 * ble.readCharaByHandle(): event 32. is_long 1 reads on from offset to the end of the value.
 * Errors: -EUNATCH, -ENETDOWN, -ENOTCONN, -ENOSPC.
 */
int qble_read_chara_by_handle(struct qble_client *client, uint32_t connect_id, uint32_t handle,
                              uint32_t offset, uint32_t is_long);

/* ble.readCharaDesc(): event 36. Errors: -EUNATCH, -ENETDOWN, -ENOTCONN, -ENOSPC. */
int qble_read_chara_desc(struct qble_client *client, uint32_t connect_id, uint32_t handle,
                         uint32_t is_long);

/*
 * ble.writeChara(): event 30. is_long 1 writes in several pieces, up to 512 bytes in all. Errors:
 * -EUNATCH, -ENETDOWN, -ENOTCONN, -EMSGSIZE, -ENOSPC.
 */
int qble_write_chara(struct qble_client *client, uint32_t connect_id, uint32_t handle,
                     uint32_t offset, uint32_t is_long, const void *data, size_t len);

/*
 * ble.writeCharaNoRsp(): event 31, when it was sent. 0..MTU-3 bytes. Errors: -EUNATCH, -ENETDOWN,
 * -ENOTCONN, -EMSGSIZE, -ENOSPC.
 */
int qble_write_chara_no_rsp(struct qble_client *client, uint32_t connect_id, uint32_t handle,
                            const void *data, size_t len);

/*
 * ble.writeCharaDesc(): event 35. {1, 0} into descriptor 0x2902 subscribes, {2, 0} to indications.
 * Errors: -EUNATCH, -ENETDOWN, -ENOTCONN, -EMSGSIZE, -ENOSPC.
 */
int qble_write_chara_desc(struct qble_client *client, uint32_t connect_id, uint32_t handle,
                          const void *data, size_t len);

/* Beyond the document: what newer modules have, and what only qbled has */

/*
 * The vendor's readMultiChara(): 2 handles or more; event 34. Errors: -EUNATCH, -ENETDOWN,
 * -ENOTCONN, -ENOSPC.
 */
int qble_read_multi_chara(struct qble_client *client, uint32_t connect_id, const uint16_t *handles,
                          size_t n_handles);

/*
 * The vendor's exchangeMtu(): 23..247; event 20. As client the daemon does it by itself. Errors:
 * -EUNATCH, -ENETDOWN, -ENOTCONN, -ENOSPC.
 */
int qble_exchange_mtu(struct qble_client *client, uint32_t connect_id, uint32_t mtu);

/* The value handle of a published characteristic: no more counting. Errors: -EUNATCH, -ENOENT. */
int qble_get_handle(struct qble_client *client, uint32_t server_id, uint32_t chara_id,
                    uint32_t *ret);

/*
 * Asks for other parameters of a link: intervals 6..3200 in 1.25 ms, min <= max; latency 0..499
 * connection events; timeout 10..3200 in 10 ms, more than twice the longest interval with its
 * latency. Event 18 ends it; -EBUSY before that. Errors: -EUNATCH, -ENETDOWN, -ENOTCONN, -EBUSY,
 * -EIO.
 */
int qble_update_conn_param(struct qble_client *client, uint32_t connect_id, uint32_t min_interval,
                           uint32_t max_interval, uint32_t latency, uint32_t timeout);

/*
 * How strongly the peer of a link is heard: dBm, 127 if unknown. Errors: -EUNATCH, -ENETDOWN,
 * -ENOTCONN, -EIO.
 */
int qble_read_rssi(struct qble_client *client, uint32_t connect_id, int32_t *ret);

/*
 * The accept list that filter_policy refers to: addr_type 0 public, 1 random; addr with its most
 * significant octet first. -EIO while a filter uses it, or if it is full. Errors: -EUNATCH,
 * -ENETDOWN, -EIO.
 */
int qble_accept_list_add(struct qble_client *client, uint32_t addr_type, const uint8_t addr[6]);
int qble_accept_list_remove(struct qble_client *client, uint32_t addr_type, const uint8_t addr[6]);
int qble_accept_list_clear(struct qble_client *client);

/* Whom adv_type 1 and 4 are directed to, from the next qble_adv_start() on. Errors: -EUNATCH. */
int qble_set_directed_peer(struct qble_client *client, uint32_t addr_type, const uint8_t addr[6]);

/*
 * Copies what goes to the controller and comes from it. Returns a pipe to read a btsnoop file from
 * as it grows, until it is closed, and which is the caller's to close; at its end the daemon is
 * gone. A reader more than 256 KiB behind misses packets, which the file tells. -EACCES for
 * everybody but root, as the keys of links are seen; -ENOSPC if there are 4 captures;
 * -ECANCELED if there is no pipe.
 */
int qble_capture(struct qble_client *client);

#ifdef __cplusplus
}
#endif
