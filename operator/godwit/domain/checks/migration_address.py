"""The destination publishes an address at which the source's libvirt and QEMU reach it."""

from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.migration import Check, CheckResult

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
