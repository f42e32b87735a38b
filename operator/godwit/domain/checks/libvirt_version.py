"""The destination's libvirt is not older: an older one may not know what the guest uses. A warning only."""

from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.checks.rule import Rule
from godwit.domain.host import version_parts
from godwit.domain.migration import Check, CheckResult

NAME = "LibvirtVersion"


def check(facts: PreflightFacts) -> tuple[Check, ...]:
    """Warns with both versions."""
    source, destination = facts.source.status.versions.libvirt, facts.destination.status.versions.libvirt
    host = facts.destination.name
    if not source or not destination:
        silent = host if source else facts.source.name
        message, remedy = f"the version of libvirt on {silent} is not known", "see its agent's log"
        return (Check(NAME, CheckResult.NOT_RUN, silent, message, remedy),)
    if version_parts(destination) >= version_parts(source):
        return (Check(NAME, CheckResult.PASS, host),)
    return (
        Check(
            NAME,
            CheckResult.WARN,
            host,
            f"libvirt {destination} on {host} is older than {source} on {facts.source.name}",
            "migrating to an older libvirt is not what its developers test: upgrade the destination first",
        ),
    )


RULE = Rule(
    NAME,
    check,
    remedy="Upgrade the destination first.",
    tested="",
)
