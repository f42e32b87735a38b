import asyncio
import threading

import pytest

from godwit.hypervisor.lent import GoneError, Lent


class Handle:
    """Fails when it is used after its end, as libvirt's connection does, only louder."""

    def __init__(self) -> None:
        self.closed = 0

    def close(self) -> None:
        self.closed += 1

    def ask(self) -> str:
        assert not self.closed
        return "an answer"


def test_work_gives_what_it_found_and_raises_what_it_met() -> None:
    lent = Lent(Handle(), Handle.close)
    assert lent.use(Handle.ask) == "an answer"
    with pytest.raises(ZeroDivisionError):
        lent.use(lambda _: 1 // 0)


def test_what_nobody_uses_is_closed_as_soon_as_it_is_given_up() -> None:
    handle = Handle()
    lent = Lent(handle, Handle.close)
    lent.use(Handle.ask)
    assert handle.closed == 0
    lent.give_up()
    assert handle.closed == 1


def test_what_is_given_up_begins_no_work() -> None:
    lent = Lent(Handle(), Handle.close)
    lent.give_up()
    with pytest.raises(GoneError):
        lent.use(Handle.ask)


async def test_what_is_given_up_while_two_use_it_is_closed_by_the_last_one() -> None:
    handle = Handle()
    lent = Lent(handle, Handle.close)
    there, first, second = threading.Barrier(3), threading.Event(), threading.Event()

    def work(go_on: threading.Event) -> str:
        def body(it: Handle) -> str:
            there.wait(5)
            assert go_on.wait(5)
            return it.ask()

        return lent.use(body)

    calls = [asyncio.create_task(asyncio.to_thread(work, each)) for each in (first, second)]
    await asyncio.to_thread(there.wait, 5)
    lent.give_up()
    assert handle.closed == 0
    first.set()
    assert await calls[0] == "an answer"
    assert handle.closed == 0
    second.set()
    assert await calls[1] == "an answer"
    assert handle.closed == 1
