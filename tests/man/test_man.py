# SPDX-License-Identifier: GPL-2.0-or-later
"""The manual pages: well formed, 80 columns wide, and complete as far as a machine can tell."""
import os
import re
import shutil
import subprocess
import sys
import tempfile

from contract import FILE, MEMBERS, ROOT
from process import DEADLINE, needs, program
from tap import Failure, contains, equal, run

XML2MAN = os.path.join(ROOT, "dbus", "xml2man.py")
PAGES = [os.path.join(ROOT, *path) for path in (
    ("daemon", "qbled.8"), ("tools", "air", "qble-air.1"), ("tools", "qblectl", "qblectl.1"),
    ("lib", "libqble-client.3"), ("lib", "glib", "libqble-client-glib.3"))]


def made():
    """com.quectel.Ble1(5), as the build makes it."""
    return subprocess.run([sys.executable, XML2MAN, FILE], check=True, capture_output=True,
                          text=True, timeout=DEADLINE).stdout


def shown(page):
    """A page as a terminal of 80 columns shows it, and groff's complaints."""
    needs("groff", "groff-base")
    done = subprocess.run(["groff", "-man", "-ww", "-Tutf8", "-rLL=80n", "-P-cbou", "-"],
                          input=page, check=True, capture_output=True, text=True, timeout=DEADLINE)
    return done.stdout, done.stderr


def pages():
    for path in PAGES:
        with open(path, encoding="utf-8") as file:
            yield os.path.basename(path), file.read()
    yield "com.quectel.Ble1.5", made()


def test_well_formed():
    """groff has nothing to complain of, and no line is wider than 80 columns"""
    for name, page in pages():
        text, complaints = shown(page)
        equal(complaints, "", f"what groff says of {name}")
        for section in ("NAME", "SYNOPSIS", "SEE ALSO"):
            contains(text, section)
        wide = [line for line in text.splitlines() if len(line) > 80]
        equal(wide, [], f"wide lines of {name}")
        if shutil.which("mandoc"):
            done = subprocess.run(["mandoc", "-Tlint", "-Wwarning"], input=page, text=True,
                                  capture_output=True, timeout=DEADLINE, check=False)
            equal(done.stdout, "", f"what mandoc says of {name}")


def test_options():
    """Every option and verb that --help names is in the page of its program"""
    for page, variable, path in (("daemon/qbled.8", "QBLED", ("daemon", "qbled")),
                                 ("tools/air/qble-air.1", "QBLE_AIR", ("tools", "qble-air")),
                                 ("tools/qblectl/qblectl.1", "QBLECTL", ("tools", "qblectl"))):
        help_text = subprocess.run([program(variable, *path), "--help"], check=True, text=True,
                                   capture_output=True, timeout=DEADLINE).stdout
        with open(os.path.join(ROOT, page), encoding="utf-8") as file:
            text = file.read().replace("\\-", "-")
        words = re.findall(r"--[a-z-]+", help_text)
        words += re.findall(r"^  ([a-z][a-z-]+)\b", help_text, re.MULTILINE)
        equal(len(words) > 5, True, f"words of {page}")
        contains(text, *words)


HELPFUL = ("tools/demo", "tests/run", "tests/bench/run", "tests/coverage", "tests/planted/run",
           "tests/fuzz/run", "tests/vm/run", "tests/peers/btvirt/start", "tests/peers/js/install")


def test_help():
    """--help of everything fits a terminal of 80 columns"""
    ours = [program("QBLED", "daemon", "qbled"), program("QBLE_AIR", "tools", "qble-air"),
            program("QBLECTL", "tools", "qblectl")]
    for path in [*ours, *(os.path.join(ROOT, name) for name in HELPFUL)]:
        if not os.path.exists(path):
            continue
        done = subprocess.run([path, "--help"], capture_output=True, text=True, timeout=DEADLINE,
                              check=False, stdin=subprocess.DEVNULL,
                              env={**os.environ, "COLUMNS": "80"})
        equal((done.returncode, done.stderr), (0, ""), f"{path} --help")
        contains(done.stdout.lower(), "usage:")
        wide = [line for line in done.stdout.splitlines() if len(line) > 80]
        equal(wide, [], f"wide lines of {path} --help")


def test_contract():
    """com.quectel.Ble1(5) has every member with every argument"""
    text = made().replace("\\-", "-")
    for (_, kind, name), member in MEMBERS.items():
        arguments = member.ins + member.outs
        if kind == "property":
            contains(text, f".B {name} {member.type}")
            continue
        contains(text, f".B {name}(")
        for argument, types in arguments:
            contains(text, f"{types} {argument}")


def test_undocumented():
    """A member without its comment, or with other arguments than it has, is an error"""
    with open(FILE, encoding="utf-8") as file:
        xml = file.read()
    for before, after, says in (("ScanStop:", "ScanHalt:", "ScanStop has no comment"),
                                ("@act:", "@do:", "describes ['do']")):
        with tempfile.NamedTemporaryFile("w", suffix=".xml", encoding="utf-8") as wrong:
            wrong.write(xml.replace(before, after))
            wrong.flush()
            done = subprocess.run([sys.executable, XML2MAN, wrong.name], capture_output=True,
                                  text=True, timeout=DEADLINE, check=False)
        if done.returncode == 0:
            raise Failure(f"nobody missed {before}")
        contains(done.stderr, says)


if __name__ == "__main__":
    run([test_well_formed, test_options, test_help, test_contract, test_undocumented])
