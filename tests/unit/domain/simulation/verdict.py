"""What must be true of every life of a migration once nothing moves any more."""

from godwit.domain.guest import DomainState, Marks
from godwit.domain.migration import Phase

from .simulation import Simulation

FINAL_AT_SOURCE = frozenset({Phase.FAILED, Phase.CANCELLED})


def phase(settled: Simulation) -> Phase | None:
    """None of a migration that was deleted and let go."""
    migration = settled.api.migration
    return migration.status.phase if migration else None


def one_copy_is_left(settled: Simulation) -> None:
    copies = [domain for domain in (settled.libvirt.source, settled.libvirt.destination) if domain.active]
    assert len(copies) == 1
    asked_for_a_person = phase(settled) is Phase.NEEDS_ATTENTION
    assert copies[0].state is (
        DomainState.PAUSED if settled.paused or asked_for_a_person else DomainState.RUNNING
    )


def the_phase_matches(settled: Simulation) -> None:
    migration, libvirt = settled.api.migration, settled.libvirt
    if migration is None:
        return
    if phase(settled) is Phase.NEEDS_ATTENTION:
        _only_where_nobody_saw_a_transient_guest_leave(settled)
        return
    if phase(settled) is Phase.SUCCEEDED:
        assert libvirt.destination.active
    else:
        assert phase(settled) in FINAL_AT_SOURCE
        assert libvirt.source.active


def nothing_is_left_behind(settled: Simulation) -> None:
    if phase(settled) is Phase.NEEDS_ATTENTION:
        return
    api, libvirt = settled.api, settled.libvirt
    assert not api.tasks
    assert api.holder is None
    assert not settled.world.files
    assert api.migration is None or not api.migration.finalizer
    here, gone = libvirt.source, libvirt.destination
    if libvirt.destination.active:
        here, gone = gone, here
    assert gone.state is DomainState.ABSENT
    assert (here.live, here.defined) == (Marks(), Marks())
    assert here.persistent == settled.persistent
    assert here.autostart == (settled.autostart and settled.persistent)


def _only_where_nobody_saw_a_transient_guest_leave(settled: Simulation) -> None:
    """libvirt forgets such a guest with its reason: if the agent was dead then, only a person can say."""
    source = next(task for name, task in settled.api.tasks.items() if name.endswith("-source"))
    assert not settled.persistent
    assert settled.kills
    assert source.status.stopped is None
