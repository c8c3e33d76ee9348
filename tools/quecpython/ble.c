/* SPDX-License-Identifier: MIT */
/*
 * The Python module `ble` of Quectel's cellular modules, over libqble-client: every documented
 * function with its arguments, 0 or -1 as its result, and ble.lastError() for the reason.
 *
 * Calls of all threads share one handle under a lock; the listener's thread has another for the
 * events.
 */
#include <errno.h>
#include <pthread.h>

#include "module.h"

#define ARGS_MAX 9

/* The arguments of a call: the integers in order, and the one of each other kind. */
struct args {
	uint32_t u[ARGS_MAX];
	const char *name;
	const uint8_t *uuid, *addr, *data;
	size_t len;
	uint8_t *ret; /* six octets of an answer */
};

/* types: 'u' integer, 's' str, 'U' uuid_l, 'A' address, 'd' data; one for each of the names. */
struct row {
	const char *name, *types, *names;
	int (*run)(struct qble_client *client, const struct args *a);
};

static struct {
	pthread_mutex_t lock;
	struct qble_client *client;
} calls = {PTHREAD_MUTEX_INITIALIZER, NULL};

/* Of this thread's last call: in a callback that is not the one of the main thread. */
static _Thread_local char last_error[512];

static int fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
static int fail(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(last_error, sizeof(last_error), format, ap);
	va_end(ap);
	return -1;
}

#define ROW(name, types, names, call)                                      \
	static int run_##name(struct qble_client *c, const struct args *a) \
	{                                                                  \
		return call;                                               \
	}                                                                  \
	static const struct row row_##name = {#name, types, names, run_##name};

#define UUID(i) a->u[i], a->u[i + 1], a->uuid
#define DATA    a->data, a->len

/* clang-format off */
ROW(gattStart, "", "", qble_gatt_start(c))
ROW(gattStop, "", "", qble_gatt_stop(c))
ROW(getStatus, "", "", qble_get_status(c))
ROW(serverRelease, "", "", qble_server_release(c))
ROW(setLocalName, "us", "code, name", qble_set_local_name(c, a->u[0], a->name))
ROW(setAdvParam, "uuuuuuuuu",
    "min_adv, max_adv, adv_type, addr_type, channel, filter_policy, discov_mode, no_br_edr, "
    "enable_adv",
    qble_set_adv_param(c, a->u[0], a->u[1], a->u[2], a->u[3], a->u[4], a->u[5], a->u[6], a->u[7],
                       a->u[8]))
ROW(setAdvData, "d", "data", qble_set_adv_data(c, DATA))
ROW(setAdvRspData, "d", "data", qble_set_adv_rsp_data(c, DATA))
ROW(addService, "uuuuU", "primary, server_id, uuid_type, uuid_s, uuid_l",
    qble_add_service(c, a->u[0], a->u[1], UUID(2)))
ROW(addChara, "uuuuuU", "server_id, chara_id, chara_prop, uuid_type, uuid_s, uuid_l",
    qble_add_chara(c, a->u[0], a->u[1], a->u[2], UUID(3)))
ROW(addCharaValue, "uuuuuUd", "server_id, chara_id, permission, uuid_type, uuid_s, uuid_l, value",
    qble_add_chara_value(c, a->u[0], a->u[1], a->u[2], UUID(3), DATA))
ROW(changeCharaValue, "uud", "server_id, chara_id, value",
    qble_change_chara_value(c, a->u[0], a->u[1], DATA))
ROW(addCharaDesc, "uuuuuUd", "server_id, chara_id, permission, uuid_type, uuid_s, uuid_l, value",
    qble_add_chara_desc(c, a->u[0], a->u[1], a->u[2], UUID(3), DATA))
ROW(addOrClearService, "uu", "option, mode", qble_add_or_clear_service(c, a->u[0], a->u[1]))
ROW(sendNotification, "uud", "connect_id, attr_handle, value",
    qble_send_notification(c, a->u[0], a->u[1], DATA))
ROW(sendIndication, "uud", "connect_id, attr_handle, value",
    qble_send_indication(c, a->u[0], a->u[1], DATA))
ROW(advStart, "", "", qble_adv_start(c))
ROW(advStop, "", "", qble_adv_stop(c))
ROW(clientRelease, "", "", qble_client_release(c))
ROW(setScanParam, "uuuuu", "scan_mode, interval, scan_window, filter_policy, addr_type",
    qble_set_scan_param(c, a->u[0], a->u[1], a->u[2], a->u[3], a->u[4]))
ROW(scanStart, "", "", qble_scan_start(c))
ROW(scanStop, "", "", qble_scan_stop(c))
ROW(setScanFilter, "u", "act", qble_set_scan_filter(c, a->u[0]))
ROW(connect, "uA", "addr_type, addr", qble_connect(c, a->u[0], a->addr))
ROW(cancelConnect, "A", "addr", qble_cancel_connect(c, a->addr))
ROW(disconnect, "u", "connect_id", qble_disconnect(c, a->u[0]))
ROW(discoverAllService, "u", "connect_id", qble_discover_all_service(c, a->u[0]))
ROW(discoverByUUID, "uuuU", "connect_id, uuid_type, uuid_s, uuid_l",
    qble_discover_by_uuid(c, a->u[0], UUID(1)))
ROW(discoverAllIncludes, "uuu", "connect_id, start_handle, end_handle",
    qble_discover_all_includes(c, a->u[0], a->u[1], a->u[2]))
ROW(discoverAllChara, "uuu", "connect_id, start_handle, end_handle",
    qble_discover_all_chara(c, a->u[0], a->u[1], a->u[2]))
ROW(discoverAllCharaDesc, "uuu", "connect_id, start_handle, end_handle",
    qble_discover_all_chara_desc(c, a->u[0], a->u[1], a->u[2]))
ROW(readCharaByUUID, "uuuuuU", "connect_id, start_handle, end_handle, uuid_type, uuid_s, uuid_l",
    qble_read_chara_by_uuid(c, a->u[0], a->u[1], a->u[2], UUID(3)))
ROW(readCharaByHandle, "uuuu", "connect_id, handle, offset, is_long",
    qble_read_chara_by_handle(c, a->u[0], a->u[1], a->u[2], a->u[3]))
ROW(readCharaDesc, "uuu", "connect_id, handle, is_long",
    qble_read_chara_desc(c, a->u[0], a->u[1], a->u[2]))
ROW(writeChara, "uuuud", "connect_id, handle, offset, is_long, data",
    qble_write_chara(c, a->u[0], a->u[1], a->u[2], a->u[3], DATA))
ROW(writeCharaNoRsp, "uud", "connect_id, handle, data",
    qble_write_chara_no_rsp(c, a->u[0], a->u[1], DATA))
ROW(writeCharaDesc, "uud", "connect_id, handle, data",
    qble_write_chara_desc(c, a->u[0], a->u[1], DATA))
ROW(exchangeMtu, "uu", "connect_id, mtu", qble_exchange_mtu(c, a->u[0], a->u[1]))

static const struct row *const rows[] = {
	&row_gattStart, &row_gattStop, &row_getStatus, &row_serverRelease, &row_setLocalName,
	&row_setAdvParam, &row_setAdvData, &row_setAdvRspData, &row_addService, &row_addChara,
	&row_addCharaValue, &row_changeCharaValue, &row_addCharaDesc, &row_addOrClearService,
	&row_sendNotification, &row_sendIndication, &row_advStart, &row_advStop,
	&row_clientRelease, &row_setScanParam, &row_scanStart, &row_scanStop, &row_setScanFilter,
	&row_connect, &row_cancelConnect, &row_disconnect, &row_discoverAllService,
	&row_discoverByUUID, &row_discoverAllIncludes, &row_discoverAllChara,
	&row_discoverAllCharaDesc, &row_readCharaByUUID, &row_readCharaByHandle,
	&row_readCharaDesc, &row_writeChara, &row_writeCharaNoRsp, &row_writeCharaDesc,
	&row_exchangeMtu,
};
/* clang-format on */

#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

/* The handle of the calls, made anew where the bus has gone; with the lock held. */
static struct qble_client *handle(void)
{
	if (calls.client && qble_process(calls.client) < 0) {
		qble_client_free(calls.client);
		calls.client = NULL;
	}
	if (!calls.client && qble_client_new(&calls.client, NULL, NULL) < 0)
		fail("%s", qble_last_error(NULL));
	return calls.client;
}

/* 0 or what else the call answers, or -1 with its reason kept. */
static int run(int (*call)(struct qble_client *client, const struct args *a), const struct args *a)
{
	struct qble_client *client;
	int r = -1;

	Py_BEGIN_ALLOW_THREADS;
	pthread_mutex_lock(&calls.lock);
	client = handle();
	if (client) {
		last_error[0] = '\0';
		r = call(client, a);
		if (r < 0)
			r = fail("%s", qble_last_error(client));
	}
	pthread_mutex_unlock(&calls.lock);
	Py_END_ALLOW_THREADS;
	return r;
}

/* The parsers of arguments: 0, or -1 with the reason kept, or -1 with an exception. */

static int parse_integer(PyObject *object, const char *names, uint32_t *ret)
{
	int overflow;
	long long value = PyLong_AsLongLongAndOverflow(object, &overflow);

	if (value == -1 && PyErr_Occurred())
		return -1;
	if (overflow || value < 0 || value > UINT32_MAX)
		return fail("%.*s is outside 0..%u", (int)strcspn(names, ","), names, UINT32_MAX);
	*ret = (uint32_t)value;
	return 0;
}

static int parse_text(PyObject *object, const char *names, const char **ret)
{
	Py_ssize_t len;

	*ret = PyUnicode_AsUTF8AndSize(object, &len);
	if (!*ret)
		return -1;
	if (strlen(*ret) != (size_t)len)
		return fail("%.*s has a NUL in it", (int)strcspn(names, ","), names);
	return 0;
}

/* bytes, bytearray, or a list of integers: a copy, since the program may change its own. */
static int parse_bytes(PyObject *object, const char *names, size_t want, PyObject **ret_copy,
                       const uint8_t **ret, size_t *ret_len)
{
	size_t len;

	*ret_copy = PyBytes_FromObject(object);
	if (!*ret_copy)
		return -1;
	*ret = (const uint8_t *)PyBytes_AS_STRING(*ret_copy);
	len = (size_t)PyBytes_GET_SIZE(*ret_copy);
	if (want && len != want)
		return fail("%.*s is %zu bytes long, must be %zu", (int)strcspn(names, ","), names,
		            len, want);
	if (ret_len)
		*ret_len = len;
	return 0;
}

static int parse_one(PyObject *object, char type, const char *names, struct args *args,
                     unsigned *n_u, PyObject **copy)
{
	switch (type) {
	case 'u': return parse_integer(object, names, &args->u[(*n_u)++]);
	case 's': return parse_text(object, names, &args->name);
	case 'U': return parse_bytes(object, names, 16, copy, &args->uuid, NULL);
	case 'A': return parse_bytes(object, names, 6, copy, &args->addr, NULL);
	default: return parse_bytes(object, names, 0, copy, &args->data, &args->len);
	}
}

/* A call, and what it means for the events of this program. */
static int run_row(const struct row *row, const struct args *args)
{
	bool stop = row == &row_gattStop && listener_expect_stop();
	int r = run(row->run, args);

	if (r < 0 && stop)
		listener_expect_no_stop();
	else if (r == 0 && row == &row_serverRelease)
		listener_remove(ROLE_SERVER);
	else if (r == 0 && row == &row_clientRelease)
		listener_remove(ROLE_CLIENT);
	return r;
}

static PyObject *call(PyObject *self, PyObject *const *objects, Py_ssize_t n)
{
	const struct row *row = PyCapsule_GetPointer(self, NULL);
	const char *names = row->names;
	PyObject *copies[ARGS_MAX] = {0};
	struct args args = {0};
	unsigned n_u = 0;
	int r = 0;

	if ((size_t)n != strlen(row->types))
		return PyErr_Format(PyExc_TypeError, "%s(%s) takes %zu arguments, %zd were given",
		                    row->name, row->names, strlen(row->types), n);
	for (Py_ssize_t i = 0; i < n && r == 0; i++) {
		r = parse_one(objects[i], row->types[i], names, &args, &n_u, &copies[i]);
		names += strcspn(names, ",");
		names += strspn(names, ", ");
	}
	if (r == 0)
		r = run_row(row, &args);
	for (Py_ssize_t i = 0; i < n; i++)
		Py_XDECREF(copies[i]);
	return PyErr_Occurred() ? NULL : PyLong_FromLong(r);
}

static int run_server_init(struct qble_client *client, const struct args *a)
{
	return qble_server_init(client);
}

static int run_client_init(struct qble_client *client, const struct args *a)
{
	return qble_client_init(client);
}

/* Listens first, so that no event of the role is missed. */
static PyObject *init(PyObject *callback, enum role role)
{
	int r;

	if (!PyCallable_Check(callback))
		return PyErr_Format(PyExc_TypeError, "user_cb must be a function");
	if (listener_add(role, callback) < 0)
		return PyLong_FromLong(fail("%s", listener_error()));
	r = run(role == ROLE_SERVER ? run_server_init : run_client_init, NULL);
	if (r < 0)
		listener_remove(role);
	return PyLong_FromLong(r);
}

static PyObject *server_init(PyObject *self, PyObject *callback)
{
	return init(callback, ROLE_SERVER);
}

static PyObject *client_init(PyObject *self, PyObject *callback)
{
	return init(callback, ROLE_CLIENT);
}

static int run_get_public_addr(struct qble_client *client, const struct args *a)
{
	return qble_get_public_addr(client, a->ret);
}

static PyObject *get_public_addr(PyObject *self, PyObject *unused)
{
	uint8_t addr[6];
	int r = run(run_get_public_addr, &(struct args){.ret = addr});

	if (r < 0)
		return PyLong_FromLong(r);
	return PyByteArray_FromStringAndSize((const char *)addr, sizeof(addr));
}

static PyObject *get_last_error(PyObject *self, PyObject *unused)
{
	return PyUnicode_DecodeUTF8(last_error, (Py_ssize_t)strlen(last_error), "replace");
}

static PyObject *at_exit(PyObject *self, PyObject *unused)
{
	listener_end();
	Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
        {"serverInit", server_init, METH_O, "serverInit(user_cb)"},
        {"clientInit", client_init, METH_O, "clientInit(user_cb)"},
        {"getPublicAddr", get_public_addr, METH_NOARGS,
         "getPublicAddr(): six bytes, least significant first, or -1"},
        {"lastError", get_last_error, METH_NOARGS,
         "lastError(): why this thread's last call returned -1, '' if it did not"},
        {NULL, NULL, 0, NULL},
};

static PyMethodDef at_exit_def = {"at_exit", at_exit, METH_NOARGS, NULL};

static struct PyModuleDef module_def = {
        PyModuleDef_HEAD_INIT,
        .m_name = "ble",
        .m_doc = "Bluetooth Low Energy as the ble module of Quectel's cellular modules has it.\n\n"
                 "Every function returns 0, or -1 and lastError() says why. Callbacks run in a\n"
                 "thread of their own, one event at a time. When qbled goes away, they hear a\n"
                 "stop (event 1) with status -1; when it is back, gattStart() works again.",
        .m_size = -1,
        .m_methods = methods,
};

static PyMethodDef row_defs[N_ROWS];
static char row_docs[N_ROWS][160];

static int add_row(PyObject *module, PyObject *name, size_t i)
{
	const struct row *row = rows[i];
	PyObject *self = PyCapsule_New((void *)row, NULL, NULL);
	PyObject *function;
	int r;

	if (!self)
		return -1;
	snprintf(row_docs[i], sizeof(row_docs[i]), "%s(%s)", row->name, row->names);
	row_defs[i] = (PyMethodDef){row->name, (PyCFunction)(void (*)(void))call, METH_FASTCALL,
	                            row_docs[i]};
	function = PyCFunction_NewEx(&row_defs[i], self, name);
	Py_DECREF(self);
	if (!function)
		return -1;
	r = PyModule_AddObjectRef(module, row->name, function);
	Py_DECREF(function);
	return r;
}

static int register_exit(void)
{
	PyObject *atexit = PyImport_ImportModule("atexit");
	PyObject *function = PyCFunction_New(&at_exit_def, NULL);
	PyObject *result = NULL;

	if (atexit && function)
		result = PyObject_CallMethod(atexit, "register", "O", function);
	Py_XDECREF(result);
	Py_XDECREF(function);
	Py_XDECREF(atexit);
	return result ? 0 : -1;
}

PyMODINIT_FUNC PyInit_ble(void)
{
	PyObject *module = PyModule_Create(&module_def);
	PyObject *name = module ? PyModule_GetNameObject(module) : NULL;
	bool ok = name && register_exit() == 0;

	for (size_t i = 0; i < N_ROWS && ok; i++)
		ok = add_row(module, name, i) == 0;
	Py_XDECREF(name);
	if (!ok)
		Py_CLEAR(module);
	return module;
}
