"""Which hosts could be asked at all, and the end or the wait where none of them takes the guest."""

from datetime import datetime

from msgspec.structs import replace

from godwit.domain import duration
from godwit.domain.choice import telling
from godwit.domain.choice.candidates import Hosts, candidates
from godwit.domain.choice.table import Candidate, Dismissed
from godwit.domain.decision import Decision
from godwit.domain.migration import Check, HypervisorSelector, Phase
from godwit.domain.observation import Observation
from godwit.domain.reasons import Reason
from godwit.domain.steps import retry
from godwit.domain.steps.words import chooses, end, with_journal


def nobody(observation: Observation, source: HypervisorSelector, now: datetime) -> Decision | None:
    """The end, or a wait, where no host could even be asked; before anything is begun."""
    if not chooses(observation.migration.spec):
        return None
    hosts = hosts_for(observation, source.hypervisor)
    return None if hosts.candidates else none_left(observation, source.hypervisor, (), hosts.others, now)


def hosts_for(observation: Observation, source: str, dismissed: tuple[Dismissed, ...] = ()) -> Hosts:
    """As `candidates` says, by the spec's selector; a host that owes for this VM is none."""
    owing: dict[str, str] = {}
    for task in observation.debts:
        ref = task.spec.migration_ref
        owing[task.spec.node_name] = f"it owes the clean-up of VMMigration {ref.namespace}/{ref.name}"
    selector = observation.migration.spec.destination.node_selector
    return candidates(observation.hypervisors, source, selector, dismissed, owing)


def none_left(
    observation: Observation,
    source: str,
    checks: tuple[Check, ...],
    rows: tuple[Candidate, ...],
    now: datetime,
    why: str = "",
) -> Decision:
    """A wait as long as a host may come, or get better; else the end."""
    status, wait_for = observation.migration.status, observation.migration.spec.destination.wait
    left = retry.seconds_to_wait(observation, now)
    if left <= 0:
        waited = f"no host came within destination.wait ({wait_for})" if wait_for else why
        return _failed(with_journal(observation, replace(status, checks=checks)), source, rows, now, waited)
    text = _nobody(observation, source, rows)
    again = retry.seconds_until(observation, now)
    pause = duration.text(retry.pause(observation).total_seconds())
    how = "" if again is None else f"; one that refused is asked again after {pause}"
    message = f"{text}. Waiting for a host (destination.wait: {wait_for}){how}"
    journal = replace(status, choice=telling.choice(text, rows, None))
    left = left if again is None else min(left, again)
    return Decision(journal, Phase.PENDING, Reason.NO_DESTINATION, message, again_after_seconds=left)


def _failed(
    observation: Observation, source: str, rows: tuple[Candidate, ...], now: datetime, why: str
) -> Decision:
    text = _nobody(observation, source, rows)
    message = f"{text}{f'; {why}' if why else ''}. Then create a new VMMigration"
    journal = replace(observation.migration.status, choice=telling.choice(text, rows, None))
    return end(with_journal(observation, journal), Reason.NO_DESTINATION, message, now)


def _nobody(observation: Observation, source: str, rows: tuple[Candidate, ...]) -> str:
    vm, selector = observation.migration.status.vm, observation.migration.spec.destination.node_selector
    return telling.nobody(vm.name if vm else "?", source, selector, observation.hypervisors, rows)
