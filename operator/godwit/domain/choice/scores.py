"""How good a destination would be for a guest: named scores from 0 to 100, each a pure function.

They order the hosts that nothing stands against, and never rule one out.
"""

from collections.abc import Callable

from msgspec.structs import replace

from godwit.domain import guest_memory
from godwit.domain.guest import ACTIVE_STATES, GuestFacts
from godwit.domain.host import Hypervisor
from godwit.domain.storage.facts import has_file
from godwit.domain.storage.paths import lies_under
from godwit.domain.value import Value

MOST = 100
Judge = Callable[[GuestFacts, Hypervisor], int]


class Score(Value):
    """One reason to prefer a host."""

    name: str
    of: Judge


def _memory(guest: GuestFacts, host: Hypervisor) -> int:
    """The share of its memory that stays free with the guest and its QEMU, beside the reserve."""
    memory, reserve = host.status.memory, host.spec.reserve.memory_bytes
    return _share(memory.free_bytes - reserve - guest_memory.needed_bytes(guest), memory.total_bytes)


def _load(guest: GuestFacts, host: Hypervisor) -> int:
    """The share of its CPUs that no vCPU of a running guest wants."""
    running = (domain.vcpus for domain in host.status.domains if domain.state in ACTIVE_STATES)
    return _share(host.status.cpu.count - sum(running) - guest.vcpus, host.status.cpu.count)


def _storage(guest: GuestFacts, host: Hypervisor) -> int:
    """The share of the guest's images that lie under directories which it has, too."""
    images = [disk.path for disk in guest.disks if has_file(disk)]
    there = [directory.path for directory in host.status.image_directories]
    had = [path for path in images if any(lies_under(path, directory) for directory in there)]
    return _share(len(had), len(images)) if images else MOST


SCORES: tuple[Score, ...] = (Score("Memory", _memory), Score("Load", _load), Score("Storage", _storage))


def scores_of(
    guest: GuestFacts, host: Hypervisor, promised_memory_bytes: int = 0
) -> tuple[tuple[str, int], ...]:
    """Each by its name; of the host as it will be when those have arrived that are on their way to it."""
    memory = host.status.memory
    left = replace(memory, free_bytes=memory.free_bytes - promised_memory_bytes)
    host = replace(host, status=replace(host.status, memory=left))
    return tuple((score.name, score.of(guest, host)) for score in SCORES)


def _share(part: int, whole: int) -> int:
    """In percent; of an unknown whole, none."""
    return max(0, min(MOST, MOST * part // whole)) if whole else 0
