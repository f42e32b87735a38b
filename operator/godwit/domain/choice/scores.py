"""How good a destination would be for a guest: named scores from 0 to 100, each a pure function.

They order the hosts that nothing stands against, and never rule one out. All weigh the same.
"""

import ipaddress
import math
from collections.abc import Callable

from msgspec.structs import replace

from godwit.domain import guest_memory
from godwit.domain.guest import ACTIVE_STATES, GuestFacts
from godwit.domain.host import Hypervisor
from godwit.domain.storage.facts import has_file
from godwit.domain.storage.paths import lies_under
from godwit.domain.value import Value

MOST = 100
TENFOLD = 25
"""What a link earns with each tenfold of its speed."""
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


def _anti_affinity(guest: GuestFacts, host: Hypervisor) -> int:
    """100 without a running guest there that shares a group with it, 25 beside one, 11 beside two.

    The first one costs the most, more than memory or load usually tells two hosts apart by: with it one host
    takes two of a group down. Further ones still count: where all hosts have some, the fewer the better.
    """
    groups = set(guest.anti_affinity)
    running = (domain for domain in host.status.domains if domain.state in ACTIVE_STATES)
    others = (domain for domain in running if domain.uuid != guest.view.uuid)
    sharing = sum(not groups.isdisjoint(domain.anti_affinity) for domain in others)
    return MOST // (1 + sharing) ** 2


def _link(_: GuestFacts, host: Hypervisor) -> int:
    """25 for each tenfold of the speed, in Mbit/s, of the link that bears its migration address.

    By tenfolds, since what counts is by how many times longer the guest is on its way. 10 Gbit/s and more are
    100: its memory goes in one encrypted stream, which hardly fills a faster link.
    """
    speed = _megabits_per_second(host)
    return min(MOST, round(TENFOLD * math.log10(speed))) if speed else 0


def _megabits_per_second(host: Hypervisor) -> int:
    """Of the link with the closest subnet around the address, the slowest of several; 0: unknown."""
    try:
        address = ipaddress.ip_address(host.migration_address)
    except ValueError:  # a name: only a host's resolver knows where it leads
        return 0
    links = (*host.status.networks, *(host.status.links or ()))
    subnets = ((ipaddress.ip_network(subnet), link) for link in links for subnet in link.subnets)
    around = [
        (-subnet.prefixlen, link.speed_megabits_per_second) for subnet, link in subnets if address in subnet
    ]
    return min(around)[1] if around else 0


SCORES: tuple[Score, ...] = (
    Score("Memory", _memory),
    Score("Load", _load),
    Score("Storage", _storage),
    Score("AntiAffinity", _anti_affinity),
    Score("Link", _link),
)


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
