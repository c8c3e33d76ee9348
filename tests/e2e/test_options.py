# SPDX-License-Identifier: GPL-2.0-or-later
"""The command line, the configuration file and the state directory of qbled."""
import os
import re
import stat
import subprocess

from process import DEADLINE, Bus, Folder, program
from qbled import Air, Daemon
from tap import Failure, contains, equal, run


def qbled(*options, env=None):
    return subprocess.run([program("QBLED", "daemon", "qbled"), *options], text=True, check=False,
                          capture_output=True, timeout=DEADLINE, env={**os.environ, **(env or {})})


def refuses(*said, options, env=None):
    """Exit status 2, and the parts on one line of stderr."""
    result = qbled(*options, env=env)
    shown = f"{' '.join(options)}: exit {result.returncode}, said {result.stderr!r}"
    if result.returncode != 2:
        raise Failure(f"{shown}; wanted exit 2")
    if not any(all(part in line for part in said) for line in result.stderr.splitlines()):
        raise Failure(f"{shown}; wanted {said} on one line")
    if result.stdout:
        raise Failure(f"{shown}; printed {result.stdout!r}")
    return result.stderr


def test_help():
    """--help and --version print to stdout, within 80 columns, and end with 0"""
    result = qbled("--help")
    equal((result.returncode, result.stderr), (0, ""), "--help")
    for option in ("controller", "bus-name", "config", "state-dir", "log-level", "help", "version"):
        contains(result.stdout, f"--{option}")
    equal([line for line in result.stdout.splitlines() if len(line) > 80], [], "long lines")
    result = qbled("--version")
    equal((result.returncode, result.stderr), (0, ""), "--version")
    if not re.fullmatch(r"qbled \d+\.\d+\.\d+\n", result.stdout):
        raise Failure(f"--version printed {result.stdout!r}")


def test_bad_options():
    """A wrong option: exit 2, and a line that names it"""
    for option in ("--nonsense", "--con", "extra", "--log-level=loud"):
        said = refuses(option.split("=")[-1].lstrip("-"), options=[option])
        contains(said, "--help")
    refuses("--controller", "argument", options=["--controller"])


def test_bad_controller():
    """A --controller that can never be one: exit 2, and a line that says how it is written"""
    with Bus() as bus, Folder("state") as folder:
        for controller, said in {
                "usb1": ["'usb1'", "h4:tcp:HOST:PORT, h4:tty:DEV,BAUD or replay:FILE"],
                "": ["names no controller"],
                "hcix": ["hcix"],
                "h4:unix:": ["path has 0 characters", "1..107"],
                "h4:unix:" + "x" * 108: ["path has 108 characters", "1..107"],
                "h4:tcp:localhost": ["'localhost' is not HOST:PORT"],
                "h4:tty:/dev/ttyS0,12": ["'/dev/ttyS0,12'", "9600 to 12000000"],
        }.items():
            options = [f"--controller={controller}", f"--state-dir={folder.path}",
                       f"--config={folder.write('config', '')}"]
            said = refuses(*said, options=options, env=bus.env)
            equal(len(said.splitlines()), 1, f"lines about {controller!r}")


def test_bad_configuration():
    """A wrong configuration file: exit 2, and a line with the file's own for each error"""
    with Folder("config") as folder:
        path = folder.write("c", "[Ble]\nmtu=9\nfoo=1\n\n[Bad]\nx=1\n[Log]\nlevel = loud\n")
        said = refuses(f"{path}:2:", "mtu=9", "23 to 517", options=[f"--config={path}"])
        contains(said, f"{path}:3: ", "'foo'", f"{path}:5: ", "[Bad]", f"{path}:8: ", "level=loud")
        equal(len(said.splitlines()), 4, "lines")
        for text in ("mtu=247\n", "[Ble\n", "nonsense\n", "[Ble]\nmtu\n"):
            path = folder.write("c", text)
            refuses(path, options=[f"--config={path}"])
        for text, part in {
                "[Ble]\nmtu=518": "23 to 517", "[Ble]\nmtu=-1": "23 to 517",
                "[Ble]\nmtu=2 3": "23 to 517", "[Ble]\nauto-mtu=maybe": "true nor false",
                "[Ble]\nconnect-timeout=0": "1 to 3600",
                "[Ble]\nconnect-timeout=99999999999999999999": "1 to 3600",
                "[Controller]\ndevice=": "must not be empty",
                "[Controller]\ndevice=usb1": "'usb1' names no controller"}.items():
            path = folder.write("c", text)
            refuses(f"{path}:2:", part, options=[f"--config={path}"])
        refuses("/nonexistent", "No such file", options=["--config=/nonexistent"])
        refuses(folder.path, options=[f"--config={folder.path}"])


def test_configuration():
    """The file's values count, and the command line has the last word"""
    with Air() as air:
        config = f"[Controller]\ndevice={air.controller}\n[Ble]\nmtu=100\n[Log]\nlevel=err\n"
        with Daemon("hci9", "configured", config=config) as daemon:
            equal(daemon.get("Controller")[0], "hci9", "the controller of the command line")
        with Daemon(None, "configured", config=config) as daemon:
            daemon.ready()
            equal(daemon.get("Controller"), (air.controller, True, ""), "the file's controller")
            equal(daemon.qbled.log, "", "what is logged at level err")


def test_no_bus():
    """No bus to be on: one line, and an exit status that has systemd try again"""
    with Folder("nobus") as folder:
        result = qbled("--controller=hci9", f"--state-dir={folder.path}",
                       f"--config={folder.write('config', '')}",
                       env={"DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={folder.file('none')}"})
        equal(result.returncode, 1, "exit status")
        contains(result.stderr, "cannot connect to the system bus", "No such file")


def test_second_daemon():
    """A second daemon on the same bus: says that another one is running, and ends"""
    with Air() as air, Daemon(air, "first") as first, Folder("second") as folder:
        result = qbled(f"--controller={air.controller}", f"--state-dir={folder.path}",
                       f"--config={folder.write('config', '')}", env=first.bus.env)
        equal(result.returncode, 1, "exit status")
        contains(result.stderr, "com.quectel.Ble1", "is another qbled running?")
        first.ready()


def address_with(air, state, title):
    with Daemon(air, title, state=state) as daemon:
        daemon.ready()
        daemon.call("ServerInit")
        daemon.call("GattStart")
        daemon.expect(0, 0)
        address = daemon.call("GetPublicAddr")
        equal(daemon.get("Address").lower(), address[::-1].hex(":"), "the property Address")
        daemon.call("GattStop")
        daemon.expect(1, 0)
        return address, daemon.qbled.log


def test_identity():
    """Without a public address there is a static random one, made once, in a private file"""
    with Air("--no-public-address") as air, Folder("state") as folder:
        state = folder.file("a", "b")
        first, _ = address_with(air, state, "first")
        equal(first[5] & 0xC0, 0xC0, "the two top bits of a static random address")
        path = os.path.join(state, "identity")
        equal(stat.S_IMODE(os.stat(path).st_mode), 0o600, "mode of the file")
        equal(stat.S_IMODE(os.stat(state).st_mode), 0o700, "mode of the folder")
        second, said = address_with(air, state, "second")
        equal(second, first, "the address after a restart")
        equal("WARN" in said.upper(), False, "warnings")
        other, _ = address_with(air, folder.file("other"), "other")
        if other == first:
            raise Failure("another state directory gave the same address")


def test_broken_identity():
    """A broken identity file is put aside and said so; the daemon goes on with a new address"""
    with Air("--no-public-address") as air, Folder("state") as folder:
        path = folder.file("identity")
        for number, text in enumerate((
                "", "\0\0\0", "[Identity]\n", "[Identity]\nStaticRandomAddress=0\n",
                "[Identity]\nStaticRandomAddress=01:02:03:04:05:06\n",
                "[Identity]\nStaticRandomAddress=ff:ff:ff:ff:ff:ff\n")):
            folder.write("identity", text)
            address, said = address_with(air, folder.path, f"broken{number}")
            equal(address[5] & 0xC0, 0xC0, "the two top bits of a static random address")
            contains(said, path, ".broken")
            with open(path + ".broken", encoding="utf-8") as file:
                equal(file.read(), text, "what was put aside")
            again, _ = address_with(air, folder.path, f"mended{number}")
            equal(again, address, "the address after a restart")


def test_state_not_writable():
    """A state directory that cannot be written: said so, and the daemon runs"""
    with Air("--no-public-address") as air, Folder("state") as folder:
        blocker = folder.write("file", "")
        address, said = address_with(air, os.path.join(blocker, "state"), "readonly")
        equal(address[5] & 0xC0, 0xC0, "the two top bits of a static random address")
        contains(said, "for this run only")


if __name__ == "__main__":
    run([test_help, test_bad_options, test_bad_controller, test_bad_configuration,
         test_configuration, test_no_bus, test_second_daemon, test_identity, test_broken_identity,
         test_state_not_writable])
