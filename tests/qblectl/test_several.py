# SPDX-License-Identifier: GPL-2.0-or-later
"""Several qblectl at once: none takes from another what that one still needs."""
import itertools
import subprocess
from contextlib import contextmanager

import ctl
from ctl import DEADLINE, Background, eventually, fails, serving, succeeds
from qbled import Air, Daemon
from tap import contains, equal, run

PEER = "00:11:22:33:44:01"


@contextmanager
def served():
    with Air() as air, Daemon(air, "server") as server:
        server.ready()
        with Daemon(air, "client") as client, serving(server, stdin=subprocess.PIPE) as service:
            yield server, client.ready(), service


def rows_of(background):
    return len(background.output().splitlines())


def goes_on(background):
    """It still prints, more than was under way."""
    before = rows_of(background)
    eventually("more lines", lambda: rows_of(background) > before + 5)


def test_scans():
    """A scan goes on when another one ends, whoever was first; the last one ends it all"""
    with served() as (_, client, _service):
        for order in itertools.permutations(range(2)):
            scans = [Background(client, "scan", "--json", "--duplicates", "--timeout=0")
                     for _ in range(2)]
            for scan in scans:
                scan.says("Thermo")
            # One that would have each device once finds it all the same.
            equal(succeeds(client, "scan", "--json", "--count=1").json()[0]["name"], "Thermo")
            equal(scans[order[0]].end(), 0, "the exit code after ^C")
            goes_on(scans[order[1]])
            equal(scans[order[1]].end(), 0, "the exit code after ^C")
            equal(client.get("Status"), 0, "BLE after the last")
            equal(client.get("Activity"), ["scan-filter"])


def test_stopped():
    """A scan is told when somebody stops BLE"""
    with served() as (_, client, _service):
        with Background(client, "scan", "--json", "--timeout=0") as scan:
            scan.says("Thermo")
            client.call("GattStop")
            equal(scan.process.wait(DEADLINE), ctl.NO_CONTROLLER, "the exit code")
            scan_says = scan.output().splitlines()[-1]
            contains(scan_says, "qblectl: BLE was stopped; 'qblectl status'")


def test_killed():
    """One that was killed does not keep the others from ending what they began together"""
    with served() as (_, client, _service):
        first, second = (Background(client, "scan", "--json", "--timeout=0") for _ in range(2))
        first.says("Thermo")
        second.says("Thermo")
        first.process.kill()
        first.process.wait()
        equal(second.end(), 0, "the exit code after ^C")
        equal(client.get("Status"), 0, "BLE after the last")


def test_scan_and_connect():
    """What connect leaves stays when a scan ends that was there before it"""
    with served() as (_, client, _service):
        for scan_ends_first in False, True:
            with Background(client, "scan", "--json", "--timeout=0") as scan:
                scan.says("Thermo")
                contains(succeeds(client, "connect", "Thermo").out, "connected to")
                if not scan_ends_first:
                    equal(succeeds(client, "read", "0", "2a19").out, "57\n")
            equal(succeeds(client, "read", "0", "2a19").out, "57\n")
            equal(client.get("Activity"), ["client", "scan-filter"])
            succeeds(client, "disconnect", "0")
            client.call("ClientRelease")


def test_one_link():
    """A link that one made is used by others, and is there as long as anybody needs it"""
    with served() as (_, client, service):
        notify = Background(client, "notify", PEER, "2a19")
        service.says("subscribes", "level")
        equal(succeeds(client, "read", PEER, "2a19").out, "57\n")
        with Background(client, "notify", PEER, "2a19") as second:
            eventually("the second subscription",
                       lambda: service.output().count(" subscribes ") == 2)
            equal(notify.end(), 0, "the exit code after ^C")
            service.write("level 42")
            second.says("42")
            equal("unsubscribes" in service.output(), False, "the end of the subscription")
            equal(second.end(), 0, "the exit code after ^C")
        service.says("disconnected")
        equal(client.get("Status"), 0, "BLE after the last")
        # One that connect wants to stay.
        with Background(client, "notify", PEER, "2a19") as notify:
            eventually("the third subscription",
                       lambda: service.output().count(" subscribes ") == 3)
            contains(succeeds(client, "connect", PEER).out, "connected to")
            equal(notify.end(), 0, "the exit code after ^C")
        service.says("unsubscribes")
        equal(succeeds(client, "read", "0", "2a19").out, "42\n")


def test_connecting_twice():
    """Two that try for one link both get it, or one of them is interrupted"""
    with Air() as air, Daemon(air, "server") as server:
        server.ready()
        with Daemon(air, "client") as client:
            client.ready()
            waiting = [Background(client, "read", PEER, "2a19", "--public") for _ in range(3)]
            eventually("the attempts", lambda: client.get("Activity") == ["client", "scan-filter"])
            for one in waiting:
                eventually("its attempt", lambda one=one: ctl.holds(one.process, "connect-"))
            equal(waiting.pop(0).end(), 130, "the exit code after ^C")
            with serving(server):
                for one in waiting:
                    equal(one.process.wait(DEADLINE), 0, f"the exit code ({one.output()})")
                    equal(one.output(), "57\n")
            equal(client.get("Status"), 0, "BLE after the last")


def test_discoveries():
    """Two discoveries over one link at once both see the whole"""
    with served() as (_, client, _service):
        succeeds(client, "connect", "Thermo")
        wanted = succeeds(client, "tree", "0", "--values").out
        trees = [Background(client, "tree", "0", "--values") for _ in range(4)]
        for tree in trees:
            equal(tree.process.wait(DEADLINE), 0, f"the exit code ({tree.output()})")
            equal(tree.output(), wanted)


def test_servers():
    """There is one server: a second one is told of the first, which does not notice"""
    with served() as (server, client, service):
        for args in (("serve", server.write("s", ctl.SERVER)), ("advertise", "--name=Other")):
            fails(server, ctl.REFUSED, *args,
                  says=[f"another qblectl, process {service.process.pid}, is the server here, "
                        "and advertises\n"])
        equal(succeeds(client, "read", "Thermo", "2a19").out, "57\n")
        # A client beside it, in the same daemon, ends nothing but itself.
        succeeds(server, "scan", "--timeout=1")
        service.says("disconnected")
        equal(succeeds(client, "read", "Thermo", "2a19").out, "57\n")
        service.end()
        # Many at the same moment: one is it.
        path = server.file("s")
        many = [Background(server, "serve", path) for _ in range(4)]
        eventually("the end of the others",
                   lambda: sum(one.process.poll() is None for one in many) == 1)
        last = next(one for one in many if one.process.poll() is None)
        last.says("serving as 'Thermo'")
        equal([one.process.returncode for one in many if one is not last], [ctl.REFUSED] * 3)
        equal(last.end(), 0, "the exit code after ^C")
        equal(server.get("Status"), 0, "BLE after it")
        # A program that is no qblectl.
        server.call("ServerInit")
        fails(server, ctl.REFUSED, "advertise",
              says=["another program is the server here; 'qblectl call ServerRelease' would end"])


if __name__ == "__main__":
    run([test_scans, test_stopped, test_killed, test_scan_and_connect, test_one_link,
         test_connecting_twice, test_discoveries, test_servers])
