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


def test_c_program():
    """A C program finds header and library through pkg-config"""
    needs("cc", "gcc")
    needs("pkg-config", "pkg-config")
    libdir = installed(option("libdir"))
    env = {"PKG_CONFIG_PATH": os.path.join(libdir, "pkgconfig"), "PKG_CONFIG_SYSROOT_DIR": folder}
    flags = command("pkg-config", "--cflags", "--libs", "libqble-client", env=env).split()
    for name in ("server", "client"):
        output = os.path.join(folder, name)
        command("cc", "-Wall", "-Werror", "-o", output,
                os.path.join(ROOT, "lib", "examples", name + ".c"), *flags)
    result = subprocess.run([output], check=False, capture_output=True, text=True,
                            env={**os.environ, "LD_LIBRARY_PATH": libdir,
                                 "DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/nonexistent"})
    if result.returncode != 1 or "cannot use the system bus" not in result.stderr:
        raise Failure(f"the program ended with {result.returncode}: {result.stderr}")


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
    tests = [test_c_program]
    if os.environ["QB_PYTHON"] == "built":
        tests.append(test_python)
    try:
        command("meson", "install", "-C", BUILD, "--no-rebuild", "--quiet",
                env={"DESTDIR": folder})
        run(tests)
    finally:
        shutil.rmtree(folder)
