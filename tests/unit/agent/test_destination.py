"""The destination's agent: it resumes on the source's own word, and removes only what is ours."""

import pytest
from msgspec.structs import replace

from godwit.cluster.ports import ClusterError, Conflict, Unavailable
from godwit.domain.guest import DomainState, Marks, StateReason
from godwit.domain.task import Goal, Role, Starting, StopDetail, Stopped, TaskStatus

from ...fakes.hypervisor import FakeDomain
from ..controller.virtual_time import BEGINNING
from ..domain.builders import UUID
from .bench import STRICT, UID, Bench

TASK = "MigrationTask"


def arrived(bench: Bench) -> FakeDomain:
    """Paused at the end of a strict migration, with the attempt's mark."""
    domain = bench.guest("host2")
    domain.become(DomainState.PAUSED, StateReason.USER)
    domain.live = Marks(run="theirs", attempt=f"{UID}/1")
    return domain


def source_has(bench: Bench, status: TaskStatus) -> None:
    task = bench.put("source", Goal.MIGRATED, status, plan=STRICT)
    bench.cluster.tasks.put(replace(task, spec=replace(task.spec, node_name="host1")))


def left() -> TaskStatus:
    return TaskStatus(starting=Starting(1, "", BEGINNING), stopped=Stopped(StopDetail.MIGRATED, BEGINNING))


async def test_two_domains_that_have_its_name_and_its_uuid_are_both_told_and_one_that_has_both_once() -> None:
    bench = Bench(node="host2")
    bench.libvirt.add(FakeDomain("other", UUID))
    bench.libvirt.add(FakeDomain("vm1", "another-uuid"))
    bench.put("t", Goal.INSPECTED, role=Role.DESTINATION)
    await bench.look()
    assert [each.uuid for each in bench.status().namesakes] == [UUID, "another-uuid"]
    bench = Bench(node="host2")
    bench.guest("host2")
    bench.put("t", Goal.INSPECTED, role=Role.DESTINATION)
    await bench.look()
    assert [each.name for each in bench.status().namesakes] == ["vm1"]


async def test_the_destination_resumes_on_the_sources_own_word() -> None:
    bench = Bench(node="host2")
    arrived(bench)
    bench.put("t", Goal.PREPARED, TaskStatus(reached=Goal.PREPARED), plan=STRICT, role=Role.DESTINATION)
    source_has(bench, replace(left(), stopped=None))
    await bench.look()
    assert bench.libvirt.acts == []
    source_has(bench, left())
    await bench.look()
    assert bench.libvirt.acts == ["resume"]
    assert bench.status().resuming_at is not None


@pytest.mark.parametrize("error", [Conflict("quicker"), Unavailable("no answer")])
async def test_no_guest_is_resumed_unless_the_intent_was_written(error: ClusterError) -> None:
    bench = Bench(node="host2")
    arrived(bench)
    bench.put("t", Goal.PREPARED, TaskStatus(reached=Goal.PREPARED), plan=STRICT, role=Role.DESTINATION)
    source_has(bench, left())
    bench.cluster.fail_next_write(error, TASK)
    with pytest.raises(type(error)):
        await bench.look()
    assert bench.libvirt.acts == []


async def test_an_api_server_that_cannot_be_asked_for_the_peer_keeps_the_guest_paused() -> None:
    bench = Bench(node="host2")
    arrived(bench)
    bench.put("t", Goal.PREPARED, TaskStatus(reached=Goal.PREPARED), plan=STRICT, role=Role.DESTINATION)
    source_has(bench, left())
    bench.cluster.server.reachable = False
    with pytest.raises(Unavailable):
        await bench.look()
    assert bench.libvirt.acts == []


async def test_a_roll_back_removes_what_bears_our_mark_and_nothing_else() -> None:
    bench = Bench(node="host2")
    arrived(bench)
    bench.put("t", Goal.ROLLED_BACK, TaskStatus(reached=Goal.PREPARED), plan=STRICT, role=Role.DESTINATION)
    await bench.look()
    assert bench.libvirt.acts[0] == "destroy"
    assert bench.status().reached is Goal.ROLLED_BACK
    other = Bench(node="host2")
    arrived(other).live = Marks(attempt="another/1")
    other.put("t", Goal.ROLLED_BACK, TaskStatus(reached=Goal.PREPARED), plan=STRICT, role=Role.DESTINATION)
    await other.look()
    assert other.libvirt.acts == []
