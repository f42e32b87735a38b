"""No firewall swallows what the source's QEMU sends to the ports on which the destination's takes a guest in.

Nobody listens there before a guest comes in, so the good answer to the source's agent is that the connection
is refused: the host itself says so. A firewall that drops it gives none, one that rejects it mostly says that
the host can't be reached. A warning only: qemu.conf may name other ports (`migration_port_min`).
"""

from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.checks.rule import Rule
from godwit.domain.migration import Check, CheckResult
from godwit.domain.road import MEMORY_PORT, Answer

NAME = "MigrationPort"

LAST_PORT = 49215


def check(facts: PreflightFacts) -> tuple[Check, ...]:
    """Warns where libvirtd's port is reached and the first of QEMU's is not."""
    source, host, road = facts.source.name, facts.destination.name, facts.road
    if road is None or road.answer is not Answer.OPEN or road.memory is None:
        message = f"{source} does not reach {host} at all: see Reachable"
        return (Check(NAME, CheckResult.NOT_APPLICABLE, host, message),)
    if road.memory in (Answer.OPEN, Answer.REFUSED):
        return (Check(NAME, CheckResult.PASS, host, f"port {MEMORY_PORT} answers {source}"),)
    how = "nobody answers" if road.memory is Answer.SILENT else "a firewall rejects it"
    message = f"{source} does not reach port {MEMORY_PORT} of {host}, by which guests come in: {how}"
    remedy = (
        f"let TCP ports {MEMORY_PORT} to {LAST_PORT} (or from migration_port_min to migration_port_max, if "
        f"qemu.conf has them) through every firewall from {source} to {host}"
    )
    return (Check(NAME, CheckResult.WARN, host, message, remedy),)


RULE = Rule(
    NAME,
    check,
    remedy="Let QEMU's migration ports through between the hosts.",
    tested="tests/e2e/preflight/test_reachable.py",
    unproven=(
        "that a guest gets in: nobody listens there yet, so a firewall that answers for the host (by a TCP "
        "reset) looks like the host, and only the first port is asked"
    ),
    live=True,
)
