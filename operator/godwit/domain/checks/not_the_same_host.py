"""Source and destination are two hosts: by name, by libvirt's host UUID and by host name.

Machines with a copied DMI UUID are refused by libvirt itself, in words that help nobody.
"""

from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.checks.rule import Rule
from godwit.domain.migration import Check, CheckResult
from godwit.domain.reasons import Reason

NAME = "NotTheSameHost"


def check(facts: PreflightFacts) -> tuple[Check, ...]:
    """Fails naming what is equal; an unknown host UUID is not a pass."""
    source, destination = facts.source, facts.destination
    if not source.status.host_uuid or not destination.status.host_uuid:
        silent = source.name if not source.status.host_uuid else destination.name
        message, remedy = f"the host UUID of {silent} is not known", "see its agent's log"
        return (Check(NAME, CheckResult.NOT_RUN, silent, message, remedy),)
    if source.status.host_uuid == destination.status.host_uuid:
        message = f"{source.name} and {destination.name} have the same host UUID {source.status.host_uuid}"
        remedy = "set host_uuid in libvirtd.conf (virtqemud.conf) of one of them, and restart that daemon"
    elif source.status.host_name == destination.status.host_name:
        message = f"{source.name} and {destination.name} both call themselves {source.status.host_name}"
        remedy = "give them different host names: libvirt refuses to migrate between equal ones"
    else:
        return (Check(NAME, CheckResult.PASS, destination.name),)
    return (Check(NAME, CheckResult.FAIL, destination.name, message, remedy),)


RULE = Rule(
    NAME,
    check,
    remedy="Give each host a host UUID and a host name of its own.",
    tested="tests/e2e/preflight/test_same_host.py",
    veto=Reason.SAME_HYPERVISOR,
)
