"""The destination publishes an address at which the source's libvirt and QEMU reach it."""

from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.checks.rule import Rule
from godwit.domain.migration import Check, CheckResult
from godwit.domain.reasons import Reason

NAME = "MigrationAddress"


def check(facts: PreflightFacts) -> tuple[Check, ...]:
    """Fails when there is none."""
    host = facts.destination
    if host.migration_address:
        return (Check(NAME, CheckResult.PASS, host.name, host.migration_address),)
    return (
        Check(
            NAME,
            CheckResult.FAIL,
            host.name,
            f"{host.name} publishes no address for migrations",
            "give it an address in agent.migrationCIDR, or set spec.migrationAddress of its Hypervisor",
        ),
    )


RULE = Rule(
    NAME,
    check,
    remedy="Give the host an address in `agent.migrationCIDR`, or set `spec.migrationAddress`.",
    tested=(
        "the lab's hosts all have one; a host that has none in the network by "
        "tests/unit/agent/test_address.py, one that is wrong by tests/e2e/preflight/test_reachable.py"
    ),
    veto=Reason.CONNECTION_FAILED,
)
