"""One plan for both hosts, from what the inspection found; and what `Preparing` announces of it.

The plan is made once and never changes after a task has it. It copies what the checks were told of, to the
disk: should the same facts look different by then, nothing begins.
"""

from msgspec.structs import replace

from godwit.domain import guest_memory, storage
from godwit.domain.checks import hugepages, memory
from godwit.domain.disks import Disk, DiskAction
from godwit.domain.guest import DomainState
from godwit.domain.limits import AutoConverge, limits_of
from godwit.domain.migration import Check, CheckResult
from godwit.domain.observation import Observation
from godwit.domain.plan import Plan, ResumeWhen, Switchover
from godwit.domain.road import uri_host
from godwit.domain.steps.images import disks
from godwit.domain.steps.words import attempt_of
from godwit.domain.storage import StorageFacts, Writes
from godwit.domain.text import shortened

MOST_JUDGED = 600
"""Characters: what is told after it, of images that are lost, has to find its place in an event."""


def known(observation: Observation) -> StorageFacts | None:
    """What both hosts told of the guest's disks; None as long as one of them has not."""
    source, destination = observation.source, observation.destination
    host = observation.hypervisor(destination.spec.node_name) if destination else None
    if source is None or source.status.facts is None or destination is None or host is None:
        return None
    wish = observation.migration.spec.storage
    seen = host.seen(destination.status.host)
    return storage.gather(
        source.status.facts, wish, source.status, destination.status, seen, observation.promised
    )


def with_writes(observation: Observation, facts: StorageFacts, lines: tuple[Disk, ...]) -> tuple[Disk, ...]:
    """The lines; those of copied disks say, too, how the guest's writes follow."""
    why = _writes(observation, facts, lines).why
    return tuple(
        replace(line, proof=f"{line.proof}; {why}") if line.action is DiskAction.COPY else line
        for line in lines
    )


def plan_of(observation: Observation) -> Plan:
    """After the checks have passed; `ValueError` before."""
    facts, source, status = known(observation), observation.source, observation.migration.status
    host = observation.hypervisor(status.destination.hypervisor) if status.destination else None
    if facts is None or source is None or host is None or status.switchover is None:
        raise ValueError("a plan needs the facts of the inspection: the step Validate comes first")
    spec, view = observation.migration.spec, facts.guest.view
    address = uri_host(host.migration_address)
    strict, paused = status.switchover.mode is Switchover.STRICT, view.state is DomainState.PAUSED
    return Plan(
        switchover=status.switchover.mode,
        destination_uri=f"qemu+tls://{address}/system",
        migrate_uri=f"tcp://{address}",
        unsafe=spec.safety.unsafe,
        auto_converge=spec.tuning.auto_converge is AutoConverge.ALWAYS,
        persistent=view.persistent,
        paused_before=paused,
        autostart=view.autostart,
        run_mark=attempt_of(observation).run_mark,
        resume_when=ResumeWhen(source.name, source.spec.attempt) if strict and not paused else None,
        copies=storage.copies(facts),
        ejected=storage.ejected(facts),
        kept=storage.kept(facts),
        nvram=storage.nvram(facts),
        synchronous_writes=_writes(observation, facts, status.disks).synchronous,
        delete_nvram=storage.delete_nvram(facts),
        memory=guest_memory.claim(
            facts.guest,
            host.spec.reserve.memory_bytes,
            forced=memory.NAME in spec.safety.force,
            hugepages_forced=hugepages.NAME in spec.safety.force,
        ),
    )


def differs(observation: Observation, plan: Plan) -> str:
    """Why the plan must not be followed: a disk has another fate in it than was told; empty when none has."""
    said = observation.migration.status.disks
    refused = {line.target for line in said if line.action is DiskAction.REFUSE}
    copied = {line.target for line in said if line.action is DiskAction.COPY}
    ejected = {line.target for line in said if line.action is DiskAction.EJECT}
    other = refused | (copied ^ {copy.target for copy in plan.copies}) | (ejected ^ set(plan.ejected))
    if not other:
        return ""
    named = disks(tuple(sorted(other)))
    return f"what status.disks says of {named} is not what would be done; create a new VMMigration"


def announced(observation: Observation, plan: Plan) -> str:
    """Of `Preparing`; one sentence, so that going on costs no write."""
    status = observation.migration.status
    choice = status.switchover
    why = f": {choice.why}" if choice else ""
    parts = (
        judged(status.checks),
        _copied(plan),
        f"{_drives(plan.ejected)} empty, as the startupPolicy allows" if plan.ejected else "",
        f"{plan.switchover.lower()} switchover{why}",
        _synchronous(observation) if plan.synchronous_writes else "",
        _deleted(plan),
    )
    return "; ".join(part for part in parts if part)


def judged(checks: tuple[Check, ...]) -> str:
    """What the checks found, in short: those that warn and those that were forced tell of what."""
    warned = [f"{check.name} warned: {check.message}" for check in checks if check.result is CheckResult.WARN]
    forced = [f"{check.forced_told}: {check.message}" for check in checks if check.forced]
    told = "; ".join((*forced, *warned))
    return f"no check stops it; {shortened(told, MOST_JUDGED)}" if told else "all checks passed"


def _writes(observation: Observation, facts: StorageFacts, lines: tuple[Disk, ...]) -> Writes:
    limits = limits_of(observation.migration.spec.tuning)
    return storage.choose_writes(
        facts.guest.writes_bytes_per_second,
        limits.bandwidth_mebibytes_per_second,
        copied=any(line.action is DiskAction.COPY for line in lines),
    )


def _copied(plan: Plan) -> str:
    if not plan.copies:
        return ""
    targets = tuple(copy.target for copy in plan.copies)
    text = f"{disks(targets)} {'are' if len(targets) > 1 else 'is'} copied"
    over = [copy.path for copy in plan.copies if not copy.create]
    if not over:
        return text
    return (
        f"{text}, onto what is there (provisioning: MustExist): the former content of {' and '.join(over)} "
        "at the destination is lost once the copy begins"
    )


def _drives(targets: tuple[str, ...]) -> str:
    return f"{disks(targets)} {'arrive' if len(targets) > 1 else 'arrives'}"


def _synchronous(observation: Observation) -> str:
    """The bandwidth may have been changed since the plan was made from it."""
    facts = known(observation)
    writes = _writes(observation, facts, observation.migration.status.disks) if facts else None
    why = f": {writes.why}" if writes and writes.synchronous else ""
    return f"synchronous writes{why}"


def _deleted(plan: Plan) -> str:
    gone = [copy.path for copy in plan.copies if copy.delete_source]
    if not gone:
        return ""
    return f"after the commit the source's {' and '.join(gone)} will be deleted (sourceImages: Delete)"
