"""One pass after another of an agent over its tasks."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from msgspec.structs import replace

from godwit.cluster.ports import ClusterError, Conflict, Unavailable
from godwit.domain.contact import Arrival, ContactOrder
from godwit.domain.guest import Job, Marks, StateReason
from godwit.domain.reasons import Reason
from godwit.domain.road import Answer
from godwit.domain.task import Failure, Goal, Role, Starting, StopDetail, Stopped, Task, TaskStatus
from godwit.hypervisor.ports import Event, EventKind
from godwit.runtime.cache import Key

from ...fakes.cluster import NAMESPACE
from ...fakes.contact import FakeContacts
from ..controller.house.house import UUID, disk
from ..controller.virtual_time import BEGINNING
from .bench import PLAN, UID, Bench

TASK = "MigrationTask"


async def test_an_inspection_tells_the_guest_and_changes_nothing() -> None:
    bench = Bench()
    bench.guest()
    bench.put("t", Goal.INSPECTED)
    assert await bench.look() is None
    status = bench.status()
    assert status.reached is Goal.INSPECTED
    assert status.facts is not None
    assert status.facts.view.autostart
    assert bench.libvirt.acts == []


async def test_a_source_that_is_told_where_others_are_looks_there() -> None:
    bench = Bench()
    bench.guest()
    task = bench.put("t", Goal.INSPECTED)
    spec = replace(task.spec, peer_addresses=("host2", "host3"))
    bench.show(bench.cluster.tasks.put(replace(task, spec=spec)))
    await bench.look()
    outlook = bench.status().outlook
    assert outlook is not None
    seen = {road.address: road.answer for road in outlook.roads}
    assert seen == {"host2": Answer.OPEN, "host3": Answer.SILENT}


async def test_a_source_that_is_told_no_address_looks_nowhere() -> None:
    bench = Bench()
    bench.guest()
    bench.put("t", Goal.INSPECTED)
    await bench.look()
    assert bench.status().outlook is None
    assert bench.roads.asked == []


async def test_a_source_offers_to_call_and_does_so_by_one_token_however_often_it_inspects() -> None:
    bench = Bench()
    bench.guest()
    task = bench.put("t", Goal.INSPECTED)
    await bench.look()
    offer = bench.status().offer
    assert offer is not None
    bench.contacts = FakeContacts(bench.network, "another")
    bench.new_agent("second")
    bench.show(bench.cluster.tasks.put(replace(task, status=TaskStatus(offer=offer))))
    await bench.look()
    assert (bench.status().reached, bench.status().offer) == (Goal.INSPECTED, offer)


def told_to_listen(bench: Bench, looks: int = 0) -> Task:
    there = bench.cluster.tasks.objects["t"]
    spec = replace(there.spec, contact=ContactOrder("t" * 32, bench.node), looks=looks)
    return bench.show(bench.cluster.tasks.put(replace(there, spec=spec)))


async def test_a_destination_tells_what_it_has_heard_in_the_write_of_its_inspection() -> None:
    bench = Bench()
    bench.put("t", Goal.INSPECTED, role=Role.DESTINATION)
    task = told_to_listen(bench)
    assert task.spec.contact
    bench.cluster.server.writes.clear()
    await asyncio.gather(bench.look(), bench.contacts.call(task.spec.contact))
    contact = bench.status().contact
    assert contact
    assert (contact.arrival, contact.look) == (Arrival.ARRIVED, 0)
    assert len([kind for kind, _, _ in bench.cluster.server.writes if kind == TASK]) == 1


async def test_a_destination_that_heard_nothing_says_so_and_listens_once_more_when_it_is_told_to() -> None:
    bench = Bench()
    bench.put("t", Goal.INSPECTED, role=Role.DESTINATION)
    told_to_listen(bench)
    await bench.look()
    missed = bench.status()
    assert missed.contact
    assert (missed.reached, missed.contact.arrival) == (Goal.INSPECTED, Arrival.MISSED)
    task = told_to_listen(bench, looks=1)
    assert task.spec.contact
    await asyncio.gather(bench.look(), bench.contacts.call(task.spec.contact))
    heard = bench.status()
    assert heard.contact
    assert (heard.reached, heard.contact.arrival, heard.contact.look) == (
        Goal.INSPECTED,
        Arrival.ARRIVED,
        1,
    )


async def test_a_destination_that_is_told_to_listen_for_nothing_does_not() -> None:
    bench = Bench()
    bench.put("t", Goal.INSPECTED, role=Role.DESTINATION)
    await bench.look()
    assert (bench.status().reached, bench.status().contact) == (Goal.INSPECTED, None)


@pytest.mark.parametrize("role", Role)
async def test_an_inspection_tells_what_qemu_of_this_end_shows_of_itself(role: Role) -> None:
    bench = Bench()
    bench.guest()
    bench.put("t", Goal.INSPECTED, role=role)
    await bench.look()
    shown = bench.status().qemu_certificate
    assert shown is not None
    assert shown.own.certificate is not None
    assert (shown.own.certificate.subject, bench.certificates.asked) == (bench.node, [role])


@pytest.mark.parametrize("role", Role)
async def test_an_inspection_is_stamped_when_it_begins_and_when_it_ends(role: Role) -> None:
    bench = Bench()
    bench.guest()
    bench.put("t", Goal.INSPECTED, role=role)
    await bench.look()
    inspection = bench.status().inspection
    assert inspection is not None
    assert BEGINNING <= inspection.began_at <= inspection.ended_at


async def test_a_guest_that_no_task_could_hold_is_refused_and_nothing_is_written_beside_its_images() -> None:
    bench = Bench()
    bench.guest().disks = tuple(replace(disk(), target=f"vd{number}") for number in range(1001))
    bench.put("t", Goal.INSPECTED)
    await bench.look()
    failure = bench.status().failure
    assert failure
    assert "1001 disks" in failure.message
    assert bench.network.shared_files == {}


async def test_a_token_is_announced_before_it_is_written() -> None:
    bench = Bench()
    bench.libvirt.put_file("/shared/vda.img")
    bench.guest().disks = (disk(),)
    bench.put("t", Goal.INSPECTED)
    bench.cluster.fail_next_write(Unavailable("no answer"), TASK)
    with pytest.raises(Unavailable):
        await bench.look()
    assert list(bench.network.shared_files) == ["/shared/vda.img"]
    await bench.look()
    [path] = [path for path in bench.network.shared_files if ".godwit-" in path]
    assert [resource.path for resource in bench.status().created_resources] == [path]


async def test_the_next_agent_writes_the_same_token_file_and_leaves_no_second_one() -> None:
    bench = Bench()
    bench.libvirt.put_file("/shared/vda.img")
    bench.guest().disks = (disk(),)
    bench.put("t", Goal.INSPECTED)
    bench.cluster.fail_next_write(Unavailable("no answer"), TASK, after=1)
    with pytest.raises(Unavailable):
        await bench.look()
    bench.new_agent("second")
    await bench.look()
    assert len([path for path in bench.network.shared_files if ".godwit-" in path]) == 1
    assert bench.status().reached is Goal.INSPECTED


@pytest.mark.parametrize("error", [Conflict("quicker"), Unavailable("no answer")])
async def test_no_job_begins_unless_starting_was_written(error: ClusterError) -> None:
    bench = Bench()
    await bench.prepared()
    bench.move("t", Goal.MIGRATED)
    bench.cluster.fail_next_write(error, TASK)
    with pytest.raises(type(error)):
        await bench.look()
    await asyncio.sleep(1)
    assert bench.libvirt.acts == []
    assert bench.status().starting is None


async def test_a_goal_that_moved_on_in_the_meantime_keeps_the_job_from_beginning() -> None:
    bench = Bench()
    await bench.prepared()
    seen = bench.move("t", Goal.MIGRATED)
    moved = replace(seen, spec=replace(seen.spec, goal=Goal.ROLLED_BACK))
    bench.cluster.tasks.put(moved)
    with pytest.raises(Conflict):
        await bench.look()
    await asyncio.sleep(1)
    assert bench.libvirt.acts == []


async def test_whoever_finds_starting_written_never_calls_again() -> None:
    bench = Bench()
    await bench.prepared()
    bench.move("t", Goal.MIGRATED)
    bench.cluster.fail_next_write(Unavailable("no answer"), TASK, done=True)
    with pytest.raises(Unavailable):
        await bench.look()
    bench.new_agent("second")
    bench.show(bench.cluster.tasks.objects["t"])
    for _ in range(100):
        await bench.look()
        await asyncio.sleep(1)
    assert bench.status().starting is not None
    assert bench.libvirt.jobs.requests == []


async def test_the_one_call_carries_the_plan_and_its_end_wakes_the_task() -> None:
    bench = Bench()
    await bench.prepared()
    bench.move("t", Goal.MIGRATED)
    await bench.look()
    await asyncio.sleep(1)
    [request] = bench.libvirt.jobs.requests
    assert (request.destination_uri, request.migrate_uri) == (PLAN.destination_uri, PLAN.migrate_uri)
    assert request.live_marks == Marks(run="theirs", attempt=f"{UID}/1")
    assert request.persistent
    assert not request.paused_at_destination
    assert bench.woken == ["t"]


async def test_a_task_without_our_claim_is_refused_before_anything_is_touched() -> None:
    bench = Bench()
    bench.guest()
    bench.claim("another")
    bench.put("t", Goal.INSPECTED)
    await bench.look()
    assert bench.status().failure is not None
    assert bench.status().failure == Failure(
        Reason.CLAIMED_BY_ANOTHER, "the claim on VM vm1 names another migration"
    )
    assert bench.status().facts is None


async def test_the_claim_is_read_again_directly_before_the_start() -> None:
    bench = Bench()
    await bench.prepared()
    bench.claim("another")
    bench.move("t", Goal.MIGRATED)
    await bench.look()
    failure = bench.status().failure
    assert failure is not None
    assert failure.reason is Reason.CLAIMED_BY_ANOTHER
    assert (bench.status().starting, bench.libvirt.jobs.requests) == (None, [])


async def test_a_debt_to_an_earlier_migration_of_that_vm_comes_first() -> None:
    bench = Bench()
    bench.guest()
    bench.put("debt", Goal.ROLLED_BACK, uid="earlier", plan=PLAN)
    bench.put("t", Goal.INSPECTED)
    assert await bench.look() is not None
    assert bench.status() == TaskStatus()
    await bench.look("debt")
    assert bench.status("debt").reached is Goal.ROLLED_BACK
    await bench.look()
    assert bench.status().reached is Goal.INSPECTED


async def test_who_was_only_asked_to_look_holds_nothing_up() -> None:
    bench = Bench()
    bench.guest()
    bench.put("looked", Goal.ROLLED_BACK, uid="earlier")
    bench.put("t", Goal.INSPECTED)
    await bench.look()
    assert bench.status().reached is Goal.INSPECTED


async def test_its_roll_back_leaves_the_guest_to_whoever_moves_it_now() -> None:
    """`mode: Validate` holds no claim: what the guest bears may be another migration's."""
    bench = Bench()
    guest = bench.guest()
    bench.put("looked", Goal.INSPECTED)
    await bench.look("looked")
    guest.autostart, guest.live = False, Marks(run="another's")
    bench.put("looked", Goal.ROLLED_BACK)
    await bench.look("looked")
    assert bench.status("looked").reached is Goal.ROLLED_BACK
    assert (guest.autostart, guest.live.run) == (False, "another's")


async def test_a_debt_for_another_vm_holds_nothing_up() -> None:
    bench = Bench()
    bench.guest()
    debt = bench.put("debt", Goal.ROLLED_BACK, uid="earlier")
    vm = replace(debt.spec.vm, uuid="99999999-2222-3333-4444-555555555555")
    bench.show(bench.cluster.tasks.put(replace(debt, spec=replace(debt.spec, vm=vm))))
    bench.put("t", Goal.INSPECTED)
    await bench.look()
    assert bench.status().reached is Goal.INSPECTED


async def test_the_task_of_another_node_is_none_of_ours() -> None:
    bench = Bench(node="host2")
    bench.guest("host2")
    task = bench.put("t", Goal.INSPECTED)
    bench.show(bench.cluster.tasks.put(replace(task, spec=replace(task.spec, node_name="host1"))))
    bench.cluster.server.writes.clear()
    assert await bench.look() is None
    assert await bench.look("unknown") is None
    assert bench.cluster.server.writes == []


async def test_a_silent_libvirt_is_told_once_and_forgotten_when_it_is_back() -> None:
    bench = Bench()
    bench.guest()
    bench.put("t", Goal.INSPECTED)
    bench.libvirt.lose()
    bench.cluster.server.writes.clear()
    for _ in range(5):
        assert await bench.look() == 1.0
    assert bench.status().waiting == Failure(Reason.LIBVIRT_UNREACHABLE, "look: no libvirtd on host1")
    assert len(bench.cluster.server.writes) == 1
    bench.libvirt.come_back()
    await bench.look()
    assert bench.status().waiting is None
    assert bench.status().reached is Goal.INSPECTED


async def test_a_task_that_is_over_is_not_bothered_with_a_silent_libvirt() -> None:
    bench = Bench()
    bench.put("t", Goal.RELEASED, TaskStatus(reached=Goal.RELEASED))
    bench.libvirt.lose()
    bench.cluster.server.writes.clear()
    await bench.look()
    assert bench.cluster.server.writes == []


@pytest.mark.parametrize("call", ["inspect", "set_autostart", "mark"])
async def test_an_error_of_libvirt_before_the_start_fails_the_goal_with_its_text(call: str) -> None:
    bench = Bench()
    bench.guest()
    bench.put("t", Goal.INSPECTED)
    bench.libvirt.fail_next(call, Reason.LIBVIRT_ERROR, "internal error: so it goes")
    await bench.look()
    bench.move("t", Goal.PREPARED, PLAN)
    await bench.look()
    assert bench.status().failure == Failure(Reason.LIBVIRT_ERROR, "internal error: so it goes")
    assert bench.status().reached is not Goal.PREPARED


async def test_an_error_of_libvirt_while_tidying_up_is_told_and_tried_again() -> None:
    bench = Bench()
    await bench.prepared()
    bench.move("t", Goal.ROLLED_BACK)
    bench.libvirt.fail_next("set_autostart", Reason.OPERATION_TIMEOUT, "cannot acquire state change lock")
    assert await bench.look() == 2.0
    waiting = bench.status().waiting
    assert waiting is not None
    assert waiting.reason is Reason.OPERATION_TIMEOUT
    await bench.look()
    assert bench.status().reached is Goal.ROLLED_BACK
    assert bench.hosts["host1"].domains[UUID].autostart
    assert bench.forgotten == ["t"]


async def silence(bench: Bench) -> None:
    """A look that libvirt doesn't answer."""
    bench.libvirt.reachable = False
    await bench.look()
    bench.libvirt.reachable = True


async def a_gap_between_two_looks(bench: Bench) -> None:
    """Only the events tell of it."""
    bench.reconciler.see(Event(EventKind.DISCONNECTED, BEGINNING))
    bench.reconciler.see(Event(EventKind.CONNECTED, BEGINNING))


@pytest.mark.parametrize("lose", [silence, a_gap_between_two_looks])
async def test_a_lost_connection_starts_the_35_seconds_of_answers_anew(
    lose: Callable[[Bench], Awaitable[None]],
) -> None:
    bench = Bench()
    bench.guest().live = Marks(run="ours")
    status = TaskStatus(reached=Goal.PREPARED, run_mark="ours", starting=Starting(1, "", BEGINNING))
    bench.put("t", Goal.MIGRATED, status, plan=PLAN)
    await bench.look()
    await asyncio.sleep(30)
    await lose(bench)
    await bench.look()
    await asyncio.sleep(30)
    await bench.look()
    assert may_begin(bench)
    await asyncio.sleep(6)
    await bench.look()
    assert not may_begin(bench)


async def test_a_job_that_was_watched_for_35_seconds_is_known_to_be_the_last_one_soon_after_its_end() -> None:
    bench = Bench()
    guest = bench.guest()
    guest.live, guest.job = Marks(run="ours"), Job.MIGRATION_OUT
    status = TaskStatus(reached=Goal.PREPARED, run_mark="ours", starting=Starting(1, "", BEGINNING))
    bench.put("t", Goal.MIGRATED, status, plan=PLAN)
    await bench.look()
    await asyncio.sleep(35)
    guest.job = Job.NONE
    await bench.look()
    assert may_begin(bench), "one look without a job is not enough"
    await asyncio.sleep(5)
    await bench.look()
    assert not may_begin(bench)


async def test_a_stop_that_was_seen_is_written_down_and_survives_the_agent() -> None:
    bench = Bench()
    await bench.prepared()
    bench.move("t", Goal.MIGRATED)
    bench.libvirt.hold_migrations()
    await bench.look()
    events = bench.libvirt.stream.read()
    bench.libvirt.end(UUID, StopDetail.CRASHED, StateReason.CRASHED)
    assert bench.reconciler.see(await anext(events)) == ["t"]
    await bench.look()
    written = bench.status().stopped
    assert written is not None
    assert written.detail is StopDetail.CRASHED
    bench.new_agent("second")
    await bench.look()
    assert bench.status().stopped == written


async def test_a_new_connection_concerns_every_task_of_this_node() -> None:
    bench = Bench()
    bench.put("t", Goal.INSPECTED)
    events = bench.libvirt.stream.read()
    bench.libvirt.emit(EventKind.CONNECTED)
    assert bench.reconciler.see(await anext(events)) == ["t"]
    bench.libvirt.emit(EventKind.STARTED, "another-uuid")
    assert bench.reconciler.see(await anext(events)) == []


async def test_a_task_that_goes_before_the_answer_comes_is_not_remembered() -> None:
    bench = Bench()
    bench.guest()
    bench.put("t", Goal.INSPECTED)
    key = Key(NAMESPACE, "t")
    bench.cluster.on_change(lambda *_: bench.cache.saw(key, 10_000, None))
    await bench.look()
    assert bench.status().reached is Goal.INSPECTED
    assert bench.cache.get(key) is None


async def test_what_was_remembered_of_a_task_goes_with_it() -> None:
    bench = Bench()
    await bench.prepared()
    bench.reconciler.memory("t").stopped = Stopped(StopDetail.CRASHED, BEGINNING)
    bench.cache.saw(Key(NAMESPACE, "t"), 10_000, None)
    await bench.look()
    assert bench.reconciler.memory("t").stopped is None


def may_begin(bench: Bench) -> bool:
    """What the evidence says of the call."""
    evidence = bench.status().evidence
    assert evidence is not None
    return evidence.starting
