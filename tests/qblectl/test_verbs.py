# SPDX-License-Identifier: GPL-2.0-or-later
"""Every verb of qblectl between two daemons over qble-air: what works, as text and as JSON."""
import array
import fcntl
import json
import os
import shutil
import subprocess
import termios
from contextlib import contextmanager

import ctl
import shells
from contract import EVENT_IDS, METHODS
from ctl import DEADLINE, Background, eventually, fails, serving, succeeds
from process import Bus, program
from qbled import Air, Daemon
from tap import contains, equal, run

UART = "6e40000{}-b5a3-f393-e0a9-e50e24dcca9e"


@contextmanager
def pair(*options):
    with Air(*options) as air, Daemon(air, "server") as server:
        server.ready()  # the first on the air has the first address
        with Daemon(air, "client") as client:
            client.ready()
            yield air, server, client


@contextmanager
def served():
    with pair() as (_, server, client), serving(server, stdin=subprocess.PIPE) as service:
        yield server, client, service


def test_status():
    """status tells of the daemon, and of the link that connect leaves"""
    with served() as (server, client, _):
        status = succeeds(client, "--json", "status").json()[0]
        equal(status["status"], 0, "status before")
        equal(status["links"], [], "links before")
        equal(succeeds(client, "connect", "Thermo").out,
              "connected to 00:11:22:33:44:01 as 0, MTU 247\n")
        contains(succeeds(client, "status").out, "BLE         started", "central", "public 247",
                 "activity    client scan-filter\n")
        # By the name that it has now, and does not advertise.
        equal(succeeds(client, "connect", "Thermo", "--timeout=60").out,
              "connected to 00:11:22:33:44:01 as 0, MTU 247\n")
        equal(succeeds(client, "read", "Thermo", "2a19").out, "57\n")
        link = succeeds(client, "--json", "status").json()[0]["links"][0]
        equal((link["connect_id"], link["role"], link["addr"]), (0, "central", "00:11:22:33:44:01"))
        contains(succeeds(server, "status").out, "peripheral 00:11:22:33:44:02")
        for shell, program in ((shells.bash, "bash"), (shells.zsh, "zsh"), (shells.fish, "fish")):
            if shutil.which(program):
                equal(shell("disconnect", "", daemon=client), ["0"], f"what {program} offers")
        equal(succeeds(client, "disconnect", "00:11:22:33:44:01").out, "")
        equal(succeeds(client, "--json", "status").json()[0]["links"], [], "links after")
        # By its name, too; and a name that nobody has ends nothing.
        succeeds(client, "connect", "Thermo")
        fails(client, ctl.LINK, "disconnect", "Barometer", says=["no link to 'Barometer'"])
        equal(len(client.get("Connections")), 1, "links after a name that nobody has")
        succeeds(client, "disconnect", "Thermo")
        equal(client.get("Connections"), [], "links after its name")


def test_scan():
    """scan finds who advertises; what it began, it ends"""
    with served() as (_, client, _service):
        row = succeeds(client, "scan", "--json", "--count=1").json()[0]
        equal((row["addr"], row["addr_type"], row["name"]), ("00:11:22:33:44:01", 0, "Thermo"))
        bytes.fromhex(row["data"])
        ctl.golden("scan", succeeds(client, "scan", "--count=1").out)
        equal(succeeds(client, "scan", "--count=1", "--no-legend").out.count("\n"), 1)
        equal(client.get("Status"), 0, "BLE after the scan")
        with Background(client, "scan", "--json", "--timeout=0", "--duplicates") as scan:
            eventually("many packets", lambda: scan.output().count('"name":"Thermo"') > 3)
            equal(scan.end(), 0, "the exit code after ^C")
        # A time limit is a good end, too.
        equal(succeeds(client, "scan", "--timeout=1").out.count("ADDRESS"), 1)


def test_hostile_name():
    """A device that calls itself an escape sequence does not get at the terminal"""
    name = b"\x1b[2Jevil\x07"
    with pair() as (_, server, client):
        server.call("ServerInit")
        server.call("GattStart")
        server.expect(0)
        server.call("SetAdvData", bytes([len(name) + 1, 0x09]) + name)
        server.call("AdvStart")
        text = succeeds(client, "scan", "--count=1").out
        contains(text, "?[2Jevil?")
        equal("\x1b" in text, False, "an escape sequence")
        row = succeeds(client, "scan", "--json", "--count=1").json()[0]
        equal(row["name"], name.decode())
        contains(succeeds(client, "events").out, "name=?[2Jevil?")


def test_tree():
    """tree draws a database, by name, by address and by connect_id"""
    with served() as (_, client, _service):
        ctl.golden("tree", succeeds(client, "tree", "Thermo", "--values").out)
        equal(client.get("Connections"), [], "links after a tree of its own")
        ctl.golden("tree-ascii", succeeds(client, "tree", "00:11:22:33:44:01", "--public",
                                          env=ctl.environment(client, LC_ALL="C")).out)
        succeeds(client, "connect", "Thermo")
        tree = succeeds(client, "tree", "0", "--json", "--values").json()
        equal(len(tree), 1, "lines of the JSON")
        battery = tree[0]["services"][2]
        equal((battery["uuid"], battery["name"], battery["primary"]), ("180f", "Battery", True))
        level = battery["characteristics"][0]
        equal((level["uuid"], level["value_handle"], level["properties"], level["value"]),
              ("2a19", 18, ["read", "notify"], "57"))
        equal(level["descriptors"][0]["uuid"], "2902")
        equal(len(client.get("Connections")), 1, "links after a tree of another's link")


def test_read_write():
    """read and write by name, UUID and handle; the server's side tells of it"""
    with served() as (_, client, service):
        succeeds(client, "connect", "Thermo")
        equal(succeeds(client, "read", "0", "battery level").out, "57\n")
        equal(succeeds(client, "read", "0", "0x0012").out, "57\n")
        equal(succeeds(client, "read", "0", UART.format(3)).out,
              '4f 75 74 73 69 64 65  "Outside"\n')
        equal(succeeds(client, "--json", "read", "0", "2a19").json(),
              [{"handle": 18, "value": "57"}])
        succeeds(client, "write", "0", UART.format(2), "text:hello")
        service.says("writes", "rx", "68 65 6c 6c 6f")
        succeeds(client, "write", "0", UART.format(2), "01:02", "--no-response")
        service.says("writes", "rx", "01 02")
        # More than one request carries.
        succeeds(client, "write", "0", UART.format(3), "ab" * 300)
        equal(succeeds(client, "--json", "read", "0", UART.format(3)).json()[0]["value"],
              "ab" * 300)


def test_notify():
    """notify prints what the server is told to say; an indication is one too"""
    with served() as (_, client, service):
        with Background(client, "notify", "Thermo", "2a19", "--count=2", "--json") as notify:
            service.says("subscribes", "level")
            service.write("level 42")
            service.write("nonsense 42")
            service.write("level text:full")
            equal(notify.process.wait(DEADLINE), 0, "the exit code of notify")
            equal([json.loads(line)["value"] for line in notify.output().splitlines()],
                  ["42", b"full".hex()])
        service.says("'nonsense'", "wanted NAME VALUE")
        service.says("disconnected")
        with Background(client, "notify", "Thermo", UART.format(3)) as notify:
            service.says("subscribes", "label")
            service.write("label 07")
            notify.says("07")
            equal(notify.end(), 0, "the exit code of notify after ^C")
        equal(succeeds(client, "read", "Thermo", "2a19").out, '66 75 6c 6c  "full"\n')


def test_serve_ends():
    """serve ends what it began, and says in JSON what its clients do"""
    with pair() as (_, server, client):
        with Background(server, "serve", "--json", server.write("s", ctl.SERVER)) as service:
            eventually("the advertising", lambda: server.get("Status") == 1)
            succeeds(client, "read", "Thermo", "2a19")
            rows = [json.loads(service.says(word)) for word in
                    ('"connected"', '"reads"', '"disconnected"')]
            equal(rows[1], {"what": "reads", "connect_id": 0, "attribute": "level", "value": "57"})
            equal(service.end(), 0, "the exit code after ^C")
        equal(server.get("Status"), 0, "BLE after it")


def test_advertise():
    """advertise sends name and service, or what it is given; and again after a link"""
    with pair() as (_, server, client):
        with Background(server, "advertise", "--name=Lamp", "--service=181a", "--interval=30") as a:
            a.says("advertising")
            contains(succeeds(client, "scan", "--count=1").out, "Lamp", "Environmental Sensing")
            succeeds(client, "connect", "Lamp")
            a.says("connected", "00:11:22:33:44:02")
            succeeds(client, "disconnect", "0")
            a.says("disconnected")
            contains(succeeds(client, "scan", "--count=1").out, "Lamp")
            equal(a.end(), 0, "the exit code after ^C")
        with Background(server, "advertise", "--data=020106 03094142") as a:
            a.says("advertising")
            equal(succeeds(client, "scan", "--count=1", "--json").json()[0]["data"],
                  "02010603094142")


def test_monitor():
    """monitor follows what happens, in 80 columns, from then on"""
    with served() as (_, client, _service):
        with Background(client, "monitor") as monitor:
            monitor.says("SEQ EVENT")
            succeeds(client, "tree", "00:11:22:33:44:01", "--public")
            monitor.says("DisconnectInd")
            equal(monitor.end(), 0, "the exit code after ^C")
            ctl.golden("monitor", monitor.output().split("    addr=00:11:22:33:44:01 addr_type=0 "
                                                         "reason")[0])
        # What was before it is for events.
        last = succeeds(client, "events", "--json").json()[-1]["seq"]
        with Background(client, "monitor", "--count=1") as monitor:
            monitor.says("SEQ EVENT")
            succeeds(client, "tree", "00:11:22:33:44:01", "--public")
            equal(monitor.process.wait(DEADLINE), 0, "the exit code of the one that counts")
            equal(monitor.output().splitlines()[1].split(),
                  [str(last + 1), "StartStatusInd", "-", "0"])


def test_events():
    """events remembers what happened"""
    with served() as (_, client, _service):
        succeeds(client, "tree", "00:11:22:33:44:01", "--public")
        seen = succeeds(client, "events", "--json", "--count=5").json()
        equal([row["event"] for row in seen],
              ["StartStatusInd", "ConnectInd", "GattMtu", "GattStartDiscoverServiceInd",
               "GattDiscoverServiceInd"])
        equal([row["seq"] for row in seen], [1, 2, 3, 4, 5])
        equal(succeeds(client, "events", "--json", "--since=2", "--count=1").json(), seen[1:2])
        contains(succeeds(client, "events", "--no-legend").out, "GattMtu", "handle=0 mtu=247")


def listening(daemon):
    """A monitor of daemon that is known to have begun; it tells of events 0 and 1 then."""
    rows = Background(daemon, "monitor", "--json")

    def heard():
        for call, event in (("GattStart", 0), ("GattStop", 1)):
            daemon.call(call)
            daemon.expect(event)
        return rows.output()
    daemon.call("ClientInit")
    eventually(f"the monitor of {daemon.title}", heard)
    daemon.call("ClientRelease")
    return rows


def every_event(client, service):
    """What makes the client's daemon tell of each of its events, and the server's of the others."""
    peer, nobody, none = bytes.fromhex("001122334401"), bytes(6), bytes(16)
    client.call("ClientInit")
    client.call("GattStart")
    client.expect(0)
    client.call("ScanStart")
    client.expect(19)
    client.call("ScanStop")
    client.call("Connect", 0, nobody)
    client.call("CancelConnect", nobody)
    equal(client.next_event().id, 16)
    client.call("Connect", 0, peer)
    for event in 16, 20, 26:
        client.expect(event)
    for call, arguments, events in (
            ("DiscoverByUUID", (1, 0x180f, none), [27]),
            ("DiscoverAllIncludes", (1, 0xffff), [37]),
            ("DiscoverAllChara", (17, 26), [28, 28, 37]),
            ("DiscoverAllCharaDesc", (25, 26), [29]),
            ("ReadCharaByUUID", (1, 0xffff, 1, 0x2a19, none), [33]),
            ("ReadCharaByHandle", (18, 0, 0), [32]),
            ("ReadCharaDesc", (26, 0), [36]),
            ("ReadMultiChara", (bytes([18, 0, 24, 0]),), [34]),
            ("WriteChara", (22, 0, 0, b"one"), [30]),
            ("WriteCharaNoRsp", (22, b"two"), [31]),
            ("WriteCharaDesc", (19, b"\1\0"), [35]),
            ("WriteCharaDesc", (25, b"\2\0"), [35]),
            ("UpdateConnParam", (24, 40, 0, 200), [18])):
        client.call(call, 0, *arguments)
        for event in events:
            client.expect(event)
    service.says("subscribes", "label")
    for line, event in (("level 42", 23), ("label 07", 24)):
        service.write(line)
        client.expect(event)
    client.call("Disconnect", 0)
    client.expect(17)
    client.call("GattStop")
    client.expect(1)


def test_monitor_is_events():
    """What monitor tells of each event is what events has of it"""
    with pair() as (_, server, client), listening(server) as of_server, \
            listening(client) as of_client, serving(server, stdin=subprocess.PIPE) as service:
        every_event(client, service)
        service.says("disconnected")
        service.end()
        ids = set()
        for daemon, monitor in ((server, of_server), (client, of_client)):
            logged = succeeds(daemon, "events", "--json").json()
            monitor.says(f'"seq":{logged[-1]["seq"]},')
            seen = [json.loads(line) for line in monitor.output().splitlines()]
            equal(seen, logged[-len(seen):])
            ids.update(row["event_id"] for row in seen)
        equal(ids, set(EVENT_IDS), "the events that were")


@contextmanager
def fake():
    """A bus with what sends as many events as it is told to"""
    with Bus() as bus:
        bus.start(program("FAKE_QBLED", "tests", "lib", "fake-qbled"), env=bus.env)

        def order(*words):
            return subprocess.run(["busctl", "--system", "call", "com.quectel.Ble1", "/",
                                   "test.Control", *map(str, words)], capture_output=True,
                                  env={**os.environ, **bus.env}, check=False).returncode == 0
        eventually("the start of fake-qbled", lambda: order("Last"))
        yield bus, order


@contextmanager
def unread(bus, *args):
    with subprocess.Popen(ctl.command("monitor", *args), env=ctl.environment(**bus.env),
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as monitor:
        try:
            contains(monitor.stdout.readline().decode(), "SEQ EVENT")
            yield monitor
        finally:
            monitor.kill()


def is_full(pipe):
    waiting = array.array("i", [0])
    fcntl.ioctl(pipe, termios.FIONREAD, waiting)
    return waiting[0] > 60000


def test_slow_reader():
    """However late its output is read, monitor loses nothing; a signal and its time still end it"""
    with fake() as (bus, order):
        with unread(bus) as monitor:
            equal(order("Emit", "uuuu", 25, 0, 5000, 0), True)
            for number in range(1, 5001):
                equal(monitor.stdout.readline().split(),
                      [b"%d" % number, b"GattSendEnd", b"0", b"0"])
            equal(order("Emit", "uuuu", 25, 0, 5000, 0), True)
            eventually("a pipe that is full", lambda: is_full(monitor.stdout))
            monitor.terminate()
            equal(monitor.wait(DEADLINE), 0, "the exit code after ^C")
        with unread(bus, "--timeout=2") as monitor:
            equal(order("Emit", "uuuu", 25, 0, 5000, 0), True)
            eventually("its end", lambda: monitor.poll() is not None)
            equal(monitor.returncode, 0, "the exit code after its time")


def test_monitor_restart():
    """monitor goes on with the next daemon, from its first event"""
    with pair() as (_, _server, client):
        with Background(client, "monitor") as monitor, \
                Background(client, "monitor", "--json", "--count=2") as rows:
            monitor.says("SEQ EVENT")
            eventually("the second monitor", lambda: rows.process.poll() is None)
            client.call("ClientInit")
            client.call("GattStart")
            monitor.says("1 StartStatusInd")
            rows.says("StartStatusInd")
            client.qbled.kill()
            monitor.says("qbled is gone; waiting for it")
            client.relaunch()
            client.ready()
            monitor.says("qbled is back")
            client.call("ServerInit")
            client.call("GattStart")
            monitor.says("1 StartStatusInd")
            equal(rows.process.wait(DEADLINE), 0, "the exit code of the one that counts")
            equal(monitor.end(), 0, "the exit code after ^C")
            # What is no event is no line of JSON.
            lines = rows.output().splitlines()
            equal([json.loads(line)["seq"] for line in lines if line[0] == "{"], [1, 1])
            equal([line for line in lines if line[0] != "{"],
                  ["qblectl: qbled is gone; waiting for it", "qblectl: qbled is back"])


def test_others():
    """What another program does with the radio goes on as it was, during and after a verb"""
    with pair() as (_, server, client):
        for side in (server, client):
            side.call("ClientInit")
            side.call("GattStart")
            side.expect(0)
            side.call("SetScanFilter", 0)
            side.call("ScanStart")
        equal(client.get("Activity"), ["client", "scanning"])
        equal(succeeds(client, "scan", "--timeout=1", "--json").out, "")
        succeeds(client, "scan", "--timeout=1")
        with Background(client, "advertise", "--name=Other", "--interval=20") as advertising:
            advertising.says("advertising")
            equal(client.get("Activity"), ["server", "client", "advertising", "scanning"])
            contains(succeeds(server, "connect", "Other").out, "connected to")
            succeeds(server, "disconnect", "0")
            equal(advertising.end(), 0, "the exit code after ^C")
        for side in (server, client):
            equal(side.get("Activity"), ["client", "scanning"])
            equal(side.get("Status"), 1, "BLE")
            side.call("SetScanFilter", 1)
        succeeds(client, "scan", "--timeout=1")
        equal(client.get("Activity"), ["client", "scanning", "scan-filter"])
        client.call("ScanStop")
        succeeds(client, "scan", "--timeout=1")
        equal(client.get("Activity"), ["client", "scan-filter"])


def test_call():
    """call makes any call, with arguments as people write them"""
    with pair() as (_, server, _client):
        names = [line.split()[0] for line in succeeds(server, "call").out.splitlines()]
        equal(set(names), set(METHODS), "the methods that call lists")
        equal({row["method"] for row in succeeds(server, "--json", "call").json()}, set(names))
        succeeds(server, "call", "ServerInit")
        succeeds(server, "call", "GattStart")
        server.expect(0)
        equal(succeeds(server, "call", "GetStatus").out, "status=1\n")
        equal(succeeds(server, "--json", "call", "GetPublicAddr").json(),
              [{"addr": "014433221100"}])
        succeeds(server, "call", "SetLocalName", "0", "Näme")
        succeeds(server, "call", "AddService", "1", "1", "0", "0", UART.format(1))
        succeeds(server, "call", "AddChara", "1", "0x1", "2", "1", "0x2a19", "")
        succeeds(server, "call", "AddOrClearService", "1", "0")
        equal(succeeds(server, "call", "GetHandle", "1", "1").out, "handle=3\n")
        rows = succeeds(server, "--json", "call", "GetEvents", "0", "9").json()[0]
        equal((rows["next"], rows["events"][0][:2]), (2, [1, 0]))


def test_log_level():
    """log-level shows and sets how much the daemon logs"""
    with pair() as (_, server, _client):
        equal(succeeds(server, "log-level").out, "info\n")
        equal(succeeds(server, "log-level", "debug").out, "")
        equal(succeeds(server, "--json", "log-level").json(), [{"level": "debug"}])
        fails(server, ctl.USAGE, "log-level", "loud", says=("'loud' is no log level", "warning"))


if __name__ == "__main__":
    run([test_status, test_scan, test_hostile_name, test_tree, test_read_write,
         test_notify, test_serve_ends, test_advertise, test_monitor, test_monitor_is_events,
         test_events, test_slow_reader, test_monitor_restart,
         test_others, test_call, test_log_level])
