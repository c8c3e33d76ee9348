# SPDX-License-Identifier: GPL-2.0-or-later
"""Who plays in a measurement, and how one of them is counted.

A side is one end of a link: "bare" (no stack), "pair" (the host with its transport) or "qbled" (the
daemon, and a program that calls it through D-Bus). A meter is wrapped around the process of a side:
what it counts for one packet is the difference between two runs, divided by that of their lengths.
"""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))

from process import Bus, Folder, eventually, needs, program  # noqa: E402
from tap import Failure, Skip  # noqa: E402

PATIENCE = 120  # seconds for one run, also under valgrind


def bench_program(name):
    return program(f"BENCH_{name.upper()}", "tests", "bench", f"bench-{name}")


class Meter:
    """Wraps a command so that it is counted; the count is in a file when the process has ended."""
    tool = package = pattern = None
    options = ()

    def __init__(self, *options):
        needs(self.tool, self.package)
        self.extra = options

    def wrap(self, out):
        return [self.tool, *(option.format(out=out) for option in self.options), *self.extra]

    def count(self, out):
        def found():
            with open(out, encoding="utf-8", errors="replace") as file:
                return re.search(self.pattern, file.read(), re.MULTILINE)

        match = eventually(f"the count of {self.tool}",
                           lambda: os.path.exists(out) and found(), PATIENCE)
        return int(match.group(1).replace(",", ""))


class Instructions(Meter):
    tool, package = "valgrind", "valgrind"
    options = ("--tool=callgrind", "--callgrind-out-file={out}")
    pattern = r"^(?:summary|totals): (\d+)"


class Allocations(Meter):
    tool, package = "valgrind", "valgrind"
    options = ("--tool=memcheck", "--leak-check=no", "--log-file={out}")
    pattern = r"total heap usage: ([\d,]+) allocs"


class Syscalls(Meter):
    tool, package = "strace", "strace"
    options = ("-D", "-f", "-c", "-U", "calls,name", "-o", "{out}")
    pattern = r"^\s*(\d+) total$"


class Side(Folder):
    """One end of a link in an air; with a meter, its process is counted."""

    def __init__(self, kind, air, meter=None):
        super().__init__(f"bench-{kind}")
        self.kind, self.air, self.meter = kind, air, meter
        self.out = self.file("count")
        self.env = {}

    def up(self):
        if self.kind != "qbled":
            return
        self.bus = Bus()
        self.bus.__enter__()
        self.env = self.bus.env
        self.daemon = self.start(*self.wrapped(), program("QBLED", "daemon", "qbled"),
                                 f"--controller={self.air.controller}",
                                 f"--state-dir={self.file('state')}",
                                 f"--config={self.write('config', '')}", env=self.env)

    def __exit__(self, kind, *rest):
        super().__exit__(kind, *rest)
        if hasattr(self, "bus"):
            self.bus.__exit__(kind)

    def wrapped(self):
        return self.meter.wrap(self.out) if self.meter else []

    def play(self, *arguments):
        """The program of this side: what talks to the controller, or to the daemon."""
        if self.kind == "qbled":
            command = [bench_program("caller")]
        else:
            command = [*self.wrapped(), bench_program(self.kind)]
        role, *rest = arguments
        return self.start(*command, role, self.air.socket, *map(str, rest), env=self.env)

    def count(self):
        """What the meter has counted; ends the daemon."""
        if self.kind == "qbled":
            self.daemon.end()
        return self.meter.count(self.out)


def serve(side, size, count):
    """Starts a side as server; returns its program, its address and its HCI commands."""
    child = side.play("server", size, count)

    def ready():
        match = re.search(r"^ready (\S+) (\d+)$", child.log, re.MULTILINE)
        return match or not child.running()

    match = eventually("the start of a server", ready, PATIENCE)
    if match is True:
        raise Failure(f"a server ended: {child.log}")
    return child, match.group(1), int(match.group(2))


def finished(child):
    eventually(f"the end of {child.name}", lambda: not child.running(), PATIENCE)
    if child.process.returncode:
        raise Failure(f"{child.name} ended with {child.process.returncode}: {child.log}")


def duel(server, client, task, size, count):
    """One run of the scenario; returns how many packets or reads a second."""
    child, address, _ = serve(server, size, count if task == "notify" else 0)
    asker = client.play("client", address, task, size, count)
    finished(asker)
    finished(child)
    done, seconds = re.search(r"^(\d+) (\d+\.\d+)$", asker.log, re.MULTILINE).groups()
    if int(done) != count:
        raise Failure(f"{done} instead of {count} came through")
    return count / float(seconds)


def each(meter, air, kind, role, task, size, counts, peer="bare"):
    """What the meter counts on a side for one packet or one read."""
    found = []
    for count in counts:
        with Side(kind, air, meter) as measured, Side(peer, air) as other:
            sides = (measured, other) if role == "server" else (other, measured)
            duel(*sides, task, size, count)
            found.append(measured.count())
    return (found[1] - found[0]) / (counts[1] - counts[0])


__all__ = ["Allocations", "Failure", "Instructions", "Side", "Skip", "Syscalls", "bench_program",
           "duel", "each", "finished", "serve"]
