"""Large pages that a guest asks of its destination, what others were promised, and whether they are there.

QEMU takes all of them when it starts there, before anything is sent, so none is promised any more once it
waits there for its guest; a host makes none by itself. A definition may ask for the host's default size, and
nobody tells which one that is: such a promise counts in each size.
"""

from collections.abc import Iterable

from godwit.domain.host import Hugepages
from godwit.domain.placement import HugepageDemand
from godwit.domain.value import Value

KIB = 1024
COMMON = Hugepages(2048 * KIB)
"""Told of where a host has no large pages at all."""


class PageShortage(Value):
    """Pages of one size that are not enough."""

    size_bytes: int
    needed: int
    free: int
    total: int
    promised: int = 0

    @property
    def missing(self) -> int:
        """How many would have to be made."""
        return self.needed + self.promised - self.free

    @property
    def sentence(self) -> str:
        """For people, the same at the check and at Prepare."""
        promised = f", {self.promised} are promised to other migrations" if self.promised else ""
        return (
            f"{self.needed} pages of {size_text(self.size_bytes)} are needed{promised}, "
            f"{self.free} of {self.total} are free"
        )


def by_size(demands: Iterable[HugepageDemand]) -> tuple[HugepageDemand, ...]:
    """One for each size."""
    found: dict[int, int] = {}
    for demand in demands:
        found[demand.page_bytes] = found.get(demand.page_bytes, 0) + demand.bytes
    return tuple(HugepageDemand(amount, size) for size, amount in found.items())


def shortage(
    demand: HugepageDemand, pools: tuple[Hugepages, ...], promised: tuple[HugepageDemand, ...]
) -> PageShortage | None:
    """None where there are enough; of the default size, where some size has enough."""
    if demand.page_bytes:
        there = next((each for each in pools if each.size_bytes == demand.page_bytes), None)
        return _lacking(demand, there or Hugepages(demand.page_bytes), promised)
    used = in_use(pools)
    if fitting(demand, used, promised):
        return None
    return _lacking(demand, max(used, key=lambda pool: _left_bytes(pool, promised), default=COMMON), promised)


def shortages(
    demands: Iterable[HugepageDemand], pools: tuple[Hugepages, ...], promised: tuple[HugepageDemand, ...]
) -> tuple[PageShortage, ...]:
    """One for each size that lacks pages."""
    found = (shortage(demand, pools, promised) for demand in by_size(demands))
    return tuple(each for each in found if each)


def in_use(pools: tuple[Hugepages, ...]) -> tuple[Hugepages, ...]:
    """Sizes of which the host has any."""
    return tuple(pool for pool in pools if pool.total)


def fitting(
    demand: HugepageDemand, pools: tuple[Hugepages, ...], promised: tuple[HugepageDemand, ...]
) -> tuple[Hugepages, ...]:
    """Those that have enough for it, whatever its size."""
    return tuple(pool for pool in pools if _lacking(demand, pool, promised) is None)


def size_text(size_bytes: int) -> str:
    """As people write it."""
    return f"{size_bytes >> 30} GiB" if size_bytes % (1 << 30) == 0 else f"{size_bytes // KIB} KiB"


def _lacking(
    demand: HugepageDemand, pool: Hugepages, promised: tuple[HugepageDemand, ...]
) -> PageShortage | None:
    size = pool.size_bytes
    short = PageShortage(
        size, _pages(demand.bytes, size), pool.free, pool.total, _promised_pages(pool, promised)
    )
    return short if short.missing > 0 else None


def _left_bytes(pool: Hugepages, promised: tuple[HugepageDemand, ...]) -> int:
    return (pool.free - _promised_pages(pool, promised)) * pool.size_bytes


def _promised_pages(pool: Hugepages, promised: tuple[HugepageDemand, ...]) -> int:
    size = pool.size_bytes
    return sum(_pages(each.bytes, size) for each in promised if each.page_bytes in (0, size))


def _pages(amount_bytes: int, size_bytes: int) -> int:
    return -(-amount_bytes // size_bytes)
