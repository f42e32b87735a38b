"""Both hosts are inspected, every check is evaluated in one pure pass, and both hosts prepare."""

from datetime import datetime

from msgspec.structs import replace

from godwit.domain import storage
from godwit.domain.checks import chain
from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.contact import Arrival
from godwit.domain.decision import Act, Decision, SetFinalizer, WriteSpec
from godwit.domain.guest import GuestView
from godwit.domain.host import Hypervisor
from godwit.domain.limits import limits_of
from godwit.domain.migration import Check, CheckResult, Mode, Outcome, Phase
from godwit.domain.observation import Observation
from godwit.domain.phases import Row
from godwit.domain.plan import PromisedMemory
from godwit.domain.reasons import Reason
from godwit.domain.road import Answer
from godwit.domain.steps import contact
from godwit.domain.steps.plan import announced, differs, known, plan_of, with_writes
from godwit.domain.steps.words import (
    NOTHING,
    Asked,
    create,
    end,
    hold_up,
    inspected_in_time,
    inspecting,
    move,
    peer_of,
    timed_out,
    wait,
    with_journal,
)
from godwit.domain.task import Goal, Probe, Role, Task, VMIdentity


def inspect_source(observation: Observation, row: Row, now: datetime) -> Decision:
    """The guest as it is, tokens beside its images, and the road to the destination."""
    to = observation.migration.status.destination
    host = observation.hypervisor(to.hypervisor) if to else None
    asked = Asked(peer_addresses=(host.migration_address,) if host and host.migration_address else ())
    return inspect(observation, row, now, Role.SOURCE, observation.source, asked)


def inspect_destination(observation: Observation, row: Row, now: datetime) -> Decision:
    """What the chain has to know of it."""
    asked = asked_of_destination(observation)
    return inspect(observation, row, now, Role.DESTINATION, observation.destination, asked)


def asked_of_destination(observation: Observation) -> Asked:
    """Namesakes, what is read of the tokens beside the images, which are not told, and the source's call."""
    written = observation.source.status.probes if observation.source else ()
    probes = tuple(
        Probe(directory=probe.directory, path=probe.path, images=probe.images)
        for probe in written
        if probe.token
    )
    guest = observation.source.status.facts if observation.source else None
    images = storage.paths_to_look_at(guest) if guest else ()
    return Asked(
        probes,
        images,
        storage.digests_for(guest) if guest else (),
        observation.source.status.definition if observation.source else "",
        contact=contact.order(observation),
    )


def inspect(
    observation: Observation,
    row: Row,
    now: datetime,
    role: Role,
    task: Task | None,
    asked: Asked = NOTHING,
) -> Decision:
    """Have a host look at what it is asked, and wait for it."""
    if failure := failure_of(observation) or silence(observation):
        return end(observation, *failure, now)
    status = observation.migration.status
    host = status.source if role is Role.SOURCE else status.destination
    name = host.hypervisor if host else "?"
    holding = hold_up(task) if task else ""
    late = f"The agent on {name} had not looked at its host by then: see its pod on that node"
    if over := timed_out(observation, now, holding or late):
        return over
    if task is None:
        # No task is made for an object that may go at any moment.
        kept = observation.migration.finalizer
        act = create(observation, role, asked) if kept else SetFinalizer(present=True)
        return wait(observation, row, inspecting(observation), now, act)
    return wait(observation, row, holding or inspecting(observation), now)


def validate(observation: Observation, row: Row, now: datetime) -> Decision:
    """All checks; a failed one ends the migration with *all* reasons, not the first."""
    facts = _facts(observation)
    if facts is None:
        late = "One of the hosts had not told its facts by then: see the agents' pods"
        return inspected_in_time(observation, row, now, late)
    again = _look_again(observation, row, facts, now) or _listen_again(observation, row, facts, now)
    if again and not silence(observation):
        return again
    spec = observation.migration.spec
    checks = chain.run(facts, frozenset(spec.safety.force))
    disks = with_writes(observation, facts.storage, facts.disks)
    journal = replace(observation.migration.status, checks=checks, disks=disks)
    stopping = tuple(check for check in checks if check.stops)
    if stopping:
        judged = with_journal(observation, journal)
        return end(judged, chain.reason(stopping), all_of(stopping), now)
    choice = storage.choose_switchover(facts.storage, facts.disks)
    journal = replace(journal, switchover=choice)
    passed = with_journal(observation, journal)
    plan = plan_of(passed)
    if wrong := differs(passed, plan):
        return end(passed, Reason.CHECKS_FAILED, wrong, now)
    message = announced(passed, plan)
    if spec.mode is Mode.VALIDATE:
        warned = any(check.forced or check.result is CheckResult.WARN for check in checks)
        valid = Reason.VALID_WITH_WARNINGS if warned else Reason.VALID
        return end(passed, valid, f"nothing was changed: {message}", now, Outcome.SUCCEEDED)
    return Decision(journal, Phase.PREPARING, Reason.PREPARING, message, again_after_seconds=0)


def _look_again(observation: Observation, row: Row, facts: PreflightFacts, now: datetime) -> Decision | None:
    """A destination whose libvirtd was away when the source looked has answered its own agent since then."""
    source, road = observation.source, facts.road
    if source is None or road is None or facts.outlook is None:
        return None
    if source.spec.looks > facts.outlook.look:
        late = f"The agent on {source.spec.node_name} had not looked at {road.address} once more by then"
        return inspected_in_time(observation, row, now, late)
    if road.shown or source.spec.looks:
        return None
    ask = WriteSpec(source.name, replace(source.spec, looks=1))
    return wait(observation, row, inspecting(observation), now, ask)


def _listen_again(
    observation: Observation, row: Row, facts: PreflightFacts, now: datetime
) -> Decision | None:
    """The source's agent may have begun anew in the very seconds in which it should have called.

    So it looks down the road once more first: then it is there, and has seen how the port is now.
    """
    source, destination = observation.source, observation.destination
    heard, road = facts.contact, facts.road
    if source is None or destination is None or heard is None or road is None:
        return None
    if destination.spec.looks > heard.look:
        late = f"The agent on {destination.spec.node_name} had not listened once more by then"
        return inspected_in_time(observation, row, now, late)
    if heard.arrival is not Arrival.MISSED or road.answer is not Answer.OPEN or destination.spec.looks:
        return None
    first = destination if source.spec.looks else source
    ask = WriteSpec(first.name, replace(first.spec, looks=1))
    return wait(observation, row, inspecting(observation), now, ask)


def prepare(observation: Observation, row: Row, now: datetime) -> Decision:
    """Both goals with one plan; the plan never changes once one of the tasks has it."""
    source, destination = observation.source, observation.destination
    if failure := failure_of(observation) or silence(observation):
        return end(observation, *failure, now)
    if source is None or destination is None:
        lost = "source" if source is None else "destination"
        return end(observation, Reason.LIBVIRT_ERROR, f"the {lost}'s task was deleted by somebody", now)
    holding = hold_up(source) or hold_up(destination)
    if over := timed_out(observation, now, holding or "The hosts were still preparing"):
        return over
    plan = source.spec.plan or destination.spec.plan or plan_of(observation)
    if wrong := differs(observation, plan):
        return end(observation, Reason.CHECKS_FAILED, wrong, now)
    source = replace(source, spec=replace(source.spec, peer=peer_of(observation, Role.SOURCE)))
    acts: tuple[Act, ...] = (
        *move(source, Goal.PREPARED, plan),
        *move(destination, Goal.PREPARED, plan),
    )
    return wait(observation, row, holding or announced(observation, plan), now, *acts)


def silence(observation: Observation) -> tuple[Reason, str] | None:
    """Why nothing will begin: a host's agent does not live any more; None when both do."""
    status = observation.migration.status
    for side in (status.source, status.destination):
        if side and not observation.ready(side.hypervisor):
            host = side.hypervisor
            why = "its agent does not renew its Lease, and no job had begun. See the node and the agent's pod"
            return Reason.HYPERVISOR_NOT_READY, f"{host} is silent: {why} there"
    return None


def _facts(observation: Observation) -> PreflightFacts | None:
    status, source, destination = (
        observation.migration.status,
        observation.source,
        observation.destination,
    )
    if status.vm is None or source is None or destination is None or source.status.facts is None:
        return None
    hosts = [observation.hypervisor(task.spec.node_name) for task in (source, destination)]
    if hosts[0] is None or hosts[1] is None or any(host and not host.has_told for host in hosts):
        return None
    disks = known(observation)
    if disks is None:
        return None
    found = listing(observation, status.vm.uuid)
    return facts_about(observation, status.vm, (hosts[0], hosts[1]), disks, destination, found)


def facts_about(
    observation: Observation,
    vm: VMIdentity,
    hosts: tuple[Hypervisor, Hypervisor],
    disks: storage.StorageFacts,
    asked: Task | None,
    listed_by: tuple[str, ...],
) -> PreflightFacts:
    """What the checks judge; of a destination that was not `asked`, what its Hypervisor tells."""
    source = hosts[0].seen(observation.source.status.host if observation.source else None)
    destination = hosts[1].seen(asked.status.host if asked else None)
    listed = (each for each in destination.status.domains if each.uuid == vm.uuid or each.name == vm.name)
    there = (GuestView(each.name, each.uuid, each.state, job=each.job) for each in listed)
    return PreflightFacts(
        vm=vm,
        guest=disks.guest,
        source=source,
        destination=destination,
        namesakes=asked.status.namesakes if asked else tuple(there),
        reception=asked.status.reception if asked else None,
        outlook=observation.source.status.outlook if observation.source else None,
        offer=observation.source.status.offer if observation.source else None,
        contact=asked.status.contact if asked else None,
        clock_skew=observation.clock_skew if asked else None,
        qemu_client=observation.source.status.qemu_certificate if observation.source else None,
        qemu_server=asked.status.qemu_certificate if asked else None,
        timeout_seconds=limits_of(observation.migration.spec.tuning).timeout_seconds,
        storage=disks,
        disks=storage.classify(disks) if asked else (),
        safety=observation.migration.spec.safety,
        promised_memory=(
            observation.promised_memory
            if asked
            else observation.promised_by_host.get(destination.name, PromisedMemory())
        ),
        elsewhere=tuple(name for name in listed_by if name not in (source.name, destination.name)),
        operator_version=observation.operator_version,
    )


def listing(observation: Observation, uuid: str) -> tuple[str, ...]:
    """Every host that lists that VM."""
    return tuple(
        host.name
        for host in observation.hypervisors
        if any(domain.uuid == uuid for domain in host.status.domains)
    )


def failure_of(observation: Observation) -> tuple[Reason, str] | None:
    """Why a host can't do what it was told to; None when both can."""
    for task in (observation.source, observation.destination):
        if task and task.status.failure:
            failure = task.status.failure
            return failure.reason, f"{task.spec.node_name}: {failure.message}"
    return None


def all_of(checks: tuple[Check, ...]) -> str:
    """What stops it, with all that is to be done."""
    told = "; ".join(check.told for check in checks)
    return f"{_counted(checks)}. {told}. Then create a new VMMigration"


def _counted(checks: tuple[Check, ...]) -> str:
    unknown = sum(check.result is CheckResult.NOT_RUN for check in checks)
    failed = len(checks) - unknown
    plural = "s" if (failed or unknown) > 1 else ""
    if not failed:
        return f"{unknown} check{plural} could not run"
    return f"{failed} check{plural} failed{f', {unknown} could not run' if unknown else ''}"
