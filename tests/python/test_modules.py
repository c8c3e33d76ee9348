#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The modules ble, utime and checkNet by themselves: ble talks to fake-qbled, which takes any call.

Each test is a program of its own, since the module begins once in a process.
"""
import os
import subprocess
import sys
import textwrap

from process import Bus, Folder, eventually
from tap import Failure, equal, run

NAME = "com.quectel.Ble1"

# What the programs below share: emit() orders events, last() has the fake's last call.
PRELUDE = """
import os, subprocess, sys, threading, time
import ble, checkNet, utime

def control(*words):
    out = subprocess.run(["busctl", "--system", "call", "com.quectel.Ble1", "/test",
                          "test.Control", *map(str, words)], check=True, capture_output=True,
                         text=True).stdout.strip()
    return out.replace('\\\\"', '"')

def last():
    return control("Last")[3:-1]

def emit(event_id, connect_id=0, count=1):
    control("Emit", "uuuu", event_id, connect_id, count, 0)

def until(what, seconds=60):
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)

def sends(result, text):
    assert result == 0, (result, ble.lastError())
    assert last() == text, (last(), text)

def kill():
    os.kill(int(os.environ["FAKE_PID"]), 9)
"""


PING = ["busctl", "--system", "call", NAME, "/com/quectel/Ble1", "org.freedesktop.DBus.Peer",
        "Ping"]


class Fake(Folder):
    """fake-qbled on a bus of its own."""

    def up(self):
        self.bus = Bus().__enter__()
        self.begin()

    def begin(self):
        self.child = self.start(os.environ["FAKE_QBLED"], env=self.bus.env)
        eventually("the start of fake-qbled",
                   lambda: subprocess.run(PING, check=False,
                                          env={**os.environ, **self.bus.env},
                                          capture_output=True).returncode == 0)

    def __exit__(self, *exc):
        self.child.kill()
        super().__exit__(*exc)
        self.bus.__exit__(*exc)

    def program(self, text):
        path = self.write("program.py", PRELUDE + textwrap.dedent(text))
        return self.start(sys.executable, "-X", "dev", path,
                          env={**self.bus.env, "PYTHONPATH": os.environ["QB_PYTHONPATH"],
                               "FAKE_PID": str(self.child.process.pid)})


def plays(text, status=0):
    """Runs a program to its end; returns what it printed."""
    with Fake("fake") as fake:
        child = fake.program(text)
        eventually("the end of the program", lambda: not child.running(), 60)
        equal(child.process.returncode, status, "the exit status")
        return child.log


def test_calls():
    """Every function sends the document's arguments"""
    plays("""
        ZEROS, LONG = bytearray(16), bytearray(range(16))
        zeros, long_ = "00" * 16, "000102030405060708090a0b0c0d0e0f"
        data = bytearray(b"\\xde\\xad")
        addr = bytearray([0xc0, 0xff, 0xee, 1, 2, 3])
        sends(ble.serverInit(print), "ServerInit()")
        sends(ble.clientInit(print), "ClientInit()")
        sends(ble.gattStart(), "GattStart()")
        assert ble.getStatus() == 1
        assert ble.getPublicAddr() == bytearray([1, 2, 3, 4, 5, 6])
        assert type(ble.getPublicAddr()) is bytearray
        sends(ble.setLocalName(0, "Quectel_ble"), 'SetLocalName(us) 0 "Quectel_ble"')
        sends(ble.setAdvParam(0x300, 0x320, 0, 0, 7, 0, 2, 1, 1),
              "SetAdvParam(uuuuuuuuu) 768 800 0 0 7 0 2 1 1")
        sends(ble.setAdvData(data), "SetAdvData(ay) dead")
        sends(ble.setAdvRspData(b""), "SetAdvRspData(ay) ")
        sends(ble.addService(1, 2, 1, 0x180f, ZEROS), "AddService(uuuuay) 1 2 1 6159 " + zeros)
        sends(ble.addChara(2, 3, 0x32, 0, 0, LONG), "AddChara(uuuuuay) 2 3 50 0 0 " + long_)
        sends(ble.addCharaValue(2, 3, 3, 1, 0x2a19, ZEROS, data),
              "AddCharaValue(uuuuuayay) 2 3 3 1 10777 " + zeros + " dead")
        sends(ble.changeCharaValue(2, 3, data), "ChangeCharaValue(uuay) 2 3 dead")
        sends(ble.addCharaDesc(2, 3, 3, 1, 0x2902, ZEROS, [1, 0]),
              "AddCharaDesc(uuuuuayay) 2 3 3 1 10498 " + zeros + " 0100")
        sends(ble.addOrClearService(1, 0), "AddOrClearService(uu) 1 0")
        sends(ble.sendNotification(0, 3, data), "SendNotification(uuay) 0 3 dead")
        sends(ble.sendIndication(0, 3, data), "SendIndication(uuay) 0 3 dead")
        sends(ble.advStart(), "AdvStart()")
        sends(ble.advStop(), "AdvStop()")
        sends(ble.setScanParam(1, 0x100, 0x50, 0, 0), "SetScanParam(uuuuu) 1 256 80 0 0")
        sends(ble.scanStart(), "ScanStart()")
        sends(ble.scanStop(), "ScanStop()")
        sends(ble.setScanFilter(0), "SetScanFilter(u) 0")
        sends(ble.connect(1, addr), "Connect(uay) 1 c0ffee010203")
        sends(ble.cancelConnect(addr), "CancelConnect(ay) c0ffee010203")
        sends(ble.disconnect(5), "Disconnect(u) 5")
        sends(ble.discoverAllService(5), "DiscoverAllService(u) 5")
        sends(ble.discoverByUUID(5, 0, 0, LONG), "DiscoverByUUID(uuuay) 5 0 0 " + long_)
        sends(ble.discoverAllIncludes(5, 1, 9), "DiscoverAllIncludes(uuu) 5 1 9")
        sends(ble.discoverAllChara(5, 1, 9), "DiscoverAllChara(uuu) 5 1 9")
        sends(ble.discoverAllCharaDesc(5, 1, 9), "DiscoverAllCharaDesc(uuu) 5 1 9")
        sends(ble.readCharaByUUID(5, 1, 9, 1, 0x2a19, ZEROS),
              "ReadCharaByUUID(uuuuuay) 5 1 9 1 10777 " + zeros)
        sends(ble.readCharaByHandle(5, 3, 7, 1), "ReadCharaByHandle(uuuu) 5 3 7 1")
        sends(ble.readCharaDesc(5, 4, 0), "ReadCharaDesc(uuu) 5 4 0")
        sends(ble.writeChara(5, 3, 0, 1, data), "WriteChara(uuuuay) 5 3 0 1 dead")
        sends(ble.writeCharaNoRsp(5, 3, data), "WriteCharaNoRsp(uuay) 5 3 dead")
        sends(ble.writeCharaDesc(5, 4, data), "WriteCharaDesc(uuay) 5 4 dead")
        sends(ble.exchangeMtu(5, 100), "ExchangeMtu(uu) 5 100")
        sends(ble.serverRelease(), "ServerRelease()")
        sends(ble.clientRelease(), "ClientRelease()")
        sends(ble.gattStop(), "GattStop()")
    """)


def test_failures():
    """-1, and lastError() has the reason"""
    plays("""
        control("Fail", "ss", "com.quectel.Ble1.Error.NotConnected",
                "connect_id 7: no such connection")
        assert ble.disconnect(7) == -1
        assert ble.lastError() == "connect_id 7: no such connection"
        assert ble.disconnect(7) == 0
        assert ble.lastError() == ""
        control("Fail", "ss", "com.quectel.Ble1.Error.NotStarted", "not started")
        assert ble.getPublicAddr() == -1
        assert ble.lastError() == "not started"
        control("Fail", "ss", "com.quectel.Ble1.Error.Failed", "no")
        assert ble.getStatus() == -1
        control("Fail", "ss", "com.quectel.Ble1.Error.Failed", "no")
        assert ble.serverInit(print) == -1
    """)


def test_arguments():
    """Values that no call can carry are -1, things that are no values at all an exception"""
    plays("""
        before = last()
        zeros = bytearray(16)
        assert ble.disconnect(-1) == -1
        assert ble.lastError() == "connect_id is outside 0..4294967295"
        assert ble.readCharaDesc(0, 1 << 40, 0) == -1
        assert ble.lastError() == "handle is outside 0..4294967295"
        assert ble.addService(1, 1, 0, 0, zeros[:15]) == -1
        assert ble.lastError() == "uuid_l is 15 bytes long, must be 16"
        assert ble.connect(0, b"12345") == -1
        assert ble.lastError() == "addr is 5 bytes long, must be 6"
        assert ble.setLocalName(0, "a\\0b") == -1
        assert ble.lastError() == "name has a NUL in it"
        wrong = (lambda: ble.disconnect("0"), lambda: ble.disconnect(), lambda: ble.disconnect(1, 2),
                 lambda: ble.setLocalName(0, b"x"), lambda: ble.setAdvData("abc"),
                 lambda: ble.serverInit(None), lambda: ble.gattStart(1),
                 lambda: ble.sendNotification(0, 3, 5))
        for call in wrong:
            try:
                call()
            except TypeError:
                continue
            raise AssertionError("no TypeError")
        try:
            ble.setAdvData([256])
        except ValueError:
            pass
        else:
            raise AssertionError("no ValueError")
        assert last() == before
    """)


def test_events():
    """Each event is the document's tuple, and goes to the role that it belongs to"""
    plays("""
        server, client = [], []
        ble.serverInit(server.append)
        ble.clientInit(client.append)
        for event_id in (0, 1, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34,
                         35, 36, 37):
            emit(event_id)
        until(lambda: len(client) == 17 and len(server) == 7)
        ids = [args[0] for args in server]
        assert ids == [0, 1, 18, 20, 21, 22, 25], ids
        ids = [args[0] for args in client]
        assert ids == [0, 1, 19, 23, 24, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37], ids
        assert all(type(args) is tuple and args[1] == 0 for args in server + client)
        by_id = {args[0]: args for args in client + server}
        assert by_id[0] == (0, 0)
        assert by_id[18] == (18, 0, 0, 4, 5, 6, 7), by_id[18]
        data = bytearray([3, 0, 4, 0, 0, 0])
        assert by_id[19] == (19, 0, 4, "fake", 5, bytearray([0, 0, 0, 0, 0, 4]), -40, 6,
                             data), by_id[19]
        assert by_id[20] == (20, 0, 0, 6)
        data[2] = 6
        uuid = bytearray(16)
        assert by_id[21] == (21, 0, 6, data, 6, 7, uuid), by_id[21]
        data[2] = 8
        assert by_id[23] == (23, 0, 6, data)
        assert by_id[25] == (25, 0)
        assert by_id[27] == (27, 0, 12, 13, 14)
        assert by_id[37] == (37, 0, 22)
        for args in (by_id[19], by_id[21], by_id[23]):
            assert bytearray in map(type, args) and bytes not in map(type, args)
        emit(16, 9)
        emit(17, 9)
        until(lambda: server[-1][0] == 17)
        assert server[-2] == (16, 0, 9, bytearray([0, 0, 0, 0, 0, 23])), server[-2]
        assert server[-1] == (17, 0, 9, bytearray([0, 0, 0, 0, 0, 24])), server[-1]
    """)


def test_callback_thread():
    """Callbacks run in one thread that is not the main one, and may call"""
    plays("""
        seen = []
        def callback(args):
            seen.append((args[0], threading.get_ident(), ble.getStatus()))
        ble.clientInit(callback)
        emit(23, count=200)
        emit(26)
        until(lambda: len(seen) == 201)
        assert {status for _, _, status in seen} == {1}
        threads = {thread for _, thread, _ in seen}
        assert len(threads) == 1 and threads != {threading.get_ident()}
        assert [event_id for event_id, _, _ in seen] == [23] * 200 + [26]
    """)


def test_exception():
    """An exception in a callback is printed, and the next event comes"""
    log = plays("""
        seen = []
        def callback(args):
            seen.append(args)
            raise ValueError("out of the callback")
        ble.clientInit(callback)
        emit(26)
        emit(26)
        until(lambda: len(seen) == 2)
    """)
    equal(log.count("ValueError: out of the callback"), 2, "exceptions printed")


def test_blocked_callback():
    """A callback that never comes back holds up neither calls nor the program's end"""
    plays("""
        entered = threading.Event()
        def callback(args):
            entered.set()
            threading.Event().wait()
        ble.clientInit(callback)
        emit(26, count=3)
        assert entered.wait(10)
        assert ble.scanStart() == 0
        assert ble.getStatus() == 1
    """)


def test_threads():
    """Calls of several threads at a time, each with its own lastError()"""
    plays("""
        failed = []
        def work(number):
            for _ in range(200):
                if ble.disconnect(-1 if number % 2 else number) != (-1 if number % 2 else 0):
                    failed.append(number)
                if bool(ble.lastError()) != bool(number % 2):
                    failed.append(number)
        threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not failed
    """)


def test_same_callback():
    """One function for both roles hears of start and stop once"""
    plays("""
        seen = []
        callback = seen.append
        ble.serverInit(callback)
        ble.clientInit(callback)
        emit(0)
        emit(25)
        until(lambda: len(seen) == 2)
        assert seen == [(0, 0), (25, 0)], seen
        ble.serverRelease()
        emit(25)
        emit(26)
        until(lambda: len(seen) == 3)
        assert seen[-1] == (26, 0)
    """)


def test_stop_at_the_end():
    """The event of a stop reaches a program that ended right behind gattStop()"""
    log = plays("""
        ble.clientInit(lambda args: print("heard", args, flush=True))
        ble.gattStop()
        threading.Thread(target=lambda: (time.sleep(0.5), emit(1)), daemon=True).start()
    """)
    equal("heard (1, 0)" in log, True, "the event was heard")


def test_restart():
    """A daemon that goes is a stop with a status; when it is back, the roles are there again"""
    with Fake("fake") as fake:
        child = fake.program("""
            seen = []
            ble.serverInit(seen.append)
            kill()
            until(lambda: seen)
            assert seen == [(1, -1)], seen
            assert ble.gattStart() == -1
            assert ble.lastError() == "GattStart: qbled is not running", ble.lastError()
            print("gone", flush=True)
            until(lambda: subprocess.run(["busctl", "--system", "call", "com.quectel.Ble1",
                                          "/com/quectel/Ble1", "org.freedesktop.DBus.Peer",
                                          "Ping"],
                                         capture_output=True).returncode == 0)
            until(lambda: last() == "ServerInit()")
            emit(0)
            until(lambda: len(seen) == 2)
            assert seen[1] == (0, 0)
        """)
        eventually("the daemon's end is told",
                   lambda: "gone" in child.log or not child.running(), 30)
        fake.child.process.wait()
        fake.begin()
        eventually("the end of the program", lambda: not child.running(), 60)
        equal(child.process.returncode, 0, "the exit status")


def test_bus_restart():
    """A bus that goes and comes back is found again, for calls and for events"""
    with Fake("fake") as fake:
        child = fake.program("""
            seen = []
            ble.serverInit(seen.append)
            assert ble.advStart() == 0
            print("ready", flush=True)
            until(lambda: seen)
            assert seen == [(1, -1)], seen
            print("gone", flush=True)
            until(lambda: subprocess.run(["busctl", "--system", "call", "com.quectel.Ble1",
                                          "/com/quectel/Ble1", "org.freedesktop.DBus.Peer",
                                          "Ping"],
                                         capture_output=True).returncode == 0)
            until(lambda: last() == "ServerInit()")
            assert ble.advStart() == 0, ble.lastError()
            emit(0)
            until(lambda: len(seen) == 2)
            assert seen[1] == (0, 0)
        """)

        def said(word):
            eventually(word, lambda: word in child.log or not child.running(), 30)

        said("ready")
        fake.bus.children[0].kill()
        os.unlink(fake.bus.socket)
        said("gone")
        fake.bus.up()
        fake.begin()
        eventually("the end of the program", lambda: not child.running(), 60)
        equal(child.process.returncode, 0, "the exit status")


def test_no_bus():
    """Without a bus every call is -1, and says so"""
    with Fake("fake") as fake:
        fake.bus.env = {**fake.bus.env, "DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/nonexistent/bus"}
        child = fake.program("""
            why = "cannot use the system bus: No such file or directory"
            assert ble.serverInit(print) == -1
            assert ble.lastError() == why, ble.lastError()
            assert ble.gattStart() == -1
            assert ble.lastError() == why, ble.lastError()
            assert ble.getStatus() == -1
        """)
        eventually("the end of the program", lambda: not child.running(), 60)
        equal(child.process.returncode, 0, "the exit status")


def test_no_daemon():
    """Without a daemon every call is -1, and says so"""
    with Fake("fake") as fake:
        fake.child.kill()
        child = fake.program("""
            for call, name in ((lambda: ble.serverInit(print), "ServerInit"),
                               (ble.gattStart, "GattStart"), (ble.getStatus, "GetStatus"),
                               (lambda: ble.connect(0, bytes(6)), "Connect")):
                assert call() == -1
                assert ble.lastError() == name + ": qbled is not running", ble.lastError()
        """)
        eventually("the end of the program", lambda: not child.running(), 60)
        equal(child.process.returncode, 0, "the exit status")


DENIED = """<busconfig>
  <type>system</type><listen>unix:path=%s</listen><auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/><allow own="*"/><allow receive_sender="*"/><allow send_destination="*"/>
    <deny send_interface="com.quectel.Ble1"/><deny send_interface="com.quectel.Ble1.Extended"/>
  </policy>
</busconfig>
"""


class DeniedFake(Fake):
    def up(self):
        class Denying(Bus):
            def up(self):
                path = self.write("deny.conf", DENIED % self.socket)
                self.start("dbus-daemon", "--nofork", "--nopidfile", f"--config-file={path}")
                eventually("the start of dbus-daemon", lambda: os.path.exists(self.socket))
        self.bus = Denying().__enter__()
        self.begin()


def test_no_permission():
    """A user whom the bus does not let call: -1, and who may"""
    with DeniedFake("fake") as fake:
        child = fake.program("""
            for call in lambda: ble.clientInit(print), ble.gattStart, ble.getStatus:
                assert call() == -1
                assert ble.lastError().endswith(
                    ": the bus does not let this user call qbled: be root or in the group qble"), \
                    ble.lastError()
        """)
        eventually("the end of the program", lambda: not child.running(), 60)
        equal(child.process.returncode, 0, "the exit status")


def test_utime():
    """utime: the clock in its parts, sleeping, counters that wrap"""
    plays("""
        date = (2020, 9, 29, 8, 54, 42, 1, 273)
        utime.setTimeZone(8)
        assert utime.getTimeZone() == 8
        assert utime.mktime(date) == 1601340882
        assert utime.localtime(1601340882) == date
        assert utime.gmtime(1601340882) == (2020, 9, 29, 0, 54, 42, 1, 273)
        utime.setTimeZone(0)
        assert utime.localtime(0) == (1970, 1, 1, 0, 0, 0, 3, 1)
        assert abs(utime.mktime(utime.localtime()) - utime.time()) <= 1
        for wrong in (13, -13, 1.5, None):
            try:
                utime.setTimeZone(wrong)
            except ValueError:
                continue
            raise AssertionError(wrong)
        before, precise = utime.ticks_ms(), utime.ticks_us()
        utime.sleep_ms(20)
        utime.sleep_us(1000)
        utime.sleep(0.01)
        assert 31 <= utime.ticks_diff(utime.ticks_ms(), before) < 10000
        assert utime.ticks_diff(utime.ticks_us(), precise) >= 31000
        assert utime.ticks_diff(utime.ticks_cpu(), utime.ticks_cpu()) <= 0
        top = 0x3fffffff
        assert utime.ticks_add(top, 3) == 2
        assert utime.ticks_diff(2, top) == 3
        assert utime.ticks_diff(top, 2) == -3
    """)


def test_checknet():
    """checkNet: says what runs, and waits no longer than it was told"""
    log = plays("""
        net = checkNet.CheckNetwork("project", "1.2.3")
        net.poweron_print_once()
        checkNet._has_default_route = lambda: True
        assert net.wait_network_connected(1) == (3, 1)
        checkNet._has_default_route = lambda: False
        before = time.monotonic()
        assert checkNet.waitNetworkReady(1) == (3, 0)
        assert 0.9 <= time.monotonic() - before < 10
        for wrong in (0, 3601):
            try:
                checkNet.waitNetworkReady(wrong)
            except OSError:
                continue
            raise AssertionError(wrong)
    """)
    for line in ("PROJECT_NAME     : project", "PROJECT_VERSION  : 1.2.3"):
        if line not in log:
            raise Failure(f"{line!r} was not printed")


if __name__ == "__main__":
    run([test_calls, test_failures, test_arguments, test_events, test_callback_thread,
         test_exception, test_blocked_callback, test_threads, test_same_callback,
         test_stop_at_the_end, test_restart, test_bus_restart, test_no_bus, test_no_daemon,
         test_no_permission, test_utime,
         test_checknet])
