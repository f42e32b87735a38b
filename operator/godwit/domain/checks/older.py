"""A warning where a program of the destination is older than the source's: one judgement for each program."""

from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.checks.telling import passed, version_not_known
from godwit.domain.host import Program, version_parts
from godwit.domain.migration import Check, CheckResult


def judged(facts: PreflightFacts, name: str, program: Program, remedy: str) -> tuple[Check, ...]:
    """Warns with both versions; `NotRun` for each host whose version is not known."""
    here, there = facts.source, facts.destination
    unknown = tuple(host for host in (here, there) if not host.status.versions.of(program))
    if unknown:
        return tuple(version_not_known(host, name, program) for host in unknown)
    source, destination = here.status.versions.of(program), there.status.versions.of(program)
    if version_parts(destination) >= version_parts(source):
        return passed(there, name, f"{program} {source} on {here.name}, {destination} on {there.name}")
    message = f"{program} {destination} on {there.name} is older than {source} on {here.name}"
    return (Check(name, CheckResult.WARN, there.name, message, remedy),)
