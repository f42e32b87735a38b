"""The destination has as many free large pages of each size as the guest's memory consists of.

QEMU takes them when it starts there, and a host doesn't make any by itself. They are promised as memory is,
and the destination's agent counts them once more before the job (`NoMemory`). Source: libvirt's
`<memoryBacking><hugepages>`; the host's by `virNodeGetFreePages`.
"""

from godwit.domain import large_pages
from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.checks.rule import Rule
from godwit.domain.checks.telling import not_applicable, passed
from godwit.domain.host import Hugepages
from godwit.domain.large_pages import KIB, PageShortage, size_text
from godwit.domain.migration import Check, CheckResult
from godwit.domain.placement import HugepageDemand

NAME = "Hugepages"


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
    promised = facts.promised_memory.hugepages
    demands = large_pages.by_size(placement.hugepages)
    found = tuple(verdict for demand in demands for verdict in _of(host, demand, pools, promised))
    return found or passed(facts.destination, NAME, "there are enough of each size")


def _of(
    host: str, demand: HugepageDemand, pools: tuple[Hugepages, ...], promised: tuple[HugepageDemand, ...]
) -> tuple[Check, ...]:
    if short := large_pages.shortage(demand, pools, promised):
        return (_lacks(host, short),)
    used = large_pages.in_use(pools)
    enough = large_pages.fitting(demand, used, promised)
    if demand.page_bytes or enough == used:
        return ()
    sizes = ", ".join(size_text(pool.size_bytes) for pool in enough)
    message = f"only pages of {sizes} are enough on {host}, and which size is the default there is not known"
    pages = " or ".join(f"<page size='{pool.size_bytes // KIB}' unit='KiB'/>" for pool in enough)
    remedy = f"give the guest's <hugepages> a {pages}"
    return (Check(NAME, CheckResult.WARN, host, message, remedy),)


def _lacks(host: str, short: PageShortage) -> Check:
    remedy = f"`virsh allocpages {short.size_bytes // KIB}KiB {short.missing} --add` on {host}"
    return Check(NAME, CheckResult.FAIL, host, f"{host} lacks large pages: {short.sentence}", remedy)


RULE = Rule(
    NAME,
    check,
    remedy="Make large pages at the destination: `virsh allocpages SIZE COUNT --add`.",
    tested="tests/e2e/preflight/test_placement.py; by a guest that is off: "
    "the lab's machine gives its hosts no large pages",
    unproven="that the free pages lie on the cells that the guest is bound to, and that nobody takes them",
)
