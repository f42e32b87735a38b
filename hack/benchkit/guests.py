"""The guests that are measured: each lives as long as its block, whatever happens in it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from labkit.guest import manage, state
from labkit.guest.spec import Guest, parse_disk
from labkit.lab import Lab, hosts
from labkit.shell import LabError, say

MIB = 1 << 20
COPIED_DISK, COPIED_BYTES = "local:2Gi:qcow2:filled=512Mi", 512 * MIB
_END_SECONDS = 60.0


def with_shared_disk(lab: Lab) -> Guest:
    """Idle; its disk's locks allow the fast switchover."""
    return Guest(name="bench-fast", host=hosts(lab)[0], disks=(parse_disk("shared:64Mi:qcow2"),))


def without_disk(lab: Lab) -> Guest:
    """Idle; nothing guards it from running twice, so its switchover is strict."""
    return Guest(name="bench-strict", host=hosts(lab)[0])


def large(lab: Lab) -> Guest:
    """Idle, with more memory to send, and looked at often enough to see a short silence."""
    return Guest(
        name="bench-large",
        host=hosts(lab)[0],
        disks=(parse_disk("shared:64Mi:qcow2"),),
        memory_bytes=256 * MIB,
        working_set_bytes=128 * MIB,
        probe_milliseconds=5,
    )


def watched_without_disk(lab: Lab) -> Guest:
    """Idle, strict, and looked at often enough to see a short silence."""
    return Guest(name="bench-watched", host=hosts(lab)[0], probe_milliseconds=5)


def with_large_local_disk(lab: Lab) -> Guest:
    """Idle; of its disk a quarter is allocated, and only its host has it."""
    return Guest(name="bench-copied", host=hosts(lab)[0], disks=(parse_disk(COPIED_DISK),))


def with_local_disks(lab: Lab) -> Guest:
    """Idle; three small disks that only its host has."""
    disks = ("local:16Mi:qcow2", "local:16Mi:raw", "local:16Mi:qcow2")
    return Guest(name="bench-three", host=hosts(lab)[0], disks=tuple(map(parse_disk, disks)))


@contextmanager
def living(lab: Lab, wanted: Guest) -> Iterator[Guest]:
    """One that an interrupted run has left under the same name is destroyed first."""
    if wanted.name in state.names(lab):
        manage.destroy(lab, wanted.name)
    guest = manage.create(lab, wanted)
    say(f"{guest.name} answers")
    try:
        yield guest
    finally:
        _end(lab, guest.name)


def _end(lab: Lab, name: str) -> None:
    """One that is amid a migration, because somebody interrupted us, may be elsewhere in a moment."""
    deadline = time.monotonic() + _END_SECONDS
    while True:
        try:
            return manage.destroy(lab, name)
        except LabError:
            if time.monotonic() > deadline:
                raise
            time.sleep(1)
