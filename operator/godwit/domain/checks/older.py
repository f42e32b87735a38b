"""A warning where a program of the destination is older than the source's: one judgement for each program."""

from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.checks.telling import passed
from godwit.domain.host import Hypervisor, Program, version_parts
from godwit.domain.migration import Check, CheckResult


def judged(facts: PreflightFacts, name: str, program: Program, remedy: str) -> tuple[Check, ...]:
    """Warns with both versions; `NotRun` for each host whose version is not known."""
    here, there = facts.source, facts.destination
    unknown = tuple(host for host in (here, there) if not host.status.versions.of(program))
    if unknown:
        return tuple(_unknown(name, program, host) for host in unknown)
    source, destination = here.status.versions.of(program), there.status.versions.of(program)
    if version_parts(destination) >= version_parts(source):
        return passed(there, name, f"{program} {source} on {here.name}, {destination} on {there.name}")
    message = f"{program} {destination} on {there.name} is older than {source} on {here.name}"
    return (Check(name, CheckResult.WARN, there.name, message, remedy),)


def _unknown(name: str, program: Program, host: Hypervisor) -> Check:
    message = f"the version of {program} on {host.name} is not known"
    return Check(name, CheckResult.NOT_RUN, host.name, message, f"see the log of the agent on {host.name}")
