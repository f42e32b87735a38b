import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest

from godwit.runtime.loops import FIRST_BACKOFF_SECONDS, Loops

from .waiting import until


@contextlib.asynccontextmanager
async def running(loops: Loops[Any]) -> AsyncIterator[None]:
    task = asyncio.create_task(loops.run())
    yield
    task.cancel()
    await asyncio.wait({task})


class Work:
    """What the passes did; each may be held until it is let go."""

    def __init__(self, answers: list[float | Exception | None] | None = None) -> None:
        self.began: list[str] = []
        self.now = 0
        self.most_at_once = 0
        self.times: list[float] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self._answers = answers or []

    async def __call__(self, key: str) -> float | None:
        self.times.append(asyncio.get_running_loop().time())
        self.began.append(key)
        self.now += 1
        self.most_at_once = max(self.most_at_once, self.now)
        try:
            await self.gate.wait()
        finally:
            self.now -= 1
        answer = self._answers.pop(0) if self._answers else None
        if isinstance(answer, Exception):
            raise answer
        return answer


async def test_a_wake_before_the_start_is_remembered() -> None:
    work = Work()
    loops = Loops(work, "test")
    loops.wake("a")
    async with running(loops):
        await until(lambda: work.began == ["a"])


async def test_an_idle_key_is_not_even_known() -> None:
    work = Work()
    loops = Loops(work, "test")
    async with running(loops):
        for number in range(10_000):
            loops.wake(str(number))
        await until(lambda: len(work.began) == 10_000 and len(loops) == 0)
        assert work.most_at_once <= 200


async def test_wakes_during_a_pass_cause_exactly_one_more_after_it() -> None:
    work = Work()
    work.gate.clear()
    loops = Loops(work, "test")
    async with running(loops):
        loops.wake("a")
        await until(lambda: work.now == 1)
        for _ in range(5):
            loops.wake("a")
        work.gate.set()
        await until(lambda: len(loops) == 0)
    assert work.began == ["a", "a"]
    assert work.most_at_once == 1


async def test_wakes_of_a_key_that_waits_for_its_turn_are_one() -> None:
    work = Work()
    work.gate.clear()
    loops = Loops(work, "test", at_once=1)
    async with running(loops):
        loops.wake("a")
        loops.wake("b")
        loops.wake("b")
        await until(lambda: work.now == 1)
        work.gate.set()
        await until(lambda: len(loops) == 0)
    assert work.began == ["a", "b"]


async def test_a_slow_key_does_not_hold_up_another() -> None:
    held = asyncio.Event()
    done: list[str] = []

    async def reconcile(key: str) -> None:
        if key == "slow":
            await held.wait()
        done.append(key)

    loops = Loops(reconcile, "test")
    async with running(loops):
        loops.wake("slow")
        loops.wake("quick")
        await until(lambda: done == ["quick"])


async def test_a_returned_time_is_when_the_next_pass_comes_without_a_wake() -> None:
    work = Work([0.05])
    loops = Loops(work, "test")
    async with running(loops):
        loops.wake("a")
        await until(lambda: len(work.began) == 2)
    assert work.times[1] - work.times[0] >= 0.05


async def test_a_wake_comes_before_the_returned_time_and_replaces_it() -> None:
    work = Work([3600.0])
    loops = Loops(work, "test")
    async with running(loops):
        loops.wake("a")
        await until(lambda: len(work.began) == 1)
        loops.wake("a")
        await until(lambda: len(work.began) == 2 and len(loops) == 0)


async def test_a_failing_pass_comes_again_with_a_doubling_back_off_that_success_resets() -> None:
    work = Work([OSError(), OSError(), OSError(), None, OSError()])
    loops = Loops(work, "test", expected=(OSError,))
    async with running(loops):
        loops.wake("a")
        await until(lambda: len(work.began) == 4 and len(loops) == 0)
        loops.wake("a")
        await until(lambda: len(work.began) == 6)
    gaps = [after - before for before, after in zip(work.times, work.times[1:], strict=False)]
    for gap, doublings in ((gaps[0], 0), (gaps[1], 1), (gaps[2], 2), (gaps[4], 0)):
        assert gap >= FIRST_BACKOFF_SECONDS * 2**doublings * 0.9
    assert gaps[4] < FIRST_BACKOFF_SECONDS * 8


async def test_the_back_off_grows_no_further_than_it_may() -> None:
    work = Work([OSError()] * 4)
    loops = Loops(work, "test", expected=(OSError,), last_backoff_seconds=FIRST_BACKOFF_SECONDS)
    async with running(loops):
        loops.wake("a")
        await until(lambda: len(work.began) == 5)
    gaps = [after - before for before, after in zip(work.times, work.times[1:], strict=False)]
    assert gaps[3] < FIRST_BACKOFF_SECONDS * 8


async def test_wakes_do_not_shorten_a_back_off() -> None:
    work = Work([OSError()])

    def wake_thrice(result: str, seconds: float) -> None:
        if result == "expected":
            for _ in range(3):
                loops.wake("a")

    loops = Loops(work, "test", expected=(OSError,), observe=wake_thrice)
    async with running(loops):
        loops.wake("a")
        await until(lambda: len(work.began) == 2 and len(loops) == 0)
    assert work.times[1] - work.times[0] >= FIRST_BACKOFF_SECONDS * 0.9


async def test_an_expected_error_is_one_line_and_any_other_has_its_trace(
    caplog: pytest.LogCaptureFixture,
) -> None:
    work = Work([OSError("away"), KeyError("odd")])
    results: list[str] = []
    loops = Loops(work, "test", expected=(OSError,), observe=lambda result, seconds: results.append(result))
    with caplog.at_level(logging.INFO):
        async with running(loops):
            loops.wake("a")
            await until(lambda: len(work.began) == 3)
            await until(lambda: len(results) == 3)
    expected, other = caplog.records
    assert (expected.levelno, expected.exc_info) == (logging.INFO, None)
    assert other.levelno == logging.ERROR
    assert other.exc_info
    assert results == ["expected", "error", "success"]


async def test_a_pass_that_ends_as_if_cancelled_comes_again() -> None:
    passes = 0

    async def reconcile(key: str) -> None:
        nonlocal passes
        passes += 1
        if passes == 1:
            raise asyncio.CancelledError

    loops = Loops(reconcile, "test")
    async with running(loops):
        loops.wake("a")
        await until(lambda: passes == 2 and len(loops) == 0)


async def test_the_oldest_pass_tells_how_long_the_loops_have_been_busy() -> None:
    now = 100.0
    work = Work()
    work.gate.clear()
    loops = Loops(work, "test", monotonic=lambda: now)
    async with running(loops):
        assert loops.busy_seconds() == 0.0
        loops.wake("a")
        await until(lambda: work.now == 1)
        now = 130.0
        loops.wake("b")
        await until(lambda: work.now == 2)
        now = 142.0
        assert loops.busy_seconds() == 42.0
        work.gate.set()
        await until(lambda: len(loops) == 0)
        assert loops.busy_seconds() == 0.0


async def test_every_pass_has_ended_when_the_loops_have() -> None:
    work = Work()
    work.gate.clear()
    loops = Loops(work, "test")
    async with running(loops):
        loops.wake("a")
        await until(lambda: work.now == 1)
    assert work.now == 0
    loops.wake("b")
    assert work.began == ["a"]
