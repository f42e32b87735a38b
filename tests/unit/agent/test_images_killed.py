"""An agent that dies at any call to libvirt or any write, while it makes images or takes them away.

Whoever comes after it finishes the work; no image is left that nobody knows of, and none goes that was there.
"""

from collections.abc import Callable

import pytest

from godwit.cluster.ports import Unavailable
from godwit.domain.task import Goal, TaskStatus

from ...fakes.hypervisor import FakeFile, KilledError
from .bench import Bench
from .copies import COPIES, IN_ORDER, images, inspected

TASK = "MigrationTask"
OF_SOMEBODY = "/local/of-somebody.img"
MOST_STEPS = 40


async def a_bench() -> Bench:
    bench = Bench(node="host2")
    bench.libvirt.put(OF_SOMEBODY, FakeFile("of somebody"))
    await inspected(bench, *COPIES)
    bench.libvirt.calls = 0
    return bench


async def dies(bench: Bench) -> bool:
    """Whether this pass was its last."""
    try:
        await bench.look()
    except (KilledError, Unavailable):
        bench.libvirt.dies_at = None
        bench.new_agent("next")
        bench.show(bench.cluster.tasks.objects["t"])
        return True
    return False


def at_a_call(bench: Bench, step: int) -> None:
    bench.libvirt.dies_at = bench.libvirt.calls + step


def at_a_write(bench: Bench, step: int) -> None:
    bench.cluster.fail_next_write(Unavailable("it dies"), TASK, after=step - 1)


def behind_a_write(bench: Bench, step: int) -> None:
    bench.cluster.fail_next_write(Unavailable("it dies"), TASK, after=step - 1, done=True)


Death = Callable[[Bench, int], None]
DEATHS = pytest.mark.parametrize("death", [at_a_call, at_a_write, behind_a_write])


async def until(bench: Bench, goal: Goal) -> TaskStatus:
    for _ in range(5):
        if bench.status().reached is goal:
            break
        await dies(bench)
    status = bench.status()
    assert status.reached is goal, status
    return status


@DEATHS
async def test_whoever_comes_after_it_makes_all_of_them_once(death: Death) -> None:
    for step in range(1, MOST_STEPS):
        bench = await a_bench()
        death(bench, step)
        died = await dies(bench)
        status = await until(bench, Goal.PREPARED)
        recorded = {resource.path: resource.identity for resource in status.created_resources}
        there = {
            path: file.identity for path, file in bench.libvirt.local_files.items() if path != OF_SOMEBODY
        }
        assert recorded.keys() == there.keys(), step
        assert all(recorded[copy.path] == there[copy.path] for copy in COPIES), step
        if not died:
            assert step > 1
            return
    raise AssertionError("it never comes to an end")


@DEATHS
async def test_a_roll_back_leaves_nothing_of_what_it_may_have_made(death: Death) -> None:
    for step in range(1, MOST_STEPS):
        bench = await a_bench()
        death(bench, step)
        died = await dies(bench)
        bench.move("t", Goal.ROLLED_BACK)
        status = await until(bench, Goal.ROLLED_BACK)
        assert images(bench) == [OF_SOMEBODY], step
        assert status.left_behind == (), step
        if not died:
            return
    raise AssertionError("it never comes to an end")


@DEATHS
async def test_a_roll_back_that_dies_is_finished_by_the_next_agent(death: Death) -> None:
    for step in range(1, MOST_STEPS):
        bench = await a_bench()
        await until(bench, Goal.PREPARED)
        bench.move("t", Goal.ROLLED_BACK)
        death(bench, step)
        died = await dies(bench)
        status = await until(bench, Goal.ROLLED_BACK)
        assert images(bench) == [OF_SOMEBODY], step
        assert (status.left_behind, status.created_resources) == ((), ()), step
        removed = [act for act in bench.libvirt.acts if act.startswith("remove")]
        assert len(removed) == len(IN_ORDER), step
        if not died:
            return
    raise AssertionError("it never comes to an end")


@DEATHS
async def test_an_image_that_was_filled_after_its_maker_died_is_refused_by_name_and_stays(
    death: Death,
) -> None:
    refused = 0
    for step in range(1, MOST_STEPS):
        bench = await a_bench()
        death(bench, step)
        if not await dies(bench):
            break
        made = [path for path in images(bench) if path.endswith(".img") and path != OF_SOMEBODY]
        unknown = [path for path in made if path not in known(bench)]
        for path in unknown:
            bench.libvirt.local_files[path].write("by somebody")
        if not unknown:
            continue
        refused += 1
        await bench.look()
        failure = bench.status().failure
        assert failure is not None
        assert any(path in failure.message for path in unknown)
        bench.move("t", Goal.ROLLED_BACK)
        status = await until(bench, Goal.ROLLED_BACK)
        assert {left.path for left in status.left_behind} == set(unknown)
        assert set(unknown) <= set(images(bench))
        assert {left.path for left in bench.told_left} == set(unknown)
    assert refused or death is behind_a_write


def known(bench: Bench) -> set[str]:
    return {resource.path for resource in bench.status().created_resources if resource.identity}
