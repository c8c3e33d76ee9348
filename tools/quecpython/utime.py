# SPDX-License-Identifier: MIT
"""The module `utime` of QuecPython: the clock, sleeping, and counters that wrap around."""
import time as _time

_TICKS_PERIOD = 0x40000000

# Hours east of Greenwich as setTimeZone() has it; None: as this machine has it.
_zone = None


def time():
    """Seconds since 1970, an integer."""
    return int(_time.time())


def sleep(seconds):
    """Waits for seconds, which may have a fraction."""
    _time.sleep(seconds)


def sleep_ms(ms):
    """Waits for milliseconds."""
    _time.sleep(ms / 1000)


def sleep_us(us):
    """Waits for microseconds."""
    _time.sleep(us / 1000000)


def _tuple(moment):
    return tuple(moment)[:8]


def gmtime(secs=None):
    """(year, month, mday, hour, minute, second, weekday, yearday) in UTC; Monday is 0."""
    return _tuple(_time.gmtime(secs))


def localtime(secs=None):
    """As gmtime(), in the time zone of this machine or of setTimeZone()."""
    if _zone is None:
        return _tuple(_time.localtime(secs))
    return gmtime((_time.time() if secs is None else secs) + 3600 * _zone)


def mktime(date):
    """The seconds since 1970 of what localtime() gave."""
    if _zone is None:
        return int(_time.mktime((*date[:8], -1)))
    import calendar
    return calendar.timegm((*date[:8], 0)) - 3600 * _zone


def getTimeZone():
    """Hours east of Greenwich."""
    if _zone is not None:
        return _zone
    return _time.localtime().tm_gmtoff // 3600


def setTimeZone(offset):
    """Sets the time zone of this program: -12..12 hours east of Greenwich. Returns 0."""
    global _zone
    if not isinstance(offset, int) or not -12 <= offset <= 12:
        raise ValueError("offset is {}, allowed are -12..12".format(offset))
    _zone = offset
    return 0


def ticks_ms():
    """A counter of milliseconds, for ticks_diff()."""
    return _time.monotonic_ns() // 1000000 % _TICKS_PERIOD


def ticks_us():
    """A counter of microseconds, for ticks_diff()."""
    return _time.monotonic_ns() // 1000 % _TICKS_PERIOD


def ticks_cpu():
    """The finest counter there is, for ticks_diff()."""
    return _time.monotonic_ns() % _TICKS_PERIOD


def ticks_add(ticks, delta):
    """The count that comes delta after ticks, or before it where delta is negative."""
    return (ticks + delta) % _TICKS_PERIOD


def ticks_diff(ticks1, ticks2):
    """From ticks2 to ticks1, negative if ticks1 is the earlier one."""
    half = _TICKS_PERIOD // 2
    return (ticks1 - ticks2 + half) % _TICKS_PERIOD - half
