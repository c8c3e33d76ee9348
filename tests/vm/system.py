# SPDX-License-Identifier: GPL-2.0-or-later
"""All stories of the system around qbled, on one machine; runs in the VM."""
import os

import machine
import tap
import test_bluez
import test_controllers
import test_service
import test_users

# A call outside the filter ends the daemon, instead of failing where nobody may notice. The
# watchdog bites sooner, and units are started more often than in life.
STRICT = """[Unit]
StartLimitIntervalSec=0
[Service]
SystemCallErrorNumber=kill
WatchdogSec=5s
"""


def prepare():
    for unit in ("qbled", "qbled@"):
        folder = f"/run/systemd/system/{unit}.service.d"
        os.makedirs(folder)
        with open(f"{folder}/vm.conf", "w", encoding="utf-8") as file:
            file.write(STRICT)
    machine.systemctl("daemon-reload")


def test_journal():
    """In the journal of all this: no system call refused, nothing dumped, nothing said twice"""
    lines = machine.command("journalctl", "--boot", "--quiet", "--output=cat").splitlines()
    for bad in ("status=31/SYS", "type=1326", "status=11/SEGV"):
        tap.equal([line for line in lines if bad in line], [], f"lines with {bad}")
    # The watchdog's own end is an abort, and none but that.
    aborts = [line for line in lines if "status=6/ABRT" in line]
    tap.equal(len(aborts), 1, f"aborts ({aborts})")
    entries = machine.Journal(since_boot=True).entries()
    twice = [one["MESSAGE"] for one, other in zip(entries, entries[1:])
             if (one["MESSAGE"], one["_PID"]) == (other["MESSAGE"], other["_PID"])]
    tap.equal(twice, [], "lines that came twice in a row")


prepare()
tap.run(test_service.TESTS + test_users.TESTS + test_controllers.TESTS + test_bluez.TESTS +
        [test_journal])
