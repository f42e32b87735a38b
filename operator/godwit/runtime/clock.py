"""What time it is: for people and other hosts by the wall, for waiting by a clock that nobody sets."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime


def utc_now() -> datetime:
    """By the wall."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Clock:
    """Both clocks of one process; whoever needs no other takes `SYSTEM`."""

    now: Callable[[], datetime] = utc_now
    monotonic: Callable[[], float] = time.monotonic


SYSTEM = Clock()
