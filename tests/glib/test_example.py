# SPDX-License-Identifier: GPL-2.0-or-later
"""The example program for GLib, with a daemon and without one."""
import os
import subprocess

from process import DEADLINE, program
from qbled import Air, Bus, Daemon, eventually
from tap import contains, equal, run


def test_example():
    """The example starts BLE, prints the event, and ends with ^C"""
    with Air() as air, Daemon(air, "server") as server:
        server.ready()
        child = server.start(program("QB_EXAMPLE_GLIB", "lib", "examples", "example-glib"),
                             env=server.bus.env)
        eventually("event 0", lambda: "event 0, status 0" in child.log)
        equal(server.get("Status"), 1, "BLE")
        equal(child.end(), 0, "the exit status after SIGTERM")


def test_without_daemon():
    """Without a daemon it says so, and ends"""
    with Bus() as bus:
        done = subprocess.run([program("QB_EXAMPLE_GLIB", "lib", "examples", "example-glib")],
                              env={**os.environ, **bus.env}, capture_output=True, text=True,
                              timeout=DEADLINE, check=False)
        contains(done.stderr, "(Host is down)")


if __name__ == "__main__":
    run([test_example, test_without_daemon])
