# SPDX-License-Identifier: GPL-2.0-or-later
"""The life of the Debian packages on a machine, as its administrator sees it. Runs in the VM.

The stories follow one another: install, start, upgrade, remove, purge.
"""
import glob
import grp
import os
import pwd
import re
import subprocess
import time

from tap import Failure, contains, equal, run

DEBS = "/qbled/build"
NAME = "com.quectel.Ble1"
CONF, STATE = "/etc/qbled/qbled.conf", "/var/lib/qbled"
SECOND_STATE = "/var/lib/qbled-hci1"
UNITS = ("qbled.service", "qbled@hci1.service")
ENV = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}

# What Debian leaves: users and groups, and the notes of dpkg, ldconfig and systemd themselves.
LEFT = re.compile(r"/etc/(passwd|group|shadow|gshadow|subuid|subgid)-?$|/etc/\.pwd\.lock$"
                  r"|/etc/ld\.so\.cache$|/var/(cache|log|tmp)/|/var/lib/(dpkg|systemd)/"
                  r"|.*/__pycache__(/|$)")


def command(*words, status=0):
    """What it prints, with its errors; another exit status than this is a failure."""
    done = subprocess.run(words, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          stdin=subprocess.DEVNULL, text=True, env=ENV, timeout=120)
    if done.returncode != status:
        raise Failure(f"{' '.join(words)} ended with {done.returncode}, not {status}:\n"
                      f"{done.stdout}")
    return done.stdout.strip()


def dpkg(*words):
    """What dpkg says beyond what it always says."""
    said = command("dpkg", "--force-unsafe-io", "--force-confdef", "--force-confold", *words)
    usual = re.compile(r"\(Reading database|Selecting previously|Preparing to unpack|Unpacking "
                       r"|Setting up |Processing triggers|Removing |Purging |\(Noting disappear"
                       r"|Creating (user|group) ")
    return [line for line in said.splitlines() if not usual.match(line)]


def packages(version):
    found = sorted(glob.glob(f"{DEBS}/{version}/*.deb"))
    equal(len(found) >= 5, True, f"packages in {found}")
    return found


def names():
    return [os.path.basename(path).split("_")[0] for path in packages("first")]


def shown(units, *properties):
    """The properties of each unit, in one question: each is 0.1 s here."""
    words = command("systemctl", "show", *units, *(f"--property={name}" for name in properties))
    found = []
    for unit in words.split("\n\n"):
        values = dict(line.split("=", 1) for line in unit.splitlines())
        found.append(tuple(values[name] for name in properties))
    return found


def call(name, *words, user=None, status=0):
    """A call on the bus, as root or as somebody else."""
    switch = ["setpriv", f"--reuid={user}", "--regid=nogroup", "--clear-groups"] if user else []
    return command(*switch, "busctl", "--timeout=20", "call", name, "/com/quectel/Ble1", *words,
                   status=status)


def files():
    """All that packages and daemons may leave, with kind and owner of each."""
    found = command("find", "/etc", "/usr", "/var", "/opt", "/srv", "/home", "/root",
                    "-printf", "%p\\t%M %u %g\\n")
    return dict(line.split("\t") for line in found.splitlines())


def content(path):
    with open(path, "rb") as file:
        return file.read()


def state(folder):
    """What a state folder holds: each file with its content."""
    return {os.path.join(where, name): content(os.path.join(where, name))
            for where, _, held in os.walk(folder) for name in held}


def running():
    """All units run; the process of each."""
    found = shown(UNITS, "ActiveState", "MainPID")
    equal([active for active, _ in found], ["active"] * len(UNITS), "the services")
    return [pid for _, pid in found]


before = {}
kept = {}


def prepare():
    """Nothing else changes while files are compared, and a reload of systemd takes less."""
    # It runs every generator, none of which has to do with us.
    os.makedirs("/etc/systemd/system-generators", exist_ok=True)
    for path in glob.glob("/lib/systemd/system-generators/*"):
        os.symlink("/dev/null", f"/etc/systemd/system-generators/{os.path.basename(path)}")
    # deb-systemd-helper tidies up empty folders of links, whoever left them.
    for path in glob.glob("/etc/systemd/system/*.wants"):
        if not os.listdir(path):
            os.rmdir(path)
    # A call outside the filter ends the daemon, instead of failing where nobody may notice.
    for unit in ("qbled", "qbled@"):
        folder = f"/run/systemd/system/{unit}.service.d"
        os.makedirs(folder)
        with open(f"{folder}/strict.conf", "w", encoding="utf-8") as file:
            file.write("[Service]\nSystemCallErrorNumber=kill\n")
    before.update(files())


def test_install():
    """Installed, it says nothing, and neither runs nor is enabled; user and group are there"""
    prepare()
    equal(dpkg("-i", *packages("first")), [], "what dpkg said")
    equal(shown(UNITS[:1], "LoadState", "ActiveState", "UnitFileState"),
          [("loaded", "inactive", "disabled")], "the service")
    equal(pwd.getpwnam("qbled").pw_shell, "/usr/sbin/nologin", "the user's shell")
    equal(grp.getgrnam("qble").gr_mem, [], "who may call")
    command("busctl", "--timeout=20", "call", NAME, "/", "org.freedesktop.DBus.Peer", "Ping",
            status=1)


def test_start():
    """Started, it answers root and refuses others; tools and Python modules find it"""
    command("systemctl", "start", *UNITS)
    running()
    for name in (NAME, NAME + ".hci1"):
        equal(call(name, NAME, "ServerInit"), "", "an answer")
    contains(call(NAME, NAME, "ServerInit", user="nobody", status=1), "ccess denied")
    contains(command("qblectl", "status"), "hci0")
    command("python3", "-c", "import ble, checkNet, utime; ble.serverInit(print)")
    info = os.stat(STATE)
    equal((info.st_mode & 0o777, info.st_uid), (0o700, pwd.getpwnam("qbled").pw_uid), STATE)


def test_upgrade():
    """Upgraded, it is restarted, and has the administrator's configuration and its own state"""
    command("systemctl", "enable", "--quiet", *UNITS)
    with open(CONF, "a", encoding="utf-8") as file:
        file.write("[Log]\nlevel=debug\n")
    for folder in (STATE, SECOND_STATE):
        with open(f"{folder}/from-before", "w", encoding="utf-8") as file:
            file.write("kept\n")
    kept["conf"] = content(CONF)
    kept["state"] = state(STATE), state(SECOND_STATE)
    pids = running()
    said = dpkg("-i", *packages("second"))
    contains("\n".join(said), CONF)
    equal(content(CONF), kept["conf"], CONF)
    contains(content(CONF + ".dpkg-dist").decode(), "Of the next version.")
    equal((state(STATE), state(SECOND_STATE)), kept["state"], "the state")
    equal(set(running()) & set(pids), set(), "old processes that still run")
    equal(shown(UNITS, "UnitFileState"), [("enabled",)] * len(UNITS), "the services")
    versions = command("dpkg-query", "--show", "--showformat=${Version}\\n", *names()).split()
    equal([version for version in versions if not version.endswith("+next")], [], "old versions")
    command("python3", "-c", "import ble; ble.serverInit(print)")
    # The new process has read the configuration.
    contains(command("busctl", "get-property", NAME, "/org/freedesktop/LogControl1",
                     "org.freedesktop.LogControl1", "LogLevel"), "debug")


def test_stopped():
    """What is stopped, an upgrade leaves stopped"""
    command("systemctl", "stop", *UNITS)
    # As dpkg does it.
    command("/var/lib/dpkg/info/qbled.postinst", "configure", "0.0")
    equal(shown(UNITS, "ActiveState"), [("inactive",)] * len(UNITS), "the services")


def test_remove():
    """Removed, it is stopped and gone; configuration and state stay"""
    command("systemctl", "start", *UNITS)
    running()
    equal(dpkg("-r", *names()), [], "what dpkg said")
    equal(shown(UNITS, "LoadState", "ActiveState"), [("not-found", "inactive")] * len(UNITS),
          "the services")
    contains(command("python3", "-c", "import ble", status=1), "No module named")
    equal(content(CONF), kept["conf"], CONF)
    equal((state(STATE), state(SECOND_STATE)), kept["state"], "the state")


def test_journal():
    """All the while no system call was refused, and nothing was dumped"""
    lines = command("journalctl", "--boot", "--quiet", "--output=cat").splitlines()
    equal([line for line in lines if "status=31/SYS" in line or "/ABRT" in line or
           "/SEGV" in line], [], "ends by a signal")


def test_purge():
    """Purged, nothing is left but what Debian leaves"""
    dpkg("-P", *names())
    after = files()
    left = {path for path in after.keys() - before.keys() if not LEFT.match(path)}
    equal(left, set(), "what is left")
    equal({path for path in before.keys() - after.keys() if not LEFT.match(path)}, set(),
          "what is gone")
    changed = {path for path in after.keys() & before.keys() if after[path] != before[path]}
    equal({path for path in changed if not LEFT.match(path)}, set(), "what is changed")
    equal(command("systemctl", "list-units", "--failed", "--plain", "--no-legend"), "", "failed")


def timed(test):
    def story():
        begin = time.monotonic()
        test()
        print(f"# {time.monotonic() - begin:.1f} s", flush=True)
    story.__doc__ = test.__doc__
    return story


if __name__ == "__main__":
    run([timed(test) for test in (test_install, test_start, test_upgrade, test_stopped,
                                  test_remove, test_journal, test_purge)])
