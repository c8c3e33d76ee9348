/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of the GATT server share: rights, values as a link sees them, answers. */
#pragma once

#include "host/gatt/server.h"

/* access.c: who may do what. */

enum qb_gatt_access {
	QB_GATT_READ,
	QB_GATT_WRITE,     /* Write Request, or a prepared write */
	QB_GATT_WRITE_CMD, /* Write Command */
};

/* 0, or the ATT error that refuses it: permissions, properties, then the link's security. */
uint8_t qb_gatt_access(const struct qb_att_security *security, const struct qb_attr *attr,
                       enum qb_gatt_access access);

/* 0, or the ATT error if the link is not as safe as the permissions demand. */
uint8_t qb_gatt_check_security(const struct qb_att_security *security, const struct qb_attr *attr,
                               enum qb_gatt_access access);

/* cccd.c: Client Characteristic Configurations, each link's own. */

enum {
	QB_CCCD_NOTIFY = 0x0001,
	QB_CCCD_INDICATE = 0x0002,
	QB_CCCD_BITS = QB_CCCD_NOTIFY | QB_CCCD_INDICATE,
};

bool qb_gatt_is_cccd(const struct qb_attr *attr);
uint16_t qb_gatt_cccd_get(const struct qb_gatt_server *server, uint16_t handle);
/* -ENOMEM, and never for a handle that was set before. */
int qb_gatt_cccd_set(struct qb_gatt_server *server, uint16_t handle, uint16_t value);
/* 0, or the ATT error if the peer may not configure this. */
uint8_t qb_gatt_cccd_check(const struct qb_gatt_server *server, const struct qb_attr *attr,
                           const uint8_t *value, size_t len);
void qb_gatt_cccd_prune(struct qb_gatt_server *server);

/* server.c: values and answers. */

struct qb_gatt_value {
	const uint8_t *p;
	size_t len;
};

/* An attribute's value as this link sees it; own holds what is the link's own. */
struct qb_gatt_value qb_gatt_value(const struct qb_gatt_server *server, const struct qb_attr *attr,
                                   uint8_t own[2]);

/* A write was stored and answered: the floor above is told, which may take the attribute away. */
void qb_gatt_written(struct qb_gatt_server *server, const struct qb_attr *attr, const uint8_t *data,
                     size_t len);

/* Answers with an error. */
void qb_gatt_fail(struct qb_gatt_server *server, const struct qb_att_pdu *pdu, uint16_t handle,
                  uint8_t code);

/* The attribute of a request that may do this with it, or NULL, and the request has failed. */
const struct qb_attr *qb_gatt_find(struct qb_gatt_server *server, const struct qb_att_pdu *pdu,
                                   uint16_t handle, enum qb_gatt_access access);

/* True if start..end of a request is a range; if not, it has failed. */
bool qb_gatt_check_range(struct qb_gatt_server *server, const struct qb_att_pdu *pdu);

/* A response of entries that are all of one size, put together in its place. */
struct qb_gatt_list {
	uint8_t *data;
	size_t room, len;
	size_t size; /* of each entry; 0 before the first */
};

/* header: octets of the response between its opcode and the first entry. */
struct qb_gatt_list qb_gatt_list_begin(struct qb_gatt_server *server, size_t header);

/* Where the next entry goes; NULL if it is of another size than the first or does not fit. */
uint8_t *qb_gatt_list_add(struct qb_gatt_list *list, size_t size);

/* Answers with the list, or, if it is empty, that nothing was found. */
void qb_gatt_list_answer(struct qb_gatt_server *server, const struct qb_att_pdu *pdu,
                         const struct qb_gatt_list *list);

/* The requests and commands, each in the file that is named after its family. */

void qb_gatt_find_information(struct qb_gatt_server *server, const struct qb_att_pdu *pdu);
void qb_gatt_find_by_type_value(struct qb_gatt_server *server, const struct qb_att_pdu *pdu);
void qb_gatt_read_by_group_type(struct qb_gatt_server *server, const struct qb_att_pdu *pdu);

void qb_gatt_read_by_type(struct qb_gatt_server *server, const struct qb_att_pdu *pdu);
void qb_gatt_read(struct qb_gatt_server *server, const struct qb_att_pdu *pdu);
void qb_gatt_read_blob(struct qb_gatt_server *server, const struct qb_att_pdu *pdu);
void qb_gatt_read_multiple(struct qb_gatt_server *server, const struct qb_att_pdu *pdu);
void qb_gatt_read_multiple_variable(struct qb_gatt_server *server, const struct qb_att_pdu *pdu);

void qb_gatt_write(struct qb_gatt_server *server, const struct qb_att_pdu *pdu);
void qb_gatt_write_cmd(struct qb_gatt_server *server, const struct qb_att_pdu *pdu);

void qb_gatt_prepare_write(struct qb_gatt_server *server, const struct qb_att_pdu *pdu);
void qb_gatt_execute_write(struct qb_gatt_server *server, const struct qb_att_pdu *pdu);
void qb_gatt_prepared_prune(struct qb_gatt_server *server);
