"""A network namespace of a test's own: what it does to links, nobody else sees."""

import ctypes
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_NEW_NETWORK = 0x40000000
"""CLONE_NEWNET."""


@contextmanager
def own_network() -> Iterator[None]:
    """Of this thread, and of those that it begins; who may not have one skips the test."""
    libc = ctypes.CDLL(None, use_errno=True)
    own = os.open(Path("/proc/thread-self/ns/net"), os.O_RDONLY)
    try:
        if libc.unshare(_NEW_NETWORK):
            pytest.skip(f"a network namespace takes root: {os.strerror(ctypes.get_errno())}")
        try:
            yield
        finally:
            assert libc.setns(own, _NEW_NETWORK) == 0
    finally:
        os.close(own)


def by_hand(commands: str) -> None:
    """By `ip`, one after the other; an event loop is held up meanwhile."""
    subprocess.run(["ip", "-batch", "-"], input=commands, text=True, check=True)
