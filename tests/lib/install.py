#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What `meson install` leaves is what users need: a C program builds, Python finds its modules."""
import glob
import json
import os
import shutil
import site
import subprocess
import sys
import tempfile

from contract import ROOT
from process import needs
from tap import Failure, Skip, run

BUILD = os.environ["MESON_BUILD_ROOT"]
folder = tempfile.mkdtemp(prefix="qbled-install-")


def command(*words, env=None):
    result = subprocess.run(words, env={**os.environ, **(env or {})}, check=False,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if result.returncode:
        raise Failure(f"{' '.join(words)}: {result.stdout}")
    return result.stdout.strip()


def option(name):
    with open(os.path.join(BUILD, "meson-info", "intro-buildoptions.json"), "rb") as file:
        return next(row["value"] for row in json.load(file) if row["name"] == name)


def installed(path):
    return folder + os.path.join(option("prefix"), path)


def builds(package, source):
    """Compiles a program with what pkg-config says, and returns how it ends without a bus."""
    needs("cc", "gcc")
    needs("pkg-config", "pkg-config")
    libdir = installed(option("libdir"))
    env = {"PKG_CONFIG_PATH": os.path.join(libdir, "pkgconfig")}
    # GIO stays where it is, so only our own paths lead into the folder.
    flags = command("pkg-config", "--cflags", "--libs", package, env=env).split()
    ours = option("prefix") + "/"
    flags = [flag[:2] + folder + flag[2:] if flag[2:].startswith(ours) and
             os.path.exists(folder + flag[2:]) else flag for flag in flags]
    output = os.path.join(folder, "program")
    command("cc", "-Wall", "-Werror", f"-L{libdir}", "-o", output, os.path.join(ROOT, source),
            *flags)
    result = subprocess.run([output], check=False, capture_output=True, text=True,
                            env={**os.environ, "LD_LIBRARY_PATH": libdir,
                                 "DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/nonexistent"})
    if result.returncode != 1 or "cannot use the system bus" not in result.stderr:
        raise Failure(f"the program ended with {result.returncode}: {result.stderr}")


def test_c_program():
    """A C program finds header and library through pkg-config"""
    builds("libqble-client", "lib/examples/server.c")
    builds("libqble-client", "lib/examples/client.c")


def test_glib_program():
    """So does a GLib program"""
    builds("libqble-client-glib", "lib/examples/glib.c")


# What an installation has, below the prefix unless it begins with a slash; {lib}: the libraries'.
FILES = """
bin/qbled bin/qblectl bin/qble-air {lib}/libqble-client.so {lib}/pkgconfig/libqble-client.pc
include/qble/qble-client.h include/qble/qble-event.h share/man/man1/qblectl.1
share/man/man1/qble-air.1 share/man/man3/libqble-client.3 share/man/man5/com.quectel.Ble1.5
share/man/man8/qbled.8 share/bash-completion/completions/qblectl
share/fish/vendor_completions.d/qblectl.fish {zsh}/_qblectl
share/dbus-1/interfaces/com.quectel.Ble1.xml share/dbus-1/system.d/com.quectel.Ble1.conf
share/dbus-1/system-services/com.quectel.Ble1.service
"""
GLIB_FILES = """
{lib}/libqble-client-glib.so {lib}/pkgconfig/libqble-client-glib.pc
include/qble/qble-client-glib.h share/man/man3/libqble-client-glib.3
"""


def test_complete():
    """Every program, library, page, completion and D-Bus file is there"""
    # zsh looks elsewhere for what the distribution brings than for what the machine's owner adds.
    zsh = f"share/zsh/{'vendor-completions' if option('prefix') == '/usr' else 'site-functions'}"
    names = FILES + (GLIB_FILES if os.environ["QB_GLIB"] == "built" else "")
    missing = [name for name in names.format(lib=option("libdir"), zsh=zsh).split()
               if not os.path.exists(installed(name))]
    if missing:
        found = subprocess.run(["find", folder, "-type", "f"], check=True, capture_output=True,
                               text=True).stdout
        raise Failure(f"missing: {missing}; there are:\n{found}")


def test_python():
    """Python finds its modules where they were put"""
    places = [place for place in site.getsitepackages() if glob.glob(f"{folder}{place}/ble.*.so")]
    if not places:
        if not any(p.startswith(option("prefix") + "/lib") for p in site.getsitepackages()):
            raise Skip(f"this Python looks nowhere below {option('prefix')}")
        raise Failure("no ble.*.so where this Python looks")
    command(sys.executable, "-c", "import ble, checkNet, utime; ble.addChara",
            env={"PYTHONPATH": folder + places[0],
                 "LD_LIBRARY_PATH": installed(option("libdir"))})


if __name__ == "__main__":
    tests = [test_complete, test_c_program]
    if os.environ["QB_GLIB"] == "built":
        tests.append(test_glib_program)
    if os.environ["QB_PYTHON"] == "built":
        tests.append(test_python)
    try:
        command("meson", "install", "-C", BUILD, "--no-rebuild", "--quiet",
                env={"DESTDIR": folder})
        run(tests)
    finally:
        shutil.rmtree(folder)
