# SPDX-License-Identifier: GPL-2.0-or-later
"""A controller that is absent, goes away, falls silent or resets, and callers that vanish."""
import subprocess
import time

import examples
from qbled import ANY, OBJECT, Air, Daemon, eventually
from contract import BLE, EXTENDED
from process import SCALE
from tap import Failure, contains, equal, run

HARDWARE_FAILURE = 0x03


def within(seconds, what, action):
    """What action() returns, in no more than that time."""
    start = time.monotonic()
    result = action()
    took = time.monotonic() - start
    if took > seconds * SCALE:
        raise Failure(f"{what} took {took:.1f} s, allowed are {seconds:g} s")
    return result


def beacon(server):
    """A server with one notifying characteristic that advertises ten times a second."""
    server.call("ServerInit")
    server.call("GattStart")
    server.expect(0, 0)
    server.call("SetAdvParam", 0xA0, 0xA0, 0, 0, 7, 0, 2, 1, 1)
    server.call("SetAdvData", examples.ADV_DATA)
    server.call("AddService", 1, 1, 1, 0x180F, examples.ZEROS)
    server.call("AddChara", 1, 1, 0x12, 1, 0x2A19, examples.ZEROS)
    server.call("AddOrClearService", 1, 1)
    server.call("AdvStart")
    return server.call("GetPublicAddr")[::-1]


def link(server, client):
    """A link between both, ready for use; returns both addresses."""
    server.ready()
    client.ready()
    address = beacon(server)
    client.call("ClientInit")
    client.call("GattStart")
    client.expect(0, 0)
    own = client.call("GetPublicAddr")[::-1]
    client.call("Connect", 0, address)
    client.expect(16, 0, 0, address)
    client.expect(20, 0, 0, 247)
    client.expect(26, 0)
    server.expect(16, 0, 0, own)
    server.expect(20, 0, 0, 247)
    return address, own


def no_links(daemon):
    eventually("an empty property Connections", lambda: daemon.get("Connections") == [])


def test_absent():
    """No controller at the start: NoController with the reason; it comes, and all works"""
    air = Air()
    with Daemon(air.controller, "early") as daemon:
        daemon.call("ServerInit")
        said = daemon.refused("NoController", "GattStart")
        contains(said, air.socket, "No such file or directory")
        equal(daemon.call("GetStatus"), 0, "GetStatus")
        spec, up, why = daemon.get("Controller")
        equal((spec, up), (air.controller, False), "the property Controller")
        contains(why, "No such file or directory")
        daemon.refused("NotStarted", "GetPublicAddr")
        daemon.refused("NotStarted", "AdvStart")
        daemon.quiet()
        with air:
            daemon.ready()
            equal(daemon.get("Controller"), (air.controller, True, ""), "the property Controller")
            daemon.call("GattStart")
            daemon.expect(0, 0)
            equal(daemon.qbled.log.count("No such file"), 1, "lines about its absence")


def test_goes_away():
    """qble-air killed under a link: 17 for it, 1 with a status, GetStatus 0; then all over again"""
    with Air() as air, Daemon(air, "server") as server, Daemon(air, "client") as client:
        for _ in range(2):
            address, own = link(server, client)
            air.kill()
            for daemon, peer in ((server, own), (client, address)):
                daemon.expect(17, 0, 0, peer, seconds=3 * SCALE)
                daemon.expect(1, HARDWARE_FAILURE)
                equal(daemon.call("GetStatus"), 0, "GetStatus after event 1")
                equal(daemon.get("Connections"), [], "the property Connections")
                equal(daemon.get("Controller")[1], False, "the property Controller")
                daemon.refused("NoController", "GattStart")
                daemon.refused("NotStarted", "AdvStart" if daemon is server else "ScanStart")
                daemon.quiet()
            air.up()
            server.ready()
            client.ready()


def test_goes_away_with_work():
    """It goes while notifications, reads and a connect are under way: each gets its one end"""
    with Air("--delay=500") as air, Daemon(air, "server") as server, \
            Daemon(air, "client") as client:
        address, own = link(server, client)
        handle = server.call("GetHandle", 1, 1)
        for _ in range(3):
            server.call("SendNotification", 0, handle, b"too late")
            client.call("ReadCharaByHandle", 0, handle, 0, 0)
        nobody = bytes.fromhex("112233445566")
        client.call("Connect", 0, nobody)
        air.kill()
        ends = [server.next_event() for _ in range(5)]
        equal(sorted(event.id for event in ends), [1, 17, 25, 25, 25], "the server's events")
        equal(ends[-1].args, [1, HARDWARE_FAILURE], "the server's last event")
        equal([event.args for event in ends if event.id == 17], [[17, 0, 0, own]], "event 17")
        if any(event.id == 25 and not event.status for event in ends):
            raise Failure("a notification that was never sent has ended with status 0")
        server.quiet()
        ends = [client.next_event()]
        while ends[-1].id != 1:
            ends.append(client.next_event())
        ids = [event.id for event in ends]
        equal(ids.count(17), 1, f"events 17 in {ids}")
        equal([event.args for event in ends if event.id == 16],
              [[16, HARDWARE_FAILURE, 0xFF, nobody]], "the pending connect's end")
        equal(set(ids) - {1, 16, 17, 37}, set(), "other events of the client")
        client.quiet()


def test_falls_silent():
    """A controller that stops answering: the call fails within 3 s, the events come, it returns"""
    with Air() as air, Daemon(air, "server") as server, Daemon(air, "client") as client:
        address, own = link(server, client)
        air.control("mute 1")
        said = within(3, "AdvStart", lambda: server.refused("NoController", "AdvStart"))
        contains(said, "controller")
        server.expect(17, 0, 0, own)
        server.expect(1, HARDWARE_FAILURE)
        equal(server.call("GetStatus"), 0, "GetStatus")
        server.quiet()
        # A new connection to qble-air is a new controller, and that one answers.
        server.ready()
        server.call("GattStart")
        server.expect(0, 0)
        server.call("AdvStart")


def test_silent_from_the_start():
    """A controller that answers nothing: event 0 with a status within 3 s, or NoController"""
    with Air("--mute-after=1") as air, Daemon(air, "mute") as daemon:
        daemon.call("ServerInit")
        eventually("a reason", lambda: "answer" in daemon.get("Controller")[2], 5 * SCALE)
        for _ in range(3):
            start = time.monotonic()
            try:
                daemon.call("GattStart")
            except Exception as error:
                equal(getattr(error, "name", error), "NoController", "the error of GattStart")
                time.sleep(0.1)
            else:
                event = daemon.expect(0, ANY, seconds=3 * SCALE)
                if not event.status:
                    raise Failure("event 0 says that a mute controller is up")
            if time.monotonic() - start > 3 * SCALE:
                raise Failure("GattStart took longer than 3 s to end")
            equal(daemon.call("GetStatus"), 0, "GetStatus")


def test_resets():
    """A controller that resets by itself: links and BLE end with their events, then it is back"""
    with Air() as air, Daemon(air, "server") as server, Daemon(air, "client") as client:
        _, own = link(server, client)
        air.control("reset 1")
        server.expect(17, 0, 0, own)
        server.expect(1, HARDWARE_FAILURE)
        server.ready()
        address = beacon(server)
        client.expect(17, 0, 0, ANY, seconds=25 * SCALE)
        client.call("Connect", 0, address)
        client.expect(16, 0, 0, address)
        client.expect(20, 0, 0, 247)
        client.expect(26, 0)


def test_stop_without_peer():
    """GattStop with a peer that has silently gone ends within 2 s all the same"""
    with Air() as air, Daemon(air, "server") as server, Daemon(air, "client") as client:
        _, own = link(server, client)
        air.control("away 2")
        start = time.monotonic()
        server.call("GattStop")
        server.call("GattStop")
        server.expect(17, 0, 0, own)
        server.expect(1, 0)
        if time.monotonic() - start > 2.5 * SCALE:
            raise Failure(f"GattStop took {time.monotonic() - start:.1f} s")
        server.quiet()
        server.refused("NotStarted", "GattStop")


def test_callers_vanish():
    """Callers that are killed while they wait leave nothing behind; the state is the daemon's"""
    with Air() as air, Daemon(air, "server") as server, Daemon(air, "client") as client:
        address, own = link(server, client)
        waiters = [subprocess.Popen(["busctl", "--system", "call", BLE, OBJECT, EXTENDED,
                                     "WaitEvents", "tuu", str(server.next), "1", "60000"],
                                    env=server.env, stdout=subprocess.DEVNULL,
                                    stderr=subprocess.DEVNULL) for _ in range(70)]
        # 64 may wait; the others have been refused.
        eventually("the end of the waiters that are too many",
                   lambda: sum(waiter.poll() is not None for waiter in waiters) >= 6)
        server.refused("LimitExceeded", "WaitEvents", server.next, 1, 1000)
        for waiter in waiters:
            waiter.kill()
            waiter.wait()
        eventually("room for a waiter", lambda: not refused_wait(server))
        handle = server.call("GetHandle", 1, 1)
        server.call("SendNotification", 0, handle, b"still here")
        server.expect(25, 0)
        data = handle.to_bytes(2, "little") + b"still here"
        client.expect(23, 0, len(data), data)
        equal(len(client.get("Connections")), 1, "links of the client")


def refused_wait(daemon):
    try:
        daemon.call("WaitEvents", daemon.next, 1, 1)
    except Exception as error:
        equal(getattr(error, "name", error), "LimitExceeded", "the error of WaitEvents")
        return True
    return False


def test_restart():
    """A daemon that is killed: its peers see 17; started again it has its address and no state"""
    with Air("--no-public-address") as air, Daemon(air, "server") as server, \
            Daemon(air, "client") as client:
        server.ready()
        client.ready()
        address = beacon(server)
        client.call("ClientInit")
        client.call("GattStart")
        client.expect(0, 0)
        client.call("Connect", 1, address)
        client.expect(16, 0, 0, address)
        client.expect(20, 0, 0, 247)
        client.expect(26, 0)
        server.qbled.kill()
        client.expect(17, 0, 0, address, seconds=25 * SCALE)
        no_links(client)
        server.relaunch()
        server.ready()
        equal(server.call("GetStatus"), 0, "GetStatus after a restart")
        server.refused("NotInitialized", "GattStart")
        equal(beacon(server), address, "the address after a restart")
        client.call("Connect", 1, address)
        client.expect(16, 0, 0, address)


def test_ends_politely():
    """SIGTERM: peers are told, event 17 and 1 come, and the exit status is 0"""
    with Air() as air, Daemon(air, "server") as server, Daemon(air, "client") as client:
        address, _ = link(server, client)
        equal(within(3, "the end of qbled", server.qbled.end), 0, "exit status")
        client.expect(17, 0, 0, address)
        names = [name for name, _, _ in server.monitor.signals[-2:]]
        equal(names, ["DisconnectInd", "StopStatusInd"], "the last signals")


if __name__ == "__main__":
    run([test_absent, test_goes_away, test_goes_away_with_work, test_falls_silent,
         test_silent_from_the_start, test_resets, test_stop_without_peer, test_callers_vanish,
         test_restart, test_ends_politely])
