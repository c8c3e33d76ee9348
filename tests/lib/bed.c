/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Starts and stops what the library's tests talk to, and passes orders on. */
#include "bed.h"

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#define NAME "com.quectel.Ble1"

static const char config[] =
        "<!DOCTYPE busconfig PUBLIC \"-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN\"\n"
        " \"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\">\n"
        "<busconfig><listen>unix:tmpdir=/tmp</listen><auth>EXTERNAL</auth>\n"
        "<limit name=\"max_outgoing_bytes\">%u</limit>\n"
        "<policy context=\"default\"><allow send_destination=\"*\"/><allow receive_sender=\"*\"/>\n"
        "<allow own=\"*\"/><allow user=\"*\"/>\n"
        "<deny send_interface=\"" NAME "\" send_member=\"AdvStop\"/></policy></busconfig>\n";

pid_t bed_fake;
unsigned bed_max_outgoing = 127 << 20;
static pid_t bus;
static sd_bus *orders;
static char last[2048];

/* A child that dies with us and says it is ready by a first line on its standard output. */
static pid_t spawn(const char *const *argv, char *line, size_t size)
{
	int fds[2];
	pid_t pid;

	ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(fds[1], STDOUT_FILENO);
		execvp(argv[0], (char **)argv);
		_exit(127);
	}
	close(fds[1]);
	if (line) {
		FILE *out = fdopen(fds[0], "r");

		ck_assert_msg(fgets(line, (int)size, out), "%s did not start", argv[0]);
		line[strcspn(line, "\n")] = '\0';
		fclose(out);
	} else {
		close(fds[0]);
	}
	return pid;
}

static bool has_owner(void)
{
	sd_bus_message *reply = NULL;
	int owned = 0;

	if (sd_bus_call_method(orders, "org.freedesktop.DBus", "/", "org.freedesktop.DBus",
	                       "NameHasOwner", NULL, &reply, "s", NAME) >= 0)
		sd_bus_message_read(reply, "b", &owned);
	sd_bus_message_unref(reply);
	return owned;
}

pid_t bed_start_fake(void)
{
	const char *argv[] = {getenv("FAKE_QBLED"), NULL};
	pid_t pid;

	ck_assert_msg(argv[0], "FAKE_QBLED says where it is");
	pid = spawn(argv, NULL, 0);
	for (int i = 0; i < 5000 && !has_owner(); i++)
		usleep(2000);
	ck_assert_msg(has_owner(), "the fake daemon did not start");
	return pid;
}

void bed_kill(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	for (int i = 0; i < 5000 && has_owner(); i++)
		usleep(2000);
}

void bed_start(void)
{
	char file[] = "/tmp/qble-bus-XXXXXX", address[256], argument[64];
	const char *argv[] = {"dbus-daemon",     "--nofork", "--nopidfile",
	                      "--print-address", argument,   NULL};
	int fd = mkstemp(file);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_gt(dprintf(fd, config, bed_max_outgoing), 0);
	close(fd);
	snprintf(argument, sizeof(argument), "--config-file=%s", file);
	bus = spawn(argv, address, sizeof(address));
	unlink(file);
	setenv("DBUS_SYSTEM_BUS_ADDRESS", address, 1);
	bed_connect();
	bed_fake = bed_start_fake();
}

void bed_stop(void)
{
	sd_bus_flush_close_unref(orders);
	kill(bed_fake, SIGKILL);
	kill(bus, SIGKILL);
	waitpid(bed_fake, NULL, 0);
	waitpid(bus, NULL, 0);
}

static sd_bus_message *order(const char *member, const char *types, ...)
{
	sd_bus_message *m = NULL, *reply = NULL;
	va_list ap;

	ck_assert_int_ge(
	        sd_bus_message_new_method_call(orders, &m, NAME, "/test", "test.Control", member),
	        0);
	va_start(ap, types);
	ck_assert_int_ge(sd_bus_message_appendv(m, types, ap), 0);
	va_end(ap);
	ck_assert_int_ge(sd_bus_call(orders, m, 60000000, NULL, &reply), 0);
	sd_bus_message_unref(m);
	return reply;
}

const char *bed_last(void)
{
	sd_bus_message *reply = order("Last", "");
	const char *text;

	ck_assert_int_ge(sd_bus_message_read(reply, "s", &text), 0);
	snprintf(last, sizeof(last), "%s", text);
	sd_bus_message_unref(reply);
	return last;
}

void bed_fail(const char *error, const char *text)
{
	sd_bus_message_unref(order("Fail", "ss", error, text));
}

void bed_mute(void)
{
	sd_bus_message_unref(order("Mute", ""));
}

void bed_emit(uint32_t id, uint32_t connect_id, uint32_t count, uint32_t how)
{
	sd_bus_message_unref(order("Emit", "uuuu", id, connect_id, count, how));
}

void bed_connect(void)
{
	ck_assert_int_ge(sd_bus_open_system(&orders), 0);
}

int bed_run(const char *name, void (*setup)(void), void (*teardown)(void),
            const TTest *const *tests, size_t n)
{
	Suite *suite = suite_create(name);
	TCase *tcase = tcase_create(name);
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 300);
	for (size_t i = 0; i < n; i++)
		tcase_add_test(tcase, tests[i]);
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
