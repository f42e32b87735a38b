"""What must be true of every life of a migration once nothing moves any more."""

from godwit.domain.guest import DomainState, Job, Marks
from godwit.domain.migration import FINAL_PHASES, Phase
from godwit.domain.task import Goal, Role, StopDetail
from godwit.domain.vocabulary import (
    Outcome,
)

from .files import DIRECTORY, OURS, PATH, SOMEBODY
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
        if settled.role_of(copy) in settled.accidents.lost:
            continue  # its host owes to let it go on
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
    # One that left something behind, or has lost an image, tells of it as long as the other host owes.
    told = [task for task in api.tasks.values() if task.status.left_behind or task.status.failure]
    may_stay = [
        task
        for task in told
        if len(lost) == 1 and (task.status.left_behind or task.spec.goal is Goal.RELEASED)
    ]
    assert not [
        task for task in api.tasks.values() if task not in may_stay and _role(task.spec.node_name) not in lost
    ]
    assert api.holder is None
    if lost:
        return
    assert not settled.world.tokens
    assert api.migration is None or not api.migration.finalizer
    there = [domain for domain in (source, destination) if domain.state is not DomainState.ABSENT]
    assert len(there) <= 1
    for domain in there:
        assert (domain.live, domain.defined) == (Marks(), Marks())
        assert domain.persistent == settled.persistent
        assert domain.autostart == (settled.autostart and settled.persistent)
    assert there or not settled.persistent, "the definition is gone"


def images_are_where_the_guest_needs_them(settled: Simulation) -> None:
    """The copy that is kept has its image; what else is there was there before, or is told."""
    files = settled.world.files
    of = {role: files.of[role].get(PATH) for role in Role}
    somebodys = [role for role, file in of.items() if file is not None and file.owner == SOMEBODY]
    assert Role.SOURCE not in somebodys
    source, destination = _domains(settled)
    if source.whole:
        assert of[Role.SOURCE] is not None
    arrived = destination.whole and destination.job is not Job.MIGRATION_IN
    if arrived and not files.dropped:
        image = of[Role.DESTINATION]
        assert image is not None
        assert image.owner == OURS
    if phase(settled) is Phase.NEEDS_ATTENTION or settled.accidents.lost:
        return
    if settled.accidents.fate.started_by_user:
        return
    committed = settled.committed
    _is_told_or_gone(settled, committed=committed)
    if committed:
        asked = settled.delete and (Role.SOURCE, PATH) not in files.told
        assert (of[Role.SOURCE] is None) == asked
    else:
        assert of[Role.SOURCE] is not None


def _is_told_or_gone(settled: Simulation, *, committed: bool) -> None:
    """At the destination, of what Godwit has made."""
    files = settled.world.files
    for path, file in files.of[Role.DESTINATION].items():
        if file.owner != OURS or (Role.DESTINATION, path) in files.told or committed:
            continue
        told_inside = path == DIRECTORY and PATH in files.of[Role.DESTINATION]
        assert told_inside, f"{path} is left behind, and nobody knows of it"


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
    """What is to be ended on a host that nobody can look at: it is owed, as people were told."""
    lost, (source, destination) = settled.accidents.lost, _domains(settled)
    waits = phase(settled) in FINAL_AT_SOURCE and not destination.runs
    if Role.DESTINATION in lost and (waits or word(settled) is Outcome.KEEP_SOURCE):
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
