# SPDX-License-Identifier: GPL-2.0-or-later
"""The module utime with a clock that a test speeds up from outside.

Time is as it is until the file that UTIME_HURRY names is there; from then on sleeping takes a
thousandth. And what a program prints goes out line by line, whole, whichever thread prints it.
"""
import importlib.util
import os
import sys
import time as _time

_here = os.path.dirname(os.path.abspath(__file__))
for _folder in sys.path:
    _path = os.path.join(_folder, "utime.py")
    if os.path.abspath(_folder) != _here and os.path.exists(_path):
        _spec = importlib.util.spec_from_file_location("_utime", _path)
        _utime = importlib.util.module_from_spec(_spec)
        _spec.loader.exec_module(_utime)
        globals().update({k: v for k, v in vars(_utime).items() if not k.startswith("_")})
        break

sys.stdout.reconfigure(line_buffering=True)


def sleep(seconds):
    end = _time.monotonic() + seconds
    while not os.path.exists(os.environ["UTIME_HURRY"]):
        left = end - _time.monotonic()
        if left <= 0:
            return
        _time.sleep(min(left, 0.02))
    _time.sleep(max(end - _time.monotonic(), 0) / 1000)
