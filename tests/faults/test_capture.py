# SPDX-License-Identifier: GPL-2.0-or-later
"""A capture: other people's tools read it, and a daemon that it is played to does the same again."""
import os
import re
import subprocess
import time

import captures
from contract import BLE, EXTENDED
from process import DEADLINE, needs, program
from qbled import ANY, OBJECT, Air, Bus, Daemon, eventually
from tap import Failure, contains, equal, run

ZEROS = bytes(16)
ADV_DATA = bytes.fromhex("020106 0309 5142")
HARDWARE_FAILURE = 3
RESET = 0x0C03


class Captured(Daemon):
    """A daemon whose packets are captured."""

    def __init__(self, controller, title, kind=None):
        super().__init__(controller, title)
        self.capture = self.file("capture")
        if kind:
            kind(self.capture)
            self.reader = os.open(self.capture, os.O_RDONLY | os.O_NONBLOCK)
        self.options.append(f"--capture={self.capture}")

    def drain(self):
        """What the reader of a FIFO finds in it, until nothing has come for a while."""
        data, idle = b"", 0
        while idle < 20:
            try:
                piece = os.read(self.reader, 65536)
            except BlockingIOError:
                piece = b""
                time.sleep(0.01)
            idle = 0 if piece else idle + 1
            data += piece
        return data


def publish(server):
    """Battery Level: read, write, notify."""
    server.ready()
    server.call("ServerInit")
    server.call("GattStart")
    server.expect(0)
    server.call("SetAdvParam", 0xA0, 0xA0, 0, 0, 7, 0, 2, 1, 1)
    server.call("SetAdvData", ADV_DATA)
    server.call("AddService", 1, 1, 1, 0x180F, ZEROS)
    server.call("AddChara", 1, 1, 0x1A, 1, 0x2A19, ZEROS)
    server.call("AddOrClearService", 1, 1)
    server.call("AdvStart")


def serve(server, client_address):
    """The server's part of a link."""
    server.expect(16, 0, 0, client_address)
    server.expect(20, 0, 0, 247)
    server.expect(21, 0, 3, b"abc", ANY, 0x2A19, ANY)
    for n in range(20):
        server.call("SendNotification", 0, server.call("GetHandle", 1, 1), bytes([n]) * 100)
        server.expect(25)
    server.expect(17, 0, 0, client_address)
    server.call("GattStop")
    server.expect(1)


def visit(client, server_address, handle):
    """The client's part, from its scan to its end."""
    client.call("ClientInit")
    client.call("GattStart")
    client.expect(0)
    client.call("ScanStart")
    client.expect(19, 0, ANY, ANY, ANY, server_address, ANY, ANY, ANY)
    client.call("ScanStop")
    client.call("Connect", 0, server_address)
    client.expect(16, 0, 0, server_address)
    client.expect(20, 0, 0, 247)
    client.expect(26)
    client.call("WriteChara", 0, handle, 0, 1, b"abc")
    client.expect(30)
    for n in range(20):
        data = handle.to_bytes(2, "little") + bytes([n]) * 100
        client.expect(23, 0, len(data), data)
    client.call("Disconnect", 0)
    client.expect(17, 0, 0, server_address)
    client.call("GattStop")
    client.expect(1)


def story(server, client):
    """Both parts at once, as one test can play them; returns how each goes on its own."""
    publish(server)
    client.ready()
    addresses = [daemon.get("Address") for daemon in (server, client)]
    server_address, client_address = (bytes.fromhex(a.replace(":", "")) for a in addresses)
    handle = server.call("GetHandle", 1, 1)
    client.call("ClientInit")
    client.call("GattStart")
    client.expect(0)
    client.call("ScanStart")
    client.expect(19, 0, ANY, ANY, ANY, server_address, ANY, ANY, ANY)
    client.call("ScanStop")
    client.call("Connect", 0, server_address)
    client.expect(16, 0, 0, server_address)
    client.expect(20, 0, 0, 247)
    client.expect(26)
    client.call("WriteChara", 0, handle, 0, 1, b"abc")
    client.expect(30)
    server.expect(16, 0, 0, client_address)
    server.expect(20, 0, 0, 247)
    server.expect(21, 0, 3, b"abc", ANY, 0x2A19, ANY)
    for n in range(20):
        server.call("SendNotification", 0, handle, bytes([n]) * 100)
        server.expect(25)
        data = handle.to_bytes(2, "little") + bytes([n]) * 100
        client.expect(23, 0, len(data), data)
    client.call("Disconnect", 0)
    client.expect(17, 0, 0, server_address)
    server.expect(17, 0, 0, client_address)
    for daemon in (server, client):
        daemon.call("GattStop")
        daemon.expect(1)
    return {"server": lambda daemon: (publish(daemon), serve(daemon, client_address)),
            "client": lambda daemon: visit(daemon, server_address, handle)}


def replay(path, options, part, events, state=None):
    """Plays a capture to a daemon of its own, which must tell the same events; returns its log."""
    with Daemon(f"replay:{path}{options}", "replay", state=state) as daemon:
        part(daemon.ready())
        equal(daemon.call("GetEvents", 0, 1024), events, f"the events of {path}{options}")
        daemon.quiet()
        daemon.qbled.end()
        return daemon.qbled.log


def test_replayed():
    """Each side of a story, played back in its time and at once, has the very same events"""
    with Air() as air, Captured(air, "server") as server, Captured(air, "client") as client:
        parts = story(server, client)
        for daemon in (server, client):
            events = daemon.call("GetEvents", 0, 1024)
            for options in ("", ",speed=1000", ",fast"):
                log = replay(daemon.capture, options, parts[daemon.title], events)
                if "differs" in log:
                    raise Failure(f"{daemon.title}{options}: {log}")
                contains(log, "packets of the capture have been played")


def test_replayed_loss():
    """A controller that falls silent and one that resets: the same ends in the replay"""
    def part(daemon):
        daemon.call("ServerInit")
        for fault in "mute", "reset":
            eventually("the start", lambda: started(daemon))
            daemon.expect(0)
            daemon.call("AdvStart")
            daemon.expect(16, 0, 0, ANY)
            daemon.expect(20, 0, 0, 247)
            if fault == "mute":
                daemon.refused("NoController", "AdvStart")
            daemon.expect(17, 0, 0, ANY)
            daemon.expect(1, HARDWARE_FAILURE)

    def started(daemon):
        try:
            daemon.call("GattStart")
        except Exception as error:
            equal(getattr(error, "name", error), "NoController", "the error of GattStart")
            return False
        return True

    with Air() as air, Daemon(air, "client") as client:
        client.ready()
        with Captured(air, "server") as server:
            server.call("ServerInit")
            client.call("ClientInit")
            client.call("GattStart")
            for fault in "mute", "reset":
                eventually("the start", lambda: started(server))
                server.expect(0)
                address = bytes.fromhex(server.get("Address").replace(":", ""))
                server.call("AdvStart")
                client.call("Connect", 0, address)
                server.expect(16, 0, 0, ANY)
                server.expect(20, 0, 0, 247)
                last = air.control("list").splitlines()[-1].split()[0]
                air.control(f"{fault} {last}")
                if fault == "mute":
                    server.refused("NoController", "AdvStart")
                server.expect(17, 0, 0, ANY)
                server.expect(1, HARDWARE_FAILURE)
            server.ready()
            sessions = [r for r in captures.read(server.capture) if r.opcode == RESET]
            equal(len(sessions), 3, "resets in the capture")
            events = server.call("GetEvents", 0, 1024)
            replay(server.capture, ",fast", part, events)


def test_other_calls():
    """Calls that were not made then are refused or waited for, told once, and nothing hangs"""
    with Air() as air, Captured(air, "server") as server, Captured(air, "client") as client:
        story(server, client)
        with Daemon(f"replay:{client.capture},fast", "other") as daemon:
            daemon.ready()
            daemon.call("ClientInit")
            daemon.call("ServerInit")
            daemon.call("GattStart")
            daemon.expect(0)
            daemon.refused("Controller", "AdvStart")
            daemon.call("GattStop")
            daemon.expect(1)
            equal(daemon.qbled.log.count("the replay differs from packet"), 1, "lines about it")
            eventually("what it waits for",
                       lambda: "the replay waits for the host: packet " in daemon.qbled.log)


def test_run_time():
    """qblectl capture, begun long after the controller: it has its start, and can be replayed"""
    def record():
        if os.path.exists(path):
            os.unlink(path)
        child = client.bus.start(program("QBLECTL", "tools", "qblectl"), "capture", path,
                                 env=client.bus.env)
        eventually("the capture", lambda: os.path.exists(path) and os.path.getsize(path) > 500)
        return child

    with Air() as air, Daemon(air, "server") as server, Daemon(air, "client") as client:
        server.ready()
        client.ready()
        path = client.file("by-hand")
        recorder = record()
        parts = story(server, client)
        events = client.call("GetEvents", 0, 1024)
        equal(recorder.end(), 0, "the exit code of qblectl capture")
        equal(os.stat(path).st_mode & 0o777, 0o600, "the permissions of the file")
        replay(path, ",fast", parts["client"], events)
        # One that is killed, one whose daemon is.
        recorder = record()
        recorder.kill()
        eventually("its end", lambda: "a caller's capture ends" in client.qbled.log)
        recorder = record()
        client.qbled.kill()
        recorder.process.wait(DEADLINE)
        equal((recorder.process.returncode, recorder.log), (3, "qblectl: qbled went away; start it "
                                                            "with 'systemctl start qbled'\n"))


def test_rights():
    """Who is not root may not see keys: refused, and told why"""
    needs("setpriv", "util-linux")
    if os.geteuid():
        raise Failure("this test is run by root")
    with Air() as air, Daemon(air) as daemon:
        daemon.ready()
        os.chmod(daemon.bus.path, 0o711)
        as_nobody = ["setpriv", "--reuid=65534", "--clear-groups"]
        done = subprocess.run([*as_nobody, "busctl", "--system", "call", BLE, OBJECT, EXTENDED,
                               "Capture"], env=daemon.env, capture_output=True, text=True,
                              check=False)
        contains(done.stderr, "Access", "denied")
        # Calls that everybody may make are made.
        done = subprocess.run([*as_nobody, "busctl", "--system", "call", BLE, OBJECT, BLE,
                               "GetStatus"], env=daemon.env, capture_output=True, text=True,
                              check=False)
        equal(done.stdout, "i 0\n", "the answer of GetStatus")
        qblectl = [program("QBLECTL", "tools", "qblectl"), "--timeout=1", "capture"]
        for command, code, says in (
                ([*as_nobody, *qblectl, "-"], 4, "it shows the keys of links, so only root may"),
                ([*qblectl, "/dev/full"], 1, "cannot write /dev/full: No space left on device"),
                ([*qblectl, "/nowhere/at/all"], 2, "/nowhere/at/all: No such file"),
                ([*qblectl, "-"], 0, "")):
            done = subprocess.run(command, env=daemon.env, capture_output=True, check=False)
            equal(done.returncode, code, f"the exit code of {command} ({done.stderr})")
            contains(done.stderr.decode(), says)
        equal(captures.parse(done.stdout)[0].opcode, RESET, "the first packet on standard output")


def test_continued():
    """A daemon that is killed and comes back goes on with its capture, with nothing lost"""
    with Air() as air, Captured(air, "server") as server:
        publish(server)
        before = captures.read(server.capture)
        server.qbled.kill()
        with open(server.capture, "ab") as file:
            file.write(before[0].octets()[:-1])
        server.relaunch()
        server.ready()
        after = captures.read(server.capture)
        equal([r.octets() for r in after[:len(before)]], [r.octets() for r in before])
        equal(after[len(before)].opcode, RESET, "the first packet after the restart")
        contains(server.qbled.log, "goes on at offset", "the file ends inside of a packet")


def test_hostile():
    """A file that cannot be played: exit status 2, what is wrong with it, and where"""
    with Air() as air, Captured(air, "server") as server:
        server.qbled.end()
        good = captures.read(server.capture)
    with Bus() as bus:
        path = bus.file("bad")
        captures.write(path, good[:5] + [captures.Record(False, bytes([4, 1, 0]))])
        at = 16 + sum(24 + len(r.packet) for r in good[:5])
        for options, says in ((f"replay:{path}", f"{path}: at offset {at}: a packet that no host"),
                              (f"replay:{path},speed=0", "'speed=0' is not speed=N"),
                              ("replay:/nowhere", "cannot read /nowhere: No such file")):
            child = bus.start(program("QBLED", "daemon", "qbled"), f"--controller={options}",
                              f"--state-dir={bus.path}", env=bus.env)
            equal(child.process.wait(DEADLINE), 2, f"the exit status with {options}")
            contains(child.log, says)


def test_nowhere():
    """A capture that cannot be written: exit status 2 and why; what is no capture is left alone"""
    with Bus() as bus:
        other = bus.write("other", "somebody's\n")
        for path, says in (("/nowhere/at/all", "cannot capture to /nowhere/at/all: No such file"),
                           (other, f"{other} is there, and no capture to be continued: ")):
            child = bus.start(program("QBLED", "daemon", "qbled"), f"--capture={path}",
                              "--controller=h4:unix:/nowhere", f"--state-dir={bus.path}",
                              env=bus.env)
            equal(child.process.wait(DEADLINE), 2, f"the exit status with {path}")
            contains(child.log, says)
        with open(other, encoding="utf-8") as file:
            equal(file.read(), "somebody's\n", "the other file")


def test_full():
    """A capture whose disk is full ends with a line in the log; nobody else notices"""
    needs("prlimit", "util-linux")
    with Air() as air, Captured(air, "server") as server:
        size = os.path.getsize(server.capture)
        subprocess.run(["prlimit", f"--pid={server.qbled.process.pid}", f"--fsize={size + 100}"],
                       check=True)
        publish(server)
        contains(server.qbled.log, f"the capture {server.capture} ends: File too large")
        equal(len(captures.read(server.capture)) > 20, True, "whole records")
        with Daemon(air, "client") as client:
            client.call("ClientInit")
            client.ready().call("GattStart")
            client.expect(0)
            client.call("Connect", 0, bytes.fromhex(server.get("Address").replace(":", "")))
            server.expect(16, 0, 0, ANY)


def test_slow_reader():
    """A reader who sleeps holds nobody up; when it wakes up, it is told how much it missed"""
    count = 8000
    with Air() as air, Daemon(air, "server") as server, \
            Captured(air, "client", os.mkfifo) as client:
        server.ready()
        source = server.start(program("FLOOD", "tests", "lib", "lib-flood"), "server", str(count),
                              env=server.bus.env)
        eventually("the server's start", lambda: server.get("Status") == 1)
        sink = client.start(program("FLOOD", "tests", "lib", "lib-flood"), "client", str(count),
                            env=client.bus.env)
        equal(sink.process.wait(6 * DEADLINE), 0, f"the exit status of the sink ({sink.log})")
        equal(source.process.wait(DEADLINE), 0, f"the exit status of the source ({source.log})")
        client.ready()
        data = client.drain()
        missed = captures.parse(data)
        client.call("ClientInit")
        client.call("GattStart")
        client.call("ScanStart")
        client.call("ScanStop")
        rest = captures.parse(captures.HEADER + client.drain())
        equal((missed[-1].drops, rest[-1].drops > 0), (0, True), "the packets missed so far")
        both = len(missed) + rest[0].drops
        equal(both > count, True, f"{both} packets for {count} notifications")
        os.close(client.reader)
        eventually("the end of the capture", lambda: f"the capture {client.capture} ends: nobody "
                                                     "reads it any more" in client.qbled.log)
        client.call("GattStop")


def test_btmon():
    """btmon reads every packet of a capture, as what it is"""
    needs("btmon", "bluez")
    with Air() as air, Captured(air, "server") as server, Captured(air, "client") as client:
        story(server, client)
        records = captures.read(client.capture)
        text = subprocess.run(["btmon", "-r", client.capture], capture_output=True, text=True,
                              check=True, timeout=DEADLINE).stdout
        shown = re.findall(r"^([<>]) (HCI Command|HCI Event|ACL Data)", text, re.MULTILINE)
        kinds = {captures.COMMAND: "HCI Command", captures.ACL: "ACL Data",
                 captures.EVENT: "HCI Event"}
        equal(shown, [("<>"[r.received], kinds[r.packet[0]]) for r in records], "what btmon shows")
        contains(text, "Handle Value Notification", "Exchange MTU", "LE Set Scan Enable")
        if "invalid" in text.lower() or "malformed" in text.lower():
            raise Failure(f"btmon is not content: {text}")


def test_wireshark():
    """tshark reads every packet of a capture, with its direction and its time, none malformed"""
    needs("tshark", "tshark")
    with Air() as air, Captured(air, "server") as server, Captured(air, "client") as client:
        began = time.time()
        story(server, client)
        # It wants a home to look for its settings in.
        env = {**os.environ, "HOME": client.capture + ".home"}

        def tshark(*options):
            return subprocess.run(["tshark", "-r", client.capture, *options], env=env, check=True,
                                  capture_output=True, text=True, timeout=6 * DEADLINE).stdout

        fields = [line.split("\t") for line in tshark(
            "-T", "fields", "-e", "hci_h4.direction", "-e", "hci_h4.type",
            "-e", "frame.time_epoch", "-e", "frame.len").splitlines()]
        records = captures.read(client.capture)
        equal([(int(d, 16), int(t, 16), round(float(s) * 1e6), int(n)) for d, t, s, n in fields],
              [(r.received, r.packet[0], r.unix_us, len(r.packet)) for r in records],
              "what tshark shows")
        equal(abs(records[-1].unix_us / 1e6 - began) < 3600, True, "the time of day")
        equal(tshark("-Y", "_ws.malformed"), "", "malformed packets")


if __name__ == "__main__":
    run([test_replayed, test_replayed_loss, test_other_calls, test_run_time, test_rights,
         test_continued, test_hostile, test_nowhere, test_full, test_slow_reader, test_btmon,
         test_wireshark])
