import asyncio
import contextlib
import logging
import threading

import pytest

from godwit.runtime.thread import run_in_thread


async def test_it_runs_elsewhere_and_its_end_is_awaited() -> None:
    threads: list[threading.Thread] = []

    async def main(stop: asyncio.Event) -> None:
        threads.append(threading.current_thread())

    await asyncio.wait_for(run_in_thread(main, "guest", 1), 5)
    assert threads != [threading.current_thread()]
    assert threads[0].name == "guest"


async def test_what_it_raises_is_raised_here() -> None:
    async def main(stop: asyncio.Event) -> None:
        raise OSError("no way")

    with pytest.raises(OSError, match="no way"):
        await asyncio.wait_for(run_in_thread(main, "guest", 1), 5)


async def test_a_guest_that_cancels_every_task_of_its_loop_spares_ours() -> None:
    ours = asyncio.create_task(asyncio.Event().wait())

    async def main(stop: asyncio.Event) -> None:
        for task in asyncio.all_tasks():
            if task is not asyncio.current_task():
                task.cancel()

    await asyncio.wait_for(run_in_thread(main, "guest", 1), 5)
    assert not ours.done()
    ours.cancel()


async def test_cancelled_it_is_told_to_stop_and_awaited() -> None:
    began, ended = threading.Event(), threading.Event()

    async def main(stop: asyncio.Event) -> None:
        began.set()
        await stop.wait()
        ended.set()

    task = asyncio.create_task(run_in_thread(main, "guest", 5))
    assert await asyncio.to_thread(began.wait, 5)
    task.cancel()
    await asyncio.wait({task}, timeout=5)
    assert task.cancelled()
    assert ended.is_set()


async def test_one_that_does_not_end_is_left_behind_and_told(caplog: pytest.LogCaptureFixture) -> None:
    release = threading.Event()

    async def main(stop: asyncio.Event) -> None:
        release.wait(30)  # stands for a loop that hangs

    task = asyncio.create_task(run_in_thread(main, "guest", 0.05))
    await asyncio.sleep(0)
    task.cancel()
    with caplog.at_level(logging.ERROR):
        await asyncio.wait({task}, timeout=5)
    release.set()
    assert task.cancelled()
    assert "left behind" in caplog.text


@pytest.mark.parametrize("fails", [False, True])
async def test_its_end_is_told_though_something_that_it_left_behind_never_ends(fails: bool) -> None:
    released = threading.Event()

    async def stubborn(begun: asyncio.Event) -> None:
        begun.set()
        while not released.is_set():
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(0.05)

    async def main(stop: asyncio.Event) -> None:
        begun = asyncio.Event()
        left = asyncio.create_task(stubborn(begun))
        await begun.wait()
        assert not left.done()
        if fails:
            raise OSError("no way")

    try:
        async with asyncio.timeout(5):
            with pytest.raises(OSError) if fails else contextlib.nullcontext():
                await run_in_thread(main, "guest", 1)
    finally:
        released.set()
