"""Choosing the destination, where the user has named none.

All candidates are judged and ranked by what their Hypervisors tell. The best is named in the status and then
inspected, as a destination that the user names, and the next two with it; if it doesn't take the guest it is
given up, and the best of those is named. **One is named at a time, and none is given up once the checks have
passed**: so no more than one task of an attempt is ever told to do anything but to inspect. A host's task has
a name of its own, which is in the status before it is made and stays there.
"""

from datetime import datetime, timedelta

from msgspec.structs import replace

from godwit.domain.checks import chain
from godwit.domain.choice import shortlist, telling
from godwit.domain.choice.candidates import Hosts
from godwit.domain.choice.ranking import Ranking, names, rank, row_of
from godwit.domain.choice.table import MOST_TEXT, Dismissed, Standing
from godwit.domain.decision import Act, Decision
from godwit.domain.image import READING_SECONDS
from godwit.domain.migration import (
    Check,
    HypervisorSelector,
    MigrationStatus,
    Outcome,
    Phase,
)
from godwit.domain.observation import Observation
from godwit.domain.phases import Row
from godwit.domain.reasons import Reason
from godwit.domain.road import MOST_ADDRESSES
from godwit.domain.steps import preflight, retry
from godwit.domain.steps.no_host import hosts_for, none_left
from godwit.domain.steps.words import (
    Asked,
    attempt_of,
    chooses,
    create,
    end,
    inspecting,
    timed_out,
    wait,
    with_journal,
)
from godwit.domain.storage import StorageFacts, read_whole
from godwit.domain.task import Role, Task

MOST_INSPECTED = 10
"""The best, and the next ones as long as those before refuse: what is given up stays in the status."""
MOST_LOOKS = 5
"""How often the source is looked at; each time with the hosts that there are by then."""
INSPECTION_SECONDS = 30.0
"""How long a host that was chosen may take to look at itself, and `READING_SECONDS` more for each medium that
it has to read whole; a named one has `startTimeout`.
"""


def inspect_source(observation: Observation, row: Row, now: datetime) -> Decision:
    """As `preflight.inspect_source`; with the roads to all candidates, where one is to be chosen."""
    status = observation.migration.status
    if status.destination or status.source is None or not chooses(observation.migration.spec):
        return preflight.inspect_source(observation, row, now)
    hosts = hosts_for(observation, status.source.hypervisor, attempt_of(observation).dismissed).candidates
    best_first = sorted(hosts, key=lambda host: (-host.status.memory.free_bytes, host.name))
    addresses = dict.fromkeys(host.migration_address for host in best_first if host.migration_address)
    asked = Asked(peer_addresses=tuple(addresses)[:MOST_ADDRESSES])
    return preflight.inspect(observation, row, now, Role.SOURCE, observation.source, asked)


def choose(observation: Observation, row: Row, now: datetime) -> Decision:
    """Name the best host that is left; or say why there is none."""
    status, task = observation.migration.status, observation.source
    if stopped := preflight.failure_of(observation) or preflight.silence(observation):
        return end(observation, *stopped, now)
    if status.source is None or task is None or task.status.facts is None:
        return timed_out(observation, now, inspecting(observation)) or wait(
            observation, row, inspecting(observation), now
        )
    observation = retry.forgiven(observation, now)
    source, status = status.source.hypervisor, observation.migration.status
    hosts = hosts_for(observation, source, attempt_of(observation).dismissed)
    ranking = _ranking(observation, hosts, task)
    if ranking.at_source:
        return _stopped_at_source(observation, ranking, now)
    attempt, named = shortlist.promote(attempt_of(observation), ranking.eligible, now)
    at = status.choice.at if status.choice and named else now
    inspected = tuple(gone for gone in attempt.dismissed if gone.hypervisor != source)
    if not named:
        observation = with_journal(observation, replace(status, attempts=(*status.attempts[:-1], attempt)))
        if nobody := _nobody_to_name(observation, task, hosts, ranking, len(inspected), now):
            return nobody
        most = MOST_INSPECTED - len(inspected)
        attempt, named = shortlist.begin(attempt, ranking.eligible, most)
    journal = replace(
        status,
        destination=HypervisorSelector(named[0].host.name),
        choice=telling.chosen(named, ranking, inspected, hosts.others, at),
        attempts=(*status.attempts[:-1], attempt),
    )
    message = inspecting(with_journal(observation, journal))
    return Decision(journal, Phase.VALIDATING, Reason.VALIDATING, message, again_after_seconds=0)


def _nobody_to_name(
    observation: Observation, task: Task, hosts: Hosts, ranking: Ranking, inspected: int, now: datetime
) -> Decision | None:
    """The end, a wait for one that may come, or another look at the source; None where one can be named."""
    status, attempt = observation.migration.status, attempt_of(observation)
    source = task.spec.node_name
    refused = tuple(row_of(each, Standing.REFUSED) for each in ranking.refused)
    if inspected >= MOST_INSPECTED:
        untried = tuple(row_of(each, Standing.ELIGIBLE) for each in ranking.eligible)
        rows = (*hosts.others, *untried, *refused)
        why = f"{MOST_INSPECTED} hosts were inspected in vain"
        return none_left(observation, source, status.checks, rows, now, why)
    if not ranking.eligible:
        checks = status.checks or (ranking.refused[0].checks if ranking.refused else ())
        return none_left(observation, source, checks, (*refused, *hosts.others), now)
    looks = len(attempt.dismissed) - inspected + 1
    if ranking.eligible[0].host.migration_address not in task.spec.peer_addresses and looks < MOST_LOOKS:
        return _look_again(observation, looks + 1, now)
    return None


def inspect_destination(observation: Observation, row: Row, now: datetime) -> Decision:
    """As `preflight.inspect_destination`, with those that stand by; what comes to nothing is given up."""
    decision = preflight.inspect_destination(observation, row, now)
    choice = observation.migration.status.choice
    if not _may_give_up(observation) or choice is None or choice.at is None:
        return decision
    if why := _lost(observation):
        return _give_up(observation, why, (), row, now)
    patience_seconds = _patience_seconds(observation)
    left = (choice.at + timedelta(seconds=patience_seconds) - now).total_seconds()
    if left <= 0:
        why = f"it did not look at itself within {patience_seconds:.0f} s: see its agent's pod"
        return _give_up(observation, why, (), row, now)
    asked = decision.again_after_seconds
    return replace(
        decision,
        acts=(*decision.acts, *_inspect_standby(observation)),
        again_after_seconds=left if asked is None else min(asked, left),
    )


def _patience_seconds(observation: Observation) -> float:
    guest = observation.source.status.facts if observation.source else None
    media = len(read_whole(guest)) if guest else 0
    return INSPECTION_SECONDS + media * READING_SECONDS


def _inspect_standby(observation: Observation) -> tuple[Act, ...]:
    """Their tasks, asked exactly as the destination's is."""
    status, attempt = observation.migration.status, attempt_of(observation)
    acts: list[Act] = []
    for standby in attempt.standby:
        if any(task.name == standby.task for task in observation.standby):
            continue
        instead = replace(
            status,
            destination=HypervisorSelector(standby.hypervisor),
            attempts=(*status.attempts[:-1], replace(attempt, destination_task=standby.task)),
        )
        named = with_journal(observation, instead)
        acts.append(create(named, Role.DESTINATION, preflight.asked_of_destination(named)))
    return tuple(acts)


def validate(observation: Observation, row: Row, now: datetime) -> Decision:
    """As `preflight.validate`; but a chosen host that the checks refuse is given up."""
    may_give_up = _may_give_up(observation)
    if may_give_up and (why := _lost(observation)):
        return _give_up(observation, why, (), row, now)
    decision = preflight.validate(observation, row, now)
    ending = decision.journal.ending
    if ending is None and decision.journal.switchover is not None:
        return replace(decision, journal=_settled(decision.journal, now))
    if ending is None or ending.outcome is Outcome.SUCCEEDED or not may_give_up:
        return decision
    if ending.reason is Reason.START_TIMEOUT:
        return decision
    stopping = tuple(check for check in decision.journal.checks if check.stops)
    why = "; ".join(f"{check.name}: {check.message}" for check in stopping) or ending.message
    return _give_up(observation, why, decision.journal.checks, row, now)


def _settled(journal: MigrationStatus, now: datetime) -> MigrationStatus:
    """It is this one: nobody else is needed."""
    to = journal.destination.hypervisor if journal.destination else "?"
    attempt = shortlist.dismiss_standby(journal.attempts[-1], f"{to} takes the guest", now)
    return replace(journal, attempts=(*journal.attempts[:-1], attempt))


def _may_give_up(observation: Observation) -> bool:
    """The destination was chosen, and it is not the source that stops the migration."""
    status, source = observation.migration.status, observation.source
    if not chooses(observation.migration.spec) or status.source is None or status.switchover is not None:
        return False
    return observation.ready(status.source.hypervisor) and not (source and source.status.failure)


def _lost(observation: Observation) -> str:
    """Why the chosen host can't be inspected; empty where it can."""
    host, task = observation.migration.status.destination, observation.destination
    if task and task.status.failure:
        return task.status.failure.message
    if host and not observation.ready(host.hypervisor):
        return "its agent fell silent during the inspection"
    return ""


def _give_up(
    observation: Observation, why: str, checks: tuple[Check, ...], row: Row, now: datetime
) -> Decision:
    """The journal names the task that may exist, and from now on another one for the next host."""
    status, attempt = observation.migration.status, attempt_of(observation)
    if status.destination is None:
        raise ValueError("no host is chosen: the step Choose comes first")
    failed = names(check for check in checks if check.stops)
    outlook = observation.source.status.outlook if observation.source else None
    gone = Dismissed(
        hypervisor=status.destination.hypervisor,
        task=attempt.destination_task,
        why=why[:MOST_TEXT],
        at=now,
        look=outlook.look if outlook else 0,
        failed=failed,
    )
    following = replace(
        attempt,
        dismissed=(*attempt.dismissed, gone),
        destination_task=shortlist.free_name(attempt),
    )
    journal = replace(
        status,
        destination=None,
        attempts=(*status.attempts[:-1], following),
        checks=checks or status.checks,
        disks=(),
    )
    return choose(replace(with_journal(observation, journal), destination=None), row, now)


def _look_again(observation: Observation, number: int, now: datetime) -> Decision:
    """The best host has come since the source was looked at: by a new task, since an order never changes."""
    status, attempt = observation.migration.status, attempt_of(observation)
    if status.source is None:
        raise ValueError("no source is known: the step Claim comes first")
    why = f"look {number} follows, with more hosts"
    old = Dismissed(status.source.hypervisor, attempt.source_task, why, now)
    following = replace(attempt, dismissed=(*attempt.dismissed, old), source_task=_next(attempt.source_task))
    journal = replace(status, attempts=(*status.attempts[:-1], following))
    message = inspecting(observation)
    return Decision(journal, Phase.VALIDATING, Reason.VALIDATING, message, again_after_seconds=0)


def _next(name: str) -> str:
    """A task's name that was never used before: `x`, `x-2`, `x-3`."""
    base, _, number = name.rpartition("-")
    return f"{base}-{int(number) + 1}" if number.isdecimal() else f"{name}-2"


def _ranking(observation: Observation, hosts: Hosts, task: Task) -> Ranking:
    status = observation.migration.status
    source = observation.hypervisor(task.spec.node_name)
    if status.vm is None or source is None or task.status.facts is None:
        raise ValueError("candidates are judged by the guest's facts: the step InspectSource comes first")
    vm, spec = status.vm, observation.migration.spec
    disks = StorageFacts(task.status.facts, wish=spec.storage, written=task.status.probes)
    listing = preflight.listing(observation, vm.uuid)
    return rank(
        hosts.candidates,
        lambda host: preflight.facts_about(observation, vm, (source, host), disks, None, listing),
        frozenset(spec.safety.force),
        task.spec.peer_addresses,
    )


def _stopped_at_source(observation: Observation, ranking: Ranking, now: datetime) -> Decision:
    """No destination would help; it ends as with a named one."""
    journal = replace(observation.migration.status, checks=ranking.refused[0].checks)
    stopping = ranking.at_source
    return end(with_journal(observation, journal), chain.reason(stopping), preflight.all_of(stopping), now)
