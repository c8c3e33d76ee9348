# SPDX-License-Identifier: GPL-2.0-or-later
"""The machine as its administrator has it: units, journal, users, controllers."""
import ctypes
import fcntl
import json
import os
import pwd
import socket
import subprocess

import dbus

from caller import Qbled
from loop import Bus, settle, until
from tap import Failure, equal

FIRST, SECOND = "00:aa:01:00:00:00", "00:aa:01:01:00:01"  # as btvirt names them
READY = "21916b23e86848b8aa1720bb6e717ccd"
LOST = "87c982423b4848ae90b6e2b5bb8a9cab"
MISSING = "2e7f756b45b74210a28fc82f18fa7165"

HCIDEVUP = 0x400448C9
AF_BLUETOOTH, BTPROTO_HCI = 31, 1

bus = Bus()
qbled = Qbled(bus)


def command(*words, status=0):
    """What it prints, with its errors."""
    done = subprocess.run(words, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          stdin=subprocess.DEVNULL, text=True, timeout=120)
    if done.returncode != status:
        raise Failure(f"{' '.join(words)} ended with {done.returncode}, not {status}:\n"
                      f"{done.stdout}")
    return done.stdout.strip()


def systemctl(*words, status=0):
    return command("systemctl", *words, status=status)


def busctl(*words, status=0):
    return command("busctl", "--system", *words, status=status)


def shown(unit, *properties):
    """Properties of a unit, as text."""
    lines = systemctl("show", unit, *(f"--property={name}" for name in properties)).splitlines()
    found = dict(line.split("=", 1) for line in lines)
    return found[properties[0]] if len(properties) == 1 else [found[name] for name in properties]


def status_text(unit="qbled"):
    return shown(unit, "StatusText")


class Journal:
    """What the daemons write to the journal from here on, or since the boot."""

    def __init__(self, since_boot=False):
        self.after = [] if since_boot else [f"--after-cursor={self.cursor()}"]

    @staticmethod
    def cursor():
        shown = command("journalctl", "--quiet", "--lines=1", "--show-cursor", "--output=cat")
        return shown.rsplit("-- cursor: ", 1)[1]

    def entries(self, unit="qbled"):
        # journalctl of that age leaves one out with both a cursor and a match.
        lines = command("journalctl", "--quiet", "--boot", "--output=json", *self.after)
        return [entry for entry in map(json.loads, lines.splitlines())
                if entry.get("_SYSTEMD_UNIT") == f"{unit}.service"]

    def messages(self, message_id):
        """The lines with that MESSAGE_ID, once there is one."""
        return until(f"an entry with the MESSAGE_ID {message_id}", lambda: [
            entry["MESSAGE"] for entry in self.entries() if entry.get("MESSAGE_ID") == message_id])


def ready():
    try:
        until("that qbled is ready", lambda: qbled.get("Controller")[1])
    except Failure as failure:
        raise Failure(f"{failure}: {reason()}") from failure
    equal(qbled.get("Address"), FIRST, "the property Address")


def fresh():
    """qbled started anew, nobody else's hands on the controllers."""
    systemctl("stop", "bluetooth", "qbled", "qbled@hci1")
    systemctl("start", "qbled")
    ready()
    settle()
    qbled.came.clear()
    qbled.history.clear()


def reason():
    """Why qbled has no controller, as its callers see it."""
    _, up, why = qbled.get("Controller")
    equal(up, False, "whether the controller is up")
    return why


def bring_up(index):
    """hciN up, as hciconfig does it."""
    with socket.socket(AF_BLUETOOTH, socket.SOCK_RAW, BTPROTO_HCI) as hci:
        fcntl.ioctl(hci, HCIDEVUP, index)


class Library:
    """A program that uses libqble-client: the numbers of the events that its callback gets."""

    def __init__(self):
        self.library = ctypes.CDLL("libqble-client.so.0")
        self.client = ctypes.c_void_p()
        self.ids = []
        # struct qble_event begins with the number of the event in the log, then its id.
        self.callback = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p,
                                         ctypes.c_void_p)(self.take)
        equal(self.library.qble_client_new(ctypes.byref(self.client), self.callback, None), 0,
              "qble_client_new")

    def take(self, _client, event, _user):
        self.ids.append(ctypes.cast(event + 8, ctypes.POINTER(ctypes.c_uint32))[0])

    def heard(self):
        while self.library.qble_wait(self.client, 0) > 0:
            pass
        return self.ids

    def call(self, name):
        return getattr(self.library, name)(self.client)

    def free(self):
        self.library.qble_client_free(self.client)


def own_bus():
    """A connection that this process shares with none that it came from."""
    own = Bus()
    own.connection = dbus.SystemBus(private=True)
    return own


class As:
    """What a function returns that runs as another user, beside this program."""

    def __init__(self, name, what):
        self.pipe, there = os.pipe()
        self.child = os.fork()
        if self.child == 0:
            answer = {}
            # What comes for this program is not for the child to take: it hears a silent pipe.
            os.dup2(os.pipe()[0], bus.connection.get_unix_fd())
            try:
                user = pwd.getpwnam(name)
                os.initgroups(name, user.pw_gid)
                os.setgid(user.pw_gid)
                os.setuid(user.pw_uid)
                answer["result"] = what()
            except BaseException as error:  # for the parent to judge
                answer["error"] = f"{type(error).__name__}: {error}"
            os.write(there, json.dumps(answer).encode())
            os._exit(0)
        os.close(there)

    def get(self):
        with os.fdopen(self.pipe, "rb") as pipe:
            answer = json.loads(pipe.read())
        os.waitpid(self.child, 0)
        if "error" in answer:
            raise Failure(answer["error"])
        return answer["result"]
