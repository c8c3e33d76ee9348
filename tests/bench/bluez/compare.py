# SPDX-License-Identifier: GPL-2.0-or-later
"""bluetoothd and qbled as servers of one database, one peer measuring both; runs in the VM.

Each has a controller of its own, and so has the peer, which connects to the one and to the other in
turns. The programs are given as their folder, the number of rounds as the second argument.
"""
import os
import statistics
import subprocess
import sys
import time

PROGRAMS, ROUNDS = sys.argv[1], int(sys.argv[2])
READS, NOTIFICATIONS, WRITES, PACE = 2000, 2000, 2000, 500
DEADLINE = 60
DEVICE_NAME, READ, NOTIFY, NOTIFY_FAST, WRITE, WRITE_FAST = (
    "2a00", "fff1", "fff2", "fff3", "fff4", "fff5")
BROKER = os.path.basename(os.path.realpath("/etc/systemd/system/dbus.service")) != (
    "dbus.service")
NOTES = """\
bluetoothd {bluez}, {bus}, Linux {kernel}, one processor for everything.
Rounds in turns: {rounds}; the figures are their medians. In each {reads:,} reads and {sent:,} of
everything else, values of 20 octets; no rate of a round was more than {spread:.1f} % off. Full speed
is the emulated controller's, several times a radio's. The VM's clock follows its instructions, so the
figures mean nothing but beside each other. Of two figures the better one is bold.

1. qbled has the value and tells the program of the read; bluetoothd asks the program each time.
2. qbled: SendNotification, each with its reply; bluetoothd: PropertiesChanged, which has none.
3. qbled: the same calls without replies, up to 96 on their way until event 25 of each;
   bluetoothd: the socket of AcquireNotify.
4. qbled has one way only; bluetoothd: the socket of AcquireWrite.
"""
BTVIRT = """[Service]
ExecStart=
ExecStart=/usr/bin/btvirt -l3
ExecStartPost=
ExecStartPost=/bin/sh -c 'until [ -e /sys/class/bluetooth/hci2 ]; do sleep 0.05; done'
"""


def command(*words):
    done = subprocess.run(words, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, timeout=DEADLINE)
    if done.returncode:
        sys.exit(f"{' '.join(words)} ended with {done.returncode}: {done.stdout}")
    return done.stdout.strip()


def until(what, true):
    end = time.monotonic() + DEADLINE
    while not true():
        if time.monotonic() > end:
            sys.exit(f"{what} did not happen within {DEADLINE} s")
        time.sleep(0.1)


class Program:
    """One that answers each line with a line."""

    def __init__(self, *words):
        self.words = words
        self.process = subprocess.Popen([f"{PROGRAMS}/{words[0]}", *words[1:]],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.answer()

    def say(self, *words):
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"{' '.join(self.words)} has ended")
        return line.split()

    def ask(self, *words):
        self.say(*words)
        return self.answer()


def main_pid(unit):
    return int(command("systemctl", "show", "--property=MainPID", "--value", unit))


def bus_pid():
    """The bus itself; dbus-broker is the child of its launcher."""
    launcher = main_pid("dbus")
    with open(f"/proc/{launcher}/task/{launcher}/children", encoding="ascii") as file:
        children = file.read().split()
    return int(children[0]) if BROKER else launcher


def cpu(pid):
    """Seconds that a process was running; the kernel counts them in nanoseconds."""
    with open(f"/proc/{pid}/schedstat", encoding="ascii") as file:
        return int(file.read().split()[0]) / 1e9


def memory(pid):
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
        sizes = {line.split(":")[0]: int(line.split()[1]) for line in file if "kB" in line}
    return sizes["Pss"], sizes["Private_Clean"] + sizes["Private_Dirty"]


class Server:
    """A daemon, its program, and what was measured of them: a list of numbers for each name."""

    def __init__(self, name, unit, address, *words):
        self.name, self.address, self.words = name, address, words
        self.daemon = main_pid(unit)
        self.found = {}
        self.note("idle", memory(self.daemon))
        self.app = None

    def start(self):
        self.app = Program(*self.words)
        self.pids = {"daemon": self.daemon, "bus": bus_pid(), "app": self.app.process.pid}

    def note(self, name, value):
        self.found.setdefault(name, []).append(value)

    def spent(self):
        return {who: cpu(pid) for who, pid in self.pids.items()}

    def costs(self, name, count, measure):
        """Notes the CPU time of an operation in microseconds: the daemon's, and all three's."""
        before, begin = self.spent(), time.monotonic()
        result = measure()
        self.settle()
        took = {who: (cpu - before[who]) / count * 1e6 for who, cpu in self.spent().items()}
        print(f"# {self.name:10} {name:14} {' '.join(result):44} "
              f"{time.monotonic() - begin:7.2f} s  us of CPU for each: "
              + ", ".join(f"{who} {value:.0f}" for who, value in took.items()),
              file=sys.stderr, flush=True)
        self.note(f"{name} daemon", took["daemon"])
        self.note(f"{name} all", sum(took.values()))
        return result

    def reads(self, peer, name, uuid):
        seconds, p50, p99 = map(float, self.costs(
            name, READS, lambda: peer.ask("read", uuid, READS)))
        self.note(f"{name} rate", READS / seconds)
        self.note(f"{name} p50", p50)
        self.note(f"{name} p99", p99)

    def delivered(self, name, count, answer):
        came, again, early, strange = map(int, answer[:4])
        seconds = float(answer[4])
        self.note(f"{name} came", came)
        self.note(f"{name} wrong", again + early + strange)
        self.note(f"{name} sent", count)
        self.note(f"{name} rate", (came - 1) / seconds if came > 1 else 0.0)

    def notifications(self, peer, name, uuid):
        def measure():
            peer.say("collect", NOTIFICATIONS)
            self.app.say("notify", uuid, NOTIFICATIONS)
            answer = peer.answer()
            self.app.answer()
            return answer

        peer.ask("subscribe", uuid, 1)
        self.delivered(name, NOTIFICATIONS, self.costs(name, NOTIFICATIONS, measure))
        peer.ask("subscribe", uuid, 0)

    def writes(self, peer, name, uuid, rate=0):
        def measure():
            peer.ask("write", uuid, WRITES, rate)
            self.settle()  # as many as will ever come
            return self.app.ask("written")

        self.delivered(name, WRITES, self.costs(name, WRITES, measure))

    def settle(self):
        """Until neither daemon, bus nor program has anything to do for a second."""
        before, after = None, self.spent()
        while after != before:
            time.sleep(1)
            before, after = after, self.spent()

    def round(self, peer):
        self.app.ask("advertise")
        peer.ask("connect", self.address)
        self.note("linked", memory(self.daemon))
        self.reads(peer, "name", DEVICE_NAME)
        self.reads(peer, "value", READ)
        self.notifications(peer, "notify", NOTIFY)
        self.notifications(peer, "notify fast", NOTIFY_FAST)
        self.writes(peer, "write", WRITE)
        self.writes(peer, "write paced", WRITE, PACE)
        # The first one has bluetoothd ask for the socket.
        peer.ask("write", WRITE_FAST, 1, 0)
        self.settle()
        self.app.ask("written")
        self.writes(peer, "write fast", WRITE_FAST)
        self.note("worked", memory(self.daemon))
        peer.ask("disconnect")


def start():
    folder = "/run/systemd/system/btvirt.service.d"
    os.makedirs(folder)
    with open(f"{folder}/three.conf", "w", encoding="utf-8") as file:
        file.write(BTVIRT)
    command("systemctl", "daemon-reload")
    command("systemctl", "start", "btvirt")
    # Who takes a user channel does so before bluetoothd is there.
    command("systemctl", "start", "qbled")
    until("that qbled has a controller", lambda: command(
        "busctl", "get-property", "com.quectel.Ble1", "/com/quectel/Ble1",
        "com.quectel.Ble1.Extended", "Address") != 's ""')
    peer = Program("peer", "2")
    command("systemctl", "start", "bluetooth")
    adapter = ("org.bluez", "/org/bluez/hci1", "org.bluez.Adapter1", "Powered")
    until("that bluetoothd has hci1", lambda: subprocess.run(
        ["busctl", "get-property", *adapter], check=False, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL).returncode == 0)
    command("busctl", "set-property", *adapter, "b", "true")
    time.sleep(2)  # to be idle
    return peer


def figure(value):
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


class Table:
    """Rows in Markdown; of each two figures the better one is bold."""

    def __init__(self, qbled, bluez):
        self.both = (qbled, bluez)
        print("| | qbled | bluetoothd | qbled / bluetoothd |\n|---|--:|--:|--:|")

    @staticmethod
    def print(what, pairs, shown=figure, less_is_better=False):
        """Pairs of qbled's figure and bluetoothd's, one or several to a row."""
        better = min if less_is_better else max
        columns, ratios = ([], []), []
        for pair in pairs:
            for column, value in zip(columns, pair):
                best = pair[0] != pair[1] and value == better(pair)
                column.append(f"**{shown(value)}**" if best else shown(value))
            ratios.append(f"{pair[0] / pair[1]:.2f}" if pair[1] else "")
        print("|", " | ".join([what] + [" / ".join(cells) for cells in (*columns, ratios)]), "|")

    def row(self, what, *names, less_is_better=False):
        self.print(what, [[statistics.median(server.found[name]) for server in self.both]
                          for name in names], less_is_better=less_is_better)

    def delivered(self, what, name, rates=True):
        """Of all rounds together."""
        shares = [100 * sum(server.found[f"{name} came"]) / sum(server.found[f"{name} sent"])
                  for server in self.both]
        self.print(what + ": delivered", [shares],
                   lambda share: "all" if share == 100 else f"{share:.0f} %")
        if rates and shares == [100, 100]:
            self.row("— a second", f"{name} rate")

    def memory(self, what, name):
        self.print(what, zip(*([statistics.median(sizes) for sizes in zip(*server.found[name])]
                               for server in self.both)), less_is_better=True)


def spread(servers):
    """By how much a rate of one round is away from the median, at most, in percent."""
    rates = [(rate, statistics.median(values)) for server in servers
             for name, values in server.found.items() if name.endswith("rate")
             for rate in values]
    return max(abs(rate / middle - 1) * 100 for rate, middle in rates if middle)


def tell(qbled, bluez):
    table = Table(qbled, bluez)
    table.row("reads a second of a value that the daemon has itself (Device Name)", "name rate")
    table.row("— p50 / p99, ms", "name p50", "name p99", less_is_better=True)
    table.row("reads a second of the program's value (1)", "value rate")
    table.row("— p50 / p99, ms", "value p50", "value p99", less_is_better=True)
    table.delivered("notifications at full speed (2)", "notify")
    table.delivered("notifications at full speed, the fast way (3)", "notify fast")
    table.delivered("write commands at full speed", "write")
    table.delivered("write commands at full speed, the fast way (4)", "write fast")
    table.delivered(f"write commands, {PACE} a second", "write paced", rates=False)
    for what, name in (("a read, Device Name", "name"), ("a read, the program's value", "value"),
                       ("a notification", "notify"),
                       ("a notification, the fast way", "notify fast"),
                       ("a write command", "write paced")):
        table.row(f"CPU for {what}: daemon / with bus and program, µs",
                  f"{name} daemon", f"{name} all", less_is_better=True)
    table.memory("memory of the daemon, idle: PSS / private, KiB", "idle")
    table.memory("— with the database and a link", "linked")
    table.memory("— after all this", "worked")
    print()


def wrong(qbled, bluez):
    """What no server may do at any speed, and what qbled says that it never does."""
    for server in (qbled, bluez):
        for name, values in server.found.items():
            if name.endswith(" wrong") and any(values):
                yield f"{server.name}, {name.removesuffix(' wrong')}: twice or out of order"
    for name in ("notify", "notify fast", "write", "write paced", "write fast"):
        if qbled.found[f"{name} came"] != qbled.found[f"{name} sent"]:
            yield f"qbled, {name}: some did not arrive"


def main():
    peer = start()
    qbled = Server("qbled", "qbled", "00:aa:01:00:00:00", "app-qbled")
    bluez = Server("bluetoothd", "bluetooth", "00:aa:01:01:00:01", "app-bluez", "hci1")
    qbled.start()
    bluez.start()
    for _ in range(ROUNDS):
        qbled.round(peer)
        bluez.round(peer)
    tell(qbled, bluez)
    print(NOTES.format(
        bluez=command("/usr/libexec/bluetooth/bluetoothd", "--version"),
        bus=command("dbus-broker" if BROKER else "dbus-daemon", "--version").splitlines()[0],
        kernel=os.uname().release, rounds=ROUNDS, spread=spread((qbled, bluez)),
        reads=READS, sent=NOTIFICATIONS))
    for what in wrong(qbled, bluez):
        sys.exit(f"failed: {what}")


main()
