# SPDX-License-Identifier: GPL-2.0-or-later
"""Controllers that fail at each step of the way, and that answer late.

One that is absent, goes away, answers nothing at all or resets under a link is in
tests/e2e/test_controller.py.
"""
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import meters
from process import SCALE, eventually
from qbled import ANY, Air, CallError, Daemon
from tap import Failure, contains, equal, run

HARDWARE_FAILURE = 3
# From the controller's opening to advertising with data, in HCI commands, and a few more: every
# other one, or each.
STEPS = range(1, 25, 2 if meters.SCALE == 1 else 1)


def advertise(daemon):
    """Starts BLE and advertises, however often the controller fails at it; returns how often."""
    failures = 0
    end = time.monotonic() + 30 * SCALE
    daemon.call("ServerInit")
    while time.monotonic() < end:
        try:
            daemon.call("GattStart")
        except CallError as error:
            # It is just being initialised, or was lost.
            equal(error.name, "NoController", f"the error of GattStart ({error.text})")
            time.sleep(0.05)
            continue
        event = daemon.expect(0, ANY)
        equal(daemon.call("GetStatus") in (0, not event.status), True, "GetStatus")
        if event.status:
            failures += 1
            continue
        try:
            daemon.call("SetAdvData", bytes.fromhex("020106"))
            daemon.call("AdvStart")
            daemon.call("AdvStop")
            daemon.call("AdvStart")
        except CallError as error:
            equal(error.name in ("NoController", "NotStarted"), True, f"the error: {error}")
            daemon.expect(1, HARDWARE_FAILURE)
            equal(daemon.call("GetStatus"), 0, "GetStatus after event 1")
            failures += 1
            continue
        return failures
    raise Failure(f"{daemon.title}: it never advertised")


def fails_once(fault, step):
    """A controller fails at a step; the one that is there after it does not."""
    with Air(f"--{fault}-after={step}", "--faulty=1") as air, \
            Daemon(air, f"{fault}-{step}") as daemon:
        failures = advertise(daemon)
        equal(failures <= 1, True, f"failures at step {step}, which were {failures}")
        listed = air.control("list").splitlines()[-1]
        contains(listed, "advertising=1", "muted=0")
        reasons = [line for line in daemon.qbled.log.splitlines() if "trying again" in line]
        equal(len(reasons) <= 1, True, f"reasons: {reasons}")
        return len(reasons)


def fails_at_each_step(fault):
    # Each waits for the most part.
    with ThreadPoolExecutor(12) as pool:
        lost = list(pool.map(lambda step: fails_once(fault, step), STEPS))
    # A fault that comes after the last command is none; all others were met.
    equal(lost, sorted(lost, reverse=True), "steps at which the controller was lost")
    equal(sum(lost) > len(STEPS) / 2, True, f"{sum(lost)} steps with a fault")


def test_mute():
    """A controller falls silent at any step from its start to advertising: once, then all is well"""
    fails_at_each_step("mute")


def test_reset():
    """A controller resets by itself at any step: likewise"""
    fails_at_each_step("reset")


def test_late():
    """A controller that takes 100 ms for each answer: all works, and nothing is given up"""
    with Air("--answer-delay=100") as air, Daemon(air, "server") as server, \
            Daemon(air, "client") as client:
        equal(advertise(server.ready()), 0, "failures")
        client.ready().call("ClientInit")
        client.call("GattStart")
        client.expect(0)
        client.call("Connect", 0, bytes.fromhex(server.get("Address").replace(":", "")))
        client.expect(16, 0, 0, ANY)
        client.expect(20, 0, 0, 247)
        server.expect(16, 0, 0, ANY)
        for daemon in (server, client):
            if "trying again" in daemon.qbled.log:
                raise Failure(f"{daemon.title}: {daemon.qbled.log}")


def test_daemon_stands_still():
    """A daemon that did not run for longer than that finds the answer, and blames nobody"""
    with Air("--answer-delay=300") as air, Daemon(air, "daemon") as daemon:
        # There is a command under way until it is initialised.
        os.kill(daemon.qbled.process.pid, signal.SIGSTOP)
        time.sleep(2.5)
        os.kill(daemon.qbled.process.pid, signal.SIGCONT)
        equal(advertise(daemon.ready()), 0, "failures")
        if "trying again" in daemon.qbled.log:
            raise Failure(daemon.qbled.log)


def test_too_late():
    """One that takes longer than 2 s counts as dead, and says so; a better one in its place is taken"""
    with Air("--answer-delay=2500") as air, Daemon(air, "daemon") as daemon:
        daemon.call("ServerInit")
        eventually("a reason", lambda: "the controller does not answer" in
                   daemon.get("Controller")[2])
        contains(daemon.refused("NoController", "GattStart"), "the controller does not answer")
        air.kill()
        os.unlink(air.socket)
        air.options = ()
        air.up()
        equal(advertise(daemon), 0, "failures with the better one")


if __name__ == "__main__":
    run([test_mute, test_reset, test_late, test_daemon_stands_still, test_too_late])
