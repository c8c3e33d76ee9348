/* SPDX-License-Identifier: MIT */
/* The calls: each function of qble-client.h as the method that it stands for. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "client-internal.h"
#include "util/le.h"

#define CALL(member, ...)     qble_call(client, QBLE_NAME, member, NULL, __VA_ARGS__)
#define CALL_EXT(member, ...) qble_call(client, QBLE_EXTENDED, member, NULL, __VA_ARGS__)

/* A long UUID as an argument: 16 zeros stand in for none, as the document has it. */
static const void *uuid_or_zeros(const uint8_t uuid_l[16])
{
	static const uint8_t zeros[16];

	return uuid_l ? uuid_l : zeros;
}

#define UUID uuid_type, uuid_s, uuid_or_zeros(uuid_l), (size_t)16

static int bad_answer(struct qble_client *client, const char *member)
{
	return qble_fail(client, -EIO, "%s: qbled answered something else than documented", member);
}

/* Start and stop */

int qble_gatt_start(struct qble_client *client)
{
	return CALL("GattStart", "");
}

int qble_gatt_stop(struct qble_client *client)
{
	return CALL("GattStop", "");
}

int qble_get_status(struct qble_client *client)
{
	sd_bus_message *reply = NULL;
	int32_t status = 0;
	int r;

	r = qble_call(client, QBLE_NAME, "GetStatus", &reply, "");
	if (r >= 0 && sd_bus_message_read(reply, "i", &status) < 0)
		r = bad_answer(client, "GetStatus");
	sd_bus_message_unref(reply);
	return r < 0 ? r : status != 0;
}

int qble_get_public_addr(struct qble_client *client, uint8_t ret[6])
{
	sd_bus_message *reply = NULL;
	const void *addr;
	size_t len;
	int r;

	r = qble_call(client, QBLE_NAME, "GetPublicAddr", &reply, "");
	if (r >= 0 && (sd_bus_message_read_array(reply, 'y', &addr, &len) < 0 || len != 6))
		r = bad_answer(client, "GetPublicAddr");
	if (r >= 0)
		memcpy(ret, addr, 6);
	sd_bus_message_unref(reply);
	return r;
}

/* Server */

int qble_server_init(struct qble_client *client)
{
	return CALL("ServerInit", "");
}

int qble_server_release(struct qble_client *client)
{
	return CALL("ServerRelease", "");
}

int qble_set_local_name(struct qble_client *client, uint32_t code, const char *name)
{
	return CALL("SetLocalName", "us", code, name);
}

int qble_set_adv_param(struct qble_client *client, uint32_t min_adv, uint32_t max_adv,
                       uint32_t adv_type, uint32_t addr_type, uint32_t channel,
                       uint32_t filter_policy, uint32_t discov_mode, uint32_t no_br_edr,
                       uint32_t enable_adv)
{
	return CALL("SetAdvParam", "uuuuuuuuu", min_adv, max_adv, adv_type, addr_type, channel,
	            filter_policy, discov_mode, no_br_edr, enable_adv);
}

int qble_set_adv_data(struct qble_client *client, const void *data, size_t len)
{
	return CALL("SetAdvData", "a", data, len);
}

int qble_set_adv_rsp_data(struct qble_client *client, const void *data, size_t len)
{
	return CALL("SetAdvRspData", "a", data, len);
}

int qble_add_service(struct qble_client *client, uint32_t primary, uint32_t server_id,
                     uint32_t uuid_type, uint32_t uuid_s, const uint8_t uuid_l[16])
{
	return CALL("AddService", "uuuua", primary, server_id, UUID);
}

int qble_add_chara(struct qble_client *client, uint32_t server_id, uint32_t chara_id,
                   uint32_t chara_prop, uint32_t uuid_type, uint32_t uuid_s,
                   const uint8_t uuid_l[16])
{
	return CALL("AddChara", "uuuuua", server_id, chara_id, chara_prop, UUID);
}

int qble_add_chara_value(struct qble_client *client, uint32_t server_id, uint32_t chara_id,
                         uint32_t permission, uint32_t uuid_type, uint32_t uuid_s,
                         const uint8_t uuid_l[16], const void *value, size_t len)
{
	return CALL("AddCharaValue", "uuuuuaa", server_id, chara_id, permission, UUID, value, len);
}

int qble_change_chara_value(struct qble_client *client, uint32_t server_id, uint32_t chara_id,
                            const void *value, size_t len)
{
	return CALL("ChangeCharaValue", "uua", server_id, chara_id, value, len);
}

int qble_add_chara_desc(struct qble_client *client, uint32_t server_id, uint32_t chara_id,
                        uint32_t permission, uint32_t uuid_type, uint32_t uuid_s,
                        const uint8_t uuid_l[16], const void *value, size_t len)
{
	return CALL("AddCharaDesc", "uuuuuaa", server_id, chara_id, permission, UUID, value, len);
}

int qble_add_or_clear_service(struct qble_client *client, uint32_t option, uint32_t mode)
{
	return CALL("AddOrClearService", "uu", option, mode);
}

int qble_send_notification(struct qble_client *client, uint32_t connect_id, uint32_t attr_handle,
                           const void *value, size_t len)
{
	return CALL("SendNotification", "uua", connect_id, attr_handle, value, len);
}

int qble_send_indication(struct qble_client *client, uint32_t connect_id, uint32_t attr_handle,
                         const void *value, size_t len)
{
	return CALL("SendIndication", "uua", connect_id, attr_handle, value, len);
}

int qble_adv_start(struct qble_client *client)
{
	return CALL("AdvStart", "");
}

int qble_adv_stop(struct qble_client *client)
{
	return CALL("AdvStop", "");
}

/* Client */

int qble_client_init(struct qble_client *client)
{
	return CALL("ClientInit", "");
}

int qble_client_release(struct qble_client *client)
{
	return CALL("ClientRelease", "");
}

int qble_set_scan_param(struct qble_client *client, uint32_t scan_mode, uint32_t interval,
                        uint32_t scan_window, uint32_t filter_policy, uint32_t addr_type)
{
	return CALL("SetScanParam", "uuuuu", scan_mode, interval, scan_window, filter_policy,
	            addr_type);
}

int qble_scan_start(struct qble_client *client)
{
	return CALL("ScanStart", "");
}

int qble_scan_stop(struct qble_client *client)
{
	return CALL("ScanStop", "");
}

int qble_set_scan_filter(struct qble_client *client, uint32_t act)
{
	return CALL("SetScanFilter", "u", act);
}

int qble_connect(struct qble_client *client, uint32_t addr_type, const uint8_t addr[6])
{
	return CALL("Connect", "ua", addr_type, addr, (size_t)6);
}

int qble_cancel_connect(struct qble_client *client, const uint8_t addr[6])
{
	return CALL("CancelConnect", "a", addr, (size_t)6);
}

int qble_disconnect(struct qble_client *client, uint32_t connect_id)
{
	return CALL("Disconnect", "u", connect_id);
}

int qble_discover_all_service(struct qble_client *client, uint32_t connect_id)
{
	return CALL("DiscoverAllService", "u", connect_id);
}

int qble_discover_by_uuid(struct qble_client *client, uint32_t connect_id, uint32_t uuid_type,
                          uint32_t uuid_s, const uint8_t uuid_l[16])
{
	return CALL("DiscoverByUUID", "uuua", connect_id, UUID);
}

int qble_discover_all_includes(struct qble_client *client, uint32_t connect_id,
                               uint32_t start_handle, uint32_t end_handle)
{
	return CALL("DiscoverAllIncludes", "uuu", connect_id, start_handle, end_handle);
}

int qble_discover_all_chara(struct qble_client *client, uint32_t connect_id, uint32_t start_handle,
                            uint32_t end_handle)
{
	return CALL("DiscoverAllChara", "uuu", connect_id, start_handle, end_handle);
}

int qble_discover_all_chara_desc(struct qble_client *client, uint32_t connect_id,
                                 uint32_t start_handle, uint32_t end_handle)
{
	return CALL("DiscoverAllCharaDesc", "uuu", connect_id, start_handle, end_handle);
}

int qble_read_chara_by_uuid(struct qble_client *client, uint32_t connect_id, uint32_t start_handle,
                            uint32_t end_handle, uint32_t uuid_type, uint32_t uuid_s,
                            const uint8_t uuid_l[16])
{
	return CALL("ReadCharaByUUID", "uuuuua", connect_id, start_handle, end_handle, UUID);
}

int qble_read_chara_by_handle(struct qble_client *client, uint32_t connect_id, uint32_t handle,
                              uint32_t offset, uint32_t is_long)
{
	return CALL("ReadCharaByHandle", "uuuu", connect_id, handle, offset, is_long);
}

int qble_read_chara_desc(struct qble_client *client, uint32_t connect_id, uint32_t handle,
                         uint32_t is_long)
{
	return CALL("ReadCharaDesc", "uuu", connect_id, handle, is_long);
}

int qble_write_chara(struct qble_client *client, uint32_t connect_id, uint32_t handle,
                     uint32_t offset, uint32_t is_long, const void *data, size_t len)
{
	return CALL("WriteChara", "uuuua", connect_id, handle, offset, is_long, data, len);
}

int qble_write_chara_no_rsp(struct qble_client *client, uint32_t connect_id, uint32_t handle,
                            const void *data, size_t len)
{
	return CALL("WriteCharaNoRsp", "uua", connect_id, handle, data, len);
}

int qble_write_chara_desc(struct qble_client *client, uint32_t connect_id, uint32_t handle,
                          const void *data, size_t len)
{
	return CALL("WriteCharaDesc", "uua", connect_id, handle, data, len);
}

/* Beyond the document */

int qble_exchange_mtu(struct qble_client *client, uint32_t connect_id, uint32_t mtu)
{
	return CALL("ExchangeMtu", "uu", connect_id, mtu);
}

int qble_read_multi_chara(struct qble_client *client, uint32_t connect_id, const uint16_t *handles,
                          size_t n_handles)
{
	uint8_t octets[2 * QBLE_MULTI_READ_MAX];

	if (n_handles > QBLE_MULTI_READ_MAX)
		return qble_fail(client, -EMSGSIZE, "%zu handles, allowed are 2..%d", n_handles,
		                 QBLE_MULTI_READ_MAX);
	for (size_t i = 0; i < n_handles; i++)
		qb_put_le16(octets + 2 * i, handles[i]);
	return CALL("ReadMultiChara", "ua", connect_id, octets, 2 * n_handles);
}

int qble_get_handle(struct qble_client *client, uint32_t server_id, uint32_t chara_id,
                    uint32_t *ret)
{
	sd_bus_message *reply = NULL;
	int r;

	r = qble_call(client, QBLE_EXTENDED, "GetHandle", &reply, "uu", server_id, chara_id);
	if (r >= 0 && sd_bus_message_read(reply, "u", ret) < 0)
		r = bad_answer(client, "GetHandle");
	sd_bus_message_unref(reply);
	return r;
}

int qble_update_conn_param(struct qble_client *client, uint32_t connect_id, uint32_t min_interval,
                           uint32_t max_interval, uint32_t latency, uint32_t timeout)
{
	return CALL_EXT("UpdateConnParam", "uuuuu", connect_id, min_interval, max_interval, latency,
	                timeout);
}

int qble_read_rssi(struct qble_client *client, uint32_t connect_id, int32_t *ret)
{
	sd_bus_message *reply = NULL;
	int r;

	r = qble_call(client, QBLE_EXTENDED, "ReadRssi", &reply, "u", connect_id);
	if (r >= 0 && sd_bus_message_read(reply, "i", ret) < 0)
		r = bad_answer(client, "ReadRssi");
	sd_bus_message_unref(reply);
	return r;
}

int qble_accept_list_add(struct qble_client *client, uint32_t addr_type, const uint8_t addr[6])
{
	return CALL_EXT("AcceptListAdd", "ua", addr_type, addr, (size_t)6);
}

int qble_accept_list_remove(struct qble_client *client, uint32_t addr_type, const uint8_t addr[6])
{
	return CALL_EXT("AcceptListRemove", "ua", addr_type, addr, (size_t)6);
}

int qble_accept_list_clear(struct qble_client *client)
{
	return CALL_EXT("AcceptListClear", "");
}

int qble_set_directed_peer(struct qble_client *client, uint32_t addr_type, const uint8_t addr[6])
{
	return CALL_EXT("SetDirectedPeer", "ua", addr_type, addr, (size_t)6);
}

int qble_capture(struct qble_client *client)
{
	sd_bus_message *reply = NULL;
	int fd = -1, r;

	r = qble_call(client, QBLE_EXTENDED, "Capture", &reply, "");
	if (r == -EACCES)
		r = qble_fail(client, r, "Capture: it shows the keys of links, so only root may");
	if (r >= 0 && sd_bus_message_read(reply, "h", &fd) < 0)
		r = bad_answer(client, "Capture");
	if (r >= 0) {
		fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
		if (fd < 0)
			r = qble_fail(client, -errno, "Capture: %s", strerror(errno));
	}
	sd_bus_message_unref(reply);
	return r < 0 ? r : fd;
}
