#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""C programs over the library, on two daemons and an air: the examples, and a flood."""
import os
import sys
import time

from process import Air, eventually
from qbled import Daemon
from tap import Failure, comment, contains, equal, run

SLOW = "slow" in sys.argv[1:]


def ended(child, seconds):
    eventually(f"the end of {child.name}", lambda: not child.running(), seconds)
    equal(child.process.returncode, 0, f"the exit status of {child.name}")


def test_examples():
    """The examples find each other, read, subscribe and are notified, three times in a row"""
    with Air() as air, Daemon(air, "server") as server, Daemon(air, "client") as client:
        # It serves until somebody ends it.
        battery = server.start(os.environ["EXAMPLE_SERVER"], env=server.bus.env)
        eventually("the server's start", lambda: "event 0, status 0" in battery.log)
        for n in range(3):
            reader = client.start(os.environ["EXAMPLE_CLIENT"], env=client.bus.env)
            ended(reader, 30)
            contains(reader.log, '"Battery"', "level: 87 %", "notified: 87 %")
            eventually("the server saw it go",
                       lambda count=n + 1: battery.log.count("event 17, status 0") == count)
            eventually("the client's daemon stopped",
                       lambda: client.call("GetStatus") == 0)
        battery.kill()


def flood(count, seconds):
    with Air() as air, Daemon(air, "server") as server, Daemon(air, "client") as client:
        source = server.start(os.environ["FLOOD"], "server", str(count), env=server.bus.env)
        eventually("the server's start",
                   lambda: server.call("GetStatus") == 1 or not source.running())
        began = time.monotonic()
        sink = client.start(os.environ["FLOOD"], "client", str(count), env=client.bus.env)
        ended(sink, seconds)
        took = time.monotonic() - began
        ended(source, 30)
        if not sink.log.startswith(f"{count} notifications"):
            raise Failure(f"the client said {sink.log!r}")
        comment(f"{sink.log.strip()}, {count / took:.0f} a second")


def test_vanished_peer():
    """A peer that vanishes is event 17 with its reason, and calls for its link fail"""
    with Air() as air, Daemon(air, "server") as server, Daemon(air, "client") as client:
        source = server.start(os.environ["FLOOD"], "server", "4000000000", env=server.bus.env)
        eventually("the server's start", lambda: server.call("GetStatus") == 1)
        sink = client.start(os.environ["FLOOD"], "client", "4000000000", env=client.bus.env)
        eventually("the link", lambda: server.get("Connections"))
        source.kill()
        server.qbled.kill()
        ended(sink, 30)
        contains(sink.log, "the peer vanished, reason 0x",
                 "a read is Transport endpoint is not connected: connect_id 0: ")


def test_flood():
    """All notifications arrive, in order, through both daemons"""
    flood(100000 if SLOW else 5000, 600)


if __name__ == "__main__":
    run([test_flood] if SLOW else [test_examples, test_vanished_peer, test_flood])
