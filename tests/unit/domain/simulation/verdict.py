"""What must be true of every life of a migration once nothing moves any more."""

from godwit.domain.guest import DomainState, Marks
from godwit.domain.migration import FINAL_PHASES, Phase
from godwit.domain.task import Role, StopDetail
from godwit.domain.vocabulary import (
    Outcome,
)

from .libvirt import Domain
from .simulation import Simulation

ENDS = frozenset({None, Phase.NEEDS_ATTENTION, *FINAL_PHASES})
FINAL_AT_SOURCE = frozenset({Phase.FAILED, Phase.CANCELLED})


def the_guest_is_where_the_phase_says(settled: Simulation) -> None:
    """A copy that somebody started by hand is theirs to end."""
    assert phase(settled) in ENDS
    if settled.accidents.fate.started_by_user:
        assert any(domain.whole for domain in _domains(settled)) or _may_be_gone(settled)
        return
    one_copy_is_left(settled)
    the_phase_matches(settled)


def phase(settled: Simulation) -> Phase | None:
    """None of a migration that was deleted and let go."""
    migration = settled.api.migration
    return migration.status.phase if migration else None


def one_copy_is_left(settled: Simulation) -> None:
    """None only if a fault or a user ended it; where a person is asked, nothing is lost while they think."""
    fate = settled.accidents.fate
    owed = _given_up(settled)
    copies = [domain for domain in _domains(settled) if domain.whole and domain is not owed]
    if phase(settled) is Phase.NEEDS_ATTENTION:
        assert copies or fate.guest_ended
        return
    assert len(copies) == 1 or (not copies and _may_be_gone(settled))
    for copy in copies:
        assert copy.state is (DomainState.PAUSED if copy.user_paused else DomainState.RUNNING)


def the_phase_matches(settled: Simulation) -> None:
    source, destination = _domains(settled)
    owed = _given_up(settled)
    match phase(settled):
        case None:
            return
        case Phase.NEEDS_ATTENTION:
            only_where_nobody_can_tell(settled)
        case Phase.SUCCEEDED:
            assert not source.active or source is owed
        case ended:
            assert ended in FINAL_AT_SOURCE
            assert not destination.active or destination is owed


def only_where_nobody_can_tell(settled: Simulation) -> None:
    """A host is off, or what would tell was lost: a guest that runs in everybody's sight is no question."""
    source, destination = _domains(settled)
    accidents = settled.accidents
    if not accidents.hard:
        _only_where_nobody_saw_a_transient_guest_leave(settled)
        return
    if accidents.lost:
        return
    runs_alone = [
        here.runs and other.state is DomainState.ABSENT
        for here, other in ((source, destination), (destination, source))
    ]
    assert not any(runs_alone), "a person was asked although the guest runs in everybody's sight"


def nothing_is_left_behind(settled: Simulation) -> None:
    """A host that is off for good still owes."""
    lost = settled.accidents.lost
    if phase(settled) is Phase.NEEDS_ATTENTION or settled.accidents.fate.started_by_user:
        return
    api, (source, destination) = settled.api, _domains(settled)
    assert not [task.name for task in api.tasks.values() if _role(task.spec.node_name) not in lost]
    assert api.holder is None
    if lost:
        return
    assert not settled.world.files
    assert api.migration is None or not api.migration.finalizer
    there = [domain for domain in (source, destination) if domain.state is not DomainState.ABSENT]
    assert len(there) <= 1
    for domain in there:
        assert (domain.live, domain.defined) == (Marks(), Marks())
        assert domain.persistent == settled.persistent
        assert domain.autostart == (settled.autostart and settled.persistent)
    assert there or not settled.persistent, "the definition is gone"


def _only_where_nobody_saw_a_transient_guest_leave(settled: Simulation) -> None:
    """libvirt forgets such a guest with its reason: if the agent was dead then, only a person can say."""
    source = next(task for name, task in settled.api.tasks.items() if name.endswith("-source"))
    assert not settled.persistent
    assert settled.accidents.kills
    assert source.status.stopped is None or source.status.stopped.detail is not StopDetail.MIGRATED


def _may_be_gone(settled: Simulation) -> bool:
    """A fault or its user ended it; or a person keeps the copy of a host that nobody can look at."""
    gone_by_word = word(settled) is Outcome.KEEP_SOURCE and Role.SOURCE in settled.accidents.lost
    return settled.accidents.fate.guest_ended or gone_by_word


def _given_up(settled: Simulation) -> Domain | None:
    """What a person's word ends, on a host that nobody can look at: it is owed, as they were told."""
    lost, (source, destination) = settled.accidents.lost, _domains(settled)
    if word(settled) is Outcome.KEEP_SOURCE and Role.DESTINATION in lost:
        return destination
    return source if word(settled) is Outcome.KEEP_DESTINATION and Role.SOURCE in lost else None


def _domains(settled: Simulation) -> tuple[Domain, Domain]:
    return settled.libvirt.source, settled.libvirt.destination


def _role(node_name: str) -> Role:
    return Role.SOURCE if node_name == "host1" else Role.DESTINATION


def word(settled: Simulation) -> Outcome | None:
    """What a person had said."""
    migration = settled.api.migration
    return migration.status.verdict if migration else None
