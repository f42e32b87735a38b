"""The NUMA cells that the guest's memory is bound to exist at the destination.

The same numbers are used there, and libvirt starts no guest that names a cell that is not there. Source:
`<numatune>` of the live definition; the cells of libvirt's capabilities.
"""

from godwit.domain import cpuset
from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.checks.rule import Rule
from godwit.domain.checks.telling import not_applicable, not_told, passed
from godwit.domain.migration import Check, CheckResult

NAME = "NUMA"


def check(facts: PreflightFacts) -> tuple[Check, ...]:
    """A verdict per binding that names a cell that is not there."""
    placement, host = facts.guest.placement, facts.destination.name
    cells = frozenset(cell.id for cell in facts.destination.status.numa)
    if placement is not None and not placement.cells:
        return not_applicable(facts.destination, NAME, "its memory is bound to no cell")
    if placement is None or not cells:
        silent = facts.destination if placement else facts.source
        message = f"what is bound to cells, or which there are, is not known on {silent.name}"
        return not_told(silent, NAME, message)
    found = tuple(
        Check(
            NAME,
            CheckResult.FAIL,
            host,
            f"{bound.what} is bound ({bound.mode}) to cell {missing}, {host} has {cpuset.text(cells)}",
            f"change <numatune> of VM {facts.vm.name} (`virsh numatune`), or name a host with such cells",
        )
        for bound in placement.cells
        if (missing := cpuset.missing(bound.cells, cells))
    )
    return found or passed(facts.destination, NAME, "all of these cells are there")


RULE = Rule(
    NAME,
    check,
    remedy="Bind the guest to cells that both hosts have, or choose another destination.",
    tested="tests/e2e/preflight/test_placement.py; by a guest that is off: "
    "the lab's hosts are one machine and have the same cells",
    unproven="that so much of the cells' memory is free",
)
