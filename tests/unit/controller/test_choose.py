"""A destination that the operator chooses: told with its reasons, and safe whoever dies meanwhile."""

from collections.abc import Callable
from itertools import count

import pytest
from msgspec.structs import replace

from godwit.cluster.ports import ClusterError, Conflict, Unavailable
from godwit.cluster.ports_inventory import Node
from godwit.domain.choice.table import Standing
from godwit.domain.guest import DomainState, StateReason
from godwit.domain.host import HypervisorSpec
from godwit.domain.migration import CheckResult, Cleanup, Destination, Mode, Phase
from godwit.domain.reasons import Reason
from godwit.domain.task import Goal, Role

from .house.agent import AgentProcess
from .house.house import SELECTOR, UUID, House, disk
from .house.operator import OperatorProcess
from .house.process import KilledError
from .test_killed import Nth

ANY = Destination()
LATER = frozenset({Goal.PREPARED, Goal.MIGRATED, Goal.RELEASED})
FEWEST_WRITES = 35


class Watched(House):
    """Three hosts; every change is held against what must always be true of the attempt's tasks."""

    def __init__(self, *, operators: int = 1) -> None:
        super().__init__(hosts=3, operators=operators)
        self.told_more: set[str] = set()
        """Destination tasks that were ever told to do more than to inspect."""
        self.broken: list[str] = []
        self.cluster.on_change(lambda *_: self._look())

    def refuses(self, *names: str) -> None:
        """Their libvirt does not take the definition: only an inspection shows that."""
        for name in names:
            receptions = self.hosts[name].receptions
            receptions.answer = replace(receptions.answer, refusal="unsupported machine type")

    def takes(self, name: str) -> None:
        """It does now."""
        receptions = self.hosts[name].receptions
        receptions.answer = replace(receptions.answer, refusal="")

    def _look(self) -> None:
        for task in self.cluster.tasks.objects.values():
            ref = task.spec.migration_ref
            if task.spec.role is not Role.DESTINATION or not self.exists(ref.name):
                continue
            status = self.status(ref.name)
            if status.attempts and self.migration(ref.name).uid == ref.uid:
                attempt = status.attempts[-1]
                named = {gone.task: gone.hypervisor for gone in attempt.dismissed}
                named |= {each.task: each.hypervisor for each in attempt.standby}
                if status.destination:
                    named[attempt.destination_task] = status.destination.hypervisor
                if named.get(task.name) != task.spec.node_name:
                    self.broken.append(f"{task.name} is not in the journal")
            if task.spec.goal in LATER:
                self.told_more.add(task.name)

    def nothing_is_left(self) -> None:
        super().nothing_is_left()
        assert self.broken == []
        assert len(self.told_more) <= 1, self.told_more

    def is_on(self, host: str) -> None:
        """The guest, and nothing else of it anywhere."""
        self.nothing_is_left()
        assert self.running() == [host]
        assert [name for name, libvirt in self.hosts.items() if UUID in libvirt.domains] == [host]


async def three(*refusing: str, operators: int = 1) -> Watched:
    house = Watched(operators=operators)
    house.add_guest(disk())
    house.refuses(*refusing)
    await house.start()
    return house


def standings(house: House, name: str = "move") -> dict[str, Standing]:
    choice = house.status(name).choice
    assert choice is not None
    return {row.hypervisor: row.standing for row in choice.candidates}


async def test_the_best_host_is_chosen_and_the_status_says_why() -> None:
    house = await three()
    house.migrate(to=ANY)
    status = await house.ends()
    assert status.phase is Phase.SUCCEEDED, house.told()
    house.is_on("host2")
    assert status.choice is not None
    assert "host2 is the best of 2 hosts" in status.choice.why
    assert "first by name" in status.choice.why
    assert standings(house) == {"host2": Standing.CHOSEN, "host3": Standing.STANDBY}
    assert "Definition" in status.choice.candidates[1].not_run
    [unneeded] = status.attempts[-1].dismissed
    assert (unneeded.hypervisor, unneeded.why) == ("host3", "host2 takes the guest")


async def test_one_that_does_not_take_the_guest_gives_way_to_the_next() -> None:
    house = await three("host2")
    house.migrate(to=ANY)
    status = await house.ends()
    assert status.phase is Phase.SUCCEEDED, house.told()
    house.is_on("host3")
    [gone] = status.attempts[-1].dismissed
    assert (gone.hypervisor, gone.failed) == ("host2", ("Definition",))
    assert gone.task != status.attempts[-1].destination_task
    assert status.choice is not None
    assert "host2 was inspected before: Definition: " in status.choice.why
    assert standings(house) == {"host3": Standing.CHOSEN, "host2": Standing.REFUSED}
    assert not [check for check in status.checks if check.stops]


async def test_where_every_host_refuses_it_fails_with_each_ones_reasons() -> None:
    house = await three("host2", "host3")
    house.migrate(to=ANY)
    status = await house.ends()
    assert status.ending is not None
    assert (status.phase, status.ending.reason) == (Phase.FAILED, Reason.NO_DESTINATION)
    for name in ("host2", "host3"):
        assert f"{name}: Definition: libvirt on {name} refuses the definition" in status.ending.message
    assert [check.host for check in status.checks if check.stops] == ["host3"]
    house.is_as_before()
    assert house.calls == 0


async def test_a_preflight_alone_chooses_too_and_leaves_nothing() -> None:
    house = await three("host2")
    house.migrate(to=ANY, mode=Mode.VALIDATE)
    status = await house.ends()
    assert status.phase is Phase.SUCCEEDED, house.told()
    assert status.destination is not None
    assert status.destination.hypervisor == "host3"
    house.is_as_before()
    assert house.told_more == set()


async def test_what_is_wrong_with_the_guest_itself_ends_it_as_with_a_named_host() -> None:
    house = await three()
    house.guest.become(DomainState.PAUSED, StateReason.IO_ERROR)
    house.migrate(to=ANY)
    status = await house.ends()
    assert status.ending is not None
    assert (status.phase, status.ending.reason) == (Phase.FAILED, Reason.CHECKS_FAILED)
    assert status.ending.message.startswith("1 check failed. VMRuns: ")
    assert [check.name for check in status.checks if check.result is CheckResult.FAIL] == ["VMRuns"]
    house.nothing_is_left()


def label(house: House, **zones: str) -> None:
    house.set_nodes(*(Node(name, {**SELECTOR, "zone": zones.get(name, "a")}) for name in house.hosts))


async def test_a_selector_leaves_only_the_hosts_whose_nodes_have_its_labels() -> None:
    house = await three()
    label(house, host3="b")
    house.migrate(to=Destination(node_selector={"zone": "b"}))
    assert (await house.ends()).phase is Phase.SUCCEEDED, house.told()
    house.is_on("host3")
    assert standings(house)["host2"] is Standing.NOT_SELECTED


@pytest.mark.parametrize(
    ("selector", "words"),
    [
        ({"zone": "c"}, "matches host1 alone, where the VM is"),
        ({"zone": "d"}, "label zone is never d, but a or c"),
        ({"zome": "a"}, "no hypervisor's Node has a label zome"),
    ],
)
async def test_a_selector_that_leaves_nobody_is_refused_before_anything_is_begun(
    selector: dict[str, str], words: str
) -> None:
    house = await three()
    label(house, host1="c")
    house.cluster.server.writes.clear()
    house.migrate(to=Destination(node_selector=selector))
    status = await house.ends()
    assert status.ending is not None
    assert (status.phase, status.ending.reason) == (Phase.FAILED, Reason.NO_DESTINATION)
    assert words in status.ending.message
    kinds = {kind for kind, _, _ in house.cluster.server.writes}
    assert "MigrationTask" not in kinds


def maintain(house: House, name: str, *, maintenance: bool) -> None:
    known = house.cluster.hypervisors.objects[name]
    house.cluster.hypervisors.put(
        replace(known, spec=HypervisorSpec(maintenance=maintenance), generation=known.generation + 1)
    )


async def test_a_host_is_waited_for_while_wait_lasts_and_taken_when_it_comes() -> None:
    house = await three()
    for name in ("host2", "host3"):
        maintain(house, name, maintenance=True)
    house.migrate(to=Destination(wait="20m"))
    await house.pass_time(600)
    status = house.status()
    assert (status.phase, status.conditions[0].reason) == (Phase.PENDING, Reason.NO_DESTINATION)
    assert "host2 is in maintenance" in house.message()
    assert "destination.wait: 20m" in house.message()
    maintain(house, "host3", maintenance=False)
    assert (await house.ends()).phase is Phase.SUCCEEDED, house.told()
    house.is_on("host3")


async def test_nothing_is_written_while_a_host_is_waited_for_and_nothing_changes() -> None:
    house = await three()
    for name in ("host2", "host3"):
        maintain(house, name, maintenance=True)
    house.migrate(to=Destination(wait="20m"))
    await house.pass_time(60)
    house.cluster.server.writes.clear()
    await house.pass_time(600)
    assert {kind for kind, _, _ in house.cluster.server.writes} == {"Lease"}


async def test_a_wait_that_is_over_ends_it() -> None:
    house = await three()
    for name in ("host2", "host3"):
        maintain(house, name, maintenance=True)
    house.migrate(to=Destination(wait="2m"))
    status = await house.ends(seconds=150)
    assert status.ending is not None
    assert (status.phase, status.ending.reason) == (Phase.FAILED, Reason.NO_DESTINATION)
    assert "no host came within destination.wait (2m)" in status.ending.message
    house.is_as_before()


async def test_a_host_that_refused_is_asked_again_while_one_is_waited_for() -> None:
    house = await three("host2", "host3")
    house.migrate(to=Destination(wait="20m"))
    await house.pass_time(30)
    assert house.status().phase is Phase.PENDING, house.told()
    assert [gone.hypervisor for gone in house.status().attempts[-1].dismissed] == ["host2", "host3"]
    house.takes("host3")
    assert (await house.ends(seconds=120)).phase is Phase.SUCCEEDED, house.told()
    house.is_on("host3")


async def test_hosts_that_refuse_for_ever_are_asked_once_a_minute_and_no_more_often() -> None:
    house = await three("host2", "host3")
    house.migrate(to=Destination(wait="20m"))
    await house.pass_time(30)
    before = len(made(house))
    await house.pass_time(601)
    assert 9 <= (len(made(house)) - before) / 3 <= 10, "both, and the source before them"
    house.cancel()
    assert (await house.ends()).phase is Phase.CANCELLED
    house.is_as_before()


def made(house: House) -> list[tuple[str, str, str]]:
    """Writes that made a task."""
    return [write for write in house.cluster.server.writes if write[:2] == ("MigrationTask", "create")]


async def test_a_wait_may_be_cancelled() -> None:
    house = await three()
    for name in ("host2", "host3"):
        maintain(house, name, maintenance=True)
    house.migrate(to=Destination(wait="20m"))
    await house.pass_time(30)
    house.cancel()
    assert (await house.ends()).phase is Phase.CANCELLED
    house.is_as_before()


async def test_a_host_whose_libvirt_the_source_does_not_reach_comes_last() -> None:
    house = await three()
    house.hosts["host2"].lose()
    house.migrate(to=ANY)
    status = await house.ends()
    assert status.phase is Phase.SUCCEEDED, house.told()
    assert status.attempts[-1].dismissed == ()
    house.is_on("host3")


async def a_host_comes(house: House, name: str) -> None:
    """While it is waited for; the source has been looked at without it."""
    house.stop(house.agents[name])
    await house.pass_time(60)
    maintain(house, "host2", maintenance=True)
    house.migrate(to=Destination(wait="20m"))
    await house.pass_time(60)
    assert house.status().phase is Phase.PENDING, house.told()
    house.replace(house.agents[name])


async def test_for_a_host_that_comes_later_the_source_is_looked_at_once_more() -> None:
    house = await three()
    await a_host_comes(house, "host3")
    status = await house.ends()
    assert status.phase is Phase.SUCCEEDED, house.told()
    house.is_on("host3")
    [before] = status.attempts[-1].dismissed
    assert before.hypervisor == "host1"
    assert status.attempts[-1].source_task == f"{before.task}-2"
    assert status.choice is not None
    assert before.why not in status.choice.why


@pytest.mark.parametrize("done", [False, True])
async def test_an_operator_may_die_at_any_write_while_the_source_is_looked_at_once_more(done: bool) -> None:
    number = 0
    while await _killed_at_another_look(number, done=done):
        number += 1
    assert number > FEWEST_WRITES


async def _killed_at_another_look(after_writes: int, *, done: bool) -> bool:
    """Whether there was such a write."""
    house = await three()
    await a_host_comes(house, "host3")
    house.cluster.fail_next_write(killed(), "MigrationTask", done, after_writes // 2)
    house.cluster.fail_next_write(killed(), "VMMigration", done, after_writes // 2)
    status = await house.ends(seconds=300)
    house.close()
    if status.phase is not Phase.SUCCEEDED:  # `Starting` was written, and nobody knows
        assert house.calls == 0, house.told()
        house.is_on("host1")
    else:
        house.is_on("host3")
    return _failed(house) is not None


async def loses_the_chosen_host(house: House) -> None:
    """host2, before its agent has taken its order."""
    house.migrate(to=ANY)
    await house.until(lambda: house.status().destination is not None)
    house.hosts["host2"].lose()


async def test_a_host_that_never_looks_at_itself_gives_way_and_owes_nothing() -> None:
    house = await three()
    await loses_the_chosen_host(house)
    await house.until(lambda: house.status().phase is Phase.SUCCEEDED, 120)
    assert house.running() == ["host3"]
    [gone] = house.status().attempts[-1].dismissed
    assert gone.hypervisor == "host2"
    assert "did not look at itself within 30 s" in gone.why
    assert (await house.ends()).cleanup is Cleanup.DONE
    house.hosts["host2"].come_back()
    house.is_on("host3")


async def test_an_agent_that_dies_in_its_inspection_holds_nobody_up() -> None:
    house = await three()
    await loses_the_chosen_host(house)
    house.stop(house.agents["host2"])
    await house.until(lambda: house.status().phase is Phase.SUCCEEDED, 120)
    assert house.running() == ["host3"]
    assert (await house.ends()).cleanup is Cleanup.DONE, "it was only asked to look"
    house.hosts["host2"].come_back()
    house.replace(house.agents["host2"])
    house.is_on("host3")


Fault = Callable[[], ClusterError]


def conflict() -> ClusterError:
    return Conflict("somebody was quicker")


def no_answer() -> ClusterError:
    return Unavailable("no answer")


def killed() -> ClusterError:
    return KilledError("killed while it waited for the answer")


def _failed(house: House) -> tuple[str, str, str] | None:
    return next((write for write in house.cluster.server.writes if write[2] != "done"), None)


@pytest.mark.parametrize(
    ("fault", "done"),
    [(conflict, False), (no_answer, False), (no_answer, True), (killed, False), (killed, True)],
)
async def test_the_choice_ends_well_whichever_write_is_lost(fault: Fault, done: bool) -> None:
    number, lost_starts = 0, 0
    while True:
        house = await three("host2")
        house.cluster.fail_next_write(fault(), done=done, after=number)
        house.migrate(to=ANY)
        await house.ends(seconds=300)
        house.close()
        if _failed(house) is None:
            break
        context = f"write {number}, {_failed(house)}: {house.told()}"
        number += 1
        if done and house.calls == 0:  # `Starting` was written, and nobody knows
            lost_starts += 1
            house.is_on("host1")
            continue
        assert house.status().phase is Phase.SUCCEEDED, context
        house.is_on("host3")
    assert number > FEWEST_WRITES
    assert lost_starts == (1 if done else 0)


@pytest.mark.parametrize("kind", [OperatorProcess, AgentProcess])
async def test_a_process_that_is_replaced_after_any_pass_is_not_missed(
    kind: type[OperatorProcess] | type[AgentProcess],
) -> None:
    number = 0
    while True:
        house = await three("host2")
        house.kill_after_pass = Nth(kind, number)
        house.migrate(to=ANY)
        await house.ends(seconds=300)
        house.close()
        if not house.kills:
            break
        assert house.status().phase is Phase.SUCCEEDED, f"pass {number}: {house.told()}"
        house.is_on("host3")
        number += 1
    assert number > 10


@pytest.mark.parametrize("every", [0, 3, 4])
async def test_two_operators_choose_one_host_between_them(every: int) -> None:
    """Every so many passes one of them dies, and the next knows nothing."""
    house = await three("host2", operators=2)
    passes = count(1)
    house.kill_after_pass = lambda process: (
        process in house.operators and every > 0 and next(passes) % every == 0
    )
    house.migrate(to=ANY)
    assert (await house.ends()).phase is Phase.SUCCEEDED, house.told()
    house.is_on("host3")


@pytest.mark.parametrize("stop", [House.cancel, House.delete])
async def test_a_migration_that_is_stopped_at_any_moment_of_the_choice_leaves_nothing(
    stop: Callable[[House], None],
) -> None:
    number = 0
    while await _stopped(stop, number):
        number += 1
    assert number > 10


async def _stopped(stop: Callable[[House], None], after_writes: int) -> bool:
    """Whether it was not over by then."""
    house = await three("host2")
    house.migrate(to=ANY, mode=Mode.VALIDATE)
    while len(house.cluster.server.writes) <= after_writes and not house.is_over():
        await house.pass_time(0.0005)
    hit = not house.is_over()
    stop(house)
    await house.until(lambda: not house.exists() or house.is_over(), 300)
    await house.pass_time(5)
    house.is_as_before()
    house.close()
    return hit


async def test_tasks_of_several_hosts_whose_migration_is_gone_are_swept() -> None:
    house = await three()
    await loses_the_chosen_host(house)
    await house.until(lambda: len(house.cluster.tasks.objects) == 3)
    house.operator.kill()
    house.cluster.migrations.mark_deleted("default", "move")
    house.cluster.migrations.take_finalizer("default", "move")
    house.hosts["host2"].come_back()
    house.operator.run()
    await house.until(lambda: not house.cluster.tasks.objects and not house.cluster.claims.objects, 600)
    house.is_as_before()
