"""The destination has as many free large pages of each size as the guest's memory consists of.

QEMU takes them when it starts there, and a host doesn't make any by itself. Source: libvirt's
`<memoryBacking><hugepages>`; the host's by `virNodeGetFreePages`.
"""

from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.checks.rule import Rule
from godwit.domain.checks.telling import not_applicable, passed
from godwit.domain.host import Hugepages
from godwit.domain.migration import Check, CheckResult

NAME = "Hugepages"
KIB = 1024


def check(facts: PreflightFacts) -> tuple[Check, ...]:
    """A verdict per size that lacks pages."""
    placement, host = facts.guest.placement, facts.destination.name
    pools = facts.destination.status.hugepages
    if placement is not None and not placement.hugepages:
        return not_applicable(facts.destination, NAME, "its memory has no large pages")
    if placement is None or pools is None:
        silent = host if placement else facts.source.name
        message = f"what large pages are used or free is not known on {silent}"
        return (Check(NAME, CheckResult.NOT_RUN, silent, message, f"upgrade the agent on {silent}"),)
    wanted: dict[int, int] = {}
    for demand in placement.hugepages:
        wanted[demand.page_bytes] = wanted.get(demand.page_bytes, 0) + demand.bytes
    found = tuple(verdict for size, amount in wanted.items() for verdict in _of(host, size, amount, pools))
    return found or passed(facts.destination, NAME, "there are enough of each size")


def _of(host: str, size: int, amount: int, pools: tuple[Hugepages, ...]) -> tuple[Check, ...]:
    if size:
        there = next((pool for pool in pools if pool.size_bytes == size), Hugepages(size))
        return () if there.free * size >= amount else (_lacks(host, there, amount),)
    used = [pool for pool in pools if pool.total]
    enough = [pool for pool in used if pool.free * pool.size_bytes >= amount]
    if used and enough == used:
        return ()
    if not enough:
        return (_lacks(host, max(used, key=_free_bytes, default=Hugepages(2048 * KIB)), amount),)
    sizes = ", ".join(_text(pool.size_bytes) for pool in enough)
    message = f"only pages of {sizes} are enough on {host}, and which size is the default there is not known"
    remedy = "give the guest's <hugepages> a <page size=.../>"
    return (Check(NAME, CheckResult.WARN, host, message, remedy),)


def _lacks(host: str, pool: Hugepages, amount: int) -> Check:
    needed = -(-amount // pool.size_bytes)
    size = _text(pool.size_bytes)
    message = f"{needed} pages of {size} are needed on {host}, {pool.free} of {pool.total} are free"
    missing = needed - pool.free
    remedy = f"`virsh allocpages {pool.size_bytes // KIB}KiB {missing} --add` on {host}"
    return Check(NAME, CheckResult.FAIL, host, message, remedy)


def _free_bytes(pool: Hugepages) -> int:
    return pool.free * pool.size_bytes


def _text(size: int) -> str:
    return f"{size >> 30} GiB" if size % (1 << 30) == 0 else f"{size // KIB} KiB"


RULE = Rule(
    NAME,
    check,
    remedy="Make large pages at the destination: `virsh allocpages SIZE COUNT --add`.",
    tested="by its pure tests: the lab's machine gives its hosts no large pages",
    unproven="that the free pages lie on the cells that the guest is bound to, and that nobody takes them",
)
