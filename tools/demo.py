# SPDX-License-Identifier: GPL-2.0-or-later
"""The demonstration: two daemons, two private buses, one qble-air, and busctl for everything.

What is printed as a command is what was run, apart from the bus that it went to.
"""
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

BUILD = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "build")
NAME, PATH = "com.quectel.Ble1", "/com/quectel/Ble1"
EXTENDED = NAME + ".Extended"
DEADLINE = 10

BUS_CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path=%s</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/><allow user="*"/>
  </policy>
</busconfig>
"""

ZEROS = [0] * 16
BOLD, DIM, RESET = ("\033[1m", "\033[2m", "\033[0m") if sys.stdout.isatty() else ("", "", "")


def say(text):
    print(f"\n{BOLD}# {text}{RESET}", flush=True)


def ay(data):
    """Bytes as busctl wants an array: the length, then the elements."""
    return [len(data), *data]


def wait_for(what, found, seconds=DEADLINE):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        result = found()
        if result:
            return result
        time.sleep(0.02)
    raise SystemExit(f"demo: {what} did not happen within {seconds} s")


class Side:
    """One daemon on its own bus."""

    def __init__(self, title, demo):
        self.title = title
        self.folder = os.path.join(demo.folder, title)
        os.mkdir(self.folder)
        socket = os.path.join(self.folder, "bus")
        config = os.path.join(self.folder, "bus.conf")
        with open(config, "w", encoding="utf-8") as file:
            file.write(BUS_CONFIG % socket)
        demo.start("dbus-daemon", "--nofork", "--nopidfile", f"--config-file={config}")
        wait_for("a private bus", lambda: os.path.exists(socket))
        self.env = {**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": "unix:path=" + socket}
        demo.start(os.path.join(BUILD, "daemon", "qbled"),
                   f"--controller=h4:unix:{demo.air}",
                   f"--state-dir={os.path.join(self.folder, 'state')}", env=self.env)
        wait_for("the start of qbled", self.is_up)
        self.seen = 0

    def is_up(self):
        return self.busctl("get-property", NAME, PATH, EXTENDED, "Version").returncode == 0

    def busctl(self, *words):
        return subprocess.run(["busctl", "--system", "--json=short", *map(str, words)],
                              env=self.env, capture_output=True, text=True, check=False)

    def call(self, method, signature="", *words, interface=NAME):
        """A method call, shown as it would be typed."""
        shown = ["busctl", "call", NAME, PATH, interface, method]
        if signature:
            shown += [signature, *words]
        text = shlex.join(map(str, shown))
        if len(text) > 110:
            text = text[:106] + " ..."
        print(f"{DIM}{self.title:>6} ${RESET} {text}", flush=True)
        result = self.busctl("call", NAME, PATH, interface, method,
                             *([signature, *words] if signature else []))
        if result.returncode:
            raise SystemExit(f"demo: {method} failed: {result.stderr.strip()}")
        return json.loads(result.stdout)["data"] if result.stdout.strip() else []

    def events(self, last):
        """Prints events as they come, up to and including the first with the ID `last`."""
        end = time.monotonic() + DEADLINE
        while time.monotonic() < end:
            result = self.busctl("call", NAME, PATH, EXTENDED, "WaitEvents", "tuu", self.seen, 1,
                                 1000)
            if result.returncode:
                raise SystemExit(f"demo: WaitEvents failed: {result.stderr.strip()}")
            self.seen, events = json.loads(result.stdout)["data"]
            for _, event_id, status, _, fields in events:
                plain = {key: value["data"] for key, value in fields.items()}
                print(f"{self.title:>6} < event {event_id}, status {status}"
                      f"  {self.describe(plain)}", flush=True)
                if event_id == last:
                    return plain
        raise SystemExit(f"demo: event {last} did not come within {DEADLINE} s")

    @staticmethod
    def describe(fields):
        text = []
        for key, value in fields.items():
            if isinstance(value, list) and all(isinstance(x, int) for x in value):
                value = bytes(value).hex(" ") if len(value) <= 16 else f"{len(value)} bytes"
            elif isinstance(value, list):
                value = f"{len(value)} entries"
            text.append(f"{key}={value}")
        return ", ".join(text)


class Demo:
    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="qbled-demo-")
        self.air = os.path.join(self.folder, "air")
        self.children = []
        self.log = open(os.path.join(self.folder, "log"), "w+", encoding="utf-8")

    def start(self, *command, env=None):
        self.children.append(subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL,
                                              stdout=self.log, stderr=self.log))

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        for child in reversed(self.children):
            child.terminate()
        for child in self.children:
            try:
                child.wait(5)
            except subprocess.TimeoutExpired:
                child.kill()
        if kind:
            self.log.seek(0)
            sys.stderr.write(self.log.read())
        self.log.close()
        shutil.rmtree(self.folder)

    def run(self):
        say("a virtual controller and its air, a bus and a daemon for each side")
        self.start(os.path.join(BUILD, "tools", "qble-air"), f"--socket={self.air}")
        wait_for("qble-air's socket", lambda: os.path.exists(self.air))
        server, client = Side("server", self), Side("client", self)
        print(f"server: {server.env['DBUS_SYSTEM_BUS_ADDRESS']}")
        print(f"client: {client.env['DBUS_SYSTEM_BUS_ADDRESS']}")
        self.serve(server)
        self.use(client, server)
        return server, client

    @staticmethod
    def serve(server):
        say("the server starts, publishes a Battery Service and advertises")
        server.call("ServerInit")
        server.call("GattStart")
        server.events(0)
        name = b"Quectel_ble"
        server.call("SetLocalName", "us", 0, name.decode())
        server.call("SetAdvData", "ay", *ay(b"\x02\x01\x06" + bytes([len(name) + 1, 9]) + name))
        server.call("AddService", "uuuuay", 1, 1, 1, 0x180F, *ay(ZEROS))
        server.call("AddChara", "uuuuuay", 1, 1, 0x02 | 0x08 | 0x10, 1, 0x2A19, *ay(ZEROS))
        server.call("AddCharaValue", "uuuuuayay", 1, 1, 3, 1, 0x2A19, *ay(ZEROS), *ay([99]))
        server.call("AddCharaDesc", "uuuuuayay", 1, 1, 3, 1, 0x2902, *ay(ZEROS), *ay([0, 0]))
        server.call("AddOrClearService", "uu", 1, 1)
        server.call("AdvStart")

    @staticmethod
    def use(client, server):
        say("the client scans, finds it by its name and connects")
        client.call("ClientInit")
        client.call("GattStart")
        client.events(0)
        client.call("ScanStart")
        report = client.events(19)
        client.call("ScanStop")
        address = bytes.fromhex(report["addr"].replace(":", ""))
        client.call("Connect", "uay", report["addr_type"], *ay(address))
        connect_id = client.events(16)["connect_id"]
        server.events(16)

        say("the MTU is exchanged by itself; the client looks for the service and what is in it")
        client.events(26)
        client.call("DiscoverByUUID", "uuuay", connect_id, 1, 0x180F, *ay(ZEROS))
        service = client.events(27)
        client.call("DiscoverAllChara", "uuu", connect_id, service["start_handle"],
                    service["end_handle"])
        client.events(37)
        value = server.call("GetHandle", "uu", 1, 1, interface=EXTENDED)[0]

        say("it reads the value, writes a new one, and subscribes")
        client.call("ReadCharaByHandle", "uuuu", connect_id, value, 0, 0)
        client.events(32)
        client.call("WriteChara", "uuuuay", connect_id, value, 0, 0, *ay([42]))
        client.events(30)
        client.call("WriteCharaDesc", "uuay", connect_id, value + 1, *ay([1, 0]))
        client.events(35)

        say("the server saw all of it, and notifies")
        server.events(21)
        server.events(21)
        server.call("SendNotification", "uuay", 0, value, *ay(b"hello"))
        server.events(25)
        note = client.events(23)
        if bytes(note["value"]) != b"hello":
            raise SystemExit(f"demo: another value arrived: {note}")

    @staticmethod
    def finish(server, client):
        say("both stop; nothing is left behind")
        client.call("GattStop")
        client.events(1)
        server.events(17)
        server.call("GattStop")
        server.events(1)
        say("done")

    def shell(self, server, client):
        say("the pair is connected and yours: 'server COMMAND' and 'client COMMAND' reach it,")
        print("for example:  client busctl introspect com.quectel.Ble1 /com/quectel/Ble1\n"
              "              server gdbus call --system -d com.quectel.Ble1"
              " -o /com/quectel/Ble1 \\\n"
              "                     -m com.quectel.Ble1.SendNotification 0 18"
              " \"[byte 0x2a]\"\n'exit' ends it all.", flush=True)
        folder = os.path.join(self.folder, "bin")
        os.mkdir(folder)
        for side in (server, client):
            script = os.path.join(folder, side.title)
            with open(script, "w", encoding="utf-8") as file:
                file.write("#!/bin/sh\nexport DBUS_SYSTEM_BUS_ADDRESS="
                           f"{shlex.quote(side.env['DBUS_SYSTEM_BUS_ADDRESS'])}\nexec \"$@\"\n")
            os.chmod(script, 0o755)
        env = {**os.environ, "PATH": folder + ":" + os.environ["PATH"],
               "QBLE_AIR_SOCKET": self.air}
        subprocess.run([os.environ.get("SHELL", "/bin/bash")], env=env, check=False)


def main():
    with Demo() as demo:
        server, client = demo.run()
        if "--shell" in sys.argv[1:]:
            demo.shell(server, client)
        else:
            demo.finish(server, client)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
