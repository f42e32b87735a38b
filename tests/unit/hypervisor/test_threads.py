import asyncio
import threading

import pytest

from godwit.hypervisor.threads import NoAnswerError, Threads


async def test_a_call_gives_what_it_found() -> None:
    assert await Threads(1).run(lambda: 1, deadline_seconds=5) == 1


async def test_a_call_raises_what_it_met() -> None:
    with pytest.raises(ZeroDivisionError):
        await Threads(1).run(lambda: 1 // 0, deadline_seconds=5)


async def test_the_event_loop_goes_on_while_a_call_blocks() -> None:
    go_on = threading.Event()
    call = asyncio.create_task(Threads(1).run(lambda: go_on.wait(5), deadline_seconds=5))
    await asyncio.sleep(0)
    go_on.set()
    assert await call


async def test_a_late_call_keeps_its_place_until_it_comes_back() -> None:
    threads, go_on = Threads(1), threading.Event()
    with pytest.raises(NoAnswerError):
        await threads.run(lambda: go_on.wait(5), deadline_seconds=0.01)
    assert threads.left_behind == 1
    with pytest.raises(NoAnswerError):
        await threads.run(lambda: 1, deadline_seconds=0.01)
    assert threads.left_behind == 1
    go_on.set()
    assert await threads.run(lambda: 1, deadline_seconds=5) == 1
    assert threads.left_behind == 0


async def test_work_of_a_cancelled_caller_goes_on() -> None:
    begun, go_on, done = threading.Event(), threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        go_on.wait(5)
        done.set()

    call = asyncio.create_task(Threads(1).run(work, deadline_seconds=None))
    assert await asyncio.to_thread(begun.wait, 5)
    call.cancel()
    await asyncio.wait({call})
    assert not done.is_set()
    go_on.set()
    assert await asyncio.to_thread(done.wait, 5)
