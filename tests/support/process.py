# SPDX-License-Identifier: GPL-2.0-or-later
"""The programs under test and around it: started in a folder of their own, ended in all cases."""
import os
import shutil
import socket
import subprocess
import tempfile
import time

from contract import ROOT
from tap import Failure, Skip, comment

# A slow machine, or a guest without acceleration, gets more time for everything.
SCALE = float(os.environ.get("QB_TIME_SCALE", "1"))
DEADLINE = 10 * SCALE

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


def program(variable, *below_build):
    """A program of ours: where meson says, else in build/."""
    path = os.environ.get(variable) or os.path.join(ROOT, "build", *below_build)
    if not os.path.exists(path):
        raise Failure(f"{path} is not built (or set {variable})")
    return path


def needs(name, package):
    if not shutil.which(name):
        raise Skip(f"no {name} here (Debian: {package})")


def eventually(what, found, seconds=DEADLINE):
    """The first true result of found(), which is asked until then."""
    end = time.monotonic() + seconds
    while True:
        result = found()
        if result:
            return result
        if time.monotonic() > end:
            raise Failure(f"{what} did not happen within {seconds:g} s")
        time.sleep(0.01)


class Folder:
    """A temporary folder, and the programs that were started with it as their home."""

    def __init__(self, title):
        self.title = title
        self.path = tempfile.mkdtemp(prefix=f"qbled-{title}-")
        self.children = []

    def __enter__(self):
        try:
            self.up()
        except BaseException as error:
            self.__exit__(type(error))
            raise
        return self

    def up(self):
        """Starts what belongs into the folder."""

    def __exit__(self, kind, *_):
        try:
            for child in reversed(self.children):
                child.end()
        finally:
            if kind and not issubclass(kind, Skip):
                for child in self.children:
                    child.show_log()
            shutil.rmtree(self.path, ignore_errors=True)

    def file(self, *name):
        return os.path.join(self.path, *name)

    def write(self, name, text):
        path = self.file(name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def start(self, *command, env=None, **options):
        child = Child(self, command, env, **options)
        self.children.append(child)
        return child


class Child:
    """A running program. What it prints goes into a log."""

    def __init__(self, folder, command, env=None, cwd=None, stdout=None):
        self.name = os.path.basename(command[0])
        self.log_path = folder.file(f"{len(folder.children)}-{self.name}.log")
        # Whoever kills a test leaves nobody who could end its programs: they end by themselves.
        command = ["setpriv", "--pdeathsig", "TERM", *command]
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(command, env={**os.environ, **(env or {})}, cwd=cwd,
                                            stdin=subprocess.DEVNULL, stdout=stdout or log,
                                            stderr=log)

    @property
    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def show_log(self):
        if self.log.strip():
            comment(f"--- {self.name} said:\n{self.log}")

    def running(self):
        return self.process.poll() is None

    def kill(self):
        self.process.kill()
        self.process.wait()

    def end(self):
        """SIGTERM, and SIGKILL for who does not follow; returns the exit status."""
        if self.running():
            self.process.terminate()
            try:
                self.process.wait(DEADLINE)
            except subprocess.TimeoutExpired:
                self.kill()
        return self.process.returncode


class Bus(Folder):
    """A private dbus-daemon in the place of the system bus."""

    def __init__(self):
        super().__init__("bus")
        self.socket = self.file("bus")
        self.env = {"DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={self.socket}"}

    def up(self):
        needs("dbus-daemon", "dbus")
        config = self.write("bus.conf", BUS_CONFIG % self.socket)
        child = self.start("dbus-daemon", "--nofork", "--nopidfile", f"--config-file={config}")
        eventually("the start of dbus-daemon",
                   lambda: os.path.exists(self.socket) or not child.running())


class Air(Folder):
    """qble-air: virtual controllers that hear one another."""

    def __init__(self, *options):
        super().__init__("air")
        self.options = options
        self.socket, self.control_socket = self.file("air"), self.file("control")
        self.controller = f"h4:unix:{self.socket}"

    def up(self):
        self.child = self.start(program("QBLE_AIR", "tools", "qble-air"),
                                f"--socket={self.socket}", f"--control={self.control_socket}",
                                *self.options)
        eventually("the start of qble-air", lambda: self.listens() or not self.child.running())

    def listens(self):
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(self.control_socket)
            except OSError:
                return False
        return True

    def kill(self):
        self.child.kill()

    def control(self, command):
        """A command of the control socket; returns its answer, without the ok."""
        with socket.socket(socket.AF_UNIX) as control:
            control.settimeout(DEADLINE)
            control.connect(self.control_socket)
            control.sendall(command.encode() + b"\n")
            answer = b""
            while not answer.endswith(b"ok\n"):
                piece = control.recv(65536)
                if not piece or b"error: " in piece:
                    raise Failure(f"qble-air: {command}: {(answer + piece).decode().strip()}")
                answer += piece
        return answer.decode()[:-3]


class Btvirt(Folder):
    """BlueZ's emulator, a controller that we did not write."""

    def __init__(self, kind="le"):
        super().__init__("btvirt")
        self.socket = self.file("sockets", f"bt-server-{kind}")
        self.controller = f"h4:unix:{self.socket}"

    def up(self):
        os.mkdir(self.file("sockets"))
        shim = program("QB_BTVIRT_SHIM", "tests", "peers", "btvirt", "libbtvirt-shim.so")
        child = self.start(os.path.join(ROOT, "tests", "peers", "btvirt", "start"),
                           f"--shim={shim}", self.file("sockets"))
        eventually("the start of btvirt",
                   lambda: os.path.exists(self.socket) or not child.running())
        if not child.running():
            reason = child.log.strip()
            if child.process.returncode == 77:
                raise Skip(reason.replace("skip: ", "", 1))
            raise Failure(f"btvirt ended: {reason}")
