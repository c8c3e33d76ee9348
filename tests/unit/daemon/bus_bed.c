/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bed of the bus's tests. */
#include "bus_bed.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bus_show.h"

static const char config[] =
        "<!DOCTYPE busconfig PUBLIC \"-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN\"\n"
        " \"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\">\n"
        "<busconfig><listen>unix:path=%s/bus</listen><auth>EXTERNAL</auth>\n"
        "<limit name=\"max_replies_per_connection\">50000</limit>\n"
        "<policy context=\"default\"><allow send_destination=\"*\"/><allow receive_sender=\"*\"/>\n"
        "<allow own=\"*\"/><allow user=\"*\"/></policy></busconfig>\n";

sd_event *bed_event;
struct qb_clock bed_clock;
struct qb_bus *bed_bus;
sd_bus *bed_client;
unsigned bed_answers, bed_n_called, bed_pauses;
char bed_answer[65536], bed_called[1024];
bool bed_hold, bed_paused;
struct qb_result bed_result;
int bed_capture;

static char folder[64];
static pid_t bus_pid;

static struct {
	qb_result_fn fn;
	void *user;
} held[BED_CALLS_MAX];

/* The API, which the bus takes for the real one. */

static void run(struct qb_ble *ble, const struct qb_value *args, struct qb_pending *pending)
{
	ck_abort_msg("the bus runs calls with qb_call_run()");
}

const struct qb_call qb_calls[] = {
        {"Plain", "plain", false, "", "", run},
        {"Mixed",
         "mixed",
         false,
         "i",
         "sum",
         run,
         {{"number", 'u'}, {"name", 's'}, {"octets", 'a'}}},
        {"Octets", "octets", false, "ay", "addr", run},
        {"Number", NULL, true, "u", "handle", run, {{"server_id", 'u'}, {"chara_id", 'u'}}},
        {0},
};

unsigned qb_call_n_args(const struct qb_call *call)
{
	unsigned n = 0;

	while (n < QB_CALL_ARGS_MAX && call->args[n].name)
		n++;
	return n;
}

void qb_call_run(struct qb_ble *ble, const struct qb_call *call, const struct qb_value *args,
                 qb_result_fn fn, void *user)
{
	size_t n = (size_t)snprintf(bed_called, sizeof(bed_called), "%s(", call->name);

	ck_assert_ptr_eq(ble, &bed_result);
	for (unsigned i = 0; i < qb_call_n_args(call); i++) {
		n += (size_t)snprintf(bed_called + n, sizeof(bed_called) - n, i ? ", " : "");
		switch (call->args[i].type) {
		case 'u':
			n += (size_t)snprintf(bed_called + n, sizeof(bed_called) - n, "%u",
			                      args[i].u);
			break;
		case 's':
			n += (size_t)snprintf(bed_called + n, sizeof(bed_called) - n, "'%.*s'",
			                      (int)args[i].len, (const char *)args[i].data);
			break;
		default:
			n += show_octets(bed_called + n, sizeof(bed_called) - n, args[i].data,
			                 args[i].len);
		}
	}
	snprintf(bed_called + n, sizeof(bed_called) - n, ")");
	ck_assert_uint_lt(bed_n_called, BED_CALLS_MAX);
	held[bed_n_called].fn = fn;
	held[bed_n_called].user = user;
	bed_n_called++;
	if (!bed_hold)
		bed_end(bed_n_called - 1, &bed_result);
}

void bed_end(unsigned n, const struct qb_result *result)
{
	ck_assert_ptr_nonnull(held[n].fn);
	held[n].fn(held[n].user, result);
	held[n].fn = NULL;
}

int qb_ble_status(const struct qb_ble *ble)
{
	return 1;
}

const struct qb_addr *qb_ble_address(const struct qb_ble *ble)
{
	static const struct qb_addr addr = {QB_ADDR_RANDOM, {1, 2, 3, 4, 5, 0xc6}};

	return &addr;
}

uint64_t qb_ble_reports_dropped(const struct qb_ble *ble)
{
	return 5000000000;
}

unsigned qb_ble_activity(const struct qb_ble *ble)
{
	return QB_ACTIVITY_SERVER | QB_ACTIVITY_SCANNING | QB_ACTIVITY_SCAN_FILTER;
}

unsigned qb_ble_connections(const struct qb_ble *ble, struct qb_connection_info *ret, unsigned max)
{
	ck_assert_uint_ge(max, 2);
	ret[0] = (struct qb_connection_info){.connect_id = 0,
	                                     .role = 0,
	                                     .peer = {QB_ADDR_PUBLIC, {6, 5, 4, 3, 2, 1}},
	                                     .mtu = 23,
	                                     .interval = 24,
	                                     .latency = 1,
	                                     .timeout = 200};
	ret[1] = ret[0];
	ret[1].connect_id = 5;
	ret[1].role = 1;
	ret[1].peer.type = QB_ADDR_RANDOM;
	ret[1].mtu = 247;
	return 2;
}

/* The bus, its client, the loop. */

void bed_bus_up(void)
{
	char file[128], option[160], line[256];
	int fds[2];
	FILE *f;

	snprintf(file, sizeof(file), "%s/config", folder);
	snprintf(option, sizeof(option), "--config-file=%s", file);
	f = fopen(file, "w");
	ck_assert_ptr_nonnull(f);
	fprintf(f, config, folder);
	fclose(f);
	ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
	bus_pid = fork();
	if (bus_pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(fds[1], STDOUT_FILENO);
		dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDERR_FILENO);
		execlp("dbus-daemon", "dbus-daemon", "--nofork", "--nopidfile", "--print-address",
		       option, NULL);
		_exit(127);
	}
	close(fds[1]);
	f = fdopen(fds[0], "r");
	ck_assert_msg(fgets(line, sizeof(line), f), "dbus-daemon did not start");
	fclose(f);
}

void bed_bus_signal(int signal)
{
	kill(bus_pid, signal);
	if (signal == SIGKILL)
		waitpid(bus_pid, NULL, 0);
}

static void on_pause(void *user, bool pause)
{
	ck_assert_ptr_eq(user, folder);
	ck_assert_int_ne(pause, bed_paused);
	bed_paused = pause;
	bed_pauses += pause;
}

static int on_capture(void *user)
{
	return bed_capture;
}

static const struct qb_bus_ops bus_ops = {on_pause, on_capture};

sd_bus *bed_client_new(void)
{
	sd_bus *bus;

	ck_assert_int_ge(sd_bus_open_system(&bus), 0);
	ck_assert_int_ge(sd_bus_attach_event(bus, bed_event, 0), 0);
	return bus;
}

void bed_setup(void)
{
	char address[128];

	strcpy(folder, "/tmp/qbled-unit-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(address, sizeof(address), "unix:path=%s/bus", folder);
	setenv("DBUS_SYSTEM_BUS_ADDRESS", address, 1);
	signal(SIGPIPE, SIG_IGN);
	bed_bus_up();
	said_begin();
	ck_assert_int_ge(sd_event_new(&bed_event), 0);
	ck_assert_int_ge(qb_clock_init(&bed_clock, bed_event), 0);
	ck_assert_int_ge(qb_bus_new(&bed_bus, bed_event, &bed_clock, QB_BUS_NAME, "h4:unix:x",
	                            &bus_ops, folder),
	                 0);
	/* Nobody looks into it but the functions above. */
	qb_bus_serve(bed_bus, (struct qb_ble *)&bed_result);
	bed_client = bed_client_new();
}

void bed_teardown(void)
{
	char command[128];

	sd_bus_close_unref(bed_client);
	qb_bus_free(bed_bus);
	qb_clock_done(&bed_clock);
	sd_event_unref(bed_event);
	bed_bus_signal(SIGKILL);
	said_end();
	snprintf(command, sizeof(command), "rm -r %s", folder);
	ck_assert_int_eq(system(command), 0);
}

void bed_turn(unsigned msec)
{
	ck_assert_int_ge(sd_event_run(bed_event, msec * UINT64_C(1000)), 0);
}

void bed_until(const unsigned *counter, unsigned value)
{
	time_t end = time(NULL) + 10;

	while (*counter < value && time(NULL) <= end)
		bed_turn(10);
	ck_assert_uint_eq(*counter, value);
}

static int on_answer(sd_bus_message *m, void *user, sd_bus_error *error)
{
	const sd_bus_error *e = sd_bus_message_get_error(m);
	const char *prefix = QB_ERROR_PREFIX;

	bed_answers++;
	if (!e)
		bed_show(m, bed_answer, sizeof(bed_answer));
	else
		snprintf(bed_answer, sizeof(bed_answer), "%s: %s",
		         e->name + (strncmp(e->name, prefix, strlen(prefix)) ? 0 : strlen(prefix)),
		         e->message);
	return 0;
}

static void call(sd_bus *bus, const char *interface, const char *member, const char *types,
                 va_list ap)
{
	sd_bus_message *m;

	ck_assert_int_ge(sd_bus_message_new_method_call(bus, &m, QB_BUS_NAME, QB_BUS_PATH,
	                                                interface, member),
	                 0);
	ck_assert_int_ge(sd_bus_message_appendv(m, types, ap), 0);
	ck_assert_int_ge(sd_bus_call_async(bus, NULL, m, on_answer, NULL, 60000000), 0);
	sd_bus_message_unref(m);
}

void bed_call_async(sd_bus *bus, const char *interface, const char *member, const char *types, ...)
{
	va_list ap;

	va_start(ap, types);
	call(bus, interface, member, types, ap);
	va_end(ap);
}

const char *bed_call(const char *interface, const char *member, const char *types, ...)
{
	unsigned before = bed_answers;
	va_list ap;

	va_start(ap, types);
	call(bed_client, interface, member, types, ap);
	va_end(ap);
	bed_until(&bed_answers, before + 1);
	return bed_answer;
}
