"""Looks that hang, by the real clock: their threads know no other."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from godwit.agent.apart import Apart, NoAnswerError
from godwit.agent.contact import HostContacts

LET_GO_SECONDS = 30.0
"""A test that fails leaves no thread behind for ever."""


@pytest.fixture
def let_go() -> Iterator[threading.Event]:
    """What hangs goes on at the end of the test, if not before."""
    event = threading.Event()
    yield event
    event.set()


def test_a_look_gives_what_it_found_or_raises_what_it_met(tmp_path: Path) -> None:
    async def look() -> None:
        assert await Apart().run(lambda: 1) == 1
        with pytest.raises(FileNotFoundError):
            await Apart().run((tmp_path / "absent").read_text)

    asyncio.run(look())


def test_one_that_hangs_ends_at_its_deadline_and_keeps_its_place_until_it_is_let_go(
    let_go: threading.Event,
) -> None:
    async def look() -> None:
        apart, begun = Apart(deadline_seconds=0.2), list[int]()
        with pytest.raises(NoAnswerError, match=r"no answer within 0\.2 s"):
            await apart.run(lambda: let_go.wait(LET_GO_SECONDS))
        for _ in range(3):
            with pytest.raises(NoAnswerError):
                await apart.run(lambda: begun.append(1))
        let_go.set()
        async with asyncio.timeout(LET_GO_SECONDS):
            while await answer(apart) is None:
                continue
        assert begun == [], "who gave up waiting for a place takes none later"

    asyncio.run(look())


async def answer(apart: Apart) -> int | None:
    try:
        return await apart.run(lambda: 1)
    except NoAnswerError:
        return None


def test_others_and_the_loop_s_own_threads_are_not_held_up(let_go: threading.Event) -> None:
    async def look() -> None:
        hanging = [Apart(deadline_seconds=LET_GO_SECONDS) for _ in range(64)]
        going = [asyncio.create_task(each.run(lambda: let_go.wait(LET_GO_SECONDS))) for each in hanging]
        assert await Apart().run(lambda: 1) == 1
        assert await asyncio.to_thread(lambda: 1) == 1
        assert not any(each.done() for each in going)
        let_go.set()
        assert all(await asyncio.gather(*going))

    asyncio.run(look())


def test_an_offer_that_hangs_is_made_without_frames(let_go: threading.Event) -> None:
    def hangs() -> str:
        let_go.wait(LET_GO_SECONDS)
        return ""

    offer = asyncio.run(HostContacts(look_seconds=0.2, why_not=hangs).offer())
    assert offer.token
    assert offer.no_frames == "its agent can't open a packet socket: no answer within 0.2 s"
