"""Choosing the destination, where the user has named none.

All candidates are judged and ranked by what their Hypervisors tell. The best is named in the status and then
inspected, as a destination that the user names, and the next two with it; if it doesn't take the guest it is
given up, and the best of those is named. **One is named at a time, and none is given up once the checks have
passed**: so no more than one task of an attempt is ever told to do anything but to inspect. A host's task has
a name of its own, which is in the status before it is made and stays there.
"""

from datetime import datetime

from msgspec.structs import replace

from godwit.domain.checks import chain
from godwit.domain.choice import shortlist, telling
from godwit.domain.choice.candidates import Hosts
from godwit.domain.choice.ranking import Ranking, rank, row_of
from godwit.domain.choice.table import Dismissed, Standing
from godwit.domain.decision import Decision
from godwit.domain.migration import (
    HypervisorSelector,
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
    end,
    inspected_in_time,
    inspecting,
    with_attempt,
    with_journal,
)
from godwit.domain.storage import StorageFacts
from godwit.domain.task import Role, Task

MOST_INSPECTED = 10
"""The best, and the next ones as long as those before refuse: what is given up stays in the status."""
MOST_LOOKS = 5
"""How often the source is looked at; each time with the hosts that there are by then."""


def inspect_source(observation: Observation, row: Row, now: datetime) -> Decision:
    """As `preflight.inspect_source`; with the roads to all candidates, where one is to be chosen."""
    status = observation.migration.status
    if status.destination or status.source is None or not chooses(observation.migration.spec):
        return preflight.inspect_source(observation, row, now)
    # Those that refused, too: they may be asked again.
    hosts = hosts_for(observation, status.source.hypervisor).candidates
    best_first = sorted(hosts, key=lambda host: (-host.status.memory.free_bytes, host.name))
    addresses = dict.fromkeys(host.migration_address for host in best_first if host.migration_address)
    asked = Asked(peer_addresses=tuple(addresses)[:MOST_ADDRESSES])
    return preflight.inspect(observation, row, now, Role.SOURCE, observation.source, asked)


def choose(observation: Observation, row: Row, now: datetime) -> Decision:
    """Name the best host that is left; or say why there is none."""
    status, task = observation.migration.status, observation.source
    if failure := preflight.failure_of(observation):
        return end(observation, *failure, now)
    if silent := preflight.silence(observation):
        return _waits_for_source(observation, *silent, now) or end(observation, *silent, now)
    if status.source is None or task is None or task.status.facts is None:
        return inspected_in_time(observation, row, now, inspecting(observation))
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
        observation = with_journal(observation, with_attempt(status, attempt))
        if nobody := _nobody_to_name(observation, task, hosts, ranking, len(inspected), now):
            return nobody
        most = MOST_INSPECTED - len(inspected)
        attempt, named = shortlist.begin(attempt, ranking.eligible, most)
    journal = replace(
        with_attempt(status, attempt),
        destination=HypervisorSelector(named[0].host.name),
        choice=telling.chosen(named, ranking, inspected, hosts.others, at),
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
    unseen = ranking.eligible[0].host.migration_address not in task.spec.peer_addresses
    if looks < MOST_LOOKS and (unseen or retry.looked_long_ago(observation, now)):
        return _look_again(observation, f"look {looks + 1} follows", now)
    return None


def _waits_for_source(
    observation: Observation, reason: Reason, message: str, now: datetime
) -> Decision | None:
    """Nothing was begun, and there may be hours to go."""
    left = retry.seconds_to_wait(observation, now)
    if left <= 0:
        return None
    status = observation.migration.status
    return Decision(status, Phase.PENDING, reason, message, again_after_seconds=left)


def _look_again(observation: Observation, why: str, now: datetime) -> Decision:
    """The best host has come since the source was looked at, or that was long ago: by a new task, since an
    order never changes.
    """
    status, attempt = observation.migration.status, attempt_of(observation)
    if status.source is None:
        raise ValueError("no source is known: the step Claim comes first")
    old = Dismissed(status.source.hypervisor, attempt.source_task, why, now)
    following = replace(
        attempt, dismissed=(*attempt.dismissed, old), source_task=shortlist.next_name(attempt.source_task)
    )
    journal = with_attempt(status, following)
    message = inspecting(observation)
    return Decision(journal, Phase.VALIDATING, Reason.VALIDATING, message, again_after_seconds=0)


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
    """No destination would help; it ends as if the one had been named that is nearest to taking the guest."""
    nearest = ranking.refused[0]
    journal = replace(observation.migration.status, checks=nearest.checks)
    reason, message = chain.reason(ranking.at_source), preflight.all_of(nearest.failed)
    return end(with_journal(observation, journal), reason, message, now)
